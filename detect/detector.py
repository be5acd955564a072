"""What a detector is, and what it says of a tile."""

from __future__ import annotations

import hashlib
import json
from typing import Any, NamedTuple, Protocol

from detect.box import Extent, OrientedBox
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
        """What the response of a planform adds to its scores, see `detect.score`."""

    def working_gsd_m(self, scene_gsd_m: float) -> float:
        """Metres a pixel at which it wants a scene's tiles."""

    def hits(self, image: TileImage) -> list[Hit]:
        """Everything in the tile that could be an aircraft."""
