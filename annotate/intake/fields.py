"""Facts as people write them: aircraft types, grades of a report, names and words, fit to be kept."""

from __future__ import annotations

import difflib

from annotate.log.entries import LIKELIHOOD
from imagery.aircraft.types import AircraftType, aircraft_types
from imagery.errors import UsageError


def plain_words(text: str, option: str) -> str:
    """Words without the blanks around them.

    Raises:
        UsageError: Nothing is left, or there is in them what is no text: control characters other than line
            breaks and tabs, which could rewrite a terminal, or bytes that are not UTF-8.
    """
    words = text.strip()
    if not words:
        raise UsageError(f"{option}: is empty; leave it out where there is nothing to say")
    if any(not (one.isprintable() or one.isspace()) or "\ud800" <= one <= "\udfff" for one in words):
        raise UsageError(f"{option}: has characters that are no text; write it as plain UTF-8")
    return words


def analyst_name(text: str | None) -> str:
    """The name under which an analyst makes statements.

    Raises:
        UsageError: Nobody has said it, or it could be taken for the names of several.
    """
    if text is None or not text.strip():
        raise UsageError(
            "who says so? The log keeps a name with each statement: say --analyst NAME, or for all that "
            "follows: export HARDSTAND_ANALYST=you@example.org"
        )
    name = plain_words(text, "--analyst")
    if "," in name or "\n" in name:
        raise UsageError(f"--analyst: '{text}' must be the name of one person, without comma or line break")
    return name


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


# NATO AJP-2.1, annex on grading: reliability of the source, credibility of the information.
RELIABILITY = {
    "A": "completely reliable source",
    "B": "usually reliable source",
    "C": "fairly reliable source",
    "D": "not usually reliable source",
    "E": "unreliable source",
    "F": "reliability of the source cannot be judged",
}
CREDIBILITY = {
    "1": "confirmed by other sources",
    "2": "probably true",
    "3": "possibly true",
    "4": "doubtful",
    "5": "improbable",
    "6": "truth cannot be judged",
}
# ICD 203 (2015), the table's lower line; one report uses one of the two, so here each has its word above.
_OTHER_LIKELIHOOD = {
    "remote": "almost no chance",
    "highly improbable": "very unlikely",
    "improbable": "unlikely",
    "roughly even odds": "roughly even chance",
    "probable": "likely",
    "highly probable": "very likely",
    "nearly certain": "almost certain",
}


def parse_admiralty(text: str, option: str = "--grade") -> str:
    """A grade such as ``B2``, in upper case.

    Raises:
        UsageError: It is not a letter from A to F and a figure from 1 to 6.
    """
    grade = text.strip().upper()
    if len(grade) == 2 and grade[0] in RELIABILITY and grade[1] in CREDIBILITY:
        return grade
    turned = grade[::-1]
    if len(grade) == 2 and turned[0] in RELIABILITY and turned[1] in CREDIBILITY:
        raise UsageError(f"{option}: '{text}' is no grade of the Admiralty code; write {turned}")
    raise UsageError(
        f"{option}: '{text}' is no grade of the Admiralty code; write the source's reliability, A to F, and "
        "the information's credibility, 1 to 6, such as B2 (F6 where neither can be judged)"
    )


def admiralty_words(grade: str) -> str:
    """``usually reliable source, probably true`` for ``B2``; nothing for what is no grade."""
    reliability, credibility = RELIABILITY.get(grade[:1]), CREDIBILITY.get(grade[1:])
    return f"{reliability}, {credibility}" if reliability and credibility else ""


def parse_likelihood(text: str, option: str = "--likelihood") -> str:
    """An expression of likelihood as ICD 203 has it.

    Raises:
        UsageError: It is none of `LIKELIHOOD`; a percentage on the border of two words fits neither.
    """
    word = " ".join(text.split()).casefold()
    if word in LIKELIHOOD:
        return word
    known = [*LIKELIHOOD, *_OTHER_LIKELIHOOD]
    alike = [_OTHER_LIKELIHOOD.get(one, one) for one in difflib.get_close_matches(word, known, n=1)]
    meant = f"did you mean '{alike[0]}'? " if alike else ""
    words = ", ".join(f"{one} ({low}-{high} %)" for one, (low, high) in LIKELIHOOD.items())
    raise UsageError(f"{option}: '{text}' is no word of ICD 203; {meant}It has: {words}")
