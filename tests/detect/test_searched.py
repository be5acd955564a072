"""How much ground a scan saw, how many candidates that allows, and what is said of unusual scenes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from click.testing import CliRunner

from detect.archive import scan_archive
from detect.candidate import from_geojson, read_candidates, to_geojson
from detect.detectors import load_detector
from detect.detectors.network_weights import weights_of
from detect.scan import scan, scan_info
from detect.score import Calibration
from detect.searched import Measured, Searched
from hardstand import main
from imagery.errors import UsageError
from imagery.scene import Scene, open_scene

Draw = Callable[..., Path]
Bright = Callable[..., Any]


def searched_in(scene: Scene, tile_m: float = 120.0) -> Searched:
    searched = Searched(scene)
    for image in scene.read_all(scene.tiles(1.0, tile_m)):
        searched.add(image)
    return searched


def field_of(count: int, least: int = 122, most: int = 255) -> tuple[tuple[int, int, int, int, int], ...]:
    """Rectangles in rows, of rising brightness: the bright detector's score is the grey over 255."""
    greys = np.linspace(least, most, count).round().astype(int).tolist()
    return tuple((40 + 60 * (at % 18), 40 + 60 * (at // 18), 24, 30, grey) for at, grey in enumerate(greys))


def test_ground_is_counted_once_where_tiles_overlap(drawn_scene: Draw, tmp_path: Path) -> None:
    with open_scene(drawn_scene(tmp_path / "a.tif", shape=(1000, 800))) as scene:
        assert len(scene.tiles(1.0, 120.0)) > 20
        assert searched_in(scene).km2 == pytest.approx(0.2, rel=1e-3)
        assert searched_in(scene, 1000.0).km2 == searched_in(scene).km2


def test_ground_without_data_is_not_counted(drawn_scene: Draw, tmp_path: Path) -> None:
    path = drawn_scene(tmp_path / "a.tif", (), shape=(1000, 800), nodata=(slice(500, None), slice(None)))
    with open_scene(path) as scene:
        assert searched_in(scene).km2 == pytest.approx(0.1, rel=0.02)


def test_of_an_area_of_interest_its_own_ground_is_counted(drawn_scene: Draw, tmp_path: Path) -> None:
    path = drawn_scene(tmp_path / "a.tif", (), shape=(1000, 1000))
    with open_scene(path) as scene:
        corners = scene.grid.lonlats([(200, 200), (200, 600), (600, 600), (600, 200)])
    area = tmp_path / "area.geojson"
    area.write_text(shapely.to_geojson(shapely.Polygon(corners)))
    with open_scene(path, aoi=str(area)) as scene:
        assert searched_in(scene).km2 == pytest.approx(0.04, rel=0.05)


@pytest.fixture
def crowd(drawn_scene: Draw, tmp_path: Path) -> Path:
    """A third of a km² with 100 rectangles, all but the last twenty below a score of 0.5 in the tests."""
    return drawn_scene(tmp_path / "crowd.tif", field_of(100), shape=(1150, 1150))


def test_a_budget_keeps_the_surest(crowd: Path, bright_detector: Bright) -> None:
    class Doubtful(type(bright_detector())):  # type: ignore[misc]
        """One whose scores are a half of what they were."""

        def hits(self, image: Any) -> list[Any]:
            return [hit._replace(score=hit.score / 2.0) for hit in super().hits(image)]

    with open_scene(crowd) as scene:
        every = scan(scene, Doubtful(), min_score=0.0).candidates
        few = scan(scene, Doubtful(), min_score=0.0, budget=60).candidates
        many = scan(scene, Doubtful(), min_score=0.0, budget=1e6).candidates
    assert len(every) == 100
    assert len(few) == 20, "60 per km² on a third of a km²"
    place = [candidate.box.center for candidate in every[:20]]
    assert [candidate.box.center for candidate in few] == place
    assert len(many) == 100


def test_no_budget_leaves_out_what_is_sure(crowd: Path, bright_detector: Bright) -> None:
    """A field of stored aircraft has hundreds of them in a km²."""
    with open_scene(crowd) as scene:
        found = scan(scene, bright_detector(), budget=3).candidates
        every = scan(scene, bright_detector()).candidates
    sure = [candidate for candidate in every if candidate.score >= 0.5]
    assert len(found) == len(sure) > 90


def test_a_budget_is_a_setting_and_an_asked_score_ends_the_detectors_own(
    crowd: Path, bright_detector: Bright
) -> None:
    detector = bright_detector()
    detector.budget_per_km2 = 30.0
    with open_scene(crowd) as scene:
        assert scan_info(detector, scene).params["budget_per_km2"] == 30.0
        assert "budget_per_km2" not in scan_info(detector, scene, 0.2).params, "all from 0.2 on, as asked"
        assert scan_info(detector, scene, 0.2, 7.0).params["budget_per_km2"] == 7.0
        assert "budget_per_km2" not in scan_info(bright_detector(), scene).params


@pytest.mark.parametrize("budget", [0.0, -1.0, float("nan"), float("inf")])
def test_a_budget_is_a_number_above_0(crowd: Path, bright_detector: Bright, budget: float) -> None:
    with open_scene(crowd) as scene, pytest.raises(UsageError, match=r"`budget` is .*; give a number"):
        scan(scene, bright_detector(), budget=budget)


def test_the_command_takes_a_budget(cli: CliRunner, crowd: Path, tmp_path: Path) -> None:
    arguments = ["detect", str(crowd), "--detector", "contour", "-o", str(tmp_path / "out")]
    result = cli.invoke(main, [*arguments, "--min-score", "0", "--budget", "15"])
    assert result.exit_code == 0, result.stderr
    found = read_candidates(result.stdout.strip())
    assert found.detector.params["budget_per_km2"] == 15.0
    assert len([one for one in found.candidates if one.score < 0.5]) <= 5
    refused = cli.invoke(main, [*arguments, "--budget", "0", "--overwrite"])
    assert refused.exit_code == 2
    assert "--budget is 0.0; give a number of candidates per km² above 0" in refused.stderr


def outside(path: Path, **measured: Any) -> tuple[str, ...]:
    with open_scene(path) as scene:
        return searched_in(scene).outside(Measured(**measured))


def test_a_scene_like_those_measured_gives_no_doubt(drawn_scene: Draw, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 240, (300, 300), dtype=np.uint8)
    path = drawn_scene(tmp_path / "a.tif", (), pixels=noise)
    assert outside(path, gsd_m=(0.3, 1.2), bands=(1, 3), least_contrast=30, most_saturated=0.1) == ()
    assert outside(path) == ()


def test_each_doubt_is_a_line(drawn_scene: Draw, tmp_path: Path) -> None:
    pixels = np.full((60, 60), 255, np.uint8)
    pixels[:20] = 250  # tiles overlap, and grey values of the overlap count twice
    path = drawn_scene(tmp_path / "a.tif", (), pixels=pixels, gsd_m=(3.0, 3.0))
    gsd, bands, contrast, saturated = outside(
        path, gsd_m=(0.3, 1.2), bands=(3,), least_contrast=30, most_saturated=0.1
    )
    assert gsd.startswith("3 m per pixel: the network was measured on 0.3 to 1.2 m; expect misses")
    assert bands.startswith("one band: the network was measured on colours; ")
    assert contrast.startswith("hardly any contrast (5 grey values of 255): the network was measured on 30 ")
    assert saturated.startswith("74% of the pixels saturated: the network was measured on up to 10%; ")


@pytest.fixture
def weights(tmp_path: Path) -> Callable[..., str]:
    """Writes a folder of weights that says something of them."""

    def write(**card: Any) -> str:
        folder = tmp_path / "weights"
        folder.mkdir(exist_ok=True)
        (folder / "network.onnx").write_bytes(weights_of("open").network)
        (folder / "training.json").write_text(json.dumps({"licence": "MIT"} | card))
        return str(folder)

    return write


def test_doubts_are_in_the_file_and_on_stderr_also_of_a_file_that_is_kept(
    weights: Callable[..., str], cli: CliRunner, drawn_scene: Draw, tmp_path: Path
) -> None:
    scene = drawn_scene(tmp_path / "coarse.tif", (), gsd_m=(3.0, 3.0), shape=(60, 60))
    model = weights(measured={"gsd_m": [0.3, 1.2]})
    arguments = ["detect", str(scene), "-o", str(tmp_path / "out"), "--model", model]
    for _ in range(2):
        result = cli.invoke(main, arguments)
        assert (
            f"{scene}: 3 m per pixel: the network was measured on 0.3 to 1.2 m; expect misses"
            in result.stderr
        )
    assert "kept" in result.stderr
    doubt, coarse = read_candidates(result.stdout.strip()).doubts
    assert "shows no aircraft under 30 m" in coarse
    assert doubt.startswith("3 m per pixel")


def test_doubts_survive_the_file_and_older_files_have_none(
    drawn_scene: Draw, bright_detector: Bright, tmp_path: Path
) -> None:
    detector = bright_detector()
    detector.measured = Measured(gsd_m=(1.0, 2.0))
    with open_scene(drawn_scene(tmp_path / "a.tif")) as scene:
        file = scan(scene, detector)
    document = to_geojson(file)
    assert from_geojson(document).doubts == file.doubts != ()
    del document["doubts"]
    assert from_geojson(document).doubts == ()
    with pytest.raises(ValueError, match="'doubts' is not a list of text"):
        from_geojson(document | {"doubts": [3]})


def test_weights_say_how_fine_an_image_they_may_be_shown_and_how_a_score_comes_about(
    weights: Callable[..., str],
) -> None:
    usual = load_detector("network", weights())
    assert [usual.working_gsd_m(gsd) for gsd in (0.2, 0.4, 0.7)] == [0.6, 0.8, 1.0]
    assert usual.response_weight == Calibration().response_weight
    calibration = {"slope": 2.0, "shift": -0.5, "response_weight": 3.0}
    other = load_detector("network", weights(finest_m=0.5, coarsest_m=0.8, calibration=calibration))
    assert [other.working_gsd_m(gsd) for gsd in (0.2, 0.35, 0.7)] == [0.5, 0.7, 0.8]
    assert other.response_weight == 3.0
    assert other.info.params["calibration"] == [2.0, -0.5, 3.0]
    assert (other.info.params["finest_m"], other.info.params["coarsest_m"]) == (0.5, 0.8)
    assert other.info.params_hash != usual.info.params_hash


@pytest.mark.parametrize(
    ("card", "says"),
    [
        ({"finest_m": 2.0}, "'finest_m' is 2 and 'coarsest_m' 1"),
        ({"finest_m": "fine"}, "training.json says of the weights what makes no sense"),
        ({"calibration": {"slope": -1}}, "'calibration' is"),
        ({"calibration": {"steepness": 1}}, "steepness"),
        ({"measured": {"gsd": [0.3, 1]}}, "'gsd' is not one of gsd_m, bands"),
        ({"measured": {"gsd_m": [1.2, 0.3]}}, "'gsd_m' is not the finest and the coarsest"),
        ({"measured": {"bands": [2]}}, "'bands' is not a list of 1 and 3"),
        ({"measured": {"gsd_m": 3}}, "makes no sense"),
    ],
)
def test_a_card_that_makes_no_sense_is_refused(
    weights: Callable[..., str], card: dict[str, Any], says: str
) -> None:
    with pytest.raises(UsageError, match=r"training\.json says of the weights what makes no sense") as caught:
        load_detector("network", weights(**card))
    assert says in str(caught.value)


def test_a_calibration_changes_scores_and_not_places(
    weights: Callable[..., str], rendered_scene: Path
) -> None:
    steep = {"slope": 1.0, "shift": -1.0, "response_weight": 6.0}
    with open_scene(str(rendered_scene)) as scene:
        usual = scan(scene, load_detector("network", weights()), min_score=0.0)
        other = scan(scene, load_detector("network", weights(calibration=steep)), min_score=0.0)
    first, second = ({one.extent: one.score for one in file.candidates} for file in (usual, other))
    both = first.keys() & second.keys()
    assert len(both) > 0.9 * len(first)
    assert np.mean([second[extent] < first[extent] for extent in both if first[extent] > 0.5]) > 0.9


def test_an_archive_scans_with_its_budget(crowd: Path, bright_detector: Bright, tmp_path: Path) -> None:
    (result,) = scan_archive([str(crowd)], tmp_path, bright_detector(), min_score=0.0, budget=60.0)
    assert result.path is not None
    assert read_candidates(result.path).detector.params["budget_per_km2"] == 60.0
    (again,) = scan_archive([str(crowd)], tmp_path, bright_detector(), min_score=0.0, budget=60.0)
    assert again.kept
    (other,) = scan_archive([str(crowd)], tmp_path, bright_detector(), min_score=0.0)
    assert other.error is not None, "another budget gives another file"


def test_what_was_searched_is_an_area_with_its_gaps(drawn_scene: Draw, tmp_path: Path) -> None:
    """A scene of 500 m by 400 m whose lower half holds no data, and a few black pixels that are no gap."""
    pixels = np.full((1000, 800), 90, np.uint8)
    path = drawn_scene(tmp_path / "a.tif", (), pixels=pixels, nodata=(slice(500, None), slice(None)))
    with open_scene(path) as scene:
        area = searched_in(scene).area
        assert area is not None
        in_pixels = shapely.transform(area, scene.grid.pixels)
    assert in_pixels.area == pytest.approx(800 * 500, rel=0.03)
    assert shapely.contains_xy(in_pixels, 400, 250)
    assert not shapely.intersects_xy(in_pixels, 400, 600)


def test_all_of_a_scene_is_its_footprint_and_of_an_area_of_interest_that(
    drawn_scene: Draw, tmp_path: Path
) -> None:
    path = drawn_scene(tmp_path / "a.tif", (), pixels=np.full((600, 600), 90, np.uint8))
    with open_scene(path) as scene:
        area = searched_in(scene).area
        footprint = shapely.from_geojson(json.dumps(scene.grid.footprint()))
        assert area is not None
        assert shapely.symmetric_difference(area, footprint).area < 1e-4 * footprint.area
        part = shapely.Polygon(scene.grid.lonlats([(100, 100), (100, 300), (300, 300), (300, 100)]))
    with open_scene(path, aoi=part) as scene:
        inside = searched_in(scene).area
        assert inside is not None
        assert shapely.symmetric_difference(inside, part).area < 1e-4 * part.area


def test_a_scan_says_what_it_searched(drawn_scene: Draw, bright_detector: Bright, tmp_path: Path) -> None:
    path = drawn_scene(tmp_path / "a.tif", (), pixels=np.full((600, 600), 90, np.uint8))
    with open_scene(path) as scene:
        file = scan(scene, bright_detector())
        again = from_geojson(json.loads(json.dumps(to_geojson(file))))
    assert file.searched is not None
    assert again.searched == file.searched
