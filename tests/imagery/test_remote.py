"""A COG on a server is read by the blocks that are needed, and identified by what the server and they say."""

import hashlib

import numpy as np
import pytest
import rasterio
import rasterio.shutil
import shapely
from affine import Affine

from detect.archive import scan_archive
from imagery.errors import OutputExists, SceneError
from imagery.opening import is_remote
from imagery.remote import RemoteState, remote_state
from imagery.scene import open_scene
from imagery.tiling import LARGEST_AIRCRAFT_M

SIDE = 6144
BLOCK = 512
TRANSFORM = Affine(0.5, 0, 600000, 0, -0.5, 1400000)
# GDAL reads the directories at the front in pieces of 16 kB, twice as much each time it goes on, and its
# cache keeps pieces of 32 kB, so that at both ends of a run of blocks such a piece may be read in vain.
HEADER_BYTES = 128 * 1024
PIECE_BYTES = 32 * 1024


@pytest.fixture(scope="module")
def cog(tmp_path_factory):
    """150 MB of noise with overviews, as a COG."""
    folder = tmp_path_factory.mktemp("cog")
    noise = np.random.default_rng(0).integers(0, 256, (3, SIDE, SIDE), np.uint8)
    profile = {"width": SIDE, "height": SIDE, "count": 3, "dtype": "uint8", "crs": "EPSG:32629"}
    with rasterio.open(
        folder / "plain.tif", "w", "GTiff", transform=TRANSFORM, tiled=True, **profile
    ) as file:
        file.write(noise)
    options = {"COMPRESS": "NONE", "BLOCKSIZE": BLOCK, "OVERVIEW_RESAMPLING": "NEAREST"}
    rasterio.shutil.copy(folder / "plain.tif", folder / "cog.tif", driver="COG", **options)
    (folder / "plain.tif").unlink()
    return folder / "cog.tif"


@pytest.fixture
def small(geotiff, noise):
    return geotiff(noise, tiled=True, blockxsize=16, blockysize=16)


def square(grid, col, row, side_px):
    """An area of interest of so many pixels."""
    corners = [(col, row), (col + side_px, row), (col + side_px, row + side_px), (col, row + side_px)]
    return shapely.MultiPolygon([shapely.Polygon(grid.lonlats(corners))])


