"""The entries of the log: verdicts, the sightings that rest on them, movements, and searched scenes.

What it says of keys is in `annotate.log.keys`, of itself in
`annotate.log.checkpoints` and `annotate.log.stamps`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Annotated, Any, Literal

from annotate.log.checkpoints import Checkpoint
from annotate.log.features import point_geometry, route_geometry
from annotate.log.keys import KeyStatement
from annotate.log.payload import Loggable
from annotate.log.stamps import Stamp
from annotate.log.stops import stop_key
from detect.box import OrientedBox
from detect.limits import are_limits
from imagery.acquisition import Precision, parse_acquired
from imagery.area import is_area
from imagery.errors import UsageError
from imagery.grid import PixelPoint
from imagery.record import SceneRecord

Judgement = Literal["confirmed", "corrected", "rejected", "added", "absent"]
Status = Literal["confirmed", "disputed", "withdrawn"]
# seen: a person looked at an image that the log names; reported: another source says so; inferred: nobody
# saw it, it is what somebody concludes.
Evidence = Literal["seen", "reported", "inferred"]
# ICD 203 (2015), table of expressions of likelihood, upper line; the share in percent each stands for.
LIKELIHOOD = {
    "almost no chance": (1, 5),
    "very unlikely": (5, 20),
    "unlikely": (20, 45),
    "roughly even chance": (45, 55),
    "likely": (55, 80),
    "very likely": (80, 95),
    "almost certain": (95, 99),
}
# What a stranger may have logged is calculated with: it is checked when it is read.
Area = Annotated[dict[str, Any], is_area, "a GeoJSON polygon"]
Limits = Annotated[dict[str, Any], are_limits, "the limits of a scene"]


def annotation_key(number: int, created: str) -> str:
    """Return what tells an annotation from all others, those of other servers included.

    Args:
        number: Label Studio's.
        created: When it was made, ISO 8601.
    """
    return f"{number}/{created}"


def statement_key(annotation: str, region_id: str) -> str:
    """Return what tells a statement from all others; an edited annotation states the same anew.

    Args:
        annotation: As `annotation_key` gives it.
        region_id: Label Studio's.
    """
    return f"{annotation}/{region_id}"


@dataclass(frozen=True)
class Verdict(Loggable, kind="verdict"):
    """A statement of one analyst about one place in one image.

    Attributes:
        verdict: confirmed, corrected or rejected a candidate; added what the machine did not see; or absent:
            nothing stands where a candidate of the scene before did, as an analyst was asked and answered.
        candidate: Identifier of the candidate; None where added or absent.
        detector: Name of the detector; None where added or absent.
        detector_version: Its version; None where added or absent.
        params_hash: Hash of its settings; None where added or absent.
        score: The machine's score; None where added or absent.
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
        length_error_m: Standard error of the length; None where there is no length.
        wingspan_error_m: Standard error of the wingspan.
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
    length_error_m: float | None = None
    wingspan_error_m: float | None = None

    @property
    def annotation(self) -> str:
        """The key of the annotation that says it, see `annotation_key`."""
        return annotation_key(self.annotation_id, self.annotation_created)

    @property
    def statement(self) -> str:
        """The key of the statement, see `statement_key`."""
        return statement_key(self.annotation, self.region_id)

    @property
    def subject(self) -> str:
        """The aircraft it is about, as far as it says itself: the candidate, or what this annotation added.

        What was added where the log knows of an aircraft is about that one, see `annotate.log.subjects`.
        """
        return self.candidate or self.statement

    @property
    def origin(self) -> str:
        """A text of its own for each statement and each time it was made or withdrawn."""
        made = f"{self.statement}@{self.annotated}"
        return made if self.withdrawn is None else f"{made} {self.withdrawn}"

    @property
    def box(self) -> OrientedBox:
        """Its box in the scene's pixels."""
        return OrientedBox(PixelPoint(*self.center_px), *self.box_px)

    @property
    def present(self) -> bool:
        """True if it says that an aircraft is there."""
        return self.verdict not in ("rejected", "absent")

    def says_the_same_as(self, other: Verdict) -> bool:
        """Check whether both verdicts state the same.

        When it was said, how long that took and what the project was called by then are no part of it.
        """
        circumstances = {name: getattr(other, name) for name in ("annotated", "lead_time_s", "project")}
        return replace(self, **circumstances) == other


