"""What is asked of a server: the state of a file before and after it is read, and no more than is sane."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, NamedTuple

from rasterio.errors import RasterioError

from imagery.errors import SceneError
from imagery.gdal import counted_network_use, network_use

if TYPE_CHECKING:
    import httpx

TIMEOUT_S = 60.0
CHECK_S = 0.2  # how often what was asked is looked at
_answered: Counter[str] = Counter()


class Budget(NamedTuple):
    """What may be asked of a server to open a scene, or to read one tile."""

    requests: int = 2000
    size_bytes: int = 2**30
    seconds: float = 120.0


BUDGET = Budget()


class RemoteState(NamedTuple):
    """A file on a server; None where the server does not say.

    Attributes:
        size_bytes: Its length.
        etag: The server's mark of its state, as it was sent.
    """

    size_bytes: int | None
    etag: str | None


def remote_state(name: str) -> RemoteState:
    """Ask a server for a file's state; only http and https give one.

    Args:
        name: An address, or GDAL's ``/vsicurl/`` before one.
    """
    address = name.removeprefix("/vsicurl/")
    if not address.startswith(("http://", "https://")):
        return RemoteState(None, None)
    import httpx  # a tenth of a second that no file on a disk need wait for

    try:
        response = httpx.head(address, timeout=TIMEOUT_S, follow_redirects=True)
        length = response.headers.get("content-length", "")
        if not response.is_success:  # a signed address may be good for GET only
            first = {"Range": "bytes=0-0"}
            with httpx.stream("GET", address, headers=first, timeout=TIMEOUT_S, follow_redirects=True) as get:
                response = get
            length = response.headers.get("content-range", "").rpartition("/")[2]
    except (httpx.HTTPError, httpx.InvalidURL):
        return RemoteState(None, None)
    if not response.is_success:
        return RemoteState(None, None)
    return RemoteState(int(length) if length.isdigit() else None, response.headers.get("etag"))


def text_at(address: str, *, most_bytes: int, body: Any = None, login: tuple[str, str] | None = None) -> str:
    """Ask a server for a text in UTF-8; an answer that is too long, or takes too long, is given up.

    Args:
        address: http or https.
        most_bytes: The longest answer.
        body: What is sent with the question, as JSON; None for a plain one.
        login: User and password.

    Raises:
        SceneError: There is no such text, or it is too long, or takes more than a minute.
        ValueError: It is not in UTF-8.
    """
    import httpx  # a tenth of a second that no file on a disk need wait for

    options: dict[str, Any] = {"timeout": TIMEOUT_S, "follow_redirects": True}
    if body is not None:
        options["json"] = body
    if login is not None:
        options["auth"] = login
    end = time.monotonic() + TIMEOUT_S
    text = bytearray()
    try:
        with httpx.stream("GET" if body is None else "POST", address, **options) as response:
            if not response.is_success:
                raise SceneError(f"{address}: cannot be fetched ({_refusal(response)}); check the address")
            for chunk in response.iter_bytes():
                text += chunk
                if time.monotonic() > end:
                    raise SceneError(f"{address}: takes more than {TIMEOUT_S:.0f} seconds; fetch it first")
                if len(text) > most_bytes:
                    raise SceneError(f"{address}: its answer is too large: over {most_bytes >> 20} MB")
    except (httpx.HTTPError, httpx.InvalidURL) as reason:
        detail = str(reason) or type(reason).__name__
        raise SceneError(f"{address}: cannot be fetched ({detail}); check the address") from None
    return text.decode("utf-8")


def _refusal(response: httpx.Response) -> str:
    status = f"{response.status_code} {response.reason_phrase}".strip()
    if response.status_code in (401, 403):
        return f"the server says {status}: it wants a login, or what signs the address has run out"
    return f"the server says {status}"


def received_bytes() -> int:
    """Return how many bytes of images servers have sent to this process so far."""
    return _answered["bytes"]


@contextmanager
def bounded_requests(name: str, budget: Budget | None = None) -> Iterator[None]:
    """End what GDAL asks of servers once it is more than any scene needs: a server may answer everything.

    All that this process asks through rasterio's GDAL counts, and all of it ends.

    Args:
        name: What messages call the scene.
        budget: `BUDGET` if not given.

    Raises:
        SceneError: It was more.
    """
    budget = budget or BUDGET
    exceeded: list[str] = []
    over = Event()
    with counted_network_use() as end:
        watch = Thread(target=_watch, args=(budget, over, exceeded, end), daemon=True)
        watch.start()
        try:
            yield
        except (SceneError, RasterioError):
            if not exceeded:
                raise
        finally:
            over.set()
            watch.join()
            _answered["bytes"] += network_use()[1]
    if exceeded:
        raise SceneError(f"{name}: the server {exceeded[0]}, more than a scene needs; fetch the file first")


def _watch(budget: Budget, over: Event, exceeded: list[str], end: Callable[[], None]) -> None:
    start = time.monotonic()
    while not over.wait(CHECK_S):
        requests, size_bytes = network_use()
        if requests > budget.requests:
            exceeded.append(f"was asked {requests:,} times")
        elif size_bytes > budget.size_bytes:
            exceeded.append(f"has sent {size_bytes / 2**20:,.0f} MB")
        elif time.monotonic() - start > budget.seconds:
            exceeded.append(f"has taken {budget.seconds:.0f} seconds")
        if exceeded:
            end()
            return
