"""Many scenes in one run: what one of them does never costs another, and nothing is done twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detect.archive import ScanResult, scan_archive, usable_folder
from detect.candidate import read_candidates
from detect.detector import Hit
from imagery.errors import OutputExists, OutputUnwritable, UsageError
from imagery.record import hash_files
from imagery.tiling import TileImage

Draw = Callable[..., Path]
Bright = Callable[..., Any]


def run(scenes: list[Path], folder: Path, detector: Any, **options: Any) -> list[ScanResult]:
    return list(scan_archive([str(scene) for scene in scenes], usable_folder(folder), detector, **options))


def test_each_scene_gets_a_file_of_its_name(
    drawn_scene: Draw, bright_detector: Bright, tmp_path: Path
) -> None:
    scenes = [drawn_scene(tmp_path / name) for name in ("b.tif", "a.tif", "c.d.tif")]
    results = run(scenes, tmp_path / "out", bright_detector())
    assert [result.path.name for result in results] == ["b.geojson", "a.geojson", "c.d.geojson"]
    assert [result.candidates for result in results] == [1, 1, 1]
    assert read_candidates(results[0].path).scene.path == str(scenes[0])


def test_two_scenes_of_one_name_get_their_hashes_in_the_files_names(
    drawn_scene: Draw, bright_detector: Bright, tmp_path: Path
) -> None:
    """Else the second would be refused, or worse, replace the first."""
    one = drawn_scene(tmp_path / "monday" / "apron.tif", ((100, 100, 60, 80, 255),))
    two = drawn_scene(tmp_path / "tuesday" / "apron.tif", ((50, 50, 60, 80, 255),))
    alone = drawn_scene(tmp_path / "tuesday" / "gate.tif")
    results = run([one, two, alone], tmp_path / "out", bright_detector())
    assert [result.path.name for result in results] == [
        f"apron-{hash_files([one])[:8]}.geojson",
        f"apron-{hash_files([two])[:8]}.geojson",
        "gate.geojson",
    ]
    assert [read_candidates(result.path).scene.path for result in results] == [str(one), str(two), str(alone)]


def test_a_scene_that_is_named_twice_is_done_once(
    drawn_scene: Draw, bright_detector: Bright, tmp_path: Path
) -> None:
    scene = drawn_scene(tmp_path / "a.tif")
    (result,) = run([scene, scene], tmp_path / "out", bright_detector())
    assert result.path.name == "a.geojson"


def test_a_repeated_run_looks_at_no_pixel_and_keeps_the_files(
    drawn_scene: Draw, bright_detector: Bright, tmp_path: Path
) -> None:
    scene, out = drawn_scene(tmp_path / "a.tif"), tmp_path / "out"
    (first,) = run([scene], out, bright_detector())
    before = first.path.read_bytes()
    detector = bright_detector()
    (second,) = run([scene], out, detector)
    assert (second.kept, second.candidates, second.path) == (True, 1, first.path)
    assert detector.seen == []
    assert first.path.read_bytes() == before


@pytest.mark.parametrize("change", ["min_score", "settings", "scene", "provenance", "damage"])
def test_a_file_that_this_run_would_not_have_written_is_refused_and_redone_when_told(
    change: str, drawn_scene: Draw, bright_detector: Bright, tmp_path: Path
) -> None:
    """A file that says other settings or pixels than those asked for would be taken for the answer."""
    scene, out = drawn_scene(tmp_path / "a.tif"), tmp_path / "out"
    (first,) = run([scene], out, bright_detector())
    before = first.path.read_bytes()
    options: dict[str, Any] = {}
    detector = bright_detector(threshold=130) if change == "settings" else bright_detector()
    if change == "min_score":
        options = {"min_score": 0.7}
    elif change == "provenance":
        options = {"options": {"licence": "CC-BY-4.0"}}
    elif change == "scene":
        drawn_scene(scene, ((10, 10, 30, 30, 255),))
    elif change == "damage":
        before = b"{"
        first.path.write_bytes(before)
    (refused,) = run([scene], out, detector, **options)
    assert isinstance(refused.error, OutputExists)
    assert refused.error.exit_code == 2
    assert first.path.read_bytes() == before
    (redone,) = run([scene], out, detector, overwrite=True, **options)
    assert redone.error is None
    assert first.path.read_bytes() != before
    (kept,) = run([scene], out, detector, **options)
    assert kept.kept


def test_bad_scenes_are_named_and_the_others_done(
    drawn_scene: Draw, bright_detector: Bright, tmp_path: Path
) -> None:
    good, late = drawn_scene(tmp_path / "good.tif"), drawn_scene(tmp_path / "late.tif")
    text, folder = tmp_path / "text.tif", tmp_path / "folder.tif"
    text.write_text("no image")
    folder.mkdir()
    cut = drawn_scene(tmp_path / "cut.tif", shape=(900, 900))
    cut.write_bytes(cut.read_bytes()[:200_000])
    bad = [text, folder, tmp_path / "none.tif", cut]
    results = run([good, *bad, late], tmp_path / "out", bright_detector())
    assert [result.error is None for result in results] == [True, False, False, False, False, True]
    for result in results[1:5]:
        assert result.path is None
        assert str(result.error).startswith(result.scene)
        assert "\n" not in str(result.error)
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["good.geojson", "late.geojson"], "of what failed there is no file and no part of one"


def test_an_interrupted_run_leaves_whole_files_and_is_taken_up_by_repeating_it(
    drawn_scene: Draw, bright_detector: Bright, tmp_path: Path
) -> None:
    scenes = [drawn_scene(tmp_path / f"{name}.tif") for name in "abc"]
    out = tmp_path / "out"
    impatient = bright_detector()
    look = impatient.hits

    def interrupted_at_the_second(image: TileImage) -> list[Hit]:
        if impatient.seen:
            raise KeyboardInterrupt
        return look(image)

    impatient.hits = interrupted_at_the_second
    with pytest.raises(KeyboardInterrupt):
        run(scenes, out, impatient)
    assert [path.name for path in out.iterdir()] == ["a.geojson"]
    assert len(json.loads((out / "a.geojson").read_text())["features"]) == 1
    results = run(scenes, out, bright_detector())
    assert [(result.path.name, result.kept) for result in results] == [
        ("a.geojson", True),
        ("b.geojson", False),
        ("c.geojson", False),
    ]


def test_a_bad_acquisition_time_is_the_error_of_each_scene(
    drawn_scene: Draw, bright_detector: Bright, tmp_path: Path
) -> None:
    (result,) = run(
        [drawn_scene(tmp_path / "a.tif")],
        tmp_path / "out",
        bright_detector(),
        options={"acquired": "noon"},
    )
    assert isinstance(result.error, UsageError)


def test_results_come_as_scenes_are_done(drawn_scene: Draw, bright_detector: Bright, tmp_path: Path) -> None:
    """So a pipe behind the command can begin with the first while the second is searched."""
    scenes = [str(drawn_scene(tmp_path / name)) for name in ("a.tif", "b.tif")]
    detector = bright_detector()
    results = scan_archive(scenes, usable_folder(tmp_path / "out"), detector)
    assert next(results).path == tmp_path / "out" / "a.geojson"
    assert len(detector.seen) == 1
    assert not (tmp_path / "out" / "b.geojson").exists()
    results.close()


def test_an_output_folder_is_made_with_those_above_it(tmp_path: Path) -> None:
    assert usable_folder(tmp_path / "new" / "er").is_dir()


def test_a_file_in_place_of_the_output_folder_is_found_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    for place in (tmp_path / "out", tmp_path / "out" / "below"):
        with pytest.raises(OutputUnwritable, match="out"):
            usable_folder(place)
