"""What an annotation says is read as it was meant, and a damaged one is refused, not guessed at."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pyproj import Geod

from annotate.labelstudio.annotations import AnnotationReading, hidden_areas, read_annotation
from annotate.labelstudio.division import review_tasks
from annotate.labelstudio.region import Frame
from annotate.labelstudio.tasks import ReviewTask
from annotate.log.entries import Verdict
from detect.box import OrientedBox, to_ground
from detect.candidate import CandidatesFile, SizeError
from imagery.grid import PixelPoint

Regions = list[dict[str, Any]]
CENTIMETRE = 0.01


@pytest.fixture
def task(candidates_of: Callable[..., CandidatesFile]) -> ReviewTask:
    """A task of two candidates."""
    (task, *_) = review_tasks(candidates_of())
    assert len(task.candidates) == 2
    return task


@pytest.fixture
def regions(task: ReviewTask) -> Regions:
    """The prediction's regions, which an analyst who accepts all sends back as they are."""
    return copy.deepcopy(task.to_json("a.jpg")["predictions"][0]["result"])


def read(task: ReviewTask, regions: Any, *, parent: int | None = 5, **members: Any) -> AnnotationReading:
    annotation = {
        "id": 31,
        "result": regions,
        "parent_prediction": parent,
        "created_at": "2026-01-02T03:04:05.123456Z",
        "updated_at": "2026-01-02T03:05:05.123456Z",
        "lead_time": 8.25,
        **members,
    }
    return read_annotation(task, annotation, task_id=7, project="Bamako", analyst="ana@example.org")


def said(task: ReviewTask, regions: Any, **members: Any) -> list[Verdict]:
    """What was said, where nothing waits."""
    reading = read(task, regions, **members)
    assert reading.waiting == ()
    return list(reading.verdicts)


def drawn(**value: Any) -> dict[str, Any]:
    shape = {
        "x": 50.0,
        "y": 50.0,
        "width": 8.0,
        "height": 10.0,
        "rotation": 0.0,
        "rectanglelabels": ["Aircraft"],
    }
    return {
        "id": "drawn1",
        "type": "rectanglelabels",
        "from_name": "aircraft",
        "to_name": "image",
        "value": shape | value,
    }


def typed(identifier: str, *path: str) -> dict[str, Any]:
    value = {"taxonomy": [list(path)] if path else []}
    return {"id": identifier, "type": "taxonomy", "from_name": "type", "to_name": "image", "value": value}


def chosen(identifier: str, tag: str, *words: str) -> dict[str, Any]:
    value = {"choices": list(words)}
    return {"id": identifier, "type": "choices", "from_name": tag, "to_name": "image", "value": value}


def written(identifier: str, tag: str, text: Any) -> dict[str, Any]:
    value = {"text": text}
    return {"id": identifier, "type": "textarea", "from_name": tag, "to_name": "image", "value": value}


def test_what_was_accepted_untouched_is_confirmed_with_the_candidates_own_measures(
    task: ReviewTask, regions: Regions
) -> None:
    verdicts = said(task, regions)
    assert [verdict.verdict for verdict in verdicts] == ["confirmed", "confirmed"]
    for verdict, candidate in zip(verdicts, task.candidates, strict=True):
        assert verdict.candidate == candidate.id
        assert verdict.center_px == tuple(candidate.box.center)
        assert (verdict.length_m, verdict.wingspan_m) == pytest.approx(candidate.ground[:2], abs=CENTIMETRE)
        assert verdict.heading_deg == pytest.approx(candidate.ground.heading_deg, abs=0.005)
        assert verdict.score == candidate.score
        assert verdict.type is None, "the machine's suggestion is never filled in"


def test_a_verdict_says_who_when_and_from_what(task: ReviewTask, regions: Regions) -> None:
    (verdict, _) = said(task, regions)
    assert (verdict.analyst, verdict.annotated) == ("ana@example.org", "2026-01-02T03:05:05.123456Z")
    assert (verdict.task_id, verdict.annotation_id, verdict.project) == (7, 31, "Bamako")
    assert verdict.scene == task.scene
    assert (verdict.detector, verdict.params_hash) == ("bright", task.detector.params_hash)
    assert verdict.lead_time_s == 8.25


def test_a_box_that_was_dragged_is_corrected_and_lies_where_it_was_dragged_to(
    task: ReviewTask, regions: Regions
) -> None:
    """By a tenth of the picture to the right; checked with pyproj."""
    regions[0]["value"]["x"] += 10
    (verdict, _) = said(task, regions)
    assert verdict.verdict == "corrected"
    moved = 0.1 * task.frame.width / task.frame.zoom * task.tile.scale[0]
    place = task.candidates[0].box.center
    lon, lat = task.scene.grid.lonlat(PixelPoint(place.col + moved, place.row))
    _, _, apart = Geod(ellps="WGS84").inv(lon, lat, verdict.lon, verdict.lat)
    assert apart < CENTIMETRE


