"""Review tasks hold each candidate once, whole, and all that evidence needs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from rasterio.crs import CRS

from annotate.labelstudio.region import box_of
from annotate.labelstudio.tasks import CORE_M, ReviewTask, review_tasks, tile_jpeg
from detect.box import OrientedBox, box_to_tile, corners
from detect.candidate import CandidatesFile, read_candidates
from imagery.grid import Grid, PixelPoint
from imagery.record import SceneRecord
from imagery.scene import open_scene

GRID = Grid(3000, 2100, Affine(0.5, 0, 6e5, 0, -0.5, 45e5), CRS.from_epsg(32629))
Make = Callable[..., CandidatesFile]


@pytest.fixture(scope="module")
def fleet() -> tuple[OrientedBox, ...]:
    """Aircraft of 80 m, as large as any, all over a scene and at its very edges."""
    places = np.random.default_rng(5).uniform((0, 0), (3000, 2100), (60, 2))
    edges = [(0, 0), (3000, 2100), (1500, 0), (0, 1000), (3000, 1000), (1500, 2100)]
    return tuple(
        OrientedBox(PixelPoint(float(col), float(row)), 160.0, 160.0, 6.0 * i)
        for i, (col, row) in enumerate([*places, *edges])
    )


def test_each_candidate_is_in_exactly_one_task(
    fleet: tuple[OrientedBox, ...], candidates_of: Make, scene_record: Callable[..., SceneRecord]
) -> None:
    """Twice would be two verdicts on one aircraft; never would be a silence."""
    file = candidates_of(*fleet, scene=scene_record(GRID))
    shown = [candidate.id for task in review_tasks(file) for candidate in task.candidates]
    assert sorted(shown) == sorted(candidate.id for candidate in file.candidates)


def test_the_whole_aircraft_is_in_the_picture_unless_the_scene_ends(
    fleet: tuple[OrientedBox, ...], candidates_of: Make, scene_record: Callable[..., SceneRecord]
) -> None:
    """Nobody can say what a tail alone belongs to."""
    for task in review_tasks(candidates_of(*fleet, scene=scene_record(GRID))):
        left, top, width, height = task.tile[:4]
        for candidate in task.candidates:
            upright = candidate.box._replace(angle_deg=round(candidate.box.angle_deg / 90) * 90)
            ring = corners(upright, GRID.ground_matrix(candidate.box.center))
            inside = ring.clip((0, 0), (GRID.width, GRID.height))
            assert (inside >= np.array([left, top]) - 1).all()
            assert (inside <= np.array([left + width, top + height]) + 1).all()


@given(st.integers(60, 6000), st.integers(60, 6000), st.floats(0.3, 1.5), st.floats(0.3, 1.5), st.data())
def test_no_task_is_a_sliver_and_none_is_huge(
    candidates_of: Make,
    scene_record: Callable[..., SceneRecord],
    width: int,
    height: int,
    x_m: float,
    y_m: float,
    data: st.DataObject,
) -> None:
    """Cores are as even as can be; with its margins a picture is some 340 m, whatever the scene's size."""
    grid = Grid(width, height, Affine(x_m, 0, 6e5, 0, -y_m, 45e5), CRS.from_epsg(32629))
    center = PixelPoint(data.draw(st.floats(0, width)), data.draw(st.floats(0, height)))
    file = candidates_of(OrientedBox(center, 40, 40, 0), scene=scene_record(grid))
    (task,) = review_tasks(file)
    tile = task.tile
    for extent_m, shown_m in ((width * x_m, tile.width * x_m), (height * y_m, tile.height * y_m)):
        assert shown_m >= min(extent_m, CORE_M / 1.5) - 3
        assert shown_m <= 1.5 * CORE_M + 90
    assert tile.col <= center.col <= tile.col + tile.width
    assert tile.row <= center.row <= tile.row + tile.height


def test_a_task_comes_back_from_json_with_what_evidence_needs(candidates_of: Make) -> None:
    for task in review_tasks(candidates_of()):
        again = ReviewTask.from_json(json.loads(json.dumps(task.to_json("a.jpg")))["data"])
        assert (again.scene, again.detector, again.airfield, again.tile) == (
            *(task.scene, task.detector, task.airfield, task.tile),
        )
        assert [candidate.id for candidate in again.candidates] == [found.id for found in task.candidates]
        for read, made in zip(again.candidates, task.candidates, strict=True):
            assert read.box.center == pytest.approx(made.box.center, abs=5.1e-4)
            assert read.box[1:] == pytest.approx(made.box[1:], abs=5.1e-4)


def test_a_task_can_be_pulled_on_another_machine_where_the_scene_is_not(candidates_of: Make) -> None:
    """Everything that makes evidence of an annotation is in the task itself."""
    (task, *_) = review_tasks(candidates_of())
    again = ReviewTask.from_json(task.to_json("a.jpg")["data"])
    assert again.scene.path == "images/apron.tif", "which is not there"
    assert again.scene.grid.lonlat(PixelPoint(0, 0)) == task.scene.grid.lonlat(PixelPoint(0, 0))


