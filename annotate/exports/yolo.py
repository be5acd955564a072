"""Chips with their boxes as a data set for Ultralytics' YOLO-OBB in a ZIP archive.

The format is told at https://docs.ultralytics.com/datasets/obb/.
"""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile

from annotate.exports.csv import write_csv
from annotate.exports.selection import Contents, Written
from annotate.exports.training_set import Chip, TrainingSet
from annotate.exports.zip_archive import Archive
from annotate.log.entries import Sighting


def write_yolo(contents: Contents, path: Path) -> Written:
    """Write ``images/``, ``labels/``, ``data.yaml``, and ``sightings.csv`` with what a label cannot hold.

    Returns:
        How many chips there are, and how many sightings' chips are not there.
    """
    training = TrainingSet(contents)
    classes = {name: number for number, name in enumerate(training.categories)}
    with Archive(path) as archive, TemporaryFile() as rows:
        text = io.TextIOWrapper(rows, encoding="utf-8", newline="")
        count = write_csv(_added(training, archive, classes), text)
        text.flush()
        archive.add("data.yaml", _data(classes).encode())
        rows.seek(0)
        with archive.open("sightings.csv") as file:
            shutil.copyfileobj(rows, file)
    return Written(count, left_out=training.left_out)


def _added(training: TrainingSet, archive: Archive, classes: dict[str, int]) -> Iterator[Sighting]:
    """The sightings whose chips are in the archive, each after its picture and its labels were added."""
    for chip in training.chips():
        archive.add(f"images/{chip.name}", chip.told.picture)
        archive.add(f"labels/{chip.name.removesuffix('.png')}.txt", _labels(chip, classes).encode())
        yield chip.sighting


def _labels(chip: Chip, classes: dict[str, int]) -> str:
    """A line for each aircraft: its class and its four corners as shares of the image's sides.

    Corners outside the image are moved to its edge, since Ultralytics takes no others.
    """
    lines = []
    for mark in chip.marks:
        shares = [
            f"{min(max(place / side, 0.0), 1.0):.6f}"
            for corner in mark.corners
            for place, side in zip(corner, (chip.width, chip.height), strict=True)
        ]
        lines.append(f"{classes[mark.category]} {' '.join(shares)}\n")
    return "".join(lines)


def _data(classes: dict[str, int]) -> str:
    """Where the images are and what the classes are called."""
    names = ", ".join(f"{number}: {json.dumps(name)}" for name, number in classes.items())
    return (
        "# All chips are in one folder: split them by scene, or what is trained on is also judged on.\n"
        f"train: images\nval: images\nnames: {{{names}}}\n"
    )
