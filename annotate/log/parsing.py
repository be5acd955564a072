"""Reading canonical JSON, and refusing what is not: quickly, since `log verify` reads a whole log.

`annotate.log.chain.canonical` decides. Writing a payload anew takes a multiple of reading it, so what
cannot be canonical otherwise is looked for in the text, and only where something stands out is it written.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, NoReturn

from annotate.log.chain import canonical


class _StandsOut(Exception):
    """It may be canonical; only writing it anew tells."""


def parse_canonical(text: str) -> dict[str, Any]:
    """The members of a payload.

    Raises:
        ValueError: The text is no canonical JSON object (RFC 8785).
    """
    if not _has_odd_marks(text):
        try:
            payload = _decode(text)
        except _StandsOut:
            pass
        else:
            if isinstance(payload, dict):
                return payload
    payload = json.loads(text, parse_int=_safe_int)
    if not isinstance(payload, dict) or canonical(payload) != text:
        raise ValueError("it is no canonical JSON object")
    return payload


# Blanks are canonical within strings only. Next to one of these, they are as a rule without.
_BLANKS = tuple(pair for mark in ",:[]{}" for pair in (f"{mark} ", f" {mark}"))


def _has_odd_marks(text: str) -> bool:
    """Whether blanks may stand between the members, a string has an escape, or not all of it is ASCII."""
    return (
        not text.isascii()  # names are sorted by UTF-16, which Python does not
        or "\\" in text  # the same string can be escaped in several ways
        or any(blank in text for blank in "\n\t\r")
        or (" " in text and any(blank in text for blank in _BLANKS))
    )


@lru_cache(maxsize=1024)  # half of the numbers are those of the scene, which every verdict repeats
def _plain_float(digits: str) -> float:
    """Python writes a float as RFC 8785 does where there is neither an exponent nor a closing ``.0``."""
    number = float(digits)
    if repr(number) != digits or "e" in digits or digits[-2:] == ".0":
        raise _StandsOut
    return number


def _small_int(digits: str) -> int:
    if len(digits) > 15 or digits == "-0":  # beyond, a number loses digits
        raise _StandsOut
    return int(digits)


def _safe_int(digits: str) -> int | float:
    """A whole number; one that is larger than RFC 8785 lets integers be was written as a float."""
    number = int(digits)
    return number if abs(number) < 2**53 else float(digits)


def _constant(_: str) -> NoReturn:
    raise _StandsOut


def _sorted_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    names = list(members)
    if len(names) != len(pairs) or names != sorted(names):
        raise _StandsOut
    return members


_decode = json.JSONDecoder(
    parse_float=_plain_float,
    parse_int=_small_int,
    parse_constant=_constant,
    object_pairs_hook=_sorted_members,
).decode
