"""The task's page in a real browser with the real server: what is done there is what is pulled."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import rasterio
from affine import Affine
from click.testing import CliRunner
from playwright.sync_api import Locator, Page, expect

from annotate.labelstudio.division import review_tasks
from annotate.labelstudio.interface import AIRPORT_TYPES
from annotate.labelstudio.server import Server
from annotate.labelstudio.tasks import ReviewTask
from annotate.log.entries import Verdict
from annotate.log.store import open_log
from detect.box import Extent, OrientedBox, box_to_tile, corners
from detect.candidate import (
    CandidatesFile,
    TypeSuggestion,
    measured_candidate,
    read_candidates,
    write_candidates,
)
from detect.detector import DetectorInfo
from hardstand import main
from imagery.aircraft.types import aircraft_types
from imagery.grid import PixelPoint
from imagery.record import SceneRecord
from imagery.scene import open_scene

pytestmark = [pytest.mark.slow, pytest.mark.labelstudio, pytest.mark.browser]

ARTIFACTS = Path(__file__).resolve().parents[1] / "artifacts"
DETECTOR = DetectorInfo("bright", "1", {})
TYPES = (TypeSuggestion("C130", 0.61), TypeSuggestion("AN12", 0.2), TypeSuggestion("IL76", 0.08))
ALL_RIGHT, SKIP, NEXT_BOX = "Space", "Control+Space", "Tab"
AT_AN_AIRPORT = list(enumerate(AIRPORT_TYPES[:6], 4))  # where the log has seen nothing yet
SMALL, LARGE = (1280, 800), (1920, 1080)
HANDLE_PX = 50  # on the screen, from a box's nose to the handle that turns it
HOSTILE = "<img src=x onerror='window.hacked=1'><script>window.hacked=1</script>"


@dataclass
class Desk:
    """An analyst before a project of one scene."""

    cli: CliRunner
    page: Page
    project: str
    address: str
    tasks: list[ReviewTask]
    log: Path

    def sit_down(self, size: tuple[int, int] = SMALL) -> None:
        """Open the label stream, in which an analyst works."""
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
        self.page.goto(f"{self.address}?labeling=1")
        self.wait_for(self.tasks[0])

    def wait_for(self, task: ReviewTask) -> None:
        """Until the page shows a task, its picture and its boxes."""
        place = f"{task.image_name.removesuffix('.jpg')}"
        self.page.wait_for_function(
            "name => window.Htx?.task && JSON.stringify(window.Htx.task.data ?? '').includes(name)", arg=place
        )
        self.page.wait_for_function(
            "() => window.Htx.annotationStore.selected?.names.get('image')?.currentImageEntity?.imageLoaded"
        )
        self.page.wait_for_selector(".konvajs-content canvas")
        self.wait_for_boxes(len(task.candidates))

    def wait_for_boxes(self, count: int) -> None:
        """Until the page has so many boxes; its list builds only those that are in sight."""
        self.page.wait_for_function(
            "count => window.Htx.annotationStore.selected?.regions.length === count", arg=count
        )

    def go_to_box(self, number: int) -> None:
        """Press the key that leads to the next box, which is the one of a number."""
        self.press(NEXT_BOX)
        self.page.wait_for_function(
            "number => window.Htx.annotationStore.selected.regions[number - 1].selected", arg=number
        )

    def wait_for_types(self, *types: str | None) -> None:
        """Until the boxes have these types, each by the list, where `pull` finds it on any server."""
        self.page.wait_for_function(
            """types => {
              const value = (region, tag) => region.results
                .find((result) => result.from_name.name === tag)?.mainValue ?? [];
              const regions = window.Htx.annotationStore.selected.regions;
              return JSON.stringify(regions.map((region) => value(region, "type")[0]?.at(-1) ?? null))
                === JSON.stringify(types) && regions.every((region) => !value(region, "usual").length);
            }""",
            arg=list(types),
        )

    def wait_for_picture(self, condition: str, arg: object = None) -> None:
        """Until something holds of Label Studio's image and its container."""
        self.page.wait_for_function(
            f"""arg => {{
              const image = window.Htx.annotationStore.selected.names.get("image");
              return {condition};
            }}""",
            arg=arg,
        )

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def answer(self, key: str = ALL_RIGHT, method: str = "POST") -> None:
        """Press the key that sends the answer, and wait until the server has it."""
        with self.page.expect_response(
            lambda answer: "/annotations" in answer.url and answer.request.method == method
        ) as sent:
            self.press(key)
        assert sent.value.ok

    def on_screen(self, task: ReviewTask, point: PixelPoint) -> tuple[float, float]:
        """Where a place of the tile, in its pixels, is on the screen."""
        canvas = self.page.locator(".konvajs-content").bounding_box()
        assert canvas
        frame, scale = task.frame, self.scale(task)
        col, row = frame.left + frame.zoom * point.col, frame.top + frame.zoom * point.row
        return canvas["x"] + col * scale, canvas["y"] + row * scale

    def scale(self, task: ReviewTask) -> float:
        """Screen pixels a picture pixel; the picture fills the canvas from its top left corner."""
        canvas = self.page.locator(".konvajs-content").bounding_box()
        assert canvas
        return min(canvas["width"] / task.frame.width, canvas["height"] / task.frame.height)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self.page.mouse.move(*start)
        self.page.mouse.down()
        self.page.mouse.move(*end, steps=10)
        self.page.mouse.up()

    def select(self, task: ReviewTask, box: OrientedBox) -> tuple[float, float]:
        """Click on a box, and wait for its handles; where it is on the screen."""
        x, y = self.on_screen(task, box.center)
        self.page.mouse.click(x, y)
        expect(self.page.get_by_placeholder("Note")).to_be_visible()
        self.page.evaluate("() => new Promise(drawn => setTimeout(() => requestAnimationFrame(drawn), 0))")
        return x, y

    def pulled(self) -> list[Verdict]:
        """What holds in the log after a pull."""
        arguments = ["review", "pull", "--project", self.project, "--log", str(self.log)]
        result = self.cli.invoke(main, arguments)
        assert result.exit_code == 0, result.stderr
        with open_log(str(self.log)) as log:
            return list(log.current_verdicts())


