"""The limits of a scene: from which size on it shows aircraft, and where clouds hide the ground.

A scene that shows nothing of a size says nothing about aircraft of that size.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import shapely

from imagery.area import area_from_json, area_to_json
from imagery.tiling import LARGEST_AIRCRAFT_M

# Pixels along an aircraft's longer side from which a person tells that it is one. Johnson (1958, Analysis of
# Image Forming Systems) needs four line pairs, eight pixels, to recognise a kind of object; two more are lost
# where its ends share their pixels with the ground.
SHOWN_PX = 10
SMALL_TYPES_M = 12.0  # fighters are longer: a scene that shows these needs no warning


class SceneLimits(NamedTuple):
    """What a scene cannot show.

    Attributes:
        resolution_m: Metres that one pixel is worth: the GSD, more where the sensor looked aslant or the
            image is blurred.
        shown_from_m: The longer side of the smallest aircraft that a person can tell as one.
        found_from_m: The longer side from which the detector found three of four in its evaluation; None
            where that was not measured.
        cloud_share: Of the searched ground, 0..1, by the provider's outlines, or where it gives none as
            measured in the image; None where nobody looked.
        cloud_stated: Of the whole product, 0..1, as its provider states; None where it does not.
        clouds: Where clouds hide the ground; None where the scene has no place or nobody looked.
    """

    resolution_m: float
    shown_from_m: float
    found_from_m: float | None = None
    cloud_share: float | None = None
    cloud_stated: float | None = None
    clouds: shapely.MultiPolygon | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the limits as JSON members."""
        return {**self._asdict(), "clouds": area_to_json(self.clouds)}


def coarse_words(limits: SceneLimits) -> tuple[str, ...]:
    """Say what a coarse scene cannot show, and what could still be found in it; nothing of a fine one."""
    if limits.shown_from_m <= SMALL_TYPES_M:
        return ()
    least_m = limits.shown_from_m
    words = f"each pixel is worth {limits.resolution_m:.2g} m, so it shows no aircraft under {least_m:.0f} m"
    if least_m > LARGEST_AIRCRAFT_M:
        return (f"{words}, and none is larger: whatever is found here, nothing is said of absence",)
    found_m = limits.found_from_m
    if found_m is None:
        return (words,)
    if found_m > LARGEST_AIRCRAFT_M:
        return (f"{words}, and the detector may miss any of the others",)
    return (f"{words}; the detector finds most of those of {found_m:.0f} m or more",)


def limits_from_json(members: Any) -> SceneLimits:
    """Read what `SceneLimits.to_json` returns.

    Raises:
        ValueError: A number is not one.
        TypeError: A member is missing, unknown or of the wrong kind.
    """
    limits = SceneLimits(**{**members, "clouds": area_from_json(members["clouds"])})
    needed, optional = limits[:2], [number for number in limits[2:5] if number is not None]
    if not all(isinstance(number, int | float) and 0 <= number < math.inf for number in (*needed, *optional)):
        raise ValueError("limits: a number is not one")
    return limits


def are_limits(members: Any) -> bool:
    """Check whether JSON members are those of limits."""
    try:
        limits_from_json(members)
    except (LookupError, TypeError, ValueError):
        return False
    return True


def ground_resolution_m(gsd_m: float, off_nadir_deg: float | None, blur_m: float = 0.0) -> float:
    """Return the metres that one pixel of a scene is worth.

    Off nadir a sensor's pixel grows by 1 / cos across and by about 1 / cos² along the line of sight; products
    are resampled to a GSD that hides it. The worse direction counts.

    Args:
        gsd_m: Metres per pixel.
        off_nadir_deg: Angle at the sensor; None where unknown.
        blur_m: Metres per pixel of a sharp image that shows as much, as `detect.blur` measures; 0 where that
            could not be measured.
    """
    slant = math.cos(math.radians(min(off_nadir_deg or 0.0, 60.0))) ** 2
    return max(gsd_m / slant, blur_m)
