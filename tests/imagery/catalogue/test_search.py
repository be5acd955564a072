"""A catalogue gives the scenes of a place and time, and a bad one does no harm."""

import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import shapely

from hardstand import main
from imagery.catalogue.asking import CatalogueReader
from imagery.catalogue.listing import Asked, listed_items
from imagery.catalogue.places import watched_places
from imagery.catalogue.search import Wanted, search_catalogue, searched_period
from imagery.errors import CatalogueError, UsageError
from imagery.remote import Budget
from imagery.scene_names import scene_names
from imagery.stac import stac_asset

GABS = watched_places(["GABS"], None)
BOTH = watched_places(["GABS", "GAKY"], None)
API = {
    "type": "Catalog",
    "stac_version": "1.0.0",
    "id": "api",
    "description": "",
    "conformsTo": ["https://api.stacspec.org/v1.0.0/core", "https://api.stacspec.org/v1.0.0/item-search"],
}


def identifiers(result):
    return [item.identifier for item in result.items]


@pytest.fixture(params=["api", "collection of an api", "static", "items"])
def catalogue(request, tmp_path, year):
    """The same items in each kind of catalogue."""
    if request.param == "static":
        return request.getfixturevalue("static_catalogue")
    if request.param == "items":
        path = tmp_path / "all.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": year}))
        return path
    api = request.getfixturevalue("stac_api")
    return f"{api}/collections/year" if "collection" in request.param else api


def test_every_kind_of_catalogue_gives_the_same_items_by_place_time_clouds_and_gsd(catalogue):
    period = searched_period("2023-03", "2023-08-10")
    result = search_catalogue(catalogue, Wanted(BOTH, period, max_cloud=50, max_gsd_m=1))
    assert result.problems == []
    assert identifiers(result) == ["GABS-03", "GABS-04", "GABS-05", "GABS-06", "GAKY-07"], (
        "in order of time; GAKY-07 states neither clouds nor GSD"
    )
    assert [item.airfields for item in result.items] == [("GABS",)] * 4 + [("GAKY",)]
    assert identifiers(search_catalogue(catalogue, Wanted(watched_places(["GAKY"], None)))) == [
        "GAKY-06",
        "GAKY-07",
    ]


def test_a_catalogue_of_many_pages_is_read_to_its_end(stac_api, monkeypatch):
    monkeypatch.setattr("imagery.catalogue.listing.PAGE", 5)
    assert len(search_catalogue(stac_api, Wanted(BOTH)).items) == 14


def test_items_that_were_found_are_scenes_wherever_they_are_read(stac_api, tmp_path, monkeypatch, cli):
    out = tmp_path / "items.geojson"
    run = cli.invoke(
        main, ["scenes", "search", "--catalogue", stac_api, "--airfield", "GABS", "-o", str(out)]
    )
    assert run.exit_code == 0, run.output
    assert run.stdout == f"{out}\n"
    monkeypatch.chdir(tmp_path)
    names = scene_names(["items.geojson"])
    assert names[0] == "items.geojson#GABS-01"
    asset = stac_asset(names[0])
    assert asset.href == f"{stac_api}/collections/year/items/GABS-01.tif", (
        "relative to the item's own address"
    )
    assert asset.contents["properties"]["hardstand:airfields"] == ["GABS"]


def test_the_table_fits_80_columns(static_catalogue, cli):
    options = ["--airfield", "GABS", "--airfield", "GAKY", "--since", "2023-05", "--until", "2023-06"]
    run = cli.invoke(main, ["scenes", "search", "--catalogue", str(static_catalogue), *options])
    assert run.exit_code == 0, run.output
    assert run.stdout.splitlines() == [
        "acquired          airfield  sensor            GSD m  cloud item",
        "2023-05-10T10:30  GABS      unknown             0.5   40 % GABS-05",
        "2023-06-01T10:00  GAKY      Pléiades 1A          10        GAKY-06",
        "2023-06-10T10:30  GABS      unknown             0.5   48 % GABS-06",
    ]
    assert run.stderr == "3 scenes\n"


