"""Decoys that lie flat: paint on runways and aprons, paths, patches."""

from __future__ import annotations

import numpy as np
import shapely
from shapely import affinity

from detect.training.decoy_sketch import Colour, Sketch, bar, disc, line

YELLOW, WHITE, RED = (np.array(colour) for colour in ((206.0, 166, 72), (226.0, 224, 216), (176.0, 62, 52)))
EDGED = 0.35  # of all paint has dark edges, so that it shows on concrete
EDGE_M = 0.35
# Strokes of runway designations, on a grid of 2 by 4: right, down.
GLYPHS = {
    "1": ((0, 0.7), (1, 0), (1, 4)),
    "2": ((0, 1), (0, 0), (2, 0), (2, 2), (0, 4), (2, 4)),
    "3": ((0, 0), (2, 0), (1, 1.8), (2, 2.4), (2, 4), (0, 4)),
    "6": ((2, 0), (0, 0), (0, 4), (2, 4), (2, 2), (0, 2)),
    "7": ((0, 0), (2, 0), (0.6, 4)),
    "R": ((0, 4), (0, 0), (2, 0), (2, 2), (0, 2), (2, 4)),
    "L": ((0, 0), (0, 4), (2, 4)),
    "C": ((2, 0), (0, 0), (0, 4), (2, 4)),
    "M": ((0, 4), (0, 0), (1, 2), (2, 0), (2, 4)),
}


def draw_closed_cross(sketch: Sketch) -> None:
    """Draw the cross of a closed runway or taxiway.

    Arms of 18 m by 3 m on runways in the United States (FAA AC 150/5340-1), 36 m by 1.8 m in most other
    countries (ICAO Annex 14, 7.1); smaller ones on taxiways and heliports.
    """
    rng = sketch.rng
    length = float(rng.choice([9, 14.5, 18, 26, 36])) * rng.uniform(0.85, 1.15)
    width = length * rng.uniform(0.05, 0.18)
    angle = rng.choice([45.0, 45.0, 30.0])
    arms = [affinity.rotate(bar(length, width), way) for way in (angle, -angle)]
    colour = _paint(sketch, white=0.4) if rng.random() < 0.9 else np.full(3, rng.uniform(25, 60))
    _mark(sketch, shapely.union_all(arms), colour)


def draw_stand_mark(sketch: Sketch) -> None:
    """Draw the line that leads onto a stand, its stop bars and its clearance lines."""
    rng = sketch.rng
    length, width = rng.uniform(10, 45), rng.uniform(0.15, 0.8)
    parts = [bar(length, width)]
    for _ in range(int(rng.integers(1, 4))):
        stop = bar(width * rng.uniform(1, 2), rng.uniform(2, 16))
        parts.append(affinity.translate(stop, length / 2 - rng.uniform(0, 0.45) * length))
    if rng.random() < 0.4:
        parts.append(affinity.translate(affinity.rotate(bar(length * 0.6, width), 45), -length / 4))
    _mark(sketch, shapely.union_all(parts), _paint(sketch, white=0.3))


def draw_hold_bars(sketch: Sketch) -> None:
    """Draw a hold-short line: two lines and two dashed ones across a taxiway."""
    rng = sketch.rng
    length, width = rng.uniform(14, 50), rng.uniform(0.15, 0.45)
    dashes = np.arange(-length / 2, length / 2, 2 * rng.uniform(0.8, 1.2)).tolist()
    parts = [affinity.translate(bar(length, width), 0, width * step) for step in (-3, -1)]
    parts += [affinity.translate(bar(0.9, width), x, width * step) for step in (1, 3) for x in dashes]
    parts.append(affinity.translate(bar(width, rng.uniform(10, 40)), 0, 0))
    _mark(sketch, shapely.union_all(parts), _paint(sketch, white=0.1))


def draw_shoulder_bars(sketch: Sketch) -> None:
    """Draw the bars across a paved shoulder in a curve, one behind the other (FAA AC 150/5340-1)."""
    rng = sketch.rng
    radius, length, width = rng.uniform(15, 70), rng.uniform(1.5, 8), rng.uniform(0.3, 1.0)
    count, apart = int(rng.integers(3, 12)), rng.uniform(3, 10) / radius
    turns = (np.arange(count) - rng.uniform(0, count)) * apart
    ends = [radius * np.array([np.sin(turn), np.cos(turn)]) for turn in turns]
    bars = [line(np.array([end, end * (1 + length / radius)]) - [0, radius], width) for end in ends]
    _mark(sketch, shapely.union_all(bars), _paint(sketch, white=0.1))


