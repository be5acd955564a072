"""How Alembic runs the migrations: on the connection, and in the transaction, that it is given."""

from __future__ import annotations

from alembic import context

from annotate.log.database import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # A log may share a PostgreSQL database with what other programs migrate by Alembic.
    version_table="hardstand_revision",
)
context.run_migrations()
