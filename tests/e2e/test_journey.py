"""The whole loop with the real server and a real browser: detect, push, review by hand, pull, export."""

from __future__ import annotations

import ast
import csv
import itertools
import json
import math
import statistics
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pyproj
import pytest
import rasterio
from click.testing import CliRunner
from playwright.sync_api import Page

from annotate.labelstudio.division import review_tasks
from annotate.labelstudio.tasks import ReviewTask
from annotate.log.store import open_log
from detect.box import OrientedBox, box_to_tile
from detect.candidate import Candidate, read_candidates, write_candidates
from hardstand import main
from imagery.grid import PixelPoint
from imagery.synthetic import truth_path

pytestmark = [pytest.mark.slow, pytest.mark.labelstudio, pytest.mark.browser]

ARTIFACTS = Path(__file__).resolve().parents[1] / "artifacts"
ON_IT_PX = 12.0  # a candidate this near to the middle of an aircraft is that aircraft
CLICK_PX, DRAW_PX = 5.0, 60.0  # room around a box to click, and to draw, beside it; in tile pixels
DRAG_PX = (24.0, -18.0)  # on the screen
DRAWN_PX = 50.0  # side of the box that is drawn, on the screen


class Plan(NamedTuple):
    """Which candidates of a task are left, dragged and deleted; and where a box is drawn, in tile pixels."""

    task: ReviewTask
    left: Candidate
    dragged: Candidate
    deleted: Candidate
    drawn: PixelPoint


@pytest.mark.realdata
def test_a_reviewed_pleiades_tile_is_in_the_log_as_the_analyst_left_it(
    cli: CliRunner, page: Page, shared_data: Path, tmp_path: Path
) -> None:
    name = "0263270b-e3ee-41dc-aeef-43ff77e66d5b.jpg"
    folder = shared_data / "airbus-pleiades"
    with (folder / "annotations.csv").open(newline="", encoding="utf-8") as file:
        rings = [ast.literal_eval(row["geometry"]) for row in csv.DictReader(file) if row["image_id"] == name]
    truth = [PixelPoint(*map(statistics.fmean, zip(*ring[:4], strict=True))) for ring in rings]
    _journey(cli, page, folder / "images" / name, truth, tmp_path)


def test_a_reviewed_rendered_tile_is_in_the_log_with_its_date_and_says_that_it_is_rendered(
    cli: CliRunner, page: Page, rendered_scene: Path, tmp_path: Path
) -> None:
    document = json.loads(truth_path(rendered_scene).read_text(encoding="utf-8"))
    truth = [PixelPoint(*feature["properties"]["center_px"]) for feature in document["features"]]
    sightings = _journey(cli, page, rendered_scene, truth, tmp_path)
    for sighting in sightings.values():
        assert (sighting["acquired"], sighting["acquired_precision"]) == ("2023-10-27", "day")
        assert sighting["airfield"] == "GABS"
        assert sighting["rendered"] == "true"


def _journey(
    cli: CliRunner, page: Page, scene: Path, truth: list[PixelPoint], folder: Path
) -> dict[str, dict[str, str]]:
    """Review one task of a scene: leave one box, drag one, delete one, draw one. The sightings by verdict."""
    found, log, project = folder / "candidates", folder / "log.db", f"Journey {scene.stem}"
    (written,) = _run(cli, "detect", scene, "-o", found)
    plan = _reduced_to_three(Path(written), truth)
    (address,) = _run(cli, "review", "push", found, "--project", project)
    page.set_viewport_size({"width": 1600, "height": 1000})
    _open_first_task(page, address)
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"task-{scene.stem}.png")
    scale = _review(page, plan)
    page.screenshot(path=ARTIFACTS / f"reviewed-{scene.stem}.png")
    _submit(page)

    _run(cli, "review", "pull", "--project", project, "--log", log)
    after_one_pull = log.read_bytes()
    sightings = _check_log(cli, log, plan)
    _check_places(log, plan, scene, scale)
    _run(cli, "review", "pull", "--project", project, "--log", log)
    assert log.read_bytes() == after_one_pull, "a second pull changes nothing"
    _check_exports(cli, log, folder, sightings)
    return sightings


