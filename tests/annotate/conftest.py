"""What tests of review and log share: a small scene with candidates in it, and verdicts about them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import settings

from annotate.log.entry import Verdict
from detect.box import Extent, OrientedBox
from detect.candidate import CandidatesFile, measured_candidate, write_candidates
from detect.detector import DetectorInfo
from imagery.grid import PixelPoint
from imagery.record import SceneRecord
from imagery.scene import open_scene

# A loaded machine is no bug: properties are not timed.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

FIELD = Affine.translation(600_000, 4_500_000)  # in UTM zone 29, with no airfield near
DETECTOR = DetectorInfo("bright", "1", {"threshold": 120, "min_score": 0.5})
BOXES = (
    OrientedBox(PixelPoint(200.25, 220.5), 80.5, 70.25, 33.125),
    OrientedBox(PixelPoint(380.0, 150.0), 60.0, 66.0, 359.5),
    OrientedBox(PixelPoint(900.0, 640.0), 90.0, 84.0, 181.0),
)


@pytest.fixture(scope="session")
def boxes() -> tuple[OrientedBox, ...]:
    """Three boxes of a scene of 1200 x 900 pixels of 0.5 m: two in one task's core, one in another's."""
    return BOXES


def _file(scene: SceneRecord, boxes: tuple[OrientedBox, ...], heading_sure: bool) -> CandidatesFile:
    candidates = tuple(
        measured_candidate(
            scene.grid,
            box,
            Extent(box.center.col - 30, box.center.row - 30, box.center.col + 30, box.center.row + 30),
            scene=scene,
            detector=DETECTOR,
            score=0.9 - 0.1 * (i % 5),
            heading_sure=heading_sure,
            airfield="GABS",
        )
        for i, box in enumerate(boxes)
    )
    return CandidatesFile(scene, DETECTOR, candidates)


@pytest.fixture(scope="session")
def candidates_of(scene_record: Callable[..., SceneRecord]) -> Callable[..., CandidatesFile]:
    """Makes candidates of boxes in a scene that need not exist."""

    def make(
        *boxes: OrientedBox, scene: SceneRecord | None = None, heading_sure: bool = True
    ) -> CandidatesFile:
        return _file(scene or scene_record(), boxes or BOXES, heading_sure)

    return make


@pytest.fixture
def searched_scene(tmp_path: Path) -> Callable[..., Path]:
    """Writes a scene and its candidates file to ``candidates/`` beside it; gives the candidates file."""

    def write(
        name: str = "apron.tif", boxes: tuple[OrientedBox, ...] = BOXES, *, seed: int = 0, **tags: str
    ) -> Path:
        path = tmp_path / name
        pixels = np.random.default_rng(seed).integers(80, 120, (3, 900, 1200), np.uint8)
        transform = FIELD @ Affine.scale(0.5, -0.5)
        profile = {"driver": "GTiff", "dtype": "uint8", "count": 3, "crs": "EPSG:32629", "photometric": "RGB"}
        with rasterio.open(path, "w", width=1200, height=900, transform=transform, **profile) as dataset:
            dataset.write(pixels)
            dataset.update_tags(**tags)
        with open_scene(path, acquired="2023-10-27", licence="CC-BY-4.0") as scene:
            file = _file(scene.record(), boxes, heading_sure=True)
        folder = tmp_path / "candidates"
        folder.mkdir(exist_ok=True)
        return write_candidates(file, folder / f"{path.stem}.geojson")

    return write


@pytest.fixture(scope="session")
def verdict(scene_record: Callable[..., SceneRecord]) -> Callable[..., Verdict]:
    """Makes verdicts; keyword arguments replace members."""

    def make(number: int = 1, **members: Any) -> Verdict:
        known: dict[str, Any] = {
            "verdict": "confirmed",
            "candidate": f"{number:016x}",
            "detector": "bright",
            "detector_version": "1",
            "params_hash": "0123456789abcdef",
            "score": 0.875,
            "type": "C130",
            "lon": -7.9512345,
            "lat": 12.5349876,
            "length_m": 29.8,
            "wingspan_m": 40.4,
            "heading_deg": 61.5,
            "heading_sure": True,
            "center_px": (812.25, 640.5),
            "box_px": (59.6, 80.8, 60.0),
            "airfield": "GABS",
            "scene": scene_record(),
            "analyst": "analyst@hardstand.localhost",
            "annotated": "2026-01-02T03:04:05.678901Z",
            "project": "Bamako",
            "task_id": 7,
            "annotation_id": number,
            "annotation_created": "2026-01-02T03:04:05.123456Z",
            "region_id": f"{number:016x}",
            "lead_time_s": 12.5,
        }
        return Verdict(**known | members)

    return make
