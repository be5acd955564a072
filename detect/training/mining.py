"""Mining: places where a network sees aircraft that are not there, to be shown more often."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import nn

from detect.detectors.network import MULTIPLE, read_hits
from detect.training.training_picture import TrainingPicture

LOOKED_AT_M = (0.6, 1.0)  # metres per pixel
MOST, LEAST_SCORE = 400, 0.1


class HardPlace(NamedTuple):
    """A false alarm.

    Attributes:
        picture: Index of the picture that it is in.
        center: Its column and row, pixels.
    """

    picture: int
    center: tuple[float, float]


def hard_places(network: nn.Module, pictures: Sequence[TrainingPicture]) -> list[HardPlace]:
    """Return the places in pictures without aircraft that a network takes for one, the surest first."""
    places = []
    with torch.no_grad():
        for index, picture in enumerate(pictures):
            for gsd_m in LOOKED_AT_M:
                scale = picture.gsd_m / gsd_m
                rows, cols = (MULTIPLE * int(side * scale / MULTIPLE) for side in picture.pixels.shape[:2])
                seen = cv2.resize(picture.pixels, (cols, rows), interpolation=cv2.INTER_AREA)
                image = torch.from_numpy(seen.transpose(2, 0, 1)[None].astype(np.float32) / 255)
                output = network(image)[0].numpy()
                for hit in read_hits(output, np.ones((rows, cols), bool)):
                    col, row = hit.box.center
                    places.append((hit.score, HardPlace(index, (col / scale, row / scale))))
    places.sort(key=lambda place: -place[0])
    return [place for score, place in places[:MOST] if score > LEAST_SCORE]
