"""From the hits of all tiles to one hit an aircraft."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from detect.box import OrientedBox, corners_of
from imagery.grid import Floats

Polygons = NDArray[np.object_]

SAME_IOU = 0.3
SAME_COVER = 0.6  # a part of an aircraft that a tile's edge has cut lies mostly within the whole
BATCH = 256  # boxes decided at once: all pairs of them may overlap, and what they cover is never compared


def keep_best(rings: Floats, scores: Sequence[float]) -> list[int]:
    """Greedy merging: the surest first, and nothing that overlaps a surer one.

    Two boxes are one aircraft if their intersection is at least 0.3 of their union, or at least 0.6 of the
    smaller. The order of the input does not matter: ties in score go by the first corner's place.

    Args:
        rings: (N, 4, 2) float64, corners of each oriented box in scene pixels: parallelograms.
        scores: N scores.

    Returns:
        Indices of those kept, surest first.
    """
    if not len(scores):
        return []
    rest = rings[:, 1:].reshape(len(rings), -1).T
    order = np.lexsort((*rest, rings[:, 0, 0], rings[:, 0, 1], -np.asarray(scores, dtype=np.float64)))
    rings = rings[order]
    extents: Polygons = shapely.box(*rings.min(axis=1).T, *rings.max(axis=1).T)
    tree = shapely.STRtree(extents)
    alive = np.ones(len(rings), dtype=np.bool_)
    undecided: NDArray[np.int_] = np.arange(len(rings))
    kept: list[int] = []
    while undecided.size:
        batch, undecided = undecided[:BATCH], undecided[BATCH:]
        best = batch[_kept_in_turn(rings[batch], extents[batch])]
        kept += order[best].tolist()
        found, near = tree.query(extents[best])
        open_ = alive[near] & (near > batch[-1])
        found, near = best[found[open_]], near[open_]
        alive[near[_same(rings[found], rings[near])]] = False
        undecided = undecided[alive[undecided]]
    return kept


def _kept_in_turn(rings: Floats, extents: Polygons) -> NDArray[np.bool_]:
    """Which boxes, surest first, are not the same aircraft as a surer one that is kept: (N,)."""
    surer, other = shapely.STRtree(extents).query(extents)
    surer, other = surer[surer < other], other[surer < other]
    covers = np.zeros((len(rings), len(rings)), dtype=np.bool_)
    covers[surer, other] = _same(rings[surer], rings[other])
    alive = np.ones(len(rings), dtype=np.bool_)
    for index in range(len(rings)):
        if alive[index]:
            alive[covers[index]] = False
    return alive


def _same(ones: Floats, others: Floats) -> NDArray[np.bool_]:
    """Whether boxes are one aircraft, pair by pair: (N,) for two arrays of (N, 4, 2)."""
    area, other_area = (
        np.abs(_cross(ring[:, 1] - ring[:, 0], ring[:, 3] - ring[:, 0])) for ring in (ones, others)
    )
    shared = shared_areas(ones, others)
    same: NDArray[np.bool_] = shared >= SAME_IOU * (area + other_area - shared)
    same |= shared >= SAME_COVER * np.minimum(area, other_area)
    return same


def shared_areas(ones: Floats, others: Floats) -> Floats:
    """Areas of the intersections of parallelograms, pair by pair.

    Take the frame in which the first of two is the unit square. If the second's outline is clamped to it, no
    point of it moves across the square's inside, so the outline still encloses there what it enclosed, and
    nothing else: by Green's theorem the integral of x dy along it is the intersection. That is continuous in
    the corners, so edges that coincide are no special case.

    Args:
        ones: (N, 4, 2) float64, corners in order.
        others: (N, 4, 2) float64, corners in order; any quadrilateral.

    Returns:
        (N,) float64.
    """
    right, up = ones[:, 1] - ones[:, 0], ones[:, 3] - ones[:, 0]
    area = _cross(right, up)
    inverse = np.divide(1.0, area, out=np.zeros_like(area), where=area != 0)[:, None]
    offset = others - ones[:, :1]
    x, y = _cross(offset, up[:, None]) * inverse, _cross(right[:, None], offset) * inverse
    next_x, next_y = np.roll(x, -1, axis=1), np.roll(y, -1, axis=1)
    rise = next_y - y
    slope = np.divide(next_x - x, rise, out=np.zeros_like(x), where=rise != 0)
    low, high = np.clip(y, 0, 1), np.clip(next_y, 0, 1)
    first, last = x + (low - y) * slope, x + (high - y) * slope
    run = last - first
    upright = run == 0
    mean = np.where(
        upright, np.clip(first, 0, 1), _integral_of_clamped(first, last) / np.where(upright, 1.0, run)
    )
    shared: Floats = np.abs((mean * (high - low)).sum(axis=1) * area)
    return shared


def _cross(one: Floats, other: Floats) -> Floats:
    product: Floats = one[..., 0] * other[..., 1] - one[..., 1] * other[..., 0]
    return product


def _integral_of_clamped(first: Floats, last: Floats) -> Floats:
    """The integral of clip(x, 0, 1) from first to last, without a difference of squares that loses digits."""
    begin, end = np.clip(first, 0, 1), np.clip(last, 0, 1)
    beyond = np.maximum(last - 1, 0) - np.maximum(first - 1, 0)
    integral: Floats = (end - begin) * (end + begin) / 2 + beyond
    return integral


SAME_AIRCRAFT_IOU = 0.5  # of two boxes of one aircraft; less, and they may be neighbours on a stand


def same_aircraft(box: OrientedBox, others: Sequence[OrientedBox], matrix: Floats) -> int | None:
    """Which of some boxes is of the same aircraft as a box: the one it overlaps most, at least by half.

    Args:
        box: In pixels.
        others: In pixels of the same image.
        matrix: (2, 2), metres east and north that a step right and a step down amount to, at the box.

    Returns:
        Its index; None where the intersection with none is half of the union.
    """
    near = [index for index, other in enumerate(others) if _may_overlap(box, other)]
    if not near:
        return None
    shares = _overlaps(box, [others[index] for index in near], matrix)
    best = int(np.argmax(shares))
    return near[best] if shares[best] >= SAME_AIRCRAFT_IOU else None


def _overlaps(box: OrientedBox, others: Sequence[OrientedBox], matrix: Floats) -> Floats:
    """Intersection over union of a box with others: (N,) float64. Pixels need not be square for it."""
    rings = corners_of([box, *others], matrix)
    ring, rings = np.repeat(rings[:1], len(others), axis=0), rings[1:]
    shared = shared_areas(ring, rings)
    shares: Floats = shared / (shared_areas(ring, ring) + shared_areas(rings, rings) - shared)
    return shares


def _may_overlap(one: OrientedBox, other: OrientedBox) -> bool:
    """Whether two boxes are near enough to be worth a closer look: their outer circles touch."""
    reach = sum(math.hypot(box.length, box.width) for box in (one, other)) / 2
    return math.dist(one.center, other.center) <= reach
