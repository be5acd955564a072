"""The protocol of a detector, and the hits that it returns for a tile."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from detect.box import Extent, OrientedBox
from imagery.scene import Scene
from imagery.tiling import TileImage


class Hit(NamedTuple):
    """A place that a detector takes for an aircraft, in the pixels of the image that it searched.

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
    """A detector's name, version and settings: what its hits depend on besides the image.

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


class Rescorer(Protocol):
    """Scores candidates anew once they are measured; `detect.verifier.verifier.Verifier` is one."""

    @property
    def faintest(self) -> float:
        """The score from which on candidates are worth measuring for it."""

    def scores(self, scene: Scene, boxes: Sequence[OrientedBox], scores: Sequence[float]) -> list[float]:
        """Return the new scores, 0..1, of boxes in a scene's pixels."""


class Detector(Protocol):
    """Proposes aircraft in a tile. Its sizes are in metres; the tile says how large a pixel is.

    It may have more attributes. ``tile_px``, where its input has a fixed size: the greatest side of a tile in
    pixels. ``budget_per_km2``: how many of its candidates an analyst is shown, see `detect.scan.detect`.
    ``measured``: the scenes that its figures hold for, a `detect.searched.Measured`. ``verifier``: what
    scores its candidates anew, a `Rescorer`.
    """

    @property
    def info(self) -> DetectorInfo:
        """Name, version and settings."""

    @property
    def min_score(self) -> float:
        """The score below which its hits are not worth an analyst's time."""

    @property
    def response_weight(self) -> float:
        """Weight of a planform's response in the score of a candidate, see `detect.score`."""

    def working_gsd_m(self, scene_gsd_m: float) -> float:
        """Return the metres per pixel at which a scene's tiles are to be read."""

    def hits(self, image: TileImage) -> list[Hit]:
        """Return everything in the tile that could be an aircraft."""
