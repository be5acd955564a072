"""The log's store: a database to which entries are only ever added, one chain for all."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from sqlalchemy import URL, Connection, Engine, create_engine, event, func, insert, inspect, make_url, select
from sqlalchemy.exc import ArgumentError, DatabaseError, SQLAlchemyError

from annotate.log.chain import GENESIS, canonical, chained_hash
from annotate.log.entry import Sighting, Verdict, sighting_of
from annotate.log.schema import entries, metadata
from imagery.errors import HardstandError, UsageError

LOCK_WAIT_S = 60  # a large pull beside another holds the database for a while


class LogError(HardstandError):
    """The log cannot be read or written."""


class Recorded(NamedTuple):
    """What `Log.record` added.

    Attributes:
        verdicts: Those that were new.
        sightings: Those that they made.
    """

    verdicts: list[Verdict]
    sightings: list[Sighting]


class Log:
    """An open sighting log. Use it as a context manager."""

    def __init__(self, engine: Engine) -> None:
        """Wrap a database; `open_log` is the way to get here."""
        self._engine = engine

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._engine.dispose()

    def record(self, verdicts: Iterable[Verdict]) -> Recorded:
        """Log what is new of some verdicts, and the sightings they make: all in one transaction, or nothing.

        A verdict that is there already, or that repeats what the same annotation last said, adds nothing; so
        recording the same again is harmless.

        Raises:
            LogError: The database cannot be written.
        """
        recorded = Recorded([], [])
        with self._transaction(writing=True) as connection:
            for verdict in verdicts:
                self._record_one(connection, verdict, recorded)
        return recorded

    def sightings(self) -> list[Sighting]:
        """What the log holds true now: no sighting that was superseded or withdrawn, in the order logged."""
        latest = (
            select(func.max(entries.c.seq)).where(entries.c.kind == "sighting").group_by(entries.c.subject)
        )
        query = select(entries.c.payload).where(entries.c.seq.in_(latest)).order_by(entries.c.seq)
        with self._transaction() as connection:
            found = [Sighting.from_payload(json.loads(text)) for text in connection.scalars(query)]
        return [sighting for sighting in found if sighting.status != "withdrawn"]

    def verdicts(self) -> list[Verdict]:
        """Every verdict ever given, in the order logged."""
        query = select(entries.c.payload).where(entries.c.kind == "verdict").order_by(entries.c.seq)
        with self._transaction() as connection:
            return [Verdict.from_payload(json.loads(text)) for text in connection.scalars(query)]

    @contextmanager
    def _transaction(self, *, writing: bool = False) -> Iterator[Connection]:
        try:
            with self._engine.connect().execution_options(writing=writing) as connection, connection.begin():
                yield connection
        except SQLAlchemyError as reason:
            raise LogError(f"{self._engine.url.render_as_string()}: {_cause(reason)}") from reason

    def _record_one(self, connection: Connection, verdict: Verdict, recorded: Recorded) -> None:
        known = select(entries.c.seq).where(entries.c.origin == _origin("verdict", verdict.origin))
        if connection.scalar(known) is not None:
            return
        before = _latest(connection, "verdict", verdict.statement)
        if before and verdict.says_the_same_as(Verdict.from_payload(before)):
            return
        logged = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        verdict_id = _append(
            connection, verdict.statement, verdict.origin, {**verdict.to_payload(), "logged": logged}
        )
        recorded.verdicts.append(verdict)
        held = _latest(connection, "sighting", verdict.subject)
        sighting = sighting_of(
            verdict,
            id=_entry_id("sighting", verdict.origin),
            verdict_id=verdict_id,
            logged=logged,
            current=Sighting.from_payload(held) if held else None,
        )
        if sighting:
            _append(connection, verdict.subject, verdict.origin, sighting.to_payload())
            recorded.sightings.append(sighting)


def _origin(kind: str, origin: str) -> str:
    return f"{kind} {origin}"


def _entry_id(kind: str, origin: str) -> str:
    """The same statement has the same identifier in every log."""
    return hashlib.sha256(_origin(kind, origin).encode()).hexdigest()[:16]


def _latest(connection: Connection, kind: str, subject: str) -> dict[str, Any] | None:
    query = (
        select(entries.c.payload)
        .where(entries.c.kind == kind, entries.c.subject == subject)
        .order_by(entries.c.seq.desc())
        .limit(1)
    )
    text = connection.scalar(query)
    return None if text is None else json.loads(text)


def _append(connection: Connection, subject: str, origin: str, payload: dict[str, Any]) -> str:
    """Add one entry at the end of the chain; the transaction holds the write lock."""
    kind = payload["kind"]
    identifier = _entry_id(kind, origin)
    text = canonical({**payload, "id": identifier})
    last = connection.execute(
        select(entries.c.seq, entries.c.hash).order_by(entries.c.seq.desc()).limit(1)
    ).first()
    seq, previous = (last.seq, last.hash) if last else (0, GENESIS)
    connection.execute(
        insert(entries).values(
            seq=seq + 1,
            id=identifier,
            kind=kind,
            origin=_origin(kind, origin),
            subject=subject,
            payload=text,
            previous_hash=previous,
            hash=chained_hash(previous, text),
        )
    )
    return identifier


def open_log(location: str, *, create: bool = False) -> Log:
    """Open a log.

    Args:
        location: A file of SQLite, or a database URL of SQLAlchemy.
        create: Make a file that is not there; without it that is an error, as an empty log would be a lie.

    Raises:
        UsageError: There is no such log.
        LogError: It is there but cannot be opened, or is no log.
    """
    try:
        url = make_url(location) if "://" in location else URL.create("sqlite", database=location)
    except ArgumentError:
        raise UsageError(f"{location}: not a database URL; write a file name, or sqlite:///FILE") from None
    if not create and url.database and url.drivername == "sqlite" and not Path(url.database).exists():
        raise UsageError(
            f"{url.database}: no log there; name one with --log, or make it with `hardstand review pull`"
        )
    try:
        waiting = {"timeout": LOCK_WAIT_S} if url.get_backend_name() == "sqlite" else {}
        engine = create_engine(url, connect_args=waiting)
    except (ArgumentError, ImportError) as reason:
        raise UsageError(f"{url.render_as_string()}: no such database can be used here ({reason})") from None
    event.listen(engine, "connect", _leave_transactions_to_us)
    event.listen(engine, "begin", _begin)
    try:
        if create:
            # Under the write lock, or two who make the same log at once would each find no table there.
            metadata.create_all(engine.execution_options(writing=True))
        there = create or inspect(engine).has_table(entries.name)
    except DatabaseError as reason:
        engine.dispose()
        raise LogError(f"{url.database}: not a log that can be opened ({_cause(reason)})") from None
    if not there:
        engine.dispose()
        raise UsageError(f"{url.database}: holds no log; name another with --log")
    return Log(engine)


def _cause(reason: SQLAlchemyError) -> str:
    return " ".join(str(getattr(reason, "orig", reason)).split())


def _leave_transactions_to_us(connection: object, _record: object) -> None:
    """Python's sqlite3 would begin its own, too late to lock the chain's end before it is read."""
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None


def _begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        writing = connection.get_execution_options().get("writing")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
