"""ZIP archives whose bytes depend on their contents only."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import IO, Self
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo


class Archive:
    """A ZIP archive that is being written. Use it as a context manager."""

    def __init__(self, path: Path) -> None:
        """Begin an archive."""
        self._zip = ZipFile(path, "w")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    def add_chip(self, name: str, picture: bytes, world_file: str | None) -> None:
        """Add a chip; with its world file, since the log's hash is taken over both."""
        self.add(name, picture)
        if world_file is not None:
            self.add(f"{name.removesuffix('.png')}.pgw", world_file.encode())

    def add(self, name: str, content: bytes) -> None:
        """Add a file as it is, one that is compressed already or too small for that."""
        self._zip.writestr(_info(name, ZIP_STORED), content)

    def open(self, name: str) -> IO[bytes]:
        """A large text file, which must be closed before anything else is added."""
        return self._zip.open(_info(name, ZIP_DEFLATED), "w", force_zip64=True)


def _info(name: str, compression: int) -> ZipInfo:
    """A member without a time, so that the same export has the same bytes, readable by all."""
    info = ZipInfo(name)
    info.compress_type = compression
    info.external_attr = 0o644 << 16
    return info
