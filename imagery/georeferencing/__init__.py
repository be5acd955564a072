"""Images that do not say where they lie: fitted to points that a person knows, and written as GeoTIFFs."""

from imagery.georeferencing.ground_fit import CE90, GroundFit, PointError, fit_points
from imagery.georeferencing.rectify import georeference

__all__ = ["CE90", "GroundFit", "PointError", "fit_points", "georeference"]
