"""Drawing what stands on the rendered airfield besides aircraft: buildings, vehicles, trees, fences."""

from math import pi
from typing import NamedTuple

import cv2
import numpy as np
import shapely

from imagery.synthetic.canvas import Array, Canvas, Colour, Number, Points, rectangle, swept
from imagery.synthetic.layout import (
    BUILDINGS,
    CAR_PARK,
    CIVIL_APRON,
    FUEL_TANKS,
    MILITARY_APRON,
    RUNWAY_V,
    SMALL_APRON,
    STANDS,
    TAXIWAY_V,
    Building,
    ParkedAircraft,
)

_ROOFS: dict[str, tuple[Colour, ...]] = {
    "flat": ((186, 178, 164), (172, 164, 152), (196, 190, 180)),
    "gable": ((176, 176, 172), (152, 128, 112), (158, 160, 158), (140, 146, 148)),
    "arched": ((184, 186, 184), (168, 166, 158), (196, 196, 192)),
}
_CARS: tuple[Colour, ...] = (
    (214, 213, 208),
    (204, 203, 199),
    (188, 188, 185),
    (150, 151, 151),
    (112, 112, 112),
    (78, 79, 81),
    (122, 84, 76),
    (92, 99, 112),
)


def draw_structures(canvas: Canvas, parked: tuple[ParkedAircraft, ...], rng: np.random.Generator) -> None:
    """Draw everything that stands up, keeping clear of the aircraft."""
    _village(canvas, rng)
    _trees(canvas, rng)
    _fence(canvas)
    for building in BUILDINGS:
        colours = _ROOFS[building.roof]
        draw_building(canvas, building, colours[rng.integers(len(colours))], rng)
    _fuel_farm(canvas)
    _cars(canvas, rng)
    _ground_equipment(canvas, parked, rng)


class Box(NamedTuple):
    """A vehicle or the like: middle, sizes and height in metres, turned from u towards v."""

    u: Number
    v: Number
    length: float
    width: float
    height: float
    turn_deg: Number
    colour: Colour

    @property
    def outline(self) -> Points:
        """Corners, (4, 2)."""
        return rectangle(self.u, self.v, self.length, self.width, self.turn_deg)


def _shadow_shift(canvas: Canvas, height_m: float) -> Points:
    return canvas.frame.shift(canvas.sun.shadow_of_metre * height_m)


def draw_building(canvas: Canvas, building: Building, colour: Colour, rng: np.random.Generator) -> None:
    """Draw a building and its shadow, its roof in the given colour."""
    u, v, length, width, height, roof = building
    outline = rectangle(u, v, length, width)
    canvas.darken(swept(outline, _shadow_shift(canvas, height)))
    # Slopes across v see the sun differently: this is how much the one at greater v gains.
    towards_sun = float((canvas.frame.axes @ canvas.sun.direction[:2])[1])
    if roof == "flat":
        canvas.paint([outline], colour, mottle=0.06, grain=0.03)
        inner = rectangle(u, v, length - 1.6, width - 1.6)
        canvas.paint([inner], tuple(0.93 * c for c in colour), mottle=0.09, grain=0.03)  # type: ignore[arg-type]
        _roof_units(canvas, building, rng)
        return

    def ribs(u_px: Array, v_px: Array) -> Array:
        across = np.clip((v_px - v) / (width / 2), -1, 1)
        if roof == "arched":
            light = 1 + 0.2 * towards_sun * across - 0.08 * across**2
        else:
            light = 1 + 0.11 * towards_sun * np.sign(across)
        sheets = np.sin(u_px * (2 * pi / 3.1)) * 0.012 + np.sin(u_px * (2 * pi / 11.7)) * 0.018
        return np.asarray(light + sheets, np.float32)

    canvas.paint([outline], colour, 1.0, ribs, mottle=0.05, grain=0.025)
    canvas.stroke([np.array([(u - length / 2, v), (u + length / 2, v)])], 0.4, (210, 208, 202), 0.35)


