"""Sightings as points and movements as lines in GeoJSON (RFC 7946), every field among their properties."""

from __future__ import annotations

import json
from pathlib import Path

from annotate.exports.selection import ExportResult, Selection

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
            file.write(_ENCODER.encode(movement.__geo_interface__))
            movements += 1
        file.write("\n]}\n")
    return ExportResult(sightings, movements)
