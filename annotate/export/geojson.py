"""Sightings as GeoJSON (RFC 7946): a point each, every field among its properties."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, TextIO

from annotate.log.entry import Sighting


def write_geojson(sightings: Iterable[Sighting], file: TextIO) -> int:
    """Write sightings as a FeatureCollection, one feature a line.

    Returns:
        How many there were.
    """
    file.write('{"type": "FeatureCollection", "features": [')
    count = 0
    for sighting in sightings:
        feature = {
            "type": "Feature",
            "id": sighting.id,
            "geometry": _point(sighting),
            "properties": asdict(sighting),
        }
        file.write("\n" if count == 0 else ",\n")
        json.dump(feature, file, ensure_ascii=False, allow_nan=False)
        count += 1
    file.write("\n]}\n")
    return count


def _point(sighting: Sighting) -> dict[str, Any] | None:
    """Where it stood; None, as RFC 7946 has it, where the image has no place."""
    if sighting.lon is None or sighting.lat is None:
        return None
    return {"type": "Point", "coordinates": [sighting.lon, sighting.lat]}
