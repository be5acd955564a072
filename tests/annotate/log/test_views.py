"""The log's SQL views hold what its Python does, for whatever program opens the database."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from typing import Any

import duckdb
import pyogrio
import pytest
import sqlalchemy
from datasette.app import Datasette
from duckdb_extensions import import_extension

from annotate.log.columns import columns
from annotate.log.entries import Movement, SceneReview, Sighting, Verdict
from annotate.log.store import Log, open_log
from annotate.log.views import VIEWS

Row = dict[str, Any]
Make = Callable[..., Any]
LATER = "2026-02-03T04:05:06.000000Z"


def fill(log: Log, verdict: Callable[..., Verdict], reported: Make, route: Make, review: Make) -> None:
    """Put into a log what holds, what is disputed, and what was amended, superseded or withdrawn."""
    footprint = {"type": "Polygon", "coordinates": [[[1.5, 2], [3, 2], [3, 4], [1.5, 2]]]}
    log.review([review(reviewed=0), review(reviewed=2, footprint=footprint), review(project="again")])
    log.record([verdict(1), verdict(2), verdict(3), verdict(4, lon=2.0, lat=None, airfield=None)])
    log.record([verdict(1, type="A400", annotated=LATER), verdict(2, verdict="rejected", annotated=LATER)])
    other = {"candidate": verdict(3).candidate, "analyst": "bea"}
    log.record([verdict(5, type="A320", **other)])
    words = reported(note='« hangar » "2"\n\\u0000 and 日本 \U0001f6e9', private=True, count=3)
    kept = log.add_all([words, reported(source="a post", lon=0.5, lat=-3.25, position_error_m=20.5)])
    log.amend(kept[1].id, {"tail_number": "5U-MAB"}, because="read from the fin", analyst="bea")
    gone = log.add(reported(source="a rumour"))
    log.withdraw(gone.id, because="denied", analyst="bea")
    flown = log.add_movement(route(places=("GABS", "GAGO", "GABS")))
    log.add_movement(
        route(evidence="inferred", reasoning="one tail", rests_on=(kept[0].id, flown.id), source=None)
    )
    log.amend(flown.id, {"until": "2023-09"}, because="another post", analyst="bea")
    log.withdraw(log.add_movement(route(source="x")).id, because="no", analyst="bea")


@pytest.fixture
def filled(location: str, verdict: Make, reported: Make, route: Make, review: Make) -> str:
    with open_log(location, create=True) as log:
        fill(log, verdict, reported, route, review)
    return location


@pytest.fixture
def sqlite_log(tmp_path: Any, verdict: Make, reported: Make, route: Make, review: Make) -> str:
    path = str(tmp_path / "log.db")
    with open_log(path, create=True) as log:
        fill(log, verdict, reported, route, review)
    return path


LIMITS = ("shown_from_m", "found_from_m", "cloud_share", "cloud_stated")


def expected(location: str) -> dict[str, list[Row]]:
    """The rows of each view by what the log's own interface says."""
    with open_log(location) as log:
        return {
            "sightings": [vars(sighting) for sighting in log.sightings()],
            "movements": [vars(movement) for movement in log.movements()],
            "scenes": list(map(scene_row, log.scenes())),
        }


def scene_row(review: SceneReview) -> Row:
    scene = review.scene
    row = {"scene_path": scene.path, "scene_sha256": scene.sha256}
    members = {**vars(scene), **(review.limits or dict.fromkeys(LIMITS)), **vars(review)}
    return row | {column: members[column] for column, _, _ in VIEWS["scenes"][1] if column not in row}


def same(rows: Iterable[Row], view: str) -> list[Row]:
    """Rows whose lists and objects are JSON or not, in one order."""
    of_json = {name for name, _, kind in VIEWS[view][1] if kind in ("texts", "numbers", "json")}
    plain = [
        {
            name: json.loads(value if isinstance(value, str) else json.dumps(value))
            if name in of_json and value is not None
            else value
            for name, value in row.items()
        }
        for row in rows
    ]
    return sorted(plain, key=lambda row: str(row["id"]))


def check_types(rows: Iterable[Row], view: str, flag: type) -> None:
    """Check that numbers are numbers, also 2.0, which the log writes as 2."""
    kinds = {"text": str, "number": float, "integer": int, "flag": flag}
    for row in rows:
        for name, _, kind in VIEWS[view][1]:
            if kind in kinds and row[name] is not None:
                assert type(row[name]) is kinds[kind], f"{view}.{name}"


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_has_the_rows_that_the_log_reads(view: str, filled: str, table: Any) -> None:
    rows = table.rows_of(view)
    known = expected(filled)[view]
    assert len(known) >= 2
    assert same(rows, view) == same(known, view)
    assert [list(row) for row in rows] == [[field.column for field in VIEWS[view][1]]] * len(rows)


@pytest.mark.parametrize("view", VIEWS)
def test_numbers_are_numbers_and_flags_are_flags(view: str, filled: str, table: Any) -> None:
    """SQLite has no booleans; it has 1 and 0."""
    check_types(table.rows_of(view), view, flag=int if table.kind == "sqlite" else bool)


@pytest.mark.parametrize(("view", "entry"), [("sightings", Sighting), ("movements", Movement)])
def test_its_columns_are_those_of_the_exports(view: str, entry: type[Sighting]) -> None:
    assert [field.column for field in VIEWS[view][1]] == [column.name for column in columns(entry)]


