"""Proportions of the kinds of aircraft: how a planform is filled in between its length and its wingspan.

Each :class:`Proportions` was read off published three-view drawings of the aircraft named beside it.
Distances along the aircraft are fractions of its length, distances across it are fractions of its wingspan,
and what scales with the aircraft as a whole (chords, diameters, heights) is a fraction of its size, the
geometric mean of both.
"""

from dataclasses import dataclass, replace
from typing import Literal

from imagery.aircraft.types import AircraftType, Engine, Wing

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
# KC-135, 707, E-3: thin wing, slim engines
TANKER = replace(
    AIRLINER, fuselage_width=0.09, sweep_deg=37, wing_at=0.26, nacelle_width=0.05, nacelle_length=0.11
)
# B-52: eight engines in four pods below a high wing
HEAVY_BOMBER = replace(TANKER, fuselage_width=0.065, belly=0.3, high_wing=True, kinked=False)
# Tu-16: engines in the wing roots
ROOT_ENGINED_BOMBER = replace(TANKER, mount="buried")
# ERJ-145, CRJ-200, Tu-154
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
# BAe 146, An-148, An-72
HIGH_WING_JETLINER = replace(
    JET_TRANSPORT, fuselage_width=0.125, sweep_deg=17, tail_sweep_deg=20, belly=0.25, blister_width=1.15
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
# Tu-95
TURBOPROP_BOMBER = replace(
    SWEPT_TURBOPROP_TRANSPORT,
    fuselage_width=0.06,
    belly=0.6,
    sweep_deg=36,
    wing_at=0.24,
    tail_at=0.84,
    tail_span=0.3,
    tail_sweep_deg=40,
    tee_tail=False,
    blister_width=0.0,
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
# P-3, Il-18, Saab 340, DC-3
LOW_WING_PROPLINER = replace(
    TURBOPROP_LINER,
    wing_at=0.36,
    root_chord=0.125,
    belly=0.45,
    high_wing=False,
    tail_at=0.87,
    tail_span=0.36,
    tail_root=0.105,
    tee_tail=False,
)
# King Air 200
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
# King Air 90, Baron
LOW_WING_TWIN = replace(SMALL_TURBOPROP, tee_tail=False)
# Twin Otter, L-410
HIGH_WING_TWIN = replace(LOW_WING_TWIN, high_wing=True)
# Cessna 172, Caravan
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
# Super Tucano, PA-28
LOW_WING_SINGLE = replace(SINGLE_PROPELLER, high_wing=False, wing_at=0.3, tip_chord=0.08)
# PC-12, DA40
TEE_TAILED_SINGLE = replace(
    SINGLE_PROPELLER, high_wing=False, tee_tail=True, tip_chord=0.07, wing_at=0.36, tail_at=0.87
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
# F-16, F-5, F-4
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
# F-35
TWIN_FINNED_SINGLE_JET_FIGHTER = replace(SINGLE_JET_FIGHTER, fuselage_width=0.19, fins=2)
# MiG-21: a delta with a tailplane
TAILED_DELTA_FIGHTER = replace(SINGLE_JET_FIGHTER, sweep_deg=56, root_chord=0.5, tip_chord=0.03)
# Su-24, Tornado, their wings spread
SWING_WING_FIGHTER = replace(
    SINGLE_JET_FIGHTER,
    fuselage_width=0.155,
    wing_at=0.37,
    root_chord=0.25,
    tip_chord=0.08,
    sweep_deg=18,
    tail_at=0.8,
    tail_span=0.5,
    tail_root=0.19,
    tail_sweep_deg=46,
)
# Tu-160, B-1, their wings spread
SWING_WING_BOMBER = replace(
    SWING_WING_FIGHTER, fuselage_width=0.11, tail_span=0.33, tail_root=0.14, fin_height=0.28, fin_root=0.18
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
# B-2; the fin that every planform has is but a stub on its body's end
FLYING_WING = replace(
    DELTA_FIGHTER,
    fuselage_width=0.12,
    wing_at=0.0,
    root_chord=0.44,
    tip_chord=0.06,
    sweep_deg=33,
    fin_height=0.155,
    fin_root=0.03,
)
# Su-25, Hawk
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
# RQ-4, MQ-9: the long wing of an endurance drone, its engine in the tail
DRONE = replace(
    TRAINER,
    fuselage_width=0.065,
    wing_at=0.44,
    root_chord=0.075,
    tip_chord=0.04,
    sweep_deg=4,
    tail_span=0.22,
    tail_root=0.06,
    tail_tip=0.04,
    fin_height=0.2,
    fin_root=0.08,
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
    icao: proportions
    for icaos, proportions in (
        ("DC10 MD11", AIRLINER),
        ("K35R R135 B703 E3TF", TANKER),
        ("B52", HEAVY_BOMBER),
        ("TU16", ROOT_ENGINED_BOMBER),
        ("E135 E145 CRJ1 CRJ2 CRJ7 CRJ9 CRJX MD82 MD90 F70 F100", REAR_ENGINED_LINER),
        ("IL62 T134 T154 YK42", REAR_ENGINED_LINER),
        ("A50", JET_TRANSPORT),
        ("A124", replace(JET_TRANSPORT, tee_tail=False)),
        ("A225", replace(JET_TRANSPORT, tee_tail=False, fins=2, fin_height=0.21)),
        ("B462 RJ85 A148 A158 J328 AN72", HIGH_WING_JETLINER),
        ("A400", SWEPT_TURBOPROP_TRANSPORT),
        ("TU95", TURBOPROP_BOMBER),
        ("P3 IL18 IL38 SF34 SB20 JS41 DC3 DC3T", LOW_WING_PROPLINER),
        ("E120", replace(LOW_WING_PROPLINER, tee_tail=True)),
        ("BE9L E110 JS31 BE58 PA34", LOW_WING_TWIN),
        ("L410 DHC6 Y12 D228 E2", HIGH_WING_TWIN),
        ("E314 TUCA TEX2 PC7 PC21 TBM9 P750 P28A BE36 SR22", LOW_WING_SINGLE),
        ("PC12 DA40", TEE_TAILED_SINGLE),
        ("F16 F4 F5", SINGLE_JET_FIGHTER),
        ("F35", TWIN_FINNED_SINGLE_JET_FIGHTER),
        ("MG21", TAILED_DELTA_FIGHTER),
        ("MG23 SU17 SU24 TOR", SWING_WING_FIGHTER),
        ("F14", replace(SWING_WING_FIGHTER, fuselage=_TWIN_JET_FIGHTER, fuselage_width=0.22, fins=2)),
        ("B1 T160 T22M", SWING_WING_BOMBER),
        ("B2", FLYING_WING),
        ("RFAL EUFI SB39 J10", CANARD_FIGHTER),
        ("J20", replace(CANARD_FIGHTER, fins=2)),
        ("SU25 AJET HAWK Y130", ATTACK),
        ("A10", REAR_ENGINED_ATTACK),
        ("Q1 Q4 Q9 HRON ANKA", DRONE),
    )
    for icao in icaos.split()
}


def proportions_of(aircraft: AircraftType) -> Proportions:
    """Return the proportions that suit an aircraft type."""
    if aircraft.icao in _OF_TYPE:
        return _OF_TYPE[aircraft.icao]
    if aircraft.category == "Military transport":
        return JET_TRANSPORT if aircraft.engine == "jet" else TURBOPROP_TRANSPORT
    if aircraft.category == "Business jet":
        return BUSINESS_JET if aircraft.wing == "swept" else SMALL_BUSINESS_JET
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
