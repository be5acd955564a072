"""Every grid and warp has each pixel in its exact place.

Places are checked against rasterio's affine transform and pyproj alone, so that a mistake of ours cannot hide
in both sides of a comparison.
"""

import numpy as np
import pytest
import rasterio
import rasterio.io
import rasterio.shutil
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod, Transformer
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS
from rasterio.rpc import RPC

from imagery.errors import NoGeoreference, UsageError
from imagery.grid import Grid, PixelPoint
from imagery.scene import open_scene
from tests.imagery.opened import (
    HEIGHT,
    WIDTH,
    center_of_dot,
    metres_between,
    native,
    place_of,
    refusal,
    whole,
)

# rasterio warns where a test writes a file without georeference.
pytestmark = pytest.mark.filterwarnings("ignore:Dataset has no geotransform")

HALF_METRE = Affine(0.5, 0, 600000, 0, -0.5, 1400000)
DEGREE = 1 / 110_000  # a metre in degrees, more or less

GEOGRAPHIC = Affine(0.5 * DEGREE, 0, -7.95, 0, -0.5 * DEGREE, 12.53)
# name: (CRS, transform, ground size of a pixel along rows and columns in metres)
GRIDS = {
    "projected": ("EPSG:32629", HALF_METRE, (0.5, 0.5)),
    "projected with another datum": ("EPSG:26916", Affine(0.6, 0, 426571, 0, -0.6, 4755364), (0.6, 0.6)),
    "projected in feet": ("EPSG:2263", Affine(1, 0, 1000000, 0, -1, 200000), (0.3048, 0.3048)),
    "web mercator at 60 degrees": (
        *("EPSG:3857", Affine(1, 0, 2_700_000, 0, -1, 8_399_737), (0.5013, 0.5013)),
    ),
    "geographic": ("EPSG:4326", GEOGRAPHIC, (0.4937, 0.5028)),
    "rotated": ("EPSG:32629", HALF_METRE @ Affine.rotation(30), (0.5, 0.5)),
    "rotated by a right angle": ("EPSG:32629", HALF_METRE @ Affine.rotation(90), (0.5, 0.5)),
    "south up": ("EPSG:32629", Affine(0.5, 0, 600000, 0, 0.5, 1400000), (0.5, 0.5)),
    "south up and geographic": (
        *("EPSG:4326", Affine(0.5 * DEGREE, 0, -7.95, 0, 0.5 * DEGREE, 12.53), (0.4937, 0.5028)),
    ),
    "east to the left": ("EPSG:32629", Affine(-0.5, 0, 600000, 0, -0.5, 1400000), (0.5, 0.5)),
    "oblong pixels": ("EPSG:32629", Affine(0.3, 0, 600000, 0, -0.6, 1400000), (0.3, 0.6)),
    "UTM zone 1 over the antimeridian": (
        *("EPSG:32601", Affine(0.5, 0, 166_021.44 - 20, 0, -0.5, 0), (0.4996, 0.4996)),
    ),
    "UTM zone 60 over the antimeridian": (
        *("EPSG:32660", Affine(0.5, 0, 833_978.56 - 20, 0, -0.5, 0), (0.4996, 0.4996)),
    ),
    "geographic, 179.99 to 180.01": (
        *("EPSG:4326", Affine(0.5 * DEGREE, 0, 180 - 20 * DEGREE, 0, -0.5 * DEGREE, 10), (0.4981, 0.5028)),
    ),
    "geographic, -180.01 to -179.99": (
        *("EPSG:4326", Affine(0.5 * DEGREE, 0, -180 - 20 * DEGREE, 0, -0.5 * DEGREE, 10), (0.4981, 0.5028)),
    ),
    "longitudes from 0 to 360": (
        *("EPSG:4326", Affine(0.5 * DEGREE, 0, 352.05, 0, -0.5 * DEGREE, 12.53), (0.4937, 0.5028)),
    ),
    "polar stereographic of the Arctic": (
        *("EPSG:3413", Affine(0.5, 0, 100_000, 0, -0.5, -200_000), (0.5153, 0.5153)),
    ),
    "polar stereographic of the Antarctic": (
        *("EPSG:3031", Affine(0.5, 0, 300_000, 0, -0.5, -1_300_000), (0.5081, 0.5081)),
    ),
    "UPS north": ("EPSG:32661", Affine(0.5, 0, 2_100_000, 0, -0.5, 2_100_000), (0.503, 0.503)),
    "UPS south over the pole": ("EPSG:32761", Affine(0.5, 0, 1_999_980, 0, -0.5, 2_000_015), (0.503, 0.503)),
}
ON_THE_ANTIMERIDIAN = [
    "UTM zone 1 over the antimeridian",
    "UTM zone 60 over the antimeridian",
    "geographic, 179.99 to 180.01",
    "geographic, -180.01 to -179.99",
]


