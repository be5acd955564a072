"""An analyst's page at the shared server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from click.testing import CliRunner
from playwright.sync_api import Browser, Page, expect

from annotate.labelstudio.division import review_tasks
from annotate.labelstudio.server import Server
from annotate.labelstudio.tasks import ReviewTask
from annotate.log.entries import Verdict
from annotate.log.store import open_log
from detect.box import Extent, OrientedBox, corners
from detect.candidate import (
    CandidatesFile,
    TypeSuggestion,
    measured_candidate,
    read_candidates,
    write_candidates,
)
from detect.detector import DetectorInfo
from hardstand import main
from imagery.grid import PixelPoint
from imagery.record import SceneRecord
from imagery.scene import open_scene

SLOW_MS = 120_000  # a busy machine is no failure
DETECTOR = DetectorInfo("bright", "1", {})
TYPES = (TypeSuggestion("C130", 0.61), TypeSuggestion("AN12", 0.2), TypeSuggestion("IL76", 0.08))
ALL_RIGHT, NEXT_BOX = "Space", "Tab"
SMALL = (1280, 800)


@pytest.fixture(scope="session")
def page(browser: Browser, label_studio: Server) -> Iterator[Page]:
    """A page of an analyst who has logged in."""
    page = browser.new_context().new_page()
    page.set_default_timeout(SLOW_MS)
    page.goto(f"{label_studio.url}/user/login")
    page.fill("#email", label_studio.username)
    page.fill("#password", label_studio.password_file.read_text(encoding="utf-8").strip())
    page.click("button[type=submit]")
    page.wait_for_url(lambda url: "/user/login" not in url)
    yield page
    page.context.close()


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
        *boxes: OrientedBox,
        row: int = 0,
        angle_deg: float = 30.0,
        shape: tuple[int, int] = (900, 1200),
        audit: float = 0.0,
        sensor: str = "PHR1A",
    ) -> Desk:
        boxes = (*_row_of(row, angle_deg), *boxes)
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


def _row_of(count: int, angle_deg: float) -> tuple[OrientedBox, ...]:
    """Aircraft in one task of a scene of 900 rows, well apart."""
    return tuple(
        OrientedBox(PixelPoint(100.0 + 125 * (i % 3), 110.0 + 130 * (i // 3)), 60.0, 50.0, angle_deg)
        for i in range(count)
    )
