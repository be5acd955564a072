"""Candidates against the truth: all figures, over all scenes and by group."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Literal, NamedTuple

from detect import DETECTORS
from detect.archive import candidates_files
from detect.candidate import CandidatesFile, read_candidates
from detect.detector import DetectorInfo
from detect.detectors import load_detector
from detect.evaluation.coco_matching import MatchedScene
from detect.evaluation.measurement_errors import MeasurementErrors, measurement_errors
from detect.evaluation.points import PointRecall, point_recall
from detect.evaluation.precision import (
    EXTENT_CLASSES,
    INTERPOLATION,
    PIXEL_CLASSES,
    CurvePoint,
    IouFigures,
    SizeClass,
    from_score,
    iou_figures,
    precision_recall,
    recall_by_budget,
    recall_of,
    thinned,
)
from detect.evaluation.truth import Truth, pair_scenes
from detect.evaluation.truth_files import read_truth
from imagery.errors import UsageError

IOUS = (0.5, 0.4, 0.3)
JSON_DIGITS = 4  # of a figure as JSON

Grouping = Literal["site", "size", "pixels", "scene"]
PathName = str | os.PathLike[str]
CandidatesSource = CandidatesFile | PathName


@dataclass(frozen=True)
class Figures:
    """The figures of the candidates of some scenes.

    Attributes:
        scenes: How many.
        rendered: How many of them are rendered, not photographs.
        km2: Their area.
        candidates: How many candidates they have.
        aircraft: How many aircraft the scenes have whose aircraft are all known, without the ignored.
        ignored: Aircraft that count neither way.
        at_iou: By the least IoU; empty where no scene's aircraft are all known.
        measured: None where no truth has an angle.
        points: None where no truth consists of points.
    """

    scenes: int
    rendered: int
    km2: float
    candidates: int
    aircraft: int
    ignored: int
    at_iou: dict[float, IouFigures]
    measured: MeasurementErrors | None
    points: PointRecall | None


class SizeRecall(NamedTuple):
    """The share of the aircraft of one size that is found.

    Attributes:
        aircraft: How many there are.
        recall_by_candidates_per_km2: By budget; None without aircraft.
        recall_at_half: By the candidates of a score of at least 0.5.
    """

    aircraft: int
    recall_by_candidates_per_km2: dict[int, float | None]
    recall_at_half: float | None


@dataclass(frozen=True)
class SizeFigures:
    """The figures for aircraft of one size: recall only, since a false alarm has no size.

    Attributes:
        at_iou: By the least IoU.
        measured: None where no truth of this size has an angle.
    """

    at_iou: dict[float, SizeRecall]
    measured: MeasurementErrors | None


@dataclass(frozen=True)
class Evaluation:
    """Candidates compared with the truth.

    Attributes:
        scenes: Those with both, by name.
        without_candidates: Scenes that only the truth has; they are left out of all figures.
        without_truth: Scenes that only the candidates have; left out too.
        detectors: The detectors that the candidates are from.
        overall: Over all scenes.
        by: What the scenes are grouped by.
        groups: By the group's name, in a stable order.
        left_out: How many marks of the truth were left out, by category, since they are not aircraft.
    """

    scenes: tuple[MatchedScene, ...]
    without_candidates: tuple[str, ...]
    without_truth: tuple[str, ...]
    detectors: tuple[DetectorInfo, ...]
    overall: Figures
    by: Grouping | None
    groups: dict[str, Figures | SizeFigures]
    left_out: Mapping[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the figures as JSON, with the curves over all scenes as (score, precision, recall)."""
        return {
            "ap_interpolation": INTERPOLATION,
            "detectors": [
                {"name": info.name, "version": info.version, "params_hash": info.params_hash}
                for info in self.detectors
            ],
            "without_candidates": self.without_candidates,
            "without_truth": self.without_truth,
            "left_out": dict(self.left_out),
            **_json(self.overall),
            "curves": {
                str(iou): [_json(tuple(point)) for point in self.curve(iou)] for iou in self.overall.at_iou
            },
            "by": self.by,
            "groups": _json(self.groups),
        }

    def curve(self, min_iou: float) -> tuple[CurvePoint, ...]:
        """Return the precision/recall curve over all scenes, thinned; empty without aircraft."""
        return thinned(precision_recall(self.scenes, min_iou))


