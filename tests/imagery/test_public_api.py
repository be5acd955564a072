"""What `import imagery` gives, and that a notebook needs nothing of the command line."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime

import numpy as np
import pytest
import shapely
from PIL import Image
from rasterio.env import get_gdal_config

import imagery
from imagery.block_cache import LIMIT_BYTES, bounded_block_cache


def in_a_fresh_process(code):
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return run.stdout.strip()


@pytest.mark.parametrize("name", imagery.__all__)
def test_each_name_is_there_and_listed(name):
    assert getattr(imagery, name).__name__ == name
    assert name in dir(imagery)


def test_a_name_that_is_not_there_is_an_attribute_error_as_of_any_module():
    with pytest.raises(AttributeError, match="module 'imagery' has no attribute 'opem_scene'"):
        _ = imagery.opem_scene


@pytest.mark.parametrize("module", ["numpy", "rasterio", "cv2", "pyproj", "shapely", "pystac", "click"])
def test_importing_it_and_catching_an_error_loads_no_large_library(module):
    code = f"import imagery, sys; imagery.SceneError; print({module!r} in sys.modules)"
    assert in_a_fresh_process(code) == "False"


@pytest.mark.parametrize("module", ["fcntl", "pwd", "resource", "imagery.cli"])
def test_opening_a_scene_needs_nothing_of_posix_nor_of_the_command_line(module):
    code = f"import sys; sys.modules[{module!r}] = None; import imagery; imagery.open_scene; print('opens')"
    assert in_a_fresh_process(code) == "opens"


class TestOpenScene:
    @pytest.fixture
    def path(self, geotiff, noise):
        return geotiff(noise)

    @pytest.mark.parametrize(
        ("acquired", "text"),
        [
            ("2023-10-27", "2023-10-27"),
            (date(2023, 10, 27), "2023-10-27"),
            (datetime(2023, 10, 27, 10, 36, 11, tzinfo=UTC), "2023-10-27T10:36:11Z"),
        ],
        ids=["text", "date", "datetime"],
    )
    def test_takes_an_acquisition_time_as_text_or_value(self, path, acquired, text):
        with imagery.open_scene(path, acquired=acquired) as scene:
            assert scene.acquisition.text == text

    def test_refuses_a_datetime_whose_zone_nobody_knows(self, path):
        with pytest.raises(imagery.UsageError, match=r"`acquired`: .* has no time zone"):
            imagery.open_scene(path, acquired=datetime(2023, 10, 27, 10, 36))

    def test_takes_an_area_of_interest_as_a_file_or_as_a_geometry(self, path, tmp_path):
        with imagery.open_scene(path) as scene:
            corners = scene.grid.lonlats([(10, 10), (40, 10), (40, 30), (10, 30)])
        polygon = shapely.Polygon(corners)
        file = tmp_path / "area.geojson"
        file.write_text(shapely.to_geojson(polygon))
        areas = []
        for aoi in (file, str(file), polygon, shapely.MultiPolygon([polygon])):
            with imagery.open_scene(path, aoi=aoi) as scene:
                areas.append(scene.aoi)
                assert scene.of_interest(imagery.PixelPoint(20, 20))
                assert not scene.of_interest(imagery.PixelPoint(60, 20))
        assert all(shapely.equals(area, areas[0]) for area in areas)

    @pytest.mark.parametrize("aoi", [shapely.Point(0, 0), shapely.MultiPolygon()], ids=["a point", "nothing"])
    def test_refuses_a_geometry_that_encloses_nothing(self, path, aoi):
        with pytest.raises(imagery.UsageError, match="`aoi`: holds no polygon"):
            imagery.open_scene(path, aoi=aoi)

    def test_shows_itself_in_one_line(self, path):
        with imagery.open_scene(path, acquired="2023-10-27") as scene:
            assert repr(scene) == f"<Scene {path}: 80 x 60 px, GSD 0.5 m, acquired 2023-10-27>"
            assert repr(scene.grid) == "<Grid 80 x 60 px, GSD 0.5 m, EPSG:32629>"


def test_a_grid_without_a_place_shows_itself_too(noise, tmp_path):
    path = tmp_path / "shot.png"
    Image.fromarray(np.moveaxis(noise, 0, -1)).save(path)
    with imagery.open_scene(path, gsd_m=0.3) as scene:
        assert repr(scene.grid) == "<Grid 80 x 60 px, GSD 0.3 m, no place on Earth>"
        assert repr(scene).endswith("acquired unknown>")


class TestBlockCache:
    """GDAL's cache is the whole process's: what a notebook has set, or not set, is so afterwards."""

    def test_importing_opening_and_reading_leave_environment_and_limit_as_they_were(self, geotiff, noise):
        code = f"""
import os
from rasterio.env import get_gdal_config
before = get_gdal_config("GDAL_CACHEMAX")
import imagery
with imagery.open_scene({str(geotiff(noise))!r}) as scene:
    opened = get_gdal_config("GDAL_CACHEMAX")
    tiles = scene.tiles(0.5, 100.0)
    scene.read(tiles[0])
    read = get_gdal_config("GDAL_CACHEMAX")
    for _ in scene.read_all(tiles * 3):
        pass
print(before == opened == read == get_gdal_config("GDAL_CACHEMAX"), os.environ.get("GDAL_CACHEMAX"))
"""
        assert in_a_fresh_process(code) == "True None"

    def test_is_bounded_while_anybody_reads_and_restored_by_the_last(self, monkeypatch):
        monkeypatch.delenv("GDAL_CACHEMAX", raising=False)
        before = get_gdal_config("GDAL_CACHEMAX")
        assert before > LIMIT_BYTES, "a twentieth of this machine's memory"
        with bounded_block_cache:
            with bounded_block_cache:
                assert get_gdal_config("GDAL_CACHEMAX") == LIMIT_BYTES
            assert get_gdal_config("GDAL_CACHEMAX") == LIMIT_BYTES
        assert get_gdal_config("GDAL_CACHEMAX") == before

    def test_is_the_users_where_they_set_it(self, monkeypatch):
        monkeypatch.setitem(os.environ, "GDAL_CACHEMAX", "512")
        before = get_gdal_config("GDAL_CACHEMAX")
        with bounded_block_cache:
            assert get_gdal_config("GDAL_CACHEMAX") == before

    def test_a_reader_reads_within_the_bound(self, geotiff, noise, monkeypatch):
        monkeypatch.delenv("GDAL_CACHEMAX", raising=False)
        limits = []
        with imagery.open_scene(geotiff(noise)) as scene:
            values = scene._reader._values

            def watched(*args):
                limits.append(get_gdal_config("GDAL_CACHEMAX"))
                return values(*args)

            monkeypatch.setattr(scene._reader, "_values", watched)
            scene.read(scene.tiles(0.5, 100.0)[0])
        assert limits == [LIMIT_BYTES]
