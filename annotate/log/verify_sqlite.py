"""Comparing a SQLite database with the one that the migrations make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from sqlalchemy import Connection

from annotate.log.database import database_at
from annotate.log.migrating import bring_up_to_date

_CONSEQUENCES = {
    "trigger": "entries could be changed, deleted or dropped unnoticed",
    "view": "SQL queries may see other entries than the log has",
    "table": "what it shows or publishes may differ from what was logged",
}


class _Schema(NamedTuple):
    """The parts of a database that decide what its readers see.

    Attributes:
        made: The SQL of triggers and views by kind and name; None of a table.
        columns: Of the table of entries: name, type, whether null is refused, place in the key, generated.
        indexes: Of the table of entries: unique, partial, and columns with direction and collation.
    """

    made: dict[tuple[str, str], str | None]
    columns: list[tuple[object, ...]]
    indexes: Counter[tuple[object, ...]]


def sqlite_problems(connection: Connection) -> Iterator[str]:
    """Tell what of a log's database is damaged, or is not what the migrations make."""
    # It compares every index with its table, so that a doctored one shows.
    (first,) = connection.exec_driver_sql("PRAGMA integrity_check(1)").one()
    if first != "ok":
        yield (
            f"the database is damaged or was changed ({first}), so that lists may leave entries out; if only "
            "indexes are wrong, `REINDEX` in sqlite3 mends them, else restore a backup"
        )
    expected, actual = _schema_as_made(), _schema(connection)
    for (kind, name), sql in expected.made.items():
        if (kind, name) not in actual.made:
            yield f"the {kind} {name} is missing, so that {_CONSEQUENCES[kind]}; restore a backup"
        elif actual.made[kind, name] != sql:
            yield (
                f"the {kind} {name} is not the one that hardstand made, so that {_CONSEQUENCES[kind]}; "
                "restore a backup"
            )
    for kind, name in actual.made.keys() - expected.made.keys():
        if kind == "trigger":
            yield f"hardstand did not make the trigger {name}, which may change what is logged; remove it"
    if actual.columns != expected.columns or expected.indexes - actual.indexes:
        yield (
            "columns or indexes of the table entries are not those that hardstand made, so that lists may "
            "leave entries out; restore a backup"
        )


def sqlite_warnings(connection: Connection) -> Iterator[str]:
    """Tell which tables and views are in a log's database that hardstand did not make."""
    for kind, name in sorted(_schema(connection).made.keys() - _schema_as_made().made.keys()):
        if kind != "trigger":
            yield f"hardstand did not make the {kind} {name} in it; nothing in that is checked"


@cache
def _schema_as_made() -> _Schema:
    """Return the schema of a new log, which every migration has been through."""
    database = database_at(":memory:")
    try:
        bring_up_to_date(database, create=True)
        with database.reading() as connection:
            return _schema(connection)
    finally:
        database.close()


def _schema(connection: Connection) -> _Schema:
    listed = connection.exec_driver_sql(
        "SELECT type, name, sql FROM sqlite_master WHERE type <> 'index' AND substr(name, 1, 7) <> 'sqlite_'"
    )
    # Of a table, SQLAlchemy writes the text, and may come to write it differently: its columns are compared.
    made = {
        (kind, name): None if kind == "table" and not _is_virtual(sql) else " ".join(sql.split())
        for kind, name, sql in listed
    }
    columns: list[tuple[object, ...]] = [
        (name, kind, not_null, key, hidden)
        for _, name, kind, not_null, _, key, hidden in connection.exec_driver_sql(
            "PRAGMA table_xinfo(entries)"
        )
    ]
    indexes = connection.exec_driver_sql("PRAGMA index_list(entries)").all()
    return _Schema(
        made,
        columns,
        Counter(
            (unique, partial, *_index_columns(connection, name)) for _, name, unique, _, partial in indexes
        ),
    )


def _is_virtual(sql: str) -> bool:
    return sql.split(maxsplit=2)[1].upper() == "VIRTUAL"


def _index_columns(connection: Connection, index: str) -> Iterator[tuple[object, ...]]:
    for _, _, name, descending, collation, is_key in connection.exec_driver_sql(
        "SELECT * FROM pragma_index_xinfo(?)", (index,)
    ):
        if is_key:
            yield name, descending, collation.upper()
