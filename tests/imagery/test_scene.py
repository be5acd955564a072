"""A scene is read by window, says what it is, and when it cannot be used says why."""

import hashlib
import json
import subprocess
import tracemalloc
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import rasterio
import rasterio.io
from affine import Affine
from PIL import Image
from rasterio.enums import ColorInterp
from rasterio.windows import Window

from imagery.errors import NoGeoreference, SceneError, UsageError
from imagery.grid import WGS84, PixelPoint
from imagery.opening import SAFE_PIXELS
from imagery.record import SceneRecord, hash_files
from imagery.scene import open_scene
from imagery.tiling import Tile, plan_tiles, tile_of

RGBA = {"photometric": "RGB", "alpha": "YES"}
WORLD_FILE = "0.5\n0.0\n0.0\n-0.5\n400000.25\n1399999.75\n"


def ramp(dtype, bands=1, height=64, width=96):
    """Values that rise from left to right over the whole range of a 12-bit sensor."""
    return np.broadcast_to(np.linspace(0, 4000, width), (bands, height, width)).astype(dtype)


def whole(scene, gsd_m=None):
    return scene.read(tile_of(scene.grid, 0, 0, scene.grid.width, scene.grid.height, gsd_m))


@pytest.fixture
def jpeg(tmp_path, noise):
    """A JPEG that has its place from a world file and its CRS from an .aux.xml, as the Pléiades ones."""
    path = tmp_path / "scene.jpg"
    Image.fromarray(np.moveaxis(noise, 0, -1)).save(path)
    (tmp_path / "scene.jgw").write_text(WORLD_FILE)
    (tmp_path / "scene.jpg.aux.xml").write_text("<PAMDataset><SRS>EPSG:32631</SRS></PAMDataset>")
    return path


