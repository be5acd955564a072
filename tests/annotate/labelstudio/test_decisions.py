"""Each box of an analyst, and each they removed, is one word; what they never saw is none."""

from __future__ import annotations

import pytest

from annotate.labelstudio.decisions import Claims, ReviewedBox, decisions, same_box
from detect.box import OrientedBox, angle_between_deg
from imagery.grid import PixelPoint

BOX = OrientedBox(PixelPoint(100, 100), 40, 30, 10)
C130 = Claims(type="C130", likelihood="likely")


def words(proposed: dict[str, OrientedBox], *reviewed: ReviewedBox, shown: bool = True) -> dict[str, str]:
    return {decision.id: decision.verdict for decision in decisions(proposed, reviewed, shown=shown)}


def test_a_box_that_was_left_is_confirmed_as_the_machine_drew_it() -> None:
    """Not as the browser rounded it: a confirmed candidate's place is the candidate's."""
    rounded = BOX._replace(center=PixelPoint(100.02, 99.97))
    (decision,) = decisions({"a": BOX}, [ReviewedBox("a", rounded, claims=C130)], shown=True)
    assert decision == ("confirmed", "a", BOX, False, C130)


@pytest.mark.parametrize(
    "change",
    [
        {"center": PixelPoint(101, 100)},
        {"center": PixelPoint(100, 99)},
        {"length": 41.0},
        {"width": 29.0},
        {"angle_deg": 11.0},
        {"angle_deg": 190.0},
    ],
    ids=["moved right", "moved up", "longer", "narrower", "turned", "turned round"],
)
def test_a_box_that_was_moved_by_a_pixel_or_turned_is_corrected(change: dict[str, float]) -> None:
    """Turned round by 180° it covers the same pixels, but the nose was wrong."""
    changed = BOX._replace(**change)
    (decision,) = decisions({"a": BOX}, [ReviewedBox("a", changed)], shown=True)
    assert decision[:3] == ("corrected", "a", changed)


def test_a_box_whose_nose_is_said_to_be_at_its_tail_is_turned_round_and_else_as_the_machine_drew_it() -> None:
    rounded = BOX._replace(length=40.03, angle_deg=10.02)
    (decision,) = decisions({"a": BOX}, [ReviewedBox("a", rounded, "swapped")], shown=True)
    assert decision[:4] == ("corrected", "a", BOX._replace(angle_deg=190), True)


def test_a_box_whose_nose_is_said_to_be_right_is_confirmed_and_the_nose_was_looked_at() -> None:
    (decision,) = decisions({"a": BOX}, [ReviewedBox("a", BOX, "right")], shown=True)
    assert decision[:4] == ("confirmed", "a", BOX, True)


def test_a_box_that_was_drawn_can_be_turned_round_too() -> None:
    (decision,) = decisions({}, [ReviewedBox("new", BOX._replace(angle_deg=270), "swapped")], shown=True)
    assert decision[:4] == ("added", "new", BOX._replace(angle_deg=90), True)


def test_a_box_that_was_removed_is_rejected_where_it_was_seen() -> None:
    (decision,) = decisions({"a": BOX}, [], shown=True)
    assert decision == ("rejected", "a", BOX, False, Claims())


def test_a_box_that_is_absent_but_was_never_shown_says_nothing() -> None:
    """An annotation begun from an empty page did not reject what it could not see."""
    assert words({"a": BOX}, shown=False) == {}


def test_a_box_of_no_candidate_is_added() -> None:
    (decision,) = decisions({}, [ReviewedBox("new", BOX, claims=C130)], shown=True)
    assert decision == ("added", "new", BOX, False, C130)


def test_a_box_drawn_over_one_that_was_removed_is_a_rejection_and_an_addition() -> None:
    assert words({"a": BOX}, ReviewedBox("new", BOX)) == {"new": "added", "a": "rejected"}


def test_what_was_left_is_confirmed_even_where_the_rest_was_not_shown() -> None:
    assert words({"a": BOX, "b": BOX}, ReviewedBox("a", BOX), shown=False) == {"a": "confirmed"}


def test_every_proposal_gets_one_word_where_all_were_shown() -> None:
    proposed = dict.fromkeys("abc", BOX)
    moved = ReviewedBox("b", BOX._replace(length=50))
    said = words(proposed, moved, ReviewedBox("a", BOX))
    assert said == {"b": "corrected", "a": "confirmed", "c": "rejected"}


def test_angles_on_both_sides_of_north_are_neighbours() -> None:
    assert angle_between_deg(359.9, 0.1) == pytest.approx(0.2)
    assert angle_between_deg(10, 190) == 180
    assert same_box(BOX._replace(angle_deg=359.97), BOX._replace(angle_deg=0.02))
    assert not same_box(BOX._replace(angle_deg=359.9), BOX._replace(angle_deg=0.1))
