"""Importing the entries of another log as statements that are reported.

Whoever looked at the pixels did so there: what was seen comes in as reported, without the traces of a review.
Its ``source`` begins with a reference to the entry of the other log, by which it is recognised, here and in
every log that imports it from here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from annotate.intake.export_reading import read_export
from annotate.intake.fields import analyst_name
from annotate.log.entries import Movement, Sighting
from annotate.log.store import Log

BATCH = 500  # entries of a transaction, for which other writers wait
_REFERENCE = re.compile(r"entry ([0-9a-f]{16}) of another log\b")


class CheckedExport(NamedTuple):
    """A file that was read through and can be imported; see `check_export`.

    Attributes:
        path: The file.
        analyst: Who says so where the file names nobody.
    """

    path: Path
    analyst: str


@dataclass
class Imported:
    """What became of the entries of a file.

    Attributes:
        added: How many are new in this log.
        present: How many it had already, or come from it.
        disagreeing: Sightings among the new ones whose size is not that of their type.
        superseding: How many supersede, in their log, an entry that was imported before. They were left out,
            as one aircraft would be here twice.
    """

    added: int = 0
    present: int = 0
    superseding: int = 0
    disagreeing: list[Sighting] = field(default_factory=list)


def check_export(path: Path, analyst: str | None = None) -> CheckedExport:
    """Read a whole file, so that either all of it can be imported or nothing is.

    Args:
        path: CSV or GeoJSON that `annotate.exports.export` wrote.
        analyst: Who says so where the file names nobody, as a published one does.

    Raises:
        UsageError: It is not such a file, an entry in it cannot be true, or nobody says so.
    """
    nameless = [entry.id for entry in read_export(path) if not entry.analyst]
    return CheckedExport(path, analyst_name(analyst) if nameless else "")


def import_export(log: Log, export: CheckedExport) -> Imported:
    """Add the entries of an export to a log; importing the same again adds nothing.

    Raises:
        LogError: The log cannot be written. What was added until then stays, and the rest can be imported
            again.
    """
    importer = _Importer(log, export.analyst)
    for entry in read_export(export.path):
        importer.add(entry)
    importer.flush()
    return importer.imported


class _Importer:
    """Adds entries of another log to this one, some hundreds at a time.

    Attributes:
        imported: What became of them so far.
    """

    def __init__(self, log: Log, analyst: str) -> None:
        self.imported = Imported()
        self._log, self._analyst = log, analyst
        self._own = {entry.id for entry in log.entries()}
        if analyst:  # an export without names may be this log's own, as it was published
            self._own |= set(map(log.public_ids().published, self._own))
        # Identifiers in this log by those in the other, and in the one where an entry was made.
        self._here = _imported_before(log)
        self._waiting: dict[str, Sighting | Movement] = {}

    def add(self, entry: Sighting | Movement) -> None:
        """Take an entry up, unless this log has it."""
        origin = origin_of(entry)
        needed = {entry.id, origin, entry.supersedes, *getattr(entry, "rests_on", ())}
        if len(self._waiting) >= BATCH or not needed.isdisjoint(self._waiting):
            self.flush()
        if origin in self._here or origin in self._own:
            self.imported.present += 1
        elif entry.supersedes in self._here:
            self.imported.superseding += 1
        else:
            self._waiting[entry.id] = replace(entry, analyst=entry.analyst or self._analyst)

    def flush(self) -> None:
        """Log the entries that wait, in one transaction."""
        statements = [
            sighting_as_reported(entry)
            if isinstance(entry, Sighting)
            else movement_as_stated(entry, self._here)
            for entry in self._waiting.values()
        ]
        for entry, logged in zip(self._waiting.values(), self._log.add_all(statements), strict=True):
            self._here[origin_of(entry)] = self._here[entry.id] = logged.id
            if isinstance(logged, Sighting) and logged.size_disagrees:
                self.imported.disagreeing.append(logged)
        self.imported.added += len(statements)
        self._waiting.clear()


def _imported_before(log: Log) -> dict[str, str]:
    """Return the identifiers in this log of what was imported, by those in the logs where it was made."""
    entries: Iterable[Sighting | Movement] = chain(
        log.sightings(withdrawn=True), log.movements(withdrawn=True)
    )
    return {origin: entry.id for entry in entries if (origin := origin_of(entry)) != entry.id}


def origin_of(entry: Sighting | Movement) -> str:
    """Return the identifier of an entry in the log where it was made, whatever logs it came through."""
    reference = _REFERENCE.match(entry.source or "")
    return reference[1] if reference else entry.id


def sighting_as_reported(sighting: Sighting) -> Sighting:
    """Return what a sighting of another log says of aircraft, image, place and time, as a statement.

    Whose verdict it was, which detector helped, and the files beside that log are left out; the image's hash
    says which image it was.
    """
    return replace(
        sighting,
        evidence="reported",
        source=_source_naming(sighting),
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
        size_disagrees=None,
    )


def movement_as_stated(movement: Movement, here: Mapping[str, str]) -> Movement:
    """Return a movement of another log as a statement; what was inferred stays inferred.

    Args:
        movement: As it is there.
        here: Identifiers in this log by those in the other. Grounds that are not here are named in words.
    """
    grounds = tuple(here[ground] for ground in movement.rests_on if ground in here)
    missing = [ground for ground in movement.rests_on if ground not in here]
    return replace(movement, source=_source_naming(movement, missing), rests_on=grounds)


def _source_naming(entry: Sighting | Movement, missing: Sequence[str] = ()) -> str:
    """Return an entry's source, preceded by a reference to the log that it comes from."""
    if entry.source is not None and _REFERENCE.match(entry.source):
        return entry.source
    grounds = f"; rests on {', '.join(missing)} there" if missing else ""
    words = f": {entry.source}" if entry.source else ""
    return f"entry {entry.id} of another log ({entry.evidence} there{grounds}){words}"
