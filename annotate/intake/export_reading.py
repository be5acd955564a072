"""Reading the CSV and GeoJSON files that an export of another log wrote, entry by entry, each checked."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from annotate.intake.import_checks import check_movement, check_sighting
from annotate.log.columns import Column, Kind, columns
from annotate.log.csv_dialects import dialect_of, unguarded
from annotate.log.entries import Movement, Sighting
from imagery.airfields import airfields
from imagery.errors import UsageError
from imagery.json_text import parse_json
from imagery.words import counted

Entry = TypeVar("Entry", Sighting, Movement)

_BEGINNING_BYTES = 2**16
POINT_IS = "point_is"  # says of a feature's geometry whether it is a position
_KINDS = {field.name: field.kind for kind in (Sighting, Movement) for field in columns(kind)}
_TIMES = ("acquired", "since", "until")
_IDENTIFIERS = ("id", "supersedes", "verdict_id", "candidate")
# What spreadsheets make of true and false in English, German, French, Spanish, Italian, Portuguese, Russian.
_SPREADSHEET_FLAGS = {
    **dict.fromkeys(("true", "wahr", "vrai", "verdadero", "vero", "verdadeiro", "истина"), "true"),
    **dict.fromkeys(("false", "falsch", "faux", "falso", "ложь"), "false"),
}
# With points the day comes first everywhere; with strokes it may be the month, so that is refused.
_SPREADSHEET_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)
_SPREADSHEET_NUMBER = re.compile(r"\d([.,]\d+)?[eE]\+?\d+", re.ASCII)
SHOWN_CHARACTERS = 60  # of a cell that is not what it should be
_NEAR_DEG = 1e-6  # 0.1 m; programs that edit GeoJSON round


def read_export(path: Path) -> Iterator[Sighting | Movement]:
    """Read the entries of a file that `annotate.exports.export` wrote, in its order.

    Raises:
        UsageError: It is not such a file, or an entry in it cannot be true.
    """
    readers = {".csv": _csv_rows, ".geojson": _features, ".json": _features}
    read = readers.get(path.suffix.lower())
    if read is None:
        raise UsageError(f"{path}: not a format that can be imported; give a .csv or .geojson file")
    try:
        yield from (_checked(members, where) for members, where in read(path))
    except OSError as reason:
        raise UsageError(f"{path}: cannot be read ({reason.strerror or reason})") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: not UTF-8; save it as `CSV UTF-8`") from None
    except UnicodeError as reason:
        raise UsageError(f"{path}: not text ({reason})") from None


def _checked(members: Mapping[str, Any], where: str) -> Sighting | Movement:
    if "places" in members:
        movement = _entry_of(Movement, members, where)
        check_movement(movement, where)
        return movement
    sighting = _entry_of(Sighting, members, where)
    check_sighting(sighting, where)
    return sighting


def _csv_rows(path: Path) -> Iterator[tuple[dict[str, Any], str]]:
    """Read the cells of each row by name, and where the row is."""
    with path.open("rb") as file:
        dialect = dialect_of(file.read(_BEGINNING_BYTES))
    with path.open(encoding=dialect.encoding, newline="") as text:
        rows = csv.reader(text, delimiter=dialect.delimiter, strict=True)
        try:
            names = next(rows, [])
            if "evidence" not in names:
                raise UsageError(
                    f"{path}: not a hardstand export: its first line does not name the fields of one"
                )
            for cells in rows:
                where = f"{path}: line {rows.line_num}"
                if len(cells) != len(names):
                    raise UsageError(
                        f"{where}: has {counted(len(cells), 'cell')}, the first line has {len(names)}"
                    )
                members = {
                    name: _as_exported(name, unguarded(cell, dialect), dialect.delimiter, where)
                    for name, cell in zip(names, cells, strict=True)
                }
                yield members, where
        except csv.Error as reason:
            raise UsageError(f"{path}: line {rows.line_num}: not CSV ({reason})") from None


def _as_exported(name: str, cell: str, delimiter: str, where: str) -> str:
    """Return a cell as it was before a spreadsheet saved it.

    Raises:
        UsageError: The spreadsheet has made a number of an identifier, which does not come back.
    """
    if _KINDS.get(name) == "flag":
        return _SPREADSHEET_FLAGS.get(cell.casefold(), cell)
    if _KINDS.get(name) in ("number", "integer") and delimiter != ",":
        return cell.replace(",", ".") if cell.count(",") == 1 and "." not in cell else cell
    if name in _TIMES and (match := _SPREADSHEET_DAY.fullmatch(cell)):
        return f"{match[3]}-{match[2]:0>2}-{match[1]:0>2}"
    if name in _IDENTIFIERS and _SPREADSHEET_NUMBER.fullmatch(cell):
        raise UsageError(
            f"{where}: {name}: a spreadsheet has turned the identifier into the number '{cell}'; export it "
            "again"
        )
    return cell


def _features(path: Path) -> Iterator[tuple[dict[str, Any], str]]:
    """Read the properties of each feature, and where the feature is."""
    try:
        document = parse_json(path.read_text(encoding="utf-8-sig"))
    except ValueError as reason:
        raise UsageError(f"{path}: not JSON ({reason})") from None
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise UsageError(f"{path}: not a GeoJSON FeatureCollection")
    for number, feature in enumerate(features, start=1):
        where = f"{path}: feature {number}"
        properties = feature.get("properties") if isinstance(feature, dict) else None
        if not isinstance(properties, dict) or "evidence" not in properties:
            raise UsageError(f"{where}: does not have the properties of a hardstand export")
        _check_point(feature, properties, where)
        yield {name: value for name, value in properties.items() if name != POINT_IS}, where


def _check_point(feature: dict[str, Any], properties: dict[str, Any], where: str) -> None:
    """Refuse a point that somebody moved on a map, away from its lon and lat or its airfield's own point."""
    geometry = feature.get("geometry")
    if not isinstance(geometry, dict) or geometry.get("type") != "Point":
        return
    try:
        place = properties["lon"], properties["lat"]
        if place == (None, None) and POINT_IS in properties:
            place = airfields()[properties["airfield"]].lonlat
        apart_deg = [
            abs(float(degrees) - float(own))
            for degrees, own in zip(geometry["coordinates"][:2], place, strict=True)
        ]
    except (KeyError, TypeError, ValueError):
        raise UsageError(f"{where}: its point differs from its lon and lat; correct one of them") from None
    if not all(apart <= _NEAR_DEG for apart in apart_deg):  # NaN is not near either
        raise UsageError(f"{where}: its point differs from its lon and lat; correct one of them")


