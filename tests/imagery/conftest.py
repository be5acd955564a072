"""Tiny GeoTIFFs, made where a test needs one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine

HALF_METRE = Affine(0.5, 0, 600000, 0, -0.5, 1400000)


@pytest.fixture
def geotiff(tmp_path: Path) -> Callable[..., Path]:
    """Writes (bands, rows, cols) as a GeoTIFF of half-metre pixels in UTM 29N unless told otherwise."""

    def write(
        pixels: np.ndarray, name: str = "scene.tif", *, imagery: dict[str, str] | None = None, **profile: Any
    ) -> Path:
        bands, height, width = pixels.shape
        tags = profile.pop("tags", {})
        profile = {"crs": "EPSG:32629", "transform": HALF_METRE, **profile}
        path = tmp_path / name
        with rasterio.open(
            path, "w", driver="GTiff", width=width, height=height, count=bands, dtype=pixels.dtype, **profile
        ) as file:
            file.write(pixels)
            if tags:  # a file without any keeps its directory in front, and so can be cut short
                file.update_tags(**tags)
            if imagery:
                file.update_tags(ns="IMAGERY", **imagery)
        return path

    return write


@pytest.fixture
def noise() -> np.ndarray:
    """(3, 60, 80) uint8 of seeded noise."""
    return np.random.default_rng(0).integers(0, 256, (3, 60, 80), dtype=np.uint8)
