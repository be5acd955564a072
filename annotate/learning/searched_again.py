"""The candidates of reviewed scenes, found again with a low bound, with what a verifier goes by.

What is found is kept in the user's cache by scene and settings: another look at the same log takes seconds.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
from platformdirs import user_cache_path

from detect import Progress
from detect.box import OrientedBox
from detect.detector import Detector
from detect.scan import scan, scan_info
from detect.verifier.pose_features import COUNT, FEATURES_VERSION, candidate_features
from detect.verifier.verifier import faintest_score
from imagery.files import usable_folder, whole_file
from imagery.grid import Floats, PixelPoint
from imagery.scene import Scene

FOLDER = "searched"  # in the user's cache
BOX_MEMBERS = 5  # column, row, length, width, angle


class FoundAgain(NamedTuple):
    """The candidates of a scene.

    Attributes:
        boxes: In scene pixels.
        features: (N, COUNT) float64, see `detect.verifier.pose_features`.
    """

    boxes: list[OrientedBox]
    features: Floats


def found_again(
    scene: Scene, sha256: str, detector: Detector, progress: Progress | None = None
) -> FoundAgain:
    """Search a scene as a verifier's detector will, or read what an earlier search found.

    Args:
        scene: An open scene.
        sha256: Its hash.
        detector: Searches it.
        progress: As for `detect.scan.scan`.

    Raises:
        SceneError: It cannot be read to its end.
        OutputUnwritable: The cache cannot be written.
    """
    least = faintest_score(detector)
    settings = scan_info(detector, scene, least)
    opened_with = {"opened_with": scene.record(with_hash=False).opened_with}  # such as the GSD that was given
    settings = settings._replace(params=settings.params | opened_with)
    folder = f"{settings.name}-{settings.version}-{settings.params_hash}-{FEATURES_VERSION}"
    target = user_cache_path("hardstand") / FOLDER / folder / f"{sha256}.npz"
    known = _read(target)
    if known is not None:
        return known
    candidates = scan(scene, detector, min_score=least, progress=progress).candidates
    boxes = [candidate.box for candidate in candidates]
    features = candidate_features(scene, boxes, [candidate.score for candidate in candidates])
    usable_folder(target.parent)
    with whole_file(target, overwrite=True) as part, part.open("wb") as file:
        np.savez(file, boxes=np.array([(*box.center, *box[1:]) for box in boxes]), features=features)
    return FoundAgain(boxes, features.astype(np.float64))


def _read(path: Path) -> FoundAgain | None:
    """Read what was kept; None where there is nothing, or nothing that can be read."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            boxes, features = arrays["boxes"], arrays["features"].astype(np.float64)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    if features.shape != (len(boxes), COUNT) or not np.isfinite(features).all():
        return None
    rows = boxes.reshape(-1, BOX_MEMBERS).tolist()
    return FoundAgain([OrientedBox(PixelPoint(*row[:2]), *row[2:]) for row in rows], features)
