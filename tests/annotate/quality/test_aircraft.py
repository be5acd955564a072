"""What analysts together say of an aircraft, read from a log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from annotate.log.entries import Verdict
from annotate.log.store import open_log
from annotate.quality.judged_aircraft import JudgedAircraft, judged_aircraft

Make = Callable[..., Verdict]
Judged = Callable[..., list[JudgedAircraft]]
SAME = {"candidate": "c" * 16}
LATER = "2026-01-03T00:00:00Z"


def three(verdict: Make, *words: str) -> list[Verdict]:
    """Verdicts on one candidate by ana, ben and cleo."""
    names = ("ana", "ben", "cleo")
    return [
        verdict(number, verdict=word, analyst=name, **SAME)
        for number, (word, name) in enumerate(zip(words, names, strict=False), 1)
    ]


@pytest.mark.parametrize(
    ("words", "is_one"),
    [
        (("confirmed",), True),
        (("rejected",), False),
        (("confirmed", "corrected"), True),
        (("rejected", "rejected"), False),
        (("confirmed", "rejected"), None),
    ],
)
def test_it_is_an_aircraft_where_all_say_so_and_open_where_they_do_not(
    words: tuple[str, ...], is_one: bool | None, judged: Judged, verdict: Make
) -> None:
    (one,) = judged(*three(verdict, *words))
    assert one.is_aircraft() is is_one
    assert one.proposed


@pytest.mark.parametrize("word", ["corrected", "rejected"])
def test_what_an_adjudicator_says_settles_it(word: str, judged: Judged, verdict: Make) -> None:
    """Also where all was pulled at once, so that the log never held what was then rejected."""
    (one,) = judged(*three(verdict, "confirmed", "rejected", word), adjudicators=["cleo"])
    assert one.is_aircraft(["cleo"]) is (word == "corrected")


def test_what_was_withdrawn_by_hand_is_none(judged: Judged, verdict: Make, tmp_path: Path) -> None:
    (one,) = judged(verdict())
    assert one.sighting
    with open_log(str(tmp_path / "log.db")) as log:
        log.withdraw(one.sighting.id, because="a bus", analyst="cleo")
        (after,) = judged_aircraft(log.entries())
    assert after.is_aircraft() is False


def test_what_too_few_speak_of_any_more_is_what_they_say(judged: Judged, verdict: Make) -> None:
    """The log withdraws it, since two were asked for; that does not make it a truck."""
    first, second = three(verdict, "confirmed", "corrected")
    gone = replace(second, annotated=LATER, withdrawn="annotation deleted")
    judged(first, second, min_verdicts=2)
    (one,) = judged(gone, min_verdicts=2)
    assert one.sighting
    assert one.sighting.status == "withdrawn"
    assert one.is_aircraft() is True


def test_the_latest_word_of_each_counts_and_none_that_was_withdrawn(judged: Judged, verdict: Make) -> None:
    first, second = three(verdict, "confirmed", "rejected")
    changed = verdict(3, verdict="rejected", analyst="ana", annotated=LATER, **SAME)
    gone = verdict(2, verdict="rejected", analyst="ben", annotated=LATER, withdrawn="task deleted", **SAME)
    (one,) = judged(first, second, changed)
    assert [(said.analyst, said.verdict) for said in one.verdicts] == [
        ("ana", "rejected"),
        ("ben", "rejected"),
    ]
    (one,) = judged(gone)
    assert [said.analyst for said in one.verdicts] == ["ana"]


def test_an_aircraft_of_whom_all_verdicts_were_withdrawn_is_not_spoken_of(
    judged: Judged, verdict: Make
) -> None:
    assert judged(verdict(), verdict(annotated=LATER, withdrawn="annotation deleted")) == []


def test_only_the_verdicts_that_are_meant_count(judged: Judged, verdict: Make, tmp_path: Path) -> None:
    judged(verdict(1, project="Bamako"), verdict(2, project="Lomé"))
    with open_log(str(tmp_path / "log.db")) as log:
        (one,) = judged_aircraft(log.entries(), lambda said: said.project == "Lomé")
    assert one.subject == f"{2:016x}"


def test_what_two_drew_of_one_aircraft_is_one_and_was_not_proposed(judged: Judged, drawn: Make) -> None:
    (one,) = judged(drawn(1, analyst="ana"), drawn(2, analyst="ben"))
    assert not one.proposed
    assert one.is_aircraft() is True
    assert one.center == (812.25, 640.5)
