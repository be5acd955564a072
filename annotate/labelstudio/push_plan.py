"""Planning a push: which tasks are missing, which are out of date, and which stay."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

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
    """The changes that a push has to make.

    Attributes:
        add: Tasks to add.
        remove: Numbers of tasks to delete: nobody has touched them, and what they propose is out of date.
        existing: Candidates that are on the server already, or are an aircraft that was reviewed.
    """

    add: list[ReviewTask]
    remove: list[int]
    existing: int


def plan(wanted: Sequence[ReviewTask], existing: Iterable[ExistingTask]) -> Plan:
    """Compare the tasks that a candidates file needs with those of its scene on the server.

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
    for listed in existing:
        (fixed if listed.touched or listed.task.area != area else replaceable).append(listed)
    left = _without_reviewed(wanted, fixed)
    kept, remove = _kept(left, replaceable)
    add = [task for task in left if task.core not in kept]
    added = sum(len(task.candidates) for task in add)
    return Plan(add, remove, sum(len(task.candidates) for task in wanted) - added)


def _without_reviewed(wanted: Sequence[ReviewTask], fixed: Sequence[ExistingTask]) -> list[ReviewTask]:
    """Return the wanted tasks without the aircraft of tasks that stay, which become their neighbours."""
    pushed = {candidate.id for listed in fixed for candidate in listed.task.candidates}
    boxes = [box for listed in fixed for box in (*listed.boxes, *(c.box for c in listed.task.candidates))]
    cores = {listed.task.core for listed in fixed}
    left = []
    for task in wanted:
        old = [candidate for candidate in task.candidates if _was_pushed(candidate, task, pushed, boxes)]
        new = tuple(candidate for candidate in task.candidates if candidate not in old)
        if new:
            left.append(replace(task, candidates=new, neighbours=(*task.neighbours, *old)))
        elif (task.audit or task.ghosts) and task.core not in cores:
            left.append(task)
    return left


def _was_pushed(
    candidate: Candidate, task: ReviewTask, pushed: set[str], boxes: Sequence[OrientedBox]
) -> bool:
    if candidate.id in pushed:
        return True
    matrix = task.scene.grid.ground_matrix(candidate.box.center)
    return same_aircraft(candidate.box, boxes, matrix) is not None


def _kept(wanted: Sequence[ReviewTask], existing: Sequence[ExistingTask]) -> tuple[set[object], list[int]]:
    """Return the cores whose task exists as it is wanted, and the numbers of the tasks to remove."""
    by_core = {task.core: task for task in wanted}
    kept: set[object] = set()
    remove = []
    for listed in existing:
        core = listed.task.core
        asked_for = by_core.get(core)
        stays = _same_work(asked_for, listed.task) if asked_for else listed.task.audit
        if stays and core not in kept:  # the second of two is what an interrupted push left
            kept.add(core)
        else:
            remove.append(listed.id)
    return kept, remove


def _same_work(one: ReviewTask, other: ReviewTask) -> bool:
    """Check whether two tasks show and propose the same; the records may be those of another release."""
    return one == replace(other, scene=one.scene, detector=one.detector, airfield=one.airfield)
