"""Sightings as points and movements as lines in GeoJSON (RFC 7946), every field among their properties."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from annotate.exports.drawing import route_of
from annotate.exports.selection import ExportResult, Selection
from annotate.log.entries import Movement

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


def write_geojson(selection: Selection, path: Path) -> ExportResult:
    """Write a FeatureCollection, one feature per line: the sightings, then the movements."""
    sightings = movements = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write('{"type": "FeatureCollection", "features": [')
        for sighting in selection.sightings():
            file.write(",\n" if sightings else "\n")
            file.write(_ENCODER.encode(sighting.__geo_interface__))
            sightings += 1
        for movement in selection.movements():
            file.write(",\n" if sightings or movements else "\n")
            file.write(_ENCODER.encode(_feature(movement)))
            movements += 1
        file.write("\n]}\n")
    return ExportResult(sightings, movements)


def _feature(movement: Movement) -> dict[str, Any]:
    route = route_of(movement)
    lines = None if route is None else [list(line.coords) for line in route.geoms]
    geometry = None if lines is None else {"type": "MultiLineString", "coordinates": lines}
    return {"type": "Feature", "id": movement.id, "geometry": geometry, "properties": vars(movement)}
