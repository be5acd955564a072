"""A STAC item opens the image that it is about, and an item from a stranger does no harm."""

import json
import socket

import httpx
import numpy as np
import pytest

from imagery.errors import HardstandError, SceneError, UsageError
from imagery.scene import open_scene
from imagery.stac import ITEM_BYTES, is_stac, stac_asset

COG = "image/tiff; application=geotiff; profile=cloud-optimized"


def item(assets, **properties):
    return {
        "type": "Feature",
        "stac_version": "1.0.0",
        "id": "S1",
        "properties": {"datetime": "2023-10-27T10:36:11Z", **properties},
        "geometry": None,
        "links": [],
        "assets": assets,
    }


@pytest.fixture
def written(tmp_path):
    """Writes an item, or whatever else, as a file."""

    def write(content):
        path = tmp_path / "item.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return str(path)

    return write


@pytest.fixture
def served(monkeypatch):
    """Answers for the web: whatever address is asked for gives this content."""

    def serve(content):
        text = content if isinstance(content, str) else json.dumps(content)
        transport = httpx.MockTransport(lambda request: httpx.Response(200, text=text))

        def stream(method, url, *, timeout, follow_redirects):
            client = httpx.Client(transport=transport, timeout=timeout, follow_redirects=follow_redirects)
            return client.stream(method, url)

        monkeypatch.setattr(httpx, "stream", stream)

    return serve


def refused(name, kind=HardstandError, asset=None):
    with pytest.raises(kind) as error:
        stac_asset(name, asset)
    message = str(error.value)
    assert message.startswith(f"{name}: ")
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("assets", "chosen"),
    [
        ({"a": {"href": "a.tif", "type": COG}}, "a.tif"),
        (
            {
                "thumbnail": {"href": "t.png", "type": "image/png", "roles": ["thumbnail"]},
                "meta": {"href": "m.xml", "type": "application/xml", "roles": ["metadata"]},
                "preview": {"href": "o.tif", "type": COG, "roles": ["overview"]},
                "image": {"href": "i.tif", "type": COG, "roles": ["data"]},
            },
            "i.tif",
        ),
        (
            {
                "analytic": {"href": "n.tif", "type": COG, "roles": ["data"]},
                "rgb": {"href": "v.tif", "type": COG, "roles": ["visual"]},
            },
            "v.tif",
        ),
        (
            {
                "B02": {"href": "b.jp2", "type": "image/jp2", "roles": ["data"]},
                "visual": {"href": "v.jp2", "type": "image/jp2", "roles": ["data"]},
            },
            "v.jp2",
        ),
        ({"a": {"href": "A.TIF"}, "b": {"href": "b.txt"}}, "A.TIF"),
        ({"x": {"href": "x.tif", "type": COG, "roles": ["data"]}, "y": {"href": "y.tif"}}, "x.tif"),
    ],
    ids=["only one", "not the thumbnail", "role visual", "key visual", "by suffix", "data first"],
)
def test_the_image_is_chosen_by_role_and_media_type(written, tmp_path, assets, chosen):
    assert stac_asset(written(item(assets))).href == str(tmp_path / chosen)


def test_several_alike_are_not_guessed_between_but_named(written):
    name = written(item({key: {"href": f"{key}.tif", "type": COG, "roles": ["data"]} for key in ("a", "b")}))
    assert "give one of them as `asset`: a, b" in refused(name, UsageError)
    assert stac_asset(name, "b").href.endswith("/b.tif")


def test_an_asset_that_is_named_goes_before_any_choice(written):
    name = written(item({"a": {"href": "a.tif", "roles": ["visual"]}, "b": {"href": "b.bin"}}))
    assert stac_asset(name, "b").href.endswith("/b.bin")
    assert "has no asset 'c'; it has: a, b" in refused(name, UsageError, asset="c")


@pytest.mark.parametrize("assets", [{}, {"meta": {"href": "a.xml", "type": "text/xml"}}])
def test_an_item_without_an_image(written, assets):
    assert "none of its assets is an image" in refused(written(item(assets)), SceneError)


