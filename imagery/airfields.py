"""Airfields by ICAO code or place, from the package ``airportsdata``, and which one an image shows.

``airfield_names.csv`` beside this module has the present names of those that were renamed, and others in use.
"""

from __future__ import annotations

import csv
import difflib
import math
import re
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

import airportsdata

from imagery.errors import UsageError
from imagery.grid import WGS84, Grid, LonLat, PixelPoint

SEARCH_RADIUS_M = 5000.0
MOST_NAMED = 5  # airfields in a message
LEAST_LETTERS = 4  # of a name; three are an IATA code
_COMMON_WORDS = frozenset(
    ("airport", "international", "airfield", "airbase", "base", "air", "the", "of", "el", "al")
)
_BASE = re.compile(r"\b(air ?base|air force|afb|ab|naval|nas|rnas|raf|army|aaf|military)\b", re.IGNORECASE)
LEAST_DEGREE_M = 110_500.0  # of latitude on WGS 84: 110,574 m at the equator, more elsewhere


class Airfield(NamedTuple):
    """A place with an ICAO code.

    Attributes:
        icao: Location indicator, such as ``GABS``.
        name: What it is called at present.
        lonlat: Reference point.
        other_names: That of ``airportsdata`` first where it is another, then those in use besides.
    """

    icao: str
    name: str
    lonlat: LonLat
    other_names: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """Its name, with the one that other programs have: ``Modibo Keita ... Airport / Senou Airport``."""
        return " / ".join((self.name, *self.other_names[:1]))


class NearestAirfield(NamedTuple):
    """An airfield and how far its reference point lies from a place.

    Attributes:
        airfield: Which.
        distance_m: Geodesic distance; None where the place is not known.
    """

    airfield: Airfield
    distance_m: float | None


@lru_cache(maxsize=1)
def airfields() -> dict[str, Airfield]:
    """Return every airfield of ``airportsdata`` by ICAO code."""
    return {icao: _airfield(row) for icao, row in _rows().items()}


@lru_cache(maxsize=1)
def _rows() -> dict[str, airportsdata.Airport]:
    return airportsdata.load("ICAO")


