"""A scan looks at every part of a scene once, and finds the same each time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import shapely

from detect.box import Extent, OrientedBox
from detect.candidate import CandidatesFile
from detect.detector import DetectorInfo, Hit
from detect.scan import TILE_PX, scan, scan_info
from imagery.aircraft.planform import planform_of
from imagery.aircraft.types import aircraft_types
from imagery.errors import SceneError
from imagery.grid import PixelPoint
from imagery.scene import open_scene
from imagery.tiling import TileImage

TILE_M = TILE_PX * 0.5  # the scenes here have half a metre a pixel

Draw = Callable[..., Path]
Bright = Callable[..., Any]


def found_in(path: Path, detector: Any, **options: Any) -> CandidatesFile:
    with open_scene(path) as scene:
        return scan(scene, detector, **options)


def test_a_scan_is_the_same_each_time_and_surest_first(
    drawn_scene: Draw, bright_detector: Bright, tmp_path: Path
) -> None:
    rectangles = ((50, 60, 40, 60, 150), (150, 60, 40, 60, 250), (50, 180, 40, 60, 200))
    scene = drawn_scene(tmp_path / "a.tif", rectangles)
    one, other = (found_in(scene, bright_detector()) for _ in range(2))
    assert one == other
    assert [round(candidate.score * 255) for candidate in one.candidates] == [250, 200, 150]
    assert one.candidates[0].box.center == pytest.approx((170, 90))
    assert one.candidates[0].extent == pytest.approx((150, 60, 190, 120))


def test_an_aircraft_in_the_overlap_of_four_tiles_is_one_candidate(
    drawn_scene: Draw, bright_detector: Bright, tmp_path: Path
) -> None:
    """Tiles share 88.4 m, so that the largest aircraft is whole in at least one."""
    detector = bright_detector()
    side = round((2 * TILE_M - 88.4) / 0.5)
    middle = side // 2
    scene = drawn_scene(tmp_path / "a.tif", ((middle - 40, middle - 40, 80, 80, 255),), shape=(side, side))
    (candidate,) = found_in(scene, detector).candidates
    assert len(detector.seen) == 4
    assert sum(bool((image.pixels > 120).any()) for image in detector.seen) == 4, "each of them saw it"
    assert candidate.box.center == pytest.approx((middle, middle), abs=0.6)
    assert candidate.ground.length_m == pytest.approx(40, abs=0.6)


@pytest.mark.parametrize("down", [False, True])
def test_an_aircraft_that_one_tile_cuts_is_the_whole_one_though_its_part_looks_as_sure(
    down: bool, drawn_scene: Draw, bright_detector: Bright, tmp_path: Path
) -> None:
    """Half an aircraft would be measured as one of half the wingspan, and suggest the wrong types."""
    side = round(TILE_M / 0.5)
    across = (side - 40, 100, 80, 60, 255)  # half of it is in the first tile, all of it in the second
    rectangle, shape = (across, (side, side + 500))
    if down:
        rectangle, shape = (100, side - 40, 60, 80, 255), (side + 500, side)
    (candidate,) = found_in(
        drawn_scene(tmp_path / "a.tif", (rectangle,), shape=shape), bright_detector()
    ).candidates
    assert max(candidate.ground[:2]) == pytest.approx(40, abs=0.6)
    assert candidate.box.center == pytest.approx(
        (rectangle[0] + rectangle[2] / 2, rectangle[1] + rectangle[3] / 2)
    )


def test_an_aircraft_that_the_scene_itself_cuts_is_a_candidate_still(
    drawn_scene: Draw, bright_detector: Bright, tmp_path: Path
) -> None:
    """No other tile has more of it."""
    rectangles = (
        (0, 100, 30, 60, 255),
        (100, 0, 60, 30, 255),
        (270, 100, 30, 60, 255),
        (100, 270, 60, 30, 255),
    )
    assert len(found_in(drawn_scene(tmp_path / "a.tif", rectangles), bright_detector()).candidates) == 4


def test_scores_below_the_bound_are_left_out_and_the_bound_is_recorded(
    drawn_scene: Draw, bright_detector: Bright, tmp_path: Path
) -> None:
    scene = drawn_scene(tmp_path / "a.tif", ((50, 60, 40, 60, 204), (150, 60, 40, 60, 255)))
    strict = found_in(scene, bright_detector(), min_score=0.81)
    assert [candidate.score for candidate in strict.candidates] == [1.0]
    assert len(found_in(scene, bright_detector(), min_score=0.8).candidates) == 2, "the bound itself is in"
    assert strict.detector.params["min_score"] == 0.81
    with open_scene(scene) as opened:
        assert strict.detector == scan_info(bright_detector(), opened, 0.81)
        assert strict.detector.params_hash != scan_info(bright_detector(), opened, 0.8).params_hash


def test_without_a_bound_the_detectors_own_holds_also_where_0_was_meant(
    drawn_scene: Draw, bright_detector: Bright, tmp_path: Path
) -> None:
    scene = drawn_scene(tmp_path / "a.tif", ((50, 60, 40, 60, 122), (150, 60, 40, 60, 255)))
    assert len(found_in(scene, bright_detector()).candidates) == 1
    assert len(found_in(scene, bright_detector(), min_score=0.0).candidates) == 2


def test_tiles_without_data_are_not_looked_at_but_counted(
    drawn_scene: Draw, bright_detector: Bright, tmp_path: Path
) -> None:
    """A strip of a satellite's pass is mostly corners that hold nothing."""
    detector, steps = bright_detector(), []
    side = round(TILE_M / 0.5)
    empty = (slice(None), slice(600, None))
    shape = (side, 3 * side)
    scene = drawn_scene(tmp_path / "a.tif", shape=shape, nodata=empty)
    (candidate,) = found_in(
        scene, detector, progress=lambda done, total: steps.append((done, total))
    ).candidates
    assert candidate.box.center == pytest.approx((130, 140))
    assert len(detector.seen) == 1
    assert all(image.valid.any() for image in detector.seen)
    assert steps == [(done, 8) for done in (1, 2, 3, 4, 8)], (
        "four tiles searched, then what was found measured"
    )


