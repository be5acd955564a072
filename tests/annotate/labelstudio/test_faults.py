"""What goes wrong between us and a server: after it, push and pull again, and all is as if nothing had been.

Each fault is made on the real server, or on the way to it. "Undisturbed" is a second log, pulled without
faults.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import jwt
import psutil
import pytest

from annotate.labelstudio.connection import Connection
from annotate.labelstudio.interface import labelling_interface
from annotate.labelstudio.pull_state import StateFile
from annotate.labelstudio.server import Server
from annotate.log.store import open_log
from detect.candidate import read_candidates
from imagery.errors import HardstandError, UsageError

Searched = Callable[..., Path]
pytestmark = [pytest.mark.slow, pytest.mark.labelstudio]

PULL = """
import sys
from annotate.labelstudio.connection import Connection
from annotate.labelstudio.pull import pull
from annotate.log.store import open_log
url, token, title, log = sys.argv[1:]
with Connection(url, token) as server, open_log(log, create=True) as opened:
    pull(title, opened, server=server)
"""


def start_pull(url: str, token: str, desk: Any, state: Path) -> subprocess.Popen[bytes]:
    arguments = [sys.executable, "-c", PULL, url, token, desk.title, str(desk.log)]
    return subprocess.Popen(arguments, env={**os.environ, "XDG_STATE_HOME": str(state)})


def proposed(desk: Any) -> list[str]:
    return sorted(region["id"] for task in desk.tasks for region in task["predictions"][0]["result"])


def ids(*places: Path) -> list[str]:
    return sorted(one.id for place in places for one in read_candidates(place).candidates)


def undisturbed(desk: Any) -> Path:
    """Pull the desk's project into a second log, without faults."""
    log: Path = desk.log.with_name("undisturbed.db")
    desk.pull(log)
    return log


def once(wanted: str, path: str, fault: str, times: int = 1) -> Callable[[str, str], Any]:
    """The fault for the first requests of a method whose path contains something."""
    left = [fault] * times
    return lambda method, at: left.pop() if left and method == wanted and path in at else None


@pytest.mark.parametrize("fault", ["500", "500 after", "cut"])
@pytest.mark.parametrize("times", [1, 2])
def test_an_import_whose_answer_is_lost_adds_no_task_twice_and_loses_none(
    fault: str, times: int, desk: Any, through_proxy: Any, proxy: Any, searched_scene: Searched
) -> None:
    """Whether it was done cannot be told from the answer; what repeats it blindly has every task twice."""
    found = searched_scene()
    proxy.faults = once("POST", "/import?return_task_ids", fault, times)
    through_proxy.push(found)
    assert proposed(desk) == ids(found)


def test_an_import_that_takes_longer_than_we_wait_is_not_repeated(
    desk: Any, label_studio: Server, proxy: Any, searched_scene: Searched
) -> None:
    found = searched_scene()
    proxy.faults = once("POST", "/import?return_task_ids", "late")
    with Connection(proxy.url, label_studio.token, wait=lambda _s: None, timeout_s=10) as server:
        replace(desk, server=server).push(found)
    assert proposed(desk) == ids(found)


def test_a_server_that_goes_on_failing_ends_a_push_in_one_line_and_the_next_takes_it_up(
    desk: Any, through_proxy: Any, proxy: Any, searched_scene: Searched
) -> None:
    found = searched_scene()
    proxy.faults = once("POST", "/import?return_task_ids", "500", 10)
    with pytest.raises(HardstandError, match="the server says 500"):
        through_proxy.push(found)
    proxy.faults = lambda _method, _path: None
    through_proxy.push(found)
    assert proposed(desk) == ids(found)


@pytest.mark.parametrize("fault", ["500", "cut", "gone"])
def test_a_pull_asks_again_and_if_that_does_not_help_the_next_one_reads_the_rest(
    fault: str, desk: Any, through_proxy: Any, proxy: Any, searched_scene: Searched
) -> None:
    desk.push(searched_scene())
    two, one = desk.tasks
    desk.accept(two)
    proxy.faults = once("GET", "/api/tasks/", fault, 2)
    through_proxy.pull()
    desk.accept(one)
    proxy.faults = once("GET", "/api/tasks/", fault, 10)
    with pytest.raises(HardstandError):
        through_proxy.pull()
    proxy.faults = lambda _method, _path: None
    through_proxy.pull()
    assert desk.contents() == desk.contents(undisturbed(desk))


