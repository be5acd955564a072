"""The proportions of an aircraft type: its own airframe's, or those of the commonest kind of its size."""

from dataclasses import replace

from imagery.aircraft.airframes import (
    AIRLINER,
    ATTACK,
    BUSINESS_JET,
    CANARD_FIGHTER,
    DELTA_FIGHTER,
    DRONE,
    FLYING_WING,
    HEAVY_BOMBER,
    HELICOPTER,
    HIGH_WING_JETLINER,
    HIGH_WING_TWIN,
    JET_TRANSPORT,
    LOW_WING_PROPLINER,
    LOW_WING_SINGLE,
    LOW_WING_TWIN,
    REAR_ENGINED_ATTACK,
    REAR_ENGINED_LINER,
    ROOT_ENGINED_BOMBER,
    SINGLE_JET_FIGHTER,
    SINGLE_PROPELLER,
    SMALL_BUSINESS_JET,
    SMALL_TURBOPROP,
    SWEPT_TURBOPROP_TRANSPORT,
    SWING_WING_BOMBER,
    SWING_WING_FIGHTER,
    TAILED_DELTA_FIGHTER,
    TANKER,
    TEE_TAILED_SINGLE,
    TRAINER,
    TURBOPROP_BOMBER,
    TURBOPROP_LINER,
    TURBOPROP_TRANSPORT,
    TWIN_FINNED_SINGLE_JET_FIGHTER,
    TWIN_JET_FIGHTER,
)
from imagery.aircraft.proportions import Proportions
from imagery.aircraft.types import AircraftType, Engine, Wing

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
        ("F14", replace(SWING_WING_FIGHTER, fuselage=TWIN_JET_FIGHTER.fuselage, fuselage_width=0.22, fins=2)),
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
