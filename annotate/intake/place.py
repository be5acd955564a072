"""Where something was, as somebody writes it: an airfield, a longitude and latitude, or both, that agree."""

from __future__ import annotations

import math
from typing import NamedTuple

from imagery.airfields import SEARCH_RADIUS_M, Airfield, airfield_of, distance_m, nearest_airfield
from imagery.errors import UsageError
from imagery.grid import LonLat


class Place(NamedTuple):
    """A place as it was stated.

    Attributes:
        airfield: The one that was named, else the nearest within `SEARCH_RADIUS_M`; None where none is.
        lonlat: As it was written; None where only an airfield was named, which is no position.
        distance_m: From the airfield's reference point; None where either is None.
    """

    airfield: Airfield | None
    lonlat: LonLat | None
    distance_m: float | None


def parse_lonlat(text: str, option: str = "--lonlat") -> LonLat:
    """Read ``LON,LAT`` in degrees, west and south negative.

    Raises:
        UsageError: It is not two numbers, is off the globe, or is 0,0, where coordinates lie that nobody set.
    """
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError:
        raise UsageError(
            f"{option}: '{text}' is not LON,LAT in decimal degrees; write it such as -7.9499,12.5335"
        ) from None
    if not (math.isfinite(lon) and math.isfinite(lat)):
        raise UsageError(f"{option}: '{text}' is no place; write LON,LAT such as -7.9499,12.5335")
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        swapped = _on_the_globe(lat, lon)
        hint = f"; longitude comes first, so did you mean {lat:g},{lon:g}?" if swapped else ""
        raise UsageError(f"{option}: {text} is off the globe: lon -180 to 180, lat -90 to 90{hint}")
    if lon == lat == 0:
        raise UsageError(f"{option}: 0,0 is where coordinates lie that nobody has set; give the real place")
    return LonLat(lon, lat)


def stated_place(icao: str | None, lonlat: LonLat | None, option: str = "--lonlat") -> Place:
    """The place that an airfield, a longitude and latitude, or both together name.

    Args:
        icao: ICAO code of an airfield, or None.
        lonlat: The position, or None.
        option: Where the position was said, for messages.

    Raises:
        UsageError: Neither was said, there is no such airfield, or the position does not lie at it.
    """
    if icao is None and lonlat is None:
        raise UsageError("where was it? say --airfield ICAO, --lonlat LON,LAT or both")
    if lonlat is None:
        return Place(airfield_of(icao or "", "--airfield"), None, None)
    if icao is None:
        nearest = nearest_airfield(lonlat)
        return Place(nearest and nearest.airfield, lonlat, nearest and nearest.distance_m)
    airfield = airfield_of(icao, "--airfield")
    distance = distance_m(lonlat, airfield.lonlat)
    if distance > SEARCH_RADIUS_M:
        raise UsageError(
            f"{option}: {lonlat.lon:g},{lonlat.lat:g} lies {distance / 1000:,.1f} km from {airfield.icao} "
            f"({airfield.name}), more than {SEARCH_RADIUS_M / 1000:g} km; {_hint(lonlat, airfield, option)}"
        )
    return Place(airfield, lonlat, distance)


def swapped_airfield(lonlat: LonLat) -> Airfield | None:
    """The airfield that a position would lie at if longitude and latitude were swapped, or None."""
    if not _on_the_globe(lonlat.lat, lonlat.lon):
        return None
    nearest = nearest_airfield(LonLat(lonlat.lat, lonlat.lon))
    return nearest and nearest.airfield


def _hint(lonlat: LonLat, airfield: Airfield, option: str) -> str:
    if _on_the_globe(lonlat.lat, lonlat.lon):
        swapped = LonLat(lonlat.lat, lonlat.lon)
        distance = distance_m(swapped, airfield.lonlat)
        if distance <= SEARCH_RADIUS_M:
            return (
                f"swapped it would lie {distance / 1000:.1f} km from it: longitude comes first, "
                f"did you mean {option}={swapped.lon:g},{swapped.lat:g}?"
            )
    return "check both, or leave the airfield out where it was not at one"


def _on_the_globe(lon: float, lat: float) -> bool:
    return -180 <= lon <= 180 and -90 <= lat <= 90
