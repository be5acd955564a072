"""What changed at an airfield, with what two scenes can't tell kept apart from absence."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate.log.entries import Sighting
from annotate.query.changes import Change, compare_days, compare_scenes, compare_successive
from annotate.query.searched_scenes import SearchedScene
from annotate.query.stand_matching import tolerance_m
from detect.limits import SceneLimits
from imagery.grid import LonLat

Scenes = Callable[..., SearchedScene]
Aircraft = Callable[..., Sighting]
EARLIER, LATER = "2023-10-20", "2023-10-27"


def whole(scene: SearchedScene, place: LonLat, reach_m: float) -> float:
    """A scene without gaps."""
    return 1.0


def outcomes(found: Change) -> dict[str, list[int]]:
    """The aircraft by what is known of their stand, by number; of occupied stands, the earlier one's."""
    return {
        "occupied": [int(pair.before.id, 16) for pair in found.occupied],
        "emptied": [int(one.id, 16) for one in found.newly_empty],
        "new": [int(one.id, 16) for one in found.newly_occupied],
        "unclear": [int(one.sighting.id, 16) for one in found.unclear],
    }


def reasons(found: Change) -> list[str]:
    return [one.because for one in found.unclear]


def test_stands_are_occupied_or_newly_empty_or_newly_occupied(searched: Scenes, sighting: Aircraft) -> None:
    earlier = searched(EARLIER, sighting(1), sighting(2, 100))
    later = searched(LATER, sighting(11, 2, 3), sighting(13, -200))
    found = compare_scenes(earlier, later, whole)
    assert outcomes(found) == {"occupied": [1], "emptied": [2], "new": [13], "unclear": []}
    assert found.occupied[0].after.id == f"{11:016x}"
    assert found.occupied[0].distance_m == pytest.approx(13**0.5, abs=0.01)


@given(st.floats(0, 40), st.floats(0.5, 10), st.floats(0.5, 10))
def test_a_stand_is_the_same_within_the_scenes_errors(
    searched: Scenes, sighting: Aircraft, distance: float, error: float, other_error: float
) -> None:
    before = sighting(1, position_error_m=error)
    after = sighting(11, distance, position_error_m=other_error)
    found = compare_scenes(searched(EARLIER, before), searched(LATER, after), whole)
    stayed = distance <= max(40.4 / 2, 2.146 * (error**2 + other_error**2) ** 0.5)
    assert outcomes(found) == (
        {"occupied": [1], "emptied": [], "new": [], "unclear": []}
        if stayed
        else {"occupied": [], "emptied": [1], "new": [11], "unclear": []}
    )


def test_an_error_that_nobody_states_is_that_of_a_satellite_without_ground_control(
    sighting: Aircraft,
) -> None:
    assert tolerance_m(sighting(), sighting()) == pytest.approx(17.0, abs=0.1)


def test_another_size_on_the_same_stand_is_another_aircraft(searched: Scenes, sighting: Aircraft) -> None:
    earlier = searched(EARLIER, sighting(1, type=None))
    later = searched(LATER, sighting(11, type=None, length_m=37.6, wingspan_m=35.8))
    found = compare_scenes(earlier, later, whole)
    assert outcomes(found) == {"occupied": [1], "emptied": [], "new": [], "unclear": []}
    (stand,) = found.occupied
    assert (stand.words, stand.verdict) == ("same stand, other size", "by its size another aircraft")
    assert stand.against == ("sizes differ by more than their errors",)


def test_the_same_size_on_the_same_stand_may_be_another_aircraft(
    searched: Scenes, sighting: Aircraft
) -> None:
    """At a gate another aircraft of a common type stands there every few hours."""
    found = compare_scenes(searched("2023-07-07", sighting(1)), searched("2023-10-18", sighting(11)), whole)
    (stand,) = found.occupied
    assert (stand.words, stand.verdict) == ("same stand, same size, same type", "may be another")
    assert found.interval == "103 days apart"


