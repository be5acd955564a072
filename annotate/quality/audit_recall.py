"""What the detector missed, estimated from tiles without candidates that were drawn at random and looked at.

An aircraft that was missed lies in a tile with candidates, where the analysts drew it; in an audited tile,
where they drew it too; or in a tile that nobody looked at. Only the last number is not known. How surely it
can be told from the audited tiles:

Were missed aircraft alone in their tiles, each would have been among the ``t`` that were found with the
probability ``f``, the share of the tiles that was audited; the number ``m`` left unseen is then bounded by
the binomial tails of ``t`` among ``t + m``, as Clopper and Pearson (1934) bound a share. All tiles audited
leaves nothing unknown; none of ``n`` found leaves about 3.7 in ``n`` tiles possible (3 is the "rule of three"
of Hanley and Lippman-Hand, 1983, which bounds one side only).

But they come in groups, as whoever misses one on an apron misses its neighbour. Then the ``t`` that were
found are worth fewer: ``t^2 / v`` groups of ``v / t``, with ``v`` the sum of the tiles' squared numbers.
This is the gamma interval of Fay and Feuer (1997, Statistics in Medicine 16:791-801), made for weighted sums
of rare counts, with beta for gamma because the tiles are finite in number. Its upper limit allows for one
further group of the largest size; ours for one larger by one than any seen, because few tiles with single
aircraft promise too much (simulated with two to a tile on average: 90 % of such intervals held the truth).
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

TAIL = 0.025  # on each side of a 95 % interval
NARROW = 0.05  # half the width that an interval of the recall is to have
HALVINGS = 40


class Interval(NamedTuple):
    """An estimate and the limits of its 95 % interval."""

    estimate: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """How far off the estimate may be, if it were in the middle."""
        return (self.high - self.low) / 2


class AuditedScene(NamedTuple):
    """A scene, or an area of one, some of whose tiles without candidates were drawn at random.

    Attributes:
        free: All its tiles without candidates.
        drawn: Of these, those that were put before analysts.
        missed: How many aircraft the analysts found in each of the drawn that they have answered.
    """

    free: int
    drawn: int
    missed: tuple[int, ...]


@dataclass(frozen=True)
class Audit:
    """What audited tiles say about those that nobody looked at.

    Attributes:
        free: Tiles without candidates.
        audited: Of these, those that were answered.
        missed: Aircraft found in them, weighted by how many unseen tiles theirs stands for, over the mean.
        squares: Sum of the squared numbers of the tiles, weighted likewise.
        largest: How many, weighted likewise, one tile might hold that nobody looked at.
    """

    free: int
    audited: int
    missed: float
    squares: float
    largest: float

    @classmethod
    def of(cls, scenes: Sequence[AuditedScene]) -> Self:
        """Scenes together; one of which a smaller share was drawn has tiles that stand for more."""
        free = sum(scene.free for scene in scenes)
        tiles = [(missed, scene.free / scene.drawn) for scene in scenes for missed in scene.missed]
        drawn_for = sum(share for _, share in tiles)
        unseen = [(missed, share / drawn_for * free - 1) for missed, share in tiles]
        mean = (free - len(tiles)) / len(tiles) if free > len(tiles) > 0 else 1.0
        weighted = [missed * stands_for / mean for missed, stands_for in unseen]
        return cls(
            free=free,
            audited=len(tiles),
            missed=sum(weighted),
            squares=sum(missed**2 for missed in weighted),
            largest=max(((missed + 1) * stands_for / mean for missed, stands_for in unseen), default=1.0),
        )

    def extended_to(self, audited: int) -> Audit:
        """What to expect once so many tiles are audited, if further ones are like those so far."""
        more = audited / self.audited
        return replace(self, audited=audited, missed=self.missed * more, squares=self.squares * more)

    def unseen(self) -> Interval:
        """How many aircraft stand in the tiles without candidates that nobody looked at; see the module.

        Raises:
            ZeroDivisionError: No tile was audited.
        """
        share = self.audited / self.free
        if share >= 1:
            return Interval(0.0, 0.0, 0.0)
        return Interval(self.missed * (1 / share - 1), self._fewest(share), self._most(share))

    def _fewest(self, share: float) -> float:
        """The number of which it is just believable that as many were found as were."""
        if not self.missed:
            return 0.0
        group = self.squares / self.missed
        groups = self.missed / group
        return group * _crossing(lambda unseen: TAIL - regularised_beta(share, groups, unseen + 1))

    def _most(self, share: float) -> float:
        """The number of which it is just believable that no more were found than were."""
        group = (self.squares + self.largest**2) / (self.missed + self.largest)
        groups = (self.missed + self.largest) / group
        return group * _crossing(lambda unseen: regularised_beta(1 - share, unseen, groups) - TAIL)


@dataclass(frozen=True)
class RecallEstimate:
    """The share of the aircraft there are that the detector proposed.

    Attributes:
        found: Candidates that are aircraft.
        missed: Aircraft that analysts drew, in tiles with candidates and in audited ones.
        audited: Tiles without candidates that were looked at.
        free: All tiles without candidates.
        unseen: Aircraft in those that nobody looked at.
        recall: 0..1.
        more_tiles: How many tiles more narrow the interval of the recall to 5 points each way, as things
            look; 0 where it is as narrow already.
    """

    found: int
    missed: int
    audited: int
    free: int
    unseen: Interval
    recall: Interval
    more_tiles: int


def estimate_recall(found: int, missed: int, scenes: Sequence[AuditedScene]) -> RecallEstimate | None:
    """Estimate the detector's recall.

    The interval is of what chance did when the tiles were drawn. It takes for granted that who looked at a
    tile saw all that is in it.

    Args:
        found: Candidates that are aircraft.
        missed: Aircraft that analysts drew in tiles with candidates.
        scenes: The audit. Candidates and tiles of other scenes must not be among the numbers above.

    Returns:
        None where no tile was audited, or there is no aircraft yet.
    """
    audit = Audit.of(scenes)
    missed += sum(sum(scene.missed) for scene in scenes)
    if not audit.audited or not found + missed:
        return None

    def recall_after(audited: int) -> Interval:
        extended = audit.extended_to(audited)
        known = found + missed + (extended.missed - audit.missed)
        unseen = extended.unseen()
        return Interval(*(found / (known + number) for number in (unseen.estimate, unseen.high, unseen.low)))

    def narrow(audited: int) -> bool:
        return recall_after(audited).half_width <= NARROW

    needed = bisect_left(range(audit.audited, audit.free), True, key=narrow)
    return RecallEstimate(
        found=found,
        missed=missed,
        audited=audit.audited,
        free=audit.free,
        unseen=audit.unseen(),
        recall=recall_after(audit.audited),
        more_tiles=needed,
    )


def _crossing(falling: Callable[[float], float]) -> float:
    """Where a function that falls with its argument passes nought; 0 where it is below that at 0."""
    low, high = 0.0, 1.0
    while falling(high) > 0:
        low, high = high, 2 * high
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if falling(middle) > 0:
            low = middle
        else:
            high = middle
    return low


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
