"""A round does what is new, once; what fails is named and stops nothing else."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
import rasterio

from annotate.labelstudio.lock import locked
from annotate.log.store import open_log
from annotate.watch.watch_file import read_watch_file
from annotate.watch.watching import watch
from detect.detectors import load_detector
from hardstand import main


@pytest.fixture
def round_of(watch_file, bright_detector):
    """Does a round with a detector whose answers are known."""

    def do(**settings):
        return watch(
            read_watch_file(watch_file(**settings)), analyst="A. Analyst", detector=bright_detector()
        )

    return do


def states(folder):
    return {
        path.name: path.stat().st_mtime_ns
        for path in folder.rglob("*")
        if path.suffix in (".tif", ".geojson")
    }


def test_a_round_fetches_and_searches_what_the_catalogue_lists_and_a_second_finds_it_done(round_of, tmp_path):
    first = round_of()
    assert first.problems == []
    assert (first.found, first.fetched) == (2, 2)
    assert [(scene.airfield, len(scene.file.candidates), scene.new) for scene in first.scenes] == [
        ("GABS", 2, True),
        ("GABS", 3, True),
    ]
    (copy, _) = sorted((tmp_path / "watch" / "copies").glob("*.json"))
    assert json.loads(copy.read_text())["properties"]["hardstand:fetched"]["by"] == "A. Analyst"
    assert first.scenes[0].file.scene.acquired == "2023-01-10T10:30:00Z"
    before = states(tmp_path / "watch") | {"items.geojson": 0}
    again = round_of()
    assert again.fetched == 0
    assert not any(scene.new for scene in again.scenes)
    assert states(tmp_path / "watch") | {"items.geojson": 0} == before


def test_what_is_new_is_said_in_five_lines_against_the_scene_before(
    watch_file, catalogue, cli, tmp_path, monkeypatch
):
    monkeypatch.setattr("annotate.cli.watch.SURE_SCORE", 0.0)
    path = str(watch_file())
    first = cli.invoke(main, ["watch", path, "--workers", "1"])
    assert first.exit_code == 0, first.output
    catalogue.add("2023-03-10", 5)
    lines = cli.invoke(main, ["watch", path, "--workers", "1"]).stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["scenes", "candidates", "review", "verdicts", "report"]
    assert lines[0].split(maxsplit=1)[1].startswith("3 listed, 1 fetched")
    assert lines[1].startswith("candidates  1 new scene; of score 0 or more: GABS 2023-03-10 ")
    assert lines[1].endswith(" on 2023-02-10"), "there is too little ground to lay one over the other"
    assert lines[2:] == [
        "review      no project named",
        "verdicts    no project named",
        "report      nothing to report",
    ]
    nothing = cli.invoke(main, ["watch", path, "--workers", "1"])
    assert nothing.exit_code == 0
    assert "candidates  no new scenes" in nothing.stdout


def test_what_is_new_is_compared_with_the_scene_before(watch_file, catalogue, day, tmp_path):
    catalogue.items.clear()
    for when, gone in (("2023-03-01", ()), ("2023-03-08", (0,))):
        day(when, gone=gone)
        with rasterio.open(tmp_path / f"{when}.tif") as file:
            catalogue.add_image(when, file.read(), east_m=4.0 * len(gone))
    done = watch(read_watch_file(watch_file()), analyst="A", detector=load_detector())
    assert done.problems == []
    (news,) = done.news
    assert news.scene.file.scene.acquired == "2023-03-08T10:30:00Z"
    assert news.comparison.counts["went"] == 1
    assert news.comparison.laid.registration.shift_m == pytest.approx([4.0, 0.0], abs=0.3)
    assert news.refused is None


def test_one_bad_scene_stops_nothing(round_of, catalogue):
    catalogue.add("2023-03-10", 1).write_bytes(b"no image")
    catalogue.add("2023-04-10", 1).unlink()
    catalogue.add("2023-05-10", 4)
    done = round_of()
    assert [len(scene.file.candidates) for scene in done.scenes] == [2, 3, 4]
    assert len(done.problems) == 2
    assert all("2023-0" in problem and "\n" not in problem for problem in done.problems)


def test_a_catalogue_that_is_down_is_named_and_the_report_is_written_all_the_same(round_of, tmp_path, cli):
    when = ["--airfield", "GABS", "--when", "2023-10-27", "--type", "C130"]
    source = ["--source", "a photograph", "--analyst", "A", "--log", str(tmp_path / "log.db")]
    assert cli.invoke(main, ["log", "add", *when, *source]).exit_code == 0
    done = round_of(catalogue="http://127.0.0.1:9/stac")
    assert [problem.split(": ")[1].split(" (")[0] for problem in done.problems] == ["cannot be fetched"]
    assert done.found is None
    assert "C-130" in Path(done.report).read_text()


def test_of_two_rounds_at_once_the_second_says_so(watch_file, cli, tmp_path):
    path = str(watch_file())
    with locked(tmp_path / "watch" / "watch.lock"):
        run = cli.invoke(main, ["watch", path])
    assert run.exit_code == 1
    assert (
        run.stderr == f"Error: {tmp_path / 'watch'}: another round is at work there; this one does nothing\n"
    )


def test_a_log_is_not_made_where_nothing_is_reviewed(round_of, tmp_path):
    done = round_of()
    assert done.report is None
    assert not (tmp_path / "log.db").exists()


def test_without_a_server_of_reviews_all_the_rest_is_done(round_of, monkeypatch, tmp_path):
    monkeypatch.setenv("LABEL_STUDIO_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "none")
    monkeypatch.setattr("annotate.labelstudio.connection.FIRST_WAIT_S", 0.0)
    done = round_of(project="Mali")
    assert len(done.scenes) == 2
    assert done.pulled is None
    assert len(done.problems) == 1
    assert "no Label Studio answers there" in done.problems[0]


@pytest.mark.labelstudio
def test_a_round_pushes_what_is_new_pulls_verdicts_and_writes_the_report(
    round_of, catalogue, label_studio, tmp_path
):
    from annotate.labelstudio.client import connect

    first = round_of(project="Watched")
    assert first.problems == []
    assert first.tasks == 2
    assert first.pulled.verdicts == []
    with connect() as server:
        for task in server.sdk.tasks.list(project=first.pulled.project.id, fields="all"):
            (prediction,) = task.predictions
            server.sdk.annotations.create(
                id=task.id, result=prediction.result, parent_prediction=prediction.id
            )
    catalogue.add("2023-03-10", 1)
    second = round_of(project="Watched")
    assert second.problems == []
    assert second.tasks == 1
    assert len(second.pulled.verdicts) == 5
    assert {verdict.verdict for verdict in second.pulled.verdicts} == {"confirmed"}
    with open_log(tmp_path / "log.db") as log:
        sightings = list(log.sightings())
    assert len(sightings) == 5
    assert {sighting.airfield for sighting in sightings} == {"GABS"}
    assert second.report == tmp_path / "watch" / "report.html"
    assert threading.active_count() < 50
