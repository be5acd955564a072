"""What people put into the log themselves: statements, amendments, withdrawals; all entries like others."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from annotate.log.entries import Movement, SceneReview, Sighting, Verdict
from annotate.log.store import Log, open_log
from imagery.errors import UsageError

Make = Callable[..., Any]
LATER = "2026-02-03T04:05:06.000000Z"
BECAUSE = {"because": "read from the fin", "analyst": "bea"}


@pytest.fixture
def log(location: str) -> Iterator[Log]:
    with open_log(location, create=True) as opened:
        yield opened


def test_a_report_is_logged_with_all_it_says(log: Log, reported: Make) -> None:
    held = log.add(reported(operator="Niger Air Force", lon=-7.95, lat=12.53))
    assert list(log.sightings()) == [held]
    assert (held.evidence, held.status, held.operator, held.supersedes) == (
        "reported",
        "confirmed",
        "Niger Air Force",
        None,
    )
    assert len(held.id) == 16
    assert held.logged.endswith("Z")


def test_the_same_report_again_adds_nothing(log: Log, reported: Make) -> None:
    held = log.add(reported())
    assert log.add(reported()) == held
    assert log.head().seq == 1
    log.add(reported(type="A400"))
    assert log.head().seq == 2


def test_what_was_exported_and_comes_back_is_the_entry_it_was(
    log: Log, reported: Make, verdict: Make
) -> None:
    """By its identifier, though the export may have left out analysts and notes."""
    held = log.add(reported(note="private words", private=True))
    (seen,) = log.record([verdict()]).sightings
    log.amend(seen.id, {"type": "A400"}, **BECAUSE)
    before = log.head()
    assert log.add(reported(id=held.id, note=None, analyst="")) == held
    assert log.add(seen).type == "A400", "what holds now"
    assert log.head() == before


def test_many_are_added_at_once_each_as_if_it_were_alone(log: Log, reported: Make, route: Make) -> None:
    held = log.add(reported(note="0"))
    given = [reported(note=str(number)) for number in (0, 1, 1, 2)]
    told = log.add_all([*given, route(rests_on=(held.id,))])
    assert [one.note for one in told] == ["0", "1", "1", "2", None]
    assert (told[0], told[1]) == (held, told[2])
    assert [entry.id for entry in log.entries()] == [held.id, told[1].id, told[3].id, told[4].id]
    assert log.add_all(given) == told[:4]
    assert log.head().seq == 4


def test_of_many_that_are_added_at_once_all_are_or_none(log: Log, reported: Make, route: Make) -> None:
    with pytest.raises(UsageError, match="holds no entry"):
        log.add_all([reported(), route(rests_on=("0123456789abcdef",))])
    assert log.head().seq == 0


def test_a_withdrawn_report_that_is_added_again_stays_withdrawn(log: Log, reported: Make) -> None:
    """A script that adds its reports every day must not undo what a person decided."""
    held = log.add(reported())
    log.withdraw(held.id, **BECAUSE)
    assert log.add(reported()).status == "withdrawn"
    assert list(log.sightings()) == []


@pytest.mark.parametrize("members", [{"evidence": "inferred"}, {"evidence": "seen"}])
def test_a_sighting_that_nobody_can_have_seen_is_refused(
    members: dict[str, str], log: Log, reported: Make
) -> None:
    with pytest.raises(UsageError, match="is reported by a source, or seen in an image that it names"):
        log.add(reported(**members))
    assert log.head().seq == 0


def test_a_movement_is_logged_and_the_same_again_adds_nothing(log: Log, route: Make) -> None:
    held = log.add_movement(route())
    assert log.add_movement(route()) == held
    assert list(log.movements()) == [held]
    assert held.places == ("GABS", "GAGO")
    assert list(log.sightings()) == []


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"evidence": "seen"}, "nobody sees a movement"),
        ({"evidence": "inferred"}, "give `reasoning`: why it follows"),
        ({"rests_on": ("0123456789abcdef",)}, "holds no entry"),
    ],
)
def test_a_movement_that_cannot_be_followed_up_is_refused(
    members: dict[str, Any], words: str, log: Log, route: Make
) -> None:
    with pytest.raises(UsageError, match=words):
        log.add_movement(route(**members))
    assert log.head().seq == 0


def test_an_amendment_is_a_new_entry_that_keeps_the_reason(log: Log, verdict: Make) -> None:
    (held,) = log.record([verdict()]).sightings
    new = log.amend(held.id, {"operator": "Niger Air Force"}, **BECAUSE)
    assert isinstance(new, Sighting)
    assert (new.operator, new.because, new.analyst) == ("Niger Air Force", "read from the fin", "bea")
    assert (new.supersedes, new.verdict_id, new.scene_sha256) == (held.id, held.verdict_id, "ab" * 32)
    assert list(log.sightings()) == [new]
    assert [entry.kind for entry in log.history(held.id)] == ["verdict", "sighting", "sighting"]


@pytest.mark.parametrize("about", ["a beginning", "the verdict", "a superseded entry"])
def test_any_entry_about_it_names_what_is_amended(about: str, log: Log, verdict: Make) -> None:
    (first,) = log.record([verdict()]).sightings
    (now,) = log.record([verdict(type="A400", annotated=LATER)]).sightings
    named = {"a beginning": now.id[:6], "the verdict": first.verdict_id, "a superseded entry": first.id}
    assert log.amend(str(named[about]), {"type": "C130"}, **BECAUSE).supersedes == now.id


def test_what_was_amended_stays_when_analysts_say_more(log: Log, verdict: Make) -> None:
    (held,) = log.record([verdict()]).sightings
    log.amend(held.id, {"operator": "Niger Air Force"}, **BECAUSE)
    log.amend(held.id, {"tail_number": "5U-MAB"}, because="from a photograph", analyst="bea")
    (new,) = log.record([verdict(type="A400", annotated=LATER)]).sightings
    assert (new.type, new.operator, new.tail_number) == ("A400", "Niger Air Force", "5U-MAB")
    assert new.because == "read from the fin; from a photograph"


def test_what_was_amended_is_no_news_when_it_is_pulled_again(log: Log, verdict: Make) -> None:
    (held,) = log.record([verdict()]).sightings
    log.amend(held.id, {"operator": "Niger Air Force"}, **BECAUSE)
    before = log.head().seq
    assert log.record([verdict()]) == ([], [])
    assert log.head().seq == before


def test_an_amendment_confirms_what_was_disputed(log: Log, verdict: Make) -> None:
    said = [verdict(1), verdict(2, candidate=verdict(1).candidate, analyst="bea", type="A400")]
    (disputed,) = log.record(said).sightings
    new = log.amend(disputed.id, {"type": "C130"}, **BECAUSE)
    assert (disputed.status, new.status) == ("disputed", "confirmed")


def test_an_amended_movement_keeps_its_route_in_order(log: Log, route: Make) -> None:
    held = log.add_movement(route())
    new = log.amend(held.id, {"places": ["GABS", "GATS", "DRRN"]}, **BECAUSE)
    assert isinstance(new, Movement)
    assert (new.places, new.supersedes) == (("GABS", "GATS", "DRRN"), held.id)
    again = log.amend(held.id, {"until": "2023-10-27"}, **BECAUSE)
    assert isinstance(again, Movement)
    assert again.places == ("GABS", "GATS", "DRRN")
    assert list(log.movements()) == [again]


@pytest.mark.parametrize(
    "name", ["id", "status", "evidence", "verdict", "scene_sha256", "chip_sha256", "analyst", "rendered", "x"]
)
def test_what_identifies_pixels_person_and_time_cannot_be_amended(name: str, log: Log, verdict: Make) -> None:
    (held,) = log.record([verdict()]).sightings
    with pytest.raises(UsageError, match=f"{name}: cannot be amended"):
        log.amend(held.id, {name: "forged"}, **BECAUSE)
    assert log.head().seq == 2


def test_an_amendment_that_changes_nothing_is_refused(log: Log, verdict: Make) -> None:
    (held,) = log.record([verdict()]).sightings
    with pytest.raises(UsageError, match="already says that"):
        log.amend(held.id, {"type": "C130"}, **BECAUSE)


def test_a_withdrawal_is_a_new_entry_and_nothing_is_gone(log: Log, reported: Make) -> None:
    held = log.add(reported())
    gone = log.withdraw(held.id, because="a hoax", analyst="bea")
    assert (gone.status, gone.because, gone.analyst, gone.supersedes) == (
        "withdrawn",
        "a hoax",
        "bea",
        held.id,
    )
    assert list(log.sightings()) == []
    assert list(log.sightings(withdrawn=True)) == [gone]
    assert log.current(held.id) == gone
    with pytest.raises(UsageError, match=r"was already withdrawn \(a hoax\)"):
        log.withdraw(held.id, **BECAUSE)


def test_no_verdict_brings_back_what_was_withdrawn_by_hand_but_an_amendment_does(
    log: Log, verdict: Make
) -> None:
    (held,) = log.record([verdict()]).sightings
    log.withdraw(held.id, because="a decoy", analyst="bea")
    other = verdict(2, candidate=verdict(1).candidate, analyst="cy")
    assert log.record([other]).sightings == []
    back = log.amend(held.id, {"note": "no decoy after all"}, **BECAUSE)
    assert back.status == "confirmed"
    (again,) = log.record([verdict(3, candidate=verdict(1).candidate, analyst="di")]).sightings
    assert (again.status, again.note) == ("confirmed", "no decoy after all")


def test_a_withdrawn_movement_is_gone_from_the_list(log: Log, route: Make) -> None:
    held = log.add_movement(route())
    log.withdraw(held.id, **BECAUSE)
    assert list(log.movements()) == []
    assert [gone.status for gone in log.movements(withdrawn=True)] == ["withdrawn"]


@pytest.mark.parametrize("word", ["abc", "xyzw", "", "ffff", "%%%%", "____"])
def test_an_identifier_that_names_nothing_is_refused(word: str, log: Log, verdict: Make) -> None:
    log.record([verdict()])
    assert not any(entry.id.startswith("ffff") for entry in log.entries())
    for ask in (log.history, log.find, log.current):
        with pytest.raises(UsageError, match=f"'{word}'"):
            ask(word)


def test_a_beginning_that_names_several_is_refused_with_all_of_them(
    log: Log, table: Any, reported: Make
) -> None:
    held = log.add(reported())
    row = {**table.rows()[0], "seq": 2, "id": held.id[:4] + "f" * 12}
    row |= {"origin": "o", "previous_hash": "p", "hash": "h"}
    values = ", ".join("NULL" if value is None else f"'{value}'" for value in row.values())
    table.without_triggers(f"INSERT INTO entries ({', '.join(row)}) VALUES ({values})")
    with pytest.raises(UsageError, match=f"could be {held.id}, {row['id']}"):
        log.history(held.id[:4])
    assert log.find(held.id).id == held.id


def test_what_only_a_verdict_speaks_of_cannot_be_amended(log: Log, verdict: Make) -> None:
    log.record([verdict(verdict="rejected")])
    (entry,) = log.entries()
    with pytest.raises(UsageError, match="is a verdict, and there is no sighting"):
        log.amend(entry.id, {"type": "C130"}, **BECAUSE)


def test_a_scene_is_logged_each_time_its_review_has_come_further(log: Log, review: Make) -> None:
    assert log.review([review()]) == 1
    assert log.review([review(), review(reviewed=2)]) == 1
    (held,) = log.scenes()
    assert isinstance(held, SceneReview)
    assert (held.reviewed, held.scene) == (2, review().scene)
    first, second = log.entries()
    assert (held.id, held.supersedes) == (second.id, first.id)
    assert log.history(held.id) == [first, second]


def test_a_scene_reviewed_in_two_projects_is_held_for_each(log: Log, review: Make) -> None:
    log.review([review(), review(project="Second look", reviewed=2)])
    assert [(held.project, held.reviewed) for held in log.scenes()] == [("Bamako", 1), ("Second look", 2)]


def test_a_review_that_went_back_to_what_it_was_is_told_too(log: Log, review: Make) -> None:
    for reviewed in (1, 2, 1):
        assert log.review([review(reviewed=reviewed)]) == 1
    assert [held.reviewed for held in log.scenes()] == [1]


def test_what_is_logged_while_it_is_read_is_not_in_it(log: Log, reported: Make) -> None:
    """It is read page by page, and what holds is what held when the reading began."""
    for number in range(3):
        log.add(reported(note=str(number)))
    streamed = log.sightings()
    first = next(streamed)
    log.add(reported(note="3"))
    log.amend(first.id, {"note": "amended"}, **BECAUSE)
    assert [held.note for held in streamed] == ["1", "2"]
    assert sorted(str(held.note) for held in log.sightings()) == ["1", "2", "3", "amended"]


def test_more_than_a_page_is_read_whole_and_in_order(
    log: Log, reported: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annotate.log.reading.PAGE", 3)
    notes = [str(number) for number in range(9)]
    for note in notes:
        log.add(reported(note=note))
    assert [held.note for held in log.sightings()] == notes
    assert [json.loads(entry.payload)["note"] for entry in log.entries()] == notes


def test_current_verdicts_are_the_latest_of_each_statement_withdrawn_ones_too(
    log: Log, verdict: Make
) -> None:
    edited: Verdict = verdict(1, type="A400", annotated=LATER)
    deleted = verdict(2, withdrawn="task deleted")
    log.record([verdict(1), verdict(2), verdict(3), edited, deleted])
    assert list(log.current_verdicts()) == [verdict(3), edited, deleted]
    assert len(list(log.verdicts())) == 5
