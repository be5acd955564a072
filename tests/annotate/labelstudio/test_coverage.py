"""Where people have looked: the tiles that were answered with their candidates in sight, and no others."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import shapely

from annotate.labelstudio.coverage import with_coverage
from annotate.labelstudio.division import review_tasks
from annotate.labelstudio.pull_state import TaskState
from annotate.labelstudio.task_reading import Reading, read_task
from annotate.labelstudio.tasks import ReviewTask
from annotate.log.entries import SceneReview
from detect.candidate import CandidatesFile
from imagery.area import area_from_json

MADE = "2026-01-02T03:04:05.123456Z"


@pytest.fixture
def tasks(candidates_of: Callable[..., CandidatesFile]) -> list[ReviewTask]:
    """All four tiles of a scene; in the first and the last are candidates."""
    return review_tasks(candidates_of(), audit=1.0)


def read(task: ReviewTask, *annotations: dict[str, Any]) -> Reading:
    written = json.loads(json.dumps(task.to_json("a.jpg")))
    shared = {"completed_by": 1, "was_cancelled": False, "created_at": MADE, "updated_at": MADE}
    answer = {"result": written["predictions"][0]["result"], "parent_prediction": 5, "lead_time": 8.0}
    given = [{"id": 31 + n, **shared, **answer, **members} for n, members in enumerate(annotations)]
    listed = {"id": task.core.col + task.core.row, "updated_at": MADE, "data": written["data"]}
    reading = read_task({**listed, "annotations": given}, TaskState(), project="Bamako", analysts={1: "ana"})
    assert reading.state.left_out is None
    return reading


def review_of(readings: list[Reading]) -> SceneReview:
    review = readings[0].review
    assert review
    return with_coverage(review, [reading.state for reading in readings])


def seen_pixels(review: SceneReview) -> float:
    """The area that people have seen, in pixels of the scene."""
    area = area_from_json(review.seen)
    assert area is not None
    return float(shapely.transform(area, review.scene.grid.pixels).area)


def core_pixels(*tasks: ReviewTask) -> float:
    return float(sum(task.core.width * task.core.height for task in tasks))


def test_the_tiles_that_were_answered_are_seen(tasks: list[ReviewTask]) -> None:
    first, second, third, last = tasks
    review = review_of([read(first, {}), read(second, {}), read(third), read(last, {"was_cancelled": True})])
    assert (review.tiles, review.tasks, review.reviewed) == (4, 4, 2)
    assert seen_pixels(review) == pytest.approx(core_pixels(first, second), rel=1e-4)
    assert review.audits == ({"free": 2, "drawn": 2, "seen": [list(second.core)]},)


def test_tiles_that_nobody_was_shown_count_as_tiles(candidates_of: Callable[..., CandidatesFile]) -> None:
    shown = review_tasks(candidates_of())
    review = review_of([read(task, {}) for task in shown])
    assert (review.tiles, review.tasks, review.reviewed) == (4, 2, 2)
    assert seen_pixels(review) == pytest.approx(core_pixels(*shown), rel=1e-4)


def test_who_did_not_see_the_candidates_has_not_seen_the_tile(tasks: list[ReviewTask]) -> None:
    """An annotation that was begun from nothing says nothing of what the machine proposed there."""
    reading = read(tasks[0], {"result": [], "parent_prediction": None})
    assert (reading.unseen, reading.state.reviewed) == (("ana",), False)
    assert read(tasks[1], {"result": [], "parent_prediction": None}).state.reviewed, (
        "there was nothing to see"
    )


def test_a_core_of_two_tasks_is_seen_when_both_are_answered(tasks: list[ReviewTask]) -> None:
    """The second has the candidates of a detector that was run again."""
    assert review_of([read(tasks[0], {}), read(tasks[0])]).reviewed == 0
    again = review_of([read(tasks[0], {}), read(tasks[0], {})])
    assert (again.tasks, again.reviewed) == (1, 1)


def test_where_an_analyst_can_see_nothing_is_an_area(tasks: list[ReviewTask]) -> None:
    box = {"x": 40.0, "y": 40.0, "width": 20.0, "height": 10.0, "rotation": 0.0}
    cloud = {
        "id": "c",
        "type": "rectanglelabels",
        "from_name": "aircraft",
        "to_name": "image",
        "value": {**box, "rectanglelabels": ["Cannot see here"]},
    }
    review = review_of([read(tasks[1], {"result": [cloud]})])
    hidden = area_from_json(review.hidden)
    assert hidden is not None
    frame = tasks[1].frame
    pixels = 0.2 * frame.width * 0.1 * frame.height / frame.zoom**2
    assert shapely.transform(hidden, review.scene.grid.pixels).area == pytest.approx(pixels, rel=0.01)
    assert review.reviewed == 1


def test_a_scene_without_a_place_has_counts_and_no_areas(
    candidates_of: Callable[..., CandidatesFile], scene_record: Callable[..., Any]
) -> None:
    nowhere = review_tasks(candidates_of(scene=scene_record(crs=None)))
    review = review_of([read(task, {}) for task in nowhere])
    assert (review.reviewed, review.seen, review.hidden) == (len(nowhere), None, None)
