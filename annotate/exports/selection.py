"""What an export writes: the entries of a log that match, without what is redacted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from annotate.exports.proofs import Proofs
from annotate.exports.redaction import Redaction
from annotate.exports.rounding import rounded_sighting
from annotate.log.chips import LoggedChip, NoChip, chip_path, logged_chip
from annotate.log.entries import Movement, Sighting
from annotate.log.held import Stated
from annotate.log.store import Log
from annotate.query.filters import Filter


class ExportResult(NamedTuple):
    """What an export wrote.

    Attributes:
        sightings: How many.
        movements: How many.
        left_out: How many sightings' chips are missing, or are not the ones that were logged.
        files: Where they are; the movements of a table are in a second file.
    """

    sightings: int
    movements: int = 0
    left_out: int = 0
    files: tuple[Path, ...] = ()


class RedactedChip(NamedTuple):
    """A chip as it is published.

    Attributes:
        picture: The PNG file.
        world_file: Where its pixels lie; None where positions are rounded.
    """

    picture: bytes
    world_file: bytes | None


@dataclass(frozen=True)
class Selection:
    """The entries of a log that are exported. They can be read more than once, and are streamed each time.

    Attributes:
        log: An open log.
        matching: Which entries.
        redaction: What of them is left out.
        proofs: Where what is read is noted, to be proved; None where nobody asked for that.
    """

    log: Log
    matching: Filter = field(default_factory=Filter)
    redaction: Redaction = field(default_factory=Redaction)
    proofs: Proofs | None = None

    @cached_property
    def _chips(self) -> Path | None:
        return self.log.chips

    def sightings(self) -> Iterator[Sighting]:
        """Yield the sightings, redacted and rounded, in the order logged."""
        return map(rounded_sighting, self._redacted(Sighting, self.redaction.sighting))

    def published(self, sighting: Sighting) -> Sighting:
        """Return a sighting as it is shown to others: redacted, with the digits that its errors leave it."""
        return rounded_sighting(self.redaction.sighting(sighting))

    def movements(self) -> Iterator[Movement]:
        """Yield the movements, redacted, in the order logged."""
        return self._redacted(Movement, self.redaction.movement)

    def _redacted(self, kind: type[Stated], redacted: Callable[[Stated], Stated]) -> Iterator[Stated]:
        for text, entry in self.log.with_texts(kind, self.matching):
            shown = redacted(entry)
            if self.proofs is not None:
                self.proofs.note(text, entry, shown)
            yield shown

    def has_chip_file(self, sighting: Sighting) -> bool:
        """Check whether the file of its chip exists; it need not be the one that was logged."""
        if sighting.chip is None or self._chips is None:
            return False
        path = chip_path(self._chips, self.redaction.logged(sighting.chip))
        return path is not None and path.is_file()

    def chip(self, name: str | None, sha256: str | None) -> LoggedChip | None:
        """Read a chip by its published name and hash; None where it is missing, or is another file."""
        logged_name = None if name is None else self.redaction.logged(name)
        chip = logged_chip(self._chips, logged_name, sha256)
        return None if isinstance(chip, NoChip) else chip

    def redacted(self, chip: LoggedChip) -> RedactedChip:
        """Return a chip without what is redacted."""
        world_file = chip.world_file if self.redaction.round_m is None else None
        return RedactedChip(self.redaction.picture(chip.picture), world_file)


def picture_name(sighting: Sighting) -> str:
    """Return the name of a sighting's chip in an export; one of a rendered scene says so."""
    return f"{'rendered-' if sighting.rendered else ''}{sighting.id}.png"
