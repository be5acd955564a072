"""Measuring finds a drawn aircraft's size and nose again, from hits that are only roughly right."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pytest
import rasterio
from affine import Affine

from detect.box import Extent, GroundBox, from_ground
from detect.measuring.accuracy import least_size_error, size_error
from detect.measuring.chip import SceneHit
from detect.measuring.measure import Measurement, measure
from imagery.aircraft.planform import planform_of
from imagery.aircraft.types import aircraft_types
from imagery.grid import Grid, PixelPoint
from imagery.scene import Scene, open_scene
from imagery.tiling import Tile

APRON, BRIGHT, DARK = 110, 200, 40
FINE = 4  # pixels that are averaged to one, each way


class Parked(NamedTuple):
    """An aircraft to draw: place in metres right of and below the scene's corner."""

    icao: str
    heading_deg: float
    right_m: float
    down_m: float
    grey: int = BRIGHT


AIRLINERS = (
    Parked("A320", 20.0, 60, 60),
    Parked("B738", 155.0, 140, 60, DARK),
    Parked("A332", 290.0, 70, 150),
    Parked("C130", 75.0, 160, 140, DARK),
    Parked("AT72", 210.0, 230, 70),
    Parked("C172", 330.0, 230, 140),
)


def drawn(
    path: Path, aircraft: Sequence[Parked], *, gsd_m: tuple[float, float] = (0.5, 0.5), side_m: float = 300
) -> Path:
    """A scene of aircraft on an apron, a little blurred and noisy; north is up."""
    cols, rows = (round(side_m / gsd) for gsd in gsd_m)
    fine = np.full((rows * FINE, cols * FINE), APRON, np.uint8)
    for one in aircraft:
        ring = np.array(planform_of(aircraft_types()[one.icao]).silhouette().exterior.coords)
        turn = math.radians(one.heading_deg)
        east = ring[:, 0] * math.cos(turn) + ring[:, 1] * math.sin(turn) + one.right_m
        south = ring[:, 0] * math.sin(turn) - ring[:, 1] * math.cos(turn) + one.down_m
        corners = np.column_stack([east / gsd_m[0], south / gsd_m[1]]) * FINE
        cv2.fillPoly(fine, [np.round(corners * 16).astype(np.int32)], one.grey, shift=4)
    pixels = cv2.resize(fine, (cols, rows), interpolation=cv2.INTER_AREA)
    noise = np.random.default_rng(0).normal(0, 2, pixels.shape)
    pixels = (cv2.GaussianBlur(pixels, (0, 0), 0.7) + noise).clip(1, 255).astype(np.uint8)
    # On the zone's meridian the grid's north is true north, and its metres are the ground's but for 0.04 %.
    transform = Affine(gsd_m[0], 0, 500_000, 0, -gsd_m[1], 4_500_000)
    profile = {"driver": "GTiff", "dtype": "uint8", "count": 1, "crs": "EPSG:32629", "nodata": 0}
    with rasterio.open(path, "w", width=cols, height=rows, transform=transform, **profile) as dataset:
        dataset.write(pixels, 1)
    return path


def rough_hit(
    grid: Grid, one: Parked, *, turned_deg: float = 0.0, larger: float = 1.0, sure: bool = False
) -> SceneHit:
    """What a detector might say of an aircraft: a little beside it, of another size, turned."""
    aircraft = aircraft_types()[one.icao]
    size = grid.gsd_xy_m()
    center = PixelPoint((one.right_m + 1.0) / size.x, (one.down_m - 1.0) / size.y)
    ground = GroundBox(
        aircraft.length_m * larger, aircraft.wingspan_m * larger, (one.heading_deg + turned_deg) % 360
    )
    box = from_ground(center, ground, grid.ground_matrix(center))
    ring = np.array(planform_of(aircraft).silhouette().exterior.coords) * larger
    turn = math.radians(one.heading_deg)
    east = ring @ (math.cos(turn), math.sin(turn)) / size.x
    south = ring @ (math.sin(turn), -math.cos(turn)) / size.y
    extent = Extent(
        center.col + east.min(), center.row + south.min(), center.col + east.max(), center.row + south.max()
    )
    return SceneHit(box, extent, 0.9, sure)


def turn_between(one_deg: float, other_deg: float) -> float:
    return abs((one_deg - other_deg + 180) % 360 - 180)


