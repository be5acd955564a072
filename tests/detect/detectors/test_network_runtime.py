"""What runs a network: the same hits from both runtimes, nothing sent, and no file that does harm."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from detect import MODELS, RUNTIMES
from detect.detectors import load_detector, network_runtime
from detect.detectors.network_file import NetworkFileError, check_network_file
from detect.detectors.network_runtime import load_network
from detect.detectors.network_trial import try_network
from detect.detectors.network_weights import weights_of
from detect.scan import scan
from hardstand import main
from imagery.errors import UsageError
from imagery.scene import open_scene

SHAPE = (1, 3, -1, -1)
IMPORTS_QUIETLY = """
import socket, sys
def refuse(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        print("NETWORK", event, args, flush=True)
sys.addaudithook(refuse)
from detect.detectors import load_detector
print(load_detector("network", runtime="openvino").info.params["runtime"])
"""


@pytest.fixture
def blob() -> np.ndarray:
    noise = np.random.default_rng(3).integers(0, 255, (96, 160, 3), dtype=np.uint8)
    return cv2.dnn.blobFromImage(cv2.GaussianBlur(noise, (7, 7), 0), 1 / 255)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Weights of one's own."""
    place = tmp_path / "weights"
    place.mkdir()
    (place / "network.onnx").write_bytes(weights_of("open").network)
    (place / "training.json").write_text('{"licence": "MIT"}')
    return place


@pytest.fixture
def without_openvino(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_runtime, "_openvino", lambda: "No module named 'openvino'")


def onnx_file(nodes: list[Any], known: list[Any] = []) -> bytes:  # noqa: B006
    from onnx import TensorProto, helper

    shape = [1, 3, 8, 8]
    graph = helper.make_graph(
        nodes,
        "hostile",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, shape)],
        known,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    return bytes(model.SerializeToString())


def test_both_runtimes_give_the_same_in_full_precision(blob: np.ndarray) -> None:
    """In bfloat16, which OpenVINO prefers where the processor knows it, logits are 0.1 apart."""
    content = weights_of(MODELS[0]).network
    outputs = [load_network(content, runtime, SHAPE)(blob)[0] for runtime in RUNTIMES]
    assert np.abs(outputs[0] - outputs[1]).max() < 1e-3


def test_the_number_of_threads_changes_no_bit(blob: np.ndarray) -> None:
    content, before = weights_of(MODELS[0]).network, cv2.getNumThreads()
    outputs = []
    try:
        for threads in (1, 2, 3, 1):
            cv2.setNumThreads(threads)
            outputs.append(load_network(content, "openvino", SHAPE)(blob)[0].tobytes())
    finally:
        cv2.setNumThreads(before)
    assert len(set(outputs)) == 1


def test_tiles_of_any_size_go_through_one_network(blob: np.ndarray) -> None:
    """Each shape gives what a network that never saw another gives."""
    content = weights_of(MODELS[0]).network
    run = load_network(content, "openvino", SHAPE)
    parts = [blob, blob[..., :64], blob[:, :, :64], blob]
    for part in parts:
        alone = load_network(content, "openvino", SHAPE)(part)[0]
        assert run(part)[0].tobytes() == alone.tobytes()


def test_nothing_is_sent_or_written_when_openvino_is_loaded(tmp_path: Path) -> None:
    """Left alone, importing it tells Google Analytics and writes a client's number to the home folder."""
    environment = os.environ | {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path)}
    environment |= {"PYTHONPATH": str(Path(__file__).resolve().parents[3]), "CI": ""}
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS_QUIETLY],
        env={name: value for name, value in environment.items() if value},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "openvino\n"
    assert done.stderr == ""
    assert list(tmp_path.rglob("*")) == []


def test_both_runtimes_find_the_same_aircraft(rendered_scene: Path) -> None:
    with open_scene(str(rendered_scene)) as scene:
        found = [
            scan(scene, load_detector("network", MODELS[0], runtime), min_score=0.5) for runtime in RUNTIMES
        ]
    centers = [
        np.array(sorted(candidate.box.center for candidate in file.candidates)).round(1) for file in found
    ]
    assert len(centers[0]) > 10
    assert np.abs(centers[0] - centers[1]).max() <= 0.2


def test_where_openvino_is_not_opencv_runs_the_network(without_openvino: None, folder: Path) -> None:
    assert load_detector("network", str(folder)).info.params["runtime"] == "opencv"


def test_asking_for_openvino_where_it_is_not_is_refused(
    without_openvino: None, cli: CliRunner, rendered_scene: Path, tmp_path: Path
) -> None:
    arguments = ["detect", str(rendered_scene), "-o", str(tmp_path), "--runtime", "openvino"]
    result = cli.invoke(main, arguments)
    assert result.exit_code == 2
    assert "--runtime is 'openvino', which does not run on this machine (No module" in result.stderr


