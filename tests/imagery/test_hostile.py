"""What a file from a stranger may not do: write, show another file's pixels, take all memory.

A canary file must not change, and a file outside the scene's folder must not be opened.
"""

import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import rasterio
import rasterio.shutil
from affine import Affine
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS

from imagery import gdal
from imagery.aoi import read_aoi
from imagery.area_file import polygons_in_file
from imagery.errors import SceneError, UsageError
from imagery.gdal import DRIVERS, SWITCHED_OFF, GdalOutOfReach, confine_rasterio
from imagery.georeferencing.plain_image import open_plain
from imagery.scene import open_scene
from imagery.tiling import Tile
from tests.imagery.strange_files import (
    PLACE,
    SECRET,
    SIDE,
    TRANSFORM,
    band_of,
    ers,
    mrf,
    raw_vrt,
    read_whole,
    refusal,
    simple_vrt,
)

pytestmark = pytest.mark.filterwarnings("ignore:Dataset has no geotransform", "ignore:.*:RuntimeWarning")


class TestNothingIsWritten:
    @pytest.fixture
    def canary(self, tmp_path):
        path = tmp_path / "start-up-file"
        path.write_bytes(b"alive\n")
        yield path
        assert path.read_bytes() == b"alive\n"
        assert not path.with_suffix(".idx").exists()

    @pytest.fixture
    def attack(self, canary, plain):
        source = plain("source.tif")
        with rasterio.open(source, "r+") as file:
            command = np.frombuffer(b"\n touch /tmp/owned\n", np.uint8)
            values = file.read()
            values.flat[: command.size] = command
            file.write(values)
        return mrf(canary, canary.with_suffix(".idx"), source)

    def test_by_a_raster_that_keeps_what_it_fetched_where_it_likes(self, delivery, attack):
        path = delivery / "innocent.tif"
        path.write_text(attack)
        assert "not an image that GDAL can open" in refusal(path)

    def test_by_a_raster_of_an_allowed_format_that_names_such_a_one(self, delivery, attack):
        (delivery / "inner.tif").write_text(attack)
        path = delivery / "outer.vrt"
        path.write_text(simple_vrt("inner.tif", relative=1))
        with pytest.raises(SceneError):
            read_whole(path)

    @pytest.mark.parametrize("where", ["tag", "aux.xml", "overviews of its source"])
    def test_by_overviews_that_are_said_to_be_elsewhere(self, delivery, plain, attack, where):
        if where == "aux.xml":
            path = plain()
            text = attack.replace("<", "&lt;").replace(">", "&gt;")
            Path(f"{path}.aux.xml").write_text(
                '<PAMDataset><Metadata domain="OVERVIEWS">'
                f'<MDI key="OVERVIEW_FILE">{text}</MDI></Metadata></PAMDataset>'
            )
        else:
            path = plain(OVERVIEWS={"OVERVIEW_FILE": attack})
        if where == "overviews of its source":
            outer = delivery / "outer.vrt"
            outer.write_text(simple_vrt(path.name, relative=1))
            path = outer
        assert "OVERVIEW_FILE" in refusal(path)

    def test_by_an_image_that_is_to_be_georeferenced(self, delivery, attack):
        with rasterio.open(delivery / "shot.png", "w", "PNG", 64, 64, 1, dtype="uint8") as file:
            file.write(np.zeros((1, 64, 64), np.uint8))
        Path(f"{delivery / 'shot.png'}.msk").write_text(attack)
        with open_plain(delivery / "shot.png") as image:
            image.read(rasterio.windows.Window(0, 0, 64, 64))


