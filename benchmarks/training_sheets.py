"""What the network is shown, to look at: a chip through each effect of a sensor, whole sensors, every decoy.

    .venv/bin/python benchmarks/training_sheets.py --folder sheets
    .venv/bin/python benchmarks/training_sheets.py --folder sheets --image photograph.jpg

Writes effects.png, sensors.png and decoys.png, and prints how long a crop takes. Without an image the ground
is a rendered one; pictures of your own images are yours to keep, not the repository's.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from detect.arrays import Pixels
from detect.training.crop import CROP_PX
from detect.training.decoy_sketch import Sketch, View
from detect.training.decoys import KINDS
from detect.training.sensor import SENSORS, as_seen
from detect.training.sensor_product import to_bytes
from imagery.synthetic.practice_ground import random_sun, render_practice_ground

COLUMNS, TIMED = 8, 300
DECOY_PX, DECOY_GSD_M = 200, 0.5


def named(pixels: Pixels, name: str) -> Pixels:
    """Return a copy with a name in its corner."""
    written = pixels.copy()
    cv2.putText(written, name, (4, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255, 255, 0), 1)
    return written


def effects(chip: Pixels) -> Iterator[Pixels]:
    """Yield the chip as it is, then twice through each effect."""
    yield named(chip, "as it is")
    for effect in SENSORS:
        for seed in (1, 2):
            image = chip.astype(np.float32) / np.float32(255)
            seen = effect.apply(image, np.random.default_rng(seed), **effect.ranges)
            yield named(to_bytes(seen), effect.apply.__name__)


def decoys(ground: Pixels) -> Iterator[Pixels]:
    """Yield every decoy, a row each, somewhere on the ground."""
    for number, kind in enumerate(KINDS):
        for seed in range(COLUMNS):
            rng = np.random.default_rng([seed, number])
            col, row = rng.integers(0, np.array(ground.shape[1::-1]) - DECOY_PX + 1)
            pixels = ground[row : row + DECOY_PX, col : col + DECOY_PX].astype(np.float32)
            view = View(random_sun(rng), rng.uniform(-0.25, 0.25, 2), DECOY_GSD_M)
            kind.draw(Sketch(pixels, view, np.full(2, DECOY_PX / 2), rng.uniform(0, 360), rng))
            shown = to_bytes(cv2.GaussianBlur(pixels, (0, 0), 0.7).astype(np.float32) / np.float32(255))
            yield named(shown, kind.draw.__name__.removeprefix("draw_")) if seed == 0 else shown


def write_sheet(chips: Iterator[Pixels], path: Path) -> None:
    """Write chips of one size row by row."""
    rows = []
    while row := list(islice(chips, COLUMNS)):
        row += [np.zeros_like(row[0])] * (COLUMNS - len(row))
        rows.append(np.hstack(row))
    cv2.imwrite(str(path), cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR))


def main() -> None:
    """Write the sheets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="where the sheets go")
    parser.add_argument("--image", type=Path, help="a photograph of about 0.5 m, at least 320 pixels square")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    if options.image is None:
        rendered = render_practice_ground(5)
        ground, center = rendered.pixels, np.array(rendered.aircraft[0].pose.center_px)
    else:
        ground = np.asarray(cv2.imread(str(options.image), cv2.IMREAD_COLOR_RGB), np.uint8)
        center = np.array(ground.shape[1::-1]) / 2
    col, row = np.clip(center - CROP_PX / 2, 0, np.array(ground.shape[1::-1]) - CROP_PX).astype(int)
    chip = np.ascontiguousarray(ground[row : row + CROP_PX, col : col + CROP_PX])
    options.folder.mkdir(exist_ok=True)
    write_sheet(effects(chip), options.folder / "effects.png")
    write_sheet(
        (as_seen(chip, np.random.default_rng(seed)) for seed in range(48)), options.folder / "sensors.png"
    )
    write_sheet(decoys(ground), options.folder / "decoys.png")
    start = time.process_time()
    for seed in range(TIMED):
        as_seen(chip, np.random.default_rng(seed))
    print(f"{(time.process_time() - start) / TIMED * 1000:.1f} ms of one core per crop of {CROP_PX} pixels")


if __name__ == "__main__":
    main()
