"""What a GeoPackage must not hold: it is a database, and GDAL runs what is in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from imagery.errors import SceneError

_SQLITE_BEGINS = b"SQLite format 3\0"
_APPLICATION = slice(68, 72)  # "GPKG", or "GP10" of the first version
_EXPORT = "write what is needed of it to a GeoTIFF: gdal_translate IN OUT.tif"
_GENERATED = (2, 3)  # what `hidden` says of a column with a value that is worked out


def is_geopackage(path: str, begin: bytes) -> bool:
    """Check whether GDAL takes a file for a GeoPackage: an SQLite database that says so, or is named so."""
    says_so = begin[_APPLICATION].startswith(b"GP") or path.lower().endswith((".gpkg", ".gpkx"))
    return begin.startswith(_SQLITE_BEGINS) and says_so


def check_geopackage(path: str, name: str) -> None:
    """Check that reading the tables of a GeoPackage runs nothing that a stranger wrote.

    A view, or a column with a value that is worked out, can keep whoever reads it busy for ever, or fill the
    memory.

    Args:
        path: Of a local file, or of one in an archive (``/vsizip/…``).
        name: What messages call it.

    Raises:
        SceneError: It has such a thing, is damaged, or cannot be looked at where it is.
    """
    if path.startswith("/vsi"):
        raise SceneError(f"{name}: a GeoPackage in an archive cannot be checked; unpack it first")
    try:
        with closing(sqlite3.connect(f"{Path(path).resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as db:
            tables = _rows(db, "SELECT name, type, sql FROM sqlite_master WHERE type IN ('table', 'view')")
            for table, kind, sql in tables:
                if kind == "view":
                    raise SceneError(f"{name}: has a view, '{table}', which may never end; {_EXPORT}")
                virtual = str(sql).lstrip().upper().startswith("CREATE VIRTUAL")
                columns = () if virtual else _rows(db, "SELECT hidden FROM pragma_table_xinfo(?)", table)
                if any(hidden in _GENERATED for (hidden,) in columns):
                    raise SceneError(f"{name}: '{table}' has a column that is worked out; {_EXPORT}")
    except sqlite3.Error as reason:
        raise SceneError(f"{name}: a damaged GeoPackage ({reason}); get the file again") from None


def _rows(database: sqlite3.Connection, query: str, *values: object) -> Sequence[tuple[Any, ...]]:
    return database.execute(query, values).fetchall()
