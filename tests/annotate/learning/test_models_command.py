"""``hardstand models``: what is said of models, and by which verdicts they are compared."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from annotate.learning.learn import learn
from annotate.log.store import Log
from hardstand import main


@pytest.fixture
def model(
    log: Log,
    drawn_field: Callable[..., Any],
    review: Callable[..., Any],
    bright_detector: Any,
    tmp_path: Path,
) -> Path:
    """A model of three fields."""
    for seed in range(3):
        review(drawn_field(seed))
    return learn(log, tmp_path / "model.json", bright_detector()).path


def test_a_model_is_listed_with_what_it_learned_from(model: Path, cli: CliRunner) -> None:
    result = cli.invoke(main, ["models", "list", str(model), "--json"])
    (members,) = json.loads(result.stdout)
    assert members["held_out"]["aircraft"] == 36
    assert len(members["learned_from"]["scenes"]) == 3
    table = cli.invoke(main, ["models", "list", str(model)])
    assert members["sha256"][:16] in table.stdout
    assert "bright" in table.stdout


def test_models_are_compared_on_scenes_that_are_new_to_them(
    model: Path,
    cli: CliRunner,
    drawn_field: Callable[..., Any],
    review: Callable[..., Any],
    bright_detector: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr("annotate.cli.learning_options.load_detector", lambda *_: bright_detector())
    words = ["models", "compare", str(model), "--from", str(tmp_path / "log.db")]
    nothing_new = cli.invoke(main, words)
    assert nothing_new.exit_code == 1
    assert (
        "no verdicts of both kinds on scenes that none of the models has learned from" in nothing_new.stderr
    )
    review(drawn_field(4))
    result = cli.invoke(main, words)
    assert result.exit_code == 0, result.stderr
    assert "judged by 12 aircraft and 12 other candidates of 1 scene" in result.stderr
    alone = next(line for line in result.stdout.splitlines() if "bright alone" in line)
    learned = next(line for line in result.stdout.splitlines() if " to " in line)
    assert float(alone.split()[2]) < 0.9 < float(learned.split()[-6]), result.stdout