@lru_cache(maxsize=1)
def _present_names() -> dict[str, tuple[str, ...]]:
    """Return the names that ``airportsdata`` lacks by ICAO code, the present one first."""
    with files(__package__).joinpath("airfield_names.csv").open(encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    return {row["icao"]: (row["name"], *filter(None, row["others"].split(";"))) for row in rows}


def _airfield(row: airportsdata.Airport) -> Airfield:
    name, *others = _present_names().get(row["icao"], (row["name"],))
    known = [row["name"]] if row["name"] != name else []
    return Airfield(row["icao"], name, LonLat(row["lon"], row["lat"]), (*known, *others))


def airfield_of(icao: str, parameter: str) -> Airfield:
    """Return the airfield that an ICAO code names, in upper or lower case, or a name that only one has.

    Args:
        icao: Such as ``GABS`` or ``Modibo Keita``; whole words of its present name or of another.
        parameter: Where it was given, for the message, such as ```airfield```.

    Raises:
        UsageError: There is none; the message has the codes that are most alike, and those whose airfield's
            IATA code, name or town was given instead.
    """
    icao = icao.strip()
    airfield = airfields().get(icao.upper())
    if airfield is None:
        named = named_airfields(icao)
        if len(named) == 1:
            return named[0]
        alike = ", ".join(f"{code} ({airfields()[code].words})" for code in _alike(icao))
        if named:
            alike = ", ".join(f"{each.icao} ({each.words})" for each in named[:MOST_NAMED])
        hint = f"did you mean {alike}?" if alike else "check the ICAO code"
        raise UsageError(f"{parameter}: no airfield is called '{icao}'; {hint}")
    return airfield


def named_airfields(text: str) -> list[Airfield]:
    """Return the airfields of which one name has all the words of a text, whatever the accents."""
    words = _words(text)
    if not words or max(map(len, words)) < LEAST_LETTERS:
        return []
    names = ((each, (each.name, *each.other_names)) for each in airfields().values())
    return [each for each, known in names if any(words <= _words(name) for name in known)]


@cache
def _words(name: str) -> frozenset[str]:
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return frozenset(re.findall(r"\w+", letters)) - _COMMON_WORDS


def _alike(text: str, most: int = 5) -> list[str]:
    """Return ICAO codes that somebody who wrote something else may have meant."""
    rows = _rows()
    word = text.casefold()
    if len(word) > 5:
        places = {icao: f"{row['name']}\n{row['city']}\n{row['subd']}" for icao, row in rows.items()}
        named = [icao for icao, place in places.items() if word in place.casefold()]
        return sorted(named, key=lambda icao: len(places[icao]))[:most]
    iata = [icao for icao, row in rows.items() if word and row["iata"].casefold() == word]
    # Letters change places most easily; the first two name the country, which is the last to be wrong.
    code = text.upper()
    codes = difflib.get_close_matches(code, rows, n=1000, cutoff=0.6)
    codes.sort(key=lambda icao: (sorted(icao) != sorted(code), icao[:3] != code[:3], icao[:2] != code[:2]))
    return list(dict.fromkeys([*iata, *codes]))[:most]


def has_scheduled_flights(icao: str | None) -> bool:
    """Check whether an airfield is known for airliners: it has an IATA code, and its name is not a base's."""
    row = _rows().get(icao or "")
    return row is not None and bool(row["iata"]) and not _BASE.search(row["name"])


def distance_m(place: LonLat, other: LonLat) -> float:
    """Return the geodesic distance between two places on WGS 84, in metres."""
    return float(WGS84.inv(*place, *other)[2])


def nearest_airfield(place: LonLat, radius_m: float = SEARCH_RADIUS_M) -> NearestAirfield | None:
    """Return the airfield whose reference point is nearest to a place; None if none lies within the radius.

    Args:
        place: Where to look.
        radius_m: Geodesic distance on WGS 84, in metres.
    """
    reach_deg = radius_m / LEAST_DEGREE_M
    near = [_airfield(row) for row in _rows().values() if abs(row["lat"] - place.lat) <= reach_deg]
    distances = [(distance_m(place, airfield.lonlat), airfield) for airfield in near]
    distance, airfield = min(distances, default=(math.inf, None))
    if airfield is None or distance > radius_m:
        return None
    return NearestAirfield(airfield, distance)


def shown_airfield(grid: Grid, name: str, icao: str | None) -> NearestAirfield | None:
    """Return the airfield that a scene shows: the one that was named, else the nearest.

    An airfield may be 10 km long, so a scene of it need not show its reference point: it must come as near to
    it as `SEARCH_RADIUS_M`.

    Args:
        grid: The scene's.
        name: The scene's, for messages.
        icao: ICAO code; None for the nearest.

    Raises:
        UsageError: There is no such airfield, or the scene lies elsewhere.
    """
    if icao is None:
        return nearest_airfield(grid.lonlat(grid.center)) if grid.placed else None
    airfield = airfield_of(icao, "`airfield`")
    if not grid.placed:
        return NearestAirfield(airfield, None)
    away_m = _outside_m(grid, airfield.lonlat)
    if away_m > SEARCH_RADIUS_M:
        raise UsageError(
            f"{name}: lies {away_m / 1000:,.0f} km from the reference point of {airfield.icao} "
            f"({airfield.words}), further than airfields reach ({SEARCH_RADIUS_M / 1000:.0f} km); "
            "check `airfield`"
        )
    return NearestAirfield(airfield, distance_m(grid.lonlat(grid.center), airfield.lonlat))


def _outside_m(grid: Grid, place: LonLat) -> float:
    """Return how far outside a scene a place lies, in metres; 0 in it."""
    col, row = grid.pixel(place)
    if not (math.isfinite(col) and math.isfinite(row)):  # where the scene's projection does not reach
        return distance_m(grid.lonlat(grid.center), place)
    nearest = PixelPoint(min(max(col, 0.0), grid.width), min(max(row, 0.0), grid.height))
    return 0.0 if nearest == (col, row) else distance_m(grid.lonlat(nearest), place)
