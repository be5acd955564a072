"""Chips: the pixels that somebody looked at, in their place on the ground, hashed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from PIL import Image

from annotate.log.chips import MISSING, SURROUNDINGS_PX, LoggedChip, cut_chips, logged_chip
from annotate.log.entries import Sighting, Verdict
from annotate.log.store import open_log
from annotate.log.verify import verify_entries
from imagery.grid import PixelPoint
from imagery.record import SceneRecord, hash_files
from imagery.scene import Scene, open_scene


def hash_of_chip(folder: Path, name: str) -> str:
    """The hash of a picture and its world file."""
    return hash_files([folder / name, (folder / name).with_suffix(".pgw")])


TRANSFORM = Affine(0.5, 0, 600_000, 0, -0.5, 4_500_000)
CENTER = (700.0, 500.0)


@pytest.fixture
def sighting(reported: Callable[..., Sighting]) -> Callable[..., Sighting]:
    """Makes a sighting seen in a scene: 30 m long, 40 m wide on pixels of 0.5 m."""

    def make(**members: Any) -> Sighting:
        return reported(**{"id": "a1b2", "center_px": CENTER, "box_px": (60.0, 80.0, 30.0)} | members)

    return make


@pytest.fixture
def scene_file(tmp_path: Path) -> Callable[..., Path]:
    """Writes a scene whose pixels are told apart: red counts columns, green rows."""

    def write(bands: int = 3, transform: Affine = TRANSFORM, **tags: str) -> Path:
        rows, cols = np.indices((1100, 1400))
        pixels = np.stack([cols % 256, rows % 256, (cols // 256) * 16 + rows // 256]).astype(np.uint8)[:bands]
        path = tmp_path / "scene.tif"
        profile = {"driver": "GTiff", "dtype": "uint8", "crs": "EPSG:32629", "transform": transform}
        with rasterio.open(path, "w", width=1400, height=1100, count=bands, **profile) as dataset:
            dataset.write(pixels)
            dataset.update_tags(**tags)
        return path

    return write


def pixels_of(path: Path) -> np.ndarray[Any, np.dtype[np.uint8]]:
    with Image.open(path) as picture:
        return np.asarray(picture)


def test_the_chip_holds_the_scenes_own_pixels_in_their_place(
    scene_file: Callable[..., Path], sighting: Callable[..., Sighting], tmp_path: Path
) -> None:
    path = scene_file()
    with open_scene(path) as scene:
        chips = cut_chips(scene, sighting(), tmp_path / "chips")
    assert chips.chip == "a1b2.png"
    with rasterio.open(tmp_path / "chips" / chips.chip) as chip, rasterio.open(path) as whole:
        col, row = ~whole.transform @ (chip.bounds.left, chip.bounds.top)
        assert (col, row) == (round(col), round(row))
        window = rasterio.windows.Window(round(col), round(row), chip.width, chip.height)
        assert np.array_equal(chip.read(), whole.read(window=window)), "not resampled, not shifted"
        assert chip.transform == whole.transform @ Affine.translation(col, row)


def test_the_chip_is_as_large_as_the_aircraft_asks_for(
    scene_file: Callable[..., Path], sighting: Callable[..., Sighting], tmp_path: Path
) -> None:
    """1.6 of the wingspan, but 60 m at least."""
    with open_scene(scene_file()) as scene:
        cut_chips(scene, sighting(), tmp_path)
        cut_chips(scene, sighting(id="small", box_px=(30.0, 20.0, 0.0)), tmp_path)
    assert pixels_of(tmp_path / "a1b2.png").shape[:2] == pytest.approx((128, 128), abs=2)
    assert pixels_of(tmp_path / "small.png").shape[:2] == pytest.approx((120, 120), abs=2)


def test_the_surroundings_are_thinned_out_and_lie_where_they_are(
    scene_file: Callable[..., Path], sighting: Callable[..., Sighting], tmp_path: Path
) -> None:
    with open_scene(scene_file()) as scene:
        chips = cut_chips(scene, sighting(), tmp_path)
        place = scene.grid.transform @ CENTER
    with rasterio.open(tmp_path / chips.surroundings) as picture:
        assert max(picture.width, picture.height) == SURROUNDINGS_PX
        assert picture.bounds.right - picture.bounds.left == pytest.approx(500, abs=2)
        middle = ~picture.transform @ place
        assert middle == pytest.approx((picture.width / 2, picture.height / 2), abs=2)


@pytest.mark.parametrize("center", [(0.5, 0.5), (1399.5, 1099.5), (3.0, 1090.0)])
def test_at_the_scenes_edge_they_end_where_it_does(
    center: tuple[float, float],
    scene_file: Callable[..., Path],
    sighting: Callable[..., Sighting],
    tmp_path: Path,
) -> None:
    path = scene_file()
    with open_scene(path) as scene:
        chips = cut_chips(scene, sighting(center_px=center), tmp_path)
    with rasterio.open(path) as whole:
        for name in (chips.chip, chips.surroundings):
            with rasterio.open(tmp_path / name) as picture:
                assert picture.bounds.left >= whole.bounds.left
                assert picture.bounds.bottom >= whole.bounds.bottom
                assert picture.bounds.right <= whole.bounds.right
                col, row = ~picture.transform @ (whole.transform @ center)
                assert 0 <= col <= picture.width
                assert 0 <= row <= picture.height


def test_pixels_that_are_not_square_become_square_in_a_chip(
    scene_file: Callable[..., Path], sighting: Callable[..., Sighting], tmp_path: Path
) -> None:
    """So that it looks like what it is; the world file tells how it lies."""
    with open_scene(scene_file(transform=TRANSFORM @ Affine.scale(1, 2))) as scene:
        cut_chips(scene, sighting(), tmp_path)
    with rasterio.open(tmp_path / "a1b2.png") as chip:
        assert chip.res == pytest.approx((0.5, 0.5), rel=0.02)


def test_a_grey_scenes_chips_are_grey(
    scene_file: Callable[..., Path], sighting: Callable[..., Sighting], tmp_path: Path
) -> None:
    with open_scene(scene_file(bands=1)) as scene:
        cut_chips(scene, sighting(), tmp_path)
    assert pixels_of(tmp_path / "a1b2.png").ndim == 2


@pytest.mark.parametrize("bands", [1, 3])
def test_chips_of_a_rendered_scene_carry_the_word_in_their_pixels(
    bands: int, scene_file: Callable[..., Path], sighting: Callable[..., Sighting], tmp_path: Path
) -> None:
    """Whoever passes the file on passes that on."""
    marked = {}
    for rendered in ("false", "true"):
        with open_scene(scene_file(bands, RENDERED=rendered)) as scene:
            chips = cut_chips(scene, sighting(), tmp_path)
        marked[rendered] = [pixels_of(tmp_path / name) for name in (chips.chip, chips.surroundings)]
    for real, marked_picture in zip(marked["false"], marked["true"], strict=True):
        differing = np.argwhere(np.atleast_3d(real != marked_picture).any(axis=2))
        assert len(differing) > 100
        rows, cols = differing.max(axis=0)
        assert rows < real.shape[0] / 4, "at the top, beside what it is about"
        assert cols < real.shape[1] / 2


def test_the_hash_is_that_of_the_picture_and_its_world_file(
    scene_file: Callable[..., Path], sighting: Callable[..., Sighting], tmp_path: Path
) -> None:
    """As `sha256sum a1b2.png a1b2.pgw | cut -c-64 | sha256sum` prints it."""
    with open_scene(scene_file()) as scene:
        chips = cut_chips(scene, sighting(), tmp_path)
    files = [tmp_path / "a1b2.png", tmp_path / "a1b2.pgw"]
    lines = "".join(f"{hashlib.sha256(file.read_bytes()).hexdigest()}\n" for file in files)
    assert chips.chip_sha256 == hashlib.sha256(lines.encode()).hexdigest()
    assert isinstance(logged_chip(tmp_path, chips.chip, chips.chip_sha256), LoggedChip)
    assert isinstance(logged_chip(tmp_path, chips.surroundings, chips.surroundings_sha256), LoggedChip)
    files[1].unlink()
    assert logged_chip(tmp_path, chips.chip, chips.chip_sha256) == MISSING


def test_the_same_scene_and_sighting_give_the_same_bytes(
    scene_file: Callable[..., Path], sighting: Callable[..., Sighting], tmp_path: Path
) -> None:
    with open_scene(scene_file()) as scene:
        assert cut_chips(scene, sighting(), tmp_path) == cut_chips(scene, sighting(), tmp_path)


def test_a_report_has_no_pixels_to_cut(
    scene_file: Callable[..., Path], reported: Callable[..., Sighting], tmp_path: Path
) -> None:
    with open_scene(scene_file()) as scene, pytest.raises(ValueError, match="was not seen in a scene"):
        cut_chips(scene, reported(), tmp_path)


class Cutter:
    """Cuts chips for a log, and keeps which sightings it was asked for."""

    def __init__(self, scene: Scene, folder: Path) -> None:
        self.asked: list[Sighting] = []
        self._scene, self._folder = scene, folder

    def __call__(self, sighting: Sighting, record: SceneRecord) -> Any:
        assert record.sha256 == sighting.scene_sha256
        self.asked.append(sighting)
        return cut_chips(self._scene, sighting, self._folder)


def test_a_new_sightings_chips_are_hashed_into_its_entry(
    scene_file: Callable[..., Path], verdict: Callable[..., Verdict], tmp_path: Path
) -> None:
    with open_scene(scene_file()) as scene, open_log(str(tmp_path / "log.db"), create=True) as log:
        assert log.chips
        cut = Cutter(scene, log.chips)
        (held,) = log.record([verdict()], cut=cut).sightings
        assert [asked.id for asked in cut.asked] == [held.id]
        assert held.chip == f"{held.id}.png"
        assert held.chip_sha256 == hash_of_chip(log.chips, held.chip)
        assert list(log.sightings()) == [held]


def test_what_is_said_anew_of_the_same_box_keeps_its_chips_and_a_moved_box_gets_others(
    scene_file: Callable[..., Path], verdict: Callable[..., Verdict], tmp_path: Path
) -> None:
    later, latest = "2026-02-03T04:05:06Z", "2026-03-03T04:05:06Z"
    with open_scene(scene_file()) as scene, open_log(str(tmp_path / "log.db"), create=True) as log:
        assert log.chips
        cut = Cutter(scene, log.chips)
        (first,) = log.record([verdict()], cut=cut).sightings
        (retyped,) = log.record([verdict(type="A400", annotated=later)]).sightings
        assert (retyped.chip, retyped.chip_sha256) == (first.chip, first.chip_sha256)
        moved = verdict(verdict="corrected", center_px=(600.0, 600.0), annotated=latest)
        (now,) = log.record([moved], cut=cut).sightings
        assert now.chip == f"{now.id}.png"
        assert (log.chips / str(first.chip)).exists(), "the older entry still names it"


def test_a_withdrawn_sighting_needs_no_pixels(
    scene_file: Callable[..., Path], verdict: Callable[..., Verdict], tmp_path: Path
) -> None:
    with open_scene(scene_file()) as scene, open_log(str(tmp_path / "log.db"), create=True) as log:
        cut = Cutter(scene, tmp_path)
        log.record([verdict()], cut=cut)
        log.record([verdict(verdict="rejected", annotated="2026-02-03T04:05:06Z")], cut=cut)
        assert len(cut.asked) == 1


def test_a_scene_that_is_not_at_hand_leaves_a_sighting_without_chips(
    verdict: Callable[..., Verdict], tmp_path: Path
) -> None:
    with open_log(str(tmp_path / "log.db"), create=True) as log:
        (held,) = log.record([verdict()], cut=lambda _sighting, _record: None).sightings
        assert (held.chip, held.surroundings_sha256) == (None, None)


def test_chips_of_a_scene_that_is_at_hand_later_are_logged_then(
    location: str,
    scene_file: Callable[..., Path],
    verdict: Callable[..., Verdict],
    reported: Callable[..., Sighting],
) -> None:
    """By an entry that supersedes the one without and differs in nothing else; what was amended stays."""
    with open_scene(scene_file()) as scene, open_log(location, create=True) as log:
        assert log.chips
        cut = Cutter(scene, log.chips)
        (held,) = log.record([verdict(1)]).sightings
        log.amend(held.id, {"operator": "Air Force"}, because="markings", analyst="bea")
        (gone,) = log.record([verdict(2)]).sightings
        log.withdraw(gone.id, because="a decoy", analyst="bea")
        log.add(reported(note='"chip":null,"evidence":"seen"'))
        log.record([verdict(3)], cut=cut)
        without = log.current(held.id)
        (new,) = log.add_chips(cut, lambda record: True)
        assert new == replace(
            without,
            id=new.id,
            supersedes=without.id,
            logged=new.logged,
            chip=f"{new.id}.png",
            chip_sha256=hash_of_chip(log.chips, f"{new.id}.png"),
            surroundings=f"{new.id}-surroundings.png",
            surroundings_sha256=hash_of_chip(log.chips, f"{new.id}-surroundings.png"),
        )
        assert new in list(log.sightings())
        assert log.add_chips(cut, lambda record: True) == [], "once"
        assert log.record([verdict(1)], cut=cut) == ([], []), "and it is no news of the aircraft"
        assert verify_entries(log.entries(), log.chips).failure is None


@pytest.mark.parametrize("at_hand", [True, False])
def test_chips_that_still_cannot_be_cut_add_nothing(
    location: str, verdict: Callable[..., Verdict], at_hand: bool
) -> None:
    with open_log(location, create=True) as log:
        log.record([verdict(1), verdict(2)])
        cut: list[str] = []
        looked_for: list[str] = []
        before = log.head()

        def has(record: SceneRecord) -> bool:
            looked_for.append(record.path)
            return at_hand

        assert log.add_chips(lambda sighting, record: cut.append(record.path), has) == []
        assert len(cut) == (2 if at_hand else 0)
        assert len(looked_for) == 1, "they are of one scene"
        assert log.head() == before


def test_the_middle_of_the_chip_is_the_aircraft(
    scene_file: Callable[..., Path], sighting: Callable[..., Sighting], tmp_path: Path
) -> None:
    with open_scene(scene_file()) as scene:
        cut_chips(scene, sighting(), tmp_path)
        lonlat = scene.grid.lonlat(PixelPoint(*CENTER))
        place = scene.grid.transform @ scene.grid.pixel(lonlat)
    with rasterio.open(tmp_path / "a1b2.png") as chip:
        assert ~chip.transform @ place == pytest.approx((chip.width / 2, chip.height / 2), abs=1.01)
