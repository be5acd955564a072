"""How fast a project is reviewed, counted by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from annotate.labelstudio.tasks import ReviewTask
from annotate.quality.pace import (
    Answer,
    TaskAnswers,
    count_by_state,
    pace_by_analyst,
    pace_by_hour,
    task_answers,
)

Make = Callable[..., Answer]
THREE = datetime(2026, 1, 2, 3, 0, tzinfo=UTC)


@pytest.fixture
def tasks(tiles: list[ReviewTask], answer: Make) -> list[TaskAnswers]:
    """Ana answers two at three and one at five; ben one at five, in haste, and skips one; one is left."""
    five = THREE + timedelta(hours=2, minutes=59)
    return [
        TaskAnswers(1, tiles[0], (answer("ana", made=THREE, lead_time_s=10.0),)),
        TaskAnswers(2, tiles[1], (answer("ana", made=THREE + timedelta(minutes=59), lead_time_s=None),)),
        TaskAnswers(
            3,
            tiles[2],
            (answer("ana", made=five, lead_time_s=30.0), answer("ben", made=five, lead_time_s=1.5)),
        ),
        TaskAnswers(4, tiles[3], (answer("ben", made=five, skipped=True, lead_time_s=0.1),)),
        TaskAnswers(5, tiles[3], ()),
    ]


def test_a_task_is_done_when_somebody_answers_it_and_skipped_where_nobody_does(
    tasks: list[TaskAnswers],
) -> None:
    assert count_by_state(tasks) == (5, 3, 0, 1, 1, 0)
    assert count_by_state(tasks, needed=2) == (5, 1, 2, 1, 1, 0)


def test_an_answered_task_in_which_a_box_waits_is_not_done(tiles: list[ReviewTask], answer: Make) -> None:
    tasks = [TaskAnswers(n, tiles[n], (answer("ana"),), waiting=n == 1) for n in range(3)]
    assert count_by_state(tasks)._asdict() == {
        "tasks": 3,
        "done": 2,
        "begun": 0,
        "skipped": 0,
        "left": 0,
        "waiting": 1,
    }


def test_each_analysts_pace_is_by_the_hours_in_which_they_worked(tasks: list[TaskAnswers]) -> None:
    ana, ben = pace_by_analyst(tasks)
    assert (ana.analyst, ana.tasks, ana.skipped, ana.per_hour) == ("ana", 3, 0, 1.5)
    assert ana.median_lead_time_s == 20
    assert (ben.analyst, ben.tasks, ben.skipped, ben.per_hour) == ("ben", 1, 1, 1)


def test_a_median_below_two_seconds_is_haste(tasks: list[TaskAnswers], answer: Make) -> None:
    assert [pace.hasty for pace in pace_by_analyst(tasks)] == [False, True]
    at_the_bound = TaskAnswers(1, tasks[0].task, (answer(lead_time_s=2.0),))
    untimed = TaskAnswers(1, tasks[0].task, (answer("ben", lead_time_s=None),))
    assert [pace.hasty for pace in pace_by_analyst([at_the_bound, untimed])] == [False, False]


def test_hours_are_by_the_clock_in_utc_the_earliest_first(tasks: list[TaskAnswers], answer: Make) -> None:
    hours = [(pace.hour.hour, pace.analyst, pace.tasks, pace.skipped) for pace in pace_by_hour(tasks)]
    assert hours == [(3, "ana", 2, 0), (5, "ana", 1, 0), (5, "ben", 1, 1)]
    abroad = answer(made=datetime.fromisoformat("2026-01-02T08:30:00+05:30"))
    (pace,) = pace_by_hour([TaskAnswers(1, tasks[0].task, (abroad,))])
    assert pace.hour == THREE


def test_answers_are_read_as_the_server_lists_them(tiles: list[ReviewTask]) -> None:
    made = "2026-01-02T03:04:05.678901Z"
    annotation: dict[str, Any] = {
        "id": 3,
        "created_at": made,
        "updated_at": made,
        "completed_by": 1,
        "lead_time": 4.5,
        "result": [],
    }
    listed = [
        {"id": 7, "data": tiles[0].to_json("a.jpg")["data"], "annotations": [annotation]},
        {"id": 8, "data": {"image": "somebody's own"}, "annotations": [annotation]},
        {
            "id": 9,
            "data": tiles[1].to_json("b.jpg")["data"],
            "annotations": [{**annotation, "completed_by": 2, "was_cancelled": True}],
        },
    ]
    first, second = task_answers(listed, {1: "ana@example.org"})
    assert (first.id, first.task.core, first.analysts) == (7, tiles[0].core, {"ana@example.org"})
    assert first.answers == ((f"3/{made}", "ana@example.org", datetime.fromisoformat(made), 4.5, False),)
    assert (second.id, second.answers[0].analyst, second.analysts) == (9, "user 2", set())
