"""Review tasks hold each candidate once, whole, and all that evidence needs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from rasterio.crs import CRS

from annotate.labelstudio.division import review_tasks
from annotate.labelstudio.known_types import KnownTypes
from annotate.labelstudio.region import box_of
from annotate.labelstudio.review_tiles import CORE_M
from annotate.labelstudio.tasks import ReviewTask
from detect.box import OrientedBox, box_to_tile, corners
from detect.candidate import CandidatesFile
from imagery.errors import UsageError
from imagery.grid import Grid, PixelPoint
from imagery.record import SceneRecord

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
            ring = corners(candidate.box, GRID.ground_matrix(candidate.box.center))
            inside = ring.clip((0, 0), (GRID.width, GRID.height))
            assert (inside >= (left, top)).all()
            assert (inside <= (left + width, top + height)).all()


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
    """Cores are as even as can be; with its margins a picture is some 475 by 340 m of any scene."""
    grid = Grid(width, height, Affine(x_m, 0, 6e5, 0, -y_m, 45e5), CRS.from_epsg(32629))
    center = PixelPoint(data.draw(st.floats(0, width)), data.draw(st.floats(0, height)))
    file = candidates_of(OrientedBox(center, 40, 40, 0), scene=scene_record(grid))
    (task,) = review_tasks(file)
    tile = task.tile
    for extent_m, shown_m, beside_m in (
        (width * x_m, tile.width * x_m, 230),
        (height * y_m, tile.height * y_m, 95),
    ):
        assert shown_m >= min(extent_m, CORE_M / 1.5) - 3
        assert shown_m <= 1.5 * CORE_M + beside_m
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
            assert (region["original_width"], region["original_height"]) == task.frame[:2]
            shown, expected = box_of(region["value"], task.frame), box_to_tile(task.tile, candidate.box)
            assert shown.center == pytest.approx(expected.center, abs=1e-6)
            assert shown[1:] == pytest.approx(expected[1:], abs=1e-6)
            assert region["id"] == candidate.id


def test_the_note_at_a_box_has_its_number_and_says_where_nose_and_tail_could_be_swapped(
    candidates_of: Make,
) -> None:
    for sure in (True, False):
        (task, *_) = review_tasks(candidates_of(heading_sure=sure))
        for number, region in enumerate(task.to_json("a.jpg")["predictions"][0]["result"], 1):
            (note,) = region["meta"]["text"]
            assert note.startswith(f"{number}: ")
            assert ("° or " in note) is not sure


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


def test_a_scene_without_candidates_has_one_tile_to_look_at_all_the_same(candidates_of: Make) -> None:
    """That the machine sees nothing there is what it says, and somebody should look."""
    file = candidates_of()
    (task,) = review_tasks(CandidatesFile(file.scene, file.detector, ()))
    assert task.audit
    assert task.candidates == ()
    again = ReviewTask.from_json(json.loads(json.dumps(task.to_json("a.jpg")))["data"])
    assert (again.audit, again.core) == (True, task.core)


def test_an_audit_shows_its_share_of_the_cores_without_candidates_and_more_of_it_shows_the_same_again(
    candidates_of: Make, scene_record: Callable[..., SceneRecord]
) -> None:
    file = candidates_of(scene=scene_record(GRID))
    with_candidates = {task.core for task in review_tasks(file)}
    audits = {share: [t for t in review_tasks(file, audit=share) if t.audit] for share in (0.1, 0.5, 1.0)}
    cores = {share: {task.core for task in tasks} for share, tasks in audits.items()}
    assert len(cores[1.0]) == 6 * 4 - len(with_candidates)
    assert not cores[1.0] & with_candidates
    assert [len(cores[share]) for share in (0.1, 0.5)] == [
        round(share * len(cores[1.0])) for share in (0.1, 0.5)
    ]
    assert cores[0.1] < cores[0.5] < cores[1.0]
    assert {t.core for t in review_tasks(file, audit=0.5, seed=1) if t.audit} != cores[0.5]
    assert review_tasks(file, audit=0.5) == review_tasks(file, audit=0.5)


def _square(west_px: float, north_px: float, east_px: float, south_px: float) -> shapely.MultiPolygon:
    """In lon/lat."""
    west, south = GRID.lonlat(PixelPoint(west_px, south_px))
    east, north = GRID.lonlat(PixelPoint(east_px, north_px))
    return shapely.MultiPolygon([shapely.box(west, south, east, north)])


def test_an_audit_stays_in_the_area_of_interest(
    candidates_of: Make, scene_record: Callable[..., SceneRecord]
) -> None:
    file = replace(candidates_of(scene=scene_record(GRID)), aoi=_square(2100, 1500, 2900, 2000))
    audited = [task for task in review_tasks(file, audit=1) if task.audit]
    assert [task.core[:2] for task in audited] == [(2000, 1050), (2500, 1050), (2000, 1575), (2500, 1575)]
    assert {task.audit_of for task in audited} == {4}


def test_of_a_core_only_the_part_in_the_area_of_interest_was_searched(
    candidates_of: Make, scene_record: Callable[..., SceneRecord]
) -> None:
    """What is seen beyond it the detector has not missed."""
    file = replace(candidates_of(scene=scene_record(GRID)), aoi=_square(2100, 1000, 3400, 2000))
    tasks = {task.core[:2]: task for task in review_tasks(file, audit=1) if task.audit}
    for read in (False, True):
        task = tasks[2000, 1575]
        if read:
            task = ReviewTask.from_json(json.loads(json.dumps(task.to_json("a.jpg")))["data"])
            assert task.searched == tasks[2000, 1575].searched, "so that it is not pushed anew"
        assert task.was_searched(PixelPoint(2150, 1700))
        assert not task.was_searched(PixelPoint(2050, 1700))
        assert not task.was_searched(PixelPoint(2150, 2050))
    assert tasks[2500, 1050].searched is None, "all of it"
    (elsewhere, *_) = review_tasks(file)
    assert elsewhere.candidates
    assert not elsewhere.was_searched(elsewhere.candidates[0].box.center)


def test_an_audit_of_an_area_that_the_file_does_not_hold_is_refused(candidates_of: Make) -> None:
    """Drawn over the whole scene it would count as missed what nobody looked for."""
    file = candidates_of()
    old = replace(file, detector=file.detector._replace(params={"aoi_sha256": "ab"}))
    assert review_tasks(old)
    for lacking in ({"audit": 0.1}, {}):
        with pytest.raises(UsageError, match=r"apron\.tif: its candidates file lacks the area"):
            review_tasks(old if lacking else replace(old, candidates=()), **lacking)


def test_cores_are_the_whole_scene_once(
    candidates_of: Make, scene_record: Callable[..., SceneRecord]
) -> None:
    tasks = review_tasks(candidates_of(scene=scene_record(GRID)), audit=1)
    covered = np.zeros((GRID.height, GRID.width), int)
    for col, row, width, height in (task.core for task in tasks):
        covered[row : row + height, col : col + width] += 1
    assert (covered == 1).all()


def test_what_a_neighbouring_task_has_is_in_sight_and_not_asked_for_again(
    fleet: tuple[OrientedBox, ...], candidates_of: Make, scene_record: Callable[..., SceneRecord]
) -> None:
    """Every box of which some pixel is in the tile is one of its own or one of its neighbours."""
    file = candidates_of(*fleet, scene=scene_record(GRID))
    for task in review_tasks(file):
        assert not {c.id for c in task.candidates} & {c.id for c in task.neighbours}
        shown = {candidate.id for candidate in (*task.candidates, *task.neighbours)}
        col, row, width, height = task.tile[:4]
        for candidate in file.candidates:
            center = candidate.box.center
            if col < center.col < col + width and row < center.row < row + height:
                assert candidate.id in shown


def test_another_detectors_candidates_are_another_picture(candidates_of: Make, boxes: Any) -> None:
    """Marks are drawn into it, so a file of the same name would lie to one of the two tasks."""
    one, other = (review_tasks(candidates_of(*some))[0] for some in (boxes, boxes[:1]))
    assert one.tile == other.tile
    assert len({one.image_name, other.image_name, one.surroundings_name, other.surroundings_name}) == 4
    assert review_tasks(candidates_of())[0].image_name == one.image_name


def test_the_types_of_the_airfield_come_with_the_task_and_have_the_digits_as_keys(
    candidates_of: Make,
) -> None:
    (task, *_) = review_tasks(candidates_of())
    choices = task.to_json("a.jpg", known=KnownTypes("GABS", {"IL76": 2, "C130": 1}))["data"]["usual"]
    assert [(choice["alias"], choice["hotkey"]) for choice in choices[:2]] == [("IL76", "1"), ("C130", "2")]


DAMAGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "nothing of ours": lambda d: d.pop("hardstand"),
    "ours is a word": lambda d: d.update(hardstand="yes"),
    "ours is null": lambda d: d.update(hardstand=None),
    "another schema": lambda d: d["hardstand"].update(schema_version=1),
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
    "a core of words": lambda d: d["hardstand"].update(core="all"),
    "a frame of two numbers": lambda d: d["hardstand"].update(frame=[700, 700]),
    "a frame without zoom": lambda d: d["hardstand"].update(frame=[700, 700, 0, 0, 0]),
    "no searched part": lambda d: d["hardstand"].pop("searched"),
    "a searched part that is none": lambda d: d["hardstand"].update(searched="all"),
    "no neighbours": lambda d: d["hardstand"].pop("neighbours"),
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


def test_a_scene_as_large_as_a_country_is_refused_before_it_is_divided(
    candidates_of: Make, scene_record: Callable[..., SceneRecord]
) -> None:
    """A candidates file with such a transform made `review push` hang."""
    grid = Grid(200_000, 200_000, Affine(30, 0, 6e5, 0, -30, 45e5), CRS.from_epsg(32629))
    file = candidates_of(OrientedBox(PixelPoint(50, 50), 4, 4, 0), scene=scene_record(grid))
    with pytest.raises(UsageError, match="too large to review"):
        review_tasks(file)
