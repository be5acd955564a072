"""``hardstand detect`` as a user runs it: what it prints where, how it ends, what it leaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result

from detect.candidate import read_candidates
from hardstand import main

# The right half of an airliner, nose first, as fractions of its size.
NOSE = [(0, -0.5), (0.05, -0.44), (0.055, -0.17)]
WING = [(0.5, 0.07), (0.5, 0.13), (0.055, 0.05)]
TAIL = [(0.04, 0.36), (0.2, 0.46), (0.2, 0.5), (0, 0.47)]
HALF = np.array([*NOSE, *WING, *TAIL])
OUTLINE = np.vstack([HALF, (HALF * (-1, 1))[::-1]])


@pytest.fixture(scope="module")
def apron() -> np.ndarray:
    """300 x 300 pixels of concrete with an airliner of 80 pixels on it, its nose up."""
    image = np.random.default_rng(3).normal(110, 3, (300, 300)).astype(np.float32)
    mask = np.zeros(image.shape, np.float32)
    cv2.fillPoly(mask, [np.round(OUTLINE * 80 + 150).astype(np.int32)], 1.0)
    image += 80 * cv2.GaussianBlur(mask, (0, 0), 0.6)
    return image.round().astype(np.uint8)


@pytest.fixture
def scene(apron: np.ndarray, drawn_scene: Callable[..., Path], tmp_path: Path) -> Path:
    return drawn_scene(tmp_path / "apron.tif", (), pixels=apron.copy())


@pytest.fixture
def detect(cli: CliRunner) -> Callable[..., Result]:
    """Runs the command with the contour detector, which needs no library of templates."""

    def run(*arguments: object, detector: str = "contour") -> Result:
        words = ["detect", *map(str, arguments), "--detector", detector]
        return cli.invoke(main, words)

    return run


def refused(result: Result, code: int) -> str:
    """The one line on stderr of a command that failed as it should."""
    assert result.exit_code == code, result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    errors = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert len(errors) == 1, result.stderr
    return errors[0]


def test_stdout_is_the_candidates_files_and_nothing_else(
    detect: Callable[..., Result], scene: Path, tmp_path: Path
) -> None:
    """So it can be piped: `hardstand detect … | xargs hardstand review push`."""
    out = tmp_path / "out"
    result = detect(scene, "-o", out)
    assert result.exit_code == 0, result.stderr
    assert result.stdout == f"{out / 'apron.geojson'}\n"
    assert f"{scene}: 1 candidate\n" in result.stderr
    (candidate,) = read_candidates(out / "apron.geojson").candidates
    assert candidate.box.center == pytest.approx((150, 150), abs=3)


def test_a_repeated_command_says_that_it_kept_the_file_and_prints_it_still(
    detect: Callable[..., Result], scene: Path, tmp_path: Path
) -> None:
    first = detect(scene, "-o", tmp_path / "out")
    second = detect(scene, "-o", tmp_path / "out")
    assert second.stdout == first.stdout
    assert "kept" in second.stderr
    assert second.exit_code == 0


def test_what_the_user_knows_of_the_image_lands_in_the_file(
    detect: Callable[..., Result], scene: Path, tmp_path: Path
) -> None:
    known = {
        "--acquired": "2023-10-27T10:36:11+02:00",
        "--image-id": "S2A-7",
        "--source-url": "https://example.org/scenes/7",
        "--licence": "CC-BY-4.0, © someone",
    }
    result = detect(scene, "-o", tmp_path, *(word for pair in known.items() for word in pair))
    assert result.exit_code == 0, result.stderr
    told = json.loads((tmp_path / "apron.geojson").read_text(encoding="utf-8"))["scene"]
    assert (told["acquired"], told["acquired_precision"]) == ("2023-10-27T08:36:11Z", "second")
    assert told["acquired_from"] == "option --acquired"
    assert told["image_id"] == "S2A-7"
    assert told["source_url"] == "https://example.org/scenes/7"
    assert told["licence"] == "CC-BY-4.0, © someone"


def test_one_bad_scene_among_good_ones_ends_in_1_with_the_others_done(
    detect: Callable[..., Result], scene: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.tif"
    bad.write_text("no image")
    result = detect(bad, scene, "-o", tmp_path / "out")
    assert result.exit_code == 1
    assert result.stdout == f"{tmp_path / 'out' / 'apron.geojson'}\n"
    assert [line for line in result.stderr.splitlines() if line.startswith("Error: ")] == [
        line for line in result.stderr.splitlines() if "bad.tif" in line
    ]


def test_a_scene_that_is_not_there_is_a_wrong_use(detect: Callable[..., Result], tmp_path: Path) -> None:
    assert "none.tif: no such file" in refused(detect(tmp_path / "none.tif", "-o", tmp_path), 2)


def test_a_file_in_place_of_the_output_folder_is_said_before_any_work(
    detect: Callable[..., Result], scene: Path, tmp_path: Path
) -> None:
    (tmp_path / "out").write_text("mine")
    assert "cannot be written" in refused(detect(scene, "-o", tmp_path / "out"), 2)
    assert (tmp_path / "out").read_text() == "mine"


@pytest.mark.parametrize("score", ["7", "-0.1", "high"])
def test_a_score_outside_0_to_1_is_refused(
    score: str, detect: Callable[..., Result], scene: Path, tmp_path: Path
) -> None:
    assert score in refused(detect(scene, "-o", tmp_path / "out", f"--min-score={score}"), 2)
    assert not (tmp_path / "out").exists()


def test_a_score_that_is_no_number_is_refused_and_no_file_written(
    detect: Callable[..., Result], scene: Path, tmp_path: Path
) -> None:
    """Nothing is at least NaN, so the scene would pass for one without aircraft."""
    assert "nan" in refused(detect(scene, "-o", tmp_path / "out", "--min-score=nan"), 2)
    assert list((tmp_path / "out").glob("*")) == []


def test_an_unknown_detector_is_refused_with_those_there_are(
    detect: Callable[..., Result], scene: Path, tmp_path: Path
) -> None:
    line = refused(detect(scene, "-o", tmp_path / "out", detector="oracle"), 2)
    assert "contour" in line
    assert "template" in line


@pytest.mark.parametrize(
    ("acquired", "why"),
    [
        ("yesterday", "ISO 8601"),
        ("2023-10-27T10:36", "zone"),
        ("2023-02-30", "is not a date"),
        ("2999-01-01", "in the future"),
    ],
)
def test_an_acquisition_time_that_is_none_is_refused(
    acquired: str, why: str, detect: Callable[..., Result], scene: Path, tmp_path: Path
) -> None:
    line = refused(detect(scene, "-o", tmp_path / "out", "--acquired", acquired), 2)
    assert why in line
    assert acquired in line
    assert list((tmp_path / "out").glob("*")) == []


def test_other_settings_than_the_files_are_refused_until_it_may_be_replaced(
    detect: Callable[..., Result], scene: Path, tmp_path: Path
) -> None:
    detect(scene, "-o", tmp_path)
    line = refused(detect(scene, "-o", tmp_path, "--min-score", "0.9"), 2)
    assert "--overwrite" in line
    again = detect(scene, "-o", tmp_path, "--min-score", "0.99", "--overwrite")
    assert again.exit_code == 0
    assert read_candidates(tmp_path / "apron.geojson").detector.params["min_score"] == 0.99


def test_candidates_of_a_rendered_scene_say_that_it_is_rendered(
    detect: Callable[..., Result], scene: Path, tmp_path: Path
) -> None:
    """Nothing rendered may pass for real."""
    import rasterio

    with rasterio.open(scene, "r+") as dataset:
        dataset.update_tags(RENDERED="true")
    detect(scene, "-o", tmp_path)
    assert read_candidates(tmp_path / "apron.geojson").scene.rendered


def test_a_run_over_several_scenes_ends_with_a_table_and_leaves_an_account(
    detect: Callable[..., Result], scene: Path, tmp_path: Path
) -> None:
    (tmp_path / "bad.tif").write_text("no image")
    out = tmp_path / "out"
    result = detect(tmp_path / "*.tif", "-o", out, "--workers", 1)
    assert result.exit_code == 1
    assert result.stdout == f"{out / 'apron.geojson'}\n"
    scenes = json.loads((out / "run.json").read_text())["scenes"]
    assert [(entry["scene"], entry["state"]) for entry in scenes] == [
        (str(scene), "done"),
        (str(tmp_path / "bad.tif"), "failed"),
    ]
    assert "failed          1" in result.stderr
    assert str(out / "run.json") in result.stderr


def test_one_scene_leaves_no_account(detect: Callable[..., Result], scene: Path, tmp_path: Path) -> None:
    detect(scene, "-o", tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["apron.geojson"]


def test_a_shard_searches_its_part_and_has_an_account_of_its_own(
    detect: Callable[..., Result], scene: Path, tmp_path: Path
) -> None:
    other = tmp_path / "z.tif"
    other.write_bytes(scene.read_bytes())
    result = detect(tmp_path / "*.tif", "-o", tmp_path / "out", "--shard", "2/2")
    assert result.exit_code == 0, result.stderr
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["run-2-of-2.json", "z.geojson"]


@pytest.mark.parametrize("shard", ["0/2", "3/2", "2", "1/0", "a/b"])
def test_a_shard_that_is_not_a_part_is_refused(
    shard: str, detect: Callable[..., Result], scene: Path, tmp_path: Path
) -> None:
    assert "not a part" in refused(detect(scene, "-o", tmp_path / "out", "--shard", shard), 2)
