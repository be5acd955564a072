"""Proportions of the kinds of aircraft: how a planform is filled in between its length and its wingspan.

Each :class:`Proportions` was read off published three-view drawings of the aircraft named beside it.
Distances along the aircraft are fractions of its length, distances across it are fractions of its wingspan,
and what scales with the aircraft as a whole (chords, diameters, heights) is a fraction of its size, the
geometric mean of both.
"""

from dataclasses import dataclass, replace
from typing import Literal

from imagery.aircraft import AircraftType, Engine, Wing

Stations = tuple[tuple[float, float], ...]

# Fuselage outlines: (fraction of the length from the nose, fraction of the greatest half-width).
_TUBE: Stations = (
    (0, 0.05), (0.008, 0.33), (0.025, 0.6), (0.05, 0.82), (0.08, 0.95), (0.115, 1), (0.68, 1),
    (0.78, 0.87), (0.88, 0.56), (0.96, 0.24), (1, 0.07),
)  # fmt: skip
_HOLD: Stations = (
    (0, 0.1), (0.012, 0.42), (0.035, 0.7), (0.07, 0.92), (0.11, 1), (0.64, 1), (0.78, 0.78),
    (0.9, 0.47), (0.97, 0.24), (1, 0.12),
)  # fmt: skip
_TWIN_JET_FIGHTER: Stations = (
    (0, 0.03), (0.08, 0.19), (0.18, 0.32), (0.3, 0.42), (0.37, 0.68), (0.48, 0.94), (0.6, 1),
    (0.9, 0.98), (0.97, 0.85), (1, 0.62),
)  # fmt: skip
_SINGLE_JET_FIGHTER: Stations = (
    (0, 0.03), (0.07, 0.3), (0.17, 0.58), (0.28, 0.78), (0.42, 0.96), (0.55, 1), (0.85, 1),
    (0.95, 0.82), (1, 0.62),
)  # fmt: skip
_CABIN: Stations = (
    (0, 0.2), (0.04, 0.6), (0.13, 0.84), (0.24, 1), (0.42, 1), (0.55, 0.78), (0.75, 0.42), (0.95, 0.2),
    (1, 0.1),
)  # fmt: skip
_HELICOPTER_CABIN: Stations = (
    (0, 0.25), (0.02, 0.6), (0.06, 0.88), (0.12, 1), (0.44, 1), (0.5, 0.88), (0.56, 0.5), (0.6, 0.3),
)  # fmt: skip


@dataclass(frozen=True)
class Proportions:
    """Proportions of one kind of aircraft (see the module for what each fraction is of).

    Attributes:
        fuselage: outline of the fuselage.
        fuselage_width: of the size.
        belly: height of the fuselage's underside above the ground, of the fuselage's width.
        high_wing: whether the wing sits on top of the fuselage.
        wing_at: where the leading edge meets the centre line, of the length from the nose.
        root_chord: chord on the centre line, of the size.
        tip_chord: of the size.
        sweep_deg: sweep of the leading edge.
        kinked: whether the inner trailing edge is unswept, as an airliner's is.
        tail_at: where the tailplane's leading edge meets the centre line, of the length; None without one.
        tail_span: of the wingspan.
        tail_root: chord, of the size.
        tail_tip: chord, of the size.
        tail_sweep_deg: sweep of the leading edge.
        tee_tail: whether the tailplane sits on top of the fin.
        fins: one, or two side by side.
        fin_height: top of the fin above the ground, of the size.
        fin_root: chord, of the size.
        canards: whether small foreplanes stand beside the cockpit.
        mount: where the engines are; "buried" ones have no nacelle.
        nacelle_width: of the size.
        nacelle_length: of the size.
        propeller: diameter of a propeller, of the size.
        blister_width: width over the landing gear fairings, of the fuselage's width; 0 without.
    """

    fuselage: Stations
    fuselage_width: float
    wing_at: float
    root_chord: float
    tip_chord: float
    sweep_deg: float
    belly: float = 0.45
    high_wing: bool = False
    kinked: bool = False
    tail_at: float | None = 0.86
    tail_span: float = 0.36
    tail_root: float = 0.115
    tail_tip: float = 0.04
    tail_sweep_deg: float = 34.0
    tee_tail: bool = False
    fins: Literal[1, 2] = 1
    fin_height: float = 0.31
    fin_root: float = 0.17
    canards: bool = False
    mount: Literal["wing", "rear", "nose", "buried"] = "wing"
    nacelle_width: float = 0.058
    nacelle_length: float = 0.13
    propeller: float = 0.13
    blister_width: float = 0.0


