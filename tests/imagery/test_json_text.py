"""What a stranger's JSON may not hold."""

from __future__ import annotations

import pytest

from imagery.json_text import parse_json


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[" * 100_000 + "]" * 100_000, "nested too deeply"),
        ('{"a": 1' + "0" * 400 + "}", "a number of 401 digits"),
        ("[1e309]", "the number 1e309"),
        ("{", "line 1 column 2"),
        (b"\xff", "can't decode"),
    ],
    ids=["nested", "long", "large", "broken", "no text"],
)
def test_what_cannot_be_read_is_refused(text: str | bytes, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        parse_json(text)


def test_whole_numbers_stay_whole() -> None:
    assert parse_json('{"id": 12345678901234567890, "gsd": 0.5}') == {"id": 12345678901234567890, "gsd": 0.5}
