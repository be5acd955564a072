"""One aircraft, one candidate: what overlaps is merged, what stands beside is not."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st

from detect.box import OrientedBox, corners
from detect.merge import BOXES_AT_ONCE, MERGED_COVER, MERGED_IOU, keep_best, shared_areas
from imagery.grid import PixelPoint

NORTH_UP = np.diag([1.0, -1.0])


def rings(*boxes: tuple[float, float, float, float, float]) -> np.ndarray:
    """Corners of boxes given as (col, row, length, width, angle)."""
    found = [corners(OrientedBox(PixelPoint(c, r), le, w, a), NORTH_UP) for c, r, le, w, a in boxes]
    return np.array(found).reshape(-1, 4, 2)


def test_an_aircraft_that_two_tiles_saw_a_pixel_apart_is_kept_once_as_the_surer_saw_it() -> None:
    assert keep_best(rings((100, 100, 80, 70, 30), (101, 99, 78, 71, 31)), [0.6, 0.9]) == [1]


def test_the_part_that_a_tiles_edge_has_cut_merges_into_the_whole() -> None:
    """A third of an aircraft shares too little with the whole for their union to tell."""
    whole, nose = (100, 100, 80, 70, 0), (100, 73, 26, 70, 0)
    assert keep_best(rings(whole, nose), [0.9, 0.8]) == [0]


def test_neighbours_wing_to_wing_stay_two() -> None:
    """Also where their boxes overlap by a metre or two, as detectors' boxes do."""
    assert keep_best(rings((100, 100, 80, 70, 0), (166, 100, 80, 70, 0)), [0.9, 0.8]) == [0, 1]


def test_aircraft_parked_at_an_angle_in_a_row_stay_apart_though_their_upright_extents_overlap() -> None:
    parked = [(100 + 50 * i, 100, 60, 40, 45) for i in range(5)]
    assert sorted(keep_best(rings(*parked), [0.9, 0.5, 0.7, 0.6, 0.8])) == [0, 1, 2, 3, 4]


def test_what_is_kept_comes_surest_first() -> None:
    assert keep_best(rings(*[(200 * i, 0, 40, 40, 0) for i in range(4)]), [0.5, 0.9, 0.4, 0.7]) == [
        1,
        3,
        0,
        2,
    ]


def test_a_chain_of_overlaps_does_not_swallow_the_far_end() -> None:
    """Only what overlaps the surest one is the same aircraft, not what overlaps an overlap."""
    chain = rings((0, 0, 40, 40, 0), (20, 0, 40, 40, 0), (40, 0, 40, 40, 0))
    assert keep_best(chain, [0.9, 0.8, 0.7]) == [0, 2]


def test_no_hits_give_none() -> None:
    assert keep_best(np.empty((0, 4, 2)), []) == []


places = st.integers(0, 12).map(lambda step: 15.0 * step)
some_boxes = st.lists(
    st.tuples(places, places, st.sampled_from([40.0, 60.0]), st.sampled_from([40.0, 60.0]), st.just(0.0)),
    max_size=12,
    unique=True,
)


@given(some_boxes, st.data())
def test_the_order_of_the_tiles_does_not_matter_even_where_scores_tie(
    boxes: list[tuple[float, float, float, float, float]], data: st.DataObject
) -> None:
    scores = data.draw(st.lists(st.sampled_from([0.5, 0.7]), min_size=len(boxes), max_size=len(boxes)))
    order = data.draw(st.permutations(range(len(boxes))))
    kept = [boxes[i] for i in keep_best(rings(*boxes), scores)]
    shuffled = [boxes[i] for i in order]
    again = [shuffled[i] for i in keep_best(rings(*shuffled), [scores[i] for i in order])]
    assert again == kept


def test_equally_sure_boxes_that_share_their_first_corner_are_kept_alike_in_any_order() -> None:
    """Nothing but the boxes themselves is left to tell which comes first."""
    short, long = (50, 50, 40, 40, 0), (50, 60, 60, 40, 0)
    one, other = rings(short, long), rings(long, short)
    assert one[0, 0] == pytest.approx(one[1, 0])
    assert one[keep_best(one, [0.7, 0.7])] == pytest.approx(other[keep_best(other, [0.7, 0.7])])


