"""A log is made whole or not at all, by migrations that lead to the schema that is used."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from annotate.exports.redaction import redaction_for
from annotate.log import migrating
from annotate.log.database import REVISION, metadata
from annotate.log.store import LogError, open_log
from imagery.errors import UsageError


def tables(location: str) -> list[str]:
    engine = sqlalchemy.create_engine(location if "://" in location else f"sqlite:///{location}")
    names = sqlalchemy.inspect(engine).get_table_names()
    engine.dispose()
    return names


@pytest.mark.parametrize("step", ["first", "last"])
def test_where_a_log_cannot_be_made_there_is_nothing_of_it(step: str, location: str, table: Any) -> None:
    """Half of a migration would be neither. What is in its way here has the name of what it makes."""
    name = {"first": "entries", "last": "scenes"}[step]
    table.run(f"CREATE TABLE {name} (told TEXT)")
    with pytest.raises(LogError, match=name):
        open_log(location, create=True)
    assert tables(location) == [name]


def test_a_database_of_something_else_is_no_log(location: str, table: Any) -> None:
    table.run("CREATE TABLE entries (told TEXT)")
    with pytest.raises(UsageError, match="contains no log"):
        open_log(location)


def test_many_who_make_it_at_once_make_it_once(location: str, table: Any) -> None:
    table.run("CREATE TABLE other (told TEXT)")  # the database is there
    failures: list[str] = []

    def make() -> None:
        try:
            with open_log(location, create=True) as log:
                assert list(log.entries()) == []
        except Exception as error:
            failures.append(repr(error))

    makers = [threading.Thread(target=make) for _ in range(4)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    assert failures == []


def test_a_log_that_a_newer_hardstand_made_is_refused(location: str, table: Any) -> None:
    with open_log(location, create=True):
        pass
    table.run("UPDATE hardstand_revision SET version_num = '9999'")
    with pytest.raises(LogError, match="newer hardstand made this log"):
        open_log(location)


def test_a_log_that_is_up_to_date_is_opened_without_migrating(
    location: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alembic's import alone would take longer than most commands on a log."""
    with open_log(location, create=True):
        pass
    monkeypatch.setattr(migrating, "_upgrade", lambda _connection: pytest.fail("was migrated"))
    with open_log(location) as log:
        assert log.head().seq == 0


def test_the_migrations_lead_to_the_schema_that_is_used(location: str) -> None:
    with open_log(location, create=True):
        pass
    engine = sqlalchemy.create_engine(location if "://" in location else f"sqlite:///{location}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "hardstand_revision"})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_each_log_gets_a_secret_of_its_own_and_an_older_log_when_it_is_opened(
    location: str, table: Any
) -> None:
    with open_log(location, create=True) as log:
        first = log.public_ids()
    table.run("DROP TABLE publishing")
    table.run("UPDATE hardstand_revision SET version_num = '0003'")
    with open_log(location) as log:
        assert log.public_ids() != first
        assert log.public_ids() == log.public_ids()


def test_a_log_without_its_secret_publishes_nothing(location: str, table: Any) -> None:
    with open_log(location, create=True):
        pass
    table.run("DELETE FROM publishing")
    with open_log(location) as log, pytest.raises(LogError, match="no secret to publish identifiers by"):
        redaction_for(log, public=True)


def test_the_latest_migration_is_the_one_that_a_log_is_held_against() -> None:
    config = Config()
    config.set_main_option("script_location", "annotate.log:migrations")
    assert ScriptDirectory.from_config(config).get_current_head() == REVISION
