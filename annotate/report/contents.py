"""What a report shows: the matching entries, the log's head, and all reviews of the same scenes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from annotate.exports.redaction import Redaction
from annotate.exports.selection import Selection
from annotate.log.chain import Head
from annotate.log.entries import Movement, Sighting
from annotate.query.filters import Filter
from annotate.report.findings import SceneFindings, findings_of, found_by_scene
from imagery.errors import UsageError


@dataclass(frozen=True)
class ReportContents:
    """What a report shows.

    Attributes:
        head: The log's head when it was read.
        sightings: By time, those of unknown time last.
        movements: By first day, those without one last.
        scenes: The scenes searched, with what was found in them.
        hashes: Hashes of the sightings' and movements' entries, by identifier.
        chips: Folder of the log's chips, or None.
        redaction: What is left out.
        matching: Which entries are shown.
    """

    head: Head
    sightings: list[Sighting]
    movements: list[Movement]
    scenes: list[SceneFindings]
    hashes: Mapping[str, str]
    chips: Path | None
    redaction: Redaction
    matching: Filter

    @property
    def dated_places(self) -> list[SceneFindings | Sighting]:
        """The scenes and the sightings: everything about one place and time."""
        return [*self.scenes, *self.sightings]

    @property
    def rendered(self) -> bool:
        """Whether any of it is from a rendered image."""
        return any(entry.rendered for entry in self.dated_places)


def report_contents(selection: Selection) -> ReportContents:
    """Read what a report shows. The scenes of its airfields and times are among it, also empty ones.

    Raises:
        UsageError: Nothing matches.
        LogError: The log cannot be read.
    """
    log, matching = selection.log, selection.matching
    # The head first: what is written while the rest is read comes after it.
    head = log.head()
    sightings = sorted(
        selection.sightings(), key=lambda sighting: (sighting.acquired is None, sighting.acquired or "")
    )
    movements = sorted(
        selection.movements(), key=lambda movement: (movement.since is None, movement.since or "")
    )
    shown = {entry.id for entry in sightings} | {entry.id for entry in movements}
    scenes = findings_of(log.scenes(matching), sightings, found_by_scene(log.sightings(), shown))
    if not (shown or scenes):
        raise UsageError(f"{log.name}: no sightings, movements or searched scenes match")
    return ReportContents(
        head=head,
        sightings=sightings,
        movements=movements,
        scenes=scenes,
        hashes={entry.id: entry.hash for entry in log.entries() if entry.id in shown},
        chips=log.chips,
        redaction=selection.redaction,
        matching=matching,
    )