@pytest.fixture
def desk_for(cli: CliRunner, label_studio: Server, page: Page, tmp_path: Path) -> Callable[..., Desk]:
    """Writes a scene with candidates, pushes it, and sits an analyst before it."""

    def make(
        *boxes: OrientedBox, shape: tuple[int, int] = (900, 1200), audit: float = 0.0, sensor: str = "PHR1A"
    ) -> Desk:
        project = f"{tmp_path.name[:40]} {shape}"
        file = _candidates(_scene(tmp_path / f"apron-{shape[0]}-{shape[1]}.tif", shape), boxes, sensor)
        path = write_candidates(file, tmp_path / f"{shape[0]}-{shape[1]}.geojson", overwrite=True)
        arguments = [
            "review",
            "push",
            str(path),
            "--project",
            project,
            "--order",
            "place",
            "--audit",
            str(audit),
        ]
        log = tmp_path / "log.db"
        result = cli.invoke(main, [*arguments, "--log", str(log)])
        assert result.exit_code == 0, result.stderr
        tasks = review_tasks(read_candidates(path), audit=audit)
        return Desk(cli, page, project, result.stdout.strip(), tasks, log)

    return make


def _scene(path: Path, shape: tuple[int, int]) -> Path:
    pixels = np.random.default_rng(0).integers(80, 120, (3, *shape), np.uint8)
    transform = Affine.translation(617_000, 1_385_500) @ Affine.scale(0.5, -0.5)
    profile = {"driver": "GTiff", "dtype": "uint8", "count": 3, "crs": "EPSG:32629", "photometric": "RGB"}
    with rasterio.open(path, "w", width=shape[1], height=shape[0], transform=transform, **profile) as dataset:
        dataset.write(pixels)
    return path


