"""The state of a file on a server: its size and its ETag, before and after it is read."""

from __future__ import annotations

from typing import NamedTuple

TIMEOUT_S = 60.0


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
