"""Somebody's own ONNX model: run through the same tiles and measuring, or refused in one line."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from detect.box import OrientedBox, corners
from detect.detector import Hit
from detect.detectors import load_detector
from detect.detectors.network import NetworkDetector
from detect.detectors.own_model import OwnModel, read_own_model
from detect.detectors.own_network import LARGEST_MB, OwnNetworkDetector, read_yolo
from detect.scan import TILE_PX, scan, scan_info
from hardstand import main
from imagery.errors import UsageError
from imagery.grid import PixelPoint
from imagery.scene import open_scene
from imagery.tiling import Tile, TileImage

SQUARE = np.array([[1.0, 0.0], [0.0, -1.0]])
INPUT_PX = 320
SETTINGS: dict[str, Any] = {
    "licence": "MIT",
    "layout": "yolo-obb",
    "input_px": INPUT_PX,
    "gsd_m": 0.5,
    "channels": "rgb",
}

WriteModel = Callable[..., str]


@pytest.fixture
def write_model(tmp_path: Path) -> WriteModel:
    """Writes a model that says the same of every image, and its settings; a setting of None is left out."""

    def write(output: np.ndarray | bytes, *, brightest: bool = False, **settings: Any) -> str:
        path = tmp_path / "planes.onnx"
        known = {name: value for name, value in (SETTINGS | settings).items() if value is not None}
        path.with_suffix(".toml").write_text(
            "".join(f"{name} = {json.dumps(value)}\n" for name, value in known.items())
        )
        if isinstance(output, bytes):
            path.write_bytes(output)
        else:
            path.write_bytes(constant_model(output, known, brightest=brightest))
        return str(path)

    return write


def constant_model(output: np.ndarray, settings: dict[str, Any], *, brightest: bool) -> bytes:
    """An ONNX file whose output is a constant, multiplied by the brightest input value if so wished."""
    from onnx import TensorProto, checker, helper, numpy_helper

    channels = 1 if settings["channels"] == "grey" else 3
    shape = (1, channels, settings["input_px"], settings["input_px"])
    nodes = [helper.make_node("GlobalMaxPool", ["image"], ["of_channels"])]
    if channels == 3:
        nodes.append(helper.make_node("Slice", ["of_channels", "from", "to", "axis"], ["first"]))
    first = "first" if channels == 3 else "of_channels"
    known = [
        numpy_helper.from_array(np.array([number], np.int64), name)
        for name, number in (("from", 0), ("to", 1), ("axis", 1))
    ]
    factor = np.float32(1 if brightest else 0), np.float32(0 if brightest else 1)
    known += [
        numpy_helper.from_array(np.array(value), f"factor{place}") for place, value in enumerate(factor)
    ]
    known.append(numpy_helper.from_array(output.astype(np.float32), "boxes"))
    known.append(numpy_helper.from_array(np.array([1] * output.ndim, np.int64), "shape"))
    nodes += [
        helper.make_node("Relu", [first], ["positive"]),  # no scores below 0, whatever the mean
        helper.make_node("Mul", ["positive", "factor0"], ["scaled"]),
        helper.make_node("Add", ["scaled", "factor1"], ["bright"]),
        helper.make_node("Reshape", ["bright", "shape"], ["scalar"]),
        helper.make_node("Mul", ["scalar", "boxes"], ["output"]),
    ]
    graph = helper.make_graph(
        nodes,
        "constant",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, output.shape)],
        known,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    checker.check_model(model)
    return bytes(model.SerializeToString())


def places(*rows: tuple[float, ...], count: int = 8) -> np.ndarray:
    """The output of a YOLO model, (1, members, places), the rest of the places empty."""
    output = np.zeros((1, len(rows[0]), count), np.float32)
    output[0, :, : len(rows)] = np.array(rows).T
    return output


def tile_image(rows: int = INPUT_PX, cols: int = INPUT_PX, bands: int = 3, level: int = 255) -> TileImage:
    pixels = np.full((rows, cols, bands), level, np.uint8)
    return TileImage(Tile(0, 0, cols, rows, cols, rows), pixels, np.ones((rows, cols), bool), 0.5)


def own(**settings: Any) -> OwnModel:
    return OwnModel(**SETTINGS | settings)


def every(hits: Any) -> list[Hit]:
    return list(hits)


def test_an_oriented_box_turned_by_30_degrees_is_that_box():
    """Clockwise: the width points right and down, so the length, from the middle, up and right."""
    output = places((100, 120, 60, 80, 0.9, math.radians(30)))[0]
    (hit,) = read_yolo(output, own(), np.ones((320, 320), bool))
    assert hit.box.center == PixelPoint(100, 120)
    assert hit.box[1:] == pytest.approx((80, 60, 30), abs=1e-4)
    assert not hit.heading_sure, "the box does not say where the nose is"
    assert hit.score == pytest.approx(0.9)
    right, down = math.cos(math.radians(30)) * 30, math.sin(math.radians(30)) * 30
    wing_tips = corners(hit.box, SQUARE)[2:].mean(axis=0)
    assert wing_tips == pytest.approx((100 + right, 120 + down), abs=1e-3)


def test_the_extent_of_an_aircraft_in_an_oriented_box_is_less_than_that_of_its_corners():
    output = places((100, 120, 60, 80, 0.9, math.radians(45)), (200, 200, 60, 80, 0.8, 0.0))[0]
    askew, straight = every(read_yolo(output, own(), np.ones((320, 320), bool)))
    of_corners = np.ptp(corners(askew.box, SQUARE), axis=0)
    left, top, right, bottom = askew.extent
    assert 0.6 < (right - left) / of_corners[0] < 0.95
    assert 0.6 < (bottom - top) / of_corners[1] < 0.95
    assert straight.extent == pytest.approx((170, 160, 230, 240), abs=1e-3)


def test_an_upright_box_is_its_own_extent():
    (hit,) = read_yolo(
        places((100, 120, 60, 80, 0.9))[0], own(layout="yolo-boxes"), np.ones((320, 320), bool)
    )
    assert hit.box == OrientedBox(PixelPoint(100, 120), 80, 60, 0)
    assert hit.extent == (70, 80, 130, 160)


def test_the_score_is_that_of_the_surest_class_of_aircraft():
    output = places((100, 120, 60, 80, 0.2, 0.9, 0.4))[0]
    valid = np.ones((320, 320), bool)
    for aircraft, score in (((), 0.9), ((0, 2), 0.4), ((0,), 0.2)):
        model = own(layout="yolo-boxes", classes=3, aircraft=aircraft)
        (hit,) = read_yolo(output, model, valid)
        assert hit.score == pytest.approx(score)


def test_places_that_say_nothing_of_use_are_left_out():
    """Faint ones, some of no size, some beyond the tile or on no data, and some that are no numbers."""
    good = (100, 120, 60, 80, 0.9)
    nan, far = math.nan, math.inf
    bad = [
        *[
            (100, 120, 60, 80, 0.005),
            (100, 120, 0, 80, 0.9),
            (100, 120, 60, -8, 0.9),
            (100, 120, 60, 80, nan),
        ],
        *[(-5, 120, 60, 80, 0.9), (100, 330, 60, 80, 0.9), (300, 120, 60, 80, 0.9)],
        *[(nan, 120, 60, 80, 0.9), (100, 120, far, 80, 0.9)],
    ]
    valid = np.ones((320, 320), bool)
    valid[:, 290:] = False
    hits = every(read_yolo(places(good, *bad, count=12)[0], own(layout="yolo-boxes"), valid))
    assert [hit.box.center for hit in hits] == [PixelPoint(100, 120)]


@pytest.mark.train
def test_candidates_of_an_own_model_are_measured_and_carry_its_licence(
    cli: CliRunner, write_model: WriteModel, rendered_scene: Path, tmp_path: Path
):
    model = write_model(places((100, 120, 60, 80, 0.9, math.radians(30))))
    folder = tmp_path / "candidates"
    result = cli.invoke(
        main, ["detect", str(rendered_scene), "-o", str(folder), "--model", model, "--min-score", "0"]
    )
    assert result.exit_code == 0, result.stderr
    document = json.loads(Path(result.stdout.strip()).read_text())
    params = document["detector"]["params"]
    assert (params["model"], params["layout"], params["tile_px"]) == ("planes", "yolo-obb", INPUT_PX)
    assert document["features"], "one box in each tile"
    for feature in document["features"]:
        properties = feature["properties"]
        assert properties["weights_licence"] == "MIT"
        assert properties["weights_sha256"] == params["weights_sha256"]
        assert properties["length_m"] > 0


@pytest.mark.train
def test_one_box_in_each_tile_is_one_hit_in_each(write_model: WriteModel, rendered_scene: Path):
    """At the place in the scene that the tile's pixels mean, turned as it is in the tile."""
    detector = OwnNetworkDetector(write_model(places((100, 120, 60, 80, 0.9, math.radians(30)))))
    with open_scene(str(rendered_scene)) as scene:
        tiles = scene.tiles(0.5, INPUT_PX * 0.5)
        assert scan_info(detector, scene).params["tile_px"] == INPUT_PX
        found = scan(scene, detector, min_score=0)
        hits = [detector.hits(scene.read(tile)) for tile in tiles[:2]]
    assert [[hit.box.center for hit in of] for of in hits] == [[PixelPoint(100, 120)]] * 2
    assert hits[0][0].box[1:] == pytest.approx((80, 60, 30), abs=1e-4)
    assert 0 < len(found.candidates) <= len(tiles)


