"""The file of a verifier: what was written is read again, and what is not one is refused in one line."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detect.detector import DetectorInfo
from detect.detectors import load_detector
from detect.verifier.examples import Examples
from detect.verifier.pose_features import COUNT
from detect.verifier.sensors import Sensor
from detect.verifier.verifier import LearnedFrom, fit_verifier
from detect.verifier.verifier_file import StoredVerifier, read_verifier, write_verifier
from imagery.errors import UsageError


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, StoredVerifier]:
    """A verifier of the contour detector, learned from 200 made-up candidates of four scenes."""
    random = np.random.default_rng(1)
    aircraft = random.random(200) < 0.4
    features = random.normal(size=(200, COUNT)) + 0.8 * np.outer(aircraft, np.arange(COUNT) < 5)
    examples = Examples(features, aircraft, np.arange(200) % 4, tuple([Sensor("PLEIADES", 0.5)] * 200))
    source = LearnedFrom(("ab" * 32, "cd" * 32), 1, ("CC-BY-4.0",), 1)
    verifier = fit_verifier(examples, load_detector("contour").info, 0.02, source)
    path = tmp_path_factory.mktemp("model") / "model.json"
    return path, write_verifier(verifier, path)


@pytest.fixture
def spoiled(stored: tuple[Path, StoredVerifier], tmp_path: Path) -> Callable[..., Path]:
    """Writes the file with members replaced, named by their path."""

    def write(where: str, value: Any) -> Path:
        members = json.loads(stored[0].read_text())
        inner = members
        *outer, last = where.split(".")
        for name in outer:
            inner = inner[name]
        inner[last] = value
        target = tmp_path / "spoiled.json"
        target.write_text(json.dumps(members))
        return target

    return write


def test_what_was_written_is_read_again(stored: tuple[Path, StoredVerifier]) -> None:
    path, written = stored
    again = read_verifier(path)
    assert again.sha256 == written.sha256
    assert again.verifier.held_out == written.verifier.held_out
    assert again.verifier.lines == written.verifier.lines
    assert again.verifier.lines.sensors[0].sensor == Sensor("PLEIADES", 0.5)
    assert again.verifier.learned_from == LearnedFrom(("ab" * 32, "cd" * 32), 1, ("CC-BY-4.0",), 1)
    random = np.random.default_rng(2).normal(size=(5, COUNT))
    assert np.array_equal(
        again.verifier.regression.log_odds(random), written.verifier.regression.log_odds(random)
    )


def test_a_file_that_is_cut_off_says_so(stored: tuple[Path, StoredVerifier], tmp_path: Path) -> None:
    content = stored[0].read_bytes()
    for length in (0, 1, 100, len(content) // 2, len(content) - 3):
        part = tmp_path / "part.json"
        part.write_bytes(content[:length])
        with pytest.raises(UsageError, match=r"part.json: not a model of `hardstand learn`, or cut off"):
            read_verifier(part)


@pytest.mark.parametrize("member", ["schema_version", "features_version"])
def test_a_model_of_another_version_says_to_learn_again(spoiled: Callable[..., Path], member: str) -> None:
    with pytest.raises(UsageError, match=r"a model of another version .* learn it again from the log"):
        read_verifier(spoiled(member, 99))


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ("regression.weights", [1.0]),
        ("regression.weights", [float("nan")] * COUNT),
        ("regression.spreads", [0.0] * COUNT),
        ("regression.shift", "0"),
        ("calibration.general", [-1.0, 0.0]),
        ("calibration", {}),
        ("faintest", 2),
        ("detector", None),
        ("held_out", []),
        ("learned_from", {"scenes": 1}),
    ],
)
def test_a_strangers_file_is_checked_member_by_member(
    spoiled: Callable[..., Path], where: str, value: Any
) -> None:
    with pytest.raises(UsageError, match=r"spoiled.json: a model of which a member is missing or wrong"):
        read_verifier(spoiled(where, value))


def test_something_else_is_not_a_model(tmp_path: Path) -> None:
    other = tmp_path / "candidates.geojson"
    other.write_text('{"type": "FeatureCollection"}')
    with pytest.raises(UsageError, match="it does not say that it is one"):
        read_verifier(other)
    with pytest.raises(UsageError, match=r"gone.json: cannot be read \(No such file"):
        read_verifier(tmp_path / "gone.json")


def test_a_model_is_only_for_the_detector_it_was_learned_on(stored: tuple[Path, StoredVerifier]) -> None:
    detector = load_detector("contour", verifier=str(stored[0]))
    assert detector.info.params["verifier_sha256"] == stored[1].sha256
    assert pickle.loads(pickle.dumps(detector)).info == detector.info, "scenes are searched by processes"
    with pytest.raises(UsageError, match="was learned from candidates of the contour, version"):
        load_detector("template", verifier=str(stored[0]))


def test_what_runs_the_network_may_differ(stored: tuple[Path, StoredVerifier]) -> None:
    learned_on = DetectorInfo("network", "1", {"model": "open", "runtime": "openvino"})
    verifier = replace(stored[1].verifier, detector=learned_on)
    assert verifier.is_of(DetectorInfo("network", "1", {"model": "open", "runtime": "opencv"}))
    assert not verifier.is_of(DetectorInfo("network", "1", {"model": "pleiades", "runtime": "openvino"}))
