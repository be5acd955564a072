"""One aircraft is one sighting, whoever drew it; two that stand side by side are two."""

from __future__ import annotations

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

from annotate.log.entries import Verdict
from annotate.log.store import Log, open_log
from annotate.log.subjects import Boxes
from detect.box import OrientedBox, corners
from detect.merge import SAME_AIRCRAFT_IOU
from imagery.grid import Grid, PixelPoint
from imagery.record import SceneRecord

Make = Callable[..., Verdict]
Draw = Callable[..., Verdict]
BOX = (60.0, 80.0, 30.0)  # length, width, angle
PLACE = (500.0, 400.0)


@pytest.fixture
def draw(verdict: Make) -> Draw:
    """A box that an analyst added."""

    def make(number: int, center: tuple[float, float] = PLACE, **members: Any) -> Verdict:
        known = {"verdict": "added", "candidate": None, "center_px": center, "box_px": BOX}
        known |= {"analyst": f"analyst {number}", "score": None}
        return verdict(number, **known | members)

    return make


@pytest.fixture
def log(location: str) -> Any:
    with open_log(location, create=True) as opened:
        yield opened


def aircraft(log: Log) -> list[int]:
    """How many analysts have said something, of each aircraft."""
    return [held.analysts for held in log.sightings()]


@pytest.mark.parametrize("together", [True, False])
def test_what_two_analysts_drew_of_one_aircraft_is_one_sighting(together: bool, log: Log, draw: Draw) -> None:
    boxes = [draw(1), draw(2, (504.0, 397.0), box_px=(62.0, 78.0, 33.0))]
    for batch in [boxes] if together else [[box] for box in boxes]:
        log.record(batch)
    assert aircraft(log) == [2]


def test_what_one_drew_in_two_neighbouring_tasks_is_one_sighting(log: Log, draw: Draw) -> None:
    log.record([draw(1, analyst="ana", task_id=1), draw(2, analyst="ana", task_id=2)])
    assert aircraft(log) == [1]


def test_aircraft_that_stand_wing_to_wing_are_two(log: Log, draw: Draw) -> None:
    """82 pixels apart across noses that point 30 degrees clockwise from image up."""
    log.record([draw(1), draw(2, (500.0 + 71.0, 400.0 + 41.0))])
    assert aircraft(log) == [1, 1]


@pytest.mark.parametrize("row_m", [0.5, 1.0])
@pytest.mark.parametrize(("shift", "count"), [(19.0, 1), (21.0, 2)])
def test_boxes_are_of_one_aircraft_from_half_of_their_union_on(
    shift: float, count: int, row_m: float, log: Log, draw: Draw, scene_record: Callable[..., SceneRecord]
) -> None:
    """Upright, 60 pixels long: moved by a third of that, they share 40 of 80, square or not."""
    grid = Grid(1200, 900, Affine(0.5, 0, 600_000, 0, -row_m, 4_500_000), CRS.from_epsg(32629))
    upright = {"box_px": (60.0, 80.0, 0.0), "scene": scene_record(grid)}
    log.record([draw(1, **upright), draw(2, (500.0, 400.0 + shift), **upright)])
    assert len(aircraft(log)) == count


def test_a_box_that_is_turned_across_is_another(log: Log, draw: Draw) -> None:
    """It has the same middle, and the same upright extent, but lies across: 20 by 100."""
    log.record([draw(1, box_px=(20.0, 100.0, 0.0)), draw(2, box_px=(20.0, 100.0, 90.0))])
    assert aircraft(log) == [1, 1]


def test_a_box_drawn_over_a_candidate_is_about_that_candidate(log: Log, verdict: Make, draw: Draw) -> None:
    """Who removes the machine's box and draws a better one speaks of one aircraft, and contradicts nobody."""
    machine = {"center_px": PLACE, "box_px": BOX, "annotation_id": 1, "analyst": "ana"}
    drawn = draw(1, (503.0, 401.0), region_id="drawn", analyst="ana")
    log.record([verdict(1, verdict="rejected", **machine), drawn])
    (held,) = log.sightings()
    assert (held.status, held.verdict, held.center_px) == ("confirmed", "added", (503.0, 401.0))


