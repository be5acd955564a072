"""Scenes of one place are laid over each other; what does not belong together is refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import Transformer

from imagery.errors import NoRegistration, StretchedScene
from imagery.grid import WGS84, LonLat
from imagery.registration import register
from imagery.registration.common_shift import common_shift, variation
from imagery.scene import open_scene

UTM, SIDE_PX = "EPSG:32629", 1500
Write = Callable[..., Path]


@pytest.fixture(scope="module")
def picture(rendered_scene: Path) -> np.ndarray:
    """Part of the rendered airfield with runway, taxiways and apron, grey, 0.5 m."""
    with rasterio.open(rendered_scene) as file:
        return file.read(1)[500 : 500 + SIDE_PX, 700 : 700 + SIDE_PX].astype(np.float32)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a picture of 0.5 m as a scene that says it lies a few metres from where it does."""

    def write_scene(
        name: str,
        picture: np.ndarray,
        offset_m: tuple[float, float] = (0.0, 0.0),
        gsd_m: float = 0.5,
        crs: str = UTM,
    ) -> Path:
        zoom = gsd_m / 0.5
        side = int(len(picture) / zoom)
        blurred = cv2.GaussianBlur(picture, (0, 0), 0.4 * zoom) if zoom > 1 else picture
        warp = np.array([[zoom, 0, zoom / 2 - 0.5], [0, zoom, zoom / 2 - 0.5]])
        seen = cv2.warpAffine(blurred, warp, (side, side), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
        noise = np.random.default_rng(len(name)).normal(0, 2, seen.shape)
        transform = Affine(gsd_m, 0, 600_000 + offset_m[0], 0, -gsd_m, 1_390_000 + offset_m[1])
        if crs != UTM:
            transform = in_degrees(transform, side)
        profile = {"driver": "GTiff", "width": side, "height": side, "count": 1, "dtype": "uint8"}
        with rasterio.open(tmp_path / name, "w", crs=crs, transform=transform, **profile) as file:
            file.write((seen + noise).clip(0, 255).astype(np.uint8), 1)
        return tmp_path / name

    return write_scene


def in_degrees(transform: Affine, side: int) -> Affine:
    """Return the transform to degrees, turned as a grid of UTM is."""
    to = Transformer.from_crs(UTM, "EPSG:4326", always_xy=True)
    origin, right, down = (np.array(to.transform(*(transform @ at))) for at in ((0, 0), (side, 0), (0, side)))
    along, across = (right - origin) / side, (down - origin) / side
    return Affine(along[0], across[0], origin[0], along[1], across[1], origin[1])


def test_the_shift_is_found_to_a_fraction_of_the_coarser_pixel(picture: np.ndarray, write: Write) -> None:
    first, second = write("fine.tif", picture), write("coarse.tif", picture, (7.3, -4.1), 1.1)
    with open_scene(first) as scene, open_scene(second) as other:
        registration = register(scene, other)
    assert np.hypot(*np.subtract(registration.shift_m, (7.3, -4.1))) < 0.3
    assert registration.gsd_m == pytest.approx(1.1, rel=0.01)
    assert 0 < registration.error_m < 0.4
    assert registration.agreeing > registration.landmarks / 2


def test_it_does_not_matter_which_side_of_an_edge_is_brighter(picture: np.ndarray, write: Write) -> None:
    """In another season, or in infrared, grass is brighter than a runway."""
    first, second = write("dry.tif", picture), write("green.tif", 240 - 0.6 * picture, (-5.0, 9.5))
    with open_scene(first) as scene, open_scene(second) as other:
        registration = register(scene, other)
    assert np.hypot(*np.subtract(registration.shift_m, (-5.0, 9.5))) < 0.25


def test_scenes_of_different_crs_and_orientation_are_laid_over_each_other(
    picture: np.ndarray, write: Write
) -> None:
    first, second = (
        write("utm.tif", picture),
        write("degrees.tif", np.rot90(picture), (6.0, 3.0), 0.5, "EPSG:4326"),
    )
    with rasterio.open(second, "r+") as file:  # the same ground, stored with east up
        file.transform = file.transform @ Affine(0, -1, SIDE_PX, 1, 0, 0)
    with open_scene(first) as scene, open_scene(second) as other:
        registration = register(scene, other)
        place = scene.grid.lonlat(scene.grid.center)
    assert np.hypot(*np.subtract(registration.shift_m, (6.0, 3.0))) < 0.25
    there = registration.in_other(place)
    assert WGS84.inv(*place, *there)[2] == pytest.approx(np.hypot(6.0, 3.0), abs=0.3)
    assert WGS84.inv(*place, *registration.in_scene(there))[2] < 0.01


def test_how_far_the_shift_of_a_stretched_scene_varies_is_found_from_a_strip_that_agrees() -> None:
    """Registration is refused then: one shift for all would be metres off at the ends."""
    rng = np.random.default_rng(1)
    at = rng.uniform(0, 2000, (120, 2))
    shifts = 0.01 * (at - 1000) + rng.normal(0, 0.3, (120, 2))
    agreeing = np.hypot(*shifts.T) < 4
    assert variation(at, shifts, agreeing) == pytest.approx(np.hypot(*(0.01 * (at - 1000)).T).max(), rel=0.15)
    steady = rng.normal((3, -2), 0.3, (120, 2))
    assert variation(at, steady, np.full(120, True)) < 0.5


@pytest.mark.parametrize("changed", ["turned by 180 degrees", "mirrored", "farther off than searched"])
def test_a_scene_that_does_not_belong_there_is_refused(
    changed: str, picture: np.ndarray, write: Write
) -> None:
    """A wrong shift is worse than none: aircraft would be called gone that stand where they stood."""
    first = write("first.tif", picture)
    if changed == "farther off than searched":
        second = write("second.tif", picture, (70.0, 20.0))
    else:
        second = write("second.tif", picture[::-1, ::-1] if "turned" in changed else picture[:, ::-1])
    with open_scene(first) as scene, open_scene(second) as other, pytest.raises(NoRegistration) as refused:
        register(scene, other)
    assert "does not agree within 30 m" in str(refused.value)
    assert "first.tif and" in str(refused.value)


def test_a_scene_of_which_a_part_lies_elsewhere_is_refused(picture: np.ndarray, write: Write) -> None:
    """Two orthoimages may be laid on different models of the ground; one shift would be wrong in the part."""
    moved = picture.copy()
    moved[:, 900:] = picture[:, 884:-16]  # 8 m
    first, second = write("first.tif", picture), write("second.tif", moved)
    with open_scene(first) as scene, open_scene(second) as other, pytest.raises(StretchedScene) as refused:
        register(scene, other)
    assert "follow one shift and" in str(refused.value)


def test_too_little_common_ground_is_refused_and_the_message_says_how_much_it_takes(
    picture: np.ndarray, write: Write
) -> None:
    first, second = write("west.tif", picture), write("east.tif", picture, (690.0, 0.0))
    with (
        open_scene(first) as scene,
        open_scene(second) as other,
        pytest.raises(NoRegistration, match="too little"),
    ):
        register(scene, other)


def test_a_scene_without_a_place_is_refused(picture: np.ndarray, write: Write, tmp_path: Path) -> None:
    first = write("first.tif", picture)
    cv2.imwrite(str(tmp_path / "screenshot.png"), picture)
    with (
        open_scene(first) as scene,
        open_scene(tmp_path / "screenshot.png", gsd_m=0.5) as other,
        pytest.raises(NoRegistration, match=r"screenshot\.png: has no place on Earth"),
    ):
        register(scene, other)


def test_landmarks_that_agree_along_one_line_only_are_chance() -> None:
    """Two runways of one direction fit each other across, wherever along."""
    rng = np.random.default_rng(0)
    along = np.column_stack([rng.uniform(-60, 60, 100), rng.normal(0, 0.3, 100)])
    result = common_shift(along, 144, 121)
    assert result is not None
    assert result.log10_chance > 0
    agreeing = np.vstack([along, rng.normal((12, -30), 0.3, (30, 2))])
    result = common_shift(agreeing, 144, 121)
    assert result is not None
    assert result.log10_chance < -6
    assert np.hypot(*(result.shift - (12, -30))) < 0.2


@pytest.mark.realdata
def test_two_real_scenes_of_different_days_are_laid_over_each_other(
    shared_data: Path, tmp_path: Path
) -> None:
    """The shift was found by SIFT features before: 5.6 columns to the left, 5.3 rows down."""
    for name, index in (
        ("014de911-7810-4f7d-8967-3e5402209f4a", 0),
        ("77f7b57f-5cf2-424d-a952-9847b3c3f35e", 1),
    ):
        source = shared_data / "airbus-pleiades" / "images" / f"{name}.jpg"
        for suffix in ("", ".aux.xml"):
            shutil.copy(f"{source}{suffix}", tmp_path / f"{index}.jpg{suffix}")
        (tmp_path / f"{index}.jgw").write_text("0.5\n0\n0\n-0.5\n400000.25\n1399999.75\n")
    with open_scene(tmp_path / "0.jpg") as scene, open_scene(tmp_path / "1.jpg") as other:
        registration = register(scene, other)
    assert np.hypot(*np.subtract(registration.shift_m, (-2.8, -2.7))) < 0.5


def test_places_are_moved_on_the_ground() -> None:
    from imagery.registration.common_ground import moved

    place = LonLat(-7.95, 12.53)
    there = moved(np.array([place]), (30.0, 40.0))[0]
    azimuth, _, distance = WGS84.inv(*place, *there)
    assert (azimuth, distance) == (pytest.approx(np.degrees(np.arctan2(30, 40))), pytest.approx(50))
