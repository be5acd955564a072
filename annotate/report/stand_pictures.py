"""The stands of each airfield over time, with a picture of each in each scene, and what changed on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from annotate.log.entries import Sighting
from annotate.query.changes import SAID_EMPTY, Change, Unclear, compare_successive
from annotate.query.searched_scenes import SearchedScene
from annotate.query.stand_matching import place_of, side_m
from annotate.query.stands import StandHistory, StandInScene, stands_of
from annotate.report.ground_pictures import GroundPictures
from annotate.report.pictures import EmbeddedPicture
from annotate.report.plain_words import airfield_words, date_words, type_words

MOST_SCENES = 6  # columns of a table; more go into further ones
MOST_CELLS, MOST_CHANGES = 1200, 120  # pictures of each kind on a page
CellState = Literal["occupied", "other", "empty", "hidden"]


class StandCell(NamedTuple):
    """One stand in one scene.

    Attributes:
        state: An aircraft of this page, one that the page does not show, empty, or not visible.
        words: The same in words.
        number: Of the aircraft on this page; None without one.
        picture: Of the ground; None where nothing at hand shows it.
    """

    state: CellState
    words: str
    number: int | None
    picture: EmbeddedPicture | None


class StandTable(NamedTuple):
    """Some scenes of one airfield, a column each, by its stands.

    Attributes:
        airfield: Its name.
        scenes: Date and coverage of each, in words, and whether it is rendered.
        rows: Number of the stand, and its cells.
    """

    airfield: str
    scenes: list[tuple[str, str, bool]]
    rows: list[tuple[int, list[StandCell]]]


class ChangedStand(NamedTuple):
    """A stand that differs between two scenes, with both pictures.

    Attributes:
        kind: ``newly occupied``, ``newly empty``, ``same stand`` or ``not visible``.
        words: What is known of it.
        before: Picture in the earlier scene.
        after: Picture in the later scene.
    """

    kind: str
    words: str
    before: EmbeddedPicture | None
    after: EmbeddedPicture | None


class ChangedScenes(NamedTuple):
    """Two scenes of an airfield.

    Attributes:
        airfield: Its name.
        before: Date of the earlier.
        after: Date of the later.
        interval: The time between, in words, and which scenes between do not show these stands.
        rendered: Whether they are rendered.
        stands: Those that differ.
    """

    airfield: str
    before: str
    after: str
    interval: str
    rendered: bool
    stands: list[ChangedStand]


class StandPictures:
    """The tables of stands and of changes of a page."""

    def __init__(self, numbers: Mapping[str, int], pictures: GroundPictures) -> None:
        """Take the numbers of the page's sightings by identifier, and the scenes at hand."""
        self._numbers, self._pictures = numbers, pictures
        self._cells = self._changes = 0

    def tables(self, scenes: Sequence[SearchedScene]) -> list[StandTable]:
        """Return the stands on which an aircraft of the page stood, by airfield.

        Args:
            scenes: As the log has them, with all aircraft that were seen in them.
        """
        return [
            StandTable(airfield_words(place), [_heading(scene) for _, scene in part], rows)
            for place, of_place in _by_airfield(scenes)
            for part, rows in self._parts(of_place)
        ]

    def changes(self, scenes: Sequence[SearchedScene]) -> list[ChangedScenes]:
        """Return what differs between each scene and the next, as far as it is about the page's aircraft."""
        found = []
        for place, of_place in _by_airfield(scenes):
            for change in compare_successive(of_place, self._pictures.data_share):
                stands = list(self._changed(change))
                if stands:
                    before, after = (date_words(scene.acquired) for scene in (change.earlier, change.later))
                    rendered, interval = change.later.rendered, _interval_words(change)
                    found.append(
                        ChangedScenes(airfield_words(place), before, after, interval, rendered, stands)
                    )
        return found

    def _parts(
        self, scenes: Sequence[SearchedScene]
    ) -> Iterator[tuple[list[tuple[int, SearchedScene]], list[tuple[int, list[StandCell]]]]]:
        stands = [
            stand
            for stand in stands_of(scenes, self._pictures.data_share)
            if any(cell.sighting and cell.sighting.id in self._numbers for cell in stand.scenes)
        ]
        placed = list(enumerate(scenes))
        for start in range(0, len(placed), MOST_SCENES) if stands else ():
            part = placed[start : start + MOST_SCENES]
            yield part, [(stand.number, [self._cell(stand, *column) for column in part]) for stand in stands]

    def _cell(self, stand: StandHistory, index: int, scene: SearchedScene) -> StandCell:
        cell = stand.scenes[index]
        state = self._state(cell)
        self._cells += 1
        drawn = state != "other" and self._cells <= MOST_CELLS
        picture = self._pictures.stand(scene, stand.place, stand.side_m) if drawn else None
        number = self._numbers.get(cell.sighting.id) if cell.sighting else None
        return StandCell(state, _cell_words(cell, state), number, picture)

    def _state(self, cell: StandInScene) -> CellState:
        if cell.sighting is not None:
            return "occupied" if cell.sighting.id in self._numbers else "other"
        return "empty" if cell.empty else "hidden"

    def _changed(self, change: Change) -> Iterator[ChangedStand]:
        for kind, absent in (("newly occupied", change.newly_occupied), ("newly empty", change.newly_empty)):
            for sighting in absent:
                note = SAID_EMPTY if change.said_empty(sighting) else ""
                yield from self._changed_stand(kind, sighting, note, change)
        for stand in change.occupied:
            if "other" in (stand.size, stand.type):
                note = f"{stand.words}: {stand.verdict}"
                yield from self._changed_stand("same stand", stand.after, note, change)
        for unclear in change.unclear:
            kind = "not visible" if unclear.not_visible else "unclear"
            because = self._pictures.redaction.text(_dated(unclear, change))
            yield from self._changed_stand(kind, unclear.sighting, because, change)

    def _changed_stand(
        self, kind: str, sighting: Sighting, note: str, change: Change
    ) -> Iterator[ChangedStand]:
        number, place = self._numbers.get(sighting.id), place_of(sighting)
        if number is None or place is None or self._changes >= MOST_CHANGES:
            return
        self._changes += 1
        pair = (
            self._pictures.stand(each, place, side_m(sighting)) for each in (change.earlier, change.later)
        )
        words = f"{number}: {type_words(sighting.type, sighting.size_class)}"
        yield ChangedStand(kind, f"{words}; {note}" if note else words, *pair)


