"""The log's one table.

An entry's truth is its ``payload``, kept as text so that no database type or migration ever touches it; the
other columns are there to find it and to chain it, and each of them follows from the payload.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, MetaData, String, Table, Text

# The latest of annotate/log/migrations/versions: a log that has it needs no migration, nor Alembic's import.
REVISION = "0002"

metadata = MetaData()

entries = Table(
    "entries",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("id", String(32), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),  # verdict, sighting, movement or scene
    # What makes an entry the same as one that is there: it cannot be logged twice. The id is its hash.
    Column("origin", Text, nullable=False, unique=True),
    # The aircraft, route or searched scene that the entry is about, whoever says it.
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
