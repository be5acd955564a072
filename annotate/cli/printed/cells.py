"""A sighting's or movement's facts as short words for a terminal; what nobody knows reads as unknown."""

from __future__ import annotations

from annotate.log.entries import Movement, Sighting

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


def heading_words(sighting: Sighting) -> str:
    """Where the nose points; with a question mark where nose and tail could be swapped."""
    if sighting.heading_deg is None:
        return "?"
    return f"{sighting.heading_deg:.0f}°" + ("" if sighting.heading_sure else "?")


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
