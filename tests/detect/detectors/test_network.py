"""The network: its weights, what it finds, and what it says of where they are from."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from detect import MODELS
from detect.candidate import CandidatesFile
from detect.detectors import load_detector
from detect.detectors.network import CHANNELS, NetworkDetector, read_hits, weights_of
from detect.scan import scan
from hardstand import main
from imagery.errors import UsageError
from imagery.scene import open_scene
from imagery.synthetic import truth_path
from imagery.tiling import Tile, TileImage


def _scanned(path: Path, model: str, **options: Any) -> CandidatesFile:
    with open_scene(str(path), **options) as scene:
        return scan(scene, load_detector("network", model))


def _found_share(found: CandidatesFile, truth: list[dict[str, Any]], above: float) -> float:
    """The share of the aircraft within a quarter of whose size a candidate's centre lies."""
    centers = np.array([c.box.center for c in found.candidates if c.score >= above]).reshape(-1, 2)
    near = []
    for one in truth:
        apart = np.hypot(*(centers - one["center_px"]).T)
        near.append(bool(apart.size and apart.min() < 0.25 * max(one["length_px"], one["width_px"])))
    return float(np.mean(near))


@pytest.mark.parametrize("model", MODELS)
def test_weights_are_small_and_say_what_they_may_be_used_for(model: str) -> None:
    folder = files("detect") / "weights" / model
    weights = weights_of(model)
    assert len(weights.network) <= 15_000_000
    assert weights.licence == {"pleiades": "CC-BY-NC-SA-4.0", "open": "Apache-2.0"}[model]
    assert weights.licence in (folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    info = NetworkDetector(model).info
    assert info.params["weights_licence"] == weights.licence
    assert len(info.params["weights_sha256"]) == 64


def test_open_weights_have_seen_public_domain_photographs_alone() -> None:
    """Every image is one of UC Merced, and none of those on which false alarms are counted."""
    listed = (files("detect") / "weights" / "open" / "images.csv").read_text().splitlines()[1:]
    names = [line.split(",")[0] for line in listed]
    assert len(names) > 1800
    for name in names:
        kind, number = re.fullmatch(r"([a-z]+)(\d\d)\.jpg", name).groups()  # type: ignore[union-attr]
        assert kind == "airplane" or not 80 <= int(number) < 90


def test_the_version_names_every_licence(cli: CliRunner) -> None:
    said = cli.invoke(main, ["--version"]).output
    for model in MODELS:
        assert f"{model} {weights_of(model).licence}" in said


@pytest.mark.parametrize("model", MODELS)
def test_the_rendered_airfield_is_found(rendered_scene: Path, model: str) -> None:
    """All but its helicopters and its smallest aircraft, which are faint at half a metre a pixel."""
    found = _scanned(rendered_scene, model)
    features = json.loads(truth_path(rendered_scene).read_text())["features"]
    assert _found_share(found, [feature["properties"] for feature in features], 0.5) >= 0.7


def test_the_same_scene_gives_the_same_candidates(rendered_scene: Path) -> None:
    assert _scanned(rendered_scene, "pleiades") == _scanned(rendered_scene, "pleiades")


def test_candidates_carry_the_hash_and_licence_of_the_weights(
    cli: CliRunner, rendered_scene: Path, tmp_path: Path
) -> None:
    result = cli.invoke(main, ["detect", str(rendered_scene), "-o", str(tmp_path), "--model", "open"])
    document = json.loads(Path(result.stdout.strip()).read_text())
    params = document["detector"]["params"]
    assert params["weights_licence"] == "Apache-2.0"
    for feature in document["features"]:
        assert feature["properties"]["weights_sha256"] == params["weights_sha256"]
        assert feature["properties"]["weights_licence"] == "Apache-2.0"


def test_grey_and_partly_empty_tiles_are_looked_at() -> None:
    """A panchromatic tile of odd size, half of it nodata: no error, and nothing where nothing is."""
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 255, (211, 173, 1), dtype=np.uint8)
    valid = np.zeros((211, 173), bool)
    valid[:, :80] = True
    image = TileImage(Tile(0, 0, 173, 211, 173, 211), pixels, valid, 1.0)
    assert all(hit.box.center.col < 80 for hit in NetworkDetector().hits(image))


def test_a_peak_beyond_the_image_is_no_hit() -> None:
    """Offsets may point out of the tile; a centre there belongs to the neighbour."""
    said = np.zeros((CHANNELS, 10, 10), np.float32)
    said[0] = -9
    said[0, 0, 0], said[1, 0, 0] = 3, -5
    assert list(read_hits(said, np.ones((40, 40), bool))) == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--model", "nowhere"], "no such weights; give open, pleiades, or a folder"),
        (
            ["--detector", "contour", "--model", "open"],
            "the contour detector takes no weights; leave out --model",
        ),
    ],
)
def test_wrong_models_are_refused(
    cli: CliRunner, rendered_scene: Path, tmp_path: Path, arguments: list[str], says: str
) -> None:
    result = cli.invoke(main, ["detect", str(rendered_scene), "-o", str(tmp_path), *arguments])
    assert result.exit_code == 2
    assert says in result.stderr


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    (tmp_path / "network.onnx").write_bytes(b"no network")
    (tmp_path / "training.json").write_text('{"licence": "Apache-2.0"}')
    with pytest.raises(UsageError, match=r"network\.onnx is not an ONNX file"):
        NetworkDetector(str(tmp_path))


@pytest.mark.realdata
@pytest.mark.parametrize("model", MODELS[:1])
def test_both_tankers_of_another_sensor_are_found(shared_data: Path, model: str) -> None:
    path = shared_data / "rareplanes-tile" / "two_kc135.png"
    found = _scanned(path, model, gsd_m=0.3)
    assert sum(candidate.score > 0.5 for candidate in found.candidates) == 2


@pytest.mark.realdata
def test_the_jet_at_the_gate_is_found(shared_data: Path) -> None:
    """A sensor and an airport that the weights have not seen."""
    found = _scanned(shared_data / "naip-geotiff" / "m_4208701_ne_16_060_20200902.tif", "pleiades")
    jet = {"center_px": (68.5, 76.0), "length_px": 53.0, "width_px": 38.0}
    assert _found_share(found, [jet], 0.5) == 1


@pytest.mark.realdata
@pytest.mark.parametrize(
    "scene",
    ["naip-geotiff/m_3211605_ne_11_060_20200415.tif", "other-geotiff/spacenet_atlanta_pan_0.5m_utm16.tif"],
)
def test_nothing_is_called_an_aircraft_where_there_is_none(shared_data: Path, scene: str) -> None:
    found = _scanned(shared_data / scene, "pleiades")
    assert [candidate.score for candidate in found.candidates if candidate.score > 0.5] == []
