"""A route: a statement that joins airfields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from annotate.log.entry.words import SCHEMA_VERSION, Evidence, Status


@dataclass(frozen=True)
class Movement:
    """A statement that joins airfields: a route. Never seen.

    Attributes:
        id: This entry's.
        status: ``confirmed`` or ``withdrawn``.
        evidence: ``reported`` by another source, or ``inferred`` from what the log holds.
        supersedes: The entry it stands in place of, or None.
        because: Why it was amended or withdrawn; None otherwise.
        places: ICAO codes in the order they were visited, two or more.
        since: First day, ISO 8601; None where unknown.
        until: Last day, ISO 8601; None where unknown.
        type: ICAO designator, or None.
        operator: Who flies it, or None.
        tail_number: Or None.
        likelihood: A word of `LIKELIHOOD`, or None.
        rests_on: Identifiers of the sightings and movements in the log that it rests on.
        reasoning: Why it follows from them; never None where inferred.
        analyst: Who says so.
        logged: When it was written, ISO 8601 UTC.

    The other attributes are those of `Sighting`.
    """

    id: str
    status: Status
    evidence: Evidence
    supersedes: str | None
    because: str | None
    places: tuple[str, ...]
    since: str | None
    until: str | None
    type: str | None
    operator: str | None
    tail_number: str | None
    likelihood: str | None
    rests_on: tuple[str, ...]
    reasoning: str | None
    source: str | None
    source_url: str | None
    archive_url: str | None
    source_file: str | None
    source_file_sha256: str | None
    admiralty: str | None
    analyst: str
    note: str | None
    private: bool
    logged: str

    def to_payload(self) -> dict[str, Any]:
        """As JSON members, to be logged."""
        return {"kind": "movement", "schema_version": SCHEMA_VERSION, **vars(self)}

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> Movement:
        """The inverse of `to_payload`."""
        members = {name: payload[name] for name in cls.__dataclass_fields__}
        for name in ("places", "rests_on"):
            members[name] = tuple(members[name])
        return cls(**members)
