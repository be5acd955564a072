"""The entries of the log that an inference rests on."""

from __future__ import annotations

import json
from collections.abc import Iterable

from annotate.log.store import Log
from imagery.errors import UsageError


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
