"""``hardstand train``: weights from a recipe, and what it refuses."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from hardstand import main
from imagery.synthetic import truth_path


@pytest.mark.train
@pytest.mark.slow
def test_weights_are_made_from_a_scene_and_rendered_grounds_and_can_be_used(
    cli: CliRunner, rendered_scene: Path, tmp_path: Path
) -> None:
    weights = tmp_path / "mine"
    recipe = ["--truth", str(truth_path(rendered_scene)), "--licence", "CC0-1.0", "--grounds", "3"]
    command = ["train", str(rendered_scene), *recipe, "--steps", "10", "-o", str(weights)]
    made = cli.invoke(main, command)
    assert made.exit_code == 0, made.stderr
    assert made.stdout.strip() == str(weights)
    told = json.loads((weights / "training.json").read_text())
    assert told["licence"] == "CC0-1.0"
    listed = (weights / "images.csv").read_text().splitlines()
    assert listed[1] == f"{rendered_scene.name},{hashlib.sha256(rendered_scene.read_bytes()).hexdigest()}"
    names = ["images.csv", "network.onnx", "training.json"]
    assert sorted(path.name for path in weights.iterdir()) == names

    again = cli.invoke(main, command)
    assert again.exit_code == 2
    assert "--overwrite" in again.stderr

    found = cli.invoke(
        main,
        ["detect", str(rendered_scene), "-o", str(tmp_path), "--model", str(weights), "--min-score", "1"],
    )
    document = json.loads(Path(found.stdout.strip()).read_text())
    assert document["detector"]["params"]["weights_licence"] == "CC0-1.0"
    assert document["detector"]["params"]["model"] == "mine"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--truth", "{truth}"], "--licence is missing"),
        (["--licence", "CC0-1.0"], "does not say where all its aircraft are"),
        (
            ["--licence", "CC0-1.0", "--start", "pleiades"],
            "pleiades, are under CC-BY-NC-SA-4.0; so is what is",
        ),
        (["--licence", "CC0-1.0", "--start", "nowhere"], "nowhere: no such weights"),
    ],
)
def test_what_cannot_be_learnt_from_is_refused(
    cli: CliRunner, rendered_scene: Path, tmp_path: Path, arguments: list[str], says: str
) -> None:
    pytest.importorskip("torch", reason="the message comes only where PyTorch is there")
    said = [argument.format(truth=truth_path(rendered_scene)) for argument in arguments]
    result = cli.invoke(main, ["train", str(rendered_scene), *said, "-o", str(tmp_path / "w")])
    assert result.exit_code == 2
    assert says in result.stderr


@pytest.mark.parametrize("missing", ["torch", "onnx"])
def test_a_missing_part_is_named_before_training(
    cli: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    monkeypatch.delitem(sys.modules, "detect.training.trained", raising=False)
    result = cli.invoke(main, ["train", "--grounds", "1", "-o", str(tmp_path / "w")])
    assert result.exit_code == 2
    assert "pip install 'hardstand[train]'" in result.stderr
