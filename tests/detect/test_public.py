"""Detection from Python: what a command does, one call does, and ``import detect`` costs nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas
import pytest

import detect
from detect.box import OrientedBox
from detect.candidate import CandidatesFile, to_geojson
from detect.scan import scan
from imagery.errors import UsageError
from imagery.grid import PixelPoint
from imagery.record import SceneRecord
from imagery.scene import open_scene

Draw = Callable[..., Path]


def test_importing_the_package_loads_nothing_heavy() -> None:
    """``hardstand --help`` imports it for the names of detectors."""
    code = (
        "import sys, detect; dir(detect); print({'numpy', 'cv2', 'rasterio', 'shapely'} & set(sys.modules))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"


def test_every_public_name_is_there_and_listed() -> None:
    assert set(detect.__all__) <= set(dir(detect))
    for name in detect.__all__:
        assert getattr(detect, name) is not None
    with pytest.raises(AttributeError, match="module 'detect' has no attribute 'locate'"):
        _ = detect.locate


def test_no_module_hides_a_function_of_the_same_name() -> None:
    """Importing a submodule sets it as an attribute of its package, in place of the function."""
    import detect.archive
    import detect.evaluation.results_page
    import detect.training.weights

    functions = ("detect", "evaluate", "load_detector", "read_candidates", "scan_archive", "write_candidates")
    assert all(callable(getattr(detect, name)) for name in functions)


def test_a_path_and_a_name_do_what_an_open_scene_and_a_loaded_detector_do(
    drawn_scene: Draw, tmp_path: Path
) -> None:
    path = drawn_scene(tmp_path / "apron.tif")
    by_name = detect.detect(path, "contour", min_score=0.01)
    with open_scene(str(path)) as scene:
        assert detect.detect(scene, detect.load_detector("contour"), min_score=0.01) == by_name
        assert scan(scene, detect.load_detector("contour"), min_score=0.01) == by_name
    assert by_name.detector.params["min_score"] == 0.01


def test_progress_ends_at_its_total(drawn_scene: Draw, bright_detector: Any, tmp_path: Path) -> None:
    reports: list[tuple[int, int]] = []
    path = drawn_scene(tmp_path / "apron.tif")
    detect.detect(path, bright_detector(), progress=lambda done, total: reports.append((done, total)))
    assert reports[-1] == (2, 2)


def test_weights_are_refused_where_nothing_is_loaded_by_name(bright_detector: Any, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="`model` is for a detector that is loaded by its name"):
        detect.detect(tmp_path / "apron.tif", bright_detector(), model="open")


def test_an_unknown_detector_is_named_with_those_there_are() -> None:
    with pytest.raises(
        UsageError, match="'magic' is not a detector; choose one of network, template, contour"
    ):
        detect.load_detector("magic")
    with pytest.raises(UsageError, match="'magic' is not a detector"):
        detect.load_detector("magic", "open")


def test_what_was_found_is_told_in_one_line(
    candidates_file: Callable[..., CandidatesFile], scene_record: Callable[..., SceneRecord]
) -> None:
    box = OrientedBox(PixelPoint(800, 640), 81.5, 78.25, 33.0)
    scene = scene_record(path="there/apron.tif", acquired="2023-10-27")
    assert repr(candidates_file(box, scene=scene)) == (
        "<CandidatesFile: 1 candidate in apron.tif, acquired 2023-10-27, by bright 1>"
    )
    assert repr(candidates_file(box, box, scene=scene_record(path="apron.tif", acquired=None))) == (
        "<CandidatesFile: 2 candidates in apron.tif, by bright 1>"
    )


def test_geopandas_takes_a_candidates_file_as_it_is(
    candidates_file: Callable[..., CandidatesFile], tmp_path: Path
) -> None:
    file = candidates_file()
    table = geopandas.GeoDataFrame.from_features(file, crs=4326)
    written = geopandas.read_file(detect.write_candidates(file, tmp_path / "apron.geojson"))
    assert list(table["length_m"]) == list(written["length_m"])
    assert table.geometry.geom_equals_exact(written.geometry, 1e-9).all()


def test_geopandas_takes_candidates_one_by_one(
    candidates_file: Callable[..., CandidatesFile], tmp_path: Path
) -> None:
    """Those of a file that was read know where they are, as those of a scan do."""
    file = detect.read_candidates(detect.write_candidates(candidates_file(), tmp_path / "apron.geojson"))
    chosen = [candidate for candidate in file.candidates if candidate.score > 0.5]
    table = geopandas.GeoDataFrame.from_features(chosen, crs=4326)
    whole = geopandas.GeoDataFrame.from_features(file, crs=4326)
    assert table.geometry.geom_equals_exact(whole.geometry, 1e-9).all()
    feature = chosen[0].__geo_interface__
    assert feature.items() >= {"type": "Feature", "id": chosen[0].id}.items()
    assert feature["properties"].items() <= to_geojson(file)["features"][0]["properties"].items()


def test_paths_and_objects_are_evaluated_alike(
    candidates_file: Callable[..., CandidatesFile], scene_record: Callable[..., SceneRecord], tmp_path: Path
) -> None:
    file = candidates_file(scene=scene_record(path="apron.tif"))
    (tmp_path / "candidates").mkdir()
    path = detect.write_candidates(file, tmp_path / "candidates" / "apron.geojson")
    truth = tmp_path / "truth.csv"
    truth.write_text('image_id,geometry,class\napron.tif,"[(782, 615), (842, 615), (842, 665)]",Airplane\n')
    expected = detect.evaluate([file], detect.read_truth([truth])).to_json()
    assert expected["aircraft"] == 1
    for candidates in (file, path, str(path.parent), [path]):
        assert detect.evaluate(candidates, truth).to_json() == expected
        assert detect.evaluate(candidates, [str(truth)]).to_json() == expected


def test_the_bound_of_our_own_detector_is_known(
    candidates_file: Callable[..., CandidatesFile], scene_record: Callable[..., SceneRecord], tmp_path: Path
) -> None:
    file = candidates_file(scene=scene_record(path="apron.tif"))
    truth = tmp_path / "truth.csv"
    truth.write_text('image_id,geometry,class\napron.tif,"[(782, 615), (842, 615), (842, 665)]",Airplane\n')
    ours = replace(file, detector=file.detector._replace(name="contour"))
    at_default = detect.evaluate(ours, truth).overall.at_iou[0.5].at_default
    assert at_default is not None
    assert at_default.score == detect.load_detector("contour").min_score
    assert detect.evaluate(file, truth).overall.at_iou[0.5].at_default is None
    told = detect.evaluate(file, truth, default_score=0.4).overall.at_iou[0.5].at_default
    assert told is not None
    assert told.score == 0.4