class TestDrivers:
    def test_what_is_not_used_is_off_in_every_thread_and_stays_off(self):
        confine_rasterio()
        lists = []

        def look():
            with rasterio.Env() as env:  # registers all drivers anew
                lists.append(env.drivers())

        for _ in range(3):
            thread = threading.Thread(target=look)
            thread.start()
            thread.join()
        for drivers in lists:
            on = {name for name, meaning in drivers.items() if meaning != SWITCHED_OFF.decode()}
            assert on <= DRIVERS
            assert {"GTiff", "VRT", "PNG"} <= on
            assert "MRF" in drivers

    def test_what_was_open_before_stays_open(self, plain, tmp_path):
        """In a process of its own, as in this one drivers may be off already."""
        script = (
            "import rasterio, sys\n"
            "from imagery import open_scene\n"
            "with rasterio.open(sys.argv[2]) as grid:\n"
            "    open_scene(sys.argv[1]).__exit__()\n"
            "    print(grid.driver, grid.read(1)[0, 0])\n"
        )
        grid = tmp_path / "heights.asc"
        grid.write_text("ncols 1\nnrows 1\nxllcorner 0\nyllcorner 0\ncellsize 1\n7\n")
        done = subprocess.run(
            [sys.executable, "-c", script, plain(), grid], capture_output=True, text=True, check=True
        )
        assert done.stdout == "AAIGrid 7\n"

    def test_pyogrio_has_its_drivers_back_once_the_area_is_read(self, tmp_path):
        before = pyogrio.list_drivers()
        path = tmp_path / "a.geojson"
        path.write_text('{"type":"Polygon","coordinates":[[[-8,12],[-7,12],[-7,13],[-8,12]]]}')
        polygons_in_file(str(path))
        assert pyogrio.list_drivers() == before
        assert set(before) - DRIVERS

    def test_where_drivers_cannot_be_switched_off_nothing_is_opened(self, plain, monkeypatch):
        path = plain()
        monkeypatch.setitem(gdal._FUNCTIONS, "GDALNoSuchFunction", (ctypes.c_int,))
        caches = (gdal.library_of, gdal._drivers_of, gdal._check_rasterio)
        for cache in caches:
            cache.cache_clear()
        try:
            with pytest.raises(GdalOutOfReach, match="no file is opened"):
                open_scene(path)
        finally:
            monkeypatch.undo()
            for cache in caches:
                cache.cache_clear()
        open_scene(path).__exit__()


class TestPixelsOfOtherFiles:
    @pytest.fixture
    def secret(self, tmp_path):
        path = tmp_path / "secret"
        path.write_bytes(SECRET)
        return path

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("v.vrt", raw_vrt),
            ("v.vrt", lambda path: raw_vrt("../secret", relative=1)),
            ("e.ers", ers),
            ("e.ers", lambda path: ers("../secret")),
            ("v.vrt", lambda path: simple_vrt("link", relative=1)),
            ("v.vrt", lambda path: simple_vrt("inner.vrt", relative=1)),
            ("v.vrt", lambda path: simple_vrt(raw_vrt(path).replace("<", "&lt;"))),
            (
                "v.vrt",
                lambda path: simple_vrt("plain.tif", 1, f"<MaskBand>{band_of(raw_vrt(path))}</MaskBand>"),
            ),
        ],
        ids=["raw", "raw above", "ERS", "ERS above", "link", "nested", "VRT in VRT", "mask"],
    )
    def test_are_not_shown(self, delivery, plain, secret, name, content):
        plain()
        (delivery / "inner.vrt").write_text(raw_vrt(secret))
        (delivery / "link").symlink_to(secret)
        path = delivery / name
        path.write_text(content(secret))
        words = ("not in its folder", "cannot be read", "with OOI", "not an image")
        assert any(text in refusal(path) for text in words)

    @pytest.mark.parametrize("suffix", [".ovr", ".msk"])
    def test_are_not_shown_by_a_sidecar(self, plain, secret, suffix):
        path = plain()
        Path(f"{path}{suffix}").write_text(raw_vrt(secret))
        assert "not in its folder" in refusal(path)

    @pytest.mark.skipif(shutil.which("strace") is None, reason="strace is missing: apt-get install strace")
    @pytest.mark.parametrize("content", [raw_vrt, simple_vrt, lambda path: simple_vrt("inner.vrt", 1)])
    def test_nothing_outside_is_written_and_no_socket_made(self, delivery, secret, content):
        (delivery / "inner.vrt").write_text(raw_vrt(secret))
        (delivery / "v.vrt").write_text(content(secret))
        trace = delivery.parent / "trace"
        command = [sys.executable, "-c", "from imagery import open_scene; open_scene('v.vrt')"]
        calls = ["strace", "-f", "-e", "trace=openat,connect,pwrite64", "-o", trace, *command]
        done = subprocess.run(calls, cwd=delivery, capture_output=True, text=True, check=False)
        assert "not in its folder" in done.stderr
        lines = trace.read_text(errors="replace").splitlines()
        assert not [line for line in lines if "connect(" in line]
        written = [line for line in lines if "O_WRONLY" in line or "O_RDWR" in line]
        assert not [line for line in written if "/dev/" not in line and "__pycache__" not in line]
        if content is not simple_vrt:
            assert not [
                line for line in lines if str(secret) in line and "openat" in line and "= -1" not in line
            ]

    @pytest.mark.parametrize("relative", [0, 1])
    def test_beside_it_or_below_are(self, delivery, plain, values, relative):
        (delivery / "tiles").mkdir()
        shutil.move(plain(), delivery / "tiles" / "a.tif")
        path = delivery / "mosaic.vrt"
        path.write_text(simple_vrt("tiles/a.tif" if relative else delivery / "tiles/a.tif", relative))
        assert np.array_equal(read_whole(path), values[0])

    def test_a_link_to_a_scene_still_opens_with_what_lies_beside_the_scene(self, delivery, plain, values):
        path = delivery / "mosaic.vrt"
        path.write_text(simple_vrt(plain().name, relative=1))
        link = delivery.parent / "link.tif"
        link.symlink_to(delivery / "plain.tif")
        assert np.array_equal(read_whole(link), values[0])

    def test_raw_pixels_beside_it_are(self, delivery, values):
        (delivery / "a.dat").write_bytes(values.tobytes())
        (delivery / "v.vrt").write_text(raw_vrt("a.dat", relative=1))
        (delivery / "e.ers").write_text(ers("a.dat"))
        for name in ("v.vrt", "e.ers"):
            assert np.array_equal(read_whole(delivery / name), values[0])


