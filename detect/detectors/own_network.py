"""Candidates from somebody's own network: an ONNX file, and how its output is read.

Layouts of the output for a square input of n pixels:

- ``hardstand``: (1, 11, n / 4, n / 4), the channels of `detect.detectors.network`.
- ``yolo-boxes``: (1, 4 + classes, places): centre, width and height in pixels of the input, then the scores
  of the classes, 0..1. So Ultralytics exports detection models from YOLOv8 on, without ``nms=True``
  (https://docs.ultralytics.com/modes/export).
- ``yolo-obb``: (1, 5 + classes, places): the same with the angle last, in radians from image right to the
  side that is called the width, clockwise (https://docs.ultralytics.com/tasks/obb).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from detect.arrays import Bools, Pixels, Singles
from detect.box import Extent, OrientedBox, compass_deg
from detect.detector import DetectorInfo, Hit
from detect.detectors.network import CHANNELS, STRIDE, read_hits
from detect.detectors.network_file import NetworkFileError
from detect.detectors.network_runtime import chosen_runtime, load_network
from detect.detectors.network_trial import try_network
from detect.detectors.own_model import Layout, OwnModel, read_own_model
from detect.kinds import PLANFORM_KINDS, ring
from detect.score import RESPONSE_WEIGHT
from imagery.errors import UsageError
from imagery.grid import PixelPoint
from imagery.tiling import TileImage

LARGEST_MB = 500  # of a model, read as a whole; the largest of YOLO's are a half
FAINTEST_SCORE = 0.01  # of a YOLO's thousands of places, most say nothing at all
LEAST_SIDE_PX = 2.0
SCORE_SLACK = 0.01  # half-precision arithmetic may end a little beyond 0 or 1


class OwnNetworkDetector:
    """Proposes what somebody's own model takes for aircraft; implements `detect.detector.Detector`."""

    def __init__(self, model: str, runtime: str | None = None) -> None:
        """Load a model, and run it once to see that it fits its settings.

        Args:
            model: The ONNX file; the TOML file beside it says how to run it.
            runtime: As for `detect.load_detector`.

        Raises:
            UsageError: A file is missing, too large or not what it should be, its output does not fit, or
                the runtime is not on this machine.
        """
        path = Path(model)
        content = _content(path)
        self._name = path.stem
        self._model = read_own_model(path.with_suffix(".toml"))
        self._sha256 = hashlib.sha256(content).hexdigest()
        self._runtime = chosen_runtime(runtime)
        black = _blob(self._model, _black(self._model))
        try:
            try_network(content, self._runtime, black.shape, black.shape)
            self._run = load_network(content, self._runtime, black.shape)
            outputs = self._run(black)
        except NetworkFileError as reason:
            raise UsageError(f"{path}: {reason}") from None
        if len(outputs) != 1:
            raise UsageError(f"{path}: has {len(outputs)} outputs; export it with one")
        _check_output(path, self._model, outputs[0])
        self._given = model

    def __reduce__(self) -> tuple[type[OwnNetworkDetector], tuple[str, str]]:
        """Load the model anew in another process."""
        return OwnNetworkDetector, (self._given, self._runtime)

    @cached_property
    def info(self) -> DetectorInfo:
        """Name, version and settings, with the model's hash and licence."""
        return DetectorInfo(
            "network",
            "own-1",
            {
                "model": self._name,
                "runtime": self._runtime,
                "weights_sha256": self._sha256,
                "weights_licence": self._model.licence,
                **self._model.params,
            },
        )

    @property
    def min_score(self) -> float:
        """Higher than of weights that come with hardstand: nobody has measured the scores of this model."""
        return 0.2

    @property
    def response_weight(self) -> float:
        """A network may go by anything."""
        return RESPONSE_WEIGHT

    @property
    def tile_px(self) -> int:
        """The side of its input."""
        return self._model.input_px

    def working_gsd_m(self, scene_gsd_m: float) -> float:  # noqa: ARG002
        """Return the metres per pixel that it was trained at, whatever the scene's."""
        return self._model.gsd_m

    def hits(self, image: TileImage) -> list[Hit]:
        """Return everything in the tile that the model takes for an aircraft."""
        # Rounded to whole pixels of a coarse scene, a tile may be a little larger than the input.
        scale = min(1.0, self._model.input_px / max(image.valid.shape))
        pixels, valid = image.pixels, image.valid
        if scale < 1:
            cols, rows = (round(side * scale) for side in (valid.shape[1], valid.shape[0]))
            resized = cv2.resize(pixels, (cols, rows), interpolation=cv2.INTER_AREA)
            pixels = resized.astype(np.uint8, copy=False).reshape(rows, cols, -1)
            valid = cv2.resize(valid.astype(np.uint8), (cols, rows), interpolation=cv2.INTER_NEAREST) > 0
        (output,) = self._run(_blob(self._model, pixels))
        if self._model.layout == "hardstand":
            found = read_hits(output[0], valid)
        else:
            found = read_yolo(output[0], self._model, valid)
        return [_enlarged(hit, 1 / scale) for hit in found]


