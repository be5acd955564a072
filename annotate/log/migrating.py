"""Bringing a log up to the schema that this hardstand uses, by Alembic.

The common case, a log that is up to date, costs two queries and not Alembic's import.
"""

from __future__ import annotations

from sqlalchemy import Connection, inspect, text

from annotate.log.database import REVISION, Database, LogError, entries, metadata
from imagery.errors import UsageError


class NoLog(UsageError):
    """There is no log, and none is to be made."""


def bring_up_to_date(database: Database, *, create: bool) -> None:
    """Migrate an older log, or make one; in one transaction, so that it is the one or the other.

    No entry's payload or hash is touched.

    Args:
        database: Where.
        create: Make the log if it does not exist.

    Raises:
        NoLog: The log does not exist, and ``create`` is false.
        LogError: The database cannot be read or written, or a newer hardstand made the log.
    """
    try:
        with database.reading() as connection:
            revision = _revision(connection)
    except LogError as reason:
        why = str(reason).removeprefix(f"{database.name}: ")
        raise LogError(f"{database.name}: not a log that can be opened ({why})") from reason
    if revision == REVISION:
        return
    if revision is None and not create:
        raise NoLog(f"{database.name}: contains no log; name another with `location`")
    if revision is not None and revision > REVISION:
        raise LogError(
            f"{database.name}: a newer hardstand made this log (its schema is {revision}, here it is "
            f"{REVISION}); upgrade hardstand"
        )
    with database.writing() as connection:
        # Another may have migrated it while this one waited.
        if _revision(connection) != REVISION:
            _upgrade(connection)


def _revision(connection: Connection) -> str | None:
    """Return the revision of a log; None if the database holds no log.

    Raises:
        LogError: A table is a view, or has a column that is worked out: either may have no end.
    """
    columns = inspect(connection).get_multi_columns(filter_names=["hardstand_revision", *metadata.tables])
    tables = {name: of_table for (_, name), of_table in columns.items()}
    if "hardstand_revision" not in tables:
        return None
    for name, of_table in tables.items():
        if any("computed" in column for column in of_table):
            raise LogError(f"`{name}` has a column that is worked out; restore a backup")
    revision = str(connection.scalar(text("SELECT version_num FROM hardstand_revision")))
    for name in metadata.tables if revision == REVISION else (entries.name,):
        if name not in tables:
            raise LogError(f"`{name}` is missing or no table; restore a backup")
    return revision


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "annotate.log:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
