"""A task from a stranger's server is read whole or left out in one line, and never stops a pull."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from annotate.labelstudio.division import review_tasks
from annotate.labelstudio.pull_state import TaskState
from annotate.labelstudio.task_reading import Reading, read_task
from detect.candidate import CandidatesFile

UPDATED = "2026-01-02T03:05:05.123456Z"


@pytest.fixture
def listed(candidates_of: Callable[..., CandidatesFile]) -> dict[str, Any]:
    """A task with one annotation, as the server lists it."""
    (task, *_) = review_tasks(candidates_of())
    written = task.to_json("a.jpg")
    annotation = {
        "id": 31,
        "completed_by": 1,
        "was_cancelled": False,
        "result": written["predictions"][0]["result"],
        "parent_prediction": 5,
        "created_at": "2026-01-02T03:04:05.123456Z",
        "updated_at": UPDATED,
        "lead_time": 8.25,
    }
    members = {"id": 7, "updated_at": UPDATED, "data": written["data"], "annotations": [annotation]}
    whole: dict[str, Any] = json.loads(json.dumps(members))
    return whole


def read(listed: dict[str, Any]) -> Reading:
    return read_task(listed, TaskState(), project="Bamako", analysts={1: "ana@example.org"})


def ours(listed: dict[str, Any]) -> dict[str, Any]:
    members: dict[str, Any] = listed["data"]["hardstand"]
    return members


DAMAGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "no data": lambda d: d.pop("data"),
    "data that are a list": lambda d: d.update(data=[]),
    "annotations that are candidates": lambda d: d.update(annotations=[{"type": "MI24", "score": 0.04}]),
    "annotations that are a number": lambda d: d.update(annotations=7),
    "a height that is text": lambda d: ours(d)["scene"].update(height="7"),
    "a size that is too large": lambda d: ours(d)["scene"].update(size_bytes=-(2**63)),
    "an angle that is text": lambda d: ours(d)["scene"].update(off_nadir_deg="7"),
    "a place beyond the Earth": lambda d: ours(d)["scene"].update(transform=[0.5, 0, 1e300, 0, -0.5, 0]),
    "a candidate without a score": lambda d: ours(d)["candidates"][0]["properties"].pop("score"),
    "a detector that is a list": lambda d: ours(d).update(detector=[]),
    "an airfield that is a number": lambda d: ours(d).update(airfield=-(2**63)),
    "an annotation without an id": lambda d: d["annotations"][0].pop("id"),
    "an annotation whose id is null": lambda d: d["annotations"][0].update(id=None),
    "an annotation without a time": lambda d: d["annotations"][0].pop("updated_at"),
    "a time that is a list": lambda d: d["annotations"][0].update(updated_at=[[]]),
    "a time that is a quote": lambda d: d["annotations"][0].update(created_at="'"),
    "nobody who completed it": lambda d: d["annotations"][0].pop("completed_by"),
    "somebody who is a list": lambda d: d["annotations"][0].update(completed_by=[1]),
    "no result": lambda d: d["annotations"][0].pop("result"),
    "a result that is a number": lambda d: d["annotations"][0].update(result=7),
    "a lead time that is text": lambda d: d["annotations"][0].update(lead_time="long"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_damaged_is_named_in_a_line_and_says_nothing(listed: dict[str, Any], damage: str) -> None:
    assert read(listed).verdicts
    DAMAGES[damage](listed)
    reading = read(listed)
    lines = [reading.state.left_out] if reading.state.left_out else reading.state.waiting
    assert lines
    assert not any("\n" in line for line in lines)
    assert (reading.number, reading.verdicts, reading.state.updated) == (7, (), UPDATED)


def test_an_odd_box_waits_and_what_it_said_before_stands(listed: dict[str, Any]) -> None:
    """The box that waits is neither rejected nor withdrawn; the other one's verdict is taken."""
    before = read(listed).state
    (annotation,) = listed["annotations"]
    first, second = annotation["result"]
    second["value"]["width"] = 0.0
    reading = read_task(listed, before, project="Bamako", analysts={1: "ana@example.org"})
    assert [verdict.region_id for verdict in reading.verdicts] == [first["id"]]
    assert reading.withdrawn == ()
    assert reading.state.stated == before.stated
    assert reading.state.waiting == ["ana@example.org: box 2: it has no size; delete it and draw it again"]
    assert not reading.state.reviewed, "the place has not been decided on as a whole"
    assert (before.reviewed, before.waiting) == (True, [])


def test_an_annotation_that_cannot_be_read_costs_the_other_analysts_nothing(listed: dict[str, Any]) -> None:
    (annotation,) = listed["annotations"]
    listed["annotations"].append({**annotation, "id": 32, "completed_by": 2, "lead_time": "long"})
    reading = read_task(listed, TaskState(), project="Bamako", analysts={1: "ana", 2: "ben"})
    assert [verdict.analyst for verdict in reading.verdicts] == ["ana", "ana"]
    assert reading.state.waiting == ["ben: annotation 32: lead_time is not a number of seconds"]