def _roof_units(canvas: Canvas, building: Building, rng: np.random.Generator) -> None:
    for _ in range(int(building.length * building.width / 260)):
        u = building.u + rng.uniform(-0.45, 0.45) * building.length
        v = building.v + rng.uniform(-0.4, 0.4) * building.width
        size = rng.uniform(1.4, 4.5, 2)
        tone = rng.uniform(150, 208)
        draw_box(canvas, Box(u, v, size[0], size[1], rng.uniform(0.8, 2), 0, (tone, tone, tone * 0.97)))


def draw_box(canvas: Canvas, box: Box) -> None:
    """Draw a box and its shadow."""
    canvas.darken(swept(box.outline, _shadow_shift(canvas, box.height)), 0.9)
    canvas.paint([box.outline], box.colour)


def draw_vehicle(canvas: Canvas, box: Box) -> None:
    """Draw a box with a windscreen, and its shadow."""
    draw_box(canvas, box)
    a = np.radians(box.turn_deg)
    u, v = box.u + 0.2 * box.length * np.cos(a), box.v + 0.2 * box.length * np.sin(a)
    glass = rectangle(u, v, 0.12 * box.length, 0.85 * box.width, box.turn_deg)
    canvas.paint([glass], (58, 62, 66), 0.7)


def _fuel_farm(canvas: Canvas) -> None:
    t = np.linspace(0, 2 * pi, 40, endpoint=False)
    ring = np.stack([np.cos(t), np.sin(t)], axis=1)
    for u, v, radius in FUEL_TANKS:
        tank = ring * radius + [u, v]
        canvas.darken(swept(tank, _shadow_shift(canvas, 9)))
        canvas.paint([tank], (206, 204, 198))
        canvas.paint([ring * radius * 0.9 + [u, v]], (194, 192, 186))
        canvas.paint([ring * radius * 0.1 + [u, v]], (140, 138, 132))


def _cars(canvas: Canvas, rng: np.random.Generator) -> None:
    # Two rows nose to nose, then an aisle.
    rows = [
        v for aisle in np.arange(CAR_PARK.v_min + 4, CAR_PARK.v_max - 6, 17.0) for v in (aisle, aisle + 5.4)
    ]
    for row in rows:
        crowd = rng.uniform(0.25, 0.75)
        for u in np.arange(CAR_PARK.u_min + 4, CAR_PARK.u_max - 4, 2.7):
            if rng.random() < crowd:
                draw_vehicle(canvas, car(rng, u, row, 90 + rng.normal(0, 2)))
    for _ in range(46):
        lane = rng.choice([-1.7, 1.7])
        draw_vehicle(canvas, car(rng, rng.uniform(-900, 900), -228 + lane, 0 if lane > 0 else 180))
    for _ in range(40):
        building = BUILDINGS[rng.integers(3, len(BUILDINGS))]
        along = building.u + rng.uniform(-0.5, 0.5) * building.length
        front = building.v + building.width / 2 + rng.uniform(3, 8)
        draw_vehicle(canvas, car(rng, along, front, rng.choice([0, 90])))


def car(rng: np.random.Generator, u: Number, v: Number, turn_deg: Number) -> Box:
    """Return a car of any colour."""
    colour = _CARS[rng.integers(len(_CARS))]
    return Box(u, v, rng.uniform(3.9, 4.9), 1.8, 1.5, turn_deg, colour)


