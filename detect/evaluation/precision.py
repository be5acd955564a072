"""Precision and recall: how many aircraft are found, at the cost of how many false alarms."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from detect.candidate import CandidatesFile
from detect.evaluation.coco_matching import FALSE_ALARM, MatchedScene, SizeUnit, larger_side
from detect.evaluation.truth import TruthBox
from imagery.grid import Floats

INTERPOLATION = "101-point (COCO)"
BUDGETS_PER_KM2 = (20, 50, 100)
EXTENTS_BUDGET_PER_KM2 = 50
EXTENT_BOUNDS_M = (20, 30, 40, 60)
EXTENT_BOUNDS_PX = (15, 20, 30, 45)  # below 15 pixels little of an outline is left
FIXED_RECALLS = (0.5, 0.7, 0.8, 0.9, 0.95)
CURVE_POINTS = 200  # at most; more cannot be told apart on a page

Cut = Callable[[MatchedScene], int]  # how many of a scene's candidates are looked at, the surest first


class SizeClass(NamedTuple):
    """Aircraft of an extent of at least ``low`` and below ``high``, by the larger side."""

    name: str
    low: float
    high: float
    unit: SizeUnit


def _size_classes(bounds: Sequence[int], unit: SizeUnit) -> tuple[SizeClass, ...]:
    names = (
        f"<{bounds[0]} {unit}",
        *(f"{low}-{high} {unit}" for low, high in pairwise(bounds)),
        f">={bounds[-1]} {unit}",
    )
    edges = pairwise((0, *bounds, math.inf))
    return tuple(SizeClass(name, low, high, unit) for name, (low, high) in zip(names, edges, strict=True))


EXTENT_CLASSES = _size_classes(EXTENT_BOUNDS_M, "m")
PIXEL_CLASSES = _size_classes(EXTENT_BOUNDS_PX, "px")
ANY_SIZE = SizeClass("all", 0, math.inf, "m")


def is_of_size(box: TruthBox, file: CandidatesFile, size: SizeClass) -> bool:
    """Check whether an aircraft is of a size class."""
    return size.low <= larger_side(box, file, size.unit) < size.high


class Recall(NamedTuple):
    """Part of some aircraft that is found; None where there are none."""

    aircraft: int
    recall: float | None


class AtScore(NamedTuple):
    """What an analyst who looks at all candidates from a score on gets.

    Attributes:
        score: From which on.
        precision: Aircraft, of the candidates that are not ignored; None without any.
        recall: Aircraft found, of all; None without any.
        candidates_per_km2: To look at.
    """

    score: float
    precision: float | None
    recall: float | None
    candidates_per_km2: float


class CurvePoint(NamedTuple):
    """A point of the precision/recall curve: what candidates of at least this score give."""

    score: float
    precision: float
    recall: float


@dataclass(frozen=True)
class IouFigures:
    """What is found at a bound on the IoU.

    Attributes:
        ap: Average precision, see `average_precision`; None without aircraft.
        recall_by_candidates_per_km2: By budget of candidates per km², spent on the best of each scene.
        precision_at_recall: By the recall, the best precision at which at least that recall is reached; None
            where it never is.
        recall_by_extent: By the name of the size class in metres, at 50 candidates per km².
        recall_by_pixels: The same by size in the scene's own pixels.
        surest_false_alarm: The highest score of a candidate that is wrong; None without any.
        at_half: At a score of 0.5.
        at_default: At the detector's own bound; None where it is not known.
    """

    ap: float | None
    recall_by_candidates_per_km2: dict[int, float | None]
    precision_at_recall: dict[float, float | None]
    recall_by_extent: dict[str, Recall]
    recall_by_pixels: dict[str, Recall]
    surest_false_alarm: float | None
    at_half: AtScore
    at_default: AtScore | None


def iou_figures(scenes: Sequence[MatchedScene], min_iou: float, default_score: float | None) -> IouFigures:
    """Compute what is found in scenes whose aircraft are all known.

    Args:
        scenes: In a stable order.
        min_iou: From which overlap on a candidate is the aircraft.
        default_score: The detector's own bound.
    """
    curve = precision_recall(scenes, min_iou)
    aircraft = recall_of(scenes, min_iou, from_score(0)).aircraft
    budget = best_per_km2(EXTENTS_BUDGET_PER_KM2)
    return IouFigures(
        ap=average_precision(curve) if aircraft else None,
        recall_by_candidates_per_km2=recall_by_budget(scenes, min_iou),
        precision_at_recall={recall: precision_at(curve, recall) for recall in FIXED_RECALLS},
        recall_by_extent={size.name: recall_of(scenes, min_iou, budget, size) for size in EXTENT_CLASSES},
        recall_by_pixels={size.name: recall_of(scenes, min_iou, budget, size) for size in PIXEL_CLASSES},
        surest_false_alarm=_surest_false_alarm(scenes, min_iou),
        at_half=at_score(scenes, min_iou, 0.5),
        at_default=None if default_score is None else at_score(scenes, min_iou, default_score),
    )


def best_per_km2(budget: float) -> Cut:
    """Return a cut after the best candidates of each scene: the budget times its area, rounded down."""
    # Areas come from degrees; 2.9999999 candidates are 3.
    return lambda scene: math.floor(budget * scene.km2 + 1e-6)


def from_score(score: float) -> Cut:
    """Return a cut after all candidates of at least this score."""
    return lambda scene: int((scene.scores >= score).sum())


def recall_of(scenes: Sequence[MatchedScene], min_iou: float, cut: Cut, size: SizeClass = ANY_SIZE) -> Recall:
    """Compute the recall of aircraft of a size class by the candidates looked at."""
    aircraft = hits = 0
    for scene in scenes:
        sides = scene.sizes(size.unit)
        relevant = ~scene.ignored & (sides >= size.low) & (sides < size.high)
        aircraft += int(relevant.sum())
        hits += int((scene.found(min_iou, cut(scene)) & relevant).sum())
    return Recall(aircraft, hits / aircraft if aircraft else None)


def recall_by_budget(
    scenes: Sequence[MatchedScene], min_iou: float, size: SizeClass = ANY_SIZE
) -> dict[int, float | None]:
    """Compute the recall at 20, 50 and 100 candidates per km²; None without aircraft."""
    return {n: recall_of(scenes, min_iou, best_per_km2(n), size).recall for n in BUDGETS_PER_KM2}


def at_score(scenes: Sequence[MatchedScene], min_iou: float, score: float) -> AtScore:
    """Compute precision, recall and candidates to look at from a score on."""
    cut = from_score(score)
    outcomes = [scene.outcomes(min_iou)[: cut(scene)] for scene in scenes]
    right = sum(int((outcome >= 0).sum()) for outcome in outcomes)
    wrong = sum(int((outcome == FALSE_ALARM).sum()) for outcome in outcomes)
    return AtScore(
        score=score,
        precision=right / (right + wrong) if right + wrong else None,
        recall=recall_of(scenes, min_iou, cut).recall,
        candidates_per_km2=sum(map(len, outcomes)) / sum(scene.km2 for scene in scenes),
    )


def precision_recall(scenes: Sequence[MatchedScene], min_iou: float) -> Floats:
    """Compute precision and recall after each candidate of all scenes together, by falling score.

    Returns:
        (N, 3) float64 of (score, precision, recall), without the ignored; empty without aircraft.
    """
    aircraft = sum(int((~scene.ignored).sum()) for scene in scenes)
    if not aircraft:
        return np.empty((0, 3))
    outcome = np.concatenate([scene.outcomes(min_iou) for scene in scenes])
    scores = np.concatenate([scene.scores for scene in scenes])
    order = np.argsort(-scores, kind="stable")
    order = order[outcome[order] >= FALSE_ALARM]
    right = np.cumsum(outcome[order] >= 0)
    return np.column_stack([scores[order], right / np.arange(1, len(order) + 1), right / aircraft])


def precision_at(curve: Floats, recall: float) -> float | None:
    """Return the best precision at a recall or a higher one; None where the recall is not reached.

    Args:
        curve: (N, 3) of (score, precision, recall) as `precision_recall` gives it.
        recall: 0..1.
    """
    reached = curve[curve[:, 2] >= recall - 1e-9, 1]  # 9 of 10 is 0.9
    return float(reached.max()) if len(reached) else None


def _surest_false_alarm(scenes: Sequence[MatchedScene], min_iou: float) -> float | None:
    wrong = [scene.scores[scene.outcomes(min_iou) == FALSE_ALARM] for scene in scenes]
    return max((float(scores[0]) for scores in wrong if len(scores)), default=None)


def average_precision(curve: Floats) -> float:
    """Average, over the recalls 0, 0.01 … 1, the best precision at that recall or a higher one.

    That is COCO's, which published figures are; the area under the whole curve differs in the third decimal.

    Args:
        curve: (N, 3) of (score, precision, recall) as `precision_recall` gives it.
    """
    if not len(curve):
        return 0.0
    best = np.maximum.accumulate(curve[::-1, 1])[::-1]
    places = np.searchsorted(curve[:, 2], np.linspace(0, 1, 101), side="left")
    return float(np.append(best, 0.0)[places].mean())


def thinned(curve: Floats) -> tuple[CurvePoint, ...]:
    """Thin a curve to at most 200 points, evenly along it, the first and the last among them."""
    if not len(curve):
        return ()
    way = np.cumsum(np.abs(np.diff(curve[:, 1:], axis=0, prepend=curve[:1, 1:])).sum(axis=1))
    rows = np.unique(np.searchsorted(way, np.linspace(0, way[-1], CURVE_POINTS - 1)))
    rows = np.unique(np.append(rows, len(curve) - 1))
    return tuple(CurvePoint(*map(float, curve[row])) for row in rows)