def _run(cli: CliRunner, *arguments: object) -> list[str]:
    """Run a command; the lines it prints to stdout."""
    result = cli.invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.stderr
    return result.stdout.splitlines()


def _reduced_to_three(path: Path, truth: list[PixelPoint]) -> Plan:
    """Keep three candidates of one task that are aircraft and lie well apart, the surest such."""
    file = read_candidates(path)
    found = [c for c in file.candidates if any(math.dist(c.box.center, place) < ON_IT_PX for place in truth)]
    file = replace(file, candidates=tuple(found))
    plan = max(
        (plan for task in review_tasks(file) for plan in _plans(task)),
        key=lambda plan: plan.left.score + plan.dragged.score + plan.deleted.score,
    )
    write_candidates(replace(file, candidates=plan[1:4]), path, overwrite=True)
    return plan


def _plans(task: ReviewTask) -> Iterator[Plan]:
    for three in itertools.combinations(task.candidates[:8], 3):
        boxes = [box_to_tile(task.tile, candidate.box) for candidate in three]
        free = _free_place(task, boxes)
        apart = all(_clear_of(other, one.center, CLICK_PX) for one, other in itertools.permutations(boxes, 2))
        if apart and free:
            yield Plan(task, *three, free)


def _free_place(task: ReviewTask, boxes: list[OrientedBox]) -> PixelPoint | None:
    for row in range(100, task.tile.out_height - 100, 25):
        for col in range(100, task.tile.out_width - 100, 25):
            if all(_clear_of(box, PixelPoint(col, row), DRAW_PX) for box in boxes):
                return PixelPoint(col, row)
    return None


def _clear_of(box: OrientedBox, point: PixelPoint, room_px: float) -> bool:
    return math.dist(box.center, point) > math.hypot(box.length, box.width) / 2 + room_px


def _open_first_task(page: Page, address: str) -> None:
    """The label stream, which is what an analyst works in."""
    page.goto(f"{address}?labeling=1")
    page.wait_for_selector(".konvajs-content canvas")
    page.wait_for_load_state("networkidle")
    _wait_for_boxes(page, 3)


def _wait_for_boxes(page: Page, count: int) -> None:
    page.wait_for_function(
        "count => window.Htx.annotationStore.selected?.regions.length === count", arg=count
    )


def _review(page: Page, plan: Plan) -> float:
    """Drag, delete, draw and name; gives the screen pixels a tile pixel that it was done at."""
    x, y = _on_screen(page, plan, box_to_tile(plan.task.tile, plan.dragged.box).center)
    _drag(page, (x, y), (x + DRAG_PX[0], y + DRAG_PX[1]))
    page.keyboard.press("Escape")

    page.mouse.click(*_on_screen(page, plan, box_to_tile(plan.task.tile, plan.deleted.box).center))
    page.keyboard.press("Backspace")
    _wait_for_boxes(page, 2)

    x, y = _on_screen(page, plan, plan.drawn)
    page.keyboard.press("a")
    half = DRAWN_PX / 2
    _drag(page, (x - half, y - half), (x + half, y + half))
    _wait_for_boxes(page, 3)
    page.keyboard.press("Escape")

    page.mouse.click(*_on_screen(page, plan, box_to_tile(plan.task.tile, plan.left.box).center))
    page.locator(".htx-taxonomy").click()
    page.get_by_placeholder("Search").fill("Hercules")
    page.locator(".ant-select-tree-title", has_text="C130").click()
    page.keyboard.press("Escape")
    return _scale(page, plan)


def _scale(page: Page, plan: Plan) -> float:
    """Screen pixels a tile pixel; the picture fills the canvas from its top left corner."""
    canvas = page.locator(".konvajs-content").bounding_box()
    assert canvas
    frame = plan.task.frame
    return frame.zoom * min(canvas["width"] / frame.width, canvas["height"] / frame.height)


