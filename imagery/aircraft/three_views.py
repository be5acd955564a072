"""Airframes as three-view drawings show them: a table of stations, read into parts.

The table is ``three_views.csv`` beside this module, one airframe per row; a type may have several (the Su-27
and the Su-34 share a designator). Everything is in metres: distances along the aircraft count from the nose
backwards, distances across it from the centre line to the right, heights from the ground. A cell is a list of
points separated by spaces, the numbers of a point by colons:

- heights: of the fuselage's underside, the wing and the tailplane
- fuselage: ``station:half-width`` ..., or ``profile:width`` or ``profile:width:length``
- body: ``station:half-width`` ... of what is flat: around engines, over landing gear
- strake, wing, tail, canard: ``across:leading edge:trailing edge`` ... from the root to the tip
- pivot: ``across:station:degrees:degrees`` of a wing that swings back, by how much halfway and fully
- fins: ``across:front:rear:top`` or ``across:front:rear:top:degrees`` that they lean outward
- nacelles: ``across:front:length:width:underside``
- propellers: ``across:station:diameter:blades:height``
- rotors: the same, ``discs`` (radomes): ``station:diameter:underside``

What is not on the centre line is there twice. ``wing_area_m2`` is the published gross area (wings spread, to
the centre line, without strakes), against which the stations are tested; it is empty where none is published.
The icao ``ZZZZ`` stands, as in flight plans, for an aircraft that has no designator.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from math import cos, log, radians, sin, sqrt, tan

import numpy as np

from imagery.aircraft.airframes import CABIN, HOLD, TUBE
from imagery.aircraft.parts import (
    NACELLE,
    Outline,
    Part,
    PartKind,
    body_outline,
    circle_outline,
    mirrored,
    rectangle_outline,
)
from imagery.aircraft.proportions import Stations
from imagery.aircraft.types import AircraftType, aircraft_types

_PROFILES: dict[str, Stations] = {"tube": TUBE, "hold": HOLD, "cabin": CABIN}
_FIN_TIP = 0.4  # chord of a fin's tip, of its root's

# Drones only, so far.
_UNDESIGNATED = AircraftType("ZZZZ", "", "Drone", 0.0, 0.0, "straight", "piston", 1, "three_views.csv")

Points = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class ThreeView:
    """One airframe of the table; see the module for what its cells hold.

    Attributes:
        icao: ICAO type designator.
        name: manufacturer and model.
        length_m: nose to tail, metres.
        span_m: wing tip to wing tip, metres, as drawn: a wing that swings has its span at this sweep.
        wing_area_m2: published gross wing area, None where none is known.
        profile: name of the fuselage's outline, or empty.
        points: what the cells hold, by column.
        swung_deg: how far the wing is swung back.
    """

    icao: str
    name: str
    length_m: float
    span_m: float
    wing_area_m2: float | None
    profile: str
    points: dict[str, Points] = field(hash=False)
    swung_deg: float = 0.0

    @property
    def size_m(self) -> float:
        """Geometric mean of length and span, metres."""
        return sqrt(self.length_m * self.span_m)

    @property
    def width_m(self) -> float:
        """Width of the fuselage, metres."""
        stations = self.points["fuselage"]
        return stations[0][0] if self.profile else 2 * max(half for _, half in stations)

    def aircraft(self) -> AircraftType:
        """Return the type it is drawn as, of this airframe's name, length and span."""
        known = aircraft_types().get(self.icao, _UNDESIGNATED)
        return known._replace(name=self.name, length_m=self.length_m, wingspan_m=self.span_m)

    def parts(self) -> tuple[Part, ...]:
        """Return the parts, y = 0 at the nose and negative behind."""
        belly_m, wing_m, tail_m = self.points["heights"][0]
        thickness = 0.012 * self.size_m
        parts = [self._fuselage(belly_m)]
        if "body" in self.points:
            outline = _symmetric(self.points["body"])
            parts.append(Part(PartKind.BODY, outline, 0.6 * belly_m, belly_m + 0.5 * self.width_m))
        for column, kind, base_m in (
            ("strake", PartKind.WING, wing_m - 0.05),
            ("wing", PartKind.WING, wing_m),
            ("tail", PartKind.TAILPLANE, tail_m),
            ("canard", PartKind.TAILPLANE, wing_m + 0.1),
        ):
            if column in self.points:
                side = self.wing() if column == "wing" else panel_outline(self.points[column])
                parts += [Part(kind, half, base_m, base_m + thickness) for half in (side, mirrored(side))]
        parts += self._fins(belly_m)
        parts += self._engines()
        for station, diameter, base_m in self.points.get("discs", ()):
            parts.append(
                Part(PartKind.BODY, circle_outline(0, -station, diameter), base_m, base_m + 0.2 * diameter)
            )
        return tuple(parts)

    def wing(self) -> Outline:
        """Return the right wing's outline, (N, 2), swung back by its angle."""
        outline = panel_outline(self.points["wing"])
        if not self.swung_deg:
            return outline
        across, station = self.points["pivot"][0][:2]
        a = radians(self.swung_deg)
        turn = np.array([[cos(a), -sin(a)], [sin(a), cos(a)]])
        pivot = np.array([across, -station])
        return np.asarray((outline - pivot) @ turn + pivot)

    def _fuselage(self, belly_m: float) -> Part:
        stations = self.points["fuselage"]
        if self.profile:
            length_m = stations[0][1] if len(stations[0]) > 1 else self.length_m
            outline = body_outline(_PROFILES[self.profile], 0, 0, length_m, self.width_m)
        else:
            outline = _symmetric(stations)
        return Part(PartKind.FUSELAGE, outline, belly_m, belly_m + self.width_m)

    def _fins(self, belly_m: float) -> Iterator[Part]:
        thickness = 0.011 * self.size_m
        base_m = belly_m + 0.5 * self.width_m
        for across, front, rear, top_m, *lean in self.points.get("fins", ()):
            chord = rear - front
            shift = tan(radians(lean[0])) * (top_m - base_m) if lean else 0.0
            root = rectangle_outline(across - thickness / 2, across + thickness / 2, -rear, -front)
            crown = rectangle_outline(
                across + shift - 0.35 * thickness,
                across + shift + 0.35 * thickness,
                -rear,
                _FIN_TIP * chord - rear,
            )
            yield Part(PartKind.FIN, root, base_m, top_m, crown)
            if across:
                yield Part(PartKind.FIN, mirrored(root), base_m, top_m, mirrored(crown))

    def _engines(self) -> Iterator[Part]:
        for across, front, length, width, base_m in self.points.get("nacelles", ()):
            for x in _both(across):
                outline = body_outline(NACELLE, x, -front, length, width)
                yield Part(PartKind.NACELLE, outline, base_m, base_m + width)
        for across, station, diameter, blades, axis_m in self.points.get("propellers", ()):
            for x in _both(across):
                strip = rectangle_outline(x - diameter / 2, x + diameter / 2, -station - 0.2, -station + 0.2)
                low_m, high_m = max(0.2, axis_m - diameter / 2), axis_m + diameter / 2
                yield Part(PartKind.PROPELLER, strip, low_m, high_m, blades=int(blades))
        for across, station, diameter, blades, height_m in self.points.get("rotors", ()):
            disc = circle_outline(across, -station, diameter)
            yield Part(PartKind.ROTOR, disc, height_m, height_m + 0.2, blades=int(blades))


