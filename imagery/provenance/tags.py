"""Reading the tags in an image's file.

- **TIFFTAG_DATETIME gives no acquisition time.** TIFF 6.0 (page 31) defines it as the time "of image
  creation", Exif as that of the file's last change: some providers write the acquisition there, most
  programs the moment when they wrote the file. And it has no zone, which may be anything from 12 hours
  behind UTC to 14 ahead, 26 hours altogether, so that it never settles the UTC day even where it is the
  acquisition. What it does say either way: the image is not younger. So it is carried as unknown, with the
  reason, where nobody else speaks, and an acquisition that is said to be later contradicts it.
- GDAL's ``IMAGERY`` ACQUISITIONDATETIME is UTC by definition, and speaks.
- So are a NITF image's **IDATIM** (MIL-STD-2500C, table A-3: "the time (UTC) of the image acquisition";
  hyphens stand for what is not known) and the ACQUISITION_DATE of its STDIDC.
- **Exif** (CIPA DC-008): GPSDateStamp and GPSTimeStamp are UTC, and DateTimeOriginal is the time of the
  exposure, with its zone in OffsetTimeOriginal. Where that is missing, the time cannot be placed, but
  whatever is more than a zone away from it contradicts it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from imagery.acquisition import Acquisition, Span, acquisition_from_tags, parse_acquired, recorded_time
from imagery.errors import UsageError
from imagery.provenance.statement import BEGINNING, Statement, plain_text, sensor_name

BEHIND_UTC = timedelta(hours=12)  # the last zone to have a time: UTC-12
AHEAD_OF_UTC = timedelta(hours=14)  # the first: UTC+14
_TIFF_TIME = re.compile(r"\d{4}:\d\d:\d\d \d\d:\d\d:\d\d", re.ASCII)
_EXIF_DAY = re.compile(r"\d{4}:\d\d:\d\d", re.ASCII)
_NUMBER = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
_ZONE = re.compile(r"[+-]\d\d:\d\d|Z", re.ASCII)
_MONTHS = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC"
_NITF_2_0 = re.compile(rf"(\d\d)(\d{{6}})Z({'|'.join(re.findall('...', _MONTHS))})(\d\d)", re.ASCII)
_FIRST_NITF_YEAR = 60  # no satellite took images before 1960
_FIRST_TIFF = datetime(1987, 1, 1, tzinfo=UTC)  # before, it is a clock that was never set


def tag_statements(tags: Mapping[str, str], imagery_tags: Mapping[str, str]) -> Iterator[Statement]:
    """Read acquisition time, sensor and time of writing from an image's tags.

    Args:
        tags: GDAL's default metadata domain, and the domain ``EXIF``.
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
    for source, text in _standard_times(tags):
        yield _dated(source, text)
    yield from _exif_local_time(tags)
    written = _tiff_time(tags.get("TIFFTAG_DATETIME", ""))
    if written:
        source = "TIFF tag TIFFTAG_DATETIME"
        why = (
            f"{source} ({written:%Y-%m-%d %H:%M:%S}, no time zone, perhaps when the file was made: not used)"
        )
        span = Span(BEGINNING, written + BEHIND_UTC)
        yield Statement(source, Acquisition(None, "unknown", why), span=span, remedy="correct that tag")


def _dated(source: str, text: str) -> Statement:
    try:
        return Statement(source, parse_acquired(text, source), remedy="correct that tag")
    except UsageError as reason:
        damage = " ".join(str(reason).removeprefix(f"{source}: ").split())[:160]
        return Statement(source, damage=f"cannot be used ({damage})", remedy="correct that tag")


def _standard_times(tags: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield each tag whose standard says that it is the acquisition in UTC, and its time in ISO 8601."""
    for name in ("IDATIM", "STDIDC_ACQUISITION_DATE"):
        text = _nitf_time(tags.get(f"NITF_{name}", ""))
        if text:
            yield f"NITF field {name}", text
    day, clock = (tags.get(f"EXIF_GPS{name}Stamp", "").strip("\0 ") for name in ("Date", "Time"))
    if _EXIF_DAY.fullmatch(day) and len(numbers := _NUMBER.findall(clock)) == 3:
        hours, minutes, seconds = (int(float(number)) for number in numbers)
        text = recorded_time(f"{day.replace(':', '-')}T{hours:02}:{minutes:02}:{seconds:02}Z")
        if text:
            yield "Exif tag GPSTimeStamp", text
    taken, zone = (
        tags.get(f"EXIF_{name}", "").strip("\0 ") for name in ("DateTimeOriginal", "OffsetTimeOriginal")
    )
    if _TIFF_TIME.fullmatch(taken) and _ZONE.fullmatch(zone):
        text = recorded_time(f"{taken[:10].replace(':', '-')}T{taken[11:]}{zone}")
        if text:
            yield "Exif tag DateTimeOriginal", text


def _nitf_time(text: str) -> str | None:
    """Return the time of a NITF date in ISO 8601 as far as it is known; other text as it is.

    NITF 2.1 writes CCYYMMDDhhmmss, NITF 2.0 DDHHMMSSZMONYY.
    """
    text = text.strip("\0 ")
    if old := _NITF_2_0.fullmatch(text):
        century = 2000 if int(old[4]) < _FIRST_NITF_YEAR else 1900
        month = _MONTHS.index(old[3].upper()) // 3 + 1
        text = f"{century + int(old[4])}{month:02}{old[1]}{old[2]}"
    digits = text.split("-")[0]
    if not digits.strip("0"):
        return None
    if not (digits.isascii() and digits.isdigit() and len(digits) >= 6):
        return text if text.isprintable() else ascii(text)
    day = "-".join(filter(None, (digits[:4], digits[4:6], digits[6:8])))
    if len(digits) < 12:
        return recorded_time(day)
    return recorded_time(f"{day}T{':'.join(filter(None, (digits[8:10], digits[10:12], digits[12:14])))}Z")


def _exif_local_time(tags: Mapping[str, str]) -> Iterator[Statement]:
    """Yield the time of the exposure on a clock of which nobody says where it stood."""
    if _ZONE.fullmatch(tags.get("EXIF_OffsetTimeOriginal", "").strip("\0 ")):
        return
    taken = _tiff_time(tags.get("EXIF_DateTimeOriginal", ""))
    if taken:
        source = "Exif tag DateTimeOriginal"
        why = f"{source} ({taken:%Y-%m-%d %H:%M:%S}, no time zone: not used)"
        span = Span(taken - AHEAD_OF_UTC, taken + BEHIND_UTC)
        yield Statement(source, span=span, remedy="correct that tag")
        yield Statement(source, Acquisition(None, "unknown", why))  # settles nothing where another speaks


def _tiff_time(text: str) -> datetime | None:
    """Return the local time in a TIFF DateTime as if it were UTC; None for zeros, blanks and the like."""
    if not _TIFF_TIME.fullmatch(text.strip("\0 ")):
        return None
    try:
        time = datetime.strptime(text.strip("\0 "), "%Y:%m:%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return time if _FIRST_TIFF <= time < datetime.max.replace(tzinfo=UTC) - BEHIND_UTC else None
