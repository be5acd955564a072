"""Planforms that can be bent: outlines whose nose, tail and wings move a little, as those of real types do.

The bank has a kind for every layout, not for every type. What differs between types of one layout is mostly
where the nose and the tail end and how far and how swept the wings reach, so an outline is a shape and four
ways to change it, linear in each as in an active shape model (Cootes et al., "Active shape models - their
training and application", CVIU 1995). Unit: the kind's wingspan.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from detect.arrays import Complexes, Singles
from detect.kinds import MEASURED_KINDS, PlanformKind, outline_points
from imagery.aircraft.parts import Part, PartKind
from imagery.aircraft.planform import planform_from_dimensions
from imagery.grid import Floats

POINTS = 96  # along an outline: 0.05 wingspans apart
# Of the wingspan: the shortest stretch of fuselage that may lengthen between wing and tailplane.
STIFF_SPANS = 0.03


class Bank(NamedTuple):
    """All kinds' outlines, in the image: nose up, right + i down, unit = the wingspan.

    Attributes:
        shapes: (kinds, POINTS) complex64.
        normals: (kinds, POINTS) complex64, unit vectors across the outline.
        bends: (kinds, 4, POINTS) complex64, what a unit of each bend adds: wing tips outwards, nose forward,
            tail backward, wing tips swept back.
        perimeters: (kinds,) float32.
        growth: (kinds, 4) float32, relative change of the perimeter a unit of bending.
        rare: (kinds,) float32, 1 for fighters and helicopters, whose outlines also fit parts of others.
    """

    shapes: Complexes
    normals: Complexes
    bends: Complexes
    perimeters: Singles
    growth: Singles
    rare: Singles


@cache
def bank(every: int = 1) -> Bank:
    """Return the kinds of `detect.kinds.MEASURED_KINDS` as outlines that can be bent.

    Args:
        every: Only every so many of the POINTS.
    """
    if every > 1:
        whole = bank()
        return whole._replace(
            shapes=np.ascontiguousarray(whole.shapes[..., ::every]),
            normals=np.ascontiguousarray(whole.normals[..., ::every]),
            bends=np.ascontiguousarray(whole.bends[..., ::every]),
        )
    outlines = [outline_points(kind, POINTS) for kind in MEASURED_KINDS]
    shapes, normals = (_in_image(np.array(part)) for part in zip(*outlines, strict=True))
    pairs = zip(MEASURED_KINDS, outlines, strict=True)
    bends = _in_image(np.array([_bends(kind, points) for kind, (points, _) in pairs]))
    perimeters = _perimeter(shapes)
    step = 0.01
    more, less = (_perimeter(shapes[:, None] + sign * step * bends) for sign in (1, -1))
    growth = (more - less) / (2 * step * perimeters[:, None])
    rare = [kind.wing == "rotor" or kind.wingspan_m < 0.7 * kind.length_m for kind in MEASURED_KINDS]
    return Bank(
        shapes.astype(np.complex64),
        normals.astype(np.complex64),
        bends.astype(np.complex64),
        perimeters.astype(np.float32),
        growth.astype(np.float32),
        np.array(rare, dtype=np.float32),
    )


def _in_image(points: Floats) -> NDArray[np.complex128]:
    """Convert (..., 2) of x right, y forward to right + i down."""
    return points[..., 0] - 1j * points[..., 1]


def _perimeter(rings: NDArray[np.complex128]) -> Floats:
    """Return the length of closed rings, (..., points) to (...)."""
    length: Floats = np.abs(np.diff(rings, axis=-1, append=rings[..., :1])).sum(axis=-1)
    return length


def _bends(kind: PlanformKind, points: Floats) -> list[Floats]:
    """Return how far each point of an outline moves per unit of each bend: (points, 2), right and forward."""
    planform = planform_from_dimensions(
        kind.length_m, kind.wingspan_m, kind.wing, kind.engines, engine=kind.engine
    )
    x, y = points.T
    kinds = (PartKind.FUSELAGE, PartKind.WING, PartKind.TAILPLANE, PartKind.FIN, PartKind.NACELLE)
    parts = {part: [p for p in planform.parts if p.kind is part] for part in kinds}
    near = np.array([_distances(parts[part], points * kind.wingspan_m) for part in kinds]).argmin(axis=0)
    beside = np.abs(_outline(parts[PartKind.FUSELAGE]) / kind.wingspan_m)[:, 0].max()
    wing = _outline(parts[PartKind.WING]) / kind.wingspan_m
    root = wing[np.abs(wing[:, 0]) < 1.2 * beside, 1]
    front, rear, tail = root.max(), root.min(), y.min()
    tailed = bool(parts[PartKind.TAILPLANE]) and kind.wing != "rotor"
    if tailed:  # the tailplane moves as a whole
        tail = min(_outline(parts[PartKind.TAILPLANE])[:, 1].max() / kind.wingspan_m, rear - STIFF_SPANS)
    else:
        front = rear = 0.0
    on_wing = near == kinds.index(PartKind.WING)
    # Engines under the wing move with it, those at the tail with the tail.
    on_wing |= (near == kinds.index(PartKind.NACELLE)) & (y > rear - 0.05)
    outward = np.where(on_wing, np.sign(x) * (np.abs(x) - beside).clip(0) / (0.5 - beside) / 2, 0)
    forward = np.where(on_wing, 0, ((y - front) / (y.max() - front)).clip(0, 1))
    backward = -((rear - y) / (rear - tail)).clip(0, 1)
    if tailed:
        backward = np.where(on_wing, 0, backward)
    swept = np.where(on_wing, -np.abs(x), 0)
    still = np.zeros_like(x)
    ways = ((outward, still), (still, forward), (still, backward), (still, swept))
    return [np.column_stack(way) for way in ways]


def _outline(parts: Iterable[Part]) -> Floats:
    return np.concatenate([part.outline for part in parts])


def _distances(parts: list[Part], points: Floats) -> Floats:
    """Return each point's distance to the nearest outline of the parts; infinite where there are none."""
    rings = [shapely.Polygon(part.outline).exterior for part in parts]
    away: Floats = np.full(len(points), np.inf)
    for ring in rings:
        away = np.minimum(away, shapely.distance(ring, shapely.points(points)))
    return away
