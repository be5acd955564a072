"""An aircraft's outline seen from above, made from its dimensions.

The local frame is in metres: x to the right wing, y forward, origin at the middle of length and wingspan (the
centre of the oriented box). Each part carries the heights of its lower and upper edge above the ground, so
that shadows fall where they should. The same outlines serve for rendering and as a detector's templates.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import radians, sqrt, tan

import numpy as np

from imagery.aircraft.parts import (
    NACELLE,
    Outline,
    Part,
    PartKind,
    Planform,
    body_outline,
    circle_outline,
    mirrored,
    rectangle_outline,
)
from imagery.aircraft.proportions import Proportions
from imagery.aircraft.three_views import three_view_of
from imagery.aircraft.type_proportions import likely_proportions, proportions_of
from imagery.aircraft.types import AircraftType, Engine, Wing

_KINK = 0.36  # where an airliner's trailing edge breaks, of the half span
_ROTOR_OF_LENGTH = 1.1  # main rotor diameter over fuselage length: Mi-8 1.17, H-60 1.07, Mi-24 0.99
_BLADES, _PROPELLER_BLADES = 5, 4


def planform_of(aircraft: AircraftType) -> Planform:
    """Return the planform of an aircraft type: as a three-view drawing shows it, else by its proportions."""
    drawing = three_view_of(aircraft)
    if drawing is not None:
        return Planform.fitted(drawing.parts(), aircraft.length_m, aircraft.wingspan_m)
    proportions = proportions_of(aircraft)
    return _build(
        aircraft.length_m, aircraft.wingspan_m, aircraft.wing, aircraft.engine, aircraft.engines, proportions
    )


def planform_from_dimensions(
    length_m: float, wingspan_m: float, wing: Wing, engines: int, *, engine: Engine = "jet"
) -> Planform:
    """Return the planform of the commonest kind of aircraft with these dimensions, as for templates.

    Args:
        length_m: nose to tail, metres (helicopters: without rotors).
        wingspan_m: wing tip to wing tip, metres (helicopters: the widest rigid part).
        wing: shape of the wing.
        engines: how many engines.
        engine: kind of engine.

    Raises:
        ValueError: a dimension or the number of engines is not positive.
    """
    if min(length_m, wingspan_m) <= 0 or engines < 1:
        raise ValueError(f"an aircraft of {length_m} x {wingspan_m} m with {engines} engines cannot be drawn")
    proportions = likely_proportions(length_m, wingspan_m, wing, engine, engines)
    return _build(length_m, wingspan_m, wing, engine, engines, proportions)


def _build(
    length_m: float, wingspan_m: float, wing: Wing, engine: Engine, engines: int, proportions: Proportions
) -> Planform:
    builder = _Helicopter if wing == "rotor" else _Aeroplane
    parts = builder(length_m, wingspan_m, engine, engines, proportions).parts()
    # Swept tips may reach beyond the tail cone: published lengths include them, so the whole is fitted to
    # the box.
    return Planform.fitted(parts, length_m, wingspan_m)


@dataclass(frozen=True)
class _Airframe:
    """The parts aeroplanes and helicopters share; until fitted, y is 0 at the nose and negative behind."""

    length_m: float
    wingspan_m: float
    engine: Engine
    engines: int
    shape: Proportions

    @property
    def size_m(self) -> float:
        return sqrt(self.length_m * self.wingspan_m)

    @property
    def fuselage_m(self) -> float:
        return self.shape.fuselage_width * self.size_m

    @property
    def belly_m(self) -> float:
        return self.shape.belly * self.fuselage_m

    def fuselage(self) -> Part:
        outline = body_outline(self.shape.fuselage, 0.0, 0.0, self.length_m, self.fuselage_m)
        return Part(PartKind.FUSELAGE, outline, self.belly_m, self.belly_m + self.fuselage_m)

    def tailplane(self, height_m: float) -> Iterator[Part]:
        if self.shape.tail_at is None:
            return
        outline = _half_wing(
            apex=-self.shape.tail_at * self.length_m,
            half_span=self.shape.tail_span * self.wingspan_m / 2,
            root=self.shape.tail_root * self.size_m,
            tip=self.shape.tail_tip * self.size_m,
            sweep_deg=self.shape.tail_sweep_deg,
        )
        for side in (outline, mirrored(outline)):
            yield Part(PartKind.TAILPLANE, side, height_m, height_m + 0.01 * self.size_m)

    def fin(self, x: float, *, rear: float, base_m: float) -> Part:
        chord, thickness = self.shape.fin_root * self.size_m, 0.011 * self.size_m
        root = _plank(x, rear + chord, rear, thickness)
        tip = _plank(x, rear + 0.4 * chord, rear, 0.7 * thickness)
        return Part(PartKind.FIN, root, base_m, self.shape.fin_height * self.size_m, crown=tip)


class _Aeroplane(_Airframe):
    def parts(self) -> tuple[Part, ...]:
        shape = self.shape
        roof_m = self.belly_m + self.fuselage_m
        fin_top_m = shape.fin_height * self.size_m
        tail_m = fin_top_m - 0.02 * self.size_m if shape.tee_tail else self.belly_m + 0.75 * self.fuselage_m
        parts = [self.fuselage(), *self.wings(), *self.tailplane(tail_m), *self.engine_parts()]
        if shape.fins == 1:
            parts.append(self.fin(0.0, rear=-0.985 * self.length_m, base_m=0.9 * roof_m))
        else:
            apart = shape.tail_span * self.wingspan_m / 2 if shape.mount == "rear" else 0.45 * self.fuselage_m
            for x in (-apart, apart):
                parts.append(self.fin(x, rear=-0.93 * self.length_m, base_m=0.8 * roof_m))
        if shape.blister_width:
            width = shape.blister_width * self.fuselage_m
            blister = body_outline(NACELLE, 0.0, -0.37 * self.length_m, 0.24 * self.length_m, width)
            parts.append(Part(PartKind.FUSELAGE, blister, 0.2, 0.5 * roof_m))
        if shape.canards:
            parts.extend(self.canards())
        return tuple(parts)

    def wings(self) -> Iterator[Part]:
        for side in (self.right_wing(), mirrored(self.right_wing())):
            yield Part(PartKind.WING, side, self.wing_m, self.wing_m + 0.012 * self.size_m)

    @property
    def wing_m(self) -> float:
        """Height of the wing's middle; a low wing rises to its tips."""
        if self.shape.high_wing:
            return self.belly_m + 0.93 * self.fuselage_m
        return self.belly_m + 0.25 * self.fuselage_m + 0.02 * self.wingspan_m

    def right_wing(self) -> Outline:
        shape = self.shape
        return _half_wing(
            apex=-shape.wing_at * self.length_m,
            half_span=self.wingspan_m / 2,
            root=shape.root_chord * self.size_m,
            tip=shape.tip_chord * self.size_m,
            sweep_deg=shape.sweep_deg,
            kinked=shape.kinked,
        )

    def leading_edge(self, x: float) -> float:
        return -self.shape.wing_at * self.length_m - tan(radians(self.shape.sweep_deg)) * abs(x)

    def canards(self) -> Iterator[Part]:
        outline = _half_wing(
            apex=-0.24 * self.length_m,
            half_span=0.24 * self.wingspan_m,
            root=0.16 * self.size_m,
            tip=0.03 * self.size_m,
            sweep_deg=48,
        )
        for side in (outline, mirrored(outline)):
            yield Part(PartKind.TAILPLANE, side, self.wing_m, self.wing_m + 0.01 * self.size_m)

    def engine_parts(self) -> Iterator[Part]:
        if self.shape.mount == "buried":
            return
        if self.shape.mount == "nose":
            yield self.propeller(0.0, -0.012 * self.length_m, self.belly_m + self.fuselage_m / 2)
        elif self.shape.mount == "rear":
            yield from self.rear_engines()
        else:
            yield from self.wing_engines()

    def rear_engines(self) -> Iterator[Part]:
        width, length = self.shape.nacelle_width * self.size_m, self.shape.nacelle_length * self.size_m
        # Overlapping the fuselage a little stands for the pylon.
        x = 0.46 * (self.fuselage_m + width)
        for side in (-x, x):
            outline = body_outline(NACELLE, side, -0.7 * self.length_m, length, width)
            base_m = self.belly_m + 0.45 * self.fuselage_m
            yield Part(PartKind.NACELLE, outline, base_m, base_m + width)

    def wing_engines(self) -> Iterator[Part]:
        width, length = self.shape.nacelle_width * self.size_m, self.shape.nacelle_length * self.size_m
        propelled = self.engine in ("turboprop", "piston")
        stations: tuple[float, ...]
        if self.engines > 3:
            stations, width = (
                ((0.25, 0.5) if propelled else (0.34, 0.63)),
                width * (1.0 if propelled else 0.85),
            )
        else:
            stations = (0.3,) if propelled else (0.34,)
        base_m = self.wing_m - (0.4 if propelled else 1.1) * width
        for station in stations:
            x = station * self.wingspan_m / 2
            front = self.leading_edge(x) + length * (0.45 if propelled else 0.68)
            for side in (-x, x):
                outline = body_outline(NACELLE, side, front, length, width)
                yield Part(PartKind.NACELLE, outline, base_m, base_m + width)
                if propelled:
                    yield self.propeller(side, front, base_m + width / 2)

    def propeller(self, x: float, y: float, axis_m: float) -> Part:
        """Return a propeller disc, which stands upright and is a thin strip from above."""
        diameter = self.shape.propeller * self.size_m
        outline = rectangle_outline(x - diameter / 2, x + diameter / 2, y - 0.2, y + 0.2)
        low_m, high_m = max(0.2, axis_m - diameter / 2), axis_m + diameter / 2
        return Part(PartKind.PROPELLER, outline, low_m, high_m, blades=_PROPELLER_BLADES)