def _entry_of(kind: type[Entry], members: Mapping[str, Any], where: str) -> Entry:
    """Return an entry made of values by name; the inverse of what an export writes.

    Args:
        kind: Which kind of entry.
        members: Text as a table has it, or JSON values; a field that is missing is unknown.
        where: What messages begin with: file and line.

    Raises:
        UsageError: A name is not that of a field, a value does not fit its field, or one is missing that must
            be there.
    """
    fields = columns(kind)
    if strange := members.keys() - {field.name for field in fields}:
        raise UsageError(f"{where}: '{min(strange)}' is not a field of an export; take it out")
    return kind(**{field.name: _value(field, members.get(field.name), where) for field in fields})


def _value(field: Column, raw: Any, where: str) -> Any:
    if raw is None or (raw == "" and (field.optional or field.kind != "text")):
        if field.optional:
            return None
        raise UsageError(f"{where}: {field.name} is missing")
    try:
        return _READERS[field.kind](raw)
    except (KeyError, TypeError, ValueError):
        raise UsageError(
            f"{where}: {field.name}: '{str(raw)[:SHOWN_CHARACTERS]}' is not {_NOUNS[field.kind]}"
        ) from None


def _text(raw: Any) -> str:
    if not isinstance(raw, str):
        raise TypeError
    return raw


def _number(raw: Any) -> float:
    number = float(raw)
    if isinstance(raw, bool) or not math.isfinite(number):
        raise ValueError
    return number


def _integer(raw: Any) -> int:
    number = _number(raw)
    if not number.is_integer():
        raise ValueError
    return int(number)


def _flag(raw: Any) -> bool:
    return raw if isinstance(raw, bool) else {"true": True, "false": False}[raw]


def _list(raw: Any, read: Callable[[Any], Any]) -> tuple[Any, ...]:
    """Read a list, or the JSON text of one, which a table has."""
    values = parse_json(raw) if isinstance(raw, str) else raw
    if not isinstance(values, list):
        raise TypeError
    return tuple(map(read, values))


_READERS: dict[Kind, Callable[[Any], Any]] = {
    "text": _text,
    "number": _number,
    "integer": _integer,
    "flag": _flag,
    "texts": lambda raw: _list(raw, _text),
    "numbers": lambda raw: _list(raw, _number),
}
_NOUNS: dict[Kind, str] = {
    "text": "text",
    "number": "a number",
    "integer": "a whole number",
    "flag": "true or false",
    "texts": 'a list such as ["GABS", "GAGO"]',
    "numbers": "a list such as [812.5, 640.0]",
}
