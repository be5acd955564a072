"""Practice grounds: rendered places of any colour and layout with aircraft of every kind, to train on.

The rendered airfield shows one place as it could be. Here what matters is variety: a network that has met
aprons, grass, roofs, roads, tanks and lorries of every tone, under any light, with aircraft large and small
among them, has to learn what an aircraft is rather than what one airfield looks like.
"""

from __future__ import annotations

from functools import cache
from math import cos, pi, radians, sin
from typing import NamedTuple

import cv2
import numpy as np
import shapely
from numpy.typing import NDArray

from imagery.aircraft.planform import planform_of
from imagery.aircraft.three_views import three_views
from imagery.aircraft.types import AircraftType, aircraft_types
from imagery.synthetic.aircraft_drawing import Livery, draw_aircraft, livery_of
from imagery.synthetic.canvas import AirfieldFrame, Canvas, Colour, Sun, rectangle
from imagery.synthetic.ground import rounded, slabs, stain
from imagery.synthetic.layout import Building, ParkedAircraft
from imagery.synthetic.placement import PlacedAircraft, place
from imagery.synthetic.structures import Box, car, draw_building, draw_crowns, draw_vehicle, equipment

SIDE_M = 420.0
GSD_M = 0.4
_BLUR_PX = 0.6
_SIZES_M = (0, 13, 20, 30, 45, 100)  # the larger of length and span: every class comes as often
_DRAWN = 0.4
_HALF = SIDE_M / 2


class PracticeGround(NamedTuple):
    """A rendered place.

    Attributes:
        pixels: (H, W, 3) uint8, red, green, blue.
        gsd_m: metres a pixel.
        aircraft: what stands there.
    """

    pixels: NDArray[np.uint8]
    gsd_m: float
    aircraft: tuple[PlacedAircraft, ...]


def render_practice_ground(seed: int) -> PracticeGround:
    """Render one ground; the same seed gives the same pixels."""
    rng = np.random.default_rng([seed, 2])
    frame = AirfieldFrame(round(SIDE_M / GSD_M), 1 / GSD_M, rng.uniform(0, 360))
    canvas = Canvas(frame, random_sun(rng), rng)
    _paint_earth(canvas, rng)
    aprons = [_paint_apron(canvas, rng) for _ in range(rng.integers(1, 4))]
    _paint_strips(canvas, rng)
    buildings = _build(canvas, rng)
    _plant(canvas, rng)
    parked = _park(frame, rng, aprons, buildings)
    _park_vehicles(canvas, rng, parked, buildings)
    placed = tuple(place(aircraft, frame) for aircraft in parked)
    for aircraft in placed:
        livery = random_livery(aircraft.parked.aircraft, rng)
        draw_aircraft(canvas, aircraft.parked.planform, aircraft.pose, livery, rng)
    _bridge(canvas, rng, parked)
    cv2.GaussianBlur(canvas.pixels, (0, 0), _BLUR_PX, dst=canvas.pixels)
    pixels = np.clip(np.round(canvas.pixels), 0, 255).astype(np.uint8)
    return PracticeGround(pixels, GSD_M, placed)


def random_sun(rng: np.random.Generator) -> Sun:
    """Return the sun at any time of day at which images are taken."""
    return Sun(rng.uniform(0, 360), rng.uniform(22, 75))


def random_aircraft(rng: np.random.Generator) -> AircraftType:
    """Return a type of any size class, one of six being a helicopter's.

    Four of ten are an airframe of the three-view table, of nearly its size, any sweep of a wing that swings.
    The others are a type of the large table, its dimensions varied: that stands for all the types it lacks.
    """
    drawn = rng.random() < _DRAWN
    types = _drawn_types() if drawn else tuple(aircraft_types().values())
    bin_ = int(rng.integers(len(_SIZES_M)))
    if bin_ == len(_SIZES_M) - 1:
        choice = [aircraft for aircraft in types if aircraft.wing == "rotor"]
    else:
        low, high = _SIZES_M[bin_ : bin_ + 2]
        choice = [
            aircraft
            for aircraft in types
            if aircraft.wing != "rotor" and low <= max(aircraft.length_m, aircraft.wingspan_m) < high
        ]
    aircraft = choice[rng.integers(len(choice))]
    spread = 0.01 if drawn else 0.05
    length, span = rng.uniform(1 - spread, 1 + spread, 2)
    return aircraft._replace(length_m=aircraft.length_m * length, wingspan_m=aircraft.wingspan_m * span)


