"""What a detector is, and what it says of a tile."""

from __future__ import annotations

import hashlib
import json
from typing import Any, NamedTuple, Protocol

from detect import DETECTORS, MODELS
from detect.box import Extent, OrientedBox
from imagery.errors import UsageError
from imagery.tiling import TileImage


class Hit(NamedTuple):
    """What a detector says of a place, in the pixels of the image it looked at.

    Attributes:
        box: Place, size and nose direction.
        extent: Axis-aligned extent of the planform, which is tighter than that of the box's corners.
        score: 0..1, higher is surer.
        heading_sure: False where nose and tail could be swapped.
    """

    box: OrientedBox
    extent: Extent
    score: float
    heading_sure: bool


class DetectorInfo(NamedTuple):
    """Which detector spoke, and with what settings.

    Attributes:
        name: One of `detect.DETECTORS`.
        version: Changes whenever the same settings could give other hits.
        params: The settings.
    """

    name: str
    version: str
    params: dict[str, Any]

    @property
    def params_hash(self) -> str:
        """First 16 hexadecimal digits of the SHA-256 of the settings as sorted JSON."""
        text = json.dumps(self.params, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


class Detector(Protocol):
    """Proposes aircraft in a tile. Sizes are metres throughout: the tile says what a pixel is."""

    @property
    def info(self) -> DetectorInfo:
        """Which detector this is."""

    @property
    def min_score(self) -> float:
        """The score below which its hits are not worth an analyst's time."""

    @property
    def response_weight(self) -> float:
        """What the response of a planform adds to its scores, see `detect.evidence`."""

    def working_gsd_m(self, scene_gsd_m: float) -> float:
        """Metres a pixel at which it wants a scene's tiles."""

    def hits(self, image: TileImage) -> list[Hit]:
        """Everything in the tile that could be an aircraft."""


def load_detector(name: str, model: str | None = None) -> Detector:
    """The detector of that name.

    Args:
        name: One of `detect.DETECTORS`.
        model: The network's weights: one of `detect.MODELS` or a folder of `hardstand train`.

    Raises:
        UsageError: There is none, or it knows no models.
    """
    if name == "network":
        from detect.network import NetworkDetector

        return NetworkDetector(model or MODELS[0])
    if model is not None:
        raise UsageError(f"the detector '{name}' needs no model; leave out --model or say --detector network")
    if name == "contour":
        from detect.contour import ContourDetector

        return ContourDetector()
    if name == "template":
        from detect.template import TemplateDetector

        return TemplateDetector()
    raise UsageError(f"no detector is called '{name}'; there are: {', '.join(DETECTORS)}")
