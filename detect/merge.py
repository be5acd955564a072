"""From the hits of all tiles to one hit an aircraft."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from imagery.grid import Floats

SAME_IOU = 0.3
SAME_COVER = 0.6  # a part of an aircraft that a tile's edge has cut lies mostly within the whole


def keep_best(rings: Floats, scores: Sequence[float]) -> list[int]:
    """Greedy merging: the surest first, and nothing that overlaps a surer one.

    Two boxes are one aircraft if their intersection is at least 0.3 of their union, or at least 0.6 of the
    smaller. The order of the input does not matter: ties in score go by the first corner's place.

    Args:
        rings: (N, 4, 2) float64, corners of each oriented box in scene pixels.
        scores: N scores.

    Returns:
        Indices of those kept, surest first.
    """
    if not len(scores):
        return []
    boxes = np.asarray(shapely.polygons(rings))
    areas = np.asarray(shapely.area(boxes))
    rest = rings[:, 1:].reshape(len(rings), -1).T
    order = np.lexsort((*rest, rings[:, 0, 0], rings[:, 0, 1], -np.asarray(scores, dtype=np.float64)))
    tree = shapely.STRtree(boxes)
    alive = np.ones(len(boxes), dtype=np.bool_)
    kept = []
    for index in order:
        if not alive[index]:
            continue
        kept.append(int(index))
        near = tree.query(boxes[index])
        near = near[alive[near]]
        shared = np.asarray(shapely.area(shapely.intersection(boxes[index], boxes[near])))
        union = areas[index] + areas[near] - shared
        same = (shared >= SAME_IOU * union) | (shared >= SAME_COVER * np.minimum(areas[index], areas[near]))
        alive[near[same]] = False
    return kept
