"""Pulling from the real server: what was said, edited, taken back and skipped, and nothing read in vain."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from annotate.log.store import open_log

Searched = Callable[..., Path]
pytestmark = [pytest.mark.slow, pytest.mark.labelstudio]


@pytest.fixture
def pushed(desk: Any, searched_scene: Searched) -> Any:
    """A desk with two tasks, of two candidates and of one."""
    desk.push(searched_scene())
    return desk


def edit(desk: Any, annotation: int, **members: Any) -> None:
    desk.sdk.annotations.update(id=annotation, **members)


def test_only_what_changed_since_the_last_pull_is_read(pushed: Any) -> None:
    two, one = pushed.tasks
    pushed.accept(two)
    assert pushed.pull().read == 2
    assert pushed.pull().read == 0
    pushed.accept(one)
    assert pushed.pull().read == 1
    assert pushed.said() == ["confirmed"] * 3


def test_an_annotation_that_is_edited_after_it_was_pulled_supersedes_what_it_said(pushed: Any) -> None:
    two, _ = pushed.tasks
    number = pushed.accept(two)
    pushed.pull()
    edit(pushed, number, result=two["predictions"][0]["result"][1:])
    assert [one.verdict for one in pushed.pull().verdicts] == ["rejected"]
    with open_log(str(pushed.log)) as log:
        assert [said.verdict for said in log.verdicts()] == ["confirmed", "confirmed", "rejected"]
        assert len(list(log.sightings())) == 1


def test_an_annotation_that_is_deleted_is_withdrawn_and_nothing_vanishes(pushed: Any) -> None:
    two, _ = pushed.tasks
    number = pushed.accept(two)
    pushed.pull()
    pushed.sdk.annotations.delete(id=number)
    assert [one.withdrawn for one in pushed.pull().verdicts] == ["annotation deleted"] * 2
    with open_log(str(pushed.log)) as log:
        assert list(log.sightings()) == []
        assert len(list(log.verdicts())) == 4, "what was said before is still there"
        assert {one.because for one in log.sightings(withdrawn=True)} == {"annotation deleted"}
    assert pushed.pull().verdicts == []


def test_a_task_that_is_deleted_withdraws_what_was_said_in_it(pushed: Any) -> None:
    two, one = pushed.tasks
    for task in (two, one):
        pushed.accept(task)
    pushed.pull()
    pushed.sdk.tasks.delete(id=str(two["id"]))
    assert [said.withdrawn for said in pushed.pull().verdicts] == ["task deleted"] * 2
    assert pushed.said() == ["confirmed", "task deleted", "task deleted"]
    with open_log(str(pushed.log)) as log:
        (scene,) = log.scenes()
        assert (scene.tasks, scene.reviewed, scene.candidates) == (1, 1, 1)


def test_annotations_that_the_data_manager_deletes_are_withdrawn_too(pushed: Any) -> None:
    """It deletes them behind the back of what moves a task's time, and moves that itself."""
    two, _ = pushed.tasks
    pushed.accept(two)
    pushed.pull()
    pushed.sdk.actions.create(
        id="delete_tasks_annotations",
        project=pushed.project,
        selected_items={"all": False, "included": [two["id"]]},
    )
    pushed.pull()
    assert pushed.said() == ["annotation deleted"] * 2


def test_a_task_that_is_skipped_after_it_was_answered_no_longer_counts_until_it_is_taken_up_again(
    pushed: Any,
) -> None:
    two, _ = pushed.tasks
    number = pushed.accept(two)
    pushed.pull()
    edit(pushed, number, was_cancelled=True)
    pushed.pull()
    assert pushed.said() == ["task skipped"] * 2
    edit(pushed, number, was_cancelled=False)
    pushed.pull()
    assert pushed.said() == ["confirmed"] * 2


def test_a_drawn_box_that_is_deleted_later_is_withdrawn(pushed: Any) -> None:
    two, _ = pushed.tasks
    left = two["predictions"][0]["result"]
    drawn = {**left[0], "id": "drawn", "value": {**left[0]["value"], "x": 10.0, "y": 80.0}}
    number = pushed.accept(two, [*left, drawn])
    pushed.pull()
    assert pushed.said() == ["added", "confirmed", "confirmed"]
    edit(pushed, number, result=left)
    pushed.pull()
    assert pushed.said() == ["confirmed", "confirmed", "region deleted"]


def test_what_is_skipped_or_only_begun_says_nothing(pushed: Any) -> None:
    two, one = pushed.tasks
    pushed.accept(one, was_cancelled=True)
    draft = {"result": two["predictions"][0]["result"], "lead_time": 1}
    pushed.server.http.post(f"/api/tasks/{two['id']}/drafts", json=draft).raise_for_status()
    assert pushed.pull().verdicts == []
    with open_log(str(pushed.log)) as log:
        (scene,) = log.scenes()
        assert (scene.tasks, scene.reviewed, scene.candidates) == (2, 0, 3)


