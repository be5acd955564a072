"""The area of interest: read from what people draw in, and all work is limited to it."""

import json
import warnings

import numpy as np
import pyogrio.raw
import pytest
import shapely
from affine import Affine
from pyproj import Transformer

from detect.scan import scan, scan_info
from imagery.aoi import read_aoi
from imagery.errors import UsageError
from imagery.scene import open_scene

BOX = shapely.box(-8.08, 12.65, -8.07, 12.66)
HALF_METRE = Affine(0.5, 0, 600000, 0, -0.5, 1400000)


def write(path, *shapes, crs="EPSG:4326", driver=None):
    """Writes shapes with GDAL's own writers, as QGIS does."""
    kind = shapes[0].geom_type if len({shape.geom_type for shape in shapes}) == 1 else "Unknown"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a GeoPackage without CRS
        pyogrio.raw.write(
            path,
            shapely.to_wkb(np.array(shapes)),
            field_data=[np.arange(len(shapes))],
            fields=["n"],
            geometry_type=kind,
            crs=crs,
            driver=driver,
        )
    return path


@pytest.mark.parametrize(
    ("name", "driver"),
    [("a.geojson", "GeoJSON"), ("a.gpkg", "GPKG"), ("a.kml", "KML"), ("a.fgb", "FlatGeobuf")],
)
def test_a_polygon_is_the_same_in_any_format(tmp_path, name, driver):
    area = read_aoi(write(tmp_path / name, BOX, driver=driver))
    assert shapely.equals_exact(shapely.normalize(area.geoms[0]), shapely.normalize(BOX), tolerance=1e-9)


def test_a_bare_geometry_as_one_pastes_it_from_geojson_io(tmp_path):
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps(shapely.geometry.mapping(BOX)))
    assert read_aoi(path).equals(BOX)


def test_several_polygons_with_holes_keep_their_holes(tmp_path):
    holed = shapely.difference(BOX, shapely.box(-8.076, 12.653, -8.074, 12.657))
    other = shapely.box(-8.06, 12.65, -8.05, 12.66)
    path = write(tmp_path / "a.gpkg", shapely.MultiPolygon([holed]), shapely.MultiPolygon([other]))
    area = read_aoi(path)
    assert len(area.geoms) == 2
    assert area.area == pytest.approx(holed.area + other.area)
    assert not area.contains(shapely.Point(-8.075, 12.655))


def test_overlapping_polygons_count_once(tmp_path):
    half = shapely.box(-8.075, 12.65, -8.065, 12.66)
    area = read_aoi(write(tmp_path / "a.gpkg", BOX, half))
    assert area.area == pytest.approx(shapely.union(BOX, half).area)


def test_a_polygon_in_metres_is_brought_to_lonlat(tmp_path):
    path = write(tmp_path / "a.gpkg", shapely.box(600000, 1399000, 601000, 1400000), crs="EPSG:32629")
    to_lonlat = Transformer.from_crs("EPSG:32629", "EPSG:4326", always_xy=True)
    corner = to_lonlat.transform(600000, 1400000)
    distance = read_aoi(path).boundary.distance(shapely.Point(corner))
    assert distance == pytest.approx(0, abs=1e-9)


def test_heights_and_points_beside_the_polygon_do_not_matter(tmp_path):
    path = tmp_path / "a.geojson"
    solid = shapely.force_3d(BOX, 7)
    shapes = [shapely.geometry.mapping(shape) for shape in (solid, shapely.Point(-8, 12))]
    features = [{"type": "Feature", "properties": {}, "geometry": shape} for shape in shapes]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    assert read_aoi(path).equals(BOX)
    assert not read_aoi(path).has_z


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"type": "Point", "coordinates": [-8, 12]}, "holds no polygon"),
        ({"type": "LineString", "coordinates": [[-8, 12], [-7, 12]]}, "holds no polygon"),
        ({"type": "FeatureCollection", "features": []}, "holds no polygon"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 0]]]}, "enclose nothing|cannot be read"),
        ("<html>", "cannot be read as an area of interest"),
        ("", "cannot be read as an area of interest"),
        ("\0\1\2", "cannot be read as an area of interest"),
    ],
    ids=["point", "line", "nothing", "no area", "a page", "empty", "binary"],
)
@pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")
def test_what_holds_no_polygon_is_refused_in_one_line(tmp_path, content, words):
    path = tmp_path / "a.geojson"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(UsageError, match=words) as error:
        read_aoi(path)
    assert str(error.value).startswith(f"{path}: ")
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(UsageError, match="no such file; check the path"):
        read_aoi(tmp_path / "gone.kml")


