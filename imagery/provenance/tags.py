"""Reading the tags in an image's file.

- **TIFFTAG_DATETIME gives no acquisition time.** TIFF 6.0 (page 31) defines it as the time "of image
  creation", Exif as that of the file's last change: some providers write the acquisition there, most
  programs the moment when they wrote the file. And it has no zone, which may be anything from 12 hours
  behind UTC to 14 ahead, 26 hours altogether, so that it never settles the UTC day even where it is the
  acquisition. What it does say either way: the image is not younger. So it is carried as unknown, with the
  reason, where nobody else speaks, and an acquisition that is said to be later contradicts it.
- GDAL's ``IMAGERY`` ACQUISITIONDATETIME is UTC by definition, and speaks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from imagery.acquisition import Acquisition, Span, acquisition_from_tags
from imagery.errors import UsageError
from imagery.provenance.statement import BEGINNING, Statement, plain_text, sensor_name

BEHIND_UTC = timedelta(hours=12)  # the last zone to have a time: UTC-12
_TIFF_TIME = re.compile(r"\d{4}:\d\d:\d\d \d\d:\d\d:\d\d", re.ASCII)
_FIRST_TIFF = datetime(1987, 1, 1, tzinfo=UTC)  # before, it is a clock that was never set


def tag_statements(tags: Mapping[str, str], imagery_tags: Mapping[str, str]) -> Iterator[Statement]:
    """Read acquisition time, sensor and time of writing from an image's tags.

    Args:
        tags: GDAL's default metadata domain.
        imagery_tags: GDAL's ``IMAGERY`` metadata domain.

    Yields:
        One statement per tag that says anything; a tag that cannot be read says why in ``damage``.
    """
    source = "IMAGERY tag ACQUISITIONDATETIME"
    try:
        acquired = acquisition_from_tags(imagery_tags)
    except UsageError as reason:
        # One line, whatever the tag holds.
        damage = " ".join(str(reason).removeprefix(f"{source}: ").split())[:160]
        yield Statement(source, damage=f"cannot be used ({damage})", remedy="correct that tag")
    else:
        if acquired.time:
            yield Statement(source, acquired, remedy="correct that tag")
    try:
        satellite = plain_text(imagery_tags.get("SATELLITEID"))
    except ValueError:
        satellite = None  # no name of anything, and nothing depends on it
    if satellite:
        yield Statement("IMAGERY tag SATELLITEID", sensor=sensor_name(satellite), remedy="correct that tag")
    written = _tiff_time(tags.get("TIFFTAG_DATETIME", ""))
    if written:
        source = "TIFF tag TIFFTAG_DATETIME"
        why = (
            f"{source} ({written:%Y-%m-%d %H:%M:%S}, no time zone, perhaps when the file was made: not used)"
        )
        span = Span(BEGINNING, written + BEHIND_UTC)
        yield Statement(source, Acquisition(None, "unknown", why), span=span, remedy="correct that tag")


def _tiff_time(text: str) -> datetime | None:
    """Return the local time in a TIFF DateTime as if it were UTC; None for zeros, blanks and the like."""
    if not _TIFF_TIME.fullmatch(text.strip("\0 ")):
        return None
    try:
        time = datetime.strptime(text.strip("\0 "), "%Y:%m:%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return time if _FIRST_TIFF <= time < datetime.max.replace(tzinfo=UTC) - BEHIND_UTC else None
