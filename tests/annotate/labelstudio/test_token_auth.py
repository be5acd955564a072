"""Authorising requests: when a personal access token is renewed, and by which clock."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpx
import pytest

from annotate.labelstudio.token_auth import MARGIN_S, TokenAuth, lifetime_s
from imagery.errors import HardstandError

PERSONAL = "a.personal.token"
LIFETIME_S = 300.0


def token(**claims: float) -> str:
    middle = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"header.{middle}.signature"


@dataclass
class FakeServer:
    """Issues access tokens, and accepts those that have not expired by its own clock.

    Attributes:
        now: The time by its clock, which has nothing to do with ours.
        refusal: What it answers to a refresh instead of a token.
        requests: The path and the authorisation of each request.
    """

    now: float = 5e8
    refusal: httpx.Response | None = None
    requests: list[tuple[str, str | None]] = field(default_factory=list)

    def answer(self, request: httpx.Request) -> httpx.Response:
        authorisation = request.headers.get("Authorization")
        self.requests.append((request.url.path, authorisation))
        if request.url.path == "/api/token/refresh/":
            assert json.loads(request.content) == {"refresh": PERSONAL}
            assert request.extensions["timeout"]["read"] == 7.0, "it waits no longer than for the request"
            return self.refusal or httpx.Response(
                200, json={"access": token(iat=self.now, exp=self.now + LIFETIME_S)}
            )
        kind, _, sent = (authorisation or "").partition(" ")
        if kind == "Token":
            return httpx.Response(200 if sent == "legacy" else 401)
        claims = json.loads(base64.urlsafe_b64decode(sent.split(".")[1] + "=="))
        return httpx.Response(200 if claims["exp"] > self.now else 401)

    @property
    def paths(self) -> list[str]:
        return [path.removeprefix("/api/") for path, _ in self.requests]


@pytest.fixture
def server() -> FakeServer:
    return FakeServer()


@pytest.fixture
def client_of(server: FakeServer) -> Iterator[Callable[[str], httpx.Client]]:
    """Makes clients with a token."""
    opened: list[httpx.Client] = []

    def make(api_key: str) -> httpx.Client:
        auth = TokenAuth("http://server", api_key)
        transport = httpx.MockTransport(server.answer)
        opened.append(httpx.Client(base_url="http://server", auth=auth, transport=transport, timeout=7.0))
        return opened[-1]

    yield make
    for client in opened:
        client.close()


Clients = Callable[[str], httpx.Client]


def test_a_legacy_token_is_sent_as_it_is(client_of: Clients, server: FakeServer) -> None:
    assert client_of("legacy").get("/api/users/").status_code == 200
    assert server.requests == [("/api/users/", "Token legacy")]


def test_one_access_token_serves_many_requests(client_of: Clients, server: FakeServer) -> None:
    """The server's clock says 1985; that is no reason to fetch one for each."""
    client = client_of(PERSONAL)
    assert [client.get("/api/users/").status_code for _ in range(3)] == [200] * 3
    assert server.paths == ["token/refresh/", "users/", "users/", "users/"]
    assert PERSONAL not in {authorisation for _, authorisation in server.requests}


def test_it_is_renewed_before_it_expires_counted_from_when_it_came(
    client_of: Clients, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large upload that is refused halfway looks like a broken connection."""
    client = client_of(PERSONAL)
    client.get("/api/users/")
    right = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: right() + LIFETIME_S - MARGIN_S)
    assert client.get("/api/users/").status_code == 200
    assert server.paths == ["token/refresh/", "users/"] * 2


@pytest.mark.parametrize("hours", [-1, 1])
def test_our_clock_has_no_say(
    hours: int, client_of: Clients, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.now = time.time()
    monkeypatch.setattr(time, "time", lambda: server.now + hours * 3600)
    client = client_of(PERSONAL)
    assert [client.get("/api/users/").status_code for _ in range(2)] == [200] * 2
    assert server.paths == ["token/refresh/", "users/", "users/"]


def test_what_the_server_refuses_all_the_same_is_sent_again_with_another(
    client_of: Clients, server: FakeServer
) -> None:
    """Its clock was set, or this machine slept."""
    client = client_of(PERSONAL)
    client.get("/api/users/")
    server.now += 3600
    assert client.post("/api/tasks/", json={"some": "task"}).status_code == 200
    assert server.paths == ["token/refresh/", "users/", "tasks/", "token/refresh/", "tasks/"]


def test_a_token_that_was_revoked_is_refused_once_and_not_asked_for_again(
    client_of: Clients, server: FakeServer
) -> None:
    server.refusal = httpx.Response(401, json={"detail": "Token is blacklisted"})
    assert client_of(PERSONAL).get("/api/users/").status_code == 401
    assert server.paths == ["token/refresh/"]


@pytest.mark.parametrize("answer", ["<html>Please log in</html>", "[]", "{}", "null"])
def test_a_refresh_that_something_else_answers_is_said(
    answer: str, client_of: Clients, server: FakeServer
) -> None:
    server.refusal = httpx.Response(200, text=answer)
    with pytest.raises(HardstandError, match="not Label Studio"):
        client_of(PERSONAL).get("/api/users/")


@pytest.mark.parametrize("damaged", ["", "a.b.c", "a", token(exp=1.0), "a.bnVsbA.c"])
def test_a_token_that_does_not_tell_its_lifetime_serves_until_it_is_refused(damaged: str) -> None:
    assert lifetime_s(damaged) == float("inf")
