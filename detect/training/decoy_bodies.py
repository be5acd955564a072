"""Decoys that stand up and throw shadows: masts, turbines, cranes, vehicles, tents, buildings, trees."""

from __future__ import annotations

import numpy as np
import shapely
from shapely import affinity

from detect.training.decoy_sketch import Colour, Sketch, bar, disc
from imagery.grid import Floats


def draw_mast(sketch: Sketch) -> None:
    """Draw a mast with lamps on arms, on a ring or on a beam, or a lattice with cross arms."""
    rng = sketch.rng
    height, colour = rng.uniform(7, 40), _grey(sketch, 70, 240)
    rods = [(np.array([[0, 0, 0], [0, 0, height]]), rng.uniform(0.2, 0.8))]
    for level in height * np.array([1.0, 0.8, 0.6])[: rng.choice([1, 1, 1, 2, 3])]:
        arms, reach = int(rng.integers(1, 5)), rng.uniform(0.8, 6)
        first = rng.uniform(0, 2 * np.pi)
        for turn in first + 2 * np.pi * np.arange(arms) / arms:
            tip = [reach * np.cos(turn), reach * np.sin(turn), level]
            rods.append((np.array([[0, 0, level], tip]), rng.uniform(0.25, 0.8)))
    head = disc(rng.uniform(0.4, 1.5))
    _rods(sketch, rods, colour)
    sketch.shade(head, height - 0.5, height)
    sketch.paint(head, _grey(sketch, 140, 250), height_m=height)
    sketch.paint(bar(*rng.uniform(0.8, 2.5, 2)), _grey(sketch, 110, 210))


def draw_windsock(sketch: Sketch) -> None:
    """Draw a windsock on its pole, in its ring or on its disc."""
    rng = sketch.rng
    radius, height, length = rng.uniform(3, 9), rng.uniform(4, 9), rng.uniform(2, 5)
    if rng.random() < 0.7:
        hole = disc(radius - rng.uniform(0.6, 1.5)) if rng.random() < 0.7 else shapely.Point()
        sketch.paint(
            shapely.difference(disc(radius), hole), _grey(sketch, 190, 245), worn=rng.uniform(0, 0.4)
        )
    _rods(sketch, [(np.array([[0, 0, 0], [0, 0, height]]), 0.25)], _grey(sketch, 120, 230))
    turn = rng.uniform(0, 2 * np.pi)
    along, across = np.array([np.cos(turn), np.sin(turn)]) * length, np.array([-np.sin(turn), np.cos(turn)])
    sock = shapely.Polygon([across * 0.5, -across * 0.5, along - across * 0.2, along + across * 0.2])
    sketch.shade(sock, height - 0.5, height)
    orange = np.array([232, 112, 48]) if rng.random() < 0.7 else np.array([236, 234, 228])
    sketch.paint(sock, orange * rng.uniform(0.8, 1), height_m=height)


def draw_turbine(sketch: Sketch) -> None:
    """Draw a wind turbine: three blades around a hub, upright, so that mostly their shadow shows them."""
    rng = sketch.rng
    height = rng.choice([12.0, 25.0, 45.0, 80.0]) * rng.uniform(0.8, 1.2)
    blade, colour = height * rng.uniform(0.35, 0.6), _grey(sketch, 215, 250)
    rods = [(np.array([[0, 0, 0], [0, 0, height]]), height * rng.uniform(0.02, 0.045))]
    for turn in rng.uniform(0, 2 * np.pi) + 2 * np.pi * np.arange(3) / 3:
        points = np.array([[0, 1, height], [blade * np.cos(turn), 1, height + blade * np.sin(turn)]])
        middle = points.mean(axis=0)
        rods += [
            (np.array([points[0], middle]), blade * 0.075),
            (np.array([middle, points[1]]), blade * 0.04),
        ]
    _rods(sketch, rods, colour)
    nacelle = affinity.translate(bar(height * 0.045, height * 0.12), 0, -height * 0.03)
    sketch.shade(nacelle, height * 0.98, height * 1.02)
    sketch.paint(nacelle, colour, height_m=height)


