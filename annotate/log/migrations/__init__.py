"""The log's schema over time, as Alembic runs it; `annotate.log.migrating` does, in one transaction."""
