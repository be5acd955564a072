"""Boxes keep their measures between image, tile and ground, whatever the grid looks like."""

from __future__ import annotations

import math

import numpy as np
import pytest
from affine import Affine
from hypothesis import assume, given
from hypothesis import strategies as st
from pyproj import Geod
from rasterio.crs import CRS

from detect.box import (
    GroundBox,
    OrientedBox,
    box_to_scene,
    box_to_tile,
    corners,
    from_ground,
    heading_words,
    tile_matrix,
    to_ground,
)
from imagery.grid import Grid, PixelPoint
from imagery.tiling import Tile

GEOD = Geod(ellps="WGS84")
angles = st.floats(0, 360, exclude_max=True)
sizes_m = st.floats(8, 90)


@st.composite
def grids(draw: st.DrawFn) -> Grid:
    """Grids of 2000 x 1500 pixels: rotated, south-up, of oblong pixels, projected or in degrees."""
    x, y = draw(st.floats(0.3, 2.0)), draw(st.floats(0.3, 2.0))
    south_up = draw(st.booleans())
    turn = Affine.rotation(draw(st.sampled_from([0.0, 17.0, 90.0, 201.5])))
    if draw(st.booleans()):
        crs = CRS.from_epsg(32629)
        place = Affine.translation(draw(st.floats(250_000, 750_000)), draw(st.floats(0, 7_500_000)))
        metre = Affine.scale(1.0)
    else:
        crs = CRS.from_epsg(4326)
        lat = draw(st.floats(-65, 65))
        place = Affine.translation(draw(st.floats(-170, 170)), lat)
        metre = Affine.scale(1 / (111_320 * math.cos(math.radians(lat))), 1 / 111_320)
    transform = place @ metre @ turn @ Affine.scale(x, y if south_up else -y)
    return Grid(2000, 1500, transform, crs)


@st.composite
def boxes(draw: st.DrawFn) -> tuple[Grid, OrientedBox]:
    """A grid and a box in it that is as large as an aircraft."""
    grid = draw(grids())
    center = PixelPoint(draw(st.floats(0, 2000)), draw(st.floats(0, 1500)))
    ground = GroundBox(draw(sizes_m), draw(sizes_m), draw(angles))
    return grid, from_ground(center, ground, grid.ground_matrix(center))


def turned_by(one: float, other: float) -> float:
    """The angle between two directions in degrees."""
    return abs((one - other + 180) % 360 - 180)


@given(boxes(), angles)
def test_a_box_that_is_measured_and_drawn_again_from_its_measures_is_the_same_box(
    grid_and_box: tuple[Grid, OrientedBox], angle: float
) -> None:
    grid, box = grid_and_box
    box = box._replace(angle_deg=angle)
    matrix = grid.ground_matrix(box.center)
    ground = to_ground(box, matrix)
    again = from_ground(box.center, ground, matrix)
    assert again.center == box.center
    assert (again.length, again.width) == pytest.approx((box.length, box.width), rel=1e-9)
    assert turned_by(again.angle_deg, box.angle_deg) < 1e-9
    assert 0 <= again.angle_deg < 360
    assert 0 <= ground.heading_deg < 360


@given(grids(), sizes_m, sizes_m, angles)
def test_measures_that_are_drawn_and_measured_again_are_the_same_measures(
    grid: Grid, length: float, wingspan: float, heading: float
) -> None:
    matrix = grid.ground_matrix(grid.center)
    again = to_ground(from_ground(grid.center, GroundBox(length, wingspan, heading), matrix), matrix)
    assert (again.length_m, again.wingspan_m) == pytest.approx((length, wingspan), rel=1e-9)
    assert turned_by(again.heading_deg, heading) < 1e-9


@given(boxes())
def test_heading_and_length_are_those_of_the_geodesic_from_tail_to_nose(
    grid_and_box: tuple[Grid, OrientedBox],
) -> None:
    """True north, not the grid's: at the edge of a UTM zone they are degrees apart."""
    grid, box = grid_and_box
    radians = math.radians(box.angle_deg)
    half = np.array([math.sin(radians), -math.cos(radians)]) * box.length / 2
    (tail_lon, tail_lat), (nose_lon, nose_lat) = grid.lonlats([box.center - half, box.center + half])
    azimuth, _, metres = GEOD.inv(tail_lon, tail_lat, nose_lon, nose_lat)
    ground = to_ground(box, grid.ground_matrix(box.center))
    assert turned_by(ground.heading_deg, azimuth) < 0.005
    assert ground.length_m == pytest.approx(metres, rel=1e-4)


@given(boxes())
def test_the_corners_are_a_rectangle_on_the_ground_of_the_measured_sides(
    grid_and_box: tuple[Grid, OrientedBox],
) -> None:
    grid, box = grid_and_box
    ground = to_ground(box, grid.ground_matrix(box.center))
    ring = grid.lonlats(corners(box, grid.ground_matrix(box.center)))
    following = np.roll(ring, -1, axis=0)
    azimuth, _, metres = GEOD.inv(*ring.T, *following.T)
    left, back, right, front = metres
    assert (left, right) == pytest.approx((ground.length_m,) * 2, rel=1e-4)
    assert (back, front) == pytest.approx((ground.wingspan_m,) * 2, rel=1e-4)
    turns = (np.diff([*azimuth, azimuth[0]]) + 360) % 360
    assert turns == pytest.approx(270, abs=0.02), "each corner turns left by a right angle"
    assert turned_by(azimuth[2], ground.heading_deg) < 0.005, "the third side runs from tail to nose"


