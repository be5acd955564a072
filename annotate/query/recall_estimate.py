"""The recall of a detector, estimated from tiles without candidates that were drawn at random and reviewed.

An aircraft that was missed lies in a tile with candidates, where the analysts drew it; in an audited tile,
where they drew it too; or in a tile that nobody looked at. Only the last number is unknown. How precisely the
audited tiles give it:

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

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

TAIL = 0.025  # on each side of a 95 % interval
NARROW = 0.05  # half the width that an interval of the recall is to have
TOLERANCE = 1e-12  # of a limit, absolute and relative


@dataclass(frozen=True)
class RecallEstimate:
    """The share of the aircraft in a scene that the detector proposed.

    Attributes:
        found: Candidates that are aircraft.
        missed: Aircraft that analysts drew, in tiles with candidates and in audited ones.
        audited: Tiles without candidates that were reviewed.
        free: All tiles without candidates.
        unseen: Aircraft in those that nobody looked at.
        recall: 0..1.
        more_tiles: How many more audited tiles would narrow the interval of the recall to 5 points each way,
            if they are like those so far; 0 where it is as narrow already.
    """

    found: int
    missed: int
    audited: int
    free: int
    unseen: Interval
    recall: Interval
    more_tiles: int


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
        missed: The number of aircraft that the analysts found in each drawn tile they have answered.
    """

    free: int
    drawn: int
    missed: tuple[int, ...]


def estimate_recall(found: int, missed: int, scenes: Sequence[AuditedScene]) -> RecallEstimate | None:
    """Estimate the detector's recall.

    The interval covers the chance in the draw of the tiles. It assumes that whoever looked at a tile saw all
    aircraft in it.

    Args:
        found: Candidates that are aircraft.
        missed: Aircraft that analysts drew in tiles with candidates.
        scenes: The audit. Candidates and tiles of other scenes must not be among the numbers above.

    Returns:
        None where no tile was audited, or there is no aircraft yet.
    """
    sample = AuditSample.of(scenes)
    missed += sum(sum(scene.missed) for scene in scenes)
    if not sample.audited or not found + missed:
        return None

    def recall_after(audited: int) -> Interval:
        extended = sample.extended_to(audited)
        seen = found + missed + (extended.missed - sample.missed)
        unseen = extended.unseen()
        return Interval(*(found / (seen + number) for number in (unseen.estimate, unseen.high, unseen.low)))

    def narrow(audited: int) -> bool:
        return recall_after(audited).half_width <= NARROW

    return RecallEstimate(
        found=found,
        missed=missed,
        audited=sample.audited,
        free=sample.free,
        unseen=sample.unseen(),
        recall=recall_after(sample.audited),
        more_tiles=bisect_left(range(sample.audited, sample.free), True, key=narrow),
    )


@dataclass(frozen=True)
class AuditSample:
    """The audited tiles, from which follows how many aircraft the tiles hold that nobody looked at.

    Attributes:
        free: Tiles without candidates.
        audited: Of these, those that were answered.
        missed: Aircraft found in them, weighted by how many unseen tiles theirs stands for, over the mean.
        squares: Sum of the squared numbers of the tiles, weighted likewise.
        largest: The most, weighted likewise, that one unseen tile might hold.
    """

    free: int
    audited: int
    missed: float
    squares: float
    largest: float

    @classmethod
    def of(cls, scenes: Sequence[AuditedScene]) -> Self:
        """Join scenes; one of which a smaller share was drawn has tiles that stand for more."""
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

    def extended_to(self, audited: int) -> AuditSample:
        """Return what to expect once so many tiles are audited, if further ones are like those so far."""
        more = audited / self.audited
        return replace(self, audited=audited, missed=self.missed * more, squares=self.squares * more)

    def unseen(self) -> Interval:
        """Estimate how many aircraft the tiles hold that nobody looked at; see the module.

        Raises:
            ZeroDivisionError: No tile was audited.
        """
        share = self.audited / self.free
        if share >= 1:
            return Interval(0.0, 0.0, 0.0)
        return Interval(self.missed * (1 / share - 1), self._fewest(share), self._most(share))

    def _fewest(self, share: float) -> float:
        """Return the number of which as many were found as were with a probability of `TAIL`."""
        if not self.missed:
            return 0.0
        group = self.squares / self.missed
        groups = self.missed / group
        return group * _zero_of(lambda unseen: TAIL - regularised_beta(share, groups, unseen + 1))

    def _most(self, share: float) -> float:
        """Return the number of which no more were found than were with a probability of `TAIL`."""
        group = (self.squares + self.largest**2) / (self.missed + self.largest)
        groups = (self.missed + self.largest) / group
        return group * _zero_of(lambda unseen: regularised_beta(1 - share, unseen, groups) - TAIL)


def _zero_of(falling: Callable[[float], float]) -> float:
    """Return where a function that falls with its argument is zero; 0 where it is below zero at 0."""
    from scipy.optimize import brentq  # half a second

    if falling(0.0) <= 0:
        return 0.0
    high = 1.0
    while falling(high) > 0:
        high *= 2
    zero: float = brentq(falling, 0.0, high, xtol=TOLERANCE, rtol=TOLERANCE)
    return zero


def regularised_beta(x: float, a: float, b: float) -> float:
    """Return ``I_x(a, b)``: the probability that a beta-distributed share is at most ``x``.

    For whole ``t``: of ``n`` things, each found with probability ``x``, at least ``t`` are found with
    probability ``I_x(t, n - t + 1)``; this also answers for numbers between (DLMF 8.17.5).

    Args:
        x: 0..1.
        a: Above 0, or 0 as the limit.
        b: Above 0, or 0 as the limit; not both 0.
    """
    from scipy.special import betainc  # half a second

    return float(betainc(a, b, x))