@pytest.mark.parametrize(
    ("href", "resolved"),
    [
        ("a.tif", "{folder}/a.tif"),
        ("./sub/../a.tif", "{folder}/sub/../a.tif"),
        ("/data/a.tif", "/data/a.tif"),
        ("file:///data/a%20b.tif", "/data/a b.tif"),
        ("https://example.org/a.tif?sig=1", "https://example.org/a.tif?sig=1"),
        ("s3://bucket/a.tif", "s3://bucket/a.tif"),
    ],
)
def test_a_href_in_a_file_is_relative_to_the_file(written, tmp_path, href, resolved):
    found = stac_asset(written(item({"a": {"href": href, "type": COG}}))).href
    assert found.replace("/./", "/").replace(f"{tmp_path}/sub/..", f"{tmp_path}/sub/..") == resolved.format(
        folder=tmp_path
    )


@pytest.mark.parametrize(
    ("href", "resolved"),
    [
        ("a.tif", "https://example.org/items/a.tif"),
        ("../a.tif", "https://example.org/a.tif"),
        ("/data/a.tif", "https://example.org/data/a.tif"),
        ("https://other.org/a.tif", "https://other.org/a.tif"),
        ("s3://bucket/a.tif", "s3://bucket/a.tif"),
    ],
)
def test_a_href_on_the_web_is_relative_to_the_address(served, href, resolved):
    served(item({"a": {"href": href, "type": COG}}))
    assert stac_asset("https://example.org/items/1.json").href == resolved


@pytest.mark.parametrize(
    "href", ["file:///etc/passwd", "ftp://example.org/a.tif", "data:image/tiff;base64,AA"]
)
def test_an_item_from_the_web_may_not_name_this_machines_files(served, href):
    served(item({"a": {"href": href, "type": COG}}))
    assert "is not an address on the web" in refused("https://example.org/items/1.json", SceneError)


def test_an_absolute_path_from_the_web_is_one_on_the_server(served):
    """`/vsicurl/...` and `/etc/...` too: GDAL never sees them as such."""
    served(item({"a": {"href": "/vsizip//etc/a.zip", "type": COG}}))
    found = stac_asset("https://example.org/items/1.json").href
    assert found == "https://example.org/vsizip//etc/a.zip"


@pytest.mark.parametrize(
    "content",
    [
        *("", "no JSON", "[]", "3", "null", '{"stac_version": "1.0.0"}', "[" * 100_000),
        {"stac_version": "1.0.0", "assets": []},
        {"stac_version": "1.0.0", "assets": {"a": "a.tif"}},
        {"type": "FeatureCollection", "features": []},
        item({"a": {"href": 3, "type": COG}}),
        item({"a": {"href": "", "type": COG}}),
        item({"a": {"type": COG}}),
        item({"a": {"href": "http://[", "type": COG}}),
        item({"a": {"href": None, "type": 3, "roles": 3}}),
        item({"a": {"href": ["a.tif"], "type": COG, "roles": [["data"], None]}}),
        {**item({"a": {"href": "a.tif"}}), "stac_version": [1, 0]},
        {**item({"a": {"href": "a.tif"}}), "type": "Catalog"},
    ],
    ids=range(18),
)
def test_what_is_no_item_or_a_hostile_one_is_refused_in_one_line(written, content):
    refused(written(content), SceneError)


@pytest.mark.parametrize(
    "members",
    [
        *(
            {"links": links}
            for links in (None, 3, [{"rel": "self"}], [{"rel": "root", "href": "http://[::1]:9/"}])
        ),
        *(
            {"stac_extensions": names}
            for names in (None, 3, [None], ["eo", "https://a.org/view/v9/schema.json"])
        ),
        *({"geometry": 5}, {"bbox": "everywhere"}, {"collection": {}}, {"properties": {"deprecated": True}}),
    ],
    ids=str,
)
def test_members_that_nobody_asks_for_may_be_wrong_and_no_link_is_followed(written, members, monkeypatch):
    def connect(*args):
        raise AssertionError("an item was enough")

    monkeypatch.setattr(socket.socket, "connect", connect)
    name = written({**item({"a": {"href": "a.tif", "type": COG}}), **members})
    assert stac_asset(name).href.endswith("/a.tif")