# A320, A330, 747
AIRLINER = Proportions(
    _TUBE, 0.102, wing_at=0.3, root_chord=0.215, tip_chord=0.042, sweep_deg=29, kinked=True
)
# KC-135: thin wing, slim engines
TANKER = replace(
    AIRLINER, fuselage_width=0.09, sweep_deg=37, wing_at=0.26, nacelle_width=0.05, nacelle_length=0.11
)
# ERJ-145, CRJ-200
REAR_ENGINED_LINER = replace(
    AIRLINER,
    wing_at=0.39,
    sweep_deg=26,
    tail_at=0.89,
    tee_tail=True,
    fin_height=0.275,
    mount="rear",
    nacelle_width=0.062,
    nacelle_length=0.17,
    tail_span=0.35,
)
# Gulfstream V
BUSINESS_JET = replace(REAR_ENGINED_LINER, fuselage_width=0.085, wing_at=0.37, sweep_deg=33, root_chord=0.235)
# Citation
SMALL_BUSINESS_JET = replace(
    BUSINESS_JET,
    fuselage_width=0.108,
    wing_at=0.45,
    sweep_deg=5,
    root_chord=0.14,
    tip_chord=0.06,
    kinked=False,
    tail_sweep_deg=20,
    tail_at=0.87,
)
# C-17, Il-76
JET_TRANSPORT = Proportions(
    _HOLD,
    0.118,
    wing_at=0.29,
    root_chord=0.2,
    tip_chord=0.05,
    sweep_deg=28,
    belly=0.2,
    high_wing=True,
    kinked=True,
    tail_at=0.87,
    tail_span=0.36,
    tail_root=0.12,
    tail_tip=0.05,
    tail_sweep_deg=30,
    tee_tail=True,
    fin_height=0.31,
    nacelle_width=0.053,
    nacelle_length=0.13,
    blister_width=1.3,
)
# C-130, An-12, C295
TURBOPROP_TRANSPORT = Proportions(
    _HOLD,
    0.122,
    wing_at=0.31,
    root_chord=0.142,
    tip_chord=0.07,
    sweep_deg=3,
    belly=0.12,
    high_wing=True,
    tail_at=0.83,
    tail_span=0.4,
    tail_root=0.125,
    tail_tip=0.06,
    tail_sweep_deg=10,
    fin_height=0.335,
    fin_root=0.18,
    nacelle_width=0.042,
    nacelle_length=0.17,
    propeller=0.12,
    blister_width=1.24,
)
# A400M
SWEPT_TURBOPROP_TRANSPORT = replace(
    TURBOPROP_TRANSPORT,
    fuselage_width=0.128,
    sweep_deg=18,
    root_chord=0.15,
    tip_chord=0.055,
    wing_at=0.27,
    tail_at=0.86,
    tail_sweep_deg=28,
    tee_tail=True,
)
# ATR 72, Dash 8
TURBOPROP_LINER = Proportions(
    _TUBE,
    0.1,
    wing_at=0.405,
    root_chord=0.096,
    tip_chord=0.055,
    sweep_deg=3,
    belly=0.3,
    high_wing=True,
    tail_at=0.9,
    tail_span=0.28,
    tail_root=0.085,
    tail_tip=0.05,
    tail_sweep_deg=9,
    tee_tail=True,
    fin_height=0.275,
    fin_root=0.19,
    nacelle_width=0.044,
    nacelle_length=0.2,
    propeller=0.145,
)
# King Air, Twin Otter
SMALL_TURBOPROP = replace(
    TURBOPROP_LINER,
    fuselage_width=0.108,
    wing_at=0.36,
    root_chord=0.14,
    tip_chord=0.065,
    high_wing=False,
    tail_span=0.34,
    tail_root=0.1,
    nacelle_width=0.058,
    nacelle_length=0.23,
    propeller=0.16,
    tail_at=0.88,
)
# Cessna 172, Caravan, Super Tucano
SINGLE_PROPELLER = Proportions(
    _CABIN,
    0.112,
    wing_at=0.24,
    root_chord=0.165,
    tip_chord=0.105,
    sweep_deg=2,
    high_wing=True,
    tail_at=0.86,
    tail_span=0.33,
    tail_root=0.115,
    tail_tip=0.075,
    tail_sweep_deg=6,
    fin_height=0.285,
    fin_root=0.16,
    mount="nose",
    propeller=0.2,
)
# MiG-29, Su-27, F-15
TWIN_JET_FIGHTER = Proportions(
    _TWIN_JET_FIGHTER,
    0.25,
    wing_at=0.4,
    root_chord=0.45,
    tip_chord=0.085,
    sweep_deg=42,
    belly=0.3,
    tail_at=0.8,
    tail_span=0.67,
    tail_root=0.26,
    tail_tip=0.07,
    tail_sweep_deg=46,
    fins=2,
    fin_height=0.335,
    fin_root=0.2,
    mount="buried",
)
# F-16
SINGLE_JET_FIGHTER = replace(
    TWIN_JET_FIGHTER,
    fuselage=_SINGLE_JET_FIGHTER,
    fuselage_width=0.14,
    sweep_deg=40,
    wing_at=0.42,
    root_chord=0.41,
    tail_at=0.81,
    tail_span=0.59,
    tail_root=0.22,
    tail_sweep_deg=40,
    fins=1,
    fin_height=0.4,
    fin_root=0.27,
)
# Mirage 2000
DELTA_FIGHTER = replace(
    SINGLE_JET_FIGHTER,
    fuselage_width=0.13,
    wing_at=0.32,
    root_chord=0.68,
    tip_chord=0.04,
    sweep_deg=57,
    tail_at=None,
    fin_height=0.44,
    fin_root=0.32,
)
# Rafale, Typhoon
CANARD_FIGHTER = replace(
    DELTA_FIGHTER, fuselage_width=0.17, wing_at=0.39, root_chord=0.6, sweep_deg=50, canards=True
)
# Su-25
ATTACK = replace(
    TWIN_JET_FIGHTER,
    fuselage=_SINGLE_JET_FIGHTER,
    fuselage_width=0.17,
    wing_at=0.36,
    root_chord=0.235,
    tip_chord=0.09,
    sweep_deg=20,
    tail_at=0.84,
    tail_span=0.33,
    tail_root=0.12,
    tail_tip=0.06,
    tail_sweep_deg=12,
    fins=1,
)
#
REAR_ENGINED_ATTACK = replace(
    ATTACK,
    fuselage=_CABIN,
    fuselage_width=0.085,
    wing_at=0.4,
    root_chord=0.18,
    tip_chord=0.12,
    sweep_deg=2,
    fins=2,
    tail_at=0.87,
    tail_tip=0.1,
    tail_sweep_deg=0,
    mount="rear",
    nacelle_width=0.08,
    nacelle_length=0.2,
)
# L-39
TRAINER = replace(
    ATTACK,
    fuselage=_CABIN,
    fuselage_width=0.13,
    wing_at=0.38,
    root_chord=0.2,
    tip_chord=0.1,
    sweep_deg=7,
    tail_at=0.85,
    tail_span=0.46,
)
# Mi-8, Mi-24: no wing; chords are the stub wing's or sponson's and the stabiliser's
HELICOPTER = Proportions(
    _HELICOPTER_CABIN,
    0.28,
    wing_at=0.36,
    root_chord=0.2,
    tip_chord=0.14,
    sweep_deg=8,
    tail_at=0.86,
    tail_span=0.58,
    tail_root=0.1,
    tail_tip=0.07,
    tail_sweep_deg=5,
    fin_height=0.45,
    fin_root=0.17,
    mount="buried",
)

