"""Outlines of aircraft made from their dimensions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import affinity

from imagery.aircraft.parts import PartKind
from imagery.aircraft.planform import planform_from_dimensions, planform_of
from imagery.aircraft.types import aircraft_types

every_type = pytest.mark.parametrize(
    "aircraft", aircraft_types().values(), ids=lambda aircraft: aircraft.icao
)


def box(length_m, wingspan_m):
    return pytest.approx((-wingspan_m / 2, -length_m / 2, wingspan_m / 2, length_m / 2), abs=1e-9)


@every_type
def test_silhouette_fills_exactly_the_types_length_and_wingspan(aircraft):
    silhouette = planform_of(aircraft).silhouette()
    assert silhouette.is_valid
    assert silhouette.bounds == box(aircraft.length_m, aircraft.wingspan_m)


@every_type
def test_left_half_mirrors_the_right_half(aircraft):
    silhouette = planform_of(aircraft).silhouette()
    mirrored = affinity.scale(silhouette, -1, 1, origin=(0, 0))
    assert silhouette.symmetric_difference(mirrored).area == pytest.approx(0, abs=1e-6)


@every_type
def test_every_part_stands_above_the_ground_and_comes_after_what_is_below_it(aircraft):
    parts = planform_of(aircraft).parts
    assert all(0 < part.base_m < part.height_m < part.top_m < 25 for part in parts)
    assert [part.top_m for part in parts] == sorted(part.top_m for part in parts)


def test_a_c130_has_four_propellers_ahead_of_a_high_wing():
    parts = planform_of(aircraft_types()["C130"]).parts
    propellers = [part for part in parts if part.kind is PartKind.PROPELLER]
    wing = [part for part in parts if part.kind is PartKind.WING]
    fuselage_top_m = max(part.top_m for part in parts if part.kind is PartKind.FUSELAGE)
    assert len(propellers) == 4
    assert min(part.outline[:, 1].min() for part in propellers) > max(p.outline[:, 1].max() for p in wing)
    assert min(part.top_m for part in wing) > 0.9 * fuselage_top_m


@pytest.mark.parametrize(
    ("icao", "nacelles", "tailplanes", "fins"),
    [
        ("B738", 2, 2, 1),
        ("A388", 4, 2, 1),
        ("MD82", 2, 2, 1),
        ("A225", 4, 2, 2),  # six engines on four pods' places: a planform has no more
        ("F22", 0, 2, 2),
        ("F5", 0, 2, 1),
        ("MIR2", 0, 0, 1),
        ("RFAL", 0, 2, 1),  # its foreplanes
        ("B2", 0, 0, 1),  # a stub that no image resolves
        ("Q9", 0, 2, 1),
    ],
)
def test_a_planform_has_the_engines_and_tail_of_its_type(icao, nacelles, tailplanes, fins):
    kinds = [part.kind for part in planform_of(aircraft_types()[icao]).parts]
    assert kinds.count(PartKind.NACELLE) == nacelles
    assert kinds.count(PartKind.TAILPLANE) == tailplanes
    assert kinds.count(PartKind.FIN) == fins


def test_an_md80s_engines_are_behind_its_wing_and_an_a320s_ahead_of_it():
    def middle(icao, kind):
        outlines = [part.outline for part in planform_of(aircraft_types()[icao]).parts if part.kind is kind]
        return sum(outline[:, 1].mean() for outline in outlines) / len(outlines)

    assert middle("MD82", PartKind.NACELLE) < middle("MD82", PartKind.WING)
    assert middle("A320", PartKind.NACELLE) > middle("A320", PartKind.WING)


def test_a_helicopters_rotor_reaches_beyond_its_silhouette():
    planform = planform_of(aircraft_types()["MI8"])
    rotor = next(part for part in planform.parts if part.kind is PartKind.ROTOR)
    assert rotor.outline[:, 0].max() > planform.wingspan_m


@given(
    st.floats(7, 80),
    st.floats(0.5, 1.5),
    st.sampled_from(["straight", "swept", "delta", "rotor"]),
    st.integers(1, 4),
    st.sampled_from(["jet", "turboprop", "piston"]),
)
def test_a_template_of_any_dimensions_fills_its_box(length_m, aspect, wing, engines, engine):
    silhouette = planform_from_dimensions(
        length_m, length_m * aspect, wing, engines, engine=engine
    ).silhouette()
    assert silhouette.bounds == box(length_m, length_m * aspect)


def test_dimensions_that_are_not_positive_are_refused():
    with pytest.raises(ValueError, match="cannot be drawn"):
        planform_from_dimensions(0, 30, "swept", 2)
