"""The page's tables as rows of cells: their text, and the key they are sorted by where that differs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from annotate.log.entries import LIKELIHOOD, Sighting
from annotate.log.size_check import measured_size, size_disagrees
from annotate.query.searched_scenes import SearchedScene
from annotate.report.plain_words import airfield_words, date_words, link_address, type_words
from annotate.report.timeline_chart import STATE_WORDS
from imagery.grid import LonLat
from imagery.measures import TIMES, place_words

Cell = str | tuple[str, str | float]  # text, or (text, sort key)
RENDERED = "RENDERED"
SIZE_DISAGREES = "size disagrees"


class TableColumn(NamedTuple):
    """A column of a table.

    Attributes:
        name: Its heading.
        kind: ``text``; ``badges``, words joined by ``, `` that are drawn as labels; ``choice``, text by which
            the reader can filter; ``number``, aligned right.
    """

    name: str
    kind: str


SIGHTING_COLUMNS = (
    TableColumn("No.", "text"),
    TableColumn("Evidence", "badges"),
    TableColumn("When", "text"),
    TableColumn("Where", "choice"),
    TableColumn("Type", "choice"),
    TableColumn("Operator", "text"),
    TableColumn(f"Measured length {TIMES} span", "number"),
    TableColumn("Likelihood", "text"),
    TableColumn("Analyst", "text"),
)
SCENE_COLUMNS = (
    TableColumn("Finding", "badges"),
    TableColumn("Taken", "text"),
    TableColumn("Where", "choice"),
    TableColumn("Aircraft", "number"),
    TableColumn("Seen by a person", "text"),
    TableColumn("Sensor", "text"),
    TableColumn("Metres per pixel", "number"),
    TableColumn("Image, licence, SHA-256", "text"),
)


def sighting_table(sightings: Sequence[Sighting]) -> dict[str, Any]:
    """Return the table of sightings as JSON members ``columns`` and ``rows``, a row per sighting."""
    return {
        "columns": SIGHTING_COLUMNS,
        "rows": [_sighting_row(number, sighting) for number, sighting in enumerate(sightings, start=1)],
    }


def scene_table(scenes: Sequence[SearchedScene]) -> dict[str, Any]:
    """Return the table of scenes in the same form."""
    return {"columns": SCENE_COLUMNS, "rows": [_scene_row(scene) for scene in scenes]}


def _sighting_row(number: int, sighting: Sighting) -> list[Cell]:
    badges = (
        [sighting.evidence]
        + [sighting.status] * (sighting.status != "confirmed")
        + [SIZE_DISAGREES] * bool(size_disagrees(sighting))
        + [RENDERED] * sighting.rendered
    )
    measured = measured_size(sighting)
    size: Cell = ("", -1) if measured is None else (measured.words, measured.length_m)
    count = f"{sighting.count} {TIMES} " if sighting.count > 1 else ""
    return [
        (str(number), number),
        ", ".join(badges),
        _when(sighting.acquired),
        airfield_words(sighting.airfield)
        if sighting.airfield or sighting.lon is None or sighting.lat is None
        else place_words(LonLat(sighting.lon, sighting.lat), sighting.position_error_m),
        count + type_words(sighting.type, sighting.size_class),
        ", ".join(filter(None, (sighting.operator, sighting.tail_number))),
        size,
        (sighting.likelihood or "not stated", LIKELIHOOD.get(sighting.likelihood or "", (-1,))[0]),
        ", ".join(name.partition("@")[0] for name in sighting.analyst.split(", ")),
    ]


def _scene_row(scene: SearchedScene) -> list[Cell]:
    shown = len(scene.sightings)
    others = f" and {scene.others} not shown" if scene.others else ""
    reviewed = scene.coverage
    about = (scene.image_id, scene.licence, link_address(scene.source_url), scene.sha256)
    return [
        ", ".join([STATE_WORDS[scene.state]] + [RENDERED] * scene.rendered),
        _when(scene.acquired),
        airfield_words(scene.airfield),
        (f"{shown}{others}", shown),
        (reviewed, scene.reviewed / scene.tiles if scene.tiles else -1),
        scene.sensor or "",
        (f"{scene.gsd_m:.2f}" if scene.gsd_m else "", scene.gsd_m or -1),
        " · ".join(filter(None, about)),
    ]


def _when(acquired: str | None) -> Cell:
    return (date_words(acquired), acquired or "~")  # unknown times come last
