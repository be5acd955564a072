"""Whether a stand is empty in a scene, or why that cannot be said.

Whoever says that a stand is empty asks here: `annotate.query.changes`, `stands` and `sameness`.
"""

from __future__ import annotations

from annotate.log.entries import Sighting
from annotate.query.searched_scenes import SearchedScene
from annotate.query.shown import DataShare, NotShown, not_shown, said_gone
from annotate.query.stand_matching import place_of, side_m, tolerance_m
from imagery.airfields import distance_m


def not_empty(
    scene: SearchedScene, stand: Sighting, data_share: DataShare, *, largest_m: float = 0.0
) -> NotShown | None:
    """Return why a stand may be occupied in a scene; None where a person has seen it empty.

    Args:
        scene: A scene in which no aircraft is known to stand on this stand.
        stand: An aircraft that stood there in another one.
        data_share: Looks up gaps in the scene that are smaller than what the log knows.
        largest_m: Longer side of the largest aircraft that stood there, if that is larger.
    """
    place = place_of(stand)
    if place is None:
        return NotShown("unplaced", "its own scene has no place on Earth")
    if unseen := not_shown(scene, place, max(side_m(stand), largest_m), data_share):
        return unseen
    others = [(each, there) for each in scene.sightings if (there := place_of(each))]
    within_m = tolerance_m(stand, stand)
    unsettled = (
        mark for mark in scene.marked if all(distance_m(mark, there) > within_m for _, there in others)
    )
    if any(distance_m(place, mark) <= within_m for mark in unsettled):
        because = f"somebody has marked an aircraft there in {scene.name}, and others have not agreed yet"
        return NotShown("not agreed", because)
    if any(distance_m(place, there) <= side_m(each) / 2 for each, there in others):
        return NotShown("ambiguous", f"another aircraft stands partly over it in {scene.name}")
    return None


def said_empty(scene: SearchedScene, stand: Sighting) -> bool:
    """Check whether an analyst was asked about a stand in a scene, and said that nothing stands there."""
    place = place_of(stand)
    return place is not None and said_gone(scene, place, side_m(stand))
