"""Pushing to the real server: each candidate once, and what was reviewed stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from annotate.labelstudio.connection import Connection
from annotate.labelstudio.server import Server
from detect.box import OrientedBox
from detect.candidate import CandidatesFile, candidate_id, read_candidates, write_candidates
from detect.detector import DetectorInfo
from imagery.errors import HardstandError, UsageError
from imagery.grid import PixelPoint

Searched = Callable[..., Path]
pytestmark = [pytest.mark.slow, pytest.mark.labelstudio]

PUSH = """
import sys
from annotate.labelstudio.connection import Connection
from annotate.labelstudio.push import push
url, token, title, *places = sys.argv[1:]
with Connection(url, token) as server:
    push(places, title, server=server)
"""


def found_again(path: Path, *, shift: float, name: str = "other") -> Path:
    """The same aircraft as another detector found them, a little beside; in place of the file."""
    file = read_candidates(path)
    detector = DetectorInfo(name, "1", {})
    moved = [
        one.box._replace(center=PixelPoint(one.box.center.col + shift, one.box.center.row))
        for one in file.candidates
    ]
    candidates = tuple(
        replace(one, box=box, id=candidate_id(file.scene, detector, box.center))
        for one, box in zip(file.candidates, moved, strict=True)
    )
    return write_candidates(CandidatesFile(file.scene, detector, candidates), path, overwrite=True)


def proposed(tasks: list[dict[str, Any]]) -> list[str]:
    return sorted(region["id"] for task in tasks for region in task["predictions"][0]["result"])


def ids(path: Path) -> list[str]:
    return sorted(candidate.id for candidate in read_candidates(path).candidates)


def test_another_detectors_candidates_take_the_place_of_those_that_nobody_has_reviewed(
    desk: Any, searched_scene: Searched
) -> None:
    found = searched_scene()
    desk.push(found)
    found_again(found, shift=3.0)
    pushed = desk.push(found)
    assert (pushed.tasks, pushed.candidates, pushed.existing, pushed.removed) == (2, 3, 0, 2)
    assert proposed(desk.tasks) == ids(found)


def test_what_is_out_of_date_goes_by_the_next_push_if_this_one_was_interrupted_before_it_went(
    desk: Any, searched_scene: Searched, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = searched_scene()
    desk.push(found)
    found_again(found, shift=3.0)

    def interrupted(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("annotate.labelstudio.push.delete_untouched", interrupted)
        with pytest.raises(KeyboardInterrupt):
            desk.push(found)
    assert len(proposed(desk.tasks)) == 6
    pushed = desk.push(found)
    assert (pushed.tasks, pushed.removed) == (0, 2)
    assert proposed(desk.tasks) == ids(found)


def test_what_was_reviewed_stays_and_a_new_candidate_that_overlaps_it_is_that_one(
    desk: Any, searched_scene: Searched
) -> None:
    found = searched_scene()
    desk.push(found)
    before = desk.tasks
    two, _ = before
    desk.accept(two)
    desk.pull()
    found_again(found, shift=3.0)
    pushed = desk.push(found)
    assert (pushed.tasks, pushed.candidates, pushed.existing, pushed.removed) == (1, 1, 2, 1)
    assert two["id"] in {task["id"] for task in desk.tasks}
    assert desk.pull().verdicts == [], "nothing that was said is withdrawn"
    assert desk.push(found).tasks == 0, "and it is so from then on"


@pytest.mark.parametrize("touch", ["skip", "draft"])
def test_a_task_that_was_skipped_or_begun_stays_too(touch: str, desk: Any, searched_scene: Searched) -> None:
    found = searched_scene()
    desk.push(found)
    two, one = desk.tasks
    if touch == "skip":
        desk.accept(two, was_cancelled=True)
    else:
        draft = {"result": [], "lead_time": 1}
        desk.server.http.post(f"/api/tasks/{two['id']}/drafts", json=draft).raise_for_status()
    found_again(found, shift=3.0)
    desk.push(found)
    numbers = {task["id"] for task in desk.tasks}
    assert two["id"] in numbers
    assert one["id"] not in numbers


def test_a_new_candidate_that_overlaps_what_an_analyst_drew_is_not_proposed(
    desk: Any, searched_scene: Searched, boxes: tuple[OrientedBox, ...]
) -> None:
    found = searched_scene(boxes=boxes[:1])
    whole = searched_scene("whole.tif", boxes=boxes[:2])
    desk.push(found)
    (task,) = desk.tasks
    drawn = {**task["predictions"][0]["result"][0], "id": "drawn"}
    file = read_candidates(whole)
    again = CandidatesFile(read_candidates(found).scene, file.detector, file.candidates)
    from annotate.labelstudio.division import review_tasks

    (asked,) = review_tasks(again)
    drawn["value"] = asked.to_json("")["predictions"][0]["result"][1]["value"]
    desk.accept(task, [*task["predictions"][0]["result"], drawn])
    pushed = desk.push(write_candidates(again, found, overwrite=True))
    assert (pushed.tasks, pushed.existing) == (0, 2)


def test_tasks_are_numbered_in_the_order_in_which_they_are_to_be_reviewed(
    desk: Any, searched_scene: Searched
) -> None:
    """Scores are 0.9, 0.8 in one tile and 0.7 in the other; the label stream goes by number."""
    desk.push(searched_scene(), order="score")
    assert [len(task["predictions"][0]["result"]) for task in sorted(desk.tasks, key=_number)] == [2, 1]
    desk.push(searched_scene("other.tif", seed=1), order="uncertain")
    sizes = [len(task["predictions"][0]["result"]) for task in sorted(desk.tasks, key=_number)]
    assert sizes == [2, 1, 2, 1], "0.1 + 0.2 and 0.3 mistakes are to be expected; equals stay by place"
    assert desk.sdk.projects.get(desk.project).sampling == "Sequential sampling"


def _number(task: dict[str, Any]) -> int:
    return int(task["id"])


def test_an_audit_shows_tiles_without_candidates(desk: Any, searched_scene: Searched) -> None:
    found = searched_scene()
    pushed = desk.push(found, audit=1.0)
    audits = [task for task in desk.tasks if task["data"]["hardstand"]["audit"]]
    assert len(audits) == pushed.tasks - 2 > 0
    assert desk.push(found).tasks == 0
    assert len(desk.tasks) == pushed.tasks, "to push without an audit takes none away"


@pytest.mark.parametrize("images", ["local", "upload"])
def test_pictures_are_shown_to_who_may_log_in_and_to_nobody_else(
    images: str, desk: Any, label_studio: Server, searched_scene: Searched
) -> None:
    desk.push(searched_scene(), images=images)
    headers = {"Authorization": f"Token {label_studio.token}"}
    for task in desk.tasks:
        address = label_studio.url + task["data"]["image"]
        assert ("local-files" in address) is (images == "local")
        assert httpx.get(address).status_code != 200
        answer = httpx.get(address, headers=headers, follow_redirects=True)
        assert answer.content.startswith(b"\xff\xd8"), "a JPEG file"


def test_left_to_itself_it_takes_local_files_where_the_server_shows_them(
    desk: Any, through_proxy: Any, searched_scene: Searched
) -> None:
    """Behind another address it is not known to be ours."""
    desk.push(searched_scene())
    assert all("local-files" in task["data"]["image"] for task in desk.tasks)
    through_proxy.push(searched_scene("other.tif", seed=1))
    assert sum("local-files" in task["data"]["image"] for task in desk.tasks) == 2
    with pytest.raises(UsageError, match="does not show files of this machine"):
        through_proxy.push(searched_scene("third.tif", seed=2), images="local")


def test_each_tile_can_be_shown_to_several_analysts(desk: Any, searched_scene: Searched) -> None:
    found = searched_scene()
    desk.push(found, analysts=2)
    assert desk.sdk.projects.get(desk.project).maximum_annotations == 2
    desk.push(found)
    assert desk.sdk.projects.get(desk.project).maximum_annotations == 2, "left as it is"


def test_two_searches_of_one_scene_are_refused_before_anything_is_made(
    desk: Any, searched_scene: Searched, tmp_path: Path
) -> None:
    found = searched_scene()
    second = write_candidates(read_candidates(found), tmp_path / "again.geojson")
    with pytest.raises(UsageError, match=r"apron\.geojson and .*again\.geojson: are of the same scene"):
        desk.push(found, second)
    assert desk.title not in desk.projects.values()


@pytest.mark.parametrize("request_number", [4, 9, 12, 15])
def test_a_push_that_is_killed_at_any_point_is_taken_up_by_pushing_again(
    request_number: int,
    desk: Any,
    proxy: Any,
    label_studio: Server,
    searched_scene: Searched,
    state_home: Path,
) -> None:
    """The n-th request to the server is the last thing it does: then it gets SIGKILL."""
    found = [searched_scene(f"{seed}.tif", seed=seed) for seed in range(2)]
    arguments = [proxy.url, label_studio.token, desk.title, *map(str, found)]
    environment = {**os.environ, "XDG_STATE_HOME": str(state_home)}
    process = subprocess.Popen([sys.executable, "-c", PUSH, *arguments], env=environment)

    def kill_at(_method: str, _path: str) -> None:
        if len(proxy.seen) == request_number:
            process.send_signal(signal.SIGKILL)

    proxy.faults = kill_at
    process.wait()
    desk.push(*found)
    assert proposed(desk.tasks) == sorted(ids(found[0]) + ids(found[1]))
    assert desk.push(*found).tasks == 0


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_personal_access_token_is_renewed_by_the_servers_clock_where_ours_is_an_hour_off(
    hours: int,
    desk: Any,
    label_studio: Server,
    personal_token: str,
    searched_scene: Searched,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The SDK by itself would use an access token that has expired, or fetch one per request."""
    right = time.time
    monkeypatch.setattr(time, "time", lambda: right() + hours * 3600)
    requests: list[str] = []
    with Connection(label_studio.url, personal_token) as server:
        server.http.event_hooks["request"].append(lambda request: requests.append(request.url.path))
        desk.server = server
        assert desk.push(searched_scene()).tasks == 2
        assert requests.count("/api/token/refresh/") == 1
        server.http.auth._access = expired(label_studio, server.http.auth._access)
        desk.accept(desk.tasks[0])
        assert desk.pull().read == 2
        assert requests.count("/api/token/refresh/") == 2


