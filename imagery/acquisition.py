"""Acquisition times: when an image was taken, how precisely that is known, and who says so."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from imagery.errors import UsageError

Precision = Literal["second", "minute", "day", "month", "unknown"]

# How much of 2023-10-27T10:36:11 is known.
_LENGTHS: dict[Precision, int] = {"second": 19, "minute": 16, "day": 10, "month": 7}
_STEPS: dict[Precision, timedelta] = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "day": timedelta(days=1),
}

_ISO = re.compile(
    r"(?P<month>\d{4}-\d{2})"
    r"(?P<day>-\d{2})?"
    r"(?:[T ](?P<minute>\d{2}:\d{2})(?P<second>:\d{2}(?:\.\d+)?)?(?P<zone>Z|[+-]\d{2}:?\d{2})?)?"
)


# Midnight, as catalogues and cameras write a day, and the days that stand for no date at all in Unix, .NET,
# Excel and databases.
_MIDNIGHT = re.compile(r"(\d{4}-\d{2}-\d{2})[T ]00:00(?::00(?:\.0*)?)?(Z|[+-]\d{2}:?\d{2})?")
_NO_DAYS = ("1970-01-01", "0001-01-01", "1900-01-01", "1899-12-30", "1899-12-31", "0000-00-00", "9999-12-31")


class Span(NamedTuple):
    """The times at which an image may have been taken.

    Attributes:
        first: The earliest, aware UTC.
        last: The end, which is no longer in it, aware UTC.
    """

    first: datetime
    last: datetime

    def overlaps(self, other: Span, tolerance: timedelta = timedelta()) -> bool:
        """Check whether both can be true: a time is in both, or less than ``tolerance`` lies between them."""
        # Differences, because adding to the first or the last year there is overflows.
        gap = max(self.first - other.last, other.first - self.last)
        return gap < tolerance


class Acquisition(NamedTuple):
    """An acquisition time.

    Attributes:
        time: The beginning of the span that ``precision`` leaves open, aware UTC; None where unknown.
        precision: How exactly it is known.
        source: Who says so, such as ``option --acquired``; None where nobody does.
    """

    time: datetime | None
    precision: Precision
    source: str | None

    @property
    def text(self) -> str | None:
        """ISO 8601 at the known precision (``2023-10-27``), None where unknown."""
        if self.time is None:
            return None
        # strftime("%Y") writes the year 33 as "33".
        return self.time.replace(tzinfo=None).isoformat()[: _LENGTHS[self.precision]] + (
            "Z" if self.precision in ("second", "minute") else ""
        )

    @property
    def span(self) -> Span | None:
        """The times that ``precision`` leaves open, None where unknown."""
        if self.time is None:
            return None
        if self.precision == "month":
            end = (self.time.replace(day=1) + timedelta(days=32)).replace(day=1)
            return Span(self.time, end)
        return Span(self.time, self.time + _STEPS[self.precision])


UNKNOWN = Acquisition(None, "unknown", None)


def parse_acquired(text: str, source: str) -> Acquisition:
    """Read an ISO 8601 date or time, keeping the precision it was written with.

    Args:
        text: ``2023-10``, ``2023-10-27``, ``2023-10-27T10:36Z`` or ``2023-10-27T10:36:11+02:00``.
        source: Who says so; goes into the result and into error messages.

    Returns:
        The time in UTC. A fraction of a second is dropped.

    Raises:
        UsageError: Not such a text, a time of day without a zone, or a time that is still to come.
    """
    match = _ISO.fullmatch(text.strip())
    if not match or (match["minute"] and not match["day"]):
        raise UsageError(
            f"{source}: '{text}' is not a month, date or time in ISO 8601; "
            "write 2023-10-27 or 2023-10-27T10:36:11Z"
        )
    if match["minute"] and not match["zone"]:
        raise UsageError(f"{source}: '{text}' has no time zone; add Z for UTC, or an offset such as +02:00")
    precision: Precision = next(p for p in ("second", "minute", "day", "month") if match[p])
    day = match["month"] + (match["day"] or "-01")
    clock = f"{match['minute'] or '00:00'}{(match['second'] or ':00')[:3]}{match['zone'] or 'Z'}"
    try:
        time = datetime.fromisoformat(f"{day}T{clock}").astimezone(UTC)
    except (ValueError, OverflowError) as reason:
        raise UsageError(f"{source}: '{text}' is not a date ({reason})") from None
    if time > datetime.now(UTC):
        raise UsageError(f"{source}: '{text}' is in the future; check the date")
    return Acquisition(time, precision, source)


def recorded_time(text: str | None) -> str | None:
    """Return a time as a program has written it, at the precision that it really has.

    Programs that know a day only write it as its midnight, and no date at all as the first day that they can
    write. An image taken in the one second after midnight is then known to the day, which is still true. Of a
    person's own words nothing is taken away.

    Args:
        text: ISO 8601.

    Returns:
        ``2023-10-27`` for ``2023-10-27T00:00:00Z``; for midnight in another zone the month, where both days
        that it touches lie in one; None where there is no date; other text as it is.
    """
    match = _MIDNIGHT.fullmatch((text or "").strip())
    if match is None:
        return None if text is not None and text.strip() in _NO_DAYS else text
    day, zone = match[1], match[2] or "Z"
    if day in _NO_DAYS:
        return None
    if zone == "Z" or set(zone) <= set("+-0:"):
        return day
    in_one_month = not (day.endswith("-01") if zone[0] == "+" else int(day[-2:]) >= 28)
    return day[:7] if in_one_month else text


def parse_utc(text: str, source: str) -> Acquisition:
    """Read a time from a source whose definition says that its times are UTC, also where they name no zone.

    Raises:
        UsageError: As `parse_acquired`.
    """
    text = recorded_time(text.strip()) or ""
    if ":" in text and not re.search(r"(Z|[+-]\d{2}:?\d{2})$", text):
        text += "Z"
    return parse_acquired(text, source)


def acquisition_from_tags(imagery_tags: Mapping[str, str]) -> Acquisition:
    """Read the acquisition time from GDAL's ``IMAGERY`` metadata domain.

    GDAL defines ``ACQUISITIONDATETIME`` there as UTC, so a time of day without a zone is read as such
    (https://gdal.org/en/stable/user/raster_data_model.html#imagery-domain-remote-sensing).

    Raises:
        UsageError: The tag is there but is not a time.
    """
    text = recorded_time(imagery_tags.get("ACQUISITIONDATETIME", "").strip())
    return parse_utc(text, "IMAGERY tag ACQUISITIONDATETIME") if text else UNKNOWN


def acquisition_of_all(times: Sequence[Acquisition]) -> tuple[Acquisition, Span]:
    """Return one acquisition for an image that was put together from several, and the span that they fill.

    Its precision is the finest one at which all the times read the same: two strips of one pass are of one
    minute or one day, a mosaic of one month or of no one time that could be written down.

    Args:
        times: Known times of one source, at least one.
    """
    spans = [span for time in times if (span := time.span)]
    whole = Span(min(span.first for span in spans), max(span.last for span in spans))
    source = times[0].source
    for precision, length in _LENGTHS.items():
        texts = {span.first.isoformat()[:length] for span in spans}
        if len(texts) == 1 and all(_LENGTHS[time.precision] >= length for time in times):
            return Acquisition(_beginning(whole.first, precision), precision, source), whole
    return Acquisition(None, "unknown", f"{source} (images of several months)"), whole


def _beginning(time: datetime, precision: Precision) -> datetime:
    """Return the beginning of the span of that precision in which ``time`` lies."""
    if precision == "second":
        return time.replace(microsecond=0)
    if precision == "minute":
        return time.replace(second=0, microsecond=0)
    day = time.replace(hour=0, minute=0, second=0, microsecond=0)
    return day.replace(day=1) if precision == "month" else day
