"""Verdicts out of annotations."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from annotate.labelstudio.decisions import Claims, Decision, Nose, ReviewedBox, decisions
from annotate.labelstudio.interface import (
    BOXES,
    HIDDEN,
    LIKELY,
    NOSE,
    NOTE,
    OPERATOR,
    REASON,
    TAIL_NUMBER,
    TYPE,
    UNKNOWN,
    USUAL,
)
from annotate.labelstudio.region import Frame, box_of, unclamped
from annotate.labelstudio.tasks import ReviewTask
from annotate.log.entries import LIKELIHOOD, Verdict
from detect.box import OrientedBox, angle_between_deg, box_to_scene, box_to_tile, corners, to_ground
from detect.candidate import Candidate
from detect.measuring.accuracy import GOOD_RESPONSE, size_error
from imagery.measures import FINEST_PLACE
from imagery.record import LARGEST_INT

# What is logged has the digits of a candidates file; what is shown is rounded to its error.
SIZE_DIGITS, PIXEL_DIGITS = 2, 3
ANEW = "delete it and draw it again"
TURNED_DEG = 1.0  # an analyst who turns a box by more has looked at where its nose points


class WaitingBox(NamedTuple):
    """A box of an annotation that says nothing until an analyst has mended it.

    Attributes:
        region: Its identifier.
        needs: Which box of the page, what is wrong with it, and what to do.
    """

    region: str
    needs: str


class AnnotationReading(NamedTuple):
    """What an annotation says.

    Attributes:
        verdicts: What can be taken.
        waiting: The boxes that cannot; nothing is concluded of their candidates.
        hidden: Where nothing can be seen, in tile pixels.
    """

    verdicts: tuple[Verdict, ...]
    waiting: tuple[WaitingBox, ...]
    hidden: tuple[OrientedBox, ...]


def read_annotation(
    task: ReviewTask, annotation: Mapping[str, Any], *, task_id: int, project: str, analyst: str
) -> AnnotationReading:
    """Read the verdicts that one annotation states; a box that cannot be read costs no other its verdict.

    Args:
        task: What was reviewed.
        annotation: As the server gives it: ``id, result, parent_prediction, created_at, updated_at``.
        task_id: The server's number of the task.
        project: Title of the review project.
        analyst: Who made the annotation.

    Raises:
        ValueError: The annotation is damaged, or has a region that belongs to no box.
    """
    _check(annotation)
    candidates = {candidate.id: candidate for candidate in task.candidates}
    proposed = {
        identifier: box_to_tile(task.tile, candidate.box) for identifier, candidate in candidates.items()
    }
    boxes = _boxes(annotation["result"], task.frame, proposed)
    reviewed, faults = boxes.aircraft, boxes.faults
    # A proposal that was made an area where nothing can be seen is neither accepted nor rejected.
    for identifier in boxes.hidden:
        proposed.pop(identifier, None)
    # An annotation begun from an empty page has no parent, and what it lacks was never seen. The parent is
    # also lost when the prediction is deleted; a proposal that is still among the boxes shows it was there.
    present = {box.id for box in reviewed} | faults.keys()
    shown = annotation.get("parent_prediction") is not None or not present.isdisjoint(proposed)
    sound = {identifier: box for identifier, box in proposed.items() if identifier not in faults}
    verdicts = []
    for decision in decisions(sound, reviewed, shown=shown):
        try:
            verdict = _verdict(
                task,
                decision,
                candidates.get(decision.id),
                analyst=analyst,
                annotated=str(annotation["updated_at"]),
                project=project,
                task_id=task_id,
                annotation_id=int(annotation["id"]),
                annotation_created=str(annotation["created_at"]),
                lead_time_s=annotation.get("lead_time"),
            )
        except ValueError as reason:
            faults[decision.id] = str(reason)
        else:
            verdicts.append(verdict)
    numbers = {candidate.id: number for number, candidate in enumerate(task.candidates, 1)}
    waiting = tuple(
        WaitingBox(region, f"{_box_name(numbers.get(region))}: {fault}") for region, fault in faults.items()
    )
    return AnnotationReading(tuple(verdicts), waiting, tuple(boxes.hidden.values()))


def _box_name(number: int | None) -> str:
    return "a box that was drawn" if number is None else f"box {number}"


def hidden_areas(task: ReviewTask, reading: AnnotationReading) -> list[list[list[float]]]:
    """Return where nothing can be seen by an annotation, as corners in scene pixels, an outline each."""
    outlines = []
    for box in reading.hidden:
        in_scene = box_to_scene(task.tile, box)
        ring = corners(in_scene, task.scene.grid.ground_matrix(in_scene.center))
        outlines.append([[float(col), float(row)] for col, row in ring.round(1)])
    return outlines


def _check(annotation: Mapping[str, Any]) -> None:
    """Check what the server itself says of an annotation.

    Raises:
        ValueError: A member is of the wrong kind.
    """
    if not isinstance(annotation["id"], int) or not 0 <= annotation["id"] <= LARGEST_INT:
        raise ValueError(f"annotation: id '{annotation['id']}' is not a number")
    for name in ("created_at", "updated_at"):
        try:
            datetime.fromisoformat(annotation[name])
        except (TypeError, ValueError):
            raise ValueError(f"annotation {annotation['id']}: {name} is not a time") from None
    lead_time_s = annotation.get("lead_time")
    if lead_time_s is not None and not (
        isinstance(lead_time_s, int | float) and 0 <= lead_time_s <= LARGEST_INT
    ):
        raise ValueError(f"annotation {annotation['id']}: lead_time is not a number of seconds")


class _Boxes(NamedTuple):
    """The boxes of an annotation: of aircraft, of what cannot be seen, and what is wrong with others."""

    aircraft: list[ReviewedBox]
    hidden: dict[str, OrientedBox]
    faults: dict[str, str]


def _boxes(result: Iterable[Mapping[str, Any]], frame: Frame, proposed: Mapping[str, OrientedBox]) -> _Boxes:
    """Read the boxes of an annotation.

    Raises:
        ValueError: A region belongs to no box.
    """
    objects: dict[str, list[Mapping[str, Any]]] = {}
    try:
        for region in result:
            objects.setdefault(str(region["id"]), []).append(region)
    except (LookupError, TypeError, AttributeError) as reason:
        raise ValueError(f"a region has no identifier ({reason!r})") from None
    boxes = _Boxes([], {}, {})
    for identifier, regions in objects.items():
        try:
            _read_box(boxes, identifier, regions, frame, proposed.get(identifier))
        except (LookupError, TypeError, AttributeError, ArithmeticError) as reason:
            boxes.faults[identifier] = f"a member is missing or of the wrong kind ({reason!r}); {ANEW}"
        except ValueError as reason:
            boxes.faults[identifier] = str(reason)
    return boxes


def _read_box(
    boxes: _Boxes,
    identifier: str,
    regions: Iterable[Mapping[str, Any]],
    frame: Frame,
    proposal: OrientedBox | None,
) -> None:
    """Add one box; regions that all belong to other tags make no box."""
    values = {region["from_name"]: region["value"] for region in regions}
    if BOXES not in values:
        return
    try:
        box = box_of(values[BOXES], frame)
    except ValueError as reason:
        raise ValueError(f"{reason}; {ANEW}") from None
    if HIDDEN in values[BOXES].get("rectanglelabels", ()):
        boxes.hidden[identifier] = box
        return
    place = box if proposal is None else unclamped(box, proposal, frame)
    boxes.aircraft.append(ReviewedBox(identifier, place, _nose(values), _claims(values)))


def _nose(values: Mapping[str, Mapping[str, Any]]) -> Nose | None:
    match _choice(values, NOSE):
        case "right":
            return "right"
        case "swapped":
            return "swapped"
        case _:
            return None


def _claims(values: Mapping[str, Mapping[str, Any]]) -> Claims:
    """Return what an analyst said of one aircraft.

    Args:
        values: The values of its regions by the name of the tag.
    """
    icao, size_class = _choice(values, USUAL), None
    if icao == UNKNOWN:
        icao = None
    # A choice that is a branch of the taxonomy and no leaf ("Fighter") names no type.
    paths = values[TYPE]["taxonomy"] if TYPE in values else []
    if len(paths) > 1:
        chosen = " and ".join(str(path[-1]) for path in paths)
        raise ValueError(f"it has {len(paths)} types in the list, {chosen}; clear all but one")
    *branch, leaf = (str(word) for word in paths[0]) if paths else ("",)
    if branch and icao not in (None, leaf):
        raise ValueError(f"it has two types, {icao} by its key and {leaf} in the list; clear one of them")
    if branch == [UNKNOWN]:
        size_class = leaf
    elif branch:
        icao = leaf
    likelihood = _choice(values, LIKELY)
    if likelihood is not None and likelihood not in LIKELIHOOD:
        raise ValueError(f"'{likelihood}' is not a word of likelihood; choose one of the list")
    return Claims(
        type=icao,
        size_class=size_class,
        type_reason=_text(values, REASON),
        likelihood=likelihood,
        operator=_text(values, OPERATOR),
        tail_number=_text(values, TAIL_NUMBER),
        note=_text(values, NOTE),
    )


def _choice(values: Mapping[str, Mapping[str, Any]], tag: str) -> str | None:
    chosen = values[tag]["choices"] if tag in values else []
    return str(chosen[0]) if chosen else None


def _text(values: Mapping[str, Mapping[str, Any]], tag: str) -> str | None:
    """Return what was written, on one line; None where that is nothing."""
    written = values[tag]["text"] if tag in values else []
    lines = [written] if isinstance(written, str) else [str(line) for line in written]
    return " ".join(" ".join(lines).split()) or None


def _verdict(task: ReviewTask, decision: Decision, candidate: Candidate | None, **origin: Any) -> Verdict:
    grid = task.scene.grid
    box = (
        candidate.box
        if candidate and decision.verdict != "corrected"
        else box_to_scene(task.tile, decision.box)
    )
    place = grid.lonlat(box.center)
    if grid.placed and not all(math.isfinite(degrees) for degrees in place):
        raise ValueError(f"it lies nowhere on Earth; {ANEW}")
    ground = to_ground(box, grid.ground_matrix(box.center))
    # A box that was drawn and not turned lies along the image, not the aircraft: it says where, no more.
    oriented = candidate is not None or decision.nose_said or decision.box.angle_deg != 0
    looked = (
        decision.nose_said
        or candidate is None
        or angle_between_deg(candidate.box.angle_deg, box.angle_deg) > TURNED_DEG
    )
    error = candidate.size_error_m if candidate and decision.verdict != "corrected" else None
    # Who draws a box sees its edges as well as the best fit does.
    error = error or size_error(ground, GOOD_RESPONSE, task.scene.gsd_m, task.scene.off_nadir_deg)
    return Verdict(
        **origin,
        **decision.claims._asdict(),
        verdict=decision.verdict,
        candidate=candidate.id if candidate else None,
        detector=task.detector.name if candidate else None,
        detector_version=task.detector.version if candidate else None,
        params_hash=task.detector.params_hash if candidate else None,
        score=candidate.score if candidate else None,
        lon=round(place.lon, FINEST_PLACE) if grid.placed else None,
        lat=round(place.lat, FINEST_PLACE) if grid.placed else None,
        length_m=round(ground.length_m, SIZE_DIGITS) if oriented else None,
        wingspan_m=round(ground.wingspan_m, SIZE_DIGITS) if oriented else None,
        length_error_m=round(error.length_m, SIZE_DIGITS) if oriented else None,
        wingspan_error_m=round(error.wingspan_m, SIZE_DIGITS) if oriented else None,
        heading_deg=round(ground.heading_deg, SIZE_DIGITS) % 360 if oriented and grid.placed else None,
        heading_sure=oriented and (looked or (candidate is not None and candidate.heading_sure)),
        center_px=(round(box.center.col, PIXEL_DIGITS), round(box.center.row, PIXEL_DIGITS)),
        box_px=(
            round(box.length, PIXEL_DIGITS),
            round(box.width, PIXEL_DIGITS),
            round(box.angle_deg, PIXEL_DIGITS),
        ),
        airfield=task.airfield,
        scene=task.scene,
        region_id=decision.id,
    )