class TestReading:
    def test_a_window_at_native_resolution_is_what_rasterio_reads(self, geotiff, noise):
        with open_scene(geotiff(noise)) as scene, rasterio.open(scene.path) as file:
            image = scene.read(Tile(7, 11, 30, 20, 30, 20))
            expected = file.read(window=Window(7, 11, 30, 20))
        assert image.pixels.dtype == np.uint8
        assert np.array_equal(image.pixels, np.moveaxis(expected, 0, -1))
        assert image.pixels.flags.c_contiguous, "OpenCV wants it"
        assert image.valid.shape == (20, 30)
        assert image.valid.all()

    def test_a_coarser_tile_is_the_average_of_the_area_so_that_small_things_stay(self, geotiff, noise):
        with open_scene(geotiff(noise)) as scene:
            image = scene.read(Tile(8, 4, 40, 20, 20, 10))
        blocks = noise[:, 4:24, 8:48].reshape(3, 10, 2, 20, 2).mean(axis=(2, 4))
        assert np.abs(np.moveaxis(image.pixels, -1, 0) - blocks).max() <= 0.5 + 1e-6
        assert image.gsd_m == pytest.approx(1.0, rel=1e-3)

    def test_a_finer_tile_is_interpolated_in_place(self, geotiff):
        dot = np.zeros((1, 20, 20), np.uint8)
        dot[0, 10, 5] = 255
        with open_scene(geotiff(dot)) as scene:
            image = scene.read(Tile(0, 0, 20, 20, 80, 80))
        row, col = (np.average(np.arange(80) + 0.5, weights=image.pixels[..., 0].sum(axis=a)) for a in (1, 0))
        assert image.tile.to_scene(PixelPoint(col, row)) == pytest.approx((5.5, 10.5), abs=0.02)

    def test_what_is_round_on_the_ground_is_round_in_a_tile_of_pixels_that_are_not_square(self, geotiff):
        row, col = np.mgrid[:100, :200] + 0.5
        disc = (np.hypot((col - 100) * 0.3, (row - 50) * 0.6) < 20).astype(np.uint8)[None] * 255
        with open_scene(geotiff(disc, transform=Affine(0.3, 0, 600000, 0, -0.6, 1400000))) as scene:
            image = whole(scene)
        high, wide = ((image.pixels[..., 0] > 127).any(axis=axis).sum() for axis in (1, 0))
        assert wide == pytest.approx(40 / 0.3, abs=2)
        assert high == pytest.approx(wide, abs=2)
        assert image.gsd_m == pytest.approx(0.3, rel=1e-3)

    def test_uint8_is_untouched_even_where_it_is_dull(self, geotiff):
        dull = np.full((1, 30, 30), 100, np.uint8)
        dull[0, :15] = 110
        with open_scene(geotiff(dull)) as scene:
            assert np.array_equal(whole(scene).pixels[..., 0], dull[0])

    @pytest.mark.parametrize("dtype", ["uint16", "int16", "float32"])
    def test_one_stretch_serves_all_tiles_so_that_neighbours_match(self, geotiff, dtype):
        values = ramp(dtype)
        with open_scene(geotiff(values)) as scene:
            dark, bright = (scene.read(Tile(col, 0, 48, 64, 48, 64)).pixels[..., 0] for col in (0, 48))
            both = whole(scene).pixels[..., 0]
            assert np.array_equal(np.hstack([dark, bright]), both)
            assert np.array_equal(scene.stretch(values)[0], both)
        assert (both.min(), both.max()) == (0, 255)
        assert dark.max() < 128 <= bright.min() + 2

    @pytest.mark.parametrize("nodata", [0, 4095])
    def test_nodata_is_not_valid_and_does_not_count_for_the_stretch(self, geotiff, nodata):
        values = np.maximum(ramp("uint16"), 1000)
        values[:, :32] = nodata
        with open_scene(geotiff(values, nodata=nodata)) as scene:
            image = whole(scene)
            assert scene.stretch.low >= 1000
            assert scene.stretch.high <= 4000
        assert np.array_equal(image.valid, values[0] != nodata)

    @pytest.mark.parametrize("nodata", [None, np.nan, -9999])
    def test_nan_is_not_valid_whether_the_file_names_it_or_not(self, geotiff, nodata):
        values = ramp("float32", bands=3)
        values[:, 5:9, 30:50] = np.nan
        with open_scene(geotiff(values, nodata=nodata)) as scene:
            image = whole(scene)
        assert np.array_equal(image.valid, np.isfinite(values[0]))
        assert (image.pixels[~image.valid] == 0).all()

    def test_what_an_alpha_band_hides_is_not_valid_and_alpha_is_not_looked_at(self, geotiff, noise):
        alpha = np.full((1, 60, 80), 255, np.uint8)
        alpha[0, :, :13] = 0
        with open_scene(geotiff(np.vstack([noise, alpha]), **RGBA)) as scene:
            assert scene.bands.indexes == (1, 2, 3)
            image = whole(scene)
        assert np.array_equal(image.valid, alpha[0] > 0)

    def test_what_a_mask_hides_is_not_valid(self, geotiff, noise):
        path = geotiff(noise)
        mask = np.full((60, 80), 255, np.uint8)
        mask[20:, 70:] = 0
        with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "r+") as file:
            file.write_mask(mask)
        with open_scene(path) as scene:
            assert np.array_equal(whole(scene).valid, mask > 0)

    def test_a_coarser_tile_is_valid_where_the_scene_is(self, geotiff, noise):
        values = noise | 1
        values[:, :, :40] = 0
        with open_scene(geotiff(values, nodata=0)) as scene:
            image = scene.read(Tile(0, 0, 80, 60, 20, 15))
        assert np.array_equal(image.valid, np.broadcast_to(np.arange(20) >= 10, (15, 20)))

    @pytest.mark.parametrize(
        ("bands", "interpretation", "expected"),
        [
            (1, ("gray",), (1,)),
            (2, ("gray", "alpha"), (1,)),
            (3, ("red", "green", "blue"), (1, 2, 3)),
            (4, ("blue", "green", "red", "undefined"), (3, 2, 1)),
            (4, ("undefined",) * 4, (1, 2, 3)),
        ],
    )
    def test_red_green_and_blue_are_looked_at_in_that_order(self, geotiff, bands, interpretation, expected):
        values = np.arange(1, bands + 1, dtype=np.uint8)[:, None, None] * np.ones((1, 8, 8), np.uint8)
        path = geotiff(values)
        with rasterio.open(path, "r+") as file:
            file.colorinterp = [ColorInterp[name] for name in interpretation]
        with open_scene(path) as scene:
            assert scene.bands.indexes == expected
            assert tuple(whole(scene).pixels[0, 0]) == expected


