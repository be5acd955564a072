"""A folder of weights: one or two networks, and what training says of them.

`network.onnx` is the network: OpenVINO runs it, and OpenCV does where there is no other. `small.onnx`, if it
is there, was distilled from it for OpenCV, which is slow with the large one. `training.json` says what they
were made from, and the licence.
"""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, NamedTuple

from detect import MODELS
from imagery.errors import UsageError

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
    """

    name: str
    licence: str
    network: NetworkFile
    small: NetworkFile | None

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
        return Weights(folder.name, licence, _network_file(folder, LARGE), small)
    except (OSError, ValueError, KeyError, TypeError):
        names = ", ".join(MODELS)
        raise UsageError(
            f"{model}: no such weights; give {names}, or a folder that training wrote, or an ONNX file"
        ) from None


def _network_file(folder: Traversable, name: str) -> NetworkFile:
    return NetworkFile(name, (folder / name).read_bytes())
