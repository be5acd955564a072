"""Canonical JSON is read quickly, and nothing else passes for it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate.log.chain import canonical, parse_canonical

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
payloads = st.dictionaries(st.text(max_size=6), values, max_size=5)


@given(payloads)
def test_what_is_canonical_is_read(payload: dict[str, Any]) -> None:
    assert parse_canonical(canonical(payload)) == payload


@given(payloads, st.sampled_from([{"indent": 1}, {"separators": (", ", ":")}, {"ensure_ascii": True}, {}]))
def test_what_the_canonical_form_would_write_otherwise_is_refused(
    payload: dict[str, Any], how: dict[str, Any]
) -> None:
    text = json.dumps(payload, **{"separators": (",", ":"), "ensure_ascii": False, "sort_keys": True} | how)
    if text == canonical(payload):
        assert parse_canonical(text) == payload
    else:
        with pytest.raises(ValueError, match="canonical"):
            parse_canonical(text)


@pytest.mark.parametrize(
    "text",
    [
        *('{"a":1.0}', '{"a":1.10}', '{"a":1e2}', '{"a":1E2}', '{"a":1e-07}', '{"a":0.1e1}', '{"a":-0}'),
        *('{"a":0.00000012}', '{"a":10000000000000001}', '{"a":0.10000000000000001}', '{"a":1e400}'),
        *('{"a":NaN}', '{"a":-Infinity}', '{"a":1,"a":1}', '{"b":1,"a":1}', '{"a":{"c":1,"b":1}}'),
        *('{"a" :1}', '{"a":1 }', ' {"a":1}', '{"a":1}\n', '{"a":[1, 2]}', '{"a":\t1}', "{ }"),
        *('{"a":"\\u0041"}', '{"a":"\\/"}', '{"a":"\\u00e9"}', '{"a":"\\u000a"}', "[]", "1", '"a"', "null"),
        *('{"\ue000":1,"\U00010000":2}', '{"a":1}{"a":1}', "", "{", '{"a":1,}', '{"a":"\ud800"}'),
        *('{"a":[Infinity,-Infinity]}', '{"a":-0.0}', '{"a":[' * 10_000, '{"a":' + "9" * 5000 + "}"),
    ],
)
def test_what_is_not_canonical_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_canonical(text)


@pytest.mark.parametrize(
    "text",
    [
        *("{}", '{"a":1e-7}', '{"a":1e+21}', '{"a":0.000001}', '{"a":100000000000000000000}', '{"a":0}'),
        *(
            '{"a":"b, c: {d}"}',
            '{"a":"\\n\\"\\\\"}',
            '{"\U00010000":2,"\ue000":1}',
            '{"a":0.30000000000000004}',
            '{"a":"1.0, 1e5, 10000000000000000"}',
            '{"a":"\u00fcber \u0639\u0631\u0628\u064a","b":9007199254740991}',
        ),
    ],
)
def test_numbers_and_words_that_look_odd_and_are_canonical_are_read(text: str) -> None:
    assert canonical(parse_canonical(text)) == text
