"""What is published has identifiers that neither show nor confirm who says so, and stays the same."""

from __future__ import annotations

import re

from annotate.log.public_ids import PublicIds

IDS = PublicIds(bytes(range(32)))
IDENTIFIERS = [f"{number * 0x9E3779B97F4A7C15 % 2**64:016x}" for number in range(1, 2000)]


def test_each_identifier_has_one_of_its_own_that_leads_back() -> None:
    published = list(map(IDS.published, IDENTIFIERS))
    assert len(set(published)) == len(IDENTIFIERS)
    assert set(published).isdisjoint(IDENTIFIERS)
    assert list(map(IDS.logged, published)) == IDENTIFIERS
    assert all(re.fullmatch("[0-9a-f]{16}", identifier) for identifier in published)


def test_another_log_publishes_others() -> None:
    other = PublicIds(bytes(32))
    assert all(IDS.published(one) != other.published(one) for one in IDENTIFIERS)


def test_names_of_chips_and_texts_hold_no_identifier_of_the_log() -> None:
    identifier, published = IDENTIFIERS[0], IDS.published(IDENTIFIERS[0])
    assert IDS.published(f"{identifier}.png") == f"{published}.png"
    assert IDS.published(f"entry {identifier} of another log: x") == f"entry {published} of another log: x"
    assert IDS.published("the same as 42cdac52") == "the same as [entry]"


def test_other_words_and_numbers_stay() -> None:
    text = "20231027, 2023-10-27, facade, deadbeef, 5H-ABC, " + "0a" * 32
    assert IDS.published(text) == text
