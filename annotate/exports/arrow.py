"""Entries as Arrow record batches, for the formats that are tables with a geometry."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Generic, TypeVar

import pyarrow as pa
import shapely

from annotate.exports.drawing import route_of
from annotate.log.columns import Column, columns, text_of
from annotate.log.entries import Movement, Sighting

Entry = TypeVar("Entry", Sighting, Movement)
ROWS = 2000  # of a batch: what is held at once
GEOMETRY = "geometry"
_TYPES = {
    "text": pa.string(),
    "number": pa.float64(),
    "integer": pa.int64(),
    "flag": pa.bool_(),
    "texts": pa.list_(pa.string()),
    "numbers": pa.list_(pa.float64()),
}


def schema_of(entry: type[Sighting] | type[Movement], *, lists: bool) -> pa.Schema:
    """The columns of sightings or movements, with their geometry as WKB in the last one.

    Args:
        entry: Which.
        lists: Whether the format has lists; otherwise they are JSON text.
    """
    fields = [
        pa.field(column.name, _type(column, lists=lists), nullable=column.optional)
        for column in columns(entry)
    ]
    return pa.schema([*fields, pa.field(GEOMETRY, pa.binary())])


def point_of(sighting: Sighting) -> bytes | None:
    """Where a sighting was, as WKB; None where that is not known."""
    if sighting.lon is None or sighting.lat is None:
        return None
    return shapely.to_wkb(shapely.Point(sighting.lon, sighting.lat))


def lines_of(movement: Movement) -> bytes | None:
    """The legs of a movement as WKB; None where none can be drawn."""
    route = route_of(movement)
    return None if route is None else shapely.to_wkb(route)


class Batches(Generic[Entry]):
    """Record batches of entries, made as they are asked for.

    Attributes:
        schema: Theirs.
        count: How many entries have been passed on.
    """

    def __init__(
        self, entries: Iterator[Entry], schema: pa.Schema, geometry: Callable[[Entry], bytes | None]
    ) -> None:
        """Take entries, the schema that `schema_of` gives for them, and what gives an entry's geometry."""
        self.count = 0
        self.schema = schema
        self._entries: Iterator[Entry] = entries
        self._geometry: Callable[[Entry], bytes | None] = geometry

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        while some := list(islice(self._entries, ROWS)):
            self.count += len(some)
            held = [_array(field, some) for field in self.schema if field.name != GEOMETRY]
            held.append(pa.array(map(self._geometry, some), pa.binary()))
            yield pa.record_batch(held, schema=self.schema)


def _array(field: pa.Field, some: Sequence[Sighting | Movement]) -> pa.Array:
    values = [vars(one)[field.name] for one in some]
    if field.type == pa.string():
        values = [value if value is None else text_of(value) for value in values]
    return pa.array(values, field.type)


def _type(column: Column, *, lists: bool) -> pa.DataType:
    held = _TYPES[column.kind]
    return pa.string() if pa.types.is_list(held) and not lists else held
