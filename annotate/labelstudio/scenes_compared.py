"""The scenes of a push, each compared with the one before it, whether pushed now or before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import NamedTuple

from annotate.labelstudio.scene_before import SceneBefore, scene_before
from annotate.labelstudio.tasks import ReviewTask
from detect import Progress
from detect.candidate import CandidatesFile
from detect.compared import LaidOver
from detect.comparison import compare_candidates
from detect.series import in_order_of_time, scenes_before, taken_before
from imagery.errors import HardstandError
from imagery.grid import LonLat
from imagery.record import SceneRecord
from imagery.recorded_scenes import RecordedScenes


class OtherScene(NamedTuple):
    """A scene of the same place that was taken before or after.

    Attributes:
        scene: Its record, with the path at which it is now.
        laid: How the later of the two lies over the earlier one.
        earlier: Whether it is the earlier one.
    """

    scene: SceneRecord
    laid: LaidOver
    earlier: bool

    def in_other(self, place: LonLat) -> LonLat:
        """Return where this scene has a place of the one it was compared with."""
        return self.laid.in_earlier(place) if self.earlier else self.laid.in_later(place)


@dataclass
class ComparedScenes:
    """What is known of the scenes of a push by the scenes before and after them; all by their hashes.

    Attributes:
        before: What the candidates of each are beside those of the scene before it.
        others: The scene before it and the one after it, as far as there are.
        refused: Why scenes were not compared, a line each.
    """

    before: dict[str | None, SceneBefore] = field(default_factory=dict)
    others: dict[str | None, list[OtherScene]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)


def compare_scenes_pushed(
    files: Sequence[CandidatesFile],
    pushed: Mapping[str | None, Sequence[ReviewTask]],
    named_by: Mapping[str | None, Path],
    at_hand: RecordedScenes,
    progress: Progress | None = None,
) -> ComparedScenes:
    """Compare each scene with the one before it, as far as it is known which that is.

    Args:
        files: What is pushed now.
        pushed: The tasks that are on the server, by the hashes of their scenes.
        named_by: The candidates files of the scenes that are pushed now.
        at_hand: Finds the scenes.
        progress: Called with the number of pairs compared and their total.
    """
    known = {sha256: _file_of(tasks) for sha256, tasks in pushed.items() if tasks}
    known |= {file.scene.sha256: file for file in files}
    order = in_order_of_time(
        sorted((file.scene for file in known.values() if file.scene.acquired), key=lambda scene: scene.path)
    )
    pairs = [
        (order[earlier], later)
        for later, earlier in zip(order, scenes_before(order), strict=True)
        if earlier is not None
        and taken_before(order[earlier], later)
        and not named_by.keys().isdisjoint((order[earlier].sha256, later.sha256))
    ]
    compared = ComparedScenes()
    for number, (earlier, later) in enumerate(pairs, 1):
        _compare(compared, known[earlier.sha256], known[later.sha256], named_by, at_hand)
        if progress:
            progress(number, len(pairs))
    return compared


def _compare(
    compared: ComparedScenes,
    earlier: CandidatesFile,
    later: CandidatesFile,
    named_by: Mapping[str | None, Path],
    at_hand: RecordedScenes,
) -> None:
    names = [PurePath(file.scene.path).name for file in (earlier, later)]
    scene, other = (at_hand.scene(file.scene, named_by.get(file.scene.sha256)) for file in (earlier, later))
    lacking = next((reason for reason in (scene, other) if isinstance(reason, str)), None)
    if isinstance(scene, str) or isinstance(other, str):
        compared.refused.append(f"{names[1]} was not compared with {names[0]}: {lacking}")
        return
    try:
        comparison = compare_candidates(earlier, later, scene, other)
    except HardstandError as reason:
        compared.refused.append(f"{names[1]} was not compared with {names[0]}: {reason}")
        return
    compared.before[later.scene.sha256] = scene_before(comparison, names[0])
    for file, facing, there, is_earlier in ((later, earlier, scene, True), (earlier, later, other, False)):
        record = replace(facing.scene, path=there.path)
        other_scene = OtherScene(record, comparison.laid, earlier=is_earlier)
        compared.others.setdefault(file.scene.sha256, []).append(other_scene)


def _file_of(tasks: Sequence[ReviewTask]) -> CandidatesFile:
    """Return the candidates of a scene's tasks as the file that they came from."""
    first = tasks[0]
    candidates = {candidate.id: candidate for task in tasks for candidate in task.candidates}
    return CandidatesFile(
        first.scene,
        first.detector,
        tuple(candidates.values()),
        searched=first.searched_area,
        limits=first.limits,
    )
