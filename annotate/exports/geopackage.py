"""Sightings, their boxes and movements as layers of a GeoPackage, with the styles that QGIS opens them in.

Besides the log's own fields, whose times are text of any precision, each layer has a first and a last moment,
which QGIS' temporal controller moves through. A sighting without a position of its own lies at the reference
point of its airfield, and ``point_is`` says so.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyogrio.raw
import shapely

from annotate.exports.arrow import GEOMETRY, Batches, lines_of, schema_of
from annotate.exports.drawing import point_is
from annotate.exports.qgis_style import BEGINS, ENDS, box_style, movement_style, sighting_style
from annotate.exports.selection import ExportResult, Selection
from annotate.log.entries import Movement, Sighting
from annotate.query.where_and_when import ALWAYS, places_of, span_of
from imagery.grid import WGS84

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


# The first and the last moment that a time leaves open; null where it is unknown.
_TIMES = [pa.field(name, pa.timestamp("ms", tz="UTC")) for name in (BEGINS, ENDS)]
_POINT_IS = pa.field("point_is", pa.string())


class _Layer(NamedTuple):
    name: str
    geometry_type: str
    style: str
    description: str


SIGHTINGS = _Layer("sightings", "Point", sighting_style(), "Type, heading, and how it is known")
BOXES = _Layer("boxes", "Polygon", box_style(), "Length and wingspan on the ground")
MOVEMENTS = _Layer("movements", "MultiLineString", movement_style(), "Routes: reported or inferred")


def write_geopackage(selection: Selection, path: Path) -> ExportResult:
    """Write the layers and their styles."""
    sightings = schema_of(Sighting, lists=False, derived=[*_TIMES, _POINT_IS])
    boxes = schema_of(Sighting, lists=False, derived=_TIMES)
    movements = schema_of(Movement, lists=False, derived=_TIMES)
    times: dict[str, Callable[[Sighting | Movement], datetime | None]] = {BEGINS: _begins, ENDS: _ends}
    measured = (sighting for sighting in selection.sightings() if _box_of(sighting) is not None)
    written = ExportResult(
        _add(
            Batches(selection.sightings(), sightings, _point_of, {**times, _POINT_IS.name: point_is}),
            path,
            SIGHTINGS,
        ),
        _add(Batches(selection.movements(), movements, lines_of, times), path, MOVEMENTS),
    )
    _add(Batches(measured, boxes, _box_of, times), path, BOXES)
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(_STYLES)
        for layer in (SIGHTINGS, BOXES, MOVEMENTS):
            database.execute(_STYLE, (layer.name, GEOMETRY, layer.style, layer.description))
    return written


def _begins(entry: Sighting | Movement) -> datetime | None:
    span = span_of(entry)
    return None if span is None or span.first == ALWAYS.first else span.first


def _ends(entry: Sighting | Movement) -> datetime | None:
    span = span_of(entry)
    return None if span is None or span.last == ALWAYS.last else span.last


def _point_of(sighting: Sighting) -> bytes | None:
    place = next(iter(places_of(sighting)), None)
    return None if place is None else shapely.to_wkb(shapely.Point(place))


def _box_of(sighting: Sighting) -> bytes | None:
    """Return the box on the ground as WKB; None where it is not known, or is left out with rounded places."""
    lon, lat, heading_deg = sighting.lon, sighting.lat, sighting.heading_deg
    length_m, wingspan_m = sighting.length_m, sighting.wingspan_m
    if lon is None or lat is None or heading_deg is None or sighting.box_px is None:
        return None
    if length_m is None or wingspan_m is None:
        return None
    # Nose left, tail left, tail right, nose right; true on the ground, whatever the scene's CRS.
    corners = [
        WGS84.fwd(lon, lat, heading_deg + math.degrees(math.atan2(right, ahead)), math.hypot(ahead, right))[
            :2
        ]
        for ahead, right in (
            (length_m / 2, -wingspan_m / 2),
            (-length_m / 2, -wingspan_m / 2),
            (-length_m / 2, wingspan_m / 2),
            (length_m / 2, wingspan_m / 2),
        )
    ]
    return shapely.to_wkb(shapely.Polygon(corners))


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