def expired(label_studio: Server, token: str) -> str:
    """The token as the server would have made it an hour ago."""
    (key,) = (Path(label_studio.data) / "label-studio" / ".env").read_text().split("=", 1)[1:]
    claims = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode({**claims, "exp": claims["exp"] - 3600}, key.strip(), algorithm="HS256")


def test_a_prediction_that_is_not_valid_is_refused_before_anything_is_sent(
    desk: Any, through_proxy: Any, proxy: Any, searched_scene: Searched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Label Studio would take it, and show who knows what."""
    monkeypatch.setattr("annotate.labelstudio.tasks.LABEL", "Airship")
    with pytest.raises(HardstandError, match=r"apron\.tif: a candidate cannot be shown .*Airship"):
        through_proxy.push(searched_scene())
    assert {method for method, _ in proxy.seen} == {"GET"}
    assert desk.title not in desk.projects.values()


def test_a_personal_access_token_will_do_as_well(
    desk: Any, label_studio: Server, personal_token: str, searched_scene: Searched
) -> None:
    """It is no token for the API itself but one to get such tokens with, which live for minutes."""
    with Connection(label_studio.url, personal_token) as server:
        desk.server = server
        assert desk.push(searched_scene()).tasks == 2
        server.http.auth._access = "an access token that has expired"
        desk.accept(desk.tasks[0])
        assert desk.pull().read == 2


def test_a_scene_that_was_moved_is_pushed_and_its_chips_are_cut_where_it_is_now(
    desk: Any, searched_scene: Searched, tmp_path: Path
) -> None:
    found = searched_scene()
    scene = tmp_path / "apron.tif"
    archive = tmp_path / "archive/2023"
    archive.mkdir(parents=True)
    scene.rename(archive / "renamed.tif")
    with pytest.raises(UsageError, match=r"apron.tif: no such file.* name the folder .* as `scenes`"):
        desk.push(found)
    assert desk.title not in desk.projects.values()
    assert desk.push(found, scenes=[tmp_path / "archive"]).tasks == 2
    task = desk.tasks[0]
    assert task["data"]["hardstand"]["scene"]["path"] == str(archive / "renamed.tif")
    desk.accept(task)
    assert desk.pull().chipless == {}
