"""Exports of another log, read: CSV and GeoJSON."""

from __future__ import annotations

import codecs
import csv
import json
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from annotate.intake.checks import check_movement, check_sighting
from annotate.log.columns import Column, Kind, columns
from annotate.log.csv_dialects import EXCEL, PLAIN, unguarded
from annotate.log.entries import Movement, Sighting
from imagery.errors import UsageError

_NEAR_DEG = 1e-6  # 0.1 m; programs that edit GeoJSON round


def read_export(path: Path) -> Iterator[Sighting | Movement]:
    """The entries of a file that ``hardstand log export`` wrote, in its order.

    Raises:
        UsageError: It is none, or an entry in it cannot be true.
    """
    readers = {".csv": _csv_rows, ".geojson": _features, ".json": _features}
    read = readers.get(path.suffix.lower())
    if read is None:
        raise UsageError(f"{path}: no format that is taken back; that is .csv or .geojson")
    try:
        yield from (_entry(members, where) for members, where in read(path))
    except OSError as reason:
        raise UsageError(f"{path}: cannot be read ({reason.strerror or reason})") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: is not UTF-8; save it as `CSV UTF-8`") from None


def _entry(members: dict[str, Any], where: str) -> Sighting | Movement:
    if "places" in members:
        movement = entry_of(Movement, members, where)
        check_movement(movement, where)
        return movement
    sighting = entry_of(Sighting, members, where)
    check_sighting(sighting, where)
    return sighting


def _csv_rows(path: Path) -> Iterator[tuple[dict[str, Any], str]]:
    """Each line's cells by name, and where it stands."""
    with path.open("rb") as file:
        dialect = EXCEL if file.read(3) == codecs.BOM_UTF8 else PLAIN
    with path.open(encoding=dialect.encoding, newline="") as text:
        lines = csv.reader(text, strict=True)
        try:
            names = next(lines, [])
            if "evidence" not in names:
                raise UsageError(f"{path}: its first line does not name fields of an export")
            for cells in lines:
                where = f"{path}: line {lines.line_num}"
                if len(cells) != len(names):
                    raise UsageError(f"{where}: has {len(cells)} cells, not {len(names)} as the first line")
                yield {name: unguarded(cell, dialect) for name, cell in zip(names, cells, strict=True)}, where
        except csv.Error as reason:
            raise UsageError(f"{path}: line {lines.line_num}: is no CSV ({reason})") from None


def _features(path: Path) -> Iterator[tuple[dict[str, Any], str]]:
    """Each feature's properties, and where it stands."""
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except json.JSONDecodeError as reason:
        raise UsageError(f"{path}: is no JSON ({reason})") from None
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise UsageError(f"{path}: is no GeoJSON FeatureCollection")
    for number, feature in enumerate(features, start=1):
        where = f"{path}: feature {number}"
        properties = feature.get("properties") if isinstance(feature, dict) else None
        if not isinstance(properties, dict) or "evidence" not in properties:
            raise UsageError(f"{where}: has not the properties of an export")
        _check_point(feature, properties, where)
        yield properties, where


def _check_point(feature: dict[str, Any], properties: dict[str, Any], where: str) -> None:
    """A point that somebody moved on a map says another place than lon and lat."""
    geometry = feature.get("geometry")
    if not isinstance(geometry, dict) or geometry.get("type") != "Point":
        return
    try:
        apart = [
            abs(float(one) - float(properties[name]))
            for one, name in zip(geometry["coordinates"], ("lon", "lat"), strict=False)
        ]
    except (KeyError, TypeError, ValueError):
        raise UsageError(f"{where}: its point and its lon and lat do not fit each other") from None
    if max(apart) > _NEAR_DEG:
        raise UsageError(f"{where}: its point lies elsewhere than its lon and lat; correct what is wrong")


Entry = TypeVar("Entry", Sighting, Movement)


def entry_of(kind: type[Entry], members: Mapping[str, Any], where: str) -> Entry:
    """An entry out of values by name; the inverse of what an export writes.

    Args:
        kind: Which kind of entry.
        members: Text as a table has it, or JSON values; a field that is not there is unknown.
        where: For messages: the file and the line.

    Raises:
        UsageError: A name is none of a field, a value does not fit it, or one is missing that must be there.
    """
    known = columns(kind)
    names = {column.name for column in known}
    if strange := [name for name in members if name not in names]:
        raise UsageError(f"{where}: '{strange[0]}' is no field of an export; take it out")
    return kind(**{column.name: _value(column, members.get(column.name), where) for column in known})


def _value(column: Column, said: Any, where: str) -> Any:
    if said is None or (said == "" and (column.optional or column.kind != "text")):
        if column.optional:
            return None
        raise UsageError(f"{where}: {column.name} is missing")
    try:
        return _READERS[column.kind](said)
    except (KeyError, TypeError, ValueError):
        raise UsageError(f"{where}: {column.name}: '{said}' is no {_NAMES[column.kind]}") from None


def _text(said: Any) -> str:
    if not isinstance(said, str):
        raise TypeError
    return said


def _number(said: Any) -> float:
    number = float(said)
    if isinstance(said, bool) or not math.isfinite(number):
        raise ValueError
    return number


def _integer(said: Any) -> int:
    number = _number(said)
    if not number.is_integer():
        raise ValueError
    return int(number)


def _flag(said: Any) -> bool:
    return said if isinstance(said, bool) else {"true": True, "false": False}[said]


def _list(said: Any, read: Callable[[Any], Any]) -> tuple[Any, ...]:
    """A list, or the JSON text of one where the format has none."""
    held = json.loads(said) if isinstance(said, str) else said
    if not isinstance(held, list):
        raise TypeError
    return tuple(map(read, held))


_READERS: dict[Kind, Callable[[Any], Any]] = {
    "text": _text,
    "number": _number,
    "integer": _integer,
    "flag": _flag,
    "texts": lambda said: _list(said, _text),
    "numbers": lambda said: _list(said, _number),
}
_NAMES: dict[Kind, str] = {
    "text": "text",
    "number": "number",
    "integer": "whole number",
    "flag": "true or false",
    "texts": 'list such as ["GABS", "GAGO"]',
    "numbers": "list such as [812.5, 640.0]",
}
