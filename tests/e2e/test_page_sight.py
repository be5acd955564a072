"""What an analyst sees in the page: types that fit, outlines to scale, zoom and light, all of it at once."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from annotate.labelstudio.interface import AIRPORT_TYPES
from detect.box import OrientedBox, box_to_tile
from imagery.aircraft.types import aircraft_types
from imagery.grid import PixelPoint

pytestmark = [pytest.mark.slow, pytest.mark.labelstudio, pytest.mark.browser]

ARTIFACTS = Path(__file__).resolve().parents[1] / "artifacts"
NEXT_BOX = "Tab"
AT_AN_AIRPORT = list(enumerate(AIRPORT_TYPES[:6], 4))  # where the log has seen nothing yet
SMALL, LARGE = (1280, 800), (1920, 1080)
HOSTILE = "<img src=x onerror='window.hacked=1'><script>window.hacked=1</script>"


def test_the_keys_are_the_types_that_fit_the_box_and_the_outline_over_it_has_their_size(
    desk_for: Callable[..., Any],
) -> None:
    desk = desk_for(row=3, angle_deg=0.0)
    (task,) = desk.tasks
    desk.sit_down()
    desk.go_to_box(1)
    rows = desk.page.locator(".hs-types li")
    expect(rows).to_have_text(
        ["1 C130 61 %", "2 AN12 20 %", "3 IL76 8 %", *(f"{key} {icao}" for key, icao in AT_AN_AIRPORT)]
    )
    outline = desk.page.locator(".hs-outline")
    screen_px = desk.scale(task) * task.frame.zoom / task.scene.gsd_m  # per metre
    for key, icao in (("1", "C130"), ("3", "IL76")):
        desk.press(key)
        desk.wait_for_types(icao, None, None)
        place, aircraft = _geometry(desk.page, ".hs-outline"), aircraft_types()[icao]
        assert place["width"] == pytest.approx(screen_px * aircraft.wingspan_m, abs=2)
        assert place["height"] == pytest.approx(screen_px * aircraft.length_m, abs=2)
        middle = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
        box = box_to_tile(task.tile, task.candidates[0].box)
        assert middle == pytest.approx(desk.on_screen(task, box.center), abs=1.5)
    ARTIFACTS.mkdir(exist_ok=True)
    desk.page.screenshot(path=ARTIFACTS / "page-types.png")
    desk.press("Control+a", "2")
    desk.wait_for_types("AN12", "AN12", "AN12")
    expect(outline).to_have_count(3)
    desk.press("Control+z")
    desk.wait_for_types("IL76", None, None)
    desk.press("Control+a", "1")
    desk.answer()
    assert [verdict.type for verdict in desk.pulled()] == ["C130"] * 3


def test_one_key_zooms_to_the_box_where_scale_and_north_stay_in_sight_and_light_changes_the_picture(
    desk_for: Callable[..., Any],
) -> None:
    desk = desk_for(*(OrientedBox(PixelPoint(at, at), 60.0, 50.0, 30.0) for at in (200.0, 310.0)))
    desk.sit_down()
    page = desk.page
    expect(page.locator(".hs-bar")).to_have_count(0)
    desk.go_to_box(1)
    desk.press("z")
    desk.wait_for_picture("image.zoomScale > 2")
    for mark in (".hs-bar", ".hs-north", ".hs-types"):
        expect(page.locator(mark)).to_be_in_viewport(ratio=0.9)
    first = page.evaluate(ZOOMED)
    assert abs(first[0] - first[2]) + abs(first[1] - first[3]) < 3, "the box is in the middle"
    desk.go_to_box(2)
    desk.wait_for_picture("image.zoomingPositionX !== arg", first[4])
    second = page.evaluate(ZOOMED)
    assert abs(second[0] - second[2]) + abs(second[1] - second[3]) < 3, "the zoom follows the box"
    plain = _contrast(page)
    desk.press("e")
    page.wait_for_selector(".hs-lit")
    assert _contrast(page) > 1.5 * plain
    page.screenshot(path=ARTIFACTS / "page-zoomed.png")
    page.get_by_role("slider", name="Gamma").fill("2")
    desk.press("e", "z")
    desk.wait_for_picture("image.zoomScale < 1.01")
    page.get_by_text("As it is").click()
    expect(page.locator(".hs-lit")).to_have_count(0)
    desk.answer()
    assert [verdict.verdict for verdict in desk.pulled()] == ["confirmed"] * 2, "it was only looked at"


def _geometry(page: Page, shape: str) -> dict[str, float]:
    """Where the first shape of a class is on the screen, without the width of its line."""
    # The page may draw it anew between two looks at it, so it is found and measured in one.
    found = page.wait_for_function(
        """shape => {
          const drawn = document.querySelector(shape);
          if (!drawn?.ownerSVGElement) return null;
          const { x, y, width, height } = drawn.getBBox();
          const layer = drawn.ownerSVGElement.getBoundingClientRect();
          return { x: x + layer.x, y: y + layer.y, width, height };
        }""",
        arg=shape,
    )
    return dict(found.json_value())


# The middle of the box and of the canvas on the canvas, and where the picture begins.
ZOOMED = """() => {
  const annotation = window.Htx.annotationStore.selected;
  const image = annotation.names.get("image");
  const { x, y, width, height } = annotation.selectedRegions[0].shapeRef.getClientRect();
  const { clientWidth, clientHeight } = document.querySelector(".konvajs-content");
  return [x + width / 2, y + height / 2, clientWidth / 2, clientHeight / 2, image.zoomingPositionX];
}"""


def _contrast(page: Page) -> float:
    """How far the values of the canvas scatter, as it is seen."""
    shot = page.locator(".konvajs-content").screenshot()
    pixels = cv2.imdecode(np.frombuffer(shot, np.uint8), cv2.IMREAD_GRAYSCALE)
    return float(pixels[: len(pixels) // 4].std())


def test_the_surroundings_are_shown_and_hidden_by_one_key_and_leave_no_trace(
    desk_for: Callable[..., Any],
) -> None:
    desk = desk_for(row=1, sensor=HOSTILE)
    desk.sit_down()
    around = desk.page.get_by_alt_text("Surroundings")
    own = desk.page.locator(".hs-boxes-around polygon")
    expect(around).to_be_hidden()
    desk.press("s")
    expect(around).to_be_visible()
    assert around.evaluate("image => image.naturalWidth") > 300
    expect(own).to_have_count(1)
    before, place = around.bounding_box(), own.bounding_box()
    assert before
    assert place
    desk.page.mouse.move(place["x"], place["y"])
    desk.page.mouse.wheel(0, -200)
    desk.page.wait_for_function(
        "width => document.querySelector('.hs-view img').getBoundingClientRect().width > width * 1.2",
        arg=before["width"],
    )
    after = own.bounding_box()
    assert after
    assert (after["x"], after["y"]) == pytest.approx((place["x"], place["y"]), abs=2), "under the mouse"
    assert after["width"] > 1.2 * place["width"]
    desk.page.screenshot(path=ARTIFACTS / "page-around.png")
    desk.press("s")
    expect(around).to_be_hidden()
    assert not desk.page.evaluate("window.Htx.annotationStore.selected.history.canUndo")
    words = desk.page.locator(".hs-words")
    expect(words).to_contain_text("GABS")
    expect(words).to_contain_text("2023-10-27 (day)")
    expect(words).to_contain_text(HOSTILE)
    assert desk.page.evaluate("window.hacked") is None, "a hostile name is text"
    link = desk.page.get_by_role("link", name="on OpenStreetMap")
    assert str(link.get_attribute("href")).startswith("https://www.openstreetmap.org/?mlat=12.5")
    desk.answer()
    assert [verdict.verdict for verdict in desk.pulled()] == ["confirmed"]


def test_thirty_boxes_are_one_page_and_one_key(desk_for: Callable[..., Any]) -> None:
    boxes = [
        OrientedBox(PixelPoint(45.0 + 65 * (i % 6), 45.0 + 75 * (i // 6)), 46.0, 40.0, 12.0 * i)
        for i in range(30)
    ]
    desk = desk_for(*boxes)
    assert len(desk.tasks[0].candidates) == 30
    desk.sit_down()
    table = desk.page.locator(".hs-boxes tr")
    expect(table).to_have_count(30)
    table.last.scroll_into_view_if_needed()
    expect(table.last).to_be_in_viewport()
    desk.page.screenshot(path=ARTIFACTS / "page-thirty.png")
    desk.answer()
    assert [verdict.verdict for verdict in desk.pulled()] == ["confirmed"] * 30


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["1280x800", "1920x1080"])
def test_picture_and_controls_are_in_sight_without_scrolling(
    size: tuple[int, int], desk_for: Callable[..., Any]
) -> None:
    desk = desk_for(row=3)
    desk.sit_down(size)
    page = desk.page
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"page-{size[0]}.png")
    frame, scale = desk.tasks[0].frame, desk.scale(desk.tasks[0])
    assert frame.width * scale > 0.65 * size[0] or size == LARGE, "the picture has most of the width"
    assert frame.width * scale * frame.height * scale > 0.45 * math.prod(size), "and is most of the page"
    desk.press(NEXT_BOX)
    page.screenshot(path=ARTIFACTS / f"page-selected-{size[0]}.png")
    for control in ("Why this type", "Operator", "Tail number", "Note"):
        expect(page.get_by_placeholder(control)).to_be_in_viewport(ratio=1)
    expect(page.get_by_text("Nose right")).to_be_in_viewport(ratio=1)
    expect(page.get_by_text("Its type, if you can see it")).to_be_in_viewport(ratio=1)
    expect(page.get_by_text("History")).to_have_count(0)
    words = page.locator(".hs-words")
    assert words.evaluate("words => words.scrollHeight <= words.clientHeight"), "nothing is cut off"
    expect(page.locator('[aria-label="Submit current annotation"]')).to_be_in_viewport(ratio=1)
    larger = {"width": size[0] * 5 // 4, "height": size[1] * 5 // 4}
    page.set_viewport_size(larger)
    desk.wait_for_picture("image.stageWidth > arg", 1.2 * frame.width * scale)
    desk.answer()
