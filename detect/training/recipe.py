"""A recipe: what weights are made from, and the pictures that come of it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import count, repeat
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from detect import Progress
from detect.evaluation.truth import Truth
from detect.evaluation.truth_files import read_truth
from detect.training.cutouts import Cutout, cutouts_of
from detect.training.drawn_in import with_rendered
from detect.training.photographs import joined_ground, joined_negatives, read_photographs
from detect.training.repainted import with_repainted
from detect.training.scene_pictures import scene_pictures
from detect.training.training_picture import Material, TrainingPicture, rendered_picture
from imagery.errors import UsageError
from imagery.record import hash_files

RENDERED_IN, PASTED_IN = 20, 14  # rendered and repainted aircraft put into the copy of a picture


# How often crops are drawn from each kind of pictures, relative to the others.
SHARES = {
    "scenes": 0.33,
    "scenes, drawn into": 0.22,
    "joined": 0.13,
    "joined, drawn into": 0.15,
    "rendered": 0.18,
}
JOINED, DRAWN_INTO = 0.35, 0.45  # grounds joined from photographs, as they are and drawn into, a rendered one


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """The ingredients of weights; the same recipe gives nearly the same weights.

    Attributes:
        scenes: Paths of scenes whose aircraft are known.
        truth: Paths of the files with these aircraft.
        photographs: COCO file of small photographs whose aircraft are known, or None.
        negatives: Folder of folders of photographs without aircraft, or None.
        start: Weights to begin with, one of `detect.MODELS` or a folder, or None for those of ImageNet.
        licence: SPDX identifier of the images; None where there are none.
        grounds: How many practice grounds are rendered.
        steps: How many batches the network is trained on.
        seed: Of everything that is random.

    Raises:
        UsageError: There are images and no licence, or photographs without negatives.
    """

    scenes: tuple[str, ...] = ()
    truth: tuple[str, ...] = ()
    photographs: str | None = None
    negatives: str | None = None
    start: str | None = None
    licence: str | None = None
    grounds: int
    steps: int
    seed: int

    def __post_init__(self) -> None:
        """Check what belongs together."""
        if (self.scenes or self.photographs or self.start) and self.licence is None:
            raise UsageError("`licence` is missing: weights carry the terms of the images they are made from")
        if (self.photographs is None) != (self.negatives is None):
            raise UsageError("`photographs` and `negatives` belong together")


class NamedHash(NamedTuple):
    """An image by its name, not by where it is on this machine; ``sha256`` as in candidates files."""

    name: str
    sha256: str


class Ingredients(NamedTuple):
    """What a recipe comes to.

    Attributes:
        material: The pictures; the negatives are the photographs without aircraft.
        images: Name and SHA-256 of each image that they come from.
    """

    material: Material
    images: list[NamedHash]


def ingredients_of(recipe: Recipe, progress: Progress) -> Ingredients:
    """Read, join and render the pictures of a recipe, on all cores.

    Raises:
        UsageError: There is nothing to learn from, or the truth lacks a scene.
        SceneError: A scene cannot be read.
    """
    truth = read_truth(recipe.truth) if recipe.truth else Truth("no truth", ())
    cut = list(scene_pictures(recipe.scenes, truth))
    scenes = [picture for scene in cut for picture in scene.pictures]
    images, negatives = [NamedHash(scene.name, scene.sha256) for scene in cut], list[TrainingPicture]()
    joined, to_draw_into, cutouts = list[TrainingPicture](), list[TrainingPicture](), list[Cutout]()
    if recipe.photographs is not None and recipe.negatives is not None:
        photographs = read_photographs(Path(recipe.photographs), Path(recipe.negatives))
        images += [NamedHash(path.name, hash_files([path])) for path in photographs.files]
        negatives = joined_negatives(photographs)
        joined, to_draw_into = (
            [
                joined_ground(photographs, np.random.default_rng([recipe.seed, number, kind]))
                for number in range(total)
            ]
            for kind, total in enumerate((round(recipe.grounds * JOINED), round(recipe.grounds * DRAWN_INTO)))
        )
        cutouts = cutouts_of(photographs)
    grounds = [*scenes, *to_draw_into]
    cv2.setNumThreads(1)  # a process that is forked beside threads of OpenCV may hang
    drawn_into, rendered = list[TrainingPicture](), list[TrainingPicture]()
    with ProcessPoolExecutor() as pool:
        for pictures, made in (
            (drawn_into, pool.map(_drawn_into, grounds, repeat(cutouts), repeat(recipe.seed), count())),
            (rendered, pool.map(rendered_picture, range(recipe.grounds))),
        ):
            for picture in made:
                pictures.append(picture)
                progress(len(drawn_into) + len(rendered), len(grounds) + recipe.grounds)
    kinds = {
        "scenes": scenes,
        "scenes, drawn into": drawn_into[: len(scenes)],
        "joined": joined,
        "joined, drawn into": drawn_into[len(scenes) :],
        "rendered": rendered,
    }
    pictures = [picture for kind in kinds.values() for picture in kind]
    if not pictures:
        raise UsageError("nothing to learn from; give `scenes`, or `grounds` above 0")
    shares = [SHARES[name] / len(kind) for name, kind in kinds.items() for _ in kind]
    return Ingredients(Material(pictures, shares, negatives), images)


def _drawn_into(
    picture: TrainingPicture, cutouts: Sequence[Cutout], seed: int, number: int
) -> TrainingPicture:
    """Put rendered and repainted aircraft into a picture."""
    rng = np.random.default_rng([seed, number, 4])
    if not cutouts:
        return with_rendered(picture, RENDERED_IN + PASTED_IN, rng)
    return with_repainted(with_rendered(picture, RENDERED_IN, rng), cutouts, PASTED_IN, rng)