@pytest.mark.parametrize("gsd_m", [(0.5, 1.0), (1.0, 0.5)])
def test_where_pixels_are_oblong_the_tile_is_square_and_the_aircraft_measured_right(
    gsd_m: tuple[float, float], drawn_scene: Draw, bright_detector: Bright, tmp_path: Path
) -> None:
    """A rectangle of 30 m by 40 m stays one, in metres; its box in pixels is that of the scene's pixels."""
    detector = bright_detector(gsd_m=0.5)
    width, height = round(30 / gsd_m[0]), round(40 / gsd_m[1])
    scene = drawn_scene(tmp_path / "a.tif", ((100, 80, width, height, 255),), gsd_m=gsd_m)
    (candidate,) = found_in(scene, detector).candidates
    assert candidate.ground.wingspan_m == pytest.approx(30, abs=1.1)
    assert candidate.ground.length_m == pytest.approx(40, abs=1.1)
    assert (candidate.box.width, candidate.box.length) == pytest.approx((width, height), abs=2.2)
    assert candidate.box.center == pytest.approx((100 + width / 2, 80 + height / 2), abs=0.6)
    rows, cols = detector.seen[0].pixels.shape[:2]
    assert cols / rows == pytest.approx(gsd_m[0] / gsd_m[1], rel=0.01)


def test_a_coarser_look_finds_the_aircraft_in_the_same_place(
    drawn_scene: Draw, bright_detector: Bright, tmp_path: Path
) -> None:
    """Working resolution may cost precision but may not shift anything by half a pixel."""
    scene = drawn_scene(tmp_path / "a.tif", ((100, 100, 60, 80, 255),))
    (candidate,) = found_in(scene, bright_detector(gsd_m=1.0)).candidates
    assert candidate.box.center == pytest.approx((130, 140), abs=1e-6)
    assert candidate.ground[:2] == pytest.approx((40, 30), rel=1e-3)


def test_a_scene_without_aircraft_is_a_file_without_candidates(
    drawn_scene: Draw, bright_detector: Bright, tmp_path: Path
) -> None:
    """That nothing was found is a finding: it must be told from a scene that was not searched."""
    file = found_in(drawn_scene(tmp_path / "a.tif", ()), bright_detector())
    assert file.candidates == ()
    assert (file.scene.width, file.detector.name) == (300, "bright")


def test_a_scene_that_is_cut_short_is_an_error_not_a_scene_without_aircraft(
    drawn_scene: Draw, bright_detector: Bright, tmp_path: Path
) -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (900, 900), np.uint8)
    scene = drawn_scene(tmp_path / "a.tif", (), pixels=pixels)
    scene.write_bytes(scene.read_bytes()[:300_000])
    with pytest.raises(SceneError, match=r"a\.tif"):
        found_in(scene, bright_detector())


