"""What is fetched of a scene is its own pixels over an airfield, with their origin; a bad one is a line."""

import hashlib
import json

import numpy as np
import pystac
import pytest
import rasterio
import rasterio.shutil
import shapely
from affine import Affine
from rasterio.warp import transform

from hardstand import main
from imagery.airfields import airfields
from imagery.catalogue.fetch import fetch_scenes
from imagery.catalogue.places import watched_places
from imagery.errors import HardstandError
from imagery.scene import open_scene

SIDE, BLOCK = 1024, 128  # pixels of 10 m: 10 km around the airfield, of which 5 km are its area
HEADER_BYTES = 128 * 1024  # and what GDAL reads in vain at both ends of a run of blocks


@pytest.fixture(scope="module")
def cog(tmp_path_factory):
    """10 km around GABS in noise, as a COG of four bands, uint16."""
    folder = tmp_path_factory.mktemp("cog")
    noise = np.random.default_rng(0).integers(1, 3000, (4, SIDE, SIDE), np.uint16)
    x, y = transform("EPSG:4326", "EPSG:32629", *([each] for each in airfields()["GABS"].lonlat))
    place = Affine(10, 0, x[0] - 5 * SIDE, 0, -10, y[0] + 5 * SIDE)
    profile = {"width": SIDE, "height": SIDE, "count": 4, "dtype": "uint16", "crs": "EPSG:32629"}
    with rasterio.open(folder / "p.tif", "w", "GTiff", transform=place, tiled=True, **profile) as file:
        file.write(noise)
        file.update_tags(RENDERED="true")
        file.set_band_description(4, "nir")
    options = {"COMPRESS": "NONE", "BLOCKSIZE": BLOCK}
    rasterio.shutil.copy(folder / "p.tif", folder / "cog.tif", driver="COG", **options)
    return folder / "cog.tif"


@pytest.fixture
def items(server, cog, made_item, tmp_path):
    """Writes items of images on the server; each is the COG unless it is told what else."""

    def write(*changes, **files):
        server.files |= {"cog.tif": cog.read_bytes(), **files}
        listed = []
        for number, change in enumerate(changes or ({},)):
            made = made_item(
                f"S{number}", href=server.url(change.pop("image", "cog.tif")), **change.pop("says", {})
            )
            made["assets"]["visual"] |= change.pop("asset", {})
            made["properties"]["hardstand:airfields"] = ["GABS"]
            listed.append({**made, **change})
        path = tmp_path / "items.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": listed}))
        return [f"{path}#{each['id']}" for each in listed]

    return write


@pytest.fixture
def fetched(tmp_path):
    """Fetches items into a folder."""
    folder = tmp_path / "fetched"
    folder.mkdir()

    def fetch(names, **options):
        return list(fetch_scenes(names, folder, analyst="A. Analyst", **options))

    return fetch


def only_error(results):
    (result,) = results
    assert isinstance(result.error, HardstandError), result
    assert "\n" not in str(result.error)
    return str(result.error)


