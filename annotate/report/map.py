"""What the page's map draws: places in degrees; the page's own script projects and draws them.

There are no map tiles, as these would need a network. Coasts and borders are a coarse drawing for
orientation, ``borders.json``, made from Natural Earth's (1:110 million, public domain), with Crimea as part
of Ukraine, as the United Nations General Assembly has it (resolution 68/262).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from importlib.resources import files
from itertools import chain
from typing import Any

import numpy as np

from annotate.log.entries import Movement, Sighting
from annotate.query.filters import places_of
from annotate.report.findings import SceneFindings
from annotate.report.words import period_words, place_words, type_words
from imagery.airfields import airfields
from imagery.grid import Floats, LonLat

DIGITS = 6  # of degrees: a tenth of a metre
CONTEXT = 2.5  # times the reach of what is shown: how far coasts and borders are drawn around it
LEAST_CONTEXT_DEG = 12.0


def chart(
    sightings: Sequence[Sighting], movements: Sequence[Movement], scenes: Sequence[SceneFindings]
) -> dict[str, Any]:
    """The map as JSON members: center, what is shown on it, and coasts, borders and names of countries.

    A sighting is [its number in the table, lon, lat, heading or null, whether that is sure, length or null,
    wingspan or null, evidence, words, whether it is rendered]; where only its airfield is known, it is drawn
    there, and where not even that is, left out. Longitudes and latitudes are in degrees; ``center`` is the
    middle of all that is shown, None where nothing has a place.
    """
    named = {scene.airfield for scene in scenes} | {sighting.airfield for sighting in sightings}
    named |= {place for movement in movements for place in movement.places}
    known = [airfields()[icao] for icao in sorted(icao for icao in named if icao in airfields())]
    rendered = {one.airfield for one in chain[SceneFindings | Sighting](scenes, sightings) if one.rendered}
    footprints = list({json.dumps(ring): ring for scene in scenes for ring in _rings(scene)}.values())
    drawn = [
        _drawn_sighting(number, sighting, place)
        for number, sighting in enumerate(sightings)
        for place in places_of(sighting)
    ]
    points = [airfield.lonlat for airfield in known] + [(one[1], one[2]) for one in drawn]
    points += [(lon, lat) for ring in footprints for lon, lat in ring]
    vectors = _unit_vectors(points)
    middle = vectors.sum(axis=0) if points else np.zeros(3)
    placed = bool(np.linalg.norm(middle) > 1e-9)
    return {
        "center": _lonlat(middle) if placed else None,
        "airfields": [
            {"icao": one.icao, "name": one.name, "lon": one.lonlat.lon, "lat": one.lonlat.lat}
            | {"rendered": one.icao in rendered}
            for one in known
        ],
        "footprints": footprints,
        "sightings": drawn,
        "movements": [
            {
                "evidence": one.evidence,
                "places": list(one.places),
                "words": f"{one.evidence}: {type_words(one.type)}, {' → '.join(one.places)}, "
                + period_words(one.since, one.until),
            }
            for one in movements
        ],
        **(_land_around(middle, vectors) if placed else {"borders": [], "countries": []}),
    }


def _drawn_sighting(number: int, one: Sighting, place: LonLat) -> list[Any]:
    words = f"{one.evidence}: {type_words(one.type, one.size_class)}, {place_words(one.airfield)}"
    if one.rendered:
        words = f"RENDERED, {words}"
    return [
        number,
        round(place.lon, DIGITS),
        round(place.lat, DIGITS),
        one.heading_deg,
        one.heading_sure,
        one.length_m,
        one.wingspan_m,
        one.evidence,
        words,
        one.rendered,
    ]


def _rings(scene: SceneFindings) -> Iterable[list[list[float]]]:
    """The outer rings of a scene's footprint; two where it crosses the antimeridian."""
    geometry = scene.footprint or {"type": None, "coordinates": []}
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else []
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else polygons
    return [[[round(lon, DIGITS), round(lat, DIGITS)] for lon, lat, *_ in rings[0]] for rings in polygons]


def _land_around(middle: Floats, shown: Floats) -> dict[str, Any]:
    """Coasts and borders near what is shown, and the names of countries."""
    middle = middle / np.linalg.norm(middle)
    reach = float(np.arccos(np.clip(shown @ middle, -1, 1)).max())
    near = math.cos(min(math.pi, max(CONTEXT * reach, math.radians(LEAST_CONTEXT_DEG))))
    text = files(__package__).joinpath("borders.json").read_text(encoding="utf-8")
    land = json.loads(text)
    return {
        "borders": [line for line in land["lines"] if (_unit_vectors(line) @ middle).max() >= near],
        "countries": [one for one in land["names"] if (_unit_vectors([one[1:]]) @ middle).max() >= near],
    }


def _unit_vectors(points: Sequence[Sequence[float]]) -> Floats:
    """(N, 3) on the unit sphere, of (lon, lat) in degrees."""
    lon, lat = np.radians(np.array(points, dtype=np.float64).reshape(-1, 2)).T
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)


def _lonlat(vector: Floats) -> tuple[float, float]:
    x, y, z = vector.tolist()
    lon, lat = math.degrees(math.atan2(y, x)), math.degrees(math.atan2(z, math.hypot(x, y)))
    return round(lon, 4), round(lat, 4)
