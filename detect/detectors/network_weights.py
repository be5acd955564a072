"""A folder of weights: one or two networks, and what training says of them.

`network.onnx` is the network: OpenVINO runs it, and OpenCV does where there is no other. `small.onnx`, if it
is there, was distilled from it for OpenCV, which is slow with the large one. `training.json` says what they
were made from, the licence, and, where these differ from what is usual, how fine an image they may be shown
(`finest_m`, `coarsest_m`), how a score comes about (`calibration`) and on which scenes they were measured
(`measured`).
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, NamedTuple

from detect import MODELS
from detect.score import Calibration
from detect.searched import Measured
from imagery.errors import UsageError

# Where training.json does not say: what today's networks were trained on, a little beyond.
SHOWN_M = {"finest_m": 0.6, "coarsest_m": 1.0}
LARGE, SMALL, CARD = "network.onnx", "small.onnx", "training.json"


class NetworkFile(NamedTuple):
    """An ONNX file.

    Attributes:
        name: Of the file, in its folder.
        content: Its bytes.
    """

    name: str
    content: bytes

    @property
    def sha256(self) -> str:
        """The hash of its bytes, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


class Weights(NamedTuple):
    """A trained network, and perhaps a smaller one.

    Attributes:
        name: That of its folder.
        licence: SPDX identifier.
        network: The network.
        small: The smaller one; None where there is no such file.
        finest_m: Metres per pixel that it may be shown at the finest.
        coarsest_m: The same at the coarsest.
        calibration: Makes a score of its heat.
        measured: The scenes that it was measured on.
    """

    name: str
    licence: str
    network: NetworkFile
    small: NetworkFile | None
    finest_m: float
    coarsest_m: float
    calibration: Calibration
    measured: Measured

    def file_for(self, runtime: str) -> NetworkFile:
        """Return the network that a runtime is to run."""
        return self.small if runtime == "opencv" and self.small else self.network


def weights_of(model: str) -> Weights:
    """Read weights that come with hardstand, or that training has written.

    Raises:
        UsageError: There are no weights.
    """
    folder = files("detect") / "weights" / model if model in MODELS else Path(model)
    try:
        card: dict[str, Any] = json.loads((folder / CARD).read_text(encoding="utf-8"))
        licence = str(card["licence"])
        small = _network_file(folder, SMALL) if (folder / SMALL).is_file() else None
        large = _network_file(folder, LARGE)
    except (OSError, ValueError, KeyError, TypeError):
        names = ", ".join(MODELS)
        raise UsageError(
            f"{model}: no such weights; give {names}, or a folder that training wrote, or an ONNX file"
        ) from None
    try:
        finest_m, coarsest_m = _shown_m(card)
        calibration = _calibration(card.get("calibration", {}))
        measured = Measured.from_json(card.get("measured", {}))
    except (ValueError, TypeError) as reason:
        raise UsageError(f"{model}: {CARD} says of the weights what makes no sense ({reason})") from None
    return Weights(folder.name, licence, large, small, finest_m, coarsest_m, calibration, measured)


def _network_file(folder: Traversable, name: str) -> NetworkFile:
    return NetworkFile(name, (folder / name).read_bytes())


def _shown_m(card: Mapping[str, Any]) -> tuple[float, float]:
    finest_m, coarsest_m = (float(card.get(name, usual)) for name, usual in SHOWN_M.items())
    if not 0 < finest_m <= coarsest_m < math.inf:
        raise ValueError(f"'finest_m' is {finest_m:g} and 'coarsest_m' {coarsest_m:g}")
    return finest_m, coarsest_m


def _calibration(members: Mapping[str, Any]) -> Calibration:
    calibration = Calibration(**{name: float(value) for name, value in members.items()})
    if not (all(map(math.isfinite, calibration)) and calibration.slope > 0 <= calibration.response_weight):
        raise ValueError(f"'calibration' is {calibration._asdict()}")
    return calibration
