"""A desk to review at, on the real server; and a proxy that makes the way to it as bad as it can be."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
from label_studio_sdk import LabelStudio

from annotate.labelstudio.connection import Connection
from annotate.labelstudio.pull import Pulled, pull
from annotate.labelstudio.push import Pushed, push
from annotate.labelstudio.server import Server, start_server, stop_server
from annotate.log.entries import Verdict
from annotate.log.store import open_log

Task = dict[str, Any]


@pytest.fixture(autouse=True)
def state_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """What pulls remember, for this test alone."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def title(request: pytest.FixtureRequest) -> str:
    """A project for this test alone; Label Studio allows 50 letters."""
    return f"{abs(hash(request.node.nodeid)) % 10**8} {request.node.originalname}"[:50].strip()


@pytest.fixture(scope="session")
def sdk_of() -> Iterator[Callable[[str, str], Any]]:
    """The SDK without our code, to look at a server and to act as its page does."""
    untyped: Any = LabelStudio
    with httpx.Client(timeout=60) as client:
        yield lambda url, token: untyped(base_url=url, api_key=token, httpx_client=client)


@dataclass
class Desk:
    """A project of a server, as the one who pushes, the analyst and the one who pulls see it."""

    sdk: Any
    server: Connection
    title: str
    log: Path

    def push(self, *places: Path, **options: Any) -> Pushed:
        return push(places, self.title, server=self.server, **options)

    def pull(self, log: Path | None = None, **options: Any) -> Pulled:
        with open_log(str(log or self.log), create=True) as opened:
            return pull(self.title, opened, server=self.server, **options)

    @property
    def projects(self) -> dict[int, str]:
        """The titles of all projects of the server by number."""
        # Without `include` it has everything of each project counted, and each test adds one.
        projects = self.sdk.projects.list(include="id,title", page_size=1000)
        return {project.id: project.title for project in projects.items}

    @property
    def project(self) -> int:
        (number,) = (number for number, title in self.projects.items() if title == self.title)
        return number

    @property
    def tasks(self) -> list[Task]:
        """As the server has them, those with most candidates first."""
        tasks = self.sdk.tasks.list(project=self.project, fields="all")
        plain = [task if isinstance(task, dict) else task.model_dump() for task in tasks]
        return sorted(plain, key=lambda task: (-len(task["predictions"][0]["result"]), task["id"]))

    def accept(self, task: Task, regions: Any = None, **members: Any) -> int:
        """Submit as the page does after the prediction was shown; gives the annotation's number."""
        (prediction,) = task["predictions"]
        made = self.sdk.annotations.create(
            id=task["id"],
            result=prediction["result"] if regions is None else regions,
            parent_prediction=prediction["id"],
            lead_time=3.0,
            **members,
        )
        return int(made.id)

    def said(self, log: Path | None = None) -> list[str]:
        """What the log holds of each statement now, as words, sorted."""
        with open_log(str(log or self.log)) as opened:
            return sorted(one.withdrawn or one.verdict for one in opened.current_verdicts())

    def contents(self, log: Path | None = None) -> dict[str, Any]:
        """What a log holds, without when it was written and what follows from that."""
        with open_log(str(log or self.log)) as opened:
            return {
                "verdicts": sorted(map(_lasting, opened.current_verdicts())),
                "sightings": sorted(
                    str((one.candidate, one.status, one.box_px, one.type, one.analyst, one.because))
                    for one in opened.sightings(withdrawn=True)
                ),
                "scenes": sorted(
                    str((one.scene.sha256, one.project, one.candidates, one.tasks, one.reviewed))
                    for one in opened.scenes()
                ),
            }


def _lasting(verdict: Verdict) -> str:
    return str((verdict.statement, verdict.verdict, verdict.withdrawn, verdict.box, verdict.annotated))


@pytest.fixture
def server(label_studio: Server) -> Iterator[Connection]:
    """A connection to the server that all tests share; it does not wait before it tries again."""
    with Connection(label_studio.url, label_studio.token, wait=lambda _seconds: None) as connection:
        yield connection


@pytest.fixture
def revoke(label_studio: Server) -> Callable[[str], None]:
    """Revokes a personal access token."""
    headers = {"Authorization": f"Token {label_studio.token}"}
    address = f"{label_studio.url}/api/token/blacklist/"

    def revoke_it(token: str) -> None:
        httpx.post(address, json={"refresh": token}, headers=headers, timeout=60)

    return revoke_it


@pytest.fixture
def personal_token(server: Connection, revoke: Callable[[str], None]) -> Iterator[str]:
    """A personal access token of the server's one user, who may have one at a time."""
    server.http.post("/api/jwt/settings", json={"api_tokens_enabled": True}).raise_for_status()
    token = str(server.sdk.tokens.create().token)
    yield token
    revoke(token)


