"""Chips inside the page."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from annotate.exports.redaction import Redaction
from annotate.log.chips import OUTSIDE, NoChip
from annotate.log.entries import Sighting
from annotate.report.pictures import EmbeddedPicture, PagePictures
from imagery.record import hash_files


def hash_of_chip(folder: Path, name: str) -> str:
    """The hash of a picture and its world file."""
    return hash_files([folder / name, (folder / name).with_suffix(".pgw")])


EVERYTHING = Redaction()
Write = Callable[..., Sighting]


@pytest.fixture
def chipped(tmp_path: Path, reported: Callable[..., Sighting]) -> Write:
    """Writes a chip of 40 m and surroundings of 400 m around it; gives the sighting they are logged with."""

    def make(id: str = "a1", *, chip_px: int = 80, noise: bool = False) -> Sighting:
        chip, around = f"{id}.png", f"{id}-surroundings.png"
        pixels = np.random.default_rng(0).integers(0, 255, (chip_px, chip_px, 3), np.uint8)
        facts = PngImagePlugin.PngInfo()
        facts.add_text("Author", "ana@example.org")
        Image.fromarray(pixels if noise else pixels * 0 + 90).save(tmp_path / chip, pnginfo=facts)
        Image.fromarray(np.full((100, 100, 3), 120, np.uint8)).save(tmp_path / around)
        (tmp_path / f"{id}.pgw").write_text("0.5\n0\n0\n-0.5\n1000.25\n1999.75\n")
        # Its corner lies 180 m west and north of the chip's, so that the chip is in the middle.
        (tmp_path / f"{id}-surroundings.pgw").write_text("4\n0\n0\n-4\n822.0\n2178.0\n")
        return reported(
            id=id,
            evidence="seen",
            gsd_m=0.5,
            chip=chip,
            chip_sha256=hash_of_chip(tmp_path, chip),
            surroundings=around,
            surroundings_sha256=hash_of_chip(tmp_path, around),
        )

    return make


def decoded(address: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2])))


def test_a_small_picture_goes_in_as_it_is(tmp_path: Path, chipped: Write) -> None:
    pictures = PagePictures(tmp_path, 1, EVERYTHING)
    shown = pictures.of(chipped())
    assert isinstance(shown.chip, EmbeddedPicture)
    assert not shown.chip.reduced
    kept = base64.b64decode(pictures.addresses[shown.chip.number].partition(",")[2])
    assert kept == (tmp_path / "a1.png").read_bytes()


def test_a_large_picture_is_recompressed_and_the_more_there_are_the_smaller_they_get(
    tmp_path: Path, chipped: Write
) -> None:
    sighting = chipped(chip_px=900, noise=True)
    sides = []
    for sightings in (1, 300, 2000):
        pictures = PagePictures(tmp_path, sightings, EVERYTHING)
        shown = pictures.of(sighting).chip
        assert isinstance(shown, EmbeddedPicture)
        assert shown.reduced
        image = decoded(pictures.addresses[shown.number])
        assert image.format == "JPEG"
        assert image.size == (shown.width, shown.height)
        sides.append(shown.width)
    assert sides == [512, 320, 224]


def test_each_picture_is_in_the_page_once(tmp_path: Path, chipped: Write) -> None:
    pictures = PagePictures(tmp_path, 2, EVERYTHING)
    sighting = chipped()
    assert pictures.of(sighting).chip == pictures.of(replace(sighting, id="another")).chip
    assert len(pictures.addresses) == 2


def test_the_scale_and_the_place_in_the_surroundings_come_from_the_world_files(
    tmp_path: Path, chipped: Write
) -> None:
    shown = PagePictures(tmp_path, 1, EVERYTHING).of(chipped())
    assert isinstance(shown.chip, EmbeddedPicture)
    assert isinstance(shown.surroundings, EmbeddedPicture)
    assert shown.chip.across_m == 40
    assert shown.surroundings.across_m == 400
    assert shown.outline == (45.0, 45.0, 10.0, 10.0)


@pytest.mark.parametrize("changed", ["a1.png", "a1.pgw"])
def test_a_picture_that_is_not_the_logged_one_is_not_shown(
    tmp_path: Path, chipped: Write, changed: str
) -> None:
    sighting = chipped()
    (tmp_path / changed).write_bytes((tmp_path / changed).read_bytes() + b"\n")
    shown = PagePictures(tmp_path, 1, EVERYTHING).of(sighting)
    assert shown.chip == NoChip("the file is NOT the one that was logged: its hash differs")
    assert isinstance(shown.surroundings, EmbeddedPicture)
    assert shown.outline is None


def test_what_is_not_there_says_why(tmp_path: Path, chipped: Write, reported: Write) -> None:
    sighting = chipped()
    pictures = PagePictures(tmp_path, 1, EVERYTHING)
    assert pictures.of(reported()).chip == NoChip("not from an image of the log")
    assert pictures.of(replace(sighting, chip=None)).chip == NoChip("the log has none")
    assert PagePictures(None, 1, EVERYTHING).of(sighting).chip == NoChip("the file is not at hand")
    (tmp_path / "a1.png").unlink()
    assert pictures.of(sighting).chip == NoChip("the file is not at hand")


def test_a_name_in_the_log_cannot_lead_out_of_the_folder_of_chips(tmp_path: Path, chipped: Write) -> None:
    sighting = chipped()
    (tmp_path / "empty").mkdir()
    outside = replace(sighting, chip="../a1.png")
    assert PagePictures(tmp_path / "empty", 1, EVERYTHING).of(outside).chip == OUTSIDE


def test_a_file_that_is_no_picture_is_not_embedded(tmp_path: Path, chipped: Write) -> None:
    sighting = chipped()
    (tmp_path / "a1.png").write_text("<script>alert(1)</script>")
    sighting = replace(sighting, chip_sha256=hash_of_chip(tmp_path, "a1.png"))
    pictures = PagePictures(tmp_path, 1, EVERYTHING)
    shown = pictures.of(sighting).chip
    assert isinstance(shown, NoChip)
    assert shown.why.startswith("cannot be read")


def test_a_published_picture_does_not_say_who_made_it(tmp_path: Path, chipped: Write) -> None:
    pictures = PagePictures(tmp_path, 1, Redaction(public=True))
    pictures.of(chipped())
    assert b"ana@" not in base64.b64decode(pictures.addresses[0].partition(",")[2])
    assert decoded(pictures.addresses[0]).size == (80, 80)
