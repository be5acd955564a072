"""Changes to a logged sighting or movement, as people write them: checked as when it is stated."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from annotate.intake.fields import printable_text, web_address
from annotate.intake.grades import parse_admiralty, parse_likelihood
from annotate.intake.place import parse_place, stated_lonlat, stated_stop
from annotate.intake.type_names import aircraft_type_of
from annotate.intake.when import parse_when_or_unknown
from annotate.log.entries import Movement, Sighting
from imagery.airfields import airfield_of
from imagery.errors import UsageError
from imagery.grid import LonLat

VALUES = "`values`"


def parse_changes(entry: Sighting | Movement, values: Iterable[str]) -> dict[str, Any]:
    """Read the changes to an entry.

    Args:
        entry: What the log says now.
        values: Each ``FIELD=VALUE``, the value as the functions of `annotate.intake.statements` take it, or
            empty for unknown. The fields are those of exports, except that ``lonlat`` is one.

    Returns:
        The new values by member, for `annotate.log.store.Log.amend`.

    Raises:
        UsageError: One is not of that form, the entry has no such field, or the value is not one of it.
    """
    parsers = _MOVEMENT if isinstance(entry, Movement) else _SIGHTING
    changes: dict[str, Any] = {}
    for text in values:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals:
            raise UsageError(f"{VALUES}: '{text}' is not FIELD=VALUE; write it like operator='Air Force'")
        if name not in parsers:
            raise UsageError(f"{VALUES}: '{name}' cannot be amended; these can: {', '.join(parsers)}")
        changes |= parsers[name](name, value.strip())
    if isinstance(entry, Sighting) and changes.keys() & {"lon", "airfield"}:
        _check_place({"lon": entry.lon, "lat": entry.lat, "airfield": entry.airfield, **changes})
    return changes


def _check_place(members: dict[str, Any]) -> None:
    """Refuse an airfield and a position that do not agree."""
    if members["airfield"] is not None and members["lon"] is not None:
        parse_place(members["airfield"], LonLat(members["lon"], members["lat"]), f"{VALUES} lonlat")


Parser = Callable[[str, str], dict[str, Any]]  # field and text to new values by member


def _member(parse: Callable[[str, str], Any], *, needed: bool = False) -> Parser:
    """Return a parser of a field of one member, which an empty value sets to None unless it is needed."""

    def members(name: str, value: str) -> dict[str, Any]:
        if value or needed:
            return {name: parse(value, f"{VALUES} {name}")}
        return {name: None}

    return members


def _number(low: float, high: float, kind: type[float] | type[int] = float) -> Callable[[str, str], float]:
    def parse(value: str, where: str) -> float:
        try:
            number = kind(value)
        except ValueError:
            number = kind(-1)
        if not low <= number <= high:
            noun = "whole number" if kind is int else "number"
            raise UsageError(f"{where}: '{value}' is not a {noun} from {low:g} to {high:g}")
        return number

    return parse


def _flag(value: str, where: str) -> bool:
    flags = {"true": True, "yes": True, "false": False, "no": False}
    if value.casefold() not in flags:
        raise UsageError(f"{where}: '{value}' is neither yes nor no")
    return flags[value.casefold()]


def _acquired(name: str, value: str) -> dict[str, Any]:
    when = parse_when_or_unknown(value or "unknown", f"{VALUES} {name}")
    return {"acquired": when.text, "acquired_precision": when.precision}


def _lonlat(name: str, value: str) -> dict[str, Any]:
    if not value:
        return {"lon": None, "lat": None}
    return stated_lonlat(value, f"{VALUES} {name}")._asdict()


def _places(value: str, where: str) -> list[str]:
    """Read places between semicolons, or between commas where none has one itself."""
    return [stated_stop(place, where) for place in value.split(";" if ";" in value else ",")]


_CLAIM: dict[str, Parser] = {
    "type": _member(lambda value, where: aircraft_type_of(value, where).icao),
    "operator": _member(printable_text),
    "tail_number": _member(lambda value, where: printable_text(value, where).upper()),
    "likelihood": _member(parse_likelihood),
    "note": _member(printable_text),
    "private": _member(_flag, needed=True),
    "source": _member(printable_text),
    "source_url": _member(web_address),
    "archive_url": _member(web_address),
    "admiralty": _member(parse_admiralty),
}
_SIGHTING: dict[str, Parser] = _CLAIM | {
    "acquired": _acquired,
    "airfield": _member(lambda value, where: airfield_of(value, where).icao),
    "lonlat": _lonlat,
    "position_error_m": _member(_number(0, 100_000)),
    "count": _member(_number(1, 10_000, int), needed=True),
    "size_class": _member(printable_text),
    "type_reason": _member(printable_text),
    "heading_deg": _member(_number(0, 359.999999)),
    "heading_sure": _member(_flag, needed=True),
    "length_m": _member(_number(1, 200)),
    "wingspan_m": _member(_number(1, 200)),
    "length_error_m": _member(_number(0.01, 200)),
    "wingspan_error_m": _member(_number(0.01, 200)),
    "sensor": _member(printable_text),
    "image_id": _member(printable_text),
    "licence": _member(printable_text),
}
_MOVEMENT: dict[str, Parser] = _CLAIM | {
    "places": _member(_places, needed=True),
    "since": _member(lambda value, where: parse_when_or_unknown(value, where).text),
    "until": _member(lambda value, where: parse_when_or_unknown(value, where).text),
    "reasoning": _member(printable_text),
}
