"""How far to trust a report, and how likely a claim is: the Admiralty code and ICD 203's words."""

from __future__ import annotations

import difflib

from annotate.log.entry import LIKELIHOOD
from imagery.errors import UsageError

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
