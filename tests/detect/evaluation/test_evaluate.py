"""The figures: they are COCO's where COCO has them, and say what they are called."""

from __future__ import annotations

import contextlib
import io
import json
from dataclasses import replace
from functools import cache
from pathlib import PurePath
from typing import Any

import numpy as np
import pytest
from affine import Affine
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rasterio.crs import CRS

from detect.box import Extent, GroundBox, OrientedBox, from_ground, to_ground
from detect.candidate import Candidate, CandidatesFile, TypeSuggestion
from detect.detector import DetectorInfo
from detect.evaluation.figures import Evaluation, evaluate
from detect.evaluation.truth import Marks, SceneTruth, Truth, TruthBox
from imagery.errors import UsageError
from imagery.grid import Grid, LonLat, PixelPoint
from imagery.record import SceneRecord

GRID = Grid(2000, 1200, Affine(0.5, 0, 600_000, 0, -0.5, 4_500_000), CRS.from_epsg(32629))
INFO = DetectorInfo("bright", "1", {"min_score": 0.0})


@cache
def record(name: str) -> SceneRecord:
    unknown: dict[str, Any] = dict.fromkeys(SceneRecord.__dataclass_fields__)
    known = {
        "path": f"images/{name}",
        "crs": GRID.crs_name,
        "transform": tuple(GRID.transform)[:6],
        "width": GRID.width,
        "height": GRID.height,
        "gsd_m": GRID.gsd_m(),
        "gsd_xy_m": tuple(GRID.gsd_xy_m()),
        "opened_with": {},
        "bands": ("grey",),
        "rendered": False,
    }
    return SceneRecord(**unknown | known)


def candidate(score: float, extent: Extent, box: OrientedBox | None = None, **members: Any) -> Candidate:
    left, top, right, bottom = extent
    box = box or OrientedBox(
        PixelPoint((left + right) / 2, (top + bottom) / 2), bottom - top, right - left, 0
    )
    ground = to_ground(box, GRID.ground_matrix(box.center))
    known = {"heading_sure": True, "types": (), "airfield": None} | members
    return Candidate("", box, extent, ground, score=score, **known)


def file(name: str, *candidates: Candidate, info: DetectorInfo = INFO) -> CandidatesFile:
    return CandidatesFile(record(name), info, candidates)


def truth(**boxes: list[TruthBox]) -> Truth:
    scenes = (SceneTruth(f"{stem}.tif", boxes=tuple(found)) for stem, found in boxes.items())
    return Truth("truth", tuple(scenes))


def square(col: float, row: float, side: float = 80) -> Extent:
    return Extent(col, row, col + side, row + side)


def ap(evaluation: Evaluation, iou: float = 0.5) -> float | None:
    return evaluation.overall.at_iou[iou].ap


# Small numbers, so that boxes overlap often; scores that differ, since COCO breaks ties by their order.
extents = st.builds(
    lambda col, row, width, height: Extent(col, row, col + width, row + height),
    *(st.integers(0, 30),) * 2,
    *(st.integers(8, 20),) * 2,
)
scene_truths = st.lists(st.builds(TruthBox, extents, ignored=st.booleans()), max_size=6)


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[CandidatesFile], Truth]:
    boxes = {stem: draw(scene_truths) for stem in ("a", "b", "c")}
    found = draw(st.lists(st.tuples(st.sampled_from("abc"), extents), max_size=25))
    scores = draw(st.permutations(np.linspace(0.01, 0.99, 25).tolist()))
    of = [(stem, candidate(score, extent)) for (stem, extent), score in zip(found, scores, strict=False)]
    files = [file(f"{stem}.tif", *(one for at, one in of if at == stem)) for stem in boxes]
    return files, truth(**boxes)


