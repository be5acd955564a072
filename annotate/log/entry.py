"""What the log holds: verdicts (what an analyst said) and sightings (what holds true because of them)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from imagery.acquisition import Precision
from imagery.record import SceneRecord

SCHEMA_VERSION = 1

Judgement = Literal["confirmed", "corrected", "rejected", "added"]
Status = Literal["confirmed", "withdrawn"]


@dataclass(frozen=True)
class Verdict:
    """What one analyst said of one place in one image.

    Attributes:
        verdict: confirmed, corrected or rejected a candidate; or added what the machine did not see.
        candidate: Identifier of the candidate; None where added.
        detector: Name of the detector; None where added.
        detector_version: Its version; None where added.
        params_hash: Hash of its settings; None where added.
        score: The machine's score; None where added.
        type: ICAO designator the analyst chose, None where none was.
        lon: Middle of the box, degrees; None where the image has no place.
        lat: Middle of the box, degrees; None where the image has no place.
        length_m: From tail to nose; None where the box does not say.
        wingspan_m: None where the box does not say.
        heading_deg: From true north; None where the box does not say.
        heading_sure: False where nose and tail could be swapped.
        center_px: Middle of the box in scene pixels, (col, row).
        box_px: Length, width (pixels) and angle (degrees) of the box in the scene.
        airfield: ICAO code, or None.
        scene: The scene's record, as in a candidates file.
        analyst: Who said so.
        annotated: When it was said, ISO 8601 UTC.
        project: Title of the review project.
        task_id: Label Studio's.
        annotation_id: Label Studio's.
        annotation_created: When it was made, ISO 8601 UTC; with its number it is unique over servers.
        region_id: Label Studio's.
        lead_time_s: How long the annotation took, where known.
    """

    verdict: Judgement
    candidate: str | None
    detector: str | None
    detector_version: str | None
    params_hash: str | None
    score: float | None
    type: str | None
    lon: float | None
    lat: float | None
    length_m: float | None
    wingspan_m: float | None
    heading_deg: float | None
    heading_sure: bool
    center_px: tuple[float, float]
    box_px: tuple[float, float, float]
    airfield: str | None
    scene: SceneRecord
    analyst: str
    annotated: str
    project: str
    task_id: int
    annotation_id: int
    annotation_created: str
    region_id: str
    lead_time_s: float | None

    @property
    def statement(self) -> str:
        """What of which annotation this is; an edited annotation states the same anew."""
        return f"{self.annotation_id}/{self.annotation_created}/{self.region_id}"

    @property
    def subject(self) -> str:
        """The aircraft it is about: the candidate, or what this annotation added."""
        return self.candidate or self.statement

    @property
    def origin(self) -> str:
        """Differs for every statement and every time it was made, and never otherwise."""
        return f"{self.statement}@{self.annotated}"

    def says_the_same_as(self, other: Verdict) -> bool:
        """Whether the two differ in nothing but when they were said."""
        return replace(self, annotated=other.annotated, lead_time_s=other.lead_time_s) == other

    def to_payload(self) -> dict[str, Any]:
        """As JSON members, to be logged."""
        return {"kind": "verdict", "schema_version": SCHEMA_VERSION, **asdict(self)}

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> Verdict:
        """The inverse of `to_payload`."""
        members = {name: payload[name] for name in cls.__dataclass_fields__}
        members["scene"] = SceneRecord.from_json(members["scene"])
        members["center_px"], members["box_px"] = tuple(members["center_px"]), tuple(members["box_px"])
        return cls(**members)


@dataclass(frozen=True)
class Sighting:
    """An aircraft that a person says was there, then. Field names are those of every export.

    Attributes:
        id: This entry's.
        status: ``confirmed``; ``withdrawn`` where what superseded it says that nothing was there.
        supersedes: The entry it stands in place of, or None.
        acquired: When the image was taken, ISO 8601 at ``acquired_precision``; None where unknown.
        type: ICAO designator that a person claims, or None. Never the machine's suggestion.
        lon: Degrees; None where the image has no place.
        lat: Degrees; None where the image has no place.
        position_error_m: None where unknown.
        verdict_id: The verdict entry it rests on.
        logged: When it was written, ISO 8601 UTC.

    The other attributes are those of the verdict and of the scene.
    """

    id: str
    status: Status
    supersedes: str | None
    acquired: str | None
    acquired_precision: Precision
    airfield: str | None
    lon: float | None
    lat: float | None
    position_error_m: float | None
    type: str | None
    heading_deg: float | None
    heading_sure: bool
    length_m: float | None
    wingspan_m: float | None
    verdict: Judgement
    analyst: str
    scene_path: str
    scene_sha256: str | None
    image_id: str | None
    sensor: str | None
    gsd_m: float
    licence: str | None
    source_url: str | None
    rendered: bool
    candidate: str | None
    detector: str | None
    detector_version: str | None
    params_hash: str | None
    score: float | None
    task_id: int
    annotation_id: int
    verdict_id: str
    logged: str

    def to_payload(self) -> dict[str, Any]:
        """As JSON members, to be logged."""
        return {"kind": "sighting", "schema_version": SCHEMA_VERSION, **asdict(self)}

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> Sighting:
        """The inverse of `to_payload`."""
        return cls(**{name: payload[name] for name in cls.__dataclass_fields__})


def sighting_of(
    verdict: Verdict, *, id: str, verdict_id: str, logged: str, current: Sighting | None
) -> Sighting | None:
    """The sighting that a verdict makes, given what the log holds of the same aircraft.

    Args:
        verdict: What was said.
        id: The new entry's identifier.
        verdict_id: The verdict's own entry.
        logged: When, ISO 8601 UTC.
        current: The latest sighting of the same aircraft, or None.

    Returns:
        A new sighting; or None for a rejection of what the log does not hold, which changes nothing.
    """
    rejected = verdict.verdict == "rejected"
    if rejected and (current is None or current.status == "withdrawn"):
        return None
    scene = verdict.scene
    shared = {
        name: getattr(verdict, name)
        for name in Sighting.__dataclass_fields__
        if name in Verdict.__dataclass_fields__
    }
    return Sighting(
        **shared,
        id=id,
        status="withdrawn" if rejected else "confirmed",
        supersedes=current.id if current else None,
        acquired=scene.acquired,
        acquired_precision=scene.acquired_precision,
        position_error_m=scene.position_error_m,
        scene_path=scene.path,
        scene_sha256=scene.sha256,
        image_id=scene.image_id,
        sensor=scene.sensor,
        gsd_m=scene.gsd_m,
        licence=scene.licence,
        source_url=scene.source_url,
        rendered=scene.rendered,
        verdict_id=verdict_id,
        logged=logged,
    )
