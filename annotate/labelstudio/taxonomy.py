"""Which types an analyst can choose, in which order, and which of them the pixels carry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from annotate.log.entries import Sighting
from detect.measuring.types_by_size import COARSEST_NAMED_M
from imagery.aircraft.types import aircraft_types

MOST_KEYS = 9  # the digits 1 to 9
# Where nothing was seen yet: transports, airliners and helicopters that are met almost everywhere.
DEFAULT_TYPES = ("C130", "IL76", "A400", "AN12", "A320", "B738", "AT72", "CN35", "MI8")
UNKNOWN, UNKNOWN_NAME = "unknown", "Unknown type"
# By wingspan, as the code letters A to F of ICAO Annex 14, volume I (8th edition, 2018), table 1-1. A limit
# belongs to the class above it. F ends at 80 m; "giant" does not, as the An-225 had 88 m.
SIZE_CLASSES = {
    "light": "span under 15 m",
    "small": "span 15 to 24 m",
    "medium": "span 24 to 36 m",
    "large": "span 36 to 52 m",
    "very large": "span 52 to 65 m",
    "giant": "span 65 m or more",
}
# An airliner of 36 m at the coarsest GSD that types are suggested at, see `detect.measuring.types_by_size`.
FEWEST_PX = 36.0 / COARSEST_NAMED_M
REASON_MARK = "*"  # after a type that the pixels do not carry


def usual_types(sightings: Iterable[Sighting], airfield: str | None) -> tuple[str, ...]:
    """The types that get a hot key at an airfield: those seen there most often, then the default ones.

    Args:
        sightings: What a log holds.
        airfield: ICAO code; None where there is none, which no sighting counts for.
    """
    seen = Counter(
        sighting.type
        for sighting in sightings
        if sighting.type and airfield and sighting.airfield == airfield and sighting.status != "withdrawn"
    )
    often = sorted(seen, key=lambda icao: (-seen[icao], icao))
    return tuple(dict.fromkeys([*often, *DEFAULT_TYPES]))[:MOST_KEYS]


def needs_reason(icao: str, gsd_m: float) -> bool:
    """Whether a type is a finer claim than the pixels of a scene carry by themselves.

    So it is where the aircraft's larger side is fewer than 18 pixels: then little but its size is left.

    Args:
        icao: Designator; of one that the table lacks only the GSD speaks.
        gsd_m: Of the scene, in metres.
    """
    known = aircraft_types().get(icao)
    side_m = max(known.length_m, known.wingspan_m) if known else FEWEST_PX * COARSEST_NAMED_M
    return side_m / gsd_m < FEWEST_PX


def usual_choices(types: Sequence[str], gsd_m: float) -> list[dict[str, Any]]:
    """The types with a hot key, as Label Studio takes choices out of a task.

    Args:
        types: ICAO designators; those after the ninth are left out.
        gsd_m: Of the scene, in metres.
    """
    table = aircraft_types()
    choices = []
    for key, icao in enumerate(types[:MOST_KEYS], 1):
        name = f"{icao} {table[icao].name}" if icao in table else icao
        mark = f" {REASON_MARK}" if needs_reason(icao, gsd_m) else ""
        choices.append({"value": name + mark, "alias": icao, "hotkey": str(key)})
    return choices
