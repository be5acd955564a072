"""JSON that a stranger wrote."""

from __future__ import annotations

import json
import math
from typing import Any

MOST_DIGITS = 300  # of a whole number: what is longer is no float any more


def parse_json(text: str | bytes) -> Any:
    """Parse a text.

    Raises:
        ValueError: It is not JSON, is nested too deeply, or holds a number that no float can hold.
    """
    try:
        return json.loads(text, parse_int=_whole_number, parse_float=_number)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _whole_number(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError(f"it holds a number of {len(digits)} digits")
    return int(digits)


def _number(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"it holds the number {digits[:20]}")
    return number
