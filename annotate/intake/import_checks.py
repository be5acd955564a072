"""Checks of entries that are read from a file: what cannot be true is refused, never guessed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

from annotate.intake.fields import printable_text, web_address
from annotate.intake.grades import parse_admiralty, parse_likelihood
from annotate.intake.place import parse_lonlat
from annotate.intake.type_names import aircraft_type_of
from annotate.intake.when import parse_when
from annotate.log.columns import columns
from annotate.log.entries import Evidence, Judgement, Movement, Sighting, Status, validate_movement
from annotate.log.stops import stop_of
from imagery.acquisition import Precision
from imagery.airfields import SEARCH_RADIUS_M, airfield_of, distance_m
from imagery.errors import UsageError
from imagery.grid import LonLat

_STORES = frozenset({"ftp", "s3", "gs"})  # images lie there, too, though no browser opens them


def check_sighting(sighting: Sighting, where: str) -> None:
    """Check each field of a sighting, and those together that speak of its place and its time.

    Args:
        sighting: As it was read.
        where: What messages begin with: file and line.

    Raises:
        UsageError: Something of it cannot be true.
    """
    _check_fields(sighting, where)
    _check_place(sighting, where)
    when = None if sighting.acquired is None else parse_when(sighting.acquired, f"{where}: acquired")
    if (when.precision if when else "unknown") != sighting.acquired_precision:
        raise UsageError(
            f"{where}: acquired: {sighting.acquired or 'unknown'} is not known to the "
            f"{sighting.acquired_precision}; correct acquired_precision"
        )
    if sighting.evidence == "inferred":
        raise UsageError(f"{where}: evidence: a sighting is seen or reported; an inference is a movement")
    if sighting.count < 1:
        raise UsageError(f"{where}: count: {sighting.count} is not a number of aircraft; give 1 or more")


def check_movement(movement: Movement, where: str) -> None:
    """Check each field of a movement, and those together that make it one.

    Args:
        movement: As it was read.
        where: What messages begin with: file and line.

    Raises:
        UsageError: Something of it cannot be true.
    """
    _check_fields(movement, where)
    for place in movement.places:
        if stop_of(place).lonlat is None:
            icao = airfield_of(place, f"{where}: places").icao
            raise UsageError(f"{where}: places: '{place}' is not as an export writes it: {icao}")
    # A published export leaves out the names of files. Importing it names the other log as a source.
    validate_movement(replace(movement, source=movement.source or where), where)


def _check_fields(entry: Sighting | Movement, where: str) -> None:
    for column in columns(type(entry)):
        value = getattr(entry, column.name)
        if column.kind == "text" and value:
            printable_text(value, f"{where}: {column.name}")
        check = _CHECKS.get(column.name)
        if check is not None and value is not None:
            check(value, f"{where}: {column.name}")


def _check_place(sighting: Sighting, where: str) -> None:
    if (sighting.lon is None) != (sighting.lat is None):
        raise UsageError(f"{where}: has only one of lon and lat; give both or neither")
    if sighting.lon is None or sighting.lat is None:
        return
    place = parse_lonlat(f"{sighting.lon!r},{sighting.lat!r}", f"{where}: lon, lat")
    if sighting.airfield is None:
        return
    airfield = airfield_of(sighting.airfield, f"{where}: airfield")
    if distance_m(place, airfield.lonlat) <= SEARCH_RADIUS_M or abs(place.lon) > 90:
        return
    if distance_m(LonLat(place.lat, place.lon), airfield.lonlat) <= SEARCH_RADIUS_M:
        raise UsageError(
            f"{where}: lon, lat: {place.lon:g},{place.lat:g} lies at {airfield.icao} if they are swapped; "
            "longitude comes first"
        )


def _one_of(words: tuple[str, ...]) -> Callable[[str, str], None]:
    def check(value: str, where: str) -> None:
        if value not in words:
            raise UsageError(f"{where}: '{value}' is not one of {', '.join(words)}")

    return check


def _like(pattern: str, noun: str) -> Callable[[str, str], None]:
    def check(value: str, where: str) -> None:
        if not re.fullmatch(pattern, value):
            raise UsageError(f"{where}: '{value}' is not {noun}")

    return check


def _within(low: float, high: float) -> Callable[[float, str], None]:
    def check(value: float, where: str) -> None:
        if not low <= value <= high:
            raise UsageError(f"{where}: {value:g} is not between {low:g} and {high:g}")

    return check


def _check_address(value: str, where: str) -> None:
    if value.partition("://")[0] not in _STORES:
        web_address(value, where)


_HASH = _like("[0-9a-f]{64}", "a SHA-256")
_METRES = _within(0, 1e6)
_CHECKS: dict[str, Callable[[Any, str], object]] = {
    "id": _like("[0-9a-f]{16}", "an identifier of an entry"),
    "status": _one_of(get_args(Status)),
    "evidence": _one_of(get_args(Evidence)),
    "verdict": _one_of(get_args(Judgement)),
    "acquired_precision": _one_of(get_args(Precision)),
    "since": parse_when,
    "until": parse_when,
    "airfield": airfield_of,
    "type": aircraft_type_of,
    "likelihood": parse_likelihood,
    "admiralty": parse_admiralty,
    "source_url": _check_address,
    "archive_url": _check_address,
    "scene_sha256": _HASH,
    "source_file_sha256": _HASH,
    "heading_deg": _within(0, 360),
    "position_error_m": _METRES,
    "length_m": _METRES,
    "wingspan_m": _METRES,
    "length_error_m": _METRES,
    "wingspan_error_m": _METRES,
    "gsd_m": _METRES,
}
