"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from imagery.errors import OutputExists, OutputUnwritable

_unfinished: set[Path] = set()


def remove_unfinished() -> None:
    """Remove the files that are being written, before a process ends at once."""
    for path in list(_unfinished):
        path.unlink(missing_ok=True)


@contextmanager
def whole_file(path: str | os.PathLike[str], *, overwrite: bool = False) -> Iterator[Path]:
    """Give a temporary path beside ``path`` and move it there once the block has ended without an error.

    The temporary file has the same suffix, so that format drivers that go by it work. Whatever happens
    inside the block, ``path`` holds the old content or the whole new one.

    Args:
        path: The file to write.
        overwrite: Replace a file that is there.

    Yields:
        Where to write.

    Raises:
        OutputExists: The file is there and ``overwrite`` was not given.
        OutputUnwritable: The folder does not exist or may not be written.
    """
    target = Path(path)
    try:
        if target.exists() and not overwrite:
            raise OutputExists(target)
        handle, name = tempfile.mkstemp(
            prefix=f".{target.stem}-", suffix=f".part{target.suffix}", dir=target.parent
        )
    except OSError as reason:
        raise OutputUnwritable(target, reason) from None
    os.close(handle)
    temporary = Path(name)
    _unfinished.add(temporary)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        try:
            if overwrite:
                temporary.replace(target)
            else:
                _move_without_replacing(temporary, target)
        except OSError as reason:  # a folder of that name, for example
            raise OutputUnwritable(target, reason) from None
    finally:
        temporary.unlink(missing_ok=True)
        _unfinished.discard(temporary)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _move_without_replacing(source: Path, target: Path) -> None:
    """Rename, but fail if another process has made ``target`` meanwhile."""
    try:
        target.hardlink_to(source)
    except FileExistsError:
        raise OutputExists(target) from None
    except OSError:  # a file system without hard links
        try:
            target.touch(exist_ok=False)
        except FileExistsError:
            raise OutputExists(target) from None
        source.replace(target)
