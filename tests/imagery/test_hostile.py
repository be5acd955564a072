"""What a file from a stranger may not do: write, reach out, show another file's pixels.

A canary file must not change, a listening port must get no connection, and a file outside the scene's folder
must not be opened.
"""

import ctypes
import hashlib
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import rasterio
import rasterio.shutil
from affine import Affine

from imagery import gdal, record, references, remote
from imagery.aoi import read_aoi
from imagery.errors import HardstandError, SceneError, UsageError
from imagery.gdal import DRIVERS, SWITCHED_OFF, GdalOutOfReach, confine_rasterio
from imagery.georeferencing.plain_image import open_plain
from imagery.opening import is_remote
from imagery.remote import Budget
from imagery.scene import open_scene
from imagery.tiling import Tile

pytestmark = pytest.mark.filterwarnings("ignore:Dataset has no geotransform", "ignore:.*:RuntimeWarning")

SIDE = 256
TRANSFORM = Affine(0.5, 0, 600000, 0, -0.5, 1390000)
PLACE = (
    f'<VRTDataset rasterXSize="{SIDE}" rasterYSize="{SIDE}"{{0}}><SRS>EPSG:32629</SRS>'
    "<GeoTransform>600000,0.5,0,1390000,0,-0.5</GeoTransform>{1}</VRTDataset>"
)
SECRET = bytes(range(32, 127)) * 1024  # as many bytes as pixels, and more


def simple_vrt(source, relative=0, extra=""):
    return PLACE.format(
        "",
        '<VRTRasterBand dataType="Byte" band="1"><SimpleSource>'
        f'<SourceFilename relativeToVRT="{relative}">{source}</SourceFilename>'
        f"<SourceBand>1</SourceBand></SimpleSource></VRTRasterBand>{extra}",
    )


def raw_vrt(source, relative=0):
    return PLACE.format(
        "",
        '<VRTRasterBand dataType="Byte" band="1" subClass="VRTRawRasterBand">'
        f'<SourceFilename relativeToVRT="{relative}">{source}</SourceFilename><ImageOffset>0</ImageOffset>'
        f"<PixelOffset>1</PixelOffset><LineOffset>{SIDE}</LineOffset></VRTRasterBand>",
    )


def warped_vrt(source):
    return PLACE.format(
        ' subClass="VRTWarpedDataset"',
        '<VRTRasterBand dataType="Byte" band="1" subClass="VRTWarpedRasterBand"/><BlockXSize>128</BlockXSize>'
        '<BlockYSize>128</BlockYSize><GDALWarpOptions><SourceDataset relativeToVRT="0">'
        f"{source}</SourceDataset></GDALWarpOptions>",
    )


def mrf(data, index, source=None):
    """An MRF that fetches its pixels from ``source`` and keeps them in ``data`` when it is read."""
    cached = f"<CachedSource><Source>{source}</Source></CachedSource>" if source else ""
    return (
        f'<MRF_META>{cached}<Raster><Size x="{SIDE}" y="{SIDE}" c="1"/><Compression>NONE</Compression>'
        f'<DataType>Byte</DataType><PageSize x="{SIDE}" y="{SIDE}" c="1"/><DataFile>{data}</DataFile>'
        f'<IndexFile>{index}</IndexFile></Raster><GeoTags><BoundingBox minx="600000" miny="1389872" '
        'maxx="600128" maxy="1390000"/><Projection>EPSG:32629</Projection></GeoTags></MRF_META>'
    )


def ers(data):
    return (
        f'DatasetHeader Begin\n\tVersion = "6.0"\n\tDataFile = "{data}"\n\tDataSetType = ERStorage\n'
        "\tDataType = Raster\n\tByteOrder = LSBFirst\n\tCoordinateSpace Begin\n"
        '\t\tDatum = "WGS84"\n\t\tProjection = "NUTM29"\n\tCoordinateSpace End\n\tRasterInfo Begin\n'
        f"\t\tCellType = Unsigned8BitInteger\n\t\tNrOfLines = {SIDE}\n\t\tNrOfCellsPerLine = {SIDE}\n"
        "\t\tNrOfBands = 1\n\t\tCellInfo Begin\n\t\t\tXdimension = 0.5\n\t\t\tYdimension = 0.5\n"
        "\t\tCellInfo End\n\t\tRegistrationCoord Begin\n\t\t\tEastings = 600000\n\t\t\tNorthings = 1390000\n"
        "\t\tRegistrationCoord End\n\tRasterInfo End\nDatasetHeader End\n"
    )


