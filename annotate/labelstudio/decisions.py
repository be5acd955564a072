"""Decisions on the boxes that the machine proposed, out of those that an analyst left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from annotate.log.entries import Judgement
from detect.box import OrientedBox, angle_between_deg, compass_deg

SAME_PX = 0.1  # coordinates go through a browser as percentages; a person cannot move a box by so little
SAME_DEG = 0.1

Nose = Literal["right", "swapped"]


class Claims(NamedTuple):
    """What an analyst says of an aircraft besides where it stands; the members are those of a `Verdict`."""

    type: str | None = None
    size_class: str | None = None
    type_reason: str | None = None
    likelihood: str | None = None
    operator: str | None = None
    tail_number: str | None = None
    note: str | None = None


class ReviewedBox(NamedTuple):
    """A box as an analyst left or drew it.

    Attributes:
        id: The region's; that of the candidate where it began as one.
        box: In the pixels of the tile that was reviewed.
        nose: What they said of its nose: that it is where the box has it, or at the other end.
        claims: What else they said.
    """

    id: str
    box: OrientedBox
    nose: Nose | None = None
    claims: Claims = Claims()


class Decision(NamedTuple):
    """One verdict word and what it is about.

    Attributes:
        verdict: The word.
        id: The region's.
        box: The analyst's box; the machine's where it was rejected.
        nose_said: Whether the analyst said where the nose is.
        claims: What else they said.
    """

    verdict: Judgement
    id: str
    box: OrientedBox
    nose_said: bool = False
    claims: Claims = Claims()


def same_box(one: OrientedBox, other: OrientedBox) -> bool:
    """Check whether two boxes of one image differ by less than a person could mean."""
    shifts = (
        one.center.col - other.center.col,
        one.center.row - other.center.row,
        one.length - other.length,
        one.width - other.width,
    )
    return angle_between_deg(one.angle_deg, other.angle_deg) <= SAME_DEG and all(
        abs(shift) <= SAME_PX for shift in shifts
    )


def decisions(
    proposed: Mapping[str, OrientedBox], reviewed: Iterable[ReviewedBox], *, shown: bool
) -> Iterator[Decision]:
    """Compare what an analyst left with what the machine proposed.

    Args:
        proposed: The machine's boxes by candidate identifier.
        reviewed: The analyst's boxes.
        shown: Whether the analyst saw the machine's boxes. If not, their absence says nothing.

    Yields:
        One decision per box: of the analyst's boxes in their order, then of the proposals they removed.
    """
    removed = dict(proposed)
    for box in reviewed:
        proposal = removed.pop(box.id, None)
        # What was left is where the machine had it, and not where the browser rounded it to.
        place = proposal if proposal is not None and same_box(proposal, box.box) else box.box
        if box.nose == "swapped":
            place = place._replace(angle_deg=compass_deg(place.angle_deg + 180))
        verdict: Judgement = (
            "added" if proposal is None else "confirmed" if place is proposal else "corrected"
        )
        yield Decision(verdict, box.id, place, box.nose is not None, box.claims)
    if shown:
        for identifier, proposal in removed.items():
            yield Decision("rejected", identifier, proposal)