def test_a_box_that_was_turned_round_has_the_opposite_heading_and_is_sure_of_it(
    candidates_of: Callable[..., CandidatesFile],
) -> None:
    """An analyst who turns a box has looked at where its nose points."""
    (task, *_) = review_tasks(candidates_of(heading_sure=False))
    regions = copy.deepcopy(task.to_json("a.jpg")["predictions"][0]["result"])
    shape = regions[0]["value"]
    width, height = task.frame[:2]
    angle = math.radians(shape["rotation"])
    w, h = shape["width"] / 100 * width, shape["height"] / 100 * height
    # The opposite corner becomes the one the rectangle starts from.
    shape["x"] += 100 * (w * math.cos(angle) - h * math.sin(angle)) / width
    shape["y"] += 100 * (w * math.sin(angle) + h * math.cos(angle)) / height
    shape["rotation"] += 180
    turned, left = said(task, regions)
    before = task.candidates[0].ground
    assert turned.verdict == "corrected"
    assert turned.heading_deg == pytest.approx((before.heading_deg + 180) % 360, abs=0.01)
    assert turned.center_px == pytest.approx(task.candidates[0].box.center, abs=1e-3)
    assert turned.heading_sure
    assert left.verdict == "confirmed"
    assert not left.heading_sure, "what was only accepted is as unsure as it was"


def test_a_box_that_was_moved_across_north_by_half_a_degree_was_not_turned(
    candidates_of: Callable[..., CandidatesFile],
) -> None:
    """From 359.5 to 0.2 is no turn that would make an unsure heading sure."""
    (task, *_) = review_tasks(candidates_of(heading_sure=False))
    regions = copy.deepcopy(task.to_json("a.jpg")["predictions"][0]["result"])
    assert task.candidates[1].box.angle_deg == 359.5
    regions[1]["value"]["rotation"] = 0.2
    verdict = said(task, regions)[1]
    assert verdict.verdict == "corrected"
    assert not verdict.heading_sure


def test_a_box_that_was_removed_is_rejected(task: ReviewTask, regions: Regions) -> None:
    words = {verdict.candidate: verdict.verdict for verdict in said(task, regions[1:])}
    assert words == {task.candidates[0].id: "rejected", task.candidates[1].id: "confirmed"}


def test_all_removed_from_what_was_shown_is_all_rejected(task: ReviewTask) -> None:
    assert [verdict.verdict for verdict in said(task, [])] == ["rejected", "rejected"]


def test_an_annotation_from_an_empty_page_says_nothing_of_what_it_lacks(task: ReviewTask) -> None:
    """The page's own button for a new annotation starts without the prediction."""
    assert said(task, [], parent=None) == []
    assert [verdict.verdict for verdict in said(task, [drawn()], parent=None)] == ["added"]


def test_where_the_parent_was_deleted_a_box_of_ours_shows_that_it_was_there(
    task: ReviewTask, regions: Regions
) -> None:
    words = [verdict.verdict for verdict in said(task, regions[:1], parent=None)]
    assert words == ["confirmed", "rejected"]


def test_a_type_belongs_to_the_box_of_its_id(task: ReviewTask, regions: Regions) -> None:
    (first, second) = (region["id"] for region in regions)
    verdicts = said(task, [*regions, typed(second, "Military transport", "C130"), typed(first)])
    assert [verdict.type for verdict in verdicts] == [None, "C130"]
    assert [verdict.verdict for verdict in verdicts] == ["confirmed", "confirmed"]


def test_a_type_by_its_key_is_as_good_as_one_out_of_the_list(task: ReviewTask, regions: Regions) -> None:
    (first, second) = (region["id"] for region in regions)
    said_ = said(task, [*regions, chosen(first, "usual", "IL76"), chosen(second, "usual", "unknown")])
    assert [(verdict.type, verdict.size_class) for verdict in said_] == [("IL76", None), (None, None)]


def test_who_knows_the_size_alone_says_the_size_alone(task: ReviewTask, regions: Regions) -> None:
    verdict = said(task, [*regions, typed(regions[0]["id"], "unknown", "medium")])[0]
    assert (verdict.type, verdict.size_class) == (None, "medium")


