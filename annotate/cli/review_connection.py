"""The connection that the review commands work over, with a hint if no server answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from annotate.labelstudio.client import NoServer, connect
from annotate.labelstudio.connection import Connection, ServerUnreachable


@contextmanager
def review_connection(say: Callable[[str], None] = lambda _line: None) -> Iterator[Connection]:
    """Connect as `annotate.labelstudio.client.connect` does; say how to start a server where none answers."""
    try:
        with connect(say) as server:
            yield server
    except (NoServer, ServerUnreachable) as error:
        error.args = (f"{error}; start one with `hardstand review start`",)
        raise
