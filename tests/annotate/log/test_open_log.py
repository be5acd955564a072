"""Opening a log: only what is one, and nothing is made by looking."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from annotate.log.entries import Verdict
from annotate.log.store import LogError, open_log
from imagery.errors import HardstandError, UsageError

Make = Callable[..., Verdict]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


def test_a_log_that_is_not_there_is_refused_for_reading_and_not_made(path: Path) -> None:
    """An empty log would be a lie: nothing is known, not that nothing was seen."""
    with pytest.raises(UsageError, match=r"log\.db: no such log"):
        open_log(str(path))
    assert not path.exists()


def test_a_file_that_is_no_database_is_refused_in_one_line_and_kept(path: Path) -> None:
    path.write_text("notes of mine, longer than the header of a database, which is a hundred bytes\n" * 3)
    before = path.read_bytes()
    for create in (False, True):
        with pytest.raises(LogError) as refusal:
            open_log(str(path), create=create)
        assert str(refusal.value).startswith(f"{path}: not a log")
        assert "\n" not in str(refusal.value)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", ["empty", "another database"])
def test_reading_what_holds_no_log_writes_nothing_into_it(content: str, path: Path) -> None:
    """`hardstand log list --log` on somebody else's database must not put a table there."""
    path.touch()
    if content == "another database":
        connection = sqlite3.connect(path)
        connection.execute("create table theirs (a)")
        connection.commit()
        connection.close()
    before = path.read_bytes()
    with pytest.raises(UsageError, match=r"log\.db: contains no log"):
        open_log(str(path))
    assert path.read_bytes() == before


@pytest.mark.parametrize("address", ["://", "nosuch://host/log", "nonsense://"])
def test_an_address_that_names_no_database_is_refused_in_one_line(address: str) -> None:
    with pytest.raises(UsageError) as refusal:
        open_log(address)
    assert address in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_an_address_of_sqlalchemy_names_the_same_log(path: Path, verdict: Make) -> None:
    with open_log(str(path), create=True) as log:
        log.record([verdict()])
        with open_log(f"sqlite:///{path}") as opened:
            assert list(opened.sightings()) == list(log.sightings())
            assert opened.chips == log.chips == path.with_name("log.db.chips")


def test_another_servers_database_is_refused_in_one_line() -> None:
    with pytest.raises(UsageError, match="SQLite or PostgreSQL"):
        open_log("mysql+mysqldb://host/log")


def test_a_password_is_in_no_message() -> None:
    with pytest.raises(LogError) as refusal:
        open_log("postgresql+psycopg://ana:secret@/log?host=/nowhere")
    assert "not a log that can be opened" in str(refusal.value)
    assert "secret" not in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_the_chips_of_a_servers_log_are_where_the_environment_says(
    location: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_log(location, create=True) as log:
        assert log.chips == tmp_path / "log.db.chips"
        monkeypatch.delenv("HARDSTAND_CHIPS")
        assert log.chips == (None if "://" in location else tmp_path / "log.db.chips")


@pytest.mark.postgres
def test_a_database_without_a_log_is_refused_and_nothing_is_made_in_it(postgres_url: str) -> None:
    for _ in range(2):
        with pytest.raises(UsageError, match="contains no log"):
            open_log(postgres_url)
    with open_log(postgres_url, create=True) as log:
        assert log.head().seq == 0


@pytest.mark.parametrize("table", ["entries", "publishing", "hardstand_revision"])
def test_a_strangers_log_with_a_query_in_place_of_a_table_is_refused_before_it_is_run(
    table: str, path: Path
) -> None:
    with open_log(str(path), create=True):
        pass
    with closing(sqlite3.connect(path)) as database:
        for kind, name in database.execute("SELECT type, name FROM sqlite_master").fetchall():
            if kind in ("view", "trigger"):
                database.execute(f'DROP {kind} "{name}"')
        database.execute(f"ALTER TABLE {table} RENAME TO kept")
        database.execute(
            f"CREATE VIEW {table} AS WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r) "
            "SELECT kept.* FROM kept, r WHERE r.i < 0"
        )
        database.commit()
    with pytest.raises(HardstandError) as refusal:
        open_log(str(path))
    told = "contains no log" if table == "hardstand_revision" else f"`{table}` is missing or no table"
    assert told in str(refusal.value)


def test_a_column_that_is_worked_out_is_refused(path: Path) -> None:
    """Each row of it could fill the memory."""
    with open_log(str(path), create=True):
        pass
    with closing(sqlite3.connect(path)) as database:
        database.execute("ALTER TABLE entries ADD COLUMN more TEXT AS (hex(zeroblob(400000000)))")
        database.commit()
    with pytest.raises(LogError, match="`entries` has a column that is worked out"):
        open_log(str(path))
