"""What a report shows: the matching entries, the log's head, and all reviews of the same scenes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from annotate.exports.redaction import Redaction
from annotate.exports.selection import Selection
from annotate.log.chain import Head
from annotate.log.database import LogError
from annotate.log.entries import Movement, Sighting
from annotate.query.filters import Filter
from annotate.query.searched_scenes import SearchedScene, gather_scenes, scene_key, scene_seen_in
from imagery.errors import UsageError


@dataclass(frozen=True)
class ReportContents:
    """What a report shows.

    Attributes:
        head: The log's head when it was read.
        sightings: By time, those of unknown time last.
        movements: By first day, those without one last.
        scenes: The scenes searched, with what was found in them.
        hashes: Hashes of the sightings' and movements' entries, by identifier; none where analysts are left
            out, since a hash of all that an entry says, and their name, shows whether a guessed one is right.
        chips: Folder of the log's chips, or None.
        redaction: What is left out.
        matching: Which entries are shown.
        whole: The same scenes as the log has them, with all aircraft that were seen in them. Pictures
            and statements about stands are made from these. The page shows
            nothing of them that is not in ``scenes``.
    """

    head: Head
    sightings: list[Sighting]
    movements: list[Movement]
    scenes: list[SearchedScene]
    hashes: Mapping[str, str]
    chips: Path | None
    redaction: Redaction
    matching: Filter
    whole: list[SearchedScene]

    @property
    def dated_places(self) -> list[SearchedScene | Sighting]:
        """The scenes and the sightings: everything about one place and time."""
        return [*self.scenes, *self.sightings]

    @property
    def rendered(self) -> bool:
        """True if any of it is from a rendered image."""
        return any(entry.rendered for entry in self.dated_places)


def report_contents(selection: Selection) -> ReportContents:
    """Read what a report shows. It includes all scenes of its airfields and times, even empty ones.

    Raises:
        UsageError: Nothing matches.
        LogError: The log cannot be read.
    """
    log, matching = selection.log, selection.matching
    # The head first: what is written while the rest is read comes after it.
    head = log.head()
    # A scene without a hash is known by its path, which may be redacted.
    unredacted = list(log.sightings(matching))
    sightings = sorted(map(selection.published, unredacted), key=_by_time)
    routes = list(log.movements(matching))
    movements = sorted(
        map(selection.redaction.movement, routes), key=lambda route: (route.since is None, route.since or "")
    )
    shown = {entry.id for entry in unredacted} | {entry.id for entry in routes}
    every = list(log.sightings())
    reviews = list(log.scenes(matching))
    keys = {scene_key(review.scene) for review in reviews} | set(map(scene_seen_in, unredacted))
    verdicts = [
        verdict
        for verdict in log.current_verdicts()
        if verdict.withdrawn is None and scene_key(verdict.scene) in keys
    ]
    gathered = gather_scenes(reviews, unredacted, verdicts=verdicts, every=every)
    scenes = [_published(scene, selection) for scene in gathered]
    if not (shown or scenes):
        raise UsageError(f"{log.name}: no sightings, movements or searched scenes match")
    hashes = {entry.id: entry.hash for entry in log.entries() if entry.id in shown}
    if unknown := shown - hashes.keys():
        raise LogError(f"{log.name}: entry {min(unknown)} has another id beside it; see hardstand log verify")
    return ReportContents(
        head=head,
        sightings=sightings,
        movements=movements,
        scenes=scenes,
        hashes={} if selection.redaction.public else hashes,
        chips=log.chips,
        redaction=selection.redaction,
        matching=matching,
        whole=[_with_all(scene, every) for scene in gathered],
    )


def _published(scene: SearchedScene, selection: Selection) -> SearchedScene:
    published = tuple(map(selection.published, scene.sightings))
    return replace(scene, path=None, record=None, sightings=published)


def _with_all(scene: SearchedScene, every: Iterable[Sighting]) -> SearchedScene:
    """Return a scene with all aircraft that hold in it, asked for or not."""
    held = (one for one in every if scene_seen_in(one) == scene.key and one.status != "withdrawn")
    return replace(scene, sightings=tuple(held), others=0)


def _by_time(sighting: Sighting) -> tuple[bool, str]:
    return sighting.acquired is None, sighting.acquired or ""
