"""Everything in the log about one aircraft, route or scene: its current entry and its history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from annotate.log.entries import ENTRY_CLASSES
from annotate.log.payload import payload_of
from annotate.log.reading import LoggedEntry
from annotate.log.store import Log

# What an entry says of itself and of how it was made differs from one entry to the next in any case.
_OWN = {"id", "kind", "schema_version", "subject", "supersedes", "logged", "verdict_id", "amended"}
_OWN |= {"annotated", "lead_time_s", "because", "settled", "signature"}


class Step(NamedTuple):
    """One entry of a history.

    Attributes:
        entry: As it is in the log.
        payload: Its members.
        changed: Old and new value of each member that differs from the previous entry of its kind (a
            verdict: of its analyst); empty for the first.
    """

    entry: LoggedEntry
    payload: dict[str, Any]
    changed: dict[str, tuple[Any, Any]]

    def to_json(self) -> dict[str, Any]:
        """Return the entry's columns, its payload as JSON and not as text."""
        return {**self.entry._asdict(), "payload": self.payload}


class History(NamedTuple):
    """The entries about one aircraft, route or scene.

    Attributes:
        steps: Every entry about it, the oldest first.
        now: The one that holds now: a sighting, movement or scene; a verdict where no sighting came of it.
    """

    steps: list[Step]
    now: Step


def history_of(log: Log, identifier: str) -> History:
    """Return the history of an entry's subject.

    Args:
        log: The log that holds it.
        identifier: The entry's, or its beginning.

    Raises:
        UsageError: It names no entry, or several.
    """
    steps: list[Step] = []
    for entry in log.history(identifier):
        payload = payload_of(entry.payload)
        earlier = (step.payload for step in reversed(steps) if _replaces(payload, step.payload))
        before = next(earlier, None)
        steps.append(Step(entry, payload, {} if before is None else _differences(before, payload)))
    holding = [step for step in steps if step.entry.kind != "verdict"]
    return History(steps, (holding or steps)[-1])


def members_of(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of an entry in the order of its exports, then those that no export has."""
    exported = [name for name in ENTRY_CLASSES[payload["kind"]].__dataclass_fields__ if name in payload]
    return {name: payload[name] for name in [*exported, *sorted(payload.keys() - set(exported))]}


def _replaces(payload: Mapping[str, Any], earlier: Mapping[str, Any]) -> bool:
    same = ("kind", "analyst") if payload["kind"] == "verdict" else ("kind",)
    return all(payload.get(name) == earlier.get(name) for name in same)


def _differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    names = [name for name in members_of(now) if name not in _OWN]
    return {name: (before.get(name), now[name]) for name in names if before.get(name) != now[name]}
