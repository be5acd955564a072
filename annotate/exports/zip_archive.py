"""ZIP archives whose bytes depend on their contents only."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import IO, Self
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from annotate.exports.selection import ToldChip

QUICK = 1  # zlib's level: three times as fast as its default, for a file that is somewhat larger
READABLE_BY_ALL = 0o644 << 16


class Archive:
    """A ZIP archive that is being written. Use it as a context manager."""

    def __init__(self, path: Path) -> None:
        """Begin an archive."""
        self._zip = ZipFile(path, "w", ZIP_DEFLATED, compresslevel=QUICK)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for member in self._zip.infolist():
            member.external_attr = READABLE_BY_ALL
        self._zip.close()

    def add_chip(self, name: str, chip: ToldChip) -> None:
        """Add a chip; with its world file, since the log's hash is taken over both."""
        self.add(name, chip.picture)
        if chip.world_file is not None:
            self.add(f"{name.removesuffix('.png')}.pgw", chip.world_file)

    def add(self, name: str, content: bytes) -> None:
        """Add a file as it is, one that is compressed already or too small for that."""
        self._zip.writestr(ZipInfo(name), content)  # which has no time, and is not compressed

    def open(self, name: str) -> IO[bytes]:
        """A large text file, which must be closed before anything else is added."""
        return self._zip.open(name, "w", force_zip64=True)