def _candidates(path: Path, boxes: tuple[OrientedBox, ...], sensor: str) -> CandidatesFile:
    with open_scene(path, acquired="2023-10-27") as scene:
        record: SceneRecord = replace(scene.record(), sensor=sensor)
    candidates = tuple(
        measured_candidate(
            record.grid,
            box,
            Extent(*corners(box, record.grid.ground_matrix(box.center)).min(axis=0), *box.center),
            scene=record,
            detector=DETECTOR,
            score=0.9,
            heading_sure=False,
            airfield="GABS",
            types=TYPES,
        )
        for box in boxes
    )
    return CandidatesFile(record, DETECTOR, candidates)


def _row_of(count: int, angle_deg: float = 30.0) -> tuple[OrientedBox, ...]:
    """Aircraft in one task of a scene of 900 rows, well apart."""
    return tuple(
        OrientedBox(PixelPoint(100.0 + 125 * (i % 3), 110.0 + 130 * (i // 3)), 60.0, 50.0, angle_deg)
        for i in range(count)
    )


def test_a_tile_in_which_all_is_right_costs_one_key(desk_for: Callable[..., Desk]) -> None:
    boxes = (*_row_of(2), OrientedBox(PixelPoint(900.0, 640.0), 90.0, 84.0, 181.0))
    desk = desk_for(*boxes)
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
    shape: tuple[int, int], desk_for: Callable[..., Desk]
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


def test_what_is_said_of_an_aircraft_by_key_list_and_text_is_pulled(desk_for: Callable[..., Desk]) -> None:
    desk = desk_for(*_row_of(4))
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


def test_a_box_has_one_type_whichever_way_it_was_named_last(desk_for: Callable[..., Desk]) -> None:
    """Escape leads from the list and from every text back to the picture, where keys are heard again."""
    desk = desk_for(*_row_of(2))
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


def test_the_keys_are_the_types_that_fit_the_box_and_the_outline_over_it_has_their_size(
    desk_for: Callable[..., Desk],
) -> None:
    desk = desk_for(*_row_of(3, angle_deg=0.0))
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
        place, aircraft = _geometry(outline), aircraft_types()[icao]
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
    desk_for: Callable[..., Desk],
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


def _geometry(shape: Locator) -> dict[str, float]:
    """Where a shape is on the screen, without the width of its line."""
    return dict(
        shape.evaluate(
            """shape => {
              const { x, y, width, height } = shape.getBBox();
              const layer = shape.ownerSVGElement.getBoundingClientRect();
              return { x: x + layer.x, y: y + layer.y, width, height };
            }"""
        )
    )


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


def test_a_boxs_mark_is_at_its_nose_and_goes_where_the_box_goes(desk_for: Callable[..., Desk]) -> None:
    desk = desk_for(OrientedBox(PixelPoint(200.0, 200.0), 60.0, 50.0, 0.0), *_row_of(1))
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


def test_a_skipped_tile_says_nothing_and_an_answer_can_be_changed(desk_for: Callable[..., Desk]) -> None:
    boxes = (*_row_of(2), OrientedBox(PixelPoint(900.0, 640.0), 90.0, 84.0, 181.0))
    desk = desk_for(*boxes)
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


def test_the_surroundings_are_shown_and_hidden_by_one_key_and_leave_no_trace(
    desk_for: Callable[..., Desk],
) -> None:
    desk = desk_for(*_row_of(1), sensor=HOSTILE)
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


def test_a_tile_of_an_audit_has_no_box_and_what_is_drawn_in_it_is_added(
    desk_for: Callable[..., Desk],
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


def test_thirty_boxes_are_one_page_and_one_key(desk_for: Callable[..., Desk]) -> None:
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
    size: tuple[int, int], desk_for: Callable[..., Desk]
) -> None:
    desk = desk_for(*_row_of(3))
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
