"""The task's page in a real browser with the real server: what is done there is what is pulled."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from detect.box import OrientedBox, box_to_tile
from imagery.grid import PixelPoint

pytestmark = [pytest.mark.slow, pytest.mark.labelstudio, pytest.mark.browser]

ARTIFACTS = Path(__file__).resolve().parents[1] / "artifacts"
SKIP, NEXT_BOX = "Control+Space", "Tab"
HANDLE_PX = 50  # on the screen, from a box's nose to the handle that turns it


def test_a_tile_in_which_all_is_right_costs_one_key(desk_for: Callable[..., Any]) -> None:
    desk = desk_for(OrientedBox(PixelPoint(900.0, 640.0), 90.0, 84.0, 181.0), row=2)
    assert len(desk.tasks) == 2
    desk.sit_down()
    desk.answer("Space")
    desk.wait_for(desk.tasks[1])
    desk.answer("Space")
    verdicts = desk.pulled()
    assert {verdict.candidate for verdict in verdicts} == {c.id for t in desk.tasks for c in t.candidates}
    for verdict in verdicts:
        assert verdict.verdict == "confirmed"
        assert verdict.type is verdict.likelihood is verdict.size_class is None, "nobody claimed anything"
        assert not verdict.heading_sure


@pytest.mark.parametrize("shape", [(900, 420), (420, 900)], ids=["portrait", "landscape"])
def test_a_box_that_was_moved_sized_turned_or_drawn_is_pulled_where_it_was_on_the_screen(
    shape: tuple[int, int], desk_for: Callable[..., Any]
) -> None:
    """Within one pixel, whatever the picture's shape and what stands around the tile in it."""
    places = [
        PixelPoint(110.0, 110.0),
        PixelPoint(290.0, 110.0),
        PixelPoint(110.0, 290.0),
        PixelPoint(290.0, 290.0),
    ]
    boxes = [OrientedBox(place, 60.0, 50.0, 0.0) for place in places]
    desk = desk_for(*boxes, shape=shape)
    task = desk.tasks[0]
    assert len(task.candidates) == 4
    desk.sit_down()
    scale = desk.scale(task) * task.frame.zoom
    moved, sized, turned, deleted = (box_to_tile(task.tile, candidate.box) for candidate in task.candidates)

    x, y = desk.on_screen(task, moved.center)
    desk.drag((x, y), (x + 24, y - 18))
    desk.press("Escape")
    x, y = desk.select(task, sized)
    corner = x + sized.width / 2 * scale, y + sized.length / 2 * scale
    desk.drag(corner, (corner[0] + 20, corner[1] + 30))
    desk.press("Escape")
    x, y = desk.select(task, turned)
    reach = turned.length / 2 * scale + HANDLE_PX
    desk.drag((x, y - reach), (x + reach, y))
    desk.press("Escape")
    desk.select(task, deleted)
    desk.press("Backspace")
    desk.wait_for_boxes(3)
    drawn = task.tile.to_tile(PixelPoint(200.0, 200.0))
    x, y = desk.on_screen(task, drawn)
    desk.press("a")
    desk.drag((x - 20, y - 25), (x + 20, y + 25))
    desk.wait_for_boxes(4)
    ARTIFACTS.mkdir(exist_ok=True)
    desk.page.screenshot(path=ARTIFACTS / f"page-{shape[0]}x{shape[1]}.png")
    desk.press("Escape")
    desk.answer()

    verdicts = {verdict.candidate: verdict for verdict in desk.pulled()}
    ids = [candidate.id for candidate in task.candidates]
    assert [verdicts[id].verdict for id in ids] == ["corrected"] * 3 + ["rejected"]
    expected = {
        ids[0]: moved._replace(
            center=PixelPoint(moved.center.col + 24 / scale, moved.center.row - 18 / scale)
        ),
        ids[1]: OrientedBox(
            _shifted(sized.center, 10 / scale, 15 / scale),
            sized.length + 30 / scale,
            sized.width + 20 / scale,
            0.0,
        ),
        ids[2]: turned._replace(angle_deg=90.0),
        None: OrientedBox(drawn, 50 / scale, 40 / scale, 0.0),
    }
    for candidate, box in expected.items():
        pulled = verdicts[candidate]
        center = task.tile.to_tile(PixelPoint(*pulled.center_px))
        assert math.dist(center, box.center) < 1, f"{candidate}: {center} for {box.center}"
        assert pulled.box_px[:2] == pytest.approx(box[1:3], abs=1.5), candidate
        assert abs((pulled.box_px[2] - box.angle_deg + 180) % 360 - 180) < 1.5, candidate
    assert verdicts[ids[2]].heading_sure, "who turned it has looked"
    assert verdicts[None].verdict == "added"
    assert verdicts[None].heading_deg is None, "a drawn box has no heading until it is given one"


