"""Where a movement is drawn: straight lines between airfields, cut at the antimeridian (RFC 7946, 3.1.9)."""

from __future__ import annotations

from itertools import pairwise

import antimeridian
import shapely

from annotate.log.entries import Movement
from imagery.airfields import airfields


def route_of(movement: Movement) -> shapely.MultiLineString | None:
    """The legs of a movement in lon/lat, from each airfield to the next.

    They join places and are no flight paths: nobody says what lies between. A leg from or to a place without
    an ICAO code is left out.

    Returns:
        None where no leg can be drawn.
    """
    known = airfields()
    legs = [
        shapely.LineString([known[one].lonlat, known[other].lonlat])
        for one, other in pairwise(movement.places)
        if one in known and other in known
    ]
    cut = [part for leg in legs for part in shapely.get_parts(antimeridian.fix_line_string(leg, False))]
    drawn = [part for part in cut if part.length > 0]
    return shapely.MultiLineString(drawn) if drawn else None
