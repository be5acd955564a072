"""What a pull remembers: kept for each log, whole or not at all, and no more than a saving."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from annotate.labelstudio.pull_state import PullState, TaskState, held_state, last_state

MADE = "2026-01-01T00:00:00.123456Z"
TASK = TaskState("2026-01-02T03:04:05Z", "ab" * 32, 3, True, {"7/2026-01-02T03:04:05Z": ["a", "b"]})


def test_what_was_saved_is_there_again() -> None:
    state = PullState(
        cursor="2026-01-02T03:04:05Z",
        clocks_s=-3600.0,
        rules=[2, "a@b.example"],
        anchor=["0123456789abcdef", "ff"],
        analysts={1: "a@b.example"},
        tasks={7: TASK, 8: TaskState(left_out="damaged")},
        scenes={"ab" * 32: {"task": 7, "review": {"kind": "scene"}}},
    )
    with held_state(1, MADE, "log.db") as file:
        file.state = state
        file.save()
    with held_state(1, MADE, "log.db") as file:
        assert file.state == state


def test_whom_a_pull_was_told_to_settle_by_is_known_also_while_another_pulls() -> None:
    assert last_state(1, MADE, "log.db").adjudicators == ()
    with held_state(1, MADE, "log.db") as file:
        file.state.rules = [2, "cleo@b.example"]
        file.save()
        assert last_state(1, MADE, "log.db").adjudicators == ("cleo@b.example",)


def test_each_project_and_log_has_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with held_state(1, MADE, "log.db") as file:
        file.state.cursor = "now"
        file.save()
    for place in ((2, MADE, "log.db"), (1, "2026-01-01T00:00:00Z", "log.db"), (1, MADE, "other.db")):
        with held_state(*place) as file:
            assert file.state == PullState()
    here = str(Path("log.db").resolve())
    monkeypatch.chdir(tmp_path)
    with held_state(1, MADE, "log.db") as file:
        assert file.state == PullState(), "a file of that name elsewhere"
    with held_state(1, MADE, here) as file:
        assert file.state.cursor == "now"


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"version": 0}', '{"version": 1, "x": 2}'])
def test_a_damaged_one_is_none(content: str, state_home: Path) -> None:
    with held_state(1, MADE, "log.db") as file:
        file.save()
    (kept,) = (state_home / "hardstand").glob("*.json")
    kept.write_text(content)
    with held_state(1, MADE, "log.db") as file:
        assert file.state == PullState()


def test_to_read_everything_again_is_not_to_forget_what_was_said() -> None:
    state = PullState(cursor="2026-01-02T03:04:05Z", tasks={7: TASK})
    state.forget_times()
    assert state.cursor is None
    assert (state.tasks[7].updated, state.tasks[7].stated) == ("", TASK.stated)


DAMAGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "a cursor that is an object": lambda d: d.update(cursor={"a": {}}),
    "a clock that is text": lambda d: d.update(clocks_s="0.1"),
    "rules that are text": lambda d: d.update(rules="ab"),
    "half a character": lambda d: d.update(anchor=["0123456789abcdef", "\ud800"]),
    "an anchor of one": lambda d: d.update(anchor=["0123456789abcdef"]),
    "an analyst who is a number": lambda d: d.update(analysts={"1": 7}),
    "a time that is a number": lambda d: d["tasks"]["7"].update(updated=7),
    "what was stated as text": lambda d: d["tasks"]["7"].update(stated={"7/x": "ab"}),
    "a review that is a list": lambda d: d.update(scenes={"ab": {"review": []}}),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_one_with_values_of_the_wrong_kind_is_none(damage: str, state_home: Path) -> None:
    with held_state(1, MADE, "log.db") as file:
        file.state.tasks = {7: TASK}
        file.save()
    (kept,) = (state_home / "hardstand").glob("*.json")
    document = json.loads(kept.read_text())
    DAMAGES[damage](document)
    kept.write_text(json.dumps(document))
    with held_state(1, MADE, "log.db") as file:
        assert file.state == PullState()
