"""The matrix of what a scene may come as: each works, in its exact place, or is refused in one line.

Places are checked against rasterio's affine transform and pyproj alone, so that a mistake of ours cannot hide
in both sides of a comparison.
"""

import os
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
import rasterio
import rasterio.io
import rasterio.shutil
from affine import Affine
from PIL import Image
from rasterio.crs import CRS
from rasterio.enums import ColorInterp
from rasterio.windows import Window

from detect.candidate import to_geojson
from detect.scan import scan
from imagery.errors import NoGeoreference, SceneError, UsageError
from imagery.grid import PixelPoint
from imagery.opening import SAFE_BLOCK_BYTES, SAFE_PIXELS
from imagery.scene import open_scene
from imagery.tiling import Tile
from tests.imagery.opened import (
    HEIGHT,
    WIDTH,
    metres_between,
    native,
    place_of,
    refusal,
    whole,
)

# rasterio warns where a test writes a file without georeference.
pytestmark = pytest.mark.filterwarnings("ignore:Dataset has no geotransform")

HALF_METRE = Affine(0.5, 0, 600000, 0, -0.5, 1400000)


class TestLittleGeoreference:
    @pytest.fixture
    def world_file(self, tmp_path, noise):
        path = tmp_path / "scene.png"
        Image.fromarray(np.moveaxis(noise, 0, -1)).save(path)
        (tmp_path / "scene.pgw").write_text("0.5\n0\n0\n-0.5\n600000.25\n1399999.75\n")
        return path

    def test_a_world_file_with_the_crs_that_the_user_says(self, world_file, noise):
        with open_scene(world_file, crs="EPSG:32629") as scene:
            record = scene.record()
            found = scene.grid.lonlat(PixelPoint(13.5, 41.25))
            assert np.array_equal(np.moveaxis(whole(scene).pixels, -1, 0), noise)
        assert metres_between(found, place_of("EPSG:32629", HALF_METRE, 13.5, 41.25)) < 1e-4
        assert (record.crs, record.opened_with) == ("EPSG:32629", {"crs": "EPSG:32629"})

    def test_a_world_file_without_crs(self, world_file):
        assert "give its `crs`" in refusal(world_file, NoGeoreference)

    @pytest.mark.parametrize("crs", ["", "EPSG:1", "somewhere", "32629 UTM"])
    def test_a_crs_that_is_none(self, world_file, crs):
        if crs:
            with pytest.raises(UsageError, match="not a coordinate reference system; write EPSG:32629"):
                open_scene(world_file, crs=crs)
        else:
            assert "give its `crs`" in refusal(world_file, NoGeoreference, crs=crs)

    @pytest.mark.parametrize("crs", ["EPSG:5773", "EPSG:4978", 'LOCAL_CS["site",UNIT["metre",1]]'])
    def test_a_crs_that_is_no_maps(self, geotiff, noise, world_file, crs):
        assert "is not of a map" in refusal(world_file, NoGeoreference, crs=crs)
        assert "is not of a map" in refusal(geotiff(noise, crs=crs), NoGeoreference)

    def test_a_crs_other_than_the_files_is_refused_since_one_of_them_is_wrong(self, geotiff, noise):
        path = geotiff(noise)
        assert "leave `crs` out" in refusal(path, UsageError, crs="EPSG:32630")
        with open_scene(path, crs="EPSG:32629") as scene:
            assert scene.record().crs == "EPSG:32629"

    def test_pixels_of_many_kilometres_are_no_airports(self, geotiff, noise):
        path = geotiff(noise, transform=Affine(1e5, 0, 0, 0, -1e5, 4_000_000))
        assert "its pixels would be 86,546 m" in refusal(path, NoGeoreference)

    def test_a_gsd_for_what_has_a_place_is_refused(self, geotiff, noise):
        assert "leave `gsd_m` out" in refusal(geotiff(noise), UsageError, gsd_m=0.5)


