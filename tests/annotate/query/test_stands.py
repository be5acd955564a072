"""The stands of an airfield: what each scene shows of every place where an aircraft stood."""

from __future__ import annotations

from collections.abc import Callable

from annotate.log.entries import Sighting
from annotate.query.searched_scenes import SearchedScene
from annotate.query.stands import StandHistory, StandInScene, stands_of
from imagery.grid import LonLat

Make = Callable[..., SearchedScene]


def no_gaps(_scene: SearchedScene, _place: LonLat, _reach_m: float) -> None:
    return None


def words(cell: StandInScene) -> str:
    if cell.sighting:
        return cell.sighting.id.lstrip("0")
    return "empty" if cell.not_shown is None else cell.not_shown.reason


def rows(*scenes: SearchedScene) -> list[list[str]]:
    return [[words(cell) for cell in stand.scenes] for stand in stands_of(scenes, no_gaps)]


def test_each_stand_is_a_row_whoever_stands_on_it(searched: Make, sighting: Callable[..., Sighting]) -> None:
    august = searched("2023-08-05", sighting(1), sighting(2, east_m=200))
    september = searched("2023-09-14", sighting(3, east_m=203, length_m=17.0, wingspan_m=10.0))
    assert rows(august, september) == [["1", "empty"], ["2", "3"]]


def test_a_stand_that_nobody_has_seen_is_not_called_empty(
    searched: Make, sighting: Callable[..., Sighting]
) -> None:
    occupied, unseen = searched("2023-08-05", sighting(1)), searched("2023-09-14", seen=None, reviewed=0)
    elsewhere = searched("2023-10-27", east_m=5000)
    assert rows(occupied, unseen, elsewhere) == [["1", "not looked at", "outside"]]


def test_a_stand_with_a_mark_that_others_have_not_agreed_to_is_not_called_empty(
    searched: Make, sighting: Callable[..., Sighting]
) -> None:
    one = sighting(1)
    assert one.lon is not None
    assert one.lat is not None
    marked = searched("2023-09-14", marked=(LonLat(one.lon, one.lat),))
    assert rows(searched("2023-08-05", one), marked) == [["1", "not agreed"]]


def test_neighbours_come_after_each_other_and_are_numbered(
    searched: Make, sighting: Callable[..., Sighting]
) -> None:
    scene = searched("2023-08-05", *(sighting(n, east_m=east) for n, east in enumerate((300, 100, 200), 1)))
    stands: list[StandHistory] = stands_of([scene], no_gaps)
    assert [stand.number for stand in stands] == [1, 2, 3]
    assert [words(stand.scenes[0]) for stand in stands] == ["2", "3", "1"]


def test_two_aircraft_of_one_scene_never_share_a_stand(
    searched: Make, sighting: Callable[..., Sighting]
) -> None:
    scene = searched("2023-08-05", sighting(1), sighting(2, east_m=4))
    assert rows(scene) == [["1"], ["2"]]


def test_an_aircraft_without_a_place_has_no_stand(searched: Make, sighting: Callable[..., Sighting]) -> None:
    assert rows(searched("2023-08-05", sighting(1, lon=None, lat=None))) == []
