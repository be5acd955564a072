"""Identifiers of entries as they are published.

An identifier is a hash of what an entry says, with the analyst's name: whoever has a list of names could try
each against it. So what is published has others, which lead back only with a secret of the log's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

ROUNDS = 4  # from which on a Feistel cipher cannot be told from chance (Luby and Rackoff, 1988)
SHORTENED = "[entry]"
_HALF = 8  # hexadecimal digits
_IDENTIFIER = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9a-f]{16}|(?=[a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{8,15})(?![0-9A-Za-z])"
)


@dataclass(frozen=True)
class PublicIds:
    """The identifiers of a log's entries as they are published, the same in every export.

    Attributes:
        secret: The log's own, 32 bytes, which nothing that is published holds.
    """

    secret: bytes

    def published(self, text: str) -> str:
        """Return a text with the published identifier for each in it; the beginning of one is left out."""
        return _IDENTIFIER.sub(lambda match: self._published(match[0]), text)

    def logged(self, text: str) -> str:
        """Return a text with the log's identifier for each published one in it."""
        rounds = range(ROUNDS)[::-1]
        return _IDENTIFIER.sub(lambda match: self._permuted(match[0], rounds, back=True), text)

    def _published(self, identifier: str) -> str:
        if len(identifier) < 2 * _HALF:
            return SHORTENED
        return self._permuted(identifier, range(ROUNDS))

    def _permuted(self, identifier: str, rounds: Iterable[int], *, back: bool = False) -> str:
        """Permute the identifiers of 64 bits by a Feistel cipher."""
        left, right = int(identifier[:_HALF], 16), int(identifier[_HALF:], 16)
        if back:
            left, right = right, left
        for number in rounds:
            mixed = blake2b(bytes([number, *right.to_bytes(4)]), digest_size=4, key=self.secret)
            left, right = right, left ^ int.from_bytes(mixed.digest())
        if back:
            left, right = right, left
        return f"{left:08x}{right:08x}"
