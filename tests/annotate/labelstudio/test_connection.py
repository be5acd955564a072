"""Calls over a connection: what is repeated, what is not, and how failures read."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from annotate.labelstudio.beyond_sdk import is_shown, is_up, upload_pictures
from annotate.labelstudio.connection import ATTEMPTS, Connection, Refused, ServerUnreachable, Unanswered
from annotate.labelstudio.task_import import import_tasks
from imagery.errors import HardstandError, UsageError

Answer = Callable[[httpx.Request], httpx.Response]


class Wire:
    """What a connection's requests go to.

    Attributes:
        answer: Answers a request.
        requests: Method and path of each.
    """

    answer: Answer

    def __init__(self) -> None:
        self.requests: list[tuple[str, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append((request.method, request.url.path))
        return self.answer(request)

    def sent(self, method: str) -> int:
        return sum(sent == method for sent, _ in self.requests)


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def connection(wire: Wire) -> Iterator[Connection]:
    with Connection("http://server", "a-legacy-token", wait=lambda _seconds: None) as connection:
        connection.http._transport = httpx.MockTransport(wire)
        yield connection


def status(code: int, **body: Any) -> Answer:
    return lambda _request: httpx.Response(code, json=body)


def broken(kind: type[httpx.TransportError]) -> Answer:
    def answer(_request: httpx.Request) -> httpx.Response:
        raise kind("broken")

    return answer


PASSING = {
    "500": status(500),
    "503": status(503),
    "429": status(429),
    "no answer": broken(httpx.ReadTimeout),
    "cut off": broken(httpx.RemoteProtocolError),
}


@pytest.mark.parametrize("failure", PASSING)
def test_an_import_whose_answer_is_lost_is_not_repeated(
    failure: str, connection: Connection, wire: Wire
) -> None:
    """The SDK would, up to twice, and every task would be there as often."""
    wire.answer = PASSING[failure]
    with pytest.raises(Unanswered):
        connection.once(lambda sdk: sdk.projects.import_tasks(1, request=[], return_task_ids=True))
    assert wire.requests == [("POST", "/api/projects/1/import")]


def test_what_is_there_is_looked_up_before_the_rest_of_an_import_is_sent_again(
    connection: Connection, wire: Wire
) -> None:
    """The server did it, and its answer was lost."""
    requests = [{"data": {"image": f"{number}.jpg"}} for number in range(3)]
    imported: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            tasks = enumerate(requests, len(imported) + 1)
            imported.extend({"id": number, "data": task["data"]} for number, task in tasks)
            raise httpx.ReadTimeout("too late")
        return httpx.Response(200, json={"tasks": imported, "total": len(imported)})

    wire.answer = answer
    import_tasks(connection, 1, requests)
    assert wire.sent("POST") == 1


@pytest.mark.parametrize("failure", PASSING)
def test_what_may_be_repeated_is_and_then_given_up(failure: str, connection: Connection, wire: Wire) -> None:
    wire.answer = PASSING[failure]
    with pytest.raises(HardstandError, match="http://server: "):
        connection.repeated(lambda sdk: sdk.users.list())
    assert wire.sent("GET") == ATTEMPTS
    with pytest.raises(HardstandError):
        upload_pictures(connection, 1, {"a.jpg": b"", "b.jpg": b""})
    assert wire.sent("POST") == ATTEMPTS


def test_what_passes_is_not_noticed(connection: Connection, wire: Wire) -> None:
    failures = list(PASSING.values())[: ATTEMPTS - 1]
    wire.answer = lambda request: (
        failures.pop()(request) if failures else httpx.Response(200, json=[{"id": 1, "email": "ana@x"}])
    )
    assert connection.users() == {1: "ana@x"}


REFUSALS: dict[str, tuple[Answer, type[HardstandError], str]] = {
    "a refusal": (status(400, detail="too long"), Refused, "the server says 400: too long"),
    "faults of members": (status(400, validation_errors={"title": ["no"]}), Refused, "says 400: .*title.*no"),
    "a wrong token": (status(401), UsageError, "rejects the token"),
    "a forbidden one": (status(403), UsageError, "rejects the token"),
    "a page": (lambda _: httpx.Response(200, html="<html>Log in</html>"), HardstandError, "not Label Studio"),
    "a page of a failure": (
        lambda _: httpx.Response(404, html="<html>Not here</html>"),
        Refused,
        "the server says 404: Not Found$",
    ),
    "an unknown status": (lambda _: httpx.Response(477, text="what?"), Refused, "says 477: what?"),
    "nobody": (broken(httpx.ConnectError), ServerUnreachable, "no Label Studio answers there"),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_is_one_line_that_says_what_to_do(refusal: str, connection: Connection, wire: Wire) -> None:
    wire.answer, kind, words = REFUSALS[refusal]
    calls = (connection.once, connection.repeated)
    for call in calls:
        with pytest.raises(kind, match=words) as refused:
            call(lambda sdk: sdk.projects.create(title="a"))
        assert len(str(refused.value).splitlines()) == 1
        assert "a-legacy-token" not in str(refused.value)


def test_an_upload_without_the_numbers_of_its_files_is_no_label_studio(
    connection: Connection, wire: Wire
) -> None:
    wire.answer = status(200, welcome="home")
    with pytest.raises(HardstandError, match="not Label Studio"):
        upload_pictures(connection, 1, {"a.jpg": b""})


def test_a_picture_that_is_refused_is_not_shown(connection: Connection, wire: Wire) -> None:
    wire.answer = status(404)
    assert not is_shown(connection, "/data/local-files/?d=1/a.jpg")
    wire.answer = status(200)
    assert is_shown(connection, "/data/local-files/?d=1/a.jpg")


def test_the_servers_clock_is_read_as_it_says(connection: Connection, wire: Wire) -> None:
    date = {"date": "Wed, 21 Oct 2015 07:28:00 GMT"}
    wire.answer = lambda _: httpx.Response(200, json={"release": "1"}, headers=date)
    assert connection.clock().isoformat() == "2015-10-21T07:28:00+00:00"
    wire.answer = lambda _: httpx.Response(200, json={"release": "1"}, headers={"date": "noon"})
    with pytest.raises(HardstandError, match="sends no date that can be read"):
        connection.clock()


def test_where_nobody_listens_no_server_is_up(free_port: Callable[[], int]) -> None:
    assert not is_up(f"http://127.0.0.1:{free_port()}", "token")


def test_the_sdk_is_loaded_by_a_connection_and_by_nothing_else() -> None:
    """It takes three seconds: too long for `--help`."""
    code = (
        "import pkgutil, sys, importlib, annotate.labelstudio as package, annotate.cli as cli\n"
        "for each in (package, cli):\n"
        "    for module in pkgutil.iter_modules(each.__path__, each.__name__ + '.'):\n"
        "        importlib.import_module(module.name)\n"
        "assert 'label_studio_sdk' not in sys.modules\n"
        "sys.modules['annotate.labelstudio.connection'].Connection('http://server', 'token').close()\n"
        "assert 'label_studio_sdk' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
