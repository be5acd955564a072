"""``hardstand review push`` and ``pull`` against the real server: each candidate once, each word once."""

from __future__ import annotations

import io
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from annotate.labelstudio.connection import Connection, connect
from annotate.labelstudio.region import box_of
from annotate.labelstudio.server import Server
from annotate.labelstudio.tasks import MODEL_VERSION
from annotate.log.store import open_log
from detect.box import box_to_tile
from detect.candidate import read_candidates
from hardstand import main
from imagery.tiling import Tile

Run = Callable[..., Result]
Searched = Callable[..., Path]
pytestmark = [pytest.mark.slow, pytest.mark.labelstudio]


@pytest.fixture
def review(cli: CliRunner, label_studio: Server) -> Run:
    """Runs a review command."""
    return lambda *arguments: cli.invoke(main, ["review", *map(str, arguments)])


@pytest.fixture
def server(label_studio: Server) -> Iterator[Connection]:
    """A connection of the test's own."""
    with connect() as connection:
        yield connection


@pytest.fixture
def title(request: pytest.FixtureRequest) -> str:
    """A project for this test alone; Label Studio allows 50 letters."""
    return f"{abs(hash(request.node.nodeid)) % 10**8} {request.node.originalname}"[:50].strip()


@pytest.fixture
def pull(review: Run, title: str, tmp_path: Path) -> Callable[[], Path]:
    """Pulls the test's project into a log; gives the log."""

    def run() -> Path:
        succeeded(review("pull", "--project", title, "--log", tmp_path / "log.db"))
        return tmp_path / "log.db"

    return run


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


def tasks_of(server: Connection, title: str) -> list[dict[str, Any]]:
    project = server.find_project(title)
    assert project
    tasks = server.sdk.tasks.list(project=project.id, fields="all")
    return [task if isinstance(task, dict) else task.model_dump() for task in tasks]


def titles(server: Connection) -> list[str]:
    return sorted(project.title for project in server.sdk.projects.list())


def accept(server: Connection, task: dict[str, Any], regions: Any = None, **members: Any) -> None:
    """Submit as the page does after the prediction was shown."""
    (prediction,) = task["predictions"]
    result = prediction["result"] if regions is None else regions
    server.sdk.annotations.create(
        id=task["id"], result=result, parent_prediction=prediction["id"], lead_time=3.0, **members
    )


def test_a_push_makes_tasks_whose_boxes_lie_where_the_candidates_do(
    review: Run, server: Connection, title: str, searched_scene: Searched
) -> None:
    found = searched_scene()
    result = succeeded(review("push", found, "--project", title))
    project = server.find_project(title)
    assert project
    assert result.stdout == f"{server.url}/projects/{project.id}/data\n"
    assert "3 candidates in 2 new tasks" in result.stderr
    candidates = {candidate.id: candidate for candidate in read_candidates(found).candidates}
    tasks = tasks_of(server, title)
    assert len(tasks) == 2
    for task in tasks:
        tile = Tile(*task["data"]["hardstand"]["tile"])
        (prediction,) = task["predictions"]
        for region in prediction["result"]:
            shown = box_of(region["value"], tile.out_width, tile.out_height)
            expected = box_to_tile(tile, candidates.pop(region["id"]).box)
            assert shown.center == pytest.approx(expected.center, abs=2e-3)
            assert shown[1:] == pytest.approx(expected[1:], abs=2e-3)
    assert not candidates, "each candidate is in one task"
    assert server.sdk.projects.get(project.id).model_version == MODEL_VERSION, "else none would be drawn"


def test_each_tasks_picture_is_the_one_its_boxes_were_measured_in(
    review: Run, server: Connection, label_studio: Server, title: str, searched_scene: Searched
) -> None:
    succeeded(review("push", searched_scene(), "--project", title))
    headers = {"Authorization": f"Token {label_studio.token}"}
    for task in tasks_of(server, title):
        address = label_studio.url + task["data"]["image"]
        assert httpx.get(address).status_code != 200, "not for everybody"
        answer = httpx.get(address, headers=headers, follow_redirects=True)
        picture = Image.open(io.BytesIO(answer.content))
        assert (picture.format, picture.size) == ("JPEG", tuple(task["data"]["hardstand"]["tile"][4:]))