class TestNoGeoreference:
    def test_is_refused_with_both_ways_out(self, geotiff, dot):
        message = refusal(geotiff(dot, crs=None, transform=None), NoGeoreference)
        assert "georeference it by control points" in message
        assert "give `gsd_m` (metres per pixel)" in message

    def test_with_a_gsd_it_is_searched_and_measured_and_nothing_from_it_has_a_place(
        self, geotiff, dot, bright_detector
    ):
        """A place invented for a screenshot would be worse than none."""
        path = geotiff(dot, crs=None, transform=None)
        with open_scene(path, gsd_m=2.5) as scene:
            assert scene.nearest is None
            assert scene.info()["center"] is None
            assert scene.info()["footprint"] is None
            found = scan(scene, bright_detector())
        document = to_geojson(found)
        (feature,) = document["features"]
        assert feature["geometry"] is None
        properties = feature["properties"]
        assert (properties["heading_deg"], properties["airfield"]) == (None, None)
        assert properties["center_px"] == [52.5, 17.5]
        assert (properties["length_m"], properties["wingspan_m"]) == (12.5, 12.5)
        assert document["scene"]["crs"] is None
        assert document["scene"]["gsd_m"] == pytest.approx(2.5)
        assert document["scene"]["opened_with"] == {"gsd_m": 2.5}

    def test_an_area_of_interest_cannot_lie_in_it(self, geotiff, dot):
        from shapely import MultiPolygon, box

        path = geotiff(dot, crs=None, transform=None)
        message = refusal(path, UsageError, gsd_m=0.5, aoi=MultiPolygon([box(0, 0, 1, 1)]))
        assert "leave `aoi` out" in message


