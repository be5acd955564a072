"""Of what a file and the files beside it say of its place, nothing is passed over without a word."""

import hashlib
from dataclasses import asdict

import numpy as np
import pyproj
import pytest
import rasterio
from affine import Affine
from PIL import Image
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS
from rasterio.rpc import RPC

from imagery.errors import HardstandError, NoGeoreference, SceneError, UsageError
from imagery.gcp_misfit import gcp_misfit
from imagery.scene import open_scene

pytestmark = pytest.mark.filterwarnings("ignore:Dataset has no geotransform")

WORLD_FILE = "0.5\n0.0\n0.0\n-0.5\n613900.25\n1385899.75\n"
NAMES = ["NITF_IM:0:two.ntf", "NITF_IM:1:two.ntf"]


@pytest.fixture
def jpeg(tmp_path, noise):
    path = tmp_path / "map.jpg"
    Image.fromarray(np.moveaxis(noise, 0, -1)).save(path)
    path.with_suffix(".jgw").write_text(WORLD_FILE)
    return path


class TestPrj:
    @pytest.mark.parametrize("dialect", ["WKT1_ESRI", "WKT1_GDAL", "WKT2_2019"])
    @pytest.mark.parametrize("suffix", [".prj", ".PRJ"])
    def test_beside_a_world_file_it_is_read_and_hashed(self, jpeg, dialect, suffix):
        jpeg.with_suffix(suffix).write_text(pyproj.CRS.from_epsg(32629).to_wkt(dialect))
        with open_scene(jpeg) as scene:
            assert abs(scene.grid.lonlat(scene.grid.center).lon + 7.951) < 0.001
            assert jpeg.with_suffix(suffix) in scene.files
            before = scene.record().sha256
        jpeg.with_suffix(suffix).write_text(pyproj.CRS.from_epsg(32630).to_wkt(dialect))
        with open_scene(jpeg) as scene:
            assert scene.record().sha256 != before

    def test_it_may_be_said_again_but_not_otherwise(self, jpeg):
        jpeg.with_suffix(".prj").write_text(pyproj.CRS.from_epsg(32629).to_wkt("WKT1_ESRI"))
        with open_scene(jpeg, crs="EPSG:32629"):
            pass
        with pytest.raises(UsageError, match=r"map\.prj beside it says .*zone 29N; leave `crs` out"):
            open_scene(jpeg, crs="EPSG:32630")

    def test_one_that_cannot_be_read_is_named(self, jpeg):
        jpeg.with_suffix(".prj").write_text("UTM zone 29, I think")
        with pytest.raises(NoGeoreference, match=r"map\.prj beside it is not a coordinate reference system"):
            open_scene(jpeg)
        with open_scene(jpeg, crs="EPSG:32629") as scene:
            assert scene.grid.placed


def placed_by(path, points):
    with rasterio.open(path, "r+") as file:
        file.gcps = [GroundControlPoint(*point) for point in points], CRS.from_epsg(32629)
    return path


class TestGroundControlPoints:
    @pytest.fixture
    def points(self):
        return [[row, col, 613900 + col / 2, 1385900 - row / 2] for row in (0, 30, 60) for col in (0, 40, 80)]

    def test_points_that_fit_have_a_small_error_and_no_note(self, geotiff, noise, points):
        with open_scene(placed_by(geotiff(noise, crs=None, transform=None), points)) as scene:
            assert (scene.record().position_error_m, scene.notes) == (0.01, ())

    def test_the_misfit_is_measured_and_the_point_that_the_others_contradict_is_named(
        self, geotiff, noise, points
    ):
        points[7][3] -= 120
        with open_scene(placed_by(geotiff(noise, crs=None, transform=None), points)) as scene:
            assert scene.record().position_error_m > 40
            assert scene.info()["notes"] == (
                "ground control point 8, at column 40 and row 60, lies 120.0 m from where the others put it: "
                "check it",
            )

    @pytest.mark.parametrize("count", [3, 6])
    def test_as_many_points_as_the_curve_needs_tell_nothing_of_their_error(self, count, points):
        pixels, ground = np.array(points)[:, 1::-1], np.array(points)[:, 2:]
        some = [0, 2, 6, 8, 4, 1][:count]
        misfit = gcp_misfit(pixels[some], ground[some])
        assert misfit.error_m is None
        assert "the position error is unknown" in misfit.notes[0]

    def test_points_of_normal_scatter_are_rarely_called_bad(self, points):
        rng = np.random.default_rng(1)
        pixels, ground = np.array(points)[:, 1::-1], np.array(points)[:, 2:]
        misfits = [gcp_misfit(pixels, ground + rng.normal(0, 2, ground.shape)) for _ in range(200)]
        assert sum(bool(misfit.notes) for misfit in misfits) <= 20
        assert 1 < np.median([misfit.error_m for misfit in misfits]) < 10


RPCS = RPC(
    height_off=380.0,
    height_scale=100.0,
    lat_off=12.5335,
    lat_scale=0.01,
    line_den_coeff=[1.0, *[0.0] * 19],
    line_num_coeff=[0.0, 0.0, -1.0, *[0.0] * 17],
    line_off=30.0,
    line_scale=2212.0,
    long_off=-7.95,
    long_scale=0.01,
    samp_den_coeff=[1.0, *[0.0] * 19],
    samp_num_coeff=[0.0, 1.0, *[0.0] * 18],
    samp_off=40.0,
    samp_scale=2172.0,
    err_bias=None,
    err_rand=None,
)