@pytest.mark.train
@pytest.mark.parametrize(
    ("settings", "level", "score"),
    [
        ({}, 255, 1.0),
        ({}, 51, 0.2),
        ({"std": 510}, 255, 0.5),
        ({"mean": 127.5, "std": [127.5, 1, 1]}, 204, 0.6),
        ({"mean": [51, 0, 0]}, 255, 0.8),
        ({"channels": "bgr"}, 255, 0.4),
        ({"channels": "grey"}, 255, 0.299 + 0.7 * 0.587 + 0.4 * 0.114),
    ],
)
def test_the_model_gets_its_channels_and_its_scale(
    write_model: WriteModel, settings: dict[str, Any], level: int, score: float
):
    """The output is multiplied by the brightest value of its first channel: red is whole, blue two fifths."""
    output = places((100, 120, 60, 80, 1.0, 0.0))
    output[0, :4, 0] /= score  # only the score is to follow the input
    detector = OwnNetworkDetector(write_model(output, brightest=True, **settings))
    image = tile_image(level=0)
    image.pixels[:] = np.round(np.array([1.0, 0.7, 0.4]) * level)
    (hit,) = detector.hits(image)
    assert hit.score == pytest.approx(score, abs=0.01)
    assert hit.box.center == pytest.approx((100, 120), abs=2)


