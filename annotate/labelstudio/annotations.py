"""What an annotation says, as verdicts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from annotate.labelstudio.interface import BOXES, TYPE
from annotate.labelstudio.region import box_of
from annotate.labelstudio.tasks import ReviewTask
from annotate.log.entry import Verdict
from annotate.verdict import Decision, ReviewedBox, decisions, turned_by
from detect.box import OrientedBox, box_to_scene, box_to_tile, to_ground
from detect.candidate import Candidate
from imagery.tiling import Tile

TURNED_DEG = 1.0  # an analyst who turns a box by more has looked at where its nose points


def verdicts_of(
    task: ReviewTask, annotation: Mapping[str, Any], *, task_id: int, project: str, analyst: str
) -> Iterator[Verdict]:
    """What one annotation says.

    Args:
        task: What was reviewed.
        annotation: As the server gives it: ``id, result, parent_prediction, created_at, updated_at``.
        task_id: The server's number of the task.
        project: Title of the review project.
        analyst: Who made the annotation.

    Raises:
        ValueError: A region is damaged, or lies nowhere on Earth.
    """
    candidates = {candidate.id: candidate for candidate in task.candidates}
    proposed = {identifier: box_to_tile(task.tile, found.box) for identifier, found in candidates.items()}
    reviewed = list(_reviewed_boxes(annotation["result"], task.tile))
    # An annotation begun from an empty page has no parent, and what it lacks was never seen. The parent is
    # also lost when the prediction is deleted; a proposal that is still among the boxes shows it was there.
    shown = annotation.get("parent_prediction") is not None or any(box.id in proposed for box in reviewed)
    for decision in decisions(proposed, reviewed, shown=shown):
        yield _verdict(
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


def _reviewed_boxes(result: Iterable[Mapping[str, Any]], tile: Tile) -> Iterator[ReviewedBox]:
    """The boxes of an annotation; regions that share an identifier are one object.

    A choice that is a branch of the taxonomy and no leaf ("Fighter") names no type.
    """
    types: dict[str, str] = {}
    boxes: dict[str, OrientedBox] = {}
    try:
        for region in result:
            value = region["value"]
            if region["from_name"] == BOXES:
                boxes[str(region["id"])] = box_of(value, tile.out_width, tile.out_height)
            elif region["from_name"] == TYPE and value["taxonomy"]:
                *branch, leaf = (str(word) for word in value["taxonomy"][0])
                if branch:
                    types[str(region["id"])] = leaf
    except (KeyError, TypeError, IndexError, OverflowError) as reason:
        raise ValueError(f"a region lacks a member or has one of the wrong kind ({reason!r})") from None
    for identifier, box in boxes.items():
        yield ReviewedBox(identifier, box, types.get(identifier))


def _verdict(task: ReviewTask, decision: Decision, candidate: Candidate | None, **said: Any) -> Verdict:
    grid = task.scene.grid
    box = (
        candidate.box
        if candidate and decision.verdict != "corrected"
        else box_to_scene(task.tile, decision.box)
    )
    place = grid.lonlat(box.center)
    if grid.placed and not all(math.isfinite(degrees) for degrees in place):
        raise ValueError(f"region {decision.id} lies nowhere on Earth")
    ground = to_ground(box, grid.ground_matrix(box.center))
    # A box that was drawn and not turned lies along the image, not the aircraft: it says where, no more.
    oriented = candidate is not None or decision.box.angle_deg != 0
    turned = candidate is None or turned_by(candidate.box.angle_deg, box.angle_deg) > TURNED_DEG
    return Verdict(
        **said,
        verdict=decision.verdict,
        candidate=candidate.id if candidate else None,
        detector=task.detector.name if candidate else None,
        detector_version=task.detector.version if candidate else None,
        params_hash=task.detector.params_hash if candidate else None,
        score=candidate.score if candidate else None,
        type=decision.type,
        lon=place.lon if grid.placed else None,
        lat=place.lat if grid.placed else None,
        length_m=ground.length_m if oriented else None,
        wingspan_m=ground.wingspan_m if oriented else None,
        heading_deg=ground.heading_deg if oriented and grid.placed else None,
        heading_sure=oriented and (turned or (candidate is not None and candidate.heading_sure)),
        center_px=(box.center.col, box.center.row),
        box_px=(box.length, box.width, box.angle_deg),
        airfield=task.airfield,
        scene=task.scene,
        region_id=decision.id,
    )
