"""The candidates file: what is in it is true, named as agreed, and the same when written again."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from affine import Affine
from pyproj import Geod
from rasterio.crs import CRS

from detect.box import GroundBox, OrientedBox, from_ground
from detect.candidate import (
    CandidatesFile,
    SizeError,
    candidate_id,
    from_geojson,
    read_candidates,
    to_geojson,
    write_candidates,
)
from detect.detector import DetectorInfo
from imagery.errors import OutputExists, OutputUnwritable, UsageError
from imagery.grid import Grid, PixelPoint
from imagery.record import SceneRecord

GEOD = Geod(ellps="WGS84")
GRIDS = {
    "north-up": Grid(2000, 1500, Affine(0.5, 0, 6e5, 0, -0.5, 45e5), CRS.from_epsg(32629)),
    "south-up": Grid(2000, 1500, Affine(0.5, 0, 6e5, 0, 0.5, 45e5), CRS.from_epsg(32629)),
    "rotated": Grid(2000, 1500, Affine(0.4, 0.3, 6e5, 0.3, -0.4, 45e5), CRS.from_epsg(32629)),
    "oblong": Grid(2000, 1500, Affine(0.3, 0, 6e5, 0, -0.7, 45e5), CRS.from_epsg(32629)),
    "degrees": Grid(2000, 1500, Affine(4e-6, 0, -8.0, 0, -4e-6, 12.5), CRS.from_epsg(4326)),
}
Make = Callable[..., CandidatesFile]


def rounded_members(file: CandidatesFile) -> list[dict[str, Any]]:
    return [feature["properties"] for feature in to_geojson(file)["features"]]


def test_a_file_that_is_read_and_written_again_keeps_every_property(
    candidates_file: Make, tmp_path: Path
) -> None:
    file = candidates_file()
    again = read_candidates(write_candidates(file, tmp_path / "a.geojson"))
    assert (again.scene, again.detector) == (file.scene, file.detector)
    assert rounded_members(again) == rounded_members(file)
    assert [candidate.id for candidate in again.candidates] == [candidate.id for candidate in file.candidates]
    for read, made in zip(again.candidates, file.candidates, strict=True):
        assert read.box.center == pytest.approx(made.box.center, abs=5.1e-4)
        assert read.box[1:3] == pytest.approx(made.box[1:3], abs=5.1e-4)
        assert abs((read.box.angle_deg - made.box.angle_deg + 180) % 360 - 180) < 5.1e-4
        assert read.types == made.types


def test_the_error_of_the_size_is_kept_and_a_file_from_before_it_was_stated_can_be_read(
    candidates_file: Make, tmp_path: Path
) -> None:
    file = candidates_file()
    stated = replace(file.candidates[0], size_error_m=SizeError(1.254, 0.8))
    path = write_candidates(replace(file, candidates=(stated,)), tmp_path / "a.geojson")
    assert read_candidates(path).candidates[0].size_error_m == (1.25, 0.8)
    document = json.loads(path.read_text())
    del document["features"][0]["properties"]["size_error_m"]
    assert from_geojson(document).candidates[0].size_error_m is None


def test_a_file_that_was_read_is_written_with_the_same_bytes_from_then_on(
    candidates_file: Make, tmp_path: Path
) -> None:
    first = read_candidates(write_candidates(candidates_file(), tmp_path / "a.geojson"))
    second = write_candidates(first, tmp_path / "b.geojson")
    third = write_candidates(read_candidates(second), tmp_path / "c.geojson")
    assert second.read_bytes() == third.read_bytes()


def test_the_same_candidates_are_written_with_the_same_bytes(candidates_file: Make, tmp_path: Path) -> None:
    one, other = (write_candidates(candidates_file(), tmp_path / name) for name in ("a.geojson", "b.geojson"))
    assert one.read_bytes() == other.read_bytes()


def test_members_and_properties_are_named_as_the_format_says(candidates_file: Make) -> None:
    document = to_geojson(candidates_file())
    assert list(document["scene"]) == [
        *("path", "sha256", "sha256_covers", "etag", "size_bytes"),
        *("crs", "transform", "width", "height", "gsd_m", "gsd_xy_m"),
        *("acquired", "acquired_precision", "acquired_from", "sensor", "off_nadir_deg", "image_id"),
        *("source_url", "licence", "position_error_m", "warped_from", "opened_with"),
        *("bands", "stretch", "rendered", "software_version"),
    ]
    assert document["schema_version"] == 2
    for feature in document["features"]:
        assert feature.keys() == {"type", "id", "geometry", "properties"}
        assert feature["properties"].keys() == {
            *(
                "score",
                "center_px",
                "length_px",
                "width_px",
                "angle_deg",
                "bbox_px",
                "length_m",
                "wingspan_m",
                "size_error_m",
            ),
            *("heading_deg", "heading_sure", "types", "detector", "detector_version", "params_hash"),
            "airfield",
        }


def test_the_area_that_was_searched_comes_back_as_it_was(candidates_file: Make, tmp_path: Path) -> None:
    """Drawn clockwise with a hole; RFC 7946 wants the outer ring the other way round."""
    around, hole = [(2.0, 1.0), (2.0, 4.1), (5.3, 4.1), (5.3, 1.0)], [(3, 2), (4, 2), (4, 3), (3, 3)]
    area = shapely.MultiPolygon([shapely.Polygon(around, [hole]), shapely.box(7, 1, 8, 2)])
    path = write_candidates(replace(candidates_file(), aoi=area), tmp_path / "a.geojson")
    rings = json.loads(path.read_text())["aoi"]["coordinates"]
    assert [shapely.LinearRing(ring).is_ccw for ring in rings[0]] == [True, False]
    again = read_candidates(path).aoi
    assert again is not None
    assert again.equals(area)
    assert to_geojson(candidates_file())["aoi"] is None, "all of the scene"


@pytest.mark.parametrize("name", GRIDS)
def test_the_polygon_is_a_ring_of_rfc_7946(
    name: str, candidates_file: Make, scene_record: Callable[..., SceneRecord]
) -> None:
    """Closed and counter-clockwise, also where the image itself is a mirror image of the ground."""
    for feature in to_geojson(candidates_file(scene=scene_record(GRIDS[name])))["features"]:
        (ring,) = feature["geometry"]["coordinates"]
        assert len(ring) == 5
        assert ring[0] == ring[-1]
        x, y = (np.array(ring) - ring[0]).T
        assert np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) > 0


@pytest.mark.parametrize("name", GRIDS)
@pytest.mark.parametrize("heading", [0.0, 33.3, 211.7])
def test_the_polygon_is_the_box_of_the_properties_to_a_millimetre(
    name: str, heading: float, candidates_file: Make, scene_record: Callable[..., SceneRecord]
) -> None:
    """Recomputed with pyproj from center, length and heading alone: a reader may use either."""
    grid = GRIDS[name]
    center = PixelPoint(812.0, 640.0)
    box = from_ground(center, GroundBox(40.0, 36.0, heading), grid.ground_matrix(center))
    (feature,) = to_geojson(candidates_file(box, scene=scene_record(grid)))["features"]
    members = feature["properties"]
    assert (members["length_m"], members["wingspan_m"]) == (40.0, 36.0)
    assert members["heading_deg"] == pytest.approx(heading, abs=0.011)
    lon, lat = grid.lonlat(PixelPoint(*members["center_px"]))
    diagonal = math.hypot(20, 18)
    corner = math.degrees(math.atan2(18, 20))
    azimuths = [heading - corner, heading + 180 + corner, heading + 180 - corner, heading + corner]
    expected = [GEOD.fwd(lon, lat, azimuth, diagonal)[:2] for azimuth in azimuths]
    ring = feature["geometry"]["coordinates"][0][:4]
    _, _, apart = GEOD.inv(*np.transpose(expected), *np.transpose(ring))
    assert max(apart) < 0.001 + 3e-4 * diagonal, "a millimetre, and what the map's scale varies over 4 pixels"


def test_the_polygon_and_the_box_in_pixels_are_the_same_box_to_a_millimetre(candidates_file: Make) -> None:
    file = candidates_file()
    grid = file.scene.grid
    for feature in to_geojson(file)["features"]:
        members = feature["properties"]
        radians = math.radians(members["angle_deg"])
        nose = np.array([math.sin(radians), -math.cos(radians)]) * members["length_px"] / 2
        wing = np.array([math.cos(radians), math.sin(radians)]) * members["width_px"] / 2
        expected = np.array([nose - wing, -nose - wing, -nose + wing, nose + wing]) + members["center_px"]
        ring = np.array(feature["geometry"]["coordinates"][0][:4])
        _, _, apart = GEOD.inv(*grid.lonlats(expected).T, *ring.T)
        assert max(apart) < 0.001


def test_an_angle_that_rounds_up_to_360_is_written_as_0(candidates_file: Make) -> None:
    (members,) = rounded_members(candidates_file(OrientedBox(PixelPoint(800, 600), 80, 70, 359.99997)))
    assert members["angle_deg"] == 0


def test_the_identifier_depends_on_scene_settings_and_place(scene_record: Callable[..., SceneRecord]) -> None:
    """So a verdict finds its candidate again after a new run, and no other run's."""
    scene, info, place = (
        scene_record(),
        DetectorInfo("contour", "1", {"min_score": 0.5}),
        PixelPoint(8.0, 9.0),
    )
    identifier = candidate_id(scene, info, place)
    assert candidate_id(replace(scene, path="moved/elsewhere.tif"), info, place) == identifier
    assert candidate_id(scene, info, PixelPoint(8.01, 9.0)) == identifier, "noise of a hundredth of a pixel"
    others = {
        candidate_id(replace(scene, sha256="cd" * 32), info, place),
        candidate_id(scene, info._replace(name="template"), place),
        candidate_id(scene, info._replace(version="2"), place),
        candidate_id(scene, info._replace(params={"min_score": 0.6}), place),
        candidate_id(scene, info, PixelPoint(9.0, 9.0)),
    }
    assert len(others - {identifier}) == 5