def test_the_same_type_said_twice_is_that_type_and_two_types_are_a_mistake_to_be_mended(
    task: ReviewTask, regions: Regions
) -> None:
    first = regions[0]["id"]
    by_key, out_of_list = chosen(first, "usual", "C130"), typed(first, "Military transport", "C130")
    assert said(task, [*regions, by_key, out_of_list])[0].type == "C130"
    two = [*regions, chosen(first, "usual", "IL76"), out_of_list]
    assert "IL76 by its key and C130 in the list" in read(task, two).waiting[0].needs
    out_of_list["value"]["taxonomy"].append(["Bomber", "TU95"])
    assert "2 types in the list, C130 and TU95" in read(task, [*regions, out_of_list]).waiting[0].needs


def test_what_else_was_said_of_an_aircraft_is_in_the_verdict_and_nothing_by_itself(
    task: ReviewTask, regions: Regions
) -> None:
    first = regions[0]["id"]
    verdict, silent = said(
        task,
        [
            *regions,
            chosen(first, "likelihood", "very likely"),
            written(first, "reason", ["four engines,", " T-tail "]),
            written(first, "operator", ["Malian Air Force"]),
            written(first, "tail", "TZ-15T"),
            written(first, "note", ["\n"]),
        ],
    )
    assert (verdict.likelihood, verdict.type_reason) == ("very likely", "four engines, T-tail")
    assert (verdict.operator, verdict.tail_number, verdict.note) == ("Malian Air Force", "TZ-15T", None)
    assert silent.likelihood is silent.type_reason is silent.operator is silent.tail_number is None


def test_one_key_turns_nose_and_tail_round(candidates_of: Callable[..., CandidatesFile]) -> None:
    (task, *_) = review_tasks(candidates_of(heading_sure=False))
    regions = task.to_json("a.jpg")["predictions"][0]["result"]
    turned, left = said(task, [*regions, chosen(regions[0]["id"], "nose", "swapped")])
    before = task.candidates[0].ground
    assert (turned.verdict, left.verdict) == ("corrected", "confirmed")
    assert turned.heading_deg == pytest.approx((before.heading_deg + 180) % 360, abs=0.01)
    assert turned.center_px == pytest.approx(task.candidates[0].box.center)
    assert (turned.heading_sure, left.heading_sure) == (True, False)


def test_one_key_makes_an_unsure_heading_sure(candidates_of: Callable[..., CandidatesFile]) -> None:
    (task, *_) = review_tasks(candidates_of(heading_sure=False))
    regions = task.to_json("a.jpg")["predictions"][0]["result"]
    verdict = said(task, [*regions, chosen(regions[0]["id"], "nose", "right")])[0]
    assert (verdict.verdict, verdict.heading_sure) == ("confirmed", True)
    assert verdict.heading_deg == pytest.approx(task.candidates[0].ground.heading_deg, abs=0.005)


def test_a_box_that_was_drawn_along_the_picture_has_a_heading_once_somebody_says_so(task: ReviewTask) -> None:
    """An aircraft may well stand that way."""
    up = said(task, [drawn(), chosen("drawn1", "nose", "right")], parent=None)[0]
    down = said(task, [drawn(), chosen("drawn1", "nose", "swapped")], parent=None)[0]
    assert up.heading_sure
    assert up.heading_deg is not None
    assert down.heading_deg == pytest.approx((up.heading_deg + 180) % 360, abs=0.01)


def test_a_box_that_was_drawn_says_where_but_not_how_the_aircraft_lies(task: ReviewTask) -> None:
    """It lies along the picture, not along the aircraft, until somebody turns it."""
    verdict = said(task, [drawn()], parent=None)[0]
    assert (verdict.verdict, verdict.candidate, verdict.score) == ("added", None, None)
    assert (verdict.heading_deg, verdict.length_m, verdict.wingspan_m) == (None, None, None)
    assert not verdict.heading_sure
    middle = PixelPoint(0.54 * task.frame.width - task.frame.left, 0.55 * task.frame.height - task.frame.top)
    assert task.frame.zoom == 1
    assert verdict.center_px == pytest.approx(task.tile.to_scene(middle))


def test_a_box_that_was_drawn_and_turned_has_a_heading_and_measures(task: ReviewTask) -> None:
    verdict = said(task, [drawn(rotation=40.0)], parent=None)[0]
    assert verdict.heading_sure
    assert verdict.length_m == pytest.approx(0.10 * task.frame.height * 0.5, rel=0.01)
    assert verdict.wingspan_m == pytest.approx(0.08 * task.frame.width * 0.5, rel=0.01)


