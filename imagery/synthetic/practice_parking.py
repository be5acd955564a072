"""How aircraft are parked together: abreast, in herring-bone, tied down densely, scattered; behind walls.

Gaps are those that apron planning leaves: 3 to 8 m from wing tip to wing tip, less between light aircraft on
tie-downs, more where every stand has a revetment.
"""

from math import cos, radians, sin
from typing import NamedTuple

import numpy as np
import shapely

from imagery.aircraft.types import AircraftType
from imagery.synthetic.canvas import Canvas, Colour, Points, rectangle, swept
from imagery.synthetic.layout import ParkedAircraft
from imagery.synthetic.practice_paving import tone

_LIGHT_M = 13.0  # larger aircraft are not tied down in rows
_FIGHTER_M = 25.0  # larger aircraft have no revetments
_ALONE, _SCATTERED, _HERRING_BONE = 0.35, 0.15, 0.12  # shares of the groups; the others stand abreast
_REVETTED, _FENCED = 0.3, 0.15


class Spot(NamedTuple):
    """A place to park: middle, metres, and where the nose points, degrees from u towards v."""

    u: float
    v: float
    turn_deg: float


class Wall(NamedTuple):
    """A wall, a bank of earth or a fence: outline (4, 2), its first side along it; height, metres; colour."""

    outline: Points
    height_m: float
    colour: Colour

    @property
    def footprint(self) -> shapely.Polygon:
        """The ground it stands on."""
        return shapely.Polygon(self.outline)

    def shadow(self, canvas: Canvas) -> shapely.Polygon:
        """Return what it keeps the sun off, itself included."""
        shift = canvas.frame.shift(canvas.sun.shadow_of_metre * self.height_m)
        return shapely.Polygon(swept(self.outline, shift)[0])


class Group(NamedTuple):
    """Where the aircraft of a group stand, and whether each stand is walled."""

    spots: list[Spot]
    revetted: bool
    fenced: bool


def arrange(
    rng: np.random.Generator, aircraft: AircraftType, start: tuple[float, float], turn_deg: float
) -> Group:
    """Return the spots of a group of aircraft of one size around a start."""
    size_m = max(aircraft.length_m, aircraft.wingspan_m)
    light = size_m < _LIGHT_M and aircraft.wing != "rotor"
    # Rotors reach as far sideways as ahead.
    span_m = max(aircraft.wingspan_m, 1.1 * aircraft.length_m if aircraft.wing == "rotor" else 0)
    kind = rng.random()
    if kind < _ALONE:
        return Group([Spot(*start, turn_deg)], bool(rng.random() < _REVETTED and size_m < _FIGHTER_M), False)
    if kind < _ALONE + _SCATTERED:
        reach = 1.5 * size_m
        spots = [
            Spot(start[0] + rng.normal(0, reach), start[1] + rng.normal(0, reach), rng.uniform(0, 360))
            for _ in range(rng.integers(2, 8))
        ]
        return Group(spots, False, False)
    lean_deg = float(rng.choice((-1, 1)) * rng.uniform(20, 55)) if kind < 0.5 + _HERRING_BONE else 0.0
    revetted = bool(rng.random() < _REVETTED and size_m < _FIGHTER_M and not light)
    gap_m = rng.uniform(14, 24) if revetted else rng.uniform(0.8, 4) if light else rng.uniform(3, 8)
    rows = int(rng.integers(1, 4)) if light or rng.random() < 0.2 else 1
    between_m = rng.uniform(2, 6) if rng.random() < 0.5 else rng.uniform(12, 26)
    step = np.array([(span_m + gap_m) / cos(radians(lean_deg)), aircraft.length_m + between_m])
    facing = bool(rng.random() < 0.5)
    a = radians(turn_deg - lean_deg)
    axes = np.array([[-sin(a), cos(a)], [-cos(a), -sin(a)]])
    spots = []
    for row in range(rows):
        for index in range(int(rng.integers(2, 13 if light else 8))):
            place = start + (np.array([index, row]) * step + rng.normal(0, 0.2, 2)) @ axes
            turned = 180 * (facing and row % 2)
            spots.append(Spot(float(place[0]), float(place[1]), turn_deg + turned + rng.normal(0, 1.5)))
    return Group(spots, revetted, bool(rows == 1 and not lean_deg and rng.random() < _FENCED))


