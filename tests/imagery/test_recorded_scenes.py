"""A recorded scene is found where it is now, by what it is and not by what it is called."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from imagery import recorded_scenes
from imagery.record import SceneRecord
from imagery.recorded_scenes import RecordedScenes
from imagery.scene import Scene, open_scene
from imagery.tiling import tile_of

Draw = Callable[..., Path]


@pytest.fixture
def recorded(geotiff: Draw, noise: np.ndarray) -> SceneRecord:
    """A scene in ``first/scenes``, named by a file in ``first/candidates``."""
    folder = geotiff(noise).parent / "first"
    (folder / "scenes").mkdir(parents=True)
    (folder / "candidates").mkdir()
    path = folder / "scenes/apron.tif"
    geotiff(noise).rename(path)
    with open_scene(path) as scene:
        return scene.record()


def moved(record: SceneRecord, to: str) -> Path:
    """Move the scene; gives where it is then."""
    target = Path(record.path).parents[2] / to
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(record.path, target)
    return target


def found(record: SceneRecord, beside: Path | None = None, **options: Any) -> str | None:
    with RecordedScenes(**options) as files:
        scene = files.scene(record, beside)
        return scene.path if isinstance(scene, Scene) else None


def test_a_scene_is_found_where_it_was(recorded: SceneRecord) -> None:
    assert found(recorded) == recorded.path


@pytest.mark.parametrize("form", ["absolute", "relative"])
def test_a_scene_that_was_moved_with_its_candidates_file_lies_as_seen_from_it(
    form: str, recorded: SceneRecord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if form == "relative":
        monkeypatch.chdir(tmp_path / "first")
        with open_scene("scenes/apron.tif") as scene:
            recorded = scene.record()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "first").rename(tmp_path / "second")
    assert found(recorded) is None
    candidates = tmp_path / "second/candidates/apron.geojson"
    assert found(recorded, candidates) == str(tmp_path / "second/scenes/apron.tif")


def test_a_scene_beside_its_candidates_file_is_found(recorded: SceneRecord) -> None:
    place = moved(recorded, "second/apron.tif")
    assert found(recorded, place.with_suffix(".geojson")) == str(place)


@pytest.mark.parametrize("name", ["archive/2023/apron.tif", "archive/renamed.tif"])
def test_a_folder_is_searched_for_a_scene_whatever_it_is_called_now(
    name: str, recorded: SceneRecord, tmp_path: Path
) -> None:
    place = moved(recorded, name)
    assert found(recorded) is None
    assert found(recorded, folders=[tmp_path / "archive"]) == str(place)


def test_another_scene_of_the_same_name_and_size_is_not_taken_for_it(
    recorded: SceneRecord, geotiff: Draw, noise: np.ndarray, tmp_path: Path
) -> None:
    place = moved(recorded, "archive/renamed.tif")
    other = tmp_path / "archive/apron.tif"
    geotiff(255 - noise).rename(other)
    assert other.stat().st_size == recorded.size_bytes
    assert found(recorded, folders=[tmp_path / "archive"]) == str(place)
    place.unlink()
    assert found(recorded, folders=[tmp_path / "archive"]) is None


def test_what_is_not_found_says_what_is_wrong_where_it_was(
    recorded: SceneRecord, geotiff: Draw, noise: np.ndarray
) -> None:
    geotiff(255 - noise).replace(recorded.path)
    with RecordedScenes() as files:
        assert files.scene(recorded) == f"{recorded.path}: has changed since it was searched"
    Path(recorded.path).unlink()
    with RecordedScenes() as files:
        assert "apron.tif: no such file" in str(files.scene(recorded))


def test_without_the_hash_size_and_grid_must_do(
    recorded: SceneRecord, geotiff: Draw, noise: np.ndarray
) -> None:
    geotiff(255 - noise).replace(recorded.path)
    assert found(recorded, hashed=False) == recorded.path
    geotiff(noise[:, :50]).replace(recorded.path)
    assert found(recorded, hashed=False) is None


def test_each_scene_is_opened_once_and_no_more_are_open_than_a_system_allows(
    geotiff: Draw, noise: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = []
    for number in range(3):
        path = geotiff(noise + np.uint8(number), f"{number}.tif")
        with open_scene(path) as scene:
            records.append(scene.record())
    opened: list[str] = []

    def counting(name: str, **options: Any) -> Scene:
        opened.append(Path(name).name)
        return open_scene(name, **options)

    monkeypatch.setattr(recorded_scenes, "open_scene", counting)
    with RecordedScenes(hashed=False) as files:
        for _ in range(3):
            assert all(files.local(record) for record in records)
    assert opened == ["0.tif", "1.tif", "2.tif"]
    monkeypatch.setattr(recorded_scenes, "MOST_OPEN", 2)
    with RecordedScenes(hashed=False) as files:
        for record in [*records, *records]:
            scene = files.local(record)
            assert scene is not None
            assert scene.path == record.path
            assert scene.read(tile_of(scene.grid, 0, 0, 10, 10)).valid.all()
