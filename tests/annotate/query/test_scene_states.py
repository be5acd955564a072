"""What a scene says: aircraft, none, or not enough looked at to tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from annotate.log.entries import SceneReview, Sighting
from annotate.query.searched_scenes import gather_scenes
from imagery.record import SceneRecord

HASH = "12" * 32
SEEN: dict[str, Any] = {"evidence": "seen", "scene_sha256": HASH}


@pytest.mark.parametrize(
    ("tasks", "reviewed", "asked_for", "every", "state"),
    [
        (3, 3, 2, 2, "aircraft"),
        (3, 1, 2, 2, "aircraft"),
        (3, 3, 0, 2, "others"),
        (3, 3, 0, 0, "none"),
        (3, 1, 0, 0, "partly"),
        (3, 1, 0, 2, "partly"),
        (3, 0, 0, 0, "unseen"),
        (0, 0, 0, 0, "unseen"),
    ],
)
def test_absence_is_claimed_only_where_every_tile_was_answered(
    review: Callable[..., SceneReview],
    scene_record: Callable[..., SceneRecord],
    reported: Callable[..., Sighting],
    tasks: int,
    reviewed: int,
    asked_for: int,
    every: int,
    state: str,
) -> None:
    sightings = [reported(id=str(number), **SEEN) for number in range(every)]
    reviews = [review(scene_record(sha256=HASH), tasks=tasks, reviewed=reviewed)]
    (scene,) = gather_scenes(reviews, sightings[:asked_for], every=sightings)
    assert scene.state == state
    assert scene.partial == (0 < reviewed < tasks)


def test_a_scene_that_two_projects_reviewed_is_as_far_as_the_further_one(
    review: Callable[..., SceneReview], scene_record: Callable[..., SceneRecord]
) -> None:
    half = review(scene_record(), tasks=10, reviewed=5, detector="network", detector_version="3")
    again = {"project": "Again", "detector": "template", "detector_version": "3"}
    whole = review(scene_record(), tasks=10, reviewed=10, **again)
    (scene,) = gather_scenes([half, whole], [])
    assert (scene.tiles, scene.reviewed, scene.state) == (10, 10, "none")
    assert scene.detectors == ("network 3", "template 3")


def test_a_scene_without_a_logged_review_is_there_through_its_aircraft(
    reported: Callable[..., Sighting],
) -> None:
    seen = [reported(id=number, acquired="2023-10", **SEEN) for number in "12"]
    (scene,) = gather_scenes([], [*seen, reported(id="3")])
    assert (scene.sha256, scene.acquired, len(scene.sightings)) == (HASH, "2023-10", 2)
    assert (scene.state, scene.record, scene.footprint) == ("aircraft", None, None)


def test_aircraft_that_are_not_asked_for_are_counted_apart(reported: Callable[..., Sighting]) -> None:
    seen = [reported(id=str(number), type="C130", **SEEN) for number in range(4)]
    seen += [reported(id="4", type="AN12", **SEEN), reported(id="5")]
    (scene,) = gather_scenes([], [seen[0], seen[1], seen[4]], every=seen)
    assert (len(scene.sightings), scene.others, scene.types) == (3, 2, ("C130", "AN12"))


def test_what_was_withdrawn_is_not_in_a_scene(reported: Callable[..., Sighting]) -> None:
    withdrawn = reported(id="1", status="withdrawn", **SEEN)
    (scene,) = gather_scenes([], [withdrawn], every=[reported(id="2", **SEEN)])
    assert (scene.sightings, scene.others, scene.state) == ((), 1, "others")


def test_scenes_come_in_the_order_they_were_taken_and_undated_ones_last(
    review: Callable[..., SceneReview], scene_record: Callable[..., SceneRecord]
) -> None:
    days = {"11": None, "22": "2023-10-27", "33": "2023-08"}
    reviews = [review(scene_record(sha256=key * 32, acquired=day)) for key, day in days.items()]
    assert [scene.acquired for scene in gather_scenes(reviews, [])] == ["2023-08", "2023-10-27", None]
