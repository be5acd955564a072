"""Practice grounds: rendered places of any colour and layout with aircraft of every kind, to train on.

The rendered airfield shows one place as it could be. Here what matters is variety: a network that has met
aprons, grass, roofs, roads, tanks and lorries of every tone, under any light, with aircraft large and small
among them, has to learn what an aircraft is rather than what one airfield looks like.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import NamedTuple

import cv2
import numpy as np
import shapely
from numpy.typing import NDArray

from imagery.aircraft.parts import Planform
from imagery.aircraft.planform import planform_of
from imagery.aircraft.three_views import three_views
from imagery.aircraft.types import AircraftType, aircraft_types
from imagery.synthetic.aircraft_drawing import Livery, Pose, draw_aircraft, livery_of
from imagery.synthetic.canvas import AirfieldFrame, Canvas, Colour, Sun
from imagery.synthetic.layout import ParkedAircraft
from imagery.synthetic.placement import PlacedAircraft, place
from imagery.synthetic.practice_base import build_shelters, hulk
from imagery.synthetic.practice_parking import (
    Spot,
    Wall,
    arrange,
    blast_fence,
    cast_wall_shadows,
    draw_walls,
    revetment,
)
from imagery.synthetic.practice_paving import HALF_M, colour, paint_apron, paint_earth, paint_strips, within
from imagery.synthetic.practice_surroundings import (
    attach_tow_bars,
    bridge,
    build,
    park_vehicles,
    plant,
    raise_masts,
)

GSD_M = 0.4
_BLUR_PX = 0.6
_SIZES_M = (0, 13, 20, 30, 45, 100)  # the larger of length and span: every class comes as often
_DRAWN = 0.4  # share of the aircraft that are of the three-view table for certain
_SHELTERED, _SCRAPPED = 0.2, 0.12  # shares of the grounds
_READY = 0.4  # share of the shelters with a fighter before the door
_ALIGNED = 0.6  # share of the groups parked along the aprons' axes
_COVERED = 0.1
_CIVIL = ("Airliner", "Turboprop", "Business jet", "Light")
_PAINTS: tuple[Colour, ...] = (
    (186, 188, 186),  # greys, light to dark
    (160, 166, 170),
    (138, 144, 148),
    (116, 122, 126),
    (94, 99, 103),
    (150, 166, 176),  # blue-grey
    (88, 95, 74),  # greens
    (108, 110, 84),
    (64, 72, 58),
    (182, 164, 130),  # sands
    (150, 130, 98),
    (122, 96, 72),
    (50, 60, 86),  # dark blue
    (60, 62, 64),  # black
    (198, 199, 198),  # bare metal
)
_TARPAULINS: tuple[Colour, ...] = (
    (96, 100, 76),
    (160, 146, 112),
    (150, 58, 48),
    (60, 74, 110),
    (120, 120, 116),
)


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
    frame = AirfieldFrame(round(2 * HALF_M / GSD_M), 1 / GSD_M, rng.uniform(0, 360))
    canvas = Canvas(frame, random_sun(rng), rng)
    paint_earth(canvas, rng)
    aprons = [paint_apron(canvas, rng) for _ in range(rng.integers(1, 4))]
    paint_strips(canvas, rng)
    taken = build(canvas, rng)
    shelters, spots = build_shelters(canvas, rng, taken) if rng.random() < _SHELTERED else ([], [])
    taken += shelters
    plant(canvas, rng)
    raise_masts(canvas, rng)
    parked, walls = _park(frame, rng, aprons, spots, taken)
    draw_walls(canvas, walls)
    park_vehicles(canvas, rng, parked, taken)
    placed = tuple(place(aircraft, frame) for aircraft in parked)
    for aircraft in placed:
        kind, planform = aircraft.parked.aircraft, aircraft.parked.planform
        livery = random_livery(kind, rng, _ground_under(canvas, aircraft.pose, planform))
        draw_aircraft(canvas, planform, aircraft.pose, livery, rng)
    if rng.random() < _SCRAPPED:
        _scrap(canvas, rng, taken)
    attach_tow_bars(canvas, rng, parked)
    cast_wall_shadows(canvas, walls)
    bridge(canvas, rng, parked)
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


def _random_fighter(rng: np.random.Generator) -> AircraftType:
    fighters = [aircraft for aircraft in _drawn_types() if aircraft.category in ("Fighter", "Attack")]
    return fighters[rng.integers(len(fighters))]


@cache
def _drawn_types() -> tuple[AircraftType, ...]:
    """Return the airframes of the three-view table as types."""
    return tuple(drawing.aircraft() for drawing in three_views())


def random_livery(aircraft: AircraftType, rng: np.random.Generator, ground: Colour | None = None) -> Livery:
    """Return colours of the kind that the type wears, military ones, the ground's, or any others.

    They are brighter or darker with the light; some aircraft are under covers.

    Args:
        aircraft: the type.
        rng: where chance comes from.
        ground: what the aircraft stands on; some are painted within a few per cent of it, so that shape alone
            tells them apart. None: none is.
    """
    military = aircraft.category not in _CIVIL
    kind = rng.random()
    if kind < 0.15 and ground is not None:
        return _covered(_painted(np.array(ground) * rng.uniform(0.9, 1.1), rng, 0.02), rng)
    if kind < (0.6 if military else 0.25):
        first, second, third = (np.array(_PAINTS[i]) for i in rng.integers(len(_PAINTS), size=3))
        livery = _painted(first * rng.normal(1, 0.03, 3), rng, 0.03)
        if rng.random() < 0.4:
            livery = replace(livery, camouflage=colour(second))
            if rng.random() < 0.5:
                livery = replace(livery, third=colour(third))
    elif kind < 0.75:
        livery = livery_of(aircraft, rng)
    else:
        tone = rng.uniform(45, 250) if rng.random() < 0.6 else rng.uniform(200, 252)
        livery = _painted(tone * rng.normal(1, 0.06, 3), rng, 0.12)
        livery = replace(livery, fin=colour(rng.uniform(30, 240, 3)))
    return _covered(_lit(livery, rng.uniform(0.75, 1.1)), rng)


def _painted(body: NDArray[np.float64], rng: np.random.Generator, spread: float) -> Livery:
    """Return a livery of one colour, its parts apart by a spread."""
    wing, fin, nacelle = (body * rng.normal(1, spread) for _ in range(3))
    return Livery(colour(body), colour(wing), colour(fin), colour(nacelle * rng.uniform(0.85, 1)))


def _lit(livery: Livery, light: float) -> Livery:
    body, wing, fin, nacelle = (
        colour(np.array(part) * light) for part in (livery.body, livery.wing, livery.fin, livery.nacelle)
    )
    second, third = (
        None if part is None else colour(np.array(part) * light) for part in (livery.camouflage, livery.third)
    )
    return Livery(body, wing, fin, nacelle, second, third)


def _covered(livery: Livery, rng: np.random.Generator) -> Livery:
    if rng.random() > _COVERED:
        return livery
    return replace(livery, covers=_TARPAULINS[rng.integers(len(_TARPAULINS))])


def _ground_under(canvas: Canvas, pose: Pose, planform: Planform) -> Colour:
    """Return the mean colour of what an aircraft will stand on."""
    reach = 0.4 * planform.length_m * pose.px_per_m
    low = np.maximum(np.array(pose.center_px) - reach, 0).astype(int)
    high = (np.array(pose.center_px) + reach + 1).astype(int)
    return colour(canvas.pixels[low[1] : high[1], low[0] : high[0]].mean((0, 1)).astype(np.float64))


def _park(
    frame: AirfieldFrame,
    rng: np.random.Generator,
    aprons: list[shapely.Polygon],
    before_shelters: list[Spot],
    taken: list[shapely.Polygon],
) -> tuple[list[ParkedAircraft], list[Wall]]:
    """Park groups of one type or of several; what they and their walls stand on is added to ``taken``."""
    parked, walls = list[ParkedAircraft](), list[Wall]()
    for spot in before_shelters:
        standing = _standing(_random_fighter(rng), spot)
        if rng.random() < _READY and _fits(frame, standing, [], taken):
            taken.append(standing.footprint)
            parked.append(standing)
    for _ in range(rng.integers(2, 11)):
        aircraft = random_aircraft(rng)
        aligned = rng.choice([0, 90, 180, 270]) + rng.normal(0, 2)
        turn = aligned if rng.random() < _ALIGNED else rng.uniform(0, 360)
        start = (
            within(aprons[rng.integers(len(aprons))], rng)
            if rng.random() < 0.85
            else tuple(rng.uniform(-190, 190, 2).tolist())
        )
        group = arrange(rng, aircraft, start, turn)
        before = len(parked)
        for spot in group.spots:
            if rng.random() < 0.12:
                continue
            if rng.random() < 0.08:
                aircraft = random_aircraft(rng)
            standing = _standing(aircraft, spot)
            around = revetment(rng, standing) if group.revetted else []
            if _fits(frame, standing, around, taken):
                taken += [standing.footprint, *(wall.footprint for wall in around)]
                parked.append(standing)
                walls += around
        if group.fenced and len(parked) > before + 1:
            fence = blast_fence(rng, parked[before], parked[-1])
            if all(fence.footprint.distance(other) > 0.6 for other in taken):
                taken.append(fence.footprint)
                walls.append(fence)
    return parked, walls


def _standing(aircraft: AircraftType, spot: Spot) -> ParkedAircraft:
    return ParkedAircraft(aircraft, planform_of(aircraft), *spot)


def _fits(
    frame: AirfieldFrame, standing: ParkedAircraft, walls: list[Wall], taken: list[shapely.Polygon]
) -> bool:
    """Return whether an aircraft is in the image and neither it nor its walls touch anything."""
    px = frame.to_px([(standing.u, standing.v)])
    if not ((px >= 0).all() and (px <= frame.size_px).all()):
        return False
    shapes = [standing.footprint, *(wall.footprint for wall in walls)]
    return not any(shapely.dwithin(shape, np.array(taken), 0.6).any() for shape in shapes if taken)


def _scrap(canvas: Canvas, rng: np.random.Generator, taken: list[shapely.Polygon]) -> None:
    """Draw hulks, which are not aircraft any more, in a heap."""
    heap = rng.uniform(-170, 170, 2)
    for _ in range(rng.integers(2, 8)):
        aircraft = random_aircraft(rng)
        u, v = (heap + rng.normal(0, 25, 2)).tolist()
        standing = _standing(aircraft, Spot(u, v, rng.uniform(0, 360)))
        # A helicopter without its blades is a helicopter still.
        if aircraft.wing != "rotor" and _fits(canvas.frame, standing, [], taken):
            taken.append(standing.footprint)
            pose = place(standing, canvas.frame).pose
            draw_aircraft(canvas, hulk(standing.planform, rng), pose, random_livery(aircraft, rng), rng)
