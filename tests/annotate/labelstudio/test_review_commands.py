"""``hardstand review push`` and ``pull`` as a user runs them, against the real server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import annotate
from annotate.labelstudio.region import box_of
from annotate.labelstudio.server import Server
from annotate.labelstudio.tasks import MODEL_VERSION, ReviewTask
from annotate.log.store import open_log
from detect.box import box_to_tile
from detect.candidate import read_candidates
from hardstand import main

Run = Callable[..., Result]
Searched = Callable[..., Path]
pytestmark = [pytest.mark.slow, pytest.mark.labelstudio]


@pytest.fixture
def review(cli: CliRunner, label_studio: Server) -> Run:
    """Runs a review command."""
    return lambda *arguments: cli.invoke(main, ["review", *map(str, arguments)])


@pytest.fixture
def pull(review: Run, desk: Any) -> Callable[..., Result]:
    """Pulls the test's project into its log."""
    return lambda *options: succeeded(review("pull", "--project", desk.title, "--log", desk.log, *options))


def succeeded(result: Result) -> Result:
    assert result.exit_code == 0, result.stderr
    return result


def refused(result: Result, code: int) -> str:
    """The one line on stderr of a command that failed as it should."""
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    (line,) = result.stderr.splitlines()
    assert line.startswith("Error: ")
    return line


def titles(desk: Any) -> list[str]:
    return sorted(desk.projects.values())


def test_a_push_makes_tasks_whose_boxes_lie_where_the_candidates_do(
    review: Run, desk: Any, searched_scene: Searched
) -> None:
    found = searched_scene()
    result = succeeded(review("push", found, "--project", desk.title))
    assert result.stdout == f"{desk.server.url}/projects/{desk.project}/data\n"
    summary, _, overview = result.stderr.splitlines()
    assert summary == "3 candidates in 2 new tasks"
    scene, address = overview.split(" with numbered candidates: ")
    assert scene == read_candidates(found).scene.path
    assert address.removeprefix(desk.server.url) in desk.sdk.projects.get(desk.project).description
    picture = desk.server.http.get(address.removeprefix(desk.server.url)).content
    assert picture.startswith(b"\xff\xd8"), "a JPEG file"
    candidates = {candidate.id: candidate for candidate in read_candidates(found).candidates}
    for task in desk.tasks:
        ours = ReviewTask.from_json(task["data"])
        for region in task["predictions"][0]["result"]:
            shown = box_of(region["value"], ours.frame)
            expected = box_to_tile(ours.tile, candidates.pop(region["id"]).box)
            assert shown.center == pytest.approx(expected.center, abs=2e-3)
            assert shown[1:] == pytest.approx(expected[1:], abs=2e-3)
    assert not candidates, "each candidate is in one task"
    assert desk.sdk.projects.get(desk.project).model_version == MODEL_VERSION, "else none would be drawn"


def test_pushing_again_adds_nothing_and_a_further_scene_only_its_own(
    review: Run, desk: Any, searched_scene: Searched
) -> None:
    folder = searched_scene().parent
    first = succeeded(review("push", folder, "--project", desk.title))
    before = desk.tasks
    second = succeeded(review("push", folder, "--project", desk.title))
    assert second.stdout == first.stdout
    assert second.stderr == "nothing new: 3 already existed\n"
    assert desk.tasks == before
    searched_scene("other.tif", seed=1)
    third = succeeded(review("push", folder, "--project", desk.title))
    summary, _, overview = third.stderr.splitlines()
    assert summary == "3 candidates in 2 new tasks, 3 already existed"
    assert "other.tif with numbered candidates" in overview
    assert len(desk.tasks) == 4


def test_what_was_accepted_is_confirmed_in_the_log_and_what_was_skipped_is_not(
    review: Run, desk: Any, searched_scene: Searched, pull: Callable[..., Result]
) -> None:
    found = searched_scene()
    succeeded(review("push", found, "--project", desk.title))
    two, one = desk.tasks
    desk.accept(two)
    desk.accept(one, was_cancelled=True)
    assert pull().stderr == f"{desk.log}: 2 new verdicts: 2 confirmed\n"
    candidates = {candidate.id: candidate for candidate in read_candidates(found).candidates}
    with open_log(str(desk.log)) as log:
        sightings = list(log.sightings())
    assert len(sightings) == 2
    for sighting in sightings:
        candidate = candidates[sighting.candidate or ""]
        assert sighting.length_m == pytest.approx(candidate.ground.length_m, abs=0.01)
        assert sighting.heading_deg == pytest.approx(candidate.ground.heading_deg, abs=0.01)
        assert (sighting.acquired, sighting.licence) == ("2023-10-27", "CC-BY-4.0")
        assert sighting.analyst == "analyst@hardstand.localhost"
        assert sighting.type is None


