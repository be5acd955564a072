"""A box that goes to Label Studio and back is where it was, whatever its angle and the picture's shape."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate.labelstudio.region import Frame, box_of, rectangle_of
from annotate.labelstudio.task_picture import frame_of
from detect.box import OrientedBox, box_to_scene, box_to_tile
from imagery.grid import PixelPoint
from imagery.tiling import Tile

sides = st.integers(50, 3000)
boxes = st.builds(
    OrientedBox,
    st.builds(PixelPoint, st.floats(-50, 3050), st.floats(-50, 3050)),
    st.floats(3, 400),
    st.floats(3, 400),
    st.one_of(st.floats(0, 360, exclude_max=True), st.sampled_from([0.0, 90.0, 180.0, 270.0])),
)


def apart(one: OrientedBox, other: OrientedBox) -> float:
    """By how many pixels, or degrees, two boxes differ at most."""
    turn = abs((one.angle_deg - other.angle_deg + 180) % 360 - 180)
    shifts = (abs(a - b) for a, b in zip((*one.center, *one[1:3]), (*other.center, *other[1:3]), strict=True))
    return max(turn, *shifts)


frames = st.builds(
    lambda width, height, left, top, right, below, zoom: Frame(
        left + zoom * width + right, top + zoom * height + below, left, top, zoom
    ),
    sides,
    sides,
    *[st.integers(0, 200)] * 4,
    st.integers(1, 12),
)


@given(boxes, frames)
def test_a_box_comes_back_within_a_thousandth_of_a_pixel(box: OrientedBox, frame: Frame) -> None:
    """Also at the edges, where corners lie outside the picture, and whatever stands around the tile."""
    again = box_of(rectangle_of(box, frame), frame)
    assert apart(box, again) < 1e-3
    assert 0 <= again.angle_deg < 360


@given(boxes, st.tuples(sides, sides), st.tuples(sides, sides), st.booleans())
def test_a_candidate_comes_back_from_a_tile_of_oblong_pixels_within_a_thousandth_of_a_pixel(
    box: OrientedBox, window: tuple[int, int], shape: tuple[int, int], rendered: bool
) -> None:
    """Scene to tile to framed picture to percent, and the whole way back, as push and pull do it."""
    tile = Tile(40, 70, *window, *shape)
    frame = frame_of(tile, rendered=rendered)
    shown = rectangle_of(box_to_tile(tile, box), frame)
    assert apart(box, box_to_scene(tile, box_of(shown, frame))) < 1e-3


def test_what_stands_around_the_tile_is_no_part_of_the_boxs_place() -> None:
    """In a picture of 200 x 100 with the tile at (20, 10) and twice as large, its (5, 5) is at (30, 20)."""
    box = OrientedBox(PixelPoint(5, 5), length=4, width=6, angle_deg=0)
    rectangle = rectangle_of(box, Frame(200, 100, 20, 10, 2))
    assert rectangle == {"x": 12.0, "y": 16.0, "width": 6.0, "height": 8.0, "rotation": 0}


BARE_1024, BARE = Frame(1024, 1024, 0, 0, 1), Frame(500, 400, 0, 0, 1)


def test_the_example_that_was_checked_by_picture_holds() -> None:
    """Of a tile of 1024 pixels a side: centre (563.2, 460.8), 307.2 wide, 122.88 high, turned by 30°."""
    box = OrientedBox(PixelPoint(563.2, 460.8), length=122.88, width=307.2, angle_deg=30.0)
    rectangle = rectangle_of(box, BARE_1024)
    assert rectangle["x"] == pytest.approx(45.0096, abs=5e-5)
    assert rectangle["y"] == pytest.approx(32.3038, abs=5e-5)
    assert (rectangle["width"], rectangle["height"]) == pytest.approx((30, 12))
    assert rectangle["rotation"] == 30.0
    assert apart(box_of(rectangle, BARE_1024), box) < 1e-9


@given(boxes, sides, sides)
def test_the_middle_of_the_top_edge_is_the_nose(box: OrientedBox, width: int, height: int) -> None:
    """The top edge starts at x, y and runs along the rotation; the nose is half the length ahead."""
    rectangle = rectangle_of(box, Frame(width, height, 0, 0, 1))
    angle = math.radians(rectangle["rotation"])
    half_span = rectangle["width"] / 100 * width / 2
    top = (
        rectangle["x"] / 100 * width + half_span * math.cos(angle),
        rectangle["y"] / 100 * height + half_span * math.sin(angle),
    )
    nose = (
        box.center.col + box.length / 2 * math.sin(angle),
        box.center.row - box.length / 2 * math.cos(angle),
    )
    assert top == pytest.approx(nose, abs=1e-6)


def test_a_rectangle_turned_the_other_way_round_is_the_same_direction() -> None:
    """Label Studio keeps a negative rotation as it is."""
    rectangle = {"x": 50, "y": 50, "width": 10, "height": 10, "rotation": -30}
    assert box_of(rectangle, BARE).angle_deg == 330
    assert box_of({**rectangle, "rotation": -1e-15}, BARE).angle_deg == 0


def test_a_rectangle_that_was_never_turned_has_no_rotation() -> None:
    bare = {"x": 10.0, "y": 20.0, "width": 10.0, "height": 10.0}
    assert box_of(bare, BARE) == OrientedBox(PixelPoint(75, 100), 40, 50, 0)
    assert box_of({**bare, "rotation": None}, BARE) == box_of(bare, BARE)


@pytest.mark.parametrize(
    "damage",
    [
        {"width": 0},
        {"height": 0.0},
        {"x": math.nan},
        {"y": math.inf},
        {"rotation": math.nan},
        {"x": "left"},
    ],
)
def test_a_rectangle_that_is_none_is_refused(damage: dict[str, Any]) -> None:
    good = {"x": 10.0, "y": 20.0, "width": 10.0, "height": 10.0, "rotation": 0.0}
    with pytest.raises(ValueError, match=r"has no size|could not convert"):
        box_of(good | damage, BARE)