class TestMemory:
    @pytest.fixture
    def huge(self, tmp_path):
        """A GeoTIFF of 1.2 GB of pixels, none of which is on the disk."""
        path = tmp_path / "huge.tif"
        side = 20000
        profile = {"crs": "EPSG:32629", "transform": Affine(0.5, 0, 600000, 0, -0.5, 1400000)}
        options = {"tiled": True, "blockxsize": 512, "blockysize": 512, "sparse_ok": True}
        with rasterio.open(path, "w", "GTiff", side, side, 3, dtype="uint8", **profile, **options) as file:
            file.write(np.full((3, 512, 512), 9, np.uint8), window=Window(5120, 5120, 512, 512))
        return path

    def test_a_tile_of_a_huge_scene_is_read_by_its_window_alone(self, huge, monkeypatch):
        asked = []
        for name in ("read", "dataset_mask", "read_masks"):
            original = getattr(rasterio.io.DatasetReader, name)

            def spy(self, *args, _original=original, **options):
                asked.append((options.get("window"), options.get("out_shape")))
                return _original(self, *args, **options)

            monkeypatch.setattr(rasterio.io.DatasetReader, name, spy)
        tracemalloc.start()
        with open_scene(huge) as scene:
            tile = Tile(5120, 5120, 1024, 1024, 512, 512)
            image = scene.read(tile)
            scene.info()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert asked, "the spy saw nothing"
        assert {window for window, _ in asked} == {tile.window}
        assert all(shape[-2:] == (512, 512) for _, shape in asked)
        assert peak < 60e6, "numpy's arrays are traced; the scene has 1,200 MB"
        assert image.pixels[0, 0].tolist() == [9, 9, 9]

    def test_the_stretch_is_taken_from_a_thinned_out_view(self, geotiff, monkeypatch):
        shapes = []
        original = rasterio.io.DatasetReader.read

        def spy(self, *args, **options):
            shapes.append(options["out_shape"])
            return original(self, *args, **options)

        monkeypatch.setattr(rasterio.io.DatasetReader, "read", spy)
        with open_scene(geotiff(ramp("uint16", height=1500, width=3000))) as scene:
            first = scene.stretch
            assert scene.stretch is first, "and once only"
        assert shapes == [(1, 512, 1024)]
        assert first == pytest.approx((20, 3980), abs=5)


class TestHash:
    def test_the_hash_of_one_file_is_that_of_sha256sum(self, geotiff, noise):
        path = geotiff(noise)
        printed = subprocess.run(["sha256sum", path], capture_output=True, text=True, check=True).stdout
        with open_scene(path) as scene:
            assert scene.files == [path]
            assert scene.record().sha256 == printed.split()[0]

    def test_the_hash_of_a_jpeg_counts_its_sidecars_by_the_documented_formula(self, jpeg):
        command = "sha256sum scene.jpg scene.jgw scene.jpg.aux.xml | cut -c-64 | sha256sum"
        printed = subprocess.run(
            command, shell=True, cwd=jpeg.parent, capture_output=True, text=True, check=True
        ).stdout
        with open_scene(jpeg) as scene:
            record = scene.record()
        assert record.sha256 == printed.split()[0]
        assert record.size_bytes == sum(path.stat().st_size for path in jpeg.parent.iterdir())
        assert record.transform == (0.5, 0, 400000, 0, -0.5, 1400000)
        assert record.crs == "EPSG:32631"

    def test_the_hash_changes_with_the_world_file_because_that_moves_every_aircraft(self, jpeg):
        with open_scene(jpeg) as scene:
            before = scene.record().sha256
        jpeg.with_suffix(".jgw").write_text(WORLD_FILE.replace("400000.25", "400000.75"))
        with open_scene(jpeg) as scene:
            assert scene.record().sha256 != before

    def test_the_order_of_the_sidecars_does_not_matter_and_which_is_the_image_does(self, tmp_path):
        a, b, c = (tmp_path / name for name in "abc")
        for path in (a, b, c):
            path.write_text(path.name)
        digests = [hashlib.sha256(name.encode()).hexdigest() for name in "bac"]
        expected = hashlib.sha256("".join(f"{digest}\n" for digest in digests).encode()).hexdigest()
        assert hash_files([b, a, c]) == hash_files([b, c, a]) == expected
        assert hash_files([a, b, c]) != expected


