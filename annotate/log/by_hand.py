"""Entries that people make by hand: statements of other sources, amendments, withdrawals, lost keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, select

from annotate.log.database import entries
from annotate.log.entries import Movement, Sighting, validate_movement
from annotate.log.held import Held, Stated, held_about, log_held, what_holds, without_lists
from annotate.log.keys import KeyStatement, short_key
from annotate.log.reading import find
from annotate.log.writing import Writer, digest
from imagery.errors import UsageError

# What somebody claims. What identifies pixels, person and time is evidence, and nobody's to change.
CLAIMED = frozenset({"type", "operator", "tail_number", "likelihood", "note", "private"})
SOURCES = frozenset({"source", "source_url", "archive_url", "source_file", "source_file_sha256", "admiralty"})
AMENDABLE: dict[type, frozenset[str]] = {
    Sighting: CLAIMED
    | SOURCES
    | {"acquired", "acquired_precision", "airfield", "lon", "lat", "position_error_m", "count", "licence"}
    | {"size_class", "type_reason", "heading_deg", "heading_sure", "length_m", "wingspan_m"}
    | {"sensor", "image_id", "length_error_m", "wingspan_error_m"},
    Movement: CLAIMED | SOURCES | {"places", "since", "until", "rests_on", "reasoning"},
}


def add(writer: Writer, stated: Stated) -> Stated:
    """Log a statement, unless the log holds it; see `annotate.log.store.Log.add_all`."""
    _validate(stated, writer.connection)
    members: dict[str, Any] = {"id": "", "supersedes": None, "logged": ""}
    if isinstance(stated, Sighting):
        members["size_disagrees"] = None  # found when it is logged
    payload = replace(stated, **members).to_payload()
    kind, subject = payload["kind"], digest(payload)
    if stated.id:
        of_same_entry = select(entries.c.subject).where(entries.c.id == stated.id, entries.c.kind == kind)
        subject = writer.connection.scalar(of_same_entry) or subject
    held = held_about(writer.connection, type(stated), subject)
    return log_held(writer, Held(subject, stated)) if held is None else held.entry


def _validate(stated: Sighting | Movement, connection: Connection) -> None:
    if isinstance(stated, Movement):
        validate_movement(stated)
        for ground in stated.rests_on:
            find(connection, ground)
    elif stated.evidence == "inferred" or (stated.evidence == "seen" and not stated.scene_path):
        raise UsageError(
            "a sighting is reported by a source, or seen in an image that it names; what is inferred is a "
            "movement"
        )
    elif stated.verdict_id is not None and find(connection, stated.verdict_id).kind != "verdict":
        raise UsageError(f"{stated.verdict_id}: is not a verdict that a sighting can rest on")


def amend(
    writer: Writer, id: str, changes: Mapping[str, Any], *, because: str, analyst: str
) -> Sighting | Movement:
    """Log an amendment; see `annotate.log.store.Log.amend`."""
    held: Held[Any] = what_holds(writer.connection, id)
    entry: Sighting | Movement = _amended(held.entry, changes, because=because, analyst=analyst)
    _validate(entry, writer.connection)
    amendment = held.amendment.and_then(changes, because)
    new: Sighting | Movement = log_held(writer, held._replace(entry=entry, amendment=amendment))
    return new


def _amended(entry: Stated, changes: Mapping[str, Any], *, because: str, analyst: str) -> Stated:
    """Return an entry that stands for another, changed by hand; it is no longer disputed or withdrawn.

    Raises:
        UsageError: A member is not there, is not one to change, or nothing changes.
    """
    allowed = AMENDABLE[type(entry)]
    if wrong := sorted(changes.keys() - allowed):
        raise UsageError(
            f"{', '.join(wrong)}: cannot be amended; these can: {', '.join(sorted(allowed))}. "
            "What was seen where, when and by whom is fixed: if it is wrong, withdraw the entry"
        )
    members = without_lists(changes)
    if entry.status == "confirmed" and all(getattr(entry, name) == members[name] for name in members):
        raise UsageError(f"{entry.id}: already says that")
    return replace(
        entry, **members, status="confirmed", supersedes=entry.id, because=because, analyst=analyst
    )


def withdraw(writer: Writer, id: str, *, because: str, analyst: str) -> Sighting | Movement:
    """Log a withdrawal; see `annotate.log.store.Log.withdraw`."""
    held: Held[Any] = what_holds(writer.connection, id)
    entry: Sighting | Movement = held.entry
    if entry.status == "withdrawn":
        raise UsageError(f"{entry.id}: was already withdrawn ({entry.because or 'rejected'})")
    entry = replace(entry, status="withdrawn", because=because, analyst=analyst, supersedes=entry.id)
    amendment = held.amendment.and_then({"status": "withdrawn"}, because)
    new: Sighting | Movement = log_held(writer, held._replace(entry=entry, amendment=amendment))
    return new


def report_lost(writer: Writer, digits: str, because: str) -> KeyStatement:
    """Log that a key no longer counts; see `annotate.log.keys`.

    Args:
        writer: The log's end.
        digits: The public key, or the beginning of it.
        because: Why.

    Raises:
        UsageError: They name no key of the log, or several, or the key was reported lost before.
    """
    from annotate.log.signatures import KnownKeys

    keys = KnownKeys.of(writer.connection).held
    matches = [key for key in keys if digits and key.startswith(digits.lower())]
    if len(matches) != 1:
        several = "no key" if not matches else f"{len(matches)} keys"
        raise UsageError(f"'{digits}': {several} of the log begin so; `hardstand identity show` lists them")
    held = keys[matches[0]]
    if held.end == "lost":
        raise UsageError(f"the key {short_key(matches[0])} of {held.name} {held.end_words}")
    statement = KeyStatement("", "lost", held.name, matches[0], (), because, "")
    draft = writer.draft(statement.subject, statement.to_payload(), statement.origin)
    writer.append(draft)
    return KeyStatement.from_payload(draft.payload)
