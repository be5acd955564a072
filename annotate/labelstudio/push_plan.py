"""What a push has to change: which tasks are missing, which are out of date, and which stay."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Literal, NamedTuple, get_args

from annotate.labelstudio.tasks import ReviewTask
from detect.box import OrientedBox
from detect.candidate import Candidate
from detect.merge import same_aircraft


class ExistingTask(NamedTuple):
    """A task that is on the server.

    Attributes:
        id: The server's number.
        task: What is to be reviewed.
        touched: Whether somebody has answered, skipped or begun it.
        boxes: What analysts left or drew in it, in scene pixels.
    """

    id: int
    task: ReviewTask
    touched: bool = False
    boxes: tuple[OrientedBox, ...] = ()


class Plan(NamedTuple):
    """What a push has to change.

    Attributes:
        add: Tasks to add.
        remove: Numbers of tasks to delete: nobody has touched them, and what they propose is out of date.
        known: Candidates that are on the server already, or are an aircraft that was reviewed.
    """

    add: list[ReviewTask]
    remove: list[int]
    known: int


def plan(wanted: Sequence[ReviewTask], existing: Iterable[ExistingTask]) -> Plan:
    """Compare what one candidates file asks for with the tasks of its scene that are there.

    What somebody has touched stays, and a candidate that overlaps a box of it is that aircraft. Of the others
    those stay that are still asked for; the rest gives way to what is new. Tasks of another area of interest
    stay, too, as does the audit of a tile in which there is still no candidate.

    Args:
        wanted: Tasks of one candidates file.
        existing: The tasks of its scene, in the order of their numbers.
    """
    area = wanted[0].area if wanted else None
    fixed: list[ExistingTask] = []
    replaceable: list[ExistingTask] = []
    for one in existing:
        (fixed if one.touched or one.task.area != area else replaceable).append(one)
    left = _without_reviewed(wanted, fixed)
    kept, remove = _kept(left, replaceable)
    add = [task for task in left if task.core not in kept]
    added = sum(len(task.candidates) for task in add)
    return Plan(add, remove, sum(len(task.candidates) for task in wanted) - added)


def _without_reviewed(wanted: Sequence[ReviewTask], fixed: Sequence[ExistingTask]) -> list[ReviewTask]:
    """What is wanted without the aircraft of tasks that stay; those are shown as other tasks' are."""
    known = {candidate.id for one in fixed for candidate in one.task.candidates}
    boxes = [box for one in fixed for box in (*one.boxes, *(c.box for c in one.task.candidates))]
    cores = {one.task.core for one in fixed}
    left = []
    for task in wanted:
        old = [candidate for candidate in task.candidates if _is_known(candidate, task, known, boxes)]
        new = tuple(candidate for candidate in task.candidates if candidate not in old)
        if new:
            left.append(replace(task, candidates=new, neighbours=(*task.neighbours, *old)))
        elif task.audit and task.core not in cores:
            left.append(task)
    return left


def _is_known(candidate: Candidate, task: ReviewTask, known: set[str], boxes: Sequence[OrientedBox]) -> bool:
    if candidate.id in known:
        return True
    matrix = task.scene.grid.ground_matrix(candidate.box.center)
    return same_aircraft(candidate.box, boxes, matrix) is not None


def _kept(wanted: Sequence[ReviewTask], there: Sequence[ExistingTask]) -> tuple[set[object], list[int]]:
    """The cores whose task is there as it is wanted, and the numbers of the tasks that are not."""
    by_core = {task.core: task for task in wanted}
    kept: set[object] = set()
    remove = []
    for one in there:
        core = one.task.core
        asked_for = by_core.get(core)
        stays = _same_work(asked_for, one.task) if asked_for else one.task.audit
        if stays and core not in kept:  # the second of two is what an interrupted push left
            kept.add(core)
        else:
            remove.append(one.id)
    return kept, remove


def _same_work(one: ReviewTask, other: ReviewTask) -> bool:
    """Whether two tasks show and propose the same; the records may be those of another release."""
    return one == replace(other, scene=one.scene, detector=one.detector, airfield=one.airfield)


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
