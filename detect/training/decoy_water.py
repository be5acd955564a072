"""Decoys in water: piers with fingers, and boats beside them, under way or on the shore."""

from __future__ import annotations

import numpy as np
import shapely
from shapely import affinity

from detect.training.decoy_sketch import Sketch, bar

SHORE_M = 3.0  # over which water ends


def draw_pier(sketch: Sketch) -> None:
    """Draw a pier in water, straight, in a T or with fingers on both sides, boats between them."""
    rng = sketch.rng
    length, width = rng.uniform(14, 60), rng.uniform(1, 4)
    _water(sketch, length * rng.uniform(0.7, 1))
    parts = [bar(length, width)]
    boats: list[tuple[float, float, float]] = []
    if rng.random() < 0.5:
        parts.append(affinity.translate(bar(width, length * rng.uniform(0.2, 0.8)), length / 2))
    pitch, finger = rng.uniform(6, 16), rng.uniform(5, 16)
    for x in np.arange(-length / 2 + pitch, length / 2, pitch).tolist() if rng.random() < 0.7 else ():
        for side in (-1, 1):
            if rng.random() < 0.85:
                parts.append(affinity.translate(bar(0.35 * width + 0.5, finger), x, side * finger / 2))
            if rng.random() < 0.6:
                boats.append((x + pitch / 3, side * (width / 2 + finger * 0.5), 90.0 * side))
    for _ in range(int(rng.integers(0, 3))):
        aside = float(rng.choice([-1, 1])) * (width + 2.5)
        boats.append((rng.uniform(-0.4, 0.4) * length, aside, float(rng.choice([0, 180]))))
    pier = shapely.union_all(parts)
    deck = rng.uniform(120, 235) * np.array([1, 0.98, 0.94]) * rng.normal(1, 0.03, 3)
    sketch.shade(pier, 0, rng.uniform(0.5, 3), strength=0.8)
    sketch.paint(pier, deck)
    size = rng.uniform(0.55, 0.95) * finger
    for x, y, turn in boats:
        _boat(sketch, x, y, turn, size * rng.uniform(0.8, 1.1))


def draw_boats(sketch: Sketch) -> None:
    """Draw boats: some on land, some in water with a wake or a sail's mast."""
    rng = sketch.rng
    length = rng.uniform(5, 22)
    if rng.random() < 0.7:
        _water(sketch, length * rng.uniform(1.2, 2.5))
        if rng.random() < 0.4:
            wake = shapely.Polygon([(-length * 3, -length * 0.4), (0, 0), (-length * 3, length * 0.4)])
            sketch.paint(wake, np.array([196, 206, 206]), opacity=rng.uniform(0.15, 0.6), worn=0.4)
    _boat(sketch, 0, 0, 0, length)
    for _ in range(int(rng.choice([0, 0, 1, 2]))):
        x, y = (rng.uniform(-1.3, 1.3, 2) * length).tolist()
        _boat(sketch, x, y, rng.uniform(0, 360), length * rng.uniform(0.6, 1))


def _water(sketch: Sketch, radius: float) -> None:
    """Put water around the origin, its shore ragged and soft."""
    rng = sketch.rng
    turns = np.linspace(0, 2 * np.pi, 28, endpoint=False)
    reach = radius * (1 + 0.25 * np.sin(2 * turns + rng.uniform(0, 6)) + rng.normal(0, 0.06, len(turns)))
    shape = shapely.Polygon(np.stack([np.cos(turns), np.sin(turns)], axis=1) * reach[:, None]).buffer(1)
    colour = np.array([[38, 62, 66], [28, 40, 58], [92, 98, 82], [60, 96, 98], [112, 108, 96]])[
        rng.integers(5)
    ]
    colour = colour * rng.uniform(0.7, 1.2)
    for shrunk in np.linspace(0, SHORE_M, 5):
        sketch.paint(shape.buffer(-shrunk), colour, opacity=0.5)
    sketch.paint(shape.buffer(-SHORE_M), colour)
    for tone in (0.9, 1.12):  # waves
        sketch.paint(shape.buffer(-SHORE_M), colour * tone, opacity=rng.uniform(0.2, 0.9), worn=0.5)


def _boat(sketch: Sketch, x: float, y: float, turn_deg: float, length: float) -> None:
    """Draw a boat: a hull with a bow, a deck, a windscreen, maybe a mast."""
    rng = sketch.rng
    beam = length * rng.uniform(0.24, 0.36)
    along = np.array([-0.5, 0.1, 0.34, 0.5, 0.34, 0.1, -0.5]) * length
    across = np.array([-0.45, -0.5, -0.3, 0, 0.3, 0.5, 0.45]) * beam
    hull = affinity.translate(affinity.rotate(shapely.Polygon(np.stack([along, across], axis=1)), turn_deg,
                                              origin=(0, 0)), x, y)  # fmt: skip
    white = np.full(3, rng.uniform(205, 250)) if rng.random() < 0.85 else rng.uniform(20, 160, 3)
    sketch.raise_up(hull, 0, rng.uniform(0.8, 2.5), white, wall=0.8)
    cabin = affinity.scale(hull, rng.uniform(0.25, 0.5), rng.uniform(0.4, 0.7))
    sketch.paint(cabin, rng.uniform(0.25, 0.9) * white, height_m=2)
    if rng.random() < 0.3:
        mast = np.array([[x, y, 0], [x, y, length * 1.1]])
        sketch.shade_stroke(mast, 0.2)
        sketch.stroke(mast, 0.2, np.full(3, 225.0))