def _ground_equipment(canvas: Canvas, parked: tuple[ParkedAircraft, ...], rng: np.random.Generator) -> None:
    """Park tugs, tankers, loaders and containers around the aircraft and along the aprons' edges."""
    # Nobody parks among propellers and rotors.
    taken = [
        aircraft.footprint.buffer(1.5)
        if aircraft.aircraft.engine == "jet"
        else aircraft.footprint.convex_hull.buffer(1.5)
        for aircraft in parked
    ]
    wanted: list[Box] = []
    for aircraft in parked:
        near = max(aircraft.aircraft.wingspan_m, aircraft.aircraft.length_m) * 0.55
        for _ in range(int(rng.integers(1, 4 + (aircraft.aircraft.length_m > 30) * 4))):
            turn, reach = rng.uniform(0, 2 * pi), rng.uniform(0.35, 1.0) * near
            wanted.append(
                equipment(
                    rng,
                    aircraft.u + reach * np.cos(turn),
                    aircraft.v + reach * np.sin(turn),
                    aircraft.turn_deg,
                )
            )
    for stand in STANDS[:11]:
        for _ in range(rng.integers(2, 6)):
            wanted.append(equipment(rng, stand.u + 21 + rng.normal(0, 3), stand.v + rng.uniform(-5, 16), -90))
    for apron in (CIVIL_APRON, MILITARY_APRON, SMALL_APRON):
        for u in np.arange(apron.u_min + 10, apron.u_max - 10, 26):
            if rng.random() < 0.5:
                wanted.append(equipment(rng, u, apron.v_max - rng.uniform(4, 7), 0))
    containers = [
        Box(
            u,
            v,
            6.1 if u % 2 else 12.2,
            2.44,
            2.6,
            0,
            [(132, 92, 78), (98, 112, 124), (172, 168, 158)][int(u) % 3],
        )
        for u in range(-300, -258, 13)
        for v in (-30.0, -26.5, -23.0, -8.0)
    ]
    for box in [*wanted, *containers]:
        shape = shapely.Polygon(box.outline)
        if all(shape.distance(other) > 0.4 for other in taken):
            taken.append(shape)
            draw_vehicle(canvas, box)


def equipment(rng: np.random.Generator, u: Number, v: Number, turn_deg: Number) -> Box:
    """Return a lorry, tug, loader or cart, along or across a direction."""
    kind = rng.integers(6)
    turn = turn_deg + rng.choice([0, 90]) + rng.normal(0, 6)
    length, width, height = (
        (11.5, 2.5, 3.2),
        (4.5, 2.2, 1.8),
        (8.0, 2.4, 2.0),
        (3.0, 1.6, 1.2),
        (6.5, 2.3, 2.8),
        (1.8, 1.5, 1.4),
    )[kind]
    colour: Colour = (
        (208, 206, 200),
        (184, 158, 88),
        (190, 188, 182),
        (120, 118, 112),
        (206, 204, 198),
        (86, 84, 80),
    )[kind]
    return Box(u, v, length, width, height, turn, colour)


def _fence(canvas: Canvas) -> None:
    for v in (-246.0, 556.0):
        line = np.array([(-1100, v), (1100, v)])
        canvas.stroke([line + _shadow_shift(canvas, 2.4)], 0.3, (92, 80, 68), 0.5)
        canvas.stroke([line], 0.25, (150, 140, 126), 0.6)


def _village(canvas: Canvas, rng: np.random.Generator) -> None:
    """Build compounds of mud and tin-roofed houses beyond the fence."""
    for block_u in np.arange(-760, 800, 74):
        for block_v in np.arange(-640, -280, 62):
            # Denser along the road that leaves the airport.
            if rng.random() > 1.0 * np.exp(-(((block_u - 40) / 420) ** 2)) or abs(block_u - 40) < 34:
                continue
            turn = rng.normal(4, 3)
            canvas.paint(
                [rectangle(block_u, block_v, 64, 52, turn)], (172, 144, 116), 0.5, grain=0.05, soften_px=3
            )
            for du in (-21, 0, 21):
                for dv in (-14, 14):
                    if rng.random() < 0.82:
                        _compound(canvas, rng, block_u + du, block_v + dv, turn)


def _compound(canvas: Canvas, rng: np.random.Generator, u: Number, v: Number, turn: Number) -> None:
    walls = rectangle(u, v, 19, 22, turn)
    canvas.stroke([np.concatenate([walls, walls[:1]]) + _shadow_shift(canvas, 2)], 0.5, (104, 84, 70), 0.6)
    canvas.stroke([np.concatenate([walls, walls[:1]])], 0.4, (176, 148, 120), 0.8)
    for _ in range(rng.integers(1, 4)):
        tin = rng.random() < 0.6
        tone = rng.uniform(0.82, 1.08)
        base = (178, 174, 166) if tin else (162, 134, 108)
        colour: Colour = (base[0] * tone, base[1] * tone, base[2] * tone)
        du, dv = rng.uniform(-5, 5), rng.uniform(-6, 6)
        size = rng.uniform(4.5, 10, 2)
        draw_box(canvas, Box(u + du, v + dv, size[0], size[1] * 0.7, rng.uniform(2.6, 3.6), turn, colour))


