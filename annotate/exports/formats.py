"""The formats of an export by name and suffix, without what it takes to write them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, cast, get_args

from imagery.errors import UsageError

Format = Literal["csv", "excel", "geojson", "gpkg", "kmz", "geoparquet", "coco", "yolo"]
FORMATS: tuple[Format, ...] = get_args(Format)
# The longer suffix first where one ends in another.
SUFFIXES: dict[str, Format] = {
    ".csv": "csv",
    ".geojson": "geojson",
    ".json": "geojson",
    ".gpkg": "gpkg",
    ".kmz": "kmz",
    ".parquet": "geoparquet",
    ".geoparquet": "geoparquet",
    ".coco.zip": "coco",
    ".yolo.zip": "yolo",
}


def format_of(path: Path, named: str | None) -> Format:
    """The format that was named, else the one that a file's suffix names.

    Raises:
        UsageError: Neither names one.
    """
    if named is not None:
        return cast(Format, named)
    name = path.name.lower()
    found = [form for suffix, form in SUFFIXES.items() if name.endswith(suffix) and name != suffix]
    if not found:
        raise UsageError(
            f"{path}: its suffix names no format; write one of {', '.join(SUFFIXES)}, or say --format"
        )
    return found[0]
