"""Rendered airfield scenes, true in position and in the aircraft's dimensions."""

from imagery.synthetic.placement import PlacedAircraft, place_aircraft
from imagery.synthetic.rendering import render_airfield, truth_path

__all__ = ["PlacedAircraft", "place_aircraft", "render_airfield", "truth_path"]