def test_settings_are_hashed_whatever_their_order() -> None:
    one, other = ({"a": 1, "b": 2}, {"b": 2, "a": 1})
    assert DetectorInfo("x", "1", one).params_hash == DetectorInfo("x", "1", other).params_hash


def test_a_file_in_the_way_is_kept_unless_it_may_be_replaced(candidates_file: Make, tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text("mine")
    with pytest.raises(OutputExists):
        write_candidates(candidates_file(), path)
    assert path.read_text() == "mine"
    write_candidates(candidates_file(), path, overwrite=True)
    assert len(read_candidates(path).candidates) == 2


def test_what_cannot_be_written_as_json_leaves_nothing_behind(candidates_file: Make, tmp_path: Path) -> None:
    file = candidates_file()
    broken = replace(file, candidates=(replace(file.candidates[0], score=math.nan),))
    with pytest.raises(ValueError, match="JSON"):
        write_candidates(broken, tmp_path / "a.geojson")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_told_as_one(candidates_file: Make, tmp_path: Path) -> None:
    with pytest.raises(OutputUnwritable, match="nowhere"):
        write_candidates(candidates_file(), tmp_path / "nowhere" / "a.geojson")


DAMAGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "no scene": lambda d: d.pop("scene"),
    "a scene that is a list": lambda d: d.update(scene=[]),
    "a scene with an unknown member": lambda d: d["scene"].update(cloud=1),
    "a scene without a member": lambda d: d["scene"].pop("crs"),
    "a transform that is null": lambda d: d["scene"].update(transform=None),
    "no detector": lambda d: d.pop("detector"),
    "features that are a number": lambda d: d.update(features=3),
    "features that are texts": lambda d: d.update(features=["a"]),
    "a feature without an id": lambda d: d["features"][0].pop("id"),
    "two features of one id": lambda d: d["features"][1].update(id=d["features"][0]["id"]),
    "a center of one number": lambda d: d["features"][0]["properties"].update(center_px=[1]),
    "a center of three numbers": lambda d: d["features"][0]["properties"].update(center_px=[1, 2, 3]),
    "a length below 0": lambda d: d["features"][0]["properties"].update(length_px=-3),
    "a length that is a word": lambda d: d["features"][0]["properties"].update(length_px="long"),
    "a length that is no number": lambda d: d["features"][0]["properties"].update(length_px=math.nan),
    "a length beyond any float": lambda d: d["features"][0]["properties"].update(length_px=10**400),
    "a score without end": lambda d: d["features"][0]["properties"].update(score=math.inf),
    "an error of one number": lambda d: d["features"][0]["properties"].update(size_error_m=[1]),
    "types that are null": lambda d: d["features"][0]["properties"].update(types=None),
    "an area that is a word": lambda d: d.update(aoi="here"),
    "an area that is a point": lambda d: d.update(aoi={"type": "Point", "coordinates": [1, 2]}),
    "a GSD that is a list": lambda d: d["scene"].update(gsd_m=[0.5]),
    "a GSD that is a word": lambda d: d["scene"].update(gsd_m="0.5"),
    "a GSD of nothing": lambda d: d["scene"].update(gsd_m=0),
    "a width that is a word": lambda d: d["scene"].update(width="3000"),
    "no rows": lambda d: d["scene"].update(height=0),
    "more pixels than any scene": lambda d: d["scene"].update(width=10**9, height=10**9),
    "a number beyond JSON's": lambda d: d["scene"].update(size_bytes=2**63),
    "a hash with half a character": lambda d: d["scene"].update(sha256="\ud800"),
    "rendered that is a word": lambda d: d["scene"].update(rendered="no"),
    "bands that are numbers": lambda d: d["scene"].update(bands=[1, 2]),
    "a stretch of one number": lambda d: d["scene"].update(stretch=[1]),
    "pixels of kilometres": lambda d: d["scene"].update(transform=[5e3, 0, 6e5, 0, -5e3, 45e5]),
    "a place beyond the Earth": lambda d: d["scene"].update(transform=[0.5, 0, 1e300, 0, -0.5, 45e5]),
    "a transform without end": lambda d: d["scene"].update(transform=[math.inf, 0, 6e5, 0, -0.5, 45e5]),
    "a transform without size": lambda d: d["scene"].update(transform=[1e-320, 0, 6e5, 0, -0.5, 45e5]),
    "a detector that is a number": lambda d: d["detector"].update(name=7),
    "settings that are a number": lambda d: d["detector"].update(params=7),
    "an id that is a number": lambda d: d["features"][0].update(id=7),
    "an airfield that is a list": lambda d: d["features"][0]["properties"].update(airfield=["GABS"]),
    "a type that is null": lambda d: d["features"][0]["properties"].update(
        types=[{"type": None, "score": 1}]
    ),
    "a box beyond any image": lambda d: d["features"][0]["properties"].update(center_px=[1e300, 0]),
    "a measure without end": lambda d: d["features"][0]["properties"].update(length_m=math.inf),
    "another schema": lambda d: d.update(schema_version=1),
    "no FeatureCollection": lambda d: d.update(type="Feature"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_refused_in_one_line_that_names_it(
    damage: str, candidates_file: Make, tmp_path: Path
) -> None:
    document = json.loads(json.dumps(to_geojson(candidates_file())))
    DAMAGES[damage](document)
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps(document))
    with pytest.raises(UsageError) as refusal:
        read_candidates(path)
    assert str(refusal.value).startswith(f"{path}: not a candidates file")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe\x00", b"[1]", b"null", b"[" * 100_000, b'{"type": "FeatureCollection"}'],
    ids=["empty", "cut", "binary", "a list", "null", "nested without end", "bare"],
)
def test_what_is_no_candidates_file_is_refused_in_one_line(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_bytes(content)
    with pytest.raises(UsageError) as refusal:
        read_candidates(path)
    assert str(refusal.value).startswith(f"{path}: not a candidates file")
    assert "\n" not in str(refusal.value)


def test_a_box_far_from_its_scene_lies_nowhere(candidates_file: Make) -> None:
    document = json.loads(json.dumps(to_geojson(candidates_file())))
    document["features"][0]["properties"]["center_px"] = [2**30, 30]
    assert to_geojson(from_geojson(document))["features"][0]["geometry"] is None


def test_a_file_that_is_not_there_is_said_to_be_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.geojson: cannot be read \(No such file"):
        read_candidates(tmp_path / "none.geojson")


def test_a_scene_of_another_crs_than_an_epsg_code_is_placed_the_same(candidates_file: Make) -> None:
    """The file carries WKT2 then, and the grid comes back from it."""
    file = candidates_file()
    transverse = CRS.from_user_input("+proj=tmerc +lat_0=0 +lon_0=-9 +k=0.9996 +x_0=500000 +datum=WGS84")
    scene = replace(file.scene, crs=transverse.to_wkt(version="WKT2_2019"))
    again = from_geojson(json.loads(json.dumps(to_geojson(replace(file, scene=scene)))))
    assert again.scene.grid.lonlat(PixelPoint(0, 0)) == pytest.approx(
        file.scene.grid.lonlat(PixelPoint(0, 0)), abs=1e-9
    )
