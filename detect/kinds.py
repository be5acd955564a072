"""The planforms that the untrained detectors compare an image with.

A handful of aircraft, each of which stands for a kind: the outlines come from `imagery.aircraft.planform`,
here they are brought to a common size, since the detectors treat size apart from shape. Frame: x to the right
wing, y forward, origin in the middle of the box, unit = the wingspan.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import cv2
import numpy as np

from detect.arrays import Complexes, Singles
from imagery.aircraft.planform import planform_from_dimensions, planform_of
from imagery.aircraft.types import Engine, Wing, aircraft_types
from imagery.grid import Floats


class PlanformKind(NamedTuple):
    """Dimensions that stand for a kind of aircraft.

    Attributes:
        length_m: Nose to tail.
        wingspan_m: Wing tip to wing tip.
        wing: Shape of the wing.
        engines: How many.
        engine: Kind of engine.
        icao: Designator of a type whose own outline stands for the kind; empty for the commonest outline of
            these dimensions.
    """

    length_m: float
    wingspan_m: float
    wing: Wing
    engines: int
    engine: Engine
    icao: str = ""


# Dimensions: manufacturers' published figures, rounded, of the types named beside them.
PLANFORM_KINDS = (
    PlanformKind(37.6, 35.0, "swept", 2, "jet"),  # A320, B737
    PlanformKind(29.8, 38.0, "straight", 4, "turboprop"),  # C-130, An-12
    PlanformKind(21.9, 14.7, "swept", 2, "jet"),  # Su-27, F-15
    PlanformKind(33.8, 35.8, "swept", 2, "jet"),  # A319, B737-700
    PlanformKind(44.5, 35.8, "swept", 2, "jet"),  # A321, B757
    PlanformKind(36.0, 26.0, "swept", 2, "jet"),  # CRJ-900, ERJ-145
    PlanformKind(70.0, 64.4, "swept", 4, "jet"),  # B747
    PlanformKind(27.2, 27.0, "straight", 2, "turboprop"),  # ATR 72, An-26
    PlanformKind(8.3, 11.0, "straight", 1, "piston"),  # Cessna 172
    PlanformKind(15.0, 9.1, "delta", 1, "jet"),  # Mirage 2000, MiG-21
)
# What the template detector searches for, and tells apart where it has found a place: fighters by outlines of
# their own.
_NARROW, _TWIN_TAIL, _SINGLE_TAIL = (
    PlanformKind(22.5, 10.4, "swept", 2, "jet", "SU24"),  # its wings swung back
    PlanformKind(21.9, 14.7, "swept", 2, "jet", "SU27"),
    PlanformKind(15.0, 9.5, "swept", 1, "jet", "F16"),
)
SEARCHED_KINDS = (*PLANFORM_KINDS[:3], _NARROW, *PLANFORM_KINDS[3:], _TWIN_TAIL, _SINGLE_TAIL)
COARSE_KINDS = 4  # the first of them differ most: swept, straight, slender and narrow
# What is measured is also compared with layouts that are too rare, or too like others, to search a scene for.
MEASURED_KINDS = (
    *PLANFORM_KINDS,
    PlanformKind(20.9, 19.6, "swept", 2, "jet"),  # Challenger 600, Falcon 900: engines at the tail
    PlanformKind(36.0, 27.5, "swept", 3, "jet"),  # B727, and with two engines at the tail MD-80 and CRJ-900
    PlanformKind(53.0, 51.8, "swept", 4, "jet"),  # C-17, Il-76, KC-135
    PlanformKind(13.3, 16.6, "straight", 2, "turboprop"),  # King Air, Let L-410
    PlanformKind(14.4, 15.9, "straight", 2, "jet"),  # Citation
    PlanformKind(18.2, 4.5, "rotor", 2, "turboshaft"),  # Mi-8; without its rotor
)


@cache
def ring(kind: PlanformKind) -> Floats:
    """Return a kind's outline, (N, 2) float64 of (x, y) in wingspans, closed: the last point is the first."""
    if kind.icao:
        aircraft = aircraft_types()[kind.icao]
        planform = planform_of(aircraft._replace(length_m=kind.length_m, wingspan_m=kind.wingspan_m))
    else:
        planform = planform_from_dimensions(
            kind.length_m, kind.wingspan_m, kind.wing, kind.engines, engine=kind.engine
        )
    points: Floats = np.array(planform.silhouette().exterior.coords) / kind.wingspan_m
    return points


@cache
def outline_points(kind: PlanformKind, count: int) -> tuple[Floats, Floats]:
    """Return points at equal distances along the outline, and the directions across it there.

    Args:
        kind: Which outline.
        count: How many points.

    Returns:
        Points, (count, 2) float64 of (x, y) in wingspans; unit normals, (count, 2).
    """
    return points_along(ring(kind), count)


def points_along(corners: Floats, count: int) -> tuple[Floats, Floats]:
    """Return points at equal distances along a ring, and the directions across it there.

    Args:
        corners: (N, 2) of (x, y), closed.
        count: How many points.

    Returns:
        Points, (count, 2) float64, in the corners' unit; unit normals, (count, 2).
    """
    sides = np.diff(corners, axis=0)
    lengths = np.hypot(sides[:, 0], sides[:, 1])
    ends = np.cumsum(lengths)
    at = (np.arange(count) + 0.5) / count * ends[-1]
    side = np.minimum(np.searchsorted(ends, at, side="right"), len(lengths) - 1)
    along = 1 - (ends[side] - at) / lengths[side]
    points = corners[side] + along[:, None] * sides[side]
    normals = np.column_stack([sides[side, 1], -sides[side, 0]]) / lengths[side, None]
    return points, normals


@cache
def kind_outlines(count: int) -> tuple[Complexes, Complexes]:
    """Return points and normals of the kinds that are searched, (kinds, count) complex64, in spans.

    They lie nose up: right + i down.
    """
    parts = [outline_points(kind, count) for kind in SEARCHED_KINDS]
    points, normals = (
        np.array(arrays)[..., 0] - 1j * np.array(arrays)[..., 1] for arrays in zip(*parts, strict=True)
    )
    return points.astype(np.complex64), normals.astype(np.complex64)


@cache
def stencil(kind: PlanformKind, cells: int) -> Singles:
    """Stretch the silhouette to a square, nose up: each cell's covered share, (cells, cells) float32."""
    return stretched(ring(kind), cells)


def stretched(corners: Floats, cells: int) -> Singles:
    """Stretch what a ring encloses to a square: each cell's covered share, (cells, cells) float32.

    Args:
        corners: (N, 2) of (x right, y up); the square's first row is the highest.
        cells: Per side of the square.
    """
    fine = 8
    low, high = corners.min(axis=0), corners.max(axis=0)
    place = (corners - low) / (high - low) * (cells * fine)
    place[:, 1] = cells * fine - place[:, 1]
    image = np.zeros((cells * fine, cells * fine), np.uint8)
    cv2.fillPoly(image, [np.round(place).astype(np.int32)], 1)
    covered = cv2.resize(image.astype(np.float32), (cells, cells), interpolation=cv2.INTER_AREA)
    return np.asarray(covered, dtype=np.float32)
