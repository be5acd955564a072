"""Georeferenced airport images: open them, tile them, and say where and when each pixel was.

The names below are loaded when they are first used, so that ``import imagery`` loads neither NumPy nor GDAL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagery.first_use import on_first_use

if TYPE_CHECKING:
    from imagery.errors import (
        ContradictingSources,
        HardstandError,
        NoGeoreference,
        OutputExists,
        OutputUnwritable,
        SceneError,
        UsageError,
    )
    from imagery.georeferencing import GroundFit, georeference
    from imagery.georeferencing.gcp import GroundControlPoint
    from imagery.grid import Grid, LonLat, PixelPoint
    from imagery.scene import Scene, open_scene
    from imagery.synthetic import render_airfield
    from imagery.tiling import Tile, TileImage

__all__ = [
    "ContradictingSources",
    "Grid",
    "GroundControlPoint",
    "GroundFit",
    "HardstandError",
    "LonLat",
    "NoGeoreference",
    "OutputExists",
    "OutputUnwritable",
    "PixelPoint",
    "Scene",
    "SceneError",
    "Tile",
    "TileImage",
    "UsageError",
    "georeference",
    "open_scene",
    "render_airfield",
]

__getattr__, __dir__ = on_first_use(
    __name__,
    {
        "errors": [
            "ContradictingSources",
            "HardstandError",
            "NoGeoreference",
            "OutputExists",
            "OutputUnwritable",
            "SceneError",
            "UsageError",
        ],
        "georeferencing": ["GroundFit", "georeference"],
        "georeferencing.gcp": ["GroundControlPoint"],
        "grid": ["Grid", "LonLat", "PixelPoint"],
        "scene": ["Scene", "open_scene"],
        "synthetic": ["render_airfield"],
        "tiling": ["Tile", "TileImage"],
    },
)
