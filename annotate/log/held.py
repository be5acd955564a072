"""What a person changed in the log by hand, with a reason: it stays, whatever verdicts say afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self, TypeVar

from annotate.log.entries import Movement, Sighting
from imagery.errors import UsageError

Stated = TypeVar("Stated", bound=Sighting | Movement)

# What somebody claims. What identifies pixels, person and time is evidence, and nobody's to change.
CLAIMED = frozenset({"type", "operator", "tail_number", "likelihood", "note", "private"})
SOURCES = frozenset({"source", "source_url", "archive_url", "source_file", "source_file_sha256", "admiralty"})
AMENDABLE: dict[type, frozenset[str]] = {
    Sighting: CLAIMED
    | SOURCES
    | {"acquired", "acquired_precision", "airfield", "lon", "lat", "position_error_m", "count", "licence"}
    | {"size_class", "type_reason", "heading_deg", "heading_sure", "length_m", "wingspan_m"}
    | {"sensor", "image_id"},
    Movement: CLAIMED | SOURCES | {"places", "since", "until", "rests_on", "reasoning"},
}


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
        """What was amended up to an entry."""
        amended = (payload or {}).get("amended")
        return cls() if amended is None else cls(amended["changes"], amended["because"])

    def to_json(self) -> dict[str, Any] | None:
        """The ``amended`` member of an entry; None where nothing was changed."""
        return None if self.because is None else {"changes": dict(self.changes), "because": self.because}

    def and_then(self, changes: Mapping[str, Any], because: str) -> Self:
        """With a further change; one that withdraws nothing brings back what was withdrawn."""
        kept = {name: value for name, value in self.changes.items() if name != "status"}
        reasons = because if self.because is None else f"{self.because}; {because}"
        return replace(self, changes={**kept, **changes}, because=reasons)

    def applied_to(self, entry: Stated) -> Stated:
        """An entry as it is with these changes, its reason among its own."""
        reasons = [reason for reason in (entry.because, self.because) if reason]
        return replace(entry, **_as_members(self.changes), because="; ".join(reasons) or None)


def amended(entry: Stated, changes: Mapping[str, Any], *, because: str, analyst: str) -> Stated:
    """An entry that stands for another, changed by hand; it is no longer disputed or withdrawn.

    Raises:
        UsageError: A member is not there, is not one to change, or nothing changes.
    """
    allowed = AMENDABLE[type(entry)]
    if wrong := sorted(changes.keys() - allowed):
        raise UsageError(
            f"{', '.join(wrong)}: cannot be amended; what can be is {', '.join(sorted(allowed))}. "
            "What was seen where, when and by whom stays: withdraw the entry where that is wrong"
        )
    members = _as_members(changes)
    if entry.status == "confirmed" and all(getattr(entry, name) == members[name] for name in members):
        raise UsageError(f"{entry.id}: says that already")
    return replace(
        entry, **members, status="confirmed", supersedes=entry.id, because=because, analyst=analyst
    )


def _as_members(changes: Mapping[str, Any]) -> dict[str, Any]:
    """JSON has no tuples."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in changes.items()}
