"""Where a statement comes from: words, addresses, a file, and how far to trust it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from annotate.statement.grade import parse_admiralty
from annotate.statement.words import plain_words
from imagery.errors import UsageError
from imagery.record import hash_files


class Source(NamedTuple):
    """Where a statement comes from; the names are those of the log's entries.

    Attributes:
        source: Who or what says so, in words.
        source_url: Where it is to be had.
        archive_url: Where an archive keeps it.
        source_file: Name of an attached file.
        source_file_sha256: Its hash.
        admiralty: Grade, such as ``B2``.
    """

    source: str | None
    source_url: str | None
    archive_url: str | None
    source_file: str | None
    source_file_sha256: str | None
    admiralty: str | None

    @property
    def named(self) -> bool:
        """Whether anybody could go and look."""
        return any((self.source, self.source_url, self.archive_url, self.source_file))


def stated_source(
    source: str | None, source_url: str | None, archive_url: str | None, file: str | None, grade: str | None
) -> Source:
    """Check what is said of a source, and hash its file.

    Raises:
        UsageError: An address is none, the file cannot be read, or the grade is none.
    """
    return Source(
        source=None if source is None else plain_words(source, "--source"),
        source_url=None if source_url is None else web_address(source_url, "--source-url"),
        archive_url=None if archive_url is None else web_address(archive_url, "--archive-url"),
        source_file=None if file is None else plain_words(Path(file).name, "--file"),
        source_file_sha256=None if file is None else _sha256(Path(file)),
        admiralty=None if grade is None else parse_admiralty(grade),
    )


def web_address(text: str, option: str) -> str:
    """An address that a browser opens.

    Raises:
        UsageError: It is none, or carries a password, which would stay in the log for good.
    """
    address = plain_words(text, option)
    try:
        parts = urlsplit(address)
    except ValueError as reason:
        raise UsageError(f"{option}: '{text}' is no address ({reason})") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or address.split() != [address]:
        raise UsageError(f"{option}: '{text}' is no address; write all of it, with https://")
    if parts.username is not None:
        raise UsageError(f"{option}: names a user or a password, which would stay in the log; leave it out")
    return address


def _sha256(file: Path) -> str:
    try:
        return hash_files([file])
    except OSError as reason:
        raise UsageError(f"--file: {file} cannot be read ({reason.strerror or reason})") from None
