"""Statements of other sources, as people write them: checked, and made sightings and routes for the log."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypedDict, Unpack

from annotate.intake.fields import analyst_name, printable_text, web_address
from annotate.intake.grades import parse_admiralty, parse_likelihood
from annotate.intake.place import parse_lonlat, parse_place, stated_lonlat, stated_stop
from annotate.intake.type_names import aircraft_type_of
from annotate.intake.when import parse_when_or_unknown
from annotate.log.entries import Evidence, Movement, Sighting, validate_movement
from annotate.log.payload import payload_of
from annotate.log.store import Log
from imagery.errors import UsageError
from imagery.grid import LonLat
from imagery.record import hash_files


class Claim(TypedDict, total=False):
    """What is claimed of an aircraft, by whom and from what source, as people write it.

    Attributes:
        type: ICAO designator, such as ``C130``.
        operator: Who flies it.
        tail_number: Its registration or serial.
        likelihood: How likely the claim is, an expression of ICD 203.
        note: The analyst's own words.
        private: Whether the note stays out of what is published.
        analyst: Who makes the statement; without it, whom the environment variable HARDSTAND_ANALYST names.
        source: Who or what says so, in words.
        source_url: Where that can be found.
        archive_url: Where an archive keeps it.
        file: A file to attach: the log keeps its name and SHA-256.
        grade: Admiralty code, such as ``B2``.
    """

    type: str | None
    operator: str | None
    tail_number: str | None
    likelihood: str | None
    note: str | None
    private: bool
    analyst: str | None
    source: str | None
    source_url: str | None
    archive_url: str | None
    file: str | os.PathLike[str] | None
    grade: str | None


def reported_sighting(
    *,
    when: str,
    airfield: str | None = None,
    lonlat: str | tuple[float, float] | None = None,
    count: int = 1,
    **claim: Unpack[Claim],
) -> Sighting:
    """Return a sighting that another source reports: a photograph, a post, a flight tracker.

    Args:
        when: ISO 8601, as precisely as the source says, or ``unknown``.
        airfield: ICAO code of the airfield it was at. Without ``lonlat`` the sighting has no position.
        lonlat: Longitude and latitude in degrees, also as the text ``LON,LAT`` or as
            `annotate.intake.coordinates` reads it.
        count: How many aircraft the source speaks of.
        claim: What is claimed of the aircraft, who says so and from what source.

    Returns:
        The entry, for `annotate.log.store.Log.add`, which fills in what identifies it.

    Raises:
        UsageError: Something of it is wrong or could be misread, or no source is named.
    """
    place = parse_place(airfield, None if lonlat is None else _parsed(lonlat, airfield))
    acquired = parse_when_or_unknown(when, "`when`")
    if count < 1:
        raise UsageError(f"`count`: {count} is not a number of aircraft; give 1 or more")
    members = claim_members(claim)
    if not any(members[name] for name in SOURCES):
        raise UsageError("there is no source to check: give `source`, `source_url`, `archive_url` or `file`")
    unknown: dict[str, Any] = dict.fromkeys(Sighting.__dataclass_fields__)
    stated = {
        "id": "",
        "logged": "",
        "status": "confirmed",
        "evidence": "reported",
        "acquired": acquired.text,
        "acquired_precision": acquired.precision,
        "airfield": place.airfield and place.airfield.icao,
        "lon": place.lonlat and place.lonlat.lon,
        "lat": place.lonlat and place.lonlat.lat,
        "count": count,
        "heading_sure": False,
        "analysts": 1,
        "rendered": False,
    }
    return Sighting(**unknown | stated | members)


def stated_movement(
    places: Sequence[str],
    *,
    since: str,
    until: str = "unknown",
    evidence: Evidence | None = None,
    rests_on: Sequence[str] = (),
    reasoning: str | None = None,
    **claim: Unpack[Claim],
) -> Movement:
    """Return a route that a source reports or that somebody infers.

    Args:
        places: ICAO codes in the order they were visited; or what `annotate.intake.place.stated_stop` reads.
        since: The first day, ISO 8601, or ``unknown``.
        until: The last day, ISO 8601, or ``unknown``.
        evidence: ``reported``: a source says so; ``inferred``: nobody does, it follows from something else.
            None: reported where only a source is given, inferred where only what an inference needs is.
        rests_on: Identifiers of entries that it follows from, as `resolve_grounds` returns them.
        reasoning: Why it follows.
        claim: What is claimed of the aircraft, who says so and from what source.

    Returns:
        The entry, for `annotate.log.store.Log.add_movement`, which fills in what identifies it.

    Raises:
        UsageError: It is not a route, ends before it begins, or lacks what its kind of evidence needs.
    """
    stops = tuple(stated_stop(place, "`places`") for place in places)
    first, last = parse_when_or_unknown(since, "`since`"), parse_when_or_unknown(until, "`until`")
    members = claim_members(claim)
    movement = Movement(
        id="",
        status="confirmed",
        evidence=evidence or _evidence_of(members, rests_on, reasoning),
        supersedes=None,
        because=None,
        places=stops,
        since=first.text,
        until=last.text,
        rests_on=tuple(rests_on),
        reasoning=None if reasoning is None else printable_text(reasoning, "`reasoning`"),
        logged="",
        **members,
    )
    validate_movement(movement)
    return movement


def claim_members(claim: Claim) -> dict[str, Any]:
    """Check a claim and its source, and hash the file that is attached.

    Returns:
        The members of a `Sighting` or `Movement` that it states, by name.

    Raises:
        UsageError: Something of it is wrong or could be misread, nobody says so, or the file cannot be read.
    """
    if claim.get("private") and claim.get("note") is None:
        raise UsageError("`private`: there is no note to keep private; give `note`")
    given = {name: value for name, value in claim.items() if value is not None}
    stated = {
        member: parse(given[name], f"`{name}`") if name in given else None
        for member, (name, parse) in _CLAIM_MEMBERS.items()
    }
    private, analyst = claim.get("private", False), analyst_name(claim.get("analyst"))
    return {**stated, "private": private, "analyst": analyst}


def _sha256(path: str | os.PathLike[str], where: str) -> str:
    try:
        return hash_files([Path(path)])
    except OSError as reason:
        raise UsageError(f"{where}: {os.fspath(path)} cannot be read ({reason.strerror or reason})") from None


# For each member of an entry what states it, and how that is read.
_CLAIM_MEMBERS: dict[str, tuple[str, Callable[[Any, str], str]]] = {
    "type": ("type", lambda text, where: aircraft_type_of(text, where).icao),
    "operator": ("operator", printable_text),
    "tail_number": ("tail_number", lambda text, where: printable_text(text, where).upper()),
    "likelihood": ("likelihood", parse_likelihood),
    "note": ("note", printable_text),
    "source": ("source", printable_text),
    "source_url": ("source_url", web_address),
    "archive_url": ("archive_url", web_address),
    "source_file": ("file", lambda path, where: printable_text(Path(path).name, where)),
    "source_file_sha256": ("file", _sha256),
    "admiralty": ("grade", parse_admiralty),
}
SOURCES = ("source", "source_url", "archive_url", "source_file")


def resolve_grounds(log: Log, identifiers: Iterable[str]) -> tuple[str, ...]:
    """Return the whole identifiers of what an inference rests on, each once, in their order.

    Args:
        log: The log that holds them.
        identifiers: Of sightings and movements, or the first digits of each.

    Raises:
        UsageError: One names no entry, a verdict or a scene, or what was superseded or withdrawn.
    """
    return tuple(dict.fromkeys(_ground(log, identifier) for identifier in identifiers))


def _ground(log: Log, identifier: str) -> str:
    named = log.find(identifier)
    if named.kind not in ("sighting", "movement"):
        raise UsageError(f"`rests_on`: {identifier} is a {named.kind}; name a sighting or a movement")
    latest = [entry for entry in log.history(named.id) if entry.kind == named.kind][-1]
    payload = payload_of(latest.payload)
    if payload["status"] == "withdrawn":
        raise UsageError(f"`rests_on`: {identifier} was withdrawn ({payload['because'] or 'rejected'})")
    if latest.id != named.id:
        raise UsageError(
            f"`rests_on`: {identifier} was superseded by {latest.id}; look at that one, and name it if it "
            "still supports the inference"
        )
    return named.id


def _evidence_of(members: dict[str, Any], rests_on: Sequence[str], reasoning: str | None) -> Evidence:
    """Return how a movement is known where nobody says so."""
    inferred = bool(rests_on) or reasoning is not None
    reported = any(members[name] for name in SOURCES)
    if inferred and reported:
        raise UsageError(
            "`evidence`: a source and an inference are both given; say which it is, reported or inferred"
        )
    return "inferred" if inferred else "reported"


def _parsed(lonlat: str | tuple[float, float], airfield: str | None) -> LonLat:
    text = lonlat if isinstance(lonlat, str) else ",".join(map(str, lonlat))
    return stated_lonlat(text) if airfield is None else parse_lonlat(text)
