"""The rendered scene and its truth."""

import json
from datetime import date

import cv2
import numpy as np
import pytest
import rasterio
import shapely
from pyproj import Geod, Transformer

from imagery.errors import OutputExists
from imagery.synthetic import place_aircraft, render_airfield, rendering, truth_path


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return render_airfield(tmp_path_factory.mktemp("rendered") / "bamako.tif", seed=0)


@pytest.fixture(scope="module")
def pixels(path):
    with rasterio.open(path) as scene:
        return np.moveaxis(scene.read(), 0, -1)


@pytest.fixture(scope="module")
def truth(path):
    return json.loads(truth_path(path).read_text(encoding="utf-8"))


def test_scene_is_a_tiled_north_up_geotiff_around_bamakos_airport(path):
    with rasterio.open(path) as scene:
        assert (scene.width, scene.height, scene.count, scene.dtypes[0]) == (3000, 3000, 3, "uint8")
        assert scene.block_shapes[0] == (256, 256)
        assert scene.profile["compress"] == "deflate"
        assert (scene.crs.to_epsg(), scene.res) == (32629, (0.5, 0.5))
        lon_lat = Transformer.from_crs(scene.crs, "EPSG:4326", always_xy=True).transform(
            *(scene.transform @ (1500, 1500))
        )
    assert lon_lat == pytest.approx((-7.9499, 12.5335), abs=1e-5)


def test_tags_say_that_it_is_rendered_and_when(path):
    with rasterio.open(path) as scene:
        assert scene.tags()["RENDERED"] == "true"
        assert scene.tags()["TIFFTAG_SOFTWARE"] == "hardstand"
        assert "not a photograph" in scene.tags()["TIFFTAG_IMAGEDESCRIPTION"]
        imagery = scene.tags(ns="IMAGERY")
    assert (imagery["ACQUISITIONDATETIME"], imagery["SATELLITEID"]) == ("2023-10-27", "rendered")


def test_truth_says_that_it_is_rendered(truth):
    assert truth["rendered"] is True
    assert all(feature["properties"]["rendered"] is True for feature in truth["features"])


def test_the_same_seed_gives_the_same_pixels_and_truth(path, pixels, tmp_path):
    again = render_airfield(tmp_path / "again.tif", seed=0)
    with rasterio.open(again) as scene:
        assert np.array_equal(np.moveaxis(scene.read(), 0, -1), pixels)
    assert truth_path(again).read_bytes() == truth_path(path).read_bytes()


@pytest.mark.parametrize("seed", range(12))
def test_every_seed_parks_a_c130_among_six_types_apart_from_each_other_and_from_the_edge(seed):
    placed = place_aircraft(seed)
    assert 12 <= len(placed) <= 20
    icao = [one.parked.aircraft.icao for one in placed]
    assert "C130" in icao
    assert len(set(icao)) >= 6
    silhouettes = [
        shapely.Polygon(one.pose.to_px(shapely.get_coordinates(one.parked.planform.silhouette().exterior)))
        for one in placed
    ]
    for index, silhouette in enumerate(silhouettes):
        assert shapely.box(20, 20, 2980, 2980).contains(silhouette)
        assert all(silhouette.distance(other) > 4 for other in silhouettes[:index])


def test_another_seed_parks_other_aircraft():
    assert [one.pose for one in place_aircraft(0)] != [one.pose for one in place_aircraft(1)]


def test_corners_on_the_map_are_those_of_the_box_in_pixels(path, truth):
    with rasterio.open(path) as scene:
        to_map = Transformer.from_crs("EPSG:4326", scene.crs, always_xy=True)
        inverse = ~scene.transform
    for feature in truth["features"]:
        of = feature["properties"]
        ring = np.array(feature["geometry"]["coordinates"][0])
        assert shapely.LinearRing(ring).is_ccw
        assert np.array_equal(ring[0], ring[-1])
        col, row = inverse @ np.array(to_map.transform(*ring.T))
        a = np.radians(of["angle_deg"])
        ahead, right = np.array([np.sin(a), -np.cos(a)]), np.array([np.cos(a), np.sin(a)])
        expected = [
            of["center_px"] + x * of["width_px"] / 2 * right + y * of["length_px"] / 2 * ahead
            for x, y in ((1, -1), (1, 1), (-1, 1), (-1, -1), (1, -1))
        ]
        # A millimetre is two thousandths of a pixel.
        assert np.stack([col, row], axis=1) == pytest.approx(np.array(expected), abs=0.002)


