"""Merging 30,000 boxes, with areas by `detect.merge.shared_areas` and by Shapely: speed and agreement.

    .venv/bin/python benchmarks/merging.py

The boxes are the size of aircraft and lie several upon each other, as the hits of all tiles do.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
import shapely

import detect.merge
from detect.box import OrientedBox, corners_of
from imagery.grid import Floats, PixelPoint

COUNT = 30_000
PLACES = 6_000  # where aircraft stand; each has five hits
SIDE_PX = 12_000
RUNS = 5


def boxes() -> tuple[Floats, list[float]]:
    """Return corners, (COUNT, 4, 2), and scores."""
    rng = np.random.default_rng(1)
    places = rng.uniform(0, SIDE_PX, (PLACES, 2))[rng.integers(PLACES, size=COUNT)]
    centers = places + rng.normal(0, 4, (COUNT, 2))
    lengths = rng.uniform(12, 75, COUNT)
    widths, angles = lengths * rng.uniform(0.8, 1.1, COUNT), rng.uniform(0, 360, COUNT)
    sides = np.column_stack([centers, lengths, widths, angles]).tolist()
    oriented = [OrientedBox(PixelPoint(*side[:2]), *side[2:]) for side in sides]
    return corners_of(oriented, np.diag([1.0, -1.0])), rng.random(COUNT).tolist()


def by_shapely(first: Floats, second: Floats) -> Floats:
    """Return the areas of the intersections of polygons, pair by pair."""
    return np.asarray(shapely.area(shapely.intersection(shapely.polygons(first), shapely.polygons(second))))


def seconds(work: Callable[[], object]) -> float:
    """Return the median time of some work."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    """Print both times of the areas alone and of the whole merging, and the largest difference."""
    rings, scores = boxes()
    extents = shapely.box(*rings.min(axis=1).T, *rings.max(axis=1).T)
    one, other = shapely.STRtree(extents).query(extents)
    first, second = rings[one[one < other]], rings[other[one < other]]
    polygons = shapely.polygons(first), shapely.polygons(second)
    ours, theirs = detect.merge.shared_areas(first, second), by_shapely(first, second)
    apart = np.abs(ours - theirs).max()
    print(f"{COUNT:,} boxes, {len(first):,} pairs near each other; areas differ by at most {apart:.1e} px²")
    print(f"  areas, ours            {seconds(lambda: detect.merge.shared_areas(first, second)):6.2f} s")
    print(f"  areas, Shapely         {seconds(lambda: by_shapely(first, second)):6.2f} s")
    ready = seconds(lambda: shapely.area(shapely.intersection(*polygons)))
    print(f"    its polygons made    {ready:6.2f} s")
    kept = detect.merge.keep_best(rings, scores)
    print(f"  merging, ours          {seconds(lambda: detect.merge.keep_best(rings, scores)):6.2f} s")
    our_areas, detect.merge.shared_areas = detect.merge.shared_areas, by_shapely
    try:
        same = detect.merge.keep_best(rings, scores) == kept
        print(f"  merging, with Shapely  {seconds(lambda: detect.merge.keep_best(rings, scores)):6.2f} s")
    finally:
        detect.merge.shared_areas = our_areas
    print(f"  {len(kept):,} boxes kept, by both the same: {same}")


if __name__ == "__main__":
    main()
