"""Entries as CSV (RFC 4180), one a line, every field, names as in the log.

Text that a spreadsheet would take for something else is guarded by an apostrophe before it, so that it stays
text. A text that already looks guarded gets one more, so `unguarded` gives back what there was.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, TextIO

from annotate.exports.selection import Contents, Written
from annotate.log.columns import columns, text_of
from annotate.log.entries import Movement, Sighting


class Dialect(NamedTuple):
    """A way to write CSV.

    Attributes:
        encoding: As `open` takes it.
        guarded: What gets an apostrophe before it.
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


def write_plain(contents: Contents, path: Path) -> Written:
    """Write the sightings as plain CSV."""
    return Written(_write(contents.sightings(), path, Sighting, PLAIN))


def write_plain_movements(movements: Iterator[Movement], path: Path) -> int:
    """Write movements as plain CSV; gives how many there were."""
    return _write(movements, path, Movement, PLAIN)


def write_for_excel(contents: Contents, path: Path) -> Written:
    """Write the sightings as CSV that Excel opens right."""
    return Written(_write(contents.sightings(), path, Sighting, EXCEL))


def write_movements_for_excel(movements: Iterator[Movement], path: Path) -> int:
    """Write movements as CSV that Excel opens right; gives how many there were."""
    return _write(movements, path, Movement, EXCEL)


def write_csv(
    entries: Iterable[Sighting] | Iterable[Movement],
    file: TextIO,
    entry: type[Sighting] | type[Movement] = Sighting,
    dialect: Dialect = PLAIN,
) -> int:
    """Write entries below a line with their fields' names.

    Args:
        entries: What to write.
        file: Opened with ``newline=""`` and the dialect's encoding.
        entry: Which kind of entry they are.
        dialect: For whom.

    Returns:
        How many there were.
    """
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(column.name for column in columns(entry))
    count = 0
    for one in entries:
        writer.writerow([_cell(value, dialect) for value in vars(one).values()])
        count += 1
    return count


def unguarded(text: str, dialect: Dialect) -> str:
    """The text of a cell as it was before it was guarded."""
    return dialect.guarded.sub(lambda found: found[0].removeprefix("'"), text)


def _write(
    entries: Iterable[Sighting] | Iterable[Movement],
    path: Path,
    entry: type[Sighting] | type[Movement],
    dialect: Dialect,
) -> int:
    with path.open("w", encoding=dialect.encoding, newline="") as file:
        return write_csv(entries, file, entry, dialect)


def _cell(value: object, dialect: Dialect) -> str:
    return dialect.guarded.sub(r"'\g<0>", value) if isinstance(value, str) else text_of(value)
