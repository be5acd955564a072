"""Pulling verdicts into the log: only what changed or was deleted since the last time.

The server's clock says what changed, never ours. A task gets a new time whenever an annotation of it was
made, edited, skipped or deleted, after that is done: so a task with the time that was read is as it was read.
A task that is deleted leaves no trace but that there are fewer.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from annotate.labelstudio.chip_cutter import ChipCutter
from annotate.labelstudio.client import connected
from annotate.labelstudio.connection import Connection
from annotate.labelstudio.coverage import with_coverage
from annotate.labelstudio.projects import Project, find_review
from annotate.labelstudio.pull_state import PullState, StateFile, TaskState, held_state
from annotate.labelstudio.task_listing import (
    ANNOTATED,
    count_tasks,
    list_tasks,
    numbered_tasks,
    updated_after,
)
from annotate.labelstudio.task_reading import Reading, Withdrawal, deleted_task, read_task
from annotate.log.chain import origin_id
from annotate.log.entries import SceneReview, Sighting, Verdict
from annotate.log.store import Log, LogError
from imagery.errors import UsageError

BATCH = 100  # tasks that are logged at once; the log is held while their chips are cut
# A change may become visible a little after one with a later time: requests run side by side, and wait for
# each other's locks. What is this old is settled.
SETTLED = timedelta(seconds=30)


@dataclass
class Pulled:
    """The outcome of a pull.

    Attributes:
        project: Where from.
        read: How many tasks had changed.
        verdicts: Those that were new in the log, withdrawals among them.
        sightings: Those that they made.
        left_out: Numbers of tasks that are not ours, or are damaged, with the reason.
        waiting: Numbers of tasks with answers that cannot be taken yet: who, which box, what to do.
        unseen: Numbers of tasks and who made an annotation of them that began from nothing: it says nothing
            of the candidates.
        chipless: How many sightings were logged without their chips, by reason.
        chipped: How many that had none got theirs, as their scene is at hand now.
    """

    project: Project
    read: int = 0
    verdicts: list[Verdict] = field(default_factory=list)
    sightings: list[Sighting] = field(default_factory=list)
    left_out: list[tuple[int, str]] = field(default_factory=list)
    waiting: list[tuple[int, str]] = field(default_factory=list)
    unseen: list[tuple[int, str]] = field(default_factory=list)
    chipless: dict[str, int] = field(default_factory=dict)
    chipped: int = 0


def pull(
    project: str,
    log: Log,
    *,
    min_verdicts: int = 1,
    adjudicators: Collection[str] = (),
    scenes: Sequence[str | os.PathLike[str]] = (),
    server: Connection | None = None,
) -> Pulled:
    """Record the analysts' verdicts in a log. A pull can be repeated or interrupted at any time.

    Args:
        project: Title of the review project.
        log: Where to.
        min_verdicts: How many analysts must have said something of an aircraft before there is a sighting.
        adjudicators: Analysts whose word settles.
        scenes: Folders that scenes were moved to since they were pushed, for the chips.
        server: Where from; None for the one that the environment names, or else the one started here.

    Raises:
        UsageError: There is no such project, or it is not ours.
        HardstandError: The server fails.
    """
    with connected(server) as connection:
        review = find_review(connection, project)
        with (
            held_state(review.id, review.created, log.name) as file,
            ChipCutter(log.chips, [Path(folder) for folder in scenes]) as cutter,
        ):
            _trust(file.state, log, [min_verdicts, *sorted(adjudicators)])
            run = _Run(connection, review, log, file, cutter, min_verdicts, adjudicators, Pulled(review))
            run.read_changed()
            run.withdraw_deleted()
            run.log_scenes()
            run.result.left_out = [
                (number, task.left_out) for number, task in file.state.tasks.items() if task.left_out
            ]
            run.result.waiting = [
                (number, line) for number, task in file.state.tasks.items() for line in task.waiting
            ]
            run.result.chipped = len(log.add_chips(cutter.cut, cutter.has))
            run.result.chipless = dict(cutter.missing)
            return run.result


def _trust(state: PullState, log: Log, rules: list[Any]) -> None:
    """Forget of a state what does not hold for this log or these rules."""
    if state.rules != rules or not _rests_on(log, state.anchor):
        state.forget_times()
    state.rules = rules


def _rests_on(log: Log, anchor: Sequence[str] | None) -> bool:
    """Check whether a log still holds all of it up to an anchor: an entry's hash covers all before it."""
    if anchor is None:
        return True
    try:
        return log.find(anchor[0]).hash == anchor[1]
    except UsageError:
        return False


