"""The outline of every type of the table, in metres, to be laid on an image.

Frame: nose up, right + i down, origin in the middle of length and wingspan. Outlines are those of
`imagery.aircraft.planform`: body, wing, tailplane and engines, without propellers and rotors.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from detect.arrays import Bools, Complexes, Singles
from detect.kinds import points_along
from detect.measuring.bank import POINTS
from imagery.aircraft.planform import planform_of
from imagery.aircraft.types import aircraft_types

EXTENT_ANGLES = 24  # at which extents are prepared: 15° apart


class TypeOutlines(NamedTuple):
    """Outlines of all types, in the order of the table.

    Attributes:
        names: (types,) ICAO designators.
        shapes: (types, POINTS) complex64, metres.
        normals: (types, POINTS) complex64, unit vectors across the outline.
        perimeters: (types,) float32, metres.
        sizes: (types, 2) float32, length and wingspan in metres.
        log_extents: (types, EXTENT_ANGLES, 2) float32, logarithms of the sides of the extents, columns and
            rows, in metres, at each angle clockwise from image up.
        rotors: (types,), which are helicopters.
    """

    names: tuple[str, ...]
    shapes: Complexes
    normals: Complexes
    perimeters: Singles
    sizes: Singles
    log_extents: Singles
    rotors: Bools


@cache
def type_outlines() -> TypeOutlines:
    """Return the outlines of all types; made once, in about a third of a second."""
    types = aircraft_types()
    shapes, normals, perimeters = [], [], []
    for aircraft in types.values():
        ring = np.array(planform_of(aircraft).silhouette().exterior.coords)
        points, across = points_along(ring, POINTS)
        shapes.append(points[:, 0] - 1j * points[:, 1])
        normals.append(across[:, 0] - 1j * across[:, 1])
        perimeters.append(np.hypot(*np.diff(ring, axis=0).T).sum())
    outlines = np.array(shapes, np.complex64)
    turns = np.exp(2j * np.pi * np.arange(EXTENT_ANGLES) / EXTENT_ANGLES)
    turned = outlines[:, None] * turns[:, None].astype(np.complex64)
    extents = np.stack([np.ptp(turned.real, axis=-1), np.ptp(turned.imag, axis=-1)], axis=-1)
    return TypeOutlines(
        tuple(types),
        outlines,
        np.array(normals, np.complex64),
        np.array(perimeters, np.float32),
        np.array([(aircraft.length_m, aircraft.wingspan_m) for aircraft in types.values()], np.float32),
        np.asarray(np.log(extents), np.float32),
        np.array([aircraft.wing == "rotor" for aircraft in types.values()]),
    )