def _on_screen(page: Page, plan: Plan, point: PixelPoint) -> tuple[float, float]:
    canvas = page.locator(".konvajs-content").bounding_box()
    assert canvas
    scale, frame = _scale(page, plan), plan.task.frame
    col, row = frame.left / frame.zoom + point.col, frame.top / frame.zoom + point.row
    return canvas["x"] + col * scale, canvas["y"] + row * scale


def _drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=8)
    page.mouse.up()


def _submit(page: Page) -> None:
    with page.expect_response(
        lambda answer: "/annotations" in answer.url and answer.request.method == "POST"
    ):
        page.click('[aria-label="Submit current annotation"]')


def _check_log(cli: CliRunner, log: Path, plan: Plan) -> dict[str, dict[str, str]]:
    """The sightings by verdict."""
    with open_log(str(log)) as opened:
        said = list(opened.verdicts())
    assert len(said) == 4
    verdicts = {verdict.verdict: verdict for verdict in said}
    assert verdicts.keys() == {"confirmed", "corrected", "rejected", "added"}
    assert verdicts["rejected"].candidate == plan.deleted.id

    header, *lines = _run(cli, "log", "list", "--csv", "--log", log)
    sightings = {row["verdict"]: row for row in csv.DictReader([header, *lines])}
    assert len(lines) == 3
    assert sightings.keys() == {"confirmed", "corrected", "added"}
    assert sightings["confirmed"]["type"] == "C130"
    assert sightings["corrected"]["type"] == sightings["added"]["type"] == ""
    assert sightings["confirmed"]["candidate"] == plan.left.id
    assert sightings["corrected"]["candidate"] == plan.dragged.id
    assert sightings["added"]["heading_deg"] == "", "a drawn box has no heading until it is given one"
    return sightings


def _check_places(log: Path, plan: Plan, scene: Path, scale: float) -> None:
    """Each sighting is logged within a pixel of where it was on the screen, by rasterio and pyproj alone.

    Lists and exports round places to what the scene's position error leaves of them.
    """
    with open_log(str(log)) as opened:
        sightings = {sighting.verdict: sighting for sighting in opened.sightings()}
    dragged = box_to_tile(plan.task.tile, plan.dragged.box).center
    moved = PixelPoint(dragged.col + DRAG_PX[0] / scale, dragged.row + DRAG_PX[1] / scale)
    expected = {
        "confirmed": plan.left.box.center,
        "corrected": plan.task.tile.to_scene(moved),
        "added": plan.task.tile.to_scene(plan.drawn),
    }
    with rasterio.open(scene) as dataset:
        to_lonlat = pyproj.Transformer.from_crs(dataset.crs, "EPSG:4326", always_xy=True)
        for verdict, point in expected.items():
            lon, lat = to_lonlat.transform(*(dataset.transform @ (point.col, point.row)))
            logged = sightings[verdict]
            _, _, metres = pyproj.Geod(ellps="WGS84").inv(lon, lat, logged.lon, logged.lat)
            assert metres < dataset.res[0], verdict


def _check_exports(cli: CliRunner, log: Path, folder: Path, sightings: dict[str, dict[str, str]]) -> None:
    for name in ("log.csv", "log.geojson"):
        assert _run(cli, "log", "export", "-o", folder / name, "--log", log) == [str(folder / name)]
    with (folder / "log.csv").open(newline="", encoding="utf-8") as file:
        assert {row["verdict"]: row for row in csv.DictReader(file)} == sightings
    features = json.loads((folder / "log.geojson").read_text(encoding="utf-8"))["features"]
    for feature in features:
        row = sightings[feature["properties"]["verdict"]]
        assert feature["geometry"]["coordinates"] == [float(row["lon"]), float(row["lat"])]
        assert feature["properties"]["scene_sha256"] == row["scene_sha256"]
        assert feature["properties"]["annotation_id"] == int(row["annotation_id"])
