"""Reading canonical JSON, and refusing what is not: quickly, since `log verify` reads a whole log.

Text is canonical if its members, written canonically, are the same text. `annotate.log.chain.canonical` does
that slowly; Python's own writer does it in a sixth of the time, and writes otherwise only some numbers and an
order of names that hardly occurs. Where one of these is met, `canonical` decides.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from functools import lru_cache
from typing import Any, NoReturn

from annotate.log.chain import canonical

# RFC 8785 sorts names by UTF-16, Python by code points: from here on, that differs. Surrogates are no text.
_BEYOND_ORDER = re.compile("[\ud800-\U0010ffff]")
SAFE_DIGITS = 15  # a whole number of more may lose some, as a JSON number is a float


class _Unlike(Exception):
    """Python may write it otherwise than RFC 8785."""


def parse_canonical(text: str) -> dict[str, Any]:
    """The members of a payload.

    Raises:
        ValueError: The text is no canonical JSON object (RFC 8785).
    """
    try:
        payload, again = _read_and_written(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(payload, dict) or again != text:
        raise ValueError("it is no canonical JSON object")
    return payload


def _read_and_written(text: str) -> tuple[Any, str | None]:
    """What a text says, and the canonical text of that, if it is an object."""
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
    """A whole number; one that is larger than RFC 8785 lets integers be was written as a float."""
    number = int(digits)
    return number if abs(number) < 2**53 else float(digits)


def _constant(_: str) -> NoReturn:
    raise _Unlike


_decode = json.JSONDecoder(parse_float=_plain_float, parse_int=_plain_int, parse_constant=_constant).decode
_encode = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False
).encode
