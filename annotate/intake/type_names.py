"""Aircraft types as people name them: an ICAO designator that is known here, or refused with those alike."""

from __future__ import annotations

import difflib

from imagery.aircraft.types import AircraftType, aircraft_types
from imagery.errors import UsageError


def aircraft_type_of(designator: str, where: str) -> AircraftType:
    """Return the aircraft type of an ICAO designator, in upper or lower case.

    Raises:
        UsageError: It is not in the table; the message names those most alike by designator or by name.
    """
    aircraft = aircraft_types().get(designator.strip().upper())
    if aircraft is None:
        alike = ", ".join(f"{similar.icao} ({similar.name})" for similar in _similar_types(designator))
        hint = f"did you mean {alike}?" if alike else "leave it out if no other fits"
        raise UsageError(f"{where}: '{designator}' is not a known ICAO designator; {hint}")
    return aircraft


def _similar_types(text: str, most: int = 3) -> list[AircraftType]:
    """Return the types that somebody who wrote something else may mean: ``C-130``, ``hercules``."""
    types = aircraft_types()
    word = _letters(text)
    if not word:
        return []
    exact = [types[word.upper()]] if word.upper() in types else []
    named = [aircraft for aircraft in types.values() if len(word) >= 3 and word in _letters(aircraft.name)]
    codes = difflib.get_close_matches(word.upper(), types, n=most, cutoff=0.6)
    return list(dict.fromkeys([*exact, *named, *(types[code] for code in codes)]))[:most]


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
