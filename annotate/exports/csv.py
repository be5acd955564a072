"""Entries as CSV (RFC 4180), one per line, every field under the name it has in the log."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

from annotate.exports.selection import ExportResult, Selection
from annotate.log.columns import columns, text_of
from annotate.log.csv_dialects import EXCEL, PLAIN, Dialect, guarded
from annotate.log.entries import Movement, Sighting


def write_plain(selection: Selection, path: Path) -> ExportResult:
    """Write the sightings as plain CSV."""
    return ExportResult(_write(selection.sightings(), path, Sighting, PLAIN))


def write_plain_movements(movements: Iterator[Movement], path: Path) -> int:
    """Write movements as plain CSV; return how many."""
    return _write(movements, path, Movement, PLAIN)


def write_for_excel(selection: Selection, path: Path) -> ExportResult:
    """Write the sightings as CSV that Excel opens without changing them."""
    return ExportResult(_write(selection.sightings(), path, Sighting, EXCEL))


def write_movements_for_excel(movements: Iterator[Movement], path: Path) -> int:
    """Write movements as CSV that Excel opens without changing them; return how many."""
    return _write(movements, path, Movement, EXCEL)


def write_csv(
    entries: Iterable[Sighting] | Iterable[Movement],
    file: TextIO,
    kind: type[Sighting] | type[Movement] = Sighting,
    dialect: Dialect = PLAIN,
) -> int:
    """Write entries below a header with the names of their fields.

    Args:
        entries: Sightings or movements.
        file: Opened with ``newline=""`` and the dialect's encoding.
        kind: Which of the two they are.
        dialect: The variant of CSV.

    Returns:
        How many entries were written.
    """
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(column.name for column in columns(kind))
    count = 0
    for entry in entries:
        writer.writerow([_cell(value, dialect) for value in vars(entry).values()])
        count += 1
    return count


def _write(
    entries: Iterable[Sighting] | Iterable[Movement],
    path: Path,
    kind: type[Sighting] | type[Movement],
    dialect: Dialect,
) -> int:
    with path.open("w", encoding=dialect.encoding, newline="") as file:
        return write_csv(entries, file, kind, dialect)


def _cell(value: object, dialect: Dialect) -> str:
    return guarded(value, dialect) if isinstance(value, str) else text_of(value)
