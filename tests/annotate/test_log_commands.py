"""``hardstand log`` as a user runs it: readable on 80 columns, parsable by programs, honest when empty."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from annotate.log.entry import Sighting, Verdict
from annotate.log.store import open_log
from hardstand import main

NAMES = [field.name for field in fields(Sighting)]


@pytest.fixture
def log(tmp_path: Path, verdict: Callable[..., Verdict]) -> Path:
    """A dated sighting, and one of an unknown time, type and heading from a rendered scene."""
    path = tmp_path / "log.db"
    rendered = replace(
        verdict().scene, acquired=None, acquired_precision="unknown", acquired_from=None, rendered=True
    )
    unknown = {"type": None, "heading_deg": None, "length_m": None, "wingspan_m": None, "heading_sure": False}
    with open_log(str(path), create=True) as opened:
        opened.record([verdict(1), verdict(2, verdict="added", candidate=None, scene=rendered, **unknown)])
    return path


@pytest.fixture
def run(cli: CliRunner, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs a log command on a terminal of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("HARDSTAND_LOG", raising=False)
    return lambda *arguments: cli.invoke(main, ["log", *map(str, arguments)])


def refused(result: Result, code: int) -> str:
    """The one line on stderr of a command that failed as it should."""
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    (line,) = (line for line in result.stderr.splitlines() if line.startswith("Error: "))
    assert "Traceback" not in result.stderr
    return line


def test_the_table_fits_80_columns_with_nothing_left_out(run: Callable[..., Result], log: Path) -> None:
    result = run("list", "--log", log)
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert "…" not in result.stdout, "what does not fit is folded, never cut"
    for cell in ("2023-10-27", "GABS", "C130", "30 x 40", "62°", "confirmed", "added", "analyst"):
        assert cell in result.stdout, cell


def test_a_time_to_the_second_is_broken_between_day_and_time_of_day(
    run: Callable[..., Result], tmp_path: Path, verdict: Callable[..., Verdict]
) -> None:
    precise = replace(verdict().scene, acquired="2023-10-27T08:36:11Z", acquired_precision="second")
    with open_log(str(tmp_path / "b.db"), create=True) as opened:
        opened.record([verdict(scene=precise, lon=-179.98765, analyst="firstname.lastname@example.org")])
    words = run("list", "--log", tmp_path / "b.db").stdout.split()
    assert {"2023-10-27", "08:36:11Z", "-179.98765,", "12.53499", "confirmed", "C130"} <= set(words)


def test_the_table_says_unknown_of_what_nobody_knows(run: Callable[..., Result], log: Path) -> None:
    (line,) = (line for line in run("list", "--log", log).stdout.splitlines() if "added" in line)
    assert line.split()[:6] == ["unknown*", "GABS", "unknown", "?", "?", "-7.95123,"]


def test_the_table_marks_what_comes_from_a_rendered_scene(run: Callable[..., Result], log: Path) -> None:
    """Nothing rendered may pass for real."""
    assert "* from a rendered scene, not a photograph" in run("list", "--log", log).stdout


def test_a_heading_whose_ends_could_be_swapped_has_a_question_mark(
    run: Callable[..., Result], tmp_path: Path, verdict: Callable[..., Verdict]
) -> None:
    with open_log(str(tmp_path / "b.db"), create=True) as opened:
        opened.record([verdict(heading_sure=False)])
    assert "62° ?" in run("list", "--log", tmp_path / "b.db").stdout


def test_text_from_the_server_is_not_taken_for_markup(
    run: Callable[..., Result], tmp_path: Path, verdict: Callable[..., Verdict]
) -> None:
    with open_log(str(tmp_path / "b.db"), create=True) as opened:
        opened.record([verdict(type="[b]x[/z]")])
    result = run("list", "--log", tmp_path / "b.db")
    assert result.exit_code == 0, result.stderr
    assert "[b]x" in result.stdout.replace("\n", "")


def test_json_is_an_array_with_every_field(run: Callable[..., Result], log: Path) -> None:
    listed = json.loads(run("list", "--json", "--log", log).stdout)
    assert [list(sighting) for sighting in listed] == [NAMES, NAMES]
    assert listed[0]["lon"] == -7.9512345
    assert listed[1]["acquired"] is None
    assert listed[1]["rendered"] is True


def test_csv_is_what_the_export_writes(run: Callable[..., Result], log: Path, tmp_path: Path) -> None:
    listed = run("list", "--csv", "--log", log).stdout_bytes
    run("export", "-o", tmp_path / "a.csv", "--log", log)
    assert listed == (tmp_path / "a.csv").read_bytes()
    assert [line["verdict"] for line in csv.DictReader(io.StringIO(listed.decode()))] == [
        "confirmed",
        "added",
    ]


def test_json_and_csv_at_once_are_refused(run: Callable[..., Result], log: Path) -> None:
    assert "--json and --csv" in refused(run("list", "--json", "--csv", "--log", log), 2)


def test_export_prints_the_file_and_nothing_else_to_stdout(
    run: Callable[..., Result], log: Path, tmp_path: Path
) -> None:
    result = run("export", "-o", tmp_path / "a.geojson", "--log", log)
    assert result.stdout == f"{tmp_path / 'a.geojson'}\n"
    assert "2 sightings" in result.stderr
    refused(run("export", "-o", tmp_path / "a.geojson", "--log", log), 2)
    assert run("export", "-o", tmp_path / "a.geojson", "--log", log, "--overwrite").exit_code == 0


def test_an_unknown_suffix_is_refused(run: Callable[..., Result], log: Path, tmp_path: Path) -> None:
    assert ".csv, .geojson" in refused(run("export", "-o", tmp_path / "a.kml", "--log", log), 2)


@pytest.mark.parametrize("words", [["list"], ["list", "--json"], ["export", "-o", "a.csv"]])
def test_a_log_that_is_not_there_is_refused(
    words: list[str], run: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "hardstand.db: no log there" in refused(run(*words), 2)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_log_is_one_line(run: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("notes of mine, and more of them than fit into the header\n" * 5)
    assert "not a log" in refused(run("list", "--log", tmp_path / "notes"), 1)


def test_the_log_can_be_named_by_the_environment(
    run: Callable[..., Result], log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARDSTAND_LOG", str(log))
    assert len(json.loads(run("list", "--json").stdout)) == 2


def test_an_empty_log_says_so_and_is_empty_to_programs(run: Callable[..., Result], tmp_path: Path) -> None:
    """A table of headings alone leaves it open whether something went wrong."""
    path = tmp_path / "empty.db"
    with open_log(str(path), create=True):
        pass
    listed = run("list", "--log", path)
    assert listed.exit_code == 0
    assert "no sightings" in listed.stdout + listed.stderr
    assert json.loads(run("list", "--json", "--log", path).stdout) == []
    assert run("list", "--csv", "--log", path).stdout.splitlines() == [",".join(NAMES)]