@pytest.mark.train
def test_a_tile_of_one_band_or_a_little_larger_than_the_input_is_looked_at(write_model: WriteModel):
    detector = OwnNetworkDetector(write_model(places((310, 160, 60, 80, 0.9, 0.0))))
    (grey,) = detector.hits(tile_image(bands=1))
    assert grey.box.center == PixelPoint(310, 160)
    (large,) = detector.hits(tile_image(322, 322))
    assert large.box.center == pytest.approx((310 * 322 / 320, 160 * 322 / 320))
    assert detector.hits(tile_image(320, 300)) == [], "the place lies beyond the image"


def test_our_own_weights_as_somebodys_model_find_the_same(tmp_path: Path):
    """The layout ``hardstand``, without anything that writes ONNX."""
    weights = files("detect") / "weights" / "open" / "network.onnx"
    (tmp_path / "ours.onnx").write_bytes(weights.read_bytes())
    settings = SETTINGS | {"layout": "hardstand", "licence": "Apache-2.0", "gsd_m": 1.0}
    (tmp_path / "ours.toml").write_text("".join(f"{k} = {json.dumps(v)}\n" for k, v in settings.items()))
    detector = load_detector("network", str(tmp_path / "ours.onnx"))
    image = tile_image()
    image.pixels[:] = np.random.default_rng(1).integers(0, 255, image.pixels.shape, dtype=np.uint8)
    expected = NetworkDetector("open").hits(image)
    assert expected, "noise has faint peaks"
    for ours, theirs in zip(detector.hits(image), expected, strict=True):
        assert ours.box[1:] == pytest.approx(theirs.box[1:], rel=1e-3)
        assert ours.score == pytest.approx(theirs.score, abs=1e-3)


def test_tiles_of_other_detectors_stay_as_they_are(rendered_scene: Path):
    with open_scene(str(rendered_scene)) as scene:
        assert scan_info(NetworkDetector(), scene).params["tile_px"] == TILE_PX


REFUSED = [
    ({"gsd_m": None}, "planes.toml: 'gsd_m' is missing; give the metres per pixel"),
    ({"licence": None}, "planes.toml: 'licence' is missing; give the licence of the weights"),
    ({"licence": " "}, "'licence' is ' '; give the licence"),
    ({"layout": "yolo"}, "'layout' is 'yolo'; give hardstand, yolo-boxes or yolo-obb"),
    ({"input_px": 640.0}, "'input_px' is 640.0; give the side of the square input in pixels, 64 to 4096"),
    ({"input_px": 8192}, "'input_px' is 8192; give"),
    ({"input_px": True}, "'input_px' is True; give"),
    ({"gsd_m": "half"}, "'gsd_m' is 'half'; give the metres per pixel"),
    ({"channels": "rgba"}, "'channels' is 'rgba'; give rgb, bgr or grey"),
    ({"std": 0}, "'std' is 0; give what they are then divided by"),
    ({"mean": [1, 2]}, "'mean' has 2 numbers; give one, or one per channel"),
    ({"mean": []}, "'mean' has 0 numbers"),
    ({"aircraft": [1]}, "'aircraft' names class 1; 'classes' is 1, and the first class is 0"),
    ({"aircraft": []}, "'aircraft' is []; give a list"),
    ({"chanels": "rgb"}, "'chanels' is not a key; the keys are licence, layout,"),
    ({"input_px": 64}, "64 pixels of 0.5 m cover 32 m; the input has to cover 133 m"),
]


