"""A scene's tasks know what is new, still there and gone since the scene before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from annotate.labelstudio.division import review_tasks
from annotate.labelstudio.scenes_compared import ComparedScenes, compare_scenes_pushed
from annotate.labelstudio.task_order import ORDERS, in_order
from annotate.labelstudio.tasks import ReviewTask
from detect.box import OrientedBox
from detect.candidate import CandidatesFile
from hardstand import main
from imagery.recorded_scenes import RecordedScenes

Day = Callable[..., CandidatesFile]
Apron = tuple[np.ndarray, list[OrientedBox]]


def compared(*files: CandidatesFile) -> ComparedScenes:
    with RecordedScenes() as at_hand:
        named_by = {file.scene.sha256: Path("candidates.geojson") for file in files}
        return compare_scenes_pushed(files, {}, named_by, at_hand)


def tasks_of(*files: CandidatesFile) -> list[ReviewTask]:
    before = compared(*files).before
    return [task for file in files for task in review_tasks(file, before=before.get(file.scene.sha256))]


def test_candidates_are_marked_by_the_scene_before(day: Day, apron: Apron) -> None:
    earlier, later = day("2023-03-01", gone=(2,)), day("2023-03-08", gone=(0,), offset_m=(8.0, -5.0))
    result = compared(later, earlier)
    assert list(result.before) == [later.scene.sha256]
    before = result.before[later.scene.sha256]
    assert (before.name, before.acquired) == ("2023-03-01.tif", "2023-03-01")
    boxes = apron[1]
    new = {candidate.box for candidate in later.candidates if before.marks.get(candidate.id) == "new since"}
    assert new == {boxes[2]}
    assert sorted(before.marks.values()).count("here before") == len(later.candidates) - 1
    (ghost,) = before.ghosts
    assert ghost.id.startswith("gone-")
    assert np.hypot(*np.subtract(ghost.box.center, boxes[0].center)) < 1  # the same ground, in this scene
    assert ghost.box.length == pytest.approx(boxes[0].length, rel=0.01)
    # The earlier scene can show the later one's ground, too.
    assert [other.scene.path for other in result.others[earlier.scene.sha256]] == [later.scene.path]


def test_a_task_carries_its_part_and_a_tile_with_nothing_but_a_ghost_is_shown(day: Day) -> None:
    everything = tuple(range(40))
    earlier, later = day("2023-03-01"), day("2023-03-08", gone=(0, 1), unfound=everything)
    tasks = tasks_of(earlier, later)
    shown = [task for task in tasks if task.scene == later.scene]
    assert shown
    assert all(task.ghosts and not task.candidates and not task.audit for task in shown)
    assert sum(len(task.ghosts) for task in shown) == 2
    again = ReviewTask.from_json(shown[0].to_json("")["data"])
    assert again.before == shown[0].before or again.ghosts[0].id == shown[0].ghosts[0].id
    older = shown[0].to_json("")["data"]
    del older["hardstand"]["before"]  # what an earlier release pushed
    assert ReviewTask.from_json(older).before is None


def test_where_it_is_not_known_which_scene_is_the_earlier_nothing_is_marked(day: Day) -> None:
    earlier, later = day("2023-03"), day("2023-03-08", gone=(0,))
    assert compared(earlier, later) == ComparedScenes()


def test_what_cannot_be_laid_over_each_other_is_named(day: Day) -> None:
    result = compared(day("2023-03-01"), day("2023-03-08", offset_m=(60.0, 20.0)))
    assert result.before == {}
    (line,) = result.refused
    assert line.startswith("2023-03-08.tif was not compared with 2023-03-01.tif: ")


def test_the_same_ground_on_several_dates_is_reviewed_one_after_the_other(day: Day) -> None:
    files = [day("2023-03-08", gone=(0,)), day("2023-03-01", gone=(1, 2)), day("2023-03-15")]
    tasks = tasks_of(*files)
    for order in ORDERS:
        grounds: dict[object, list[ReviewTask]] = {}
        placed = in_order(tasks, order)
        for index, task in enumerate(placed):
            assert task.core not in grounds or placed[index - 1].core == task.core, "no ground comes twice"
            grounds.setdefault(task.core, []).append(task)
        for ground in grounds.values():
            dates = [str(task.scene.acquired) for task in ground]
            assert dates == sorted(dates)
    changes = [
        max(task.before.changes if task.before else 0 for task in ground) for ground in grounds.values()
    ]
    assert order == "changed"
    assert changes == sorted(changes, reverse=True)
    assert changes[0] > 0


@pytest.mark.slow
@pytest.mark.labelstudio
def test_a_push_compares_with_what_was_pushed_before(
    day: Day, desk: Any, cli: CliRunner, tmp_path: Path
) -> None:
    """Scenes come day by day; the one before was pushed yesterday."""
    day("2023-03-01")
    first = cli.invoke(main, ["review", "push", str(tmp_path), "--project", desk.title, "--order", "changed"])
    assert first.exit_code == 0, first.stderr
    assert "no scene has one of the same place before it" in first.stderr
    yesterday = {task["id"] for task in desk.tasks}
    later = day("2023-03-08", gone=(0,))
    pushed = desk.push(tmp_path / "2023-03-08.geojson", order="changed")
    assert (pushed.compared, pushed.refused) == (1, ())
    new = sorted((task for task in desk.tasks if task["id"] not in yesterday), key=lambda task: task["id"])
    assert len(new) == pushed.tasks
    before = [task["data"]["hardstand"]["before"] for task in new]
    assert [len(part["ghosts"]) for part in before] == [1] + [0] * (len(new) - 1), "what changed comes first"
    marks = {id: mark for part in before for id, mark in part["marks"].items()}
    assert marks == {candidate.id: "here before" for candidate in later.candidates}
    assert desk.push(tmp_path, order="changed").tasks == 0, "pushing again adds nothing"