@pytest.fixture
def desk(
    label_studio: Server, server: Connection, sdk_of: Callable[..., Any], title: str, tmp_path: Path
) -> Desk:
    """A desk for this test alone."""
    return Desk(sdk_of(label_studio.url, label_studio.token), server, title, tmp_path / "log.db")


@dataclass
class CopiedServers:
    """Servers of a test's own, to be killed."""

    original: Path
    home: Path
    copy: Callable[[Path, Path], None]
    free_port: Callable[[], int]
    started: list[Path] = field(default_factory=list)

    def start(self) -> Server:
        """Start one with a copy of the shared one's database."""
        folder = self.home / f"server-{len(self.started)}"
        self.copy(self.original, folder)
        self.started.append(folder)
        return self.start_at(folder, self.free_port())

    def start_at(self, folder: Path, port: int) -> Server:
        """Start that of a folder, without becoming the one that commands find."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_DATA_HOME", str(self.home))
            return start_server(folder, port)


@pytest.fixture(scope="session")
def copied_servers(
    label_studio: Server,
    tmp_path_factory: pytest.TempPathFactory,
    copy_server: Callable[[Path, Path], None],
    free_port: Callable[[], int],
) -> Iterator[CopiedServers]:
    """Makes servers that may be killed."""
    home = tmp_path_factory.mktemp("servers")
    servers = CopiedServers(Path(label_studio.data), home, copy_server, free_port)
    yield servers
    for folder in servers.started:
        stop_server(folder)


Fault = Literal["500", "500 after", "cut", "late", "gone", "page"]


@dataclass
class Proxy:
    """A way to a server, with faults.

    Attributes:
        url: Its address.
        faults: Asked for each request (method and path) what goes wrong with it: the server is not asked
            (``500``); it did what it was asked to, but its answer is another (``500 after``), is lost
            (``cut``) or comes later than anyone waits for (``late``); nobody is there (``gone``), or somebody
            else, with a page of their own (``page``).
        date: Put in place of the server's own time, if not None.
        seen: Every request.
    """

    url: str
    faults: Callable[[str, str], Fault | None] = lambda _method, _path: None
    date: str | None = None
    seen: list[tuple[str, str]] = field(default_factory=list)


@pytest.fixture
def proxy_of() -> Iterator[Callable[[str], Proxy]]:
    """Makes ways to servers, without faults at first."""
    with ExitStack() as proxies:
        yield lambda target: proxies.enter_context(proxy_to(target))


@pytest.fixture
def proxy(label_studio: Server, proxy_of: Callable[[str], Proxy]) -> Proxy:
    """A way to the shared server."""
    return proxy_of(label_studio.url)


@contextmanager
def proxy_to(target: str) -> Iterator[Proxy]:
    """A reverse proxy."""
    released = threading.Event()
    proxy = Proxy("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            proxy.seen.append((self.command, self.path))
            fault = proxy.faults(self.command, self.path)
            if fault == "gone":
                self.close_connection = True
            elif fault == "500":
                self.answer(500, b"{}", "application/json")
            elif fault == "page":
                self.answer(200, b"<html>Please log in</html>", "text/html")
            else:
                self.ask(body, fault)

        def ask(self, body: bytes, fault: Fault | None) -> None:
            kept = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
            answer = client.request(self.command, target + self.path, content=body, headers=kept)
            if fault == "late":
                released.wait(30)
            if fault in {"cut", "late"}:
                self.close_connection = True
            elif fault == "500 after":
                self.answer(500, b"{}", "application/json")
            else:
                self.answer(answer.status_code, answer.content, answer.headers.get("content-type", ""))

        def answer(self, status: int, body: bytes, kind: str) -> None:
            self.send_response_only(status)
            self.send_header("Date", proxy.date or self.date_time_string())
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = do_DELETE = forward  # noqa: N815 - as http.server calls them

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that no longer waits is what some of the faults are about."""

    with httpx.Client(timeout=60) as client, Quiet(("127.0.0.1", 0), Handler) as listening:
        proxy.url = f"http://127.0.0.1:{listening.server_address[1]}"
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield proxy
        released.set()
        listening.shutdown()
        thread.join()


HOP_BY_HOP = {"host", "content-length", "connection", "accept-encoding", "transfer-encoding"}


@pytest.fixture
def through_proxy(label_studio: Server, proxy: Proxy, desk: Desk) -> Iterator[Desk]:
    """The same desk behind the proxy."""
    with Connection(proxy.url, label_studio.token, wait=lambda _seconds: None, timeout_s=60) as connection:
        yield Desk(desk.sdk, connection, desk.title, desk.log)
