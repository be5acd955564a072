"""What the contour detector makes of shapes and colours, where the truth is known exactly."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from detect.detector import Hit
from detect.detectors.contour import ContourDetector
from detect.detectors.contour_fit import fit_silhouettes
from detect.detectors.contour_shapes import Departure, Window, departure, silhouettes
from detect.kinds import PLANFORM_KINDS, ring
from imagery.tiling import Tile, TileImage

AIRLINER = PLANFORM_KINDS[0]
WINDOW = Window(side_m=30.0, px_m=1.0)
CONCRETE, PAINT = (125, 115, 100), (190, 190, 190)


def outline(span: float, angle_deg: float, col: float, row: float) -> np.ndarray:
    """An airliner's outline in pixels, nose towards `angle_deg`."""
    x, y = ring(AIRLINER).T * span
    angle = np.radians(angle_deg)
    right, ahead = (np.cos(angle), np.sin(angle)), (np.sin(angle), -np.cos(angle))
    return np.column_stack([col + x * right[0] + y * ahead[0], row + x * right[1] + y * ahead[1]])


def painted(
    *rings: np.ndarray,
    ground: tuple[int, ...] = CONCRETE,
    paint: tuple[int, ...] = PAINT,
    side: int = 200,
    gsd_m: float = 1.0,
) -> TileImage:
    """A tile of even ground with painted shapes on it, their edges blurred as optics do."""
    cover = np.zeros((side, side), np.float32)
    for points in rings:
        cv2.fillPoly(cover, [np.round((points - 0.5) * 16).astype(np.int32)], 1.0, shift=4)
    cover = cv2.GaussianBlur(cover, (0, 0), 0.6)[..., None]
    noise = np.random.default_rng(3).normal(0, 2, (side, side, 1))
    pixels = (np.array(ground) + cover * (np.array(paint) - ground) + noise).round().clip(0, 255)
    valid = np.ones((side, side), bool)
    return TileImage(Tile(0, 0, side, side, side, side), pixels.astype(np.uint8), valid, gsd_m)


def worth_a_look(image: TileImage) -> list[Hit]:
    detector = ContourDetector()
    return [hit for hit in detector.hits(image) if hit.score >= detector.min_score]


def test_a_wing_as_bright_as_the_concrete_stands_out_by_its_colour() -> None:
    """Grey paint in the shade is as bright as sunlit concrete, but bluer."""
    grey = round(0.299 * CONCRETE[0] + 0.587 * CONCRETE[1] + 0.114 * CONCRETE[2])
    image = painted(outline(40, 30, 100, 100), paint=(grey, grey, grey))
    (best, *_) = sorted(worth_a_look(image), key=lambda hit: -hit.score)
    assert best.box.width == pytest.approx(40, rel=0.1)
    luma = cv2.cvtColor(image.pixels, cv2.COLOR_RGB2GRAY)[..., None]
    assert worth_a_look(image._replace(pixels=luma)) == [], "there is nothing to see without colour"


def test_aircraft_parked_wing_to_wing_are_each_found() -> None:
    stands = [(50, 60), (95, 60), (140, 60)]
    hits = worth_a_look(painted(*(outline(35, 0, *stand) for stand in stands)))
    for stand in stands:
        assert any(np.hypot(*(np.array(hit.box.center) - stand)) < 3 and hit.score > 0.5 for hit in hits)


@pytest.mark.parametrize("place", [(18, 20), (182, 20), (18, 181), (182, 181)])
def test_an_aircraft_that_touches_a_corner_of_the_tile_is_measured_like_any_other(
    place: tuple[int, int],
) -> None:
    best = max(worth_a_look(painted(outline(36, 0, *place))), key=lambda hit: hit.score)
    assert best.box.center == pytest.approx(place, abs=1)
    assert (best.box.width, best.box.length) == pytest.approx((36, 36 * 37.6 / 35), abs=2)


@pytest.mark.parametrize("size", [(171, 200), (200, 170), (101, 64)])
def test_a_tile_that_pixels_of_three_metres_do_not_divide_shifts_nothing(size: tuple[int, int]) -> None:
    """The large window's pixels are stretched to fit, and boxes with them."""
    cols, rows = size
    image = painted(outline(60, 200, cols / 2, rows / 2))
    cut = image._replace(pixels=image.pixels[:rows, :cols], valid=image.valid[:rows, :cols])
    found = [hit for hit in worth_a_look(cut) if hit.score > 0.5]
    assert found
    for hit in found:
        assert hit.box.center == pytest.approx((cols / 2, rows / 2), abs=3)


