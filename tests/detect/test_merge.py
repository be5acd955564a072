"""One aircraft, one candidate: what overlaps is merged, what stands beside is not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.box import OrientedBox, corners
from detect.merge import keep_best
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
