"""How fast a project is reviewed, by whom, and whether anybody can have looked."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from annotate.labelstudio.tasks import ReviewTask
from annotate.log.entries import annotation_key
from imagery.grid import PixelPoint

HASTE_S = 2.0  # a median below this is no looking


class TaskCount(NamedTuple):
    """How far a project has come.

    Attributes:
        tasks: All of them.
        done: Answered by as many analysts as are wanted.
        begun: Answered by fewer.
        skipped: Put aside by somebody and answered by nobody.
        left: None of these.
    """

    tasks: int
    done: int
    begun: int
    skipped: int
    left: int


@dataclass(frozen=True)
class Pace:
    """What one analyst has done, altogether or in an hour.

    Attributes:
        analyst: Who.
        tasks: Answered.
        skipped: Put aside.
        median_lead_time_s: Of the answers, where known.
    """

    analyst: str
    tasks: int
    skipped: int
    median_lead_time_s: float | None

    @property
    def hasty(self) -> bool:
        """Whether half of the answers or more came sooner than one can look."""
        return self.median_lead_time_s is not None and self.median_lead_time_s < HASTE_S


@dataclass(frozen=True)
class AnalystPace(Pace):
    """What one analyst has done altogether.

    Attributes:
        per_hour: Answers for each hour by the clock in which there was one.
    """

    per_hour: float


@dataclass(frozen=True)
class HourPace(Pace):
    """What one analyst has done in one hour.

    Attributes:
        hour: When it began, UTC.
    """

    hour: datetime


def count_tasks(tasks: Sequence[TaskAnswers], wanted: int = 1) -> TaskCount:
    """How many are done and left.

    Args:
        tasks: Of a project.
        wanted: How many analysts are to answer each.
    """
    done = sum(len(task.analysts) >= wanted for task in tasks)
    answered = sum(bool(task.analysts) for task in tasks)
    touched = sum(bool(task.answers) for task in tasks)
    return TaskCount(len(tasks), done, answered - done, touched - answered, len(tasks) - touched)


def pace_by_analyst(tasks: Iterable[TaskAnswers]) -> list[AnalystPace]:
    """What each has done, in the order of their names."""
    by_analyst: dict[str, list[Answer]] = defaultdict(list)
    for answer in _answers(tasks):
        by_analyst[answer.analyst].append(answer)
    return [
        AnalystPace(*_done(analyst, answers), per_hour=_per_hour(answers))
        for analyst, answers in sorted(by_analyst.items())
    ]


def pace_by_hour(tasks: Iterable[TaskAnswers]) -> list[HourPace]:
    """What each has done in each hour in which they did something, the earliest first."""
    by_hour: dict[tuple[datetime, str], list[Answer]] = defaultdict(list)
    for answer in _answers(tasks):
        by_hour[_hour(answer), answer.analyst].append(answer)
    return [
        HourPace(*_done(analyst, answers), hour=hour) for (hour, analyst), answers in sorted(by_hour.items())
    ]


def _answers(tasks: Iterable[TaskAnswers]) -> Iterable[Answer]:
    return (answer for task in tasks for answer in task.answers)


def _done(analyst: str, answers: Sequence[Answer]) -> tuple[str, int, int, float | None]:
    given = [answer for answer in answers if not answer.skipped]
    times = [answer.lead_time_s for answer in given if answer.lead_time_s is not None]
    median = statistics.median(times) if times else None
    return analyst, len(given), len(answers) - len(given), median


def _per_hour(answers: Sequence[Answer]) -> float:
    given = [answer for answer in answers if not answer.skipped]
    return len(given) / len({_hour(answer) for answer in given}) if given else 0.0


def _hour(answer: Answer) -> datetime:
    return answer.made.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


class Answer(NamedTuple):
    """An annotation, without what it says.

    Attributes:
        annotation: See `annotate.log.entries.annotation_key`.
        analyst: Who made it.
        made: When, aware.
        lead_time_s: How long it took, where known.
        skipped: Whether the task was put aside instead.
    """

    annotation: str
    analyst: str
    made: datetime
    lead_time_s: float | None
    skipped: bool


@dataclass(frozen=True)
class TaskAnswers:
    """A task, and what analysts have done with it.

    Attributes:
        id: The server's number.
        task: What is to be reviewed.
        answers: Those that are there now, skipped ones too.
    """

    id: int
    task: ReviewTask
    answers: tuple[Answer, ...]

    @property
    def analysts(self) -> set[str]:
        """Who has answered it."""
        return {answer.analyst for answer in self.answers if not answer.skipped}

    def holds(self, point: PixelPoint) -> bool:
        """Whether this task answers for a place in its scene, in scene pixels."""
        col, row, width, height = self.task.core
        return col <= point.col < col + width and row <= point.row < row + height


def task_answers(tasks: Iterable[Mapping[str, Any]], analysts: Mapping[int, str]) -> Iterator[TaskAnswers]:
    """The tasks that are ours; others that somebody added to the project are left out.

    Args:
        tasks: As the server lists them, with their annotations.
        analysts: Their names by the server's numbers.
    """
    for task in tasks:
        try:
            ours = ReviewTask.from_json(task["data"])
        except ValueError:
            continue
        answers = (_answer(annotation, analysts) for annotation in task.get("annotations") or ())
        yield TaskAnswers(int(task["id"]), ours, tuple(answers))


def _answer(annotation: Mapping[str, Any], analysts: Mapping[int, str]) -> Answer:
    number, made, by = annotation["id"], str(annotation["created_at"]), annotation["completed_by"]
    return Answer(
        annotation=annotation_key(number, made),
        analyst=analysts.get(by, f"user {by}"),
        made=datetime.fromisoformat(made),
        lead_time_s=annotation.get("lead_time"),
        skipped=bool(annotation.get("was_cancelled")),
    )
