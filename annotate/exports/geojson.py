"""Sightings as points and movements as lines in GeoJSON (RFC 7946), every field among their properties.

``point_is`` tells a sighting's own position from the reference point of the airfield that it names.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from annotate.exports.drawing import point_is
from annotate.exports.selection import ExportResult, Selection
from annotate.log.entries import Sighting
from annotate.log.features import point_geometry
from annotate.query.where_and_when import places_of

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


def write_geojson(selection: Selection, path: Path) -> ExportResult:
    """Write a FeatureCollection, one feature per line: the sightings, then the movements."""
    sightings = movements = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write('{"type": "FeatureCollection", "features": [')
        for sighting in selection.sightings():
            file.write(",\n" if sightings else "\n")
            file.write(_ENCODER.encode(_feature_on_map(sighting)))
            sightings += 1
        for movement in selection.movements():
            file.write(",\n" if sightings or movements else "\n")
            file.write(_ENCODER.encode(movement.__geo_interface__))
            movements += 1
        file.write("\n]}\n")
    return ExportResult(sightings, movements)


def _feature_on_map(sighting: Sighting) -> dict[str, Any]:
    """Return a sighting as a feature, which lies where a map draws it."""
    feature = sighting.__geo_interface__
    point = next((point_geometry(*place) for place in places_of(sighting)), None)
    properties = {**feature["properties"], "point_is": point_is(sighting)}
    return {**feature, "geometry": point, "properties": properties}
