"""The log commands as a person runs them: on 80 columns, as an analyst who said who they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hardstand import main

Run = Callable[..., Result]


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the log is that the environment names; it is not there yet."""
    monkeypatch.setenv("HARDSTAND_LOG", str(tmp_path / "log.db"))
    return tmp_path / "log.db"


@pytest.fixture
def run(cli: CliRunner, monkeypatch: pytest.MonkeyPatch, path: Path) -> Run:
    """Runs a log command; the log is the one at `path`."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("HARDSTAND_ANALYST", "anna@example.org")
    return lambda *arguments: cli.invoke(main, ["log", *map(str, arguments)])


@pytest.fixture
def refused(run: Run) -> Callable[..., str]:
    """Runs a log command that must be refused as wrong use; gives its one line."""

    def refusal(*arguments: object) -> str:
        result = run(*arguments)
        assert result.exit_code == 2, result.output
        assert result.stdout == ""
        assert "Traceback" not in result.stderr
        return next(line for line in result.stderr.splitlines() if line.startswith("Error: "))

    return refusal


@pytest.fixture
def done(run: Run) -> Callable[..., str]:
    """Runs a log command that must succeed; gives what it printed on stdout."""

    def output(*arguments: object) -> str:
        result = run(*arguments)
        assert result.exit_code == 0, result.output
        return result.stdout

    return output
