"""``hardstand log`` as a user runs it: what it exports, and what it prints of that."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from annotate.log.entry import Verdict
from annotate.log.store import open_log
from hardstand import main


@pytest.fixture
def log(tmp_path: Path, verdict: Callable[..., Verdict]) -> Path:
    """A log of two sightings."""
    path = tmp_path / "log.db"
    with open_log(str(path), create=True) as opened:
        opened.record([verdict(1), verdict(2)])
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
