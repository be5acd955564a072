"""The recall of a detector as the log tells it: from audited tiles and the aircraft seen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from annotate.log.entries import SceneReview, Sighting
from annotate.query.recall_estimate import AuditedScene, Interval, estimate_recall


class DetectorName(NamedTuple):
    """A detector and its version."""

    name: str
    version: str


def detector_of(review: SceneReview) -> DetectorName:
    """Return the detector whose candidates a review was about."""
    return DetectorName(review.detector, review.detector_version)


def recall_by_detector(
    reviews: Iterable[SceneReview], sightings: Iterable[Sighting]
) -> dict[DetectorName, Interval]:
    """Estimate the share of the aircraft that each detector proposed, over all audited scenes.

    Args:
        reviews: Of some scenes.
        sightings: The aircraft in them.

    Returns:
        None of a detector whose recall cannot be estimated: no tile was audited, or there is no aircraft.
    """
    audited: dict[DetectorName, list[SceneReview]] = defaultdict(list)
    for review in reviews:
        if any(audit["seen"] for audit in review.audits):
            audited[detector_of(review)].append(review)
    aircraft: dict[str | None, list[Sighting]] = defaultdict(list)
    for sighting in sightings if audited else ():
        if sighting.evidence == "seen" and sighting.status == "confirmed":
            aircraft[sighting.scene_sha256].append(sighting)
    estimates = {
        detector: _estimate({review.scene.sha256: review for review in of_detector}.values(), aircraft)
        for detector, of_detector in audited.items()
    }
    return {detector: interval for detector, interval in estimates.items() if interval is not None}


def _estimate(reviews: Iterable[SceneReview], aircraft: dict[str | None, list[Sighting]]) -> Interval | None:
    found = missed = 0
    scenes = []
    for review in reviews:
        added = [each for each in aircraft[review.scene.sha256] if each.candidate is None]
        found += len(aircraft[review.scene.sha256]) - len(added)
        missed += len(added)
        for audit in review.audits:
            inside = tuple(sum(_stands_in(window, each) for each in added) for window in audit["seen"])
            missed -= sum(inside)  # these are told by their tiles
            scenes.append(AuditedScene(audit["free"], audit["drawn"], inside))
    estimate = estimate_recall(found, missed, scenes)
    return None if estimate is None else estimate.recall


def _stands_in(window: Sequence[int], sighting: Sighting) -> bool:
    if sighting.center_px is None:
        return False
    (col, row, width, height), (x, y) = window, sighting.center_px
    return col <= x < col + width and row <= y < row + height