class _Helicopter(_Airframe):
    @property
    def size_m(self) -> float:
        # Wingspan says little of a helicopter; this keeps cabin and rotor in proportion to the length.
        return 0.55 * self.length_m

    def parts(self) -> tuple[Part, ...]:
        cabin = self.fuselage()
        boom_m = self.belly_m + 0.7 * self.fuselage_m
        boom = body_outline(
            ((0, 1.0), (1, 0.55)), 0.0, -0.5 * self.length_m, 0.5 * self.length_m, 0.3 * self.fuselage_m
        )
        rotor = circle_outline(0.0, -0.36 * self.length_m, _ROTOR_OF_LENGTH * self.length_m)
        rotor_m = self.belly_m + 1.45 * self.fuselage_m
        stub = _half_wing(
            apex=-self.shape.wing_at * self.length_m,
            half_span=self.wingspan_m / 2,
            root=self.shape.root_chord * self.size_m,
            tip=self.shape.tip_chord * self.size_m,
            sweep_deg=self.shape.sweep_deg,
        )
        stub_m = self.belly_m + 0.3 * self.fuselage_m
        engine_bay = body_outline(
            NACELLE, 0.0, -0.2 * self.length_m, 0.28 * self.length_m, 0.55 * self.fuselage_m
        )
        return (
            cabin,
            Part(PartKind.FUSELAGE, boom, boom_m, boom_m + 0.3 * self.fuselage_m),
            *(Part(PartKind.WING, side, stub_m, stub_m + 0.3) for side in (stub, mirrored(stub))),
            *self.tailplane(boom_m),
            Part(PartKind.NACELLE, engine_bay, cabin.top_m, cabin.top_m + 0.3 * self.fuselage_m),
            self.fin(0.0, rear=-0.995 * self.length_m, base_m=boom_m),
            Part(PartKind.ROTOR, rotor, rotor_m, rotor_m + 0.2, blades=_BLADES),
        )


def _half_wing(
    *, apex: float, half_span: float, root: float, tip: float, sweep_deg: float, kinked: bool = False
) -> Outline:
    """Return a wing's right half as an (N, 2) outline; ``apex`` is the y of its leading edge at x = 0."""
    tip_leading = apex - tan(radians(sweep_deg)) * half_span
    points = [(0.0, apex), (0.97 * half_span, tip_leading + 0.03 * (apex - tip_leading))]
    points += [(half_span, tip_leading - 0.25 * tip), (half_span, tip_leading - tip)]
    if kinked:
        points.append((_KINK * half_span, apex - root))
    points.append((0.0, apex - root))
    return np.array(points)


def _plank(x: float, front: float, rear: float, thickness: float) -> Outline:
    return rectangle_outline(x - thickness / 2, x + thickness / 2, rear, front)
