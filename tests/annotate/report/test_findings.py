"""What a scene says: aircraft, none, or not enough looked at to tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from annotate.log.entries import SceneReview, Sighting
from annotate.report.findings import Found, SceneFindings, findings_of, found_by_scene
from imagery.record import SceneRecord


@pytest.mark.parametrize(
    ("tasks", "reviewed_tasks", "found", "state"),
    [
        (3, 3, Found(shown=2, every=2), "aircraft"),
        (3, 1, Found(shown=2, every=2), "aircraft"),
        (3, 3, Found(shown=0, every=2), "others"),
        (3, 3, Found(), "none"),
        (3, 1, Found(), "partly"),
        (3, 1, Found(shown=0, every=2), "partly"),
        (3, 0, Found(), "unseen"),
        (0, 0, Found(), "unseen"),
    ],
)
def test_absence_is_claimed_only_where_every_tile_was_answered(
    reviewed: Callable[..., SceneReview],
    scene_record: Callable[..., SceneRecord],
    tasks: int,
    reviewed_tasks: int,
    found: Found,
    state: str,
) -> None:
    review = reviewed(scene_record(), tasks=tasks, reviewed=reviewed_tasks)
    (scene,) = findings_of([review], [], {"ab" * 32: found})
    assert scene.state == state
    assert scene.partial == (0 < reviewed_tasks < tasks)


def test_a_scene_that_two_projects_reviewed_is_as_far_as_the_further_one(
    reviewed: Callable[..., SceneReview], scene_record: Callable[..., SceneRecord]
) -> None:
    half = reviewed(scene_record(), tasks=10, reviewed=5)
    whole = reviewed(scene_record(), tasks=2, reviewed=2, project="Again", detector="template")
    (scene,) = findings_of([half, whole], [], {})
    assert (scene.tasks, scene.reviewed, scene.state) == (2, 2, "none")
    assert scene.detectors == ("network 3", "template 3")


def test_a_scene_without_a_logged_review_is_there_through_its_aircraft(
    reported: Callable[..., Sighting],
) -> None:
    known: dict[str, Any] = {"evidence": "seen", "scene_sha256": "12" * 32, "acquired": "2023-10"}
    seen = [reported(id="1", **known), reported(id="2", **known), reported(id="3")]
    (scene,) = findings_of([], seen, found_by_scene(seen, {"1", "2", "3"}))
    assert (scene.sha256, scene.acquired, scene.found.shown) == ("12" * 32, "2023-10", 2)
    assert scene.state == "aircraft"


def test_aircraft_that_the_report_leaves_out_are_counted_apart(reported: Callable[..., Sighting]) -> None:
    known: dict[str, Any] = {"evidence": "seen", "scene_sha256": "12" * 32}
    seen = [reported(id=str(number), **known) for number in range(4)]
    seen += [reported(id="4", **known | {"type": "AN12"}), reported(id="5")]
    found = found_by_scene(seen, {"0", "1", "4"})
    assert found == {"12" * 32: Found(shown=3, every=5, types=("C130", "AN12"))}


def test_scenes_come_in_the_order_they_were_taken_and_undated_ones_last(
    reviewed: Callable[..., SceneReview], scene_record: Callable[..., SceneRecord]
) -> None:
    days = {"11": None, "22": "2023-10-27", "33": "2023-08"}
    reviews = [reviewed(scene_record(sha256=key * 32, acquired=day)) for key, day in days.items()]
    scenes: list[SceneFindings] = findings_of(reviews, [], {})
    assert [scene.acquired for scene in scenes] == ["2023-08", "2023-10-27", None]
