"""Agreement of analysts about one aircraft.

Nobody's verdict counts more because it came first. The latest of each analyst counts; an adjudicator's
settles; and where two contradict each other, the log says so and names neither's claim as its own.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from annotate.log.entries import LIKELIHOOD, Status, Verdict

CLAIMS = ("type", "operator", "tail_number")  # what two analysts may contradict each other in


class Outcome(NamedTuple):
    """The state of one aircraft by the verdicts about it.

    Attributes:
        status: ``confirmed``, ``disputed``, or ``withdrawn`` where all say that nothing is there.
        verdict: The one whose box and words are taken; its claims are those that nobody contradicts.
        counting: The verdicts that count, in the order of their analysts' names.
        because: Who says what, where they disagree; that it was rejected, and by whom; otherwise None.
    """

    status: Status
    verdict: Verdict
    counting: tuple[Verdict, ...]
    because: str | None

    @property
    def analysts(self) -> tuple[str, ...]:
        """Whose verdicts count."""
        return tuple(verdict.analyst for verdict in self.counting)


def agree(
    verdicts: Sequence[Verdict], *, min_verdicts: int = 1, adjudicators: Collection[str] = ()
) -> Outcome | None:
    """Return what verdicts about one aircraft come to.

    The latest verdict of each analyst counts, of one moment rather that something is there: who removes a
    box and draws a better one says both. A verdict that was withdrawn does not count.

    Args:
        verdicts: About one aircraft, in the order logged.
        min_verdicts: How many analysts must have said something.
        adjudicators: Whose latest word settles it, however many others there are.

    Returns:
        None where too few have said something.
    """
    counting = latest_of_each_analyst(verdicts)
    settling = [verdict for verdict in counting if verdict.analyst in adjudicators]
    if settling:
        counting = [max(settling, key=_order)]
    elif len(counting) < max(1, min_verdicts):
        return None
    counted = tuple(counting)
    present = [verdict for verdict in counting if verdict.present]
    if not present:
        by = f"rejected by {', '.join(verdict.analyst for verdict in counting)}"
        return Outcome("withdrawn", max(counting, key=_order), counted, by)
    agreed = {name: _agreed(present, name) for name in CLAIMS}
    contradicted = [name for name in CLAIMS if agreed[name] is None and _named(present, name)]
    merged = _merged(present, agreed)
    if len(present) == len(counting) and not contradicted:
        return Outcome("confirmed", merged, counted, None)
    differing = contradicted if len(present) == len(counting) else ["presence", *contradicted]
    says = "; ".join(f"{verdict.analyst} says {_words(verdict)}" for verdict in counting)
    because = f"analysts disagree on {' and '.join(differing).replace('_', ' ')}: {says}"
    return Outcome("disputed", merged, counted, because)


def latest_of_each_analyst(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Return the verdicts that count, in the order of the analysts' names.

    Args:
        verdicts: About one aircraft, in the order logged.
    """
    latest: dict[str, Verdict] = {}
    standing = {verdict.statement: verdict for verdict in verdicts}  # the later of one statement stands
    for verdict in sorted(standing.values(), key=_order):
        if verdict.withdrawn is None:
            latest[verdict.analyst] = verdict
    return [latest[analyst] for analyst in sorted(latest)]


def _order(verdict: Verdict) -> tuple[datetime, bool]:
    return datetime.fromisoformat(verdict.annotated), verdict.present


def _named(verdicts: Sequence[Verdict], claim: str) -> list[str]:
    return [value for verdict in verdicts if (value := getattr(verdict, claim)) is not None]


def _agreed(verdicts: Sequence[Verdict], claim: str) -> str | None:
    """Return what is claimed, if nobody contradicts; who names nothing does not."""
    named = _named(verdicts, claim)
    return named[-1] if len({value.strip().casefold() for value in named}) == 1 else None


def _merged(present: Sequence[Verdict], agreed: dict[str, str | None]) -> Verdict:
    """Merge the verdicts that say something is there.

    The box is the latest that somebody drew or moved, and only where nobody did, the machine's. How likely it
    is, is the least that somebody said.
    """
    latest = max(present, key=lambda verdict: (verdict.verdict != "confirmed", _order(verdict)))
    ranks = [word for word in LIKELIHOOD if any(verdict.likelihood == word for verdict in present)]
    reasons = [verdict for verdict in present if verdict.type_reason is not None and agreed["type"]]
    sizes = {verdict.size_class for verdict in present if verdict.size_class is not None}
    claims: dict[str, Any] = dict(agreed)
    return replace(
        latest,
        **claims,
        likelihood=ranks[0] if ranks else None,
        type_reason=max(reasons, key=_order).type_reason if reasons else None,
        size_class=sizes.pop() if len(sizes) == 1 and agreed["type"] is None else None,
        note=_joined_notes(present),
    )


def _joined_notes(present: Sequence[Verdict]) -> str | None:
    notes = {verdict.analyst: verdict.note for verdict in present if verdict.note}
    if len(notes) < 2:
        return next(iter(notes.values()), None)
    return "; ".join(f"{analyst}: {note}" for analyst, note in notes.items())


def _words(verdict: Verdict) -> str:
    """Return a verdict in words: ``corrected, C130, tail 5U-MAB``."""
    claims = [value for name in CLAIMS if (value := getattr(verdict, name)) is not None]
    return ", ".join([verdict.verdict, *claims])