def test_regions_are_the_candidates_boxes_in_the_picture(candidates_of: Make) -> None:
    for task in review_tasks(candidates_of()):
        (prediction,) = task.to_json("a.jpg")["predictions"]
        assert prediction["score"] == max(candidate.score for candidate in task.candidates)
        for region, candidate in zip(prediction["result"], task.candidates, strict=True):
            shape = region["original_width"], region["original_height"]
            assert shape == (task.tile.out_width, task.tile.out_height)
            shown, expected = box_of(region["value"], *shape), box_to_tile(task.tile, candidate.box)
            assert shown.center == pytest.approx(expected.center, abs=1e-6)
            assert shown[1:] == pytest.approx(expected[1:], abs=1e-6)
            assert region["id"] == candidate.id


def test_the_note_at_a_box_says_where_nose_and_tail_could_be_swapped(candidates_of: Make) -> None:
    for sure in (True, False):
        (task, *_) = review_tasks(candidates_of(heading_sure=sure))
        for region in task.to_json("a.jpg")["predictions"][0]["result"]:
            assert region["meta"]["text"][0].endswith("or opposite") is not sure


def test_the_title_says_what_is_known_and_what_is_not(
    candidates_of: Make, scene_record: Callable[..., SceneRecord]
) -> None:
    (task, *_) = review_tasks(candidates_of())
    assert task.title == "GABS · 2023-10-27 (day) · GSD 0.50 m · PHR1A"
    unknown = scene_record(acquired=None, acquired_precision="unknown", acquired_from=None, rendered=True)
    (task, *_) = review_tasks(candidates_of(scene=unknown))
    assert "time unknown" in task.title
    assert "RENDERED, not a photograph" in task.title


def test_where_pixels_are_oblong_the_picture_is_square_on_the_ground(
    candidates_of: Make, scene_record: Callable[..., SceneRecord]
) -> None:
    grid = Grid(1200, 600, Affine(0.5, 0, 6e5, 0, -1.0, 45e5), CRS.from_epsg(32629))
    for task in review_tasks(candidates_of(scene=scene_record(grid))):
        x, y = task.tile.scale
        assert x * 0.5 == pytest.approx(y * 1.0, rel=0.01)
        assert x == pytest.approx(1, rel=0.01), "at the finer of the two, so that no detail is lost"


def test_a_scene_without_candidates_has_nothing_to_review(candidates_of: Make) -> None:
    file = candidates_of()
    assert review_tasks(CandidatesFile(file.scene, file.detector, ())) == []


def test_the_picture_is_a_jpeg_of_the_tile_with_red_as_red(searched_scene: Callable[..., Any]) -> None:
    import rasterio

    path = searched_scene()
    scene_path = path.parent.parent / "apron.tif"
    with rasterio.open(scene_path, "r+") as dataset:
        dataset.write(np.full((900, 1200), 230, np.uint8), 1)
    file = read_candidates(path)
    (task, *_) = review_tasks(file)
    with open_scene(scene_path) as scene:
        picture = cv2.imdecode(np.frombuffer(tile_jpeg(scene, task.tile), np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (task.tile.out_height, task.tile.out_width, 3)
    blue, green, red = picture.mean((0, 1))
    assert red > 200
    assert max(blue, green) < 130


DAMAGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "nothing of ours": lambda d: d.pop("hardstand"),
    "ours is a word": lambda d: d.update(hardstand="yes"),
    "ours is null": lambda d: d.update(hardstand=None),
    "another schema": lambda d: d["hardstand"].update(schema_version=2),
    "no schema": lambda d: d["hardstand"].pop("schema_version"),
    "no scene": lambda d: d["hardstand"].pop("scene"),
    "a scene of words": lambda d: d["hardstand"].update(scene="apron"),
    "a transform of five numbers": lambda d: d["hardstand"]["scene"].update(transform=[1, 0, 0, 0, 1]),
    "a transform to one point": lambda d: d["hardstand"]["scene"].update(transform=[0] * 6),
    "a CRS that is none": lambda d: d["hardstand"]["scene"].update(crs="EPSG:0"),
    "a detector of another kind": lambda d: d["hardstand"].update(detector={"name": "x"}),
    "a tile of three numbers": lambda d: d["hardstand"].update(tile=[1, 2, 3]),
    "a tile without pixels": lambda d: d["hardstand"].update(tile=[0, 0, 100, 100, 0, 0]),
    "a tile of words": lambda d: d["hardstand"].update(tile=["a"] * 6),
    "candidates that are null": lambda d: d["hardstand"].update(candidates=None),
    "a candidate without place": lambda d: d["hardstand"]["candidates"][0]["properties"].pop("center_px"),
    "a candidate too long for a number": lambda d: d["hardstand"]["candidates"][0]["properties"].update(
        length_px=10**400
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_task_that_is_not_ours_is_told_by_a_value_error(damage: str, candidates_of: Make) -> None:
    """Pull names such a task and goes on; anything else that is raised would end it."""
    data = json.loads(json.dumps(review_tasks(candidates_of())[0].to_json("a.jpg")["data"]))
    DAMAGES[damage](data)
    with pytest.raises(ValueError, match=r"\w"):
        ReviewTask.from_json(data)
