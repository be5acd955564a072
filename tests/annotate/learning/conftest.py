"""Scenes with airliners and sheds of the same sizes and greys, and an analyst who knows which is which."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import rasterio
from affine import Affine

from annotate.learning.searched_again import found_again
from annotate.log.entries import Verdict
from annotate.log.store import Log, open_log
from detect.box import OrientedBox
from detect.detector import Detector
from imagery.scene import open_scene

# The right half of an airliner, nose first, as fractions of its size.
NOSE = [(0, -0.5), (0.05, -0.44), (0.055, -0.17)]
WING = [(0.5, 0.07), (0.5, 0.13), (0.055, 0.05)]
TAIL = [(0.04, 0.36), (0.2, 0.46), (0.2, 0.5), (0, 0.47)]
HALF = np.array([*NOSE, *WING, *TAIL])
AIRLINER = np.vstack([HALF, (HALF * (-1, 1))[::-1]])
SHED = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])
ACROSS, DOWN, STEP_PX = 6, 4, 150


@dataclass(frozen=True)
class DrawnField:
    """A scene, and the middles of its airliners in pixels."""

    path: Path
    airliners: tuple[tuple[float, float], ...]

    def has(self, box: OrientedBox) -> bool:
        """Check whether a box is an airliner's."""
        return self.stands_at(box.center)

    def stands_at(self, place: Sequence[float]) -> bool:
        """Check whether an airliner stands at a place, in pixels."""
        return any(np.hypot(*np.subtract(place, at)) < 15 for at in self.airliners)


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The user's cache, for all of these tests: no field is searched twice."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def quick_search(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps what is found, and fits no types, which takes most of a search."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    monkeypatch.setattr("detect.measuring.measure.COARSEST_NAMED_M", 0.0)


@pytest.fixture
def drawn_field(tmp_path: Path) -> Callable[..., DrawnField]:
    """Draws a field of twelve airliners and twelve sheds; every seed has other greys, sizes and headings."""

    def draw(seed: int, *, airliners: int = 12) -> DrawnField:
        random = np.random.default_rng(seed)
        kinds = random.permutation([True] * airliners + [False] * (ACROSS * DOWN - airliners))
        pixels = random.normal(80, 3, (DOWN * STEP_PX, ACROSS * STEP_PX))
        places = []
        for index, airliner in enumerate(kinds):
            middle = (np.array([index % ACROSS, index // ACROSS]) + 0.5) * STEP_PX
            side, quarter, grey = random.uniform(60, 90), random.integers(4), random.uniform(140, 240)
            ring = (AIRLINER if airliner else SHED) * side
            if quarter % 2:
                ring = ring[:, ::-1]
            ring = ring * (-1 if quarter > 1 else 1) + middle
            mask = np.zeros(pixels.shape, np.float32)
            cv2.fillPoly(mask, [np.round(ring).astype(np.int32)], 1.0)
            pixels += (grey - 80) * mask
            if airliner:
                places.append((float(middle[0]), float(middle[1])))
        path = tmp_path / "scenes" / f"field-{seed}.tif"
        path.parent.mkdir(exist_ok=True)
        transform = Affine.translation(612_000 + 2000 * seed, 1_385_000) @ Affine.scale(0.5, -0.5)
        size = {"width": pixels.shape[1], "height": pixels.shape[0], "count": 1}
        with rasterio.open(
            path, "w", driver="GTiff", dtype="uint8", crs="EPSG:32629", transform=transform, **size
        ) as dataset:
            dataset.write(pixels.clip(0, 255).astype(np.uint8), 1)
        return DrawnField(path, tuple(places))

    return draw


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """An empty log."""
    return open_log(str(tmp_path / "log.db"), create=True)


@pytest.fixture
def review(
    log: Log, bright_detector: Callable[[], Detector], verdict: Callable[..., Verdict]
) -> Callable[..., list[Verdict]]:
    """Has an analyst decide on each candidate of a field; ``wrong`` is the share of decisions that are false.

    The verdicts are recorded in the log, and returned.
    """

    def decide(field: DrawnField, *, wrong: float = 0.0, **members: Any) -> list[Verdict]:
        first = 100 * (1 + int(field.path.stem.partition("-")[2]))
        random = np.random.default_rng(first)
        with open_scene(field.path, licence="CC-BY-4.0") as scene:
            record = scene.record()
            candidates = found_again(scene, str(record.sha256), bright_detector())
        verdicts = []
        for number, box in enumerate(candidates.boxes, first):
            right = field.has(box) != (random.random() < wrong)
            known: dict[str, Any] = {
                "verdict": "confirmed" if right else "rejected",
                "score": 0.6,
                "type": None,
                "lon": None,
                "lat": None,
                "center_px": tuple(box.center),
                "box_px": tuple(box[1:]),
                "scene": record,
            }
            verdicts.append(verdict(number, **known | members))
        log.record(verdicts)
        return verdicts

    return decide
