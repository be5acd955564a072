"""The views with who signed; no entry is touched."""

from __future__ import annotations

from alembic import op

from annotate.log.views import VIEWS, view_statements

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the views anew."""
    for view in VIEWS:
        op.execute(f"DROP VIEW {view}")
    for statement in view_statements(sqlite=op.get_context().dialect.name == "sqlite"):
        op.execute(statement)