@pytest.mark.filterwarnings("ignore:.*:UserWarning", "ignore:.*:RuntimeWarning")
def test_a_polygon_that_does_not_say_in_which_crs_it_is(tmp_path):
    path = write(tmp_path / "a.shp", shapely.box(0, 0, 1, 1), crs=None)
    with pytest.raises(UsageError, match="has no coordinate reference system"):
        read_aoi(path)


class TestLimit:
    POINTS = ((300, 300), (2600, 300), (300, 2600), (1500, 1500))

    @pytest.fixture
    def scene(self, geotiff):
        pixels = np.full((1, 3000, 3000), 30, np.uint8)
        for col, row in self.POINTS:
            pixels[0, row - 10 : row + 10, col - 10 : col + 10] = 250
        return geotiff(pixels, tiled=True, blockxsize=256, blockysize=256)

    def area(self, scene, col, row, size):
        with open_scene(scene) as opened:
            corners = [(col, row), (col + size, row), (col + size, row + size), (col, row + size)]
            return shapely.MultiPolygon([shapely.Polygon(opened.grid.lonlats(corners))])

    def test_candidates_outside_are_left_out_and_what_is_far_away_is_not_read(self, scene, bright_detector):
        aoi = self.area(scene, 1400, 1400, 300)
        with open_scene(scene, aoi=aoi) as opened:
            tiles = opened.tiles(0.5, 512)
            found = scan(opened, bright_detector())
        assert [candidate.box.center for candidate in found.candidates] == [pytest.approx((1500, 1500))]
        read = shapely.union_all(
            [shapely.box(t.col, t.row, t.col + t.width, t.row + t.height) for t in tiles]
        )
        assert read.contains(shapely.box(1400, 1400, 1700, 1700).buffer(88))
        assert read.area < 490**2, "the area and half of the largest aircraft around it"

    def test_an_aircraft_on_the_areas_edge_is_whole_in_a_tile(self, scene, bright_detector):
        """Its centre is inside, its wing tips are not."""
        aoi = self.area(scene, 1499, 1499, 300)
        with open_scene(scene, aoi=aoi) as opened:
            assert len(scan(opened, bright_detector()).candidates) == 1

    def test_the_area_is_among_the_settings_so_that_another_area_is_another_run(self, scene, bright_detector):
        infos = []
        for aoi in (None, self.area(scene, 0, 0, 900), self.area(scene, 0, 0, 901)):
            with open_scene(scene, aoi=aoi) as opened:
                infos.append(scan_info(bright_detector(), opened).params_hash)
        assert len(set(infos)) == 3

    def test_an_area_outside_the_scene_is_refused(self, scene):
        for aoi in (self.area(scene, 3010, 0, 100), shapely.MultiPolygon([shapely.box(100, 50, 101, 51)])):
            with pytest.raises(UsageError, match="lies outside it; check `aoi`"):
                open_scene(scene, aoi=aoi)

    @pytest.mark.parametrize(
        "whole", [shapely.box(-180, -90, 180, 90), shapely.box(-60, -40, 40, 60)], ids=["world", "half"]
    )
    def test_an_area_far_larger_than_the_scene_limits_nothing(self, scene, whole, bright_detector):
        """A country's outline reaches where the scene's projection knows no coordinates."""
        with open_scene(scene, aoi=shapely.MultiPolygon([whole])) as opened:
            tiles = opened.tiles(0.5, 512)
            found = scan(opened, bright_detector())
        with open_scene(scene) as opened:
            assert tiles == opened.tiles(0.5, 512)
        assert len(found.candidates) == len(self.POINTS)

    def test_over_the_antimeridian_the_area_on_both_sides_counts(self, geotiff, bright_detector):
        pixels = np.full((1, 400, 400), 30, np.uint8)
        pixels[0, 190:210, [*range(90, 110), *range(290, 310)]] = 250
        path = geotiff(pixels, crs="EPSG:32660", transform=Affine(0.5, 0, 833_878.56, 0, -0.5, 100))
        sides = [shapely.box(179.9, -1, 180, 1), shapely.box(-180, -1, -179.9, 1)]
        counts = []
        for aoi in (shapely.MultiPolygon(sides), shapely.MultiPolygon(sides[:1])):
            with open_scene(path, aoi=aoi) as scene:
                counts.append(len(scan(scene, bright_detector()).candidates))
        assert counts == [2, 1]


def test_a_crs_without_sense_is_told(tmp_path):
    """GDAL reads it and cannot write it."""
    path = write(tmp_path / "a.shp", BOX)
    (tmp_path / "a.prj").write_bytes(b'GEOGCS["\x80",DATUM[""SPHEROID["",7,3]]]')
    with pytest.raises(UsageError, match="layer 'a' has a coordinate reference system without sense"):
        read_aoi(path)