def test_a_square_kilometre_out_of_a_large_cog_fetches_its_blocks_and_the_header_only(server, cog):
    """The bound: every block of full resolution that the area and half an aircraft around it touch."""
    server.files["cog.tif"] = cog.read_bytes()
    with open_scene(cog) as local:
        aoi = square(local.grid, 2100, 2600, 2000)
    with open_scene(server.url("cog.tif"), aoi=aoi) as scene:
        images = [scene.read(tile) for tile in scene.tiles(0.5, 512)]
        record = scene.record()
    margin = LARGEST_AIRCRAFT_M / 2 / 0.5 + 1
    cols, rows = (
        int((start + 2000 + margin) // BLOCK) - int((start - margin) // BLOCK) + 1 for start in (2100, 2600)
    )
    bound = cols * rows * BLOCK * BLOCK * 3 + HEADER_BYTES + rows * 2 * PIECE_BYTES
    assert len(server.files["cog.tif"]) > 140e6
    assert sum(image.valid.sum() for image in images) >= 2000 * 2000
    assert server.sent <= bound
    assert server.sent < len(server.files["cog.tif"]) / 5
    with open_scene(cog, aoi=aoi) as local:
        for image in images:
            assert np.array_equal(image.pixels, local.read(image.tile).pixels)
    assert record.size_bytes == len(server.files["cog.tif"])


def test_looking_at_what_a_large_cog_is_fetches_its_header_only(server, cog):
    server.files["cog.tif"] = cog.read_bytes()
    with open_scene(server.url("cog.tif")) as scene:
        record = scene.record(with_hash=False)
    assert server.sent <= HEADER_BYTES
    assert (record.width, record.crs, record.sha256) == (SIDE, "EPSG:32629", None)


def test_a_record_says_what_was_read_and_that_it_is_no_hash_of_the_whole_file(server, small):
    server.files["scene.tif"] = small.read_bytes()
    url = server.url("scene.tif")
    with open_scene(url) as scene:
        tiles = scene.tiles(0.5, 512)
        expected = hashlib.sha256()
        for tile in tiles:
            pixels = scene.read(tile).pixels
            expected.update(f"{tile.col} {tile.row} {tile.width} {tile.height}\n".encode())
            expected.update(pixels.tobytes())
        record = scene.record()
    assert record.sha256 == expected.hexdigest()
    assert (record.sha256_covers, record.etag) == ("pixels read", '"one"')
    assert record.size_bytes == small.stat().st_size
    assert (record.path, record.source_url) == (url, url)
    with open_scene(small) as scene:
        assert (scene.record().sha256_covers, scene.record().etag) == ("files", None)


def test_a_key_in_the_address_stays_out_of_the_record_which_others_will_read(server, small):
    server.files["scene.tif"] = small.read_bytes()
    with open_scene(server.url("scene.tif?X-Amz-Signature=secret")) as scene:
        record = scene.record()
    assert record.path == record.source_url == server.url("scene.tif")
    assert "secret" not in repr(record)


def test_no_sidecar_is_asked_for_since_each_would_be_a_request(server, small):
    server.files["scene.tif"] = small.read_bytes()
    with open_scene(server.url("scene.tif")) as scene:
        scene.record()
    assert {name for _, name, _ in server.requests} == {"scene.tif"}


class TestRepeatedRun:
    @pytest.fixture
    def run(self, tmp_path, bright_detector):
        """Scans files on the server, in which nothing is that bright, into one folder."""

        def run(*urls):
            return list(scan_archive(urls, tmp_path, bright_detector(threshold=255)))

        return run

    def test_keeps_what_is_there_while_the_server_says_that_it_is_the_same_file(self, server, small, run):
        server.files["scene.tif"] = small.read_bytes()
        (first,) = run(server.url("scene.tif"))
        before = server.sent
        (again,) = run(server.url("scene.tif"))
        assert (first.kept, again.kept, again.error) == (False, True, None)
        assert server.sent - before <= small.stat().st_size

    @pytest.mark.parametrize("etag", ['"two"', None])
    def test_does_not_keep_it_where_the_file_is_another_or_the_server_does_not_say(
        self, server, small, run, etag
    ):
        server.files["scene.tif"] = small.read_bytes()
        server.etag = etag and '"one"'
        run(server.url("scene.tif"))
        server.etag = etag
        (again,) = run(server.url("scene.tif"))
        assert isinstance(again.error, OutputExists)

    def test_two_of_one_name_on_one_server_have_a_file_each(self, server, small, run):
        for name in ("a/visual.tif", "b/visual.tif"):
            server.files[name] = small.read_bytes()
        urls = [server.url(name) for name in server.files]
        results = run(*urls)
        assert [result.error for result in results] == [None, None]
        assert len({result.path for result in results}) == 2
        assert all(result.kept for result in run(*urls))


class TestRefusal:
    def refusal(self, url, **options):
        with pytest.raises(SceneError) as error, open_scene(url, **options):
            pass
        message = str(error.value)
        assert message.startswith(f"{url}: ")
        assert "\n" not in message
        return message

    def test_a_file_that_is_not_there(self, server):
        assert "404" in self.refusal(server.url("gone.tif"))
        assert "check the address" in self.refusal(server.url("gone.tif"))

    def test_a_page_instead_of_an_image(self, server):
        server.files["scene.tif"] = b"<html>please log in</html>" * 900
        assert "not an image that GDAL can open" in self.refusal(server.url("scene.tif"))

    def test_a_server_that_is_gone(self, server):
        server.stop()
        assert "check the address" in self.refusal(server.url("scene.tif"))

    def test_a_server_that_goes_while_the_scene_is_read(self, server, cog):
        server.files["cog.tif"] = cog.read_bytes()
        with open_scene(server.url("cog.tif")) as scene:
            server.files.clear()
            server.stop()
            with pytest.raises(SceneError, match=r"cannot be read .* when the server answers") as error:
                scene.read(scene.tiles(0.5, 512)[-1])
            assert "\n" not in str(error.value)

    def test_a_file_that_changes_on_the_server_while_it_is_read(self, server, small):
        server.files["scene.tif"] = small.read_bytes()
        with open_scene(server.url("scene.tif")) as scene:
            scene.read(scene.tiles(0.5, 512)[0])
            server.etag = '"two"'
            with pytest.raises(SceneError, match="changed while it was being read"):
                scene.record()


def test_a_server_without_ranges_serves_a_file_of_one_piece(server, small, noise):
    server.files["scene.tif"] = small.read_bytes()
    server.ranges = False
    with open_scene(server.url("scene.tif")) as scene:
        image = scene.read(scene.tiles(0.5, 512)[0])
    assert np.array_equal(np.moveaxis(image.pixels, -1, 0), noise)


def test_a_server_without_ranges_is_refused_rather_than_fetched_whole_for_each_block(server, geotiff):
    server.files["scene.tif"] = geotiff(np.ones((3, 400, 400), np.uint8), tiled=True).read_bytes()
    server.ranges = False
    url = server.url("scene.tif")
    with pytest.raises(SceneError) as error, open_scene(url) as scene:
        scene.read(scene.tiles(0.5, 512)[0])
    assert str(error.value).startswith(f"{url}: ")
    assert "\n" not in str(error.value)
    assert "ange" in str(error.value)


class TestState:
    def test_size_and_etag_are_those_of_the_server(self, server):
        server.files["a"] = b"12345678"
        assert remote_state(server.url("a")) == RemoteState(8, '"one"')
        assert remote_state(f"/vsicurl/{server.url('a')}") == RemoteState(8, '"one"')

    def test_a_signed_address_that_allows_get_only_tells_them_as_well(self, server):
        server.files["a"] = b"12345678"
        server.get_only = True
        assert remote_state(server.url("a?signature=1")) == RemoteState(8, '"one"')
        assert server.sent <= 1, "a file of a gigabyte is not fetched to learn its size"

    @pytest.mark.parametrize("name", ["s3://bucket/a.tif", "/vsis3/bucket/a.tif", "http://["])
    def test_what_cannot_be_asked_says_nothing(self, name):
        assert remote_state(name) == RemoteState(None, None)

    def test_an_error_page_is_not_the_file(self, server):
        assert remote_state(server.url("gone")) == RemoteState(None, None)


@pytest.mark.parametrize("name", ["http://a/b.tif", "https://a/b.tif", "s3://a/b.tif", "/vsicurl/http://a/b"])
def test_names_that_are_read_over_a_network(name):
    assert is_remote(name)
    assert not is_remote(f"/data/{name}")
