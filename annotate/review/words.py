"""How often analysts accept, correct and reject what the detector proposes, and draw what it missed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from annotate.review.aircraft import JudgedAircraft


class VerdictCount(NamedTuple):
    """How many verdicts of each word there are; the latest of each analyst on each aircraft."""

    confirmed: int = 0
    corrected: int = 0
    rejected: int = 0
    added: int = 0

    @property
    def judged(self) -> int:
        """How many are about candidates."""
        return self.confirmed + self.corrected + self.rejected

    @property
    def rates(self) -> dict[str, float | None]:
        """Of the candidates, what part was accepted, corrected, rejected; of the aircraft, added."""
        seen = self.confirmed + self.corrected + self.added
        return {
            "accept": _share(self.confirmed, self.judged),
            "correct": _share(self.corrected, self.judged),
            "reject": _share(self.rejected, self.judged),
            "add": _share(self.added, seen),
        }


def verdicts_by_analyst(aircraft: Iterable[JudgedAircraft]) -> dict[str, VerdictCount]:
    """What each analyst's verdicts are."""
    words: dict[str, Counter[str]] = defaultdict(Counter)
    for one in aircraft:
        for verdict in one.verdicts:
            words[verdict.analyst][verdict.verdict] += 1
    return {analyst: VerdictCount(**count) for analyst, count in sorted(words.items())}


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
