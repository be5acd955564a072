"""Append-only by the database itself; columns to find an aircraft's verdicts and a scene's aircraft by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

# What a verdict's ``subject`` held, its statement, moves to a column of its own; the subject becomes, as a
# sighting's was before, the aircraft.
BACKFILL = {
    "sqlite": """
        UPDATE entries SET
          statement = CASE kind WHEN 'verdict' THEN subject END,
          subject = CASE kind WHEN 'verdict'
            THEN coalesce(json_extract(payload, '$.candidate'), subject) ELSE subject END,
          scene = CASE kind WHEN 'verdict'
            THEN json_extract(payload, '$.scene.sha256') ELSE json_extract(payload, '$.scene_sha256') END
    """,
    "postgresql": """
        UPDATE entries SET
          statement = CASE kind WHEN 'verdict' THEN subject END,
          subject = CASE kind WHEN 'verdict'
            THEN coalesce(payload::json ->> 'candidate', subject) ELSE subject END,
          scene = CASE kind WHEN 'verdict'
            THEN payload::json #>> '{scene,sha256}' ELSE payload::json ->> 'scene_sha256' END
    """,
}

APPEND_ONLY = {
    "sqlite": (
        """
        CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries
        BEGIN SELECT RAISE(ABORT, 'the log is append-only: no entry can be changed'); END
        """,
        """
        CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries
        BEGIN SELECT RAISE(ABORT, 'the log is append-only: no entry can be deleted'); END
        """,
        # INSERT OR REPLACE deletes what is in its way without asking the trigger before; so what is in the
        # way is looked for here.
        """
        CREATE TRIGGER entries_continue BEFORE INSERT ON entries
        WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM entries)
          OR NEW.previous_hash IS NOT
            coalesce((SELECT hash FROM entries ORDER BY seq DESC LIMIT 1), printf('%064d', 0))
          OR EXISTS (SELECT 1 FROM entries WHERE id = NEW.id OR origin = NEW.origin OR hash = NEW.hash)
        BEGIN SELECT RAISE(ABORT, 'the log is a chain: an entry must continue it at its end'); END
        """,
    ),
    "postgresql": (
        """
        CREATE FUNCTION hardstand_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION 'the log is append-only: % is refused', TG_OP;
        END $$
        """,
        """
        CREATE TRIGGER entries_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON entries
        FOR EACH STATEMENT EXECUTE FUNCTION hardstand_refuse_change()
        """,
        # By the table's own schema, or who inserts could set a search path that finds another `entries`.
        """
        CREATE FUNCTION hardstand_continue_chain() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
          last_seq integer := 0;
          last_hash text := repeat('0', 64);
          hashed bytea := convert_to(NEW.previous_hash || E'\\n' || NEW.payload, 'UTF8');
        BEGIN
          EXECUTE format('SELECT seq, hash FROM %I.entries ORDER BY seq DESC LIMIT 1', TG_TABLE_SCHEMA)
            INTO last_seq, last_hash;
          IF NEW.seq IS DISTINCT FROM coalesce(last_seq, 0) + 1
            OR NEW.previous_hash IS DISTINCT FROM coalesce(last_hash, repeat('0', 64))
            OR NEW.hash IS DISTINCT FROM encode(sha256(hashed), 'hex') THEN
            RAISE EXCEPTION 'the log is a chain: an entry must continue it at its end';
          END IF;
          RETURN NEW;
        END $$
        """,
        """
        CREATE TRIGGER entries_continue BEFORE INSERT ON entries
        FOR EACH ROW EXECUTE FUNCTION hardstand_continue_chain()
        """,
    ),
}


def upgrade() -> None:
    """Add and fill the columns, then shut the table to all but additions."""
    dialect = op.get_context().dialect.name
    op.add_column("entries", sa.Column("statement", sa.Text))
    op.add_column("entries", sa.Column("scene", sa.String(64)))
    op.execute(BACKFILL[dialect])
    for name in ("kind", "subject"):
        op.drop_index(f"ix_entries_{name}", "entries")
    op.create_index("ix_entries_kind", "entries", ["kind", "seq"])
    op.create_index("ix_entries_subject", "entries", ["subject", "kind", "seq"])
    op.create_index("ix_entries_statement", "entries", ["statement", "kind", "seq"])
    op.create_index("ix_entries_scene", "entries", ["scene"])
    for statement in APPEND_ONLY[dialect]:
        op.execute(statement)
