"""The variants of CSV that exports are written in and read back from.

Text that a spreadsheet would take for something else is guarded by an apostrophe before it, so that it stays
text. A text that already looks guarded gets one more, so that `unguarded` restores the original.
"""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple


class Dialect(NamedTuple):
    """A variant of CSV.

    Attributes:
        encoding: Name as `open` takes it.
        guarded: What is guarded by an apostrophe.
        delimiter: Between cells.
    """

    encoding: str
    guarded: re.Pattern[str]
    delimiter: str = ","


# What begins a formula, their full-width forms, and what spreadsheets skip before one
# (https://owasp.org/www-community/attacks/CSV_Injection).
_FORMULA = "=+\\-@\uff1d\uff0b\uff0d\uff20"
_FIRST = rf"\A'*[{_FORMULA}\t\r\n]"
PLAIN = Dialect("utf-8", re.compile(_FIRST))
# Excel needs the byte order mark to read UTF-8; it turns 0123456789012345 into a number and 2023-10 into the
# first of October (a whole day stays that day); and where a comma is the decimal sign it begins a cell at a
# semicolon, quoted or not.
_FIGURES = r"\A'*(?!\d{4}-\d\d-\d\d\Z)\d[\d\-/.:,eE ]*\Z"
EXCEL = Dialect("utf-8-sig", re.compile(rf"{_FIRST}|{_FIGURES}|(?<=[,;\t\r\n\"])'*[{_FORMULA}]"))


_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def dialect_of(beginning: bytes) -> Dialect:
    """Return the dialect of a file by its first line, also after a spreadsheet has saved it.

    Excel writes semicolons where a comma is the decimal sign, and tabs in what it calls Unicode text.
    """
    plain = PLAIN
    if beginning.startswith(_UTF16):
        plain = EXCEL._replace(encoding="utf-16")
        beginning = beginning[: len(beginning) & ~1].decode("utf-16", errors="ignore").encode()
    elif beginning.startswith(codecs.BOM_UTF8):
        plain = EXCEL
    counts = {delimiter: beginning.partition(b"\n")[0].count(delimiter.encode()) for delimiter in ",;\t"}
    delimiter = max(counts, key=lambda delimiter: counts[delimiter])
    if delimiter == ",":
        return plain
    return EXCEL._replace(encoding=plain.encoding, delimiter=delimiter)


def guarded(text: str, dialect: Dialect) -> str:
    """Return the text of a cell with its guards."""
    return dialect.guarded.sub(r"'\g<0>", text)


def unguarded(text: str, dialect: Dialect) -> str:
    """Return the text of a cell as it was before it was guarded."""
    return dialect.guarded.sub(lambda match: match[0].removeprefix("'"), text)
