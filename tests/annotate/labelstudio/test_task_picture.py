"""A task's pictures show the tile's own pixels where its boxes are, and say what must be said around them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import rasterio
from affine import Affine

from annotate.labelstudio.division import review_tasks
from annotate.labelstudio.task_picture import BAND_PX, NARROWEST_PX, OTHER, OWN, STRIP_PX, WARNING, frame_of
from annotate.labelstudio.tasks import ReviewTask
from detect.box import OrientedBox, box_to_tile
from detect.candidate import read_candidates
from imagery.grid import PixelPoint
from imagery.scene import open_scene
from imagery.tiling import Tile

LEVEL = 90  # of the flat grey scenes below


def flat_scene(path: Path, *, width: int = 1200, height: int = 900, size_m: float = 0.5, **tags: str) -> Path:
    """A grey scene with a red spot of six pixels in its middle."""
    pixels = np.full((3, height, width), LEVEL, np.uint8)
    spot = np.reshape((255, 0, 0), (3, 1, 1))
    pixels[:, height // 2 - 3 : height // 2 + 3, width // 2 - 3 : width // 2 + 3] = spot
    transform = Affine.translation(600_000, 4_500_000) @ Affine.scale(size_m, -size_m)
    profile = {"driver": "GTiff", "dtype": "uint8", "count": 3, "crs": "EPSG:32629", "photometric": "RGB"}
    with rasterio.open(path, "w", width=width, height=height, transform=transform, **profile) as dataset:
        dataset.write(pixels)
        dataset.update_tags(**tags)
    return path


def decoded(jpeg: bytes) -> np.ndarray:
    """(rows, cols, 3) int of red, green, blue."""
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)[..., ::-1].astype(int)


def near(pixels: np.ndarray, color: tuple[int, int, int]) -> np.ndarray:
    """Where a picture has a colour, but for what JPEG does to it."""
    return np.abs(pixels - color).max(axis=-1) < 60


def tile_part(task: ReviewTask, picture: np.ndarray) -> np.ndarray:
    left, top, zoom = task.frame[2:]
    rows, cols = zoom * task.tile.out_height, zoom * task.tile.out_width
    return picture[top : top + rows, left : left + cols]


@pytest.fixture
def task_of(candidates_of: Callable[..., object]) -> Callable[..., ReviewTask]:
    """Makes the task of some boxes in a scene."""

    def make(path: Path, *boxes: OrientedBox, at: int = 0) -> ReviewTask:
        with open_scene(path) as scene:
            return review_tasks(candidates_of(*boxes, scene=scene.record()))[at]

    return make


def test_the_picture_has_the_tiles_pixels_with_red_as_red_where_the_frame_says_they_are(
    tmp_path: Path, task_of: Callable[..., ReviewTask]
) -> None:
    """The red spot of the scene is found by the frame alone."""
    for size_m, rendered in ((0.5, False), (0.5, True), (2.5, False)):
        path = flat_scene(tmp_path / "flat.tif", size_m=size_m, **({"RENDERED": "true"} if rendered else {}))
        task = task_of(path, OrientedBox(PixelPoint(630.0, 480.0), 20 / size_m, 20 / size_m, 180.0))
        with open_scene(path) as scene:
            picture = decoded(task.pictures(scene.read).tile)
        assert picture.shape == (task.frame.height, task.frame.width, 3)
        spot = OrientedBox(task.tile.to_tile(PixelPoint(600.0, 450.0)), 1, 1, 0)
        below_band = np.arange(len(picture))[:, None] >= task.frame.top
        rows, cols = np.nonzero((picture[..., 0] - picture[..., 1] > 120) & below_band)
        found = PixelPoint(float(cols.mean()) + 0.5, float(rows.mean()) + 0.5)
        assert found == pytest.approx(task.frame.to_picture(spot).center, abs=0.6)
        assert (task.frame.zoom > 1) is (size_m == 2.5), "what has few pixels is enlarged"


def test_nothing_is_drawn_over_the_tasks_own_aircraft(
    tmp_path: Path, task_of: Callable[..., ReviewTask]
) -> None:
    """What an analyst decides on are the scene's pixels and nothing else."""
    box = OrientedBox(PixelPoint(660.0, 560.0), 80.0, 60.0, 30.0)
    path = flat_scene(tmp_path / "flat.tif")
    task = task_of(path, box)
    with open_scene(path) as scene:
        picture = decoded(task.pictures(scene.read).tile)
    shown = task.frame.to_picture(box_to_tile(task.tile, box))
    inside = np.zeros(picture.shape[:2], np.uint8)
    shape = (shown.center, (shown.width - 4, shown.length - 4), shown.angle_deg)
    cv2.fillPoly(inside, [np.rint(cv2.boxPoints(shape)).astype(np.int32)], 1)
    assert np.abs(picture[inside == 1] - LEVEL).max() <= 12
    assert not near(tile_part(task, picture), OWN).any(), "what would stay behind when the box is moved"


