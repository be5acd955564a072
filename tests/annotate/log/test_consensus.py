"""What several analysts come to: nobody's word counts for being first, and a contradiction is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate.log.consensus import agree
from annotate.log.entries import LIKELIHOOD, Verdict
from annotate.log.store import open_log

Make = Callable[..., Verdict]
Say = Callable[..., Verdict]


def at(minute: int) -> str:
    return f"2026-01-02T03:{minute:02}:00Z"


@pytest.fixture(scope="session")
def say(verdict: Make) -> Say:
    """What an analyst says of the one aircraft at a minute; each analyst has one annotation, if not said."""

    def make(analyst: str, minute: int = 0, word: str = "confirmed", **members: Any) -> Verdict:
        known = {"annotation_id": sum(map(ord, analyst)), "candidate": "c" * 16, "verdict": word}
        return verdict(analyst=analyst, annotated=at(minute), **known | members)

    return make


def test_one_analyst_is_enough_if_no_more_are_asked_for(say: Say) -> None:
    outcome = agree([say("ana")])
    assert outcome == ("confirmed", say("ana"), (say("ana"),), None)


def test_two_who_agree_are_both_named(say: Say) -> None:
    outcome = agree([say("bea"), say("ana")], min_verdicts=2)
    assert outcome
    assert (outcome.status, outcome.analysts, outcome.verdict.type) == ("confirmed", ("ana", "bea"), "C130")


def test_too_few_make_no_sighting_yet(say: Say) -> None:
    assert agree([say("ana"), say("ana", 1, annotation_id=9)], min_verdicts=2) is None


def test_the_latest_word_of_an_analyst_counts_whatever_was_logged_last(say: Say) -> None:
    outcome = agree([say("ana", 5, type="A400", annotation_id=1), say("ana", 3, annotation_id=2)])
    assert outcome
    assert (outcome.status, outcome.verdict.type) == ("confirmed", "A400")


def test_types_that_differ_are_disputed_and_neither_is_taken(say: Say) -> None:
    outcome = agree([say("ana", type="C130"), say("bea", type="A400")])
    assert outcome
    assert (outcome.status, outcome.verdict.type) == ("disputed", None)
    assert outcome.because == "analysts disagree on type: ana says confirmed, C130; bea says confirmed, A400"


def test_presence_that_differs_is_disputed(say: Say) -> None:
    outcome = agree([say("ana"), say("bea", 1, "rejected", type=None)])
    assert outcome
    assert (outcome.status, outcome.verdict.type) == ("disputed", "C130")
    assert outcome.because == "analysts disagree on presence: ana says confirmed, C130; bea says rejected"


@pytest.mark.parametrize("claim", ["operator", "tail_number"])
def test_operators_and_tail_numbers_that_differ_are_disputed(claim: str, say: Say) -> None:
    outcome = agree([say("ana", **{claim: "5U-MAB"}), say("bea", **{claim: "TZ-390"})])
    assert outcome
    assert (outcome.status, getattr(outcome.verdict, claim)) == ("disputed", None)
    assert outcome.because
    assert outcome.because.startswith(f"analysts disagree on {claim.replace('_', ' ')}: ana says confirmed,")


@pytest.mark.parametrize("minute", [0, 9])
def test_who_names_nothing_does_not_contradict_who_does(minute: int, say: Say) -> None:
    outcome = agree([say("ana", 5, type="C130"), say("bea", minute, type=None)])
    assert outcome
    assert (outcome.status, outcome.verdict.type, outcome.analysts) == ("confirmed", "C130", ("ana", "bea"))


def test_the_same_operator_in_other_letters_is_no_contradiction(say: Say) -> None:
    outcome = agree([say("ana", operator="Niger Air Force"), say("bea", operator="niger air force ")])
    assert outcome
    assert outcome.status == "confirmed"


def test_an_adjudicators_word_settles_a_dispute(say: Say) -> None:
    said = [say("ana", type="C130"), say("bea", 5, type="A400"), say("chief", 3, type="A400")]
    outcome = agree(said, min_verdicts=2, adjudicators={"chief"})
    assert outcome
    assert (outcome.status, outcome.verdict.type) == ("confirmed", "A400")
    assert (outcome.analysts, outcome.because) == (("chief",), None)


def test_an_adjudicator_can_settle_that_nothing_is_there(say: Say) -> None:
    outcome = agree([say("ana"), say("bea"), say("chief", 3, "rejected")], adjudicators=["chief"])
    assert outcome
    assert (outcome.status, outcome.because) == ("withdrawn", "rejected by chief")


def test_the_latest_of_several_adjudicators_settles(say: Say) -> None:
    said = [say("chief", 3, type="A400"), say("deputy", 4, type="C130")]
    outcome = agree(said, adjudicators=["chief", "deputy"])
    assert outcome
    assert (outcome.verdict.type, outcome.analysts) == ("C130", ("deputy",))


def test_what_all_reject_is_withdrawn(say: Say) -> None:
    outcome = agree([say("ana", 0, "rejected"), say("bea", 1, "rejected")])
    assert outcome
    assert (outcome.status, outcome.because) == ("withdrawn", "rejected by ana, bea")


def test_a_verdict_that_was_withdrawn_does_not_count(say: Say) -> None:
    said = [say("ana"), say("bea", type="A400"), say("bea", 2, type="A400", withdrawn="annotation deleted")]
    outcome = agree(said)
    assert outcome
    assert (outcome.status, outcome.analysts) == ("confirmed", ("ana",))
    assert agree([say("ana"), say("ana", withdrawn="task deleted")]) is None


def test_an_earlier_annotation_counts_again_once_the_later_is_deleted(say: Say) -> None:
    later = say("ana", 5, "rejected", annotation_id=9)
    said = [say("ana", 1), later]
    deleted = say("ana", 6, "rejected", annotation_id=9, withdrawn="annotation deleted")
    assert [outcome.status for verdicts in (said, [*said, deleted]) if (outcome := agree(verdicts))] == [
        "withdrawn",
        "confirmed",
    ]


def test_who_removes_a_box_and_draws_a_better_one_says_that_something_is_there(say: Say) -> None:
    """One annotation rejects the candidate and adds a box that lies on it."""
    drawn = say("ana", 1, "added", region_id="drawn", candidate=None)
    for said in ([drawn, say("ana", 1, "rejected")], [say("ana", 1, "rejected"), drawn]):
        outcome = agree(said)
        assert outcome
        assert (outcome.status, outcome.verdict.verdict) == ("confirmed", "added")


def test_the_box_is_the_latest_that_somebody_moved(say: Say) -> None:
    """A confirmed box is the machine's; who corrected it looked closer, also if somebody confirmed later."""
    said = [
        say("ana", 1, "corrected", center_px=(1.0, 1.0)),
        say("bea", 2, "corrected", center_px=(2.0, 2.0)),
        say("cy", 3, "confirmed", center_px=(3.0, 3.0)),
    ]
    outcome = agree(said)
    assert outcome
    assert outcome.verdict.center_px == (2.0, 2.0)
    assert outcome.verdict.verdict == "corrected"


