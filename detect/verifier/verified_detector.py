"""A detector whose candidates a verifier scores anew."""

from __future__ import annotations

from functools import cached_property

from detect.detector import Detector, DetectorInfo, Hit
from detect.searched import Measured
from detect.verifier.verifier import Verifier
from detect.verifier.verifier_file import StoredVerifier, read_verifier
from imagery.errors import UsageError
from imagery.tiling import TileImage

MIN_SCORE = 0.05  # one in twenty of these is an aircraft: as few as an analyst may be asked to look at
BUDGET_PER_KM2 = 30.0  # as of networks, see `detect.detectors.network`
HASH_DIGITS = 16  # of the verifier's, in the version


class VerifiedDetector:
    """Searches as another detector does, with a low bound; implements `detect.detector.Detector`.

    Attributes:
        verifier: What scores its candidates, see `detect.scan`.
    """

    def __init__(self, detector: Detector, stored: StoredVerifier) -> None:
        """Join both; `load_verified` checks that they belong together."""
        self._detector, self._sha256 = detector, stored.sha256
        self.verifier: Verifier = stored.verifier

    @cached_property
    def info(self) -> DetectorInfo:
        """The other detector's, with the hash of the verifier: its beginning is in the version."""
        name, version, params = self._detector.info
        own = {"verifier_sha256": self._sha256}
        return DetectorInfo(name, f"{version}+{self._sha256[:HASH_DIGITS]}", params | own)

    @property
    def min_score(self) -> float:
        """Its scores are chances."""
        return MIN_SCORE

    @property
    def budget_per_km2(self) -> float:
        """How many an analyst is shown."""
        return BUDGET_PER_KM2

    @property
    def measured(self) -> Measured:
        """The scenes that the other detector was measured on, as far as it says."""
        measured: Measured = getattr(self._detector, "measured", Measured())
        return measured

    @property
    def tile_px(self) -> int | None:
        """The greatest side of a tile, where the other detector's input has a fixed size."""
        side: int | None = getattr(self._detector, "tile_px", None)
        return side

    @property
    def response_weight(self) -> float:
        """That of the other detector."""
        return self._detector.response_weight

    def working_gsd_m(self, scene_gsd_m: float) -> float:
        """Return that of the other detector."""
        return self._detector.working_gsd_m(scene_gsd_m)

    def hits(self, image: TileImage) -> list[Hit]:
        """Return those of the other detector."""
        return self._detector.hits(image)


def load_verified(detector: Detector, path: str) -> VerifiedDetector:
    """Join a detector with the verifier of a file.

    Raises:
        UsageError: The file is not a verifier, or one of another detector.
    """
    stored = read_verifier(path)
    ours, theirs = stored.verifier.detector, detector.info
    if not stored.verifier.is_of(theirs):
        named = ours.name + (f" with the weights {ours.params['model']}" if "model" in ours.params else "")
        raise UsageError(
            f"{path}: was learned from candidates of the {named}, version {ours.version}; give the same "
            "`detector` and `model`, or learn it again"
        )
    return VerifiedDetector(detector, stored)