def evaluate(
    candidates: CandidatesSource | Iterable[CandidatesSource],
    truth: Truth | PathName | Iterable[PathName],
    *,
    by: Grouping | None = None,
    category: Sequence[str] = (),
    default_score: float | None = None,
) -> Evaluation:
    """Compare candidates with the truth.

    The order of files, candidates and truth does not matter. Scenes that only one side has are left out and
    named in the result.

    Args:
        candidates: Candidates files of different scenes, their paths, or folders of them; one or several.
        truth: The aircraft of the scenes, or the files to read them from, see `detect.read_truth`.
        by: Give the figures of each site, size in metres (``size``) or pixels, or scene too.
        category: The categories of the files that are aircraft, see `detect.read_truth`.
        default_score: The detector's own bound, from which its candidates are counted too; by default that of
            the detector that all candidates are from, if it is one of `detect.DETECTORS`.

    Raises:
        UsageError: A file cannot be read, no scene has both, a scene appears twice, the candidates are of a
            part of a scene only, or the truth has no sites to group by.
    """
    files = list(_opened(candidates))
    if not isinstance(truth, Truth):
        paths = [truth] if isinstance(truth, str | os.PathLike) else list(truth)
        truth = read_truth(paths, category=category)
    if default_score is None:
        default_score = _default_score(files)
    pairing = pair_scenes(files, truth)
    scenes = tuple(MatchedScene(*pair) for pair in pairing.pairs)
    for scene in scenes:
        if "aoi_sha256" in scene.file.detector.params:
            raise UsageError(
                f"{scene.name}: its candidates are of an area of interest only, the truth is of the whole "
                "scene; find candidates in the whole scene"
            )
    infos = {(info.name, info.version, info.params_hash): info for info in (s.file.detector for s in scenes)}
    return Evaluation(
        scenes,
        pairing.without_candidates,
        pairing.without_truth,
        tuple(infos[key] for key in sorted(infos)),
        figures(scenes, default_score),
        by,
        _groups(scenes, truth, by, default_score),
        truth.left_out,
    )


def _opened(
    candidates: CandidatesSource | Iterable[CandidatesSource],
) -> Iterator[CandidatesFile]:
    if isinstance(candidates, CandidatesFile | str | os.PathLike):
        candidates = [candidates]
    for file in candidates:
        if isinstance(file, CandidatesFile):
            yield file
        else:
            yield from map(read_candidates, candidates_files([file]))


def _default_score(files: Sequence[CandidatesFile]) -> float | None:
    """Return the bound of the detector of all files; None where they are of several, or it is not ours."""
    names = {file.detector.name for file in files}
    if len(names) != 1 or not names <= set(DETECTORS):
        return None
    return load_detector(names.pop()).min_score


def _groups(
    scenes: Sequence[MatchedScene], truth: Truth, by: Grouping | None, default_score: float | None
) -> dict[str, Figures | SizeFigures]:
    """Compute the figures of each group."""
    if by is None:
        return {}
    if by in ("size", "pixels"):
        classes = EXTENT_CLASSES if by == "size" else PIXEL_CLASSES
        return {size.name: size_figures(scenes, size) for size in classes}
    if by == "site" and not any(scene.truth.site for scene in scenes):
        raise UsageError(f"{truth.source}: has no sites; choose another `by`")
    groups = defaultdict(list)
    for scene in scenes:
        groups[scene.name if by == "scene" else scene.truth.site or "no site"].append(scene)
    return {name: figures(group, default_score) for name, group in sorted(groups.items())}


def figures(scenes: Sequence[MatchedScene], default_score: float | None) -> Figures:
    """Compute the figures over some scenes.

    Args:
        scenes: In a stable order.
        default_score: The detector's own bound.
    """
    complete = [scene for scene in scenes if scene.truth.boxes is not None]
    ignored = sum(int(scene.ignored.sum()) for scene in complete)
    return Figures(
        scenes=len(scenes),
        rendered=sum(scene.file.scene.rendered for scene in scenes),
        km2=sum(scene.km2 for scene in scenes),
        candidates=sum(len(scene.candidates) for scene in scenes),
        aircraft=sum(len(scene.boxes) for scene in complete) - ignored,
        ignored=ignored,
        at_iou={iou: iou_figures(complete, iou, default_score) for iou in IOUS} if complete else {},
        measured=measurement_errors(scenes),
        points=point_recall(scenes),
    )


def size_figures(scenes: Sequence[MatchedScene], size: SizeClass) -> SizeFigures:
    """Compute the figures for aircraft of one size."""
    complete = [scene for scene in scenes if scene.truth.boxes is not None]
    recalls = {}
    for iou in IOUS if complete else ():
        half = recall_of(complete, iou, from_score(0.5), size)
        recalls[iou] = SizeRecall(half.aircraft, recall_by_budget(complete, iou, size), half.recall)
    return SizeFigures(recalls, measurement_errors(scenes, size))


def _json(value: Any) -> Any:
    """Return dataclasses and named tuples by their members' names, numbers rounded to what can matter."""
    if is_dataclass(value):
        return {field.name: _json(getattr(value, field.name)) for field in fields(value)}
    if hasattr(value, "_asdict"):
        return _json(value._asdict())
    if isinstance(value, dict):
        return {str(name): _json(member) for name, member in value.items()}
    if isinstance(value, tuple):
        return [_json(member) for member in value]
    return round(value, JSON_DIGITS) if isinstance(value, float) else value