def test_length_and_heading_are_true_on_the_ground(truth):
    for feature in truth["features"]:
        of = feature["properties"]
        right_rear, right_front, left_front, left_rear, _ = np.array(feature["geometry"]["coordinates"][0])
        tail, nose = (right_rear + left_rear) / 2, (right_front + left_front) / 2
        heading_deg, _, length_m = Geod(ellps="WGS84").inv(*tail, *nose)
        assert length_m == pytest.approx(of["length_m"], abs=0.005)
        assert (heading_deg - of["heading_deg"] + 180) % 360 - 180 == pytest.approx(0, abs=0.01)
        # Grid and true north differ by 0.23 degrees here: a heading that is the angle was not converted.
        assert (of["heading_deg"] - of["angle_deg"] + 180) % 360 - 180 == pytest.approx(0.23, abs=0.02)


def test_bbox_is_the_extent_of_the_silhouette_and_so_within_the_boxs_corners(truth):
    for feature in truth["features"]:
        of = feature["properties"]
        col_min, row_min, col_max, row_max = of["bbox_px"]
        a = np.radians(of["angle_deg"])
        sine, cosine = abs(np.sin(a)), abs(np.cos(a))
        assert col_max - col_min <= of["length_px"] * sine + of["width_px"] * cosine + 1e-6
        assert row_max - row_min <= of["length_px"] * cosine + of["width_px"] * sine + 1e-6
        assert col_min < of["center_px"][0] < col_max
        assert row_min < of["center_px"][1] < row_max


def test_aircraft_are_drawn_where_the_truth_says(pixels):
    grey = pixels.mean(axis=2)
    for one in place_aircraft(0):
        outline = one.pose.to_px(shapely.get_coordinates(one.parked.planform.silhouette().exterior))
        mask = np.zeros(grey.shape, np.uint8)
        cv2.fillPoly(mask, [np.round((outline - 0.5) * 16).astype(np.int32)], 1, cv2.LINE_8, 4)
        around = cv2.dilate(mask, np.ones((25, 25), np.uint8)) - cv2.dilate(mask, np.ones((5, 5), np.uint8))
        difference = np.abs(grey[mask == 1] - np.median(grey[around == 1]))
        assert difference.mean() > 12, one.parked.aircraft.icao


def test_what_is_there_is_not_overwritten_unless_told(path, tmp_path):
    scene = tmp_path / "scene.tif"
    scene.write_bytes(b"precious")
    with pytest.raises(OutputExists, match=r"scene\.tif"):
        render_airfield(scene)
    assert scene.read_bytes() == b"precious"
    assert list(tmp_path.iterdir()) == [scene]


def test_a_truth_in_the_way_is_not_overwritten_either(tmp_path):
    (tmp_path / "scene.truth.geojson").write_text("precious")
    with pytest.raises(OutputExists, match=r"truth\.geojson"):
        render_airfield(tmp_path / "scene.tif")
    assert [file.name for file in tmp_path.iterdir()] == ["scene.truth.geojson"]


def test_a_failure_leaves_the_old_files_and_nothing_half_written(tmp_path, monkeypatch):
    scene = tmp_path / "scene.tif"
    scene.write_bytes(b"old scene")
    truth_path(scene).write_text("old truth")

    def fail(path, *_):
        path.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(rendering, "_render", lambda *_: None)
    monkeypatch.setattr(rendering, "_write_scene", fail)
    with pytest.raises(OSError, match="disk full"):
        render_airfield(scene, overwrite=True)
    assert scene.read_bytes() == b"old scene"
    assert truth_path(scene).read_text() == "old truth"
    assert len(list(tmp_path.iterdir())) == 2


def test_a_scene_can_be_of_another_day_and_hold_only_aircraft_of_some_types(tmp_path):
    empty = render_airfield(tmp_path / "empty.tif", acquired=date(2023, 8, 5), only=())
    assert json.loads(truth_path(empty).read_text(encoding="utf-8"))["features"] == []
    with rasterio.open(empty) as scene:
        assert scene.tags(ns="IMAGERY")["ACQUISITIONDATETIME"] == "2023-08-05"
    every = [(one.parked.aircraft.icao, one.pose) for one in place_aircraft(0)]
    some = [(one.parked.aircraft.icao, one.pose) for one in place_aircraft(0, ("C130",))]
    assert some == [one for one in every if one[0] == "C130"] != []