class TestGrids:
    @pytest.mark.parametrize("name", GRIDS)
    def test_a_pixel_lies_where_rasterio_and_pyproj_say(self, geotiff, noise, name):
        crs, transform, size = GRIDS[name]
        with open_scene(geotiff(noise, crs=crs, transform=transform)) as scene:
            record = scene.record()
            found = scene.grid.lonlat(PixelPoint(13.5, 41.25))
            image = native(scene)
        assert metres_between(found, place_of(crs, transform, 13.5, 41.25)) < 1e-4
        assert -180 <= found.lon <= 180
        assert record.gsd_xy_m == pytest.approx(size, rel=2e-3)
        assert record.gsd_m == pytest.approx(np.sqrt(size[0] * size[1]), rel=2e-3)
        assert record.warped_from is None
        assert np.array_equal(np.moveaxis(image.pixels, -1, 0), noise)
        assert image.valid.all()

    @pytest.mark.parametrize("name", GRIDS)
    @settings(deadline=None, max_examples=25)
    @given(point=st.tuples(st.floats(-5, 60_005), st.floats(-5, 60_005)))
    def test_from_a_pixel_to_lonlat_and_back_is_within_a_millionth_of_a_pixel(self, name, point):
        crs, transform, _ = GRIDS[name]
        grid = Grid(60_000, 60_000, transform, CRS.from_user_input(crs))
        assert grid.pixel(grid.lonlat(PixelPoint(*point))) == pytest.approx(point, abs=1e-6)

    @pytest.mark.parametrize("name", ON_THE_ANTIMERIDIAN)
    def test_a_footprint_over_the_antimeridian_is_cut_there_and_has_the_right_area(
        self, geotiff, noise, name
    ):
        crs, transform, size = GRIDS[name]
        with open_scene(geotiff(noise, crs=crs, transform=transform)) as scene:
            footprint = scene.info()["footprint"]
        assert footprint["type"] == "MultiPolygon"
        rings = [np.array(polygon[0]) for polygon in footprint["coordinates"]]
        areas = [Geod(ellps="WGS84").polygon_area_perimeter(*ring.T)[0] for ring in rings]
        assert all(area > 0 for area in areas), "counter-clockwise, as RFC 7946 wants it"
        assert sum(areas) == pytest.approx(WIDTH * HEIGHT * size[0] * size[1], rel=5e-3)
        assert all(np.abs(ring[:, 0]).max() <= 180 for ring in rings)

    def test_a_footprint_around_a_pole_holds_the_pole(self, geotiff, noise):
        crs, transform, _ = GRIDS["UPS south over the pole"]
        with open_scene(geotiff(noise, crs=crs, transform=transform)) as scene:
            footprint = scene.info()["footprint"]
            col, row = scene.grid.pixel((0, -90))
        assert (col, row) == pytest.approx((40, 30), abs=1e-6)
        ring = np.array(footprint["coordinates"][0])
        assert ring[:, 1].min() == -90
        assert (ring[:, 0].min(), ring[:, 0].max()) == (-180, 180)


