"""The file that says what is watched: a small TOML."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any

from detect import DETECTORS
from imagery.acquisition import parse_acquired
from imagery.airfields import airfield_of
from imagery.errors import UsageError
from imagery.files import whole_file
from imagery.toml_file import read_toml

EXAMPLE = """\
# What `hardstand watch` watches. Paths are relative to this file.

airfields = ["GABS", "GATB"]     # ICAO codes, or names
# areas = "aprons.geojson"       # runways and aprons, in place of 5 km by 5 km around each airfield

catalogue = "https://catalogue.example/stac"    # a STAC API, or a static catalogue (address or file)
days = 30                        # how far back scenes are looked for; or since = "2023-10"
# max_cloud = 50                 # percent
# max_gsd = 1.0                  # metres per pixel
# asset = "visual"               # of the items; chosen if not given
# budget = 2000                  # megabytes that a round may fetch

folder = "watch"                 # for copies of scenes, and candidates
# detector = "network"
# model = "open"

# project = "Mali"               # review project: new scenes are pushed, verdicts pulled
log = "hardstand.db"             # a file, or the URL of a database
report = "watch/report.html"     # written as soon as the log has anything of these airfields
"""


@dataclass(frozen=True)
class WatchFile:
    """What is watched, and where everything goes.

    Attributes:
        airfields: ICAO codes.
        catalogue: Address or path.
        folder: For copies of scenes and candidates.
        areas: A file of the airfields' runways and aprons.
        days: How far back scenes are looked for; None with ``since``.
        since: From when on, ISO 8601; None with ``days``.
        max_cloud: Percent of cloud cover that a scene may state.
        max_gsd: Metres per pixel that a scene may state.
        asset: Key of the items' asset.
        budget: Megabytes that a round may fetch.
        detector: Its name.
        model: The network's weights.
        project: Title of the review project; None for no review.
        log: The sighting log, a file or a URL.
        report: The report's page; None for no report.
    """

    airfields: tuple[str, ...]
    catalogue: str
    folder: Path
    areas: Path | None = None
    days: float | None = None
    since: str | None = None
    max_cloud: float | None = None
    max_gsd: float | None = None
    asset: str | None = None
    budget: float | None = None
    detector: str = DETECTORS[0]
    model: str | None = None
    project: str | None = None
    log: str = "hardstand.db"
    report: Path | None = field(default=None)


_NUMBERS = ("days", "max_cloud", "max_gsd", "budget")
_PATHS = ("folder", "areas", "report")


def read_watch_file(path: str | os.PathLike[str]) -> WatchFile:
    """Read what is watched.

    Raises:
        UsageError: The file is not there or not TOML, or a setting is unknown, missing or wrong.
    """
    name = os.fspath(path)
    return _checked(name, read_toml(name, "check the path"))


def write_example(path: str | os.PathLike[str]) -> None:
    """Write a file to begin with.

    Raises:
        OutputExists: It is there.
        OutputUnwritable: The folder does not exist or cannot be written.
    """
    with whole_file(path) as part:
        part.write_text(EXAMPLE, encoding="utf-8")


def _checked(name: str, table: Mapping[str, Any]) -> WatchFile:
    members = {member.name: member.default for member in fields(WatchFile)}
    for key, value in table.items():
        if key not in members:
            raise UsageError(f"{name}: '{key}' is not a setting; there are {', '.join(members)}")
        if wrong := _wrong_kind(key, value):
            raise UsageError(f"{name}: {key} is not {wrong}")
    for key, default in members.items():
        if default is MISSING and key not in table:
            raise UsageError(f"{name}: {key} is missing")
    if ("days" in table) == ("since" in table):
        raise UsageError(f"{name}: give either days or since, which say how far back scenes are looked for")
    if table.get("detector", DETECTORS[0]) not in DETECTORS:
        raise UsageError(f"{name}: detector is not one of {', '.join(DETECTORS)}")
    if "since" in table:
        parse_acquired(table["since"], f"{name}: since")
    folder = Path(name).parent
    airfields = tuple(airfield_of(each, f"{name}: airfields").icao for each in table["airfields"])
    places: dict[str, Any] = {key: folder / table[key] for key in _PATHS if key in table}
    for key in ("catalogue", "log"):
        if "://" not in (text := table.get(key, WatchFile.log)):
            places[key] = str(folder / text)
    return WatchFile(**{**table, **places, "airfields": tuple(dict.fromkeys(airfields))})


def _wrong_kind(key: str, value: Any) -> str | None:
    """Return what a setting should be, if it is something else."""
    if key == "airfields":
        fits = isinstance(value, list) and bool(value) and all(isinstance(each, str) for each in value)
        return None if fits else "a list of airfields"
    if key in _NUMBERS:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return None if number and 0 < value < float("inf") else "a number over 0"
    return None if isinstance(value, str) and value.strip() else "a text"
