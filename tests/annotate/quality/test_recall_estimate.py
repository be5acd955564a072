"""The estimate of what the detector missed: known limits, exact cases, how often the interval is right."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from annotate.query.recall_estimate import AuditedScene, AuditSample, estimate_recall, regularised_beta

counts = st.lists(st.integers(0, 5), min_size=1, max_size=40)


def scene(free: int, *missed: int) -> AuditedScene:
    """A scene all of whose drawn tiles are answered."""
    return AuditedScene(free, len(missed), missed)


def at_least(found: int, there: int, share: float) -> float:
    """The probability to find so many or more, each with the same probability, term by term."""
    terms = (math.comb(there, k) * share**k * (1 - share) ** (there - k) for k in range(found, there + 1))
    return math.fsum(terms)


@given(st.integers(1, 60), st.integers(0, 60), st.floats(0.01, 0.99))
def test_the_beta_distribution_is_the_binomials_tail(found: int, more: int, share: float) -> None:
    tail = regularised_beta(share, found, more + 1)
    assert tail == pytest.approx(at_least(found, found + more, share), abs=1e-11)


def test_the_beta_distribution_is_a_half_where_it_is_its_own_mirror() -> None:
    assert regularised_beta(0.5, 3.5, 3.5) == pytest.approx(0.5)
    assert regularised_beta(0.7, 6.0, 2.0) == pytest.approx(at_least(6, 7, 0.7)), "where the fraction turns"


@given(st.floats(0.001, 0.999), st.floats(0.05, 500), st.floats(0.05, 500))
def test_the_beta_distribution_mirrors_itself_and_steps_as_it_must(x: float, a: float, b: float) -> None:
    """DLMF 8.17.4 and 8.17.20, which hold between whole numbers too."""
    assert regularised_beta(x, a, b) + regularised_beta(1 - x, b, a) == pytest.approx(1, abs=1e-11)
    log_step = a * math.log(x) + b * math.log1p(-x) - math.log(a)
    log_step -= math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
    step = regularised_beta(x, a, b) - regularised_beta(x, a + 1, b)
    assert step == pytest.approx(math.exp(log_step), abs=1e-11)


@pytest.mark.parametrize(
    ("found", "low", "high"),
    [(0, 0, 3.689), (1, 0.025, 5.572), (5, 1.623, 11.668), (10, 4.795, 18.390), (50, 37.11, 65.92)],
)
def test_single_aircraft_in_countless_tiles_have_the_published_limits_of_a_count(
    found: int, low: float, high: float
) -> None:
    """Garwood (1936), "Fiducial limits for the Poisson distribution", in aircraft per audited tiles."""
    audit = AuditSample(free=10**9, audited=10**4, missed=found, squares=found, largest=1)
    limits = [limit * audit.audited / audit.free for limit in audit.unseen()]
    assert limits == pytest.approx([found, low, high], abs=0.006)


@given(st.integers(1, 20), st.integers(2, 30), st.integers(1, 10))
def test_the_lower_limit_is_where_finding_so_many_single_aircraft_would_be_luck(
    found: int, audited: int, unseen_tiles: int
) -> None:
    assume(found <= audited)
    tiles = (1,) * found + (0,) * (audited - found)
    low = AuditSample.of([scene(audited + unseen_tiles, *tiles)]).unseen().low
    share = audited / (audited + unseen_tiles)
    assert at_least(found, found + math.ceil(low + 1e-6), share) >= 0.025 - 1e-9
    if low > 1e-6:
        assert at_least(found, found + math.floor(low - 1e-6), share) <= 0.025 + 1e-9


def test_none_found_leaves_about_four_in_as_many_tiles_possible() -> None:
    """Each of m unseen ones escaped with the probability 0.9; so 0.9^m = 0.025 at the limit."""
    found = estimate_recall(90, 4, [scene(400, *[0] * 40)])
    assert found is not None
    most = math.log(0.025) / math.log(0.9)
    assert found.unseen == pytest.approx((0, 0, most))
    assert found.recall == pytest.approx((90 / 94, 90 / (94 + most), 90 / 94))
    assert (found.found, found.missed, found.audited, found.free) == (90, 4, 40, 400)


def test_the_estimate_extrapolates_the_audited_tiles_to_the_others() -> None:
    found = estimate_recall(90, 4, [scene(400, 1, 2, *[0] * 38)])
    assert found is not None
    assert found.unseen.estimate == pytest.approx(3 * 360 / 40)
    assert found.recall.estimate == pytest.approx(90 / (90 + 4 + 3 + 27))


def test_a_scene_that_was_audited_less_has_tiles_that_stand_for_more() -> None:
    """Horvitz and Thompson: the tile in question stands for 9 unseen ones, those of the other for 1 each."""
    sparse, dense = scene(100, 1, *[0] * 9), scene(100, 1, *[0] * 49)
    assert AuditSample.of([sparse, dense]).unseen().estimate == pytest.approx(9 + 1)
    whole = scene(10, 5, *[0] * 9)
    assert AuditSample.of([whole, sparse]).unseen().estimate == pytest.approx(9), "of which nothing is unseen"


def test_tiles_that_were_drawn_and_not_answered_are_unseen() -> None:
    half = AuditedScene(free=400, drawn=80, missed=(1, *[0] * 39))
    assert AuditSample.of([half]) == AuditSample.of([scene(400, 1, *[0] * 39)])


def test_all_tiles_audited_leaves_nothing_to_estimate() -> None:
    found = estimate_recall(9, 0, [scene(3, 0, 1, 0)])
    assert found is not None
    assert (found.recall, found.more_tiles) == ((0.9, 0.9, 0.9), 0)


def test_there_is_no_estimate_without_an_audit_or_without_aircraft() -> None:
    assert estimate_recall(9, 0, []) is None
    assert estimate_recall(9, 0, [AuditedScene(40, 4, ())]) is None
    assert estimate_recall(0, 0, [scene(40, 0, 0)]) is None


@given(counts, st.integers(1, 400))
def test_the_estimate_lies_in_its_interval_and_the_same_in_one_tile_tells_less(
    missed: list[int], unseen_tiles: int
) -> None:
    free = len(missed) + unseen_tiles
    spread = AuditSample.of([scene(free, *missed)]).unseen()
    assert 0 <= spread.low <= spread.estimate <= spread.high
    heaped = AuditSample.of([scene(free, sum(missed), *[0] * (len(missed) - 1))]).unseen()
    assert heaped.estimate == pytest.approx(spread.estimate)
    assert heaped.low <= spread.low + 1e-9
    assert heaped.high >= spread.high - 1e-9


@given(counts, st.integers(1, 200), st.integers(2, 4))
def test_more_of_the_same_tells_more(missed: list[int], unseen_tiles: int, times: int) -> None:
    few = AuditSample.of([scene(times * len(missed) + unseen_tiles, *missed)]).unseen()
    many = AuditSample.of([scene(times * len(missed) + unseen_tiles, *missed * times)]).unseen()
    assert many.high - many.low <= few.high - few.low + 1e-9


@given(st.integers(1, 100), st.lists(st.integers(0, 2), min_size=2, max_size=20), st.integers(1, 60))
def test_so_many_tiles_more_of_the_same_are_needed_and_no_fewer(
    found: int, missed: list[int], unseen_tiles: int
) -> None:
    estimate = estimate_recall(found, 0, [scene(len(missed) + unseen_tiles, *missed)])
    assert estimate is not None
    assert 0 <= estimate.more_tiles <= unseen_tiles
    assert (estimate.recall.half_width <= 0.05) == (estimate.more_tiles == 0)
    if estimate.more_tiles and not any(missed):
        for more, narrow in ((estimate.more_tiles, True), (estimate.more_tiles - 1, False)):
            tiles = [0] * (len(missed) + more)
            after = estimate_recall(found, 0, [scene(len(missed) + unseen_tiles, *tiles)])
            assert after is not None
            assert (after.recall.half_width <= 0.05) is narrow


@cache
def limits(free: int, audited: int, missed: int, squares: int, largest: int) -> tuple[float, float]:
    _, low, high = AuditSample(free, audited, missed, squares, largest).unseen()
    return low, high


@pytest.mark.parametrize("alone", [1.0, 0.75, 0.5], ids=["alone", "few together", "two on average"])
@pytest.mark.parametrize(("free", "audited"), [(60, 18), (400, 40), (400, 280), (3000, 300)])
@pytest.mark.parametrize("tiles_with", [0.01, 0.1])
def test_the_interval_holds_the_truth_in_93_of_100_simulated_audits(
    alone: float, free: int, audited: int, tiles_with: float
) -> None:
    """Tiles of which some hold missed aircraft, one or a geometric number; some are drawn at random."""
    random = np.random.default_rng(7)
    simulated, held = 400, 0
    for _ in range(simulated):
        tiles = random.geometric(alone, free) * (random.random(free) < tiles_with)
        seen, unseen = tiles[:audited], tiles[audited:].sum()  # they are independent: any are as good
        low, high = limits(free, audited, seen.sum(), (seen**2).sum(), seen.max() + 1)
        held += bool(low <= unseen <= high)
    assert held / simulated >= 0.93
