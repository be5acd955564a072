"""What the log says of public keys: whose they are, which ones they succeed, and that one was lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from annotate.log.payload import Loggable

SHORT_KEY = 16  # digits of a public key that are shown; commands take the beginning of one


@dataclass(frozen=True)
class KeyStatement(Loggable, kind="key"):
    """A statement about a public key, with which entries of this log are signed.

    Attributes:
        id: This entry's.
        state: ``valid``: the key signs from here on; ``lost``: what it signs from here on does not count.
        name: Whose key it is: the name under which its owner makes statements.
        public_key: Ed25519 (RFC 8032), 64 hexadecimal digits.
        succeeds: The keys that its owner had before, the oldest first: of each its ``key`` and the
            ``certificate``, its signature that the next one succeeds it, see `annotate.log.signatures`.
        because: Why it counts as lost; None otherwise.
        logged: When it was written, ISO 8601 UTC.
    """

    id: str
    state: Literal["valid", "lost"]
    name: str
    public_key: str
    succeeds: tuple[dict[str, Any], ...]
    because: str | None
    logged: str

    @property
    def subject(self) -> str:
        """What its entries are about."""
        return f"key {self.public_key}"

    @property
    def origin(self) -> str:
        """A text of its own for each key and state: neither is logged twice."""
        return f"{self.public_key} {self.state}"


def short_key(public_key: str) -> str:
    """Return the beginning of a public key."""
    return public_key[:SHORT_KEY]
