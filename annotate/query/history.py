"""All that the log says of one aircraft, route or scene: what holds now, and how it came to that."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from annotate.log.entries import Movement, SceneReview, Sighting, Verdict
from annotate.log.reading import LoggedEntry
from annotate.log.store import Log

# What an entry says of itself and of its making: it differs from one entry to the next in any case.
_OWN = {"id", "kind", "schema_version", "subject", "supersedes", "logged", "verdict_id", "amended"}
_OWN |= {"annotated", "lead_time_s", "because", "settled"}


class Step(NamedTuple):
    """One entry of a story.

    Attributes:
        entry: As it is in the log.
        payload: Its members.
        changed: What it says otherwise than the entry of its kind (a verdict: of its analyst) before it, as
            the old and the new value by member; empty for the first.
    """

    entry: LoggedEntry
    payload: dict[str, Any]
    changed: dict[str, tuple[Any, Any]]

    def to_json(self) -> dict[str, Any]:
        """The entry's columns, its payload as JSON and not as text."""
        return {**self.entry._asdict(), "payload": self.payload}


class Story(NamedTuple):
    """What the log says of one aircraft, route or scene.

    Attributes:
        steps: Every entry about it, the oldest first.
        now: The one that holds now: of a sighting, movement or scene; a verdict where no sighting came of it.
    """

    steps: list[Step]
    now: Step


def story(log: Log, identifier: str) -> Story:
    """Everything about what an entry is about.

    Args:
        log: Which holds it.
        identifier: The entry's, or its beginning.

    Raises:
        UsageError: It names none, or several.
    """
    steps: list[Step] = []
    for entry in log.history(identifier):
        payload = json.loads(entry.payload)
        before = next((step.payload for step in reversed(steps) if _replaces(payload, step.payload)), None)
        steps.append(Step(entry, payload, {} if before is None else _differences(before, payload)))
    held = [step for step in steps if step.entry.kind != "verdict"]
    return Story(steps, (held or steps)[-1])


def members_of(payload: dict[str, Any]) -> dict[str, Any]:
    """The members of an entry in the order of its exports, then those that no export has."""
    kinds: dict[str, Any] = {
        "verdict": Verdict,
        "sighting": Sighting,
        "movement": Movement,
        "scene": SceneReview,
    }
    names = [name for name in kinds[payload["kind"]].__dataclass_fields__ if name in payload]
    return {name: payload[name] for name in [*names, *sorted(payload.keys() - set(names))]}


def _replaces(payload: dict[str, Any], earlier: dict[str, Any]) -> bool:
    alike = ("kind", "analyst") if payload["kind"] == "verdict" else ("kind",)
    return all(payload.get(name) == earlier.get(name) for name in alike)


def _differences(before: dict[str, Any], now: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    names = [name for name in members_of(now) if name not in _OWN]
    return {name: (before.get(name), now[name]) for name in names if before.get(name) != now[name]}