def test_one_tail_number_that_people_read_in_both_is_one_aircraft(
    searched: Scenes, sighting: Aircraft
) -> None:
    one, other = (sighting(n, tail_number="5U-MBX") for n in (1, 11))
    (stand,) = compare_scenes(searched(EARLIER, one), searched(LATER, other), whole).occupied
    assert stand.verdict == "one tail number in both"
    assert stand.for_same[0] == "tail number 5U-MBX read by people in both"
    another = searched(LATER, sighting(11, tail_number="TZ-PRM"))
    (stand,) = compare_scenes(searched(EARLIER, one), another, whole).occupied
    assert (stand.verdict, stand.against) == (
        "two tail numbers: another aircraft",
        ("tail number 5U-MBX, then TZ-PRM",),
    )


def test_what_stands_as_the_others_did_speaks_for_one_aircraft_and_what_moved_against_it(
    searched: Scenes, sighting: Aircraft
) -> None:
    """All of the later scene lies 5 m east of the earlier one; one aircraft was moved by 7 m besides."""
    spots = {1: 0, 2: 100, 3: 200, 4: -100, 5: -200}
    before = [sighting(n, east) for n, east in spots.items()]
    after = [sighting(10 + n, east + 5, 7 if n == 5 else 0) for n, east in spots.items()]
    stands = compare_scenes(searched(EARLIER, *before), searched(LATER, *after), whole).occupied
    for_same = {int(stand.before.id, 16): stand.for_same for stand in stands}
    against = {int(stand.before.id, 16): stand.against for stand in stands}
    assert for_same[1][-1].startswith("stands within 0.1 m and 3")
    assert against[5] == ("stands 7 m from there, by the other stands",)
    assert against[1] == ()


def test_a_stand_that_was_empty_in_between_speaks_against_one_aircraft(
    searched: Scenes, sighting: Aircraft
) -> None:
    scenes = [searched(EARLIER, sighting(1)), searched("2023-10-24"), searched(LATER, sighting(11))]
    (change,) = compare_days(scenes, EARLIER, LATER, whole)
    assert change.occupied[0].against == ("the stand was empty in 2023-10-24.tif",)
    unseen = searched("2023-10-24", seen=None, reviewed=0)
    (change,) = compare_days([scenes[0], unseen, scenes[2]], EARLIER, LATER, whole)
    assert change.occupied[0].against == (), "nobody has looked there"


def test_sizes_that_their_errors_leave_open_are_called_neither_the_same_nor_other(
    searched: Scenes, sighting: Aircraft
) -> None:
    """Of one aircraft in two scenes every eighth pair differs by more than two standard errors."""
    one, other = (
        sighting(n, type=None, wingspan_m=metres, length_error_m=1.0, wingspan_error_m=1.0)
        for n, metres in ((1, 40.4), (11, 44.4))
    )
    (stand,) = compare_scenes(searched(EARLIER, one), searched(LATER, other), whole).occupied
    assert (stand.size, stand.words, stand.verdict) == ("unknown", "same stand", "may be another")
    assert stand.against == ("sizes differ by 2 to 4 of their standard errors",)


def test_a_size_within_error_is_the_same(searched: Scenes, sighting: Aircraft) -> None:
    later = searched(LATER, sighting(11, length_m=30.9, wingspan_m=38.9))
    assert outcomes(compare_scenes(searched(EARLIER, sighting(1)), later, whole))["occupied"] == [1]


@pytest.mark.parametrize(
    ("heading", "sure", "turned"),
    [(75, True, False), (240, True, True), (240, False, False), (150, False, True)],
)
def test_an_aircraft_that_turned_has_moved_in_between(
    heading: float, sure: bool, turned: bool, searched: Scenes, sighting: Aircraft
) -> None:
    later = searched(LATER, sighting(11, heading_deg=heading, heading_sure=sure))
    (stand,) = compare_scenes(searched(EARLIER, sighting(1)), later, whole).occupied
    assert ("its nose points another way" in stand.against) is turned


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ({"status": "disputed"}, "analysts disagree"),
    ],
)
def test_what_stands_there_in_both_but_is_not_surely_one_is_not_told(
    members: dict[str, Any], why: str, searched: Scenes, sighting: Aircraft
) -> None:
    found = compare_scenes(searched(EARLIER, sighting(1)), searched(LATER, sighting(11, **members)), whole)
    assert outcomes(found) == {"occupied": [], "emptied": [], "new": [], "unclear": [1, 11]}
    assert all(why in reason for reason in reasons(found))


