"""The beta distribution, which binomial tails are the integer case of."""

from __future__ import annotations

import math

STEPS = 10_000
PRECISION = 1e-13
TINY = 1e-300  # keeps a denominator from being nought


def regularised_beta(x: float, a: float, b: float) -> float:
    """``I_x(a, b)``: the probability that a beta-distributed share is at most ``x``.

    For whole ``t``: of ``n`` things, each found with probability ``x``, at least ``t`` are found with
    probability ``I_x(t, n - t + 1)``; this also answers for numbers between (DLMF 8.17.5).

    Args:
        x: 0..1.
        a: Above 0, or 0 as the limit.
        b: Above 0, or 0 as the limit; not both 0.
    """
    if a == 0 or x >= 1:
        return 1.0
    if b == 0 or x <= 0:
        return 0.0
    if x > (a + 1) / (a + b + 2):  # beyond which the fraction converges slowly
        return 1 - _lower_tail(1 - x, b, a)
    return _lower_tail(x, a, b)


def _lower_tail(x: float, a: float, b: float) -> float:
    front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(front) / a / _fraction(x, a, b)


def _fraction(x: float, a: float, b: float) -> float:
    """The denominator of DLMF 8.17.22, a continued fraction, by Lentz's method (DLMF 3.10(iii))."""
    value = ahead = 1.0
    behind = 0.0
    for step in range(1, STEPS):
        m, odd = divmod(step, 2)
        if odd:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        behind = 1 / _off_nought(1 + term * behind)
        ahead = _off_nought(1 + term / ahead)
        value *= ahead * behind
        if abs(ahead * behind - 1) < PRECISION:
            break
    return value


def _off_nought(value: float) -> float:
    return value if abs(value) > TINY else TINY
