"""COCO and YOLO sets mark every aircraft of a chip where its pixels are."""

from __future__ import annotations

import ast
import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pycocotools.coco import COCO
from pycocotools.mask import decode, frPyObjects

from annotate.exports.export import export
from annotate.exports.selection import Selection
from annotate.query.filters import Filter
from imagery.record import hash_files

White = Callable[[bytes, np.ndarray], float]


@pytest.fixture
def coco(selection: Selection, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Any]:
    """The set as COCO's own API opens it, with its archive as ``archive``."""
    export(selection.log, tmp_path / "a.coco.zip")
    with zipfile.ZipFile(tmp_path / "a.coco.zip") as archive:
        archive.extract("annotations.json", tmp_path)
        opened = COCO(tmp_path / "annotations.json")
        opened.archive = archive
        yield opened


@pytest.fixture
def yolo(selection: Selection, tmp_path: Path) -> Iterator[zipfile.ZipFile]:
    export(selection.log, tmp_path / "a.yolo.zip")
    with zipfile.ZipFile(tmp_path / "a.yolo.zip") as archive:
        yield archive


# pycocotools knows numpy 1
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_each_box_lies_on_its_aircraft(coco: Any, white: White) -> None:
    """Aircraft are painted white into the scenes, one of which is askew: pixels tell."""
    assert len(coco.imgs) == 5
    for image in coco.imgs.values():
        picture = coco.archive.read(f"images/{image['file_name']}")
        marks = coco.imgToAnns[image["id"]]
        with Image.open(io.BytesIO(picture)) as opened:
            assert opened.size == (image["width"], image["height"])
            pixels = np.asarray(opened.convert("L")) > 0
        covered = np.zeros_like(pixels)
        for mark in marks:
            assert white(picture, np.reshape(mark["obb"], (4, 2))) > 0.97
            rle = frPyObjects(mark["segmentation"], image["height"], image["width"])
            covered |= decode(rle)[..., 0].astype(bool)
        shared = np.logical_and(covered, pixels).sum() / np.logical_or(covered, pixels).sum()
        assert shared > 0.93  # and no white pixel is left without a mark


def test_a_neighbour_in_the_picture_is_marked_there_too(coco: Any) -> None:
    """Left out, it would teach that it is no aircraft."""
    counts = [len(coco.imgToAnns[image]) for image in coco.imgs]
    assert counts == [2, 2, 1, 1, 1]
    first, second = (mark["sighting"] for mark in coco.imgToAnns[1])
    assert [mark["sighting"] for mark in coco.imgToAnns[2]] == [first, second]


def test_the_categories_are_what_people_claim(coco: Any) -> None:
    """One has no type, and of another they disagree: both are of an unknown type, not of the machine's."""
    names = {number: category["name"] for number, category in coco.cats.items()}
    assert names == {1: "B737", 2: "C130", 3: "unknown"}
    own = [
        mark
        for number, image in coco.imgs.items()
        for mark in coco.imgToAnns[number]
        if mark["sighting"] == image["sighting"]["id"]
    ]
    assert [names[mark["category_id"]] for mark in own] == ["C130", "B737", "C130", "unknown", "unknown"]
    assert coco.cats[2]["supercategory"] == "Military transport"


def test_a_rendered_picture_says_so_in_its_name_and_its_marks(coco: Any, yolo: zipfile.ZipFile) -> None:
    rendered = [image for image in coco.imgs.values() if image["sighting"]["rendered"]]
    assert [image["file_name"].startswith("rendered-") for image in rendered] == [True]
    assert [mark["rendered"] for mark in coco.imgToAnns[rendered[0]["id"]]] == [True]
    assert sum(name.startswith("images/rendered-") for name in yolo.namelist()) == 1


def test_a_picture_carries_the_licence_of_its_image(coco: Any) -> None:
    licences = {one["id"]: one["name"] for one in coco.dataset["licenses"]}
    assert [licences.get(image["license"]) for image in coco.imgs.values()] == [
        "CC-BY-4.0",
        "CC-BY-4.0",
        None,
        "CC-BY-4.0",
        "CC-BY-4.0",
    ]