def test_pushing_again_adds_nothing_and_a_further_scene_only_its_own(
    review: Run, server: Connection, title: str, searched_scene: Searched
) -> None:
    folder = searched_scene().parent
    first = succeeded(review("push", folder, "--project", title))
    before = tasks_of(server, title)
    second = succeeded(review("push", folder, "--project", title))
    assert second.stdout == first.stdout
    assert "0 candidates in 0 new tasks, 3 were there already" in second.stderr
    assert [task["id"] for task in tasks_of(server, title)] == [task["id"] for task in before]
    searched_scene("other.tif", seed=1)
    third = succeeded(review("push", folder, "--project", title))
    assert "3 candidates in 2 new tasks, 3 were there already" in third.stderr
    assert len(tasks_of(server, title)) == 4


def test_what_was_accepted_is_confirmed_in_the_log_and_what_was_skipped_is_not(
    review: Run, server: Connection, title: str, searched_scene: Searched, pull: Callable[[], Path]
) -> None:
    found = searched_scene()
    succeeded(review("push", found, "--project", title))
    two, one = sorted(tasks_of(server, title), key=lambda task: -len(task["predictions"][0]["result"]))
    accept(server, two)
    accept(server, one, was_cancelled=True)
    with open_log(str(pull())) as log:
        sightings = log.sightings()
        assert [said.verdict for said in log.verdicts()] == ["confirmed", "confirmed"]
    candidates = {candidate.id: candidate for candidate in read_candidates(found).candidates}
    assert len(sightings) == 2
    for sighting in sightings:
        candidate = candidates[sighting.candidate]
        assert sighting.length_m == pytest.approx(candidate.ground.length_m, abs=0.01)
        assert sighting.heading_deg == pytest.approx(candidate.ground.heading_deg, abs=0.01)
        assert (sighting.acquired, sighting.licence) == ("2023-10-27", "CC-BY-4.0")
        assert sighting.analyst == "analyst@hardstand.localhost"
        assert sighting.type is None


def test_pulling_twice_adds_nothing_and_an_edit_only_itself(
    review: Run, server: Connection, title: str, searched_scene: Searched, pull: Callable[[], Path]
) -> None:
    succeeded(review("push", searched_scene(), "--project", title))
    (task, _) = sorted(tasks_of(server, title), key=lambda task: -len(task["predictions"][0]["result"]))
    accept(server, task)
    once = pull().read_bytes()
    assert pull().read_bytes() == once
    (annotation,) = next(t for t in tasks_of(server, title) if t["id"] == task["id"])["annotations"]
    server.sdk.annotations.update(id=annotation["id"], result=annotation["result"][1:])
    with open_log(str(pull())) as log:
        assert [said.verdict for said in log.verdicts()] == ["confirmed", "confirmed", "rejected"]
        assert len(log.sightings()) == 1


def test_pull_before_anyone_said_anything_makes_an_empty_log(
    review: Run, title: str, searched_scene: Searched, pull: Callable[[], Path]
) -> None:
    succeeded(review("push", searched_scene(), "--project", title))
    with open_log(str(pull())) as log:
        assert (log.verdicts(), log.sightings()) == ([], [])


def test_a_task_that_is_foreign_or_damaged_is_named_and_the_others_are_read(
    review: Run, server: Connection, title: str, searched_scene: Searched, tmp_path: Path
) -> None:
    """A colleague may add tasks of their own to the project; a box beyond the Earth is no sighting."""
    succeeded(review("push", searched_scene(), "--project", title))
    good, damaged = sorted(tasks_of(server, title), key=lambda task: -len(task["predictions"][0]["result"]))
    far = {**damaged["predictions"][0]["result"][0], "id": "far"}
    far["value"] = {**far["value"], "x": 1e300}
    accept(server, good)
    accept(server, damaged, [*damaged["predictions"][0]["result"], far])
    project = server.find_project(title)
    assert project
    foreign = [{"data": {"image": "/a.jpg", "title": "a"} | ours} for ours in ({}, {"hardstand": "yes"})]
    server.sdk.projects.import_tasks(project.id, request=foreign)
    result = succeeded(review("pull", "--project", title, "--log", tmp_path / "log.db"))
    named = [line for line in result.stderr.splitlines() if "is left out" in line]
    assert len(named) == 3
    assert any(f"task {damaged['id']} " in line and "nowhere on Earth" in line for line in named)
    with open_log(str(tmp_path / "log.db")) as log:
        assert {said.task_id for said in log.verdicts()} == {good["id"]}
    again = succeeded(review("push", searched_scene("other.tif", seed=2), "--project", title))
    assert "3 candidates in 2 new tasks" in again.stderr


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("command", ["push", "pull"])
def test_a_wrong_token_is_said_with_what_to_do(
    command: str,
    review: Run,
    server: Connection,
    title: str,
    searched_scene: Searched,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = titles(server)
    found = searched_scene()
    monkeypatch.setenv("LABEL_STUDIO_URL", server.url)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "wrong")
    words = [found] if command == "push" else ["--log", tmp_path / "log.db"]
    line = refused(review(command, *words, "--project", title), 2)
    assert "does not accept the token" in line
    assert "wrong" not in line
    assert titles(server) == before
    assert not (tmp_path / "log.db").exists()


