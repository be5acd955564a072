"""The scenes of an airfield as the log has them: several reviews of one are one, and empty ones are there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from annotate.log.entries import SceneReview, Verdict
from annotate.log.store import Log, open_log
from annotate.query.searched_scenes import SearchedScene, searched_scenes

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
    assert (scene.sightings, scene.complete, scene.review) == ((), True, "all of it reviewed")
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


def test_of_several_reviews_the_one_that_got_furthest_counts(
    log: Log, record: Record, review: Review
) -> None:
    scene = record("2023-10-20")
    log.review(
        [
            review(scene, tasks=4, reviewed=1, project="A"),
            review(scene, tasks=2, reviewed=2, project="B"),
            review(scene, tasks=9, reviewed=0, project="C"),
        ]
    )
    (found,) = searched_scenes(log, "GABS")
    assert (found.tasks, found.reviewed, found.projects) == (2, 2, ("A", "B", "C"))


@pytest.mark.parametrize(
    ("tasks", "reviewed", "words"),
    [
        (3, 1, "1 of 3 tiles reviewed"),
        (3, 0, "nobody has looked at it yet"),
        (0, 0, "nobody has looked at it yet"),
    ],
)
def test_what_nobody_looked_at_is_not_reviewed(
    tasks: int, reviewed: int, words: str, log: Log, record: Record, review: Review
) -> None:
    log.review([review(record("2023-10-20"), tasks=tasks, reviewed=reviewed)])
    (found,) = searched_scenes(log, "GABS")
    assert (found.complete, found.review) == (False, words)


def test_a_scene_that_only_verdicts_tell_of_may_be_reviewed_or_not(
    log: Log, record: Record, said: Callable[..., Verdict]
) -> None:
    """So it is in logs that an older hardstand made."""
    log.record([said(1, record("2023-10-20"))])
    (found,) = searched_scenes(log, "GABS")
    assert (found.complete, found.tasks) == (False, None)
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
