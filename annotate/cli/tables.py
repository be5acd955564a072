"""Tables of sightings and movements: what was seen, reported and inferred, each in its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from annotate.log.entries import Evidence, Movement, Sighting
from detect.box import heading_words

RENDERED = "* from a rendered scene, not a photograph"
TITLES: dict[Evidence, str] = {
    "seen": "Seen in an image, by a person",
    "reported": "Reported by others, not seen",
    "inferred": "Inferred, neither seen nor reported",
}


class Column(NamedTuple):
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
    Column("id", whole=True),
    Column("acquired", least=DATE + 1),
    Column("at", whole=True),
    Column("type"),
    Column("size m", whole=True),
    Column("nose", whole=True),
    Column("lon, lat"),
    Column("verdict", whole=True),
    Column("analyst"),
)
REPORTED = (
    Column("id", whole=True),
    Column("when", least=DATE),
    Column("at", whole=True),
    Column("type"),
    Column("count", whole=True),
    Column("operator"),
    Column("source"),
    Column("grade", whole=True),
    Column("analyst"),
)
MOVED = (
    Column("id", whole=True),
    Column("from .. to", least=DATE),
    Column("places"),
    Column("type"),
    Column("operator"),
    Column("source"),
    Column("grade", whole=True),
    Column("analyst"),
)
INFERRED = (
    Column("id", whole=True),
    Column("from .. to", least=DATE),
    Column("places"),
    Column("type"),
    Column("operator"),
    Column("rests on"),
    Column("reasoning"),
    Column("analyst"),
)


def print_sightings(sightings: Iterable[Sighting]) -> None:
    """Print what was seen, then what is reported."""
    every = list(sightings)
    seen = [sighting for sighting in every if sighting.evidence == "seen"]
    _print("seen", SEEN, [_seen_cells(sighting) for sighting in seen], any(one.rendered for one in seen))
    reported = [_reported_cells(sighting) for sighting in every if sighting.evidence != "seen"]
    _print("reported", REPORTED, reported)


def print_movements(movements: Iterable[Movement]) -> None:
    """Print what is reported, then what is inferred."""
    every = list(movements)
    reported = [
        _moved_cells(one, source_words(one), one.admiralty or "-")
        for one in every
        if one.evidence == "reported"
    ]
    _print("reported", MOVED, reported)
    inferred = [
        _moved_cells(one, " ".join(map(short_id, one.rests_on)) or source_words(one), one.reasoning or "-")
        for one in every
        if one.evidence == "inferred"
    ]
    _print("inferred", INFERRED, inferred)


def _print(
    evidence: Evidence, columns: Sequence[Column], rows: Sequence[Sequence[str]], rendered: bool = False
) -> None:
    if not rows:
        return
    table = Table(
        title=TITLES[evidence],
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=0,
        pad_edge=False,
        caption=RENDERED if rendered else None,
        caption_justify="left",
    )
    for column in columns:
        table.add_column(column.heading, overflow="fold", no_wrap=column.whole, min_width=column.least)
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    Console().print(table)


def _seen_cells(sighting: Sighting) -> tuple[str, ...]:
    return (
        short_id(sighting.id),
        when_words(sighting.acquired) + ("*" if sighting.rendered else ""),
        sighting.airfield or "-",
        sighting.type or "unknown",
        size_words(sighting),
        heading_words(sighting.heading_deg, sighting.heading_sure, brief=True),
        place_words(sighting),
        said_words(sighting),
        analyst_words(sighting),
    )


def _reported_cells(sighting: Sighting) -> tuple[str, ...]:
    withdrawn = "" if sighting.status == "confirmed" else f" ({sighting.status})"
    return (
        short_id(sighting.id),
        when_words(sighting.acquired) + withdrawn,
        sighting.airfield or place_words(sighting).replace(" ", "\n"),
        sighting.type or "unknown",
        str(sighting.count),
        sighting.operator or "-",
        source_words(sighting),
        sighting.admiralty or "-",
        analyst_words(sighting),
    )


def _moved_cells(movement: Movement, rests_on: str, because: str) -> tuple[str, ...]:
    withdrawn = "" if movement.status == "confirmed" else f" ({movement.status})"
    return (
        short_id(movement.id),
        period_words(movement) + withdrawn,
        " - ".join(movement.places),
        movement.type or "unknown",
        movement.operator or "-",
        rests_on,
        because,
        analyst_words(movement),
    )


SHORT_ID = 8  # digits of an identifier that are shown; commands take the beginning of one


def printable(text: str) -> str:
    """Text from elsewhere, without characters that could rewrite what a terminal shows."""
    return "".join(one if one.isprintable() or one in "\n\t" else "�" for one in text)


def short_id(identifier: str) -> str:
    """The beginning of an identifier."""
    return identifier[:SHORT_ID]


def when_words(acquired: str | None) -> str:
    """A time as it is known."""
    return (acquired or "unknown").replace("T", " ")


def period_words(movement: Movement) -> str:
    """A movement's first and last day."""
    return f"{when_words(movement.since)} to {when_words(movement.until)}"


def size_words(sighting: Sighting) -> str:
    """Length and wingspan in metres."""
    if sighting.length_m is None or sighting.wingspan_m is None:
        return "?"
    return f"{sighting.length_m:.0f} x {sighting.wingspan_m:.0f}"


def place_words(sighting: Sighting) -> str:
    """Longitude and latitude."""
    if sighting.lon is None or sighting.lat is None:
        return "no place"
    return f"{sighting.lon:.5f}, {sighting.lat:.5f}"


def said_words(sighting: Sighting) -> str:
    """The verdict; that it is disputed or withdrawn, where it is."""
    return sighting.status if sighting.status != "confirmed" else sighting.verdict or sighting.status


def short_name(analyst: str) -> str:
    """An analyst's name without what an address adds."""
    return analyst.partition("@")[0]


def analyst_words(entry: Sighting | Movement) -> str:
    """Who says so."""
    return ", ".join(map(short_name, entry.analyst.split(", ")))


def source_words(entry: Sighting | Movement) -> str:
    """Who or what reports it, by the first that is known of words, address and file."""
    return entry.source or entry.source_url or entry.archive_url or entry.source_file or "-"
