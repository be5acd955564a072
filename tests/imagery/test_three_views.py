"""Airframes as three-view drawings show them, against what is published of them."""

from itertools import pairwise

import numpy as np
import pytest
import shapely

from imagery.aircraft.parts import PartKind, Planform, silhouette_of
from imagery.aircraft.planform import planform_of
from imagery.aircraft.three_views import three_view_of, three_views
from imagery.aircraft.types import aircraft_types
from imagery.synthetic.practice_ground import random_aircraft

every_drawing = pytest.mark.parametrize(
    "drawing", three_views(), ids=lambda drawing: f"{drawing.name} {drawing.swung_deg:.0f}"
)
published_area = pytest.mark.parametrize(
    "drawing",
    [drawing for drawing in three_views() if drawing.wing_area_m2 and not drawing.swung_deg],
    ids=lambda drawing: drawing.name,
)


def gross_wing_area_m2(stations):
    """Return twice the area of a half wing, its root panel continued to the centre line."""
    half = sum(
        (outer[0] - inner[0]) * (inner[2] - inner[1] + outer[2] - outer[1]) / 2
        for inner, outer in pairwise(stations)
    )
    inner, outer = stations[:2]
    root, slope = inner[2] - inner[1], (outer[2] - outer[1] - inner[2] + inner[1]) / (outer[0] - inner[0])
    return 2 * (half + inner[0] * (root + (root - slope * inner[0])) / 2)


@published_area
def test_the_wing_has_the_published_area(drawing):
    assert gross_wing_area_m2(drawing.points["wing"]) == pytest.approx(drawing.wing_area_m2, rel=0.035)


@every_drawing
def test_what_is_drawn_is_as_long_and_wide_as_published(drawing):
    x_min, y_min, x_max, y_max = silhouette_of(drawing.parts()).bounds
    assert y_max - y_min == pytest.approx(drawing.length_m, rel=0.012)
    assert x_max - x_min == pytest.approx(drawing.span_m, rel=0.012)


@every_drawing
def test_no_outline_crosses_itself_and_the_whole_is_symmetric(drawing):
    for part in drawing.parts():
        assert shapely.Polygon(part.outline).is_valid, part.kind
    silhouette = Planform.fitted(drawing.parts(), drawing.length_m, drawing.span_m).silhouette()
    mirrored = shapely.transform(silhouette, lambda points: points * [-1, 1])
    assert silhouette.symmetric_difference(mirrored).area == pytest.approx(0, abs=1e-6)


@every_drawing
def test_a_drawing_is_found_again_by_its_type_and_size(drawing):
    """Which way a wing is swung, and which variant it is, follows from the dimensions."""
    found = three_view_of(drawing.aircraft())
    assert (found.name, found.swung_deg) == (drawing.name, drawing.swung_deg)


def test_a_type_of_the_large_table_is_its_drawing_with_the_wings_spread():
    for aircraft in aircraft_types().values():
        drawing = three_view_of(aircraft)
        if drawing is not None:
            assert drawing.swung_deg == 0, aircraft.icao
            assert drawing.length_m == pytest.approx(aircraft.length_m, rel=0.025), aircraft.icao
            assert drawing.span_m == pytest.approx(aircraft.wingspan_m, rel=0.02), aircraft.icao


def test_every_designator_is_in_the_large_table_or_says_that_there_is_none():
    assert {drawing.icao for drawing in three_views()} - set(aircraft_types()) == {"ZZZZ"}


@pytest.mark.parametrize(
    ("name", "published_span_m"),
    [
        ("Rockwell B-1 Lancer", 23.84),
        ("Tupolev Tu-160", 35.6),
        ("Tupolev Tu-22M", 23.3),
        ("Panavia Tornado", 8.6),
        ("Mikoyan MiG-23 or MiG-27", 7.78),
        ("Sukhoi Su-24", 10.37),
        ("Sukhoi Su-17, Su-20 or Su-22", 10.02),
        ("Grumman F-14 Tomcat", 11.65),
    ],
)
def test_a_wing_swung_fully_back_has_the_published_span(name, published_span_m):
    fully = max((view for view in three_views() if view.name == name), key=lambda view: view.swung_deg)
    assert fully.span_m == pytest.approx(published_span_m, rel=0.03)


@pytest.mark.parametrize(
    ("icao", "rotors", "blades"),
    [("MI8", 1, 5), ("MI26", 1, 8), ("KA52", 2, 3), ("H47", 2, 3), ("H60", 1, 4), ("UH1", 1, 2)],
)
def test_a_helicopter_has_the_rotors_and_blades_of_its_type(icao, rotors, blades):
    parts = planform_of(aircraft_types()[icao]).parts
    assert [part.blades for part in parts if part.kind is PartKind.ROTOR] == rotors * [blades]


def test_a_third_of_what_is_drawn_is_a_three_view_airframe_and_no_size_class_is_forgotten():
    rng = np.random.default_rng(0)
    aircraft = [random_aircraft(rng) for _ in range(3000)]
    names = {drawing.name for drawing in three_views()}
    assert 0.33 < np.mean([one.name in names for one in aircraft]) < 0.7
    assert names <= {one.name for one in aircraft}
    helicopters = [one for one in aircraft if one.wing == "rotor"]
    assert len(helicopters) / 3000 == pytest.approx(1 / 6, abs=0.03)
    sizes = [max(one.length_m, one.wingspan_m) for one in aircraft if one.wing != "rotor"]
    shares = np.histogram(sizes, (0, 13, 20, 30, 45, 100))[0] / 3000
    assert shares == pytest.approx(1 / 6, abs=0.05)
