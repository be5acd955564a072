"""Reading many tiles ahead: every tile once, with the pixels it has alone, until nobody wants more."""

from __future__ import annotations

import threading
from contextlib import closing
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagery.errors import SceneError
from imagery.scene import open_scene
from imagery.tile_reader import STRIP_PX, _in_strips
from imagery.tiling import Tile

PIXELS = np.random.default_rng(5).integers(0, 255, (3, 400, 600), np.uint8)


@pytest.fixture
def scene(geotiff):
    with open_scene(geotiff(PIXELS)) as opened:
        yield opened


def test_every_tile_comes_once_with_the_pixels_it_has_when_read_alone(scene):
    tiles = scene.tiles(gsd_m=0.5, size_m=100)
    assert len(tiles) > 8
    images = {image.tile: image for image in scene.read_all(tiles)}
    assert images.keys() == set(tiles)
    for tile, image in images.items():
        alone = scene.read(tile)
        np.testing.assert_array_equal(image.pixels, alone.pixels)
        np.testing.assert_array_equal(image.valid, alone.valid)


def test_one_reader_gives_the_tiles_in_their_order(scene):
    tiles = scene.tiles(gsd_m=0.5, size_m=100)
    assert [image.tile for image in scene.read_all(tiles, ahead=False)] == tiles


def test_who_stops_taking_leaves_no_thread_behind(scene):
    before = threading.active_count()
    with closing(scene.read_all(scene.tiles(gsd_m=0.5, size_m=100))) as images:
        next(images)
    assert threading.active_count() == before


def test_damage_that_a_reader_meets_is_the_error_of_who_takes_the_tiles(geotiff):
    path = geotiff(PIXELS, tiled=True, blockxsize=128, blockysize=128)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with open_scene(path) as scene, pytest.raises(SceneError, match="damaged, cannot be read at column"):
        list(scene.read_all(scene.tiles(gsd_m=0.5, size_m=100)))


@given(cols=st.integers(1, 40), rows=st.integers(1, 12), size=st.integers(64, 4096))
def test_strips_hold_every_tile_once_and_go_down_row_by_row(cols, rows, size):
    tiles = [
        Tile(col * size, row * size, size, size, size, size) for row in range(rows) for col in range(cols)
    ]
    ordered = _in_strips(tiles)
    assert sorted(ordered) == sorted(tiles)
    for one, following in pairwise(ordered):
        new_strip = following.col // STRIP_PX > one.col // STRIP_PX
        assert new_strip or (following.row, following.col) > (one.row, one.col)
