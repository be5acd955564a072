"""The grid puts every pixel where it is on Earth, whatever the CRS and the transform."""

import numpy as np
import pytest
import rasterio.transform
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod, Transformer
from rasterio.crs import CRS

from imagery.grid import Grid, LonLat, PixelPoint

GEOD = Geod(ellps="WGS84")
UTM = Affine(0.5, 0, 600000, 0, -0.5, 1400000)
KINDS = {
    "utm": (32629, UTM),
    "utm, southern": (32729, Affine(0.5, 0, 600000, 0, -0.5, 8200000)),
    "geographic": (4326, Affine(4.6e-6, 0, -7.95, 0, -4.5e-6, 12.54)),
    "latitude first by its authority, other datum": (4267, Affine(5e-6, 0, -90, 0, -5e-6, 40)),
    "nad83": (26916, Affine(0.6, 0, 426571.0767, 0, -0.6, 4755364.1121)),
    "datum shift": (27700, Affine(0.5, 0, 400000, 0, -0.5, 300000)),
    "polar": (3031, Affine(0.5, 0, 100000, 0, -0.5, 200000)),
    "rotated": (32629, UTM @ Affine.rotation(33)),
    "sheared": (32629, UTM @ Affine.shear(10, -5)),
    "south-up": (32629, Affine(0.5, 0, 600000, 0, 0.5, 1400000)),
    "non-square": (32629, Affine(0.45, 0, 600000, 0, -0.7, 1400000)),
}
# Into another datum, PROJ goes by a formula that it inverts approximately.
SHIFTED = {"latitude first by its authority, other datum", "datum shift"}


def grid_of(kind: str) -> Grid:
    code, transform = KINDS[kind]
    return Grid(400, 300, transform, CRS.from_epsg(code))


def geographic(lat: float, step: float = 4.5e-6, width: int = 200, height: int = 200) -> Grid:
    transform = Affine(step, 0, 10 - step * width / 2, 0, -step, lat + step * height / 2)
    return Grid(width, height, transform, CRS.from_epsg(4326))


@pytest.mark.parametrize("kind", KINDS)
def test_pixel_centres_lie_where_rasterio_and_pyproj_put_them_to_a_millimetre(kind):
    code, transform = KINDS[kind]
    rows, cols = [0, 0, 299, 299, 17], [0, 399, 0, 399, 230]
    x, y = rasterio.transform.xy(transform, rows, cols)
    expected = Transformer.from_crs(f"EPSG:{code}", "EPSG:4326", always_xy=True).transform(x, y)
    lonlats = grid_of(kind).lonlats(np.column_stack([cols, rows]) + 0.5)
    assert lonlats.shape == (5, 2)
    assert max(GEOD.inv(*expected, *lonlats.T)[2]) < 1e-3


def test_pixel_zero_zero_is_the_outer_corner_so_that_box_edges_are_edges():
    x, y = Transformer.from_crs("EPSG:4326", "EPSG:32629", always_xy=True).transform(
        *grid_of("utm").lonlat(PixelPoint(0, 0))
    )
    assert (x, y) == pytest.approx((600000, 1400000), abs=1e-3)


@given(
    kind=st.sampled_from(sorted(KINDS.keys() - SHIFTED)),
    col=st.floats(-100, 500, allow_nan=False),
    row=st.floats(-100, 400, allow_nan=False),
)
def test_pixel_to_lonlat_and_back_is_the_same_pixel_inside_the_image_and_around_it(kind, col, row):
    grid = grid_of(kind)
    back = grid.pixel(grid.lonlat(PixelPoint(col, row)))
    assert back == pytest.approx((col, row), abs=1e-6)


@pytest.mark.parametrize("kind", sorted(SHIFTED))
def test_a_datum_shift_is_undone_to_a_millimetre_which_is_as_exact_as_projs_own_inverse_is(kind):
    grid = grid_of(kind)
    there = grid.lonlat(PixelPoint(120, 80))
    assert GEOD.inv(*there, *grid.lonlat(grid.pixel(there)))[2] < 2e-3


def test_no_points_give_no_points():
    assert grid_of("utm").lonlats(np.empty((0, 2))).shape == (0, 2)
    assert grid_of("utm").pixels([]).shape == (0, 2)


def test_one_value_at_a_time_is_the_same_as_many_and_longitude_comes_first():
    grid = grid_of("utm")
    place = grid.lonlat(PixelPoint(3.25, 7.5))
    assert isinstance(place, LonLat)
    assert tuple(place) == tuple(grid.lonlats([(1, 1), (3.25, 7.5)])[1])
    assert place == pytest.approx((-8.08, 12.66), abs=0.01)


@pytest.mark.parametrize("lat", [0, 45, 70, -70])
def test_gsd_of_a_geographic_grid_is_measured_on_the_ellipsoid_at_its_latitude(lat):
    step = 4.5e-6
    size = geographic(lat, step).gsd_xy_m()
    # A thousand pixels, over which the ellipsoid changes by less than the tolerance.
    reach = 500 * step
    assert size.x == pytest.approx(GEOD.inv(10 - reach, lat, 10 + reach, lat)[2] / 1000, rel=1e-5)
    assert size.y == pytest.approx(GEOD.inv(10, lat - reach, 10, lat + reach)[2] / 1000, rel=1e-5)