def test_an_annotation_begun_from_nothing_says_nothing_of_the_candidates_and_is_named(pushed: Any) -> None:
    two, _ = pushed.tasks
    pushed.sdk.annotations.create(id=two["id"], result=[])
    pulled = pushed.pull()
    assert pulled.unseen == [(two["id"], "analyst@hardstand.localhost")]
    assert pulled.verdicts == []


def test_another_log_gets_everything_and_so_does_one_that_was_lost_or_restored(
    pushed: Any, tmp_path: Path
) -> None:
    """What a pull remembers holds for one log, as long as that log holds what it held."""
    two, one = pushed.tasks
    pushed.accept(two)
    pushed.pull()
    backup = pushed.log.read_bytes()
    pushed.accept(one)
    pushed.pull()
    whole = pushed.contents()
    pushed.pull(tmp_path / "other.db")
    assert pushed.contents(tmp_path / "other.db") == whole
    pushed.log.write_bytes(backup)
    pushed.pull()
    assert pushed.contents() == whole
    pushed.log.unlink()
    pushed.pull()
    assert pushed.contents() == whole


def test_without_its_memory_a_pull_reads_everything_and_logs_nothing_anew(
    pushed: Any, state_home: Path
) -> None:
    two, _ = pushed.tasks
    pushed.accept(two)
    pushed.pull()
    for content in ("", "{", '{"version": 0}', '{"version": 1, "tasks": 3}'):
        (remembered,) = (state_home / "hardstand").glob("pull-*.json")
        remembered.write_text(content)
        again = pushed.pull()
        assert (again.read, again.verdicts) == (2, [])


def test_other_rules_of_agreement_take_effect_on_what_was_pulled(pushed: Any) -> None:
    two, _ = pushed.tasks
    pushed.accept(two)
    pushed.pull(min_verdicts=2)
    with open_log(str(pushed.log)) as log:
        assert list(log.sightings()) == []
    pushed.pull(min_verdicts=1)
    with open_log(str(pushed.log)) as log:
        assert len(list(log.sightings())) == 2


def test_sightings_have_chips_where_the_scene_is_at_hand_and_unchanged(pushed: Any, tmp_path: Path) -> None:
    two, one = pushed.tasks
    pushed.accept(two)
    assert pushed.pull().chipless == {}
    with open_log(str(pushed.log)) as log:
        assert log.chips
        for sighting in log.sightings():
            assert (log.chips / sighting.chip).is_file()
    scene = tmp_path / "apron.tif"
    scene.rename(tmp_path / "elsewhere.tif")
    pushed.accept(one)
    ((reason, count),) = pushed.pull().chipless.items()
    assert count == 1
    assert str(scene) in reason


def test_chips_are_cut_by_a_later_pull_that_is_told_where_the_scene_is(pushed: Any, tmp_path: Path) -> None:
    two, _ = pushed.tasks
    pushed.accept(two)
    scene = tmp_path / "apron.tif"
    scene.rename(tmp_path / "elsewhere.tif")
    assert sum(pushed.pull().chipless.values()) == 2
    assert pushed.pull().chipped == 0
    assert pushed.pull(scenes=[tmp_path]).chipped == 2


def test_chips_are_cut_by_a_later_pull_that_finds_the_scene_where_it_was(pushed: Any, tmp_path: Path) -> None:
    two, _ = pushed.tasks
    pushed.accept(two)
    scene = tmp_path / "apron.tif"
    scene.rename(tmp_path / "elsewhere.tif")
    pushed.pull()
    (tmp_path / "elsewhere.tif").rename(scene)
    later = pushed.pull()
    assert (later.chipped, later.chipless, later.verdicts) == (2, {}, [])
    assert pushed.pull().chipped == 0
    with open_log(str(pushed.log)) as log:
        assert log.chips
        assert all((log.chips / str(sighting.chip)).is_file() for sighting in log.sightings())


def test_how_much_of_each_scene_was_looked_at_is_logged_once(pushed: Any) -> None:
    two, _ = pushed.tasks
    pushed.accept(two)
    for _ in range(2):
        pushed.pull()
    with open_log(str(pushed.log)) as log:
        (scene,) = log.scenes()
        assert (scene.tasks, scene.reviewed, scene.candidates) == (2, 1, 3)
        assert (scene.project, scene.detector, scene.airfield) == (pushed.title, "bright", "GABS")
        assert [entry.kind for entry in log.entries()].count("scene") == 1


def test_a_damaged_box_is_named_each_time_and_what_it_said_before_stands(pushed: Any) -> None:
    two, one = pushed.tasks
    number = pushed.accept(two)
    pushed.accept(one)
    pushed.pull()
    far = {**two["predictions"][0]["result"][0]}
    beyond = {**far, "value": {**far["value"], "x": 1e300}}
    edit(pushed, number, result=[beyond, *two["predictions"][0]["result"][1:]])
    for _ in range(2):
        ((task, reason),) = pushed.pull().waiting
        assert task == two["id"]
        assert "nowhere on Earth" in reason
    assert pushed.said() == ["confirmed"] * 3