class TestPlaces:
    def test_of_an_airfield_its_runways_and_aprons_where_they_are_drawn(self):
        near = shapely.Point(-7.95, 12.53).buffer(0.005)
        far = shapely.Point(10, 50).buffer(0.005)
        (gabs, gakd) = watched_places(["GABS", "GAKY"], shapely.MultiPolygon([near, far]))
        assert gabs.area.geoms[0] == near
        assert len(gabs.area.geoms) == 1
        assert gakd.area.area == pytest.approx(BOTH[1].area.area)

    def test_an_area_alone_is_a_place(self):
        area = shapely.MultiPolygon([shapely.Point(-7.95, 12.53).buffer(0.005)])
        assert watched_places([], area) == [(None, area)]

    def test_a_file_of_airfields_with_a_wrong_code_is_one_line(self, static_catalogue, tmp_path, cli):
        path = tmp_path / "mali.txt"
        path.write_text("GABS\nGAXX\n")
        run = cli.invoke(
            main, ["scenes", "search", "--catalogue", str(static_catalogue), "--airfields", str(path)]
        )
        assert run.exit_code == 2
        assert run.stderr.startswith("Error: --airfield: no airfield is called 'GAXX'; ")

    def test_an_airfield_on_the_antimeridian_is_asked_for_on_both_sides(self, server, made_item, monkeypatch):
        """Moala (NFMO) lies 5 km west of it."""
        monkeypatch.setattr("imagery.catalogue.places.SIDE_M", 20_000)
        server.files[""] = json.dumps(
            {
                **API,
                "links": [{"rel": "search", "type": "application/geo+json", "href": server.url("search")}],
            }
        ).encode()
        server.files["search"] = json.dumps(
            {"type": "FeatureCollection", "features": [made_item("west", "NFMO")]}
        ).encode()
        result = search_catalogue(server.url(""), Wanted(watched_places(["NFMO"], None)))
        boxes = [posted["bbox"] for posted in server.posted]
        assert all(west < east and east - west < 0.2 for west, _, east, _ in boxes)
        assert len(boxes) == 2
        assert identifiers(result) == ["west"]


class TestPeriod:
    def test_the_month_that_is_named_last_is_part_of_it(self):
        first, last = searched_period("2023-02", "2023-03")
        assert (first.isoformat(), last.isoformat()) == (
            "2023-02-01T00:00:00+00:00",
            "2023-03-31T23:59:59+00:00",
        )

    def test_the_wrong_order_is_refused(self):
        with pytest.raises(UsageError, match="`until`: 2023-01 is before `since` 2023-02"):
            searched_period("2023-02", "2023-01")