def three_view_of(aircraft: AircraftType) -> ThreeView | None:
    """Return the drawing of an aircraft type, of several the one nearest in size; None if it has no drawing.

    So which way a wing is swung, and which of a designator's variants it is, follows from the dimensions.
    """
    drawings = [drawing for drawing in three_views() if drawing.icao == aircraft.icao]
    return min(drawings, key=lambda drawing: _difference(drawing, aircraft), default=None)


def _difference(drawing: ThreeView, aircraft: AircraftType) -> tuple[float, bool]:
    """Return how far an aircraft is from a drawing's size, and whether only its name is another."""
    length, span = aircraft.length_m / drawing.length_m, aircraft.wingspan_m / drawing.span_m
    return round(abs(log(length)) + abs(log(span)), 9), drawing.name != aircraft.name


@cache
def three_views() -> tuple[ThreeView, ...]:
    """Return every airframe of the table, those with swinging wings spread, halfway and fully back."""
    with files(__package__).joinpath("three_views.csv").open(encoding="utf-8") as table:
        return tuple(drawing for row in csv.DictReader(table) for drawing in _of_row(row))


def _of_row(row: dict[str, str]) -> Iterator[ThreeView]:
    cells = {column: row[column].split() for column in list(row)[5:-1] if row[column]}
    profile = ""
    if cells["fuselage"][0].split(":")[0] in _PROFILES:
        profile, _, rest = cells["fuselage"][0].partition(":")
        cells["fuselage"] = [rest]
    points = {
        column: tuple(tuple(float(number) for number in point.split(":")) for point in cell)
        for column, cell in cells.items()
    }
    area = float(row["wing_area_m2"]) if row["wing_area_m2"] else None
    spread = ThreeView(
        row["icao"], row["name"], float(row["length_m"]), float(row["span_m"]), area, profile, points
    )
    yield spread
    for swung_deg in points["pivot"][0][2:] if "pivot" in points else ():
        swung = replace(spread, swung_deg=swung_deg)
        half_m = max(part.outline[:, 0].max() for part in swung.parts())
        yield replace(swung, span_m=2 * float(half_m))


def panel_outline(stations: Points) -> Outline:
    """Return the outline, (N, 2), of a panel whose stations are (across, leading edge, trailing edge)."""
    leading = [(across, -front) for across, front, _ in stations]
    trailing = [(across, -rear) for across, _, rear in stations]
    return np.array(leading + trailing[::-1])


def _symmetric(stations: Iterable[tuple[float, ...]]) -> Outline:
    return body_outline(tuple((along, half) for along, half in stations), 0, 0, 1, 2)


def _both(across: float) -> tuple[float, ...]:
    return (-across, across) if across else (0.0,)
