"""`hardstand log verify` and the lists read the same entries, or it says what stands between them."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from annotate.log.chain import canonical, chained_hash
from annotate.log.chips import Chips
from annotate.log.entries import Verdict
from annotate.log.store import LogError, open_log
from annotate.log.verify import verify_entries
from hardstand import main
from imagery.errors import UsageError
from imagery.record import hash_files

Make = Callable[..., Verdict]
ON_SQLITE = pytest.mark.parametrize("location", ["sqlite"], indirect=True)
ON_POSTGRESQL = pytest.mark.parametrize(
    "location", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


@pytest.fixture
def verify(location: str, verdict: Make, cli: CliRunner) -> Callable[..., Result]:
    """Runs `log verify` on a log of three verdicts with their sightings."""
    with open_log(location, create=True) as log:
        log.record(verdict(n, lon=0.1 * n) for n in (1, 2, 3))
    return lambda: cli.invoke(main, ["log", "verify", "--log", location])


def refusal(result: Result) -> str:
    assert (result.exit_code, result.stdout) == (1, ""), result.output
    (line,) = (line for line in result.stderr.splitlines() if line.startswith("Error: "))
    return line


def doctor(path: str, pattern: str, replacement: str) -> None:
    """Change the text of a database's schema, as sqlite3 lets anybody."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA writable_schema = on")
        changed = connection.execute(
            "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE sql LIKE '%' || ? || '%'",
            (pattern, replacement, pattern),
        )
        assert changed.rowcount >= 1
        connection.commit()


@ON_SQLITE
def test_an_entry_that_an_index_hides_from_lists_is_told(
    location: str, verify: Callable[[], Result], cli: CliRunner
) -> None:
    """The index is made anew without the entry, then called whole again."""
    whole, part = "ON entries (kind, seq)", "ON entries (kind, seq) WHERE seq <> 6"
    with closing(sqlite3.connect(location)) as connection:
        connection.execute("DROP INDEX ix_entries_kind")
        connection.execute(f"CREATE INDEX ix_entries_kind {part}")
        connection.commit()
    assert "the table entries are not those that hardstand made" in refusal(verify())
    doctor(location, part, whole)
    assert cli.invoke(main, ["log", "list", "--log", location]).output.count("C130") == 2, "it is hidden"
    line = refusal(verify())
    assert "row 6 missing from index ix_entries_kind" in line
    assert "REINDEX" in line
    with closing(sqlite3.connect(location)) as connection:
        connection.execute("REINDEX")
    assert verify().exit_code == 0, "what the message says to do mends it"


@ON_SQLITE
def test_a_comparison_that_takes_two_aircraft_for_one_is_told(
    location: str, verify: Callable[[], Result], verdict: Make
) -> None:
    """Names that differ in case are one to a column that was declared so; no index tells."""
    with open_log(location) as log:
        log.record([verdict(4, candidate="abc"), verdict(5, candidate="ABC")])
    doctor(location, "subject TEXT NOT NULL", "subject TEXT NOT NULL COLLATE NOCASE")
    doctor(location, "ON entries (subject, kind, seq)", "ON entries (subject COLLATE BINARY, kind, seq)")
    assert "lists of sightings leave entry " in refusal(verify())


@ON_SQLITE
@pytest.mark.parametrize("name", ["entries_no_update", "entries_no_delete", "entries_continue"])
def test_a_trigger_that_is_missing_or_does_nothing_is_told(
    name: str, location: str, verify: Callable[[], Result], table: Any
) -> None:
    table.run(f"DROP TRIGGER {name}")
    assert f"the trigger {name} is missing" in refusal(verify())
    table.run(f"CREATE TRIGGER {name} BEFORE UPDATE ON entries BEGIN SELECT 1; END")
    assert f"the trigger {name} is not the one that hardstand made" in refusal(verify())


