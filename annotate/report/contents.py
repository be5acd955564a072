"""What a report is made of: what was asked for, the log's head, and what else is known of the same scenes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from annotate.exports.redaction import Redaction
from annotate.exports.selection import Contents
from annotate.log.chain import Head
from annotate.log.entries import Movement, Sighting
from annotate.query.filters import Filter
from annotate.report.findings import SceneFindings, findings_of, found_by_scene
from imagery.errors import UsageError


@dataclass(frozen=True)
class Material:
    """What a report shows.

    Attributes:
        head: The log's head when it was read.
        sightings: In the order of when they were, those of unknown time last.
        movements: In the order of when they began, those without a beginning last.
        scenes: Searched, with what was found in them.
        hashes: Of the sightings' and movements' entries, by identifier.
        chips: Folder of the log's chips, or None.
        redaction: What is not told.
        wanted: What was asked for.
    """

    head: Head
    sightings: list[Sighting]
    movements: list[Movement]
    scenes: list[SceneFindings]
    hashes: Mapping[str, str]
    chips: Path | None
    redaction: Redaction
    wanted: Filter

    @property
    def pictured(self) -> list[SceneFindings | Sighting]:
        """All that speaks of one place and time."""
        return [*self.scenes, *self.sightings]

    @property
    def rendered(self) -> bool:
        """Whether any of it is from a rendered image."""
        return any(one.rendered for one in self.pictured)


def gather(contents: Contents) -> Material:
    """Read what is asked for from a log. Scenes of where and when it is are shown whatever is in them.

    Raises:
        UsageError: There is none of it.
        LogError: The log cannot be read.
    """
    log, wanted = contents.log, contents.wanted
    # The head first: what is written while the rest is read comes after it.
    head = log.head()
    sightings = sorted(contents.sightings(), key=lambda one: (one.acquired is None, one.acquired or ""))
    movements = sorted(contents.movements(), key=lambda one: (one.since is None, one.since or ""))
    shown = {one.id for one in sightings} | {one.id for one in movements}
    scenes = findings_of(log.scenes(wanted), sightings, found_by_scene(log.sightings(), shown))
    if not (shown or scenes):
        raise UsageError(f"{log.name}: holds nothing of what was asked for; ask for more")
    return Material(
        head=head,
        sightings=sightings,
        movements=movements,
        scenes=scenes,
        hashes={entry.id: entry.hash for entry in log.entries() if entry.id in shown},
        chips=log.chips,
        redaction=contents.redaction,
        wanted=wanted,
    )
