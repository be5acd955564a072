"""Mining: places where a network sees aircraft that are not there, to be shown more often."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import cv2
import numpy as np

from detect.arrays import Singles
from detect.box import Extent
from detect.detectors.network import network_input, read_hits
from detect.training.training_picture import TrainingPicture
from imagery.grid import Floats

LOOKED_AT_M = (0.6, 1.0)  # metres per pixel
MOST, LEAST_SCORE = 600, 0.1
MOST_OF_A_PICTURE = 25  # or one marina would fill the list
APART_M = 8.0  # nearer ones are the same


class HardPlace(NamedTuple):
    """A false alarm.

    Attributes:
        picture: Index of the picture that it is in.
        center: Its column and row, pixels.
        score: How sure the network was, 0..1.
    """

    picture: int
    center: tuple[float, float]
    score: float


def hard_places(
    network: Callable[[Singles], Singles], pictures: Sequence[TrainingPicture]
) -> list[HardPlace]:
    """Return the places that a network takes for aircraft though none is there, the surest first.

    Args:
        network: From images, (N, 3, H, W) float32 in 0..1 with sides that are multiples of 32, to output as
            `detect.detectors.network.read_hits` reads it.
        pictures: Whose aircraft are all known.
    """
    places = []
    for index, picture in enumerate(pictures):
        own: list[HardPlace] = []
        for center, score in sorted(_alarms(network, picture), key=lambda alarm: -alarm[1]):
            near = APART_M / picture.gsd_m
            if all(np.hypot(*np.subtract(center, other.center)) > near for other in own):
                own.append(HardPlace(index, center, score))
        places += own[:MOST_OF_A_PICTURE]
    return sorted(places, key=lambda place: -place.score)[:MOST]


def _alarms(
    network: Callable[[Singles], Singles], picture: TrainingPicture
) -> Iterator[tuple[tuple[float, float], float]]:
    """Yield the centre, in the picture's pixels, and the score of each false alarm at each resolution."""
    known = np.concatenate([picture.aircraft.extents, picture.ignored])
    for gsd_m in LOOKED_AT_M:
        scale = picture.gsd_m / gsd_m
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        seen = cv2.resize(picture.pixels, None, fx=scale, fy=scale, interpolation=how)
        image = network_input(np.asarray(seen, np.uint8))
        for hit in read_hits(network(image)[0], np.ones(seen.shape[:2], bool)):
            if hit.score > LEAST_SCORE and not _touches(hit.extent, known * scale):
                yield (hit.box.center.col / scale, hit.box.center.row / scale), hit.score


def _touches(extent: Extent, known: Floats) -> bool:
    """Check whether an extent overlaps any of those known, (N, 4)."""
    low, high = np.array(extent[:2]), np.array(extent[2:])
    return bool(((known[:, :2] < high) & (known[:, 2:] > low)).all(axis=1).any())
