"""A chip is what was logged, or there is none."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from annotate.exports.export import export
from annotate.log.chips import OUTSIDE, LoggedChip, NoChip, logged_chip
from annotate.log.store import Log, open_log
from imagery.record import hash_files


def hash_of_chip(folder: Path, name: str) -> str:
    """The hash of a picture and its world file."""
    return hash_files([folder / name, (folder / name).with_suffix(".pgw")])


@pytest.fixture
def chip(tmp_path: Path) -> Path:
    """A picture and its world file."""
    Image.new("L", (30, 20)).save(tmp_path / "a1.png")
    (tmp_path / "a1.pgw").write_text("0.5\n0\n0\n-0.25\n100.25\n199.875\n")
    return tmp_path / "a1.png"


def test_what_has_the_hash_of_the_log_is_the_chip(chip: Path) -> None:
    found = logged_chip(chip.parent, chip.name, hash_of_chip(chip.parent, chip.name))
    assert isinstance(found, LoggedChip)
    assert found.picture == chip.read_bytes()
    assert found.size == (30, 20)


def test_a_world_file_counts_from_the_middle_of_the_first_pixel(chip: Path) -> None:
    """ESRI's definition: its last two terms are where the middle of the upper left pixel lies."""
    found = logged_chip(chip.parent, chip.name, hash_of_chip(chip.parent, chip.name))
    assert isinstance(found, LoggedChip)
    assert found.to_map @ (0, 0) == (100, 200)
    assert found.to_map @ (2, 4) == (101, 199)


@pytest.mark.parametrize("suffix", [".png", ".pgw"])
def test_what_was_changed_is_no_chip(chip: Path, suffix: str) -> None:
    sha256 = hash_of_chip(chip.parent, chip.name)
    changed = chip.with_suffix(suffix)
    changed.write_bytes(changed.read_bytes() + b"\n")
    assert logged_chip(chip.parent, chip.name, sha256) == NoChip(
        "the file is NOT the one that was logged: its hash differs"
    )


@pytest.mark.parametrize("suffix", [".png", ".pgw"])
def test_what_is_not_there_is_no_chip(chip: Path, suffix: str) -> None:
    sha256 = hash_of_chip(chip.parent, chip.name)
    chip.with_suffix(suffix).unlink()
    assert logged_chip(chip.parent, chip.name, sha256) == NoChip("the file is not at hand")
    assert logged_chip(None, chip.name, sha256) == NoChip("the file is not at hand")
    assert logged_chip(chip.parent, None, None) == NoChip("the log has none")


def test_a_name_in_the_log_does_not_lead_out_of_the_folder_of_chips(chip: Path) -> None:
    (chip.parent / "empty").mkdir()
    sha256 = hash_of_chip(chip.parent, chip.name)
    assert logged_chip(chip.parent / "empty", f"../{chip.name}", sha256) == OUTSIDE


@pytest.mark.parametrize(("name", "sightings"), [("a.kmz", 6), ("a.coco.zip", 4), ("a.yolo.zip", 4)])
def test_no_export_passes_on_a_chip_that_was_swapped(
    log: Log, tmp_path: Path, name: str, sightings: int
) -> None:
    """Two aircraft change places: each picture is sound, but not the one that was logged."""
    assert log.chips
    copy = tmp_path / "copy.db"
    shutil.copy(log.name, copy)
    shutil.copytree(log.chips, tmp_path / "copy.db.chips")
    first, second = [one.chip for one in log.sightings() if one.chip][:2]
    assert first
    assert second
    shutil.copy(log.chips / first, tmp_path / "copy.db.chips" / second)
    with open_log(str(copy)) as opened:
        written = export(opened, tmp_path / name)
    assert written.sightings == sightings
    assert written.left_out == (1 if name == "a.kmz" else 2)  # and the one that has no picture
    with zipfile.ZipFile(tmp_path / name) as archive:
        members = archive.namelist()
    assert any(member.endswith(first) for member in members)
    assert not any(member.endswith(second) for member in members)
