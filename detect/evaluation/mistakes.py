"""The worst misses and the worst false alarms: what to look at in order to improve a detector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detect.box import Extent
from detect.candidate import Candidate
from detect.evaluation.coco_matching import FALSE_ALARM, MatchedScene
from detect.evaluation.truth import TruthBox

IOU = 0.5
WORST = 20
TOUCHES_IOU = 0.1  # a false alarm that overlaps an aircraft less stands on something else


@dataclass(frozen=True)
class Mistake:
    """A place where candidates and truth differ.

    Attributes:
        scene: Where it is.
        extent: Of what was missed, or of the false alarm.
        score: The candidate's; None where an aircraft has none.
        why: What is wrong, in words.
        truth: Aircraft to show.
        candidates: Candidates to show.
    """

    scene: MatchedScene
    extent: Extent
    score: float | None
    why: str
    truth: tuple[TruthBox, ...]
    candidates: tuple[Candidate, ...]

    @property
    def center(self) -> tuple[float, float]:
        """(col, row) of its middle in scene pixels."""
        return (self.extent.col_min + self.extent.col_max) / 2, (
            self.extent.row_min + self.extent.row_max
        ) / 2


def worst_misses(scenes: Sequence[MatchedScene]) -> list[Mistake]:
    """List aircraft without a candidate, larger ones first, then those of the lowest scores; 20 at most."""
    misses = []
    for scene in scenes:
        rows = {int(index): row for row, index in enumerate(scene.outcomes(IOU)) if index >= 0}
        for index in np.flatnonzero(~scene.ignored):
            row = rows.get(int(index))
            score = -1.0 if row is None else float(scene.scores[row])
            misses.append((score, -float(scene.sizes()[index]), scene.name, int(index), row, scene))
    misses.sort(key=lambda of: of[:4])
    return [_miss(scene, index, row) for *_, index, row, scene in misses[:WORST]]


def _miss(scene: MatchedScene, index: int, row: int | None) -> Mistake:
    box = scene.boxes[index]
    if row is not None:
        candidate = scene.candidates[row]
        return Mistake(
            scene, box.extent, candidate.score, "found, among the lowest scores", (box,), (candidate,)
        )
    near = scene.overlap.iou[:, index]
    best = int(near.argmax()) if len(near) else 0
    if not len(near) or near[best] < TOUCHES_IOU:
        return Mistake(scene, box.extent, None, "no candidate here", (box,), ())
    candidate = scene.candidates[best]
    why = f"a candidate of score {candidate.score:.2f} covers it at IoU {near[best]:.3f} only"
    return Mistake(scene, box.extent, None, why, (box,), (candidate,))


def worst_false_alarms(scenes: Sequence[MatchedScene]) -> list[Mistake]:
    """List the surest candidates that are not aircraft; 20 at most."""
    wrong = [
        (-candidate.score, scene.name, row, scene)
        for scene in scenes
        if scene.truth.boxes is not None
        for row, candidate in enumerate(scene.candidates)
        if scene.outcomes(IOU)[row] == FALSE_ALARM
    ]
    wrong.sort(key=lambda of: of[:3])
    return [_false_alarm(scene, row) for *_, row, scene in wrong[:WORST]]


def _false_alarm(scene: MatchedScene, row: int) -> Mistake:
    candidate, near = scene.candidates[row], scene.overlap.iou[row]
    best = int(near.argmax()) if len(near) else 0
    if not len(near) or near[best] < TOUCHES_IOU:
        return Mistake(
            scene, candidate.extent, candidate.score, "no aircraft in the truth here", (), (candidate,)
        )
    why = f"covers an aircraft at IoU {near[best]:.3f} only"
    if near[best] >= IOU:
        why = "a second candidate for an aircraft"
    return Mistake(scene, candidate.extent, candidate.score, why, (scene.boxes[best],), (candidate,))
