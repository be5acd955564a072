"""The order in which tasks come before the analysts: the server shows them as they were pushed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal, get_args

from annotate.labelstudio.tasks import ReviewTask

Order = Literal["uncertain", "score", "place"]
ORDERS: tuple[Order, ...] = get_args(Order)


def in_order(tasks: Iterable[ReviewTask], order: Order) -> list[ReviewTask]:
    """Tasks in the order in which they are to be reviewed.

    The tiles of an audit are spread evenly among the others: they tell what the detector misses also if the
    review ends early.

    Args:
        tasks: In any order; of equals the first stays first.
        order: ``uncertain``: where the machine is likely to be wrong most often; ``score``: the surest
            aircraft first; ``place``: scene by scene, neighbours one after the other.
    """
    proposed: list[ReviewTask] = []
    audits: list[ReviewTask] = []
    for task in tasks:
        (audits if task.audit else proposed).append(task)
    proposed.sort(key=_KEYS[order])
    audits.sort(key=_place)
    return [task for _, task in sorted([*_spread(proposed, 0), *_spread(audits, 1)], key=lambda one: one[0])]


def _spread(tasks: list[ReviewTask], rank: int) -> list[tuple[tuple[float, int], ReviewTask]]:
    """Each task with its place between 0 and 1; where two share one, the lower rank is first."""
    return [(((index + 1) / len(tasks), rank), task) for index, task in enumerate(tasks)]


def _uncertain(task: ReviewTask) -> tuple[Any, ...]:
    """How many mistakes are to be expected, were scores probabilities: the most first."""
    mistakes = sum(min(candidate.score, 1 - candidate.score) for candidate in task.candidates)
    return (-round(mistakes, 6), _place(task))


def _score(task: ReviewTask) -> tuple[Any, ...]:
    return (-max((candidate.score for candidate in task.candidates), default=0.0), _place(task))


def _place(task: ReviewTask) -> tuple[Any, ...]:
    return (task.airfield or "", task.scene.path, task.core.row, task.core.col)


_KEYS: dict[Order, Callable[[ReviewTask], tuple[Any, ...]]] = {
    "uncertain": _uncertain,
    "score": _score,
    "place": _place,
}
