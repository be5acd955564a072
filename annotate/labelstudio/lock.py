"""A lock between processes, on every system."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from imagery.errors import HardstandError


@contextmanager
def locked(path: Path, *, busy: str | None = None) -> Iterator[None]:
    """Let one process at a time into the block.

    Args:
        path: A file to lock; made if need be, and left there.
        busy: What to say where another process is in it; None to wait until that is done.

    Raises:
        OSError: It cannot be made.
        HardstandError: Another process is in it, and ``busy`` was given.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(path, timeout=-1 if busy is None else 0):
            yield
    except Timeout:
        if busy is None:
            raise
        raise HardstandError(busy) from None