def test_runtimes_are_for_networks(cli: CliRunner, rendered_scene: Path, tmp_path: Path) -> None:
    arguments = ["detect", str(rendered_scene), "-o", str(tmp_path), "--detector", "contour"]
    result = cli.invoke(main, [*arguments, "--runtime", "opencv"])
    assert result.exit_code == 2
    assert "the contour detector runs no network; leave out --runtime" in result.stderr
    with pytest.raises(UsageError, match="`runtime` is 'torch'; choose one of openvino, opencv"):
        load_detector("network", runtime="torch")


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize(
    "content",
    [b"", b"no network", b"\x08\x08", b"<?xml version='1.0'?><net name='x' version='11'></net>"],
    ids=["empty", "text", "no graph", "another format"],
)
def test_what_is_not_an_onnx_file_is_refused(content: bytes, runtime: str) -> None:
    with pytest.raises(NetworkFileError, match="is not an ONNX file"):
        load_network(content, runtime, SHAPE)


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_half_a_file_is_refused_in_one_line(folder: Path, runtime: str) -> None:
    content = (folder / "network.onnx").read_bytes()
    (folder / "network.onnx").write_bytes(content[: len(content) // 2])
    with pytest.raises(UsageError, match=r"^\S+: network\.onnx is not an ONNX file") as caught:
        load_detector("network", str(folder), runtime)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_network_that_does_not_fit_is_refused(folder: Path, runtime: str) -> None:
    from onnx import helper

    (folder / "network.onnx").write_bytes(onnx_file([helper.make_node("Nonsense", ["image"], ["output"])]))
    with pytest.raises(UsageError, match=r"\.onnx is not a network that Open(VINO|CV) can read"):
        load_detector("network", str(folder), runtime)


def test_a_network_of_other_channels_is_refused(folder: Path) -> None:
    from onnx import helper

    (folder / "network.onnx").write_bytes(onnx_file([helper.make_node("Relu", ["image"], ["output"])]))
    with pytest.raises(UsageError, match=r"network\.onnx gives \(1, 3, 64, 32\) where this detector needs"):
        load_detector("network", str(folder), "openvino")


@pytest.mark.parametrize("place", ["weights.bin", "/etc/hostname", "*/_ORT_MEM_ADDR_/*"])
def test_weights_in_another_file_or_in_memory_are_not_read(place: str) -> None:
    """The hash of the file does not cover them, and OpenVINO would read from any address of memory."""
    from onnx import TensorProto, helper

    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[1, 3, 1, 1])
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", place
    content = onnx_file([helper.make_node("Mul", ["image", "w"], ["output"])], [tensor])
    with pytest.raises(NetworkFileError, match="keeps its weights in another file"):
        check_network_file(content)
    # Also where they are hidden in a node.
    constant = helper.make_node("Constant", [], ["w"], value=tensor)
    content = onnx_file([constant, helper.make_node("Mul", ["image", "w"], ["output"])])
    with pytest.raises(NetworkFileError, match="keeps its weights in another file"):
        check_network_file(content)


def test_a_network_that_may_run_for_ever_is_refused() -> None:
    from onnx import helper

    with pytest.raises(NetworkFileError, match="has a loop"):
        check_network_file(onnx_file([helper.make_node("Loop", ["image"], ["output"])]))


def test_graphs_within_graphs_have_an_end() -> None:
    """Deeper than the interpreter's stack, the check itself would fail."""
    content = b""
    for _ in range(500):  # graph, node, attribute, graph, …
        for number in (6, 5, 1):
            size = len(content)
            content = (
                bytes([number << 3 | 2])
                + bytes([size & 127 | 128, size >> 7 & 127 | 128, size >> 14])
                + content
            )
    size = len(content)
    content = bytes([7 << 3 | 2]) + bytes([size & 127 | 128, size >> 7 & 127 | 128, size >> 14]) + content
    with pytest.raises(NetworkFileError, match="is not an ONNX file"):
        check_network_file(content)


@pytest.mark.parametrize("model", MODELS)
def test_the_networks_that_come_with_hardstand_pass(model: str) -> None:
    check_network_file(weights_of(model).network)


def test_damaged_files_crash_nothing(tmp_path: Path) -> None:
    """Bytes changed at random, in a process of its own: each is refused in words, or runs."""
    script = tmp_path / "damage.py"
    script.write_text(
        "import sys, numpy as np\n"
        "from detect.detectors.network_file import NetworkFileError\n"
        "from detect.detectors.network_runtime import load_network\n"
        "whole = open(sys.argv[1], 'rb').read()\n"
        "rng = np.random.default_rng(5)\n"
        "for turn in range(40):\n"
        "    content = bytearray(whole)\n"
        "    places = np.r_[rng.integers(0, 4000, 3), rng.integers(0, len(whole), 3)]\n"
        "    for place in places: content[place] = rng.integers(256)\n"
        "    blob = np.zeros((1, 3, 64, 64), np.float32)\n"
        "    try: load_network(bytes(content), 'openvino', (1, 3, -1, -1))(blob)\n"
        "    except NetworkFileError: pass\n"
    )
    network = tmp_path / "network.onnx"
    shutil.copy(str(files("detect") / "weights" / MODELS[0] / "network.onnx"), network)
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[3])}
    done = subprocess.run(
        [sys.executable, str(script), str(network)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_settings_of_a_scan_are_json(folder: Path) -> None:
    params = load_detector("network", str(folder), "opencv").info.params
    assert json.loads(json.dumps(params)) == params


def test_a_network_that_ends_its_runtime_is_refused_and_ends_nothing_else() -> None:
    """OpenVINO 2026.4 reads a weight that the node does not have."""
    from onnx import helper

    node = helper.make_node("Conv", ["image"], ["output"], kernel_shape=[1, 1])
    with pytest.raises(NetworkFileError, match=r"makes OpenVINO crash \(exit code -?\d+\); export it again"):
        try_network(onnx_file([node]), "openvino", (1, 3, 8, 8), (1, 3, 8, 8))


def test_the_trial_imports_nothing_from_where_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "numpy.py").write_text("raise SystemExit(9)")
    monkeypatch.chdir(tmp_path)
    content = weights_of("open").network
    try_network(content, "openvino", SHAPE, (1, 3, 64, 32))
