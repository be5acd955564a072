"""Sightings or movements as GeoParquet 1.1 (https://geoparquet.org/releases/v1.1.0/).

``point_is`` tells a sighting's own position from the reference point of the airfield that it names.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq

from annotate.exports.arrow import GEOMETRY, POINT_IS, Batches, lines_of, point_of, schema_of
from annotate.exports.drawing import point_is
from annotate.exports.selection import ExportResult, Selection
from annotate.log.entries import Movement, Sighting


def write_geoparquet(selection: Selection, path: Path) -> ExportResult:
    """Write the sightings as points; `write_geoparquet_movements` writes the movements."""
    schema = schema_of(Sighting, lists=True, derived=[POINT_IS])
    sightings = Batches(selection.sightings(), schema, point_of, {POINT_IS.name: point_is})
    return ExportResult(_write(sightings, path, "Point"))


def write_geoparquet_movements(movements: Iterator[Movement], path: Path) -> int:
    """Write movements as lines; return how many."""
    schema = schema_of(Movement, lists=True)
    return _write(Batches(movements, schema, lines_of), path, "MultiLineString")


def _write(batches: Batches[Sighting] | Batches[Movement], path: Path, geometry_type: str) -> int:
    # Without a crs the specification means OGC:CRS84: longitude and latitude on WGS 84, in this order.
    geometry = {"encoding": "WKB", "geometry_types": [geometry_type]}
    geo = {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: geometry}}
    described = batches.schema.with_metadata({"geo": json.dumps(geo)})
    with pq.ParquetWriter(path, described, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)
    return batches.count