def draw_crane(sketch: Sketch) -> None:
    """Draw a tower crane: a long jib, a short one with its weight, the tower, and their shadows."""
    rng = sketch.rng
    height, jib = rng.uniform(18, 60), rng.uniform(15, 60)
    back = jib * rng.uniform(0.2, 0.4)
    colour = np.array([214, 172, 66]) if rng.random() < 0.6 else np.array([196, 72, 54])
    width = rng.uniform(0.8, 1.8)
    rods = [
        (np.array([[0, 0, 0], [0, 0, height]]), width * 1.1),
        (np.array([[-back, 0, height], [jib, 0, height]]), width),
    ]
    _rods(sketch, rods, colour * rng.uniform(0.7, 1.1), strength=0.7)
    weight = affinity.translate(bar(3, 2.4), -back)
    sketch.shade(weight, height - 2, height)
    sketch.paint(weight, _grey(sketch, 110, 190), height_m=height)


def draw_vehicles(sketch: Sketch) -> None:
    """Draw lorries, cars or containers that happen to stand in a T, a cross, a V or a short row."""
    rng = sketch.rng
    size = [(4.5, 1.9, 1.5), (8, 2.5, 3), (13, 2.6, 3.8), (6.1, 2.45, 2.6), (12.2, 2.45, 2.6)][
        rng.integers(5)
    ]
    length, width, height = size
    layouts = (
        ((0, 0, 0), (length / 2 + width, 0, 90)),
        ((0, 0, 0), (0, length / 2 + width, 90), (0, -length / 2 - width, 90)),
        ((0, width, 25), (0, -width, -25)),
        tuple((0, row * width * 1.5, 0) for row in range(-2, 3)),
        ((-length * 0.55, 0, 0), (length * 0.55, 0, 0), (0, width * 2, 80), (0, -width * 2, 100)),
    )
    for x, y, turn in layouts[rng.integers(len(layouts))]:
        body = affinity.rotate(bar(length * rng.uniform(0.9, 1.1), width), turn + rng.normal(0, 4))
        body = affinity.translate(body, x + rng.normal(0, 0.3), y + rng.normal(0, 0.3))
        sketch.raise_up(body, 0, height, _body_colour(sketch))
        if height < 2:  # a windscreen and a rear window
            sketch.paint(affinity.scale(body, 0.6, 0.7), np.full(3, 45.0), height_m=height, opacity=0.5)


def draw_tents(sketch: Sketch) -> None:
    """Draw tents: gables that cross, or a body with an annexe on each side."""
    rng = sketch.rng
    length, width = rng.uniform(5, 30), rng.uniform(3, 9)
    colour = (
        (np.array([[238, 236, 230], [126, 120, 88], [178, 162, 126], [96, 104, 84]])[rng.integers(4)]) * 1.0
    )
    parts = [(0.0, 0.0, 0.0, length)]
    if rng.random() < 0.8:
        parts.append((rng.uniform(-0.25, 0.25) * length, 0.0, 90.0, length * rng.uniform(0.4, 1)))
    for x, y, turn, long in parts:
        _gable(sketch, affinity.translate(affinity.rotate(bar(long, width), turn), x, y), turn, 3.0, colour)


def draw_winged_building(sketch: Sketch) -> None:
    """Draw a building in the shape of a cross, a T, a Y or an H, under gables or flat roofs."""
    rng = sketch.rng
    length, width, height = rng.uniform(14, 60), rng.uniform(5, 14), rng.uniform(3, 14)
    colour = np.array([[150, 96, 76], [172, 170, 164], [112, 116, 122], [206, 204, 198], [96, 84, 76]])[
        rng.integers(5)
    ] * rng.uniform(0.8, 1.15)
    across = length * rng.uniform(0.45, 1)
    wings = [(0.0, 0.0, 0.0, length)]
    kind = rng.integers(4)
    if kind == 0:
        wings.append((rng.uniform(-0.2, 0.3) * length, 0.0, 90.0, across))
    elif kind == 1:
        wings.append((length / 2, 0.0, 90.0, across))
    elif kind == 2:
        wings = [(0.0, 0.0, turn, length) for turn in (0.0, 60.0, 120.0)]
    else:
        wings += [(side * length * 0.35, 0.0, 90.0, across) for side in (-1, 1)]
    for x, y, turn, long in wings:
        wing = affinity.translate(affinity.rotate(bar(long, width), turn), x, y)
        if rng.random() < 0.6:
            _gable(sketch, wing, turn, height, colour)
        else:
            sketch.raise_up(wing, 0, height, colour)


