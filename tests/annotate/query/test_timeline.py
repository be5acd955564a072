"""What the log knows of an airfield, in order, with absence and hearsay told for what they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from annotate.log.entries import Movement, Sighting
from annotate.query.searched_scenes import SearchedScene
from annotate.query.timeline import order_events

Aircraft = Callable[..., Sighting]


def test_everything_is_in_the_order_in_which_it_may_have_begun(
    searched: Callable[..., SearchedScene], sighting: Aircraft, movement: Callable[..., Movement]
) -> None:
    seen = sighting(1)
    scenes = [searched("2023-10-27", seen), searched(None), searched("2023-10-20")]
    report = {"evidence": "reported", "scene_sha256": None, "scene_path": None}
    reports = [sighting(2, acquired="2023-10-25T10:00Z", **report), sighting(3, acquired=None, **report)]
    routes = [movement(since="2023-08-20"), movement(id="ee" * 8, since=None, until=None)]
    events = order_events(scenes, [*scenes[0].sightings, *reports], routes)
    assert [event.kind for event in events] == [
        "movement", "scene", "sighting", "scene", "movement", "scene", "sighting",
    ]  # fmt: skip
    assert [event.span is None for event in events] == [False] * 4 + [True] * 3
    assert events[3].entry == scenes[0], "what was seen is told with its scene, once"


def test_what_was_seen_in_a_scene_that_the_log_does_not_know_is_told(sighting: Aircraft) -> None:
    """It may have come from another log."""
    (event,) = order_events([], [sighting(1)], [])
    assert event.kind == "sighting"


def test_what_another_reports_of_a_scene_that_is_here_is_told_apart_from_it(
    searched: Callable[..., SearchedScene], sighting: Aircraft
) -> None:
    """So does what was imported: it names the image, and nobody saw it here."""
    scene = searched("2023-10-27")
    told = sighting(1, evidence="reported", scene_sha256=scene.record.sha256)
    assert [event.kind for event in order_events([scene], [told], [])] == ["scene", "sighting"]


def test_the_same_log_gives_the_same_order(
    searched: Callable[..., SearchedScene], sighting: Aircraft, movement: Callable[..., Movement]
) -> None:
    report: dict[str, Any] = {"evidence": "reported", "acquired": "2023-08"}
    sightings = [sighting(number, **report) for number in range(5)]
    routes = [movement(id=f"{number:016x}", since="2023-08") for number in range(5)]
    scenes = [searched("2023-08")]
    assert order_events(scenes, sightings, routes) == order_events(scenes, sightings[::-1], routes[::-1])


def test_it_can_be_written_as_json(
    searched: Callable[..., SearchedScene], sighting: Aircraft, movement: Callable[..., Movement]
) -> None:
    events = order_events([searched("2023-10-20")], [sighting(1, evidence="reported")], [movement()])
    members = json.loads(json.dumps([event.to_json() for event in events]))
    assert [one["kind"] for one in members] == ["movement", "scene", "sighting"]
    assert members[0]["evidence"] == "reported"
    assert members[1]["sightings"] == []
