"""Entries as Arrow record batches, for the formats that are tables with a geometry."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Generic, TypeVar

import pyarrow as pa
import shapely

from annotate.log.columns import Column, columns, text_of
from annotate.log.entries import Movement, Sighting
from annotate.log.features import route_of
from annotate.query.where_and_when import places_of

Exported = TypeVar("Exported", Sighting, Movement)
ROWS = 2000  # of a batch: as many are in memory at once
GEOMETRY = "geometry"
_TYPES = {
    "text": pa.string(),
    "number": pa.float64(),
    "integer": pa.int64(),
    "flag": pa.bool_(),
    "texts": pa.list_(pa.string()),
    "numbers": pa.list_(pa.float64()),
}


def schema_of(
    kind: type[Sighting] | type[Movement], *, lists: bool, derived: Sequence[pa.Field] = ()
) -> pa.Schema:
    """Return the schema of sightings or movements, with their geometry as WKB in the last column.

    Args:
        kind: Which of the two.
        lists: Whether the format has lists; otherwise they are JSON text.
        derived: Columns after the log's own fields.
    """
    fields = [
        pa.field(column.name, _type(column, lists=lists), nullable=column.optional)
        for column in columns(kind)
    ]
    return pa.schema([*fields, *derived, pa.field(GEOMETRY, pa.binary())])


POINT_IS = pa.field("point_is", pa.string())  # what `point_of` is, see `annotate.exports.drawing.point_is`


def point_of(sighting: Sighting) -> bytes | None:
    """Return the position of a sighting as WKB, else its airfield's reference point; None without either."""
    place = next(iter(places_of(sighting)), None)
    return None if place is None else shapely.to_wkb(shapely.Point(place))


def lines_of(movement: Movement) -> bytes | None:
    """Return the legs of a movement as WKB; None where none can be drawn."""
    route = route_of(movement.places)
    return None if route is None else shapely.to_wkb(route)


class Batches(Generic[Exported]):
    """Record batches of entries, made one at a time.

    Attributes:
        schema: The schema of every batch.
        count: How many entries the batches so far had.
    """

    def __init__(
        self,
        entries: Iterator[Exported],
        schema: pa.Schema,
        geometry: Callable[[Exported], bytes | None],
        derived: Mapping[str, Callable[[Exported], Any]] | None = None,
    ) -> None:
        """Take entries and their schema.

        Args:
            entries: Sightings or movements.
            schema: Their `schema_of`.
            geometry: Returns the geometry of one as WKB.
            derived: Return the values of the derived columns, by name.
        """
        self.count = 0
        self.schema = schema
        self._entries: Iterator[Exported] = entries
        self._columns: dict[str, Callable[[Exported], Any]] = {**(derived or {}), GEOMETRY: geometry}

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        while batch := list(islice(self._entries, ROWS)):
            self.count += len(batch)
            yield pa.record_batch([self._array(field, batch) for field in self.schema], schema=self.schema)

    def _array(self, field: pa.Field, batch: Sequence[Exported]) -> pa.Array:
        derive = self._columns.get(field.name)
        return _array(field, batch) if derive is None else pa.array(map(derive, batch), field.type)


def _array(field: pa.Field, entries: Sequence[Sighting | Movement]) -> pa.Array:
    values = [vars(entry)[field.name] for entry in entries]
    if field.type == pa.string():
        values = [value if value is None else text_of(value) for value in values]
    return pa.array(values, field.type)


def _type(column: Column, *, lists: bool) -> pa.DataType:
    data_type = _TYPES[column.kind]
    return pa.string() if pa.types.is_list(data_type) and not lists else data_type
