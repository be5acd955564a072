"""The table of entries, append-only by the database itself, and the views of what holds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from annotate.log.views import view_statements

revision = "0001"
down_revision = None

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
    """Make an empty log, shut to all but additions."""
    op.create_table(
        "entries",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("id", sa.String(32), nullable=False, unique=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("origin", sa.Text, nullable=False, unique=True),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("previous_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("hash", sa.String(64), nullable=False, unique=True),
        sa.Column("statement", sa.Text),
        sa.Column("scene", sa.String(64)),
    )
    op.create_index("ix_entries_kind", "entries", ["kind", "seq"])
    op.create_index("ix_entries_subject", "entries", ["subject", "kind", "seq"])
    op.create_index("ix_entries_statement", "entries", ["statement", "kind", "seq"])
    op.create_index("ix_entries_scene", "entries", ["scene"])
    dialect = op.get_context().dialect.name
    for statement in (*APPEND_ONLY[dialect], *view_statements(sqlite=dialect == "sqlite")):
        op.execute(statement)
