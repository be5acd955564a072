"""Candidates against the truth: all figures, for all scenes and by group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Literal, NamedTuple

from detect.candidate import CandidatesFile
from detect.detector import DetectorInfo
from detect.evaluation.coco_matching import MatchedScene
from detect.evaluation.measurement_errors import Measured, measured
from detect.evaluation.points import PointRecall, point_recall
from detect.evaluation.precision import (
    INTERPOLATION,
    SIZE_CLASSES,
    CurvePoint,
    Found,
    SizeClass,
    found_at,
    from_score,
    precision_recall,
    recall_by_budget,
    recall_of,
    thinned,
)
from detect.evaluation.truth import Truth, pair_scenes
from imagery.errors import UsageError

IOUS = (0.5, 0.4)
DIGITS = 4  # of a figure as JSON

Grouping = Literal["site", "size", "scene"]


@dataclass(frozen=True)
class Figures:
    """What candidates are worth over some scenes.

    Attributes:
        scenes: How many.
        rendered: How many of them are rendered, not photographs.
        km2: Their area.
        candidates: In them.
        aircraft: In those all of whose aircraft are known, without the ignored.
        ignored: Aircraft that count neither way.
        at_iou: By the bound on the IoU; empty where no scene's aircraft are all known.
        measured: None where no truth has an angle.
        points: None where no truth is points.
    """

    scenes: int
    rendered: int
    km2: float
    candidates: int
    aircraft: int
    ignored: int
    at_iou: dict[float, Found]
    measured: Measured | None
    points: PointRecall | None


class SizeRecall(NamedTuple):
    """The part of the aircraft of one size that is found.

    Attributes:
        aircraft: How many there are.
        recall_by_candidates_per_km2: By budget; None without aircraft.
        recall_at_half: Of candidates of a score of at least 0.5.
    """

    aircraft: int
    recall_by_candidates_per_km2: dict[int, float | None]
    recall_at_half: float | None


@dataclass(frozen=True)
class SizeFigures:
    """What candidates are worth for aircraft of one size: a false alarm is of no size, so recall only.

    Attributes:
        at_iou: By the bound on the IoU.
        measured: None where no truth of this size has an angle.
    """

    at_iou: dict[float, SizeRecall]
    measured: Measured | None


@dataclass(frozen=True)
class Evaluation:
    """Candidates beside the truth, and what that says.

    Attributes:
        scenes: Those with both, by name.
        without_candidates: Scenes that only the truth has; they count for nothing here.
        without_truth: Scenes that only the candidates have; the same.
        detectors: Whose candidates they are.
        overall: Over all scenes.
        by: What ``groups`` are.
        groups: By the group's name, in a stable order.
    """

    scenes: tuple[MatchedScene, ...]
    without_candidates: tuple[str, ...]
    without_truth: tuple[str, ...]
    detectors: tuple[DetectorInfo, ...]
    overall: Figures
    by: Grouping | None
    groups: dict[str, Figures | SizeFigures]

    def to_json(self) -> dict[str, Any]:
        """The figures as JSON, with the curves of all scenes together as (score, precision, recall)."""
        return {
            "ap_interpolation": INTERPOLATION,
            "detectors": [
                {"name": info.name, "version": info.version, "params_hash": info.params_hash}
                for info in self.detectors
            ],
            "without_candidates": self.without_candidates,
            "without_truth": self.without_truth,
            **_json(self.overall),
            "curves": {
                str(iou): [_json(tuple(point)) for point in self.curve(iou)] for iou in self.overall.at_iou
            },
            "by": self.by,
            "groups": _json(self.groups),
        }

    def curve(self, min_iou: float) -> tuple[CurvePoint, ...]:
        """The precision/recall curve over all scenes, thinned; empty without aircraft."""
        return thinned(precision_recall(self.scenes, min_iou))


def evaluate(
    files: Sequence[CandidatesFile],
    truth: Truth,
    *,
    by: Grouping | None = None,
    default_score: float | None = None,
) -> Evaluation:
    """Measure candidates against the truth.

    The order of files, candidates and truth does not matter. Scenes that only one side has count for nothing
    and are named in the result.

    Args:
        files: One a scene.
        truth: What is known.
        by: Give the figures of each site, size or scene too.
        default_score: The detector's own bound, to tell what its candidates are from there on.

    Raises:
        UsageError: They have no scene in common, or a scene is there twice, or candidates were sought in a
            part of a scene only, or the truth does not say what is asked for.
    """
    pairing = pair_scenes(files, truth)
    scenes = tuple(MatchedScene(*pair) for pair in pairing.pairs)
    for scene in scenes:
        if "aoi_sha256" in scene.file.detector.params:
            raise UsageError(
                f"{scene.name}: its candidates are of an area of interest, the truth is of all of it; "
                "detect without --aoi"
            )
    infos = {(info.name, info.version, info.params_hash): info for info in (s.file.detector for s in scenes)}
    groups: dict[str, Figures | SizeFigures] = {}
    if by == "size":
        groups = {size.name: size_figures(scenes, size) for size in SIZE_CLASSES}
    elif by is not None:
        groups = {name: figures(group, default_score) for name, group in _grouped(scenes, truth, by)}
    return Evaluation(
        scenes,
        pairing.without_candidates,
        pairing.without_truth,
        tuple(infos[key] for key in sorted(infos)),
        figures(scenes, default_score),
        by,
        groups,
    )


def _grouped(
    scenes: Sequence[MatchedScene], truth: Truth, by: Grouping
) -> Iterator[tuple[str, list[MatchedScene]]]:
    if by == "site" and not any(scene.truth.site for scene in scenes):
        raise UsageError(f"{truth.source}: tells no sites; leave out --by site")
    groups = defaultdict(list)
    for scene in scenes:
        groups[scene.name if by == "scene" else scene.truth.site or "no site"].append(scene)
    yield from sorted(groups.items())


def figures(scenes: Sequence[MatchedScene], default_score: float | None) -> Figures:
    """The figures over some scenes.

    Args:
        scenes: In a stable order.
        default_score: The detector's own bound.
    """
    known = [scene for scene in scenes if scene.truth.boxes is not None]
    ignored = sum(int(scene.ignored.sum()) for scene in known)
    return Figures(
        scenes=len(scenes),
        rendered=sum(scene.file.scene.rendered for scene in scenes),
        km2=sum(scene.km2 for scene in scenes),
        candidates=sum(len(scene.candidates) for scene in scenes),
        aircraft=sum(len(scene.boxes) for scene in known) - ignored,
        ignored=ignored,
        at_iou={iou: found_at(known, iou, default_score) for iou in IOUS} if known else {},
        measured=measured(scenes),
        points=point_recall(scenes),
    )


def size_figures(scenes: Sequence[MatchedScene], size: SizeClass) -> SizeFigures:
    """The figures for aircraft of one size."""
    known = [scene for scene in scenes if scene.truth.boxes is not None]
    found = {}
    for iou in IOUS if known else ():
        half = recall_of(known, iou, from_score(0.5), size)
        found[iou] = SizeRecall(half.aircraft, recall_by_budget(known, iou, size), half.recall)
    return SizeFigures(found, measured(scenes, size))


def _json(value: Any) -> Any:
    """Dataclasses and named tuples by their members' names, numbers rounded to what can matter."""
    if is_dataclass(value):
        return {field.name: _json(getattr(value, field.name)) for field in fields(value)}
    if hasattr(value, "_asdict"):
        return _json(value._asdict())
    if isinstance(value, dict):
        return {str(name): _json(member) for name, member in value.items()}
    if isinstance(value, tuple):
        return [_json(member) for member in value]
    return round(value, DIGITS) if isinstance(value, float) else value
