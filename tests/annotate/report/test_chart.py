"""What the map draws."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from annotate.log.entries import Movement, SceneReview, Sighting
from annotate.query.searched_scenes import gather_scenes
from annotate.report.map import map_data
from imagery.record import SceneRecord


def test_a_sighting_of_which_only_the_airfield_is_known_is_drawn_there(
    reported: Callable[..., Sighting],
) -> None:
    drawn = map_data([reported(airfield=None), reported()], [], [])["sightings"]
    number, lon, lat, heading, *_ = drawn[0]
    assert len(drawn) == 1
    assert (number, lon, lat) == (1, -0.00546, 16.2484)
    assert heading is None


def test_what_is_shown_says_how_it_is_known_and_whether_it_is_rendered(
    reported: Callable[..., Sighting], route: Callable[..., Movement]
) -> None:
    shown = map_data(
        [reported(), reported(evidence="seen", rendered=True)], [route(), route(evidence="inferred")], []
    )
    assert [one[7] for one in shown["sightings"]] == ["reported", "seen"]
    assert shown["sightings"][1][8].startswith("RENDERED, seen: ")
    assert [one[9] for one in shown["sightings"]] == [False, True]
    assert [one["evidence"] for one in shown["movements"]] == ["reported", "inferred"]
    assert {one["place"]: one["rendered"] for one in shown["places"]} == {
        "DRRN": False,
        "GABS": False,
        "GAGO": True,
        "GATS": False,
    }


def test_footprints_of_one_place_are_drawn_once(
    reviewed: Callable[..., SceneReview], scene_record: Callable[..., SceneRecord]
) -> None:
    reviews = [reviewed(scene_record(sha256=f"{number:064x}")) for number in range(5)]
    (ring,) = map_data([], [], gather_scenes(reviews, []))["footprints"]
    assert ring[0] == ring[-1]


def test_a_footprint_across_the_antimeridian_is_drawn_in_its_two_parts(
    reviewed: Callable[..., SceneReview], scene_record: Callable[..., SceneRecord]
) -> None:
    squares = [[[[lon, -17], [lon + 1, -17], [lon + 1, -16], [lon, -17]]] for lon in (179, -180)]
    review = reviewed(
        scene_record(), airfield=None, footprint={"type": "MultiPolygon", "coordinates": squares}
    )
    shown = map_data([], [], gather_scenes([review], []))
    assert len(shown["footprints"]) == 2
    assert abs(shown["center"][0]) > 179, "in the middle of the two, not on the other side of the Earth"


def test_only_the_land_around_is_drawn(reported: Callable[..., Sighting]) -> None:
    near = map_data([reported()], [], [])
    assert {"Mali", "Niger"} <= {name for name, *_ in near["countries"]}
    assert "Japan" not in {name for name, *_ in near["countries"]}
    world = map_data([reported(lon=lon, lat=0.0, airfield=None) for lon in (-120.0, 0.0, 110.0)], [], [])
    assert len(world["borders"]) > 2 * len(near["borders"])


@pytest.mark.parametrize("places", [[], [(0.0, 0.0), (180.0, 0.0)]])
def test_without_a_middle_there_is_no_map(
    reported: Callable[..., Sighting], places: list[tuple[float, float]]
) -> None:
    shown = map_data([reported(lon=lon, lat=lat, airfield=None) for lon, lat in places], [], [])
    assert shown["center"] is None
    assert shown["borders"] == []