def test_only_the_blocks_over_the_airfield_are_fetched_and_they_are_the_images_own(
    server, items, fetched, cog
):
    (result,) = fetched(items())
    record = json.loads(result.path.read_text())
    with rasterio.open(result.path.with_suffix(".tif")) as copy, rasterio.open(cog) as image:
        window = rasterio.windows.from_bounds(*copy.bounds, image.transform)
        assert np.array_equal(copy.read(), image.read(window=window))
        assert copy.crs == image.crs
        assert copy.tags()["RENDERED"] == "true"
        assert copy.descriptions[3] == "nir"
        assert copy.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        square = shapely.from_geojson(json.dumps(record["geometry"]))
    (place,) = watched_places(["GABS"], None)
    assert shapely.covers(square, place.area)
    blocks = (copy.width // BLOCK) * (copy.height // BLOCK)
    assert blocks == 16, "5 km and 88 m, in blocks of 1.28 km"
    assert server.sent <= blocks * BLOCK * BLOCK * 8 + HEADER_BYTES
    assert result.bytes_read == pytest.approx(server.sent, rel=0.05)


def test_beside_a_copy_is_an_item_that_says_who_fetched_it_from_where_and_its_hash(server, items, fetched):
    server.files["signed"] = server.files.get("cog.tif")
    (name,) = items({"image": "cog.tif?sig=hunter2"})
    (result,) = fetched([name])
    item = pystac.Item.from_file(str(result.path))
    copy = result.path.with_suffix(".tif")
    origin = item.properties["hardstand:fetched"]
    assert origin["by"] == "A. Analyst"
    assert origin["from"] == server.url("cog.tif")
    assert origin["etag"] == '"one"'
    assert origin["sha256"] == hashlib.sha256(copy.read_bytes()).hexdigest()
    assert item.assets["visual"].extra_fields["file:checksum"] == "1220" + origin["sha256"]
    assert "hunter2" not in result.path.read_text()
    with open_scene(result.path) as scene:
        record = scene.record()
    assert record.acquired == "2023-10-27T10:36:11Z"
    assert record.source_url == server.url("cog.tif")
    assert record.image_id == "S0"
    assert record.sha256 == origin["sha256"]


def test_a_run_that_is_repeated_asks_the_server_nothing(server, items, fetched):
    names = items({}, {})
    first = fetched(names)
    server.requests.clear()
    again = fetched(names)
    assert [result.path for result in again] == [result.path for result in first]
    assert all(result.kept for result in again)
    assert server.requests == []


def test_what_was_not_finished_is_fetched_again(items, fetched):
    (name,) = items()
    (result,) = fetched([name])
    content = result.path.with_suffix(".tif").read_bytes()
    result.path.unlink()
    (again,) = fetched([name])
    assert not again.kept
    assert again.path.with_suffix(".tif").read_bytes() == content, "the same pixels make the same file"


def test_a_copy_of_another_area_is_not_replaced_unasked(items, fetched):
    (name,) = items()
    fetched([name])
    apron = shapely.MultiPolygon([shapely.Point(airfields()["GABS"].lonlat).buffer(0.005)])
    assert "already exists" in only_error(fetched([name], aoi=apron))
    (result,) = fetched([name], aoi=apron, overwrite=True)
    assert result.error is None


def test_of_an_area_only_the_cells_that_it_touches_are_read_and_the_others_hold_no_data(
    server, items, fetched
):
    """Two aprons in opposite corners of the airfield."""
    lon, lat = airfields()["GABS"].lonlat
    corners = [shapely.Point(lon + side * 0.02, lat + side * 0.02).buffer(0.002) for side in (-1, 1)]
    (result,) = fetched(items(), aoi=shapely.MultiPolygon(corners))
    with rasterio.open(result.path.with_suffix(".tif")) as copy:
        valid = copy.dataset_mask() > 0
        assert valid[0, -1]
        assert valid[-1, 0]
        assert not valid[0, 0]
        assert not copy.read()[:, ~valid].any()
    assert server.sent < 8 * BLOCK * BLOCK * 8 + HEADER_BYTES


def test_a_budget_of_bytes_is_kept_and_the_rest_left(server, items, fetched):
    names = items({}, {}, {})
    of_one = 16 * BLOCK * BLOCK * 8
    results = fetched(names, most_bytes=2 * of_one)
    assert [result.left for result in results] == [False, True, True]
    assert server.sent <= 2 * of_one
    assert [result.kept for result in fetched(names)] == [True, False, False]


def test_a_copy_that_is_there_is_fetched_again_where_it_shall_be_overwritten(items, fetched):
    names = items()
    fetched(names)
    assert [result.kept for result in fetched(names, overwrite=True)] == [False]


def test_a_signature_that_has_run_out_is_renewed_from_the_catalogue(server, items, fetched, made_item):
    server.files["old.tif"] = 403
    renewed = made_item("S0", href=server.url("cog.tif"))
    server.files["items/S0"] = json.dumps(renewed).encode()
    links = [{"rel": "self", "href": server.url("items/S0")}]
    (result,) = fetched(items({"image": "old.tif", "links": links}))
    assert result.error is None
    origin = json.loads(result.path.read_text())["properties"]["hardstand:fetched"]
    assert origin["from"] == server.url("cog.tif")


def test_a_scene_whose_signature_has_run_out_is_opened_by_the_address_that_the_catalogue_gives_now(
    server, items, made_item
):
    """As for `hardstand detect items.geojson`, a day after the search."""
    server.files["old.tif"] = 403
    server.files["items/S0"] = json.dumps(made_item("S0", href=server.url("cog.tif?sig=new"))).encode()
    links = [{"rel": "self", "href": server.url("items/S0")}]
    (name,) = items({"image": "old.tif?sig=old", "links": links})
    with open_scene(name) as scene:
        assert scene.grid.width == SIDE
        record = scene.record()
    assert "sig=" not in json.dumps(record.__dict__, default=str)
    assert (record.path, record.image_id) == (name, "S0")


class TestBadAsset:
    @pytest.mark.parametrize(
        ("image", "why"),
        [(404, "404"), (403, "403"), (b"<html>log in</html>" * 99, "not an image"), (b"", "")],
    )
    def test_one_that_is_gone_wants_a_login_or_is_no_image(self, items, fetched, image, why):
        (name, good) = items({"image": "bad.tif"}, {}, **{"bad.tif": image})
        bad, fine = fetched([name, good])
        assert why in only_error([bad])
        assert str(bad.error).startswith(f"{name}: ")
        assert fine.error is None

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            ({"asset": {"file:size": 1000}}, "says that its image has 1,000 bytes, but that has "),
            ({"asset": {"proj:shape": [5, 5]}}, "has [5, 5] rows and columns, but that has [1024, 1024]"),
            ({"says": {"proj:code": "EPSG:32630"}}, "is in EPSG:32630, but that is in EPSG:32629"),
            ({"says": {"proj:epsg": 4326}}, "is in EPSG:4326"),
            ({"geometry": {"type": "Point", "coordinates": [10, 50]}}, "lies at lon 10.000, lat 50.000, but"),
        ],
        ids=str,
    )
    def test_an_item_that_lies_of_size_crs_or_place(self, items, fetched, change, why):
        assert why in only_error(fetched(items(change)))

    def test_an_item_that_lies_of_the_time(self, items, fetched, geotiff):
        """The image says another day."""
        image = geotiff(
            np.ones((1, 60, 80), np.uint8), imagery={"ACQUISITIONDATETIME": "2022-01-01T10:00:00Z"}
        )
        name = items({"image": "dated.tif", "geometry": None}, **{"dated.tif": image.read_bytes()})
        assert "so one of them is of another image" in only_error(fetched(name))

    def test_an_image_that_does_not_reach_the_airfield(self, items, fetched, geotiff):
        image = geotiff(np.ones((1, 60, 80), np.uint8))
        name = items({"image": "far.tif", "geometry": None}, **{"far.tif": image.read_bytes()})
        assert only_error(fetched(name)) == f"{name[0]}: its image shows nothing of the place"

    def test_an_image_that_changes_into_nothing_while_it_is_read_leaves_no_file(
        self, server, items, fetched, tmp_path
    ):
        (name,) = items()
        whole = server.files["cog.tif"]

        def once(handler):
            server.files["cog.tif"] = lambda _handler: whole if server.sent < 1_000_000 else 404
            return whole

        server.files["cog.tif"] = once
        assert "cannot be read" in only_error(fetched([name]))
        assert list((tmp_path / "fetched").iterdir()) == []

    def test_an_item_that_was_found_for_no_airfield(self, items, fetched):
        (name,) = items({"properties": {}})
        assert only_error(fetched([name])).startswith(f"{name}: no place named; give ")

    def test_a_name_that_is_no_item(self, fetched, cog):
        assert "not a STAC item; give the items of a catalogue" in only_error(fetched([str(cog)]))


def test_the_command_prints_the_items_of_the_copies_and_counts(items, tmp_path, cli, monkeypatch):
    monkeypatch.setenv("HARDSTAND_ANALYST", "B. Analyst")
    names = items({}, {"image": "gone.tif"}, **{"gone.tif": 404})
    out = tmp_path / "out"
    run = cli.invoke(main, ["scenes", "fetch", names[0].partition("#")[0], "-o", str(out)])
    assert run.exit_code == 1
    assert run.stdout == f"{out / 'S0-GABS.json'}\n"
    assert "1 fetched, 1 failed; " in run.stderr
    aoi = tmp_path / "apron.geojson"
    aoi.write_text(shapely.to_geojson(shapely.Point(airfields()["GABS"].lonlat).buffer(0.005)))
    again = cli.invoke(main, ["scenes", "fetch", names[0], "-o", str(out), "--aoi", str(aoi)])
    assert again.stderr.startswith(
        f"Error: {out / 'S0-GABS.json'}: already exists; move it away or give --overwrite"
    )
    assert (
        json.loads((out / "S0-GABS.json").read_text())["properties"]["hardstand:fetched"]["by"]
        == "B. Analyst"
    )
