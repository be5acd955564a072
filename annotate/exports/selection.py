"""What an export writes: what was asked for, without what is not to be told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from annotate.exports.redaction import Redaction
from annotate.log.chips import LoggedChip, NoChip, chip_path, logged_chip
from annotate.log.entries import Movement, Sighting
from annotate.log.store import Log
from annotate.query.filters import Filter


class Written(NamedTuple):
    """How much a writer wrote.

    Attributes:
        sightings: How many.
        movements: How many.
        left_out: Sightings whose chip is missing, or is not the one that was logged.
        files: Where they are; the movements of a table are in a second file.
    """

    sightings: int
    movements: int = 0
    left_out: int = 0
    files: tuple[Path, ...] = ()


class ToldChip(NamedTuple):
    """A chip as it is told.

    Attributes:
        picture: The PNG file.
        world_file: Where its pixels lie; None where positions are rounded.
    """

    picture: bytes
    world_file: bytes | None


@dataclass(frozen=True)
class Contents:
    """What of a log is exported. It may be read more than once, and is streamed each time.

    Attributes:
        log: Where it is.
        wanted: What was asked for.
        redaction: What is not told of it.
    """

    log: Log
    wanted: Filter = field(default_factory=Filter)
    redaction: Redaction = field(default_factory=Redaction)

    @cached_property
    def _chips(self) -> Path | None:
        return self.log.chips

    def sightings(self) -> Iterator[Sighting]:
        """The sightings as they are told, in the order logged."""
        return map(self.redaction.sighting, self.log.sightings(self.wanted))

    def movements(self) -> Iterator[Movement]:
        """The movements as they are told, in the order logged."""
        return map(self.redaction.movement, self.log.movements(self.wanted))

    def chip_at_hand(self, sighting: Sighting) -> bool:
        """Whether there is a file of the name of its chip, which need not be the one that was logged."""
        if sighting.chip is None or self._chips is None:
            return False
        path = chip_path(self._chips, sighting.chip)
        return path is not None and path.is_file()

    def chip(self, name: str | None, sha256: str | None) -> LoggedChip | None:
        """A chip by what the log says of it; None where it is not at hand, or not the one that was logged."""
        found = logged_chip(self._chips, name, sha256)
        return None if isinstance(found, NoChip) else found

    def told(self, chip: LoggedChip) -> ToldChip:
        """A chip without what is not told of it."""
        world_file = chip.world_file if self.redaction.round_m is None else None
        return ToldChip(self.redaction.picture(chip.picture), world_file)


def picture_name(sighting: Sighting) -> str:
    """What a sighting's chip is called in an export: a rendered one says so wherever it is taken."""
    return f"{'rendered-' if sighting.rendered else ''}{sighting.id}.png"