def test_the_least_likely_word_is_kept(say: Say) -> None:
    words = list(LIKELIHOOD)
    outcome = agree([say("ana", likelihood=words[5]), say("bea", likelihood=words[3]), say("cy")])
    assert outcome
    assert outcome.verdict.likelihood == words[3]


def test_everybodys_note_is_kept_under_their_name(say: Say) -> None:
    said = [say("ana", note="wing stripes"), say("bea"), say("cy", note="four engines")]
    outcome = agree(said)
    assert outcome
    assert outcome.verdict.note == "ana: wing stripes; cy: four engines"
    alone = agree(said[:2])
    assert alone
    assert alone.verdict.note == "wing stripes"


words = st.sampled_from(["confirmed", "corrected", "rejected"])
types = st.sampled_from([None, "C130", "A400"])


@given(
    st.lists(st.tuples(st.sampled_from(["ana", "bea", "cy"]), words, types), min_size=1, max_size=6),
    st.randoms(),
    st.integers(1, 3),
)
def test_the_order_in_which_annotations_were_found_does_not_matter(
    say: Say, said: list[tuple[str, str, str | None]], random: Any, least: int
) -> None:
    verdicts = [
        say(analyst, minute, word, type=None if word == "rejected" else named, annotation_id=minute)
        for minute, (analyst, word, named) in enumerate(said)
    ]
    shuffled = list(verdicts)
    random.shuffle(shuffled)
    assert agree(shuffled, min_verdicts=least) == agree(verdicts, min_verdicts=least)


