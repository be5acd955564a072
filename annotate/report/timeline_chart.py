"""A line of time for each airfield: its scenes, with and without aircraft, reports, and movements."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypeVar

from annotate.log.entries import Evidence, Movement, Sighting
from annotate.report.findings import SceneFindings, State
from annotate.report.words import date_words, moment, period_words, place_words, type_words

Thing = TypeVar("Thing")

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LABEL_PERCENT = 12.0  # of room that a label needs to either side
NEAR_PERCENT = 2.2  # marks nearer than this are drawn as one
# What counts most of several scenes drawn as one.
WEIGHT: tuple[State, ...] = ("aircraft", "others", "partly", "none", "unseen")
STATE_WORDS: dict[State, str] = {
    "aircraft": "aircraft seen",
    "others": "other aircraft only",
    "none": "no aircraft found",
    "partly": "partly reviewed",
    "unseen": "not looked at",
}


class SceneMark(NamedTuple):
    """One scene, or several taken soon after another; rendered ones are never among others."""

    at: float
    state: State
    partial: bool
    aircraft: int
    label: str
    title: str
    rendered: bool


class ReportMark(NamedTuple):
    """One reported sighting, or several of about the same time."""

    at: float
    aircraft: int
    title: str


class Bar(NamedTuple):
    """A movement: the share of the axis it covers, and the line it is drawn on, counted from 0."""

    start: float
    end: float
    open_end: bool
    evidence: Evidence
    line: int
    title: str


class Row(NamedTuple):
    """What is known of one airfield over time.

    Attributes:
        airfield: Its name, for people.
        summary: What was searched there, in words.
        scenes: Marks, in order.
        reports: Marks, in order.
        bars: Movements.
        undated: Scenes and reports whose time is unknown.
        rendered: Whether any of it is from a rendered image.
    """

    airfield: str
    summary: str
    scenes: list[SceneMark]
    reports: list[ReportMark]
    bars: list[Bar]
    undated: int
    rendered: bool

    @property
    def lines(self) -> int:
        """How many lines the movements take."""
        return max((bar.line + 1 for bar in self.bars), default=0)


class Timeline(NamedTuple):
    """All rows over one axis."""

    ticks: list[Tick]
    rows: list[Row]

    @property
    def states(self) -> set[State]:
        """What its marks say."""
        return {mark.state for row in self.rows for mark in row.scenes}

    @property
    def partial(self) -> bool:
        """Whether aircraft were seen in a scene of which people have looked only at a part."""
        return any(mark.partial and mark.state != "partly" for row in self.rows for mark in row.scenes)


def timeline(
    sightings: Sequence[Sighting], movements: Sequence[Movement], scenes: Sequence[SceneFindings]
) -> Timeline:
    """What is known of each airfield over time, those with most scenes first."""
    reports = [sighting for sighting in sightings if sighting.evidence != "seen"]
    texts = [scene.acquired for scene in scenes] + [report.acquired for report in reports]
    texts += [day for movement in movements for day in (movement.since, movement.until)]
    times = [time for text in texts if (time := _middle(text))]
    axis = Axis(times or [EPOCH])  # on which nothing will lie, where nothing is dated
    places = {scene.airfield for scene in scenes} | {report.airfield for report in reports}
    places |= {place for movement in movements for place in movement.places}
    rows = [
        _row(
            place,
            [scene for scene in scenes if scene.airfield == place],
            [report for report in reports if report.airfield == place],
            [movement for movement in movements if place in movement.places],
            axis,
        )
        for place in sorted(places, key=lambda place: (place is None, place or ""))
    ]
    return Timeline(axis.ticks() if times else [], sorted(rows, key=lambda row: -len(row.scenes)))


def _row(
    place: str | None,
    scenes: Sequence[SceneFindings],
    reports: Sequence[Sighting],
    movements: Sequence[Movement],
    axis: Axis,
) -> Row:
    dated_scenes = [(axis.percent(time), one) for one in scenes if (time := _middle(one.acquired))]
    dated_reports = [(axis.percent(time), one) for one in reports if (time := _middle(one.acquired))]
    return Row(
        place_words(place),
        _summary(scenes),
        _labelled(sorted(_scene_marks(dated_scenes))),
        [_report_mark(at, near) for at, near in _near(dated_reports)],
        _bars(movements, axis),
        len(scenes) + len(reports) - len(dated_scenes) - len(dated_reports),
        any(one.rendered for one in scenes) or any(one.rendered for one in reports),
    )


def _summary(scenes: Sequence[SceneFindings]) -> str:
    if not scenes:
        return "no scene searched"
    counts = {state: sum(scene.state == state for scene in scenes) for state in WEIGHT}
    words = {
        "aircraft": "with aircraft",
        "others": "with other aircraft only",
        "partly": "partly reviewed",
        "none": "without",
        "unseen": "not looked at",
    }
    said = ", ".join(f"{count} {words[state]}" for state, count in counts.items() if count)
    partial = sum(scene.partial and scene.state != "partly" for scene in scenes)
    also = f"; {partial} of them only partly reviewed" if partial else ""
    return f"{len(scenes)} scene{'s' if len(scenes) > 1 else ''}: {said}{also}"


def _near(marks: Iterable[tuple[float, Thing]]) -> list[tuple[float, list[Thing]]]:
    """Marks that would overlap, together, at the place of the first of them."""
    groups: list[tuple[float, list[Thing]]] = []
    for at, thing in sorted(marks, key=lambda mark: mark[0]):
        if groups and at - groups[-1][0] < NEAR_PERCENT:
            groups[-1][1].append(thing)
        else:
            groups.append((at, [thing]))
    return groups


def _scene_marks(dated: list[tuple[float, SceneFindings]]) -> Iterator[SceneMark]:
    for rendered in (False, True):
        for at, near in _near((at, scene) for at, scene in dated if scene.rendered == rendered):
            yield _scene_mark(at, near)


def _scene_mark(at: float, scenes: list[SceneFindings]) -> SceneMark:
    state = min((scene.state for scene in scenes), key=WEIGHT.index)
    count = sum(scene.found.shown for scene in scenes)
    types = list(dict.fromkeys(name for scene in scenes for name in scene.found.types))[:2]
    day = moment(scenes[0].acquired)
    date = f"{day.time.day} {day.time:%b}" if day and day.time and day.precision != "month" else ""
    title = "; ".join(
        f"{date_words(scene.acquired)}: "
        + (f"{scene.found.shown} aircraft seen" if scene.found.shown else STATE_WORDS[scene.state])
        + (", partly reviewed" if scene.partial and scene.state != "partly" else "")
        + (" (RENDERED)" if scene.rendered else "")
        for scene in scenes[:6]
    ) + (f"; and {len(scenes) - 6} more" if len(scenes) > 6 else "")
    partial = any(scene.partial for scene in scenes)
    return SceneMark(
        at,
        state,
        partial,
        count,
        ": ".join(filter(None, (date, ", ".join(types)))),
        title,
        scenes[0].rendered,
    )


def _labelled(marks: list[SceneMark]) -> list[SceneMark]:
    """Marks, of which those without room around them lose their label."""
    places = [-math.inf, *(mark.at for mark in marks), math.inf]
    room = [min(at - places[i], places[i + 2] - at) for i, at in enumerate(places[1:-1])]
    return [
        mark if free >= LABEL_PERCENT else mark._replace(label="")
        for mark, free in zip(marks, room, strict=True)
    ]


def _report_mark(at: float, reports: list[Sighting]) -> ReportMark:
    title = "; ".join(f"{date_words(one.acquired)}: {type_words(one.type)}, reported" for one in reports[:6])
    return ReportMark(at, sum(one.count for one in reports), title)


def _bars(movements: Sequence[Movement], axis: Axis) -> list[Bar]:
    """Each movement on the first line that is free where it goes."""
    bars: list[Bar] = []
    ends: list[float] = []
    for movement in sorted(movements, key=lambda one: (one.since or "", one.until or "")):
        since, until = _middle(movement.since), _middle(movement.until)
        start = axis.percent(since) if since else 0.0
        end = axis.percent(until) if until else 100.0
        line = next((line for line, taken in enumerate(ends) if taken < start), len(ends))
        ends[line : line + 1] = [max(end, start + NEAR_PERCENT)]
        words = f"{movement.evidence} movement {' → '.join(movement.places)}, " + period_words(
            movement.since, movement.until
        )
        bars.append(Bar(start, max(end, start + 0.6), until is None, movement.evidence, line, words))
    return bars


def _middle(text: str | None) -> datetime | None:
    known = moment(text)
    span = known.span if known else None
    return span.first + (span.last - span.first) / 2 if span else None


MOST_TICKS = 9
LEAST_DAYS = 20.0
STEPS_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 240)


class Tick(NamedTuple):
    """A date on the axis, and where it lies in percent of it."""

    at: float
    label: str


class Axis:
    """A stretch of time from the first of some times to the last, with some room."""

    def __init__(self, times: Sequence[datetime]) -> None:
        """Span some times, at least one."""
        first, last = min(times), max(times)
        room = max((last - first) * 0.05, timedelta(days=LEAST_DAYS) - (last - first) / 2, timedelta())
        self.first, self.last = first - room, last + room

    def percent(self, time: datetime) -> float:
        """Where a time lies, 0 at the beginning and 100 at the end."""
        return round(100 * ((time - self.first) / (self.last - self.first)), 2)

    def ticks(self) -> list[Tick]:
        """Beginnings of months, or of years, not more than fit beside each other."""
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