def test_at_three_metres_a_pixel_a_large_aircraft_is_still_found() -> None:
    best = max(
        worth_a_look(painted(outline(20, 130, 50, 50), side=100, gsd_m=3.0)), key=lambda hit: hit.score
    )
    assert best.box.center == pytest.approx((50, 50), abs=1)
    assert best.box.width == pytest.approx(20, rel=0.15)


def test_the_detector_wants_metre_pixels_or_the_scenes_own_coarser_ones() -> None:
    assert ContourDetector().working_gsd_m(0.3) == 1.0
    assert ContourDetector().working_gsd_m(3.0) == 3.0


def departing(mask: np.ndarray) -> Departure:
    framed = np.pad(np.where(mask, 60, 0), 1).astype(np.int16)
    return Departure(framed, np.array([1.0, 1.0]), px_m=1.0, window_m=30.0)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(1.5, 4.0))
def test_silhouettes_are_the_connected_components_with_their_edges_and_areas(seed: int, grain: float) -> None:
    """OpenCV's own statistics say so too, for ragged shapes of all kinds, at the image's edges as well."""
    noise = np.random.default_rng(seed).normal(size=(90, 110)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), grain)
    mask = smooth > 0.5 * smooth.std()
    found = silhouettes(departing(mask), (50,))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    every = {tuple(row) for row in stats[1:].tolist()}
    for label, (left, top, right, bottom), area in zip(
        found.label, found.edges - 1, found.areas, strict=True
    ):
        assert (left, top, right - left, bottom - top, area) in every
        inside = found.labels[0, 1:-1, 1:-1] == label
        assert len(np.unique(labels[inside])) == 1
        assert inside.sum() == area
    large = stats[1:][(stats[1:, 2:4].min(axis=1) >= 20) & (stats[1:, 2:4].max(axis=1) <= 40)]
    solid = large[:, 4] / (large[:, 2] * large[:, 3])
    assert len(found.label) >= np.count_nonzero((solid > 0.1) & (solid < 0.8)), (
        "none of the right size is lost"
    )


def test_a_faint_shape_must_be_larger_than_a_clear_one() -> None:
    mask = np.zeros((60, 60), bool)
    mask[20:31, 25], mask[25, 20:31] = True, True
    cross = departing(mask)
    assert len(silhouettes(cross, (50,)).label) == 1
    assert len(silhouettes(cross, (10,)).label) == 0


@pytest.mark.parametrize("angle_deg", [0, 7, 22, 45, 100, 290])
def test_a_planform_is_fitted_as_it_lies_however_it_is_turned(angle_deg: int) -> None:
    points = outline(40, angle_deg, 100, 100)
    seen = departure(painted(points).pixels[..., 2], None, 1.0, WINDOW)
    fits = fit_silhouettes(silhouettes(seen, (33,)))
    best = fits.correlations.argmax()
    assert fits.correlations[best] > 0.85
    assert seen.to_tile(fits.centers[best]) == pytest.approx((100, 100), abs=1.5)
    assert fits.widths[best] == pytest.approx(40, abs=3)
    assert fits.lengths[best] == pytest.approx(40 * 37.6 / 35, abs=3)
    assert abs((fits.angles_deg[best] - angle_deg + 180) % 360 - 180) < 4


@pytest.mark.parametrize("angle_deg", [0, 7, 22, 45, 100, 290])
def test_solidity_is_the_share_of_its_convex_hull_that_a_shape_fills(angle_deg: int) -> None:
    mask = np.zeros((130, 130), np.uint8)
    cv2.fillPoly(mask, [np.round(outline(64, angle_deg, 65, 65)).astype(np.int32)], 1)
    pixels = shapely.box(*(edge := np.argwhere(mask)[:, ::-1]).T, *(edge + 1).T)
    fits = fit_silhouettes(silhouettes(departing(mask > 0), (50,)))
    assert fits.solidities == pytest.approx(
        [mask.sum() / shapely.union_all(pixels).convex_hull.area], rel=0.1
    )


def test_ground_without_shapes_has_no_silhouettes_and_no_fits() -> None:
    none = silhouettes(departing(np.zeros((40, 40), bool)), (10, -20))
    assert len(none.label) == 0
    assert len(fit_silhouettes(none).correlations) == 0


def test_noise_of_any_grain_is_never_taken_for_a_likely_aircraft() -> None:
    for grain in (0.5, 1.0, 2.0):
        noise = np.random.default_rng(11).normal(size=(512, 512)).astype(np.float32)
        smooth = cv2.GaussianBlur(noise, (0, 0), grain)
        pixels = (128 + 15 * smooth / smooth.std()).clip(0, 255).astype(np.uint8)[..., None]
        whole = np.ones((512, 512), bool)
        image = TileImage(Tile(0, 0, 512, 512, 512, 512), pixels, whole, 1.0)
        assert all(hit.score < 0.5 for hit in ContourDetector().hits(image))