def test_an_item_of_an_older_version_of_the_specification_is_read_as_one_of_todays(written):
    old = item({"a": {"href": "a.tif", "type": COG}}, platform="PHR1B", **{"eo:off_nadir": 12.5})
    statement = stac_asset(written({**old, "stac_version": "0.8.1", "stac_extensions": ["eo"]})).statement
    assert (statement.sensor, statement.image_id) == ("Pléiades 1B", "S1")
    assert statement.off_nadir_deg == 12.5


def test_roles_that_are_none_do_not_matter(written):
    assert stac_asset(written(item({"a": {"href": "a.tif", "type": COG, "roles": 5}}))).href.endswith("a.tif")


def test_an_item_of_megabytes_is_none(written, served):
    assert "too large" in refused(written(" " * (ITEM_BYTES + 1)), SceneError)
    served(" " * (ITEM_BYTES + 1))
    assert "too large" in refused("https://example.org/1.json", SceneError)


def test_an_item_that_is_not_there(tmp_path):
    assert "check the path" in refused(str(tmp_path / "gone.json"), UsageError)
    assert "check the address" in refused("http://127.0.0.1:9/item.json", SceneError)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *(("item.json", True), ("a/ITEM.GEOJSON", True), ("https://a.org/items/1.json?token=x", True)),
        *(("scene.tif", False), ("https://a.org/a.tif?x=.json", False), ("/vsizip/a.zip/b.json", False)),
        ("http://[", False),
    ],
)
def test_an_item_is_known_by_its_name(name, expected):
    assert is_stac(name) is expected