def test_the_log_keeps_what_each_says_and_one_sighting_of_it(location: str, say: Say) -> None:
    with open_log(location, create=True) as log:
        assert log.record([say("ana")], min_verdicts=2).sightings == []
        (agreed,) = log.record([say("bea", 1)], min_verdicts=2).sightings
        assert (agreed.status, agreed.analyst, agreed.analysts) == ("confirmed", "ana, bea", 2)
        (disputed,) = log.record([say("bea", 2, "corrected", type="A400")], min_verdicts=2).sightings
        assert (disputed.status, disputed.type, disputed.supersedes) == ("disputed", None, agreed.id)
        assert list(log.sightings()) == [disputed], "a dispute is no absence"
        (settled,) = log.record([say("chief", 3, type="C130")], adjudicators=["chief"]).sightings
        assert (settled.status, settled.analyst, settled.because) == ("confirmed", "chief", None)
        assert [entry.kind for entry in log.history(settled.id)].count("verdict") == 4


def test_other_rules_take_effect_on_verdicts_that_are_known(location: str, say: Say) -> None:
    said = [say("ana", type="C130"), say("chief", 1, type="A400")]
    with open_log(location, create=True) as log:
        (disputed,) = log.record(said).sightings
        recorded = log.record(said, adjudicators=["chief"])
        assert recorded.verdicts == []
        assert [(held.status, held.type) for held in recorded.sightings] == [("confirmed", "A400")]
        assert log.record(said, adjudicators=["chief"]) == ([], [])
        assert disputed.id != recorded.sightings[0].id


def test_a_deleted_annotation_takes_its_sighting_with_it(location: str, say: Say) -> None:
    with open_log(location, create=True) as log:
        (held,) = log.record([say("ana")]).sightings
        (gone,) = log.record([say("ana", withdrawn="annotation deleted")]).sightings
        assert (gone.status, gone.because, gone.supersedes) == ("withdrawn", "annotation deleted", held.id)
        assert list(log.sightings()) == []
        assert log.record([say("ana", withdrawn="annotation deleted")]) == ([], [])


def test_one_of_two_that_is_deleted_leaves_too_few(location: str, say: Say) -> None:
    with open_log(location, create=True) as log:
        log.record([say("ana"), say("bea")], min_verdicts=2)
        (gone,) = log.record([say("bea", withdrawn="task deleted")], min_verdicts=2).sightings
        assert (gone.status, gone.because) == ("withdrawn", "1 of 2 analysts have given a verdict")


def test_what_was_read_from_the_server_earlier_and_comes_later_changes_nothing(
    location: str, say: Say
) -> None:
    """Two who pull at once: the slower has read the annotation before it was edited."""
    with open_log(location, create=True) as log:
        log.record([say("ana", 5, "corrected", type="A400")])
        assert log.record([say("ana", 1)]) == ([], [])
        assert [held.type for held in log.sightings()] == ["A400"]


def test_a_renamed_project_says_nothing_new(location: str, say: Say) -> None:
    with open_log(location, create=True) as log:
        log.record([say("ana")])
        assert log.record([say("ana", 5, project="Bamako 2", lead_time_s=99.0)]) == ([], [])
