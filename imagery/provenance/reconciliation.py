"""Putting together when a scene was taken and by what; two sources that contradict are refused.

The first source that speaks is believed, in the order of the statements given: the user, STAC item, sidecars,
tags, the file's name. What was decided:

- **Nobody overrules.** Two sources that cannot both be true mean that a sidecar, a name or a parameter
  belongs to another image, and no order of sources can tell which. That goes for ``acquired`` too: a date
  typed wrong is as likely as a file named wrong, and an entry in the log stays. The message names both and
  what to do.
- **A source that cannot be read** is refused as long as nothing before it gives the time; after that it is
  not needed. So ``acquired`` is the way past a damaged sidecar or tag.
- **Clocks of one scene differ a little**: scanning a scene takes seconds, one source names the first line,
  another the middle. So two times of day contradict only where `SCANNING` or more lies between them.
- **Sensors contradict** where both names are known and different; free text never does.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from imagery.acquisition import UNKNOWN, Acquisition
from imagery.errors import ContradictingSources, SceneError
from imagery.provenance.filenames import filename_statement
from imagery.provenance.sidecars import sidecar_statements
from imagery.provenance.statement import BEGINNING, Statement, sensors_differ
from imagery.provenance.tags import BEHIND_UTC, tag_statements

SCANNING = timedelta(minutes=1)


class Provenance(NamedTuple):
    """When a scene was taken and by what, each from the first source that says it; None where none does.

    Attributes:
        acquired: With its precision and its source; `UNKNOWN` where nobody speaks.
        sensor: Satellite or camera.
        off_nadir_deg: Angle at the sensor between straight down and the scene's middle.
        image_id: The provider's name of the image.
        band_order: What each band of its file shows, by common names (``blue``).
        cloud_share: Of the product under cloud, 0..1, as its provider states.
    """

    acquired: Acquisition
    sensor: str | None
    off_nadir_deg: float | None
    image_id: str | None
    band_order: tuple[str, ...] | None = None
    cloud_share: float | None = None


def reconcile(path: str | os.PathLike[str], statements: Iterable[Statement]) -> Provenance:
    """Put together what the sources say of a scene.

    Args:
        path: The scene, for messages.
        statements: One per source, the one that goes first first.

    Raises:
        ContradictingSources: Two sources cannot both be true, in time or in sensor.
        SceneError: A source cannot be read, and none before it gives the time.
    """
    readable: list[Statement] = []
    dated = False
    for statement in statements:
        if not statement.damage:
            readable.append(statement)
            dated = dated or statement.dates
        elif not dated:
            raise SceneError(
                f"{os.fspath(path)}: {statement.source} {statement.damage}; "
                f"{_remedy(statement)}, or give `acquired`, which takes precedence"
            )
    for first, second in combinations(readable, 2):
        _check(path, first, second)
    times = [statement for statement in readable if statement.acquired]
    dating = next((statement for statement in times if statement.dates), times[0] if times else None)
    return Provenance(
        (dating and dating.acquired) or UNKNOWN,
        next((statement.sensor for statement in readable if statement.sensor), None),
        next(
            (statement.off_nadir_deg for statement in readable if statement.off_nadir_deg is not None), None
        ),
        next((statement.image_id for statement in readable if statement.image_id), None),
        next((statement.bands for statement in readable if statement.bands), None),
        next((statement.cloud_share for statement in readable if statement.cloud_share is not None), None),
    )


def statements_of(
    path: str | os.PathLike[str],
    files: Iterable[str | os.PathLike[str]],
    tags: Mapping[str, str],
    imagery_tags: Mapping[str, str],
) -> Iterator[Statement]:
    """Read what a scene's own files say: sidecars, tags, file name, in that order.

    Args:
        path: The image, as it was opened.
        files: Every file GDAL lists for it.
        tags: GDAL's default metadata domain, and the domain ``EXIF``.
        imagery_tags: GDAL's ``IMAGERY`` metadata domain.

    Yields:
        One statement per source that says anything; what cannot be read says so in ``damage``.
    """
    yield from sidecar_statements(Path(path), [Path(file) for file in files])
    yield from tag_statements(tags, imagery_tags)
    named = filename_statement(Path(path))
    if named:
        yield named


def _check(path: str | os.PathLike[str], first: Statement, second: Statement) -> None:
    spans = first.allowed, second.allowed
    clocks = all(
        each.acquired and each.acquired.precision in ("second", "minute") for each in (first, second)
    )
    tolerance = SCANNING if clocks else timedelta()
    if spans[0] and spans[1] and not spans[0].overlaps(spans[1], tolerance):
        words = f"{first.source} says {_time_words(first)} and {second.source} says {_time_words(second)}"
    elif first.sensor and second.sensor and sensors_differ(first.sensor, second.sensor):
        words = f"{first.source} says {first.sensor} and {second.source} says {second.sensor}"
    else:
        return
    raise ContradictingSources(
        f"{os.fspath(path)}: {words}, so one of them is of another image; find out which, then "
        f"{_remedy(first)} or {_remedy(second)}"
    )


def _time_words(statement: Statement) -> str:
    if statement.acquired and statement.acquired.text:
        return statement.acquired.text
    first, last = statement.allowed or (None, None)
    if first and last and first > BEGINNING:
        return f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"
    written = last and last - BEHIND_UTC
    return f"that the file was there on {written:%Y-%m-%d %H:%M:%S} (no time zone)"


def _remedy(statement: Statement) -> str:
    return statement.remedy or f"correct the {statement.source}"
