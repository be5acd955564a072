"""Sightings, their boxes, movements and coverage as layers of a GeoPackage, with styles for QGIS.

Besides the log's own fields, whose times are text of any precision, each layer has a first and a last moment,
which QGIS' temporal controller moves through. A sighting without a position of its own lies at the reference
point of its airfield, and ``point_is`` says so.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyogrio.raw
import shapely

from annotate.exports.arrow import GEOMETRY, POINT_IS, Batches, lines_of, point_of, schema_of
from annotate.exports.coverage_areas import CoverageArea, coverage_areas
from annotate.exports.drawing import point_is
from annotate.exports.qgis_style import (
    BEGINS,
    ENDS,
    box_style,
    coverage_style,
    movement_style,
    sighting_style,
)
from annotate.exports.selection import ExportResult, Selection
from annotate.log.entries import Movement, Sighting
from annotate.query.where_and_when import ALWAYS, span_of, written_span
from imagery.acquisition import Span
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


class _Layer(NamedTuple):
    name: str
    geometry_type: str
    style: str
    description: str


SIGHTINGS = _Layer("sightings", "Point", sighting_style(), "Type, heading, and how it is known")
BOXES = _Layer("boxes", "Polygon", box_style(), "Length and wingspan on the ground")
MOVEMENTS = _Layer("movements", "MultiLineString", movement_style(), "Routes: reported or inferred")
COVERAGE = _Layer(
    "coverage", "MultiPolygon", coverage_style(), "Where scenes were searched and people have looked"
)
# Of `CoverageArea`, but for the geometry.
_COVERAGE_TYPES = {
    **dict.fromkeys(("kind", "coverage", "airfield", "acquired", "image_id", "scene_sha256"), pa.string()),
    **dict.fromkeys(("scene_path", "sensor", "licence"), pa.string()),
    **{"gsd_m": pa.float64(), "rendered": pa.bool_(), "tiles": pa.int64(), "reviewed": pa.int64()},
}


def write_geopackage(selection: Selection, path: Path) -> ExportResult:
    """Write the layers and their styles."""
    sightings = schema_of(Sighting, lists=False, derived=[*_TIMES, POINT_IS])
    boxes = schema_of(Sighting, lists=False, derived=_TIMES)
    movements = schema_of(Movement, lists=False, derived=_TIMES)
    times: dict[str, Callable[[Sighting | Movement], datetime | None]] = {BEGINS: _begins, ENDS: _ends}
    measured = (sighting for sighting in selection.sightings() if _box_of(sighting) is not None)
    written = ExportResult(
        _add(
            Batches(selection.sightings(), sightings, point_of, {**times, POINT_IS.name: point_is}),
            path,
            SIGHTINGS,
        ),
        _add(Batches(selection.movements(), movements, lines_of, times), path, MOVEMENTS),
    )
    _add(Batches(measured, boxes, _box_of, times), path, BOXES)
    _write_layer(_coverage_table(coverage_areas(selection)).to_reader(), path, COVERAGE)
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(_STYLES)
        for layer in (SIGHTINGS, BOXES, MOVEMENTS, COVERAGE):
            database.execute(_STYLE, (layer.name, GEOMETRY, layer.style, layer.description))
    return written


def _begins(entry: Sighting | Movement) -> datetime | None:
    return _moments(span_of(entry))[0]


def _ends(entry: Sighting | Movement) -> datetime | None:
    return _moments(span_of(entry))[1]


def _moments(span: Span | None) -> tuple[datetime | None, datetime | None]:
    """Return the first and the last moment of a span; None for one that is not known."""
    if span is None:
        return None, None
    first, last = span
    return None if first == ALWAYS.first else first, None if last == ALWAYS.last else last


def _coverage_table(areas: Iterable[CoverageArea]) -> pa.Table:
    """Return areas as a table with their times, and their geometry in the last column."""
    listed = list(areas)
    fields = [pa.field(name, kind) for name, kind in _COVERAGE_TYPES.items()]
    columns = [pa.array([getattr(area, field.name) for area in listed], field.type) for field in fields]
    moments = [_moments(written_span(area.acquired)) for area in listed]
    times = [pa.array([moment[end] for moment in moments], field.type) for end, field in enumerate(_TIMES)]
    geometry = pa.array([shapely.to_wkb(area.area) for area in listed], pa.binary())
    schema = pa.schema([*fields, *_TIMES, pa.field(GEOMETRY, pa.binary())])
    return pa.table([*columns, *times, geometry], schema=schema)


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
    _write_layer(pa.RecordBatchReader.from_batches(batches.schema, batches), path, layer)
    return batches.count


def _write_layer(reader: pa.RecordBatchReader, path: Path, layer: _Layer) -> None:
    pyogrio.raw.write_arrow(
        reader,
        path,
        layer=layer.name,
        driver="GPKG",
        geometry_name=GEOMETRY,
        geometry_type=layer.geometry_type,
        crs="EPSG:4326",
        dataset_options={"VERSION": "1.3"},  # which GDAL and QGIS of 2021 read, too
        layer_options={"GEOMETRY_NAME": GEOMETRY},
    )
