"""The hash chain: each entry's hash covers its text and the hash of the entry before it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import rfc8785

GENESIS = "0" * 64


class Head(NamedTuple):
    """The end of the chain: what to publish.

    Attributes:
        seq: Number of the latest entry; 0 in an empty log.
        hash: Its hash; `GENESIS` in an empty log.
    """

    seq: int
    hash: str


EMPTY = Head(0, GENESIS)


def is_hash(text: str) -> bool:
    """Whether a text can be a hash of the chain: 64 hexadecimal digits."""
    return len(text) == len(GENESIS) and set(text.lower()) <= set("0123456789abcdef")


def canonical(payload: Mapping[str, Any]) -> str:
    """The one JSON text of a payload (RFC 8785): sorted names, no spaces, shortest numbers."""
    return rfc8785.dumps(dict(payload)).decode("utf-8")


def chained_hash(previous: str, text: str) -> str:
    """SHA-256, in hexadecimal, of the previous entry's hash, a line feed and this entry's canonical text.

    Args:
        previous: 64 hexadecimal digits; `GENESIS` for the first entry.
        text: As `canonical` gives it.
    """
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


def origin_id(origin: str) -> str:
    """The identifier of the entry with an origin: the same statement has the same one in every log.

    Args:
        origin: The entry's kind, a space, and what makes it the same as another.
    """
    return hashlib.sha256(origin.encode()).hexdigest()[:16]