@cache
def _drawn_types() -> tuple[AircraftType, ...]:
    """Return the airframes of the three-view table as types."""
    return tuple(drawing.aircraft() for drawing in three_views())


def random_livery(aircraft: AircraftType, rng: np.random.Generator) -> Livery:
    """Return colours of the kind that the type wears, or any others; brighter or darker with the light."""
    if rng.random() < 0.5:
        livery = livery_of(aircraft, rng)
    else:
        tone = rng.uniform(45, 250) if rng.random() < 0.6 else rng.uniform(200, 252)
        body = tone * rng.normal(1, 0.06, 3)
        wing = body * rng.uniform(0.7, 1.12) * rng.normal(1, 0.03, 3)
        livery = Livery(
            _colour(body),
            _colour(wing),
            _colour(rng.uniform(30, 240, 3)),
            _colour(body * rng.uniform(0.6, 1.05)),
        )
    light = rng.uniform(0.75, 1.1)

    def lit(part: Colour) -> Colour:
        return _colour(np.array(part) * light)

    return Livery(lit(livery.body), lit(livery.wing), lit(livery.fin), lit(livery.nacelle), livery.camouflage)


def _colour(values: NDArray[np.float64]) -> Colour:
    red, green, blue = np.clip(values, 0, 255).tolist()
    return red, green, blue


def _tone(rng: np.random.Generator, low: float, high: float, spread: float = 0.04) -> Colour:
    """Return a grey of any warmth."""
    warm = rng.normal(0, spread)
    return _colour(rng.uniform(low, high) * np.array([1 + warm, 1.0, 1 - warm]))


def _paint_earth(canvas: Canvas, rng: np.random.Generator) -> None:
    first, second = (np.array(_tone(rng, 50, 200, 0.08), np.float32) for _ in range(2))
    first[1] *= rng.uniform(0.95, 1.15)
    mix = np.clip(0.5 + rng.uniform(0.05, 0.4) * canvas.mottle + rng.uniform(0, 0.15) * canvas.grain, 0, 1)
    tone = 1 + rng.uniform(0.01, 0.09) * canvas.grain
    canvas.pixels[:] = (first + (second - first) * mix[..., None]) * tone[..., None]


def _paint_apron(canvas: Canvas, rng: np.random.Generator) -> shapely.Polygon:
    """Paint a paved area with its marks and stains, and return it."""
    length, width = rng.uniform(120, 400), rng.uniform(60, 200)
    u, v = rng.uniform(-120, 120, 2)
    outline = rectangle(u, v, length, width, rng.choice([0.0, 90.0]) + rng.normal(0, 2))
    colour = _tone(rng, 60, 215)
    texture = slabs(rng, rng.uniform(4, 9), rng.uniform(0.005, 0.04)) if rng.random() < 0.6 else None
    canvas.paint(
        [outline], colour, 1.0, texture, mottle=rng.uniform(0.02, 0.09), grain=rng.uniform(0.01, 0.05)
    )
    apron = shapely.Polygon(outline)
    for _ in range(rng.integers(0, 40)):
        stain(canvas, rng, *_within(apron, rng), rng.uniform(0.6, 7), rng.uniform(0.05, 0.4))
    for _ in range(rng.integers(0, 9)):
        u, v = _within(apron, rng)
        patch = rectangle(u, v, rng.uniform(4, 45), rng.uniform(4, 45), rng.choice([0.0, 90.0]))
        canvas.paint([patch], _colour(np.array(colour) * rng.uniform(0.75, 1.2)), 0.6)
    for _ in range(rng.integers(0, 14)):
        _mark(canvas, rng, apron)
    return apron


def _within(area: shapely.Polygon, rng: np.random.Generator) -> tuple[float, float]:
    """Return a place (u, v) in a rectangle."""
    corner, along, _, across = np.asarray(area.exterior.coords)[:4]
    u, v = (corner + rng.random() * (along - corner) + rng.random() * (across - corner)).tolist()
    return u, v


