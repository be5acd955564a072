"""Georeferenced airport images: open them, tile them, and say where and when each pixel was.

The names below are loaded when they are first used, so that ``import imagery`` loads neither NumPy nor GDAL.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

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

_MODULES = {
    "imagery.errors": (
        "ContradictingSources",
        "HardstandError",
        "NoGeoreference",
        "OutputExists",
        "OutputUnwritable",
        "SceneError",
        "UsageError",
    ),
    "imagery.georeferencing": ("GroundFit", "georeference"),
    "imagery.georeferencing.gcp": ("GroundControlPoint",),
    "imagery.grid": ("Grid", "LonLat", "PixelPoint"),
    "imagery.scene": ("Scene", "open_scene"),
    "imagery.synthetic": ("render_airfield",),
    "imagery.tiling": ("Tile", "TileImage"),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
