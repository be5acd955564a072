"""The chain: a changed word anywhere in the log shows in every hash after it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate.log.chain import GENESIS, canonical, chained_hash
from annotate.log.entries import Verdict

payloads = st.dictionaries(
    st.text(max_size=8),
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**53) + 1, 2**53 - 1),
        st.floats(-1e15, 1e15),
        st.text(max_size=12),
        st.lists(st.integers(0, 9), max_size=3),
    ),
    max_size=6,
)


@given(payloads, st.randoms())
def test_the_text_does_not_depend_on_the_order_of_the_names(payload: dict[str, Any], random: Any) -> None:
    names = list(payload)
    random.shuffle(names)
    assert canonical({name: payload[name] for name in names}) == canonical(payload)


@given(payloads)
def test_the_text_of_what_was_read_back_is_the_same_text(payload: dict[str, Any]) -> None:
    """So a log that was exported as JSON and parsed can be checked against its hashes."""
    text = canonical(payload)
    assert canonical(json.loads(text)) == text
    assert json.loads(text) == payload


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        ({"b": 1, "a": [True, None]}, '{"a":[true,null],"b":1}'),
        ({"n": 1.0, "m": 1e21, "k": 1e-7, "z": -0.0}, '{"k":1e-7,"m":1e+21,"n":1,"z":0}'),
        ({"ä": "é\n\u20ac"}, '{"ä":"é\\n€"}'),
        ({"\ue000": 1, "\U00010000": 2}, '{"\U00010000":2,"\ue000":1}'),
    ],
    ids=["sorted", "shortest numbers", "UTF-8", "sorted by UTF-16"],
)
def test_the_text_is_that_of_rfc_8785(payload: dict[str, Any], text: str) -> None:
    """Anyone can recompute it with any implementation of that RFC."""
    assert canonical(payload) == text


@given(payloads, payloads)
def test_any_change_of_the_payload_changes_the_hash(one: dict[str, Any], other: dict[str, Any]) -> None:
    same = canonical(one) == canonical(other)
    assert (chained_hash(GENESIS, canonical(one)) == chained_hash(GENESIS, canonical(other))) is same


@pytest.mark.parametrize("name", ["analyst", "lon", "verdict", "heading_sure", "type", "annotated"])
def test_any_member_of_a_verdict_is_under_the_hash(name: str, verdict: Callable[..., Verdict]) -> None:
    payload = verdict().to_payload()
    changed = {**payload, name: "other" if isinstance(payload[name], str) else None}
    assert chained_hash(GENESIS, canonical(payload)) != chained_hash(GENESIS, canonical(changed))


def test_a_change_of_the_hash_before_changes_this_one() -> None:
    text = canonical({"a": 1})
    assert chained_hash("1" * 64, text) != chained_hash("2" * 64, text)


def test_the_formula_is_the_documented_one() -> None:
    """SHA-256 of the previous hash, a line feed and the text: `printf '%s\\n%s' … | sha256sum`."""
    expected = hashlib.sha256(b"0" * 64 + b"\n" + '{"ä":1}'.encode()).hexdigest()
    assert chained_hash("0" * 64, '{"ä":1}') == expected
    assert GENESIS == "0" * 64
