"""The columns of every export: the log's own fields, under their own names, in their order."""

from __future__ import annotations

import json
from types import NoneType
from typing import Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

from annotate.log.entries import Movement, Sighting

Kind = Literal["text", "number", "integer", "flag", "texts", "numbers", "json"]
_KINDS: dict[object, Kind] = {str: "text", float: "number", int: "integer", bool: "flag", Literal: "text"}


class Column(NamedTuple):
    """One field of a sighting or a movement.

    Attributes:
        name: The field's.
        kind: What it holds; ``texts`` and ``numbers`` are lists.
        optional: Whether it may be unknown.
    """

    name: str
    kind: Kind
    optional: bool


def columns(entry: type[Sighting] | type[Movement]) -> tuple[Column, ...]:
    """Return the columns of sightings or of movements."""
    return _COLUMNS[entry]


def _column(name: str, hint: Any) -> Column:
    optional = NoneType in get_args(hint)
    value_hint = next(part for part in get_args(hint) if part is not NoneType) if optional else hint
    if get_origin(value_hint) is tuple:
        return Column(name, "texts" if get_args(value_hint)[0] is str else "numbers", optional)
    return Column(name, _KINDS[get_origin(value_hint) or value_hint], optional)


def _columns(entry: type[Sighting] | type[Movement]) -> tuple[Column, ...]:
    hints = get_type_hints(entry)
    return tuple(_column(name, hints[name]) for name in entry.__dataclass_fields__)


# Of both, derived from the fields once.
_COLUMNS = {entry: _columns(entry) for entry in (Sighting, Movement)}


def text_of(value: object) -> str:
    """Write a field's value as text: empty where unknown, ``true`` or ``false``, lists as JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