@pytest.mark.parametrize("kind", ["sighting", "verdict"])
def test_a_trigger_that_drops_what_is_logged_is_told_when_it_does_and_by_verify(
    kind: str, location: str, verify: Callable[[], Result], verdict: Make, table: Any
) -> None:
    """The database reports no error, and the command would say that it was logged."""
    if table.kind == "sqlite":
        table.run(
            f"CREATE TRIGGER quiet BEFORE INSERT ON entries WHEN NEW.kind = '{kind}' "
            "BEGIN SELECT RAISE(IGNORE); END"
        )
    else:
        table.run(
            "CREATE FUNCTION quiet() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN IF NEW.kind = '{kind}' THEN RETURN NULL; END IF; RETURN NEW; END $$",
            "CREATE TRIGGER quiet BEFORE INSERT ON entries FOR EACH ROW EXECUTE FUNCTION quiet()",
        )
    with open_log(location) as log, pytest.raises(LogError, match="did not take entry"):
        log.record([verdict(9)])
    assert len(table.rows()) == 6
    assert "hardstand did not make the trigger quiet" in refusal(verify())


@pytest.mark.parametrize("view", ["sightings", "movements", "scenes"])
def test_a_view_that_leaves_something_out_is_told(
    view: str, verify: Callable[[], Result], table: Any
) -> None:
    """Other programs read the log by them."""
    columns = ", ".join(table.rows_of(view)[0]) if view == "sightings" else "*"
    table.run(f"DROP VIEW {view}")
    assert f"the view {view} is missing" in refusal(verify())
    table.run(f"CREATE VIEW {view} AS SELECT {columns.split(', ')[0]} FROM entries WHERE kind = 'sighting'")
    assert f"the view {view} is not the one that hardstand made" in refusal(verify())


@ON_SQLITE
def test_a_table_of_somebody_else_is_told_and_is_no_failure(verify: Callable[[], Result], table: Any) -> None:
    """QGIS keeps styles so."""
    table.run("CREATE TABLE layer_styles (id INTEGER)")
    result = verify()
    assert result.exit_code == 0
    assert "hardstand did not make the table layer_styles" in result.stderr


@ON_SQLITE
def test_a_view_in_place_of_the_table_is_told(
    location: str, verify: Callable[[], Result], table: Any
) -> None:
    table.run("ALTER TABLE entries RENAME TO kept", "CREATE VIEW entries AS SELECT * FROM kept")
    assert "`entries` is missing or no table" in refusal(verify())


@ON_POSTGRESQL
@pytest.mark.parametrize(
    ("statements", "told"),
    [
        (
            [
                "CREATE POLICY quiet ON entries USING (current_user <> 'ana' OR seq < 6)",
                "ALTER TABLE entries ENABLE ROW LEVEL SECURITY",
            ],
            "row security is on for the table entries (quiet)",
        ),
        (["CREATE RULE quiet AS ON INSERT TO entries DO INSTEAD NOTHING"], "has the rule quiet"),
        (["CREATE TABLE more () INHERITS (entries)"], "the table more inherits from entries"),
        (["ALTER TABLE entries DISABLE TRIGGER entries_continue"], "the trigger entries_continue is not"),
        (["DROP TRIGGER entries_no_change ON entries"], "the trigger entries_no_change is missing"),
        (
            [
                "CREATE OR REPLACE FUNCTION hardstand_refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RETURN NULL; END $$"
            ],
            "the trigger entries_no_change is not the one",
        ),
        (["DROP INDEX ix_entries_subject"], "the index of entries by subject, kind, seq is missing"),
        (
            [
                "DROP INDEX ix_entries_kind",
                "CREATE INDEX ix_entries_kind ON entries (kind, seq) WHERE seq <> 6",
            ],
            "the index of entries by kind, seq is missing or changed",
        ),
        (["ALTER TABLE entries DROP CONSTRAINT entries_id_key"], "the index of entries by id"),
        (
            ["ALTER TABLE entries RENAME TO kept", "CREATE VIEW entries AS SELECT * FROM kept"],
            "`entries` is missing or no table",
        ),
    ],
    ids=lambda value: value[0].partition(" ON ")[0] if isinstance(value, list) else "",
)
def test_what_a_server_puts_between_the_log_and_its_readers_is_told(
    statements: list[str], told: str, verify: Callable[[], Result], table: Any
) -> None:
    assert verify().exit_code == 0
    table.run(*statements)
    assert told in refusal(verify())


