"""Which aircraft a verdict is about."""

from __future__ import annotations

import json
import math
from collections import defaultdict

import numpy as np
from sqlalchemy import Connection, select

from annotate.log.entry import Verdict
from annotate.log.schema import entries
from detect.box import OrientedBox, corners
from detect.merge import shared_areas
from imagery.grid import Floats

SAME_IOU = 0.5  # of two boxes that people drew of one aircraft; less, and they may be neighbours on a stand


class Subjects:
    """Tells aircraft apart, in one transaction.

    A candidate is one aircraft. What somebody added is the aircraft in the same scene whose latest box it
    overlaps; so what two analysts, or one in two neighbouring tasks, drew of one aircraft is one sighting.
    """

    def __init__(self, connection: Connection) -> None:
        """Take the log as it is; what is recorded from now on is told by `note`."""
        self._connection = connection
        self._boxes: dict[str, dict[str, OrientedBox]] = defaultdict(dict)  # by scene and subject

    def subject_of(self, verdict: Verdict, logged: str | None) -> str:
        """The aircraft that a verdict is about.

        Args:
            verdict: What was said.
            logged: The aircraft that this statement is about according to the log, if it is there.
        """
        if logged is not None or verdict.candidate is not None:
            return logged or verdict.subject
        return self._overlapped(verdict) or verdict.subject

    def note(self, verdict: Verdict, subject: str) -> None:
        """Take notice of a verdict that was recorded."""
        if verdict.scene.sha256 in self._boxes:
            self._boxes[verdict.scene.sha256][subject] = verdict.box

    def _overlapped(self, verdict: Verdict) -> str | None:
        scene, box = verdict.scene.sha256, verdict.box
        if scene is None:
            return None
        near = {name: other for name, other in self._in_scene(scene).items() if _may_overlap(box, other)}
        if not near:
            return None
        matrix = verdict.scene.grid.ground_matrix(box.center)
        overlaps = _overlaps(box, list(near.values()), matrix)
        best = int(np.argmax(overlaps))
        return list(near)[best] if overlaps[best] >= SAME_IOU else None

    def _in_scene(self, scene: str) -> dict[str, OrientedBox]:
        """The latest box of each aircraft in a scene, read once."""
        if scene not in self._boxes:
            query = (
                select(entries.c.subject, entries.c.payload)
                .where(entries.c.kind == "verdict", entries.c.scene == scene)
                .order_by(entries.c.seq)
            )
            for subject, text in self._connection.execute(query):
                verdict = Verdict.from_payload(json.loads(text))
                if verdict.withdrawn is None:
                    self._boxes[scene][subject] = verdict.box
            self._boxes.setdefault(scene, {})
        return self._boxes[scene]


def _may_overlap(one: OrientedBox, other: OrientedBox) -> bool:
    """Whether two boxes are near enough to be worth a closer look: their outer circles touch."""
    reach = sum(math.hypot(box.length, box.width) for box in (one, other)) / 2
    return math.dist(one.center, other.center) <= reach


def _overlaps(box: OrientedBox, others: list[OrientedBox], matrix: Floats) -> Floats:
    """Intersection over union of a box with others: (N,) float64. Pixels need not be square for it."""
    rings = np.array([corners(other, matrix) for other in others])
    ring = np.repeat(corners(box, matrix)[None], len(rings), axis=0)
    shared = shared_areas(ring, rings)
    overlaps: Floats = shared / (shared_areas(ring, ring) + shared_areas(rings, rings) - shared)
    return overlaps