def test_a_scene_of_3_m_names_no_type_and_states_an_error_of_metres(
    drawn_scene: Draw, bright_detector: Bright, tmp_path: Path
) -> None:
    """An A380 has a size of its own, and still 27 pixels are too few to name it."""
    pixels = np.full((200, 200), 60, np.uint8)
    outline = np.array(planform_of(aircraft_types()["A388"]).silhouette().exterior.coords) / 3
    ring = np.round((outline * (1, -1) + 100) * 16).astype(np.int32)
    cv2.fillPoly(pixels, [ring], 220, shift=4)
    scene = drawn_scene(tmp_path / "a.tif", (), pixels=pixels, gsd_m=(3.0, 3.0))
    (candidate,) = found_in(scene, bright_detector()).candidates
    assert candidate.ground.wingspan_m == pytest.approx(79.8, rel=0.1)
    assert candidate.types == ()
    assert candidate.size_error_m is not None
    assert min(candidate.size_error_m) > 1.5


def test_a_fine_scene_names_types_of_the_measured_size(
    drawn_scene: Draw, bright_detector: Bright, tmp_path: Path
) -> None:
    pixels = np.full((300, 300), 60, np.uint8)
    outline = np.array(planform_of(aircraft_types()["C130"]).silhouette().exterior.coords) / 0.5
    cv2.fillPoly(pixels, [np.round((outline * (1, -1) + 150) * 16).astype(np.int32)], 220, shift=4)
    (candidate,) = found_in(drawn_scene(tmp_path / "a.tif", (), pixels=pixels), bright_detector()).candidates
    assert "C130" in [suggestion.type for suggestion in candidate.types[:5]]
    assert candidate.heading_sure
    assert abs((candidate.box.angle_deg + 180) % 360 - 180) < 2


def test_two_hits_on_one_aircraft_that_measuring_finds_whole_are_one_candidate(
    drawn_scene: Draw, tmp_path: Path
) -> None:
    """Fore and aft halves overlap too little to be merged before."""
    pixels = np.full((300, 300), 60, np.uint8)
    outline = np.array(planform_of(aircraft_types()["A320"]).silhouette().exterior.coords) / 0.5
    cv2.fillPoly(pixels, [np.round((outline * (1, -1) + 150) * 16).astype(np.int32)], 220, shift=4)
    scene = drawn_scene(tmp_path / "a.tif", (), pixels=pixels)
    (candidate,) = found_in(scene, TwiceDetector()).candidates
    assert candidate.score == 0.9
    assert candidate.ground.wingspan_m == pytest.approx(35.8, rel=0.06)


class TwiceDetector:
    """Says of the middle of the tile that two aircraft of 17 m lie side by side there."""

    min_score = 0.5
    info = DetectorInfo("twice", "1", {})

    response_weight = 0.0

    def working_gsd_m(self, scene_gsd_m: float) -> float:
        return scene_gsd_m

    def hits(self, image: TileImage) -> list[Hit]:
        rows, cols = image.pixels.shape[:2]
        return [
            Hit(
                OrientedBox(PixelPoint(cols / 2, rows / 2 + down), 16.0, 60.0, 0.0),
                Extent(cols / 2 - 33, rows / 2 + down - 33, cols / 2 + 33, rows / 2 + down + 33),
                score,
                heading_sure=False,
            )
            for down, score in ((-9.0, 0.9), (9.0, 0.8))
        ]


def test_a_scan_of_an_area_keeps_it_and_leaves_out_what_is_beside_it(
    drawn_scene: Draw, bright_detector: Bright, tmp_path: Path
) -> None:
    """Whoever measures what was missed has to know where nobody looked."""
    path = drawn_scene(tmp_path / "a.tif", ((50, 60, 40, 60, 150), (150, 180, 40, 60, 250)))
    with open_scene(path) as scene:
        ring = [scene.grid.lonlat(PixelPoint(*point)) for point in ((0, 0), (0, 150), (240, 150), (240, 0))]
    area = shapely.MultiPolygon([shapely.Polygon(ring)])
    with open_scene(path, aoi=area) as scene:
        found = scan(scene, bright_detector())
    assert [round(candidate.score * 255) for candidate in found.candidates] == [150]
    assert found.aoi == area
