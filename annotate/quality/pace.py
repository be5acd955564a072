"""How far a project has come, and how fast analysts answer its tasks."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from annotate.labelstudio.annotations import read_annotation
from annotate.labelstudio.tasks import ReviewTask
from annotate.log.entries import annotation_key
from imagery.grid import PixelPoint

HASTE_S = 2.0  # a median below this leaves no time to look


class Answer(NamedTuple):
    """An annotation without its regions.

    Attributes:
        annotation: See `annotate.log.entries.annotation_key`.
        analyst: Who made it.
        made: When, aware.
        lead_time_s: How long it took; None where unknown.
        skipped: Whether the task was skipped instead.
    """

    annotation: str
    analyst: str
    made: datetime
    lead_time_s: float | None
    skipped: bool


@dataclass(frozen=True)
class TaskAnswers:
    """A task and its answers.

    Attributes:
        id: The server's number.
        task: What is to be reviewed.
        answers: The annotations that the server has now, skipped ones too.
        waiting: Whether one of them cannot be taken as it is, see `annotate.labelstudio.annotations`.
    """

    id: int
    task: ReviewTask
    answers: tuple[Answer, ...]
    waiting: bool = False

    @property
    def analysts(self) -> set[str]:
        """The analysts who have answered it."""
        return {answer.analyst for answer in self.answers if not answer.skipped}

    def holds(self, point: PixelPoint) -> bool:
        """Check whether a place in the scene, in its pixels, lies in the core of this task's tile."""
        col, row, width, height = self.task.core
        return col <= point.col < col + width and row <= point.row < row + height


class TaskCount(NamedTuple):
    """How far a project has come.

    Attributes:
        tasks: All tasks.
        done: Answered by as many analysts as each task needs.
        begun: Answered by fewer.
        skipped: Skipped by somebody and answered by nobody.
        left: None of these.
        waiting: Answered, but a box waits to be mended.
    """

    tasks: int
    done: int
    begun: int
    skipped: int
    left: int
    waiting: int = 0


class TileCount(NamedTuple):
    """How much of the searched ground people have seen.

    Attributes:
        scenes: Scenes with tasks.
        tiles: Review tiles in the areas that were searched, whether or not they became tasks.
        seen: Of those, how many an analyst has answered.
    """

    scenes: int
    tiles: int
    seen: int


@dataclass(frozen=True)
class Pace:
    """The work of one analyst, altogether or in one hour.

    Attributes:
        analyst: Who.
        tasks: How many were answered.
        skipped: How many were skipped.
        median_lead_time_s: Of the answers; None where unknown.
    """

    analyst: str
    tasks: int
    skipped: int
    median_lead_time_s: float | None

    @property
    def hasty(self) -> bool:
        """True if at least half of the answers came faster than a person can look."""
        return self.median_lead_time_s is not None and self.median_lead_time_s < HASTE_S


@dataclass(frozen=True)
class AnalystPace(Pace):
    """The work of one analyst altogether.

    Attributes:
        per_hour: Answers per hour by the clock in which there was one.
    """

    per_hour: float


@dataclass(frozen=True)
class HourPace(Pace):
    """The work of one analyst in one hour.

    Attributes:
        hour: When it began, UTC.
    """

    hour: datetime


def task_answers(tasks: Iterable[Mapping[str, Any]], analysts: Mapping[int, str]) -> Iterator[TaskAnswers]:
    """Read tasks with their answers; tasks that hardstand did not push are left out.

    Args:
        tasks: As the server lists them, with their annotations.
        analysts: Names by the server's numbers.
    """
    for task in tasks:
        try:
            review_task = ReviewTask.from_json(task["data"])
        except ValueError:
            continue
        annotations = task.get("annotations") or ()
        answers = tuple(_answer(annotation, analysts) for annotation in annotations)
        waiting = any(_waits(review_task, annotation) for annotation in annotations)
        yield TaskAnswers(int(task["id"]), review_task, answers, waiting)


