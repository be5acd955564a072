"""Practice grounds: what stands there, how it is parked, and how it is painted."""

from itertools import pairwise

import numpy as np
import pytest
import shapely

from imagery.aircraft.parts import PartKind
from imagery.aircraft.planform import planform_of
from imagery.aircraft.types import aircraft_types
from imagery.synthetic.aircraft_drawing import Photograph, Pose, draw_aircraft
from imagery.synthetic.canvas import Sun
from imagery.synthetic.layout import ParkedAircraft
from imagery.synthetic.practice_base import hulk
from imagery.synthetic.practice_ground import random_livery, render_practice_ground
from imagery.synthetic.practice_parking import arrange, blast_fence, revetment

GROUND = (120.0, 118.0, 112.0)


def parked(icao, spot):
    aircraft = aircraft_types()[icao]
    return ParkedAircraft(aircraft, planform_of(aircraft), *spot)


def groups(icao, seeds):
    """Return the groups that one type is parked in, by seed."""
    return [arrange(np.random.default_rng(seed), aircraft_types()[icao], (0.0, 0.0), 0.0) for seed in seeds]


@pytest.fixture(scope="module")
def grounds():
    return [render_practice_ground(seed) for seed in range(6)]


def test_the_same_seed_gives_the_same_ground_and_another_seed_another(grounds):
    again = render_practice_ground(0)
    assert np.array_equal(again.pixels, grounds[0].pixels)
    assert [one.pose for one in again.aircraft] == [one.pose for one in grounds[0].aircraft]
    assert not np.array_equal(grounds[1].pixels, grounds[0].pixels)


def test_no_aircraft_touches_another_and_every_middle_is_in_the_image(grounds):
    assert sum(len(ground.aircraft) for ground in grounds) > 30
    for ground in grounds:
        footprints = [one.parked.footprint for one in ground.aircraft]
        for index, footprint in enumerate(footprints):
            assert all(footprint.distance(other) > 0.6 for other in footprints[:index])
        side = ground.pixels.shape[0]
        assert all(0 <= at <= side for one in ground.aircraft for at in one.pose.center_px)


@pytest.mark.parametrize(("icao", "least_m", "most_m"), [("F16", 3, 8), ("C17", 3, 8), ("C172", 0.8, 4)])
def test_aircraft_abreast_have_the_gaps_that_aprons_are_planned_for(icao, least_m, most_m):
    span_m = aircraft_types()[icao].wingspan_m
    seen = 0
    for group in groups(icao, range(80)):
        # Nose along u, so that a row runs along v; a herring-bone row and scattered aircraft do not.
        row = [spot for spot in group.spots if abs(spot.u) < 1.5]
        if group.revetted or len(row) < 2 or len({round(spot.turn_deg / 20) for spot in row}) > 1:
            continue
        gaps = [abs(second.v - first.v) - span_m for first, second in pairwise(row)]
        assert least_m - 1.2 < min(gaps) <= max(gaps) < most_m + 1.2
        seen += 1
    assert seen > 5


def test_the_aircraft_of_a_group_have_room_for_each_other():
    for group in groups("F16", range(40)):
        standing = [parked("F16", spot).footprint for spot in group.spots]
        aligned = {round(spot.turn_deg / 180) for spot in group.spots} <= {0, 1, -1}
        if aligned and all(min(spot.turn_deg % 180, -spot.turn_deg % 180) < 10 for spot in group.spots):
            assert all(one.distance(other) > 0.3 for i, one in enumerate(standing) for other in standing[:i])


def test_fighters_stand_in_revetments_that_are_open_ahead_and_transports_do_not():
    assert any(group.revetted for group in groups("SU24", range(40)))
    assert not any(group.revetted for group in groups("C17", range(200)))
    for seed in range(10):
        fighter = parked("SU24", (10.0, 20.0, 0.0))
        walls = revetment(np.random.default_rng(seed), fighter)
        assert all(wall.footprint.distance(fighter.footprint) > 0.6 for wall in walls)
        ahead = shapely.LineString([(10, 20), (60, 20)])
        behind = shapely.LineString([(10, 20), (-40, 20)])
        assert not any(wall.footprint.intersects(ahead) for wall in walls)
        assert any(wall.footprint.intersects(behind) for wall in walls)


