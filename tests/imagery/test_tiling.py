"""Tiles cover a scene without gaps, overlap enough for the largest aircraft, and are square on the ground."""

from itertools import pairwise

import numpy as np
import pytest
from affine import Affine
from hypothesis import assume, given
from hypothesis import strategies as st
from rasterio.crs import CRS

from imagery.grid import Grid, PixelPoint
from imagery.tiling import LARGEST_AIRCRAFT_M, Tile, plan_tiles, tile_of

UTM29 = CRS.from_epsg(32629)


def grid_of(width: int, height: int, x: float = 0.5, y: float = 0.5) -> Grid:
    return Grid(width, height, Affine(x, 0, 600000, 0, -y, 1400000), UTM29)


@st.composite
def plans(draw: st.DrawFn) -> tuple[Grid, float, float, list[Tile]]:
    """A scene, the size and overlap that were asked for, and the tiles."""
    x, y = draw(st.floats(0.2, 5)), draw(st.floats(0.2, 5))
    grid = grid_of(draw(st.integers(1, 2000)), draw(st.integers(1, 2000)), x, y)
    size_m = draw(st.floats(20, 1000))
    overlap_m = draw(st.floats(0, 0.999)) * size_m
    step_x, step_y = (max(1, (size_m - overlap_m) / metres - 1) for metres in (x, y))
    assume(grid.width / step_x * grid.height / step_y < 200)  # keeps the test quick
    return grid, size_m, overlap_m, plan_tiles(grid, draw(st.floats(0.3, 3)), size_m, overlap_m)


@given(plans())
def test_every_pixel_is_in_a_tile_and_every_tile_within_the_scene(plan):
    grid, _, _, tiles = plan
    for starts, extent in (
        ({(t.col, t.width) for t in tiles}, grid.width),
        ({(t.row, t.height) for t in tiles}, grid.height),
    ):
        covered = 0
        for first, length in sorted(starts):
            assert 0 <= first <= covered, "a gap"
            assert first + length <= extent, "a tile reaches over the edge"
            covered = first + length
        assert covered == extent
    # Columns and rows cover the scene together only if every pair of them is a tile.
    assert len(tiles) == len({t.col for t in tiles}) * len({t.row for t in tiles}) == len(set(tiles))


@given(plans())
def test_all_tiles_have_one_shape_no_larger_than_asked(plan):
    grid, size_m, _, tiles = plan
    assert len({(t.width, t.height, t.out_width, t.out_height) for t in tiles}) == 1
    for pixels, metres in zip((tiles[0].width, tiles[0].height), grid.gsd_xy_m(), strict=True):
        assert pixels * metres <= size_m + metres


@given(plans())
def test_tiles_are_spread_evenly_and_one_fewer_would_leave_a_gap_or_be_larger(plan):
    grid, size_m, overlap_m, tiles = plan
    size = grid.gsd_xy_m()
    for starts, extent, metres in (
        (sorted({t.col for t in tiles}), grid.width, size.x),
        (sorted({t.row for t in tiles}), grid.height, size.y),
    ):
        if len(starts) > 1:
            assert np.ptp(np.diff(starts)) <= 1
            largest, shared = max(round(size_m / metres), 1), np.ceil(overlap_m / metres)
            reached = (len(starts) - 1) * (largest - shared) + shared
            assert reached < extent, "one tile fewer would have done"


def test_a_scene_of_one_tile_and_a_half_is_read_little_more_than_once():
    """A scene of 1,280 m: four tiles of 1,024 m would read it two and a half times."""
    tiles = plan_tiles(grid_of(2560, 2560), 1.0, 1024)
    assert len(tiles) == 4
    assert sum(t.out_width * t.out_height for t in tiles) < 1.15 * 1280**2


@given(plans())
def test_neighbours_share_at_least_what_was_asked_so_that_no_aircraft_is_only_seen_cut(plan):
    grid, _, overlap_m, tiles = plan
    size = grid.gsd_xy_m()
    cols, rows = sorted({t.col for t in tiles}), sorted({t.row for t in tiles})
    for starts, pixels, metres in ((cols, tiles[0].width, size.x), (rows, tiles[0].height, size.y)):
        for first, second in pairwise(starts):
            assert (first + pixels - second) * metres >= overlap_m - 1e-9


