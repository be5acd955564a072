"""When an image was taken, how precisely that is known, and who says so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from imagery.errors import UsageError

Precision = Literal["second", "minute", "day", "month", "unknown"]

# How much of 2023-10-27T10:36:11 is known.
_LENGTHS: dict[Precision, int] = {"second": 19, "minute": 16, "day": 10, "month": 7}

_ISO = re.compile(
    r"(?P<month>\d{4}-\d{2})"
    r"(?P<day>-\d{2})?"
    r"(?:[T ](?P<minute>\d{2}:\d{2})(?P<second>:\d{2}(?:\.\d+)?)?(?P<zone>Z|[+-]\d{2}:?\d{2})?)?"
)


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
    found = _ISO.fullmatch(text.strip())
    if not found or (found["minute"] and not found["day"]):
        raise UsageError(f"{source}: '{text}' is no ISO 8601 time; write 2023-10-27 or 2023-10-27T10:36:11Z")
    if found["minute"] and not found["zone"]:
        raise UsageError(f"{source}: '{text}' has no time zone; add Z for UTC, or an offset such as +02:00")
    precision: Precision = next(p for p in ("second", "minute", "day", "month") if found[p])
    day = found["month"] + (found["day"] or "-01")
    clock = f"{found['minute'] or '00:00'}{(found['second'] or ':00')[:3]}{found['zone'] or 'Z'}"
    try:
        time = datetime.fromisoformat(f"{day}T{clock}").astimezone(UTC)
    except (ValueError, OverflowError) as reason:
        raise UsageError(f"{source}: '{text}' is no date that exists ({reason})") from None
    if time > datetime.now(UTC):
        raise UsageError(f"{source}: '{text}' is still to come; no image can be from then")
    return Acquisition(time, precision, source)


def acquisition_from_tags(imagery_tags: Mapping[str, str]) -> Acquisition:
    """Acquisition time from GDAL's ``IMAGERY`` metadata domain.

    GDAL defines ``ACQUISITIONDATETIME`` there as UTC, so a time of day without a zone is read as such
    (https://gdal.org/en/stable/user/raster_data_model.html#imagery-domain-remote-sensing).

    Raises:
        UsageError: The tag is there but is no time.
    """
    text = imagery_tags.get("ACQUISITIONDATETIME", "").strip()
    if not text:
        return UNKNOWN
    if ":" in text and not re.search(r"(Z|[+-]\d{2}:?\d{2})$", text):
        text += "Z"
    return parse_acquired(text, "IMAGERY tag ACQUISITIONDATETIME")
