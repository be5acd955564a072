"""Agreement between analysts: Krippendorff's own examples, and what holds for any data."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate.quality.agreement import nominal_alpha

# Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability": one line an observer, a dot where none.
BINARY = ("0100000010", "1110010000")  # section A
NOMINAL = ("aabbdcccedda", "babbbccceddd")  # section B
WITH_GAPS = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")  # section C

values = st.sampled_from("abc")
units = st.lists(st.lists(values, max_size=4), max_size=12)


def by_unit(observers: Sequence[str]) -> list[list[str]]:
    return [[value for value in unit if value != "."] for unit in zip(*observers, strict=True)]


@pytest.mark.parametrize(
    ("observers", "alpha", "pairable", "given"),
    [(BINARY, 0.095, 10, 20), (NOMINAL, 0.692, 12, 24), (WITH_GAPS, 0.743, 11, 40)],
    ids=["binary", "nominal", "with gaps"],
)
def test_the_published_examples_come_out(
    observers: tuple[str, ...], alpha: float, pairable: int, given: int
) -> None:
    found = nominal_alpha(by_unit(observers))
    assert found.alpha == pytest.approx(alpha, abs=5e-4)
    assert (found.units, found.values) == (pairable, given)


def test_nothing_is_said_of_agreement_where_nobody_could_have_disagreed() -> None:
    assert nominal_alpha([]).alpha is None
    assert nominal_alpha([["a"], ["b"]]).alpha is None, "one observer alone"
    assert nominal_alpha([["a", "a"], ["a", "a"]]).alpha is None, "one value only"


def test_those_who_always_agree_have_one_and_those_who_always_contradict_have_less_than_nothing() -> None:
    assert nominal_alpha([["a", "a"], ["b", "b"]]).alpha == 1
    contradicted = nominal_alpha([["a", "b"], ["b", "a"]]).alpha
    assert contradicted is not None
    assert contradicted < 0


@given(units)
def test_it_is_one_less_the_disagreement_seen_over_that_expected(units: list[list[str]]) -> None:
    """Straight from the definition: pairs of values within units, against pairs out of all of them."""
    pairable = [unit for unit in units if len(unit) > 1]
    seen = [
        (one != other) / (len(unit) - 1)
        for unit in pairable
        for one, other in itertools.permutations(unit, 2)
    ]
    pool = list(itertools.chain.from_iterable(pairable))
    expected = [one != other for one, other in itertools.permutations(pool, 2)]
    alpha = nominal_alpha(units).alpha
    if sum(expected) == 0:
        assert alpha is None
    else:
        chance = sum(expected) / len(expected)
        assert alpha == pytest.approx(1 - sum(seen) / len(pool) / chance)


@given(st.lists(st.tuples(values, values), min_size=1, max_size=20))
def test_of_two_who_judged_all_it_is_scotts_pi_but_for_the_small_sample(pairs: list[tuple[str, str]]) -> None:
    """Krippendorff (2011): alpha = pi + (1 - pi) / 2N."""
    shares = [count / (2 * len(pairs)) for count in Counter(itertools.chain(*pairs)).values()]
    chance = sum(share**2 for share in shares)
    if chance < 1:
        agreed = sum(one == other for one, other in pairs) / len(pairs)
        pi = (agreed - chance) / (1 - chance)
        assert nominal_alpha(pairs).alpha == pytest.approx(pi + (1 - pi) / (2 * len(pairs)))


@given(units, st.permutations("abc"))
def test_neither_order_nor_names_nor_what_one_alone_judged_matter(
    units: list[list[str]], names: list[str]
) -> None:
    renamed = [[names["abc".index(value)] for value in reversed(unit)] for unit in reversed(units)]
    assert nominal_alpha([*renamed, ["z"], []]) == pytest.approx(nominal_alpha(units))