def draw_junction(sketch: Sketch) -> None:
    """Draw where centre lines of taxiways part: a line and the arcs that leave it."""
    rng = sketch.rng
    reach, width = rng.uniform(15, 60), rng.uniform(0.15, 0.9)
    lines = [np.array([[-reach, 0], [reach, 0]])]
    for _ in range(int(rng.integers(1, 4))):
        radius, side = reach * rng.uniform(0.5, 1), rng.choice([-1, 1])
        turn = np.linspace(0, rng.uniform(0.6, np.pi / 2), 16)
        arc = np.stack([np.sin(turn), side * (1 - np.cos(turn))], axis=1) * radius
        lines.append(arc * [rng.choice([-1, 1]), 1] + [rng.uniform(-0.3, 0.3) * reach, 0])
    shape = shapely.union_all([line(points, width) for points in lines])
    _mark(sketch, shape, _paint(sketch, white=0.15))


def draw_arrow(sketch: Sketch) -> None:
    """Draw an arrow or chevrons, as before a displaced threshold: shaft and swept wings."""
    rng = sketch.rng
    length, spread, width = rng.uniform(6, 40), rng.uniform(3, 16), rng.uniform(0.5, 1.6)
    head = np.array([[-spread * rng.uniform(0.5, 1.6), -spread], [0, 0], [0, 0]])
    head[2] = head[0] * [1, -1]
    count = int(rng.choice([1, 1, 1, 2, 3]))
    parts = [line(head - np.array([back * spread * 1.6, 0]), width) for back in range(count)]
    if rng.random() < 0.75:
        parts.append(line(np.array([[-length, 0], [0, 0]]), width))
    _mark(sketch, shapely.union_all(parts), _paint(sketch, white=0.6))


def draw_designation(sketch: Sketch) -> None:
    """Draw numerals and letters of a runway, 9 m tall (ICAO Annex 14, 5.2.2) or twice that, or on a roof."""
    rng = sketch.rng
    scale, width = rng.choice([1.0, 2.3, 4.5]) * rng.uniform(0.8, 1.2), rng.uniform(0.35, 0.6)
    glyphs = rng.choice(list(GLYPHS), int(rng.integers(1, 4)))
    parts = [
        affinity.translate(line(np.array(GLYPHS[glyph]), width), 3.2 * (number - len(glyphs) / 2), -2)
        for number, glyph in enumerate(glyphs)
    ]
    shape = affinity.scale(shapely.union_all(parts), scale, scale, origin=(0, 0))
    _mark(sketch, shape, _paint(sketch, white=0.85))


def draw_helipad(sketch: Sketch) -> None:
    """Draw a helipad: a disc or a ring, an H or a cross in it."""
    rng = sketch.rng
    radius = rng.uniform(4, 14)
    if rng.random() < 0.6:
        sketch.paint(disc(radius), sketch.ground(radius) * rng.uniform(0.6, 1.4), opacity=0.9)
    ring = shapely.difference(disc(radius * 0.9), disc(radius * 0.9 - rng.uniform(0.3, 0.9)))
    size = radius * rng.uniform(0.5, 0.9)
    width = size * rng.uniform(0.12, 0.3)
    parts = [bar(size, width), affinity.rotate(bar(size, width), 90)]
    if rng.random() < 0.6:
        parts = [affinity.translate(bar(width, size), side * size / 3) for side in (-1, 1)]
        parts.append(bar(size * 2 / 3, width))
    _mark(sketch, shapely.union_all([ring, *parts]), _paint(sketch, white=0.7))


def draw_paths(sketch: Sketch) -> None:
    """Draw paths that cross, or a patch of concrete, asphalt or bare soil in the shape of a cross or a T."""
    rng = sketch.rng
    count, reach, width = int(rng.integers(3, 6)), rng.uniform(8, 55), rng.uniform(1, 7)
    turns = np.cumsum(rng.choice([40.0, 60.0, 90.0, 90.0, 120.0], count))
    ends = [reach * rng.uniform(0.4, 1) * np.array([np.cos(t), np.sin(t)]) for t in np.radians(turns)]
    shape = shapely.union_all([line(np.array([[0, 0], end]), width) for end in ends])
    tone = (
        sketch.ground(reach) * np.exp(rng.choice([-1, 1]) * rng.uniform(0.15, 0.6)) * rng.normal(1, 0.04, 3)
    )
    sketch.paint(shape, tone, opacity=rng.uniform(0.6, 1), worn=rng.uniform(0, 0.3))


def _mark(sketch: Sketch, shape: shapely.Geometry, colour: Colour) -> None:
    rng = sketch.rng
    if rng.random() < EDGED:
        sketch.paint(
            shapely.buffer(shape, EDGE_M), np.full(3, rng.uniform(20, 60)), opacity=rng.uniform(0.4, 0.9)
        )
    sketch.paint(shape, colour, opacity=rng.uniform(0.35, 1), worn=max(0.0, rng.uniform(-0.2, 0.6)))


def _paint(sketch: Sketch, white: float) -> Colour:
    """Return paint, white for a share, else yellow or now and then red, as bright as it has stayed."""
    rng = sketch.rng
    colour = WHITE if rng.random() < white else YELLOW if rng.random() < 0.9 else RED
    return np.asarray(colour * rng.uniform(0.75, 1.1) * rng.normal(1, 0.03, 3))
