"""The places that a movement joins: airfields by ICAO code, and strips without one by their position.

The log keeps each as one text, ``GABS``, ``GABS @ -7.95,12.53``, ``17,27.2`` or ``Old strip @ 17,27.2``, so
that entries with strips have the members of all others.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

from imagery.airfields import airfields
from imagery.grid import LonLat
from imagery.measures import FINEST_PLACE

AT = " @ "  # between name and position
_DEGREES = r"-?\d{1,3}(?:\.\d+)?"
_WITH_POSITION = re.compile(rf"(?:(?P<name>.+){AT})?(?P<lon>{_DEGREES}),(?P<lat>{_DEGREES})", re.ASCII)


class Stop(NamedTuple):
    """A place of a movement.

    Attributes:
        name: The ICAO code; else what a strip is called, its longitude and latitude, or the whole text.
        lonlat: The position that is stated, else the airfield's reference point; None where neither is known.
        icao: The code, where it is an airfield.
    """

    name: str
    lonlat: LonLat | None
    icao: str | None


def stop_of(text: str) -> Stop:
    """Return the place that one of a movement's `places` names."""
    match = _WITH_POSITION.fullmatch(text)
    name = (match["name"] if match else None) or text
    airfield = airfields().get(name)
    if match is None:
        return Stop(text, airfield and airfield.lonlat, airfield and airfield.icao)
    lonlat = LonLat(float(match["lon"]), float(match["lat"]))
    on_earth = abs(lonlat.lon) <= 180 and abs(lonlat.lat) <= 90
    return Stop(name, lonlat if on_earth else None, airfield and airfield.icao)


def stop_key(text: str) -> str:
    """Return what tells a place of a movement from others: the code of an airfield, else the text."""
    return stop_of(text).icao or text


def stop_text(name: str | None, lonlat: LonLat | None) -> str:
    """Return how a place is written in a movement's `places`: ``Old strip @ 16,29.2``.

    Args:
        name: An ICAO code, or what a strip is called; None where it has no name.
        lonlat: The position that is stated, which is kept to a centimetre.
    """
    position = "" if lonlat is None else ",".join(map(_degrees_text, lonlat))
    return AT.join(part for part in (name, position) if part)


def route_words(places: Sequence[str], between: str = " - ") -> str:
    """Return the places of a movement by their names, strips without one by longitude and latitude."""
    return between.join(stop_of(place).name for place in places)


def _degrees_text(degrees: float) -> str:
    text = f"{degrees:.{FINEST_PLACE}f}".rstrip("0").rstrip(".")
    return "0" if math.isclose(float(text), 0) else text
