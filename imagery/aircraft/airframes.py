"""The kinds of airframes, each with its proportions.

Each was read off published three-view drawings of the aircraft named beside it. Distances along the aircraft
are fractions of its length, distances across it are fractions of its wingspan, and what scales with the
aircraft as a whole (chords, diameters, heights) is a fraction of its size, the geometric mean of both.
"""

from dataclasses import replace

from imagery.aircraft.proportions import Proportions, Stations

# Fuselage outlines: (fraction of the length from the nose, fraction of the greatest half-width).
TUBE: Stations = (
    (0, 0.05), (0.008, 0.33), (0.025, 0.6), (0.05, 0.82), (0.08, 0.95), (0.115, 1), (0.68, 1),
    (0.78, 0.87), (0.88, 0.56), (0.96, 0.24), (1, 0.07),
)  # fmt: skip
HOLD: Stations = (
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
CABIN: Stations = (
    (0, 0.2), (0.04, 0.6), (0.13, 0.84), (0.24, 1), (0.42, 1), (0.55, 0.78), (0.75, 0.42), (0.95, 0.2),
    (1, 0.1),
)  # fmt: skip
_HELICOPTER_CABIN: Stations = (
    (0, 0.25), (0.02, 0.6), (0.06, 0.88), (0.12, 1), (0.44, 1), (0.5, 0.88), (0.56, 0.5), (0.6, 0.3),
)  # fmt: skip

# A320, A330, 747
AIRLINER = Proportions(TUBE, 0.102, wing_at=0.3, root_chord=0.215, tip_chord=0.042, sweep_deg=29, kinked=True)
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
    HOLD,
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
    HOLD,
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
    TUBE,
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
    CABIN,
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
    fuselage=CABIN,
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
    fuselage=CABIN,
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