def test_in_an_image_without_a_place_a_verdict_has_measures_and_no_place_or_heading(
    task: ReviewTask, regions: Regions
) -> None:
    """Its transform only says how many metres a pixel is; a place made of that would be an invented one."""
    scene = replace(task.scene, crs=None, transform=(0.5, 0.0, 0.0, 0.0, -0.5, 0.0))
    assert said(task, regions)[0].lon is not None
    for verdict in said(replace(task, scene=scene), regions):
        assert (verdict.lon, verdict.lat, verdict.heading_deg) == (None, None, None)
        assert verdict.length_m == pytest.approx(0.5 * verdict.box_px[0])


def test_what_was_measured_is_true_at_the_boxs_own_place(task: ReviewTask, regions: Regions) -> None:
    regions[0]["value"]["height"] *= 1.5
    (verdict, _) = said(task, regions)
    grid = task.scene.grid
    box = task.candidates[0].box._replace(center=PixelPoint(*verdict.center_px), length=verdict.box_px[0])
    length_m = to_ground(box, grid.ground_matrix(box.center)).length_m
    assert verdict.length_m == pytest.approx(length_m, abs=CENTIMETRE)
    assert verdict.length_m == pytest.approx(1.5 * task.candidates[0].ground.length_m, abs=CENTIMETRE)


def test_every_size_that_is_logged_has_its_error_and_no_number_fourteen_digits(
    task: ReviewTask, regions: Regions
) -> None:
    candidate = replace(task.candidates[0], size_error_m=SizeError(2.5, 1.75))
    task = replace(task, candidates=(candidate, *task.candidates[1:]))
    regions[1]["value"]["height"] *= 1.5
    accepted, dragged = said(task, regions)
    assert (accepted.length_error_m, accepted.wingspan_error_m) == (2.5, 1.75)
    assert dragged.length_error_m is not None
    # An edge is seen no better than to half a pixel, and a fit is no better than 3.5 %.
    assert dragged.length_error_m > 0.035 * (dragged.length_m or 0)
    for verdict in (accepted, dragged):
        numbers = [verdict.length_m, verdict.length_error_m, verdict.heading_deg, *verdict.box_px]
        assert all(len(str(number)) <= 7 for number in numbers)


def test_regions_of_a_tag_that_the_projects_owner_added_are_passed_over(
    task: ReviewTask, regions: Regions
) -> None:
    note = {"id": "n", "type": "textarea", "from_name": "mood", "to_name": "image", "value": {"text": ["!"]}}
    assert len(said(task, [*regions, note])) == 2


HOSTILE: dict[str, Any] = {
    "a region without a value": [{"id": "a", "from_name": "aircraft"}],
    "a region without a tag": [{"id": "a", "value": {}}],
    "a value that is a list": [drawn() | {"value": []}],
    "a box without a side": [drawn() | {"value": {"x": 1, "y": 2, "width": 3}}],
    "a box of words": [drawn(x="left")],
    "a box of nulls": [drawn(y=None)],
    "a box of lists": [drawn(width=[1])],
    "a box without size": [drawn(width=0)],
    "a box that is not a number": [drawn(x=math.nan)],
    "a box without end": [drawn(width=math.inf)],
    "a box too far for a float": [drawn(x=10**400)],
    "a box beyond the Earth": [drawn(x=1e300)],
    "a turned box beyond the Earth": [drawn(x=1e12, rotation=7.0)],
    "a type that is a word": [drawn(), typed("drawn1") | {"value": {"taxonomy": 3}}],
    "a type without words": [drawn(), typed("drawn1") | {"value": {"taxonomy": [[]]}}],
    "a choice that is a number": [drawn(), chosen("drawn1", "usual") | {"value": {"choices": 3}}],
    "a choice without choices": [drawn(), chosen("drawn1", "nose") | {"value": {}}],
    "a likelihood of our own": [drawn(), chosen("drawn1", "likelihood", "surely")],
    "a text that is a number": [drawn(), written("drawn1", "note", 3)],
    "a text that is null": [drawn(), written("drawn1", "note", None)],
    "a type without a taxonomy": [drawn(), typed("drawn1") | {"value": {}}],
}


@pytest.mark.parametrize("damage", HOSTILE)
def test_a_damaged_box_waits_alone_and_the_others_are_taken(
    damage: str, task: ReviewTask, regions: Regions
) -> None:
    verdicts, waiting, _ = read(task, [*regions, *HOSTILE[damage]])
    assert [verdict.verdict for verdict in verdicts] == ["confirmed", "confirmed"]
    (box,) = waiting
    assert box.needs.startswith("a box that was drawn: ")
    assert "\n" not in box.needs


