"""GeoJSON geometry (RFC 7946) of what the log holds: points of sightings, routes of movements."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import antimeridian
import shapely

from annotate.log.stops import stop_of


def point_geometry(lon: float | None, lat: float | None) -> dict[str, Any] | None:
    """Return a position in degrees as a point; None where it is not known."""
    return None if lon is None or lat is None else {"type": "Point", "coordinates": [lon, lat]}


def route_geometry(places: Sequence[str]) -> dict[str, Any] | None:
    """Return `route_of` as GeoJSON."""
    route = route_of(places)
    if route is None:
        return None
    return {"type": "MultiLineString", "coordinates": [list(line.coords) for line in route.geoms]}


def route_of(places: Sequence[str]) -> shapely.MultiLineString | None:
    """Return the legs of a movement in lon/lat, from each place to the next.

    They join places and are not flight paths, of which nothing is known. A leg from or to a place of unknown
    position is left out. What crosses the antimeridian is cut there.

    Args:
        places: As `annotate.log.stops` reads them, in the order they were visited.

    Returns:
        None where no leg can be drawn.
    """
    legs = [
        shapely.LineString([start, end])
        for start, end in pairwise(stop_of(place).lonlat for place in places)
        if start and end
    ]
    cut = [part for leg in legs for part in shapely.get_parts(antimeridian.fix_line_string(leg, False))]
    drawn = [part for part in cut if part.length > 0]
    return shapely.MultiLineString(drawn) if drawn else None