class TestWarped:
    """What lies on no rectangular grid is seen through a warp; a square of pixels stays in its place."""

    def test_a_sheared_transform(self, geotiff, dot):
        sheared = Affine(0.5, 0.2, 600000, 0, -0.5, 1400000)
        with open_scene(geotiff(dot, transform=sheared)) as scene:
            record = scene.record()
            found = center_of_dot(scene)
            outside = whole(scene).valid
        assert record.warped_from == "a sheared transform"
        assert metres_between(found, place_of("EPSG:32629", sheared, 52.5, 17.5)) < 0.1
        assert 0.5 < outside.mean() < 0.9, "the corners that the warp adds hold nothing"

    def test_a_skew_too_small_to_matter_is_not_resampled(self, geotiff, noise):
        with open_scene(geotiff(noise, transform=Affine(0.5, 1e-4, 6e5, 0, -0.5, 14e5))) as scene:
            assert scene.record().warped_from is None
            assert np.array_equal(np.moveaxis(whole(scene).pixels, -1, 0), noise)

    @pytest.mark.parametrize(
        ("dtype", "nodata"),
        [
            *(("uint8", None), ("uint8", 0), ("uint16", None), ("uint16", 0), ("int16", None)),
            *(("int16", -1), ("float32", None), ("float32", np.nan), ("float32", -9999)),
        ],
    )
    def test_where_the_warp_or_the_file_has_nothing_is_not_valid_in_any_type(self, geotiff, dtype, nodata):
        values = np.full((1, HEIGHT, WIDTH), 100, dtype)
        if nodata is not None or dtype == "float32":
            values[..., :40] = np.nan if nodata is None else nodata
        sheared = Affine(0.5, 0.2, 600000, 0, -0.5, 1400000)
        with open_scene(geotiff(values, transform=sheared, nodata=nodata)) as scene:
            valid = whole(scene).valid
            corner = scene.grid.pixel(place_of("EPSG:32629", sheared, 20, 30))
            inside = scene.grid.pixel(place_of("EPSG:32629", sheared, 60, 30))
        assert valid.mean() == pytest.approx(
            0.766 if valid[int(corner[1]), int(corner[0])] else 0.382, abs=0.02
        )
        assert not valid[0, 0] or not valid[-1, -1]
        assert valid[int(inside[1]), int(inside[0])]
        assert valid[int(corner[1]), int(corner[0])] == (nodata is None and dtype != "float32")

    def test_an_alpha_band_goes_through_the_warp(self, geotiff, noise):
        alpha = np.full((1, HEIGHT, WIDTH), 255, np.uint8)
        alpha[..., :40] = 0
        sheared = Affine(0.5, 0.2, 600000, 0, -0.5, 1400000)
        path = geotiff(np.vstack([noise, alpha]), transform=sheared, photometric="RGB", alpha="YES")
        with open_scene(path) as scene:
            assert whole(scene).valid.mean() == pytest.approx(0.382, abs=0.02)
            assert whole(scene).pixels.shape[2] == 3

    @pytest.mark.parametrize("points_crs", ["EPSG:4326", "EPSG:32629"])
    def test_ground_control_points_only(self, geotiff, dot, points_crs):
        rotated = HALF_METRE @ Affine.rotation(20)
        from_utm = Transformer.from_crs("EPSG:32629", points_crs, always_xy=True)
        path = geotiff(dot, crs=None, transform=None)
        with rasterio.open(path, "r+") as file:
            corners = [(0, 0), (WIDTH, 0), (0, HEIGHT), (WIDTH, HEIGHT)]
            places = [from_utm.transform(*(rotated @ corner)) for corner in corners]
            points = [GroundControlPoint(r, c, *xy) for (c, r), xy in zip(corners, places, strict=True)]
            file.gcps = points, CRS.from_user_input(points_crs)
        with open_scene(path) as scene:
            record, found = scene.record(), center_of_dot(scene)
        assert record.warped_from == "ground control points"
        assert record.crs == "EPSG:32629"
        assert record.gsd_m == pytest.approx(0.5, rel=0.05)
        assert metres_between(found, place_of("EPSG:32629", rotated, 52.5, 17.5)) < 0.1
        assert "leave `gsd_m` out" in refusal(path, UsageError, gsd_m=0.5)

    @pytest.mark.parametrize(
        ("points", "words"),
        [
            ([(0, 0, -8, 12), (20, 20, -7.9, 11.9), (40, 40, -7.8, 11.8)], "cannot be worked out"),
            ([(0, 0, -8, 12)], "cannot be worked out"),
            ([(0, 0, -8, 12), (0, 80, 100, 12), (60, 0, -8, -80)], "shows no aircraft"),
            ([(0, 0, 179.99, 12), (0, 80, -179.99, 12), (60, 0, 179.99, 11.9)], "longitudes from 0 to 360"),
            ([(0, 0, 1e300, 12), (0, 80, 1e300, 13), (60, 0, 1e300, 12)], "cannot be worked out"),
        ],
        ids=["on a line", "one", "half the Earth", "both sides of the antimeridian", "nowhere"],
    )
    def test_ground_control_points_that_give_no_place(self, geotiff, dot, points, words):
        path = geotiff(dot, crs=None, transform=None)
        with rasterio.open(path, "r+") as file:
            file.gcps = [GroundControlPoint(*point) for point in points], CRS.from_epsg(4326)
        assert words in refusal(path)

    @pytest.fixture
    def with_rpcs(self, geotiff, dot):
        """Half-metre pixels; what lies 100 m higher appears 10 px further right."""
        path = geotiff(dot, crs=None, transform=None)
        with rasterio.open(path, "r+") as file:
            file.rpcs = RPC(
                height_off=100.0,
                height_scale=100.0,
                lat_off=12.5,
                lat_scale=15 * DEGREE,
                line_den_coeff=[1.0, *[0.0] * 19],
                line_num_coeff=[0.0, 0.0, -1.0, *[0.0] * 17],
                line_off=30.0,
                line_scale=30.0,
                long_off=-8.0,
                long_scale=20 * DEGREE,
                samp_den_coeff=[1.0, *[0.0] * 19],
                samp_num_coeff=[0.0, 1.0, 0.0, 0.25, *[0.0] * 16],
                samp_off=40.0,
                samp_scale=40.0,
                err_bias=None,
                err_rand=None,
            )
        return path

    @pytest.mark.parametrize("height_m", [100, 300, 0])
    def test_rpcs_only_with_the_grounds_height(self, with_rpcs, height_m):
        with open_scene(with_rpcs, height_m=height_m) as scene:
            record, found = scene.record(), center_of_dot(scene)
        assert record.warped_from == f"RPCs at a height of {height_m} m"
        assert record.opened_with == {"height_m": height_m}
        # In RPCs the centre of the first pixel is 0, and ours is 0.5.
        right = (52.5 - 0.5 - 40) / 40 - 0.25 * (height_m - 100) / 100
        down = (17.5 - 0.5 - 30) / 30
        expected = (-8 + right * 20 * DEGREE, 12.5 - down * 15 * DEGREE)
        assert metres_between(found, expected) < 0.1

    def test_rpcs_without_a_height_are_refused_since_the_place_depends_on_it(self, with_rpcs):
        assert "give `height_m`, the height" in refusal(with_rpcs, NoGeoreference)

    def test_a_height_that_is_none(self, with_rpcs):
        with pytest.raises(UsageError, match="`height_m`: nan is not a height"):
            open_scene(with_rpcs, height_m=float("nan"))