def test_pulling_again_leaves_the_log_as_it_is_and_what_is_withdrawn_is_said(
    review: Run, desk: Any, searched_scene: Searched, pull: Callable[..., Result]
) -> None:
    succeeded(review("push", searched_scene(), "--project", desk.title))
    number = desk.accept(desk.tasks[0])
    pull()
    once = desk.log.read_bytes()
    pull()
    assert desk.log.read_bytes() == once
    desk.sdk.annotations.delete(id=number)
    assert "2 new verdicts: 2 withdrawn\n" in pull().stderr


def test_pull_before_anyone_said_anything_makes_an_empty_log(
    review: Run, desk: Any, searched_scene: Searched, pull: Callable[..., Result]
) -> None:
    succeeded(review("push", searched_scene(), "--project", desk.title))
    pull()
    with open_log(str(desk.log)) as log:
        assert (list(log.verdicts()), list(log.sightings())) == ([], [])


def test_a_task_that_is_foreign_or_damaged_is_named_and_the_others_are_read(
    review: Run, desk: Any, searched_scene: Searched, pull: Callable[..., Result]
) -> None:
    """A colleague may add tasks of their own to the project; a box beyond the Earth is no sighting."""
    succeeded(review("push", searched_scene(), "--project", desk.title))
    good, damaged = desk.tasks
    far = {**damaged["predictions"][0]["result"][0], "id": "far"}
    far["value"] = {**far["value"], "x": 1e300}
    desk.accept(good)
    desk.accept(damaged, [*damaged["predictions"][0]["result"], far])
    foreign = [{"data": {"image": "/a.jpg", "title": "a"} | ours} for ours in ({}, {"hardstand": "yes"})]
    desk.sdk.projects.import_tasks(desk.project, request=foreign)
    pulled = review("pull", "--project", desk.title, "--log", desk.log)
    assert pulled.exit_code == 1, "a box waits"
    assert sum("is left out" in line for line in pulled.stderr.splitlines()) == 2
    (waiting,) = (line for line in pulled.stderr.splitlines() if " waits: " in line)
    assert f"/projects/{desk.project}/data?task={damaged['id']} waits: " in waiting
    assert "a box that was drawn: it lies nowhere on Earth; delete it" in waiting
    with open_log(str(desk.log)) as log:
        assert {said.task_id for said in log.verdicts()} == {good["id"], damaged["id"]}
    told = succeeded(review("status", "--project", desk.title, "--log", desk.log)).stdout
    assert "1 done, 1 waiting, 0 skipped" in told
    again = succeeded(review("push", searched_scene("other.tif", seed=2), "--project", desk.title))
    assert "3 candidates in 2 new tasks" in again.stderr


def test_what_has_no_chips_is_counted_with_the_reason(
    review: Run, desk: Any, searched_scene: Searched, pull: Callable[..., Result], tmp_path: Path
) -> None:
    succeeded(review("push", searched_scene(), "--project", desk.title))
    desk.accept(desk.tasks[0])
    (tmp_path / "apron.tif").rename(tmp_path / "moved.tif")
    assert f"Note: no chips for 2 sightings: {tmp_path / 'apron.tif'}" in pull().stderr


def test_watch_pulls_until_it_is_interrupted(
    review: Run, desk: Any, label_studio: Server, searched_scene: Searched
) -> None:
    succeeded(review("push", searched_scene(), "--project", desk.title))
    two, one = desk.tasks
    desk.accept(two)
    command = [sys.executable, "-c", "from hardstand import main; main()", "review", "pull"]
    with subprocess.Popen(
        [*command, "--project", desk.title, "--log", str(desk.log), "--watch", "0.2"],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ,
    ) as process:
        assert process.stderr
        assert "2 new verdicts" in process.stderr.readline()
        desk.accept(one)
        assert "1 new verdict:" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait() == 0
    assert desk.said() == ["confirmed"] * 3


def test_analysts_and_an_adjudicator_are_handed_to_the_log(
    review: Run, desk: Any, searched_scene: Searched, pull: Callable[..., Result]
) -> None:
    succeeded(review("push", searched_scene(), "--project", desk.title, "--analysts", "2"))
    desk.accept(desk.tasks[0])
    pull("--min-verdicts", "2")
    with open_log(str(desk.log)) as log:
        assert list(log.sightings()) == []
    pull("--min-verdicts", "2", "--adjudicator", "analyst@hardstand.localhost")
    with open_log(str(desk.log)) as log:
        assert len(list(log.sightings())) == 2


