"""The scene before, in a real browser with the real server: beside the present one, and asked about."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from playwright.sync_api import Page, expect

from annotate.labelstudio.connection import Connection
from annotate.labelstudio.server import Server
from annotate.log.store import open_log
from detect.candidate import CandidatesFile
from hardstand import main

pytestmark = [pytest.mark.slow, pytest.mark.labelstudio, pytest.mark.browser]

ARTIFACTS = Path(__file__).resolve().parents[1] / "artifacts"
Day = Callable[..., CandidatesFile]


def run(cli: CliRunner, *arguments: object) -> str:
    result = cli.invoke(main, list(map(str, arguments)), env={"COLUMNS": "160"})
    assert result.exit_code == 0, result.stderr
    return result.stdout


def accept_all(server: Connection, project: int) -> None:
    """Submit every task as it was proposed, as an analyst did yesterday."""
    sdk: Any = server.sdk
    for task in sdk.tasks.list(project=project, fields="all"):
        listed = task if isinstance(task, dict) else task.model_dump()
        (prediction,) = listed["predictions"]
        sdk.annotations.create(
            id=listed["id"], result=prediction["result"], parent_prediction=prediction["id"]
        )


def screen(page: Page) -> np.ndarray:
    """What is seen of the picture."""
    shot = page.locator(".hs-picture .konvajs-content").screenshot()
    return cv2.imdecode(np.frombuffer(shot, np.uint8), cv2.IMREAD_COLOR).astype(int)


def test_an_analyst_sees_the_scene_before_and_confirms_that_an_aircraft_is_gone(  # noqa: PLR0915
    day: Day, cli: CliRunner, label_studio: Server, page: Page, tmp_path: Path
) -> None:
    project, log = ("--project", f"{tmp_path.name[:40]} before"), ("--log", tmp_path / "log.db")
    earlier = day("2023-03-01")
    address = run(cli, "review", "push", tmp_path / "2023-03-01.geojson", *project, *log).strip()
    with Connection(label_studio.url, label_studio.token) as server:
        accept_all(server, int(address.split("/")[-2]))
    run(cli, "review", "pull", *project, *log)
    day("2023-03-08", gone=(0,), offset_m=(6.0, -4.0))
    push = ("review", "push", tmp_path / "2023-03-08.geojson", *project, "--order", "changed", *log)
    run(cli, *push)

    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{address}?labeling=1")
    page.wait_for_function(
        "() => window.Htx?.annotationStore?.selected?.names.get('image')?.currentImageEntity?.imageLoaded"
    )
    expect(page.get_by_text("Gone since 2023-03-01?").first).to_be_visible()
    expect(page.get_by_text("a candidate here before, on 2023-03-01").first).to_be_visible()
    expect(page.locator(".hs-gone")).to_have_text("gone?")
    present = screen(page)
    page.keyboard.press("b")
    picture = page.locator(".hs-view[open] img")
    expect(picture).to_be_visible()
    page.wait_for_function("() => document.querySelector('.hs-view[open] img').naturalWidth > 0")
    page.wait_for_selector(".hs-view[open] .hs-boxes-around")
    canvas = page.locator(".hs-picture .konvajs-content").bounding_box()
    shown = picture.bounding_box()
    assert canvas
    assert shown
    assert [shown["x"], shown["y"]] == pytest.approx([canvas["x"], canvas["y"]], abs=1.0)
    scale = page.evaluate(
        "() => { const i = window.Htx.annotationStore.selected.names.get('image');"
        " return i.stageWidth / i.naturalWidth; }"
    )
    natural = page.evaluate("() => document.querySelector('.hs-view[open] img').naturalWidth")
    assert shown["width"] == pytest.approx(natural * scale, abs=1.0), "one pixel of ground is as large"
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / "scene-before.png")
    before = screen(page)
    different = np.abs(present - before).max(axis=2) > 40
    assert 0.001 < different.mean() < 0.2, "an aircraft and what is drawn, on the same ground"
    page.keyboard.press("b")
    expect(picture).to_have_count(0)

    for _ in range(30):
        page.keyboard.press("Tab")
        chosen = page.evaluate(
            "() => { const r = window.Htx.annotationStore.selected.regions.find((one) => one.selected);"
            " return r ? (r.cleanId ?? r.id) : ''; }"
        )
        if chosen.startswith("gone-"):
            break
    expect(page.get_by_text("Gone: nothing stands there")).to_be_visible()
    page.keyboard.press("y")
    expect(page.locator(".hs-gone")).to_have_text("gone")
    page.screenshot(path=ARTIFACTS / "gone.png")
    with page.expect_response(
        lambda answer: "/annotations" in answer.url and answer.request.method == "POST"
    ) as sent:
        page.keyboard.press("Space")
    assert sent.value.ok

    run(cli, "review", "pull", *project, *log)
    with open_log(str(tmp_path / "log.db")) as opened:
        (absent,) = (verdict for verdict in opened.current_verdicts() if verdict.verdict == "absent")
        assert absent.scene.acquired == "2023-03-08"
        assert absent.candidate is None
        assert len(list(opened.sightings())) >= len(earlier.candidates)
    changes = " ".join(run(cli, "log", "changes", "GABS", *log).split())
    assert changes.count("newly empty") == changes.count("asked about this stand, a person said") == 1
    run(cli, "log", "verify", *log)
