"""Places that are watched: airfields with the area around each, or an area."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import shapely

from imagery.airfields import airfield_of
from imagery.area import square_around
from imagery.errors import UsageError
from imagery.scene_names import names_in

SIDE_M = 5000.0  # the longest runways have 5.5 km, and few reference points lie far from their middle


class WatchedPlace(NamedTuple):
    """Where scenes are looked for.

    Attributes:
        icao: Of the airfield; None of an area without one.
        area: In lon/lat.
    """

    icao: str | None
    area: shapely.MultiPolygon


def airfields_in(path: str) -> list[str]:
    """Read a text file of airfields: an ICAO code, or a name that only one has, per line.

    Raises:
        UsageError: It cannot be read, or names no airfield.
    """
    return names_in(path, "airfield")


def watched_places(airfields: Iterable[str], aoi: shapely.MultiPolygon | None) -> list[WatchedPlace]:
    """Return the places that airfields and an area of interest stand for.

    Args:
        airfields: ICAO codes, or names.
        aoi: An area. Beside airfields, its polygons are their runways and aprons: those that touch the
            square of 5 km around an airfield's reference point are its area, in place of the square.

    Raises:
        UsageError: An airfield is not known, or there is neither an airfield nor an area.
    """
    codes = dict.fromkeys(airfield_of(name, "`airfields`") for name in airfields)
    if not codes:
        if aoi is None:
            raise UsageError("no place named; give `airfields`, `airfields_file` or `aoi`")
        return [WatchedPlace(None, aoi)]
    places = []
    for airfield in codes:
        square = square_around(airfield.lonlat, SIDE_M)
        drawn = [part for part in (aoi.geoms if aoi else ()) if part.intersects(square)]
        places.append(WatchedPlace(airfield.icao, shapely.MultiPolygon(drawn) if drawn else square))
    return places
