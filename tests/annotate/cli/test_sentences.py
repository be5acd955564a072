"""Sentences that must not be said: that an aircraft is gone, or the same, where nobody can know."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import shapely
from affine import Affine
from pyproj import Transformer
from rasterio.crs import CRS

from annotate.log.entries import SceneReview, Verdict
from annotate.log.store import open_log
from annotate.report.page import write_report
from detect.limits import SceneLimits
from imagery.area import area_on_earth, area_to_json
from imagery.grid import Grid
from imagery.record import SceneRecord

LON, LAT = -7.9499, 12.5335
EAST, NORTH = Transformer.from_crs(4326, 32629, always_xy=True).transform(LON, LAT)
GRID = Grid(2000, 2000, Affine(0.5, 0, EAST - 500, 0, -0.5, NORTH + 500), CRS.from_epsg(32629))


def part(left: int, right: int) -> Any:
    """The part of the scene between two columns; the aircraft stands at column 1000."""
    return area_on_earth(GRID, shapely.box(left, 0, right, 2000))


# What the later scene is like, and the reason that must be given.
CASES: dict[str, tuple[dict[str, Any], str]] = {
    "a coarse scene": ({"limits": SceneLimits(10.0, 100.0).to_json()}, "too coarse"),
    "cloud": ({"limits": SceneLimits(0.5, 5.0, clouds=part(900, 1100)).to_json()}, "cloud over it"),
    "a mark": ({"hidden": area_to_json(part(900, 1100))}, "an analyst could not see there"),
    "a skipped tile": (
        {"tasks": 4, "reviewed": 3, "seen": area_to_json(part(0, 900))},
        "nobody has looked there",
    ),
    "an unshown tile": (
        {"tasks": 1, "reviewed": 1, "tiles": 4, "seen": area_to_json(part(1500, 2000))},
        "machine",
    ),
}


@pytest.fixture
def logged(
    path: Path,
    scene_record: Callable[..., SceneRecord],
    verdict: Callable[..., Verdict],
    review: Callable[..., SceneReview],
) -> Callable[..., None]:
    """Logs an aircraft in a scene of July, and what is given for one of October."""

    def log_both(later: dict[str, Any], *, day: str | None = "2023-10-18", again: bool = False) -> None:
        records = [
            scene_record(GRID, acquired=taken, path=f"{name}.tif", sha256=name.encode().hex().ljust(64, "0"))
            for name, taken in (("july", "2023-07-07"), ("october", day))
        ]
        with open_log(str(path), create=True) as log:
            seen = records if again else records[:1]
            log.record([verdict(n, scene=one, lon=LON, lat=LAT) for n, one in enumerate(seen)])
            whole = {"candidates": 1, "tasks": 4, "reviewed": 4}
            states = ({}, later)
            log.review(
                review(scene=one, footprint=GRID.footprint(), **{**whole, **state})
                for one, state in zip(records, states, strict=True)
            )

    return log_both


@pytest.fixture
def page(path: Path) -> Callable[[], str]:
    """Writes the report of the log, and reads it."""

    def written() -> str:
        with open_log(str(path)) as log:
            return write_report(log, path.with_name("report.html")).path.read_text(encoding="utf-8")

    return written


EMPTY_IN_REPORT = ("<b>newly empty</b>", '<td class="empty">')


@pytest.mark.parametrize("case", CASES)
def test_what_could_not_be_seen_is_not_gone(
    case: str, logged: Callable[..., None], done: Callable[..., str], page: Callable[[], str]
) -> None:
    later, why = CASES[case]
    logged(later)
    shown = " ".join(done("changes", "GABS").split())
    assert "newly empty" not in shown
    assert "? not visible" in shown
    assert why in shown
    timeline = done("timeline", "GABS").split()
    assert "october.tif: no aircraft; all" not in " ".join(timeline)
    assert timeline[-4:] == ["stand", "1", "C130", "?"]
    report = page()
    assert not any(sentence in report for sentence in EMPTY_IN_REPORT)
    assert '<td class="hidden">' in report


def test_what_was_seen_to_be_empty_is(
    logged: Callable[..., None], done: Callable[..., str], page: Callable[[], str]
) -> None:
    logged({})
    assert "- newly empty" in done("changes", "GABS")
    assert done("timeline", "GABS").split()[-4:] == ["stand", "1", "C130", "."]
    report = page()
    assert all(sentence in report for sentence in EMPTY_IN_REPORT)


def test_an_aircraft_of_the_same_size_is_not_the_same(
    logged: Callable[..., None], done: Callable[..., str]
) -> None:
    logged({}, again=True)
    shown = " ".join(done("changes", "GABS").split())
    assert "same stand, same size, same type, 103 days apart: may be another" in shown
    assert "stayed" not in shown


def test_a_scene_of_unknown_time_is_before_or_after_nothing(
    logged: Callable[..., None], done: Callable[..., str]
) -> None:
    logged({}, day=None)
    assert done("changes", "GABS") == ""
