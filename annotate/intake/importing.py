"""Entries of another log, taken into this one as statements that are reported.

Who looked at pixels did so there: what was seen comes in as reported, without the marks of a review. Its
``source`` begins with a reference to the entry of the other log, by which it is known again, here and in
every log that takes it from here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from annotate.intake.export_reading import read_export
from annotate.intake.fields import analyst_name
from annotate.log.entries import Movement, Sighting
from annotate.log.store import Log

BATCH = 500  # entries of a transaction, for which other writers wait
_REFERENCE = re.compile(r"entry ([0-9a-f]{16}) of another log\b")


@dataclass
class Imported:
    """What became of the entries of a file.

    Attributes:
        added: How many are new here.
        known: How many were here already, or come from here.
        superseding: How many stand there in place of an entry that is here. They were not taken, or one
            aircraft would be here twice.
    """

    added: int = 0
    known: int = 0
    superseding: int = 0


class CheckedExport(NamedTuple):
    """A file that was read through; see `checked_export`.

    Attributes:
        path: Which.
        analyst: Who says so where the file names nobody.
    """

    path: Path
    analyst: str


def checked_export(path: Path, analyst: str | None = None) -> CheckedExport:
    """Read a whole file, so that either all of it can be taken or none is.

    Args:
        path: CSV or GeoJSON that ``hardstand log export`` wrote.
        analyst: Who says so where the file names nobody, as one that was published does.

    Raises:
        UsageError: The file is none, an entry cannot be true, or nobody says so.
    """
    nameless = [entry.id for entry in read_export(path) if not entry.analyst]
    return CheckedExport(path, analyst_name(analyst) if nameless else "")


def import_export(log: Log, export: CheckedExport) -> Imported:
    """Take the entries of an export into a log; the same again adds nothing.

    Raises:
        LogError: The log cannot be written. What was taken by then is there, and the rest can be taken again.
    """
    taking = _Taking(log, export.analyst)
    for entry in read_export(export.path):
        taking.take(entry)
    taking.add_waiting()
    return taking.imported


def origin_of(entry: Sighting | Movement) -> str:
    """Identifier of the entry in the log where it was made, whatever logs it came through."""
    found = _REFERENCE.match(entry.source or "")
    return found[1] if found else entry.id


def reported_sighting(sighting: Sighting) -> Sighting:
    """What a sighting of another log says of aircraft, image, place and time, as a statement.

    By whose verdict, with which detector's help, and the files that lie there are left behind; which image it
    was, its hash says.
    """
    return replace(
        sighting,
        evidence="reported",
        source=_source(sighting),
        verdict=None,
        verdict_id=None,
        analysts=1,
        scene_path=None,
        candidate=None,
        detector=None,
        detector_version=None,
        params_hash=None,
        score=None,
        project=None,
        task_id=None,
        annotation_id=None,
        chip=None,
        chip_sha256=None,
        surroundings=None,
        surroundings_sha256=None,
    )


def reported_movement(movement: Movement, here: dict[str, str]) -> Movement:
    """A movement of another log as a statement; what was inferred stays inferred.

    Args:
        movement: As it is there.
        here: Identifiers in this log by those in the other; what is not here is told in words.
    """
    grounds = tuple(here[ground] for ground in movement.rests_on if ground in here)
    missing = [ground for ground in movement.rests_on if ground not in here]
    return replace(movement, source=_source(movement, missing), rests_on=grounds)


def _source(entry: Sighting | Movement, missing: list[str] | None = None) -> str:
    if entry.source is not None and _REFERENCE.match(entry.source):
        return entry.source
    rests = f"; rests on {', '.join(missing)} there" if missing else ""
    words = f": {entry.source}" if entry.source else ""
    return f"entry {entry.id} of another log ({entry.evidence} there{rests}){words}"


class _Taking:
    """Takes entries one after the other, and adds them to a log some hundreds at a time.

    Attributes:
        imported: What became of them so far.
    """

    def __init__(self, log: Log, analyst: str) -> None:
        self.imported = Imported()
        self._log, self._analyst = log, analyst
        self._own = {entry.id for entry in log.entries()}
        # Identifiers in this log by those in the other, and in the one where an entry was made.
        self._here = _taken_before(log)
        self._waiting: dict[str, Sighting | Movement] = {}

    def take(self, entry: Sighting | Movement) -> None:
        """Have an entry added, unless this log has it."""
        needed = {entry.id, origin_of(entry), entry.supersedes, *getattr(entry, "rests_on", ())}
        if len(self._waiting) >= BATCH or not needed.isdisjoint(self._waiting):
            self.add_waiting()
        origin = origin_of(entry)
        if origin in self._here or origin in self._own:
            self.imported.known += 1
        elif entry.supersedes in self._here:
            self.imported.superseding += 1
        else:
            self._waiting[entry.id] = replace(entry, analyst=entry.analyst or self._analyst)

    def add_waiting(self) -> None:
        """Add what waits, in one transaction."""
        stated = [
            reported_sighting(entry) if isinstance(entry, Sighting) else reported_movement(entry, self._here)
            for entry in self._waiting.values()
        ]
        for entry, held in zip(self._waiting.values(), self._log.add_all(stated), strict=True):
            self._here[origin_of(entry)] = self._here[entry.id] = held.id
        self.imported.added += len(stated)
        self._waiting.clear()


def _taken_before(log: Log) -> dict[str, str]:
    """Identifiers in this log by those in the logs where they were made, of what was imported."""
    entries: Iterable[Sighting | Movement] = chain(
        log.sightings(withdrawn=True), log.movements(withdrawn=True)
    )
    return {origin: entry.id for entry in entries if (origin := origin_of(entry)) != entry.id}
