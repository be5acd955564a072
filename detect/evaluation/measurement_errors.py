"""How well candidates are measured where the truth knows it: heading, size, place and type."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from detect.box import GroundBox, to_ground
from detect.candidate import Candidate
from detect.evaluation.coco_matching import MatchedScene
from detect.evaluation.precision import ANY_SIZE, SizeClass, is_of_size
from detect.evaluation.truth import TruthBox, box_of_marks

SAME_PLACE = 0.35  # of an aircraft's larger side: centres closer than that are of one aircraft


class Spread(NamedTuple):
    """Median and 90th percentile of how far off something is, in the unit that the name says."""

    median: float
    p90: float


class RelativeError(NamedTuple):
    """Relative error of a length: how far off it is, and whether it is too long (+) or too short (-)."""

    median_absolute: float
    median_signed: float


class MeasuredPair(NamedTuple):
    """An aircraft and the candidate that stands in its place.

    Attributes:
        place_error_m: Between their centres.
        heading_error_deg: 0 to 180.
        heading_sure: Whether the candidate claims to tell nose from tail.
        length_error: Relative, positive where the candidate is too long.
        wingspan_error: The same of the wingspan.
        type: The aircraft's, where it is known.
        suggested: The candidate's types, best first.
    """

    place_error_m: float
    heading_error_deg: float
    heading_sure: bool
    length_error: float
    wingspan_error: float
    type: str | None
    suggested: tuple[str, ...]

    @property
    def swapped(self) -> bool:
        """True if nose and tail are swapped."""
        return self.heading_error_deg > 90


@dataclass(frozen=True)
class MeasurementErrors:
    """How well the candidates are measured that stand where an oriented truth does.

    Shares and errors are of the ``paired``; None where there are none to be taken of.

    Attributes:
        aircraft: Known with angle and size.
        paired: Of these, with a candidate in their place, whatever its score.
        sure: Of the paired, those whose candidate is ``heading_sure``.
        place_error_m: Between the centres.
        heading_error_deg: Of all; a swapped nose counts with its 180°.
        heading_error_sure_deg: Of the sure.
        swapped: Share with nose and tail swapped.
        swapped_sure: The same, of the sure.
        length_error: Relative.
        wingspan_error: Relative.
        typed: Of the paired, those whose type is known.
        type_first: Share of the typed whose type is the first suggestion.
        type_first_5: Share of the typed whose type is among the first five.
    """

    aircraft: int
    paired: int
    sure: int
    place_error_m: Spread | None
    heading_error_deg: Spread | None
    heading_error_sure_deg: Spread | None
    swapped: float | None
    swapped_sure: float | None
    length_error: RelativeError | None
    wingspan_error: RelativeError | None
    typed: int
    type_first: float | None
    type_first_5: float | None


def measurement_errors(
    scenes: Sequence[MatchedScene], size: SizeClass = ANY_SIZE
) -> MeasurementErrors | None:
    """Compute the errors over some scenes; None where no aircraft is known with its angle.

    Args:
        scenes: Candidates beside truth.
        size: Of aircraft of this size only.
    """
    aircraft = sum(is_of_size(box, scene.file, size) for scene in scenes for box in posed_truth(scene))
    if not aircraft:
        return None
    pairs = [
        pair
        for scene in scenes
        for truth, pair in measured_pairs(scene)
        if is_of_size(truth, scene.file, size)
    ]
    sure = [pair for pair in pairs if pair.heading_sure]
    typed = [pair for pair in pairs if pair.type is not None]
    return MeasurementErrors(
        aircraft=aircraft,
        paired=len(pairs),
        sure=len(sure),
        place_error_m=_spread([pair.place_error_m for pair in pairs]),
        heading_error_deg=_spread([pair.heading_error_deg for pair in pairs]),
        heading_error_sure_deg=_spread([pair.heading_error_deg for pair in sure]),
        swapped=_share(pairs, lambda pair: pair.swapped),
        swapped_sure=_share(sure, lambda pair: pair.swapped),
        length_error=_size_error([pair.length_error for pair in pairs]),
        wingspan_error=_size_error([pair.wingspan_error for pair in pairs]),
        typed=len(typed),
        type_first=_share(typed, lambda pair: pair.type in pair.suggested[:1]),
        type_first_5=_share(typed, lambda pair: pair.type in pair.suggested[:5]),
    )


def posed_truth(scene: MatchedScene) -> list[TruthBox]:
    """Return the aircraft of a scene whose angle and size are known, by boxes or by marks."""
    boxes = [box for box in scene.boxes if box.box is not None and not box.ignored]
    return boxes + [box_of_marks(marks, scene.file.scene.grid) for marks in sorted(scene.truth.marks)]


def measured_pairs(scene: MatchedScene) -> Iterator[tuple[TruthBox, MeasuredPair]]:
    """Pair candidates, surest first, each with the nearest aircraft still free in its place.

    Not by IoU: that would leave out exactly those that are measured badly.
    """
    grid = scene.file.scene.grid
    free = [(box, box.box) for box in posed_truth(scene) if box.box is not None]
    for candidate in scene.candidates:
        near = []
        for index, (_, box) in enumerate(free):
            matrix = grid.ground_matrix(box.center)
            off_m = math.hypot(*(matrix @ np.subtract(candidate.box.center, box.center)))
            ground = to_ground(box, matrix)
            if off_m <= SAME_PLACE * max(ground.length_m, ground.wingspan_m):
                near.append((off_m, index, ground))
        if near:
            off_m, index, ground = min(near)
            truth, _ = free.pop(index)
            yield truth, _pair(scene, candidate, truth, ground, off_m)


def _pair(
    scene: MatchedScene, candidate: Candidate, truth: TruthBox, ground: GroundBox, off_m: float
) -> MeasuredPair:
    # From the box, since a scene without a place has no north and the file gives no heading.
    matrix = scene.file.scene.grid.ground_matrix(candidate.box.center)
    turn = to_ground(candidate.box, matrix).heading_deg - ground.heading_deg
    return MeasuredPair(
        place_error_m=off_m,
        heading_error_deg=abs((turn + 180) % 360 - 180),
        heading_sure=candidate.heading_sure,
        length_error=candidate.ground.length_m / ground.length_m - 1,
        wingspan_error=candidate.ground.wingspan_m / ground.wingspan_m - 1,
        type=truth.type,
        suggested=tuple(suggestion.type for suggestion in candidate.types),
    )


def _spread(errors: Sequence[float]) -> Spread | None:
    return Spread(*map(float, np.percentile(errors, (50, 90)))) if errors else None


def _size_error(errors: Sequence[float]) -> RelativeError | None:
    if not errors:
        return None
    return RelativeError(float(np.median(np.abs(errors))), float(np.median(errors)))


def _share(pairs: Sequence[MeasuredPair], holds: Callable[[MeasuredPair], bool]) -> float | None:
    return sum(map(holds, pairs)) / len(pairs) if pairs else None