def test_a_box_drawn_where_another_rejected_the_candidate_is_disputed(
    log: Log, verdict: Make, draw: Draw
) -> None:
    log.record([verdict(1, verdict="rejected", center_px=PLACE, box_px=BOX), draw(5, (503.0, 401.0))])
    assert [held.status for held in log.sightings()] == ["disputed"]


def test_the_nearest_of_several_is_the_one(log: Log, draw: Draw) -> None:
    log.record([draw(1), draw(2, (500.0, 430.0)), draw(3, (500.0, 427.0))])
    assert sorted(aircraft(log)) == [1, 2]


def test_the_same_place_in_another_scene_is_another_aircraft(log: Log, verdict: Make, draw: Draw) -> None:
    other = replace(verdict().scene, sha256="cd" * 32)
    log.record([draw(1), draw(2, scene=other)])
    assert aircraft(log) == [1, 1]


def test_a_scene_that_has_no_hash_is_not_taken_for_another_without_one(
    log: Log, verdict: Make, draw: Draw
) -> None:
    unknown = replace(verdict().scene, sha256=None)
    log.record([draw(1, scene=unknown), draw(2, scene=unknown)])
    assert aircraft(log) == [1, 1]


def test_an_aircraft_is_where_its_latest_box_is(log: Log, draw: Draw) -> None:
    log.record([draw(1)])
    moved = draw(1, (600.0, 400.0), annotated="2026-02-01T00:00:00Z")
    log.record([moved])
    log.record([draw(2, (602.0, 401.0)), draw(3, PLACE)])
    assert sorted(aircraft(log)) == [1, 2]


def test_a_box_that_was_edited_stays_the_same_aircraft(log: Log, draw: Draw) -> None:
    """However far it was moved, and whatever it now lies upon."""
    log.record([draw(1), draw(2, (800.0, 400.0))])
    log.record([draw(2, PLACE, annotated="2026-02-01T00:00:00Z")])
    assert aircraft(log) == [1, 1]


crowded = st.builds(
    OrientedBox,
    st.builds(PixelPoint, st.floats(0, 150), st.floats(0, 150)),
    st.floats(10, 120),
    st.floats(10, 120),
    st.floats(0, 359),
)


@given(
    st.lists(st.tuples(st.integers(0, 30), crowded), max_size=40), crowded, st.sampled_from([0.5, 0.7, 1.0])
)
def test_the_aircraft_found_by_place_is_the_one_found_by_comparing_with_all(
    put: list[tuple[int, OrientedBox]], box: OrientedBox, row_m: float
) -> None:
    """Also of boxes that were moved, and where pixels are not square, by shapely's word for what overlaps."""
    matrix = np.array([[0.5, 0.0], [0.0, -row_m]])
    boxes, latest = Boxes(), dict[str, OrientedBox]()
    for number, other in put:
        boxes.put(f"aircraft {number}", other)
        latest[f"aircraft {number}"] = other
    area = shapely.Polygon(corners(box, matrix))
    overlaps = dict[str, float]()
    for name, other in latest.items():
        there = shapely.Polygon(corners(other, matrix))
        overlaps[name] = area.intersection(there).area / area.union(there).area
    found = boxes.overlapped(box, matrix)
    most = max(overlaps.values(), default=0.0)
    if found is None:
        assert most < SAME_AIRCRAFT_IOU + 1e-9
    else:
        assert overlaps[found] == pytest.approx(most, abs=1e-9)
        assert most > SAME_AIRCRAFT_IOU - 1e-9


def test_of_two_aircraft_drawn_alike_the_first_is_the_one() -> None:
    boxes, box, square = Boxes(), OrientedBox(PixelPoint(*PLACE), *BOX), np.diag([0.5, -0.5])
    boxes.put("first", box)
    boxes.put("second", box)
    assert boxes.overlapped(box, square) == "first"
