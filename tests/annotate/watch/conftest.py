"""A static catalogue of an airfield that grows, and a file that watches it."""

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.warp import transform

from imagery.airfields import airfields
from imagery.grid import Grid

SIDE = 400  # pixels of half a metre


class Catalogue:
    """Scenes of GABS in files; each has so many bright rectangles of the size of an airliner."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.items: list[str] = []
        self.root = folder / "catalog.json"

    def add(self, day: str, aircraft: int) -> Path:
        """List a scene of a day."""
        pixels = np.full((3, SIDE, SIDE), 60, np.uint8)
        for number in range(aircraft):
            row, col = 40 + 100 * (number // 3), 20 + 120 * (number % 3)
            pixels[:, row : row + 80, col : col + 70] = 220
        return self.add_image(day, pixels)

    def add_image(self, day: str, pixels: np.ndarray, east_m: float = 0.0) -> Path:
        """List a picture, (3, side, side) of half a metre, as the scene of a day, moved east."""
        side = pixels.shape[1]
        x, y = transform("EPSG:4326", "EPSG:32629", *([each] for each in airfields()["GABS"].lonlat))
        place = Affine(0.5, 0, x[0] - side / 4 + east_m, 0, -0.5, y[0] + side / 4)
        image = self.folder / f"{day}.tif"
        profile = {"width": side, "height": side, "count": 3, "dtype": "uint8", "crs": "EPSG:32629"}
        with rasterio.open(image, "w", "GTiff", transform=place, **profile) as file:
            file.write(pixels)
            file.update_tags(RENDERED="true")
            footprint = Grid(side, side, place, file.crs).footprint()
        self.items.append(f"{day}.json")
        item = {
            "type": "Feature",
            "stac_version": "1.0.0",
            "id": day,
            "geometry": footprint,
            "properties": {"datetime": f"{day}T10:30:00Z"},
            "links": [],
            "assets": {"visual": {"href": f"./{day}.tif", "type": "image/tiff", "roles": ["visual"]}},
        }
        (self.folder / f"{day}.json").write_text(json.dumps(item))
        links = [{"rel": "item", "href": f"./{name}"} for name in self.items]
        root = {"type": "Catalog", "stac_version": "1.0.0", "id": "r", "description": "", "links": links}
        self.root.write_text(json.dumps(root))
        return image


@pytest.fixture
def catalogue(tmp_path):
    """A catalogue of two scenes, with two and three aircraft."""
    made = Catalogue(tmp_path / "catalogue")
    made.add("2023-01-10", 2)
    made.add("2023-02-10", 3)
    return made


@pytest.fixture
def watch_file(tmp_path, catalogue):
    """Writes a file that watches the catalogue."""

    def write(**settings):
        known = {
            "airfields": ["GABS"],
            "catalogue": "catalogue/catalog.json",
            "since": "2023",
            "folder": "watch",
            "detector": "contour",
            "log": "log.db",
            "report": "watch/report.html",
        }
        known = {
            key: value
            for key, value in (known | {"since": "2023-01"} | settings).items()
            if value is not None
        }
        path = tmp_path / "mali.toml"
        path.write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in known.items()))
        return path

    return write
