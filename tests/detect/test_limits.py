"""What a scene cannot show: aircraft of a few pixels, and what is under clouds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import rasterio
import shapely
from click.testing import CliRunner

from detect.blur import SHARP_PX, edge_blur_px
from detect.candidate import read_candidates
from detect.cloud import clouds_in
from detect.limits import SceneLimits, coarse_words, ground_resolution_m, limits_from_json
from detect.scan import scan
from hardstand import main
from imagery.scene import open_scene

Draw = Callable[..., Path]
Bright = Callable[..., Any]


def blocks(blur_px: float, side: int = 600) -> np.ndarray:
    """Bright and dark roofs with sharp edges, seen through a blur."""
    chance = np.random.default_rng(3)
    fine = cv2.resize(
        chance.integers(40, 200, (side // 20, side // 20)).astype(np.float32),
        (4 * side, 4 * side),
        interpolation=cv2.INTER_NEAREST,
    )
    seen = cv2.resize(cv2.GaussianBlur(fine, (0, 0), 4 * blur_px), (side, side), interpolation=cv2.INTER_AREA)
    return (seen + chance.normal(0, 1.0, seen.shape)).round().clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("blur_px", [1.2, 1.8, 3.0])
def test_blur_is_measured_at_the_edges(blur_px: float) -> None:
    measured = edge_blur_px(blocks(blur_px), np.ones((600, 600), bool))
    assert measured == pytest.approx(blur_px, rel=0.3)


def test_an_image_without_edges_says_nothing_of_its_blur() -> None:
    flat = np.full((300, 300), 90, np.uint8)
    assert edge_blur_px(flat, np.ones((300, 300), bool)) is None
    half = np.where(np.arange(300) < 150, 0, 200).astype(np.uint8) * np.ones((300, 1), np.uint8)
    assert edge_blur_px(half, half > 0) is None, "the edge of the data is none on the ground"


def test_looking_aslant_costs_resolution() -> None:
    assert ground_resolution_m(0.5, None) == 0.5
    assert ground_resolution_m(0.5, 30.0) == pytest.approx(0.667, abs=0.001)
    assert ground_resolution_m(0.5, 0.0, 2.0) == 2.0


def field(cloud: bool, colour: tuple[int, int, int] = (255, 255, 255)) -> np.ndarray:
    pixels = np.random.default_rng(0).integers(70, 130, (500, 500, 3), dtype=np.uint8)
    if cloud:
        pixels[100:300, 200:450] = colour
    return pixels


def test_a_cloud_is_wide_bright_and_colourless() -> None:
    valid = np.ones((500, 500), bool)
    cloud = clouds_in(field(cloud=True), valid, 1.0)
    assert cloud.shape == (50, 50)
    assert cloud[10:30, 20:45].all()
    assert cloud.sum() < 1.7 * 20 * 25, "with a margin, in which the ground is half hidden"
    assert not clouds_in(field(cloud=False), valid, 1.0).any()
    assert not clouds_in(field(cloud=True, colour=(255, 250, 200)), valid, 1.0).any(), "sand"
    roof = field(cloud=False)
    roof[100:160, 100:160] = 255
    assert not clouds_in(roof, valid, 1.0).any()


def test_what_has_no_data_is_no_cloud() -> None:
    white = np.full((500, 500, 3), 255, np.uint8)
    assert not clouds_in(white, np.zeros((500, 500), bool), 1.0).any()


def test_a_scan_measures_what_the_scene_cannot_show(
    drawn_scene: Draw, bright_detector: Bright, tmp_path: Path
) -> None:
    pixels = blocks(0.8, 800)
    pixels[:500, :400] = 255
    path = drawn_scene(tmp_path / "a.tif", (), pixels=pixels)
    with open_scene(path) as scene:
        limits = scan(scene, bright_detector()).limits
        assert limits is not None
        assert limits.clouds is not None
        in_pixels = shapely.transform(limits.clouds, scene.grid.pixels)
    assert (limits.resolution_m, limits.shown_from_m) == (0.5, 5.0)
    assert limits.cloud_share == pytest.approx(500 * 400 / 800**2, rel=0.4)
    assert shapely.contains_xy(in_pixels, 200, 250)
    assert not shapely.intersects_xy(in_pixels, 700, 700)
    assert limits_from_json(limits.to_json()) == limits


def test_a_blurred_scene_is_worth_a_coarser_one(
    drawn_scene: Draw, bright_detector: Bright, tmp_path: Path
) -> None:
    path = drawn_scene(tmp_path / "a.tif", (), pixels=blocks(3.2, 800))
    with open_scene(path) as scene:
        limits = scan(scene, bright_detector()).limits
    assert limits is not None
    assert limits.resolution_m == pytest.approx(0.5 * 3.2 / SHARP_PX, rel=0.25)


@pytest.mark.parametrize(
    ("shown", "found", "words"),
    [
        (5.0, 20.0, ()),
        (30.0, 60.0, ("shows no aircraft under 30 m", "finds most of those of 60 m or more")),
        (50.0, 100.0, ("shows no aircraft under 50 m", "may miss any of the others")),
        (100.0, 200.0, ("and none is larger", "nothing is said of absence")),
    ],
)
def test_a_coarse_scene_says_what_can_still_be_found(
    shown: float, found: float, words: tuple[str, ...]
) -> None:
    lines = coarse_words(SceneLimits(shown / 10, shown, found))
    assert len(lines) == bool(words)
    assert all(word in lines[0] for word in words)


def test_the_command_warns_of_a_scene_that_is_too_coarse(
    cli: CliRunner, drawn_scene: Draw, tmp_path: Path
) -> None:
    path = drawn_scene(tmp_path / "ten.tif", (), pixels=blocks(0.4, 200), gsd_m=(10.0, 10.0))
    result = cli.invoke(main, ["detect", str(path), "--detector", "contour", "-o", str(tmp_path / "out")])
    assert result.exit_code == 0
    assert "shows no aircraft under 100 m, and none is larger" in result.stderr
    file = read_candidates(result.stdout.strip())
    assert file.limits is not None
    assert file.limits.shown_from_m == pytest.approx(100, abs=1)


def test_clouds_are_those_that_the_provider_outlines_where_it_does(
    drawn_scene: Draw, bright_detector: Bright, tmp_path: Path
) -> None:
    """What is bright and wide is no cloud then; a mask that cannot be used is said to be none."""
    pixels = blocks(0.8, 800)
    pixels[:500, :400] = 255
    path = drawn_scene(tmp_path / "20230613_180813_10_2461_3B_Visual.tif", (), pixels=pixels)
    udm2 = path.with_name("20230613_180813_10_2461_3B_udm2.tif")
    bands = np.zeros((8, 800, 800), np.uint8)
    bands[5, 600:, 600:] = 1
    with rasterio.open(path) as scene:
        profile = {"driver": "GTiff", "dtype": "uint8", "crs": scene.crs, "transform": scene.transform}
    with rasterio.open(udm2, "w", count=8, width=800, height=800, **profile) as mask:
        mask.write(bands)
    with open_scene(path) as scene:
        found = scan(scene, bright_detector())
        assert found.limits is not None
        in_pixels = shapely.transform(found.limits.clouds, scene.grid.pixels)
    assert found.limits.cloud_share == pytest.approx(1 / 16, rel=0.1)
    assert shapely.contains_xy(in_pixels, 700, 700)
    assert not shapely.intersects_xy(in_pixels, 200, 250)
    udm2.write_bytes(b"no image")
    with open_scene(path) as scene:
        measured = scan(scene, bright_detector())
    (doubt,) = (line for line in measured.doubts if "udm2" in line)
    assert doubt.endswith("clouds are measured in the image instead")
    assert measured.limits is not None
    assert (measured.limits.cloud_share or 0) > 0.2
