"""Who has answered which task, out of what the server lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from annotate.labelstudio.tasks import ReviewTask
from imagery.grid import PixelPoint


class Answer(NamedTuple):
    """An annotation, without what it says.

    Attributes:
        annotation: Its number and when it was made, as the statements of its verdicts begin.
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
        annotation=f"{number}/{made}",
        analyst=analysts.get(by, f"user {by}"),
        made=datetime.fromisoformat(made),
        lead_time_s=annotation.get("lead_time"),
        skipped=bool(annotation.get("was_cancelled")),
    )