def _trees(canvas: Canvas, rng: np.random.Generator) -> None:
    """Scatter scrub and trees, thicker where the ground is green, off everything that is paved or built."""
    count = 14000
    spots = rng.uniform(-1050, 1050, (count, 2))
    px = canvas.frame.to_px(spots)
    inside = ((px > 4) & (px < canvas.frame.size_px - 4)).all(1)
    wet = np.zeros(count)
    wet[inside] = canvas.mottle[px[inside, 1].astype(int), px[inside, 0].astype(int)]
    open_ground = (spots[:, 1] < -250) | (spots[:, 1] > 562)
    verge = (np.abs(spots[:, 1] - (RUNWAY_V + TAXIWAY_V) / 2) < 40) | (
        (spots[:, 1] > 440) & (spots[:, 1] < 545)
    )
    wadi = np.abs(spots[:, 1] + 705) < 60
    chance = (
        np.where(open_ground, 0.8, np.where(verge, 0.12, 0.0)) * np.clip(0.6 - 0.5 * wet, 0, 1) + 0.4 * wadi
    )
    grown = inside & (rng.random(count) < chance)
    tall = rng.random(count) < np.where(open_ground, 0.3, 0.0)
    radii = np.where(tall, np.minimum(1.6 + rng.gamma(2.0, 0.9, count), 6), rng.uniform(0.5, 1.5, count))
    garden = np.stack([rng.uniform(-240, 330, 60), rng.uniform(-222, -140, 60)], axis=1)
    blocked = shapely.union_all(
        [shapely.Polygon(rectangle(b.u, b.v, b.length, b.width)).buffer(6) for b in BUILDINGS]
        + [shapely.Polygon(CAR_PARK.outline), shapely.box(235, -200, 320, -130)]
    )
    garden = garden[~shapely.contains_xy(blocked, garden)]
    centres = np.concatenate([px[grown], canvas.frame.to_px(garden)])
    draw_crowns(canvas, rng, centres, np.concatenate([radii[grown], rng.uniform(1.5, 3.6, len(garden))]))


def draw_crowns(canvas: Canvas, rng: np.random.Generator, centres: Points, radii_m: Points) -> None:
    """Draw trees and scrub: centres (N, 2) in pixels, radii (N,) in metres."""
    shape = canvas.pixels.shape[:2]
    scale = canvas.frame.px_per_m
    shade, crown, lit = (np.zeros(shape, np.uint8) for _ in range(3))
    sunward = canvas.sun.direction[:2]
    for centre, radius_m in zip(centres, radii_m, strict=True):
        radius = radius_m * scale
        for _ in range(1 + 5 * (radius_m > 1.5)):
            leaf = centre + rng.normal(0, 0.42, 2) * radius
            size = radius * rng.uniform(0.4, 0.7)
            fall = leaf + canvas.sun.shadow_of_metre * scale * radius_m * 0.9
            for mask, at, reach in (
                (shade, fall, size),
                (crown, leaf, size),
                (lit, leaf + 0.3 * size * sunward, 0.6 * size),
            ):
                cv2.circle(
                    mask, tuple(int(c * 16 - 8) for c in at), max(8, int(reach * 16)), 255, -1, cv2.LINE_AA, 4
                )
    hue = np.array([86, 90, 66], np.float32), np.array([122, 122, 92], np.float32)
    # In strips, so that no second canvas is held.
    for top in range(0, shape[0], 500):
        rows = slice(top, top + 500)
        window = canvas.pixels[rows]
        tone = 1 + 0.1 * canvas.grain[rows] + 0.08 * canvas.mottle[rows]
        window *= 1 - (shade[rows] * np.float32(0.42 / 255))[..., None]
        for mask, colour, opacity in ((crown, hue[0], 0.9), (lit, hue[1], 0.6)):
            cover = (mask[rows] * np.float32(opacity / 255))[..., None]
            window += cover * (tone[..., None] * colour - window)
