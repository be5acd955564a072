"""The log in a file whose suffix names the format."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TextIO

from annotate.export.csv import write_csv
from annotate.export.geojson import write_geojson
from annotate.log.entry import Sighting
from annotate.log.store import Log
from imagery.errors import UsageError
from imagery.files import whole_file

WRITERS: dict[str, Callable[[Iterable[Sighting], TextIO], int]] = {
    ".csv": write_csv,
    ".geojson": write_geojson,
}


def export_log(log: Log, path: str | os.PathLike[str], *, overwrite: bool = False) -> int:
    """Write the sightings that hold now to a file, whole or not at all.

    Args:
        log: What to export.
        path: Ends in ``.csv`` or ``.geojson``.
        overwrite: Replace a file that is there.

    Returns:
        How many sightings there were.

    Raises:
        UsageError: The suffix names no format.
        OutputExists: The file is there and ``overwrite`` was not said.
    """
    write = WRITERS.get(Path(path).suffix.lower())
    if write is None:
        raise UsageError(f"{Path(path)}: its suffix names no format; write one of {', '.join(WRITERS)}")
    with whole_file(path, overwrite=overwrite) as part, part.open("w", encoding="utf-8", newline="") as file:
        return write(log.sightings(), file)