def _shifted(point: PixelPoint, right: float, down: float) -> PixelPoint:
    return PixelPoint(point.col + right, point.row + down)


def test_what_is_said_of_an_aircraft_by_key_list_and_text_is_pulled(desk_for: Callable[..., Any]) -> None:
    desk = desk_for(row=4)
    (task,) = desk.tasks
    desk.sit_down()
    page = desk.page
    desk.go_to_box(1)
    desk.press("2", "f", "Alt+6")
    desk.go_to_box(2)
    desk.press("g")
    _choose(page, "Hercules", "C130")
    desk.go_to_box(3)
    _choose(page, "24 to 36", "medium")
    desk.go_to_box(4)
    for prompt, text in (
        ("Why this type", "T-tail"),
        ("Operator", "FAM"),
        ("Tail", "TZ-1"),
        ("Note", "wreck"),
    ):
        page.get_by_placeholder(prompt).fill(text)
        page.keyboard.press("Enter")
        expect(page.get_by_placeholder(prompt)).to_have_count(0)
    page.screenshot(path=ARTIFACTS / "page-said.png")
    desk.answer()

    found = {verdict.candidate: verdict for verdict in desk.pulled()}
    by_key, by_list, by_size, by_text = (found[candidate.id] for candidate in task.candidates)
    assert (by_key.type, by_key.likelihood, by_key.verdict) == ("AN12", "very likely", "corrected")
    before = task.candidates[0].ground.heading_deg
    assert by_key.heading_deg == pytest.approx((before + 180) % 360, abs=0.1)
    assert by_key.heading_sure
    assert (by_list.type, by_list.heading_sure, by_list.verdict) == ("C130", True, "confirmed")
    assert (by_size.type, by_size.size_class) == (None, "medium")
    assert (by_text.type_reason, by_text.operator) == ("T-tail", "FAM")
    assert (by_text.tail_number, by_text.note) == ("TZ-1", "wreck")


def test_a_box_has_one_type_whichever_way_it_was_named_last(desk_for: Callable[..., Any]) -> None:
    """Escape leads from the list and from every text back to the picture, where keys are heard again."""
    desk = desk_for(row=2)
    desk.sit_down()
    page = desk.page
    first, second = (candidate.id for candidate in desk.tasks[0].candidates)
    desk.go_to_box(1)
    desk.press("2")
    _choose(page, "A400", "A400")
    desk.wait_for_types("A400", None)
    desk.go_to_box(2)
    _choose(page, "Hercules", "C130")
    desk.press("2")
    desk.wait_for_types("A400", "AN12")
    desk.press("2")
    desk.wait_for_types("A400", None)
    page.locator(".htx-taxonomy").click()
    page.keyboard.type("Herc")
    desk.press("Escape", "3")
    desk.wait_for_types("A400", "IL76")
    for field in ("Why this type", "Operator", "Tail number", "Note"):
        page.get_by_placeholder(field).click()
        page.keyboard.type("1")
        desk.press("Escape", "0")
        desk.wait_for_types("A400", None)
        desk.press("3")
        desk.wait_for_types("A400", "IL76")
    page.get_by_text("Nose right").click()
    desk.press("0")
    desk.wait_for_types("A400", None)
    desk.press("3")
    desk.answer()
    assert {said.candidate: said.type for said in desk.pulled()} == {first: "A400", second: "IL76"}