def test_what_people_call_otherwise_or_nobody_measured_is_said_of_the_stand(
    searched: Scenes, sighting: Aircraft
) -> None:
    before = searched(EARLIER, sighting(1))
    (stand,) = compare_scenes(before, searched(LATER, sighting(11, type="C30J")), whole).occupied
    assert (stand.words, stand.against) == (
        "same stand, same size, other type",
        ("first called C130, then C30J",),
    )
    (stand,) = compare_scenes(before, searched(LATER, sighting(11, length_m=None)), whole).occupied
    assert stand.words == "same stand, same type"


def test_a_stand_that_another_aircraft_stands_over_is_not_empty(searched: Scenes, sighting: Aircraft) -> None:
    fighters = [sighting(n, 12.0 * n, length_m=15, wingspan_m=10, type=None) for n in (1, 2)]
    large = sighting(11, 18.0, length_m=70, wingspan_m=65, type=None)
    found = compare_scenes(searched(EARLIER, *fighters), searched(LATER, large), whole)
    assert (len(found.occupied), found.newly_empty, len(found.unclear)) == (1, [], 1)
    assert "stands partly over it" in reasons(found)[0]


def test_a_row_of_aircraft_alike_stays_where_the_scenes_fit(searched: Scenes, sighting: Aircraft) -> None:
    row = [sighting(number, 15.0 * number, length_m=15, wingspan_m=10, type="F16") for number in range(1, 6)]
    moved = [sighting(10 + n, 15.0 * n + 1, length_m=15, wingspan_m=10, type="F16") for n in (1, 2, 4, 5)]
    found = compare_scenes(searched(EARLIER, *row), searched(LATER, *moved), whole)
    assert {name: sorted(ids) for name, ids in outcomes(found).items()} == {
        "occupied": [1, 2, 4, 5],
        "emptied": [3],
        "new": [],
        "unclear": [],
    }


def test_a_row_that_lies_between_the_stands_of_the_other_is_not_told(
    searched: Scenes, sighting: Aircraft
) -> None:
    """Which is which would be a guess: the scenes are off by half the way to the next stand."""
    row = [sighting(number, 15.0 * number, length_m=15, wingspan_m=10, type="F16") for number in range(1, 4)]
    moved = [sighting(10 + n, 15.0 * n - 8, length_m=15, wingspan_m=10, type="F16") for n in range(1, 4)]
    found = compare_scenes(searched(EARLIER, *row), searched(LATER, *moved), whole)
    assert found.occupied == []
    assert any("similar aircraft stand closer together" in reason for reason in reasons(found))


def test_what_the_other_scene_does_not_show_is_no_absence(searched: Scenes, sighting: Aircraft) -> None:
    """The later scene ends between the two, and cuts the wing of neither."""
    earlier = searched(EARLIER, sighting(1, 0), sighting(2, 500))
    found = compare_scenes(earlier, searched(LATER, east_m=-300), whole)
    assert outcomes(found) == {"occupied": [], "emptied": [1], "new": [], "unclear": [2]}
    assert "shows" in reasons(found)[0]


def test_what_the_other_scene_shows_in_part_is_no_absence(searched: Scenes, sighting: Aircraft) -> None:
    found = compare_scenes(searched(EARLIER, sighting(1, 290)), searched(LATER, east_m=-300), whole)
    assert outcomes(found)["unclear"] == [1], "its middle is 10 m inside, its wing tip is not"


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ({"seen": None, "reviewed": 0}, "nobody has looked there"),
        ({"seen": None, "reviewed": 3}, "searched by the machine only (recall not measured)"),
        ({"tiles": None, "seen": None, "reviewed": 0}, "not known where people have looked"),
        ({"footprint": None}, "no place on Earth"),
    ],
)
def test_what_nobody_looked_for_is_no_absence(
    members: dict[str, Any], why: str, searched: Scenes, sighting: Aircraft
) -> None:
    empty = searched(LATER, **members)
    found = compare_scenes(searched(EARLIER, sighting(1)), empty, whole)
    assert outcomes(found)["unclear"] == [1]
    assert why in reasons(found)[0]
    backwards = compare_scenes(searched(EARLIER, **members), searched(LATER, sighting(11)), whole)
    assert outcomes(backwards)["unclear"] == [11], "nor is it an arrival"


