"""How tests look at a scene that was opened: its pixels, its places, or the line that refuses it."""

import numpy as np
import pytest
from pyproj import Geod, Transformer

from imagery.errors import HardstandError, SceneError
from imagery.grid import PixelPoint
from imagery.scene import open_scene
from imagery.tiling import Tile, tile_of

WIDTH, HEIGHT = 80, 60


def place_of(crs, transform, col, row):
    """Lon/lat of a pixel point by rasterio's affine and pyproj alone, -180 <= lon <= 180."""
    lon, lat = Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(*(transform @ (col, row)))
    return (lon + 180) % 360 - 180, lat


def metres_between(one, other):
    return Geod(ellps="WGS84").inv(*one, *other)[2]


def whole(scene):
    return scene.read(tile_of(scene.grid, 0, 0, scene.grid.width, scene.grid.height))


def native(scene, col=0, row=0, width=WIDTH, height=HEIGHT):
    """The file's own pixels, also where they are not square."""
    return scene.read(Tile(col, row, width, height, width, height))


def refusal(path, kind=SceneError, **options):
    """The message with which a file is refused, once it is shown to be one line that names it."""
    with pytest.raises(HardstandError) as error, open_scene(path, **options):
        pass
    assert isinstance(error.value, kind), error.value
    message = str(error.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message


def center_of_dot(scene):
    """Lon/lat of the bright square that was found in what was read."""
    image = whole(scene)
    bright = np.where(image.valid, image.pixels[..., 0].astype(float) - 30, 0).clip(0)
    rows, cols = np.mgrid[: bright.shape[0], : bright.shape[1]] + 0.5
    center = PixelPoint(np.average(cols, weights=bright), np.average(rows, weights=bright))
    return scene.grid.lonlat(image.tile.to_scene(center))
