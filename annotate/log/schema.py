"""The log's one table.

An entry's truth is its ``payload``, kept as text so that no database type or migration ever touches it; the
other columns are there to find it and to chain it.
"""

from __future__ import annotations

from sqlalchemy import Column, Integer, MetaData, String, Table, Text

metadata = MetaData()

entries = Table(
    "entries",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("id", String(32), nullable=False, unique=True),
    Column("kind", String(16), nullable=False, index=True),  # verdict or sighting
    # What makes an entry the same as one that is there: it cannot be logged twice.
    Column("origin", Text, nullable=False, unique=True),
    # What the entry is about: a later entry about the same subject stands for an earlier one.
    Column("subject", Text, nullable=False, index=True),
    Column("payload", Text, nullable=False),
    Column("previous_hash", String(64), nullable=False, unique=True),
    Column("hash", String(64), nullable=False, unique=True),
)