def read_whole(path, **options):
    with open_scene(path, **options) as scene:
        scene.record()
        scene.read(Tile(0, 0, SIDE, SIDE, SIDE // 4, SIDE // 4))  # from overviews, where there are some
        return scene.read(Tile(0, 0, SIDE, SIDE, SIDE, SIDE)).pixels[..., 0]


def refusal(path, **options):
    with pytest.raises(HardstandError) as error:
        read_whole(path, **options)
    assert str(error.value).startswith(f"{path}: ")
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.fixture
def values():
    return np.random.default_rng(0).integers(1, 255, (1, SIDE, SIDE), np.uint8)


@pytest.fixture
def delivery(tmp_path):
    """The folder that a stranger has sent."""
    folder = tmp_path / "delivery"
    folder.mkdir()
    return folder


@pytest.fixture
def plain(delivery, values):
    """Writes an ordinary GeoTIFF into that folder."""

    def write(name="plain.tif", **tags):
        profile = {"width": SIDE, "height": SIDE, "count": 1, "dtype": "uint8", "crs": "EPSG:32629"}
        with rasterio.open(delivery / name, "w", "GTiff", transform=TRANSFORM, **profile) as file:
            file.write(values)
            for domain, members in tags.items():
                file.update_tags(ns=domain, **members)
        return delivery / name

    return write


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
        read_aoi(path)
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


@pytest.fixture
def listener():
    """A port that counts who connects: address and list of what was sent to it."""
    asked = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def listen():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    asked.append(connection.recv(200))
                    connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

        threading.Thread(target=listen, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", asked
        server.shutdown(socket.SHUT_RDWR)


WMS = (
    '<GDAL_WMS><Service name="TMS"><ServerUrl>{0}/${{z}}/${{x}}/${{y}}.png</ServerUrl></Service><DataWindow>'
    "<UpperLeftX>600000</UpperLeftX><UpperLeftY>1390000</UpperLeftY><LowerRightX>600100</LowerRightX>"
    "<LowerRightY>1389900</LowerRightY><SizeX>256</SizeX><SizeY>256</SizeY><TileLevel>0</TileLevel>"
    "</DataWindow><BandsCount>1</BandsCount><Projection>EPSG:32629</Projection></GDAL_WMS>"
)
REACHING_OUT = {
    "VRT": ("v.vrt", lambda url: simple_vrt(f"/vsicurl/{url}/a.tif")),
    "VRT with options": ("v.vrt", lambda url: simple_vrt(f"/vsicurl?url={url}/a.tif")),
    "VRT streaming": ("v.vrt", lambda url: simple_vrt(f"/vsicurl_streaming/{url}/a.tif")),
    "VRT by archive": ("v.vrt", lambda url: simple_vrt(f"/vsizip//vsicurl/{url}/a.zip/a.tif")),
    "VRT by name": ("v.vrt", lambda url: simple_vrt(f"{url}/a.tif")),
    "raw VRT": ("v.vrt", lambda url: raw_vrt(f"/vsicurl/{url}/a.dat")),
    "warped VRT": ("v.vrt", lambda url: warped_vrt(f"/vsicurl/{url}/a.tif")),
    "VRT in VRT": ("v.vrt", lambda url: simple_vrt(simple_vrt(f"/vsicurl/{url}/a.tif").replace("<", "&lt;"))),
    "CRS of a VRT": ("v.vrt", lambda url: simple_vrt("plain.tif", 1).replace("EPSG:32629", f"{url}/crs")),
    "WMS": ("w.xml", WMS.format),
    "WMS as TIFF": ("w.tif", WMS.format),
    "WMS in VRT": ("v.vrt", lambda url: simple_vrt(WMS.format(url).replace("<", "&lt;"))),
    "MRF": ("m.mrf", lambda url: mrf(f"/vsicurl/{url}/a.dat", f"/vsicurl/{url}/a.idx")),
    "ERS": ("e.ers", lambda url: ers(f"/vsicurl/{url}/a.dat")),
    "KML": (
        "k.kml",
        lambda url: (
            '<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Region><LatLonAltBox>'
            "<north>12.6</north><south>12.5</south><east>-7.9</east><west>-8.0</west></LatLonAltBox></Region>"
            f"<GroundOverlay><Icon><href>{url}/a.png</href></Icon><LatLonBox><north>12.6</north>"
            "<south>12.5</south><east>-7.9</east><west>-8.0</west></LatLonBox></GroundOverlay></Document></kml>"
        ),
    ),
    "DIMAP": (
        "DIM_x.XML",
        lambda url: (
            '<?xml version="1.0"?><Dimap_Document><Metadata_Id><METADATA_FORMAT version="1.1">DIMAP'
            "</METADATA_FORMAT></Metadata_Id><Raster_Dimensions><NCOLS>200</NCOLS><NROWS>200</NROWS>"
            "<NBANDS>1</NBANDS></Raster_Dimensions><Data_Access><Data_File>"
            f'<DATA_FILE_PATH href="/vsicurl/{url}/a.tif"/></Data_File></Data_Access></Dimap_Document>'
        ),
    ),
}
AREAS = {
    "GeoJSON whose CRS is an address": (
        "a.geojson",
        lambda url: json.dumps(
            {
                "type": "FeatureCollection",
                "crs": {"type": "link", "properties": {"href": f"{url}/crs", "type": "proj4"}},
                "features": [
                    {
                        "type": "Feature",
                        "properties": {},
                        "geometry": {
                            "type": "Polygon",
                            "coordinates": [[[-8, 12.5], [-7.9, 12.5], [-7.9, 12.6], [-8, 12.5]]],
                        },
                    }
                ],
            }
        ),
    ),
    "OGR VRT": (
        "a.vrt",
        lambda url: (
            '<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>/vsicurl/'
            f"{url}/a.geojson</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
        ),
    ),
    "WFS": ("a.xml", lambda url: f"<OGRWFSDataSource><URL>{url}/wfs?</URL></OGRWFSDataSource>"),
    "KML with a network link": (
        "a.kml",
        lambda url: (
            '<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><NetworkLink><Link>'
            f"<href>{url}/n.kml</href></Link></NetworkLink></Document></kml>"
        ),
    ),
}


class TestNobodyIsAsked:
    @pytest.mark.parametrize("kind", REACHING_OUT)
    def test_by_a_raster(self, delivery, plain, listener, kind):
        url, asked = listener
        plain()
        name, content = REACHING_OUT[kind]
        path = delivery / name
        path.write_text(content(url))
        refusal(path)
        time.sleep(0.05)
        assert asked == []

    @pytest.mark.parametrize("where", ["tag", "aux.xml"])
    def test_by_overviews_that_are_said_to_be_on_a_server(self, plain, listener, where):
        url, asked = listener
        name = f"/vsicurl/{url}/overviews.tif"
        path = plain(OVERVIEWS={"OVERVIEW_FILE": name}) if where == "tag" else plain()
        if where == "aux.xml":
            Path(f"{path}.aux.xml").write_text(
                '<PAMDataset><Metadata domain="OVERVIEWS">'
                f'<MDI key="OVERVIEW_FILE">{name}</MDI></Metadata></PAMDataset>'
            )
        assert "OVERVIEW_FILE" in refusal(path)
        time.sleep(0.05)
        assert asked == []

    @pytest.mark.parametrize("kind", AREAS)
    def test_by_an_area_of_interest(self, delivery, listener, kind):
        url, asked = listener
        name, content = AREAS[kind]
        path = delivery / name
        path.write_text(content(url))
        with suppress(UsageError):  # GDAL takes lon/lat where it has no CRS, as RFC 7946 says
            read_aoi(path)
        time.sleep(0.05)
        assert asked == []

    def test_by_a_sidecar_that_is_a_raster_itself(self, plain, listener):
        url, asked = listener
        path = plain()
        Path(f"{path}.ovr").write_text(simple_vrt(f"/vsicurl/{url}/a.tif"))
        refusal(path)
        assert asked == []


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


def band_of(vrt):
    return vrt[vrt.index("<VRTRasterBand") : vrt.index("</VRTDataset>")]


class TestHash:
    def test_all_that_is_named_counts_however_deep(self, delivery, plain):
        """Zeroed pixels behind two VRTs gave the same hash once."""
        pixels = plain()
        for depth in range(4):
            inner = pixels.name if depth == 0 else f"v{depth - 1}.vrt"
            (delivery / f"v{depth}.vrt").write_text(simple_vrt(inner, relative=1))
        path = delivery / "v3.vrt"
        with open_scene(path) as scene:
            before, names = scene.record().sha256, {file.name for file in scene.files}
        assert names == {"v0.vrt", "v1.vrt", "v2.vrt", "v3.vrt", "plain.tif"}
        with rasterio.open(pixels, "r+") as file:
            file.write(np.zeros((1, SIDE, SIDE), np.uint8))
        with open_scene(path) as scene:
            assert scene.record().sha256 != before

    def test_sidecars_of_what_is_named_count_too(self, delivery, plain):
        pixels = plain()
        path = delivery / "v.vrt"
        path.write_text(simple_vrt(pixels.name, relative=1))
        with rasterio.open(pixels) as file:
            rasterio.shutil.copy(file, f"{pixels}.ovr", driver="GTiff")
        with open_scene(path) as scene:
            assert [file.name for file in scene.files] == ["v.vrt", "plain.tif", "plain.tif.ovr"]

    def test_of_one_file_is_the_files_own(self, plain):
        path = plain()
        with open_scene(path) as scene:
            assert scene.record().sha256 == hashlib.sha256(path.read_bytes()).hexdigest()

    def test_what_names_itself_ends(self, delivery):
        (delivery / "a.vrt").write_text(simple_vrt("b.vrt", relative=1))
        (delivery / "b.vrt").write_text(simple_vrt("a.vrt", relative=1))
        with pytest.raises(SceneError):
            read_whole(delivery / "a.vrt")


@pytest.mark.parametrize(
    "name",
    [
        *(
            "/vsicurl?url=http://a/b.tif",
            "/vsicurl_streaming/http://a/b",
            "/vsizip//vsicurl/http://a/b.zip/c",
        ),
        *("/vsizip/{/vsicurl/http://a/b}/c", "/vsigzip//vsis3/a/b.gz", "/vsitar//vsigs_streaming/a/b.tar/c"),
        *("/vsicached?file=/vsicurl/http://a/b.tif", "/vsiadls/a/b", "/vsioss/a/b", "/vsiswift/a/b"),
    ],
)
def test_every_name_that_is_read_over_a_network_counts_as_such(name):
    assert is_remote(name)


def test_a_scene_in_an_archive_on_a_server_is_read(listener):
    """And it is no local file: its name is the server's."""
    url, asked = listener
    with pytest.raises(SceneError, match="check the address"):
        open_scene(f"/vsizip//vsicurl/{url}/a.zip/a.tif")
    assert asked


class TestReplaced:
    @pytest.fixture
    def other(self, delivery, plain, values):
        """Another scene of the same size, with the same time of change."""
        path = plain("other.tif")
        with rasterio.open(path, "r+") as file:
            file.write(255 - values)
        return path

    def replace(self, path, other):
        state = path.stat()
        assert other.stat().st_size == state.st_size
        os.utime(other, ns=(state.st_atime_ns, state.st_mtime_ns))
        other.replace(path)

    def test_after_it_was_opened_a_scene_has_no_record(self, plain, other):
        """Else the log would have the pixels of one file and the hash of the other."""
        path = plain()
        with open_scene(path) as scene:
            scene.read(scene.tiles(0.5, 512)[0])
            self.replace(path, other)
            with pytest.raises(SceneError, match="changed while it was being read"):
                scene.record()

    def test_while_it_is_hashed(self, plain, other, monkeypatch):
        path = plain()

        def hash_files(paths):
            self.replace(path, other)
            return record.hash_files(paths)

        monkeypatch.setattr("imagery.scene.hash_files", hash_files)
        with open_scene(path) as scene, pytest.raises(SceneError, match="changed while it was being read"):
            scene.record()

    def test_while_it_is_opened(self, plain, other, monkeypatch):
        path = plain()

        def open_with_files(*arguments):
            opened = references.open_with_files(*arguments)
            self.replace(path, other)
            return opened

        monkeypatch.setattr("imagery.opening.open_with_files", open_with_files)
        with pytest.raises(SceneError, match="changed while it was being read"):
            open_scene(path)

    def test_in_place(self, plain):
        path = plain()
        with open_scene(path) as scene:
            state, content = path.stat(), bytearray(path.read_bytes())
            content[-1] ^= 1
            path.write_bytes(content)
            os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
            with pytest.raises(SceneError, match="changed while it was being read"):
                scene.record()


ENTRIES = {  # of a TIFF's directory: tag, type, count, value
    256: (4, SIDE), 257: (4, SIDE), 258: (3, 8), 259: (3, 1), 262: (3, 1), 273: (4, 8), 277: (3, 1),
    278: (4, SIDE), 279: (4, SIDE * SIDE),
}  # fmt: skip
STEP = 70_000  # bytes from one directory to the next, more than GDAL reads at once


def part_of_endless_tiff(first, last):
    """Bytes of a TIFF in which each directory names the next, for ever."""
    directory = struct.pack("<H", len(ENTRIES))
    for tag, (kind, value) in ENTRIES.items():
        directory += struct.pack("<HHII", tag, kind, 1, value)
    body = bytearray(last + 1 - first)
    for number in range(first // STEP, last // STEP + 1):
        start = number * STEP
        text = directory + struct.pack("<I", start + STEP + 8)
        piece = (b"II*\0" + struct.pack("<I", 8) + text) if number == 0 else b"\0" * 8 + text
        for index, byte in enumerate(piece, start):
            if first <= index <= last:
                body[index - first] = byte
    return bytes(body)


@pytest.fixture
def serve():
    """Starts a server: an answer for each request, of which it gets the first and last byte asked for."""
    servers = []

    def start(answer):
        server = socket.create_server(("127.0.0.1", 0))
        servers.append(server)

        def handle(connection):
            with connection, suppress(OSError):
                while request := connection.recv(4000).decode():
                    asked = request.partition("bytes=")[2].split("\r")[0]
                    first, _, last = asked.partition("-")
                    head = request.startswith("HEAD")
                    connection.sendall(answer(head, int(first or 0), int(last or 16383)))

        def listen():
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    threading.Thread(target=handle, args=(connection,), daemon=True).start()

        threading.Thread(target=listen, daemon=True).start()
        return f"http://127.0.0.1:{server.getsockname()[1]}/a.tif"

    yield start
    for server in servers:
        server.shutdown(socket.SHUT_RDWR)
        server.close()


def endless(head, first, last, wait_s=0.0):
    total = 2**31
    body = b"" if head else part_of_endless_tiff(first, last)
    time.sleep(wait_s)
    length = total if head else len(body)
    return (
        f"HTTP/1.1 {200 if head else 206} OK\r\nAccept-Ranges: bytes\r\nContent-Length: {length}\r\n"
        f"Content-Range: bytes {first}-{last}/{total}\r\n\r\n"
    ).encode() + body


class TestServerThatAnswersEverything:
    @pytest.mark.parametrize(
        ("budget", "words"),
        [
            (Budget(requests=40), "was asked"),
            (Budget(size_bytes=2**20), "has sent"),
            (Budget(seconds=1), "has taken 1 seconds"),
        ],
    )
    def test_is_left_after_so_many_requests_bytes_or_seconds(self, serve, monkeypatch, budget, words):
        monkeypatch.setattr(remote, "BUDGET", budget)
        start = time.monotonic()
        url = serve(lambda *asked: endless(*asked, wait_s=0.02))
        with pytest.raises(SceneError, match=words) as error, open_scene(url, gsd_m=0.5) as scene:
            scene.read(Tile(0, 0, SIDE, SIDE, SIDE // 4, SIDE // 4))  # of which overviews are looked for
        assert str(error.value).startswith(f"{url}: ")
        assert time.monotonic() - start < 8


class TestStop:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_ends_a_command_within_two_seconds_while_gdal_waits_for_a_server(self, serve, number):
        asked = threading.Event()

        def never(head, first, last):
            if not head:
                asked.set()
                time.sleep(30)
            return endless(head, first, last)

        command = [sys.executable, "-c", "from hardstand import main; main()", "info", serve(never)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            try:
                assert asked.wait(30)
                time.sleep(0.3)
                process.send_signal(number)
                start = time.monotonic()
                _, message = process.communicate(timeout=20)
                assert time.monotonic() - start < 2
                assert process.returncode == 130
                assert message == "Error: interrupted; what was finished is kept\n"
            finally:
                process.kill()


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


def test_an_area_of_interest_with_infinite_coordinates(tmp_path):
    path = tmp_path / "a.geojson"
    ring = "[[-8, 12], [-7, 12], [-7, Infinity], [-8, 12]]"
    path.write_text(f'{{"type": "Polygon", "coordinates": [{ring}]}}')
    with pytest.raises(UsageError) as error:
        read_aoi(path)
    assert str(error.value).startswith(f"{path}: ")
