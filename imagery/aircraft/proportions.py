"""Proportions: how a planform is filled in between an aircraft's length and its wingspan."""

from dataclasses import dataclass
from typing import Literal

Stations = tuple[
    tuple[float, float], ...
]  # along a fuselage: (fraction of its length from the nose, of its half-width)


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
