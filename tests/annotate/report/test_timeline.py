"""The line of time of each airfield."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from annotate.log.entries import Movement, SceneReview, Sighting
from annotate.query.searched_scenes import SearchedScene, gather_scenes
from annotate.report.timeline_chart import timeline_chart
from imagery.record import SceneRecord

Scenes = Callable[..., list[SearchedScene]]


@pytest.fixture
def scenes(
    reviewed: Callable[..., SceneReview],
    reported: Callable[..., Sighting],
    scene_record: Callable[..., SceneRecord],
) -> Scenes:
    """Makes reviewed scenes of some days at Bamako; those named in ``aircraft`` have one each."""

    def make(*days: str | None, aircraft: tuple[str, ...] = (), **members: object) -> list[SearchedScene]:
        reviews = [
            reviewed(scene_record(sha256=f"{number:064x}", acquired=day), **members)
            for number, day in enumerate(days)
        ]
        sightings = [
            reported(evidence="seen", scene_sha256=f"{number:064x}")
            for number, day in enumerate(days)
            if day in aircraft
        ]
        return gather_scenes(reviews, sightings)

    return make


def test_scenes_without_aircraft_are_marked_like_those_with(scenes: Scenes) -> None:
    (row,) = timeline_chart([], [], scenes("2023-08-05", "2023-10-27", aircraft=("2023-10-27",))).rows
    assert row.airfield == "Modibo Keita International Airport / Senou Airport (GABS)"
    assert row.summary == "2 scenes: 1 with aircraft, 1 without aircraft"
    empty, full = row.scenes
    assert (empty.state, empty.aircraft, empty.label) == ("none", 0, "5 Aug")
    assert (full.state, full.aircraft, full.label) == ("aircraft", 1, "27 Oct: C130")
    assert empty.title == "5 August 2023: no aircraft found"


def test_a_partly_reviewed_scene_says_so_also_where_aircraft_were_seen(scenes: Scenes) -> None:
    taken = scenes("2023-08-05", "2023-10-27", aircraft=("2023-10-27",), tasks=4, reviewed=1)
    shown = timeline_chart([], [], taken)
    (row,) = shown.rows
    assert [mark.state for mark in row.scenes] == ["partly", "aircraft"]
    assert all(mark.partial for mark in row.scenes)
    assert shown.partial
    assert "1 of 4 tiles seen by a person" in row.scenes[1].title


def test_marks_lie_in_proportion_to_time(scenes: Scenes) -> None:
    days = ("2023-01-01", "2023-03-02", "2023-12-31")
    (row,) = timeline_chart([], [], scenes(*days)).rows
    first, second, third = (mark.at for mark in row.scenes)
    gone = [(date.fromisoformat(day) - date(2023, 1, 1)).days for day in days]
    assert (second - first) / (third - first) == pytest.approx(gone[1] / gone[2], abs=1e-3)
    assert first > 0
    assert third < 100


def test_scenes_taken_soon_after_another_are_one_mark_that_tells_all(scenes: Scenes) -> None:
    taken = scenes("2023-01-01", "2023-10-26", "2023-10-27", aircraft=("2023-10-27",))
    (row,) = timeline_chart([], [], taken).rows
    assert len(row.scenes) == 2
    assert row.scenes[1].state == "aircraft"
    assert row.scenes[1].title == "26 October 2023: no aircraft found; 27 October 2023: 1 aircraft seen"


def test_what_has_no_date_is_counted_and_put_nowhere(
    scenes: Scenes, reported: Callable[..., Sighting]
) -> None:
    (row,) = timeline_chart([reported(acquired=None, airfield="GABS")], [], scenes(None, "2023-10-27")).rows
    assert len(row.scenes) == 1
    assert not row.reports
    assert row.undated == 2


def test_what_is_reported_is_on_another_line_than_what_was_seen(
    scenes: Scenes, reported: Callable[..., Sighting]
) -> None:
    (row,) = timeline_chart([reported(airfield="GABS", count=3)], [], scenes("2023-10-27")).rows
    assert [mark.aircraft for mark in row.reports] == [3]
    assert "reported" in row.reports[0].title
    assert [mark.aircraft for mark in row.scenes] == [0]


def test_a_movement_is_drawn_at_each_of_its_airfields_and_has_no_end_where_none_is_stated(
    scenes: Scenes, route: Callable[..., Movement]
) -> None:
    shown = timeline_chart([], [route(), route(since="2023-09-01", until="2023-09-05")], scenes("2023-10-27"))
    assert [row.airfield[-5:-1] for row in shown.rows] == ["GABS", "DRRN", "GAGO", "GATS"]
    for row in shown.rows:
        open_ended, closed = row.bars
        assert open_ended.open_end
        assert open_ended.end == 100
        assert not closed.open_end
        assert 0 < open_ended.start < closed.start < closed.end < 100
        assert open_ended.line != closed.line, "two at a time lie below each other"
        assert row.lines == 2
    assert "no end stated" in shown.rows[0].bars[0].title


def test_rows_of_a_long_time_have_a_bounded_number_of_marks_and_ticks(scenes: Scenes) -> None:
    days = [
        f"{year}-{month:02d}-{day:02d}" for year in range(2010, 2024) for month in (1, 5, 9) for day in (1, 9)
    ]
    shown = timeline_chart([], [], scenes(*days))
    assert len(shown.rows[0].scenes) <= 100 / 2.2 + 1
    assert 4 <= len(shown.ticks) <= 10
    assert {len(tick.label) for tick in shown.ticks} == {4}, "years"


def test_nothing_dated_still_gives_an_axis(scenes: Scenes) -> None:
    shown = timeline_chart([], [], scenes(None))
    assert shown.rows[0].undated == 1


def test_what_is_rendered_is_never_one_mark_with_what_is_real(
    reviewed: Callable[..., SceneReview], scene_record: Callable[..., SceneRecord]
) -> None:
    """Taken on days next to each other, they would be one: and nobody could tell which aircraft are real."""
    days = {"11": "2023-10-26", "22": "2023-10-27"}
    reviews = [
        reviewed(scene_record(sha256=key * 32, acquired=day, rendered=key == "22"))
        for key, day in days.items()
    ]
    (row,) = timeline_chart([], [], gather_scenes(reviews, [])).rows
    assert [mark.rendered for mark in row.scenes] == [False, True]
    assert "RENDERED" not in row.scenes[0].title
    assert "RENDERED" in row.scenes[1].title
