"""Grounds joined from small photographs: aerial images of 78 m, laid side by side with their seams blended.

A crop for training covers more ground than one image of the UC Merced land use data set (USGS National Map
imagery, public domain) shows, so several are joined; some hold aircraft, most hold something else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from detect.arrays import Pixels
from detect.training.training_picture import Aircraft, TrainingPicture, turned_extents, turned_pixels
from imagery.errors import UsageError
from imagery.grid import Floats
from imagery.json_text import parse_json

ACROSS = 5  # images along each side of a ground
SIDE_PX = 256  # of a photograph
SEAM_PX = 12  # over which neighbours are blended
WITH_AIRCRAFT = 0.3  # of the images of a ground
EMPTY = 0.2  # of the grounds hold no aircraft
OPEN_KINDS = ("agricultural", "beach", "chaparral", "golfcourse", "river", "runway", "parkinglot", "freeway")
OPEN_SHARE = 0.6  # of the grounds are mostly of kinds on which there is room to draw aircraft
SAME_KIND = 0.5  # of the others are of the ground's own kind, so that a ground has a character


class SmallPhotograph(NamedTuple):
    """A small photograph, as large as all others.

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


class Photographs(NamedTuple):
    """Photographs with aircraft, and without.

    Attributes:
        with_aircraft: Each with its aircraft.
        negatives: Of other ground.
        gsd_m: Metres per pixel.
        files: Paths of all.
    """

    with_aircraft: Sequence[SmallPhotograph]
    negatives: Sequence[SmallPhotograph]
    gsd_m: float
    files: Sequence[Path]


def read_photographs(annotations: Path, negatives: Path) -> Photographs:
    """Read photographs.

    Args:
        annotations: A COCO file whose images name their ``gsd_m``; crowds are ignored.
        negatives: A folder of folders, one per kind of ground; `is_kept_apart` ones are left out.

    Raises:
        UsageError: A file is missing or not what it should be.
    """
    try:
        coco = parse_json(annotations.read_text(encoding="utf-8"))
        images = {image["id"]: image for image in coco["images"]}
        boxes: dict[tuple[int, bool], list[list[float]]] = defaultdict(list)
        for annotation in coco["annotations"]:
            left, top, width, height = annotation["bbox"]
            key = annotation["image_id"], bool(annotation["iscrowd"])
            boxes[key].append([left, top, left + width, top + height])
        (gsd_m,) = {float(image["gsd_m"]) for image in images.values()}
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(f"{annotations}: not a COCO file whose images have one `gsd_m`") from None
    paths = {key: annotations.parent / image["file_name"] for key, image in images.items()}
    shown = [
        SmallPhotograph(
            _read(path), path.parent.name, _extents(boxes[key, False]), _extents(boxes[key, True])
        )
        for key, path in paths.items()
    ]
    none = _extents([])
    others = [path for path in sorted(negatives.glob("*/*.jpg")) if not is_kept_apart(path)]
    if not shown or not others:
        raise UsageError(f"{negatives}: holds no folders of JPEG files without aircraft")
    without = [SmallPhotograph(_read(path), path.parent.name, none, none) for path in others]
    return Photographs(shown, without, gsd_m, [*paths.values(), *others])


def _read(path: Path) -> Pixels:
    image = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    if image is None:
        raise UsageError(f"{path}: not an image that OpenCV can read")
    return np.asarray(cv2.resize(image, (SIDE_PX, SIDE_PX)), np.uint8)


def _extents(boxes: list[list[float]]) -> Floats:
    return np.array(boxes, dtype=np.float64).reshape(-1, 4)


def is_kept_apart(path: Path) -> bool:
    """Check whether a photograph without aircraft is kept out of training, to measure false alarms on."""
    return path.stem[-2:].isdigit() and 80 <= int(path.stem[-2:]) < 90


def joined_ground(photographs: Photographs, rng: np.random.Generator) -> TrainingPicture:
    """Join photographs to one ground; the same generator state gives the same ground."""
    chosen = [
        _turned(photograph, int(rng.integers(4)), bool(rng.integers(2)))
        for photograph in _chosen(photographs, rng)
    ]
    return _joined(chosen, photographs.gsd_m)


def joined_negatives(photographs: Photographs) -> list[TrainingPicture]:
    """Join all photographs without aircraft to grounds, in their order."""
    count, negatives = ACROSS**2, photographs.negatives
    grounds = [negatives[first : first + count] for first in range(0, len(negatives), count)]
    return [_joined(ground, photographs.gsd_m) for ground in grounds]


def _joined(chosen: Sequence[SmallPhotograph], gsd_m: float) -> TrainingPicture:
    """Join photographs row by row; where there are too few, the last places stay black."""
    step = SIDE_PX - SEAM_PX
    size = step * ACROSS + SEAM_PX
    total, weight = np.zeros((size, size, 3), np.float32), np.full((size, size, 1), 1e-6, np.float32)
    ramp = np.minimum(1, (np.minimum(np.arange(SIDE_PX), np.arange(SIDE_PX)[::-1]) + 0.5) / SEAM_PX)
    mask = (ramp[:, None] * ramp)[..., None].astype(np.float32)
    extents, ignored = [], []
    for place, photograph in enumerate(chosen):
        top, left = step * (place // ACROSS), step * (place % ACROSS)
        window = np.s_[top : top + SIDE_PX, left : left + SIDE_PX]
        total[window] += mask * photograph.pixels
        weight[window] += mask
        shift = np.array([left, top, left, top])
        extents.append(photograph.extents + shift)
        ignored.append(photograph.ignored + shift)
    whole = np.concatenate(extents)
    unknown = np.full(len(whole), np.nan)
    aircraft = Aircraft(whole, unknown, np.stack([unknown, unknown], axis=1))
    pixels = np.clip(np.round(total / weight), 0, 255).astype(np.uint8)
    return TrainingPicture(pixels, gsd_m, aircraft, np.concatenate(ignored))


def _chosen(photographs: Photographs, rng: np.random.Generator) -> list[SmallPhotograph]:
    """Choose the photographs of a ground, row by row."""
    shown, negatives = photographs.with_aircraft, photographs.negatives
    kinds = sorted({photograph.kind for photograph in negatives})
    room = [kind for kind in kinds if kind in OPEN_KINDS] or kinds
    kind = str(rng.choice(room if rng.random() < OPEN_SHARE else kinds))
    alike = [photograph for photograph in negatives if photograph.kind == kind]
    share = 0.0 if rng.random() < EMPTY else WITH_AIRCRAFT
    chosen = []
    for _ in range(ACROSS**2):
        choice = alike if rng.random() < SAME_KIND else negatives
        if rng.random() < share:
            choice = shown
        chosen.append(choice[int(rng.integers(len(choice)))])
    return chosen


def _turned(photograph: SmallPhotograph, quarters: int, mirrored: bool) -> SmallPhotograph:
    """Turn a photograph clockwise by quarters, then mirror it left to right."""
    extents, ignored = (
        turned_extents(boxes, SIDE_PX, quarters, mirrored)
        for boxes in (photograph.extents, photograph.ignored)
    )
    return SmallPhotograph(
        turned_pixels(photograph.pixels, quarters, mirrored), photograph.kind, extents, ignored
    )