@dataclass(frozen=True)
class Sighting(Loggable, kind="sighting"):
    """An aircraft that a person states was at a place at a time. Exports use the same field names.

    The attributes that are not listed here are those of the verdict and of the scene; they are None where the
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
        length_error_m: Standard error of the length; None where it is not known.
        wingspan_error_m: Standard error of the wingspan; None where it is not known.
        size_disagrees: Whether the size is not that of the claimed type, see `annotate.log.size_check`; None
            where one of the two is not known.
        signed_by: Who recorded and signed this entry; None where nobody signed it. No member of the payload,
            but part of its signature, which `annotate.log.verify` checks.
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
    length_error_m: float | None = None
    wingspan_error_m: float | None = None
    size_disagrees: bool | None = None
    signed_by: str | None = None

    @property
    def __geo_interface__(self) -> dict[str, Any]:
        """A GeoJSON feature, a point where its position is known; GeoPandas takes it as it is."""
        return _feature(self, point_geometry(self.lon, self.lat))


@dataclass(frozen=True)
class Movement(Loggable, kind="movement"):
    """A statement that joins places: a route. It is reported or inferred, never seen.

    Attributes:
        id: This entry's.
        status: ``confirmed`` or ``withdrawn``.
        evidence: ``reported`` by another source, or ``inferred`` from what the log holds.
        supersedes: The entry it stands in place of, or None.
        because: Why it was amended or withdrawn; None otherwise.
        places: ICAO codes, and strips without one as `annotate.log.stops` has them, in the order they were
            visited; two or more.
        since: First day, ISO 8601; None where unknown.
        until: Last day, ISO 8601; None where unknown.
        type: ICAO designator, or None.
        operator: Who flies it, or None.
        tail_number: Or None.
        likelihood: A word of `LIKELIHOOD`, or None.
        rests_on: Identifiers of the sightings and movements in the log that it rests on.
        reasoning: Why it follows from them; never None where inferred.
        analyst: Who says so.
        logged: When it was written, ISO 8601 UTC.

    The other attributes are those of `Sighting`.
    """

    id: str
    status: Status
    evidence: Evidence
    supersedes: str | None
    because: str | None
    places: tuple[str, ...]
    since: str | None
    until: str | None
    type: str | None
    operator: str | None
    tail_number: str | None
    likelihood: str | None
    rests_on: tuple[str, ...]
    reasoning: str | None
    source: str | None
    source_url: str | None
    archive_url: str | None
    source_file: str | None
    source_file_sha256: str | None
    admiralty: str | None
    analyst: str
    note: str | None
    private: bool
    logged: str
    signed_by: str | None = None

    @property
    def __geo_interface__(self) -> dict[str, Any]:
        """A GeoJSON feature, lines that join the places, where any two are known."""
        return _feature(self, route_geometry(self.places))


def _feature(entry: Sighting | Movement, geometry: dict[str, Any] | None) -> dict[str, Any]:
    return {"type": "Feature", "id": entry.id, "geometry": geometry, "properties": dict(vars(entry))}


def validate_movement(movement: Movement, where: str = "") -> None:
    """Check that a movement is possible and can be checked by others.

    Args:
        movement: As it is to be logged.
        where: For messages: the file and the line it was read from.

    Raises:
        UsageError: It joins fewer than two places, stays at one, ends before it begins, is seen, or does
            not say what it rests on.
    """
    for problem in _problems_of(movement):
        raise UsageError(f"{where}: {problem}" if where else problem)


def _problems_of(movement: Movement) -> Iterator[str]:
    places, evidence = movement.places, movement.evidence
    if len(places) < 2:
        yield "`places`: a movement joins two places or more; one alone is a sighting"
    stays = [(place, stop_key(place)) for place in places]
    for repeated in (place for (place, key), (_, following) in pairwise(stays) if key == following):
        yield f"`places`: {repeated} follows itself; name each stay once"
    since, until = (
        None if text is None else parse_acquired(text, name).span
        for name, text in (("`since`", movement.since), ("`until`", movement.until))
    )
    if since and until and until.last <= since.first:
        yield f"`until`: {movement.until} is before `since` {movement.since}"
    if evidence == "seen":
        yield "`evidence`: nobody sees a movement; it is reported or inferred"
    has_source = any((movement.source, movement.source_url, movement.archive_url, movement.source_file))
    if evidence == "reported" and not has_source:
        yield "there is no source to check: give `source`, `source_url`, `archive_url` or `file`"
    if evidence == "inferred" and not movement.reasoning:
        yield "give `reasoning`: why it follows, so that others can judge the inference"
    if evidence == "inferred" and not (movement.rests_on or has_source):
        yield "give what it follows from: `rests_on`, `source` or `source_url`"


@dataclass(frozen=True)
class SceneReview(Loggable, kind="scene"):
    """The state of a scene's review: where people have looked, as absence is data too.

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
        reviewed: Of those, how many an analyst has seen: they were answered, with the candidates in sight.
        project: Title of the review project.
        logged: When it was written, ISO 8601 UTC.
        tiles: Review tiles in the area that the detector searched, whether or not people were shown them;
            None in what version 0.1 logged: nobody knows where people have looked there.
        searched: GeoJSON MultiPolygon of what the detector searched; None where the scene has no place.
        seen: The same of what analysts have seen: the tiles that are counted in ``reviewed``.
        hidden: The same of where an analyst says that nothing can be seen, for cloud, shadow or blur.
        audits: Of each area of interest the number of tiles without candidates (``free``), how many of them
            were drawn at random (``drawn``), and the windows of those that were seen (``seen``): column, row,
            width and height in scene pixels.
        limits: What the scene cannot show, see `detect.limits.SceneLimits`.
    """

    id: str
    supersedes: str | None
    scene: SceneRecord
    airfield: str | None
    footprint: Area | None
    detector: str
    detector_version: str
    params_hash: str
    candidates: int
    tasks: int
    reviewed: int
    project: str
    logged: str
    tiles: int | None = None
    searched: Area | None = None
    seen: Area | None = None
    hidden: Area | None = None
    audits: tuple[dict[str, Any], ...] = ()
    limits: Limits | None = None


ENTRY_CLASSES: dict[
    str, type[Verdict | Sighting | Movement | SceneReview | KeyStatement | Checkpoint | Stamp]
] = {
    "verdict": Verdict,
    "sighting": Sighting,
    "movement": Movement,
    "scene": SceneReview,
    "key": KeyStatement,
    "checkpoint": Checkpoint,
    "stamp": Stamp,
}