def draw_jet_bridges(sketch: Sketch) -> None:
    """Draw a pier's end with one or two passenger bridges, as they are left when no aircraft stands there.

    A rotunda, a tunnel that reaches out from it and a cab across its end, 4 to 6 m up.
    """
    rng = sketch.rng
    roof, top = _grey(sketch, 150, 250), rng.uniform(4.5, 7)
    if rng.random() < 0.7:
        reach = rng.uniform(14, 30)
        pier = affinity.translate(bar(reach, rng.uniform(8, 22)), -reach / 2)
        sketch.raise_up(pier, 0, top * rng.uniform(1, 1.6), _grey(sketch, 110, 245))
    sides = [-1, 1] if rng.random() < 0.6 else [1]
    for side in sides:
        length, turn = rng.uniform(16, 38), side * rng.uniform(15, 75)
        tunnel = affinity.translate(bar(length, rng.uniform(2.4, 3.4)), length / 2)
        cab = affinity.translate(
            affinity.rotate(bar(rng.uniform(3, 5), rng.uniform(4, 7)), rng.uniform(-50, 50)), length
        )
        for part in (tunnel, cab, disc(rng.uniform(2, 4))):
            sketch.raise_up(affinity.rotate(part, turn, origin=(0, 0)), top - 3, top, roof)


def draw_roof(sketch: Sketch) -> None:
    """Draw a flat roof with ventilators, ducts and skylights on it."""
    rng = sketch.rng
    length, width, height = rng.uniform(12, 45), rng.uniform(8, 25), rng.uniform(4, 12)
    sketch.raise_up(bar(length, width), 0, height, _grey(sketch, 90, 240))
    for _ in range(int(rng.integers(1, 7))):
        x, y = rng.uniform(-0.35, 0.35) * length, rng.uniform(-0.35, 0.35) * width
        unit = disc(rng.uniform(0.4, 1.8)) if rng.random() < 0.5 else bar(*rng.uniform(0.8, 5, 2))
        for turn in (0, 90)[: rng.integers(1, 3)]:
            _on_roof(sketch, affinity.translate(affinity.rotate(unit, turn), x, y), height)


def draw_solar_tables(sketch: Sketch) -> None:
    """Draw rows of solar panels, with gaps."""
    rng = sketch.rng
    length, width, rows = rng.uniform(6, 30), rng.uniform(1.8, 5), int(rng.integers(1, 6))
    colour = np.array([44, 52, 84]) * rng.uniform(0.7, 1.5)
    for row in range(rows):
        table = affinity.translate(
            bar(length * rng.uniform(0.5, 1), width), rng.uniform(-0.2, 0.2) * length,
            (row - rows / 2) * width * rng.uniform(1.6, 2),
        )  # fmt: skip
        sketch.raise_up(table, 0.6, 2, colour)


def draw_basin(sketch: Sketch) -> None:
    """Draw a round basin or tank with a bridge or spokes across it, as sewage works have."""
    rng = sketch.rng
    radius, spokes = rng.uniform(4, 18), int(rng.integers(1, 4))
    sketch.raise_up(disc(radius), 0, rng.uniform(0.5, 8), _grey(sketch, 150, 230))
    sketch.paint(disc(radius * 0.93), _grey(sketch, 25, 190), opacity=0.9)
    if rng.random() < 0.35:  # a scraper: a cross in the middle, and one bridge to the rim
        size, spokes = radius * rng.uniform(0.2, 0.5), 1
        for turn in (45, 135):
            sketch.raise_up(
                affinity.rotate(bar(2 * size, size * 0.25), turn), 0.5, 1.5, _grey(sketch, 130, 245)
            )
    for turn in rng.uniform(0, 180) + 180 * np.arange(spokes) / spokes:
        sketch.raise_up(affinity.rotate(bar(2 * radius, rng.uniform(0.5, 2)), turn), 0.5, 1.5,
                        _grey(sketch, 160, 245))  # fmt: skip
    sketch.raise_up(disc(radius * 0.12), 0.5, 2.5, _grey(sketch, 150, 240))


