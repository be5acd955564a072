"""The layout of the rendered airfield, in metres: u along runway 06, v to the right of it.

The origin is the middle of the scene. The runway, the aprons and the buildings are the same in every scene;
which aircraft stand where, and how straight, follows the seed.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely
from shapely import affinity

from imagery.aircraft.parts import Planform
from imagery.aircraft.planform import planform_of
from imagery.aircraft.types import AircraftType, aircraft_types
from imagery.synthetic.canvas import Points, rectangle

RUNWAY_V, RUNWAY_WIDTH, THRESHOLD_U = 390.0, 45.0, -470.0
TAXIWAY_V, TAXIWAY_WIDTH = 205.0, 23.0
FAR = 1150.0  # beyond the image's corners


class Area(NamedTuple):
    """A rectangle along the airfield's axes, metres."""

    u_min: float
    u_max: float
    v_min: float
    v_max: float

    @property
    def outline(self) -> Points:
        """Corners, (4, 2)."""
        return rectangle(
            (self.u_min + self.u_max) / 2,
            (self.v_min + self.v_max) / 2,
            self.u_max - self.u_min,
            self.v_max - self.v_min,
        )


CIVIL_APRON = Area(-250, 345, -46, 150)
MILITARY_APRON = Area(-655, -310, -24, 125)
SMALL_APRON = Area(405, 660, -8, 135)
CAR_PARK = Area(-118, 150, -205, -152)


class Building(NamedTuple):
    """A building: middle, extents along u and v, height (metres), and what its roof is."""

    u: float
    v: float
    length: float
    width: float
    height: float
    roof: str  # flat, gable, arched


TERMINAL = Building(20, -90, 340, 44, 13, "flat")
BUILDINGS = (
    TERMINAL,
    Building(20, -76, 120, 30, 18, "arched"),
    Building(216, -92, 11, 11, 34, "flat"),  # control tower
    Building(255, -88, 44, 24, 7, "gable"),
    Building(-205, -92, 60, 34, 11, "gable"),
    Building(-590, -62, 62, 52, 15, "arched"),
    Building(-512, -62, 62, 52, 15, "arched"),
    Building(-428, -58, 70, 44, 13, "gable"),
    Building(-345, -56, 40, 30, 9, "gable"),
    Building(-600, -150, 48, 13, 5, "gable"),
    Building(-600, -180, 48, 13, 5, "gable"),
    Building(-530, -150, 48, 13, 5, "gable"),
    Building(-530, -180, 48, 13, 5, "gable"),
    Building(-455, -160, 40, 32, 8, "flat"),
    Building(-380, -150, 30, 14, 5, "gable"),
    Building(450, -42, 44, 34, 10, "gable"),
    Building(512, -42, 46, 38, 11, "arched"),
    Building(572, -40, 36, 30, 8, "gable"),
    Building(632, -38, 34, 26, 7, "flat"),
    Building(360, -150, 60, 26, 8, "gable"),
    Building(455, -150, 34, 50, 9, "flat"),
    Building(530, -160, 52, 20, 7, "gable"),
    Building(-180, -175, 46, 30, 9, "flat"),
    Building(205, -172, 36, 36, 10, "flat"),
)
FUEL_TANKS = ((262.0, -150.0, 11.0), (290.0, -150.0, 11.0), (262.0, -178.0, 11.0), (289.0, -177.0, 8.0))


class Stand(NamedTuple):
    """A place to park: where the centre or the nose comes to, which way it points, what may stand there.

    ``turn_deg`` is clockwise from the direction of the runway (u); -90 looks at the terminal.
    """

    u: float
    v: float
    turn_deg: float
    jitter_deg: float
    types: tuple[str, ...]
    occupancy: float
    nose_in: bool = False


_NARROW = ("B738", "A320", "A319", "A321", "E190", "AT72", "DH8D", "CRJ2", "E145")
_WIDE = ("A332", "B788", "B744", "B77W", "B752")
_LIFT = ("C130", "C295", "CN35", "AN12", "C160", "AN26", "IL76", "A400")
_HELICOPTERS = ("MI8", "MI24", "H60", "AS32")
_FAST = ("SU25", "L39", "E314", "MG29", "MIR2")
_SMALL = ("C208", "BE20", "B190", "PC12", "DHC6", "L410", "C172", "DA42", "C25A")

