"""What a person names stands for scenes: patterns, files of names, files of STAC items."""

import json

import pytest

from imagery.errors import UsageError
from imagery.scene_names import scene_names
from imagery.stac import is_stac, item_id, stac_asset


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The working directory, with some empty files in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    for name in ("b.tif", "a.tif", "a.txt.tif", "x[1].tif", "sub/c.tif"):
        (tmp_path / name).touch()
    return tmp_path


def items(*identifiers, **members):
    features = [
        {
            "type": "Feature",
            "stac_version": "1.0.0",
            "id": identifier,
            "properties": {"datetime": "2023-10-27T10:36:11Z"},
            "assets": {"visual": {"href": f"{identifier}.tif"}},
        }
        for identifier in identifiers
    ]
    return json.dumps({"type": "FeatureCollection", "features": features, **members})


def test_names_are_kept_in_their_order_and_each_once(folder):
    names = ["b.tif", "a.tif", "b.tif", "none.tif", "https://a.org/*.tif", "/vsizip/a.zip/*.tif"]
    assert scene_names(names) == [*dict.fromkeys(names)]


def test_a_pattern_stands_for_the_files_in_order_and_one_that_matches_nothing_is_an_error(folder):
    assert scene_names(["[ab].tif", "b.*"]) == ["a.tif", "b.tif"]
    assert scene_names(["**/c.tif"]) == ["sub/c.tif"]
    assert scene_names(["x[1].tif"]) == ["x[1].tif"], "a file of that name is the file"
    with pytest.raises(UsageError, match=r"^\*\.jp2: matches no file; check the pattern$"):
        scene_names(["*.jp2"])


def test_a_file_of_names_has_one_per_line(folder):
    (folder / "list.txt").write_text("# of May\n\n b.tif \n[ab].tif\nhttps://a.org/c.tif\n", "utf-8-sig")
    assert scene_names(["list.txt"]) == ["b.tif", "a.tif", "https://a.org/c.tif"]


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"", "names no scene"), (b"#\n", "names no scene"), (b"\xff\xfe", "not text in UTF-8")],
)
def test_a_file_of_names_without_names(folder, content, why):
    (folder / "list.txt").write_bytes(content)
    with pytest.raises(UsageError, match=why):
        scene_names(["list.txt"])
    with pytest.raises(UsageError, match=r"none\.txt: cannot be read"):
        scene_names(["none.txt"])


def test_a_file_of_items_stands_for_each_which_is_opened_by_file_and_identifier(folder):
    (folder / "found.geojson").write_text(items("S1", "a/b c#2"))
    names = scene_names(["found.geojson"])
    assert names == ["found.geojson#S1", "found.geojson#a/b c#2"]
    assert all(map(is_stac, names))
    assert [item_id(name) for name in names] == ["S1", "a/b c#2"]
    assert [stac_asset(name).href for name in names] == ["S1.tif", "a/b c#2.tif"]
    assert stac_asset(names[0]).statement.image_id == "S1"
    with pytest.raises(UsageError, match=r"found\.geojson: has no item 'S3'"):
        stac_asset("found.geojson#S3")


def test_a_file_of_items_that_has_changed_is_read_anew(folder):
    (folder / "found.geojson").write_text(items("S1"))
    assert stac_asset("found.geojson#S1").href == "S1.tif"
    (folder / "found.geojson").write_text(items("S1").replace("S1.tif", "other.tif"))
    assert stac_asset("found.geojson#S1").href == "other.tif"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (items(), "has no STAC items"),
        (items("S1").replace('"stac_version"', '"version"'), "not a file of STAC items"),
        (items("S1", features=[3]), "not a file of STAC items"),
        (items("S1", features={}), "has no STAC items"),
    ],
)
def test_a_collection_of_anything_else_is_refused(folder, content, why):
    (folder / "found.geojson").write_text(content)
    with pytest.raises(UsageError, match=f"^found.geojson: {why}"):
        scene_names(["found.geojson"])


def test_one_item_and_what_is_not_json_are_left_to_be_opened(folder):
    (folder / "one.json").write_text(json.dumps({"type": "Feature", "stac_version": "1.0.0", "id": "S1"}))
    (folder / "damaged.json").write_text("{")
    assert scene_names(["one.json", "damaged.json"]) == ["one.json", "damaged.json"]