@pytest.mark.parametrize("command", ["push", "pull"])
def test_a_server_that_is_not_up_is_said_with_how_to_start_one(
    command: str,
    review: Run,
    title: str,
    searched_scene: Searched,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = f"http://127.0.0.1:{unused_port()}"
    monkeypatch.setenv("LABEL_STUDIO_URL", url)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "0" * 40)
    words = [searched_scene()] if command == "push" else ["--log", tmp_path / "log.db"]
    line = refused(review(command, *words, "--project", title), 1)
    assert line.startswith(f"Error: {url}: no Label Studio answers there")
    assert "hardstand review start" in line
    assert not (tmp_path / "log.db").exists()


def test_where_no_server_is_named_and_none_of_ours_runs_that_is_said(
    review: Run, searched_scene: Searched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    assert "no Label Studio runs here" in refused(review("push", searched_scene(), "--project", "a"), 2)


def test_an_address_without_a_token_is_refused(
    review: Run, server: Connection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LABEL_STUDIO_URL", server.url)
    line = refused(review("pull", "--project", "a", "--log", tmp_path / "log.db"), 2)
    assert "LABEL_STUDIO_API_KEY is not" in line


def test_the_server_can_be_named_by_address_and_token(
    review: Run,
    server: Connection,
    label_studio: Server,
    title: str,
    searched_scene: Searched,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LABEL_STUDIO_URL", f"{server.url}/")
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", label_studio.token)
    result = succeeded(review("push", searched_scene(), "--project", title))
    assert result.stdout.startswith(f"{server.url}/projects/")


def test_a_project_with_another_interface_is_left_alone(
    review: Run, server: Connection, title: str, searched_scene: Searched, tmp_path: Path
) -> None:
    foreign = server.sdk.projects.create(
        title=title,
        label_config='<View><Text name="t" value="$t"/><Choices name="c" toName="t">'
        '<Choice value="a"/></Choices></View>',
    )
    for words in (["push", searched_scene()], ["pull", "--log", tmp_path / "log.db"]):
        line = refused(review(*words, "--project", title), 2)
        assert "is not hardstand's" in line
    assert server.sdk.projects.get(foreign.id).task_number == 0
    assert not (tmp_path / "log.db").exists()


def test_two_projects_of_one_title_are_not_guessed_between(
    review: Run, server: Connection, title: str, searched_scene: Searched
) -> None:
    for _ in range(2):
        server.create_project(title)
    assert "2 projects are called" in refused(review("push", searched_scene(), "--project", title), 2)


def test_a_pull_from_a_project_that_is_not_there_makes_neither_project_nor_log(
    review: Run, server: Connection, title: str, tmp_path: Path
) -> None:
    before = titles(server)
    line = refused(review("pull", "--project", title, "--log", tmp_path / "log.db"), 2)
    assert f"no project is called '{title}'" in line
    assert titles(server) == before
    assert not (tmp_path / "log.db").exists()


@pytest.mark.parametrize("change", ["changed", "missing", "no image"])
def test_a_scene_that_is_not_what_was_searched_is_refused_before_anything_is_made(
    change: str, review: Run, server: Connection, title: str, searched_scene: Searched
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
    before = titles(server)
    line = refused(review("push", good, found, "--project", title), 1 if change == "no image" else 2)
    assert str(scene) in line
    assert titles(server) == before


@pytest.mark.parametrize("place", ["none.geojson", "empty", "damaged.geojson"])
def test_what_is_no_candidates_file_is_refused_before_anything_is_made(
    place: str, review: Run, server: Connection, title: str, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "damaged.geojson").write_text('{"type": "FeatureCollection"}')
    before = titles(server)
    assert place in refused(review("push", tmp_path / place, "--project", title), 2)
    assert titles(server) == before


def test_a_rendered_scenes_tasks_say_that_it_is_rendered(
    review: Run, server: Connection, title: str, searched_scene: Searched
) -> None:
    succeeded(review("push", searched_scene(RENDERED="true"), "--project", title))
    for task in tasks_of(server, title):
        assert "RENDERED, not a photograph" in task["data"]["title"]
        assert task["data"]["hardstand"]["scene"]["rendered"] is True
