"""ZIP archives whose bytes depend only on their contents."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Self
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from annotate.exports.selection import RedactedChip

FASTEST = 1  # zlib's level: three times as fast as its default, and the file is only a little larger
READABLE_BY_ALL = 0o644 << 16


class ZipArchive:
    """A ZIP archive to write. Use it as a context manager."""

    def __init__(self, path: Path) -> None:
        """Create the file."""
        self._zip = ZipFile(path, "w", ZIP_DEFLATED, compresslevel=FASTEST)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for member in self._zip.infolist():
            member.external_attr = READABLE_BY_ALL
        self._zip.close()

    def add_chip(self, name: str, chip: RedactedChip) -> None:
        """Add a chip and its world file, as the log's hash is taken over both."""
        self.add(name, chip.picture)
        if chip.world_file is not None:
            self.add(f"{name.removesuffix('.png')}.pgw", chip.world_file)

    def add(self, name: str, content: bytes) -> None:
        """Add a small file, or one that is compressed already."""
        self._zip.writestr(ZipInfo(name), content)  # neither a time nor compression

    def open(self, name: str) -> IO[bytes]:
        """Open a large text file to write; it must be closed before anything else is added."""
        return self._zip.open(name, "w", force_zip64=True)
