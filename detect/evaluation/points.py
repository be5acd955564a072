"""Truth that says only where some aircraft are: whether a candidate is near."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from detect.evaluation.coco_matching import MatchedScene
from imagery.errors import UsageError
from imagery.grid import WGS84

POINT_REACH_M = 15.0
POINT_BUDGETS = (100, 300)


class PointRecall(NamedTuple):
    """Known places within 15 m of a candidate.

    Attributes:
        points: How many places are known.
        recall_of_best: Share of them near one of the best so many candidates of their scene.
        recall: Share of them near any candidate.
    """

    points: int
    recall_of_best: dict[int, float]
    recall: float


def point_recall(scenes: Sequence[MatchedScene]) -> PointRecall | None:
    """Compute how many places given as points have a candidate; None where none is given.

    Raises:
        UsageError: A scene with points has no place on Earth.
    """
    ranks = [rank for scene in scenes for rank in _ranks_of_nearby(scene)]
    if not ranks:
        return None
    share = {best: sum(rank < best for rank in ranks) / len(ranks) for best in POINT_BUDGETS}
    return PointRecall(len(ranks), share, sum(rank < math.inf for rank in ranks) / len(ranks))


def _ranks_of_nearby(scene: MatchedScene) -> list[float]:
    """Return for each point the rank, from 0, of the surest candidate near it; infinite without one."""
    grid, points = scene.file.scene.grid, scene.truth.points
    if points and not grid.placed:
        raise UsageError(
            f"{scene.name}: has no place on Earth, so points of longitude and latitude cannot be compared"
        )
    centers = [candidate.box.center for candidate in scene.candidates]
    lonlats = grid.lonlats(centers) if centers else np.empty((0, 2))
    ranks = []
    for lon, lat in points:
        count = len(lonlats)
        _, _, away_m = WGS84.inv([lon] * count, [lat] * count, *lonlats.T.tolist())
        near = np.flatnonzero(np.asarray(away_m) <= POINT_REACH_M)
        ranks.append(float(near[0]) if len(near) else math.inf)
    return ranks
