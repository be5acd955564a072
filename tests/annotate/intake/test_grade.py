"""Grades and words of likelihood are those of the standards, and no others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate.intake.grades import admiralty_words, parse_admiralty, parse_likelihood
from annotate.log.entries import LIKELIHOOD
from imagery.errors import UsageError

GRADES = [f"{letter}{figure}" for letter in "ABCDEF" for figure in "123456"]


@pytest.mark.parametrize("grade", GRADES)
def test_every_grade_is_taken_in_either_case_and_has_words(grade: str) -> None:
    assert parse_admiralty(f" {grade.lower()} ", "`grade`") == grade
    assert ", " in admiralty_words(grade)


def test_the_words_of_a_grade_are_those_of_its_letter_and_figure() -> None:
    assert admiralty_words("B2") == "usually reliable source, probably true"
    assert admiralty_words("") == admiralty_words("Z9") == ""


@given(st.text(max_size=3))
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    if text.strip().upper() in GRADES:
        return
    with pytest.raises(UsageError, match=r"Admiralty code; write .*[A-F][1-6]"):
        parse_admiralty(text, "`grade`")


def test_a_grade_turned_round_is_refused_with_the_right_one() -> None:
    with pytest.raises(UsageError, match=r"write B2$"):
        parse_admiralty("2b", "`grade`")


@pytest.mark.parametrize("word", LIKELIHOOD)
def test_every_word_is_taken_in_either_case(word: str) -> None:
    assert parse_likelihood(f" {word.upper().replace(' ', '  ')}", "`likelihood`") == word


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("very likly", "very likely"),
        ("highly probable", "very likely"),
        ("remote", "almost no chance"),
        ("almost certainly", "almost certain"),
    ],
)
def test_a_word_alike_and_the_standards_other_word_are_refused_with_the_one_to_write(
    text: str, word: str
) -> None:
    with pytest.raises(UsageError, match=f"did you mean '{word}'"):
        parse_likelihood(text, "`likelihood`")


@pytest.mark.parametrize("text", ["80 %", "", "certain beyond doubt, as everyone knows"])
def test_what_is_no_word_is_refused_with_all_that_are(text: str) -> None:
    with pytest.raises(UsageError) as failure:
        parse_likelihood(text, "`likelihood`")
    for word, (low, high) in LIKELIHOOD.items():
        assert f"{word} ({low}-{high} %)" in str(failure.value)
