"""What an analyst's boxes say about the boxes that the machine proposed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from annotate.log.entry import Judgement
from detect.box import OrientedBox

SAME_PX = 0.1  # coordinates go through a browser as percentages; a person cannot move a box by so little
SAME_DEG = 0.1


class ReviewedBox(NamedTuple):
    """A box as an analyst left or drew it.

    Attributes:
        id: The region's; that of the candidate where it began as one.
        box: In the pixels of the image that was reviewed.
        type: ICAO designator, or None.
    """

    id: str
    box: OrientedBox
    type: str | None


class Decision(NamedTuple):
    """One verdict word and what it is about.

    Attributes:
        verdict: The word.
        id: The region's.
        box: The analyst's box; the machine's where it was rejected.
        type: ICAO designator, or None.
    """

    verdict: Judgement
    id: str
    box: OrientedBox
    type: str | None


def turned_by(one_deg: float, other_deg: float) -> float:
    """The angle between two directions, 0..180 degrees: 359.9 and 0.1 are neighbours."""
    return abs((one_deg - other_deg + 180) % 360 - 180)


def same_box(one: OrientedBox, other: OrientedBox) -> bool:
    """Whether two boxes of one image differ by less than a person could mean."""
    shifts = (
        one.center.col - other.center.col,
        one.center.row - other.center.row,
        one.length - other.length,
        one.width - other.width,
    )
    return turned_by(one.angle_deg, other.angle_deg) <= SAME_DEG and all(
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
        One decision a box: of the analyst's boxes in their order, then of the proposals they removed.
    """
    left = dict(proposed)
    for box in reviewed:
        proposal = left.pop(box.id, None)
        if proposal is None:
            yield Decision("added", box.id, box.box, box.type)
        elif same_box(proposal, box.box):
            yield Decision("confirmed", box.id, proposal, box.type)
        else:
            yield Decision("corrected", box.id, box.box, box.type)
    if shown:
        for identifier, proposal in left.items():
            yield Decision("rejected", identifier, proposal, None)
