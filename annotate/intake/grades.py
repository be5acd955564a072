"""How good a report is and how likely a claim: the Admiralty code, and the words of ICD 203."""

from __future__ import annotations

import difflib

from annotate.log.entries import LIKELIHOOD
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
# ICD 203 (2015), the table's lower line, each with its word in the upper one. A report uses one line only.
_LOWER_LINE = {
    "remote": "almost no chance",
    "highly improbable": "very unlikely",
    "improbable": "unlikely",
    "roughly even odds": "roughly even chance",
    "probable": "likely",
    "highly probable": "very likely",
    "nearly certain": "almost certain",
}


def parse_admiralty(text: str, where: str) -> str:
    """Return a grade such as ``B2``, in upper case.

    Args:
        text: As somebody writes it.
        where: What a message begins with.

    Raises:
        UsageError: It is not a letter from A to F and a figure from 1 to 6.
    """
    grade = text.strip().upper()
    if _is_grade(grade):
        return grade
    if _is_grade(grade[::-1]):
        raise UsageError(f"{where}: '{text}' is not a grade of the Admiralty code; write {grade[::-1]}")
    raise UsageError(
        f"{where}: '{text}' is not a grade of the Admiralty code; write the reliability of the source, A to "
        "F, and the credibility of the information, 1 to 6, such as B2 (F6 where neither can be judged)"
    )


def _is_grade(grade: str) -> bool:
    return len(grade) == 2 and grade[0] in RELIABILITY and grade[1] in CREDIBILITY


def admiralty_words(grade: str) -> str:
    """Return what a grade means: ``usually reliable source, probably true`` for ``B2``.

    Empty for what is not a grade.
    """
    return f"{RELIABILITY[grade[0]]}, {CREDIBILITY[grade[1]]}" if _is_grade(grade) else ""


def parse_likelihood(text: str, where: str) -> str:
    """Return an expression of likelihood as ICD 203 has it, in lower case.

    Args:
        text: As somebody writes it. A percentage is refused: on the border of two words it fits neither.
        where: What a message begins with.

    Raises:
        UsageError: It is not one of `LIKELIHOOD`.
    """
    words = " ".join(text.split()).casefold()
    if words in LIKELIHOOD:
        return words
    similar = difflib.get_close_matches(words, [*LIKELIHOOD, *_LOWER_LINE], n=1)
    hint = f"did you mean '{_LOWER_LINE.get(similar[0], similar[0])}'? " if similar else ""
    choices = ", ".join(f"{choice} ({low}-{high} %)" for choice, (low, high) in LIKELIHOOD.items())
    raise UsageError(f"{where}: '{text}' is not an expression of ICD 203; {hint}Choose from {choices}")
