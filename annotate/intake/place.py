"""Places as people write them: an airfield, a longitude and latitude, or both, which must agree."""

from __future__ import annotations

import math
from typing import NamedTuple

from annotate.intake.coordinates import read_coordinates
from annotate.intake.fields import printable_text
from annotate.log.stops import stop_text
from imagery.airfields import (
    SEARCH_RADIUS_M,
    Airfield,
    airfield_of,
    airfields,
    distance_m,
    named_airfields,
    nearest_airfield,
)
from imagery.errors import UsageError
from imagery.grid import LonLat

LONLAT = "`lonlat`"
_IN_NUMBERS = set("0123456789+-., ;°")


class Place(NamedTuple):
    """A place as it was stated.

    Attributes:
        airfield: The one that was named, else the nearest within `SEARCH_RADIUS_M`; None if none is near.
        lonlat: The position; None where only an airfield was named, whose reference point is no position.
        distance_m: Between position and reference point of the airfield; None where either is None.
    """

    airfield: Airfield | None
    lonlat: LonLat | None
    distance_m: float | None


def parse_lonlat(text: str, where: str = LONLAT) -> LonLat:
    """Read ``LON,LAT`` in degrees, west and south negative, or a place as `read_coordinates` knows it.

    Args:
        text: As somebody writes it.
        where: What a message begins with.

    Raises:
        UsageError: It is not two numbers, is out of range, or is 0,0, which unset coordinates usually are.
    """
    text = text.replace("\u2212", "-")  # the minus of print
    certain = read_coordinates(text)
    try:
        lon, lat = certain or (float(part) for part in text.split(","))
    except ValueError:
        raise UsageError(
            f"{where}: '{text}' is not a place that can be read in one way only; write LON,LAT in decimal "
            "degrees like -7.9499,12.5335, degrees with N or S and E or W, MGRS to 100 m or finer, or paste "
            "the long address of a map"
        ) from None
    if not (math.isfinite(lon) and math.isfinite(lat)):
        raise UsageError(f"{where}: '{text}' is not a place; write LON,LAT like -7.9499,12.5335")
    if not _on_the_globe(lon, lat):
        hint = ""
        if _on_the_globe(lat, lon):
            hint = f"; longitude comes first, did you mean {lat:g},{lon:g}?"
        raise UsageError(f"{where}: {text} is out of range: lon -180 to 180, lat -90 to 90{hint}")
    if lon == lat == 0:
        raise UsageError(f"{where}: 0,0 usually means that coordinates were never set; give the real place")
    return LonLat(lon, lat)


def stated_lonlat(text: str, where: str = LONLAT) -> LonLat:
    """Read a place that somebody states as `parse_lonlat` does, and refuse what looks swapped.

    A map gives latitude first. What is logged stays, so a pair of numbers away from any airfield that would
    lie at one if it were swapped is not taken; with letters there is no doubt.

    Raises:
        UsageError: It is not a place, or looks swapped.
    """
    place = parse_lonlat(text, where)
    if read_coordinates(text) is not None or nearest_airfield(place) is not None:
        return place
    other = swapped_airfield(place)
    if other is not None:
        ns, ew = "NS"[place.lat < 0], "EW"[place.lon < 0]
        raise UsageError(
            f"{where}: {text} is away from any airfield, but swapped it would lie at {other.icao} "
            f"({other.words}); longitude comes first: write {place.lat:g},{place.lon:g}, or "
            f"'{abs(place.lat):g}{ns} {abs(place.lon):g}{ew}' if it is right as it is"
        )
    return place


def parse_place(airfield: str | None, lonlat: LonLat | None, where: str = LONLAT) -> Place:
    """Check a place that is stated as an airfield, a position or both.

    Args:
        airfield: ICAO code.
        lonlat: The position, see `parse_lonlat`.
        where: What a message about the position begins with.

    Raises:
        UsageError: Neither is given, there is no such airfield, or the position is not at it.
    """
    if lonlat is None:
        if airfield is None:
            raise UsageError("where was it? Give `airfield`, `lonlat` or both")
        return Place(airfield_of(airfield, "`airfield`"), None, None)
    if airfield is None:
        nearest = nearest_airfield(lonlat)
        return Place(nearest and nearest.airfield, lonlat, nearest and nearest.distance_m)
    named = airfield_of(airfield, "`airfield`")
    distance = distance_m(lonlat, named.lonlat)
    if distance > SEARCH_RADIUS_M:
        raise UsageError(
            f"{where}: {lonlat.lon:g},{lonlat.lat:g} lies {distance / 1000:,.1f} km from {named.icao} "
            f"({named.name}), more than {SEARCH_RADIUS_M / 1000:g} km; {_hint(lonlat, named)}"
        )
    return Place(named, lonlat, distance)


def stated_stop(text: str, where: str) -> str:
    """Return a place of a movement as `annotate.log.stops` has it: an airfield, or a strip without a code.

    Args:
        text: The code or name of an airfield; or a position as `parse_lonlat` reads it, after the code of its
            airfield or the name of the strip and ``@`` where there is one. As that of a sighting, a position
            alone is at the airfield within `SEARCH_RADIUS_M`.
        where: What a message begins with.

    Raises:
        UsageError: The text is no such place, looks swapped, or is not at the airfield that it names.
    """
    text = " ".join(text.split())
    if text.upper() not in airfields() and _is_position(text):
        place = parse_place(None, stated_lonlat(text, where), where)
        return stop_text(place.airfield and place.airfield.icao, place.lonlat)
    name, at, position = (part.strip() for part in text.partition("@"))
    if at:
        name, lonlat = printable_text(name, where), stated_lonlat(position, where)
        nearest = nearest_airfield(lonlat)
        if name.upper() in airfields():
            name = name.upper()
            parse_place(name, lonlat, where)
        elif nearest and named_airfields(name) == [nearest.airfield]:
            name = nearest.airfield.icao
        return stop_text(name, lonlat)
    try:
        return airfield_of(text, where).icao
    except UsageError as reason:
        raise UsageError(f"{reason}; a strip without a code is written NAME @ LON,LAT") from None


def _is_position(text: str) -> bool:
    """Check whether a text is a position rather than a name; a position out of range is one, too."""
    return read_coordinates(text) is not None or (bool(text) and set(text) <= _IN_NUMBERS)


def swapped_airfield(lonlat: LonLat) -> Airfield | None:
    """Return the airfield at which a position would lie if longitude and latitude were swapped, or None."""
    if not _on_the_globe(lonlat.lat, lonlat.lon):
        return None
    nearest = nearest_airfield(LonLat(lonlat.lat, lonlat.lon))
    return nearest and nearest.airfield


def _hint(lonlat: LonLat, airfield: Airfield) -> str:
    if _on_the_globe(lonlat.lat, lonlat.lon):
        swapped = LonLat(lonlat.lat, lonlat.lon)
        distance = distance_m(swapped, airfield.lonlat)
        if distance <= SEARCH_RADIUS_M:
            return (
                f"swapped it would lie {distance / 1000:.1f} km from it: longitude comes first, did you mean "
                f"{swapped.lon:g},{swapped.lat:g}?"
            )
    return "check both, or leave the airfield out if it was not at one"


def _on_the_globe(lon: float, lat: float) -> bool:
    return -180 <= lon <= 180 and -90 <= lat <= 90
