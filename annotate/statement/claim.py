"""What sightings and movements from other sources have in common: aircraft, source, and who says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from annotate.statement.aircraft_type import aircraft_type_of
from annotate.statement.grade import parse_likelihood
from annotate.statement.source import Source
from annotate.statement.words import analyst_name, plain_words
from imagery.errors import UsageError


@dataclass(frozen=True)
class Claim:
    """What is said of an aircraft, by whom and from what source; the names are those of the log's entries."""

    type: str | None
    operator: str | None
    tail_number: str | None
    likelihood: str | None
    note: str | None
    private: bool
    analyst: str
    source: Source

    def members(self) -> dict[str, Any]:
        """The members of an entry, those of the source among them."""
        own = {name: value for name, value in vars(self).items() if name != "source"}
        return own | self.source._asdict()


def stated_claim(
    *,
    aircraft_type: str | None,
    operator: str | None,
    tail_number: str | None,
    likelihood: str | None,
    note: str | None,
    private: bool,
    analyst: str | None,
    source: Source,
) -> Claim:
    """Check what is said.

    Raises:
        UsageError: The type or the word of likelihood is not known, nobody says so, or a text is none.
    """
    if private and note is None:
        raise UsageError("--private: keeps a note out of what is published, and there is no --note")
    return Claim(
        type=None if aircraft_type is None else aircraft_type_of(aircraft_type).icao,
        operator=None if operator is None else plain_words(operator, "--operator"),
        tail_number=None if tail_number is None else plain_words(tail_number, "--tail-number").upper(),
        likelihood=None if likelihood is None else parse_likelihood(likelihood),
        note=None if note is None else plain_words(note, "--note"),
        private=private,
        analyst=analyst_name(analyst),
        source=source,
    )
