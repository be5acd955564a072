"""A folder of weights: a network, and what training says of it.

`network.onnx` is the network. `training.json` says what it was made from, the licence, and, where these
differ from what is usual, how fine an image it may be shown (`finest_m`, `coarsest_m`), how a score comes
about (`calibration`) and on which scenes it was measured (`measured`).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from detect import MODELS
from detect.score import Calibration
from detect.searched import Measured
from imagery.errors import UsageError
from imagery.json_text import parse_json

# Where training.json does not say: what today's networks were trained on, a little beyond.
SHOWN_M = {"finest_m": 0.6, "coarsest_m": 1.0}
NETWORK, CARD = "network.onnx", "training.json"


class Weights(NamedTuple):
    """A trained network.

    Attributes:
        name: That of its folder.
        licence: SPDX identifier.
        network: ONNX file.
        finest_m: Metres per pixel that it may be shown at the finest.
        coarsest_m: The same at the coarsest.
        calibration: Makes a score of its heat.
        measured: The scenes that it was measured on.
    """

    name: str
    licence: str
    network: bytes
    finest_m: float
    coarsest_m: float
    calibration: Calibration
    measured: Measured

    @property
    def sha256(self) -> str:
        """The hash of the network, in hexadecimal."""
        return hashlib.sha256(self.network).hexdigest()


def weights_of(model: str) -> Weights:
    """Read weights that come with hardstand, or that training has written.

    Raises:
        UsageError: There are no weights.
    """
    folder = files("detect") / "weights" / model if model in MODELS else Path(model)
    try:
        card: dict[str, Any] = parse_json((folder / CARD).read_text(encoding="utf-8"))
        licence = str(card["licence"])
        network = (folder / NETWORK).read_bytes()
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
    return Weights(folder.name, licence, network, finest_m, coarsest_m, calibration, measured)


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
