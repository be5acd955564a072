"""The outlines of every type of the table, in metres, to be laid on an image.

A type has one of its own size, and one more of each other airframe that is drawn under its designator: a
longer variant, or a wing swung back.

Frame: nose up, right + i down, origin in the middle of length and wingspan. Outlines are those of
`imagery.aircraft.planform`: body, wing, tailplane and engines, without propellers and rotors.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from detect.arrays import Bools, Complexes, Singles
from detect.kinds import points_along, stretched
from detect.measuring.bank import POINTS
from imagery.aircraft.planform import planform_of
from imagery.aircraft.three_views import three_views
from imagery.aircraft.types import AircraftType, aircraft_types

SAME_SIZE = 0.03  # airframes of one designator this close have one outline: fits stretch as far
# Outlines are alike if the logarithms of length and span are this close and, stretched to one box, they share
# so much of their area: 112 of 291 then differ.
ALIKE_SIZE, ALIKE_IOU = 0.2, 0.75
ALIKE_CELLS = 24  # per side of that box
EXTENT_ANGLES = 24  # at which extents are prepared: 15° apart


class TypeOutlines(NamedTuple):
    """Outlines of all types: first one of each in the order of the table, then those of other airframes.

    Attributes:
        names: (outlines,) ICAO designators; a type with several outlines comes as often.
        shapes: (outlines, POINTS) complex64, metres.
        normals: (outlines, POINTS) complex64, unit vectors across the outline.
        perimeters: (outlines,) float32, metres.
        sizes: (outlines, 2) float32, length and wingspan in metres.
        log_extents: (outlines, EXTENT_ANGLES, 2) float32, logarithms of the sides of the extents, columns and
            rows, in metres, at each angle clockwise from image up.
        rotors: (outlines,), which are helicopters.
        apart: (outlines,), some that differ: every other outline is like one of them.
    """

    names: tuple[str, ...]
    shapes: Complexes
    normals: Complexes
    perimeters: Singles
    sizes: Singles
    log_extents: Singles
    rotors: Bools
    apart: Bools


@cache
def type_outlines() -> TypeOutlines:
    """Return the outlines of all types; made once, in less than a second."""
    airframes = _airframes()
    shapes, normals, perimeters = [], [], []
    for aircraft in airframes:
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
        tuple(aircraft.icao for aircraft in airframes),
        outlines,
        np.array(normals, np.complex64),
        np.array(perimeters, np.float32),
        np.array([(aircraft.length_m, aircraft.wingspan_m) for aircraft in airframes], np.float32),
        np.asarray(np.log(extents), np.float32),
        np.array([aircraft.wing == "rotor" for aircraft in airframes]),
        _apart(outlines),
    )


def _apart(outlines: Complexes) -> Bools:
    """Tell which outlines are not like an earlier one that is kept."""
    corners = np.stack([outlines.real, -outlines.imag], axis=-1).astype(np.float64)
    logs = np.log(np.ptp(corners, axis=1))
    covered = np.array([stretched(ring, ALIKE_CELLS).ravel() for ring in corners])
    kept = np.zeros(len(outlines), np.bool_)
    for index, (size, cover) in enumerate(zip(logs, covered, strict=True)):
        close = kept & (np.abs(logs - size).max(axis=1) < ALIKE_SIZE)
        both = np.minimum(covered[close], cover).sum(axis=1)
        either = np.maximum(covered[close], cover).sum(axis=1)
        kept[index] = not (both > ALIKE_IOU * either).any()
    return kept


def _airframes() -> tuple[AircraftType, ...]:
    """Return the types of the table, then what else is drawn under their designators in another size."""
    types = aircraft_types()
    known = {(aircraft.icao, aircraft.length_m, aircraft.wingspan_m): aircraft for aircraft in types.values()}
    for drawing in three_views():
        if drawing.icao in types:
            aircraft = drawing.aircraft()
            same = [size for icao, *size in known if icao == aircraft.icao and _alike(size, aircraft)]
            if not same:
                known[aircraft.icao, aircraft.length_m, aircraft.wingspan_m] = aircraft
    return tuple(known.values())


def _alike(size: list[float], aircraft: AircraftType) -> bool:
    pairs = zip(size, (aircraft.length_m, aircraft.wingspan_m), strict=True)
    return all(abs(one / other - 1) < SAME_SIZE for one, other in pairs)