def test_where_aircraft_stand_close_what_is_drawn_at_one_is_behind_the_other(
    tmp_path: Path, task_of: Callable[..., ReviewTask]
) -> None:
    """A row nose to tail, in which no mark has room, and a neighbour's box across it."""
    boxes = [OrientedBox(PixelPoint(col, 400.0), 60.0, 50.0, 90.0) for col in (490.0, 552.0, 570.0, 620.0)]
    path = flat_scene(tmp_path / "flat.tif")
    task = task_of(path, *boxes)
    assert len(task.neighbours) == 1
    with open_scene(path) as scene:
        picture = tile_part(task, decoded(task.pictures(scene.read).tile))
    for box in task.boxes(task.candidates):
        (col, row), half_length, half_width = box.center, int(box.length / 2) - 4, int(box.width / 2) - 4
        inside = picture[
            int(row) - half_width : int(row) + half_width, int(col) - half_length : int(col) + half_length
        ]
        assert np.abs(inside - LEVEL).max() <= 12
    assert near(picture, OTHER).any(), "what is outside of them is drawn"


@pytest.mark.parametrize("place", [(5.0, 5.0), (1195.0, 895.0), (600.0, 2.0)])
def test_beyond_the_scenes_edge_there_is_room_for_all_of_a_box(
    place: tuple[float, float], tmp_path: Path, task_of: Callable[..., ReviewTask]
) -> None:
    """The page moves a box that reaches past the picture as soon as it is touched."""
    for rendered in (False, True):
        path = flat_scene(tmp_path / "flat.tif", **({"RENDERED": "true"} if rendered else {}))
        task = task_of(path, OrientedBox(PixelPoint(*place), 80.0, 60.0, 30.0))
        (box,) = task.boxes(task.candidates)
        shown = task.frame.to_picture(box)
        ring = cv2.boxPoints((shown.center, (shown.width, shown.length), shown.angle_deg))
        assert ring.min() > 0
        assert (ring.max(axis=0) < (task.frame.width, task.frame.height - STRIP_PX)).all()
        with open_scene(path) as scene:
            picture = decoded(task.pictures(scene.read).tile)
        assert picture.shape[:2] == (task.frame.height, task.frame.width)
        assert near(tile_part(task, picture), (LEVEL,) * 3).mean() > 0.9, "the tile is where the frame says"
        assert bool(near(picture[:BAND_PX], WARNING).mean() > 0.5) is rendered


def test_a_neighbours_box_is_dashed_in_another_colour_and_is_no_region(
    tmp_path: Path, task_of: Callable[..., ReviewTask]
) -> None:
    boxes = [OrientedBox(PixelPoint(col, 450.0), 60.0, 60.0, 45.0) for col in (570.0, 660.0)]
    path = flat_scene(tmp_path / "flat.tif")
    task = task_of(path, *boxes)
    assert [len(task.candidates), len(task.neighbours)] == [1, 1]
    with open_scene(path) as scene:
        drawn = decoded(task.pictures(scene.read).tile)
        alone = decoded(replace(task, neighbours=()).pictures(scene.read).tile)
    assert near(tile_part(task, drawn), OTHER).sum() > 50
    assert not near(tile_part(task, alone), OTHER).any()
    assert len(task.to_json("a.jpg")["predictions"][0]["result"]) == 1


def test_arrow_and_bar_stand_below_the_tile(tmp_path: Path, task_of: Callable[..., ReviewTask]) -> None:
    path = flat_scene(tmp_path / "flat.tif")
    task = task_of(path, OrientedBox(PixelPoint(640.0, 450.0), 80.0, 60.0, 0.0))
    with open_scene(path) as scene:
        picture = decoded(task.pictures(scene.read).tile)
    strip = picture[-STRIP_PX:]
    assert task.frame.height - STRIP_PX == task.frame.top + task.tile.out_height
    half = strip.shape[1] // 2
    assert near(strip[:, :half], (255, 255, 255)).sum() > 200, "the bar"
    assert near(strip[:, half:], (255, 255, 255)).sum() > 50, "the arrow"
    lit = np.nonzero(near(strip[:, half:], (255, 255, 255)).any(axis=1))[0]
    assert lit[0] > 1, "the N is not cut off"
    assert lit[-1] < STRIP_PX - 2


