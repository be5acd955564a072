"""What one analyst said of one place in one image."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from annotate.log.entry.words import SCHEMA_VERSION, Judgement
from detect.box import OrientedBox
from imagery.grid import PixelPoint
from imagery.record import SceneRecord


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
        size_class: Where the type is unknown, the class of size the analyst chose, or None.
        type_reason: Why a type finer than the GSD supports is claimed, in the analyst's words.
        likelihood: A word of `LIKELIHOOD`: how likely it is what is claimed; None where unsaid.
        operator: Who flies it, as read from the image, or None.
        tail_number: As read from the image, or None.
        note: The analyst's words, or None.
        withdrawn: Why this no longer counts (``annotation deleted``, ``task deleted``, ``task skipped``,
            ``region deleted``); None while it does.
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
    size_class: str | None = None
    type_reason: str | None = None
    likelihood: str | None = None
    operator: str | None = None
    tail_number: str | None = None
    note: str | None = None
    withdrawn: str | None = None

    @property
    def statement(self) -> str:
        """What of which annotation this is; an edited annotation states the same anew."""
        return f"{self.annotation_id}/{self.annotation_created}/{self.region_id}"

    @property
    def subject(self) -> str:
        """The aircraft it is about, as far as it says itself: the candidate, or what this annotation added.

        What was added where the log knows of an aircraft is about that one, see `annotate.log.subjects`.
        """
        return self.candidate or self.statement

    @property
    def origin(self) -> str:
        """Differs for every statement and every time it was made or withdrawn, and never otherwise."""
        said = f"{self.statement}@{self.annotated}"
        return said if self.withdrawn is None else f"{said} {self.withdrawn}"

    @property
    def box(self) -> OrientedBox:
        """Its box in the scene's pixels."""
        return OrientedBox(PixelPoint(*self.center_px), *self.box_px)

    def says_the_same_as(self, other: Verdict) -> bool:
        """Whether the two differ in nothing that was said.

        When it was said, how long that took and what the project was called by then are no part of it.
        """
        how = {name: getattr(other, name) for name in ("annotated", "lead_time_s", "project")}
        return replace(self, **how) == other

    def to_payload(self) -> dict[str, Any]:
        """As JSON members, to be logged."""
        scene = asdict(self.scene)
        return {"kind": "verdict", "schema_version": SCHEMA_VERSION, **vars(self), "scene": scene}

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> Verdict:
        """The inverse of `to_payload`."""
        members = {name: payload[name] for name in cls.__dataclass_fields__ if name in payload}
        members["scene"] = SceneRecord.from_json(members["scene"])
        members["center_px"], members["box_px"] = tuple(members["center_px"]), tuple(members["box_px"])
        return cls(**members)