STANDS = (
    *(Stand(u, -27, -90, 1.2, _NARROW, 0.62, nose_in=True) for u in (-218, -172, -126, -80, -34, 12)),
    *(Stand(u, -26, -90, 1.0, _WIDE, 0.6, nose_in=True) for u in (78, 152)),
    Stand(216, -25, -90, 1.0, ("A332", "B788", "B744"), 0.35, nose_in=True),
    *(Stand(u, -24, -62, 3.0, ("GLF5", "AT72", "DH8D"), 0.6, nose_in=True) for u in (276, 318)),
    Stand(-614, 50, -135, 2.5, ("C130",), 1.0),
    *(Stand(u, 50, -135, 2.5, _LIFT, 0.72) for u in (-556, -496, -436, -372)),
    *(Stand(u, 28, -90, 4.0, _FAST, 0.75) for u in (424, 448, 472)),
    *(Stand(u, 34, -55, 9.0, _HELICOPTERS, 0.8) for u in (512, 545)),
    *(Stand(u, 24, -90, 14.0, _SMALL, 0.7) for u in (582, 608, 634)),
    Stand(30, 118, 2, 4.0, ("A320", "AT72", "C295", "B738"), 0.35),
    Stand(-390, 205, 0, 3.0, ("AT72", "C130", "DH8D"), 0.3),
    Stand(604, 96, 150, 40.0, ("DHC6", "BE20", "C208"), 0.45),
)


@dataclass(frozen=True)
class ParkedAircraft:
    """An aircraft of the scene: centre in metres (u, v), nose clockwise from the runway's direction."""

    aircraft: AircraftType
    planform: Planform
    u: float
    v: float
    turn_deg: float

    @property
    def footprint(self) -> shapely.Polygon:
        """The silhouette in metres (u, v)."""
        # In (u, v) the v axis is to the right of u, so that a clockwise turn runs from u towards v.
        a = np.radians(self.turn_deg)
        matrix = [-np.sin(a), np.cos(a), np.cos(a), np.sin(a), self.u, self.v]
        return affinity.affine_transform(self.planform.silhouette(), matrix)


def park_aircraft(
    rng: np.random.Generator, only: Collection[str] | None = None
) -> tuple[ParkedAircraft, ...]:
    """Return 12 to 20 aircraft of at least six types, one a C130, none touching another or a building.

    Args:
        rng: the same state gives the same aircraft.
        only: ICAO designators; of these aircraft only those of such a type stay. None: all stay.
    """
    while True:
        parked = _parked_by_chance(rng)
        if 12 <= len(parked) <= 20 and len({standing.aircraft.icao for standing in parked}) >= 6:
            return tuple(standing for standing in parked if only is None or standing.aircraft.icao in only)


def _parked_by_chance(rng: np.random.Generator) -> tuple[ParkedAircraft, ...]:
    types = aircraft_types()
    taken = [shapely.Polygon(rectangle(b.u, b.v, b.length, b.width)) for b in BUILDINGS]
    parked: list[ParkedAircraft] = []
    for stand in STANDS:
        if rng.random() >= stand.occupancy:
            continue
        aircraft = types[stand.types[rng.integers(len(stand.types))]]
        turn_deg = stand.turn_deg + rng.normal(0, stand.jitter_deg)
        u, v = stand.u + rng.normal(0, 0.5), stand.v + rng.normal(0, 0.5)
        if stand.nose_in:
            back = np.radians(turn_deg)
            u, v = (
                u - np.cos(back) * aircraft.length_m / 2,
                v - np.sin(back) * aircraft.length_m / 2,
            )
        standing = ParkedAircraft(aircraft, planform_of(aircraft), float(u), float(v), float(turn_deg))
        if all(standing.footprint.distance(other) > 3 for other in taken):
            taken.append(standing.footprint)
            parked.append(standing)
    return tuple(parked)
