"""Chips with their boxes as a data set for Ultralytics' YOLO-OBB in a ZIP archive.

The format is described at https://docs.ultralytics.com/datasets/obb/.
"""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile

from annotate.exports.csv import write_csv
from annotate.exports.selection import ExportResult, Selection
from annotate.exports.training_set import TrainingChip, TrainingSet
from annotate.exports.zip_archive import ZipArchive
from annotate.log.entries import Sighting


def write_yolo(selection: Selection, path: Path) -> ExportResult:
    """Write ``images/``, ``labels/``, ``data.yaml``, and ``sightings.csv`` with what a label cannot hold.

    Returns:
        How many chips there are, and how many sightings' chips were left out.
    """
    training = TrainingSet(selection)
    classes = {name: number for number, name in enumerate(training.categories)}
    with ZipArchive(path) as archive, TemporaryFile() as rows:
        text = io.TextIOWrapper(rows, encoding="utf-8", newline="")
        count = write_csv(_add_chips(training, archive, classes), text)
        text.flush()
        archive.add("data.yaml", _data(classes).encode())
        rows.seek(0)
        with archive.open("sightings.csv") as file:
            shutil.copyfileobj(rows, file)
    return ExportResult(count, left_out=training.left_out)


def _add_chips(training: TrainingSet, archive: ZipArchive, classes: dict[str, int]) -> Iterator[Sighting]:
    """Add each chip with its labels to the archive, then yield its sighting."""
    for chip in training.chips():
        archive.add(f"images/{chip.name}", chip.files.picture)
        archive.add(f"labels/{chip.name.removesuffix('.png')}.txt", _labels(chip, classes).encode())
        yield chip.sighting


def _labels(chip: TrainingChip, classes: dict[str, int]) -> str:
    """Return a line per aircraft: its class and its four corners as shares of the image's sides.

    Corners outside the image are moved to its edge, as Ultralytics refuses others.
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
    """Return where the images are and what the classes are called."""
    names = ", ".join(f"{number}: {json.dumps(name)}" for name, number in classes.items())
    return (
        "# All chips are in one folder: split them by scene, or what is trained on is also judged on.\n"
        f"train: images\nval: images\nnames: {{{names}}}\n"
    )
