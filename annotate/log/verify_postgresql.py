"""Comparing a log in PostgreSQL with what the migrations make there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection

from annotate.log.database import entries
from annotate.log.migrations.versions.r0001_entries import APPEND_ONLY
from annotate.log.views import VIEWS, view_statements

# https://www.postgresql.org/docs/current/catalog-pg-trigger.html: tgtype, of bits for row 1, before 2,
# insert 4, delete 8, update 16, truncate 32.
_TRIGGERS = {
    "entries_no_change": (2 + 8 + 16 + 32, "hardstand_refuse_change"),
    "entries_continue": (1 + 2 + 4, "hardstand_continue_chain"),
}
_FUNCTION = re.compile(r"CREATE FUNCTION (\w+)\(\).*?\$\$(.*)\$\$", re.DOTALL)
_LEFT_OUT = "so that lists may leave entries out"


def postgresql_problems(connection: Connection) -> Iterator[str]:
    """Tell what stands between a log's table and its readers that the migrations did not make."""
    kind, row_security = _row(
        connection, "SELECT relkind, relrowsecurity FROM pg_class WHERE oid = 'entries'::regclass"
    )
    if kind != "r":
        yield f"`entries` is not a table, {_LEFT_OUT}; restore a backup"
    policies = _names(connection, "SELECT polname FROM pg_policy WHERE polrelid = 'entries'::regclass")
    if policies or row_security:
        named = f" ({', '.join(policies)})" if policies else ""
        yield f"row security is on for the table entries{named}, {_LEFT_OUT}; remove it"
    if rules := _names(connection, "SELECT rulename FROM pg_rewrite WHERE ev_class = 'entries'::regclass"):
        yield f"the table entries has the rule {rules[0]}, which may change what is logged; remove it"
    heirs = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'entries'::regclass"
    if names := _names(connection, heirs):
        yield f"the table {names[0]} inherits from entries, so that its rows are read as entries; remove it"
    yield from _trigger_problems(connection)
    yield from _index_problems(connection)
    if _may_make_views(connection):
        yield from _view_problems(connection)


def _trigger_problems(connection: Connection) -> Iterator[str]:
    bodies = {match[1]: match[2] for sql in APPEND_ONLY["postgresql"] if (match := _FUNCTION.search(sql))}
    expected = {name: (kind, "O", bodies[function]) for name, (kind, function) in _TRIGGERS.items()}
    query = """
        SELECT tgname, tgtype, tgenabled, prosrc, tgqual IS NOT NULL OR tgattr <> '' OR proconfig IS NOT NULL
        FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
        WHERE tgrelid = 'entries'::regclass AND NOT tgisinternal
    """
    actual = {
        name: (kind, enabled, source) if not limited else None
        for name, kind, enabled, source, limited in connection.exec_driver_sql(query)
    }
    unnoticed = "so that entries could be changed, deleted or dropped unnoticed"
    for name, trigger in expected.items():
        if name not in actual:
            yield f"the trigger {name} is missing, {unnoticed}; restore a backup"
        elif actual[name] != trigger:
            yield f"the trigger {name} is not the one that hardstand made, {unnoticed}; restore a backup"
    for name in sorted(actual.keys() - expected.keys()):
        yield f"hardstand did not make the trigger {name}, which may change what is logged; remove it"


def _index_problems(connection: Connection) -> Iterator[str]:
    query = """
        SELECT indisunique, (
            SELECT array_agg(pg_get_indexdef(indexrelid, n, true) ORDER BY n)
            FROM generate_series(1, indnkeyatts) AS n
        )
        FROM pg_index WHERE indrelid = 'entries'::regclass AND indpred IS NULL AND indisvalid
    """
    actual = {(unique, *columns) for unique, columns in connection.exec_driver_sql(query)}
    expected: list[tuple[object, ...]] = [(True, column.name) for column in entries.primary_key]
    expected += [(True, column.name) for column in entries.columns if column.unique]
    expected += [(False, *(column.name for column in index.columns)) for index in entries.indexes]
    for index in expected:
        if index not in actual:
            columns = ", ".join(map(str, index[1:]))
            yield f"the index of entries by {columns} is missing or changed, {_LEFT_OUT}; restore a backup"


def _view_problems(connection: Connection) -> Iterator[str]:
    """Compare the views with new ones, as the server writes both; it keeps no text of theirs."""
    query = "SELECT pg_get_viewdef(to_regclass('{}'))"
    actual = {view: connection.exec_driver_sql(query.format(view)).scalar() for view in VIEWS}
    with connection.begin_nested() as savepoint:
        for statement in view_statements(sqlite=False):
            connection.exec_driver_sql(statement.replace("CREATE VIEW", "CREATE TEMPORARY VIEW", 1))
        expected = {
            view: connection.exec_driver_sql(query.format(f"pg_temp.{view}")).scalar() for view in VIEWS
        }
        savepoint.rollback()
    for view in VIEWS:
        if actual[view] != expected[view]:
            how = "is missing" if actual[view] is None else "is not the one that hardstand made"
            yield (
                f"the view {view} {how}, so that SQL queries may see other entries than the log has; restore "
                "a backup"
            )


def _may_make_views(connection: Connection) -> bool:
    (may,) = _row(
        connection,
        "SELECT has_database_privilege(current_database(), 'TEMPORARY') AND NOT pg_is_in_recovery()",
    )
    return bool(may)


def postgresql_warnings(connection: Connection) -> Iterator[str]:
    """Tell which tables another search path takes for the log, and whether views could not be compared."""
    others = """
        SELECT oid::regclass::text FROM pg_class
        WHERE relname = 'entries' AND relkind IN ('r', 'v', 'm', 'f', 'p') AND oid <> 'entries'::regclass
    """
    for name in _names(connection, others):
        yield f"there is also {name}, which is read as the log by whose search path names its schema first"
    if not _may_make_views(connection):
        yield "the views were not compared, as this role may not make temporary ones; SQL queries use them"


def _row(connection: Connection, query: str) -> tuple[Any, ...]:
    return tuple(connection.exec_driver_sql(query).one())


def _names(connection: Connection, query: str) -> list[str]:
    return sorted(name for (name,) in connection.exec_driver_sql(query))
