"""Which aircraft type somebody means: an ICAO designator that is known here, or none."""

from __future__ import annotations

import difflib

from imagery.aircraft.types import AircraftType, aircraft_types
from imagery.errors import UsageError


def aircraft_type_of(designator: str, option: str = "--type") -> AircraftType:
    """The aircraft type of an ICAO designator, in upper or lower case.

    Raises:
        UsageError: None is known here by it; the message has those most alike by designator or by name.
    """
    aircraft = aircraft_types().get(designator.strip().upper())
    if aircraft is None:
        alike = ", ".join(f"{one.icao} ({one.name})" for one in _alike(designator))
        meant = f"did you mean {alike}?" if alike else "leave it out where no other fits"
        raise UsageError(f"{option}: '{designator}' is no ICAO designator known here; {meant}")
    return aircraft


def _alike(text: str, most: int = 3) -> list[AircraftType]:
    """Types that somebody who wrote something else may have meant: ``C-130``, ``hercules``."""
    types = aircraft_types()
    word = _letters(text)
    if not word:
        return []
    named = [one for one in types.values() if len(word) >= 3 and word in _letters(one.name)]
    codes = difflib.get_close_matches(word.upper(), types, n=most, cutoff=0.6)
    exact = [types[word.upper()]] if word.upper() in types else []
    return list(dict.fromkeys([*exact, *named, *(types[code] for code in codes)]))[:most]


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