@ON_POSTGRESQL
def test_an_index_that_lost_an_entry_is_told_by_what_lists_read(
    location: str, verify: Callable[[], Result], verdict: Make, table: Any
) -> None:
    """As after an upgrade of the C library, which sorts otherwise; made here in the server's own tables."""
    with open_log(location) as log:
        log.record(verdict(n, lon=0.1 * n) for n in range(4, 150))  # for few, none is used
    table.run(
        "DROP INDEX ix_entries_subject",
        "CREATE INDEX ix_entries_subject ON entries (subject, kind, seq) WHERE seq <> 6",
        "UPDATE pg_index SET indpred = NULL WHERE indexrelid = 'ix_entries_subject'::regclass",
        "ANALYZE entries",
    )
    assert "lists of sightings leave entry 6 out, which the chain has" in refusal(verify())


@ON_POSTGRESQL
def test_another_schemas_log_is_told(verify: Callable[[], Result], table: Any) -> None:
    table.run(
        "CREATE SCHEMA other", "CREATE VIEW other.entries AS SELECT * FROM public.entries WHERE seq < 6"
    )
    result = verify()
    assert result.exit_code == 0
    assert "there is also other.entries" in result.stderr


@ON_POSTGRESQL
def test_a_role_that_may_only_read_verifies_and_is_told_what_it_could_not(
    location: str, verify: Callable[[], Result], table: Any, cli: CliRunner
) -> None:
    table.run(
        "DROP ROLE IF EXISTS reader",
        "CREATE ROLE reader LOGIN",
        "GRANT SELECT ON hardstand_revision, entries TO reader",
        f"REVOKE TEMPORARY ON DATABASE {location.partition('?')[0].rpartition('/')[2]} FROM PUBLIC",
    )
    reading = location.replace("hardstand@", "reader@")
    result = cli.invoke(main, ["log", "verify", "--log", reading])
    assert result.exit_code == 0, result.output
    assert "the views were not compared" in result.stderr
    assert len(table.rows_of("sightings")) == 3, "the views are as they were"


def forged(table: Any, rows: list[dict[str, Any]]) -> None:
    """Write rows in place of all, hashed anew: what a skilful forger does."""
    previous = "0" * 64
    statements = ["DELETE FROM entries"]
    for seq, row in enumerate(rows, start=1):
        link = chained_hash(previous, row["payload"])
        values = {**row, "seq": seq, "previous_hash": previous, "hash": link}
        quoted = ("NULL" if v is None else "'" + str(v).replace("'", "''") + "'" for v in values.values())
        statements.append(f"INSERT INTO entries ({', '.join(values)}) VALUES ({', '.join(quoted)})")
        previous = link
    table.without_triggers(*statements)


