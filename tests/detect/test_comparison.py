"""What is said of candidates in two scenes of one place, and what is withheld."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import rasterio
import shapely
from click.testing import CliRunner, Result

from detect.box import OrientedBox
from detect.candidate import CandidatesFile
from detect.compared import SceneComparison
from detect.comparison import compare_candidates
from detect.series import in_order_of_time, scenes_before
from hardstand import main
from imagery.area import area_on_earth
from imagery.errors import NoRegistration, StretchedScene
from imagery.record import SceneRecord
from imagery.scene import open_scene

Pixels = np.ndarray
Day = Callable[..., CandidatesFile]


def compared(earlier: CandidatesFile, later: CandidatesFile) -> SceneComparison:
    with open_scene(earlier.scene.path) as scene, open_scene(later.scene.path) as other:
        return compare_candidates(earlier, later, scene, other)


def test_what_came_and_went_is_told_of_scenes_that_lie_metres_apart(
    day: Day, apron: tuple[Pixels, list[OrientedBox]]
) -> None:
    earlier, later = day("2023-03-01", gone=(2,)), day("2023-03-08", gone=(0, 1), offset_m=(9.5, -6.0))
    result = compared(earlier, later)
    boxes = apron[1]
    went = {place.before.box.center for place in result.of("went") if place.before}
    assert {tuple(np.round(center)) for center in went} == {tuple(np.round(boxes[i].center)) for i in (0, 1)}
    (appeared,) = result.of("appeared")
    assert appeared.after is not None
    assert math.dist(appeared.after.box.center, boxes[2].center) < 1
    assert result.counts == {"appeared": 1, "went": 2, "stayed": len(boxes) - 3, "not comparable": 0}
    assert result.laid.registration is not None
    assert result.laid.to_json()["shift_m"] == pytest.approx([9.5, -6.0], abs=0.3)


def test_what_only_one_of_the_two_has_found_did_not_come_or_go(day: Day) -> None:
    """The detector misses some; the pixels are the same there."""
    result = compared(day("2023-03-01"), day("2023-03-08", unfound=(0,)))
    (place,) = result.of("not comparable")
    assert place.because == "both look the same there: missed in one of them, or not an aircraft"
    assert result.counts["went"] == 0


@pytest.mark.parametrize(
    ("limits", "because"),
    [
        ({"shown_from_m": 500.0}, "2023-03-08.tif is too coarse"),
        ({"found_from_m": 90.0}, "the detector misses many under 90 m in 2023-03-08.tif"),
    ],
)
def test_nothing_is_said_where_the_other_scene_cannot_show_it(
    limits: dict[str, float], because: str, day: Day
) -> None:
    result = compared(day("2023-03-01"), day("2023-03-08", gone=(0,), **limits))
    (place,) = result.of("not comparable")
    assert str(place.because).startswith(because)
    assert result.counts["went"] == 0


def test_nothing_is_said_under_cloud_and_outside(day: Day, apron: tuple[Pixels, list[OrientedBox]]) -> None:
    earlier, later = day("2023-03-01"), day("2023-03-08", gone=(0, 1))
    grid, (clouded, outside) = later.scene.grid, (apron[1][index].center for index in (0, 1))
    around = [area_on_earth(grid, shapely.Point(center).buffer(80)) for center in (clouded, outside)]
    assert later.limits
    assert later.searched
    later = replace(
        later,
        limits=later.limits._replace(clouds=around[0]),
        searched=shapely.MultiPolygon([shapely.difference(later.searched, around[1])]),
    )
    reasons = sorted(str(place.because) for place in compared(earlier, later).of("not comparable"))
    assert reasons == [
        "2023-03-08.tif has no data there, or was not searched there",
        "cloud over it in 2023-03-08.tif",
    ]


def test_unsure_candidates_are_counted_and_make_no_change(day: Day) -> None:
    faint, sure = day("2023-03-01", score=0.3), day("2023-03-08", gone=(0,), score=0.9)
    result = compared(faint, sure)
    assert (result.counts["went"], result.unsure) == (0, 1)
    assert {place.because for place in result.places} == {
        "2023-03-01.tif has only an unsure candidate there (score 0.30)"
    }


def test_scenes_that_cannot_be_laid_over_each_other_are_compared_by_a_stated_position_only(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    from detect import comparison

    def refuse(*_: object) -> None:
        raise NoRegistration("what they show does not agree")

    earlier, later = day("2023-03-01"), day("2023-03-08", gone=(0,))
    monkeypatch.setattr(comparison, "register", refuse)
    with pytest.raises(NoRegistration):
        compared(earlier, later)
    for file in (earlier, later):
        with rasterio.open(file.scene.path, "r+") as dataset:
            dataset.update_tags(POSITION_ERROR_M="1.5")
    result = compared(earlier, later)
    assert (result.laid.registration, result.laid.refused) == (None, "what they show does not agree")
    assert result.laid.error_m == pytest.approx(1.5 * math.sqrt(2))
    assert result.counts["went"] == 1
    assert all(
        "by georeference places are up to 5 m off" in str(p.because) for p in result.of("not comparable")
    )

    def stretched(*_: object) -> None:
        raise StretchedScene("one is stretched")

    monkeypatch.setattr(comparison, "register", stretched)
    with pytest.raises(StretchedScene):
        compared(earlier, later)


def test_scenes_are_put_in_order_and_follow_those_of_the_same_ground(
    scene_record: Callable[..., SceneRecord],
) -> None:
    monday, tuesday = scene_record(acquired="2023-10-02"), scene_record(acquired="2023-10-03")
    drawn = scene_record(acquired="2023-10-02", rendered=True)
    elsewhere = scene_record(acquired="2023-10-01", transform=(0.5, 0.0, 700_000.0, 0.0, -0.5, 4_500_000.0))
    unknown = scene_record(acquired=None)
    order = in_order_of_time([tuesday, unknown, monday, drawn, elsewhere])
    assert order == [elsewhere, monday, drawn, tuesday, unknown]
    assert scenes_before(order) == [None, None, None, 1, 3]


@pytest.fixture
def changes(cli: CliRunner) -> Callable[..., Result]:
    def run(*arguments: object) -> Result:
        return cli.invoke(main, ["changes", *map(str, arguments)], env={"COLUMNS": "80"})

    return run


def test_the_command_prints_a_table_that_fits_and_draws_both_scenes(
    day: Day, changes: Callable[..., Result], tmp_path: Path
) -> None:
    day("2023-03-08", gone=(0,), unfound=(1,))
    day("2023-03-01", gone=(2,))
    picture = tmp_path / "changes.png"
    # The scenes are named, in the wrong order; their candidates lie beside them.
    result = changes(tmp_path / "2023-03-08.tif", tmp_path / "2023-03-01.tif", "-o", picture)
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0] == "2023-03-01 2023-03-01.tif"
    assert lines[1] == "-> 2023-03-08 2023-03-08.tif"
    assert max(map(len, lines)) <= 80
    assert "candidates, seen by no person: 1 appeared, 1 went" in result.stdout
    assert "1 not comparable" in result.stdout
    assert "left" not in result.stdout
    drawn = cv2.imread(str(picture))
    assert drawn.shape[1] > 1.9 * 900
    again = changes(tmp_path, "-o", picture)
    assert again.exit_code == 2
    assert "already exists" in again.stderr


def test_the_command_compares_a_series_scene_by_scene(
    day: Day, changes: Callable[..., Result], tmp_path: Path
) -> None:
    for date, gone in (("2023-03-01", ()), ("2023-03-08", (0,)), ("2023-03-15", (0, 1))):
        day(date, gone=gone)
    result = changes(tmp_path, "--json")
    pairs = json.loads(result.stdout)
    assert [(pair["earlier"]["acquired"], pair["went"]) for pair in pairs] == [
        ("2023-03-01", 1),
        ("2023-03-08", 1),
    ]
    assert pairs[0]["places"][0]["before"]["type"] == "Feature"
    assert pairs[0]["places"][0]["after"] is None


def test_the_command_refuses_what_does_not_belong_together(
    day: Day, changes: Callable[..., Result], tmp_path: Path
) -> None:
    day("2023-03-01")
    day("2023-03-08", offset_m=(60.0, 20.0))
    result = changes(tmp_path)
    assert result.exit_code == 1
    assert "not compared: " in result.stdout
    assert "agree within 30 m" in " ".join(result.stdout.split())
    alone = changes(tmp_path / "2023-03-01.tif")
    assert alone.exit_code == 2
    assert "no two scenes of one place" in alone.stderr
