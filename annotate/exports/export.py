"""The export of a log to a file, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Any

from annotate.exports.formats import Format, format_of
from annotate.exports.proofs import proofs_beside
from annotate.exports.redaction import redaction_for
from annotate.exports.selection import ExportResult, Selection
from annotate.log.entries import Movement
from annotate.log.store import Log
from annotate.query.filters import Filter
from imagery.files import whole_file

# Module and function by format: what reads and writes tables and maps is slow to import.
WRITERS: dict[Format, tuple[str, str]] = {
    "csv": ("csv", "write_plain"),
    "excel": ("csv", "write_for_excel"),
    "geojson": ("geojson", "write_geojson"),
    "gpkg": ("geopackage", "write_geopackage"),
    "kmz": ("kmz", "write_kmz"),
    "geoparquet": ("geoparquet", "write_geoparquet"),
    "coco": ("coco", "write_coco"),
    "yolo": ("yolo", "write_yolo"),
}
# Of the formats that are one table: movements, which have other columns, get a file of their own.
MOVEMENT_WRITERS: dict[Format, tuple[str, str]] = {
    "csv": ("csv", "write_plain_movements"),
    "excel": ("csv", "write_movements_for_excel"),
    "geoparquet": ("geoparquet", "write_geoparquet_movements"),
}


def export(
    log: Log,
    path: str | os.PathLike[str],
    matching: Filter = Filter(),  # noqa: B008 -- which nothing can change
    *,
    public: bool = False,
    round_m: float | None = None,
    format: Format | None = None,
    with_proofs: bool = False,
    overwrite: bool = False,
) -> ExportResult:
    """Write the sightings and movements of a log that hold now to a file.

    The movements of a format that is one table (CSV, GeoParquet) go to a second file, see `movements_path`;
    it is written where there are any, or where an older one would stay beside the new file. COCO and YOLO
    hold the sightings that have a chip.

    Args:
        log: An open log.
        path: The file; its suffix names the format.
        matching: Which entries to write. By default all but withdrawn ones.
        public: Leave out the analysts' names, paths and names of local files, and notes marked private.
        round_m: Place positions on a grid with a spacing of so many metres, and leave out the place in the
            scene. Chips still show it.
        format: The format, whatever the suffix.
        with_proofs: Also write the proofs of what is written, see `annotate.exports.proofs`.
        overwrite: Replace a file that is there.

    Returns:
        How much was written, and to which files.

    Raises:
        UsageError: Neither ``format`` nor the suffix names a format, ``round_m`` is not above 0, or no
            checkpoint of the log covers what is to be proved.
        OutputExists: The file is there and ``overwrite`` is false.
        OutputUnwritable: The folder does not exist or cannot be written.
        LogError: The log cannot be read.
    """
    target = Path(path)
    chosen = format_of(target, format)
    redaction = redaction_for(log, public=public, round_m=round_m)
    write: Callable[[Selection, Path], ExportResult] = _imported(*WRITERS[chosen])
    second = movements_path(target)
    split = chosen in MOVEMENT_WRITERS and (
        second.exists() or next(log.movements(matching), None) is not None
    )
    with ExitStack() as files:
        part = files.enter_context(whole_file(target, overwrite=overwrite))
        second_part = files.enter_context(whole_file(second, overwrite=overwrite)) if split else None
        proofs = None
        if with_proofs:
            proofs = files.enter_context(proofs_beside(log, redaction, target, overwrite=overwrite))
        selection = Selection(log, matching, redaction, proofs)
        targets, movements = [target], 0
        if second_part is not None:
            write_movements: Callable[[Iterator[Movement], Path], int] = _imported(*MOVEMENT_WRITERS[chosen])
            movements = write_movements(selection.movements(), second_part)
            targets.append(second)
        result = write(selection, part)
        if proofs is not None:
            targets += proofs.files
        return result._replace(movements=result.movements + movements, files=tuple(targets))


def movements_path(path: Path) -> Path:
    """Return the file for the movements of a table: ``log-movements.csv`` for ``log.csv``."""
    return path.with_name(f"{path.stem}-movements{path.suffix}")


def _imported(module: str, function: str) -> Any:
    return getattr(import_module(f"annotate.exports.{module}"), function)
