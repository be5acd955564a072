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
        NoRegistration,
        OutputExists,
        OutputUnwritable,
        SceneError,
        UsageError,
    )
    from imagery.georeferencing import GroundFit, georeference
    from imagery.georeferencing.gcp import GroundControlPoint
    from imagery.grid import Grid, LonLat, PixelPoint
    from imagery.registration import Registration, register
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
    "NoRegistration",
    "OutputExists",
    "OutputUnwritable",
    "PixelPoint",
    "Registration",
    "Scene",
    "SceneError",
    "Tile",
    "TileImage",
    "UsageError",
    "georeference",
    "open_scene",
    "register",
    "render_airfield",
]

__getattr__, __dir__ = on_first_use(
    __name__,
    {
        "errors": [
            "ContradictingSources",
            "HardstandError",
            "NoGeoreference",
            "NoRegistration",
            "OutputExists",
            "OutputUnwritable",
            "SceneError",
            "UsageError",
        ],
        "georeferencing": ["GroundFit", "georeference"],
        "georeferencing.gcp": ["GroundControlPoint"],
        "grid": ["Grid", "LonLat", "PixelPoint"],
        "registration": ["Registration", "register"],
        "scene": ["Scene", "open_scene"],
        "synthetic": ["render_airfield"],
        "tiling": ["Tile", "TileImage"],
    },
)
