"""An airfield's usual types come first, and a type the pixels do not carry asks for a reason."""

from __future__ import annotations

import json
import re

import pytest

from annotate.labelstudio.interface import (
    DEFAULT_TYPES,
    MOST_KEYS,
    SIZE_CLASSES,
    editor_keymap,
    needs_reason,
    usual_choices,
)
from imagery.aircraft.types import aircraft_types


def test_there_is_a_digit_for_each_and_no_more() -> None:
    choices = usual_choices(list(aircraft_types())[:30], 0.5)
    assert [choice["hotkey"] for choice in choices] == list("123456789")
    assert len(DEFAULT_TYPES) == MOST_KEYS
    assert set(DEFAULT_TYPES) <= set(aircraft_types())


@pytest.mark.parametrize(
    ("icao", "gsd_m", "asks"),
    [
        ("A320", 0.5, False),
        ("A320", 2.0, False),  # where types by size stop being suggested
        ("A320", 3.0, True),
        ("C172", 0.5, False),
        ("C172", 1.0, True),  # 11 pixels
        ("A388", 3.0, False),  # 80 m are 26 pixels even so
        ("not in the table", 1.9, False),
        ("not in the table", 2.1, True),
    ],
)
def test_a_type_asks_for_a_reason_where_the_aircraft_is_a_few_pixels(
    icao: str, gsd_m: float, asks: bool
) -> None:
    assert needs_reason(icao, gsd_m) is asks
    (choice,) = usual_choices([icao], gsd_m)
    assert choice["value"].endswith("*") is asks
    assert choice["alias"] == icao


def test_classes_of_size_are_the_code_letters_of_icao_annex_14() -> None:
    assert list(SIZE_CLASSES) == ["light", "small", "medium", "large", "very large", "giant"]
    limits = [[int(metres) for metres in re.findall(r"\d+", span)] for span in SIZE_CLASSES.values()]
    assert limits == [[15], [15, 24], [24, 36], [36, 52], [52, 65], [65]]


def test_the_servers_keys_are_json_as_label_studio_takes_it() -> None:
    keymap = json.loads(editor_keymap())
    assert keymap["annotation:submit"]["key"] == "space", "all right costs one key"
    for entry in keymap.values():
        assert entry.keys() <= {"key", "mac", "description"}, "any other member stops the page"
