"""The data of the page's map: places in degrees, which the page's script projects and draws.

There are no map tiles, as these would need a network. Coasts and borders are coarse, for orientation:
``borders.json``, made from Natural Earth's (1:110 million, public domain), with Crimea as part of Ukraine, as
the United Nations General Assembly has it (resolution 68/262).
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
from annotate.log.stops import route_words, stop_of
from annotate.query.searched_scenes import SearchedScene
from annotate.query.where_and_when import places_of
from annotate.report.ground_pictures import WholeScene
from annotate.report.plain_words import airfield_words, date_range_words, type_words
from imagery.grid import Floats, LonLat

DEGREE_DIGITS = 6  # a tenth of a metre
CONTEXT = 2.5  # how far around coasts and borders are drawn, over the radius of what is shown
LEAST_CONTEXT_DEG = 12.0


def map_data(
    sightings: Sequence[Sighting],
    movements: Sequence[Movement],
    scenes: Sequence[SearchedScene],
    grounds: Sequence[WholeScene] = (),
) -> dict[str, Any]:
    """Return the map as JSON members: its center, entries, coasts, borders and names of countries.

    A sighting is [its number in the table, lon, lat, heading or null, whether that is sure, length or null,
    wingspan or null, evidence, words, whether it is rendered]. Without a position it is drawn at its
    airfield, and without an airfield left out. Longitudes and latitudes are in degrees; ``center`` is the
    middle of everything shown, None where nothing has a place. ``grounds`` are pictures that lie under the
    marks, with three corners each.
    """
    named = {scene.airfield for scene in scenes} | {sighting.airfield for sighting in sightings}
    named |= {place for movement in movements for place in movement.places}
    stops = {place: stop_of(place) for place in sorted(place for place in named if place)}
    placed = {place: stop.lonlat for place, stop in stops.items() if stop.lonlat is not None}
    entries = chain[SearchedScene | Sighting](scenes, sightings)
    rendered = {entry.airfield for entry in entries if entry.rendered}
    footprints = list({json.dumps(ring): ring for scene in scenes for ring in _rings(scene)}.values())
    drawn = [
        _drawn_sighting(number, sighting, place)
        for number, sighting in enumerate(sightings)
        for place in places_of(sighting)
    ]
    points = [*placed.values(), *((lon, lat) for _, lon, lat, *_ in drawn)]
    points += [(lon, lat) for ring in footprints for lon, lat in ring]
    vectors = _unit_vectors(points)
    middle = vectors.sum(axis=0) if points else np.zeros(3)
    has_center = bool(np.linalg.norm(middle) > 1e-9)
    return {
        "center": _lonlat(middle) if has_center else None,
        "places": [
            {
                "place": place,
                "name": stops[place].name,
                "words": airfield_words(place),
                "lon": lonlat.lon,
                "lat": lonlat.lat,
                "rendered": place in rendered,
            }
            for place, lonlat in placed.items()
        ],
        "footprints": footprints,
        "grounds": [{"picture": ground.picture.number, "corners": ground.corners} for ground in grounds],
        "sightings": drawn,
        "movements": [
            {
                "evidence": movement.evidence,
                "places": list(movement.places),
                "words": f"{movement.evidence}: {type_words(movement.type)}, "
                f"{route_words(movement.places, ' → ')}, {date_range_words(movement.since, movement.until)}",
            }
            for movement in movements
        ],
        **(_land_around(middle, vectors) if has_center else {"borders": [], "countries": []}),
    }


def _drawn_sighting(number: int, sighting: Sighting, place: LonLat) -> list[Any]:
    type_name = type_words(sighting.type, sighting.size_class)
    words = f"{sighting.evidence}: {type_name}, {airfield_words(sighting.airfield)}"
    if sighting.rendered:
        words = f"RENDERED, {words}"
    return [
        number,
        round(place.lon, DEGREE_DIGITS),
        round(place.lat, DEGREE_DIGITS),
        sighting.heading_deg,
        sighting.heading_sure,
        sighting.length_m,
        sighting.wingspan_m,
        sighting.evidence,
        words,
        sighting.rendered,
    ]


def _rings(scene: SearchedScene) -> Iterable[list[list[float]]]:
    """Return the outer rings of a scene's footprint; two where it crosses the antimeridian."""
    geometry = scene.footprint or {"type": None, "coordinates": []}
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else []
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else polygons
    return [
        [[round(lon, DEGREE_DIGITS), round(lat, DEGREE_DIGITS)] for lon, lat, *_ in rings[0]]
        for rings in polygons
    ]


def _land_around(middle: Floats, shown: Floats) -> dict[str, Any]:
    """Return coasts and borders near what is shown, and the names of countries."""
    middle = middle / np.linalg.norm(middle)
    reach = float(np.arccos(np.clip(shown @ middle, -1, 1)).max())
    near = math.cos(min(math.pi, max(CONTEXT * reach, math.radians(LEAST_CONTEXT_DEG))))
    text = files(__package__).joinpath("borders.json").read_text(encoding="utf-8")
    land = json.loads(text)
    return {
        "borders": [line for line in land["lines"] if (_unit_vectors(line) @ middle).max() >= near],
        "countries": [name for name in land["names"] if (_unit_vectors([name[1:]]) @ middle).max() >= near],
    }


def _unit_vectors(points: Sequence[Sequence[float]]) -> Floats:
    """Return (lon, lat) in degrees as (N, 3) float64 on the unit sphere."""
    lon, lat = np.radians(np.array(points, dtype=np.float64).reshape(-1, 2)).T
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)


def _lonlat(vector: Floats) -> tuple[float, float]:
    x, y, z = vector.tolist()
    lon, lat = math.degrees(math.atan2(y, x)), math.degrees(math.atan2(z, math.hypot(x, y)))
    return round(lon, 4), round(lat, 4)
