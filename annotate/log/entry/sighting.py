"""An aircraft that a person says was there, then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from annotate.log.entry.words import SCHEMA_VERSION, Evidence, Judgement, Status
from imagery.acquisition import Precision


@dataclass(frozen=True)
class Sighting:
    """An aircraft that a person says was there, then. Field names are those of every export.

    The attributes that are not told here are those of the verdict and of the scene; they are None where the
    sighting comes from another source.

    Attributes:
        id: This entry's.
        status: ``confirmed``; ``disputed`` where analysts disagree; ``withdrawn`` where what superseded it
            says that nothing was there.
        evidence: ``seen`` in an image that the log names, or ``reported`` by another source.
        supersedes: The entry it stands in place of, or None.
        because: Why it was amended, withdrawn or is disputed, in words; None otherwise.
        acquired: When the image was taken, or the aircraft was there, ISO 8601 at ``acquired_precision``;
            None where unknown.
        lon: Degrees; None where the place is not known.
        lat: Degrees; None where the place is not known.
        position_error_m: None where unknown.
        type: ICAO designator that a person claims, or None. Never the machine's suggestion.
        count: Aircraft that this speaks of; more than 1 only where reported.
        analyst: Who said so; several joined by ``, ``.
        analysts: How many have said something of it that counts.
        center_px: Middle of the box in scene pixels, (col, row).
        box_px: Length, width (pixels) and angle (degrees) of the box in the scene.
        source: Who or what reported it, in words.
        source_url: Where the image or the report is to be had.
        archive_url: Where an archive keeps it.
        source_file: Name of the file that was attached.
        source_file_sha256: Its hash.
        admiralty: Grade of a report: reliability A-F and credibility 1-6 (NATO AJP-2.1), such as ``B2``.
        chip: Name of the image around it, in the log's folder of chips.
        chip_sha256: Hash of the chip and its world file, as `imagery.record.hash_files` takes it.
        surroundings: Name of the image of the surroundings.
        surroundings_sha256: Hash of it and its world file.
        private: Whether ``note`` is to stay out of what is published.
        verdict_id: The verdict entry it rests on; None where it is no verdict's.
        logged: When it was written, ISO 8601 UTC.
    """

    id: str
    status: Status
    evidence: Evidence
    supersedes: str | None
    because: str | None
    acquired: str | None
    acquired_precision: Precision
    airfield: str | None
    lon: float | None
    lat: float | None
    position_error_m: float | None
    type: str | None
    size_class: str | None
    type_reason: str | None
    likelihood: str | None
    operator: str | None
    tail_number: str | None
    count: int
    heading_deg: float | None
    heading_sure: bool
    length_m: float | None
    wingspan_m: float | None
    verdict: Judgement | None
    analyst: str
    analysts: int
    scene_path: str | None
    scene_sha256: str | None
    image_id: str | None
    sensor: str | None
    gsd_m: float | None
    center_px: tuple[float, float] | None
    box_px: tuple[float, float, float] | None
    licence: str | None
    source: str | None
    source_url: str | None
    archive_url: str | None
    source_file: str | None
    source_file_sha256: str | None
    admiralty: str | None
    rendered: bool
    candidate: str | None
    detector: str | None
    detector_version: str | None
    params_hash: str | None
    score: float | None
    project: str | None
    task_id: int | None
    annotation_id: int | None
    chip: str | None
    chip_sha256: str | None
    surroundings: str | None
    surroundings_sha256: str | None
    note: str | None
    private: bool
    verdict_id: str | None
    logged: str

    def to_payload(self) -> dict[str, Any]:
        """As JSON members, to be logged."""
        return {"kind": "sighting", "schema_version": SCHEMA_VERSION, **vars(self)}

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> Sighting:
        """The inverse of `to_payload`, also for what an older version logged."""
        members: dict[str, Any] = {name: payload.get(name) for name in cls.__dataclass_fields__}
        if payload["schema_version"] == 1:
            members |= {"evidence": "seen", "count": 1, "analysts": 1, "private": False}
        for name in ("center_px", "box_px"):
            members[name] = None if members[name] is None else tuple(members[name])
        return cls(**members)
