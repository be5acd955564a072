"""Sightings and movements as two layers of a GeoPackage, with the style that QGIS opens them in."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyogrio.raw

from annotate.exports.arrow import GEOMETRY, Batches, lines_of, point_of, schema_of
from annotate.exports.qgis_style import movement_style, sighting_style
from annotate.exports.selection import ExportResult, Selection
from annotate.log.entries import Movement, Sighting

# As QGIS makes it where a style is saved in the database (qgsogrprovider.cpp); that is where it looks.
_STYLES = """
CREATE TABLE layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256),
    f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN,
    description TEXT, owner TEXT(30), ui TEXT(30),
    update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ'))
);
INSERT INTO gpkg_contents (table_name, identifier, data_type)
    VALUES ('layer_styles', 'layer_styles', 'attributes');
"""
_STYLE = """
INSERT INTO layer_styles
    (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, styleQML, styleSLD,
     useAsDefault, description, owner)
    VALUES ('', '', ?, ?, 'hardstand', ?, '', 1, ?, '')
"""


class _Layer(NamedTuple):
    name: str
    geometry_type: str
    style: str
    description: str


SIGHTINGS = _Layer("sightings", "Point", sighting_style(), "Type, heading, and how it is known")
MOVEMENTS = _Layer("movements", "MultiLineString", movement_style(), "Routes: reported or inferred")


def write_geopackage(selection: Selection, path: Path) -> ExportResult:
    """Write both layers and their styles."""
    sightings = schema_of(Sighting, lists=False)
    movements = schema_of(Movement, lists=False)
    written = ExportResult(
        _add(Batches(selection.sightings(), sightings, point_of), path, SIGHTINGS),
        _add(Batches(selection.movements(), movements, lines_of), path, MOVEMENTS),
    )
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(_STYLES)
        for layer in (SIGHTINGS, MOVEMENTS):
            database.execute(_STYLE, (layer.name, GEOMETRY, layer.style, layer.description))
    return written


def _add(batches: Batches[Sighting] | Batches[Movement], path: Path, layer: _Layer) -> int:
    pyogrio.raw.write_arrow(
        pa.RecordBatchReader.from_batches(batches.schema, batches),
        path,
        layer=layer.name,
        driver="GPKG",
        geometry_name=GEOMETRY,
        geometry_type=layer.geometry_type,
        crs="EPSG:4326",
        dataset_options={"VERSION": "1.3"},  # which GDAL and QGIS of 2021 read, too
        layer_options={"GEOMETRY_NAME": GEOMETRY},
    )
    return batches.count
