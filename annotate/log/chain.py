"""The hash chain: each entry's hash covers its text and the hash of the entry before it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import rfc8785

GENESIS = "0" * 64


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