def test_the_types_that_the_log_has_seen_at_an_airfield_get_its_first_hot_keys(
    review: Run, desk: Any, searched_scene: Searched, pull: Callable[..., Result]
) -> None:
    succeeded(review("push", searched_scene(), "--project", desk.title, "--log", desk.log))
    box, *others = desk.tasks[0]["predictions"][0]["result"]
    shared = {name: box[name] for name in ("id", "to_name", "original_width", "original_height")}
    named = {**shared, "type": "choices", "from_name": "usual", "value": {"choices": ["CN35"]}}
    desk.accept(desk.tasks[0], [box, named, *others])
    pull()
    later = searched_scene("later.tif", seed=1)
    succeeded(review("push", later, "--project", desk.title, "--log", desk.log))
    keys = [
        {choice["hotkey"]: choice["alias"] for choice in task["data"]["usual"]}
        for task in sorted(desk.tasks, key=lambda task: int(task["id"]))
    ]
    assert [key["1"] for key in keys] == ["A320", "A320", "CN35", "CN35"]


def test_a_server_of_another_version_is_said_and_used(
    review: Run, desk: Any, searched_scene: Searched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annotate.labelstudio.client.LABEL_STUDIO_VERSION", "9.9.9")
    result = succeeded(review("push", searched_scene(), "--project", desk.title))
    note, *_ = result.stderr.splitlines()
    assert "is Label Studio 1.23.2; hardstand was tested with 9.9.9" in note


@pytest.mark.parametrize("command", ["push", "pull"])
def test_a_wrong_token_is_said_with_what_to_do(
    command: str, review: Run, desk: Any, searched_scene: Searched, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = titles(desk)
    found = searched_scene()
    monkeypatch.setenv("LABEL_STUDIO_URL", desk.server.url)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "wrong")
    words = [found] if command == "push" else ["--log", desk.log]
    line = refused(review(command, *words, "--project", desk.title), 2)
    assert "rejects the token" in line
    assert "wrong" not in line
    assert titles(desk) == before
    assert not desk.log.exists()


@pytest.mark.parametrize("command", ["push", "pull"])
def test_a_server_that_is_not_up_is_said_with_how_to_start_one(
    command: str,
    review: Run,
    title: str,
    searched_scene: Searched,
    free_port: Callable[[], int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setenv("LABEL_STUDIO_URL", url)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "0" * 40)
    words = [searched_scene()] if command == "push" else ["--log", tmp_path / "log.db"]
    line = refused(review(command, *words, "--project", title), 1)
    assert line.startswith(f"Error: {url}: no Label Studio answers there")
    assert "hardstand review start" in line
    assert not (tmp_path / "log.db").exists()


def test_something_else_at_the_servers_address_is_said(
    review: Run, desk: Any, proxy: Any, searched_scene: Searched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy's page to log in at, or another web server."""
    monkeypatch.setenv("LABEL_STUDIO_URL", proxy.url)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "0" * 40)
    proxy.faults = lambda _method, _path: "page"
    line = refused(review("push", searched_scene(), "--project", desk.title), 1)
    assert "the server there is not Label Studio" in line


def test_where_no_server_is_named_and_none_of_ours_runs_that_is_said(
    review: Run, searched_scene: Searched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    assert "no Label Studio runs here" in refused(review("push", searched_scene(), "--project", "a"), 2)


def test_an_address_without_a_token_is_refused(
    review: Run, label_studio: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LABEL_STUDIO_URL", label_studio.url)
    line = refused(review("pull", "--project", "a", "--log", tmp_path / "log.db"), 2)
    assert "LABEL_STUDIO_API_KEY is not" in line


def test_the_server_can_be_named_by_address_and_token(
    review: Run,
    desk: Any,
    label_studio: Server,
    searched_scene: Searched,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LABEL_STUDIO_URL", f"{label_studio.url}/")
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", label_studio.token)
    result = succeeded(review("push", searched_scene(), "--project", desk.title))
    assert result.stdout.startswith(f"{label_studio.url}/projects/")


def test_a_project_with_another_interface_is_left_alone(
    review: Run, desk: Any, searched_scene: Searched
) -> None:
    foreign = desk.sdk.projects.create(
        title=desk.title,
        label_config='<View><Text name="t" value="$t"/><Choices name="c" toName="t">'
        '<Choice value="a"/></Choices></View>',
    )
    for words in (["push", searched_scene()], ["pull", "--log", desk.log]):
        line = refused(review(*words, "--project", desk.title), 2)
        assert "is not hardstand's" in line
    assert desk.sdk.projects.get(foreign.id).task_number == 0
    assert not desk.log.exists()


def test_two_projects_of_one_title_are_not_guessed_between(
    review: Run, desk: Any, searched_scene: Searched
) -> None:
    for _ in range(2):
        desk.sdk.projects.create(title=desk.title)
    assert "2 projects are called" in refused(review("push", searched_scene(), "--project", desk.title), 2)


def test_a_pull_from_a_project_that_is_not_there_makes_neither_project_nor_log(
    review: Run, desk: Any
) -> None:
    before = titles(desk)
    line = refused(review("pull", "--project", desk.title, "--log", desk.log), 2)
    assert f"no project is called '{desk.title}'" in line
    assert titles(desk) == before
    assert not desk.log.exists()


@pytest.mark.parametrize("change", ["changed", "missing", "no image"])
def test_a_scene_that_is_not_what_was_searched_is_refused_before_anything_is_made(
    change: str, review: Run, desk: Any, searched_scene: Searched
) -> None:
    """Its pixels would be no evidence for those candidates. The good scene before it is not pushed either."""
    good, found = searched_scene("a.tif"), searched_scene("b.tif", seed=1)
    scene = Path(read_candidates(found).scene.path)
    if change == "missing":
        scene.unlink()
    elif change == "no image":
        scene.write_text("no image")
    else:
        import rasterio

        with rasterio.open(scene, "r+") as dataset:
            dataset.update_tags(EDITED="yes")
    before = titles(desk)
    line = refused(review("push", good, found, "--project", desk.title), 2)
    assert str(scene) in line
    assert titles(desk) == before


@pytest.mark.parametrize("project", ["ab", "  a  ", "a" * 51])
def test_a_title_that_the_server_would_refuse_is_refused_before_it_is_asked(
    project: str, review: Run, searched_scene: Searched
) -> None:
    line = refused(review("push", searched_scene(), "--project", project), 2)
    assert "`--project`" in line or "--project" in line
    assert "a title has 3 to 50" in line


@pytest.mark.parametrize("place", ["none.geojson", "empty", "damaged.geojson"])
def test_what_is_no_candidates_file_is_refused_before_anything_is_made(
    place: str, review: Run, desk: Any, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "damaged.geojson").write_text('{"type": "FeatureCollection"}')
    before = titles(desk)
    assert place in refused(review("push", tmp_path / place, "--project", desk.title), 2)
    assert titles(desk) == before


def test_a_rendered_scenes_tasks_say_that_it_is_rendered(
    review: Run, desk: Any, searched_scene: Searched
) -> None:
    succeeded(review("push", searched_scene(RENDERED="true"), "--project", desk.title))
    for task in desk.tasks:
        assert "RENDERED, not a photograph" in task["data"]["title"]
        assert task["data"]["hardstand"]["scene"]["rendered"] is True


def test_one_call_of_python_pushes_and_one_pulls_at_the_server_that_runs_here(
    desk: Any, searched_scene: Searched
) -> None:
    """As the commands do, without a connection to make or close."""
    found = searched_scene()
    assert annotate.push(found, desk.title).candidates == 3
    assert annotate.push([found.parent], desk.title).existing == 3
    desk.accept(desk.tasks[0])
    with annotate.open_log(str(desk.log), create=True) as log:
        pulled = annotate.pull(desk.title, log)
    assert [verdict.verdict for verdict in pulled.verdicts] == ["confirmed", "confirmed"]
    assert pulled.project.page == f"{desk.server.url}/projects/{desk.project}/data"


def test_the_first_push_to_the_local_server_asks_once_who_reviews(
    cli: CliRunner, desk: Any, label_studio: Server, searched_scene: Searched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Verdicts of everybody in the name of one account would say nothing of who saw what."""
    if label_studio.analysts.exists():
        label_studio.analysts.rename(label_studio.analysts.with_name("analysts of other tests"))
    arguments = ["review", "push", str(searched_scene()), "--project", desk.title]
    monkeypatch.setattr("annotate.cli.review_push.on_terminal", lambda: True)
    asked = succeeded(cli.invoke(main, arguments, input="Ana Lyst\n"))
    assert "Who reviews?" in asked.stderr
    assert "user name     ana.lyst@hardstand.localhost" in asked.stderr
    assert asked.stdout.strip().startswith(label_studio.url), "results only"
    assert "ana.lyst@hardstand.localhost" in desk.server.users().values()
    assert "Who reviews?" not in succeeded(cli.invoke(main, arguments)).stderr


def test_without_a_terminal_the_push_says_how_to_name_who_reviews(
    review: Run, desk: Any, label_studio: Server, searched_scene: Searched
) -> None:
    aside = label_studio.analysts.with_name("analysts aside")
    if label_studio.analysts.exists():
        label_studio.analysts.rename(aside)
    found = searched_scene()
    try:
        pushed = succeeded(review("push", found, "--project", desk.title))
        assert "`hardstand review analysts add NAME`" in pushed.stderr
        assert "analysts add" not in succeeded(review("push", found, "--project", desk.title)).stderr
    finally:
        if aside.exists():
            aside.rename(label_studio.analysts)
