"""Tables of sightings and movements: what was seen, reported and inferred, each in its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from annotate.cli.output import (
    DISAGREES,
    analyst_text,
    period_text,
    position_text,
    short_id,
    size_text,
    source_text,
    time_text,
    verdict_text,
)
from annotate.log.entries import Evidence, Movement, Sighting
from annotate.log.size_check import size_disagrees
from detect.box import heading_words
from imagery.cli.messages import printable
from imagery.measures import TIMES

SIZE_DISAGREES = f"{DISAGREES} not the size of the claimed type: `hardstand log show ID` compares them"
RENDERED = "* from a rendered scene, not a photograph"
TITLES: dict[Evidence, str] = {
    "seen": "Seen in an image, by a person",
    "reported": "Reported by others, not seen",
    "inferred": "Inferred, neither seen nor reported",
}


class ListingColumn(NamedTuple):
    """A column: what does not fit is folded, never cut.

    Attributes:
        heading: Its heading.
        whole: Whether it is kept whole where the terminal is narrow.
        least: Characters it has at least, so that a date is not broken.
    """

    heading: str
    whole: bool = False
    least: int | None = None


DATE = 10  # characters
SEEN = (
    ListingColumn("id", whole=True),
    ListingColumn("acquired", least=DATE + 1),
    ListingColumn("at", whole=True),
    ListingColumn("type"),
    ListingColumn("size m", whole=True),
    ListingColumn("nose", whole=True),
    ListingColumn("lon, lat", whole=True),
    ListingColumn("verdict", whole=True),
    ListingColumn("analyst"),
)
REPORTED = (
    ListingColumn("id", whole=True),
    ListingColumn("when", least=DATE),
    ListingColumn("at", whole=True),
    ListingColumn("type"),
    ListingColumn("count", whole=True),
    ListingColumn("operator"),
    ListingColumn("source"),
    ListingColumn("grade", whole=True),
    ListingColumn("analyst"),
)
MOVEMENT = (
    ListingColumn("id", whole=True),
    ListingColumn("from .. to", least=DATE),
    ListingColumn("places"),
    ListingColumn("type"),
    ListingColumn("operator"),
)
REPORTED_MOVEMENT = (
    *MOVEMENT,
    ListingColumn("source"),
    ListingColumn("grade", whole=True),
    ListingColumn("analyst"),
)
INFERRED_MOVEMENT = (
    *MOVEMENT,
    ListingColumn("rests on"),
    ListingColumn("reasoning"),
    ListingColumn("analyst"),
)


def print_sightings(sightings: Sequence[Sighting]) -> None:
    """Print what was seen, then what is reported."""
    seen = [sighting for sighting in sightings if sighting.evidence == "seen"]
    notes = [RENDERED] * any(sighting.rendered for sighting in seen)
    notes += [SIZE_DISAGREES] * any(map(size_disagrees, seen))
    _print_table("seen", SEEN, map(_seen_cells, seen), caption="\n".join(notes) or None)
    reported = (sighting for sighting in sightings if sighting.evidence != "seen")
    _print_table("reported", REPORTED, map(_reported_cells, reported))


def print_movements(movements: Sequence[Movement]) -> None:
    """Print what is reported, then what is inferred."""
    reported = (movement for movement in movements if movement.evidence == "reported")
    _print_table("reported", REPORTED_MOVEMENT, map(_reported_movement_cells, reported))
    inferred = (movement for movement in movements if movement.evidence == "inferred")
    _print_table("inferred", INFERRED_MOVEMENT, map(_inferred_movement_cells, inferred))


def _print_table(
    evidence: Evidence,
    columns: Sequence[ListingColumn],
    rows: Iterable[Sequence[str]],
    caption: str | None = None,
) -> None:
    table = Table(
        title=TITLES[evidence],
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=0,
        pad_edge=False,
        caption=caption,
        caption_justify="left",
    )
    for column in columns:
        table.add_column(column.heading, overflow="fold", no_wrap=column.whole, min_width=column.least)
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    if table.row_count:
        Console().print(table)


def _seen_cells(sighting: Sighting) -> tuple[str, ...]:
    return (
        short_id(sighting.id),
        time_text(sighting.acquired) + ("*" if sighting.rendered else ""),
        sighting.airfield or "-",
        sighting.type or "unknown",
        _size_lines(sighting),
        heading_words(sighting.heading_deg, sighting.heading_sure, brief=True),
        position_text(sighting).replace(" ", "\n"),
        verdict_text(sighting),
        analyst_text(sighting),
    )


def _size_lines(sighting: Sighting) -> str:
    """Return the size, wingspan below length, and below them the mark of one that is not the type's."""
    text = size_text(sighting).replace(f" {TIMES}", f"\n{TIMES}").replace(" m", "")
    return text.replace(f" {DISAGREES}", f"\n{DISAGREES}")


def _reported_cells(sighting: Sighting) -> tuple[str, ...]:
    return (
        short_id(sighting.id),
        time_text(sighting.acquired) + _status_text(sighting),
        sighting.airfield or position_text(sighting).replace(" ", "\n"),
        sighting.type or "unknown",
        str(sighting.count),
        sighting.operator or "-",
        source_text(sighting),
        sighting.admiralty or "-",
        analyst_text(sighting),
    )


def _movement_cells(movement: Movement) -> tuple[str, ...]:
    return (
        short_id(movement.id),
        period_text(movement) + _status_text(movement),
        " - ".join(movement.places),
        movement.type or "unknown",
        movement.operator or "-",
    )


def _reported_movement_cells(movement: Movement) -> tuple[str, ...]:
    evidence = source_text(movement), movement.admiralty or "-"
    return (*_movement_cells(movement), *evidence, analyst_text(movement))


def _inferred_movement_cells(movement: Movement) -> tuple[str, ...]:
    grounds = " ".join(map(short_id, movement.rests_on)) or source_text(movement)
    return (*_movement_cells(movement), grounds, movement.reasoning or "-", analyst_text(movement))


def _status_text(entry: Sighting | Movement) -> str:
    return "" if entry.status == "confirmed" else f" ({entry.status})"


def row_grid(rows: Iterable[Sequence[str]], *, whole: int = 0) -> Table:
    """Return rows as a grid without lines or headings; what does not fit is folded.

    Args:
        rows: The cells of each, as many in every row.
        whole: The column that is never folded, counted from 0.
    """
    grid = Table.grid(padding=(0, 2, 0, 0))
    for row in rows:
        if not grid.columns:
            for column in range(len(row)):
                grid.add_column(no_wrap=column == whole, overflow="fold")
        grid.add_row(*(Text(printable(cell)) for cell in row))
    return grid
