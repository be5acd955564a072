"""Whether a scene can show an aircraft at a place, as far as its pixels and what was searched of them tell.

Whoever says that something is missing from a scene asks here first: people
(`annotate.query.shown`) and the machine (`detect.comparison`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np
import shapely

from detect.limits import SceneLimits
from imagery.grid import WGS84, Floats, LonLat

PixelReason = Literal["unplaced", "outside", "no data", "too coarse", "cloud"]


class GroundShown(NamedTuple):
    """What a scene shows of the ground.

    Attributes:
        name: The scene's, for messages.
        footprint: In lon/lat; None where it has no place.
        searched: What a detector searched of it; None where that is not known.
        limits: What it cannot show; None where nobody measured that.
    """

    name: str
    footprint: shapely.Geometry | None
    searched: shapely.Geometry | None
    limits: SceneLimits | None


def pixel_reasons(ground: GroundShown, place: LonLat, side_m: float) -> Iterator[tuple[PixelReason, str]]:
    """Yield why a scene may lack an aircraft although it was there: in a word, and in words.

    Args:
        ground: What the scene shows.
        place: Where the aircraft's middle would be, by the scene's own georeference.
        side_m: The longer of the aircraft's length and wingspan.
    """
    name, _, searched, limits = ground
    if ground.footprint is None:
        yield "unplaced", f"{name} has no place on Earth"
        return
    around = points_around(place, side_m / 2)
    if not bool(np.all(shapely.intersects_xy(ground.footprint, *around.T))):
        yield "outside", f"not, or not whole, in the part of the airfield that {name} shows"
    if searched is not None and not shapely.intersects_xy(searched, *place):
        yield "no data", f"{name} has no data there, or was not searched there"
    if limits is not None and side_m < limits.shown_from_m:
        yield (
            "too coarse",
            f"{name} is too coarse: it shows aircraft from {limits.shown_from_m:.0f} m on, "
            f"and this one has {side_m:.0f} m",
        )
    clouds = None if limits is None else limits.clouds
    if clouds is not None and shapely.intersects(clouds, outline_of(around)):
        yield "cloud", f"cloud over it in {name}"


def points_around(place: LonLat, reach_m: float) -> Floats:
    """Return eight points around a place, (8, 2) of lon/lat."""
    lons, lats, _ = WGS84.fwd([place.lon] * 8, [place.lat] * 8, np.arange(0, 360, 45), [reach_m] * 8)
    return np.column_stack([lons, lats])


def outline_of(points: Floats) -> shapely.Geometry:
    """Return the area within some points; where the antimeridian runs through it, the points."""
    return shapely.MultiPoint(points) if np.ptp(points[:, 0]) > 180 else shapely.Polygon(points)