@dataclass
class _Run:
    """One pull."""

    server: Connection
    project: Project
    log: Log
    file: StateFile
    cutter: ChipCutter
    min_verdicts: int
    adjudicators: Collection[str]
    result: Pulled

    @property
    def _state(self) -> PullState:
        return self.file.state

    def read_changed(self) -> None:
        """Log what changed since the last pull."""
        state = self._state
        clocks_s = (self.server.clock() - datetime.now(UTC)).total_seconds()
        if abs(clocks_s - state.clocks_s) > SETTLED.total_seconds():
            state.cursor = None  # a clock was set: what is later no longer has the later time
        state.clocks_s = clocks_s
        state.analysts |= self.server.users()
        self._read(state.cursor)

    def withdraw_deleted(self) -> None:
        """Withdraw the verdicts of tasks that were deleted."""
        if count_tasks(self.server, self.project.id) == len(self._state.tasks):
            return
        before = dict(self._state.tasks)  # what comes from now on cannot be missing
        listed = {task["id"] for task in list_tasks(self.server, self.project.id, "id")}
        if listed - before.keys():  # they came since, or from elsewhere with their old times
            self._read(None)
        gone = [deleted_task(number, task) for number, task in before.items() if number not in listed]
        self._record(gone)
        for reading in gone:
            del self._state.tasks[reading.number]
        self.file.save()

    def log_scenes(self) -> None:
        """Log how far the review of each scene has come."""
        tasks: dict[str, list[TaskState]] = {}
        for task in self._state.tasks.values():
            tasks.setdefault(task.scene, []).append(task)
        self.log.review(
            with_coverage(review, of_scene)
            for scene, of_scene in tasks.items()
            if (review := self._review_of(scene)) is not None
        )

    def _review_of(self, scene: str) -> SceneReview | None:
        """Return what was noted of a scene; None where nothing was, or the file of it was damaged."""
        try:
            return SceneReview.from_payload(self._state.scenes[scene]["review"])
        except (LookupError, TypeError, LogError):
            return None

    def _read(self, cursor: str | None) -> None:
        """Log what the tasks say that changed since a time.

        Which they are is asked first, as their times alone are had for a tenth of what they cost whole.
        """
        settled = self.server.clock() - SETTLED
        since = () if cursor is None else (updated_after(cursor),)
        times = {
            task["id"]: task["updated_at"]
            for task in list_tasks(self.server, self.project.id, "id,updated_at", *since)
        }
        changed = [number for number, updated in times.items() if self._is_new(number, updated)]
        for start in range(0, len(changed), BATCH):
            batch = changed[start : start + BATCH]
            listed = numbered_tasks(self.server, self.project.id, ANNOTATED, batch)
            readings = [self._reading(task) for task in listed]
            self._record(readings)
            for reading in readings:
                self._state.tasks[reading.number] = reading.state
                self._note_scene(reading)
                self.result.unseen += [(reading.number, analyst) for analyst in reading.unseen]
            self.result.read += len(readings)
            self.file.save()
        if times:
            latest = max(map(datetime.fromisoformat, times.values()))
            self._state.cursor = min(latest, settled).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        self.file.save()

    def _is_new(self, number: int, updated: str) -> bool:
        before = self._state.tasks.get(number)
        return before is None or before.updated != updated

    def _reading(self, listed: Mapping[str, Any]) -> Reading:
        before = self._state.tasks.get(listed["id"], TaskState())
        return read_task(listed, before, project=self.project.title, analysts=self._state.analysts)

    def _record(self, readings: Sequence[Reading]) -> None:
        """Log what tasks say.

        That something may have been said is remembered first: were it forgotten in an interruption, nobody
        would know of it any more once it is deleted.
        """
        verdicts = [verdict for reading in readings for verdict in reading.verdicts]
        gone = {withdrawal.statement: withdrawal for reading in readings for withdrawal in reading.withdrawn}
        if not verdicts and not gone:
            return
        for reading in readings:
            task = self._state.tasks.setdefault(reading.number, TaskState())
            task.updated = ""
            for key, regions in reading.state.stated.items():
                task.stated[key] = list(dict.fromkeys([*task.stated.get(key, ()), *regions]))
        self.file.save()
        recorded = self.log.record(
            [*verdicts, *self._withdrawn(gone)],
            min_verdicts=self.min_verdicts,
            adjudicators=self.adjudicators,
            cut=self.cutter.cut,
        )
        self.result.verdicts += recorded.verdicts
        self.result.sightings += recorded.sightings
        if recorded.verdicts:
            entry = self.log.find(origin_id(f"verdict {recorded.verdicts[-1].origin}"))
            self._state.anchor = [entry.id, entry.hash]

    def _withdrawn(self, gone: Mapping[str, Withdrawal]) -> Iterator[Verdict]:
        """Yield what the log holds of statements that no longer count, as withdrawn."""
        for verdict in self.log.current_verdicts() if gone else ():
            if verdict.statement in gone and verdict.withdrawn is None:
                _, why, since = gone[verdict.statement]
                yield replace(verdict, withdrawn=why, annotated=since or verdict.annotated)

    def _note_scene(self, reading: Reading) -> None:
        """Remember the scene as its latest task tells of it: another detector may have searched it since."""
        before = self._state.scenes.get(reading.state.scene, {"task": 0})
        if reading.review and reading.number >= before["task"]:
            noted = {"task": reading.number, "review": reading.review.to_payload()}
            self._state.scenes[reading.state.scene] = noted
