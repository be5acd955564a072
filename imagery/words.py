"""Words that several packages put together the same way."""

from __future__ import annotations


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """Return a number with its noun: "1 scene", "2 scenes"."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"
