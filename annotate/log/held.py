"""The state of an aircraft or a route: the entry that holds now, and what of it was changed by hand.

What a person changed, with a reason, stays, whatever verdicts say afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, NamedTuple, Self, TypeVar, cast

from sqlalchemy import Connection

from annotate.log.chips import Chips
from annotate.log.entries import Movement, Sighting
from annotate.log.reading import find, latest
from annotate.log.size_check import size_disagrees
from annotate.log.writing import Writer
from imagery.errors import UsageError

Stated = TypeVar("Stated", bound=Sighting | Movement)


@dataclass(frozen=True)
class Amendment:
    """All that was changed by hand of what the log says about one subject.

    Attributes:
        changes: The values that stand by member; ``status`` is among them where it was withdrawn by hand.
        because: The reasons, in the order they were given; None where nothing was changed.
    """

    changes: Mapping[str, Any] = field(default_factory=dict)
    because: str | None = None

    @classmethod
    def of(cls, payload: Mapping[str, Any] | None) -> Self:
        """Return what was amended up to an entry."""
        amended = (payload or {}).get("amended")
        return cls() if amended is None else cls(amended["changes"], amended["because"])

    def to_json(self) -> dict[str, Any] | None:
        """Return the ``amended`` member of an entry; None where nothing was changed."""
        return None if self.because is None else {"changes": dict(self.changes), "because": self.because}

    def and_then(self, changes: Mapping[str, Any], because: str) -> Self:
        """Add a further change; one that withdraws nothing brings back what was withdrawn."""
        kept = {name: value for name, value in self.changes.items() if name != "status"}
        reasons = because if self.because is None else f"{self.because}; {because}"
        return replace(self, changes={**kept, **changes}, because=reasons)

    def applied_to(self, entry: Stated) -> Stated:
        """Return an entry with these changes, their reason among its own."""
        reasons = [reason for reason in (entry.because, self.because) if reason]
        return replace(entry, **without_lists(self.changes), because="; ".join(reasons) or None)


class Held(NamedTuple, Generic[Stated]):
    """The state of a subject as the log has it, or is to have it.

    Attributes:
        subject: An aircraft or a route.
        entry: The latest entry about it.
        amendment: What of that was changed by hand.
        settled: What verdicts had come to and which those were; None where it rests on none.
    """

    subject: str
    entry: Stated
    amendment: Amendment = Amendment()
    settled: Mapping[str, Any] | None = None


def held_about(connection: Connection, kind: type[Stated], subject: str) -> Held[Stated] | None:
    """Return what the log says of a subject now, withdrawn or not; None where it says nothing.

    Args:
        connection: To the log.
        kind: The class of its entry.
        subject: An aircraft or a route.
    """
    payload = latest(connection, kind.kind, subject)
    if payload is None:
        return None
    return Held(
        subject, cast(Stated, kind.from_payload(payload)), Amendment.of(payload), payload.get("settled")
    )


def what_holds(connection: Connection, id: str) -> Held[Sighting] | Held[Movement]:
    """Return what the log says now of what an entry is about, withdrawn or not.

    Raises:
        UsageError: There is no such entry, or no sighting or movement about the same.
    """
    named = find(connection, id)
    held: Held[Sighting] | Held[Movement] | None
    if named.kind == "movement":
        held = held_about(connection, Movement, named.subject)
    else:
        held = held_about(connection, Sighting, named.subject)
    if held is None:
        raise UsageError(f"{named.id}: is a {named.kind}, and there is no sighting or movement about it")
    return held


def log_held(
    writer: Writer, new: Held[Stated], cut: Callable[[Sighting], Chips | None] | None = None
) -> Stated:
    """Log what holds of a subject from now on.

    Args:
        writer: The log's end.
        new: What is to hold; its entry's ``id`` and ``logged`` are filled in.
        cut: Cuts the chips of a sighting that has none, if it can.

    Returns:
        The entry as it is in the log.
    """
    payload = {**new.entry.to_payload(), "amended": new.amendment.to_json()}
    scene = None
    if isinstance(new.entry, Sighting):
        payload["settled"], scene = new.settled, new.entry.scene_sha256
        payload |= replace(new.entry, size_disagrees=size_disagrees(new.entry)).to_payload()
    draft = writer.draft(new.subject, payload)
    if cut is not None and isinstance(new.entry, Sighting) and new.entry.chip is None:
        chips = cut(Sighting.from_payload(draft.payload))
        if chips is not None:
            draft.payload.update(chips._asdict())
    writer.append(draft, scene=scene)
    return cast(Stated, type(new.entry).from_payload(draft.payload))


def without_lists(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return values read from JSON, which has no tuples, as members of an entry."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in changes.items()}
