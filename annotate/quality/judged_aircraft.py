"""Each aircraft of the log with the verdicts on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from annotate.log.consensus import latest_of_each_analyst
from annotate.log.entries import Sighting, Verdict
from annotate.log.held import Amendment
from annotate.log.payload import payload_of
from annotate.log.reading import LoggedEntry
from imagery.grid import PixelPoint


@dataclass(frozen=True)
class JudgedAircraft:
    """A candidate, or a box that somebody drew, and the verdicts on it.

    Attributes:
        subject: The log's key for it.
        verdicts: The latest of each analyst; at least one.
        sighting: Its latest sighting, withdrawn or not; None where the log has none.
        withdrawn_by_hand: Whether somebody withdrew it in the log itself.
    """

    subject: str
    verdicts: tuple[Verdict, ...]
    sighting: Sighting | None
    withdrawn_by_hand: bool = False

    @property
    def proposed(self) -> bool:
        """True if the detector proposed it."""
        return any(verdict.candidate is not None for verdict in self.verdicts)

    @property
    def center(self) -> PixelPoint:
        """The middle of its box, in the scene's pixels, as drawn last; of a rejected candidate, its own."""
        accepted = [verdict for verdict in self.verdicts if verdict.present]
        return PixelPoint(*(accepted or self.verdicts)[-1].center_px)

    @property
    def scene(self) -> str | None:
        """SHA-256 of the scene."""
        return self.verdicts[0].scene.sha256

    def is_aircraft(self, adjudicators: Collection[str] = ()) -> bool | None:
        """Check whether it is an aircraft: by the log, else by an adjudicator, else if all analysts agree.

        Args:
            adjudicators: Analysts whose verdict settles a dispute.

        Returns:
            None while that is undecided.
        """
        status = self.sighting.status if self.sighting else None
        if status == "confirmed" or self.withdrawn_by_hand:
            return not self.withdrawn_by_hand
        # The log has no sighting of what was rejected before it was ever confirmed; and it withdraws what too
        # few analysts have judged, which says nothing about the aircraft.
        settling = [verdict for verdict in self.verdicts if verdict.analyst in adjudicators]
        opinions = {verdict.present for verdict in settling or self.verdicts}
        if len(opinions) == 1:
            return opinions.pop()
        return False if status == "withdrawn" else None


def judged_aircraft(
    entries: Iterable[LoggedEntry], counts: Callable[[Verdict], bool] = lambda _verdict: True
) -> Iterator[JudgedAircraft]:
    """Join the verdicts on each aircraft, in the order of the first verdict.

    Args:
        entries: The log's, in the order logged.
        counts: Chooses the verdicts that count. Withdrawn ones never do.
    """
    verdicts_on: dict[str, list[Verdict]] = defaultdict(list)
    sightings: dict[str, dict[str, Any]] = {}
    for entry in entries:
        if entry.kind == "verdict":
            verdicts_on[entry.subject].append(Verdict.from_payload(payload_of(entry.payload)))
        elif entry.kind == "sighting" and entry.subject in verdicts_on:
            sightings[entry.subject] = payload_of(entry.payload)
    for subject, verdicts in verdicts_on.items():
        latest = latest_of_each_analyst([verdict for verdict in verdicts if counts(verdict)])
        payload = sightings.get(subject)
        if latest:
            yield JudgedAircraft(
                subject,
                tuple(latest),
                sighting=Sighting.from_payload(payload) if payload else None,
                withdrawn_by_hand=Amendment.of(payload).changes.get("status") == "withdrawn",
            )
