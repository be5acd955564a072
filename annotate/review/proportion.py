"""A share, and how surely it is known."""

from __future__ import annotations

import math
from typing import NamedTuple

Z = 1.959963984540054  # of a normal distribution 95 % lie within so many standard deviations


class Proportion(NamedTuple):
    """A share with its 95 % interval.

    Attributes:
        part: Of the whole.
        whole: Above 0.
        low: Lower limit, 0..1.
        high: Upper limit, 0..1.
    """

    part: int
    whole: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """0..1."""
        return self.part / self.whole


def proportion(part: int, whole: int) -> Proportion | None:
    """A share with Wilson's score interval, which holds for few and for extreme ones too.

    Wilson (1927), "Probable inference, the law of succession, and statistical inference", JASA 22:209-212.

    Returns:
        None where there is nothing to take a share of.
    """
    if not whole:
        return None
    share = part / whole
    middle = (share + Z**2 / (2 * whole)) / (1 + Z**2 / whole)
    reach = Z / (1 + Z**2 / whole) * math.sqrt(share * (1 - share) / whole + Z**2 / (4 * whole**2))
    return Proportion(part, whole, max(0.0, middle - reach), min(1.0, middle + reach))