def test_a_boxs_mark_is_at_its_nose_and_goes_where_the_box_goes(desk_for: Callable[..., Any]) -> None:
    desk = desk_for(OrientedBox(PixelPoint(200.0, 200.0), 60.0, 50.0, 0.0), row=1)
    task = desk.tasks[0]
    desk.sit_down()
    marks = desk.page.locator(".hs-nose")
    expect(marks).to_have_count(2)
    number = [candidate.box.center.col for candidate in task.candidates].index(200.0)
    box = box_to_tile(task.tile, task.candidates[number].box)
    x, y = desk.on_screen(task, box.center)
    reach = box.length / 2 * desk.scale(task) * task.frame.zoom
    assert _middle(marks.nth(number)) == pytest.approx((x, y - reach - 10), abs=6)
    desk.drag((x, y), (x + 40, y + 30))
    desk.page.mouse.click(x + 40, y + 30)
    expect(desk.page.get_by_placeholder("Note")).to_be_visible()
    assert _middle(marks.nth(number)) == pytest.approx((x + 40, y + 30 - reach - 10), abs=6)
    desk.press("f")
    desk.page.wait_for_function(
        "([number, row]) => document.querySelectorAll('.hs-nose')[number].getBoundingClientRect().top > row",
        arg=[number, y + 30],
    )
    desk.press("Backspace")
    desk.wait_for_boxes(1)
    expect(marks).to_have_count(1)


def _middle(mark: Locator) -> tuple[float, float]:
    place = mark.bounding_box()
    assert place
    return place["x"] + place["width"] / 2, place["y"] + place["height"] / 2


def _choose(page: Page, search: str, leaf: str) -> None:
    """Choose out of the list of types."""
    page.locator(".htx-taxonomy").click()
    page.get_by_placeholder("Search").fill(search)
    page.locator(".ant-select-tree-title", has_text=leaf).last.click()
    page.keyboard.press("Escape")
    expect(page.locator(".lsf-taxonomy-search-input")).to_be_hidden()


def test_a_skipped_tile_says_nothing_and_an_answer_can_be_changed(desk_for: Callable[..., Any]) -> None:
    desk = desk_for(OrientedBox(PixelPoint(900.0, 640.0), 90.0, 84.0, 181.0), row=2)
    first, second = desk.tasks
    desk.sit_down()
    desk.answer(SKIP)
    desk.wait_for(second)
    assert desk.pulled() == []
    desk.press(NEXT_BOX, "1")
    desk.answer()
    (before,) = desk.pulled()
    assert (before.verdict, before.type, before.candidate) == ("confirmed", "C130", second.candidates[0].id)

    desk.page.goto(f"{desk.address}?task={before.task_id}")
    desk.wait_for(second)
    desk.press(NEXT_BOX, "3")
    desk.answer(method="PATCH")
    (after,) = desk.pulled()
    assert after.type == "IL76"
    assert after.statement == before.statement
    assert first.candidates[0].id not in {before.candidate, after.candidate}


def test_a_tile_of_an_audit_has_no_box_and_what_is_drawn_in_it_is_added(
    desk_for: Callable[..., Any],
) -> None:
    desk = desk_for()
    (task,) = desk.tasks
    assert task.audit
    desk.sit_down()
    expect(desk.page.locator(".hs-words")).to_contain_text("Draw what it missed")
    x, y = desk.on_screen(task, PixelPoint(150.0, 160.0))
    desk.press("a")
    desk.drag((x - 30, y - 30), (x + 30, y + 30))
    desk.wait_for_boxes(1)
    desk.answer()
    (verdict,) = desk.pulled()
    assert verdict.verdict == "added"
    assert math.dist(task.tile.to_tile(PixelPoint(*verdict.center_px)), (150, 160)) < 1