@pytest.fixture(scope="module")
def apron(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return drawn(tmp_path_factory.mktemp("measure") / "apron.tif", AIRLINERS)


@pytest.fixture
def measured(apron: Path) -> Callable[..., list[Measurement]]:
    """Measures the aircraft of the apron from rough hits."""

    def run(**rough: float) -> list[Measurement]:
        with open_scene(apron) as scene:
            return measure(scene, [rough_hit(scene.grid, one, **rough) for one in AIRLINERS])

    return run


@pytest.mark.parametrize(
    "rough", [{}, {"turned_deg": 15.0, "larger": 1.12}, {"turned_deg": 180, "larger": 0.93}]
)
def test_size_and_nose_are_found_from_a_rough_hit_bright_or_dark(
    rough: dict[str, float], measured: Callable[..., list[Measurement]]
) -> None:
    off = []
    for one, found in zip(AIRLINERS, measured(**rough), strict=True):
        aircraft = aircraft_types()[one.icao]
        off.append(abs(found.ground.length_m / aircraft.length_m - 1))
        off.append(abs(found.ground.wingspan_m / aircraft.wingspan_m - 1))
        assert turn_between(found.ground.heading_deg, one.heading_deg) < 3, one.icao
        assert found.box.center == pytest.approx((2 * one.right_m, 2 * one.down_m), abs=2.5), one.icao
    assert np.median(off) < 0.03
    assert max(off) < 0.12


def test_an_airliners_nose_is_sure(measured: Callable[..., list[Measurement]]) -> None:
    assert all(found.heading_sure for found in measured()[:3])


def test_the_type_is_among_the_first_five_named(measured: Callable[..., list[Measurement]]) -> None:
    for one, found in zip(AIRLINERS, measured(turned_deg=10.0), strict=True):
        assert one.icao in [suggestion.type for suggestion in found.types[:5]], one.icao


def test_a_helicopters_nose_is_never_sure(tmp_path: Path) -> None:
    """Blades that cross the outline make a nose of a tail; without them the fit would be sure."""
    one = Parked("MI26", 30.0, 60, 60)
    path = drawn(tmp_path / "helicopter.tif", [one], side_m=120)
    with open_scene(path) as scene:
        (found,) = measure(scene, [rough_hit(scene.grid, one, sure=True)])
    assert found.types[0].type == "MI26"
    assert not found.heading_sure


def test_at_3_m_no_type_is_named_however_lonely_its_size(tmp_path: Path) -> None:
    one = Parked("A388", 30.0, 150, 150)
    path = drawn(tmp_path / "coarse.tif", [one], gsd_m=(3.0, 3.0))
    with open_scene(path) as scene:
        (found,) = measure(scene, [rough_hit(scene.grid, one)])
    assert found.response > 0.5
    assert found.types == ()


FIGHTERS = (
    Parked("SU27", 20.0, 40, 40, DARK),
    Parked("A10", 200.0, 40, 90),
    Parked("B2", 100.0, 110, 60, DARK),
    Parked("MI26", 310.0, 50, 150),
)


def test_a_hit_that_lies_across_its_aircraft_is_turned_by_the_types(tmp_path: Path) -> None:
    """No kind of the bank fits these well, so types are tried at every angle."""
    path = drawn(tmp_path / "fighters.tif", FIGHTERS)
    with open_scene(path) as scene:
        measured = measure(scene, [rough_hit(scene.grid, one, turned_deg=80.0) for one in FIGHTERS])
    for one, found in zip(FIGHTERS, measured, strict=True):
        assert one.icao in [suggestion.type for suggestion in found.types[:5]], one.icao
        assert not (found.heading_sure and turn_between(found.ground.heading_deg, one.heading_deg) > 20)


def test_the_stated_error_holds_what_was_measured_and_is_no_excuse(
    measured: Callable[..., list[Measurement]],
) -> None:
    for one, found in zip(AIRLINERS, measured(larger=1.1), strict=True):
        aircraft = aircraft_types()[one.icao]
        assert abs(found.ground.length_m - aircraft.length_m) < 3 * found.error.length_m
        assert abs(found.ground.wingspan_m - aircraft.wingspan_m) < 3 * found.error.wingspan_m
        assert found.error.length_m < 0.1 * aircraft.length_m


def test_where_pixels_are_oblong_metres_and_heading_are_right(tmp_path: Path) -> None:
    one = Parked("A320", 37.0, 60, 60)
    path = drawn(tmp_path / "oblong.tif", [one], gsd_m=(0.4, 0.7), side_m=120)
    with open_scene(path) as scene:
        (found,) = measure(scene, [rough_hit(scene.grid, one)])
    assert found.ground.length_m == pytest.approx(37.57, rel=0.06)
    assert found.ground.wingspan_m == pytest.approx(35.8, rel=0.06)
    assert turn_between(found.ground.heading_deg, 37.0) < 3


def test_measures_do_not_depend_on_which_other_hits_are_measured(apron: Path) -> None:
    with open_scene(apron) as scene:
        hits = [rough_hit(scene.grid, one) for one in AIRLINERS]
        together = measure(scene, hits)
        alone = [measure(scene, [hit])[0] for hit in hits]
        backwards = measure(scene, hits[::-1])[::-1]
    assert together == measure_again(apron), "the same to the last digit when repeated"
    for one, other, third in zip(together, alone, backwards, strict=True):
        assert one.box.center == pytest.approx(other.box.center, abs=0.1)
        assert one.box.center == pytest.approx(third.box.center, abs=0.1)


def measure_again(path: Path) -> list[Measurement]:
    with open_scene(path) as scene:
        return measure(scene, [rough_hit(scene.grid, one) for one in AIRLINERS])


def test_hits_that_nobody_asks_for_change_nothing_of_the_others(apron: Path) -> None:
    """Most hits of a scene respond so little that their candidates would be left out anyway."""
    with open_scene(apron) as scene:
        hits = [rough_hit(scene.grid, one) for one in AIRLINERS]
        every = measure(scene, hits)
        some = measure(scene, hits, wanted=lambda hit, response: hit in hits[::2])
        none = measure(scene, hits, wanted=lambda hit, response: False)
    assert [one.box.center for one in some[::2]] == [
        pytest.approx(one.box.center, abs=0.1) for one in every[::2]
    ]
    assert len(some) == len(none) == len(hits)
    assert all(rough.response <= whole.response + 0.01 for rough, whole in zip(none, every, strict=True))


def test_a_hit_is_asked_for_by_at_least_what_it_responds_in_the_end(apron: Path) -> None:
    """Otherwise a candidate would be lost that a whole measurement had kept."""
    told: dict[SceneHit, float] = {}
    with open_scene(apron) as scene:
        hits = [rough_hit(scene.grid, one) for one in AIRLINERS]
        found = measure(scene, hits, wanted=lambda hit, response: bool(told.setdefault(hit, response)))
    assert all(told[hit] >= one.response for hit, one in zip(hits, found, strict=True))


def test_where_no_planform_fits_the_detectors_box_stays_and_says_that_it_is_unsure(tmp_path: Path) -> None:
    path = drawn(tmp_path / "bare.tif", [], side_m=150)
    with open_scene(path) as scene:
        hit = rough_hit(scene.grid, Parked("A320", 45.0, 75, 75), sure=True)
        (found,) = measure(scene, [hit])
    assert found.box == hit.box
    assert not found.heading_sure
    assert found.types == ()
    assert found.error.length_m >= 0.2 * found.ground.length_m


def test_hits_at_the_edge_of_the_scene_and_beyond_it_are_measured(tmp_path: Path) -> None:
    """A detector's centre may lie a little outside where the scene cuts an aircraft."""
    path = drawn(tmp_path / "cut.tif", [Parked("A320", 0.0, 0, 60)], side_m=120)
    places = [(0.0, 60.0), (-3.0, 60.0), (120.0, 120.0), (60.0, -2.0), (119.0, 0.0)]
    with open_scene(path) as scene:
        hits = [rough_hit(scene.grid, Parked("A320", 0.0, *place)) for place in places]
        found = measure(scene, hits)
    assert len(found) == len(places)
    assert all(math.isfinite(value) for one in found for value in (*one.ground, *one.box.center))


def test_only_what_surrounds_hits_is_read_and_each_part_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second look at a large scene must not cost what the first did."""
    parked = (Parked("A320", 0.0, 60, 60), Parked("A320", 90.0, 110, 70), Parked("A320", 0.0, 1130, 1140))
    path = drawn(tmp_path / "wide.tif", parked, side_m=1200)
    asked: list[Tile] = []
    read_all = Scene.read_all
    monkeypatch.setattr(
        Scene,
        "read_all",
        lambda scene, tiles, ahead: asked.extend(tiles) or read_all(scene, tiles, ahead=ahead),
    )
    with open_scene(path) as scene:
        found = measure(scene, [rough_hit(scene.grid, one) for one in parked])
        assert measure(scene, []) == []
    assert len(asked) == 2
    assert sum(tile.width * tile.height for tile in asked) < 0.03 * (1200 / 0.5) ** 2
    assert all(seen.ground.length_m == pytest.approx(37.57, rel=0.06) for seen in found)


SIZE = GroundBox(40.0, 36.0, 0.0)


def test_the_error_grows_with_the_pixel_with_a_poor_fit_and_off_nadir() -> None:
    usual = size_error(SIZE, 0.9, 0.5, None)
    assert usual.length_m < 0.05 * 40
    assert size_error(SIZE, 0.9, 3.0, None).length_m > usual.length_m + 0.5
    assert size_error(SIZE, 0.4, 0.5, None).length_m > 2 * usual.length_m
    assert size_error(SIZE, 0.9, 0.5, 0.0) == usual == least_size_error(SIZE, 0.5)


def test_off_nadir_the_error_holds_the_whole_foreshortening() -> None:
    assert size_error(SIZE, 0.9, 0.5, 30.0).length_m > 40 * (1 - math.cos(math.radians(30)))


def test_on_ground_without_any_edge_the_detectors_box_stays(tmp_path: Path) -> None:
    """Nothing responds at any angle, and what a turn away from the detector's costs is all that is left."""
    path = drawn(tmp_path / "a.tif", ())
    with rasterio.open(path, "r+") as dataset:
        dataset.write(np.full(dataset.shape, APRON, np.uint8), 1)
    with open_scene(str(path)) as scene:
        hit = rough_hit(scene.grid, Parked("A320", 23.0, 150, 150), sure=True)
        (measured,) = measure(scene, [hit])
    assert measured.box == hit.box
    assert not measured.heading_sure
    assert measured.types == ()
