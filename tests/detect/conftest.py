"""What tests of detection share: drawn scenes, and a detector so simple that its answers are known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import settings

from detect.box import Extent, GroundBox, OrientedBox, to_ground
from detect.candidate import Candidate, CandidatesFile, TypeSuggestion, candidate_id
from detect.detector import DetectorInfo
from imagery.grid import PixelPoint
from imagery.record import SceneRecord

# A loaded machine is no bug: properties are not timed.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

FIELD = (600_000.0, 4_500_000.0)  # an easting and northing of UTM zone 29 with no airfield near


@pytest.fixture
def drawn_scene() -> Callable[..., Path]:
    """Writes a dark GeoTIFF with bright rectangles ``(col, row, width, height, grey)`` in it."""

    def draw(
        path: Path,
        rectangles: tuple[tuple[int, int, int, int, int], ...] = ((100, 100, 60, 80, 255),),
        *,
        shape: tuple[int, int] = (300, 300),
        gsd_m: tuple[float, float] = (0.5, 0.5),
        nodata: tuple[slice, slice] | None = None,
        pixels: np.ndarray | None = None,
    ) -> Path:
        image = np.full(shape, 60, np.uint8) if pixels is None else pixels
        for col, row, width, height, grey in rectangles:
            image[row : row + height, col : col + width] = grey
        if nodata:
            image[nodata] = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        transform = Affine(gsd_m[0], 0, FIELD[0], 0, -gsd_m[1], FIELD[1])
        profile = {"driver": "GTiff", "dtype": "uint8", "count": 1, "crs": "EPSG:32629"}
        size = {"width": image.shape[1], "height": image.shape[0], "transform": transform}
        with rasterio.open(path, "w", **profile, **size, nodata=0 if nodata else None) as dataset:
            dataset.write(image, 1)
        return path

    return draw


@pytest.fixture
def candidates_file(scene_record: Callable[..., SceneRecord]) -> Callable[..., CandidatesFile]:
    """Makes a candidates file of boxes in a scene."""

    def make(*boxes: OrientedBox, scene: SceneRecord | None = None) -> CandidatesFile:
        scene = scene or scene_record()
        detector = DetectorInfo("bright", "1", {"threshold": 120, "min_score": 0.5})
        boxes = boxes or (
            OrientedBox(PixelPoint(812.3456, 640.0), 81.5, 78.25, 33.3333),
            OrientedBox(PixelPoint(1200.5, 700.25), 60.0, 70.5, 359.9999),
        )
        return CandidatesFile(scene, detector, tuple(_candidate(scene, detector, box) for box in boxes))

    return make


def _candidate(scene: SceneRecord, detector: DetectorInfo, box: OrientedBox) -> Candidate:
    col, row = box.center
    ground: GroundBox = to_ground(box, scene.grid.ground_matrix(box.center))
    return Candidate(
        id=candidate_id(scene, detector, box.center),
        box=box,
        extent=Extent(col - 30, row - 25, col + 30, row + 25),
        ground=ground,
        heading_sure=True,
        score=0.87654321,
        types=(TypeSuggestion("B738", 0.75),),
        airfield="GABS",
        grid=scene.grid,
    )
