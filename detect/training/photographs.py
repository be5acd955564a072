"""Grounds joined from small photographs: aerial images of 78 m, laid side by side with their seams blended.

A crop for training covers more ground than one image of the UC Merced land use data set (USGS National Map
imagery, public domain) shows, so several are joined; some hold aircraft, most hold what is none.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from detect.arrays import Pixels
from detect.training.training_picture import Aircraft, TrainingPicture
from imagery.grid import Floats

SIDE = 5  # images along each side of a ground
SEAM_PX = 12  # over which neighbours are blended
WITH_AIRCRAFT = 0.3  # of the images of a ground
OPEN_KINDS = ("agricultural", "beach", "chaparral", "golfcourse", "river", "runway", "parkinglot", "freeway")
OPEN = 0.6  # of the grounds are mostly of kinds on which there is room to draw aircraft
SAME_KIND = 0.5  # of the others are of the ground's own kind, so that a ground has a character


class Photo(NamedTuple):
    """A small photograph.

    Attributes:
        pixels: (H, W, 3) uint8.
        kind: What it shows: the name of its folder.
        extents: (N, 4) float64, of whole aircraft: col_min, row_min, col_max, row_max.
        ignored: (M, 4) float64, of aircraft that its edge cuts.
    """

    pixels: Pixels
    kind: str
    extents: Floats
    ignored: Floats


def read_photos(annotations: Path, sites: Sequence[str] | None = None) -> list[Photo]:
    """Read photographs with aircraft from a COCO file."""
    coco = json.loads(annotations.read_text(encoding="utf-8"))
    photos = []
    for image in coco["images"]:
        if sites is not None and image.get("site") not in sites:
            continue
        boxes: dict[bool, list[list[float]]] = {False: [], True: []}
        for annotation in coco["annotations"]:
            if annotation["image_id"] == image["id"]:
                left, top, width, height = annotation["bbox"]
                boxes[bool(annotation["iscrowd"])].append([left, top, left + width, top + height])
        pixels = cv2.cvtColor(cv2.imread(str(annotations.parent / image["file_name"])), cv2.COLOR_BGR2RGB)
        extents, ignored = (np.array(boxes[cut], dtype=np.float64).reshape(-1, 4) for cut in (False, True))
        photos.append(Photo(np.asarray(pixels, np.uint8), "airplane", extents, ignored))
    return photos


def read_negatives(folder: Path) -> list[Photo]:
    """Read photographs without aircraft, one folder per kind of ground; every tenth ten are kept apart."""
    none = np.empty((0, 4))
    photos = []
    for path in sorted(folder.glob("*/*.jpg")):
        if is_kept_apart(path):
            continue
        pixels = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
        photos.append(Photo(np.asarray(pixels, np.uint8), path.parent.name, none, none))
    return photos


def is_kept_apart(path: Path) -> bool:
    """Check whether a photograph without aircraft is kept out of training, to measure false alarms on."""
    return path.stem[-2:].isdigit() and 80 <= int(path.stem[-2:]) < 90


def joined_ground(
    photos: Sequence[Photo], negatives: Sequence[Photo], gsd_m: float, rng: np.random.Generator
) -> TrainingPicture:
    """Join photographs to one ground; the same generator state gives the same ground."""
    side = photos[0].pixels.shape[0]
    step = side - SEAM_PX
    size = step * SIDE + SEAM_PX
    total = np.zeros((size, size, 3), np.float32)
    weight = np.zeros((size, size, 1), np.float32)
    ramp = np.minimum(1, (np.minimum(np.arange(side), np.arange(side)[::-1]) + 0.5) / SEAM_PX)
    mask = (ramp[:, None] * ramp)[..., None].astype(np.float32)
    own = str(rng.choice(OPEN_KINDS)) if rng.random() < OPEN else negatives[rng.integers(len(negatives))].kind
    alike = [photo for photo in negatives if photo.kind == own]
    extents, ignored = [], []
    with_aircraft = WITH_AIRCRAFT if rng.random() < 0.8 else 0.0
    for row in range(SIDE):
        for col in range(SIDE):
            if rng.random() < with_aircraft:
                choice: Sequence[Photo] = photos
            else:
                choice = alike if rng.random() < SAME_KIND else negatives
            photo = _turned(choice[rng.integers(len(choice))], int(rng.integers(4)), bool(rng.integers(2)))
            if photo.pixels.shape[:2] != (side, side):
                photo = photo._replace(pixels=np.asarray(cv2.resize(photo.pixels, (side, side)), np.uint8))
            window = np.s_[row * step : row * step + side, col * step : col * step + side]
            total[window] += mask * photo.pixels
            weight[window] += mask
            shift = np.array([col, row, col, row]) * step
            extents.append(photo.extents + shift)
            ignored.append(photo.ignored + shift)
    pixels = np.clip(np.round(total / weight), 0, 255).astype(np.uint8)
    found = np.concatenate(extents)
    unknown = np.full(len(found), np.nan)
    aircraft = Aircraft(found, unknown, np.stack([unknown, unknown], axis=1))
    return TrainingPicture(pixels, gsd_m, aircraft, np.concatenate(ignored))


def _turned(photo: Photo, quarters: int, mirrored: bool) -> Photo:
    """Turn a photograph clockwise by quarters, then mirror it left to right."""
    side = photo.pixels.shape[1]
    boxes = []
    for extents in (photo.extents, photo.ignored):
        x0, y0, x1, y1 = extents.T
        for _ in range(quarters):
            x0, y0, x1, y1 = side - y1, x0, side - y0, x1
        if mirrored:
            x0, x1 = side - x1, side - x0
        boxes.append(np.stack([x0, y0, x1, y1], axis=1))
    pixels = np.rot90(photo.pixels, -quarters)
    return Photo(np.ascontiguousarray(pixels[:, ::-1] if mirrored else pixels), photo.kind, *boxes)