def test_bbox_and_area_are_those_of_what_can_be_seen(coco: Any) -> None:
    for mark in coco.anns.values():
        ring = np.reshape(mark["segmentation"][0], (-1, 2))
        x, y, width, height = mark["bbox"]
        assert [x, y] == pytest.approx(ring.min(axis=0), abs=2e-3)
        assert [x + width, y + height] == pytest.approx(ring.max(axis=0), abs=2e-3)
        turned = np.roll(ring, -1, axis=0)
        area = abs(np.sum(ring[:, 0] * turned[:, 1] - turned[:, 0] * ring[:, 1])) / 2
        assert mark["area"] == pytest.approx(area, rel=1e-3)
        image = coco.imgs[mark["image_id"]]
        assert ring.min() >= 0
        assert (ring <= (image["width"], image["height"])).all()


def test_yolo_has_a_label_file_for_each_picture_and_a_class_for_each_line(
    yolo: zipfile.ZipFile, white: White
) -> None:
    """The corners are shares of the picture's sides, as Ultralytics wants them."""
    data = dict(line.split(": ", 1) for line in yolo.read("data.yaml").decode().splitlines()[1:])
    names = ast.literal_eval(data["names"])
    assert names == {0: "B737", 1: "C130", 2: "unknown"}
    pictures = [name for name in yolo.namelist() if name.startswith(f"{data['train']}/")]
    assert len(pictures) == 5
    for name in pictures:
        picture = yolo.read(name)
        with Image.open(io.BytesIO(picture)) as opened:
            size = opened.size
        lines = yolo.read(name.replace("images/", "labels/").replace(".png", ".txt")).decode().splitlines()
        assert lines
        for line in lines:
            number, *shares = line.split(" ")
            assert int(number) in names
            ring = np.reshape(list(map(float, shares)), (4, 2))
            assert ((ring >= 0) & (ring <= 1)).all()
            assert white(picture, ring * size) > 0.97


def test_a_sighting_without_a_chip_is_left_out_and_counted(selection: Selection, tmp_path: Path) -> None:
    for name in ("a.coco.zip", "a.yolo.zip"):
        written = export(selection.log, tmp_path / name)
        assert (written.sightings, written.left_out) == (5, 1)


def test_yolo_lists_what_its_pictures_show_and_nothing_else(
    selection: Selection, yolo: zipfile.ZipFile
) -> None:
    listed = list(csv.DictReader(io.StringIO(yolo.read("sightings.csv").decode(), newline="")))
    pictures = [name for name in yolo.namelist() if name.startswith("images/")]
    assert [line["id"] for line in listed] == [Path(name).stem[-16:] for name in pictures]
    assert [line["evidence"] for line in listed] == ["seen"] * 5


def test_only_what_is_asked_for_is_marked(selection: Selection, tmp_path: Path) -> None:
    export(selection.log, tmp_path / "a.coco.zip", Filter(types=frozenset({"C130"})))
    with zipfile.ZipFile(tmp_path / "a.coco.zip") as archive:
        dataset = json.loads(archive.read("annotations.json"))
    assert [category["name"] for category in dataset["categories"]] == ["C130"]
    assert len(dataset["annotations"]) == 2


def test_boxes_lie_where_they_did_when_positions_are_rounded(
    selection: Selection, coco: Any, tmp_path: Path
) -> None:
    """A place in a chip is none on Earth, so rounding does not move it."""
    export(selection.log, tmp_path / "b.coco.zip", round_m=1000)
    with zipfile.ZipFile(tmp_path / "b.coco.zip") as archive:
        assert json.loads(archive.read("annotations.json"))["annotations"] == list(coco.anns.values())


def test_a_chip_can_be_held_against_its_hash_in_the_log(selection: Selection, tmp_path: Path) -> None:
    """Its world file comes with it, since the hash is taken over both; not where positions are rounded."""
    for name in ("a.coco.zip", "a.kmz"):
        export(selection.log, tmp_path / name)
        with zipfile.ZipFile(tmp_path / name) as archive:
            archive.extractall(tmp_path / name.split(".")[1])
        export(selection.log, tmp_path / name, round_m=1000, overwrite=True)
        with zipfile.ZipFile(tmp_path / name) as archive:
            assert not any(member.endswith(".pgw") for member in archive.namelist())
    for folder in ("coco/images", "kmz/chips"):
        for sighting in list(selection.sightings())[:5]:
            (chip,) = (tmp_path / folder).glob(f"*{sighting.id}.png")
            assert hash_files([chip, chip.with_suffix(".pgw")]) == sighting.chip_sha256
