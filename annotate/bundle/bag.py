"""A BagIt bag (RFC 8493) in a ZIP archive: every file is listed with its SHA-256."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from annotate.exports.zip_archive import ZipArchive

PAYLOAD = "data/"
_DECLARATION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


class Bag:
    """A bag to write. Use it as a context manager."""

    def __init__(self, path: Path, folder: str, about: Mapping[str, str]) -> None:
        """Create the archive.

        Args:
            path: The archive.
            folder: The name of the bag's folder in it.
            about: What its ``bag-info.txt`` says.
        """
        self._archive, self._folder, self._about = ZipArchive(path), folder, about
        self._hashes: dict[str, str] = {}
        self._payload_bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._close()
        finally:
            self._archive.__exit__()

    def add(self, name: str, content: bytes) -> None:
        """Add a file; what begins with `PAYLOAD` belongs to what the bag is for."""
        self._archive.add(f"{self._folder}/{name}", content)
        self._hashes[name] = hashlib.sha256(content).hexdigest()
        self._payload_bytes += len(content) if name.startswith(PAYLOAD) else 0

    def _close(self) -> None:
        payload = [name for name in self._hashes if name.startswith(PAYLOAD)]
        about = {**self._about, "Payload-Oxum": f"{self._payload_bytes}.{len(payload)}"}
        self.add("bagit.txt", _DECLARATION.encode())
        self.add("bag-info.txt", "".join(f"{label}: {text}\n" for label, text in about.items()).encode())
        self.add("manifest-sha256.txt", self._listing(payload))
        self.add(
            "tagmanifest-sha256.txt", self._listing([name for name in self._hashes if name not in payload])
        )

    def _listing(self, names: list[str]) -> bytes:
        return "".join(f"{self._hashes[name]}  {name}\n" for name in sorted(names)).encode()
