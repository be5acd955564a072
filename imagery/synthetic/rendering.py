"""A rendered airfield scene, true in position and in the aircraft's dimensions, for demonstrations and tests.

Nothing rendered may pass for real: the file's tags, its description and the truth beside it all say so.
"""

import os
from collections.abc import Collection
from datetime import date
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rasterio.io import MemoryFile

from imagery.files import whole_file
from imagery.synthetic.aircraft_drawing import draw_aircraft, livery_of
from imagery.synthetic.canvas import Array, Canvas, noise, sun_at
from imagery.synthetic.ground import paint_ground
from imagery.synthetic.placement import (
    AIRFIELD_LAT,
    AIRFIELD_LON,
    CRS,
    SIZE_PX,
    PlacedAircraft,
    place_aircraft,
    scene_frame,
    scene_transform,
    write_truth,
)
from imagery.synthetic.structures import draw_structures

ACQUIRED = date(2023, 10, 27)
_UTC_HOURS = 10.5  # the light of half past ten; the tags give the day only
_DESCRIPTION = "Rendered scene, not a photograph: the aircraft, buildings and ground in it are drawn"
_BLUR_PX = 0.72  # of optics and detector together: a modulation of about 0.08 at the Nyquist frequency


def truth_path(path: str | os.PathLike[str]) -> Path:
    """Return where the truth of a rendered scene is written: ``<stem>.truth.geojson`` beside it."""
    return Path(path).with_name(f"{Path(path).stem}.truth.geojson")


def render_airfield(
    path: str | os.PathLike[str],
    *,
    seed: int = 0,
    acquired: date = ACQUIRED,
    only: Collection[str] | None = None,
    overwrite: bool = False,
) -> Path:
    """Render an airfield scene and its truth, both whole or not at all.

    The scene is a GeoTIFF of 3000 x 3000 pixels of 0.5 m, uint8 RGB, around Modibo Keita International.
    The truth is a GeoJSON feature collection with one oriented box an aircraft, see :func:`truth_path`.

    Args:
        path: the GeoTIFF to write; its folder must exist.
        seed: the same seed gives the same pixels; another one other aircraft, headings and textures.
        acquired: the day that its tags tell and its shadows have.
        only: ICAO designators of the aircraft that stand there, of those that the seed gives. None: all.
        overwrite: whether a scene and a truth that are there are replaced.

    Returns:
        ``path``.

    Raises:
        OutputExists: the scene or its truth is there and ``overwrite`` is not given.
        OutputUnwritable: the folder does not exist or may not be written.
    """
    path = Path(path)
    placed = place_aircraft(seed, only)
    with (
        whole_file(path, overwrite=overwrite) as scene,
        whole_file(truth_path(path), overwrite=overwrite) as truth,
    ):
        write_truth(truth, placed)
        _write_scene(scene, _render(placed, seed, acquired), acquired)
    return path


def _render(placed: tuple[PlacedAircraft, ...], seed: int, acquired: date) -> NDArray[np.uint8]:
    """Return the scene's pixels, (H, W, 3)."""
    rng = np.random.default_rng([seed, 1])
    sun = sun_at(AIRFIELD_LON, AIRFIELD_LAT, acquired.timetuple().tm_yday, _UTC_HOURS)
    canvas = Canvas(scene_frame(), sun, rng)
    paint_ground(canvas, rng)
    draw_structures(canvas, tuple(aircraft.parked for aircraft in placed), rng)
    for aircraft in placed:
        draw_aircraft(
            canvas, aircraft.parked.planform, aircraft.pose, livery_of(aircraft.parked.aircraft, rng), rng
        )
    return _sensed(canvas, rng)


def _sensed(canvas: Canvas, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return what a camera in orbit makes of the canvas: blurred, hazy, a little noisy, not quite neutral."""
    cv2.GaussianBlur(canvas.pixels, (0, 0), _BLUR_PX, dst=canvas.pixels)
    haze = np.array([150, 156, 160], np.float32)
    clear = 0.93 * (1 + rng.normal(0, 0.012, 3)).astype(np.float32)
    sensed = np.empty(canvas.pixels.shape, np.uint8)
    # All bands are sharpened from one panchromatic image, so most of the noise is common to them.
    common = _detector_noise(rng)
    for band in range(3):
        level = canvas.pixels[..., band] * clear[band] + 0.08 * haze[band]
        level += 1.5 * common + 0.8 * _detector_noise(rng)
        sensed[..., band] = np.clip(np.round(level), 0, 255)
    return sensed


def _detector_noise(rng: np.random.Generator) -> Array:
    return noise(rng, SIZE_PX, 1.6, octaves=1)


def _write_scene(path: Path, pixels: NDArray[np.uint8], acquired: date) -> None:
    # In memory: GDAL does not report that it could not write a file to its end, and Python does.
    with (
        MemoryFile() as memory,
        memory.open(
            driver="GTiff",
            width=SIZE_PX,
            height=SIZE_PX,
            count=3,
            dtype="uint8",
            crs=CRS,
            transform=scene_transform(),
            photometric="RGB",
            tiled=True,
            blockxsize=256,
            blockysize=256,
            compress="deflate",
            num_threads=2,
        ) as scene,
    ):
        scene.update_tags(
            RENDERED="true", TIFFTAG_SOFTWARE="hardstand", TIFFTAG_IMAGEDESCRIPTION=_DESCRIPTION
        )
        scene.update_tags(ns="IMAGERY", ACQUISITIONDATETIME=acquired.isoformat(), SATELLITEID="rendered")
        scene.write(np.moveaxis(pixels, -1, 0))
        scene.close()
        path.write_bytes(memory.getbuffer())
