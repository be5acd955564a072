"""The types that are known of an airfield and a log, and the order of suggestions that follows from them.

A candidates file keeps the machine's own order, by size and outline alone. What is common here is put to an
analyst first, and the page says what that rests on; nothing is filled in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from annotate.labelstudio.interface import AIRPORT_TYPES, DEFAULT_TYPES, MOST_KEYS
from annotate.log.entries import Sighting
from detect.candidate import TypeSuggestion
from imagery.aircraft.types import aircraft_types
from imagery.airfields import has_scheduled_flights
from imagery.words import counted

# Chosen: a suggestion counts by its score times one and the sightings of its type here, up to so many.
MOST_SEEN = 9
ELSEWHERE = 2.0  # times, for a type that the log knows from other airfields
COMBAT = frozenset({"Bomber", "Fighter", "Attack"})  # categories of the table of types
COMBAT_AT_TERMINAL = 0.02  # times, for one that the log never saw at an airfield with scheduled flights


@dataclass(frozen=True)
class KnownTypes:
    """What a log says of types at one airfield.

    Attributes:
        airfield: ICAO code; None where unknown.
        here: How many sightings of each type it has there.
        elsewhere: How many it has at other airfields.
    """

    airfield: str | None = None
    here: Mapping[str, int] = field(default_factory=dict)
    elsewhere: Mapping[str, int] = field(default_factory=dict)

    @property
    def usual(self) -> tuple[str, ...]:
        """The types usual here: those seen here most often, then those met at most airfields of its kind."""
        often = sorted(self.here, key=lambda icao: (-self.here[icao], icao))
        default = AIRPORT_TYPES if has_scheduled_flights(self.airfield) else DEFAULT_TYPES
        return tuple(dict.fromkeys([*often, *default]))[:MOST_KEYS]

    def ranked(self, types: Sequence[TypeSuggestion]) -> list[TypeSuggestion]:
        """Return suggestions in the order to try them, with their scores by size and outline alone."""
        return sorted(types, key=lambda suggestion: -suggestion.score * self._weight(suggestion.type))

    @property
    def words(self) -> str:
        """What the order of suggestions rests on, besides size and outline."""
        seen = sum(self.here.values())
        parts = [
            f"what this log has seen at {self.airfield} ({counted(seen, 'sighting')} of a type)"
            if seen
            else "",
            "what it has seen elsewhere" if self.elsewhere else "",
        ]
        order = " and ".join(["size and outline", *filter(None, parts)])
        if has_scheduled_flights(self.airfield):
            order += f"; {self.airfield} has scheduled flights, so combat aircraft not seen there come last"
        return f"Types are in order of {order}. Percentages are by size and outline alone."

    def _weight(self, icao: str) -> float:
        if here := self.here.get(icao):
            return 1.0 + min(here, MOST_SEEN)
        aircraft = aircraft_types().get(icao)
        if aircraft and aircraft.category in COMBAT and has_scheduled_flights(self.airfield):
            return COMBAT_AT_TERMINAL
        return ELSEWHERE if icao in self.elsewhere else 1.0


def known_types(sightings: Iterable[Sighting], airfield: str | None) -> KnownTypes:
    """Count the types that a log holds.

    Args:
        sightings: What it holds; withdrawn ones do not count.
        airfield: ICAO code; None if unknown, in which case all are elsewhere.
    """
    here, elsewhere = Counter[str](), Counter[str]()
    for sighting in sightings:
        if sighting.type and sighting.status != "withdrawn":
            at = here if airfield and sighting.airfield == airfield else elsewhere
            at[sighting.type] += sighting.count
    return KnownTypes(airfield, here, elsewhere)