@given(some_boxes)
def test_nothing_is_lost_without_a_surer_one_in_its_place(
    boxes: list[tuple[float, float, float, float, float]],
) -> None:
    scores = [0.9 - 0.01 * i for i in range(len(boxes))]
    kept = keep_best(rings(*boxes), scores)
    for i, (col, row, *_) in enumerate(boxes):
        near = [k for k in kept if k <= i and abs(boxes[k][0] - col) < 60 and abs(boxes[k][1] - row) < 60]
        assert near, "each box is kept, or overlaps one that is kept and surer"


def one_by_one(ring: np.ndarray, scores: np.ndarray) -> list[int]:
    """Greedy merging as anyone would write it."""
    boxes = shapely.polygons(ring)
    kept: list[int] = []
    for index in np.argsort(-scores):
        shared = shapely.area(shapely.intersection(boxes[index], boxes[kept]))
        own, other = shapely.area(boxes[index]), shapely.area(boxes[kept])
        same = (shared >= MERGED_IOU * (own + other - shared)) | (
            shared >= MERGED_COVER * np.minimum(own, other)
        )
        if not same.any():
            kept.append(int(index))
    return kept


@pytest.mark.parametrize("crowding", ["one pile", "crowded", "loose"])
def test_many_boxes_are_merged_as_if_one_by_one(crowding: str) -> None:
    """Batches are decided together and must not let anything through, nor lose anything, where they meet."""
    random = np.random.default_rng(5)
    count = 3 * BOXES_AT_ONCE
    side = {"one pile": 30.0, "crowded": 500.0, "loose": 4000.0}[crowding]
    places, sizes = random.uniform(0, side, (count, 2)), random.uniform(20, 120, (count, 2))
    ring = rings(*np.column_stack([places, sizes, random.uniform(0, 360, count)]).tolist())
    scores = random.permutation(count) / count
    assert keep_best(ring, scores.tolist()) == one_by_one(ring, scores)


def test_a_pile_of_the_same_box_is_one() -> None:
    ring = rings((100, 100, 80, 70, 30)).repeat(4 * BOXES_AT_ONCE, axis=0)
    scores = np.linspace(0, 1, 4 * BOXES_AT_ONCE)
    assert keep_best(ring, scores.tolist()) == [4 * BOXES_AT_ONCE - 1]


measures = st.floats(0.5, 150)
any_box = st.tuples(st.floats(-80, 80), st.floats(-80, 80), measures, measures, st.floats(0, 360))


@example((0.0, 0.0, 10.0, 3.0, 0.0), (0.0, 0.0, 8.0, 46.0, 2.2267350682728658e-07), 0.0)
@given(any_box, any_box, st.floats(-0.7, 0.7))
def test_the_area_that_two_boxes_share_is_what_shapely_says(
    one: tuple[float, float, float, float, float],
    other: tuple[float, float, float, float, float],
    shear: float,
) -> None:
    """Sheared too: where pixels are not square on the ground, boxes are parallelograms in the image."""
    first, second = rings(one, other) @ np.array([[1.0, shear], [0.0, 1.3]])
    expected = shapely.area(shapely.intersection(*shapely.polygons(np.array([first, second]))))
    shared = shared_areas(first[None], second[None])
    assert shared == pytest.approx([expected], abs=1e-6)
    assert shared_areas(second[None], first[None]) == pytest.approx(shared, abs=1e-6)


@given(any_box, st.integers(0, 3))
def test_a_box_shares_all_of_itself_with_itself_whichever_corner_comes_first(
    box: tuple[float, float, float, float, float], turn: int
) -> None:
    ring = rings(box)
    assert shared_areas(ring, np.roll(ring, turn, axis=1)) == pytest.approx([box[2] * box[3]], rel=1e-9)


@given(any_box, st.floats(0, 1))
def test_boxes_that_share_edges_share_the_part_between_them(
    box: tuple[float, float, float, float, float], part: float
) -> None:
    ring = rings(box)
    cut = ring.copy()
    cut[:, 1:3] = ring[:, [0, 3]] + part * (ring[:, 1:3] - ring[:, [0, 3]])
    assert shared_areas(ring, cut) == pytest.approx([part * box[2] * box[3]], rel=1e-9, abs=1e-7)


def test_a_box_without_area_shares_none() -> None:
    line, box = rings((100, 100, 80, 0, 30)), rings((100, 100, 80, 70, 30))
    assert shared_areas(line, box) == shared_areas(box, line) == pytest.approx([0.0])