class TestBadCatalogue:
    """Each is one line, and what can be had is had."""

    def search(self, server, **files):
        server.files |= {name: json.dumps(content).encode() for name, content in files.items()}
        return search_catalogue(server.url("root"), Wanted(GABS))

    def api(self, server, page):
        links = [
            {"rel": "search", "type": "application/geo+json", "href": server.url("search"), "method": "POST"}
        ]
        return self.search(server, root={**API, "links": links}, search=page)

    def refusal(self, name):
        with pytest.raises(CatalogueError) as error:
            search_catalogue(name, Wanted(GABS))
        assert "\n" not in str(error.value)
        return str(error.value)

    def test_one_that_is_down(self, server):
        server.stop()
        assert "cannot be fetched" in self.refusal(server.url("root"))

    @pytest.mark.parametrize("status", [401, 500, 404])
    def test_one_that_refuses(self, server, status):
        server.files["root"] = status
        message = self.refusal(server.url("root"))
        assert f"the server says {status}" in message
        assert ("login" in message) == (status == 401)

    def test_one_that_is_slow(self, server, monkeypatch):
        monkeypatch.setattr("imagery.remote.TIMEOUT_S", 0.05)
        done = []
        server.files["root"] = lambda handler: done.append(handler.server.released.wait(10)) or b"{}"
        server.released = __import__("threading").Event()
        assert "cannot be fetched (timed out)" in self.refusal(server.url("root"))
        server.released.set()

    def test_one_whose_answer_is_too_long(self, server, monkeypatch):
        monkeypatch.setattr("imagery.catalogue.asking.DOCUMENT_BYTES", 1 << 20)
        server.files["root"] = b" " * (2 << 20)
        assert "too large: over 1 MB" in self.refusal(server.url("root"))

    @pytest.mark.parametrize(
        "content", [b"<html>", b"[]", b'{"type": "Thing"}', b'{"type": NaN}', b"\xff", b"[" * 100_000]
    )
    def test_one_that_answers_nonsense(self, server, content):
        server.files["root"] = content
        assert "not a " in self.refusal(server.url("root"))

    @pytest.mark.parametrize("page", [{"features": {"a": 1}}, {"features": [1], "links": [{}]}])
    def test_pages_of_nonsense(self, server, page):
        result = self.api(server, page)
        assert result.items == []
        assert any("not STAC" in problem or "not a STAC item" in problem for problem in result.problems)

    def test_one_that_pages_for_ever(self, server, made_item):
        """The same page again; and always another item."""
        again = {"rel": "next", "href": server.url("search"), "method": "POST", "body": {}}
        result = self.api(server, {"features": [made_item("a")], "links": [again]})
        assert identifiers(result) == ["a"]
        assert len(result.problems) == 1
        assert "the same items again and again" in result.problems[0]

    def test_one_that_never_ends(self, server, made_item, monkeypatch):
        monkeypatch.setattr("imagery.catalogue.listing.MOST_PAGES", 7)
        again = [{"rel": "next", "href": server.url("search"), "method": "POST", "body": {}}]

        def page(_handler):
            features = [made_item(f"a{len(server.posted)}")]
            return json.dumps({"features": features, "links": again}).encode()

        server.files["search"] = page
        links = [{"rel": "search", "type": "application/geo+json", "href": server.url("search")}]
        result = self.search(server, root={**API, "links": links})
        assert len(result.items) == 7
        assert [problem.split(": ")[1] for problem in result.problems] == [
            "has more than 7 pages; ask for a shorter time or a smaller area"
        ]

    def test_no_more_is_asked_than_its_budget(self, server):
        root = {"type": "Catalog", "stac_version": "1.0.0", "id": "r", "description": ""}

        def endless(handler):
            number = int(parse_qs(urlsplit(handler.path).query).get("n", ["0"])[0])
            link = {"rel": "child", "href": f"root?n={number + 1}"}
            return json.dumps({**root, "links": [link]}).encode()

        server.files["root"] = endless
        reader = CatalogueReader(server.url("root"), Budget(requests=5))
        problems = []
        with pytest.raises(CatalogueError, match="was asked 5 times; ask for a shorter time"):
            list(listed_items(reader, Asked([(-8, 12, -7, 13)], (None, None)), problems))
        assert len(server.requests) == 5

    def test_an_item_that_is_listed_twice_is_one(self, server, made_item):
        other = {**made_item("b"), "collection": "other"}
        result = self.api(server, {"features": [made_item("a"), made_item("a"), made_item("b"), other]})
        assert identifiers(result) == ["a", "b"]
        assert len(result.problems) == 1
        assert "lists b in year and in other" in result.problems[0]

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            ({"geometry": None}, "not a footprint on Earth"),
            ({"geometry": {"type": "Point", "coordinates": [1e9, 0]}}, "not a footprint on Earth"),
            ({"geometry": {"type": "Polygon", "coordinates": "here"}}, "not a footprint on Earth"),
            ({"properties": {"datetime": "2199-01-01T10:00:00Z"}}, "in the future"),
            ({"properties": {"datetime": "yesterday"}}, "not a month, date or time"),
            ({"properties": {"datetime": None}}, "does not say when it was taken"),
            ({"properties": 7}, "is damaged"),
            ({"assets": {}}, "has no assets"),
            ({"assets": {"a": {"href": "file:///etc/passwd"}}}, "not an address on the web"),
            ({"assets": [1]}, "its assets are not objects"),
            ({"id": None}, "it has no id"),
            ({"gsd": float("nan")}, "a number that is none in JSON"),
            ({"type": "Thing"}, "its type is not Feature"),
        ],
        ids=str,
    )
    def test_an_item_that_cannot_be_used_is_named_and_the_others_are_listed(
        self, server, made_item, change, why
    ):
        result = self.api(server, {"features": [{**made_item("bad"), **change}, made_item("good")]})
        assert identifiers(result) == ["good"]
        assert len(result.problems) == 1
        assert why in result.problems[0]

    def test_no_link_leads_to_another_server(self, server, made_item):
        links = [{"rel": "search", "type": "application/geo+json", "href": "http://127.0.0.2:9/search"}]
        result = self.search(server, root={**API, "links": links})
        assert result.problems == [
            f"{server.url('root')}: has a link to http://127.0.0.2:9, another server, which is not followed"
        ]
        root = {"type": "Catalog", "stac_version": "1.0.0", "id": "r", "description": ""}
        links = [{"rel": "child", "href": "http://127.0.0.2:9/"}, {"rel": "item", "href": "a.json"}]
        result = self.search(server, root={**root, "links": links}, **{"a.json": made_item("a")})
        assert identifiers(result) == ["a"]
        assert "another server" in result.problems[0]

    def test_a_catalogue_in_a_file_reaches_no_server(self, tmp_path, server, made_item):
        server.files["a.json"] = json.dumps(made_item("a")).encode()
        root = {"type": "Catalog", "stac_version": "1.0.0", "id": "r", "description": ""}
        path = tmp_path / "catalog.json"
        path.write_text(json.dumps({**root, "links": [{"rel": "item", "href": server.url("a.json")}]}))
        result = search_catalogue(path, Wanted(GABS))
        assert result.items == []
        assert "is not followed" in result.problems[0]
        assert server.requests == []

    def test_what_of_a_static_catalogue_is_not_there_is_named(self, static_catalogue):
        Path(static_catalogue.parent, "GABS", "GABS-05", "GABS-05.json").unlink()
        Path(static_catalogue.parent, "GABS", "GABS-06", "GABS-06.json").write_text("{")
        result = search_catalogue(static_catalogue, Wanted(GABS))
        assert len(result.items) == 10
        assert [problem.split(": ")[1].split(" (")[0] for problem in result.problems] == [
            "cannot be read",
            "not a document of a catalogue",
        ]

    def test_a_password_in_its_address_is_sent_and_not_shown(self, server, made_item, cli):
        links = [{"rel": "search", "type": "application/geo+json", "href": server.url("search")}]
        server.files["search"] = json.dumps({"features": [made_item("a"), {}]}).encode()
        server.files["root"] = lambda handler: (
            json.dumps({**API, "links": links}).encode() if handler.headers["Authorization"] else 401
        )
        name = server.url("root").replace("http://", "http://user:hunter2@")
        run = cli.invoke(main, ["scenes", "search", "--catalogue", name, "--airfield", "GABS"])
        assert run.exit_code == 1, "for the item without anything"
        assert "2023-10-27T10:36" in run.stdout
        assert "hunter2" not in run.output
