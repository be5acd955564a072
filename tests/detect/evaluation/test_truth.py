"""What is known of the aircraft: every format says the same in the same words, and finds its scene."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from rasterio.crs import CRS

from detect.box import Extent, OrientedBox, to_ground
from detect.candidate import CandidatesFile, write_candidates
from detect.evaluation.truth import Marks, SceneTruth, Truth, box_of_marks, pair_scenes, scene_of_truth
from detect.evaluation.truth_files import read_truth
from imagery.errors import UsageError
from imagery.grid import Grid, PixelPoint

BOXES = """id,image_id,geometry,class
1,a.jpg,"[(10, 20), (40, 20), (40, 60), (10, 60), (10, 20)]",Airplane
2,a.jpg,"[(0, 0), (5, 0), (5, 9), (0, 9), (0, 0)]",Truncated_airplane
3,b.jpg,"[(1, 2), (3, 2), (3, 4), (1, 4), (1, 2)]",Airplane
"""
MARK_HEADER = "image_id,site,nose_col,nose_row,tail_col,tail_row,left_col,left_row,right_col,right_row\n"
ORIENTED = {
    "center_px": [100.0, 80.0],
    "length_px": 60.0,
    "width_px": 50.0,
    "angle_deg": 30.0,
    "bbox_px": [70.0, 50.0, 130.0, 110.0],
    "type": "C130",
}


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., str]:
    """Writes a file of text or JSON and gives its path."""

    def write(content: object, name: str = "truth.csv") -> str:
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return str(path)

    return write


def collection(*features: dict[str, Any]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def feature(properties: dict[str, Any], kind: str = "Polygon") -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": kind, "coordinates": [2.5, 48.5]},
        "properties": properties,
    }


def test_a_csv_of_boxes_gives_extents_and_ignores_what_the_border_cuts(written: Callable[..., str]):
    a, b = read_truth([written(BOXES)]).scenes
    assert (a.scene, b.scene) == ("a.jpg", "b.jpg")
    assert a.boxes is not None
    whole, cut = a.boxes
    assert (whole.extent, whole.ignored, whole.box) == (Extent(10, 20, 40, 60), False, None)
    assert cut.ignored
    assert a.site is None


def test_sites_are_from_the_airports_beside_it(written: Callable[..., str]):
    written("image_id,airport\na.jpg,site-01\n", "airports.csv")
    assert [scene.site for scene in read_truth([written(BOXES)]).scenes] == ["site-01", None]


def test_coco_gives_scenes_without_aircraft_too_and_ignores_crowds(written: Callable[..., str]):
    document = {
        "images": [{"id": 7, "file_name": "images/a.jpg"}, {"id": 8, "file_name": "empty.jpg"}],
        "annotations": [
            {"image_id": 7, "bbox": [10, 20, 30, 40], "iscrowd": 0},
            {"image_id": 7, "bbox": [0, 0, 5, 9], "iscrowd": 1},
        ],
    }
    a, empty = read_truth([written(document, "truth.json")]).scenes
    assert a.scene == "a.jpg"
    assert a.boxes is not None
    assert [(box.extent, box.ignored) for box in a.boxes] == [
        (Extent(10, 20, 40, 60), False),
        (Extent(0, 0, 5, 9), True),
    ]
    assert empty.boxes == (), "all of its aircraft are known: none"


def test_the_truth_of_a_rendered_scene_has_angle_and_type(rendered_scene: Path):
    (scene,) = read_truth([str(rendered_scene.with_suffix(".truth.geojson"))]).scenes
    assert scene.boxes
    assert all(box.box is not None and box.type for box in scene.boxes)
    for box in scene.boxes:
        assert box.box is not None
        assert box.extent.col_min < box.box.center.col < box.extent.col_max


def test_points_are_places_of_some_aircraft(written: Callable[..., str]):
    (scene,) = read_truth([written(collection(feature({}, "Point")), "a_planes.geojson")]).scenes
    assert scene.points == ((2.5, 48.5),)
    assert scene.boxes is None, "what is not named may still be an aircraft"


def test_an_empty_collection_says_that_there_is_no_aircraft(written: Callable[..., str]):
    (scene,) = read_truth([written(collection(), "a.truth.geojson")]).scenes
    assert scene.boxes == ()


def coco_of(*categories: str | tuple[str, str]) -> dict[str, Any]:
    """A COCO file with as many marks of the n-th category as n, from 1."""
    named = [(each, "") if isinstance(each, str) else each for each in categories]
    return {
        "images": [{"id": 0, "file_name": "a.tif"}],
        "categories": [
            {"id": n, "name": name, "supercategory": above} for n, (name, above) in enumerate(named)
        ],
        "annotations": [
            {"image_id": 0, "category_id": n, "bbox": [10 * n, 10 * k, 5, 5]}
            for n in range(len(named))
            for k in range(n + 1)
        ],
    }


@pytest.mark.parametrize(
    ("categories", "counted", "left_out"),
    [
        (("Aircraft", "Vehicle"), 1, {"Vehicle": 2}),
        (("ship", "plane", "helicopter"), 5, {"ship": 1}),
        (("C130", "storage-tank", "IL76"), 4, {"storage-tank": 2}),
        (("Small Car", "Cargo Plane", "Fixed-wing Aircraft"), 5, {"Small Car": 1}),
        (("Boeing737", "ground truck"), None, None),
        ((("Boeing737", "airplane"), ("Dry Cargo Ship", "ship")), 1, {"Dry Cargo Ship": 2}),
        (("object",), 1, {}),
        (("vehicle",), None, None),
        (("0", "1"), None, None),
        (("Aircraft", "Aircraft carrier"), None, None),
    ],
    ids=str,
)
def test_only_aircraft_of_a_coco_file_count_and_what_is_unclear_is_asked_for(
    categories: tuple[Any, ...], counted: int | None, left_out: Any, written: Callable[..., str]
):
    path = written(coco_of(*categories), "truth.json")
    if counted is None:
        with pytest.raises(UsageError, match=r"not clear which of its categories are aircraft .*`category`"):
            read_truth([path])
        given = categories[-1]
        (scene,) = read_truth([path], category=[given]).scenes
        assert len(scene.boxes or ()) == len(categories)
        return
    truth = read_truth([path])
    assert truth.left_out == left_out
    assert len(truth.scenes[0].boxes or ()) == counted


def test_classes_of_a_csv_that_are_not_aircraft_are_left_out(written: Callable[..., str]):
    truth = read_truth([written(BOXES.replace(']",Airplane\n2', ']",Vehicle\n2'))])
    assert truth.left_out == {"Vehicle": 1}
    assert [len(scene.boxes or ()) for scene in truth.scenes] == [1, 1]


@pytest.mark.parametrize(
    "name",
    [
        "images\\a b.tif",
        "C:\\Users\\me\\a b.tif",
        "/data/local-files/?d=scenes/a%20b.tif",
        "images/1a2b3c4d-a b.tif",
        "a b_tif.rf.0123456789abcdef.jpg",
        "a%20b.png",
    ],
)
def test_a_scene_is_found_by_what_annotation_tools_make_of_its_name(name: str, written: Callable[..., str]):
    document = {"images": [{"id": 0, "file_name": name}], "annotations": []}
    truth = read_truth([written(document, "truth.json")])
    assert scene_of_truth(truth.scenes[0], ["a b.tif", "b.tif"]) == "a b.tif"


def test_marks_are_of_some_aircraft_with_their_site(written: Callable[..., str]):
    text = MARK_HEADER + "a.jpg,site-03,50,10,50,60,30,35,70,35\n"
    (scene,) = read_truth([written(text)]).scenes
    assert scene.marks == (Marks((50, 10), (50, 60), (30, 35), (70, 35)),)
    assert (scene.site, scene.boxes) == ("site-03", None)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("image_id,who\na.jpg,me\n", "needs the columns image_id, geometry and class"),
        ('image_id,geometry,class\na.jpg,"[(1, 2)]",Airplane\n', "row 1 below the header"),
        ('image_id,geometry,class\na.jpg,"__import__(1)",Airplane\n', "row 1 below the header"),
        (
            'image_id,geometry,class\na.jpg,"[(1,2),(1,2),(1,2)]",Airplane\n',
            "[1.0, 2.0, 1.0, 2.0] is not",
        ),
        (
            'image_id,geometry,class\na.jpg,"[(1,2),(1,2),(1,1' + "0" * 400 + ')]",Airplane\n',
            "row 1 below the header",
        ),
        (MARK_HEADER + "a.jpg,s,1,1,1,1,0,0,2,2\n", "do not give length, span and heading"),
        (MARK_HEADER + "a.jpg,s,1,1,1\n", "row 1 below the header"),
        ('{"no": "truth"}', "needs COCO's images and annotations"),
        ("{", "not a file of known aircraft"),
        ('{"images": [], "annotations": [{}]}', "a member is missing"),
        (json.dumps(collection(feature({"type": "C130"}))), "center_px"),
        (json.dumps(collection(feature(ORIENTED), feature({}, "Point"))), "mixes points with polygons"),
        (json.dumps(collection(feature({**ORIENTED, "length_px": 0}))), "is not a box"),
        ("", "needs the columns"),
        (
            '{"images": [], "annotations": [{"image_id": 1, "bbox": [1, 1' + "0" * 400 + ", 2, 3]}]}",
            "401 digits",
        ),
    ],
)
def test_what_is_no_truth_is_said_with_the_place(content: str, said: str, written: Callable[..., str]):
    path = written(content)
    with pytest.raises(UsageError) as refused:
        read_truth([path])
    assert str(refused.value).startswith(f"{path}: ")
    assert said in str(refused.value)


def test_a_file_that_is_not_there_is_said(tmp_path: Path):
    with pytest.raises(UsageError, match=r"none\.csv: cannot be read"):
        read_truth([str(tmp_path / "none.csv")])


def test_candidates_cannot_be_the_truth_of_themselves(
    candidates_file: Callable[..., CandidatesFile], tmp_path: Path
):
    path = write_candidates(candidates_file(), tmp_path / "apron.geojson")
    with pytest.raises(UsageError, match="a candidates file, written by a detector"):
        read_truth([str(path)])


@pytest.fixture
def of_scenes(candidates_file: Callable[..., CandidatesFile], scene_record: Callable[..., Any]):
    """Makes candidates files of scenes of some names."""
    return lambda *names: [candidates_file(scene=scene_record(path=f"folder/{name}")) for name in names]


@pytest.mark.parametrize(
    ("truth", "scenes", "belongs_to"),
    [
        (SceneTruth("a.jpg"), ["b.jpg", "a.jpg"], "a.jpg"),
        (SceneTruth("a.jpg"), ["a.tif", "aa.tif"], "a.tif"),
        (SceneTruth("a.jpg"), ["a.tif", "a.jpg"], "a.jpg"),
        (SceneTruth("gabs.truth.geojson", prefixed=True), ["gabs.tif", "gab.tif"], "gabs.tif"),
        (SceneTruth("sfo_3m_planes.geojson", prefixed=True), ["sfo.tif", "sfo_3m.tif"], "sfo_3m.tif"),
    ],
)
def test_a_truth_belongs_to_the_scene_it_names(truth, scenes, belongs_to, of_scenes):
    ((file, found),) = pair_scenes(of_scenes(*scenes), Truth("truth", (truth,))).pairs
    assert (file.scene.path, found) == (f"folder/{belongs_to}", truth)


@pytest.mark.parametrize(
    ("truth", "scenes", "said"),
    [
        ([SceneTruth("a.jpg")], ["b.jpg"], "names no scene of the candidates; it is of a.jpg"),
        ([SceneTruth("a.jpg")], ["a.tif", "a.png"], "names no scene"),
        ([SceneTruth("gabs2.truth.geojson", prefixed=True)], ["gabs.tif"], "names no scene"),
        ([SceneTruth("a.jpg"), SceneTruth("a.jpg")], ["a.jpg"], "names the scene a.jpg twice"),
        ([SceneTruth("a.jpg")], ["a.jpg", "a.jpg"], "two candidates files are of the scene a.jpg"),
    ],
)
def test_a_truth_that_fits_no_scene_or_two_is_refused(truth, scenes, said, of_scenes):
    with pytest.raises(UsageError, match=said):
        pair_scenes(of_scenes(*scenes), Truth("truth", tuple(truth)))


def test_scenes_of_one_side_only_are_named(of_scenes):
    truth = Truth("truth", (SceneTruth("a.jpg"), SceneTruth("z.jpg")))
    pairing = pair_scenes(of_scenes("b.jpg", "a.jpg"), truth)
    assert (pairing.without_candidates, pairing.without_truth) == (("z.jpg",), ("b.jpg",))


GRID = Grid(1200, 900, Affine(0.5, 0, 600_000, 0, -0.6, 4_500_000), CRS.from_epsg(32629))


@given(st.floats(0, 359.9), st.floats(10, 80), st.floats(10, 80))
def test_marks_give_back_the_aircraft_they_were_put_on(heading: float, length: float, span: float):
    middle = PixelPoint(600, 450)
    matrix = GRID.ground_matrix(middle)
    turn = np.radians(heading)
    ahead = np.array([np.sin(turn), np.cos(turn)]) * length / 2
    across = np.array([np.cos(turn), -np.sin(turn)]) * span / 2
    nose, tail, right, left = (
        PixelPoint(*(np.array(middle) + np.linalg.solve(matrix, way)))
        for way in (ahead, -ahead, across, -across)
    )
    box = box_of_marks(Marks(nose, tail, left, right), GRID)
    assert isinstance(box.box, OrientedBox)
    ground = to_ground(box.box, matrix)
    assert ground.length_m == pytest.approx(length)
    assert ground.wingspan_m == pytest.approx(span)
    assert abs((ground.heading_deg - heading + 180) % 360 - 180) < 1e-6