def _mark(canvas: Canvas, rng: np.random.Generator, apron: shapely.Polygon) -> None:
    """Draw a painted line, an arc, a cross or a row of bars: what looks most like an aircraft and is none."""
    place, turn = _within(apron, rng), rng.uniform(0, 360)
    colour: Colour = (215, 212, 204) if rng.random() < 0.5 else (205, 170, 80)
    kind = rng.integers(4)
    if kind == 0:
        reach = rng.uniform(20, 160)
        bend, t = rng.normal(0, 0.004), np.linspace(-reach, reach, 24)
        a = radians(turn)
        line = place + np.stack(
            [t * cos(a) - bend * t**2 * sin(a), t * sin(a) + bend * t**2 * cos(a)], axis=1
        )
        canvas.stroke([line], rng.uniform(0.2, 0.9), colour, rng.uniform(0.4, 0.9))
    elif kind == 1:
        arms = [rectangle(*place, rng.uniform(8, 34), rng.uniform(0.5, 3), turn + arm) for arm in (0, 90)]
        canvas.paint(arms, colour, rng.uniform(0.4, 0.9), grain=0.1)
    elif kind == 2:
        t = np.linspace(0, 2 * pi, 40)
        ring = place + rng.uniform(4, 16) * np.stack([np.cos(t), np.sin(t)], axis=1)
        canvas.stroke([ring], rng.uniform(0.3, 1), colour, 0.7)
    else:
        a, pitch = radians(turn), rng.uniform(2, 5)
        along = np.array([cos(a), sin(a)])
        bars = [
            rectangle(0, 0, 8, 1.2, turn + 90) + place + step * pitch * along
            for step in range(rng.integers(3, 12))
        ]
        canvas.paint(bars, colour, 0.8)


def _paint_strips(canvas: Canvas, rng: np.random.Generator) -> None:
    """Paint roads, taxiways and a runway's piece, straight or bent."""
    for _ in range(rng.integers(0, 5)):
        v, width = rng.uniform(-_HALF, _HALF), rng.choice([3.5, 6.0, 15.0, 23.0, 45.0])
        points = [(float(u), float(v + rng.normal(0, 12))) for u in (-300, -100, 100, 300)]
        line = rounded(points)
        if rng.random() < 0.5:
            line = line[:, ::-1]
        strip = shapely.LineString(line)
        canvas.paint(strip.buffer(width / 2, cap_style="flat"), _tone(rng, 55, 200), 1.0, mottle=0.05)
        if rng.random() < 0.6:
            canvas.stroke([line], 0.4, (210, 200, 160), 0.7)


def _build(canvas: Canvas, rng: np.random.Generator) -> list[shapely.Polygon]:
    built: list[shapely.Polygon] = []
    for _ in range(rng.integers(1, 50)):
        large = rng.random() < 0.25
        length, width = rng.uniform(20, 110, 2) if large else rng.uniform(3, 25, 2)
        u, v = rng.uniform(-_HALF, _HALF, 2)
        outline = shapely.Polygon(rectangle(u, v, length, width))
        if any(outline.distance(other) < 4 for other in built):
            continue
        height = rng.uniform(6, 22) if large else rng.uniform(2.5, 8)
        roof = str(rng.choice(["flat", "gable", "arched"]))
        tint = rng.uniform(0.4, 1.25) * rng.normal(1, 0.08, 3)
        draw_building(
            canvas, Building(u, v, float(length), float(width), height, roof), _colour(tint * 170), rng
        )
        built.append(outline)
    for _ in range(rng.integers(0, 4)):  # tanks and silos
        u, v, radius = *rng.uniform(-_HALF, _HALF, 2), rng.uniform(3, 18)
        t = np.linspace(0, 2 * pi, 32, endpoint=False)
        ring = np.stack([u + radius * np.cos(t), v + radius * np.sin(t)], axis=1)
        if all(shapely.Polygon(ring).distance(other) > 4 for other in built):
            canvas.paint([ring], _tone(rng, 90, 235))
            built.append(shapely.Polygon(ring))
    return built


def _plant(canvas: Canvas, rng: np.random.Generator) -> None:
    count = int(rng.integers(0, 120))
    groups = rng.uniform(-_HALF, _HALF, (4, 2))
    spots = groups[rng.integers(4, size=count)] + rng.normal(0, 35, (count, 2))
    px = canvas.frame.to_px(spots)
    inside = ((px > 4) & (px < canvas.frame.size_px - 4)).all(1)
    draw_crowns(canvas, rng, px[inside], rng.uniform(0.6, 5, int(inside.sum())))


