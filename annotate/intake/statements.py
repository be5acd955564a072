"""Sightings and routes that other sources state, checked, as entries to be logged."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from annotate.intake.fields import (
    aircraft_type_of,
    analyst_name,
    parse_admiralty,
    parse_likelihood,
    plain_words,
)
from annotate.intake.place import Place
from annotate.log.entries import Evidence, Movement, Sighting, validate_movement
from annotate.log.store import Log
from imagery.acquisition import Acquisition
from imagery.airfields import airfield_of
from imagery.errors import UsageError
from imagery.record import hash_files


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


class Source(NamedTuple):
    """Where a statement comes from; the names are those of the log's entries.

    Attributes:
        source: Who or what says so, in words.
        source_url: Where it is to be had.
        archive_url: Where an archive keeps it.
        source_file: Name of an attached file.
        source_file_sha256: Its hash.
        admiralty: Grade, such as ``B2``.
    """

    source: str | None
    source_url: str | None
    archive_url: str | None
    source_file: str | None
    source_file_sha256: str | None
    admiralty: str | None

    @property
    def named(self) -> bool:
        """Whether anybody could go and look."""
        return any((self.source, self.source_url, self.archive_url, self.source_file))


def stated_source(
    source: str | None, source_url: str | None, archive_url: str | None, file: str | None, grade: str | None
) -> Source:
    """Check what is said of a source, and hash its file.

    Raises:
        UsageError: An address is none, the file cannot be read, or the grade is none.
    """
    return Source(
        source=None if source is None else plain_words(source, "--source"),
        source_url=None if source_url is None else web_address(source_url, "--source-url"),
        archive_url=None if archive_url is None else web_address(archive_url, "--archive-url"),
        source_file=None if file is None else plain_words(Path(file).name, "--file"),
        source_file_sha256=None if file is None else _sha256(Path(file)),
        admiralty=None if grade is None else parse_admiralty(grade),
    )


def web_address(text: str, option: str) -> str:
    """An address that a browser opens.

    Raises:
        UsageError: It is none, or carries a password, which would stay in the log for good.
    """
    address = plain_words(text, option)
    try:
        parts = urlsplit(address)
    except ValueError as reason:
        raise UsageError(f"{option}: '{text}' is no address ({reason})") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or address.split() != [address]:
        raise UsageError(f"{option}: '{text}' is no address; write all of it, with https://")
    if parts.username is not None:
        raise UsageError(f"{option}: names a user or a password, which would stay in the log; leave it out")
    return address


def _sha256(file: Path) -> str:
    try:
        return hash_files([file])
    except OSError as reason:
        raise UsageError(f"--file: {file} cannot be read ({reason.strerror or reason})") from None


def reported_sighting(place: Place, when: Acquisition, claim: Claim, *, count: int = 1) -> Sighting:
    """A sighting from another source: a photograph, a post, a flight tracker.

    Args:
        place: Where it was. Where that is an airfield only, the sighting has no position.
        when: When, as precisely as the source says.
        claim: What is said of the aircraft, who says so and from what source.
        count: How many aircraft it speaks of.

    Returns:
        The entry; the log fills in what identifies it.

    Raises:
        UsageError: No source is named, so that nobody could check it.
    """
    if not claim.source.named:
        raise UsageError("what reports it? say --source, --source-url, --archive-url or --file")
    unknown: dict[str, Any] = dict.fromkeys(Sighting.__dataclass_fields__)
    stated = {
        "id": "",
        "logged": "",
        "status": "confirmed",
        "evidence": "reported",
        "acquired": when.text,
        "acquired_precision": when.precision,
        "airfield": place.airfield and place.airfield.icao,
        "lon": place.lonlat and place.lonlat.lon,
        "lat": place.lonlat and place.lonlat.lat,
        "count": count,
        "heading_sure": False,
        "analysts": 1,
        "rendered": False,
    }
    return Sighting(**unknown | stated | claim.members())


def grounds(log: Log, identifiers: Iterable[str], option: str = "--rests-on") -> tuple[str, ...]:
    """The whole identifiers of sightings and movements that hold now, each once, in their order.

    Args:
        log: Which holds them.
        identifiers: Beginnings of identifiers, each of one entry only.
        option: Where they were said, for messages.

    Raises:
        UsageError: One names no entry, or one that nothing can rest on: a verdict or a scene, or what was
            superseded or withdrawn.
    """
    return tuple(dict.fromkeys(_ground(log, identifier, option) for identifier in identifiers))


def _ground(log: Log, identifier: str, option: str) -> str:
    named = log.find(identifier)
    if named.kind not in ("sighting", "movement"):
        raise UsageError(f"{option}: {identifier} is a {named.kind}; name a sighting or a movement")
    latest = [entry for entry in log.history(named.id) if entry.kind == named.kind][-1]
    if json.loads(latest.payload)["status"] == "withdrawn":
        raise UsageError(f"{option}: {identifier} was withdrawn; `hardstand log show {identifier}` says why")
    if latest.id != named.id:
        raise UsageError(
            f"{option}: {identifier} was superseded by {latest.id}; look at it with `hardstand log show "
            f"{latest.id}`, and name it if it still bears the inference"
        )
    return named.id


def stated_movement(
    places: Sequence[str],
    since: Acquisition,
    until: Acquisition,
    claim: Claim,
    *,
    evidence: Evidence,
    rests_on: Sequence[str] = (),
    reasoning: str | None = None,
) -> Movement:
    """A route as an entry.

    Args:
        places: ICAO codes in the order they were visited.
        since: The first day, or unknown.
        until: The last day, or unknown.
        claim: What is said of the aircraft, who says so and from what source.
        evidence: ``reported``: a source says so; ``inferred``: it is concluded.
        rests_on: Identifiers of entries of the log, as `annotate.intake.statements.grounds` gives them.
        reasoning: Why it follows.

    Returns:
        The entry; the log fills in what identifies it.

    Raises:
        UsageError: It is no route, ends before it begins, or lacks what its kind of evidence demands.
    """
    movement = Movement(
        id="",
        status="confirmed",
        evidence=evidence,
        supersedes=None,
        because=None,
        places=tuple(airfield_of(place, "PLACES").icao for place in places),
        since=since.text,
        until=until.text,
        rests_on=tuple(rests_on),
        reasoning=None if reasoning is None else plain_words(reasoning, "--reasoning"),
        logged="",
        **claim.members(),
    )
    validate_movement(movement)
    return movement