class TestPixels:
    @pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "uint32", "float32", "float64"])
    @pytest.mark.parametrize("bands", [1, 2, 3, 4, 5, 8])
    def test_any_type_and_number_of_bands_becomes_8_bit_grey_or_rgb(self, geotiff, dtype, bands):
        values = np.broadcast_to(np.linspace(0, 120, WIDTH), (bands, HEIGHT, WIDTH)).astype(dtype)
        path = geotiff(values)
        with rasterio.open(path, "r+") as file:
            file.colorinterp = [ColorInterp.undefined] * bands
        with open_scene(path) as scene:
            image = whole(scene)
        assert image.pixels.dtype == np.uint8
        assert image.pixels.shape == (HEIGHT, WIDTH, 3 if bands >= 3 else 1)
        assert image.valid.all()
        grey = image.pixels[0, :, 0].astype(int)
        assert (np.diff(grey) >= 0).all(), "what is brighter stays brighter"
        if dtype == "uint8":
            assert np.array_equal(grey, values[0, 0])
        else:
            assert (grey.min(), grey.max()) == (0, 255)

    def test_a_thousand_bands_are_too_many(self, geotiff):
        assert "claims 1001 bands" in refusal(geotiff(np.zeros((1001, 4, 4), np.uint8)))

    @pytest.mark.parametrize("dtype", ["complex64", "complex128"])
    def test_complex_numbers_are_radars_and_no_image_yet(self, geotiff, noise, dtype):
        assert "complex numbers" in refusal(geotiff(noise.astype(dtype)))

    @pytest.mark.parametrize("said_by", ["colour interpretation", "description"])
    @pytest.mark.parametrize("order", ["red green blue nir", "nir red green blue", "blue green red nir"])
    def test_rgb_and_nir_in_any_order(self, geotiff, order, said_by):
        names = order.split()
        values = np.arange(1, 5, dtype=np.uint8)[:, None, None] * np.full((1, HEIGHT, WIDTH), 20, np.uint8)
        path = geotiff(values)
        with rasterio.open(path, "r+") as file:
            if said_by == "description":
                file.colorinterp = [ColorInterp.gray] + [ColorInterp.undefined] * 3
                file.descriptions = tuple(name.title() for name in names)
            else:
                file.colorinterp = [
                    ColorInterp.undefined if name == "nir" else ColorInterp[name] for name in names
                ]
        with open_scene(path) as scene:
            pixel = whole(scene).pixels[0, 0].tolist()
            assert scene.record().bands == ("red", "green", "blue")
        assert pixel == [20 * (names.index(name) + 1) for name in ("red", "green", "blue")]

    def test_a_palette_is_looked_up_before_it_is_averaged(self, geotiff):
        """The mean of colours 1 and 3 is not colour 2."""
        values = np.where(np.arange(WIDTH) % 2, 1, 3).astype(np.uint8) * np.ones((1, HEIGHT, 1), np.uint8)
        path = geotiff(values)
        with rasterio.open(path, "r+") as file:
            file.write_colormap(1, {1: (200, 0, 0), 2: (0, 255, 0), 3: (0, 0, 100)})
            file.colorinterp = [ColorInterp.palette]
        with open_scene(path) as scene:
            assert whole(scene).pixels[0, :2].tolist() == [[0, 0, 100], [200, 0, 0]]
            half = scene.read(Tile(0, 0, WIDTH, HEIGHT, WIDTH // 2, HEIGHT // 2))
        assert half.pixels[5, 5].tolist() == [100, 0, 50]

    @pytest.mark.parametrize("by", ["nodata", "alpha", "mask"])
    def test_what_the_file_hides_is_not_valid(self, geotiff, noise, by):
        hidden = np.zeros((HEIGHT, WIDTH), bool)
        hidden[20:, 50:] = True
        pixels = noise | 1
        if by == "nodata":
            path = geotiff(np.where(hidden, 0, pixels).astype(np.uint8), nodata=0)
        elif by == "alpha":
            alpha = np.where(hidden, 0, 255).astype(np.uint8)[None]
            path = geotiff(np.vstack([pixels, alpha]), photometric="RGB", alpha="YES")
        else:
            path = geotiff(pixels)
            with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "r+") as file:
                file.write_mask(~hidden)
        with open_scene(path) as scene:
            image = whole(scene)
        assert np.array_equal(image.valid, ~hidden)
        assert np.array_equal(image.pixels[~hidden], np.moveaxis(pixels, 0, -1)[~hidden])

    def test_near_infrared_that_gdal_calls_alpha_hides_nothing(self, geotiff):
        """Over water it is 0, and NAIP's files have it in the place of alpha."""
        rng = np.random.default_rng(0)
        values = rng.integers(1, 255, (4, HEIGHT, WIDTH), np.uint8)
        values[3, :, :20] = 0
        path = geotiff(values, photometric="RGB", alpha="YES")
        with open_scene(path) as scene:
            assert whole(scene).valid.all()


LAYOUTS = {
    "tiled": {"tiled": True, "blockxsize": 32, "blockysize": 16, "compress": "deflate"},
    "striped": {"blockysize": 7},
    "band by band": {"interleave": "band"},
    "big-endian BigTIFF": {"BIGTIFF": "YES", "ENDIANNESS": "BIG"},
    "COG": {"driver": "COG"},
    "PNG": {"driver": "PNG", "WORLDFILE": "YES"},
    "JPEG 2000": {"driver": "JP2OpenJPEG", "QUALITY": "100", "REVERSIBLE": "YES"},
    "one-block JPEG": {"driver": "JPEG"},
    "ERDAS Imagine": {"driver": "HFA"},
    "raster GeoPackage": {"driver": "GPKG", "TILE_FORMAT": "PNG"},
}


class TestLayouts:
    @pytest.mark.parametrize("name", LAYOUTS)
    def test_any_layout_gives_the_same_pixels_in_the_same_place(self, geotiff, noise, tmp_path, name):
        options = dict(LAYOUTS[name])
        driver = options.pop("driver", None)
        smooth = np.broadcast_to(np.linspace(20, 220, WIDTH), noise.shape).astype(np.uint8)
        pixels = smooth if name == "one-block JPEG" else noise
        if driver is None:
            path = geotiff(pixels, **options)
        else:
            path = tmp_path / f"copy.{'jpg' if driver == 'JPEG' else 'gpkg' if driver == 'GPKG' else 'img'}"
            rasterio.shutil.copy(geotiff(pixels), path, driver=driver, **options)
        with open_scene(path) as scene:
            image = native(scene)
            crs, transform = scene.grid.crs, scene.grid.transform
            record = scene.record()
        tolerance = 3 if name == "one-block JPEG" else 0
        difference = np.moveaxis(image.pixels, -1, 0)[:, :HEIGHT, :WIDTH].astype(int) - pixels
        assert np.abs(difference).max() <= tolerance
        assert crs == CRS.from_epsg(32629)
        assert tuple(transform)[:6] == pytest.approx(tuple(HALF_METRE)[:6])
        assert record.size_bytes == sum(file.stat().st_size for file in scene_files(path))

    def test_a_vrt_over_a_part_of_a_file_counts_both_in_its_hash(self, geotiff, noise, tmp_path):
        part = geotiff(noise, "part.tif")
        path = tmp_path / "mosaic.vrt"
        rasterio.shutil.copy(part, path, driver="VRT")
        with open_scene(path) as scene:
            before = scene.record()
            assert [file.name for file in scene.files] == ["mosaic.vrt", "part.tif"]
            assert np.array_equal(np.moveaxis(whole(scene).pixels, -1, 0), noise)
        geotiff(noise[:, ::-1].copy(), "part.tif")
        with open_scene(path) as scene:
            assert scene.record().sha256 != before.sha256

    def test_a_scene_in_an_archive_is_identified_by_the_archive(self, geotiff, noise, tmp_path):
        archive = tmp_path / "delivery.zip"
        with zipfile.ZipFile(archive, "w") as file:
            file.write(geotiff(noise), "img/scene.tif")
        with open_scene(f"/vsizip/{archive}/img/scene.tif") as scene:
            record = scene.record()
            assert scene.files == [archive]
            assert np.array_equal(np.moveaxis(whole(scene).pixels, -1, 0), noise)
            assert (
                metres_between(
                    scene.grid.lonlat(PixelPoint(13.5, 41.25)),
                    place_of("EPSG:32629", HALF_METRE, 13.5, 41.25),
                )
                < 1e-4
            )
        assert record.size_bytes == archive.stat().st_size

    @pytest.mark.parametrize("name", ["img/gone.tif", ""])
    def test_what_is_not_in_an_archive(self, geotiff, noise, tmp_path, name):
        archive = tmp_path / "delivery.zip"
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("read.me", "nothing")
        assert "not an image that GDAL can open" in refusal(f"/vsizip/{archive}/{name}")

    def test_a_sparse_bigtiff_of_60000_by_60000_opens_at_once_and_is_read_where_asked(self, tmp_path):
        path = tmp_path / "huge.tif"
        side = 60_000
        options = {"tiled": True, "blockxsize": 512, "blockysize": 512, "sparse_ok": True, "BIGTIFF": "YES"}
        profile = {"crs": "EPSG:32629", "transform": HALF_METRE, "dtype": "uint8"}
        with rasterio.open(path, "w", "GTiff", side, side, 3, **profile, **options) as file:
            file.write(np.full((3, 512, 512), 9, np.uint8), window=Window(59_392, 58_880, 512, 512))
        assert path.stat().st_size < 10e6
        with open_scene(path) as scene:
            info = scene.info()
            image = scene.read(Tile(59_392, 58_880, 512, 512, 512, 512))
            tiles = scene.tiles(0.5, 512.0)
        assert (info["width"], info["height"], info["stretch"]) == (side, side, None)
        assert metres_between(info["center"], place_of("EPSG:32629", HALF_METRE, 30_000, 30_000)) < 1e-4
        assert (image.pixels == 9).all()
        assert len(tiles) == 71**2
        assert all(1000 < tile.width == tile.height <= 1024 for tile in tiles)


def scene_files(path):
    return [
        file
        for file in Path(path).parent.iterdir()
        if file.stem == Path(path).stem or file.name.startswith(f"{path.name}.")
    ]


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_what_a_scene_is_is_said_without_reading_a_pixel(geotiff, noise, dtype, monkeypatch):
    """A file of a gigabyte without overviews would have to be read whole for its stretch."""
    alpha = np.full((1, HEIGHT, WIDTH), 255, np.uint8)
    path = geotiff(np.vstack([noise, alpha]).astype(dtype), photometric="RGB", alpha="YES")

    def read(*args, **options):
        raise AssertionError("a pixel was read")

    for name in ("read", "read_masks", "dataset_mask"):
        monkeypatch.setattr(rasterio.io.DatasetReader, name, read)
    with open_scene(path) as scene:
        info = scene.info()
    assert (info["stretch"], info["sha256"]) == (None, None)
    assert info["bands"] == ("red", "green", "blue")


class TestBombsAndDamage:
    def test_a_tiny_file_that_claims_an_enormous_size(self, tmp_path):
        path = tmp_path / "bomb.tif"
        side = 300_000
        options = {
            "tiled": True,
            "blockxsize": 16384,
            "blockysize": 16384,
            "sparse_ok": True,
            "BIGTIFF": "YES",
        }
        profile = {"crs": "EPSG:32629", "transform": HALF_METRE, "dtype": "uint8", "compress": "deflate"}
        with rasterio.open(path, "w", "GTiff", side, side, 1, **profile, **options):
            pass
        assert path.stat().st_size < 50_000
        assert side**2 > SAFE_PIXELS
        assert "claims 300000 x 300000 pixels" in refusal(path)

    @pytest.mark.parametrize("bands", [1, 12])
    def test_one_enormous_block_would_have_to_be_held_whole(self, tmp_path, bands):
        path = tmp_path / "block.tif"
        side = int((SAFE_BLOCK_BYTES / bands) ** 0.5 / 16 + 2) * 16
        options = {"tiled": True, "blockxsize": side, "blockysize": side, "sparse_ok": True}
        options |= {"compress": "deflate", "interleave": "pixel"}
        profile = {"crs": "EPSG:32629", "transform": HALF_METRE, "dtype": "uint8"}
        with rasterio.open(path, "w", "GTiff", side, side, bands, **profile, **options):
            pass
        assert path.stat().st_size < 50_000
        message = refusal(path)
        assert "one block of it takes" in message
        assert "TILED=YES" in message

    @pytest.mark.parametrize("keep", [0, 7, 200])
    def test_a_file_cut_before_its_directory_ends(self, geotiff, noise, keep):
        path = geotiff(noise)
        path.write_bytes(path.read_bytes()[:keep])
        assert "not an image that GDAL can open" in refusal(path)

    def test_a_file_cut_in_its_pixels_is_damaged_where_they_are_missing(self, geotiff, noise):
        path = geotiff(noise, blockysize=10)
        path.write_bytes(path.read_bytes()[:-3000])
        with open_scene(path) as scene:
            assert native(scene, height=10).valid.all()
            with pytest.raises(SceneError, match=r"scene\.tif: damaged, cannot be read .*get the whole file"):
                whole(scene)

    @pytest.mark.parametrize("change", ["grows", "is touched", "is gone", "has a new world file"])
    def test_a_file_that_changes_while_it_is_read(self, geotiff, noise, change, tmp_path):
        """The hash of the new file would vouch for candidates of the old one."""
        path = geotiff(noise)
        Path(f"{path}.aux.xml").write_text("<PAMDataset></PAMDataset>")
        with open_scene(path) as scene:
            whole(scene)
            if change == "grows":
                with path.open("ab") as file:
                    file.write(b"\0")
            elif change == "is touched":
                os.utime(path, ns=(1, 1))
            elif change == "is gone":
                path.unlink()
            else:
                Path(f"{path}.aux.xml").write_text("<PAMDataset><Metadata></Metadata></PAMDataset>")
            with pytest.raises(SceneError, match=r"changed while it was being read|put it back"):
                scene.record()

    @pytest.mark.parametrize("tag", ["unknown", "inf", "-1", "nan", ""])
    def test_a_position_error_that_is_none_is_unknown(self, geotiff, noise, tag):
        with open_scene(geotiff(noise, tags={"POSITION_ERROR_M": tag or " "})) as scene:
            assert scene.record().position_error_m is None

    def test_a_directory_that_points_at_itself_ends(self, tmp_path):
        path = tmp_path / "loop.tif"
        path.write_bytes(b"II*\0" + struct.pack("<IHI", 8, 0, 8))
        assert "not an image that GDAL can open" in refusal(path)


# name: (pixel, its lon/lat by gdaltransform's affine and PROJ, GSD)
REAL = {
    "naip-geotiff/m_4208701_ne_16_060_20200902.tif": 0.6001,
    "naip-geotiff/m_3211605_ne_11_060_20200415.tif": 0.5992,
    "planetscope-3m/sfo_planetscope_20170613_180813_102e_3m.tif": 3.0,
    "planetscope-3m/san_planetscope_20170615_173819_0c19_3m.tif": 3.0,
    "planetscope-3m/lax_planetscope_20170615_174851_100b_3m.tif": 3.0,
    "other-geotiff/spacenet_atlanta_pan_0.5m_utm16.tif": 0.5,
    "other-geotiff/naip_nd_5m_utm14.tif": 5.0,
    "airbus-pleiades/images/014de911-7810-4f7d-8967-3e5402209f4a.jpg": 0.5,
}


@pytest.mark.realdata
class TestRealScenes:
    @pytest.mark.parametrize("name", REAL)
    def test_place_size_and_pixels_are_those_of_the_file(self, shared_data, name):
        with open_scene(shared_data / name) as scene, rasterio.open(shared_data / name) as file:
            col, row = file.width / 3, file.height / 4
            found = scene.grid.lonlat(PixelPoint(col, row))
            expected = place_of(file.crs.to_wkt(), file.transform, col, row)
            tile = Tile(file.width // 2, file.height // 2, 64, 64, 64, 64)
            image = scene.read(tile)
            values = np.moveaxis(file.read(scene.bands.indexes, window=tile.window), 0, -1)
            assert scene.grid.gsd_m() == pytest.approx(REAL[name], rel=1e-3)
            assert metres_between(found, expected) < 1e-4
            assert np.array_equal(image.pixels, scene.stretch(values))

    @pytest.mark.parametrize("name", [name for name in REAL if name.startswith("naip")])
    def test_naips_near_infrared_hides_nothing_though_the_file_calls_it_alpha(self, shared_data, name):
        with rasterio.open(shared_data / name) as file:
            assert file.colorinterp[3] == ColorInterp.alpha
        with open_scene(shared_data / name) as scene:
            assert whole(scene).valid.all()
            assert scene.provenance.sensor == "NAIP aerial"


def test_a_zip_archive_is_told_apart_from_the_image_in_it(tmp_path):
    path = tmp_path / "scene.zip"
    path.write_bytes(b"PK\x03\x04")
    with pytest.raises(SceneError, match=r"/vsizip/.*scene\.zip/IMAGE\.TIF"):
        open_scene(path)


def test_a_height_that_would_be_ignored_is_refused(geotiff, noise):
    with pytest.raises(UsageError, match="has no RPCs, so `height_m` means nothing"):
        open_scene(geotiff(noise), height_m=380.0)
