"""``log export`` and ``log import`` as a user runs them."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from annotate.exports.formats import FORMATS, SUFFIXES
from annotate.log.entries import Sighting
from annotate.log.store import Log, open_log
from hardstand import main

Run = Callable[..., Result]


@pytest.fixture
def run(cli: CliRunner, log: Log, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a log command on the log of these tests, unless it names another."""
    monkeypatch.setenv("HARDSTAND_LOG", log.name)
    monkeypatch.delenv("HARDSTAND_ANALYST", raising=False)
    return lambda *arguments: cli.invoke(main, ["log", *map(str, arguments)])


def refused(result: Result) -> str:
    """What a command says that was used wrongly."""
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    return result.stderr


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as text:
        return list(csv.DictReader(text))


def test_export_prints_the_file_and_nothing_else_to_stdout(run: Run, tmp_path: Path) -> None:
    """So that it can be piped on; what it holds is told beside."""
    result = run("export", "-o", tmp_path / "a.geojson")
    assert (result.exit_code, result.stdout) == (0, f"{tmp_path / 'a.geojson'}\n")
    assert "6 sightings, 2 movements" in result.stderr
    assert "--overwrite" in refused(run("export", "-o", tmp_path / "a.geojson"))
    assert run("export", "-o", tmp_path / "a.geojson", "--overwrite").exit_code == 0


def test_both_files_of_a_table_are_named(run: Run, tmp_path: Path) -> None:
    result = run("export", "-o", tmp_path / "a.csv")
    assert result.stdout.splitlines() == [str(tmp_path / "a.csv"), str(tmp_path / "a-movements.csv")]


def test_what_has_no_chip_is_told(run: Run, tmp_path: Path) -> None:
    assert "1 chip left out" in run("export", "-o", tmp_path / "a.coco.zip").stderr


def test_export_writes_only_what_is_asked_for(run: Run, tmp_path: Path) -> None:
    """By the filters that listings have, too."""
    run("export", "-o", tmp_path / "a.csv", "--type", "C130", "--evidence", "seen")
    assert [row["type"] for row in rows(tmp_path / "a.csv")] == ["C130", "C130"]
    assert not (tmp_path / "a-movements.csv").exists()


def test_a_format_can_be_named(run: Run, tmp_path: Path) -> None:
    run("export", "-o", tmp_path / "a.csv", "--format", "excel")
    assert (tmp_path / "a.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    reason = refused(run("export", "-o", tmp_path / "a.kml"))
    assert ".csv, .geojson" in reason
    assert "or give --format" in reason


def test_public_and_round_leave_out_names_and_places(run: Run, tmp_path: Path) -> None:
    run("export", "-o", tmp_path / "a.csv", "--public", "--round", 1000)
    assert {row["analyst"] for row in rows(tmp_path / "a.csv")} == {""}
    assert "-7.9512345" not in (tmp_path / "a.csv").read_text()
    assert "--round" in refused(run("export", "-o", tmp_path / "b.csv", "--round", 0))


def test_help_names_every_format_and_suffix(run: Run) -> None:
    words = run("export", "--help").stdout.split()
    text = " ".join(words)
    assert all(suffix in text for suffix in SUFFIXES)
    assert all(form in text for form in FORMATS)


def test_import_takes_a_file_into_a_log_that_it_makes(run: Run, tmp_path: Path) -> None:
    run("export", "-o", tmp_path / "a.geojson")
    result = run("import", tmp_path / "a.geojson", "--log", tmp_path / "new.db")
    assert result.exit_code == 0
    assert "8 entries added" in result.stderr
    assert (
        "nothing added, 8 already here"
        in run("import", tmp_path / "a.geojson", "--log", tmp_path / "new.db").stderr
    )
    with open_log(str(tmp_path / "new.db")) as log:
        assert {sighting.evidence for sighting in log.sightings()} == {"reported"}


def test_import_says_what_it_did_not_take(
    run: Run, reported: Callable[..., Sighting], tmp_path: Path
) -> None:
    new = tmp_path / "new.db"
    with open_log(str(tmp_path / "first.db"), create=True) as first:
        held = first.add(reported())
        run("export", "-o", tmp_path / "a.csv", "--log", first.name)
        first.amend(held.id, {"count": 3}, because="one more behind", analyst="ana")
        run("export", "-o", tmp_path / "b.csv", "--log", first.name)
    run("import", tmp_path / "a.csv", "--log", new)
    result = run("import", tmp_path / "b.csv", "--log", new)
    assert "1 entry left out" in result.stderr
    assert "nothing added\n" in result.stderr


def test_a_bad_file_makes_no_log(run: Run, tmp_path: Path) -> None:
    """An empty log would look as if there had been nothing to take."""
    (tmp_path / "a.csv").write_text("nonsense")
    assert "first line" in refused(run("import", tmp_path / "a.csv", "--log", tmp_path / "new.db"))
    assert not (tmp_path / "new.db").exists()
