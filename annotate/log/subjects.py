"""Which aircraft a verdict is about."""

from __future__ import annotations

import math

import numpy as np
from sqlalchemy import Connection, select

from annotate.log.database import entries
from annotate.log.entries import Verdict
from annotate.log.payload import payload_of
from detect.box import OrientedBox
from detect.merge import same_aircraft
from imagery.grid import Floats


class Subjects:
    """The aircraft of a log, told apart, in one transaction.

    A candidate is one aircraft. What somebody added is the aircraft in the same scene whose latest box it
    overlaps; so what two analysts, or one in two neighbouring tasks, drew of one aircraft is one sighting.
    """

    def __init__(self, connection: Connection) -> None:
        """Take the log as it is; what is recorded from now on is given to `note`."""
        self._connection = connection
        self._scenes: dict[str, Boxes] = {}

    def subject_of(self, verdict: Verdict, logged: str | None) -> str:
        """Return the aircraft that a verdict is about.

        Args:
            verdict: What was said.
            logged: The aircraft that this statement is about according to the log, if it is there.
        """
        if logged is not None or verdict.candidate is not None:
            return logged or verdict.subject
        return self._overlapped(verdict) or verdict.subject

    def note(self, verdict: Verdict, subject: str) -> None:
        """Take notice of a verdict that was recorded."""
        if verdict.scene.sha256 in self._scenes:
            self._scenes[verdict.scene.sha256].put(subject, verdict.box)

    def _overlapped(self, verdict: Verdict) -> str | None:
        if verdict.scene.sha256 is None:
            return None
        matrix = verdict.scene.grid.ground_matrix(verdict.box.center)
        return self._in_scene(verdict.scene.sha256).overlapped(verdict.box, matrix)

    def _in_scene(self, scene: str) -> Boxes:
        """Return the latest box of each aircraft in a scene, read once."""
        if scene not in self._scenes:
            boxes = self._scenes[scene] = Boxes()
            query = (
                select(entries.c.subject, entries.c.payload)
                .where(entries.c.kind == "verdict", entries.c.scene == scene)
                .order_by(entries.c.seq)
            )
            for subject, text in self._connection.execute(query):
                verdict = Verdict.from_payload(payload_of(text))
                if verdict.withdrawn is None:
                    boxes.put(subject, verdict.box)
        return self._scenes[scene]


class Boxes:
    """The box of each aircraft in a scene, to find the one that another box overlaps."""

    def __init__(self) -> None:
        """Begin without any."""
        self._rows: dict[str, int] = {}
        self._boxes: list[OrientedBox] = []
        # Around each box: column and row of the middle, radius. There are more rows than boxes, so that
        # one more need not copy all; what was not put yet is nowhere.
        self._circles: Floats = np.full((16, 3), np.nan)

    def put(self, subject: str, box: OrientedBox) -> None:
        """Add an aircraft's box, or move it."""
        row = self._rows.setdefault(subject, len(self._rows))
        if row == len(self._boxes):
            self._boxes.append(box)
        else:
            self._boxes[row] = box
        if row == len(self._circles):
            self._circles = np.concatenate([self._circles, np.full_like(self._circles, np.nan)])
        self._circles[row] = *box.center, _radius(box)

    def overlapped(self, box: OrientedBox, matrix: Floats) -> str | None:
        """Return the aircraft whose box is one of the same aircraft; see `detect.merge.same_aircraft`.

        Args:
            box: In the same scene.
            matrix: Of the ground there, see `imagery.grid.Grid.ground_matrix`.
        """
        cols, rows, radii = self._circles.T
        near = np.flatnonzero(np.hypot(cols - box.center.col, rows - box.center.row) <= radii + _radius(box))
        same = same_aircraft(box, [self._boxes[row] for row in near], matrix)
        return None if same is None else list(self._rows)[near[same]]


def _radius(box: OrientedBox) -> float:
    """Return the radius of a circle around a box."""
    return math.hypot(box.length, box.width) / 2
