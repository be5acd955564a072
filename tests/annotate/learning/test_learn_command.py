"""``hardstand learn`` as a user runs it: what it prints where, how it ends, what it leaves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from annotate.log.store import Log
from hardstand import main


@pytest.fixture
def learn(
    cli: CliRunner,
    log: Log,
    bright_detector: Callable[[], Any],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Callable[..., Result]:
    """Runs the command on the log, with a detector whose answers are known."""
    monkeypatch.setattr("annotate.cli.learning_options.load_detector", lambda *_: bright_detector())

    def run(*arguments: object) -> Result:
        words = ["learn", "--from", str(tmp_path / "log.db"), "-o", str(tmp_path / "model.json")]
        return cli.invoke(main, [*words, *map(str, arguments)])

    return run


def test_it_prints_the_path_and_says_how_good_the_model_is(
    learn: Callable[..., Result], drawn_field: Callable[..., Any], review: Callable[..., Any], tmp_path: Path
) -> None:
    for seed in range(3):
        review(drawn_field(seed))
    result = learn()
    assert result.exit_code == 0, result.stderr
    assert result.stdout.strip() == str(tmp_path / "model.json")
    assert (
        "learned from 36 aircraft and 36 other candidates of 3 scenes, by verdicts of analyst@"
        in result.stderr
    )
    assert "on scenes held out: average precision 0." in result.stderr
    assert "licences of the scenes: CC-BY-4.0" in result.stderr
    again = learn()
    assert again.exit_code == 2
    assert "already exists; move it away or give --overwrite" in again.stderr


def test_a_refusal_is_one_line_and_leaves_nothing(
    learn: Callable[..., Result], drawn_field: Callable[..., Any], review: Callable[..., Any], tmp_path: Path
) -> None:
    review(drawn_field(0))
    result = learn()
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines()[-1].startswith("Error: ")
    assert "it takes 2" in result.stderr
    assert not (tmp_path / "model.json").exists()


def test_a_filter_that_fits_nothing_says_so(
    learn: Callable[..., Result], drawn_field: Callable[..., Any], review: Callable[..., Any]
) -> None:
    review(drawn_field(0))
    result = learn("--airfield", "GAGO")
    assert result.exit_code == 1
    assert "no verdict that matches" in result.stderr
