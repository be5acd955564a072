"""Files that are written whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from imagery.errors import OutputExists, OutputIncomplete, OutputUnwritable, UsageError

# What the system says where nothing more can be written.
NO_ROOM = {errno.ENOSPC, errno.EFBIG, errno.EROFS} | {getattr(errno, "EDQUOT", errno.ENOSPC)}
_PROBE = bytes(1 << 16)
_LONGEST_STEM = 40  # characters; a file name may have 255 bytes
_unfinished: set[Path] = set()
_cleaned: set[tuple[int, Path]] = set()


def remove_unfinished() -> None:
    """Remove the files that are being written, before a process ends at once."""
    for path in list(_unfinished):
        path.unlink(missing_ok=True)


def check_png(path: str | os.PathLike[str], noun: str) -> None:
    """Check that a picture is to be written under the name of a PNG.

    Raises:
        UsageError: It is not; the message calls the picture ``noun``.
    """
    if Path(path).suffix.lower() != ".png":
        raise UsageError(f"{Path(path)}: {noun} is a PNG; give a name that ends in .png")


@contextmanager
def whole_file(
    path: str | os.PathLike[str], *, overwrite: bool = False, private: bool = False
) -> Iterator[Path]:
    """Give a temporary path beside ``path`` and move it there once the block has ended without an error.

    The temporary file has the same suffix, so that format drivers that go by it work. Whatever happens
    inside the block, ``path`` holds the old content or the whole new one, and what was moved there is on the
    disk. Temporary files that killed processes left in the folder are removed first.

    Args:
        path: The file to write.
        overwrite: Replace a file that is there.
        private: Only its owner may read and write it.

    Yields:
        Where to write.

    Raises:
        OutputExists: The file is there and ``overwrite`` was not given.
        OutputUnwritable: The folder does not exist or may not be written.
        OutputIncomplete: The disk is full, or a quota or limit is reached.
    """
    target = Path(path)
    try:
        if target.exists() and not overwrite:
            raise OutputExists(target)
        remove_abandoned(target.parent)
        handle, name = tempfile.mkstemp(
            prefix=part_prefix(target), suffix=f".part{target.suffix}", dir=target.parent
        )
    except OSError as reason:
        raise _unwritable(target, reason) from None
    os.close(handle)
    temporary = Path(name)
    _unfinished.add(temporary)
    try:
        yield temporary
        try:
            _put_on_disk(temporary)
            temporary.chmod(0o600 if private else 0o666 & ~_umask())
            if overwrite:
                temporary.replace(target)
            else:
                _move_without_replacing(temporary, target)
            _put_names_on_disk(target.parent)
        except OSError as reason:  # a folder of that name, for example
            raise _unwritable(target, reason) from None
    except Exception as error:
        no_room = _why_no_room(error, temporary)
        if no_room is None:
            raise
        raise OutputIncomplete(target, no_room) from error
    finally:
        temporary.unlink(missing_ok=True)
        _unfinished.discard(temporary)


def usable_folder(path: str | os.PathLike[str]) -> Path:
    """Make a folder if need be and try to write to it, so that no work is done in vain.

    Raises:
        OutputUnwritable: The folder cannot be made or written.
    """
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as reason:
        raise OutputUnwritable(folder, reason) from None
    return folder


def part_prefix(target: Path) -> str:
    """Return how the name of a temporary file or folder beside a file begins, which tells whose it is."""
    return f".{target.stem[:_LONGEST_STEM]}-{_machine()}-{os.getpid()}-"


def remove_abandoned(folder: Path) -> None:
    """Remove the temporary files and folders that processes of this machine left when they were killed.

    Done once per folder and process.
    """
    once = os.getpid(), folder  # a copy of this process has its own once
    if os.name != "posix" or once in _cleaned:  # elsewhere, asking for a process ends it
        return
    _cleaned.add(once)
    ours = re.compile(rf"\..*-{_machine()}-(\d+)-\w+\.part")
    for entry in list(os.scandir(folder)):
        name = ours.match(entry.name)
        if name is None or _runs(int(name[1])):
            continue
        with suppress(OSError):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path)
            else:
                Path(entry.path).unlink()


def _machine() -> str:
    """Return what tells machines and containers apart that share a folder, but each count processes anew."""
    space = ""
    with suppress(OSError):
        space = str(Path("/proc/self/ns/pid").readlink())
    return hashlib.sha256(f"{socket.gethostname()} {space}".encode()).hexdigest()[:8]


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # somebody else's, which runs
        return True
    return True


def _unwritable(target: Path, reason: OSError) -> OutputIncomplete | OutputUnwritable:
    full = reason.errno in NO_ROOM - {errno.EROFS}
    return OutputIncomplete(target, reason) if full else OutputUnwritable(target, reason)


def _why_no_room(error: Exception, temporary: Path) -> OSError | None:
    """Return the system's error behind that of a writer, which may have its own words for a full disk."""
    if isinstance(error, (OutputExists, OutputIncomplete, OutputUnwritable)):
        return None
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return error
    try:
        with temporary.open("ab") as file:
            file.write(_PROBE)
            file.flush()
            os.fsync(file.fileno())
    except OSError as reason:
        return reason if reason.errno in NO_ROOM else None
    return None


def _put_on_disk(path: Path) -> None:
    """Wait until a file's content is on the disk, which is when a full one shows on some file systems."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def _put_names_on_disk(folder: Path) -> None:
    if os.name != "posix":  # elsewhere, a folder cannot be opened
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network file systems know no such thing of a folder
            os.fsync(handle)
    finally:
        os.close(handle)


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