def _by_airfield(scenes: Sequence[SearchedScene]) -> Iterator[tuple[str | None, list[SearchedScene]]]:
    """Yield the dated scenes of each airfield with two or more; rendered ones are apart from real ones."""
    groups: dict[tuple[str | None, bool], list[SearchedScene]] = defaultdict(list)
    for scene in scenes:
        if scene.span is not None and scene.airfield is not None:
            groups[scene.airfield, scene.rendered].append(scene)
    for (airfield, _), of_place in groups.items():
        if len(of_place) > 1:
            yield airfield, of_place


def _dated(unclear: Unclear, change: Change) -> str:
    """Return why nothing is known of a stand, with the date of the scene that does not tell for its file."""
    other = change.later if unclear.sighting in change.earlier.sightings else change.earlier
    if not other.name:
        return unclear.because
    return unclear.because.replace(other.name, f"the image of {date_words(other.acquired)}")


def _interval_words(change: Change) -> str:
    if not change.passed:
        return change.interval
    between = ", ".join(date_words(scene.acquired) for scene in change.passed)
    return f"{change.interval}; stands that no scene between shows: {between}"


def _heading(scene: SearchedScene) -> tuple[str, str, bool]:
    return date_words(scene.acquired), scene.coverage, scene.rendered


def _cell_words(cell: StandInScene, state: CellState) -> str:
    if cell.sighting is None:
        if cell.not_shown is None:
            return "empty"
        if cell.not_shown.reason == "not looked at":
            return "seen by no person"
        return f"{'not visible' if cell.not_shown.not_visible else 'unclear'}: {cell.not_shown.reason}"
    if state == "other":
        return "an aircraft that this page does not show"
    return cell.sighting.type or "type not stated"