def _waits(task: ReviewTask, annotation: Mapping[str, Any]) -> bool:
    """Check whether some of an annotation cannot be taken into a log as it is."""
    if annotation.get("was_cancelled"):
        return False
    try:
        return bool(read_annotation(task, annotation, task_id=0, project="", analyst="").waiting)
    except (ValueError, LookupError, TypeError, AttributeError):
        return True


def _answer(annotation: Mapping[str, Any], analysts: Mapping[int, str]) -> Answer:
    number, made, analyst = annotation["id"], str(annotation["created_at"]), annotation["completed_by"]
    return Answer(
        annotation=annotation_key(number, made),
        analyst=analysts.get(analyst, f"user {analyst}"),
        made=datetime.fromisoformat(made),
        lead_time_s=annotation.get("lead_time"),
        skipped=bool(annotation.get("was_cancelled")),
    )


def count_by_state(tasks: Sequence[TaskAnswers], needed: int = 1) -> TaskCount:
    """Count the tasks that are done and left.

    Args:
        tasks: The tasks of a project.
        needed: How many analysts are to answer each.
    """
    sound = [task for task in tasks if not task.waiting]
    waiting = len(tasks) - len(sound)
    done = sum(len(task.analysts) >= needed for task in sound)
    answered = sum(bool(task.analysts) for task in sound)
    touched = sum(bool(task.answers) for task in sound)
    return TaskCount(len(tasks), done, answered - done, touched - answered, len(sound) - touched, waiting)


def count_tiles(tasks: Iterable[TaskAnswers]) -> TileCount:
    """Count the tiles of the searched ground that somebody has seen."""
    tiles: dict[tuple[str | None, str | None], int] = {}
    answered: dict[object, bool] = {}
    for task in tasks:
        area = task.task.area
        tiles[area] = max(tiles.get(area, 0), task.task.tiles)
        core = (area, task.task.core)
        answered[core] = answered.get(core, True) and bool(task.analysts)
    return TileCount(len({scene for scene, _ in tiles}), sum(tiles.values()), sum(answered.values()))


def pace_by_analyst(tasks: Iterable[TaskAnswers]) -> list[AnalystPace]:
    """Sum up the work of each analyst, in the order of their names."""
    by_analyst: dict[str, list[Answer]] = defaultdict(list)
    for answer in _answers(tasks):
        by_analyst[answer.analyst].append(answer)
    return [
        AnalystPace(*_sums(analyst, answers), per_hour=_per_hour(answers))
        for analyst, answers in sorted(by_analyst.items())
    ]


def pace_by_hour(tasks: Iterable[TaskAnswers]) -> list[HourPace]:
    """Sum up the work of each analyst in each hour in which there was any, the earliest first."""
    by_hour: dict[tuple[datetime, str], list[Answer]] = defaultdict(list)
    for answer in _answers(tasks):
        by_hour[_hour(answer), answer.analyst].append(answer)
    return [
        HourPace(*_sums(analyst, answers), hour=hour) for (hour, analyst), answers in sorted(by_hour.items())
    ]


def _answers(tasks: Iterable[TaskAnswers]) -> Iterable[Answer]:
    return (answer for task in tasks for answer in task.answers)


def _sums(analyst: str, answers: Sequence[Answer]) -> tuple[str, int, int, float | None]:
    """Return the members of a `Pace`."""
    given = [answer for answer in answers if not answer.skipped]
    times = [answer.lead_time_s for answer in given if answer.lead_time_s is not None]
    median = statistics.median(times) if times else None
    return analyst, len(given), len(answers) - len(given), median


def _per_hour(answers: Sequence[Answer]) -> float:
    given = [answer for answer in answers if not answer.skipped]
    return len(given) / len({_hour(answer) for answer in given}) if given else 0.0


def _hour(answer: Answer) -> datetime:
    return answer.made.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