class TestScene:
    @pytest.fixture
    def path(self, geotiff, noise, written):
        geotiff(noise, "image.tif")
        assets = {"image": {"href": "image.tif", "type": COG, "roles": ["data"]}}
        return written(item(assets, platform="PHR1B", **{"view:off_nadir": 12.5}))

    def test_is_the_image_with_what_the_item_says_of_it(self, path, noise):
        with open_scene(path) as scene:
            record = scene.record()
            image = scene.read(scene.tiles(0.5, 512)[0])
        assert np.array_equal(np.moveaxis(image.pixels, -1, 0), noise)
        assert (record.path, record.image_id, record.off_nadir_deg) == (path, "S1", 12.5)
        assert (record.acquired, record.acquired_from) == ("2023-10-27T10:36:11Z", "STAC item")
        assert record.sensor == "Pléiades 1B"
        assert record.source_url is None, "a path is no address"

    def test_the_asset_that_was_named_is_recorded(self, path):
        with open_scene(path, asset="image") as scene:
            assert scene.record().opened_with == {"asset": "image"}

    @pytest.mark.parametrize(
        ("start", "end", "moment", "text", "contradicted"),
        [
            ("2023-10-27T10:36:11.1Z", "2023-10-27T10:36:13.2Z", None, "2023-10-27T10:36Z", "2019-01-01"),
            ("2023-10-27T00:00:00Z", "2023-10-28T00:00:00Z", None, "2023-10-27", "2023-10-28"),
            ("2023-10-27T00:00:00Z", "2023-10-27T23:59:59Z", None, "2023-10-27", "2023-10-28"),
            ("2023-10-01T00:00:00Z", "2023-10-31T00:00:00Z", None, "2023-10", "2023-11-01"),
            ("2023-10-01T00:00:00Z", "2023-11-01T00:00:00Z", None, "2023-10", "2023-11-01"),
            ("2023-09-01T00:00:00Z", "2023-11-01T00:00:00Z", None, None, "2023-11-01"),
            # A nominal time in the middle of many days is the time of no image.
            ("2023-10-01T00:00:00Z", "2023-10-21T00:00:00Z", "2023-10-11T12:00:00Z", "2023-10", "2023-11"),
            (
                "2023-10-27T00:00:00Z",
                "2023-10-27T23:59:59Z",
                "2023-10-27T10:36:11Z",
                "2023-10-27T10:36:11Z",
                "2019",
            ),
        ],
    )
    def test_a_range_is_known_as_precisely_as_both_its_ends_agree_and_bounds_other_times(
        self, geotiff, noise, written, start, end, moment, text, contradicted
    ):
        geotiff(noise, "image.tif")
        times = {"datetime": moment, "start_datetime": start, "end_datetime": end}
        path = written(item({"a": {"href": "image.tif"}}, **times))
        with open_scene(path) as scene:
            assert scene.acquisition.text == text
        contradicted = contradicted if "-" in contradicted else f"{contradicted}-05"
        with pytest.raises(SceneError, match="one of them is of another image"):
            open_scene(path, acquired=contradicted)

    def test_midnight_stands_for_a_day_so_a_time_of_that_day_is_no_contradiction(
        self, geotiff, noise, written
    ):
        geotiff(noise, "image.tif")
        path = written(item({"a": {"href": "image.tif"}}, datetime="2023-10-27T00:00:00.000Z"))
        with open_scene(path) as scene:
            assert (scene.acquisition.text, scene.acquisition.precision) == ("2023-10-27", "day")
        with open_scene(path, acquired="2023-10-27T10:36:11Z") as scene:
            assert scene.acquisition.text == "2023-10-27T10:36:11Z"

    @pytest.mark.parametrize("placeholder", ["1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z"])
    def test_the_first_day_that_a_program_can_write_is_no_date(self, geotiff, noise, written, placeholder):
        geotiff(noise, "image.tif")
        with open_scene(written(item({"a": {"href": "image.tif"}}, datetime=placeholder))) as scene:
            assert scene.acquisition.text is None

    def test_a_range_that_its_own_time_is_not_in_is_refused(self, written):
        times = {"start_datetime": "2023-10-27T10:36:11Z", "end_datetime": "2023-10-27T10:36:13Z"}
        statement = stac_asset(
            written(item({"a": {"href": "a.tif"}}, datetime="2021-05-03T00:00:00Z", **times))
        ).statement
        assert "its datetime is not between its start_datetime and its end_datetime" in statement.damage

    def test_an_asset_of_its_own_time_goes_before_the_item(self, written):
        asset = {"href": "a.tif", "datetime": "2023-10-28T09:00:00Z"}
        assert stac_asset(written(item({"a": asset}))).statement.acquired.text == "2023-10-28T09:00:00Z"

    def test_the_users_word_goes_first_and_a_contradiction_is_refused(self, path):
        with open_scene(path, acquired="2023-10-27") as scene:
            assert scene.acquisition.source == "option --acquired"
        with pytest.raises(SceneError, match=r"`acquired` says 2021-05-01 and STAC item says 2023"):
            open_scene(path, acquired="2021-05-01")

    def test_an_asset_of_what_is_no_item(self, geotiff, noise):
        with pytest.raises(UsageError, match="not a STAC item, so `asset` means nothing"):
            open_scene(geotiff(noise), asset="visual")


@pytest.mark.parametrize("member", ["eo:bands", "bands"])
def test_the_bands_that_an_item_names_are_shown_as_what_they_are(geotiff, written, member):
    key = "common_name" if member == "eo:bands" else "eo:common_name"
    geotiff(np.arange(1, 5, dtype=np.uint8)[:, None, None] * np.ones((1, 60, 80), np.uint8), "image.tif")
    asset = {"href": "image.tif", member: [{key: name} for name in ("blue", "green", "red", "nir")]}
    with open_scene(written(item({"a": asset}))) as scene:
        assert scene.bands[:2] == ((3, 2, 1), ("red", "green", "blue"))
