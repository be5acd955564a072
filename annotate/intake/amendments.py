"""What somebody wants changed of a logged sighting or movement, checked as when it is stated anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from annotate.intake.fields import aircraft_type_of, parse_admiralty, parse_likelihood, plain_words
from annotate.intake.place import parse_lonlat, stated_place
from annotate.intake.statements import web_address
from annotate.intake.when import parse_when_known
from annotate.log.entries import Movement, Sighting
from imagery.airfields import airfield_of
from imagery.errors import UsageError
from imagery.grid import LonLat

OPTION = "--set"


def stated_changes(held: Sighting | Movement, texts: Iterable[str]) -> dict[str, Any]:
    """The new values by member.

    Args:
        held: What the log says now.
        texts: ``FIELD=VALUE``, the value as the commands that log statements take it; an empty one where it
            is not known. The fields are those of exports, but ``lonlat`` is one.

    Raises:
        UsageError: One is not of that form, there is no such field to change, or the value is not one of it.
    """
    known = _MOVEMENT if isinstance(held, Movement) else _SIGHTING
    changes: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals:
            raise UsageError(f"{OPTION}: '{text}' is not FIELD=VALUE; write it such as operator='Air Force'")
        if name not in known:
            raise UsageError(f"{OPTION}: '{name}' cannot be amended; what can be is {', '.join(known)}")
        changes |= known[name](name, value.strip())
    if isinstance(held, Sighting) and changes.keys() & {"lon", "airfield"}:
        _check_place({"lon": held.lon, "lat": held.lat, "airfield": held.airfield, **changes})
    return changes


def _check_place(members: dict[str, Any]) -> None:
    """Refuse an airfield and a position that do not agree."""
    if members["airfield"] is not None and members["lon"] is not None:
        stated_place(members["airfield"], LonLat(members["lon"], members["lat"]), f"{OPTION} lonlat")


Parse = Callable[[str, str], dict[str, Any]]


def _one(parse: Callable[[str, str], Any], *, needed: bool = False) -> Parse:
    """A field of one member, that an empty value sets to None unless it is needed."""

    def members(name: str, value: str) -> dict[str, Any]:
        if value or needed:
            return {name: parse(value, f"{OPTION} {name}")}
        return {name: None}

    return members


def _number(low: float, high: float, kind: type[float] | type[int] = float) -> Callable[[str, str], float]:
    def parse(value: str, option: str) -> float:
        try:
            number = kind(value)
        except ValueError:
            number = kind(-1)
        if not low <= number <= high:
            number_word = "whole number" if kind is int else "number"
            raise UsageError(f"{option}: '{value}' is no {number_word} from {low:g} to {high:g}")
        return number

    return parse


def _yes(value: str, option: str) -> bool:
    words = {"true": True, "yes": True, "false": False, "no": False}
    if value.casefold() not in words:
        raise UsageError(f"{option}: '{value}' is neither yes nor no")
    return words[value.casefold()]


def _acquired(name: str, value: str) -> dict[str, Any]:
    when = parse_when_known(value or "unknown", f"{OPTION} {name}")
    return {"acquired": when.text, "acquired_precision": when.precision}


def _lonlat(name: str, value: str) -> dict[str, Any]:
    if not value:
        return {"lon": None, "lat": None}
    return parse_lonlat(value, f"{OPTION} {name}")._asdict()


def _places(value: str, option: str) -> list[str]:
    return [airfield_of(code.strip(), option).icao for code in value.split(",")]


_CLAIM: dict[str, Parse] = {
    "type": _one(lambda value, option: aircraft_type_of(value, option).icao),
    "operator": _one(plain_words),
    "tail_number": _one(lambda value, option: plain_words(value, option).upper()),
    "likelihood": _one(parse_likelihood),
    "note": _one(plain_words),
    "private": _one(_yes, needed=True),
    "source": _one(plain_words),
    "source_url": _one(web_address),
    "archive_url": _one(web_address),
    "admiralty": _one(parse_admiralty),
}
_SIGHTING: dict[str, Parse] = _CLAIM | {
    "acquired": _acquired,
    "airfield": _one(lambda value, option: airfield_of(value, option).icao),
    "lonlat": _lonlat,
    "position_error_m": _one(_number(0, 100_000)),
    "count": _one(_number(1, 10_000, int), needed=True),
    "size_class": _one(plain_words),
    "type_reason": _one(plain_words),
    "heading_deg": _one(_number(0, 359.999999)),
    "heading_sure": _one(_yes, needed=True),
    "length_m": _one(_number(1, 200)),
    "wingspan_m": _one(_number(1, 200)),
    "sensor": _one(plain_words),
    "image_id": _one(plain_words),
    "licence": _one(plain_words),
}
_MOVEMENT: dict[str, Parse] = _CLAIM | {
    "places": _one(_places, needed=True),
    "since": _one(lambda value, option: parse_when_known(value, option).text),
    "until": _one(lambda value, option: parse_when_known(value, option).text),
    "reasoning": _one(plain_words),
}
