"""Candidates from a convolutional network.

The network looks at a whole tile at once and tells for every fourth pixel whether the centre of an aircraft
is there and, if so, where exactly, how large it is and which way its nose points. `detect.training` makes it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cached_property

import cv2
import numpy as np

from detect import MODELS
from detect.arrays import Bools, Pixels, Singles
from detect.box import Extent, OrientedBox, compass_deg
from detect.detector import DetectorInfo, Hit
from detect.detectors.network_file import NetworkFileError
from detect.detectors.network_runtime import chosen_runtime, load_network
from detect.detectors.network_trial import try_network
from detect.detectors.network_weights import NETWORK, weights_of
from detect.score import Calibration
from detect.searched import Measured
from imagery.errors import UsageError
from imagery.grid import PixelPoint
from imagery.tiling import TileImage

STRIDE = 4  # pixels per cell of its output
MULTIPLE = 32  # of which the sides of its input are
SIZE_UNIT_PX = 32.0
# Heat; offset of the centre from the cell's middle (cells: right, down); logarithms of the extent's width
# and height over SIZE_UNIT_PX; sine and cosine of the nose's angle, then of twice it (the axis, which is sure
# even where the nose is not); logarithms of length and wingspan over SIZE_UNIT_PX.
CHANNELS = 11
FAINTEST_HEAT = -2.7  # log-odds of heat that are looked at
MOST_HEAT = 9.0  # beyond, nothing is surer
HEADING_SURE = 0.6  # length of the nose's mean direction, 1 where it is certain


class NetworkDetector:
    """Proposes what a trained network takes for aircraft; implements `detect.detector.Detector`."""

    def __init__(self, model: str = MODELS[0], runtime: str | None = None) -> None:
        """Load weights.

        Args:
            model: One of `MODELS`, or a folder that training wrote.
            runtime: As for `detect.load_detector`.

        Raises:
            UsageError: There are no such weights, or the runtime cannot read them or is not on this machine.
        """
        self._runtime = chosen_runtime(runtime)
        self._weights = weights_of(model)
        sides, shape = (1, 3, -1, -1), (1, 3, 2 * MULTIPLE, MULTIPLE)
        try:
            if model not in MODELS:
                try_network(self._weights.network, self._runtime, sides, shape)
            self._run = load_network(self._weights.network, self._runtime, sides)
            _check_outputs(self._run(np.zeros(shape, np.float32)))
        except NetworkFileError as reason:
            raise UsageError(f"{model}: {NETWORK} {reason}") from None
        self._given = model

    def __reduce__(self) -> tuple[type[NetworkDetector], tuple[str, str]]:
        """Load the weights anew in another process."""
        return NetworkDetector, (self._given, self._runtime)

    @cached_property
    def info(self) -> DetectorInfo:
        """Name, version and settings, with the weights' hash and licence."""
        return DetectorInfo(
            "network",
            "1",
            {
                "model": self._weights.name,
                "runtime": self._runtime,
                "weights_sha256": self._weights.sha256,
                "weights_licence": self._weights.licence,
                "finest_m": self._weights.finest_m,
                "coarsest_m": self._weights.coarsest_m,
                "calibration": list(self._weights.calibration),
                "faintest": FAINTEST_HEAT,
            },
        )

    @property
    def min_score(self) -> float:
        """Between 0.02 and it, 11 candidates per km² held 0.2 % of the aircraft of unseen Pléiades scenes."""
        return 0.05

    @property
    def budget_per_km2(self) -> float:
        """Keeps 0.998 of the aircraft that the bound leaves, on Pléiades scenes the weights had not seen."""
        return 30.0

    @property
    def measured(self) -> Measured:
        """The scenes that the weights were measured on, as far as they say."""
        return self._weights.measured

    @property
    def response_weight(self) -> float:
        """A network may go by anything."""
        return self._weights.calibration.response_weight

    def working_gsd_m(self, scene_gsd_m: float) -> float:
        """Return twice the scene's GSD, within what the network was trained on: finer shows smaller ones."""
        return min(max(2 * scene_gsd_m, self._weights.finest_m), self._weights.coarsest_m)

    def hits(self, image: TileImage) -> list[Hit]:
        """Return everything in the tile that the network takes for an aircraft."""
        (output,) = self._run(network_input(image.pixels))
        return list(read_hits(output[0], image.valid, self._weights.calibration))


def network_input(pixels: Pixels) -> Singles:
    """Return what a network is shown of an image: its sides padded with black to the next `MULTIPLE`.

    Args:
        pixels: (H, W, 3) uint8, or (H, W, 1): a single band stands for all three.

    Returns:
        (1, 3, rows, cols) float32, 0 to 1.
    """
    rows, cols = pixels.shape[:2]
    padded = np.zeros((*(-(-side // MULTIPLE) * MULTIPLE for side in (rows, cols)), 3), np.uint8)
    padded[:rows, :cols] = pixels
    return np.asarray(cv2.dnn.blobFromImage(padded, 1 / 255), dtype=np.float32)


def _check_outputs(outputs: list[Singles]) -> None:
    """Check what a network gives for an input of two by one `MULTIPLE`.

    Raises:
        NetworkFileError: It is not the one output with all channels.
    """
    shapes = [output.shape for output in outputs]
    needed = (1, CHANNELS, 2 * MULTIPLE // STRIDE, MULTIPLE // STRIDE)
    if shapes != [needed]:
        shown = " and ".join(map(str, shapes))
        raise NetworkFileError(f"gives {shown} where this detector needs {needed}")


def read_hits(output: Singles, valid: Bools, calibration: Calibration | None = None) -> Iterator[Hit]:
    """Read the peaks of the heat map as aircraft.

    Args:
        output: (CHANNELS, rows, cols) float32, the output of the network.
        valid: (H, W) bool, which pixels of the tile are any.
        calibration: Makes a score of the heat; by default that of weights that do not say.
    """
    slope, shift, _ = calibration or Calibration()
    heat = output[0]
    peaks = (heat == cv2.dilate(heat, np.ones((3, 3), np.uint8))) & (heat > FAINTEST_HEAT)
    for row, col in np.argwhere(peaks).tolist():
        right, down, width, height, sin, cos, sin2, cos2, length, span = output[1:, row, col].tolist()
        center = PixelPoint((col + 0.5 + right) * STRIDE, (row + 0.5 + down) * STRIDE)
        place = int(center.row), int(center.col)
        if not (0 <= place[0] < valid.shape[0] and 0 <= place[1] < valid.shape[1] and valid[place]):
            continue
        sides = [_pixels(side) for side in (width, height)]
        extent = Extent(
            center.col - sides[0] / 2,
            center.row - sides[1] / 2,
            center.col + sides[0] / 2,
            center.row + sides[1] / 2,
        )
        axis = math.atan2(sin2, cos2) / 2
        ahead = sin * math.sin(axis) + cos * math.cos(axis)
        angle = compass_deg(math.degrees(axis) + (180 if ahead < 0 else 0))
        box = OrientedBox(center, _pixels(length), _pixels(span), angle)
        score = 1 / (1 + math.exp(-(slope * min(float(heat[row, col]), MOST_HEAT) + shift)))
        yield Hit(box, extent, score, abs(ahead) > HEADING_SURE)


def _pixels(logarithm: float) -> float:
    """Return a side in pixels; no logarithm that a network gives may overflow."""
    return SIZE_UNIT_PX * math.exp(min(max(logarithm, -4.0), 4.0))
