"""The local server: only this user on this machine can reach it, and it is found again, not started twice."""

from __future__ import annotations

import json
import socket
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from click.testing import CliRunner, Result

from annotate.labelstudio.server import Server, find_server, start_server, stop_server
from hardstand import main
from imagery.errors import HardstandError, UsageError


@pytest.fixture
def review(cli: CliRunner) -> Callable[..., Result]:
    """Runs a review command."""
    return lambda *arguments: cli.invoke(main, ["review", *map(str, arguments)])


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A user's data folder in which no server was ever started."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    return tmp_path / "share"


def processes(server: Server) -> list[psutil.Process]:
    leader = psutil.Process(server.pid)
    return [leader, *leader.children(recursive=True)]


def test_where_none_was_started_none_is_found_and_stop_says_so(
    elsewhere: Path, review: Callable[..., Result]
) -> None:
    assert find_server() is None
    result = review("stop")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "no Label Studio started by hardstand is running\n"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}', "null"])
def test_a_damaged_note_about_a_server_is_no_server(content: str, elsewhere: Path, tmp_path: Path) -> None:
    """Nor is anything stopped for it."""
    (tmp_path / "server.json").write_text(content)
    assert stop_server(tmp_path) is None


def test_a_process_that_got_the_number_of_a_server_that_ended_is_left_alone(
    elsewhere: Path, tmp_path: Path
) -> None:
    """This test's own process has the number, but began at another time: stopping it would end the tests."""
    import os

    note = Server("http://127.0.0.1:1", "a", "b", os.getpid(), 12345.0, str(tmp_path))
    (tmp_path / "server.json").write_text(json.dumps(note.__dict__))
    assert not note.running
    assert stop_server(tmp_path) is None


def test_a_file_in_place_of_the_servers_folder_is_refused_before_anything_is_installed(
    elsewhere: Path, review: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "data").write_text("mine")
    for place in (tmp_path / "data" / "below", tmp_path / "data"):
        with pytest.raises(UsageError, match=r"cannot be used"):
            start_server(place)
    assert (tmp_path / "data").read_text() == "mine"


