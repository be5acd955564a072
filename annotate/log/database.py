"""The log's database: SQLite or PostgreSQL behind one way to read and one way to write."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from imagery.errors import HardstandError, UsageError
from imagery.secrets import without_secrets

LOCK_WAIT_S = 60  # a large pull beside another holds the log for a while
WRITERS_LOCK = 0x6861726473  # PostgreSQL's advisory locks are told apart by numbers; this one spells "hards"
OLDEST_SQLITE = (3, 38)  # the first that knows ->>, which the views are written with
CHIPS_VARIABLE = "HARDSTAND_CHIPS"


class LogError(HardstandError):
    """The log cannot be read or written."""


class Database:
    """A database that holds a log, or may.

    Attributes:
        url: Where it is.
        name: The same for messages, without a password.
    """

    def __init__(self, url: URL) -> None:
        """Take an address; nothing is opened before it is read.

        Raises:
            UsageError: It names a kind of database that cannot be used here.
        """
        self.url = url
        of_file = url.database if url.get_backend_name() == "sqlite" else None
        self.name = of_file or without_secrets(str(url))
        self._engine = _engine(url)

    @property
    def file(self) -> Path | None:
        """The file of a SQLite database; None for a server's, or one in memory."""
        if self.url.get_backend_name() != "sqlite" or self.url.database in (None, "", ":memory:"):
            return None
        return Path(self.url.database)

    @property
    def chips(self) -> Path | None:
        """The folder of chips: beside a file; for a server what ``HARDSTAND_CHIPS`` names, if anything."""
        if self.file is not None:
            return self.file.with_name(f"{self.file.name}.chips")
        named = os.environ.get(CHIPS_VARIABLE)
        return Path(named) if named else None

    def close(self) -> None:
        """Close what is open."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Begin a transaction that reads.

        Raises:
            LogError: The database fails.
        """
        with self._transaction(writing=False) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Begin the one transaction that writes; another waits here until it has ended, up to `LOCK_WAIT_S`.

        What was read before it began may be out of date; what is read in it is the end of the log.

        Raises:
            LogError: The database fails, cannot be written, or is held by another for too long.
        """
        with self._transaction(writing=True) as connection:
            yield connection

    @contextmanager
    def _transaction(self, *, writing: bool) -> Iterator[Connection]:
        engine = self._engine.execution_options(writing=writing)
        try:
            with engine.connect() as connection, connection.begin():
                yield connection
        except SQLAlchemyError as reason:
            raise LogError(f"{self.name}: {cause(reason)}") from reason
        except UnicodeDecodeError as reason:  # of SQLite, which checks no text
            raise LogError(f"{self.name}: holds text that is not UTF-8 ({reason.reason})") from reason


def database_at(location: str) -> Database:
    """Return the database that a user names.

    Args:
        location: A file of SQLite, or a database URL of SQLAlchemy.

    Raises:
        UsageError: It is not the address of a database that can be used here.
    """
    try:
        url = make_url(location) if "://" in location else URL.create("sqlite", database=location)
    except (ArgumentError, ValueError):  # such as a port that is not a number
        raise UsageError(
            f"{without_secrets(location)}: not a database URL; write a file name, or postgresql+psycopg://HOST/DATABASE"
        ) from None
    return Database(url)


def cause(reason: SQLAlchemyError) -> str:
    """Return what the database says is wrong, on one line."""
    return " ".join(str(getattr(reason, "orig", reason)).split())


def _engine(url: URL) -> Engine:
    named = without_secrets(str(url))
    options: dict[str, dict[str, Any]] = {
        "sqlite": {"connect_args": {"timeout": LOCK_WAIT_S}},
        # Who waited for the writers' lock must then see what the other has written, whatever the server's
        # default is.
        "postgresql": {"isolation_level": "READ COMMITTED"},
    }
    if url.get_backend_name() == "sqlite" and sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise UsageError(f"{named}: needs SQLite 3.38 or later, and this Python has {sqlite3.sqlite_version}")
    if url.get_backend_name() not in options:
        raise UsageError(
            f"{named}: a log is kept in SQLite or PostgreSQL: postgresql+psycopg://HOST/DATABASE"
        )
    try:
        engine = create_engine(url, **options[url.get_backend_name()])
    except ImportError as reason:
        raise UsageError(f"{named}: {reason.name} is missing; install hardstand[postgres]") from None
    except (ArgumentError, SQLAlchemyError):
        raise UsageError(f"{named}: its driver cannot be used here; write postgresql+psycopg://") from None
    event.listen(engine, "connect", _leave_transactions_to_us)
    event.listen(engine, "begin", _begin)
    return engine


def _leave_transactions_to_us(connection: object, _record: object) -> None:
    """Keep Python's sqlite3 from beginning its own, too late to lock the chain's end before it is read."""
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None


def _begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing")
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
    elif writing:
        # An advisory lock, since to lock the table takes rights that a role which may only add does not have.
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_WAIT_S}s'")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS_LOCK})")


# The latest of annotate/log/migrations/versions: a log that has it needs no migration, nor Alembic's import.
REVISION = "0004"

metadata = MetaData()

entries = Table(
    "entries",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("id", String(32), nullable=False, unique=True),
    Column(
        "kind", String(16), nullable=False
    ),  # verdict, sighting, movement, scene, key, checkpoint or stamp
    # What makes an entry the same as one that is there: it cannot be logged twice. The id is its hash.
    Column("origin", Text, nullable=False, unique=True),
    # The aircraft, route, searched scene or key that the entry is about, whoever says it.
    Column("subject", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("previous_hash", String(64), nullable=False, unique=True),
    Column("hash", String(64), nullable=False, unique=True),
    # Of a verdict: which box of which annotation; a later one stands for an earlier one.
    Column("statement", Text),
    # SHA-256 of the scene that it was seen in, to find what else was seen there.
    Column("scene", String(64), index=True),
    # A page of one kind, and the latest about a subject or of a statement, are one step into an index.
    Index("ix_entries_kind", "kind", "seq"),
    Index("ix_entries_subject", "subject", "kind", "seq"),
    Index("ix_entries_statement", "statement", "kind", "seq"),
)

# One row: the key to the identifiers that are published, see `annotate.log.public_ids`.
publishing = Table("publishing", metadata, Column("secret", String(64), nullable=False))
