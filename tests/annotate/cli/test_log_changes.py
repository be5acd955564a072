"""What changed at an airfield and what happened there, from a log as the review fills it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from affine import Affine
from click.testing import Result
from pyproj import Transformer
from rasterio.crs import CRS

from annotate.log.entries import SceneReview, Verdict
from annotate.log.store import open_log
from imagery.grid import Grid
from imagery.record import SceneRecord

LON, LAT = -7.9499, 12.5335
EAST, NORTH = Transformer.from_crs(4326, 32629, always_xy=True).transform(LON, LAT)
DEGREE_M = 108_600  # of longitude at 12.5 degrees north
Done = Callable[..., str]


@pytest.fixture
def scene(scene_record: Callable[..., SceneRecord]) -> Callable[..., SceneRecord]:
    """Makes the record of a scene of a kilometre a side around the airfield."""

    def make(day: str | None, **members: Any) -> SceneRecord:
        grid = Grid(2000, 2000, Affine(0.5, 0, EAST - 500, 0, -0.5, NORTH + 500), CRS.from_epsg(32629))
        known = {
            "acquired": day,
            "path": f"images/{day}.tif",
            "sha256": f"{day}".encode().hex().ljust(64, "0"),
        }
        return scene_record(grid, **known | members)

    return make


@pytest.fixture
def filled(
    path: Path,
    scene: Callable[..., SceneRecord],
    verdict: Callable[..., Verdict],
    review: Callable[..., SceneReview],
) -> None:
    """A scene without aircraft, one with two, one with another in place of one, and one half reviewed."""
    days = ["2023-10-01", "2023-10-20", "2023-10-27", "2023-11-03"]
    records = [scene(day) for day in days]
    number = 0

    def aircraft(record: SceneRecord, east_m: float, **members: Any) -> Verdict:
        nonlocal number
        number += 1
        return verdict(number, scene=record, lon=LON + east_m / DEGREE_M, lat=LAT, **members)

    verdicts = [
        aircraft(records[1], 0),
        aircraft(records[1], 100),
        aircraft(records[2], 2),
        aircraft(records[2], 200, type="A400", length_m=45, wingspan_m=42.4),
    ]
    reviewed = [
        review(scene=record, footprint=record.grid.footprint(), candidates=4, tasks=4, reviewed=done)
        for record, done in zip(records, (4, 4, 4, 2), strict=True)
    ]
    with open_log(str(path), create=True) as log:
        log.record(verdicts)
        log.review(reviewed)


@pytest.mark.usefixtures("filled")
def test_changes_tell_of_each_pair_of_scenes(done: Done) -> None:
    pairs = json.loads(done("changes", "gabs", "--json"))
    counts = [
        [len(pair[name]) for name in ("occupied", "newly_empty", "newly_occupied", "unclear")]
        for pair in pairs
    ]
    assert counts == [[0, 0, 2, 0], [1, 1, 1, 0], [0, 0, 0, 2]]
    assert pairs[1]["newly_occupied"][0]["type"] == "A400"
    assert pairs[2]["unclear"][0]["reason"] == "not looked at"
    assert "searched by the machine only" in pairs[2]["unclear"][0]["because"]


@pytest.mark.usefixtures("filled")
def test_changes_fit_80_columns_and_keep_absence_and_ignorance_apart(done: Done) -> None:
    shown = done("changes", "GABS")
    assert max(map(len, shown.splitlines())) <= 80
    words = [line.split()[:2] for line in shown.splitlines() if line.startswith("  ") and line.strip()]
    marks = [word for word in words if word[0] in "=-+?"]
    assert marks == [
        ["+", "newly"], ["+", "newly"],
        ["=", "occupied"], ["-", "newly"], ["+", "newly"],
        ["?", "not"], ["?", "not"],
    ]  # fmt: skip


@pytest.mark.usefixtures("filled")
def test_the_timeline_tells_of_empty_scenes_and_keeps_reports_apart(done: Done) -> None:
    done("add", "--airfield", "GABS", "--when", "2023-10-25", "--source", "a post", "--type", "C130")
    done(
        "movement", "add", "GABS", "GAGO", "--since", "2023-08-20", "--evidence", "reported", "--source", "a"
    )
    done(
        "movement", "add", "GAGO", "DRRN", "--since", "2023-08-20", "--evidence", "reported", "--source", "a"
    )
    events = json.loads(done("timeline", "GABS", "--json"))
    assert [event["kind"] for event in events] == ["movement", "scene", "scene", "sighting", "scene", "scene"]
    assert [len(event["sightings"]) for event in events if event["kind"] == "scene"] == [0, 2, 2, 0]
    shown = done("timeline", "GABS")
    assert max(map(len, shown.splitlines())) <= 80
    lines = shown.splitlines()
    assert "no aircraft; all 4 tiles seen by a person" in " ".join(" ".join(lines).split())
    (report,) = (line for line in lines if line.startswith("2023-10-25"))
    assert "reported" in report


@pytest.mark.usefixtures("filled")
def test_two_runs_give_the_same(done: Done) -> None:
    for command in ("changes", "timeline"):
        assert done(command, "GABS", "--json") == done(command, "GABS", "--json")


def test_rendered_scenes_are_marked(
    done: Done, path: Path, scene: Callable[..., SceneRecord], verdict: Callable[..., Verdict]
) -> None:
    records = [scene(day, rendered=True) for day in ("2023-10-20", "2023-10-27")]
    with open_log(str(path), create=True) as log:
        log.record([verdict(number, scene=record) for number, record in enumerate(records)])
    assert done("changes", "GABS").count("RENDERED") == 2
    assert done("timeline", "GABS").count("RENDERED") == 2


def test_scenes_of_unknown_time_are_counted_and_not_compared(
    run: Callable[..., Result], path: Path, scene: Callable[..., SceneRecord], verdict: Callable[..., Verdict]
) -> None:
    with open_log(str(path), create=True) as log:
        log.record(
            [
                verdict(1, scene=scene("2023-10-20")),
                verdict(2, scene=replace(scene(None), acquired_precision="unknown")),
            ]
        )
    result = run("changes", "GABS")
    assert (
        "2 scenes (1 of unknown time left out) of GABS (Modibo Keita International Airport / Senou Airport)\n"
        in result.stderr
    )
    assert result.stderr.endswith("fewer than two scenes, so nothing to compare\n")
    assert result.stdout == ""


def test_an_airfield_of_which_nothing_is_known_is_named(run: Callable[..., Result], path: Path) -> None:
    with open_log(str(path), create=True):
        pass
    assert "nothing is known of KJFK" in run("timeline", "KJFK").stderr
    assert json.loads(run("timeline", "KJFK", "--json").stdout) == []
    assert "no scenes of KJFK" in run("changes", "KJFK").stderr


def test_an_unknown_code_is_refused_with_those_alike(refused: Callable[..., str], path: Path) -> None:
    assert "GABS" in refused("changes", "GABX")
    assert "GABS" in refused("timeline", "bko")
