"""Files of a few lines that would keep whoever reads them busy for ever, or fill the memory."""

import json
import sqlite3
from contextlib import closing

import numpy as np
import pyogrio.raw
import pytest
import rasterio
import shapely

from imagery.aoi import read_aoi
from imagery.area_file import MOST_POINTS, MOST_POLYGONS
from imagery.errors import SceneError, UsageError
from imagery.scene import open_scene

SIDE = 64
COUNTING = "WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r)"


@pytest.fixture
def delivery(tmp_path, geotiff):
    folder = tmp_path / "delivery"
    folder.mkdir()
    geotiff(np.full((1, SIDE, SIDE), 80, np.uint8)).rename(folder / "a.tif")
    return folder


def refused(path):
    with pytest.raises(SceneError) as error:
        open_scene(path)
    assert str(error.value).startswith(f"{path}: ")
    return str(error.value)


class TestGeoPackage:
    @pytest.fixture
    def package(self, delivery):
        path = delivery / "a.gpkg"
        with (
            rasterio.open(delivery / "a.tif") as source,
            rasterio.open(path, "w", **{**source.profile, "driver": "GPKG"}) as target,
        ):
            target.write(source.read())
        return path

    def altered(self, path, *, sql):
        with closing(sqlite3.connect(path)) as database:
            for (name,) in database.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            ).fetchall():
                database.execute(f'DROP TRIGGER "{name}"')
            database.execute("ALTER TABLE a RENAME TO tiles")
            database.execute(sql)
            database.commit()
        return path

    def test_one_of_tables_is_read(self, package):
        with open_scene(package) as scene:
            assert (scene.grid.width, scene.grid.height) == (SIDE, SIDE)

    def test_a_view_is_refused_before_its_query_is_run(self, package):
        view = f"CREATE VIEW a AS {COUNTING} SELECT tiles.* FROM tiles, r WHERE r.i < 0"
        assert "has a view, 'a', which may never end" in refused(self.altered(package, sql=view))

    def test_so_is_one_of_another_name(self, package, delivery):
        view = f"CREATE VIEW a AS {COUNTING} SELECT tiles.* FROM tiles, r WHERE r.i < 0"
        self.altered(package, sql=view).rename(delivery / "a.png")
        assert "has a view" in refused(delivery / "a.png")

    def test_so_is_one_in_what_a_vrt_names(self, package, delivery):
        view = f"CREATE VIEW a AS {COUNTING} SELECT tiles.* FROM tiles, r WHERE r.i < 0"
        self.altered(package, sql=view)
        vrt = write_vrt(delivery / "v.vrt", source="a.gpkg", times=1)
        assert "has a view" in refused(vrt)

    def test_so_is_one_in_place_of_overviews(self, package, delivery):
        view = f"CREATE VIEW a AS {COUNTING} SELECT tiles.* FROM tiles, r WHERE r.i < 0"
        self.altered(package, sql=view).rename(delivery / "a.tif.ovr")
        assert "has a view" in refused(delivery / "a.tif")

    def test_a_column_that_is_worked_out_is_refused(self, package):
        table = (
            "CREATE TABLE a (id INTEGER PRIMARY KEY, zoom_level INTEGER, tile_column INTEGER, "
            "tile_row INTEGER, tile_data BLOB AS (zeroblob(1000000000)))"
        )
        assert "'a' has a column that is worked out" in refused(self.altered(package, sql=table))

    def test_a_damaged_one_is_told(self, package):
        content = bytearray(package.read_bytes())
        content[100:1000] = bytes(900)
        package.write_bytes(content)
        assert "a damaged GeoPackage" in refused(package)


def write_vrt(path, *, source, times):
    whole = f'xOff="0" yOff="0" xSize="{SIDE}" ySize="{SIDE}"'
    once = (
        f'<SimpleSource><SourceFilename relativeToVRT="1">{source}</SourceFilename>'
        f"<SourceBand>1</SourceBand><SrcRect {whole}/><DstRect {whole}/></SimpleSource>"
    )
    path.write_text(
        f'<VRTDataset rasterXSize="{SIDE}" rasterYSize="{SIDE}"><SRS>EPSG:32629</SRS>'
        "<GeoTransform>600000,0.5,0,1400000,0,-0.5</GeoTransform>"
        f'<VRTRasterBand dataType="Byte" band="1">{once * times}</VRTRasterBand></VRTDataset>'
    )
    return path


def test_vrts_that_name_each_other_many_times_over_are_refused(delivery):
    """Twelve files of a few lines, for which GDAL would read an image 8 to the power of 12 times."""
    source = "a.tif"
    for depth in range(12):
        write_vrt(delivery / f"{depth}.vrt", source=source, times=8)
        source = f"{depth}.vrt"
    open_scene(delivery / "2.vrt").__exit__()
    assert "has its files read 32,768 times over" in refused(delivery / "11.vrt")


class TestAreaOfInterest:
    def refused(self, path):
        with pytest.raises(UsageError) as error:
            read_aoi(path)
        assert str(error.value).startswith(f"{path}: ")
        return str(error.value)

    def polygon(self, path, ring):
        path.write_text(json.dumps({"type": "Polygon", "coordinates": [[*ring, ring[0]]]}))
        return path

    @pytest.fixture
    def package(self, tmp_path):
        path = tmp_path / "area.gpkg"
        shapes = shapely.to_wkb(np.array([shapely.box(-8, 12, -7, 13)]))
        pyogrio.raw.write(
            path, shapes, field_data=[], fields=[], geometry_type="Polygon", crs="EPSG:4326", layer="area"
        )
        return path

    def view(self, path, *, where):
        with closing(sqlite3.connect(path)) as database:
            database.execute(
                f"CREATE VIEW v AS {COUNTING} SELECT i AS fid, (SELECT geom FROM area) AS geom FROM r {where}"
            )
            for table in ("gpkg_contents", "gpkg_geometry_columns"):
                database.execute(f"UPDATE {table} SET table_name = 'v'")
            database.commit()
        return path

    def test_a_layer_without_an_end(self, package):
        words = self.refused(self.view(package, where=""))
        assert f"layer 'v' has more than {MOST_POLYGONS:,} shapes" in words

    def test_a_query_that_never_answers(self, package, monkeypatch):
        monkeypatch.setattr("imagery.aoi.PATIENCE_S", 5.0)
        words = self.refused(self.view(package, where="WHERE i < 0"))
        assert "cannot be read as an area of interest in 5 s" in words

    def test_lines_that_cross_each_other_millions_of_times(self, tmp_path, monkeypatch):
        monkeypatch.setattr("imagery.aoi.PATIENCE_S", 10.0)
        ring = np.random.default_rng(0).uniform(0, 1, (20_000, 2)).tolist()
        words = self.refused(self.polygon(tmp_path / "a.geojson", ring))
        assert "cannot be read as an area of interest" in words

    def test_more_points_than_any_area_needs(self, tmp_path):
        turns = np.linspace(0, 2 * np.pi, MOST_POINTS + 10, endpoint=False)
        ring = np.column_stack([np.cos(turns), np.sin(turns)]).round(7).tolist()
        words = self.refused(self.polygon(tmp_path / "a.geojson", ring))
        assert f"has more than {MOST_POINTS:,} points" in words

    def test_metres_in_place_of_degrees(self, tmp_path):
        """GeoJSON of a projected layer, saved without a change of its coordinates."""
        ring = [(600_000, 1_390_000), (601_000, 1_390_000), (601_000, 1_391_000)]
        words = self.refused(self.polygon(tmp_path / "a.geojson", ring))
        assert "has places that are not on Earth, such as 600000 1.39e+06" in words
