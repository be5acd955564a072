"""The conversion of all kinds of entries to JSON members that are logged, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field
from typing import Any, ClassVar, Self

from imagery.record import SceneRecord

SCHEMA_VERSION = 1
# Members that came after 0.1. Where they say nothing they are left out, so that a statement that was logged
# before is recognised as the same.
SINCE_0_2 = frozenset({"length_error_m", "wingspan_error_m", "size_disagrees"})
_LISTS = ("center_px", "box_px", "places", "rests_on", "audits")  # JSON has no tuples


class Loggable:
    """The base of all entries.

    Their fields are members of the payload under their own names. They are converted by hand: cattrs takes a
    third longer to read sightings, and makes 2.0 of a 2, which exports would then show.
    """

    kind: ClassVar[str]
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    def __init_subclass__(cls, kind: str) -> None:
        cls.kind = kind

    def to_payload(self) -> dict[str, Any]:
        """Return it as JSON members, to be logged."""
        stated = {
            name: value for name, value in vars(self).items() if value is not None or name not in SINCE_0_2
        }
        payload = {"kind": self.kind, "schema_version": SCHEMA_VERSION, **stated}
        if "scene" in payload:
            payload["scene"] = vars(payload["scene"])
        return payload

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Self:
        """Read what `to_payload` returns."""
        members = {
            name: payload[name]
            for name, field in cls.__dataclass_fields__.items()
            if name in payload or field.default is MISSING
        }
        for name in _LISTS:
            if members.get(name) is not None:
                members[name] = tuple(members[name])
        if "scene" in members:
            members["scene"] = SceneRecord.from_json(members["scene"])
        return cls(**members)
