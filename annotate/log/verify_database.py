"""Checking that a database shows its readers every entry of the chain, and takes new ones.

The chain is read by number; lists, histories and views are read by indexes and other conditions. So a
doctored index, view or policy could leave out of a list what is in the chain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from sqlalchemy import Connection

from annotate.log.database import Database
from annotate.log.reading import rows_of
from annotate.log.verify_postgresql import postgresql_problems, postgresql_warnings
from annotate.log.verify_references import KnownEntries
from annotate.log.verify_sqlite import sqlite_problems, sqlite_warnings
from imagery.words import counted

Check = Callable[[Connection], Iterator[str]]
_CHECKS: dict[str, tuple[Check, Check]] = {
    "sqlite": (sqlite_problems, sqlite_warnings),
    "postgresql": (postgresql_problems, postgresql_warnings),
}


class DatabaseFindings(NamedTuple):
    """The result of checking a log's database.

    Attributes:
        problem: Why its readers may see something else than the chain, in words; None where nothing says so.
        warnings: What else is in it that hardstand did not make, and what could not be checked.
    """

    problem: str | None
    warnings: list[str]


def check_database(database: Database, known: KnownEntries, until: int) -> DatabaseFindings:
    """Compare a database with the one that hardstand makes, and what its readers read with its chain.

    Args:
        database: With a chain that is sound.
        known: Its entries.
        until: Number of the last of them.

    Raises:
        LogError: The database fails.
    """
    problems, warnings = _CHECKS[database.url.get_backend_name()]
    with database.reading() as connection:
        found = list(problems(connection))
        told = list(warnings(connection))
    found += _differences(database, known, until)
    if len(found) > 1:
        found[0] += f" (and {counted(len(found) - 1, 'more problem')})"
    return DatabaseFindings(found[0] if found else None, told)


def _differences(database: Database, known: KnownEntries, until: int) -> Iterator[str]:
    """Tell where the readers of the log read other entries than the chain has."""
    for kind in ("sighting", "movement", "scene", "key", "checkpoint", "stamp"):
        held = sorted(seq for (of_kind, _), seq in known.latest_about.items() if of_kind == kind)
        yield from _difference(database, f"lists of {kind}s", kind, "subject", held, until)
    stated = sorted(known.latest_stating.values())
    yield from _difference(database, "lists of latest verdicts", "verdict", "statement", stated, until)
    yield from _difference(database, "lists of verdicts", "verdict", None, known.verdicts, until)


def _difference(
    database: Database, listing: str, kind: str, latest_by: str | None, expected: list[int], until: int
) -> Iterator[str]:
    read = [row.seq for row in rows_of(database, kind, until, latest_by=latest_by)]
    if read == expected:
        return
    if left_out := sorted(set(expected).difference(read)):
        yield f"{listing} leave entry {left_out[0]} out, which the chain has"
    else:
        extra = sorted(set(read).difference(expected)) or read
        yield f"{listing} show entry {extra[0]}, which they must not"
