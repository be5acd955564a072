"""The database itself refuses what would change the log, whoever asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy

from annotate.log.chain import chained_hash
from annotate.log.entries import Verdict
from annotate.log.store import open_log

Make = Callable[..., Verdict]


@pytest.fixture
def logged(location: str, table: Any, verdict: Make) -> list[dict[str, Any]]:
    """The rows of a log with two verdicts and their sightings."""
    with open_log(location, create=True) as log:
        log.record([verdict(1), verdict(2)])
    rows: list[dict[str, Any]] = table.rows()
    return rows


def refused(table: Any, statement: str) -> str:
    """What the database says to a statement that it does not carry out."""
    before = table.rows()
    with pytest.raises(sqlalchemy.exc.DatabaseError) as refusal:
        table.run(statement)
    assert table.rows() == before
    return str(refusal.value.orig)


def insert(verb: str = "INSERT", **row: Any) -> str:
    values = ", ".join(f"'{value}'" for value in row.values())
    return f"{verb} INTO entries ({', '.join(row)}) VALUES ({values})"


def following(rows: list[dict[str, Any]], **members: Any) -> dict[str, Any]:
    """An entry that continues the chain, but for what is replaced."""
    payload, previous = members.get("payload", "{}"), members.get("previous_hash", rows[-1]["hash"])
    row = {"seq": len(rows) + 1, "id": "n", "kind": "verdict", "origin": "n", "subject": "n"}
    row |= {"payload": payload, "previous_hash": previous, "hash": chained_hash(previous, payload)}
    return row | members


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE entries SET payload = '{}' WHERE seq = 2",
        "UPDATE entries SET subject = 'another'",
        "DELETE FROM entries WHERE seq = 4",
        "DELETE FROM entries",
    ],
)
def test_no_entry_can_be_changed_or_deleted(change: str, table: Any, logged: list[dict[str, Any]]) -> None:
    assert "append-only" in refused(table, change)


@pytest.mark.postgres
def test_the_table_cannot_be_truncated(postgres_url: str, verdict: Make) -> None:
    with open_log(postgres_url, create=True) as log:
        log.record([verdict()])
        engine = sqlalchemy.create_engine(postgres_url)
        with pytest.raises(sqlalchemy.exc.DatabaseError, match="append-only"), engine.begin() as connection:
            connection.exec_driver_sql("TRUNCATE entries")
        engine.dispose()
        assert log.head().seq == 2


def test_an_entry_that_continues_the_chain_is_taken(table: Any, logged: list[dict[str, Any]]) -> None:
    """So those that are refused below are refused for what is wrong with them."""
    table.run(insert(**following(logged)))
    assert len(table.rows()) == 5


@pytest.mark.parametrize("seq", [0, -1, 3, 6, 1000])
def test_an_entry_must_take_the_next_number(seq: int, table: Any, logged: list[dict[str, Any]]) -> None:
    assert "continue it" in refused(table, insert(**following(logged, seq=seq)))


@pytest.mark.parametrize("place", [0, 1, None])
def test_an_entry_must_follow_the_last(place: int | None, table: Any, logged: list[dict[str, Any]]) -> None:
    """One that follows an earlier one would fork the chain; one that follows none would begin another."""
    previous = "0" * 64 if place is None else logged[place]["hash"]
    assert "continue it" in refused(table, insert(**following(logged, previous_hash=previous)))


def test_the_first_entry_must_be_the_first(location: str, table: Any) -> None:
    with open_log(location, create=True):
        pass
    assert "continue it" in refused(table, insert(**following([{"hash": "1" * 64}])))


@pytest.mark.parametrize("name", ["id", "origin", "hash"])
def test_an_entry_cannot_push_another_out_of_the_log(
    name: str, location: str, table: Any, logged: list[dict[str, Any]]
) -> None:
    """SQLite's INSERT OR REPLACE deletes what is in its way, and asks no trigger before a deletion."""
    verb = "INSERT OR REPLACE" if table.kind == "sqlite" else "INSERT"
    refused(table, insert(verb, **following(logged, **{name: logged[0][name]})))


@pytest.mark.postgres
def test_postgresql_also_refuses_a_hash_that_is_not_the_texts(postgres_url: str, verdict: Make) -> None:
    """SQLite has no SHA-256 to ask with; there `log verify` tells."""
    with open_log(postgres_url, create=True) as log:
        log.record([verdict()])
        head = log.head()
        engine = sqlalchemy.create_engine(postgres_url)
        row = following([{"hash": "0" * 64}, {"hash": head.hash}], hash="f" * 64)
        with pytest.raises(sqlalchemy.exc.DatabaseError, match="continue it"), engine.begin() as connection:
            connection.exec_driver_sql(insert(**row))
        engine.dispose()


@pytest.mark.postgres
def test_a_role_that_may_only_read_and_add_can_write_a_log(postgres_url: str, verdict: Make) -> None:
    """So nobody who logs need have the right to remove a trigger."""
    with open_log(postgres_url, create=True):
        pass
    engine = sqlalchemy.create_engine(postgres_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP ROLE IF EXISTS analyst")
        connection.exec_driver_sql("CREATE ROLE analyst LOGIN")
        connection.exec_driver_sql("GRANT SELECT ON hardstand_revision TO analyst")
        connection.exec_driver_sql("GRANT SELECT, INSERT ON entries TO analyst")
    engine.dispose()
    with open_log(postgres_url.replace("hardstand@", "analyst@")) as log:
        assert len(log.record([verdict()]).sightings) == 1