def test_what_is_logged_later_is_in_it(filled: str, table: Any, verdict: Make, reported: Make) -> None:
    """A view is a question and no copy; of kinds that this hardstand does not know, it tells nothing."""
    with open_log(filled) as log:
        log.record([verdict(1, verdict="rejected", annotated="2026-04-01T00:00:00Z")])
        new = log.add(reported(source="another photograph"))
        last = list(log.entries())[-1]
    row = {**last._asdict(), "seq": last.seq + 1, "id": "0" * 16, "origin": "x", "kind": "weather"}
    row |= {"previous_hash": last.hash, "hash": "0" * 64}
    values = ", ".join("NULL" if value is None else "'" + str(value) + "'" for value in row.values())
    table.without_triggers(f"INSERT INTO entries ({', '.join(row)}) VALUES ({values})")
    known = expected(filled)["sightings"]
    assert new.id in {row["id"] for row in known}
    assert same(table.rows_of("sightings"), "sightings") == same(known, "sightings")


def test_nobody_writes_through_a_view(filled: str, table: Any) -> None:
    for statement in ("UPDATE sightings SET type = 'A320'", "DELETE FROM sightings"):
        with pytest.raises(sqlalchemy.exc.DBAPIError, match="view"):
            table.run(statement)


def test_a_text_with_a_character_that_postgresql_has_not_spoils_no_view(
    location: str, table: Any, verdict: Make
) -> None:
    """Its jsonb refuses U+0000; the log keeps it, as what was said. SQLite shows a text up to there."""
    with open_log(location, create=True) as log:
        log.record([verdict(1, note="a\0\0b \\u0000"), verdict(2, note="\\\\\0")])
    notes = {row["note"].partition("\0")[0] for row in table.rows_of("sightings")}
    shown = {"a\ufffd\ufffdb \\u0000", "\\\\\ufffd"}
    assert notes == (shown if table.kind == "postgresql" else {note.partition("\ufffd")[0] for note in shown})


@pytest.mark.parametrize("view", VIEWS)
def test_datasette_shows_it(view: str, sqlite_log: str) -> None:
    async def fetch() -> list[Row]:
        datasette = Datasette([sqlite_log])
        response = await datasette.client.get(f"/log/{view}.json", params={"_shape": "array", "_size": "max"})
        rows: list[Row] = response.json()
        return rows

    assert same(asyncio.run(fetch()), view) == same(expected(sqlite_log)[view], view)


def in_duckdb(database: Any, view: str) -> list[Row]:
    return database.sql(f"SELECT * FROM {view}").to_arrow_table().to_pylist()


@pytest.mark.parametrize("view", VIEWS)
def test_duckdb_makes_the_same_of_its_sql(view: str, sqlite_log: str) -> None:
    """DuckDB runs the text of an attached database's views by itself, and so it does here, without the
    extension that attaches SQLite's files and that it downloads."""
    with closing(sqlite3.connect(sqlite_log)) as log, duckdb.connect() as database:
        rows = log.execute("SELECT seq, kind, subject, payload FROM entries").fetchall()
        database.execute("CREATE TABLE entries (seq BIGINT, kind TEXT, subject TEXT, payload TEXT)")
        database.executemany("INSERT INTO entries VALUES (?, ?, ?, ?)", rows)
        for (statement,) in log.execute("SELECT sql FROM sqlite_schema WHERE type = 'view'"):
            database.execute(statement)
        found = in_duckdb(database, view)
    check_types(found, view, flag=bool)
    assert same(found, view) == same(expected(sqlite_log)[view], view)


@pytest.mark.parametrize("view", VIEWS)
def test_duckdb_attaches_it(view: str, sqlite_log: str) -> None:
    with duckdb.connect() as database:
        import_extension("sqlite_scanner")  # what INSTALL sqlite fetches, signed by DuckDB, from PyPI
        database.execute("LOAD sqlite_scanner")
        database.execute(f"ATTACH '{sqlite_log}' AS log (TYPE sqlite, READ_ONLY)")
        found = in_duckdb(database, f"log.{view}")
    check_types(found, view, flag=bool)
    assert same(found, view) == same(expected(sqlite_log)[view], view)


def test_qgis_finds_its_layers(sqlite_log: str) -> None:
    """By GDAL, which QGIS opens databases with; numbers come as such, so that lon and lat make points."""
    layers = {name for name, _ in pyogrio.list_layers(sqlite_log)}
    assert layers >= set(VIEWS)
    info = pyogrio.read_info(sqlite_log, layer="sightings", force_feature_count=True)
    assert info["features"] == len(expected(sqlite_log)["sightings"])
    kinds = dict(zip(info["fields"], info["ogr_types"], strict=True))
    assert (kinds["lon"], kinds["gsd_m"], kinds["type"]) == ("OFTReal", "OFTReal", "OFTString")


def test_an_sqlite_that_cannot_read_them_is_refused(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would call the whole log malformed."""
    from imagery.errors import UsageError

    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 37, 2))
    with pytest.raises(UsageError, match=r"needs SQLite 3\.38 or later"):
        open_log(str(tmp_path / "log.db"), create=True)
