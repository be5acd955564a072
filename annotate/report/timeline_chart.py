"""The page's timeline: a row per airfield with its scenes, also empty ones, reports and movements."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypeVar

from annotate.log.entries import Evidence, Movement, Sighting
from annotate.log.stops import route_words, stop_key
from annotate.query.searched_scenes import SceneState, SearchedScene
from annotate.report.plain_words import airfield_words, date_range_words, date_words, moment, type_words
from imagery.words import counted

Dated = TypeVar("Dated", SearchedScene, Sighting)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LABEL_PERCENT = 12.0  # of room that a label needs to either side
NEAR_PERCENT = 2.2  # marks nearer than this are drawn as one
LEAST_BAR_PERCENT = 0.6
TITLES = 6  # scenes or reports that the title of one mark lists
LABEL_TYPES = 2
MOST_TICKS = 9
LEAST_DAYS = 20.0
STEPS_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 240)
# What several scenes drawn as one are marked as: the first of these that any of them is.
STATES: tuple[SceneState, ...] = ("aircraft", "others", "partly", "none", "unseen")
STATE_WORDS: dict[SceneState, str] = {
    "aircraft": "aircraft seen",
    "others": "other aircraft only",
    "none": "no aircraft found",
    "partly": "none seen, as far as people could see",
    "unseen": "seen by no person",
}
SUMMARY_WORDS: dict[SceneState, str] = {
    "aircraft": "with aircraft",
    "others": "with other aircraft only",
    "none": "without aircraft",
    "partly": "with none as far as people could see",
    "unseen": "seen by no person",
}


class SceneMark(NamedTuple):
    """One scene, or several taken soon after another; rendered ones are never among others.

    Attributes:
        at: Percent of the axis.
        state: Its state; of several scenes, the first of `STATES`.
        partial: Whether people have seen a scene only in part.
        aircraft: How many were seen.
        label: Date and types, as far as there is room.
        title: The scenes in words.
        rendered: Whether they are rendered.
    """

    at: float
    state: SceneState
    partial: bool
    aircraft: int
    label: str
    title: str
    rendered: bool


class ReportMark(NamedTuple):
    """One reported sighting, or several of about the same time.

    Attributes:
        at: Percent of the axis.
        aircraft: How many are reported.
        title: The reports in words.
    """

    at: float
    aircraft: int
    title: str


class MovementBar(NamedTuple):
    """A movement.

    Attributes:
        start: Percent of the axis.
        end: Percent of the axis.
        open_end: Whether no last day is known.
        evidence: How it is known.
        line: The line it is drawn on, from 0.
        title: The movement in words.
    """

    start: float
    end: float
    open_end: bool
    evidence: Evidence
    line: int
    title: str


class AirfieldRow(NamedTuple):
    """What is known of one airfield over time.

    Attributes:
        airfield: Its name.
        summary: The scenes searched there, in words.
        scenes: Marks, in order.
        reports: Marks, in order.
        bars: Movements.
        undated: How many scenes and reports have no known time.
        rendered: Whether any of it is from a rendered image.
    """

    airfield: str
    summary: str
    scenes: list[SceneMark]
    reports: list[ReportMark]
    bars: list[MovementBar]
    undated: int
    rendered: bool

    @property
    def lines(self) -> int:
        """How many lines the movements take."""
        return max((bar.line + 1 for bar in self.bars), default=0)


class Tick(NamedTuple):
    """A date on the axis, and where it lies in percent of it."""

    at: float
    label: str


class TimelineChart(NamedTuple):
    """All rows over one axis."""

    ticks: list[Tick]
    rows: list[AirfieldRow]

    @property
    def states(self) -> set[SceneState]:
        """The states of its marks."""
        return {mark.state for row in self.rows for mark in row.scenes}

    @property
    def partial(self) -> bool:
        """Whether aircraft were seen in a scene that people have seen only in part."""
        return any(mark.partial and mark.state != "partly" for row in self.rows for mark in row.scenes)


class TimeAxis:
    """A stretch of time around some times, at least `LEAST_DAYS` long."""

    def __init__(self, times: Sequence[datetime]) -> None:
        """Span some times, at least one."""
        first, last = min(times), max(times)
        room = max((last - first) * 0.05, timedelta(days=LEAST_DAYS) - (last - first) / 2, timedelta())
        self.first, self.last = first - room, last + room

    def percent(self, time: datetime) -> float:
        """Return where a time lies, 0 at the beginning and 100 at the end."""
        return round(100 * ((time - self.first) / (self.last - self.first)), 2)

    def ticks(self) -> list[Tick]:
        """Return beginnings of months, or of years, not more than fit beside each other."""
        months = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month
        step = next((step for step in STEPS_MONTHS if months / step <= MOST_TICKS), STEPS_MONTHS[-1])
        ticks = []
        for month in range(0, months + 1):
            year, of_year = divmod(self.first.year * 12 + self.first.month - 1 + month, 12)
            if (year * 12 + of_year) % step:
                continue
            time = datetime(year, of_year + 1, 1, tzinfo=UTC)
            if self.first <= time <= self.last:
                ticks.append(Tick(self.percent(time), f"{time:%Y}" if step >= 12 else f"{time:%b %Y}"))
        return ticks


def timeline_chart(
    sightings: Sequence[Sighting], movements: Sequence[Movement], scenes: Sequence[SearchedScene]
) -> TimelineChart:
    """Draw what is known of each airfield over time, those with most scenes first."""
    reports = [sighting for sighting in sightings if sighting.evidence != "seen"]
    texts = [scene.acquired for scene in scenes] + [report.acquired for report in reports]
    texts += [day for movement in movements for day in (movement.since, movement.until)]
    times = [time for text in texts if (time := _middle(text))]
    axis = TimeAxis(times or [EPOCH])  # without any times it stays empty
    places = {scene.airfield for scene in scenes} | {report.airfield for report in reports}
    joined = [(movement, set(map(stop_key, movement.places))) for movement in movements]
    places |= {place for _, stops in joined for place in stops}
    rows = [
        _row(
            place,
            [scene for scene in scenes if scene.airfield == place],
            [report for report in reports if report.airfield == place],
            [movement for movement, stops in joined if place in stops],
            axis,
        )
        for place in sorted(places, key=lambda place: (place is None, place or ""))
    ]
    return TimelineChart(axis.ticks() if times else [], sorted(rows, key=lambda row: -len(row.scenes)))


def _row(
    place: str | None,
    scenes: Sequence[SearchedScene],
    reports: Sequence[Sighting],
    movements: Sequence[Movement],
    axis: TimeAxis,
) -> AirfieldRow:
    dated_scenes, dated_reports = _placed(scenes, axis), _placed(reports, axis)
    return AirfieldRow(
        airfield=airfield_words(place),
        summary=_summary(scenes),
        scenes=_labelled(sorted(_scene_marks(dated_scenes))),
        reports=[_report_mark(at, near) for at, near in _grouped(dated_reports)],
        bars=_bars(movements, axis),
        undated=len(scenes) + len(reports) - len(dated_scenes) - len(dated_reports),
        rendered=any(scene.rendered for scene in scenes) or any(report.rendered for report in reports),
    )


def _placed(entries: Sequence[Dated], axis: TimeAxis) -> list[tuple[float, Dated]]:
    """Return the entries of known time with their places on the axis."""
    return [(axis.percent(time), entry) for entry in entries if (time := _middle(entry.acquired))]


def _middle(text: str | None) -> datetime | None:
    """Return the middle of the times that a logged time leaves open."""
    acquisition = moment(text)
    span = acquisition.span if acquisition else None
    return span.first + (span.last - span.first) / 2 if span else None


def _summary(scenes: Sequence[SearchedScene]) -> str:
    if not scenes:
        return "no scenes searched"
    counts = {state: sum(scene.state == state for scene in scenes) for state in STATES}
    words = ", ".join(f"{count} {SUMMARY_WORDS[state]}" for state, count in counts.items() if count)
    partial = sum(scene.partial and scene.state != "partly" for scene in scenes)
    also = f"; {partial} of these seen by a person only in part" if partial else ""
    return f"{counted(len(scenes), 'scene')}: {words}{also}"


def _grouped(marks: Iterable[tuple[float, Dated]]) -> list[tuple[float, list[Dated]]]:
    """Join marks that would overlap, at the place of the first of them."""
    groups: list[tuple[float, list[Dated]]] = []
    for at, entry in sorted(marks, key=lambda mark: mark[0]):
        if groups and at - groups[-1][0] < NEAR_PERCENT:
            groups[-1][1].append(entry)
        else:
            groups.append((at, [entry]))
    return groups


def _scene_marks(dated: list[tuple[float, SearchedScene]]) -> Iterator[SceneMark]:
    for rendered in (False, True):
        for at, near in _grouped((at, scene) for at, scene in dated if scene.rendered == rendered):
            yield _scene_mark(at, near)


def _scene_mark(at: float, scenes: list[SearchedScene]) -> SceneMark:
    types = list(dict.fromkeys(name for scene in scenes for name in scene.types))[:LABEL_TYPES]
    day = moment(scenes[0].acquired)
    date = f"{day.time.day} {day.time:%b}" if day and day.time and day.precision != "month" else ""
    more = f"; and {len(scenes) - TITLES} more" if len(scenes) > TITLES else ""
    return SceneMark(
        at=at,
        state=min((scene.state for scene in scenes), key=STATES.index),
        partial=any(scene.partial for scene in scenes),
        aircraft=sum(len(scene.sightings) for scene in scenes),
        label=": ".join(filter(None, (date, ", ".join(types)))),
        title="; ".join(map(_scene_title, scenes[:TITLES])) + more,
        rendered=scenes[0].rendered,
    )


def _scene_title(scene: SearchedScene) -> str:
    return (
        f"{date_words(scene.acquired)}: "
        + (f"{len(scene.sightings)} aircraft seen" if scene.sightings else STATE_WORDS[scene.state])
        + ("" if scene.complete else f" ({scene.coverage})")
        + (" (RENDERED)" if scene.rendered else "")
    )


def _labelled(marks: list[SceneMark]) -> list[SceneMark]:
    """Remove the labels of marks without room around them."""
    places = [-math.inf, *(mark.at for mark in marks), math.inf]
    room = [min(at - places[i], places[i + 2] - at) for i, at in enumerate(places[1:-1])]
    return [
        mark if free >= LABEL_PERCENT else mark._replace(label="")
        for mark, free in zip(marks, room, strict=True)
    ]


def _report_mark(at: float, reports: list[Sighting]) -> ReportMark:
    title = "; ".join(
        f"{date_words(report.acquired)}: {type_words(report.type)}, reported" for report in reports[:TITLES]
    )
    return ReportMark(at, sum(report.count for report in reports), title)


def _bars(movements: Sequence[Movement], axis: TimeAxis) -> list[MovementBar]:
    """Draw each movement on the first line that is free where it goes."""
    bars: list[MovementBar] = []
    ends: list[float] = []
    for movement in sorted(movements, key=lambda movement: (movement.since or "", movement.until or "")):
        since, until = _middle(movement.since), _middle(movement.until)
        start = axis.percent(since) if since else 0.0
        end = axis.percent(until) if until else 100.0
        line = next((line for line, taken in enumerate(ends) if taken < start), len(ends))
        ends[line : line + 1] = [max(end, start + NEAR_PERCENT)]
        dates = date_range_words(movement.since, movement.until)
        title = f"{movement.evidence} movement {route_words(movement.places, ' → ')}, {dates}"
        end = max(end, start + LEAST_BAR_PERCENT)
        bars.append(MovementBar(start, end, until is None, movement.evidence, line, title))
    return bars
