"""What a report shows of the ground: scenes with numbered aircraft, stands over time, and what changed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations

import pytest

from annotate.exports.redaction import Redaction
from annotate.exports.selection import Selection
from annotate.log.store import open_log
from annotate.query.filters import Filter
from annotate.report.contents import ReportContents, report_contents
from annotate.report.ground_pictures import GroundPictures
from annotate.report.overviews import Overview, numbered_marks, overview_of
from annotate.report.page import report_html
from annotate.report.pictures import PagePictures
from annotate.report.stand_pictures import StandPictures
from imagery.grid import LonLat

NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
Contents = Callable[..., ReportContents]


@contextmanager
def ground(contents: ReportContents) -> Iterator[GroundPictures]:
    pictures = PagePictures(contents.chips, len(contents.sightings), Redaction())
    with GroundPictures(contents.whole, pictures) as at_hand:
        yield at_hand


def numbers(contents: ReportContents) -> dict[str, int]:
    return {sighting.id: number for number, sighting in enumerate(contents.sightings, start=1)}


def overviews(contents: ReportContents) -> list[Overview]:
    words = {id: (number, "a C-130") for id, number in numbers(contents).items()}
    with ground(contents) as at_hand:
        drawn = [
            overview_of(whole, shown, words, at_hand)
            for whole, shown in zip(contents.whole, contents.scenes, strict=True)
        ]
    return [overview for overview in drawn if overview is not None]


def test_each_scene_is_drawn_with_its_aircraft_where_they_stand(example) -> None:
    empty, september, october = overviews(example.contents())
    assert (empty.picture is not None, empty.marks) == (True, [])
    assert empty.width == empty.height
    (mark,) = september.marks
    scale = september.width / 600
    assert (mark.x, mark.y) == pytest.approx((420 * scale, 380 * scale), abs=0.1)
    assert [mark.number for mark in october.marks] == [3, 4]


def test_what_no_person_has_seen_is_an_area_and_what_all_have_seen_is_none(example) -> None:
    empty, september, _ = overviews(example.contents())
    assert empty.unseen == ""
    assert september.unseen.startswith("M")


def test_numbers_cover_neither_each_other_nor_a_mark() -> None:
    letter, size = 30.0, (1000, 1000)
    places = [(n, "", 300 + 9.0 * (n % 5), 300 + 11.0 * (n // 5)) for n in range(1, 21)]
    marks = list(numbered_marks(places, size, letter))
    assert len(marks) == len(places)
    for one, other in combinations(marks, 2):
        apart = abs(one.label_x - other.label_x), abs(one.label_y - other.label_y)
        assert apart[0] > 0.6 * letter or apart[1] > letter
    for mark in marks:
        for _, _, x, y in places:
            assert abs(mark.label_x - x) > 0.3 * letter or abs(mark.label_y - y) > 0.9 * letter


def test_a_stand_is_shown_occupied_and_empty_at_one_place_and_scale(example) -> None:
    contents = example.contents()
    with ground(contents) as at_hand:
        real, rendered = StandPictures(numbers(contents), at_hand).tables(
            [*contents.whole, *contents.whole[-1:]]
        )
    ((_, cells),) = real.rows
    assert [cell.state for cell in cells] == ["empty", "occupied"]
    assert [cell.number for cell in cells] == [None, 2]
    assert [cell.picture and cell.picture[1:3] for cell in cells] == [(112, 112)] * 2
    assert [scene[2] for scene in rendered.scenes] == [True, True], "rendered ones have a table of their own"


def test_what_changed_has_both_pictures(example) -> None:
    contents = example.contents()
    with ground(contents) as at_hand:
        (pair,) = StandPictures(numbers(contents), at_hand).changes(contents.whole)
    (stand,) = pair.stands
    assert (pair.before, pair.after) == ("5 August 2023", "14 September 2023")
    assert (stand.kind, stand.words) == ("newly occupied", "2: type not stated, large")
    assert stand.before
    assert stand.after
    assert stand.before.number != stand.after.number


def test_an_aircraft_that_the_page_does_not_show_never_makes_a_stand_empty(example) -> None:
    """The filter leaves it out; the ground under it is not free for that."""
    contents = example.contents(matching=Filter(types=frozenset({"C130"})))
    seen = [sighting for sighting in contents.sightings if sighting.evidence == "seen"]
    whole = [scene for scene in contents.whole if scene.rendered]
    assert [len(scene.sightings) for scene in whole] == [2]
    (drawn,) = [overview for overview in overviews(contents) if overview.scene.rendered]
    assert (len(drawn.marks), drawn.not_shown) == (len(seen), 2 - len(seen)) == (1, 1)
    with ground(contents) as at_hand:
        tables = StandPictures({}, at_hand).tables(contents.whole)
    assert tables == [], "no stand of this page"


def test_without_the_scenes_file_logged_surroundings_show_the_stand(example) -> None:
    contents = example.contents()
    september = contents.whole[1]
    september = replace(september, record=replace(september.record, path="gone.tif"))
    place = LonLat(september.sightings[0].lon or 0, september.sightings[0].lat or 0)
    with ground(contents) as at_hand:
        assert at_hand.whole(september) is None
        assert at_hand.stand(september, place, 30.0)
        assert at_hand.stand(september, LonLat(place.lon + 0.1, place.lat), 30.0) is None


def test_a_scene_that_has_changed_since_is_not_shown(example, tmp_path) -> None:
    contents = example.contents()
    empty = contents.whole[0]
    path = example.aprons[0].path
    before = path.read_bytes()
    try:
        path.write_bytes(before + b" ")
        with ground(contents) as at_hand:
            assert at_hand.whole(empty) is None
    finally:
        path.write_bytes(before)


def test_the_page_has_all_of_it_and_a_picture_under_the_map(example) -> None:
    page = report_html(example.contents(), title=None, written=NOW)
    for heading in ("What changed", "Stands over time", "Images searched"):
        assert f"<h2>{heading}</h2>" in page
    found = re.search(r'id="map-data">(.*?)</script>', page)
    assert found
    (picture,) = json.loads(found[1])["grounds"]
    assert len(picture["corners"]) == 3
    pictures = re.search(r'id="pictures-data">(.*?)</script>', page)
    assert pictures
    assert json.loads(pictures[1])[picture["picture"]].startswith("data:image/jpeg")


def test_a_stand_that_one_of_two_analysts_has_marked_is_not_called_empty(
    aprons, seen, reviewed, tmp_path
) -> None:
    august, september, _ = (apron.record for apron in aprons)
    anna, bert = (
        {"analyst": name, "annotation_id": number} for number, name in enumerate(("anna", "bert"), 1)
    )
    with open_log(str(tmp_path / "log.db"), create=True) as log:
        log.record([seen(aprons[1], **anna), seen(aprons[1], **bert)], min_verdicts=2)
        log.record([seen(aprons[0], **anna)], min_verdicts=2)
        log.review([reviewed(august), reviewed(september)])
        contents = report_contents(Selection(log))
        with ground(contents) as at_hand:
            stands = StandPictures(numbers(contents), at_hand)
            (pair,), (table,) = stands.changes(contents.whole), stands.tables(contents.whole)
    assert [stand.kind for stand in pair.stands] == ["unclear"]
    ((_, cells),) = table.rows
    assert [cell.words for cell in cells] == ["unclear: not agreed", "C130"]