def draw_palm(sketch: Sketch) -> None:
    """Draw a palm or a bare tree: fronds like a star, and as a star their shadow, off to a side."""
    rng = sketch.rng
    height, reach = rng.uniform(2, 14), rng.uniform(1.5, 5.5)
    rods = [(np.array([[0, 0, 0], [0, 0, height]]), 0.3)]
    fronds = int(rng.integers(6, 15))
    for turn in rng.uniform(0, 6) + 2 * np.pi * np.arange(fronds) / fronds + rng.normal(0, 0.15, fronds):
        tip = reach * rng.uniform(0.6, 1.1) * np.array([np.cos(turn), np.sin(turn)])
        rods.append((np.array([[0, 0, height], [*tip, height - 0.5]]), rng.uniform(0.25, 0.9)))
    bare = rng.random() < 0.3
    colour = np.array([150, 138, 120]) if bare else np.array([58, 78, 42])
    _rods(sketch, rods, colour * rng.uniform(0.6, 1.3))


def draw_clutter(sketch: Sketch) -> None:
    """Draw a loose group of small things: parasols, drums, pallets, bushes, people with their shadows."""
    rng = sketch.rng
    size, height = rng.uniform(0.5, 3), rng.uniform(0.5, 2.5)
    spread, colour = size * rng.uniform(1, 3), _body_colour(sketch)
    for _ in range(int(rng.integers(2, 9))):
        body = (
            disc(size * rng.uniform(0.3, 0.6))
            if rng.random() < 0.5
            else bar(size, size * rng.uniform(0.4, 1))
        )
        x, y = rng.normal(0, spread, 2).tolist()
        placed = affinity.translate(affinity.rotate(body, rng.uniform(0, 180)), x, y)
        sketch.raise_up(placed, 0, height, colour if rng.random() < 0.7 else _body_colour(sketch))


def _rods(sketch: Sketch, rods: list[tuple[Floats, float]], colour: Colour, strength: float = 1.0) -> None:
    """Draw rods through points (2, 3), each with its width, after all their shadows."""
    for points, width in rods:
        sketch.shade_stroke(points, width, strength)
    for points, width in rods:
        sketch.stroke(points, width, colour)


def _gable(sketch: Sketch, wing: shapely.Polygon, turn_deg: float, height_m: float, colour: Colour) -> None:
    """Draw a wing under a gable: its slopes turn to the sun or away from it."""
    sketch.raise_up(wing, 0, height_m, colour)
    turn, middle = np.radians(turn_deg), np.array(wing.centroid.coords[0])
    along, across = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
    for side in (-1, 1):
        far = middle + side * across * 200
        half = shapely.Polygon(
            [middle - along * 200, middle + along * 200, far + along * 200, far - along * 200]
        )
        light = 1 + 0.3 * sketch.facing(side * across)
        sketch.paint(shapely.intersection(wing, half), colour * light, height_m=height_m)


def _on_roof(sketch: Sketch, unit: shapely.Geometry, height_m: float) -> None:
    """Draw a ventilator; its shadow falls on the roof and is short."""
    for shift, colour in ((0.6, np.full(3, 55.0)), (0.0, _grey(sketch, 90, 245))):
        sketch.paint(affinity.translate(unit, shift, shift), colour, height_m=height_m, opacity=0.9)


def _body_colour(sketch: Sketch) -> Colour:
    if sketch.rng.random() < 0.65:
        return _grey(sketch, 40, 245)
    return np.asarray(sketch.rng.uniform(30, 220, 3))


def _grey(sketch: Sketch, low: float, high: float) -> Colour:
    return np.asarray(sketch.rng.uniform(low, high) * sketch.rng.normal(1, 0.025, 3))
