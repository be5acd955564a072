"""Sightings as points and movements as lines in GeoJSON (RFC 7946), every field among their properties."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import shapely

from annotate.exports.drawing import route_of
from annotate.exports.selection import ExportResult, Selection
from annotate.log.entries import Movement, Sighting

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


def write_geojson(selection: Selection, path: Path) -> ExportResult:
    """Write a FeatureCollection, one feature per line: the sightings, then the movements."""
    sightings = movements = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write('{"type": "FeatureCollection", "features": [')
        for sighting in selection.sightings():
            file.write(",\n" if sightings else "\n")
            file.write(_feature(sighting, _point(sighting)))
            sightings += 1
        for movement in selection.movements():
            file.write(",\n" if sightings or movements else "\n")
            file.write(_feature(movement, _lines(route_of(movement))))
            movements += 1
        file.write("\n]}\n")
    return ExportResult(sightings, movements)


def _feature(entry: Sighting | Movement, geometry: dict[str, Any] | None) -> str:
    feature = {"type": "Feature", "id": entry.id, "geometry": geometry, "properties": vars(entry)}
    return _ENCODER.encode(feature)


def _point(sighting: Sighting) -> dict[str, Any] | None:
    """Return where it stood; None, as in RFC 7946, where the position is unknown."""
    if sighting.lon is None or sighting.lat is None:
        return None
    return {"type": "Point", "coordinates": [sighting.lon, sighting.lat]}


def _lines(route: shapely.MultiLineString | None) -> dict[str, Any] | None:
    if route is None:
        return None
    return {"type": "MultiLineString", "coordinates": [list(line.coords) for line in route.geoms]}
