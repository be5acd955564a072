"""Numbers and their nouns: "1 scene", "2 scenes", never "1 scenes"."""

import pytest

from imagery.words import counted


@pytest.mark.parametrize(
    ("number", "words", "expected"),
    [
        (1, ("scene",), "1 scene"),
        (2, ("scene",), "2 scenes"),
        (0, ("scene",), "0 scenes"),
        (1, ("entry", "entries"), "1 entry"),
        (12_345, ("entry", "entries"), "12,345 entries"),
        (1, ("aircraft", "aircraft"), "1 aircraft"),
    ],
)
def test_a_number_comes_with_the_right_noun_and_thousands_apart(number, words, expected):
    assert counted(number, *words) == expected
