"""Sightings with the digits that their errors leave them, as every list and file shows them.

The log keeps a centimetre of places and sizes: two aircraft of one scene lie exactly beside each other,
however far the scene itself is off.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from annotate.log.entries import Sighting
from annotate.log.size_check import measured_size, size_disagrees
from imagery.grid import LonLat
from imagery.measures import rounded_heading, rounded_length, rounded_place

PIXEL_DIGITS, SCORE_DIGITS, METRE_DIGITS = 3, 4, 3


def rounded_sighting(sighting: Sighting) -> Sighting:
    """Return a sighting with rounded numbers, and with the errors of its size."""
    return replace(sighting, **_place(sighting), **_size(sighting), **_scene(sighting))


def _place(sighting: Sighting) -> dict[str, Any]:
    members: dict[str, Any] = {}
    if sighting.lon is not None and sighting.lat is not None:
        members |= rounded_place(LonLat(sighting.lon, sighting.lat), sighting.position_error_m)._asdict()
    if sighting.heading_deg is not None:
        members["heading_deg"] = rounded_heading(sighting.heading_deg)
    return members


def _size(sighting: Sighting) -> dict[str, Any]:
    size = measured_size(sighting)
    if size is None:
        return {}
    errors = {"length": size.length_error_m, "wingspan": size.wingspan_error_m}
    members: dict[str, Any] = {"size_disagrees": size_disagrees(sighting)}
    for name, error_m in errors.items():
        members[f"{name}_m"] = rounded_length(getattr(size, f"{name}_m"), error_m)
        members[f"{name}_error_m"] = None if error_m is None else rounded_length(error_m, error_m)
    return members


def _scene(sighting: Sighting) -> dict[str, Any]:
    digits = {"gsd_m": METRE_DIGITS, "position_error_m": METRE_DIGITS, "score": SCORE_DIGITS}
    members: dict[str, Any] = {
        name: round(value, places)
        for name, places in digits.items()
        if (value := getattr(sighting, name)) is not None
    }
    for name in ("center_px", "box_px"):
        if (values := getattr(sighting, name)) is not None:
            members[name] = tuple(round(value, PIXEL_DIGITS) for value in values)
    return members