def test_gsd_is_metres_on_the_ground_and_not_on_the_map():
    # UTM's scale on the central meridian is 0.9996, so a map metre there is 1.0004 m of ground.
    grid = Grid(400, 400, Affine(1, 0, 499800, 0, -1, 1400000), CRS.from_epsg(32629))
    assert grid.gsd_m() == pytest.approx(1 / 0.9996, rel=1e-6)


def test_gsd_of_pixels_that_are_not_square_is_told_for_each_direction_and_as_geometric_mean():
    grid = grid_of("non-square")
    assert grid.gsd_xy_m() == pytest.approx((0.45, 0.7), rel=1e-3)
    assert grid.gsd_m() == pytest.approx(np.sqrt(grid.gsd_xy_m().x * grid.gsd_xy_m().y))


def test_gsd_of_a_rotated_grid_is_that_of_the_grid_before_it_was_turned():
    assert grid_of("rotated").gsd_xy_m() == pytest.approx(grid_of("utm").gsd_xy_m(), rel=1e-4)


def test_gsd_is_told_for_the_place_asked_about():
    tall = geographic(60, step=1e-4, height=20000)
    north, south = tall.gsd_xy_m(PixelPoint(100, 0)), tall.gsd_xy_m(PixelPoint(100, 20000))
    assert north.x / south.x == pytest.approx(np.cos(np.radians(61)) / np.cos(np.radians(59)), rel=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_ground_matrix_gives_distance_and_true_azimuth_of_any_step_in_the_image(kind):
    grid = grid_of(kind)
    at = PixelPoint(120, 80)
    step = np.array([23.0, -41.0])
    east, north = grid.ground_matrix(at) @ step
    azimuth, _, distance = GEOD.inv(
        *grid.lonlat(PixelPoint(*(at - step / 2))), *grid.lonlat(PixelPoint(*(at + step / 2)))
    )
    assert np.hypot(east, north) == pytest.approx(distance, rel=1e-5)
    turn = (np.degrees(np.arctan2(east, north)) - azimuth + 180) % 360 - 180
    assert turn == pytest.approx(0, abs=1e-3)


def test_north_is_true_north_and_not_grid_north_at_the_edge_of_a_utm_zone():
    # Three degrees east of the central meridian at 60 N: convergence is atan(tan 3 sin 60) = 2.598 degrees.
    x, y = Transformer.from_crs("EPSG:4326", "EPSG:32632", always_xy=True).transform(12.0, 60.0)
    grid = Grid(100, 100, Affine(0.5, 0, x - 25, 0, -0.5, y + 25), CRS.from_epsg(32632))
    up_east, up_north = grid.ground_matrix(grid.center) @ (0, -1)
    assert np.degrees(np.arctan2(up_east, up_north)) == pytest.approx(2.598, abs=0.01)


@pytest.mark.parametrize("kind", KINDS)
def test_footprint_is_a_closed_counter_clockwise_ring_through_the_corners(kind):
    grid = grid_of(kind)
    footprint = grid.footprint()
    assert footprint["type"] == "Polygon"
    (ring,) = footprint["coordinates"]
    assert ring[0] == ring[-1]
    assert shapely.LinearRing(ring).is_ccw, "RFC 7946, 3.1.6"
    assert shapely.Polygon(ring).is_valid
    for corner in ((0, 0), (400, 0), (400, 300), (0, 300)):
        assert list(grid.lonlat(PixelPoint(*corner))) in ring


def test_footprint_follows_an_edge_that_is_curved_in_lonlat():
    # 100 km of UTM at 70 N: the straight line between two corners strays 380 m from the image's edge.
    grid = Grid(1000, 1000, Affine(100, 0, 550000, 0, -100, 7850000), CRS.from_epsg(32632))
    ring = shapely.Polygon(grid.footprint()["coordinates"][0])
    top = shapely.Point(grid.lonlat(PixelPoint(500, 0)))
    corners = shapely.Polygon(grid.lonlats([(0, 0), (0, 1000), (1000, 1000), (1000, 0)]))
    assert ring.exterior.distance(top) < 1e-9
    assert corners.exterior.distance(top) > 1e-3


def test_crs_is_named_by_its_code_where_it_has_one():
    assert grid_of("utm").crs_name == "EPSG:32629"


@pytest.mark.parametrize(
    "text",
    [
        "+proj=utm +zone=29 +ellps=intl +towgs84=-87,-98,-121 +units=m",
        "+proj=tmerc +lon_0=-8 +k=1 +x_0=500000 +datum=WGS84 +units=m",
    ],
)
def test_a_crs_named_in_a_record_puts_pixels_where_the_scenes_own_does(text):
    """GDAL calls the first one EPSG:23029, which shifts the datum otherwise: 170 m away."""
    grid = Grid(10, 10, UTM, CRS.from_string(text))
    again = Grid(10, 10, UTM, CRS.from_user_input(grid.crs_name))
    assert GEOD.inv(*grid.lonlat(grid.center), *again.lonlat(again.center))[2] < 1e-3


@settings(max_examples=25)
@given(width=st.integers(1, 5000), height=st.integers(1, 5000))
def test_center_is_the_middle_between_the_outer_corners(width, height):
    assert Grid(width, height, UTM, CRS.from_epsg(32629)).center == (width / 2, height / 2)
