"""The secret by which identifiers are published; no entry is touched."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the table of the secret, and the secret."""
    table = op.create_table("publishing", sa.Column("secret", sa.String(64), nullable=False))
    op.bulk_insert(table, [{"secret": secrets.token_hex(32)}])
