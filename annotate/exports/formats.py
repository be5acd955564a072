"""The formats of an export by name and suffix, without their writers."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

from imagery.errors import UsageError

Format = Literal["csv", "excel", "geojson", "gpkg", "kmz", "geoparquet", "coco", "yolo"]
FORMATS: tuple[Format, ...] = get_args(Format)
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


def format_of(path: Path, format: Format | None) -> Format:
    """Return the format that is named, else the one of a file's suffix.

    Raises:
        UsageError: The name or the suffix is not that of a format.
    """
    if format is not None:
        if format not in FORMATS:
            raise UsageError(f"`format`: '{format}' is not one of {', '.join(FORMATS)}")
        return format
    name = path.name.lower()
    for suffix, named in SUFFIXES.items():
        if name.endswith(suffix) and name != suffix:
            return named
    raise UsageError(f"{path}: no format has this suffix; use one of {', '.join(SUFFIXES)}, or give `format`")