class TestRecord:
    def test_a_record_survives_json(self, geotiff, noise):
        path = geotiff(noise, imagery={"ACQUISITIONDATETIME": "2023-10-27 10:36:11", "SATELLITEID": "PHR1A"})
        provenance = {"image_id": "id", "source_url": "https://example.org/é", "licence": "CC0"}
        with open_scene(path, **provenance) as scene:
            record = scene.record()
        again = SceneRecord.from_json(json.loads(json.dumps(asdict(record))))
        assert again == record
        assert again.grid == scene.grid
        assert (record.image_id, record.source_url, record.licence) == tuple(provenance.values())
        assert (record.sensor, record.acquired) == ("Pléiades 1A", "2023-10-27T10:36:11Z")

    def test_a_record_has_the_documented_members_in_the_documented_order(self, geotiff, noise):
        with open_scene(geotiff(noise)) as scene:
            members = asdict(scene.record())
        assert " ".join(members) == (
            "path sha256 sha256_covers etag size_bytes crs transform width height gsd_m gsd_xy_m acquired "
            "acquired_precision acquired_from sensor off_nadir_deg image_id source_url licence "
            "position_error_m warped_from opened_with bands stretch rendered software_version"
        )
        assert members["acquired"] is None
        assert members["acquired_precision"] == "unknown"

    @pytest.mark.parametrize(
        "change", [{"transform": None}, {"bands": 3}, {"colour": "red"}, {"path": ...}], ids=str
    )
    def test_a_member_that_is_missing_unknown_or_no_list_is_refused(self, geotiff, noise, change):
        with open_scene(geotiff(noise)) as scene:
            members = {**asdict(scene.record()), **change}
        members = {name: value for name, value in members.items() if value is not ...}
        with pytest.raises(ValueError, match=r"^scene: "):
            SceneRecord.from_json(members)

    @pytest.mark.parametrize(
        ("tags", "rendered"), [({}, False), ({"RENDERED": "true"}, True), ({"RENDERED": "false"}, False)]
    )
    def test_a_scene_is_rendered_where_its_file_says_so(self, geotiff, noise, tags, rendered):
        with open_scene(geotiff(noise, tags=tags)) as scene:
            assert scene.rendered is scene.record().rendered is rendered

    def test_the_time_that_the_user_gives_goes_before_the_files(self, geotiff, noise):
        path = geotiff(noise, imagery={"ACQUISITIONDATETIME": "2023-10-27 10:36:11"})
        with open_scene(path) as scene:
            assert scene.acquisition.source == "IMAGERY tag ACQUISITIONDATETIME"
        with open_scene(path, acquired="2023-10") as scene:
            assert (scene.acquisition.text, scene.acquisition.source) == ("2023-10", "option --acquired")

    def test_a_time_that_contradicts_the_files_is_refused_because_one_of_them_is_of_another_image(
        self, geotiff, noise
    ):
        path = geotiff(noise, imagery={"ACQUISITIONDATETIME": "2023-10-27 10:36:11"})
        with pytest.raises(SceneError, match=r"scene\.tif: `acquired` says 2021-05 and IMAGERY tag"):
            open_scene(path, acquired="2021-05")

    def test_a_tag_that_is_no_time_names_the_file_and_the_way_out(self, geotiff, noise):
        path = geotiff(noise, imagery={"ACQUISITIONDATETIME": "soon"})
        with pytest.raises(SceneError, match=r"scene\.tif: IMAGERY tag .*'soon'.* `acquired`"):
            open_scene(path)
        with open_scene(path, acquired="2021-05-03") as scene:
            assert scene.acquisition.text == "2021-05-03"

    def test_an_empty_time_is_refused_because_an_unset_variable_is_no_date(self, geotiff, noise):
        with pytest.raises(UsageError, match="`acquired`: '' is not a month, date or time in ISO 8601"):
            open_scene(geotiff(noise), acquired="")