def _park(
    frame: AirfieldFrame,
    rng: np.random.Generator,
    aprons: list[shapely.Polygon],
    buildings: list[shapely.Polygon],
) -> list[ParkedAircraft]:
    """Park rows of one type or of several, and single aircraft anywhere."""
    taken, parked = list(buildings), list[ParkedAircraft]()
    for _ in range(rng.integers(2, 12)):
        aircraft = random_aircraft(rng)
        count = int(rng.integers(1, 10)) if rng.random() < 0.6 else 1
        turn, row = rng.uniform(0, 360), radians(rng.uniform(0, 360))
        start = (
            _within(aprons[rng.integers(len(aprons))], rng)
            if rng.random() < 0.85
            else rng.uniform(-190, 190, 2)
        )
        step = max(aircraft.wingspan_m, aircraft.length_m * 0.6) * rng.uniform(1.02, 1.6) + rng.uniform(0, 4)
        for index in range(count):
            if rng.random() < 0.15:
                continue
            if rng.random() < 0.12:
                aircraft = random_aircraft(rng)
            u, v = start + index * step * np.array([cos(row), sin(row)])
            nose = turn + rng.normal(0, 3) + 180 * (rng.random() < 0.08)
            stands = ParkedAircraft(aircraft, planform_of(aircraft), float(u), float(v), float(nose))
            footprint = stands.footprint
            px = frame.to_px([(u, v)])
            shown = (px >= 0).all() and (px <= frame.size_px).all()
            if shown and all(footprint.distance(other) > 0.6 for other in taken):
                taken.append(footprint)
                parked.append(stands)
    return parked


def _park_vehicles(
    canvas: Canvas, rng: np.random.Generator, parked: list[ParkedAircraft], buildings: list[shapely.Polygon]
) -> None:
    taken = [*buildings, *(aircraft.footprint for aircraft in parked)]
    wanted: list[Box] = []
    for aircraft in parked:
        for _ in range(rng.integers(0, 6)):
            turn, reach = rng.uniform(0, 2 * pi), rng.uniform(0.3, 0.8) * aircraft.aircraft.length_m
            wanted.append(
                equipment(
                    rng, aircraft.u + reach * cos(turn), aircraft.v + reach * sin(turn), aircraft.turn_deg
                )
            )
    for _ in range(rng.integers(0, 4)):  # a car park, or a line of lorries or containers
        u, v = rng.uniform(-_HALF, _HALF, 2)
        turn, count = rng.choice([0.0, 90.0]), int(rng.integers(3, 30))
        for index in range(count):
            if rng.random() < 0.5:
                wanted.append(car(rng, u + 2.8 * index, v, 90))
            else:
                wanted.append(
                    Box(
                        u,
                        v + 3.4 * index,
                        rng.choice([6.1, 12.2, 16.0]),
                        2.5,
                        2.8,
                        turn,
                        _tone(rng, 60, 240, 0.2),
                    )
                )
    for box in wanted:
        shape = shapely.Polygon(box.outline)
        if all(shape.distance(other) > 0.3 for other in taken):
            taken.append(shape)
            draw_vehicle(canvas, box)


def _bridge(canvas: Canvas, rng: np.random.Generator, parked: list[ParkedAircraft]) -> None:
    """Lay a passenger bridge against some of the airliners, left of the nose."""
    for airliner in parked:
        if airliner.aircraft.length_m < 28 or rng.random() > 0.3:
            continue
        a = radians(airliner.turn_deg)
        ahead, left = np.array([cos(a), sin(a)]), np.array([sin(a), -cos(a)])
        door = np.array([airliner.u, airliner.v]) + (0.36 * ahead + 0.05 * left) * airliner.aircraft.length_m
        reach = door + (left * rng.uniform(0.4, 1) + ahead * rng.uniform(0.2, 1)) * 22
        shape = shapely.LineString([door, reach]).buffer(rng.uniform(1.4, 2.4), cap_style="flat")
        canvas.paint(shape, _tone(rng, 90, 225), 1.0)
