"""Reading the log in constant memory and as it was at one moment.

Entries are only ever added, so what the log was at a moment is all up to one number: pages are read one at a
time and none is held open, and what somebody adds meanwhile changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Select, case, func, select, true

from annotate.log.chain import EMPTY, Head
from annotate.log.database import Database, entries
from annotate.log.payload import payload_of
from imagery.errors import UsageError

PAGE = 500  # entries of some 2 kB
SHORTEST_PREFIX = 4


class LoggedEntry(NamedTuple):
    """An entry as it is in the log.

    Attributes:
        seq: Its number, from 1.
        id: 16 hexadecimal digits.
        kind: ``verdict``, ``sighting``, ``movement``, ``scene``, ``key``, ``checkpoint`` or ``stamp``.
        subject: The aircraft, route, searched scene or key that it is about, or the trees.
        payload: Its canonical JSON text.
        previous_hash: Of the entry before; see `annotate.log.chain`.
        hash: Its own.
        origin: What makes it the same as another.
        statement: Of a verdict: which box of which annotation; otherwise None.
        scene: SHA-256 of the scene that it was seen in, or None.
    """

    seq: int
    id: str
    kind: str
    subject: str
    payload: str
    previous_hash: str
    hash: str
    origin: str
    statement: str | None
    scene: str | None


class LoggedText(NamedTuple):
    """What the log hashes of an entry.

    Attributes:
        seq: Its number, from 1.
        payload: Its canonical JSON text.
        previous_hash: Of the entry before.
    """

    seq: int
    payload: str
    previous_hash: str


class HashedEntry(NamedTuple):
    """What the log's Merkle trees hash of an entry.

    Attributes:
        seq: Its number, from 1.
        kind: See `LoggedEntry`.
        hash: Its own.
        payload: Its canonical JSON text; empty where its kind has no parts.
    """

    seq: int
    kind: str
    hash: str
    payload: str


WITH_PARTS = ("sighting", "movement")
_PAYLOAD_OF_PARTS = case((entries.c.kind.in_(WITH_PARTS), entries.c.payload), else_="")
HASHED = select(entries.c.seq, entries.c.kind, entries.c.hash, _PAYLOAD_OF_PARTS)
LOGGED = tuple(entries.c[name] for name in LoggedEntry._fields)

_TEXT = tuple(entries.c[name] for name in LoggedText._fields)


def head(connection: Connection) -> Head:
    """Read the end of the chain."""
    last = select(entries.c.seq, entries.c.hash).order_by(entries.c.seq.desc()).limit(1)
    row = connection.execute(last).first()
    return Head(*row) if row else EMPTY


def in_pages(database: Database, query: Select[Any], until: int) -> Iterator[Row[Any]]:
    """Read the rows of a query on entries, in the order logged.

    Args:
        database: Where.
        query: Its first column is ``seq``; without an order and a limit.
        until: Number of the last entry to look at.
    """
    query = query.where(entries.c.seq <= until).order_by(entries.c.seq).limit(PAGE)
    page = query
    while True:
        with database.reading() as connection:
            rows = connection.execute(page).all()
        yield from rows
        if len(rows) < PAGE:
            return
        page = query.where(entries.c.seq > rows[-1][0])


def payloads(
    database: Database, kind: str, *, latest_by: str | None = None, saying: Iterable[str] = ()
) -> Iterator[dict[str, Any]]:
    """Read the payloads of entries of a kind, in the order logged, as of now.

    Args:
        database: Where.
        kind: See `LoggedEntry`.
        latest_by: Only those for which no later entry stands: the column that two such entries share,
            ``subject`` or ``statement``.
        saying: Pieces of canonical text; only those that have all of them in theirs.
    """
    with database.reading() as connection:
        until = head(connection).seq
    for row in rows_of(database, kind, until, latest_by=latest_by, saying=saying):
        yield payload_of(row.payload)


def rows_of(
    database: Database, kind: str, until: int, *, latest_by: str | None = None, saying: Iterable[str] = ()
) -> Iterator[Row[Any]]:
    """Read what is hashed of entries of a kind, in the order logged; see `payloads` and `LoggedText`.

    Args:
        database: Where.
        kind: See `LoggedEntry`.
        until: Number of the last entry to look at.
        latest_by: See `payloads`.
        saying: See `payloads`.
    """
    stands = true() if latest_by is None else _is_latest(latest_by, until)
    # A column and no condition: not knowing how few of the rows it leaves out, PostgreSQL would look at all
    # that are left for each page.
    query = select(*_TEXT, stands.label("stands")).where(
        entries.c.kind == kind, *(entries.c.payload.contains(piece, autoescape=True) for piece in saying)
    )
    return (row for row in in_pages(database, query, until) if row.stands)


def _is_latest(about: str, until: int) -> ColumnElement[bool]:
    """Return the condition that no later entry of the same kind stands for it."""
    other = entries.alias()
    last = select(func.max(other.c.seq)).where(
        other.c[about] == entries.c[about], other.c.kind == entries.c.kind, other.c.seq <= until
    )
    return entries.c.seq == last.scalar_subquery()


def latest(connection: Connection, kind: str, subject: str) -> dict[str, Any] | None:
    """Read the payload of the latest entry of a kind about a subject; None without one."""
    query = (
        select(entries.c.payload)
        .where(entries.c.kind == kind, entries.c.subject == subject)
        .order_by(entries.c.seq.desc())
        .limit(1)
    )
    text = connection.scalar(query)
    return None if text is None else payload_of(text)


def find(connection: Connection, prefix: str) -> LoggedEntry:
    """Return the entry that an identifier, or the beginning of one, names.

    Raises:
        UsageError: It names none, or several.
    """
    digits = prefix.strip().lower()
    if len(digits) < SHORTEST_PREFIX or not set(digits) <= set("0123456789abcdef"):
        raise UsageError(
            f"'{prefix}' is not an identifier; write its first {SHORTEST_PREFIX} digits, or more"
        )
    # A range, which is one step into an index; LIKE would look at every entry.
    begin_so = (entries.c.id >= digits, entries.c.id < f"{digits}g")
    query = select(*LOGGED).where(*begin_so).order_by(entries.c.id).limit(5)
    matches = [LoggedEntry(*row) for row in connection.execute(query)]
    if not matches:
        raise UsageError(f"'{prefix}': the log holds no entry with that identifier")
    if len(matches) > 1 and matches[0].id != digits:
        identifiers = ", ".join(entry.id for entry in matches)
        raise UsageError(f"'{prefix}' could be {identifiers}; write more of it")
    return matches[0]
