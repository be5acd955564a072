"""Chips with their boxes as a data set for Ultralytics' YOLO-OBB in a ZIP archive.

The format is told at https://docs.ultralytics.com/datasets/obb/.
"""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np

from annotate.export.archive import Archive
from annotate.export.contents import Contents, Written
from annotate.export.csv import write_csv
from annotate.export.training import Chip, TrainingSet


def write_yolo(contents: Contents, path: Path) -> Written:
    """Write ``images/``, ``labels/``, ``data.yaml``, and ``sightings.csv`` with what a label cannot hold.

    Returns:
        How many chips there are, and how many sightings have none.
    """
    training = TrainingSet(contents)
    classes = {name: number for number, name in enumerate(training.categories)}
    count = 0
    with Archive(path) as archive:
        for chip in training.chips():
            archive.add(f"images/{chip.name}", chip.picture)
            archive.add(f"labels/{Path(chip.name).stem}.txt", _labels(chip, classes).encode())
            count += 1
        archive.add("data.yaml", _data(classes).encode())
        with archive.open("sightings.csv") as binary:
            text = io.TextIOWrapper(binary, encoding="utf-8", newline="")
            write_csv(contents.sightings(), text)
            text.flush()
            text.detach()
    return Written(count, left_out=training.left_out)


def _labels(chip: Chip, classes: dict[str, int]) -> str:
    """A line for each aircraft: its class and its four corners as shares of the image's sides.

    Corners outside the image are moved to its edge, since Ultralytics takes no others.
    """
    lines = []
    for mark in chip.marks:
        shares = np.clip(mark.corners / (chip.width, chip.height), 0, 1).ravel().tolist()
        lines.append(" ".join([str(classes[mark.category]), *(f"{share:.6f}" for share in shares)]))
    return "".join(f"{line}\n" for line in lines)


def _data(classes: dict[str, int]) -> str:
    """Where the images are and what the classes are called."""
    names = ", ".join(f"{number}: {json.dumps(name)}" for name, number in classes.items())
    return (
        "# All chips are in one folder: split them by scene, or what is trained on is also judged on.\n"
        f"train: images\nval: images\nnames: {{{names}}}\n"
    )
