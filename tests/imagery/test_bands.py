"""Which bands are looked at, and when what a file calls alpha is none."""

import numpy as np
import pytest
import rasterio
from rasterio.enums import ColorInterp

from imagery.bands import EIGHT_BAND_RGB, alpha_is_nir, bands_of, descriptions_of
from imagery.scene import open_scene

GRAY, NONE = ColorInterp.gray, ColorInterp.undefined
RED, GREEN, BLUE, ALPHA = ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha


@pytest.fixture
def file_of(geotiff):
    """Writes bands with colour interpretations and descriptions; the n-th holds n."""

    def write(colors, descriptions=None):
        count = len(colors)
        path = geotiff(np.arange(1, count + 1, dtype=np.uint8)[:, None, None] * np.ones((1, 9, 9), np.uint8))
        with rasterio.open(path, "r+") as file:
            file.colorinterp = colors
            if descriptions:
                file.descriptions = descriptions
        return path

    return write


@pytest.mark.parametrize(
    ("colors", "descriptions", "indexes", "names"),
    [
        ((GRAY,), None, (1,), ("gray",)),
        ((NONE,), None, (1,), ("gray",)),
        ((GRAY, ALPHA), None, (1,), ("gray",)),
        ((RED, GREEN, BLUE), None, (1, 2, 3), ("red", "green", "blue")),
        ((BLUE, GREEN, RED, NONE), None, (3, 2, 1), ("red", "green", "blue")),
        ((ALPHA, RED, GREEN, BLUE), None, (2, 3, 4), ("red", "green", "blue")),
        ((GRAY, NONE, NONE, NONE), ("NIR", "blue", "Green ", "RED"), (4, 3, 2), ("red", "green", "blue")),
        ((GRAY, NONE, NONE, NONE), None, (1, 2, 3), ("band 1", "band 2", "band 3")),
        ((GRAY, NONE, NONE), ("B4", "B3", "B2"), (1, 2, 3), ("B4", "B3", "B2")),
        ((GRAY, *[NONE] * 7), None, EIGHT_BAND_RGB, ("band 5", "band 3", "band 2")),
        (
            *((GRAY, *[NONE] * 7), ("red", "green", "blue", "a", "b", "c", "d", "e"), (1, 2, 3)),
            ("red", "green", "blue"),
        ),
        # GDAL gives 8-bit bands the interpretation unasked.
        ((RED, GREEN, BLUE, NONE), ("blue", "green", "red", "nir"), (3, 2, 1), ("red", "green", "blue")),
        ((GRAY, NONE, NONE, NONE), ("B", "G", "R", "N"), (3, 2, 1), ("red", "green", "blue")),
        ((NONE, NONE), ("VV", "VH"), (1,), ("gray",)),
    ],
    ids=str,
)
def test_colour_goes_by_description_then_by_interpretation_then_by_number(
    file_of, colors, descriptions, indexes, names
):
    with rasterio.open(file_of(colors, descriptions)) as file:
        assert bands_of(file)[:2] == (indexes, names)


@pytest.mark.parametrize(
    ("count", "order", "sensor", "indexes"),
    [
        (4, ("blue", "green", "red", "nir"), None, (3, 2, 1)),
        (4, ("Blue", "Green", "Red", "Nir"), "my camera", (3, 2, 1)),
        (
            4,
            ("red", "green", "blue", "nir"),
            "SkySat",
            (1, 2, 3),
        ),  # the catalogue knows the file, not the sensor
        (4, ("blue", "green", "red"), None, (1, 2, 3)),  # of another file of the item
        (4, None, "SkySat", (3, 2, 1)),
        (4, None, "PlanetScope", (3, 2, 1)),
        (8, None, "PlanetScope", (6, 4, 2)),
        (8, None, "WorldView-3", EIGHT_BAND_RGB),
        (5, None, "RapidEye", (3, 2, 1)),
        (4, None, "WorldView Legion 2", (3, 2, 1)),
        (4, None, "NAIP aerial", (1, 2, 3)),
    ],
)
def test_the_order_that_the_catalogue_or_the_sensor_states_is_used(file_of, count, order, sensor, indexes):
    with rasterio.open(file_of((GRAY, *[NONE] * (count - 1)))) as file:
        assert bands_of(file, order, sensor).indexes == indexes


def test_a_products_picture_is_not_shown_in_the_order_of_its_measurements(file_of):
    with rasterio.open(file_of((RED, GREEN, BLUE, ALPHA))) as file:
        assert bands_of(file, None, "PlanetScope").indexes == (1, 2, 3)


