"""Sightings as CSV (RFC 4180), one a line, every field, names as in the log."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import asdict, fields
from typing import TextIO

from annotate.log.entry import Sighting


def write_csv(sightings: Iterable[Sighting], file: TextIO) -> int:
    """Write sightings.

    Text that a spreadsheet would take for a formula is written with an apostrophe before it.

    Args:
        sightings: What to write.
        file: Opened with ``newline=""``.

    Returns:
        How many there were.
    """
    writer = csv.DictWriter(file, [field.name for field in fields(Sighting)], lineterminator="\r\n")
    writer.writeheader()
    count = 0
    for sighting in sightings:
        writer.writerow({name: _cell(value) for name, value in asdict(sighting).items()})
        count += 1
    return count


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r", "\n")):
        return f"'{value}"
    return value
