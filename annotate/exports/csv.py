"""Entries as CSV (RFC 4180), one per line, every field under the name it has in the log.

Text that a spreadsheet would take for something else is guarded by an apostrophe before it, so that it stays
text. A text that already looks guarded gets one more, so that `unguarded` restores the original.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, TextIO

from annotate.exports.selection import ExportResult, Selection
from annotate.log.columns import columns, text_of
from annotate.log.entries import Movement, Sighting


class Dialect(NamedTuple):
    """A variant of CSV.

    Attributes:
        encoding: Name as `open` takes it.
        guarded: What is guarded by an apostrophe.
    """

    encoding: str
    guarded: re.Pattern[str]


# What begins a formula, their full-width forms, and what spreadsheets skip before one
# (https://owasp.org/www-community/attacks/CSV_Injection).
_FORMULA = "=+\\-@\uff1d\uff0b\uff0d\uff20"
_FIRST = rf"\A'*[{_FORMULA}\t\r\n]"
PLAIN = Dialect("utf-8", re.compile(_FIRST))
# Excel needs the byte order mark to read UTF-8; it turns 0123456789012345 into a number and 2023-10 into the
# first of October (a whole day stays that day); and where a comma is the decimal sign it begins a cell at a
# semicolon, quoted or not.
_FIGURES = r"\A'*(?!\d{4}-\d\d-\d\d\Z)\d[\d\-/.:,eE ]*\Z"
EXCEL = Dialect("utf-8-sig", re.compile(rf"{_FIRST}|{_FIGURES}|(?<=[,;\t\r\n\"])'*[{_FORMULA}]"))


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


def unguarded(text: str, dialect: Dialect) -> str:
    """Return the text of a cell as it was before it was guarded."""
    return dialect.guarded.sub(lambda match: match[0].removeprefix("'"), text)


def _write(
    entries: Iterable[Sighting] | Iterable[Movement],
    path: Path,
    kind: type[Sighting] | type[Movement],
    dialect: Dialect,
) -> int:
    with path.open("w", encoding=dialect.encoding, newline="") as file:
        return write_csv(entries, file, kind, dialect)


def _cell(value: object, dialect: Dialect) -> str:
    return dialect.guarded.sub(r"'\g<0>", value) if isinstance(value, str) else text_of(value)