def test_a_scene_without_a_place_has_a_bar_and_no_arrow(
    tmp_path: Path, task_of: Callable[..., ReviewTask]
) -> None:
    path = flat_scene(tmp_path / "flat.tif")
    task = task_of(path, OrientedBox(PixelPoint(640.0, 450.0), 80.0, 60.0, 0.0))
    lost = replace(task, scene=replace(task.scene, crs=None))
    with open_scene(path) as scene:
        strip = decoded(lost.pictures(scene.read).tile)[-STRIP_PX:]
    half = strip.shape[1] // 2
    assert near(strip[:, :half], (255, 255, 255)).any()
    assert not near(strip[:, half:], (255, 255, 255)).any()


def test_what_is_rendered_says_so_above_both_pictures(
    tmp_path: Path, task_of: Callable[..., ReviewTask]
) -> None:
    for tags, rendered in (({"RENDERED": "true"}, True), ({}, False)):
        path = flat_scene(tmp_path / "flat.tif", **tags)
        task = task_of(path, OrientedBox(PixelPoint(640.0, 450.0), 80.0, 60.0, 0.0))
        assert task.scene.rendered is rendered
        with open_scene(path) as scene:
            for picture in map(decoded, task.pictures(scene.read)):
                assert bool(near(picture[:BAND_PX], WARNING).mean() > 0.5) is rendered


def test_the_surroundings_are_a_kilometre_with_the_tile_marked(
    tmp_path: Path, task_of: Callable[..., ReviewTask]
) -> None:
    path = flat_scene(tmp_path / "flat.tif", width=6000, height=5000)
    task = task_of(path, OrientedBox(PixelPoint(3000.0, 2500.0), 80.0, 60.0, 0.0))
    with open_scene(path) as scene:
        picture = decoded(task.pictures(scene.read).surroundings)
    rows, cols = np.nonzero(near(picture[:-STRIP_PX], OWN))
    metres_a_pixel = 1000 / picture.shape[1]
    marked_m = (cols.max() - cols.min()) * metres_a_pixel, (rows.max() - rows.min()) * metres_a_pixel
    assert marked_m == pytest.approx((task.tile.width * 0.5, task.tile.height * 0.5), abs=6)
    assert max(picture.shape) < 1100


def test_at_the_scenes_corner_the_surroundings_are_what_there_is(
    tmp_path: Path, task_of: Callable[..., ReviewTask]
) -> None:
    path = flat_scene(tmp_path / "flat.tif", width=6000, height=5000)
    task = task_of(path, OrientedBox(PixelPoint(40.0, 40.0), 80.0, 60.0, 0.0))
    with open_scene(path) as scene:
        picture = decoded(task.pictures(scene.read).surroundings)[:-STRIP_PX]
    rows, cols = np.nonzero(near(picture, OWN))
    assert rows.min() <= 4
    assert cols.min() <= 4
    assert picture.shape[1] * 1.0 == pytest.approx((500 + task.tile.width * 0.25) * 1024 / 740, rel=0.1)


def test_a_sliver_of_a_tile_has_room_for_arrow_and_bar() -> None:
    frame = frame_of(Tile(0, 0, 60, 680, 60, 680), rendered=True)
    assert frame == (NARROWEST_PX, BAND_PX + 680 + STRIP_PX, (NARROWEST_PX - 60) // 2, BAND_PX, 1)


def test_where_the_scene_has_no_data_the_picture_shows_a_checker(
    searched_scene: Callable[..., Path], tmp_path: Path
) -> None:
    file = searched_scene()
    with rasterio.open(tmp_path / "apron.tif", "r+") as dataset:
        pixels = dataset.read()
        pixels[:, 180:420, 0:60] = 0
        dataset.write(pixels)
        dataset.nodata = 0
    (task, *_) = review_tasks(read_candidates(file))
    with open_scene(tmp_path / "apron.tif") as scene:
        picture = tile_part(task, decoded(task.pictures(scene.read).tile))
    empty = picture[200:400, 8:52]
    assert np.abs(empty - 135).max() < 40
    assert {int(value) for value in np.round(empty.mean(axis=-1) / 30).ravel()} >= {4, 5}, "two greys"
