"""What analysts have said of each aircraft, out of the log."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from annotate.log.consensus import latest_of_each_analyst
from annotate.log.entries import Sighting, Verdict
from annotate.log.held import Amendment
from annotate.log.reading import LoggedEntry
from imagery.grid import PixelPoint


@dataclass(frozen=True)
class JudgedAircraft:
    """A candidate, or what somebody drew, and what is said of it.

    Attributes:
        subject: The log's name for it.
        verdicts: The latest of each analyst; at least one.
        sighting: What the log holds of it, withdrawn or not; None where it holds nothing.
        withdrawn_by_hand: Whether somebody said in the log itself that it is none.
    """

    subject: str
    verdicts: tuple[Verdict, ...]
    sighting: Sighting | None
    withdrawn_by_hand: bool = False

    @property
    def proposed(self) -> bool:
        """Whether the detector proposed it."""
        return any(verdict.candidate is not None for verdict in self.verdicts)

    @property
    def center(self) -> PixelPoint:
        """The middle of its box, in the scene's pixels; as somebody drew it, if somebody did."""
        seen = [verdict for verdict in self.verdicts if verdict.verdict != "rejected"]
        return PixelPoint(*(seen or self.verdicts)[-1].center_px)

    @property
    def scene(self) -> str | None:
        """Hash of the scene."""
        return self.verdicts[0].scene.sha256

    def is_aircraft(self, adjudicators: Collection[str] = ()) -> bool | None:
        """Whether it is one: as the log holds it, else as an adjudicator, else as all analysts say.

        Args:
            adjudicators: Analysts whose word settles.

        Returns:
            None while that is open.
        """
        status = self.sighting.status if self.sighting else None
        if status == "confirmed" or self.withdrawn_by_hand:
            return not self.withdrawn_by_hand
        # Where it was settled that nothing is there, before anything was held, the log holds nothing; and it
        # withdraws what too few analysts have an opinion of, which says nothing of the aircraft.
        settling = [verdict for verdict in self.verdicts if verdict.analyst in adjudicators]
        said = {verdict.verdict != "rejected" for verdict in settling or self.verdicts}
        if len(said) == 1:
            return said.pop()
        return False if status == "withdrawn" else None


def judged_aircraft(
    entries: Iterable[LoggedEntry], counts: Callable[[Verdict], bool] = lambda _verdict: True
) -> Iterator[JudgedAircraft]:
    """Each aircraft that somebody has an opinion of, in the order in which it was first spoken of.

    Args:
        entries: Of the log, in the order logged.
        counts: Which verdicts are meant. Withdrawn ones never count.
    """
    said: dict[str, list[Verdict]] = defaultdict(list)
    held: dict[str, dict[str, Any]] = {}
    for entry in entries:
        if entry.kind == "verdict":
            said[entry.subject].append(Verdict.from_payload(json.loads(entry.payload)))
        elif entry.kind == "sighting" and entry.subject in said:
            held[entry.subject] = json.loads(entry.payload)
    for subject, verdicts in said.items():
        latest = latest_of_each_analyst([verdict for verdict in verdicts if counts(verdict)])
        payload = held.get(subject)
        if latest:
            yield JudgedAircraft(
                subject,
                tuple(latest),
                sighting=Sighting.from_payload(payload) if payload else None,
                withdrawn_by_hand=Amendment.of(payload).changes.get("status") == "withdrawn",
            )
