"""Which airfield an image shows: ICAO codes and reference points from the package ``airportsdata``."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import airportsdata
import numpy as np

from imagery.grid import WGS84, LonLat

SEARCH_RADIUS_M = 5000.0


class Airfield(NamedTuple):
    """A place with an ICAO code.

    Attributes:
        icao: Location indicator, such as ``GABS``.
        name: Name in the source.
        lonlat: Reference point.
    """

    icao: str
    name: str
    lonlat: LonLat


class NearestAirfield(NamedTuple):
    """An airfield and how far its reference point lies from the place asked about.

    Attributes:
        airfield: Which.
        distance_m: Geodesic distance; None where the place is not known.
    """

    airfield: Airfield
    distance_m: float | None


@lru_cache(maxsize=1)
def airfields() -> dict[str, Airfield]:
    """Every airfield of ``airportsdata`` by ICAO code."""
    return {
        icao: Airfield(icao, row["name"], LonLat(row["lon"], row["lat"]))
        for icao, row in airportsdata.load("ICAO").items()
    }


def nearest_airfield(place: LonLat, radius_m: float = SEARCH_RADIUS_M) -> NearestAirfield | None:
    """The airfield whose reference point is nearest to a place, or None where none lies within the radius.

    Args:
        place: Where to look.
        radius_m: Geodesic distance on WGS 84, in metres.
    """
    every = list(airfields().values())
    points = np.array([airfield.lonlat for airfield in every])
    _, _, distance = WGS84.inv(
        np.full(len(every), place.lon), np.full(len(every), place.lat), points[:, 0], points[:, 1]
    )
    best = int(np.argmin(distance))
    if distance[best] > radius_m:
        return None
    return NearestAirfield(every[best], float(distance[best]))