def test_a_gap_in_the_other_scene_is_no_absence(searched: Scenes, sighting: Aircraft) -> None:
    found = compare_scenes(searched(EARLIER, sighting(1)), searched(LATER), lambda *_: 0.4)
    assert (outcomes(found)["unclear"], reasons(found)) == ([1], [f"{LATER}.tif has no data there"])


def test_a_gap_that_cannot_be_looked_up_is_none(searched: Scenes, sighting: Aircraft) -> None:
    assert outcomes(compare_scenes(searched(EARLIER, sighting(1)), searched(LATER), lambda *_: None))[
        "emptied"
    ] == [1]


def test_a_mark_that_others_have_not_agreed_to_yet_is_no_absence(
    searched: Scenes, sighting: Aircraft
) -> None:
    one = sighting(1)
    found = compare_scenes(searched(EARLIER, one), searched(LATER, marked=(placed(one),)), whole)
    assert outcomes(found)["unclear"] == [1]
    assert "not agreed" in reasons(found)[0]


def placed(one: Sighting) -> LonLat:
    assert one.lon is not None
    assert one.lat is not None
    return LonLat(one.lon, one.lat)


@pytest.mark.parametrize("later", [{"tiles": None}, {"seen": None, "reviewed": 3}])
def test_a_person_who_said_that_an_aircraft_is_gone_has_looked_there(
    later: dict[str, Any], searched: Scenes, sighting: Aircraft
) -> None:
    """The tile may not count as seen: another analyst has not answered the other task of it."""
    one, neighbour = sighting(1), sighting(2, 30)
    found = compare_scenes(
        searched(EARLIER, one, neighbour), searched(LATER, gone=(placed(sighting(1, 3)),), **later), whole
    )
    assert (outcomes(found)["emptied"], outcomes(found)["unclear"]) == ([1], [2])
    assert found.said_empty(found.newly_empty[0])
    assert found.to_json()["said_empty"] == [one.id]


@pytest.mark.parametrize(
    ("later", "why"),
    [
        ({"limits": SceneLimits(resolution_m=10.0, shown_from_m=100.0)}, "too coarse"),
        ({"marked": True}, "not agreed"),
    ],
)
def test_a_person_who_said_that_an_aircraft_is_gone_may_not_have_been_able_to_tell(
    later: dict[str, Any], why: str, searched: Scenes, sighting: Aircraft
) -> None:
    one = sighting(1)
    marks = {"marked": (placed(one),)} if "marked" in later else later
    found = compare_scenes(searched(EARLIER, one), searched(LATER, gone=(placed(one),), **marks), whole)
    assert [(each.reason, found.newly_empty) for each in found.unclear] == [(why, [])]


def test_a_stand_that_nobody_was_asked_about_is_empty_without_their_word(
    searched: Scenes, sighting: Aircraft
) -> None:
    found = compare_scenes(searched(EARLIER, sighting(1)), searched(LATER), whole)
    assert not found.said_empty(found.newly_empty[0])


def test_an_aircraft_that_analysts_disagree_about_did_not_leave(searched: Scenes, sighting: Aircraft) -> None:
    found = compare_scenes(searched(EARLIER, sighting(1, status="disputed")), searched(LATER), whole)
    assert outcomes(found)["unclear"] == [1]


def test_two_scenes_of_one_day_have_no_order(searched: Scenes, sighting: Aircraft) -> None:
    one = searched(LATER, sighting(1), sighting(2, 100), scene={"path": "a.tif", "sha256": "aa" * 32})
    other = searched(f"{LATER}T10:36Z", sighting(11), scene={"path": "b.tif", "sha256": "bb" * 32})
    found = compare_scenes(one, other, whole)
    assert outcomes(found) == {"occupied": [1], "emptied": [], "new": [], "unclear": [2]}
    assert "taken first" in reasons(found)[0]


def test_scenes_are_compared_in_the_order_they_were_taken(searched: Scenes) -> None:
    days = ["2023-10-27", "2022-01", None, "2023-10-27T10:36:11Z", "2023-01-01"]
    scenes = [searched(day) for day in days]
    pairs = [
        (one.earlier.record.acquired, one.later.record.acquired) for one in compare_successive(scenes, whole)
    ]
    assert pairs == [
        ("2022-01", "2023-01-01"),
        ("2023-01-01", "2023-10-27"),
        ("2023-10-27", "2023-10-27T10:36:11Z"),
    ]


