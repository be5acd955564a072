"""Chips with their boxes as a COCO data set (https://cocodataset.org/#format-data) in a ZIP archive."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Self

from annotate.exports.selection import ExportResult, Selection
from annotate.exports.training_set import Ring, TrainingChip, TrainingSet
from annotate.exports.zip_archive import ZipArchive
from imagery.aircraft.types import aircraft_types


def write_coco(selection: Selection, path: Path) -> ExportResult:
    """Write ``images/`` and ``annotations.json``.

    Each image is a chip; its member ``sighting`` has every field of the sighting that it was cut for. Each
    annotation is an aircraft in a chip: ``sighting`` is its identifier, ``obb`` the corners of its oriented
    box; ``bbox`` and ``segmentation`` are the part of that which lies in the chip.

    Returns:
        How many chips there are, and how many sightings' chips were left out.
    """
    training = TrainingSet(selection)
    categories = {name: number for number, name in enumerate(training.categories, start=1)}
    licences: dict[str, int] = {}
    with ZipArchive(path) as archive, _Rows() as images, _Rows() as annotations:
        for chip in training.chips():
            archive.add_chip(f"images/{chip.name}", chip.files)
            licence = chip.sighting.licence
            number = None if licence is None else licences.setdefault(licence, len(licences) + 1)
            images.add(_image(chip, number))
            for annotation in _annotations(chip, images.count, categories):
                annotations.add(annotation)
        with archive.open("annotations.json") as file:
            file.write(b'{"info": {"description": "Sightings of a hardstand log"},\n"licenses": ')
            file.write(_json([{"id": number, "name": name} for name, number in licences.items()]))
            file.write(b',\n"categories": ')
            file.write(_json([_category(name, number) for name, number in categories.items()]))
            file.write(b',\n"images": [')
            images.copy(file)
            file.write(b'],\n"annotations": [')
            annotations.copy(file)
            file.write(b"]}\n")
    return ExportResult(images.count, left_out=training.left_out)


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


class _Rows:
    """A JSON list without its brackets, kept on the disk because two of them grow at a time."""

    def __init__(self) -> None:
        self.count = 0
        self._file = TemporaryFile()  # noqa: SIM115 -- closed in __exit__

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, row: dict[str, Any]) -> None:
        """Add a row and number it from 1."""
        self._file.write(b",\n" if self.count else b"\n")
        self.count += 1
        self._file.write(_json({"id": self.count, **row}))

    def copy(self, file: IO[bytes]) -> None:
        """Write all rows."""
        self._file.seek(0)
        shutil.copyfileobj(self._file, file)


def _image(chip: TrainingChip, licence: int | None) -> dict[str, Any]:
    image = {"file_name": chip.name, "width": chip.width, "height": chip.height}
    return {**image, "license": licence, "sighting": vars(chip.sighting)}


def _annotations(chip: TrainingChip, image: int, categories: dict[str, int]) -> Iterator[dict[str, Any]]:
    for mark in chip.marks:
        cols, rows = zip(*mark.visible, strict=True)
        col, row = min(cols), min(rows)
        yield {
            "image_id": image,
            "category_id": categories[mark.category],
            "bbox": _rounded([col, row, max(cols) - col, max(rows) - row]),
            "area": round(_area(mark.visible), 3),
            "segmentation": [_rounded(chain.from_iterable(mark.visible))],
            "iscrowd": 0,
            "obb": _rounded(chain.from_iterable(mark.corners)),
            "sighting": mark.sighting,
            "rendered": chip.sighting.rendered,  # of one scene, so all or none
        }


def _area(ring: Ring) -> float:
    """Return the area of a polygon by the shoelace formula."""
    around = zip(ring, [*ring[1:], ring[0]], strict=True)
    return abs(sum(x * next_y - next_x * y for (x, y), (next_x, next_y) in around)) / 2


def _category(name: str, number: int) -> dict[str, Any]:
    aircraft = aircraft_types().get(name)
    return {"id": number, "name": name, "supercategory": aircraft.category if aircraft else "aircraft"}


def _rounded(numbers: Iterable[float]) -> list[float]:
    return [round(number, 3) for number in numbers]


def _json(value: object) -> bytes:
    return _ENCODER.encode(value).encode()
