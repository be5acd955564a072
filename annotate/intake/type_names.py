"""Aircraft types as people name them: an ICAO designator that is known here, or refused with those alike."""
# ruff: noqa: RUF001 # Cyrillic

from __future__ import annotations

import difflib
import re
import unicodedata
from functools import cache

from imagery.aircraft.types import AircraftType, aircraft_types
from imagery.errors import UsageError

LEAST_LETTERS = 3  # of a word that may name a type
_LATIN = str.maketrans("абвгдеёзийклмнопрстуфыэ", "abvgdeeziyklmnoprstufye") | str.maketrans(
    {
        "ж": "zh",
        "х": "kh",
        "ц": "ts",
        "ч": "ch",
        "ш": "sh",
        "щ": "shch",
        "ъ": "",
        "ь": "",
        "ю": "yu",
        "я": "ya",
    }
)


def aircraft_type_of(designator: str, where: str) -> AircraftType:
    """Return the aircraft type of an ICAO designator, or of a name that is the name of one type only.

    Args:
        designator: Such as ``C130``, ``c130``, ``C-130H Hercules``, ``King Air 350`` or ``Ил-76``.
        where: What a message begins with.

    Raises:
        UsageError: It is not in the table, or could be several; the message names those most alike by
            designator or by name.
    """
    aircraft = aircraft_types().get(designator.strip().upper())
    if aircraft is None:
        called = _types_called(designator)
        if len(called) == 1:
            return called[0]
        alike = ", ".join(f"{similar.icao} ({similar.name})" for similar in _similar_types(designator))
        hint = f"did you mean {alike}?" if alike else "leave it out if no other fits"
        raise UsageError(f"{where}: '{designator}' is not a known ICAO designator; {hint}")
    return aircraft


def _types_called(text: str) -> list[AircraftType]:
    """Return the types whose names have every word of a text; a model may have a variant's letter behind.

    One word alone is too little unless it has the model's number: many a name was given twice.
    """
    words = _words(text)
    if not words or not any(any(map(str.isdigit, word)) for word in words):
        return []
    exact, variants = [], []
    for aircraft in aircraft_types().values():
        known = _words(aircraft.name)
        rest = words - known
        if not rest:
            exact.append(aircraft)
        elif all(_variant_of(word, known) for word in rest):
            variants.append(aircraft)
    return exact or variants


def _variant_of(word: str, known: frozenset[str]) -> bool:
    """Check for a known model with letters or a figure behind: ``c130h``, ``il76md``, ``tu22m3``."""
    match = re.fullmatch(r"([a-z]+\d+)[a-z]{1,2}|([a-z]+\d+[a-z])\d", word)
    return match is not None and (match[1] or match[2]) in known


@cache
def _words(text: str) -> frozenset[str]:
    """Return the words of a name in Latin letters, a model's letters and number as one: ``c130``."""
    parts = unicodedata.normalize("NFKD", text.casefold().translate(_LATIN))
    text = "".join(letter for letter in parts if not unicodedata.combining(letter))
    joined = re.sub(r"\b(?!air\b)([a-z]{1,3})[\s\u2010-\u2015-]+(?=\d)", r"\1", text)
    return frozenset(re.findall(r"[a-z0-9]+", joined)) - {"or"}


def _similar_types(text: str, most: int = 3) -> list[AircraftType]:
    """Return the types that somebody who wrote something else may mean: ``C-130``, ``hercules``."""
    types = aircraft_types()
    word = _letters(text)
    if not word:
        return []
    exact = [types[word.upper()]] if word.upper() in types else []
    named = [aircraft for aircraft in types.values() if len(word) >= 3 and word in _letters(aircraft.name)]
    codes = difflib.get_close_matches(word.upper(), types, n=most, cutoff=0.6)
    alike = list(dict.fromkeys([*exact, *named, *(types[code] for code in codes)]))
    return (alike or _sharing_words(text))[:most]


def _sharing_words(text: str) -> list[AircraftType]:
    """Return the types that half of the words of a text speak of, those of most of them first."""
    words = [word for part in text.split() if len(word := _letters(part)) >= LEAST_LETTERS]
    alike = {
        word: difflib.get_close_matches(word.upper(), aircraft_types(), cutoff=0.6) if len(word) > 4 else []
        for word in words
    }
    shared = {
        aircraft: sum(word in _letters(aircraft.name) or aircraft.icao in alike[word] for word in words)
        for aircraft in aircraft_types().values()
    }
    return sorted(
        (each for each in shared if shared[each] * 2 >= max(len(words), 1)), key=lambda each: -shared[each]
    )


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
