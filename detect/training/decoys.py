"""Decoys: things that are often taken for aircraft, drawn into pictures to be learnt as background."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import shapely

from detect.arrays import Singles
from detect.training import decoy_bodies as bodies
from detect.training import decoy_paint as paint
from detect.training import decoy_water as water
from detect.training.decoy_sketch import Sketch, View
from imagery.synthetic.canvas import Sun

PER_HECTARE = (0.2, 1.6)  # decoys in a picture
MOST = 60
LEAN = 0.4  # metres aside per metre up, at most: a view 22 degrees off the vertical


class Decoy(NamedTuple):
    """A kind of decoy.

    Attributes:
        draw: Draws one.
        weight: How often it is drawn, relative to the others.
        reach_m: How far around its origin nothing else may be.
    """

    draw: Callable[[Sketch], None]
    weight: float
    reach_m: float


KINDS = (
    Decoy(paint.draw_closed_cross, 4, 16),
    Decoy(paint.draw_stand_mark, 2, 16),
    Decoy(paint.draw_hold_bars, 1.5, 20),
    Decoy(paint.draw_shoulder_bars, 2, 20),
    Decoy(paint.draw_junction, 1.5, 30),
    Decoy(paint.draw_arrow, 2, 18),
    Decoy(paint.draw_designation, 2, 18),
    Decoy(paint.draw_helipad, 1, 12),
    Decoy(paint.draw_paths, 2, 30),
    Decoy(bodies.draw_mast, 3, 15),
    Decoy(bodies.draw_windsock, 1.5, 8),
    Decoy(bodies.draw_turbine, 2, 50),
    Decoy(bodies.draw_crane, 1, 45),
    Decoy(bodies.draw_vehicles, 3, 14),
    Decoy(bodies.draw_tents, 2, 15),
    Decoy(bodies.draw_winged_building, 2, 30),
    Decoy(bodies.draw_jet_bridges, 2, 36),
    Decoy(bodies.draw_roof, 1.5, 20),
    Decoy(bodies.draw_solar_tables, 1, 16),
    Decoy(bodies.draw_basin, 2.5, 16),
    Decoy(bodies.draw_palm, 2.5, 6),
    Decoy(bodies.draw_clutter, 3, 10),
    Decoy(water.draw_pier, 3, 32),
    Decoy(water.draw_boats, 2, 20),
)


def draw_decoys(
    pixels: Singles, taken: shapely.Geometry, sun: Sun, gsd_m: float, rng: np.random.Generator
) -> list[shapely.Polygon]:
    """Draw decoys of every kind, none where ``taken`` (pixels) is.

    Args:
        pixels: (H, W, 3) float32, 0 to 255, changed in place.
        taken: Where aircraft stand, in pixels.
        sun: Where the light comes from.
        gsd_m: Metres per pixel.
        rng: Source of all that is random.

    Returns:
        The places, in pixels, that are taken now.
    """
    rows, cols = pixels.shape[:2]
    hectares = rows * cols * gsd_m**2 / 10_000
    count = min(MOST, rng.poisson(hectares * rng.uniform(*PER_HECTARE)))
    toward, lean = rng.uniform(0, 2 * np.pi), rng.uniform(0, LEAN)
    view = View(sun, lean * np.array([np.cos(toward), np.sin(toward)]), gsd_m)
    weights = np.array([decoy.weight for decoy in KINDS])
    places: list[shapely.Polygon] = []
    for kind in rng.choice(len(KINDS), count, p=weights / weights.sum()):
        decoy, center = KINDS[kind], rng.uniform(0, 1, 2) * (cols, rows)
        place = shapely.Point(*center).buffer(decoy.reach_m / gsd_m)
        if place.intersects(taken) or any(place.intersects(other) for other in places):
            continue
        decoy.draw(Sketch(pixels, view, center, rng.uniform(0, 360), rng))
        places.append(place)
    return places