class TestRefusal:
    def refusal(self, path, kind):
        with pytest.raises(kind) as error:
            open_scene(path)
        message = str(error.value)
        assert message.startswith(f"{path}: ")
        assert "\n" not in message
        return message

    def test_an_image_without_a_crs(self, geotiff, noise):
        message = self.refusal(geotiff(noise, crs=None), NoGeoreference)
        assert "no coordinate reference system" in message
        assert "give its `crs`" in message

    @pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
    def test_an_image_with_a_crs_and_no_transform(self, geotiff, noise):
        message = self.refusal(geotiff(noise, transform=Affine.identity()), NoGeoreference)
        assert "has no georeference" in message
        assert "georeference it by control points, or give `gsd_m`" in message

    @pytest.mark.parametrize(
        ("crs", "transform"),
        [
            ("EPSG:4326", Affine(0.5, 0, 600000, 0, -0.5, 1400000)),
            ("EPSG:4326", Affine(1e-6, 0, -8, 0, -1e-6, 91)),
            ("EPSG:32629", Affine(0.5, 0, 6e12, 0, -0.5, 1400000)),
        ],
    )
    def test_coordinates_that_are_not_of_the_crs(self, geotiff, noise, crs, transform):
        """Metres called degrees gave a GSD of nan and the first airfield of the list at nan km."""
        message = self.refusal(geotiff(noise, crs=crs, transform=transform), NoGeoreference)
        assert f"({crs}) do not match" in message

    def test_a_scene_of_absurd_size(self, tmp_path):
        path = tmp_path / "huge.vrt"
        path.write_text(
            '<VRTDataset rasterXSize="1000000" rasterYSize="1000000"><SRS>EPSG:32629</SRS>'
            "<GeoTransform>600000,.5,0,1400000,0,-.5</GeoTransform>"
            '<VRTRasterBand dataType="Byte" band="1"/></VRTDataset>'
        )
        assert SAFE_PIXELS < 10**12
        assert "claims 1000000 x 1000000 pixels" in self.refusal(path, SceneError)

    @pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
    def test_a_file_of_several_images(self, tmp_path, noise):
        path = tmp_path / "two.gpkg"
        for table in ("a", "b"):
            with rasterio.open(
                path,
                "w",
                "GPKG",
                80,
                60,
                3,
                dtype="uint8",
                crs="EPSG:32629",
                transform=Affine(0.5, 0, 600000, 0, -0.5, 1400000),
                RASTER_TABLE=table,
                APPEND_SUBDATASET="YES" if table == "b" else "NO",
            ) as file:
                file.write(noise)
        assert "export one of them" in self.refusal(path, SceneError)

    def test_a_name_that_gdal_cannot_take(self, geotiff, noise, tmp_path):
        path = tmp_path / "scene\udcff.tif"
        path.write_bytes(geotiff(noise).read_bytes())
        with pytest.raises(UsageError, match="UTF-8; rename the file") as error:
            open_scene(path)
        assert str(error.value).isascii(), "so that it can be printed"

    def test_a_mosaic_whose_part_is_gone_names_the_part(self, tmp_path):
        path = tmp_path / "mosaic.vrt"
        path.write_text(
            '<VRTDataset rasterXSize="100" rasterYSize="100"><SRS>EPSG:32629</SRS>'
            "<GeoTransform>600000,.5,0,1400000,0,-.5</GeoTransform>"
            '<VRTRasterBand dataType="Byte" band="1"><SimpleSource><SourceFilename relativeToVRT="1">gone.tif'
            "</SourceFilename><SourceBand>1</SourceBand></SimpleSource></VRTRasterBand></VRTDataset>"
        )
        with pytest.raises(SceneError, match=r"mosaic\.vrt: refers to .*gone\.tif.*put it back"):
            open_scene(path)

    def test_a_mosaic_whose_part_goes_while_it_is_read_names_the_part(self, geotiff, noise, tmp_path):
        part = geotiff(noise, "part.tif")
        path = tmp_path / "mosaic.vrt"
        path.write_text(
            '<VRTDataset rasterXSize="80" rasterYSize="60"><SRS>EPSG:32629</SRS>'
            "<GeoTransform>600000,.5,0,1400000,0,-.5</GeoTransform>"
            '<VRTRasterBand dataType="Byte" band="1"><SimpleSource><SourceFilename relativeToVRT="1">part.tif'
            "</SourceFilename><SourceBand>1</SourceBand></SimpleSource></VRTRasterBand></VRTDataset>"
        )
        with open_scene(path) as scene:
            part.unlink()
            with pytest.raises(SceneError, match=r"mosaic\.vrt: refers to .*part\.tif.*put it back"):
                scene.record()
            with pytest.raises(SceneError, match=r"mosaic\.vrt: .*part\.tif"):
                whole(scene)

    @pytest.mark.parametrize("bands", [3, 4])
    def test_a_truncated_file_is_named_when_what_it_lacks_is_read_and_not_before(self, geotiff, noise, bands):
        alpha = np.full((1, 60, 80), 255, np.uint8)
        pixels = np.vstack([noise, alpha])[:bands]
        path = geotiff(pixels, interleave="band", blockysize=10, **(RGBA if bands == 4 else {}))
        content = path.read_bytes()
        path.write_bytes(content[: len(content) - 2000])  # the end of the last band, which may be alpha
        with open_scene(path) as scene:
            top = scene.read(Tile(0, 0, 80, 10, 80, 10))
            assert np.array_equal(np.moveaxis(top.pixels, -1, 0), noise[:, :10])
            with pytest.raises(SceneError, match=r"scene\.tif: damaged, cannot be read at column 0, row 0"):
                whole(scene)

    @pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="Linux tells which files are open")
    def test_a_failed_open_and_a_left_scene_hold_no_file_open(self, geotiff, noise, tmp_path):
        def open_files():
            links = (str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink())
            return [name for name in links if name.startswith(str(tmp_path))]

        path = geotiff(noise)
        with open_scene(path) as scene:
            whole(scene)
            assert open_files() == [str(path)]
        assert open_files() == []
        sheared = geotiff(noise, "sheared.tif", transform=Affine(0.5, 0.1, 600000, 0, -0.5, 1400000))
        with open_scene(sheared) as scene:
            whole(scene)
            assert open_files() == [str(sheared)]
        assert open_files() == []
        for image in (path, sheared):
            with pytest.raises(UsageError, match="`airfield`: no airfield"):
                open_scene(image, airfield="ZZZZZ")
        assert open_files() == []


