"""The hash chain: each entry's hash covers its text and the hash of the entry before it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any, NamedTuple, NoReturn

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
    """Check whether a text can be a hash of the chain: 64 hexadecimal digits."""
    return len(text) == len(GENESIS) and set(text.lower()) <= set("0123456789abcdef")


def canonical(payload: Mapping[str, Any]) -> str:
    """Return the one JSON text of a payload (RFC 8785): sorted names, no spaces, shortest numbers."""
    return rfc8785.dumps(dict(payload)).decode("utf-8")


def chained_hash(previous: str, text: str) -> str:
    """SHA-256, in hexadecimal, of the previous entry's hash, a line feed and this entry's canonical text.

    Args:
        previous: 64 hexadecimal digits; `GENESIS` for the first entry.
        text: As `canonical` gives it.
    """
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


def origin_id(origin: str) -> str:
    """Return the identifier of the entry with an origin; the same statement has the same one in every log.

    Args:
        origin: The entry's kind, a space, and what makes it the same as another.
    """
    return hashlib.sha256(origin.encode()).hexdigest()[:16]


# RFC 8785 sorts names by UTF-16, Python by code points: from here on, that differs. Surrogates are not text.
_BEYOND_ORDER = re.compile("[\ud800-\U0010ffff]")
SAFE_DIGITS = 15  # a whole number of more may lose some, as a JSON number is a float


class _Unlike(Exception):
    """Python may write it otherwise than RFC 8785."""


def parse_canonical(text: str) -> dict[str, Any]:
    """Parse a payload.

    Raises:
        ValueError: The text is not a canonical JSON object (RFC 8785).
    """
    try:
        payload, rewritten = _parsed_and_rewritten(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(payload, dict) or rewritten != text:
        raise ValueError("it is not a canonical JSON object")
    return payload


def _parsed_and_rewritten(text: str) -> tuple[Any, str | None]:
    """Parse a text, and write its contents anew as canonical text, if they are an object."""
    if text.isascii() or not _BEYOND_ORDER.search(text):
        with suppress(_Unlike):
            payload = _decode(text)
            return payload, _encode(payload)
    payload = json.loads(text, parse_int=_safe_int)
    return payload, canonical(payload) if isinstance(payload, dict) else None


@lru_cache(maxsize=4096)  # half of the numbers are those of the scene, which every verdict repeats
def _plain_float(digits: str) -> float:
    """Python writes a float as RFC 8785 does where there is neither an exponent nor a closing ``.0``."""
    number = float(digits)
    written = repr(number)
    if "e" in written or "n" in written or written.endswith(".0"):
        raise _Unlike
    return number


@lru_cache(maxsize=4096)
def _plain_int(digits: str) -> int:
    if len(digits) > SAFE_DIGITS:
        raise _Unlike
    return int(digits)


def _safe_int(digits: str) -> int | float:
    """Read a whole number; one that is larger than RFC 8785 lets integers be was written as a float."""
    number = int(digits)
    return number if abs(number) < 2**53 else float(digits)


def _constant(_: str) -> NoReturn:
    raise _Unlike


_decode = json.JSONDecoder(parse_float=_plain_float, parse_int=_plain_int, parse_constant=_constant).decode
_encode = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False
).encode
