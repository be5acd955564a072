"""Connecting to the Label Studio that the environment names, or else to the one that was started here."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from annotate.labelstudio.connection import Connection
from annotate.labelstudio.installation import LABEL_STUDIO_VERSION
from annotate.labelstudio.server import find_server
from imagery.errors import UsageError


class NoServer(UsageError):
    """No server that could be meant: none is named, and none of ours runs."""


def connect(say: Callable[[str], None] = lambda _line: None) -> Connection:
    """Connect to the server that ``LABEL_STUDIO_URL`` and ``LABEL_STUDIO_API_KEY`` name, else to our own.

    Args:
        say: Called with a line if the server is of a version that was not tested.

    Raises:
        UsageError: No server is named and none of ours runs, or the token is wrong.
        HardstandError: The server does not answer.
    """
    url, key = os.environ.get("LABEL_STUDIO_URL"), os.environ.get("LABEL_STUDIO_API_KEY")
    if url:
        if not key:
            raise UsageError("LABEL_STUDIO_URL is set but LABEL_STUDIO_API_KEY is not; set it to your token")
        url = url.rstrip("/")
    else:
        ours = find_server()
        if ours is None:
            raise NoServer("no Label Studio runs here, and LABEL_STUDIO_URL does not name another")
        url, key = ours.url, key or ours.token
    server = Connection(url, key)
    try:
        server.repeated(lambda sdk: sdk.users.whoami())
        version = server.repeated(lambda sdk: sdk.versions.get()).release
    except BaseException:
        server.close()
        raise
    if version != LABEL_STUDIO_VERSION:
        say(f"{url}: is Label Studio {version}; hardstand was tested with {LABEL_STUDIO_VERSION}")
    return server


@contextmanager
def connected(server: Connection | None) -> Iterator[Connection]:
    """Use a connection, or one of its own to the server that `connect` finds, where it is None."""
    if server is not None:
        yield server
        return
    with connect(lambda line: warnings.warn(line, stacklevel=5)) as own:
        yield own