def nitf(path, pixels, *, rpcs=None, **options):
    """Write a NITF of half-metre pixels, whose corners the format rounds to seconds of arc."""
    transform = Affine(0.5 / 108_600, 0, -7.9502, 0, -0.5 / 110_600, 12.5336)
    height, width = pixels.shape[1:]
    profile = {"count": 1, "dtype": "uint8", "crs": "EPSG:4326", "transform": transform}
    options = {"ICORDS": "G", **options}
    with rasterio.open(path, "w", driver="NITF", width=width, height=height, **profile, **options) as file:
        if rpcs is not None:
            file.rpcs = rpcs
        file.write(pixels[:1])
    return path


class TestNitf:
    def test_corners_that_are_rounded_have_that_error(self, tmp_path, noise):
        with open_scene(nitf(tmp_path / "chip.ntf", noise)) as scene:
            assert scene.record().position_error_m == pytest.approx(30.9 / 6**0.5)
            assert scene.notes == ("it lies by corners that are rounded to 31 m",)

    def test_rpcs_are_used_where_the_height_is_given_and_named_where_it_is_not(self, tmp_path, noise):
        path = nitf(tmp_path / "chip.ntf", noise, rpcs=RPCS)
        with open_scene(path) as scene:
            assert "its RPCs place it better: give the height of the ground" in scene.notes[0]
            assert scene.record().warped_from is None
        with open_scene(path, height_m=380) as scene:
            assert scene.record().warped_from == "RPCs at a height of 380 m"
            assert scene.record().position_error_m is None
            assert scene.grid.lonlat(scene.grid.center) == pytest.approx((-7.95, 12.5335), abs=1e-4)

    def test_the_time_of_its_image_is_read(self, tmp_path, noise):
        with open_scene(nitf(tmp_path / "chip.ntf", noise, IDATIM="20231027103611")) as scene:
            assert scene.acquisition.text == "2023-10-27T10:36:11Z"
        with pytest.raises(SceneError, match="NITF field IDATIM says 2023-10-27T10:36:11Z"):
            open_scene(tmp_path / "chip.ntf", acquired="2019-05-05")


class TestSeveralImagesInOneFile:
    @pytest.fixture
    def pages(self, tmp_path, noise):
        """A TIFF of two pages, the second smaller."""
        path = tmp_path / "two.tif"
        first, second = (Image.fromarray(noise[0, :rows]) for rows in (60, 30))
        first.save(path, save_all=True, append_images=[second])
        return path

    def test_none_of_them_is_taken_silently(self, pages):
        with pytest.raises(UsageError) as error:
            open_scene(pages, gsd_m=0.5)
        assert str(error.value) == (
            f"{pages}: holds 2 images; name the one to open: GTIFF_DIR:1:{pages}, GTIFF_DIR:2:{pages}"
        )

    def test_each_can_be_opened_and_has_a_hash_of_its_own(self, pages):
        hashes = []
        for number, height in ((1, 60), (2, 30)):
            with open_scene(f"GTIFF_DIR:{number}:{pages}", gsd_m=0.5) as scene:
                assert scene.grid.height == height
                assert scene.files == [pages]
                hashes.append(scene.record().sha256)
        file = hashlib.sha256(pages.read_bytes()).hexdigest()
        part = hashlib.sha256(b"GTIFF_DIR:2:").hexdigest()
        assert hashes[1] == hashlib.sha256(f"{file}\n{part}\n".encode()).hexdigest()
        assert hashes[0] != hashes[1]

    @pytest.mark.parametrize("name", ["GTIFF_DIR:3:{}", "NITF_IM:1:{}", "GTIFF_DIR:1:missing.tif"])
    def test_what_is_not_there_is_refused_in_one_line(self, pages, name):
        with pytest.raises(HardstandError) as error:
            open_scene(name.format(pages), gsd_m=0.5)
        assert str(error.value).isprintable()

    @pytest.mark.parametrize("address", ["http://127.0.0.1:9/a.tif", "/vsicurl/http://127.0.0.1:9/a.tif"])
    def test_an_image_in_a_file_on_a_server_is_not_asked_for_by_the_way(self, address):
        with pytest.raises(HardstandError):
            open_scene(f"GTIFF_DIR:1:{address}")

    def test_a_file_with_overviews_holds_one_image(self, geotiff, noise):
        path = geotiff(noise)
        with rasterio.open(path, "r+") as file:
            file.build_overviews([2, 4])
        with open_scene(path) as scene:
            assert asdict(scene.record())["width"] == 80


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("map.pdf", b"%PDF-1.7\n", "a PDF, a format that hardstand does not open"),
        ("map.mbtiles", b"SQLite format 3\0" + bytes(84), "MBTiles, a format that hardstand does not open"),
        ("a.nc", b"CDF\1" + bytes(40), "HDF or netCDF, a format"),
        ("a.h5", b"\x89HDF\r\n\x1a\n" + bytes(40), "HDF or netCDF, a format"),
        ("a.sid", b"msid" + bytes(40), "MrSID or ECW, a format"),
        ("o.kml", b"<?xml version='1.0'?>\n<kml><GroundOverlay/></kml>", "a KML overlay, a format"),
        ("o.kmz", b"PK\x03\x04" + bytes(40), "turned by its rotation"),
        ("a.tif", b"II*\0 nothing more", "not an image that GDAL can open"),
    ],
)
def test_a_format_that_is_left_out_on_purpose_is_not_called_unreadable(tmp_path, name, content, words):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SceneError) as error:
        open_scene(path)
    assert words in str(error.value)
    assert str(error.value).isprintable()