def test_a_stand_that_the_next_scene_does_not_show_is_compared_with_the_next_that_does(
    searched: Scenes, sighting: Aircraft
) -> None:
    """Two scenes in between show the western half only: of one stand that stays, one left, and one new."""
    half = [searched(day, east_m=-600) for day in ("2023-10-21", "2023-10-22")]
    earlier = searched(EARLIER, sighting(1, 100), sighting(2, 200), sighting(3, -200))
    later = searched(LATER, sighting(11, 100), sighting(13, 400))
    first, second, third, past = compare_successive([earlier, *half, later], whole)
    assert outcomes(first) == {"occupied": [], "emptied": [3], "new": [], "unclear": [1, 2]}
    assert outcomes(second) == {"occupied": [], "emptied": [], "new": [], "unclear": []}
    assert outcomes(third) == {"occupied": [], "emptied": [], "new": [], "unclear": [11, 13]}
    assert (past.earlier, past.later, past.passed) == (earlier, later, tuple(half))
    assert outcomes(past) == {"occupied": [1], "emptied": [2], "new": [13], "unclear": []}
    assert past.interval == "7 days apart"


def test_a_scene_with_an_aircraft_on_the_stand_is_not_passed(searched: Scenes, sighting: Aircraft) -> None:
    """It is too coarse to show a stand empty; people saw an aircraft partly on this one all the same."""
    coarse = SceneLimits(resolution_m=6.0, shown_from_m=60.0)
    between = searched("2023-10-22", sighting(5, 28, length_m=45.0, wingspan_m=52.0), limits=coarse)
    scenes = [searched(EARLIER, sighting(1)), between, searched(LATER)]
    assert [change.passed for change in compare_successive(scenes, whole)] == [(), ()]
    empty = searched("2023-10-22", limits=coarse)
    changes = list(compare_successive([scenes[0], empty, scenes[2]], whole))
    assert outcomes(changes[-1])["emptied"] == [1]
    assert changes[-1].passed == (empty,)


def test_a_stand_that_no_later_scene_shows_is_compared_with_none(
    searched: Scenes, sighting: Aircraft
) -> None:
    scenes = [searched(EARLIER, sighting(1, 100)), searched("2023-10-21", east_m=-600)]
    changes = list(compare_successive([*scenes, searched(LATER, seen=None, reviewed=0)], whole))
    assert [change.passed for change in changes] == [(), ()]


def test_nothing_rendered_is_compared_with_what_is_real(searched: Scenes) -> None:
    rendered = {"rendered": True}
    scenes = [
        searched("2023-01-01"),
        searched("2023-01-02", scene=rendered),
        searched("2023-01-03"),
        searched("2023-01-04", scene=rendered),
    ]
    kinds = [
        (one.earlier.record.rendered, one.later.record.rendered) for one in compare_successive(scenes, whole)
    ]
    assert kinds == [(False, False), (True, True)]


def test_every_aircraft_is_told_of_once(searched: Scenes, sighting: Aircraft) -> None:
    earlier = searched(EARLIER, *(sighting(n, 12.0 * n, 5.0 * (n % 3), type=None) for n in range(1, 9)))
    later = searched(LATER, *(sighting(20 + n, 13.0 * n, 4.0 * (n % 2), type=None) for n in range(1, 8)))
    found = compare_scenes(earlier, later, whole)
    ids = [one.id for pair in found.occupied for one in (pair.before, pair.after)]
    ids += [one.id for one in (*found.newly_empty, *found.newly_occupied)] + [
        one.sighting.id for one in found.unclear
    ]
    assert sorted(ids) == sorted(one.id for one in (*earlier.sightings, *later.sightings))


def test_it_can_be_written_as_json(searched: Scenes, sighting: Aircraft) -> None:
    found = compare_scenes(
        searched(EARLIER, sighting(1), sighting(2, 100)), searched(LATER, sighting(11)), whole
    )
    members = json.loads(json.dumps(found.to_json()))
    assert members["occupied"][0]["before"]["type"] == "C130"
    assert [one["id"] for one in members["newly_empty"]] == [f"{2:016x}"]
    assert members["later"]["scene"]["acquired"] == LATER
