"""The scenes of an airfield as the log has them: several reviews of one are one, and empty ones are there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import shapely

from annotate.log.entries import SceneReview, Verdict
from annotate.log.store import Log, open_log
from annotate.query.searched_scenes import SearchedScene, searched_scenes
from imagery.area import area_on_earth, area_to_json

Record = Callable[..., Any]
Review = Callable[..., SceneReview]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    with open_log(str(tmp_path / "log.db"), create=True) as opened:
        yield opened


@pytest.fixture
def said(verdict: Callable[..., Verdict]) -> Callable[..., Verdict]:
    """Makes a verdict of a scene."""
    return lambda number, scene, **members: verdict(number, scene=scene, **members)


def by_day(scenes: list[SearchedScene]) -> dict[str | None, SearchedScene]:
    return {scene.record.acquired: scene for scene in scenes}


def test_a_scene_without_aircraft_is_there(log: Log, record: Record, review: Review) -> None:
    log.review([review(record("2023-10-20"))])
    (scene,) = searched_scenes(log, "GABS")
    assert (scene.sightings, scene.complete, scene.coverage) == ((), True, "all 4 tiles seen by a person")
    assert scene.name == "2023-10-20.tif"


def test_a_scene_has_the_aircraft_that_were_seen_in_it(
    log: Log, record: Record, review: Review, said: Callable[..., Verdict]
) -> None:
    earlier, later = record("2023-10-20"), record("2023-10-27")
    log.review([review(earlier), review(later)])
    log.record([said(1, earlier), said(2, later), said(3, later), said(4, later, verdict="rejected")])
    scenes = by_day(searched_scenes(log, "GABS"))
    assert len(scenes["2023-10-20"].sightings) == 1
    assert len(scenes["2023-10-27"].sightings) == 2
    assert len(scenes["2023-10-27"].marked) == 2, "what was rejected marks nothing"


def test_of_several_reviews_all_that_people_have_seen_counts(
    log: Log, record: Record, review: Review
) -> None:
    scene = record("2023-10-20")
    west, east = (
        area_to_json(area_on_earth(scene.grid, shapely.box(*edges)))
        for edges in ((0, 0, 1200, 2400), (600, 0, 1800, 2400))
    )
    log.review(
        [
            review(scene, tiles=4, tasks=2, reviewed=2, seen=west, project="A"),
            review(scene, tiles=4, tasks=2, reviewed=2, seen=east, project="B"),
            review(scene, tiles=4, tasks=4, reviewed=0, project="C"),
        ]
    )
    (found,) = searched_scenes(log, "GABS")
    assert (found.tiles, found.reviewed, found.projects) == (4, 3, ("A", "B", "C"))
    assert found.seen.area == pytest.approx(0.75 * found.searched.area, rel=1e-4)


@pytest.mark.parametrize(
    ("tasks", "reviewed", "words"),
    [
        (3, 1, "1 of 3 tiles seen by a person, the rest searched by the machine only (recall not measured)"),
        (3, 0, "no tile of 3 seen by a person, all searched by the machine only (recall not measured)"),
        (0, 0, "no tile of 0 seen by a person, all searched by the machine only (recall not measured)"),
    ],
)
def test_what_nobody_looked_at_is_not_reviewed(
    tasks: int, reviewed: int, words: str, log: Log, record: Record, review: Review
) -> None:
    log.review([review(record("2023-10-20"), tasks=tasks, reviewed=reviewed)])
    (found,) = searched_scenes(log, "GABS")
    assert (found.complete, found.coverage) == (False, words)


def test_a_scene_that_only_verdicts_tell_of_may_be_reviewed_or_not(
    log: Log, record: Record, said: Callable[..., Verdict]
) -> None:
    """So it is in logs that an older hardstand made."""
    log.record([said(1, record("2023-10-20"))])
    (found,) = searched_scenes(log, "GABS")
    assert (found.complete, found.tiles) == (False, None)
    assert found.area is not None


def test_what_is_withdrawn_marks_nothing(log: Log, record: Record, said: Callable[..., Verdict]) -> None:
    scene = record("2023-10-20")
    log.record([said(1, scene), said(2, scene)])
    log.record([replace(said(2, scene), withdrawn="annotation deleted", annotated="2026-01-03T00:00:00Z")])
    (found,) = searched_scenes(log, "GABS")
    assert len(found.marked) == len(found.sightings) == 1


def test_other_airfields_are_left_out(
    log: Log, record: Record, review: Review, said: Callable[..., Verdict]
) -> None:
    scene = record("2023-10-20")
    log.review([review(scene, airfield="GAGO")])
    log.record([said(1, record("2023-10-27"), airfield="GAGO")])
    assert searched_scenes(log, "GABS") == []
    assert len(searched_scenes(log, "GAGO")) == 2
