"""Gaps in a scene's file are looked up where the file is still the one that was searched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine

from annotate.query.searched_scenes import SearchedScene
from annotate.query.shown import DataShare, data_share_in, not_shown
from imagery.area import area_on_earth
from imagery.grid import LonLat
from imagery.recorded_scenes import RecordedScenes
from imagery.scene import open_scene

Searched = Callable[..., SearchedScene]


@pytest.fixture
def half_empty(tmp_path: Path, searched: Searched) -> SearchedScene:
    """A scene of 400 x 300 m whose eastern half holds no data."""
    path = tmp_path / "half.tif"
    pixels = np.full((1, 300, 400), 90, np.uint8)
    pixels[:, :, 200:] = 0
    profile = {"driver": "GTiff", "dtype": "uint8", "count": 1, "width": 400, "height": 300, "nodata": 0}
    transform = Affine(1, 0, 600_000, 0, -1, 1_400_000)
    with rasterio.open(path, "w", crs="EPSG:32629", transform=transform, **profile) as dataset:
        dataset.write(pixels)
    with open_scene(path) as scene:
        record = scene.record()
    grid = record.grid
    whole = area_on_earth(grid, shapely.box(0, 0, grid.width, grid.height))
    return searched(
        "2023-10-27",
        **{"path": record.path, "record": record, "footprint": grid.footprint()},
        **{"searched": whole, "seen": whole},
    )


@pytest.fixture
def share() -> Iterator[DataShare]:
    with RecordedScenes(hashed=False) as files:
        yield data_share_in(files)


def at(scene: SearchedScene, col: float, row: float) -> LonLat:
    lon, lat = scene.record.grid.lonlats([(col, row)])[0].tolist()
    return LonLat(lon, lat)


def test_a_scene_shows_what_it_has_data_of(half_empty: SearchedScene, share: DataShare) -> None:
    assert not_shown(half_empty, at(half_empty, 100, 150), 40, share) is None


def test_a_place_without_data_is_not_shown(half_empty: SearchedScene, share: DataShare) -> None:
    reason = not_shown(half_empty, at(half_empty, 300, 150), 40, share)
    assert reason == ("no data", "half.tif has no data there")


def test_the_share_is_that_of_the_surroundings(half_empty: SearchedScene, share: DataShare) -> None:
    assert share(half_empty, at(half_empty, 200, 150), 20) == pytest.approx(0.5, abs=0.03)
    assert share(half_empty, at(half_empty, 2, 2), 20) == 1, "as far as the scene goes"
    assert share(half_empty, at(half_empty, -500, 2), 20) == 0


def test_a_file_that_is_gone_says_nothing(half_empty: SearchedScene, share: DataShare) -> None:
    Path(half_empty.record.path).unlink()
    assert share(half_empty, at(half_empty, 300, 150), 20) is None
    assert not_shown(half_empty, at(half_empty, 300, 150), 40, share) is None


def test_another_file_in_its_place_says_nothing(half_empty: SearchedScene, share: DataShare) -> None:
    with rasterio.open(half_empty.record.path, "r+") as dataset:
        dataset.transform = Affine(1, 0, 600_100, 0, -1, 1_400_000)
    assert share(half_empty, at(half_empty, 300, 150), 20) is None
