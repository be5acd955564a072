"""An export in a file, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Any

from annotate.exports.formats import Format, format_of
from annotate.exports.selection import Contents, Written
from annotate.log.entries import Movement
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


def export_log(
    contents: Contents, path: str | os.PathLike[str], *, named: str | None = None, overwrite: bool = False
) -> Written:
    """Write what is asked for of a log to a file.

    A format that is one table (`MOVEMENT_WRITERS`) has its movements in `movements_path`; that is written
    where there are any, or where an older one would stay beside the new file.

    Args:
        contents: What to write.
        path: Its suffix names the format.
        named: One of `annotate.exports.formats.FORMATS`, whatever the suffix.
        overwrite: Replace a file that is there.

    Returns:
        How much was written, and where.

    Raises:
        UsageError: Neither ``named`` nor the suffix names a format.
        OutputExists: A file is there and ``overwrite`` was not said.
        OutputUnwritable: The folder does not exist or may not be written.
    """
    target = Path(path)
    form = format_of(target, named)
    write: Callable[[Contents, Path], Written] = _imported(*WRITERS[form])
    second = movements_path(target)
    apart = form in MOVEMENT_WRITERS and (second.exists() or next(contents.movements(), None) is not None)
    with ExitStack() as files:
        part = files.enter_context(whole_file(target, overwrite=overwrite))
        if not apart:
            return write(contents, part)._replace(files=(target,))
        second_part = files.enter_context(whole_file(second, overwrite=overwrite))
        write_movements: Callable[[Iterator[Movement], Path], int] = _imported(*MOVEMENT_WRITERS[form])
        movements = write_movements(contents.movements(), second_part)
        return write(contents, part)._replace(movements=movements, files=(target, second))


def movements_path(path: Path) -> Path:
    """Where the movements go that belong to a table of sightings: ``log-movements.csv`` for ``log.csv``."""
    return path.with_name(f"{path.stem}-movements{path.suffix}")


def _imported(module: str, function: str) -> Any:
    return getattr(import_module(f"annotate.exports.{module}"), function)