class TestMemory:
    @pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is read from /proc")
    def test_a_palette_at_a_tiny_gsd_takes_what_a_scene_takes(self, tmp_path):
        """77 KB took 4.3 GB: the one tile that covers it was looked up pixel by pixel."""
        path, side = tmp_path / "bomb.tif", 40_000
        profile = {"dtype": "uint8", "crs": "EPSG:32629", "tiled": True, "blockxsize": 512, "blockysize": 512}
        transform = Affine(0.001, 0, 600000, 0, -0.001, 1390000)
        with rasterio.open(
            path, "w", "GTiff", side, side, 1, transform=transform, sparse_ok=True, **profile
        ) as file:
            file.write_colormap(1, {0: (10, 20, 30), 1: (200, 100, 50)})
        script = (
            "import sys\n"
            "from pathlib import Path\n"
            "from imagery import open_scene\n"
            "with open_scene(sys.argv[1]) as scene:\n"
            "    (tile,) = scene.tiles(0.5, 512)\n"
            "    print(scene.read(tile).pixels[0, 0].tolist())\n"
            # Not getrusage: there a process begins with the peak of the one that started it.
            "status = Path('/proc/self/status').read_text().split()\n"
            "print(int(status[status.index('VmHWM:') + 1]) // 1024)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", script, path], capture_output=True, text=True, check=True
        )
        color, megabytes = done.stdout.splitlines()
        assert color == "[10, 20, 30]"
        assert int(megabytes) < 900

    def test_a_small_file_that_claims_a_side_of_thousands_of_kilometres_is_refused(self, tmp_path):
        """12 KB of BMP made tens of thousands of tiles, planned one by one."""
        path = tmp_path / "a.vrt"
        path.write_text(
            PLACE.format("", '<VRTRasterBand dataType="Byte" band="1"/>').replace(
                f'rasterXSize="{SIDE}"', 'rasterXSize="16711744"'
            )
        )
        assert "16711744 x 256 pixels" in refusal(path)

    def test_a_tile_larger_than_any_picture_is_refused_before_memory_is_taken(self, plain):
        path = plain()
        with open_scene(path) as scene, pytest.raises(SceneError, match="coarser GSD") as error:
            scene.read(Tile(0, 0, SIDE, SIDE, 100_000, 100_000))
        assert str(error.value).startswith(f"{path}: ")


@pytest.mark.parametrize("transform", [(1e-320, 0, 0, 0, -1e308, 0), (0.5, 0, 6e5, 0, -1e-320, 14e5)])
def test_a_transform_without_size_is_refused(plain, transform):
    path = plain()
    with rasterio.open(path, "r+") as file:
        file.transform = Affine(*transform)
    refusal(path)


@pytest.mark.parametrize(
    "prj", [b'PROJCS["a",GEOGCS["",DATUM["4",SPHEROID["WG",360,3]]M["",0.0]]]', b"\xff\xfe" * 40]
)
def test_a_coordinate_reference_system_that_makes_no_sense(delivery, values, prj):
    (delivery / "a.bil").write_bytes(values.tobytes())
    (delivery / "a.hdr").write_text(
        f"NROWS {SIDE}\nNCOLS {SIDE}\nULXMAP 600000\nULYMAP 1390000\nXDIM 0.5\nYDIM 0.5\n"
    )
    (delivery / "a.prj").write_bytes(prj)
    refusal(delivery / "a.bil")