def _content(path: Path) -> bytes:
    try:
        size_mb = path.stat().st_size / 1e6
        if size_mb > LARGEST_MB:
            raise UsageError(f"{path}: {size_mb:.0f} MB is too large; at most {LARGEST_MB} MB are read")
        return path.read_bytes()
    except OSError as reason:
        raise UsageError(f"{path}: cannot be read ({reason.strerror})") from None


def _check_output(path: Path, model: OwnModel, output: Singles) -> None:
    """Check that an output has the shape of the layout, and scores of 0..1.

    Raises:
        UsageError: It has not.
    """
    cells = model.input_px // STRIDE
    rows = model.classes + (4 if model.layout == "yolo-boxes" else 5)
    if model.layout == "hardstand":
        fits, needed = output.shape == (1, CHANNELS, cells, cells), f"(1, {CHANNELS}, {cells}, {cells})"
    else:
        fits, needed = output.ndim == 3 and output.shape[:2] == (1, rows), f"(1, {rows}, places)"
    if not fits or not output.size:
        raise UsageError(
            f"{path}: its output has the shape {output.shape}; the layout '{model.layout}' "
            f"{_with_classes(model)}needs {needed}"
        )
    scores = output[:, 4 : 4 + model.classes]
    if model.layout != "hardstand" and not (scores.min() >= -SCORE_SLACK and scores.max() <= 1 + SCORE_SLACK):
        raise UsageError(
            f"{path}: its scores on a black image are {scores.min():.2f} to {scores.max():.2f}; export it so "
            "that they are from 0 to 1"
        )


def _with_classes(model: OwnModel) -> str:
    return "" if model.layout == "hardstand" else f"with 'classes' = {model.classes} "


def _black(model: OwnModel) -> Pixels:
    return np.zeros((model.input_px, model.input_px, 3), np.uint8)


def _blob(model: OwnModel, pixels: Pixels) -> Singles:
    """Return an image as the model takes it, (1, channels, n, n) float32, filled up with black."""
    rows, cols = pixels.shape[:2]
    padded = _black(model)
    padded[:rows, :cols] = pixels  # a single band stands for all three
    if model.channels == "grey":
        padded = cv2.cvtColor(padded, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False)[..., None]
    elif model.channels == "bgr":
        padded = padded[..., ::-1]
    scaled = (padded - np.array(model.mean, np.float32)) / np.array(model.std, np.float32)
    return np.ascontiguousarray(scaled.transpose(2, 0, 1)[None], dtype=np.float32)


def read_yolo(output: Singles, model: OwnModel, valid: Bools) -> Iterator[Hit]:
    """Read the places of a YOLO model as aircraft.

    Which way along its axes an aircraft's nose lies, no such box says, nor do upright ones say its axes:
    measuring finds out, as far as the image shows it.

    Args:
        output: (4 + classes, places) or, with the angle, (5 + classes, places) float32.
        model: Its settings.
        valid: (H, W) bool, which pixels of the tile are any.
    """
    scores = output[4 : 4 + model.classes]
    surest = scores[list(model.aircraft or range(model.classes))].max(axis=0)
    angles = output[4 + model.classes] if model.layout == "yolo-obb" else np.zeros_like(surest)
    # Comparisons are false for what is not a number.
    good = (surest > FAINTEST_SCORE) & (output[2:4].min(axis=0) >= LEAST_SIDE_PX) & np.isfinite(angles)
    good &= np.isfinite(output[:4]).all(axis=0)
    for place in np.flatnonzero(good):
        col, row, width, height = output[:4, place].tolist()
        inside = 0 <= row < valid.shape[0] and 0 <= col < valid.shape[1] and valid[int(row), int(col)]
        if not inside:
            continue
        box = OrientedBox(
            PixelPoint(col, row), height, width, compass_deg(math.degrees(float(angles[place])))
        )
        yield Hit(box, _extent(box, model.layout), min(float(surest[place]), 1.0), False)


def _extent(box: OrientedBox, layout: Layout) -> Extent:
    """Return the extent of an aircraft in a box: that of an airliner's outline, where the box lies askew."""
    cols, rows = box.width, box.length
    if layout == "yolo-obb":
        outline = ring(PLANFORM_KINDS[0])
        turn = math.radians(box.angle_deg)
        right, ahead = (math.cos(turn), math.sin(turn)), (math.sin(turn), -math.cos(turn))
        placed = outline / np.ptp(outline, axis=0) * (box.width, box.length) @ np.array([right, ahead])
        cols, rows = np.ptp(placed, axis=0).tolist()
    col, row = box.center
    return Extent(col - cols / 2, row - rows / 2, col + cols / 2, row + rows / 2)


def _enlarged(hit: Hit, factor: float) -> Hit:
    if factor == 1:
        return hit
    (col, row), length, width, angle = hit.box
    box = OrientedBox(PixelPoint(col * factor, row * factor), length * factor, width * factor, angle)
    return hit._replace(box=box, extent=Extent(*(edge * factor for edge in hit.extent)))
