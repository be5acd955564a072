"""Times as people write them: read at the precision they are written with, and never guessed."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from imagery.acquisition import UNKNOWN, Acquisition, parse_acquired
from imagery.errors import UsageError

UNKNOWN_WORD = "unknown"
# No satellite that a private person could buy an image of an aircraft from flew earlier; a year before it is
# nearly always a slip.
EARLIEST = datetime(1999, 1, 1, tzinfo=UTC)

_DATE_IN_FIGURES = re.compile(r"(\d{1,4})[/. -](\d{1,2})[/. -](\d{1,4})(?:\D.*)?", re.DOTALL)
_MONTH_IN_FIGURES = re.compile(r"(\d{1,2})[/. -](\d{4})")


def parse_when(text: str, where: str) -> Acquisition:
    """Read the time of something that happened, from 1999 on.

    Args:
        text: ISO 8601: ``2023-10``, ``2023-10-27``, ``2023-10-27T10:36Z`` or ``2023-10-27T10:36:11+02:00``.
        where: What a message begins with.

    Returns:
        The time in UTC, with the precision it is written with.

    Raises:
        UsageError: It is not such a time, could mean several, is still to come, or lies before 1999.
    """
    days = possible_days(text.strip())
    if len(days) > 1:
        choices = " or ".join(f"{day.isoformat()} for {day.day} {day:%B} {day.year}" for day in days)
        raise UsageError(f"{where}: '{text}' could mean several days; write {choices}")
    if days:
        raise UsageError(f"{where}: '{text}' is not an ISO 8601 date; write {days[0].isoformat()}")
    if month := _MONTH_IN_FIGURES.fullmatch(text.strip()):
        raise UsageError(f"{where}: '{text}' is not an ISO 8601 month; write {month[2]}-{month[1]:0>2}")
    when = parse_acquired(text, where)
    if when.time is not None and when.time < EARLIEST:
        raise UsageError(f"{where}: '{text}' is before 1999; check the year")
    return when


def parse_when_or_unknown(text: str, where: str) -> Acquisition:
    """Read a time as `parse_when` does, or the word ``unknown``, so that a time cannot be forgotten.

    Raises:
        UsageError: As `parse_when`.
    """
    return UNKNOWN if text.strip().casefold() == UNKNOWN_WORD else parse_when(text, where)


def possible_days(text: str) -> list[date]:
    """Return the days that a date in figures may mean, earliest first; none if it is ISO 8601.

    ``03/04/2023`` is one day in Bamako and another in Boston, and ``03-04-23`` a third in ISO order.
    """
    figures = _DATE_IN_FIGURES.fullmatch(text)
    if figures is None or re.match(r"\d{4}-\d{2}-\d{2}(?!\d)", text):
        return []
    first, second, third = figures.groups()
    orders = []
    if len(third) in (2, 4) and len(first) <= 2:
        orders += [(third, second, first), (third, first, second)]
    if len(first) in (2, 4) and len(third) <= 2:
        orders += [(first, second, third)]
    return sorted({day for order in orders if (day := _day(*order))})


def _day(year: str, month: str, day: str) -> date | None:
    century = 2000 if len(year) == 2 else 0
    try:
        return date(century + int(year), int(month), int(day))
    except ValueError:
        return None
