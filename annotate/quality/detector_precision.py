"""How often the detector is right: the precision of its candidates, and the verdicts of each analyst."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from typing import NamedTuple

from annotate.quality.judged_aircraft import JudgedAircraft


class Proportion(NamedTuple):
    """A share with its 95 % interval.

    Attributes:
        part: How many of the whole.
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
        """The part over the whole, 0..1."""
        return self.part / self.whole


def precision_so_far(
    aircraft: Iterable[JudgedAircraft], adjudicators: Collection[str] = ()
) -> Proportion | None:
    """Return the share of the decided candidates that are aircraft.

    Args:
        aircraft: The aircraft of the project, with their verdicts.
        adjudicators: Analysts whose verdict settles a dispute.

    Returns:
        None where no candidate is decided yet.
    """
    decided = [judged.is_aircraft(adjudicators) for judged in aircraft if judged.proposed]
    return proportion(decided.count(True), decided.count(True) + decided.count(False))


def proportion(part: int, whole: int) -> Proportion | None:
    """Return a share with Wilson's score interval, which holds for small numbers and extreme shares too.

    Wilson (1927), "Probable inference, the law of succession, and statistical inference", JASA 22:209-212.

    Returns:
        None where the whole is 0.
    """
    if not whole:
        return None
    from scipy.stats import binomtest  # a second

    interval = binomtest(part, whole).proportion_ci(confidence_level=0.95, method="wilson")
    return Proportion(part, whole, float(interval.low), float(interval.high))


class VerdictCount(NamedTuple):
    """The number of verdicts of each kind, counting the latest of each analyst on each aircraft."""

    confirmed: int = 0
    corrected: int = 0
    rejected: int = 0
    added: int = 0
    absent: int = 0

    @property
    def judged(self) -> int:
        """The number that are about candidates."""
        return self.confirmed + self.corrected + self.rejected

    @property
    def rates(self) -> dict[str, float | None]:
        """The shares of the candidates accepted, corrected and rejected, and of the aircraft added."""
        aircraft = self.confirmed + self.corrected + self.added
        return {
            "accept": _share(self.confirmed, self.judged),
            "correct": _share(self.corrected, self.judged),
            "reject": _share(self.rejected, self.judged),
            "add": _share(self.added, aircraft),
        }


def verdicts_by_analyst(aircraft: Iterable[JudgedAircraft]) -> dict[str, VerdictCount]:
    """Count the verdicts of each analyst, in the order of their names."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for judged in aircraft:
        for verdict in judged.verdicts:
            counts[verdict.analyst][verdict.verdict] += 1
    return {analyst: VerdictCount(**count) for analyst, count in sorted(counts.items())}


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
