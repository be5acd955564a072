"""Absence is said only of what an analyst has seen in a scene that can show it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import shapely

from annotate.log.entries import Sighting
from annotate.query.changes import compare_scenes
from annotate.query.searched_scenes import SearchedScene
from annotate.query.shown import not_shown
from annotate.query.stand_matching import place_of
from detect.limits import SceneLimits
from imagery.area import area_on_earth

Scenes = Callable[..., SearchedScene]
Aircraft = Callable[..., Sighting]
LATER = "2023-10-27"


def around_the_stand(scene: SearchedScene, metres: float, east_m: float = 0) -> Any:
    """A square around the middle of the airfield, or beside it."""
    half, shift = metres, 2 * east_m  # at half a metre per pixel
    middle = 1200 + shift
    return area_on_earth(
        scene.record.grid, shapely.box(middle - half, 1200 - half, middle + half, 1200 + half)
    )


def reason(scene: SearchedScene, aircraft: Aircraft, **members: Any) -> str | None:
    one = aircraft(1, **members)
    place = place_of(one)
    assert place
    found = not_shown(scene, place, max(one.length_m, one.wingspan_m), lambda *_: 1.0)
    return found and found.reason


@pytest.fixture
def whole(searched: Scenes) -> SearchedScene:
    """A scene that people have seen all of."""
    return searched(LATER)


def test_a_scene_that_shows_the_place_says_so(whole: SearchedScene, sighting: Aircraft) -> None:
    assert reason(whole, sighting) is None


@pytest.mark.parametrize(("gsd_m", "expected"), [(3.0, None), (4.1, "too coarse"), (10.0, "too coarse")])
def test_a_scene_shows_no_aircraft_of_a_few_pixels(
    gsd_m: float, expected: str | None, searched: Scenes, sighting: Aircraft
) -> None:
    """A C-130 of 40 m is four pixels at 10 m: that it is not seen there says nothing."""
    limits = SceneLimits(resolution_m=gsd_m, shown_from_m=10 * gsd_m)
    assert reason(searched(LATER, limits=limits), sighting) == expected


@pytest.mark.parametrize(
    ("member", "expected"), [("hidden", "hidden"), ("clouds", "cloud"), ("searched", "no data")]
)
def test_what_hides_a_place_leaves_the_places_beside_it(
    member: str, expected: str, whole: SearchedScene, searched: Scenes, sighting: Aircraft
) -> None:
    over = around_the_stand(whole, 60)
    if member == "clouds":
        scene = searched(LATER, limits=SceneLimits(0.5, 5.0, clouds=over))
    elif member == "searched":
        scene = searched(LATER, searched=shapely.difference(whole.searched, over))
    else:
        scene = searched(LATER, **{member: over})
    assert reason(scene, sighting) == expected
    assert reason(scene, sighting, east_m=200) is None
    assert not_shown(scene, place_of(sighting(1)), 40.0, lambda *_: None).words.count(scene.name) == 1


def test_a_cloud_over_a_wing_hides_the_aircraft(
    whole: SearchedScene, searched: Scenes, sighting: Aircraft
) -> None:
    beside = around_the_stand(whole, 10, east_m=15)
    assert reason(searched(LATER, hidden=beside), sighting) == "hidden"
    assert reason(searched(LATER, hidden=beside), sighting, length_m=8.0, wingspan_m=11.0) is None


def test_each_tile_counts_by_itself(whole: SearchedScene, searched: Scenes, sighting: Aircraft) -> None:
    """One tile that nobody answered says nothing of the others."""
    unseen = shapely.difference(whole.seen, around_the_stand(whole, 125, east_m=300))
    scene = searched(LATER, seen=unseen, reviewed=3)
    assert reason(scene, sighting) is None
    assert reason(scene, sighting, east_m=300) == "not looked at"


def test_a_reviewed_aircraft_tells_of_its_stand_wherever_tiles_were_skipped(
    searched: Scenes, sighting: Aircraft
) -> None:
    other = sighting(11, type="A320", length_m=37.6, wingspan_m=35.8)
    later = searched(LATER, other, seen=None, reviewed=0)
    change = compare_scenes(searched("2023-10-20", sighting(1)), later, lambda *_: 1.0)
    (stand,) = change.occupied
    assert (stand.size, stand.verdict) == ("other", "by its size another aircraft")
    assert change.unclear == []


def test_the_reason_names_what_the_machine_alone_is_worth(searched: Scenes, sighting: Aircraft) -> None:
    scene = searched(LATER, seen=None, reviewed=0)
    words = not_shown(scene, place_of(sighting(1)), 40.0, lambda *_: 1.0).words
    assert words == (
        "nobody has looked there in 2023-10-27.tif; searched by the machine only (recall not measured)"
    )