REAL = {
    "naip-geotiff/m_4208701_ne_16_060_20200902.tif": (
        *(175, 143, "EPSG:26916", 0.6001, "KMKE", "rgb", "2020-09-02"),
    ),
    "naip-geotiff/m_3211605_ne_11_060_20200415.tif": (
        *(266, 204, "EPSG:26911", 0.5992, None, "rgb", "2020-04-15"),
    ),
    "planetscope-3m/sfo_planetscope_20170613_180813_102e_3m.tif": (
        *(1225, 1139, "EPSG:32610", 3, "KSFO", "rgb", "2017-06-13T18:08:13Z"),
    ),
    "planetscope-3m/san_planetscope_20170615_173819_0c19_3m.tif": (
        *(1222, 558, "EPSG:32611", 3, "KSAN", "rgb", "2017-06-15T17:38:19Z"),
    ),
    "planetscope-3m/lax_planetscope_20170615_174851_100b_3m.tif": (
        *(1418, 748, "EPSG:32611", 3, "KLAX", "rgb", "2017-06-15T17:48:51Z"),
    ),
    "other-geotiff/spacenet_atlanta_pan_0.5m_utm16.tif": (
        *(900, 900, "EPSG:32616", 0.5, "KATL", "gray", None),
    ),
    "airbus-pleiades/images/014de911-7810-4f7d-8967-3e5402209f4a.jpg": (
        *(2560, 2560, "EPSG:32631", 0.5, None, "rgb", None),
    ),
}