def test_a_red_roof_of_an_analytic_skysat_scene_is_red(geotiff):
    values = np.zeros((4, 64, 64), np.uint16)
    values[:, 8:16, 8:16] = [[[200]], [[500]], [[3000]], [[1500]]]
    path = geotiff(values, "20231027_103611_ssc4_u0001_analytic.tif")
    with open_scene(path) as scene:
        assert scene.bands.names == ("red", "green", "blue")
        pixels = scene.read(scene.tiles(scene.grid.gsd_m(), 1e4)[0]).pixels
    red, _, blue = pixels.reshape(-1, 3)[pixels.reshape(-1, 3).max(axis=1).argmax()]
    assert red > blue + 100


def test_what_is_read_is_in_the_order_of_the_colours(file_of):
    with open_scene(file_of((BLUE, GREEN, RED, NONE))) as scene:
        tile = scene.tiles(0.5, 512)[0]
        assert scene.read(tile).pixels[0, 0].tolist() == [3, 2, 1]


class TestNearInfraredCalledAlpha:
    """GDAL calls the fourth of four 8-bit bands alpha unless told otherwise, as in the files of NAIP."""

    @pytest.fixture
    def four_bands(self, geotiff):
        def write(fourth, name="scene.tif", description=None, **options):
            rng = np.random.default_rng(0)
            colors = rng.integers(1, 255, (3, *fourth.shape)).astype(fourth.dtype)
            path = geotiff(np.vstack([colors, fourth[None]]), name, photometric="RGB", alpha="YES", **options)
            if description:
                with rasterio.open(path, "r+") as file:
                    file.set_band_description(4, description)
            return path

        return write

    @pytest.fixture
    def infrared(self):
        """Land of all values, and water that is 0."""
        values = np.random.default_rng(1).integers(0, 200, (300, 400)).astype(np.uint8)
        values[:, :150] = 0
        return values

    def is_nir(self, path, sensor=None):
        with rasterio.open(path) as file:
            assert file.colorinterp[3] == ALPHA
            return alpha_is_nir(file, sensor)

    @pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
    def test_values_of_all_kinds_are_no_mask(self, four_bands, infrared, dtype):
        path = four_bands(infrared.astype(dtype))
        assert self.is_nir(path)
        with open_scene(path) as scene:
            assert scene.read(scene.tiles(0.5, 512)[0]).valid.all(), "water is no hole in the scene"

    def test_it_is_seen_in_the_overviews_where_there_are_any(self, four_bands, infrared):
        path = four_bands(np.tile(infrared, (3, 3)))
        with rasterio.open(path, "r+") as file:
            file.build_overviews([2, 4])
        assert self.is_nir(path)

    @pytest.mark.parametrize(
        ("dtype", "full"), [(np.uint8, 255), (np.uint8, 1), (np.uint16, 65535), (np.uint16, 255)]
    )
    def test_all_or_nothing_is_a_mask_also_with_a_soft_edge(self, four_bands, dtype, full):
        mask = np.zeros((300, 400), dtype)
        mask[:, 100:] = full
        mask[:, 98:100] = full // 2
        path = four_bands(mask)
        assert not self.is_nir(path)
        with open_scene(path) as scene:
            assert np.array_equal(scene.read(scene.tiles(0.5, 512)[0]).valid, mask > 0)

    def test_the_description_is_believed(self, four_bands, infrared):
        mask = np.where(infrared > 100, 255, 0).astype(np.uint8)
        assert self.is_nir(four_bands(mask, description="Near InfraRed"))
        assert self.is_nir(four_bands(mask, description="NIR"))
        assert not self.is_nir(four_bands(infrared, description="Alpha"))

    def test_so_is_the_sensor_since_a_tile_of_water_alone_looks_like_a_mask(self, four_bands):
        water = np.zeros((30, 40), np.uint8)
        path = four_bands(water, "m_4208701_ne_16_060_20200902.tif")
        assert not self.is_nir(path)
        assert self.is_nir(path, "NAIP aerial")
        with open_scene(path) as scene:
            assert scene.read(scene.tiles(0.5, 512)[0]).valid.all()


def test_a_name_of_a_band_that_is_no_text_is_no_name(tmp_path):
    """An ENVI header from a program that writes another encoding."""
    (tmp_path / "a.dat").write_bytes(bytes(3 * 16))
    place = b"map info={UTM, 1, 1, 600000, 1400000, 1, 1, 29, North}\n"
    names = b"data type=1\ninterleave=bsq\nband names={\x80, b, c}\n"
    (tmp_path / "a.hdr").write_bytes(b"ENVI\nsamples=4\nlines=4\nbands=3\n" + place + names)
    with rasterio.open(tmp_path / "a.dat") as file:
        assert descriptions_of(file) == (None, None, None)
        assert bands_of(file).indexes == (1, 2, 3)