_OF_TYPE = {
    "E145": REAR_ENGINED_LINER,
    "CRJ2": REAR_ENGINED_LINER,
    "C25A": SMALL_BUSINESS_JET,
    "A400": SWEPT_TURBOPROP_TRANSPORT,
    "F16": SINGLE_JET_FIGHTER,
    "RFAL": CANARD_FIGHTER,
    "EUFI": CANARD_FIGHTER,
    "SU25": ATTACK,
    "A10": REAR_ENGINED_ATTACK,
    "K35R": TANKER,
    "A124": replace(JET_TRANSPORT, tee_tail=False),
    "L410": replace(SMALL_TURBOPROP, high_wing=True, tee_tail=False),
    "DHC6": replace(SMALL_TURBOPROP, high_wing=True, tee_tail=False),
    "PC12": replace(
        SINGLE_PROPELLER, high_wing=False, tee_tail=True, tip_chord=0.07, wing_at=0.36, tail_at=0.87
    ),
    "E314": replace(SINGLE_PROPELLER, high_wing=False, wing_at=0.3, tip_chord=0.08),
}


def proportions_of(aircraft: AircraftType) -> Proportions:
    """Return the proportions that suit an aircraft type."""
    if aircraft.icao in _OF_TYPE:
        return _OF_TYPE[aircraft.icao]
    if aircraft.category == "Military transport":
        return JET_TRANSPORT if aircraft.engine == "jet" else TURBOPROP_TRANSPORT
    if aircraft.category == "Business jet":
        return BUSINESS_JET
    return likely_proportions(
        aircraft.length_m, aircraft.wingspan_m, aircraft.wing, aircraft.engine, aircraft.engines
    )


def likely_proportions(
    length_m: float, wingspan_m: float, wing: Wing, engine: Engine, engines: int
) -> Proportions:
    """Return the proportions of the commonest kind of aircraft with these dimensions, wing and engines."""
    if wing == "rotor":
        return HELICOPTER
    if engine == "jet":
        return _of_jet(length_m, wingspan_m, wing, engines)
    if engines == 1:
        return SINGLE_PROPELLER
    if engines > 2:
        return SWEPT_TURBOPROP_TRANSPORT if wing == "swept" else TURBOPROP_TRANSPORT
    return SMALL_TURBOPROP if length_m < 18 else TURBOPROP_LINER


def _of_jet(length_m: float, wingspan_m: float, wing: Wing, engines: int) -> Proportions:
    if wing == "delta":
        return DELTA_FIGHTER
    if wing == "straight":
        return TRAINER if engines == 1 else SMALL_BUSINESS_JET
    if length_m < 24 and wingspan_m < 0.8 * length_m:
        return SINGLE_JET_FIGHTER if engines == 1 else TWIN_JET_FIGHTER
    return BUSINESS_JET if length_m < 24 or engines in {1, 3} else AIRLINER