@given(plans())
def test_tiles_go_row_by_row_and_come_in_the_same_order_again(plan):
    _, _, _, tiles = plan
    assert tiles == sorted(tiles, key=lambda tile: (tile.row, tile.col))


def test_the_same_plan_is_made_twice():
    assert plan_tiles(grid_of(3000, 2000), 1.0, 512) == plan_tiles(grid_of(3000, 2000), 1.0, 512)


def test_default_overlap_holds_the_largest_aircraft_that_ever_flew_whole():
    tiles = plan_tiles(grid_of(3000, 3000), 1.0, 512)
    first, second = sorted({t.col for t in tiles})[:2]
    assert (first + tiles[0].width - second) * 0.5 >= LARGEST_AIRCRAFT_M >= 88.4


@pytest.mark.parametrize(("x", "y"), [(0.5, 0.5), (0.3, 0.6), (0.6, 0.45), (2.0, 0.5)])
def test_ground_pixels_of_a_tile_are_square_where_those_of_the_scene_are_not(x, y):
    grid = grid_of(4000, 4000, x, y)
    size = grid.gsd_xy_m()
    for tile in plan_tiles(grid, 1.0, 512):
        across, down = tile.scale
        # An image has whole pixels: over 512 of them, rounding may stretch by half a pixel.
        assert size.x * across == pytest.approx(1.0, abs=0.5 / 512 + 1e-6)
        assert size.y * down == pytest.approx(1.0, abs=0.5 / 512 + 1e-6)


def test_ground_pixels_are_square_in_a_geographic_scene_far_north():
    grid = Grid(4000, 4000, Affine(9e-6, 0, 20, 0, -4.5e-6, 70), CRS.from_epsg(4326))
    tile = tile_of(grid, 0, 0, 2000, 2000)
    assert np.divide(*np.multiply(grid.gsd_xy_m(), tile.scale)) == pytest.approx(1, abs=1e-3)


def test_working_resolution_is_by_default_the_finer_direction_so_that_nothing_is_lost():
    tile = tile_of(grid_of(100, 100, 0.5, 1.0), 10, 20, 40, 30)
    assert tile == Tile(10, 20, 40, 30, 40, 60)


def test_a_scene_smaller_than_a_tile_is_one_tile():
    assert plan_tiles(grid_of(100, 80), 0.5, 512) == [Tile(0, 0, 100, 80, 100, 80)]


def test_a_scene_of_one_pixel_is_one_tile_of_at_least_one_pixel():
    assert plan_tiles(grid_of(1, 1), 3.0, 512) == [Tile(0, 0, 1, 1, 1, 1)]


@pytest.mark.parametrize("overlap_m", [100, 100.5])
def test_an_overlap_that_leaves_nothing_of_a_tile_is_refused(overlap_m):
    with pytest.raises(ValueError, match=r"overlap of 100.* leaves nothing of a tile of 100 m"):
        plan_tiles(grid_of(1000, 1000), 0.5, 100, overlap_m)


def test_an_overlap_of_nearly_a_tile_is_kept_on_coarse_pixels():
    """In whole pixels of 3 m, 99 m of 100 m would leave tiles of 33 pixels a step of nothing."""
    tiles = plan_tiles(grid_of(60, 60, 3, 3), 3.0, 100, 99)
    cols = sorted({t.col for t in tiles})
    assert (cols[0] + tiles[0].width - cols[1]) * 3 >= 99


@given(
    tile=st.builds(Tile, *[st.integers(0, 9999)] * 2, *[st.integers(1, 2000)] * 4),
    col=st.floats(-10, 2010),
    row=st.floats(-10, 2010),
)
def test_a_place_in_a_tile_goes_to_the_scene_and_back_unchanged(tile, col, row):
    assert tile.to_tile(tile.to_scene(PixelPoint(col, row))) == pytest.approx((col, row), abs=1e-6)


@given(tile=st.builds(Tile, *[st.integers(0, 9999)] * 2, *[st.integers(1, 2000)] * 4))
def test_a_tiles_corners_are_its_windows_corners_without_a_half_pixel_shift(tile):
    assert tile.to_scene(PixelPoint(0, 0)) == (tile.col, tile.row)
    last = tile.to_scene(PixelPoint(tile.out_width, tile.out_height))
    assert last == pytest.approx((tile.col + tile.width, tile.row + tile.height))
    assert tile.window.flatten() == (tile.col, tile.row, tile.width, tile.height)
