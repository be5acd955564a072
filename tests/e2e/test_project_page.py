"""A project's pages in a real browser: the table of its tasks, and what is said when none is left."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from click.testing import CliRunner
from playwright.sync_api import Page, expect

from annotate.labelstudio.server import Server
from detect.box import Extent, OrientedBox
from detect.candidate import CandidatesFile, measured_candidate, write_candidates
from detect.detector import DetectorInfo
from hardstand import main
from imagery.grid import PixelPoint
from imagery.scene import open_scene

pytestmark = [pytest.mark.slow, pytest.mark.labelstudio, pytest.mark.browser]


DETECTOR = DetectorInfo("bright", "1", {})
PLACES = (PixelPoint(120.0, 120.0), PixelPoint(300.0, 150.0), PixelPoint(900.0, 640.0))


@pytest.fixture
def address(cli: CliRunner, label_studio: Server, tmp_path: Path) -> str:
    """The address of a project of two tasks with three candidates, and nothing answered."""
    arguments = ["review", "push", str(searched(tmp_path)), "--project", f"{tmp_path.name[:40]} pages"]
    result = cli.invoke(main, [*arguments, "--order", "place", "--log", str(tmp_path / "log.db")])
    assert result.exit_code == 0, result.stderr
    return result.stdout.strip()


def searched(folder: Path) -> Path:
    """Write a scene of noise and its candidates."""
    path = folder / "apron.tif"
    profile = {"driver": "GTiff", "dtype": "uint8", "count": 1, "crs": "EPSG:32629", "height": 900}
    place = Affine.translation(617_000, 1_385_500) @ Affine.scale(0.5, -0.5)
    with rasterio.open(path, "w", width=1200, transform=place, **profile) as dataset:
        dataset.write(np.random.default_rng(0).integers(80, 120, (1, 900, 1200), np.uint8))
    with open_scene(path, acquired="2023-10-27") as scene:
        record = scene.record()
    candidates = tuple(
        measured_candidate(
            record.grid,
            OrientedBox(at, 60.0, 50.0, 30.0),
            Extent(at.col - 30, at.row - 30, at.col + 30, at.row + 30),
            scene=record,
            detector=DETECTOR,
            score=0.9 - 0.1 * number,
            heading_sure=True,
            airfield="GABS",
        )
        for number, at in enumerate(PLACES)
    )
    return write_candidates(CandidatesFile(record, DETECTOR, candidates), folder / "apron.geojson")


def test_the_table_of_tasks_is_in_words(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.get_by_text("2 candidates, scores 0.80 to 0.90")).to_be_visible()
    text = page.locator("body").inner_text()
    assert "1 candidate, score 0.70" in text
    assert "apron.tif" in text
    assert "GABS · 2023-10-27" in text
    assert [code for code in ("<div", "<table", "schema_version", "&lt;") if code in text] == []


def test_when_no_task_is_left_the_page_says_what_was_skipped(page: Page, address: str) -> None:
    """Label Studio's own words are that all tasks have been completed."""
    page.goto(f"{address}?labeling=1")
    skipped = None
    for key in ("Control+Space", "Space"):
        page.wait_for_function(
            "() => window.Htx?.annotationStore?.selected?.names.get('image')?.currentImageEntity?.imageLoaded"
            " && window.Htx.annotationStore.selected.regions.length > 0 && !window.Htx.isLoading"
        )
        number = page.evaluate("() => window.Htx.task.id")
        skipped = skipped or number
        page.keyboard.press(key)
        page.wait_for_function("number => window.Htx?.task?.id !== number || window.Htx.noTask", arg=number)
    end = page.locator(".hs-end")
    expect(end).to_contain_text("1 task was skipped. Nobody has looked there")
    link = re.compile(rf"/projects/\d+/data\?task={skipped}$")
    expect(end.get_by_role("link")).to_have_attribute("href", link)
