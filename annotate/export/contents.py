"""What an export writes: what was asked for, without what is not to be told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from annotate.asking.filters import Filter
from annotate.export.redaction import Redaction
from annotate.log.entry import Movement, Sighting
from annotate.log.store import Log


class Written(NamedTuple):
    """How much a writer wrote.

    Attributes:
        sightings: How many.
        movements: How many.
        left_out: Sightings that the format could not take, for want of a chip.
        files: Where they are; the movements of a table are in a second file.
    """

    sightings: int
    movements: int = 0
    left_out: int = 0
    files: tuple[Path, ...] = ()


class ChipFiles(NamedTuple):
    """A chip.

    Attributes:
        picture: The PNG file, as it is told.
        world_file: The text that says where its pixels lie, which is not told where positions are rounded.
    """

    picture: bytes
    world_file: str


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
        return map(self.redaction.sighting, self.wanted.sightings(self.log))

    def movements(self) -> Iterator[Movement]:
        """The movements as they are told, in the order logged."""
        return map(self.redaction.movement, self.wanted.movements(self.log))

    def chip_files(self, chip: Path) -> ChipFiles:
        """A chip's files as they are told."""
        return ChipFiles(
            self.redaction.picture(chip.read_bytes()), chip.with_suffix(".pgw").read_text(encoding="ascii")
        )

    def told_world_file(self, files: ChipFiles) -> str | None:
        """Where a chip's pixels lie; None where positions are rounded."""
        return files.world_file if self.redaction.round_m is None else None

    def chip_path(self, sighting: Sighting) -> Path | None:
        """A sighting's chip; None where it has none, or the picture or its world file is gone."""
        if self._chips is None or sighting.chip is None or Path(sighting.chip).name != sighting.chip:
            return None
        path = self._chips / sighting.chip
        return path if path.is_file() and path.with_suffix(".pgw").is_file() else None


def picture_name(sighting: Sighting) -> str:
    """What a sighting's chip is called in an export: a rendered one says so wherever it is taken."""
    return f"{'rendered-' if sighting.rendered else ''}{sighting.id}.png"