@pytest.mark.parametrize(("settings", "says"), REFUSED)
def test_settings_that_do_not_do_are_refused(write_model: WriteModel, settings: dict[str, Any], says: str):
    model = Path(write_model(b"never read", **settings))
    with pytest.raises(UsageError) as refused:
        read_own_model(model.with_suffix(".toml"))
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_files_that_are_not_what_they_should_be_are_refused(write_model: WriteModel, capfd: Any):
    model = Path(write_model(b"no network"))
    with pytest.raises(UsageError, match=r"planes\.onnx: is not an ONNX file"):
        OwnNetworkDetector(str(model))
    assert capfd.readouterr().err == "", "OpenCV's own words are kept back"
    with model.open("r+b") as file:
        file.truncate(LARGEST_MB * 1_000_000 + 1_000_000)  # sparse: it takes no room
    with pytest.raises(UsageError, match="501 MB is too large; at most 500 MB"):
        OwnNetworkDetector(str(model))
    model.write_bytes(b"no network")
    model.with_suffix(".toml").write_text("licence =")
    with pytest.raises(UsageError, match=r"planes\.toml: not TOML"):
        OwnNetworkDetector(str(model))
    model.with_suffix(".toml").unlink()
    with pytest.raises(UsageError, match=r"planes\.toml: cannot be read .* says how to run the model"):
        OwnNetworkDetector(str(model))
    model.unlink()
    with pytest.raises(UsageError, match=r"planes\.onnx: cannot be read"):
        OwnNetworkDetector(str(model))


@pytest.mark.train
@pytest.mark.parametrize(
    ("output", "settings", "says"),
    [
        (
            places((1,) * 5),
            {},
            r"shape \(1, 5, 8\); the layout 'yolo-obb' with 'classes' = 1 needs \(1, 6, places",
        ),
        (places((1,) * 6), {"layout": "yolo-boxes"}, r"\(1, 6, 8\); .* needs \(1, 5, places\)"),
        (places((1,) * 6).transpose(0, 2, 1), {}, r"\(1, 8, 6\)"),
        (places((1,) * 6), {"layout": "hardstand"}, r"'hardstand' needs \(1, 11, 80, 80\)"),
        (
            places((1, 1, 1, 1, 7.5, 1)),
            {},
            r"scores on a black image are 0.00 to 7.50; export it so that they are",
        ),
        (places((1, 1, 1, 1, -6, 1)), {}, r"are -6.00 to 0.00"),
        (places((1, 1, 1, 1, math.nan, 1)), {}, r"are nan to nan"),
        (places((1,) * 6), {"classes": 15}, r"'classes' = 15 needs \(1, 20, places\)"),
    ],
)
def test_an_output_that_does_not_fit_is_refused(
    write_model: WriteModel, output: np.ndarray, settings: dict[str, Any], says: str
):
    with pytest.raises(UsageError, match=says):
        OwnNetworkDetector(write_model(output, **settings))


def test_an_input_that_the_model_does_not_take_is_refused(tmp_path: Path):
    """Our weights take three channels; the settings promise one."""
    weights = files("detect") / "weights" / "open" / "network.onnx"
    (tmp_path / "ours.onnx").write_bytes(weights.read_bytes())
    settings = SETTINGS | {"layout": "hardstand", "channels": "grey"}
    (tmp_path / "ours.toml").write_text("".join(f"{k} = {json.dumps(v)}\n" for k, v in settings.items()))
    with pytest.raises(
        UsageError, match=r"cannot be run by OpenVINO on an input of the shape \(1, 1, 320, 320\)"
    ):
        OwnNetworkDetector(str(tmp_path / "ours.onnx"))


def test_the_command_says_in_one_line_what_is_wrong(
    cli: CliRunner, write_model: WriteModel, rendered_scene: Path, tmp_path: Path
):
    model = write_model(b"no network", gsd_m=None)
    result = cli.invoke(main, ["detect", str(rendered_scene), "-o", str(tmp_path), "--model", model])
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: ")
    assert "'gsd_m' is missing" in result.stderr
    assert result.stderr.count("\n") == 1


def test_settings_nested_without_end_are_not_toml(tmp_path: Path) -> None:
    path = tmp_path / "planes.toml"
    path.write_text(f"mean = {'[' * 5000}")
    with pytest.raises(UsageError, match=r"planes\.toml: not TOML"):
        read_own_model(path)
