"""Fields as people write them: words, names, web addresses and aircraft types, checked and never guessed.

Each function takes as ``where`` what its messages begin with: the parameter in backticks, or file and line.
"""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from imagery.errors import UsageError

ANALYST_VARIABLE = "HARDSTAND_ANALYST"


def printable_text(text: str, where: str) -> str:
    """Return text without the blanks around it.

    Raises:
        UsageError: Nothing is left, or it contains control characters other than line breaks and tabs, which
            could rewrite a terminal, or bytes that are not UTF-8.
    """
    stripped = text.strip()
    if not stripped:
        raise UsageError(f"{where}: is empty; leave it out where there is nothing to say")
    if any(not (char.isprintable() or char.isspace()) or "\ud800" <= char <= "\udfff" for char in stripped):
        raise UsageError(f"{where}: contains control characters; write plain text in UTF-8")
    return stripped


def analyst_name(analyst: str | None) -> str:
    """Return the name under which an analyst makes statements.

    Args:
        analyst: The name; None for the one that the environment variable HARDSTAND_ANALYST holds.

    Raises:
        UsageError: There is no name, or it could be taken for the names of several people.
    """
    name = os.environ.get(ANALYST_VARIABLE, "") if analyst is None else analyst
    if not name.strip():
        raise UsageError(
            "no analyst named; the log records who makes each statement: give `analyst`, or set it once with "
            f"export {ANALYST_VARIABLE}=you@example.org"
        )
    name = printable_text(name, "`analyst`")
    if "," in name or "\n" in name:
        raise UsageError(f"`analyst`: '{name}' must be the name of one person, without comma or line break")
    return name


def web_address(text: str, where: str) -> str:
    """Return an address that a browser opens.

    Raises:
        UsageError: It is not one, or it contains a user name or password, which would stay in the log.
    """
    address = printable_text(text, where)
    try:
        parts = urlsplit(address)
    except ValueError as reason:
        raise UsageError(f"{where}: '{text}' is not a web address ({reason})") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or address.split() != [address]:
        raise UsageError(f"{where}: '{text}' is not a web address; write all of it, with https://")
    if parts.username is not None:
        raise UsageError(
            f"{where}: contains a user name or a password, which would stay in the log; leave it out"
        )
    return address