def revetment(rng: np.random.Generator, parked: ParkedAircraft) -> list[Wall]:
    """Return the walls on three sides of an aircraft, open before its nose: of earth, or thin of concrete."""
    earth = rng.random() < 0.6
    thick = rng.uniform(3, 6) if earth else rng.uniform(0.6, 1.5)
    colour = tone(rng, 60, 190, 0.08) if earth else tone(rng, 120, 220)
    height = rng.uniform(2.5, 4.5)
    clear = rng.uniform(1.5, 3, 2) + thick / 2
    half_width = parked.aircraft.wingspan_m / 2 + clear[0]
    rear = -parked.aircraft.length_m / 2 - clear[1]
    front = parked.aircraft.length_m / 2 * rng.uniform(0.6, 1.2)
    middle, length = (front + rear) / 2, front - rear
    return [
        Wall(_beside(parked, middle, -half_width, length, thick), height, colour),
        Wall(_beside(parked, middle, half_width, length, thick), height, colour),
        Wall(_beside(parked, rear, 0, thick, 2 * half_width + thick), height, colour),
    ]


def blast_fence(rng: np.random.Generator, first: ParkedAircraft, last: ParkedAircraft) -> Wall:
    """Return the fence behind the tails of a row."""
    behind = first.aircraft.length_m / 2 + rng.uniform(4, 12)
    ends = []
    for parked in (first, last):
        a = radians(first.turn_deg)
        ends.append(np.array([parked.u, parked.v]) - behind * np.array([cos(a), sin(a)]))
    along = ends[1] - ends[0]
    length = float(np.hypot(*along)) + first.aircraft.wingspan_m
    u, v = (ends[0] + ends[1]) / 2
    turn = float(np.degrees(np.arctan2(along[1], along[0])))
    return Wall(rectangle(u, v, length, rng.uniform(0.8, 2.2), turn), rng.uniform(2.4, 4), tone(rng, 90, 220))


def _beside(parked: ParkedAircraft, ahead: float, right: float, length: float, width: float) -> Points:
    """Return a rectangle in an aircraft's axes, its length along the aircraft."""
    a = radians(parked.turn_deg)
    u = parked.u + ahead * cos(a) - right * sin(a)
    v = parked.v + ahead * sin(a) + right * cos(a)
    return rectangle(u, v, length, width, parked.turn_deg)


def draw_walls(canvas: Canvas, walls: list[Wall]) -> None:
    """Draw walls without their shadows, each half of a wall as bright as its side faces the sun."""
    sunward = canvas.frame.axes @ canvas.sun.direction[:2]
    for wall in walls:
        front, rear = wall.outline[:2].mean(0), wall.outline[2:].mean(0)
        left, right = wall.outline[[0, 3]].mean(0), wall.outline[[1, 2]].mean(0)
        for corners, normal in (
            ([wall.outline[0], front, rear, wall.outline[3]], left - right),
            ([front, wall.outline[1], wall.outline[2], rear], right - left),
        ):
            facing = float(normal @ sunward / np.hypot(*normal))
            red, green, blue = (part * (1 + 0.25 * facing) for part in wall.colour)
            canvas.paint([np.array(corners)], (red, green, blue), mottle=0.08, grain=0.06)


def cast_wall_shadows(canvas: Canvas, walls: list[Wall]) -> None:
    """Lay the walls' shadows over the ground and over what stands on it."""
    if walls:
        solid = shapely.union_all([wall.footprint for wall in walls])
        canvas.darken(shapely.union_all([wall.shadow(canvas) for wall in walls]) - solid)
