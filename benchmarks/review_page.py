"""How many actions and seconds a review costs in the page, by kind of answer, on scenes with known aircraft.

    .venv/bin/python benchmarks/review_page.py PLEIADES_FOLDER --tasks 20 --shots shots

The scenes are searched (once; the candidates are kept), pushed to a Label Studio of the benchmark's own, and
reviewed in Chromium by the keyboard, at 1280 x 800 and at 1920 x 1080, so many tasks each. The marks of the
data set say what is right: in every second task only what is no aircraft is deleted; in the others each
aircraft is also given its first suggestion as its type. A candidate that is neither marked nor clear of all
marks is taken as it is. Each key and each drag is an action. Seconds are from the first key of a task until
the next task can be seen, so they are the page's, without those that a person needs to look.
"""

from __future__ import annotations

import argparse
import ast
import csv
import os
import shutil
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from playwright.sync_api import Page, sync_playwright

from annotate.labelstudio.connection import Connection
from annotate.labelstudio.push import push
from annotate.labelstudio.server import Server, start_server, stop_server
from detect import load_detector
from detect.candidate import write_candidates
from detect.scan import scan
from imagery.scene import open_scene

SIZES = {"1280 x 800": (1280, 800), "1920 x 1080": (1920, 1080)}
SCENES = (
    "0263270b-e3ee-41dc-aeef-43ff77e66d5b",
    "014de911-7810-4f7d-8967-3e5402209f4a",
)
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
PATIENCE_MS = 300_000
READY = """id => {
  const task = window.Htx?.task;
  const image = window.Htx?.annotationStore?.selected?.names.get("image");
  return task && task.id !== id && image?.currentImageEntity?.imageLoaded
    && document.querySelector(".hs-marks");
}"""
CHOSEN = """number => window.Htx.annotationStore.selected.selectedRegions[0]
  === window.Htx.annotationStore.selected.regions[number]"""


def marks_of(folder: Path) -> dict[str, list[shapely.Polygon]]:
    """Return the marked aircraft of each image, those that its edge cuts too."""
    marks: dict[str, list[shapely.Polygon]] = defaultdict(list)
    with (folder / "annotations.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            marks[row["image_id"]].append(shapely.Polygon(ast.literal_eval(row["geometry"])))
    return marks


def search(folder: Path, work: Path) -> None:
    """Write the candidates of the scenes, unless they are there."""
    work.mkdir(parents=True, exist_ok=True)
    for name in SCENES:
        path = work / f"{name}.geojson"
        if not path.exists():
            with open_scene(folder / "images" / f"{name}.jpg") as scene:
                write_candidates(scan(scene, load_detector("network")), path)


@contextmanager
def signed_in(server: Server) -> Iterator[Page]:
    """Open a page of a browser in which the analyst is logged in."""
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = browser.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(f"{server.url}/user/login/")
        page.fill("#email", server.username)
        page.fill("#password", server.password_file.read_text(encoding="utf-8").strip())
        page.click("button[type=submit]")
        page.wait_for_url(lambda url: "/user/login" not in url)
        yield page
        browser.close()


class Desk:
    """Counts what is done at the page."""

    def __init__(self, page: Page, marks: dict[str, list[shapely.Polygon]]) -> None:
        self.page, self.marks, self.actions = page, marks, 0

    def press(self, key: str) -> None:
        """Press one key."""
        self.page.keyboard.press(key)
        self.actions += 1

    def wrong(self, task: dict[str, Any]) -> list[bool]:
        """Return for each candidate of a task whether no aircraft is there."""
        marks = self.marks[Path(task["scene"]["path"]).name]
        places = [candidate["properties"]["center_px"] for candidate in task["candidates"]]
        return [not any(mark.intersects(shapely.Point(place)) for mark in marks) for place in places]

    def answer(self, name_types: bool) -> tuple[str, int, int, float]:
        """Answer the task that is shown: the kind of answer, candidates, actions, seconds."""
        task = self.page.evaluate("window.Htx.annotationStore.selected.store.task.dataObj.hardstand")
        number = self.page.evaluate("window.Htx.task.id")
        wrong = self.wrong(task)
        self.actions, start = 0, time.perf_counter()
        left = len(wrong)
        at = 0
        looked_at = len(wrong) if name_types else max(np.flatnonzero(np.array(wrong, bool)), default=-1) + 1
        for no_aircraft in wrong[:looked_at]:
            self.press("Tab")
            self.page.wait_for_function(CHOSEN, arg=at)
            if no_aircraft:
                self.press("Backspace")
                left -= 1
                self.page.wait_for_function(
                    "count => window.Htx.annotationStore.selected.regions.length === count", arg=left
                )
                continue
            if name_types:
                self.press("1")
            at += 1
        self.press("Space")
        self.page.wait_for_function(READY, arg=number)
        kind = "a type named" if name_types else "some deleted" if any(wrong) else "all right"
        return kind, len(wrong), self.actions, time.perf_counter() - start


def review(page: Page, address: str, desk: Desk, tasks: int, shots: Path | None) -> dict[str, list[Any]]:
    """Review so many tasks; by kind of answer, [candidates, actions, seconds] of each."""
    page.goto(f"{address}?labeling=1")
    page.wait_for_function(READY, arg=0)
    done: dict[str, list[Any]] = defaultdict(list)
    for number in range(tasks):
        if shots:
            page.screenshot(path=shots / f"{page.evaluate('window.innerWidth')}-{number:02}.png")
        kind, *figures = desk.answer(name_types=number % 2 == 1)
        done[kind].append(figures)
        print(
            f"{number + 1:3} {kind:14} {figures[0]} candidates, {figures[1]} actions, {figures[2]:.2f} s",
            flush=True,
        )
    return done


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pleiades", type=Path)
    parser.add_argument("--tasks", type=int, default=20)
    parser.add_argument("--shots", type=Path)
    parser.add_argument("--folder", type=Path, default=Path("benchmarks/data/review_page"))
    options = parser.parse_args()
    folder = options.folder.absolute()
    search(options.pleiades, folder / "candidates")
    if options.shots:
        options.shots.mkdir(parents=True, exist_ok=True)
    os.environ |= {"XDG_DATA_HOME": str(folder / "share"), "XDG_STATE_HOME": str(folder / "state")}
    server = start_server(folder / "server", say=print)
    try:
        with Connection(server.url, server.token) as connection, signed_in(server) as page:
            desk = Desk(page, marks_of(options.pleiades))
            print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
            for name, (width, height) in SIZES.items():
                page.set_viewport_size({"width": width, "height": height})
                title = f"{name}, {time.strftime('%H:%M:%S')}"
                pushed = push(folder / "candidates", title, order="place", server=connection)
                done = review(page, pushed.project.page, desk, options.tasks, options.shots)
                for kind, answers in sorted(done.items()):
                    candidates, actions, seconds = np.array(answers).sum(axis=0)
                    print(
                        f"{name:12} {kind:14} {len(answers):3} tasks {candidates:4.0f} candidates, "
                        f"per candidate {actions / candidates:.2f} actions, {seconds / candidates:.2f} s; "
                        f"per task {seconds / len(answers):.2f} s"
                    )
    finally:
        stop_server(folder / "server")


if __name__ == "__main__":
    main()