NOBODYS: dict[str, Any] = {
    "regions that are null": None,
    "regions that are a number": 3,
    "regions that are words": ["region"],
    "a region without an id": [{"from_name": "aircraft", "value": drawn()["value"]}],
}


@pytest.mark.parametrize("damage", NOBODYS)
def test_an_annotation_with_a_region_of_no_box_says_nothing_since_it_could_be_any_of_them(
    damage: str, task: ReviewTask
) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read(task, NOBODYS[damage])


def hidden(identifier: str = "hidden1", **value: Any) -> dict[str, Any]:
    return {**drawn(rectanglelabels=["Cannot see here"], **value), "id": identifier}


def test_where_nothing_can_be_seen_is_an_area_and_no_aircraft(task: ReviewTask, regions: Regions) -> None:
    with_cloud = [*regions, hidden()]
    assert [one.verdict for one in said(task, with_cloud)] == ["confirmed", "confirmed"]
    (ring,) = hidden_areas(task, read(task, with_cloud))
    frame, tile = task.frame, task.tile
    left = tile.col + (0.50 * frame.width - frame.left) / frame.zoom * tile.scale[0]
    right = tile.col + (0.58 * frame.width - frame.left) / frame.zoom * tile.scale[0]
    cols = [col for col, _ in ring]
    assert (min(cols), max(cols)) == (pytest.approx(left, abs=0.1), pytest.approx(right, abs=0.1))
    assert hidden_areas(task, read(task, regions)) == []


def test_a_proposal_that_nobody_can_see_is_neither_confirmed_nor_rejected(
    task: ReviewTask, regions: Regions
) -> None:
    regions[0]["value"]["rectanglelabels"] = ["Cannot see here"]
    assert [one.verdict for one in said(task, regions)] == ["confirmed"]
    assert len(hidden_areas(task, read(task, regions))) == 1


def test_a_candidate_with_two_types_waits_and_is_not_rejected(task: ReviewTask, regions: Regions) -> None:
    first, second = (region["id"] for region in regions)
    two = [chosen(second, "usual", "IL76"), typed(second, "Military transport", "C130")]
    verdicts, waiting, _ = read(task, [*regions, *two])
    assert [(verdict.candidate, verdict.verdict) for verdict in verdicts] == [(first, "confirmed")]
    assert [(box.region, box.needs) for box in waiting] == [
        (second, "box 2: it has two types, IL76 by its key and C130 in the list; clear one of them")
    ]


@pytest.mark.parametrize(("across", "down"), [(-1, 1), (1, -1), (-1, -1)])
def test_a_box_that_was_dragged_over_its_corner_covers_what_it_is_drawn_over(
    across: int, down: int, task: ReviewTask
) -> None:
    (right,) = said(task, [drawn(rotation=40.0)], parent=None)
    shape = {"width": 8.0 * across, "height": 10.0 * down}
    turn, (width, height) = math.radians(40.0), task.frame[:2]
    # From the corner that it is measured from now, in pixels: those over which the others were dragged.
    side = 0.08 * width * (across < 0), 0.10 * height * (down < 0)
    x = 50.0 + 100 * (side[0] * math.cos(turn) - side[1] * math.sin(turn)) / width
    y = 50.0 + 100 * (side[0] * math.sin(turn) + side[1] * math.cos(turn)) / height
    (flipped,) = said(task, [drawn(rotation=40.0, x=x, y=y, **shape)], parent=None)
    assert flipped.center_px == pytest.approx(right.center_px, abs=1e-6)
    assert flipped.box_px == pytest.approx(right.box_px)


def test_a_box_that_the_page_pushed_into_the_picture_is_not_corrected(
    candidates_of: Callable[..., CandidatesFile],
) -> None:
    """Of tasks pushed when a picture ended at the scene's edge; a move along that edge is a correction."""
    box = OrientedBox(PixelPoint(20.0, 400.0), 80.0, 60.0, 0.0)
    (task, *_) = review_tasks(candidates_of(box))
    task = replace(task, frame=Frame(task.tile.out_width, task.tile.out_height + 60, 0, 0, 1))
    (region,) = task.prediction()["result"]
    assert region["value"]["x"] < 0
    region["value"]["x"] = 0.0
    (verdict,) = said(task, [region])
    assert verdict.verdict == "confirmed"
    assert verdict.center_px == (20.0, 400.0)
    region["value"]["y"] += 100 * 12 / task.frame.height
    (verdict,) = said(task, [region])
    assert verdict.verdict == "corrected"
    assert verdict.center_px == pytest.approx((20.0, 412.0), abs=1e-3)
