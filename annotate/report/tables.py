"""The page's tables as rows of cells: what is shown of each, and what it is sorted by where that differs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from annotate.log.entries import LIKELIHOOD, Sighting
from annotate.report.findings import SceneFindings
from annotate.report.timeline_chart import STATE_WORDS
from annotate.report.words import date_words, link_address, place_words, type_words

Cell = str | tuple[str, str | float]  # text, or (text, what it is sorted by)
RENDERED = "RENDERED"
TIMES = "\u00d7"  # the multiplication sign


class Column(NamedTuple):
    """A column of a table.

    Attributes:
        name: Its heading.
        kind: ``text``; ``badges`` are words joined by ``, `` that are drawn as labels; ``choice`` is text of
            which the reader can choose one; ``number`` is set to the right.
    """

    name: str
    kind: str


SIGHTING_COLUMNS = (
    Column("How known", "badges"),
    Column("When", "text"),
    Column("Where", "choice"),
    Column("What", "choice"),
    Column("Operator", "text"),
    Column(f"Measured, length {TIMES} span", "number"),
    Column("How likely", "text"),
    Column("Who", "text"),
)
SCENE_COLUMNS = (
    Column("What it shows", "badges"),
    Column("Taken", "text"),
    Column("Where", "choice"),
    Column("Aircraft", "number"),
    Column("Tiles reviewed", "number"),
    Column("Sensor", "text"),
    Column("Metres a pixel", "number"),
    Column("Image, licence, SHA-256", "text"),
)


def sighting_rows(sightings: Sequence[Sighting]) -> dict[str, Any]:
    """The table of sightings as JSON members ``columns`` and ``rows``; a row's number is the sighting's."""
    return {"columns": SIGHTING_COLUMNS, "rows": [_sighting_row(sighting) for sighting in sightings]}


def scene_rows(scenes: Sequence[SceneFindings]) -> dict[str, Any]:
    """The table of scenes, in the same form."""
    return {"columns": SCENE_COLUMNS, "rows": [_scene_row(scene) for scene in scenes]}


def _sighting_row(one: Sighting) -> list[Cell]:
    badges = [one.evidence] + [one.status] * (one.status != "confirmed") + [RENDERED] * one.rendered
    size: Cell = ("", -1)
    if one.length_m is not None and one.wingspan_m is not None:
        size = (f"{one.length_m:.1f} {TIMES} {one.wingspan_m:.1f} m", one.length_m)
    count = f"{one.count} {TIMES} " if one.count > 1 else ""
    return [
        ", ".join(badges),
        _when(one.acquired),
        place_words(one.airfield) if one.airfield or one.lon is None else f"{one.lon:.4f}, {one.lat:.4f}",
        count + type_words(one.type, one.size_class),
        ", ".join(filter(None, (one.operator, one.tail_number))),
        size,
        (one.likelihood or "not said", LIKELIHOOD.get(one.likelihood or "", (-1,))[0]),
        ", ".join(name.partition("@")[0] for name in one.analyst.split(", ")),
    ]


def _scene_row(scene: SceneFindings) -> list[Cell]:
    found = scene.found
    others = f" and {found.every - found.shown} not shown" if found.every > found.shown else ""
    reviewed = f"{scene.reviewed} of {scene.tasks}" if scene.tasks else "no review logged"
    about = (scene.image_id, scene.licence, link_address(scene.source_url), scene.sha256)
    return [
        ", ".join([STATE_WORDS[scene.state]] + [RENDERED] * scene.rendered),
        _when(scene.acquired),
        place_words(scene.airfield),
        (f"{found.shown}{others}", found.shown),
        (reviewed, scene.reviewed / scene.tasks if scene.tasks else -1),
        scene.sensor or "",
        (f"{scene.gsd_m:.2f}" if scene.gsd_m else "", scene.gsd_m or -1),
        " · ".join(filter(None, about)),
    ]


def _when(acquired: str | None) -> Cell:
    return (date_words(acquired), acquired or "~")  # unknown times come last
