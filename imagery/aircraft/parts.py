"""The parts that a planform is made of, and the outlines they have.

The frame is the aircraft's: metres, x to the right wing, y forward.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import shapely
from numpy.typing import NDArray

from imagery.aircraft.proportions import Stations

Outline = NDArray[np.float64]

NACELLE: Stations = ((0, 0.82), (0.06, 1.0), (0.5, 1.0), (0.82, 0.74), (1, 0.42))


class PartKind(StrEnum):
    """The kind of a part of a planform; a fuselage is round on top, a body flat, as between two engines."""

    FUSELAGE = "fuselage"
    BODY = "body"
    WING = "wing"
    TAILPLANE = "tailplane"
    FIN = "fin"
    NACELLE = "nacelle"
    PROPELLER = "propeller"
    ROTOR = "rotor"


@dataclass(frozen=True, eq=False)
class Part:
    """One part of an aircraft.

    Attributes:
        kind: what it is.
        outline: (N, 2) float64 array, the part seen from above, metres in the aircraft's frame, not closed.
        base_m: height of its lower edge above the ground, metres.
        top_m: height of its upper edge, metres.
        crown: (N, 2) float64 array, the outline of the upper edge where it differs from the lower one (a fin,
            which leans back), else None.
        blades: how many blades a rotor or a propeller has, else 0.
    """

    kind: PartKind
    outline: Outline
    base_m: float
    top_m: float
    crown: Outline | None = None
    blades: int = 0

    @property
    def height_m(self) -> float:
        """Nominal height above the ground, metres."""
        return (self.base_m + self.top_m) / 2


@dataclass(frozen=True, eq=False)
class Planform:
    """An aircraft seen from above.

    Attributes:
        length_m: extent of the silhouette along y, metres: nose to tail (helicopters: without rotors).
        wingspan_m: extent of the silhouette along x, metres: wing tip to wing tip (helicopters: the widest
            rigid part, without rotors).
        parts: the parts, from the lowest to the highest.
    """

    length_m: float
    wingspan_m: float
    parts: tuple[Part, ...]

    @staticmethod
    def fitted(parts: Iterable[Part], length_m: float, wingspan_m: float) -> "Planform":
        """Return the planform that parts make when their silhouette is stretched to a length and a span."""
        parts = tuple(parts)
        x_min, y_min, x_max, y_max = silhouette_of(parts).bounds
        scale = np.array([wingspan_m / (x_max - x_min), length_m / (y_max - y_min)])
        middle = np.array([x_min + x_max, y_min + y_max]) / 2
        stretched = (
            replace(
                part,
                outline=(part.outline - middle) * scale,
                crown=None if part.crown is None else (part.crown - middle) * scale,
            )
            for part in parts
        )
        return Planform(length_m, wingspan_m, tuple(sorted(stretched, key=lambda part: part.top_m)))

    def silhouette(self) -> shapely.Polygon:
        """Return the union of all parts but propellers and rotors, whose blades an image rarely resolves.

        Its bounds are exactly ``length_m`` by ``wingspan_m`` around the origin.
        """
        return silhouette_of(self.parts)


def silhouette_of(parts: Iterable[Part]) -> shapely.Polygon:
    """Return the union of all parts but propellers and rotors.

    Raises:
        TypeError: the parts do not touch each other.
    """
    solid = [part for part in parts if part.kind not in (PartKind.PROPELLER, PartKind.ROTOR)]
    union = shapely.union_all([shapely.Polygon(part.outline) for part in solid])
    if not isinstance(union, shapely.Polygon):
        raise TypeError("the parts of an aircraft do not touch each other")
    return union


def body_outline(stations: Stations, x: float, front: float, length: float, width: float) -> Outline:
    """Return the outline of a body of revolution seen from above, its front at y = ``front``."""
    along, across = np.array(stations, dtype=np.float64).T
    right = np.stack([x + across * width / 2, front - along * length], axis=1)
    left = np.stack([x - across * width / 2, front - along * length], axis=1)
    return np.concatenate([right, left[::-1]])


def rectangle_outline(left: float, right: float, rear: float, front: float) -> Outline:
    """Return the corners of a rectangle, (4, 2)."""
    return np.array([(left, front), (right, front), (right, rear), (left, rear)], dtype=np.float64)


def circle_outline(x: float, y: float, diameter: float) -> Outline:
    """Return a circle around (x, y) as 48 points."""
    turn = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    return np.asarray(np.array([x, y]) + diameter / 2 * np.stack([np.sin(turn), np.cos(turn)], axis=1))


def mirrored(outline: Outline) -> Outline:
    """Return an outline on the other side of the aircraft."""
    return np.asarray(outline[::-1] * np.array([-1.0, 1.0]))