def coco_ap(files: list[CandidatesFile], known: Truth, iou: float) -> float:
    """Average precision by pycocotools, all candidates of a scene kept; -1 without aircraft."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    def bbox(extent: Extent) -> list[float]:
        left, top, right, bottom = extent
        return [left, top, right - left, bottom - top]

    names = [PurePath(file.scene.path).name for file in files]
    annotations = [
        {"image_id": names.index(scene.scene), "bbox": bbox(box.extent), "iscrowd": int(box.ignored)}
        for scene in known.scenes
        for box in scene.boxes or ()
    ]
    areas = [one["bbox"][2] * one["bbox"][3] for one in annotations]
    results = [
        {"image_id": index, "bbox": bbox(one.extent), "score": one.score, "category_id": 1}
        for index, file in enumerate(files)
        for one in file.candidates
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {
            "info": {},
            "images": [{"id": index} for index in range(len(names))],
            "categories": [{"id": 1, "name": "aircraft"}],
            "annotations": [
                {**one, "id": number, "area": area, "category_id": 1}
                for number, (one, area) in enumerate(zip(annotations, areas, strict=True), start=1)
            ],
        }
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(results), "bbox")
        evaluation.params.iouThrs = np.array([iou])
        evaluation.params.maxDets = [1000]
        evaluation.params.areaRng, evaluation.params.areaRngLbl = [[0, 1e10]], ["all"]
        evaluation.evaluate()
        evaluation.accumulate()
    return float(evaluation.eval["precision"].mean())


def is_tied(files: list[CandidatesFile], known: Truth) -> bool:
    """Whether a candidate fits two aircraft equally well: COCO then takes the later, hardstand the first."""
    for scene in evaluate(files, known).scenes:
        for row in scene.overlap.iou:
            fits = row[row >= 0.4].round(9)
            if len(set(fits)) < len(fits):
                return True
    return False


@given(cases())
@settings(max_examples=60)
def test_ap50_is_that_of_pycocotools(case: tuple[list[CandidatesFile], Truth]):
    """Crowds among them: at 0.5 what lies mostly in one is forgiven by both."""
    files, known = case
    assume(any(file.candidates for file in files) and not is_tied(files, known))
    theirs = coco_ap(files, known, 0.5)
    ours = ap(evaluate(files, known))
    assert ours == (None if theirs == -1 else pytest.approx(theirs, abs=1e-9))


@given(cases(), st.randoms())
def test_the_order_of_files_candidates_and_truth_does_not_matter(case: Any, random: Any):
    files, known = case
    # Scores that tie are the hard case.
    files = [
        replace(one, candidates=tuple(replace(c, score=round(c.score, 1)) for c in one.candidates))
        for one in files
    ]

    def shuffled(items: Any) -> tuple[Any, ...]:
        return tuple(random.sample(list(items), len(items)))

    again = [replace(one, candidates=shuffled(one.candidates)) for one in shuffled(files)]
    scenes = [replace(scene, boxes=shuffled(scene.boxes)) for scene in shuffled(known.scenes)]
    first = evaluate(files, known, by="scene").to_json()
    assert evaluate(again, Truth("truth", tuple(scenes)), by="scene").to_json() == first


def test_of_candidates_with_the_same_score_none_is_first_by_its_place_in_the_file():
    right, wrong = candidate(0.5, square(0, 0)), candidate(0.5, square(500, 0))
    known = truth(a=[TruthBox(square(0, 0))])
    assert ap(evaluate([file("a.tif", right, wrong)], known)) == ap(
        evaluate([file("a.tif", wrong, right)], known)
    )


@given(cases())
def test_figures_are_parts_of_a_whole_and_the_looser_bound_finds_no_less(case: Any):
    figures = evaluate(*case).overall
    for found in figures.at_iou.values():
        recalls = [found.recall_by_candidates_per_km2[n] for n in (50, 100)]
        shares = [found.ap, *recalls, found.at_half.precision, found.at_half.recall]
        assert all(share is None or 0 <= share <= 1 for share in shares)
        assert recalls[0] is None or recalls[0] <= recalls[1]
        assert sum(recall.aircraft for recall in found.recall_by_extent.values()) == figures.aircraft


@given(cases())
def test_a_false_alarm_below_all_others_never_raises_ap(case: Any):
    files, known = case
    stray = candidate(0.001, square(1500, 1000))
    worse = [replace(files[0], candidates=(*files[0].candidates, stray)), *files[1:]]
    before, after = ap(evaluate(files, known)), ap(evaluate(worse, known))
    assert before is after is None or after <= before


@given(st.lists(st.integers(0, 18), min_size=1, max_size=8, unique=True))
def test_each_aircraft_found_and_nothing_else_is_an_ap_of_1(columns: list[int]):
    places = [square(column * 100, 200) for column in columns]
    found = evaluate(
        [file("a.tif", *(candidate(0.5 + index / 100, place) for index, place in enumerate(places)))],
        truth(a=[TruthBox(place) for place in places]),
    )
    assert (ap(found), ap(found, 0.4)) == (1.0, 1.0)
    assert found.overall.at_iou[0.5].at_half.precision == 1.0


def test_false_alarms_in_a_scene_without_aircraft_count():
    known = truth(a=[TruthBox(square(0, 0))], empty=[])
    right = file("a.tif", candidate(0.6, square(0, 0)))
    wrong = file("empty.tif", candidate(0.9, square(500, 500)))
    assert ap(evaluate([right, file("empty.tif")], known)) == 1.0
    assert ap(evaluate([right, wrong], known)) == 0.5


def test_without_aircraft_there_is_no_ap_but_there_are_candidates_to_look_at():
    figures = evaluate([file("a.tif", candidate(0.9, square(0, 0)))], truth(a=[])).overall
    assert figures.at_iou[0.5].ap is None
    assert figures.at_iou[0.5].at_half.recall is None
    assert figures.at_iou[0.5].at_half.precision == 0.0
    assert figures.at_iou[0.5].at_half.candidates_per_km2 == pytest.approx(1 / 0.6, rel=0.01)


def test_what_is_cut_by_the_border_is_neither_right_nor_wrong_nor_missed():
    cut = TruthBox(Extent(0, 100, 40, 180), ignored=True)
    whole = TruthBox(square(300, 300))
    right = candidate(0.5, whole.extent)
    for extent in (cut.extent, Extent(2, 120, 30, 150), Extent(0, 95, 55, 185)):
        figures = evaluate([file("a.tif", candidate(0.9, extent), right)], truth(a=[cut, whole])).overall
        assert figures.at_iou[0.5].ap == 1.0, f"{extent} fits the cut aircraft or lies in it"
        assert (figures.aircraft, figures.ignored) == (1, 1)


def test_a_second_candidate_for_an_aircraft_is_a_false_alarm():
    known = truth(a=[TruthBox(square(0, 0))])
    twice = file("a.tif", candidate(0.9, square(0, 0)), candidate(0.8, square(4, 0)))
    assert evaluate([twice], known).overall.at_iou[0.5].at_half.precision == 0.5


def test_oriented_boxes_are_compared_where_the_truth_has_an_angle():
    """Two long boxes across each other have the same extent and are not the same."""
    center = PixelPoint(500, 500)
    extent = Extent(470, 470, 530, 530)
    known = TruthBox(extent, OrientedBox(center, 80, 10, 45))
    across = candidate(0.9, extent, OrientedBox(center, 80, 10, 135))
    assert ap(evaluate([file("a.tif", across)], truth(a=[known]))) == 0.0
    assert ap(evaluate([file("a.tif", across)], truth(a=[TruthBox(extent)]))) == 1.0


def test_a_budget_is_spent_on_the_best_of_each_scene():
    """0.6 km² and 50 a km²: the 30th candidate of a scene counts, the 31st does not, whatever its score."""
    aircraft = square(0, 0)
    strays = [candidate(0.9 - index / 1000, square(300 + 10 * index, 900, 9)) for index in range(30)]
    late = candidate(0.1, aircraft)
    known = truth(a=[TruthBox(aircraft)], b=[TruthBox(aircraft)])
    figures = evaluate([file("a.tif", *strays[:29], late), file("b.tif", *strays, late)], known).overall
    assert figures.km2 == pytest.approx(1.2, rel=0.01)
    assert figures.at_iou[0.5].recall_by_candidates_per_km2 == {20: 0.0, 50: 0.5, 100: 1.0}


def test_recall_by_extent_goes_by_the_larger_side_in_metres():
    sides_m = {"<20 m": 19.5, "20-30 m": 20.5, "30-40 m": 39.5, "40-60 m": 41, ">=60 m": 61}
    places = {name: square(index * 150, 0, side / 0.5) for index, (name, side) in enumerate(sides_m.items())}
    found = [candidate(0.9, place) for name, place in places.items() if name != "<20 m"]
    known = truth(a=[TruthBox(place) for place in places.values()])
    evaluation = evaluate([file("a.tif", *found)], known, by="size")
    recall = evaluation.overall.at_iou[0.5].recall_by_extent
    assert {name: of.aircraft for name, of in recall.items()} == dict.fromkeys(sides_m, 1)
    assert {name for name, of in recall.items() if of.recall == 0} == {"<20 m"}
    assert list(evaluation.groups) == list(sides_m)
    assert evaluation.groups["<20 m"].at_iou[0.5].recall_at_half == 0


def test_recall_by_pixels_goes_by_the_larger_side_in_the_scenes_pixels():
    sides_px = {"<15 px": 14.5, "15-20 px": 15, "20-30 px": 29.5, "30-45 px": 30, ">=45 px": 45}
    places = {name: square(index * 150, 0, side) for index, (name, side) in enumerate(sides_px.items())}
    found = [
        candidate(0.9 if name != "15-20 px" else 0.4, place)
        for name, place in places.items()
        if name != "<15 px"
    ]
    known = truth(a=[TruthBox(place) for place in places.values()])
    evaluation = evaluate([file("a.tif", *found)], known, by="pixels")
    recall = evaluation.overall.at_iou[0.5].recall_by_pixels
    assert {name: of.aircraft for name, of in recall.items()} == dict.fromkeys(sides_px, 1)
    assert {name for name, of in recall.items() if of.recall == 0} == {"<15 px"}
    assert list(evaluation.groups) == list(sides_px)
    halves = {name: group.at_iou[0.5].recall_at_half for name, group in evaluation.groups.items()}
    assert halves == dict(zip(sides_px, (0, 0, 1, 1, 1), strict=True))


def test_the_loosest_bound_on_overlap_forgives_what_the_tighter_do_not():
    """Boxes of 80 pixels, 40 apart: they share a third of their union."""
    found = file("a.tif", candidate(0.9, square(40, 0)))
    known = evaluate([found], truth(a=[TruthBox(square(0, 0))]))
    assert [ap(known, iou) for iou in (0.5, 0.4, 0.3)] == [0.0, 0.0, 1.0]


def test_precision_at_a_recall_is_the_best_at_that_recall_or_a_higher_one():
    """Right, wrong, right, right, wrong, of four aircraft: 1 at a recall of 0.25, 0.75 at 0.75."""
    places = [square(200 * index, 0) for index in range(4)]
    strays = [square(200 * index, 900) for index in range(2)]
    order = [places[0], strays[0], places[1], places[2], strays[1]]
    found = file("a.tif", *(candidate(0.9 - index / 10, place) for index, place in enumerate(order)))
    figures = evaluate([found], truth(a=[TruthBox(place) for place in places])).overall.at_iou[0.5]
    assert figures.precision_at_recall == {0.5: 0.75, 0.7: 0.75, 0.8: None, 0.9: None, 0.95: None}
    assert figures.surest_false_alarm == pytest.approx(0.8)


def test_the_surest_false_alarm_is_told_where_nothing_is_to_be_found():
    """What is ignored is not one, and without any there is no score."""
    ignored = TruthBox(square(0, 0), ignored=True)
    known = truth(a=[ignored], empty=[])
    wrong = [file("a.tif", candidate(0.9, square(0, 0))), file("empty.tif", candidate(0.7, square(0, 0)))]
    assert evaluate(wrong, known).overall.at_iou[0.5].surest_false_alarm == 0.7
    assert evaluate(wrong[:1], known).overall.at_iou[0.5].surest_false_alarm is None


def test_what_the_detectors_own_bound_gives_is_told_where_the_bound_is_known():
    files = [file("a.tif", candidate(0.9, square(0, 0)), candidate(0.3, square(500, 0)))]
    known = truth(a=[TruthBox(square(0, 0))])
    assert evaluate(files, known).overall.at_iou[0.5].at_default is None
    at_default = evaluate(files, known, default_score=0.3).overall.at_iou[0.5].at_default
    assert at_default is not None
    assert (at_default.precision, at_default.recall) == (0.5, 1.0)


@pytest.fixture
def parked() -> TruthBox:
    """A C-130 that heads 40° east of north."""
    center = PixelPoint(800, 900)
    box = from_ground(center, GroundBox(30.0, 40.0, 40.0), GRID.ground_matrix(center))
    return TruthBox(Extent(760, 860, 840, 940), box, "C130")


def proposed(of: TruthBox, turn: float = 0, longer: float = 1.0, **members: Any) -> Candidate:
    assert of.box
    box = of.box._replace(angle_deg=(of.box.angle_deg + turn) % 360, length=of.box.length * longer)
    return candidate(members.pop("score", 0.9), of.extent, box, **members)


def test_errors_are_those_of_the_candidate_in_the_aircrafts_place(parked: TruthBox):
    suggested = (TypeSuggestion("AN12", 0.9), TypeSuggestion("C130", 0.8))
    files = [file("a.tif", proposed(parked, turn=-10, longer=1.1, types=suggested))]
    errors = evaluate(files, truth(a=[parked])).overall.measured
    assert errors is not None
    assert errors.heading_error_deg is not None
    assert errors.heading_error_deg.median == pytest.approx(10, abs=1e-6)
    assert errors.length_error is not None
    assert errors.length_error.median_signed == pytest.approx(0.1)
    assert errors.wingspan_error is not None
    assert errors.wingspan_error.median_absolute == pytest.approx(0, abs=1e-9)
    assert (errors.typed, errors.type_first, errors.type_first_5) == (1, 0.0, 1.0)


def test_one_that_is_measured_badly_is_not_left_out(parked: TruthBox):
    """By IoU it would be, and the error would look smaller than it is."""
    evaluation = evaluate([file("a.tif", proposed(parked, longer=2.5))], truth(a=[parked]))
    assert evaluation.overall.at_iou[0.5].at_half.recall == 0
    assert evaluation.overall.measured is not None
    assert evaluation.overall.measured.length_error is not None
    assert evaluation.overall.measured.length_error.median_signed == pytest.approx(1.5)


@pytest.mark.parametrize(("turn", "swapped"), [(91, 1.0), (180, 1.0), (-180, 1.0), (89, 0.0), (359, 0.0)])
def test_a_nose_turned_by_more_than_a_right_angle_is_swapped(turn: float, swapped: float, parked: TruthBox):
    unsure = proposed(parked, turn=turn, heading_sure=False)
    errors = evaluate([file("a.tif", unsure)], truth(a=[parked])).overall.measured
    assert errors is not None
    assert (errors.swapped, errors.sure, errors.swapped_sure) == (swapped, 0, None)
    sure = evaluate([file("a.tif", proposed(parked, turn=turn))], truth(a=[parked])).overall.measured
    assert sure is not None
    assert sure.swapped_sure == swapped


def test_the_surest_candidate_in_a_place_is_the_one_that_is_measured(parked: TruthBox):
    files = [file("a.tif", proposed(parked, score=0.4), proposed(parked, turn=30, score=0.8))]
    errors = evaluate(files, truth(a=[parked])).overall.measured
    assert errors is not None
    assert errors.heading_error_deg is not None
    assert errors.heading_error_deg.median == pytest.approx(30, abs=1e-6)
    assert (errors.aircraft, errors.paired) == (1, 1)


def test_marks_give_errors_and_no_ap_since_they_name_some_aircraft_only():
    nose, tail, left, right = (PixelPoint(*at) for at in ((50, 10), (50, 90), (10, 50), (90, 50)))
    known = Truth("marks", (SceneTruth("a.tif", "site-01", marks=(Marks(nose, tail, left, right),)),))
    files = [file("a.tif", candidate(0.9, Extent(10, 10, 90, 90)), candidate(0.9, square(500, 500)))]
    figures = evaluate(files, known, by="site").groups["site-01"]
    assert figures.at_iou == {}
    assert figures.measured is not None
    assert figures.measured.swapped == 0.0
    assert figures.measured.place_error_m is not None
    assert figures.measured.place_error_m.median == pytest.approx(0, abs=1e-6)


def test_a_point_is_found_within_15_m_by_the_best_so_many():
    strays = [candidate(0.9 - index / 1000, square(5 * index, 900, 9)) for index in range(100)]
    near = candidate(0.1, square(1460, 1000))  # its middle at (1500, 1040)
    points = [LonLat(*GRID.lonlats([(col, 1040)])[0]) for col in (1500 + 28, 1500 + 32)]
    known = Truth("points", (SceneTruth("a.tif", points=tuple(points)),))
    found = evaluate([file("a.tif", *strays, near)], known).overall.points
    assert found is not None
    assert found.points == 2
    assert found.recall_of_best == {100: 0.0, 300: 0.5}, "14 m away is near, 16 m is not"


def test_groups_are_the_figures_of_their_scenes_alone():
    known = Truth(
        "truth",
        (
            SceneTruth("a.tif", "site-01", (TruthBox(square(0, 0)),)),
            SceneTruth("b.tif", "site-02", (TruthBox(square(0, 0)),)),
        ),
    )
    files = [file("b.tif"), file("a.tif", candidate(0.9, square(0, 0)))]
    for by, names in (("site", ["site-01", "site-02"]), ("scene", ["a.tif", "b.tif"])):
        groups = evaluate(files, known, by=by).groups
        assert {name: group.at_iou[0.5].ap for name, group in groups.items()} == dict(
            zip(names, (1.0, 0.0), strict=True)
        )


def test_sites_that_nobody_told_are_not_made_up():
    with pytest.raises(UsageError, match="has no sites; choose another `by`"):
        evaluate([file("a.tif")], truth(a=[]), by="site")


def test_candidates_of_a_part_of_the_scene_are_refused():
    partly = file("a.tif", info=DetectorInfo("bright", "1", {"aoi_sha256": "ab"}))
    with pytest.raises(UsageError, match="an area of interest only"):
        evaluate([partly], truth(a=[]))


@given(cases())
def test_the_figures_are_json_without_nan(case: Any):
    evaluation = evaluate(*case, by="size", default_score=0.5)
    members = json.loads(json.dumps(evaluation.to_json(), allow_nan=False))
    assert members["ap_interpolation"] == "101-point (COCO)"
    assert len(members["curves"]["0.5"]) <= 200
