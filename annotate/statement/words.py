"""Words that somebody writes of an aircraft, of a source or of themselves, fit to be kept."""

from __future__ import annotations

from imagery.errors import UsageError


def plain_words(text: str, option: str) -> str:
    """Words without the blanks around them.

    Raises:
        UsageError: Nothing is left, or there is in them what is no text: control characters other than line
            breaks and tabs, which could rewrite a terminal, or bytes that are not UTF-8.
    """
    words = text.strip()
    if not words:
        raise UsageError(f"{option}: is empty; leave it out where there is nothing to say")
    if any(not (one.isprintable() or one.isspace()) or "\ud800" <= one <= "\udfff" for one in words):
        raise UsageError(f"{option}: has characters that are no text; write it as plain UTF-8")
    return words


def analyst_name(text: str | None) -> str:
    """The name under which an analyst makes statements.

    Raises:
        UsageError: Nobody has said it, or it could be taken for the names of several.
    """
    if text is None or not text.strip():
        raise UsageError(
            "who says so? The log keeps a name with each statement: say --analyst NAME, or for all that "
            "follows: export HARDSTAND_ANALYST=you@example.org"
        )
    name = plain_words(text, "--analyst")
    if "," in name or "\n" in name:
        raise UsageError(f"--analyst: '{text}' must be the name of one person, without comma or line break")
    return name
