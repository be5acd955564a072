"""A log made by an older hardstand opens, and not a byte of what it says is touched."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from annotate.log import migrating
from annotate.log.database import REVISION, metadata
from annotate.log.entries import Verdict
from annotate.log.store import LogError, open_log
from annotate.log.verify import verify_entries

Make = Callable[..., Verdict]

VERSION_1 = (
    """
    CREATE TABLE entries (
      seq INTEGER NOT NULL, id VARCHAR(32) NOT NULL, kind VARCHAR(16) NOT NULL, origin TEXT NOT NULL,
      subject TEXT NOT NULL, payload TEXT NOT NULL, previous_hash VARCHAR(64) NOT NULL,
      hash VARCHAR(64) NOT NULL,
      PRIMARY KEY (seq), UNIQUE (id), UNIQUE (origin), UNIQUE (previous_hash), UNIQUE (hash))
    """,
    "CREATE INDEX ix_entries_kind ON entries (kind)",
    "CREATE INDEX ix_entries_subject ON entries (subject)",
)
NEW_IN_2 = ("size_class", "type_reason", "likelihood", "operator", "tail_number", "note", "withdrawn")
OF_VERDICT = (
    *("airfield", "lon", "lat", "type", "heading_deg", "heading_sure", "length_m", "wingspan_m", "verdict"),
    *("analyst", "candidate", "detector", "detector_version", "params_hash", "score"),
    *("task_id", "annotation_id"),
)
OF_SCENE = (
    *("acquired", "acquired_precision", "position_error_m", "image_id", "sensor", "gsd_m", "licence"),
    *("source_url", "rendered"),
)


def canonical(payload: dict[str, Any]) -> str:
    """As version 1 wrote these, whose numbers need no special care."""
    text = json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return re.sub(r"\.0(?=[,\]])", "", text)


def version_1_rows(verdicts: list[Verdict]) -> list[tuple[Any, ...]]:
    """What version 1 logged of verdicts: each, and right after it the sighting it made."""
    rows: list[tuple[Any, ...]] = []
    held: dict[str, str] = {}

    def log(kind: str, origin: str, subject: str, payload: dict[str, Any]) -> str:
        identifier = hashlib.sha256(f"{kind} {origin}".encode()).hexdigest()[:16]
        text = canonical({**payload, "kind": kind, "schema_version": 1, "id": identifier})
        previous = rows[-1][-1] if rows else "0" * 64
        link = hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()
        rows.append((len(rows) + 1, identifier, kind, f"{kind} {origin}", subject, text, previous, link))
        return identifier

    for verdict in verdicts:
        said = {name: value for name, value in verdict.to_payload().items() if name not in NEW_IN_2}
        logged = {"logged": "2026-01-02T03:04:06Z"}
        verdict_id = log("verdict", verdict.origin, verdict.statement, said | logged)
        subject = verdict.candidate or verdict.statement
        sighting = {name: said[name] for name in OF_VERDICT}
        sighting |= {name: said["scene"][name] for name in OF_SCENE}
        sighting |= {"scene_path": said["scene"]["path"], "scene_sha256": said["scene"]["sha256"]}
        sighting |= {"verdict_id": verdict_id, "supersedes": held.get(subject)}
        sighting |= {"status": "withdrawn" if verdict.verdict == "rejected" else "confirmed"}
        held[subject] = log("sighting", verdict.origin, subject, sighting | logged)
    return rows


@pytest.fixture
def said(verdict: Make) -> list[Verdict]:
    """Confirmed; added; corrected by a second annotation; and withdrawn."""
    later = "2026-02-03T04:05:06.000000Z"
    return [
        verdict(1),
        verdict(2, verdict="added", candidate=None, score=None, detector=None),
        verdict(3),
        verdict(3, verdict="corrected", type="A400", annotated=later),
        verdict(4),
        verdict(4, verdict="rejected", type=None, annotated=later),
    ]


@pytest.fixture
def version_1(location: str, table: Any, said: list[Verdict]) -> list[tuple[Any, ...]]:
    """Puts a log of version 1 there; gives its rows."""
    rows = version_1_rows(said)
    quoted = (", ".join(f"'{str(value).replace(chr(39), chr(39) * 2)}'" for value in row) for row in rows)
    table.run(*VERSION_1, *(f"INSERT INTO entries VALUES ({values})" for values in quoted))
    return rows


def columns_of_version_1(table: Any) -> list[tuple[Any, ...]]:
    names = ("seq", "id", "kind", "origin", "payload", "previous_hash", "hash")
    return [tuple(row[name] for name in names) for row in table.rows()]


def test_every_entry_stays_byte_identical(
    location: str, table: Any, version_1: list[tuple[Any, ...]]
) -> None:
    with open_log(location) as log:
        assert log.head() == (12, version_1[-1][-1])
    assert columns_of_version_1(table) == [(*row[:4], *row[5:]) for row in version_1]


def test_what_it_says_is_read(location: str, version_1: object, said: list[Verdict]) -> None:
    with open_log(location) as log:
        sightings = list(log.sightings())
        assert [(held.type, held.verdict) for held in sightings] == [
            ("C130", "confirmed"),
            ("C130", "added"),
            ("A400", "corrected"),
        ]
        assert {(held.evidence, held.count, held.analysts, held.private) for held in sightings} == {
            ("seen", 1, 1, False)
        }
        assert [held.status for held in log.sightings(withdrawn=True)][-1] == "withdrawn"
        assert list(log.verdicts()) == said
        assert len(list(log.current_verdicts())) == 4


def test_it_verifies(location: str, version_1: object) -> None:
    with open_log(location) as log:
        found = verify_entries(log.entries(), log.chips)
    assert (found.failure, found.head.seq) == (None, 12)


def test_verdicts_and_sightings_of_one_aircraft_are_found_together(
    location: str, table: Any, version_1: object, said: list[Verdict]
) -> None:
    with open_log(location) as log:
        for held in log.sightings():
            kinds = [entry.kind for entry in log.history(held.id)]
            assert kinds in (["verdict", "sighting"], ["verdict", "sighting"] * 2)
    rows = table.rows()
    assert {row["scene"] for row in rows} == {"ab" * 32}
    assert [row["statement"] for row in rows[::2]] == [verdict.statement for verdict in said]
    assert {row["statement"] for row in rows[1::2]} == {None}


def test_what_was_recorded_then_and_is_pulled_again_adds_nothing(
    location: str, version_1: object, said: list[Verdict]
) -> None:
    with open_log(location) as log:
        assert log.record(said) == ([], [])


def test_the_next_word_supersedes_what_version_1_holds(
    location: str, version_1: object, verdict: Make
) -> None:
    with open_log(location) as log:
        held = [sighting.id for sighting in log.sightings()]
        (new,) = log.record([verdict(1, type="A400", annotated="2026-05-01T00:00:00Z")]).sightings
        assert new.supersedes == held[0]
        amended = log.amend(held[1], {"operator": "Air Force"}, because="markings", analyst="ana")
        assert amended.supersedes == held[1]
        assert verify_entries(log.entries(), log.chips).failure is None


def test_it_is_append_only_from_then_on(location: str, table: Any, version_1: object) -> None:
    table.run("UPDATE entries SET payload = payload")
    with open_log(location):
        pass
    with pytest.raises(sqlalchemy.exc.DatabaseError, match="append-only"):
        table.run("UPDATE entries SET payload = payload")


def test_one_that_cannot_be_migrated_stays_as_it_was(location: str, table: Any, version_1: object) -> None:
    """Half of a migration would be neither version. What is in its way here is its last step's name."""
    table.run(
        "CREATE TRIGGER entries_continue BEFORE INSERT ON entries BEGIN SELECT 1; END"
        if table.kind == "sqlite"
        else "CREATE FUNCTION hardstand_continue_chain() RETURNS int LANGUAGE sql AS 'SELECT 1'"
    )
    before = table.rows()
    with pytest.raises(LogError, match=r"hardstand_continue_chain|entries_continue"):
        open_log(location)
    assert table.rows() == before


def test_many_who_open_it_at_once_migrate_it_once(location: str, version_1: list[tuple[Any, ...]]) -> None:
    failures: list[str] = []

    def read() -> None:
        try:
            with open_log(location) as log:
                assert len(list(log.entries())) == 12
        except Exception as error:
            failures.append(repr(error))

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
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


@pytest.mark.parametrize("made", ["new", "migrated"])
def test_the_migrations_lead_to_the_schema_that_is_used(
    made: str, location: str, request: pytest.FixtureRequest
) -> None:
    if made == "migrated":
        request.getfixturevalue("version_1")
    with open_log(location, create=True):
        pass
    engine = sqlalchemy.create_engine(location if "://" in location else f"sqlite:///{location}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "hardstand_revision"})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_the_latest_migration_is_the_one_that_a_log_is_held_against() -> None:
    config = Config()
    config.set_main_option("script_location", "annotate.log:migrations")
    assert ScriptDirectory.from_config(config).get_current_head() == REVISION
