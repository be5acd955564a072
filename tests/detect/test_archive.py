"""Many scenes in one run: what one of them does never costs another, and nothing is done twice."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detect.archive import ScanResult, scan_archive
from detect.candidate import read_candidates
from detect.detector import Hit
from detect.detectors.contour import ContourDetector
from detect.run_file import run_table, write_run
from imagery.errors import OutputExists, OutputUnwritable, UsageError
from imagery.files import usable_folder
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


def test_the_file_of_a_scene_that_was_moved_is_kept_and_names_the_new_place(
    drawn_scene: Draw, bright_detector: Bright, tmp_path: Path
) -> None:
    """So that a push finds the scene."""
    scene, detector = drawn_scene(tmp_path / "a.tif"), bright_detector()
    (first,) = run([scene], tmp_path / "out", detector)
    assert first.path
    before = json.loads(first.path.read_text(encoding="utf-8"))
    elsewhere = tmp_path / "archive"
    elsewhere.mkdir()
    (copied,) = run([Path(shutil.copy(scene, elsewhere))], tmp_path / "out", detector)
    assert copied.kept
    assert json.loads(first.path.read_text(encoding="utf-8")) == before, "the scene is still where it was"
    scene.unlink()
    (moved,) = run([elsewhere / scene.name], tmp_path / "out", detector)
    assert (moved.kept, moved.path) == (True, first.path)
    before["scene"]["path"] = str(elsewhere / scene.name)
    assert json.loads(first.path.read_text(encoding="utf-8")) == before


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


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.geojson")}


@pytest.mark.slow
def test_workers_and_shards_write_the_same_files_to_the_byte_as_one_process_in_one_go(
    drawn_scene: Draw, tmp_path: Path
) -> None:
    """Otherwise the machine that a scene was searched on would decide what an analyst sees."""
    # Body, wing and tail, each time further to the right.
    shape = ((0, 0, 12, 80, 220), (-34, 36, 80, 12, 220), (-12, 70, 36, 8, 220))
    scenes = [
        drawn_scene(
            tmp_path / folder / "apron.tif",
            tuple((100 + 20 * step + col, 90 + row, *size) for col, row, *size in shape),
        )
        for step, folder in enumerate("abc")
    ]
    bad = tmp_path / "bad.tif"
    bad.write_text("no image")
    scenes.insert(1, bad)
    alone = run(scenes, tmp_path / "one", ContourDetector())
    assert sum(result.candidates for result in alone) > 0
    together = run(scenes, tmp_path / "two", ContourDetector(), workers=2)
    assert [(result.scene, str(result.error)) for result in together] == [
        (result.scene, str(result.error)) for result in alone
    ]
    for number in (2, 3, 1):
        run(scenes, tmp_path / "parts", ContourDetector(), shard=(number, 3))
    assert len(contents(tmp_path / "one")) == 3
    assert contents(tmp_path / "one") == contents(tmp_path / "two") == contents(tmp_path / "parts")
    again = run(scenes, tmp_path / "two", ContourDetector())
    assert [result.kept for result in again] == [True, False, True, True]


def test_one_image_under_two_names_of_one_stem_is_named(
    drawn_scene: Draw, bright_detector: Bright, tmp_path: Path
) -> None:
    scenes = [drawn_scene(tmp_path / folder / "apron.tif") for folder in "ab"]
    first, second = run(scenes, tmp_path / "out", bright_detector())
    assert first.error is None
    assert str(second.error) == f"{scenes[1]}: the same image as {scenes[0]}, named twice; name it once"


def test_an_item_of_several_gives_its_identifier_to_the_candidates_file(
    drawn_scene: Draw, bright_detector: Bright, tmp_path: Path
) -> None:
    drawn_scene(tmp_path / "a.tif")
    item = {"type": "Feature", "stac_version": "1.0.0", "properties": {}, "assets": {"a": {"href": "a.tif"}}}
    features = [item | {"id": identifier} for identifier in ("S1.SAFE", "../x")]
    items = tmp_path / "found.geojson"
    items.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    results = run([f"{items}#S1.SAFE", f"{items}#../x"], tmp_path / "out", bright_detector())
    assert [result.path and result.path.name for result in results] == ["S1.SAFE.geojson", "-x.geojson"]


@pytest.mark.parametrize("shard", [(0, 3), (4, 3), (1, 0)])
def test_a_part_that_is_none_is_refused(shard: tuple[int, int], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="`shard`"):
        run([], tmp_path, None, shard=shard)


def test_the_account_of_a_run_says_what_became_of_each_scene_and_keeps_secrets(tmp_path: Path) -> None:
    results = [
        ScanResult("a.tif", tmp_path / "a.geojson", 3, seconds=1.5, bytes_read=2_000_000),
        ScanResult("b.tif", tmp_path / "b.geojson", 4, kept=True, seconds=0.1, bytes_read=1_000_000),
        ScanResult("https://a.org/c.tif?sig=hush", error=UsageError("https://a.org/c.tif?sig=hush: gone")),
    ]
    path = write_run(results, tmp_path, shard=(2, 8), seconds=2.0, scenes=4)
    assert path.name == "run-2-of-8.json"
    assert "hush" not in path.read_text()
    account = json.loads(path.read_text())
    assert (account["complete"], account["shard"], account["seconds"]) == (False, [2, 8], 2.0)
    assert [scene["state"] for scene in account["scenes"]] == ["done", "kept", "failed"]
    assert account["scenes"][0] == {
        "scene": "a.tif",
        "state": "done",
        "seconds": 1.5,
        "candidates": 3,
        "file": "a.geojson",
        "error": None,
        "bytes_read": 2_000_000,
    }
    assert account["scenes"][2]["error"] == "https://a.org/c.tif?sig=*** gone"
    assert [line.split() for line in run_table(results)[1:]] == [
        ["done", "1", "3", "1.5", "2.0", "MB"],
        ["kept", "1", "4", "0.1", "1.0", "MB"],
        ["failed", "1", "0", "0.0", "0.0", "MB"],
    ]