def test_a_server_that_does_not_come_up_is_ended_and_its_last_words_are_named(
    elsewhere: Path, free_port: Callable[[], int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nothing of it is left: neither a process, nor one that Python warns of when it is forgotten."""
    silent = tmp_path / "label-studio"
    silent.write_text("#!/bin/sh\nexec sleep 60\n")
    silent.chmod(0o755)
    monkeypatch.setattr("annotate.labelstudio.server.label_studio_executable", lambda *_: silent)
    monkeypatch.setattr("annotate.labelstudio.server.START_TIMEOUT_S", 0.0)
    before = psutil.Process().children()
    with pytest.raises(HardstandError, match=r"did not start within 0 s; see .*server\.log"):
        start_server(tmp_path / "data", free_port())
    assert psutil.Process().children() == before
    assert find_server() is None


def test_no_token_goes_to_whoever_has_the_port_but_to_the_process_that_was_started(
    elsewhere: Path, free_port: Callable[[], int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Label Studio goes on to the next port where another took its own meanwhile; a stranger is not asked."""
    other = tmp_path / "label-studio"
    heard = tmp_path / "heard"
    other.write_text(f"#!{sys.executable}\n{LISTENS_ELSEWHERE.format(heard=str(heard))}")
    other.chmod(0o755)
    monkeypatch.setattr("annotate.labelstudio.server.label_studio_executable", lambda *_: other)
    with socket.socket() as stranger:
        monkeypatch.setattr("annotate.labelstudio.server._free_port", lambda wanted: wanted)
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        stranger.settimeout(0)
        with pytest.raises(UsageError, match=r"port \d+ is taken"):
            start_server(tmp_path / "data", stranger.getsockname()[1])
        with pytest.raises(BlockingIOError):
            stranger.accept()
    assert not heard.exists()


LISTENS_ELSEWHERE = """
import pathlib, socket
listening = socket.socket()
listening.bind(("127.0.0.1", 0))
listening.listen()
connection, _ = listening.accept()
pathlib.Path({heard!r}).write_bytes(connection.recv(1000))
"""


def test_a_server_that_ends_while_it_starts_is_named_with_its_last_words(
    elsewhere: Path, free_port: Callable[[], int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "label-studio"
    broken.write_text("#!/bin/sh\necho 'no such table: users' >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setattr("annotate.labelstudio.server.label_studio_executable", lambda *_: broken)
    with pytest.raises(HardstandError, match=r"stopped while starting: no such table: users; see .*log"):
        start_server(tmp_path / "data", free_port())


@pytest.mark.slow
@pytest.mark.labelstudio
class TestRunning:
    def test_who_is_logged_in_at_two_servers_stays_logged_in_at_both(
        self, label_studio: Server, copied_servers: Any
    ) -> None:
        """A browser sends the cookies of 127.0.0.1 to every port of it."""
        servers = label_studio, copied_servers.start()
        with httpx.Client(timeout=60, follow_redirects=True) as browser:
            for server in servers:
                page = f"{server.url}/user/login/"
                browser.get(page)
                form = {
                    "csrfmiddlewaretoken": browser.cookies["csrftoken"],
                    "email": server.username,
                    "password": server.password_file.read_text().strip(),
                }
                browser.post(page, data=form, headers={"Referer": page})
            for server in servers:
                who = browser.get(f"{server.url}/api/current-user/whoami")
                assert (who.status_code, who.json()["email"]) == (200, server.username)

    def test_an_analyst_gets_an_account_of_their_own_and_the_same_one_again(
        self, label_studio: Server, review: Callable[..., Result]
    ) -> None:
        made = review("analysts", "add", "Ana Dembélé")
        assert made.exit_code == 0, made.stderr
        assert "user name     ana.dembele@hardstand.localhost\n" in made.stdout
        assert review("start", "--analyst", "ana dembélé").stdout.endswith(made.stdout)
        password = Path(label_studio.data) / "analysts" / "ana.dembele@hardstand.localhost"
        assert str(password) in made.stdout
        assert stat.S_IMODE(password.stat().st_mode) == 0o600
        assert password.read_text().strip() not in made.output
        page = f"{label_studio.url}/user/login/"
        with httpx.Client(timeout=60, follow_redirects=True) as browser:
            browser.get(page)
            form = {
                "csrfmiddlewaretoken": browser.cookies["csrftoken"],
                "email": "ana.dembele@hardstand.localhost",
                "password": password.read_text().strip(),
            }
            browser.post(page, data=form, headers={"Referer": page})
            who = browser.get(f"{label_studio.url}/api/current-user/whoami").json()
        assert who["email"] == "ana.dembele@hardstand.localhost"
        refused = review("analysts", "add", "  ")
        assert (refused.exit_code, refused.stdout) == (2, "")

    def test_what_is_secret_can_be_read_by_its_owner_only(self, label_studio: Server) -> None:
        folder = Path(label_studio.data)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        for name in ("password", "token", "server.json"):
            assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600, name

    def test_no_secret_is_in_the_processes_arguments_or_in_the_log(self, label_studio: Server) -> None:
        """Every user of the machine sees arguments, and logs are what people paste into bug reports."""
        folder = Path(label_studio.data)
        secrets = [(folder / name).read_text().strip() for name in ("password", "token")]
        assert all(len(secret) >= 20 for secret in secrets)
        arguments = " ".join(word for process in processes(label_studio) for word in process.cmdline())
        log = (folder / "server.log").read_text(errors="replace")
        assert "--port" in arguments
        assert log
        for secret in secrets:
            assert secret not in arguments
            assert secret not in log

    def test_it_listens_on_the_loopback_interface_only(self, label_studio: Server) -> None:
        listening = {
            connection.laddr.ip
            for process in processes(label_studio)
            for connection in process.net_connections("inet")
            if connection.status == psutil.CONN_LISTEN
        }
        assert listening == {"127.0.0.1"}

    def test_it_lets_nobody_in_without_the_token(self, label_studio: Server) -> None:
        projects = f"{label_studio.url}/api/projects"
        assert httpx.get(projects).status_code == 401
        right = {"Authorization": f"Token {label_studio.token}"}
        assert httpx.get(projects, headers=right).status_code == 200

    def test_start_again_gives_the_running_one(
        self, label_studio: Server, review: Callable[..., Result]
    ) -> None:
        result = review("start")
        assert result.exit_code == 0, result.stderr
        assert label_studio.url in result.stdout
        assert label_studio.username in result.stdout
        assert str(label_studio.password_file) in result.stdout
        assert label_studio.password_file.read_text().strip() not in result.output
        assert find_server() == label_studio, "the same process, not a second one"

    def test_start_on_another_port_is_refused_while_it_runs(
        self, label_studio: Server, review: Callable[..., Result]
    ) -> None:
        result = review("start", "--port", 1)
        assert (result.exit_code, result.stdout) == (2, "")
        assert f"runs at {label_studio.url} already" in result.stderr

    def test_a_taken_port_is_refused_and_not_silently_exchanged(
        self, label_studio: Server, review: Callable[..., Result], elsewhere: Path, tmp_path: Path
    ) -> None:
        """Label Studio by itself would move to the next port and leave its user to find out."""
        port = label_studio.url.rsplit(":", 1)[1]
        result = review("start", "--port", port, "--data", tmp_path / "second")
        assert (result.exit_code, result.stdout) == (2, "")
        assert f"port {port} is taken" in result.stderr
        assert find_server() is None

    def test_stop_of_another_folder_leaves_it_running(
        self, label_studio: Server, review: Callable[..., Result], tmp_path: Path
    ) -> None:
        result = review("stop", "--data", tmp_path)
        assert result.exit_code == 0
        assert "no Label Studio started by hardstand is running" in result.stderr
        assert label_studio.running
