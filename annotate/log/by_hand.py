"""What people put into the log themselves: statements of other sources, amendments and withdrawals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar, cast

from sqlalchemy import Connection, select

from annotate.log.database import entries
from annotate.log.entries import Movement, Sighting
from annotate.log.held import Amendment, amended
from annotate.log.reading import find, latest
from annotate.log.recording import settled_of
from annotate.log.writing import Writer, digest
from imagery.errors import UsageError

Stated = TypeVar("Stated", bound=Sighting | Movement)

FROM_PAYLOAD: dict[str, Callable[[dict[str, Any]], Sighting | Movement]] = {
    "sighting": Sighting.from_payload,
    "movement": Movement.from_payload,
}


def add(writer: Writer, stated: Stated) -> Stated:
    """Log a statement, unless the log holds it; see `annotate.log.store.Log.add_all`."""
    _refuse_what_cannot_be(stated, writer.connection)
    said = replace(stated, id="", supersedes=None, logged="").to_payload()
    kind, subject = said["kind"], digest(said)
    if stated.id:
        known = select(entries.c.subject).where(entries.c.id == stated.id, entries.c.kind == kind)
        subject = writer.connection.scalar(known) or subject
    held = latest(writer.connection, kind, subject)
    if held is not None:
        return cast(Stated, FROM_PAYLOAD[kind](held))
    return cast(Stated, _log(writer, Held(subject, stated)))


def _refuse_what_cannot_be(stated: Sighting | Movement, connection: Connection) -> None:
    if isinstance(stated, Sighting):
        if stated.evidence == "inferred" or (stated.evidence == "seen" and not stated.scene_path):
            raise UsageError(
                "a sighting is reported by a source, or seen in an image that it names; what is inferred is "
                "a movement"
            )
        return
    if stated.evidence == "seen":
        raise UsageError("a movement is reported or inferred; nobody sees one in an image")
    if stated.evidence == "inferred" and not stated.reasoning:
        raise UsageError("an inferred movement says why it follows")
    for ground in stated.rests_on:
        find(connection, ground)


def amend(
    writer: Writer, id: str, changes: Mapping[str, Any], *, because: str, analyst: str
) -> Sighting | Movement:
    """Log an amendment; see `annotate.log.store.Log.amend`."""
    held = what_holds(writer.connection, id)
    new = amended(held.entry, changes, because=because, analyst=analyst)
    return _log(writer, held._replace(entry=new, amendment=held.amendment.and_then(changes, because)))


def withdraw(writer: Writer, id: str, *, because: str, analyst: str) -> Sighting | Movement:
    """Log a withdrawal; see `annotate.log.store.Log.withdraw`."""
    held = what_holds(writer.connection, id)
    entry = held.entry
    if entry.status == "withdrawn":
        raise UsageError(f"{entry.id}: was withdrawn already ({entry.because or 'rejected'})")
    new = replace(entry, status="withdrawn", because=because, analyst=analyst, supersedes=entry.id)
    amendment = held.amendment.and_then({"status": "withdrawn"}, because)
    return _log(writer, held._replace(entry=new, amendment=amendment))


class Held(NamedTuple):
    """What the log says of a subject.

    Attributes:
        subject: An aircraft or a route.
        entry: The latest entry about it.
        amendment: What of that was changed by hand.
        settled: What verdicts had come to, see `annotate.log.recording.settled_of`.
    """

    subject: str
    entry: Sighting | Movement
    amendment: Amendment = Amendment()
    settled: dict[str, Any] | None = None


def what_holds(connection: Connection, id: str) -> Held:
    """What the log says now of what an entry is about.

    Raises:
        UsageError: There is no such entry, or no sighting or movement about the same.
    """
    named = find(connection, id)
    kind = "movement" if named.kind == "movement" else "sighting"
    payload = latest(connection, kind, named.subject)
    if payload is None:
        raise UsageError(f"{named.id}: is a {named.kind}, and there is no sighting or movement about it")
    return Held(named.subject, FROM_PAYLOAD[kind](payload), Amendment.of(payload), settled_of(payload))


def _log(writer: Writer, new: Held) -> Sighting | Movement:
    said = {**new.entry.to_payload(), "amended": new.amendment.to_json()}
    scene = None
    if isinstance(new.entry, Sighting):
        said["settled"], scene = new.settled, new.entry.scene_sha256
    draft = writer.draft(new.subject, said)
    writer.append(draft, scene=scene)
    return FROM_PAYLOAD[draft.payload["kind"]](draft.payload)
