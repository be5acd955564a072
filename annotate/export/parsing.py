"""From a line of a table, or the properties of a feature, to the values of an entry's fields."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from annotate.export.columns import Column, Kind, columns
from annotate.log.entry import Movement, Sighting
from imagery.errors import UsageError

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
