"""Whether two oriented boxes are of one aircraft."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from detect.box import OrientedBox, corners_of
from detect.merge import shared_areas
from imagery.grid import Floats

SAME_IOU = 0.5  # of two boxes of one aircraft; less, and they may be neighbours on a stand


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
    return near[best] if shares[best] >= SAME_IOU else None


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