def test_a_blast_fence_stands_behind_every_tail_of_its_row():
    row = [parked("F16", (0.0, v, 0.0)) for v in (0.0, 15.0, 30.0)]
    fence = blast_fence(np.random.default_rng(0), row[0], row[-1]).footprint
    assert all(fence.intersects(shapely.LineString([(one.u, one.v), (-40, one.v)])) for one in row)
    assert all(fence.distance(one.footprint) > 3 for one in row)


def test_a_hulk_has_lost_either_its_wings_or_its_body():
    for seed in range(20):
        kinds = {
            part.kind
            for part in hulk(planform_of(aircraft_types()["AN12"]), np.random.default_rng(seed)).parts
        }
        assert kinds
        assert not {PartKind.FUSELAGE, PartKind.WING} <= kinds
        assert not kinds & {PartKind.TAILPLANE, PartKind.PROPELLER}


def test_some_aircraft_are_painted_within_a_few_per_cent_of_their_ground():
    rng = np.random.default_rng(0)
    off = [
        np.abs(np.array(random_livery(aircraft_types()["C130"], rng, GROUND).body) / GROUND - 1).max()
        for _ in range(400)
    ]
    assert 0.12 < np.mean(np.array(off) < 0.11) < 0.35


@pytest.mark.parametrize("icao", ["C130", "A320", "MI8"])
def test_liveries_are_colours_and_some_have_three_tones_or_covers(icao):
    rng = np.random.default_rng(1)
    liveries = [random_livery(aircraft_types()[icao], rng) for _ in range(300)]
    for livery in liveries:
        for paint in vars(livery).values():
            assert paint is None or (len(paint) == 3 and all(0 <= part <= 255 for part in paint))
    assert any(livery.third is not None for livery in liveries)
    assert any(livery.covers is not None for livery in liveries)


def drawn_rotor(seed):
    """Return a helicopter on even ground, and where only its rotor can be."""
    planform = planform_of(aircraft_types()["MI8"])
    photograph = Photograph(Sun(0, 89), np.full((160, 160, 3), 200, np.float32))
    draw_aircraft(
        photograph,
        planform,
        Pose((80, 80), 0, 5),
        random_livery(aircraft_types()["MI8"], np.random.default_rng(0)),
        np.random.default_rng(seed),
    )
    return photograph.pixels.mean(2)


def test_a_rotor_is_still_or_turning_or_folded():
    """Beside the cabin a turning disc darkens everything a little, blades some of it, folded ones nothing."""
    beside = [drawn_rotor(seed)[45:75, 98:125] for seed in range(40)]
    changed = np.array([np.mean(np.abs(part - 200) > 3) for part in beside])
    assert (changed > 0.9).any()
    assert (changed < 0.02).any()
    assert ((changed > 0.02) & (changed < 0.6)).mean() > 0.4


def test_the_shadow_of_a_leaning_fin_has_no_gaps():
    """Fins are thinner than the steps in which other parts' shadows are drawn."""
    photograph = Photograph(Sun(270, 30), np.full((500, 500, 3), 200, np.float32))
    aircraft = aircraft_types()["F22"]
    livery = random_livery(aircraft, np.random.default_rng(0))
    draw_aircraft(
        photograph, planform_of(aircraft), Pose((200, 250), 0, 20), livery, np.random.default_rng(0)
    )
    shaded = photograph.pixels[:, 330:].mean(2) < 150  # right of the wing tip, where shadows alone fall
    assert shaded.any()
    # Along a row the shadow of the fin and that of the wing's tip, not a stripe for every step of height.
    assert max(np.count_nonzero(np.diff(row.astype(int)) == 1) for row in shaded) <= 2