@given(boxes())
def test_the_corners_run_counter_clockwise_on_a_map_even_where_the_image_is_south_up(
    grid_and_box: tuple[Grid, OrientedBox],
) -> None:
    grid, box = grid_and_box
    x, y = grid.lonlats(corners(box, grid.ground_matrix(box.center))).T
    x, y = x - x[0], y - y[0]
    assert np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) > 0


@given(
    st.floats(0, 3000),
    st.floats(0, 3000),
    st.floats(5, 300),
    st.floats(5, 300),
    angles,
    st.tuples(*[st.integers(200, 1500)] * 4),
)
def test_a_box_comes_back_from_a_tile_to_the_same_place(
    col: float, row: float, length: float, width: float, angle: float, shape: tuple[int, int, int, int]
) -> None:
    tile = Tile(150, 40, *shape)
    box = OrientedBox(PixelPoint(col, row), length, width, angle)
    again = box_to_scene(tile, box_to_tile(tile, box))
    assert again.center == pytest.approx(box.center, abs=1e-6)
    assert (again.length, again.width) == pytest.approx((length, width), abs=1e-6)
    assert turned_by(again.angle_deg, angle) < 1e-6


@given(boxes())
def test_a_right_angle_on_the_ground_is_one_in_a_tile_of_square_ground_pixels(
    grid_and_box: tuple[Grid, OrientedBox],
) -> None:
    """So an analyst's rectangle and the measured box are the same shape, whatever the scene's pixels."""
    grid, box = grid_and_box
    size = grid.gsd_xy_m(box.center)
    tile = Tile(0, 0, 1000, 1000, round(1000 * size.x / 0.1), round(1000 * size.y / 0.1))
    inside = box_to_tile(tile, box)
    ground = to_ground(box, grid.ground_matrix(box.center))
    right, down = grid.ground_matrix(box.center).T
    assume(abs(right @ down) < 1e-4 * np.hypot(*right) * np.hypot(*down))  # not a sheared one
    assert inside.length * 0.1 == pytest.approx(ground.length_m, rel=2e-3)
    assert inside.width * 0.1 == pytest.approx(ground.wingspan_m, rel=2e-3)


def test_on_square_pixels_that_are_north_up_the_angle_is_the_heading_and_a_pixel_its_size() -> None:
    ground = to_ground(OrientedBox(PixelPoint(5, 5), 80.0, 70.0, 30.0), np.diag([0.5, -0.5]))
    assert ground == pytest.approx((40.0, 35.0, 30.0))


def test_an_oblong_pixel_makes_an_aircraft_longer_in_pixels_across_its_short_side() -> None:
    """A 40 m aircraft on pixels of 0.5 m by 1 m: 40 rows when it points north, 80 columns when east."""
    matrix = np.diag([0.5, -1.0])
    north, east = (from_ground(PixelPoint(0, 0), GroundBox(40, 30, h), matrix) for h in (0.0, 90.0))
    assert (north.length, north.width, north.angle_deg) == pytest.approx((40, 60, 0))
    assert (east.length, east.width, east.angle_deg) == pytest.approx((80, 30, 90))


def test_nose_left_is_the_first_corner_and_the_ring_goes_down_the_left_wing() -> None:
    ring = corners(OrientedBox(PixelPoint(100, 100), 40, 20, 0.0), np.diag([1.0, -1.0]))
    assert ring == pytest.approx(np.array([(90, 80), (90, 120), (110, 120), (110, 80)]))


def test_a_heading_a_hair_west_of_north_is_0_and_never_360() -> None:
    """A reader that takes 0 <= heading < 360 at its word must not meet the one number outside."""
    hair = 1e-17
    matrix = np.array([[1.0, hair], [0.0, -1.0]])
    assert to_ground(OrientedBox(PixelPoint(0, 0), 40, 30, 0.0), matrix).heading_deg < 360
    assert (
        from_ground(PixelPoint(0, 0), GroundBox(40, 30, 0.0), np.array([[1.0, -hair], [0.0, -1.0]])).angle_deg
        < 360
    )


def test_a_tile_that_is_shrunk_shows_the_box_smaller_by_the_same_factor() -> None:
    tile = Tile(100, 200, 400, 800, 100, 200)
    assert tile_matrix(tile) == pytest.approx(np.diag([0.25, -0.25]))
    inside = box_to_tile(tile, OrientedBox(PixelPoint(300, 600), 80, 60, 45))
    assert inside.center == pytest.approx((50, 100))
    assert (inside.length, inside.width, inside.angle_deg) == pytest.approx((20, 15, 45))


def test_a_heading_that_may_be_the_wrong_way_round_is_given_both_ways() -> None:
    assert heading_words(350.4, sure=True) == "350°"
    assert heading_words(350.4, sure=False) == "350° or 170°"
    assert heading_words(350.4, sure=False, brief=True) == "350°?"
    assert heading_words(None, sure=False) == "not known"
    assert heading_words(None, sure=False, brief=True) == "?"