@pytest.mark.filterwarnings("ignore:Exception ignored in. 'rasterio._env.log_error'")
def test_names_that_are_not_utf_8(delivery):
    path = delivery / "DIM_a.XML"
    data = "<Data_Access><Data_File><DATA_FILE_PATH href='\xff.tif'/></Data_File></Data_Access>"
    text = f"<Dimap_Document><Raster_Dimensions/>{data}</Dimap_Document>"
    path.write_bytes(text.encode("latin-1"))
    refusal(path)


def test_control_points_in_a_reference_system_whose_name_is_not_utf_8(delivery, noise):
    path = delivery / "a.tif"
    points = [GroundControlPoint(row, col, col, row) for row in (0, 60) for col in (0, 80)]
    named = CRS.from_wkt('LOCAL_CS["QQQQ",UNIT["metre",1],AXIS["x",EAST],AXIS["y",NORTH]]')
    size = {"width": 80, "height": 60, "count": 3, "dtype": "uint8"}
    with rasterio.open(path, "w", driver="GTiff", gcps=points, crs=named, **size) as file:
        file.write(noise)
    content = path.read_bytes()
    assert b"QQQQ" in content
    path.write_bytes(content.replace(b"QQQQ", b"\xc4QQQ"))
    assert "says where it lies in text that is not UTF-8" in refusal(path)


def test_an_area_of_interest_with_infinite_coordinates(tmp_path):
    path = tmp_path / "a.geojson"
    ring = "[[-8, 12], [-7, 12], [-7, Infinity], [-8, 12]]"
    path.write_text(f'{{"type": "Polygon", "coordinates": [{ring}]}}')
    with pytest.raises(UsageError) as error:
        read_aoi(path)
    assert str(error.value).startswith(f"{path}: ")


class TestEndlessFiles:
    """What a folder of a stranger holds beside files: each would keep GDAL waiting for ever."""

    @pytest.mark.parametrize(
        "name", ["plain.tif.aux.xml", "plain.tif.ovr", "plain.tfw", "PLAIN.msk", "plain_RPC.TXT", "plain.IMD"]
    )
    def test_beside_an_image(self, plain, name):
        path = plain()
        os.mkfifo(path.with_name(name))
        assert f"{name!r} is not a file but a pipe, a socket or a device" in refusal(path)

    def test_in_place_of_an_image(self, delivery):
        os.mkfifo(delivery / "a.tif")
        (delivery / "b.tif").symlink_to("/dev/zero")
        for name in ("a.tif", "b.tif"):
            assert "is not a file but" in refusal(delivery / name)

    def test_that_a_vrt_names(self, delivery):
        os.mkfifo(delivery / "a.dat")
        (delivery / "v.vrt").write_text(raw_vrt("a.dat", relative=1))
        assert "is not a file but" in refusal(delivery / "v.vrt")

    def test_of_another_name_do_not_matter(self, plain, values):
        path = plain()
        os.mkfifo(path.with_name("other.tif.aux.xml"))
        path.with_name("plain.lnk").symlink_to("nothing")
        assert np.array_equal(read_whole(path), values[0])


def test_overviews_of_an_imagine_file_are_looked_for_beside_it_whatever_it_says(delivery, values):
    """And those that are there are in the hash, as its spilled pixels are, which may lie nowhere else."""
    profile = {"driver": "HFA", "width": SIDE, "height": SIDE, "count": 1, "dtype": "uint8"}
    profile |= {"crs": "EPSG:32629", "transform": TRANSFORM}
    inside, outside = delivery / "a.img", delivery.parent
    with rasterio.open(inside, "w", **profile) as file:
        file.write(values)
    with rasterio.Env(HFA_USE_RRD="YES"), rasterio.open(inside, "r+") as file:
        file.build_overviews([2, 4])
    with open_scene(inside) as scene:
        before = scene.files_sha256
    overviews = delivery / "a.rrd"
    overviews.write_bytes(overviews.read_bytes()[:-1] + b"x")
    with open_scene(inside) as scene:
        assert scene.files_sha256 != before
    overviews.rename(outside / "xy")
    inside.write_bytes(inside.read_bytes().replace(b"a.rrd", b"../xy"))
    with open_scene(inside) as scene:
        assert scene.files_sha256 == hashlib.sha256(inside.read_bytes()).hexdigest()
    with rasterio.open(delivery / "b.img", "w", USE_SPILL="YES", **profile) as file:
        file.write(values)
    (delivery / "b.ige").rename(outside / "xz")
    (delivery / "b.img").write_bytes((delivery / "b.img").read_bytes().replace(b"b.ige", b"../xz"))
    assert "not in its folder" in refusal(delivery / "b.img")
