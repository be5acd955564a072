"""Which candidate is which aircraft: the rules of COCO, on oriented boxes where the truth has an angle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from detect.arrays import Bools
from detect.box import corners
from detect.candidate import Candidate, CandidatesFile
from detect.evaluation.truth import SceneTruth, TruthBox, scene_name
from imagery.grid import Floats, Grid

FALSE_ALARM, IGNORED = -1, -2
MOSTLY = 0.5  # of a candidate's own area, in what is ignored

Indices = NDArray[np.int64]
SizeUnit = Literal["m", "px"]  # metres on the ground, or the scene's own pixels


class TruthOverlap(NamedTuple):
    """How much candidates and truth cover each other, each (candidates, truth) float64.

    Attributes:
        iou: Intersection over union.
        inside: Intersection over the candidate's own area.
    """

    iou: Floats
    inside: Floats


def truth_overlap(candidates: Sequence[Candidate], boxes: Sequence[TruthBox], grid: Grid) -> TruthOverlap:
    """Compute how much each candidate and each known aircraft cover each other.

    Oriented boxes are compared where the truth has an angle, axis-aligned extents where it has none.
    """
    shape = (len(candidates), len(boxes))
    overlap = TruthOverlap(np.zeros(shape), np.zeros(shape))
    for oriented in (False, True):
        columns = [column for column, box in enumerate(boxes) if (box.box is not None) == oriented]
        if not columns or not candidates:
            continue
        ours = _outlines(candidates, grid, oriented=oriented)
        theirs = _outlines([boxes[column] for column in columns], grid, oriented=oriented)
        rows, hits = shapely.STRtree(theirs).query(ours)
        shared = shapely.area(shapely.intersection(ours[rows], theirs[hits]))
        area = shapely.area(ours)[rows]
        place = (rows, np.asarray(columns)[hits])
        overlap.iou[place] = shared / (area + shapely.area(theirs)[hits] - shared)
        # A candidate of no area lies inside nothing.
        overlap.inside[place] = np.divide(shared, area, out=np.zeros_like(shared), where=area > 0)
    return overlap


def _outlines(
    shapes: Sequence[Candidate] | Sequence[TruthBox], grid: Grid, *, oriented: bool
) -> NDArray[np.object_]:
    if not oriented:
        return np.asarray(shapely.box(*np.array([shape.extent for shape in shapes]).T))
    boxes = [shape.box for shape in shapes if shape.box is not None]
    return np.asarray(shapely.polygons([corners(box, grid.ground_matrix(box.center)) for box in boxes]))


def match_candidates(overlap: TruthOverlap, ignored: Bools, min_iou: float) -> Indices:
    """Give each candidate its aircraft.

    Surest first, each candidate gets the aircraft that it fits best of those still without one, if their IoU
    reaches the bound. One that gets none is ignored, not wrong, where it fits an ignored aircraft as well as
    that or lies mostly inside one. So COCO's evaluation does it, where ``MOSTLY`` is the bound
    (https://github.com/cocodataset/cocoapi, ``COCOeval.evaluateImg``).

    Args:
        overlap: Candidates by falling score.
        ignored: (truth,) which are to be ignored.
        min_iou: Bound on the IoU, above 0.

    Returns:
        (candidates,) int64: index of the aircraft, ``FALSE_ALARM`` or ``IGNORED``.
    """
    forgiven = ((overlap.iou >= min_iou) | (overlap.inside >= MOSTLY))[:, ignored].any(axis=1)
    outcome = np.where(forgiven, IGNORED, FALSE_ALARM).astype(np.int64)
    fit = np.where((overlap.iou >= min_iou) & ~ignored, overlap.iou, 0.0)
    for row in range(len(fit)):
        best = int(fit[row].argmax()) if fit.shape[1] else 0
        if fit.shape[1] and fit[row, best] > 0:
            outcome[row] = best
            fit[:, best] = 0.0
    return outcome


@dataclass(frozen=True)
class MatchedScene:
    """A scene's candidates beside its truth. Neither depends on the order of the input.

    Attributes:
        file: Its candidates file.
        truth: What is known of it.
    """

    file: CandidatesFile
    truth: SceneTruth

    @property
    def name(self) -> str:
        """The scene's file name."""
        return scene_name(self.file)

    @cached_property
    def km2(self) -> float:
        """The scene's area."""
        record = self.file.scene
        return record.width * record.height * record.gsd_xy_m[0] * record.gsd_xy_m[1] / 1e6

    @cached_property
    def candidates(self) -> tuple[Candidate, ...]:
        """By falling score; where scores are the same, by place."""
        return tuple(sorted(self.file.candidates, key=lambda c: (-c.score, c.extent, c.box)))

    @cached_property
    def scores(self) -> Floats:
        """(candidates,) float64, falling."""
        return np.array([candidate.score for candidate in self.candidates], dtype=np.float64)

    @cached_property
    def boxes(self) -> tuple[TruthBox, ...]:
        """All its aircraft, by place; empty where only some are known."""
        return tuple(sorted(self.truth.boxes or (), key=lambda box: box.extent))

    @cached_property
    def ignored(self) -> Bools:
        """Which of its aircraft are ignored, (truth,)."""
        return np.array([box.ignored for box in self.boxes], dtype=np.bool_)

    @cached_property
    def _sizes(self) -> dict[SizeUnit, Floats]:
        return {}

    def sizes(self, unit: SizeUnit = "m") -> Floats:
        """Return the larger side of each aircraft's extent, (truth,) float64; computed once."""
        if unit not in self._sizes:
            self._sizes[unit] = np.array([larger_side(box, self.file, unit) for box in self.boxes], float)
        return self._sizes[unit]

    @cached_property
    def overlap(self) -> TruthOverlap:
        """Of candidates and truth."""
        return truth_overlap(self.candidates, self.boxes, self.file.scene.grid)

    @cached_property
    def _outcomes(self) -> dict[float, Indices]:
        return {}

    def outcomes(self, min_iou: float) -> Indices:
        """Return what `match_candidates` returns for a least IoU; computed once."""
        if min_iou not in self._outcomes:
            self._outcomes[min_iou] = match_candidates(self.overlap, self.ignored, min_iou)
        return self._outcomes[min_iou]

    def found(self, min_iou: float, best: int) -> Bools:
        """Return which aircraft the surest ``best`` candidates find, (truth,)."""
        outcome = self.outcomes(min_iou)[:best]
        mask = np.zeros(len(self.boxes), dtype=np.bool_)
        mask[outcome[outcome >= 0]] = True
        return mask


def larger_side(box: TruthBox, file: CandidatesFile, unit: SizeUnit) -> float:
    """Return the larger side of an aircraft's axis-aligned extent."""
    extent = box.extent
    x, y = file.scene.gsd_xy_m if unit == "m" else (1.0, 1.0)
    return float(max((extent.col_max - extent.col_min) * x, (extent.row_max - extent.row_min) * y))