def restated(row: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {**row, "payload": canonical(json.loads(row["payload"]) | members)}


def test_a_sighting_whose_verdict_is_not_there_is_told(verify: Callable[[], Result], table: Any) -> None:
    """It says that a person saw it, and nobody in the log did."""
    rows = table.rows()
    forged(table, [row for row in rows if row["seq"] != 2])
    sighting = next(row for row in rows if row["kind"] == "sighting" and "0000000002" in row["payload"])
    line = refusal(verify())
    assert f"({sighting['id']}): it rests on the verdict" in line
    assert "which is not in the log before it" in line


@pytest.mark.parametrize(
    "members", [{"supersedes": "0123456789abcdef"}, {"settled": {"status": "confirmed", "verdicts": ["ab"]}}]
)
def test_an_entry_that_names_one_that_is_not_there_is_told(
    members: dict[str, Any], verify: Callable[[], Result], table: Any
) -> None:
    rows = table.rows()
    forged(table, [*rows[:5], restated(rows[5], **members)])
    assert "it names the entry" in refusal(verify())


@ON_SQLITE
def test_an_entry_without_a_payload_stops_a_public_export_in_one_line(
    location: str, verify: Callable[[], Result], table: Any, cli: CliRunner, tmp_path: Path
) -> None:
    """As a database without its constraints could have it."""
    table.run(
        "PRAGMA writable_schema = 1",
        "UPDATE sqlite_master SET sql = replace(sql, 'payload TEXT NOT NULL', 'payload TEXT')",
    )
    table.close()
    table.without_triggers("UPDATE entries SET payload = NULL WHERE seq = 1")
    assert "entry 1" in refusal(verify())
    arguments = ["log", "export", "-o", str(tmp_path / "a.csv"), "--public", "--log", location]
    result = cli.invoke(main, arguments)
    assert result.exit_code == 1
    assert "its payload is not text" in result.stderr


@ON_SQLITE
def test_an_identifier_that_two_entries_have_is_told(
    location: str, verify: Callable[[], Result], table: Any
) -> None:
    """As a database without its constraints could have it."""
    with open_log(location) as log:
        logged = list(log.entries())
    text = restated(table.rows()[5], note="another")["payload"]
    twice = logged[5]._replace(
        seq=7, payload=text, previous_hash=logged[5].hash, hash=chained_hash(logged[5].hash, text)
    )
    assert verify_entries(logged, None).failure is None
    failure = verify_entries([*logged, twice], None).failure
    assert failure is not None
    assert (failure.seq, failure.why) == (7, "another entry before it has its id")


def test_a_clock_that_ran_backwards_is_told_and_is_no_failure(
    verify: Callable[[], Result], table: Any
) -> None:
    """Clocks are set right; and a log can never lose the entry again."""
    rows = table.rows()
    forged(table, [restated(rows[0], logged="2999-01-01T00:00:00Z"), *rows[1:]])
    result = verify()
    assert result.exit_code == 0, result.output
    assert "entry 2 was logged at " in result.stderr
    assert "2999-01-01T00:00:00Z" in result.stderr


@pytest.mark.parametrize("suffix", [".png.aux.xml", ".wld", ".pngw", ".png.ovr"])
def test_a_file_that_moves_a_chip_in_a_gis_is_told(
    suffix: str, location: str, verdict: Make, cli: CliRunner, tmp_path: Path
) -> None:
    """GDAL takes the place in an `.aux.xml` for better than the world file's, which is hashed."""
    folder = tmp_path / "log.db.chips"
    folder.mkdir()
    for name in ("a.png", "a.pgw"):
        (folder / name).write_bytes(b"chip")
    sha256 = hash_files([folder / "a.png", folder / "a.pgw"])
    with open_log(location, create=True) as log:
        log.record([verdict()], cut=lambda *_: Chips("a.png", sha256, "a.png", sha256))
    verify = ["log", "verify", "--log", location]
    assert "beside the chip" not in cli.invoke(main, verify).stderr
    shutil.copy(folder / "a.pgw", folder / f"a{suffix}")
    result = cli.invoke(main, verify)
    assert result.exit_code == 0
    assert f"a{suffix} beside the chip a.png is not hardstand's" in result.stderr


def test_a_statement_that_rests_on_no_verdict_of_the_log_is_not_logged(location: str, verdict: Make) -> None:
    with open_log(location, create=True) as log:
        (sighting,) = log.record([verdict()]).sightings
        with pytest.raises(UsageError, match="no entry with that identifier"):
            log.add(replace(sighting, id="", verdict_id="0123456789abcdef"))
        with pytest.raises(UsageError, match="not a verdict"):
            log.add(replace(sighting, id="", verdict_id=sighting.id))
        assert log.head().seq == 2