@pytest.mark.parametrize("request_number", [2, 4, 6])
def test_a_pull_that_is_killed_at_any_point_is_taken_up_by_the_next(
    request_number: int,
    desk: Any,
    proxy: Any,
    label_studio: Server,
    searched_scene: Searched,
    state_home: Path,
) -> None:
    desk.push(searched_scene())
    two, one = desk.tasks
    numbers = [desk.accept(task) for task in (two, one)]
    log = undisturbed(desk)
    process = start_pull(proxy.url, label_studio.token, desk, state_home)

    def kill_at(_method: str, _path: str) -> None:
        if len(proxy.seen) == request_number:
            process.send_signal(signal.SIGKILL)

    proxy.faults = kill_at
    process.wait()
    desk.sdk.annotations.delete(id=numbers[1])
    desk.pull()
    undisturbed(desk)
    said, wanted = desk.said(), desk.said(log)
    assert said in (wanted, ["confirmed", "confirmed"]), "what it never logged need not be withdrawn"


def test_what_a_pull_logged_before_it_was_killed_is_withdrawn_if_it_is_deleted_then(
    desk: Any, searched_scene: Searched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was killed after it had logged and before it could remember that; nobody else knows of it."""
    desk.push(searched_scene())
    number = desk.accept(desk.tasks[0])
    saves: list[None] = []
    save = StateFile.save

    def killed_at_the_second(self: StateFile) -> None:
        saves.append(None)
        if len(saves) == 2:
            raise KeyboardInterrupt
        save(self)

    with monkeypatch.context() as patch:
        patch.setattr(StateFile, "save", killed_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            desk.pull()
    assert desk.said() == ["confirmed", "confirmed"]
    desk.sdk.annotations.delete(id=number)
    desk.pull()
    assert desk.said() == ["annotation deleted", "annotation deleted"]


def test_two_pulls_at_once_log_each_verdict_once(
    desk: Any, label_studio: Server, searched_scene: Searched, state_home: Path, tmp_path: Path
) -> None:
    """Two of one user wait for each other; those of two users, or machines, meet in the log."""
    desk.push(searched_scene())
    two, one = desk.tasks
    number = desk.accept(two)
    desk.accept(one)
    for _ in range(2):
        states = [state_home, state_home, tmp_path / "another user's"]
        pulls = [start_pull(label_studio.url, label_studio.token, desk, state) for state in states]
        assert [process.wait() for process in pulls] == [0, 0, 0]
        log = undisturbed(desk)
        assert desk.contents() == desk.contents(log)
        desk.sdk.annotations.update(id=number, result=two["predictions"][0]["result"][1:])
    assert desk.said() == ["confirmed", "confirmed", "rejected"]


def test_tasks_that_were_deleted_by_hand_are_there_again_after_a_push(
    desk: Any, searched_scene: Searched
) -> None:
    found = searched_scene()
    desk.push(found)
    two, one = desk.tasks
    desk.accept(two)
    desk.pull()
    for task in (two, one):
        desk.sdk.tasks.delete(id=str(task["id"]))
    assert desk.push(found).tasks == 2
    assert proposed(desk) == ids(found)
    for task in desk.tasks:
        desk.accept(task)
    desk.pull()
    withdrawn = [word for word in desk.said() if word != "confirmed"]
    assert len(withdrawn) == 2, "SQLite gives their numbers again, so the reason may be either"
    with open_log(str(desk.log)) as log:
        assert len(list(log.sightings())) == 3


def test_a_project_that_was_renamed_is_the_same_one_and_nothing_is_logged_anew(
    desk: Any, searched_scene: Searched
) -> None:
    found = searched_scene()
    desk.push(found)
    number = desk.project
    desk.accept(desk.tasks[0])
    desk.pull()
    before = desk.contents()
    desk.sdk.projects.update(number, title=f"renamed {number}")
    pulled = desk.pull()
    assert pulled.verdicts == []
    assert pulled.project.renamed == (
        f"project '{desk.title}' is called 'renamed {number}' on the server now; it is the same project"
    )
    assert desk.push(found).project.id == number, "no second project"
    desk.pull()
    assert desk.contents() == before
    desk.title = f"renamed {number}"
    assert desk.pull().verdicts == [], "nor under its new name"


def test_a_labelling_interface_that_was_edited_is_read_as_long_as_it_can_be_and_put_back_by_a_push(
    desk: Any, searched_scene: Searched
) -> None:
    found = searched_scene()
    desk.push(found)
    wider = labelling_interface().replace("</View>", '<Header value="Thank you"/></View>', 1)
    desk.sdk.projects.update(desk.project, label_config=wider)
    desk.accept(desk.tasks[0])
    assert len(desk.pull().verdicts) == 2
    broken = '<View><Image name="image" value="$image"/></View>'
    desk.sdk.annotations.delete(id=desk.tasks[0]["annotations"][0]["id"])
    desk.sdk.projects.update(desk.project, label_config=broken)
    with pytest.raises(UsageError, match=r"lacks <RectangleLabels name=.aircraft.>.*push to this one"):
        desk.pull()
    desk.push(found)
    desk.accept(desk.tasks[0])
    desk.pull()
    assert desk.said() == ["annotation deleted", "annotation deleted", "confirmed", "confirmed"]
    assert proposed(desk) == ids(found)


@pytest.mark.parametrize("hours", [-1, 1])
def test_clocks_that_differ_by_an_hour_or_are_set_change_nothing(
    hours: int, desk: Any, through_proxy: Any, proxy: Any, searched_scene: Searched
) -> None:
    desk.push(searched_scene())
    two, one = desk.tasks
    for task in (two, one):
        proxy.date = format_datetime(datetime.now(UTC) + timedelta(hours=hours), usegmt=True)
        desk.accept(task)
        through_proxy.pull()
        assert through_proxy.pull().read == 0
    proxy.date = None
    assert through_proxy.pull().verdicts == [], "all is looked at again, and nothing is new"
    assert desk.contents() == desk.contents(undisturbed(desk))


def test_a_task_whose_time_is_earlier_than_what_was_read_is_found_when_the_servers_clock_was_set_back(
    desk: Any, through_proxy: Any, proxy: Any, searched_scene: Searched
) -> None:
    """As if the clock had been an hour ahead when the first task was answered."""
    desk.push(searched_scene())
    two, one = desk.tasks
    desk.accept(two)
    proxy.date = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    pulled = through_proxy.pull()
    assert pulled.read == 2
    state = remembered(through_proxy)
    state.state.cursor = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    state.save()
    desk.accept(one)
    proxy.date = None
    assert through_proxy.pull().read == 1


def remembered(desk: Any) -> StateFile:
    from platformdirs import user_state_path

    (path,) = user_state_path("hardstand").glob("pull-*.json")
    return StateFile(path)


@pytest.mark.parametrize("how", ["expired", "revoked"])
def test_a_token_that_no_longer_holds_is_said_and_with_a_new_one_it_goes_on(
    how: str,
    desk: Any,
    label_studio: Server,
    personal_token: str,
    revoke: Callable[[str], None],
    searched_scene: Searched,
) -> None:
    desk.push(searched_scene())
    desk.accept(desk.tasks[0])
    personal = personal_token
    if how == "revoked":
        revoke(personal)
    else:
        (key,) = (Path(label_studio.data) / "label-studio" / ".env").read_text().split("=", 1)[1:]
        claims = jwt.decode(personal, options={"verify_signature": False})
        personal = jwt.encode({**claims, "exp": claims["iat"] - 60}, key.strip(), algorithm="HS256")
    with Connection(label_studio.url, personal) as server:
        good, desk.server = desk.server, server
        with pytest.raises(UsageError, match="rejects the token, which may have expired"):
            desk.pull()
    desk.server = good
    desk.pull()
    assert desk.contents() == desk.contents(undisturbed(desk))


@pytest.fixture
def own(
    copied_servers: Any, proxy_of: Callable[[str], Any], desk: Any, sdk_of: Callable[..., Any]
) -> Iterator[tuple[Any, Any, Server]]:
    """A desk at a server of the test's own, behind a proxy."""
    server = copied_servers.start()
    proxy = proxy_of(server.url)
    with Connection(proxy.url, server.token, wait=lambda _s: None) as connection:
        desk.sdk, desk.server = sdk_of(server.url, server.token), connection
        yield desk, proxy, server


def test_a_server_that_is_killed_in_the_middle_of_a_push_and_of_a_pull(
    own: tuple[Any, Any, Server], copied_servers: Any, searched_scene: Searched
) -> None:
    """It gets SIGKILL while it works; started again, all goes on as if nothing had been."""
    desk, proxy, server = own
    found = [searched_scene(f"{seed}.tif", seed=seed) for seed in range(2)]
    port = int(server.url.rsplit(":", 1)[1])

    def kill_at(path: str) -> Callable[[str, str], Any]:
        def kill(_method: str, at: str) -> Any:
            if path not in at:
                return None
            with suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)
            psutil.wait_procs([leader])
            return "gone"

        return kill

    leader = psutil.Process(server.pid)
    proxy.faults = kill_at("/import?return_task_ids")
    with pytest.raises(HardstandError):
        desk.push(*found)
    proxy.faults = lambda _method, _path: None
    server = copied_servers.start_at(Path(server.data), port)
    desk.push(*found)
    assert proposed(desk) == ids(*found)
    for task in desk.tasks:
        desk.accept(task)
    leader = psutil.Process(server.pid)
    proxy.faults = kill_at("/api/users")
    with pytest.raises(HardstandError):
        desk.pull()
    proxy.faults = lambda _method, _path: None
    server = copied_servers.start_at(Path(server.data), port)
    desk.pull()
    assert desk.said() == ["confirmed"] * 6
    assert desk.contents() == desk.contents(undisturbed(desk))
