"""``hardstand evaluate`` as a user runs it: what it prints where, and a page that stands alone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from detect.box import OrientedBox
from detect.candidate import CandidatesFile, write_candidates
from detect.evaluation.figures import evaluate
from detect.evaluation.results_page import results_html
from detect.evaluation.truth_files import read_truth
from hardstand import main
from imagery.grid import PixelPoint
from imagery.record import SceneRecord
from imagery.scene import open_scene

AIRCRAFT = {"image_id": 0, "bbox": [100, 100, 60, 50]}


@pytest.fixture
def run(cli: CliRunner) -> Callable[..., Result]:
    """Runs the command."""
    return lambda *words: cli.invoke(main, ["evaluate", *map(str, words)])


@pytest.fixture
def scene(drawn_scene: Callable[..., Path], tmp_path: Path) -> Path:
    return drawn_scene(tmp_path / "images" / "apron.tif")


@pytest.fixture
def folder(scene: Path, candidates_file: Callable[..., CandidatesFile], tmp_path: Path) -> Path:
    """Candidates of the scene: one on its aircraft, one on nothing."""
    with open_scene(scene) as opened:
        record = opened.record()
    boxes = [OrientedBox(PixelPoint(*at), 50, 60, 0.0) for at in ((130, 125), (230, 225))]
    folder = tmp_path / "candidates"
    folder.mkdir()
    write_candidates(candidates_file(*boxes, scene=record), folder / "apron.geojson")
    return folder


@pytest.fixture
def coco(tmp_path: Path) -> Callable[..., Path]:
    """Writes COCO truth of some scenes, the first with an aircraft."""

    def write(*names: str) -> Path:
        path = tmp_path / "truth.json"
        images = [{"id": index, "file_name": name} for index, name in enumerate(names)]
        path.write_text(json.dumps({"images": images, "annotations": [AIRCRAFT]}))
        return path

    return write


def refused(result: Result) -> str:
    assert result.exit_code == 2, result.stderr
    assert result.stdout == ""
    assert result.stderr.count("Error: ") == 1
    return result.stderr


def test_stdout_is_one_json_object_of_the_figures(run: Callable[..., Result], folder: Path, coco: Any):
    result = run(folder, "--truth", coco("apron.tif"))
    assert result.exit_code == 0, result.stderr
    assert result.stderr == ""
    figures = json.loads(result.stdout)
    assert (figures["scenes"], figures["aircraft"], figures["candidates"]) == (1, 1, 2)
    assert figures["at_iou"]["0.5"]["at_half"]["precision"] == 0.5
    assert figures["at_iou"]["0.5"]["at_half"]["recall"] == 1.0
    assert figures["at_iou"]["0.5"]["at_default"] is None, "no detector is called bright, so none is known"
    assert figures["detectors"][0]["name"] == "bright"


def test_the_same_command_says_the_same(run: Callable[..., Result], folder: Path, coco: Any):
    words = (folder / "apron.geojson", "--truth", coco("apron.tif"), "--by", "scene")
    assert run(*words).stdout == run(*words).stdout
    assert list(json.loads(run(*words).stdout)["groups"]) == ["apron.tif"]


def test_what_only_one_side_has_is_said_and_counts_for_nothing(
    run: Callable[..., Result], folder: Path, coco: Any, candidates_file: Any, scene_record: Any
):
    write_candidates(candidates_file(scene=scene_record(path="elsewhere.tif")), folder / "elsewhere.geojson")
    result = run(folder, "--truth", coco("apron.tif", "lost.tif"))
    assert result.exit_code == 0
    assert "1 scene with no candidates file is left out: lost.tif" in result.stderr
    assert "1 scene with no truth is left out: elsewhere.tif" in result.stderr
    figures = json.loads(result.stdout)
    assert (figures["without_candidates"], figures["without_truth"]) == (["lost.tif"], ["elsewhere.tif"])
    assert (figures["scenes"], figures["candidates"]) == (1, 2)


def test_a_truth_of_other_scenes_is_a_wrong_use(run: Callable[..., Result], folder: Path, coco: Any):
    assert "names no scene of the candidates; it is of lost.tif, the candidates are of apron.tif" in refused(
        run(folder, "--truth", coco("lost.tif"))
    )


def test_an_empty_folder_is_a_wrong_use(run: Callable[..., Result], tmp_path: Path, coco: Any):
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "no candidates files in it" in refused(run(empty, "--truth", coco("apron.tif")))


def test_the_page_stands_alone_and_shows_the_places_it_speaks_of(
    run: Callable[..., Result], folder: Path, coco: Any, tmp_path: Path
):
    page = tmp_path / "page.html"
    result = run(folder, "--truth", coco("apron.tif"), "--html", page)
    assert result.exit_code == 0, result.stderr
    html = page.read_text(encoding="utf-8")
    assert not re.search(r'(src|href)="(?!data:)', html), "nothing is fetched from anywhere"
    assert html.count("data:image/jpeg;base64,") == 2, "the one aircraft and the one false alarm"
    assert "<polyline" in html
    assert "no aircraft in the truth here" in html


def test_a_page_that_is_there_is_not_replaced_unasked(
    run: Callable[..., Result], folder: Path, coco: Any, tmp_path: Path
):
    page = tmp_path / "page.html"
    page.write_text("mine")
    words = (folder, "--truth", coco("apron.tif"), "--html", page)
    assert "already exists" in refused(run(*words))
    assert page.read_text() == "mine"
    assert run(*words, "--overwrite").exit_code == 0
    assert page.read_text() != "mine"


def test_where_the_scene_is_gone_the_page_says_so_in_place_of_the_picture(
    run: Callable[..., Result], folder: Path, coco: Any, scene: Path, tmp_path: Path
):
    scene.unlink()
    page = tmp_path / "page.html"
    result = run(folder, "--truth", coco("apron.tif"), "--html", page)
    assert result.exit_code == 0, result.stderr
    html = page.read_text(encoding="utf-8")
    assert "data:image" not in html
    assert html.count("apron.tif: no such file") == 2


def test_where_another_image_has_taken_its_place_the_page_shows_none(
    run: Callable[..., Result], folder: Path, coco: Any, drawn_scene: Any, tmp_path: Path
):
    drawn_scene(tmp_path / "images" / "apron.tif", shape=(400, 400))
    page = tmp_path / "page.html"
    assert run(folder, "--truth", coco("apron.tif"), "--html", page).exit_code == 0
    assert "is no longer the image that was searched" in page.read_text(encoding="utf-8")


def test_names_and_licences_are_text_on_the_page_and_never_markup(
    candidates_file: Callable[..., CandidatesFile], scene_record: Callable[..., SceneRecord], coco: Any
):
    evil = "<img src=x onerror=alert(1)>"
    file = candidates_file(scene=scene_record(path=f"{evil}.tif", licence=evil))
    html = results_html(evaluate([file], read_truth([str(coco(f"{evil}.tif"))])))
    assert "<img src=x" not in html
    assert "&lt;img src=x" in html


def test_a_page_of_rendered_scenes_says_so(
    candidates_file: Callable[..., CandidatesFile], scene_record: Callable[..., SceneRecord], coco: Any
):
    photograph = candidates_file(scene=scene_record(path="apron.tif"))
    rendered = replace(photograph, scene=scene_record(path="apron.tif", rendered=True))
    truth = read_truth([str(coco("apron.tif"))])
    assert "RENDERED" not in results_html(evaluate([photograph], truth))
    assert "RENDERED, not photographs: 1 of 1 scene" in results_html(evaluate([rendered], truth))


def test_truth_of_some_aircraft_gives_a_page_without_curve_and_false_alarms(
    run: Callable[..., Result], folder: Path, tmp_path: Path
):
    marks = tmp_path / "marks.csv"
    marks.write_text(
        "image_id,site,nose_col,nose_row,tail_col,tail_row,left_col,left_row,right_col,right_row\n"
        "apron.tif,site-01,130,100,130,150,100,125,160,125\n"
    )
    page = tmp_path / "page.html"
    result = run(folder, "--truth", marks, "--html", page, "--by", "site")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["measured"]["paired"] == 1
    html = page.read_text(encoding="utf-8")
    assert "<polyline" not in html
    assert "False" not in html
    assert "1 of 1 have a candidate in their place" in html


@pytest.mark.realdata
def test_the_real_truth_names_each_scene_and_each_site(shared_data: Path):
    truth = read_truth([str(shared_data / "airbus-pleiades" / "annotations.csv")])
    boxes = [box for scene in truth.scenes for box in scene.boxes or ()]
    assert (len(truth.scenes), len({scene.site for scene in truth.scenes})) == (51, 13)
    assert (sum(not box.ignored for box in boxes), sum(box.ignored for box in boxes)) == (1567, 45)
