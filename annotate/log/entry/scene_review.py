"""How much of a scene people have looked at."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from annotate.log.entry.words import SCHEMA_VERSION
from imagery.record import SceneRecord


@dataclass(frozen=True)
class SceneReview:
    """That a scene was searched, and how much of it people have looked at: absence is data, too.

    Attributes:
        id: This entry's.
        supersedes: The entry of the same scene and project that it stands in place of, or None.
        scene: The scene's record, as in a candidates file.
        airfield: ICAO code, or None.
        footprint: GeoJSON geometry of the scene, or None where it has no place.
        detector: What searched it.
        detector_version: Its version.
        params_hash: Hash of its settings.
        candidates: How many it proposed.
        tasks: Tiles that were put before analysts.
        reviewed: Of those, how many have an answer.
        project: Title of the review project.
        logged: When it was written, ISO 8601 UTC.
    """

    id: str
    supersedes: str | None
    scene: SceneRecord
    airfield: str | None
    footprint: dict[str, Any] | None
    detector: str
    detector_version: str
    params_hash: str
    candidates: int
    tasks: int
    reviewed: int
    project: str
    logged: str

    def to_payload(self) -> dict[str, Any]:
        """As JSON members, to be logged."""
        return {"kind": "scene", "schema_version": SCHEMA_VERSION, **asdict(self)}

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> SceneReview:
        """The inverse of `to_payload`."""
        members = {name: payload[name] for name in cls.__dataclass_fields__}
        return cls(**members | {"scene": SceneRecord.from_json(members["scene"])})