@pytest.mark.realdata
class TestRealScenes:
    @pytest.mark.parametrize("name", REAL)
    def test_size_place_resolution_and_bands_are_those_of_the_file(self, shared_data, name):
        width, height, crs, gsd_m, icao, bands, acquired = REAL[name]
        with open_scene(shared_data / name) as scene:
            info = scene.info()
        assert (info["width"], info["height"], info["crs"]) == (width, height, crs)
        assert info["gsd_m"] == pytest.approx(gsd_m, rel=1e-3)
        assert info["airfield"] == icao
        assert info["bands"] == (("red", "green", "blue") if bands == "rgb" else ("gray",))
        assert (info["acquired"], info["rendered"]) == (acquired, False)
        lons, lats = np.array(info["footprint"]["coordinates"][0]).T
        assert lons.min() < info["center"].lon < lons.max()
        assert lats.min() < info["center"].lat < lats.max()

    def test_the_pixels_of_naip_are_slightly_taller_than_wide_as_its_header_says(self, shared_data):
        with open_scene(shared_data / "naip-geotiff/m_4208701_ne_16_060_20200902.tif") as scene:
            size = scene.grid.gsd_xy_m()
        assert size.y / size.x == pytest.approx(0.6008006993 / 0.599384, rel=1e-5)

    def test_the_box_of_the_jet_at_milwaukee_is_as_large_on_the_ground_as_a_regional_jet(self, shared_data):
        folder = shared_data / "naip-geotiff"
        ((left, top, right, bottom),) = json.loads((folder / "m_4208701_boxes.json").read_text())["boxes_px"]
        with open_scene(folder / "m_4208701_ne_16_060_20200902.tif") as scene:
            ends = scene.grid.lonlats([(left, top), (right, top), (left, bottom)])
        across, down = (WGS84.inv(*ends[0], *ends[n])[2] for n in (1, 2))
        assert (across, down) == pytest.approx((31.8, 22.8), abs=0.1)

    def test_16_bit_panchromatic_becomes_8_bit_of_full_contrast_with_one_stretch(self, shared_data):
        with open_scene(shared_data / "other-geotiff/spacenet_atlanta_pan_0.5m_utm16.tif") as scene:
            tiles = plan_tiles(scene.grid, 0.5, 256, 88.4)
            images = [scene.read(tile) for tile in tiles]
            for tile, image in zip(tiles, images, strict=True):
                with rasterio.open(scene.path) as file:
                    assert np.array_equal(
                        scene.stretch(file.read(1, window=tile.window)), image.pixels[..., 0]
                    )
        spread = np.percentile(np.concatenate([image.pixels.ravel() for image in images]), (2, 98))
        assert spread[0] < 40
        assert spread[1] > 180

    def test_a_pleiades_jpeg_is_hashed_with_its_world_file_and_crs(self, shared_data):
        folder = shared_data / "airbus-pleiades/images"
        stem = "014de911-7810-4f7d-8967-3e5402209f4a"
        digests = [
            hashlib.sha256((folder / f"{stem}{end}").read_bytes()).hexdigest()
            for end in (".jpg", ".jgw", ".jpg.aux.xml")
        ]
        with open_scene(folder / f"{stem}.jpg") as scene:
            expected = hashlib.sha256("".join(f"{digest}\n" for digest in digests).encode()).hexdigest()
            assert scene.record().sha256 == expected

    def test_an_image_without_georeference_is_refused(self, shared_data):
        with pytest.raises(NoGeoreference, match=r"two_kc135\.png: has no georeference"):
            open_scene(shared_data / "rareplanes-tile/two_kc135.png")


@pytest.mark.parametrize(("dtype", "fill"), [("int16", -9999), ("float32", -3.4e38)])
def test_a_fill_that_the_file_does_not_declare_neither_flattens_the_scene_nor_shows(geotiff, dtype, fill):
    values = ramp(dtype) + 300
    values = values.astype(dtype)
    values[:, :8] = fill
    plain, declared = geotiff(values, "plain.tif"), geotiff(values, "declared.tif", nodata=fill)
    with open_scene(plain) as scene, open_scene(declared) as known:
        assert scene.stretch == known.stretch
        assert np.array_equal(whole(scene).valid, whole(known).valid)
        valid = whole(scene).valid
        assert np.array_equal(whole(scene).pixels[valid], whole(known).pixels[valid])
        assert "are taken for no data, although the file does not declare it" in scene.notes[0]
        assert known.notes == ()
