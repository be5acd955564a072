"""Candidates of which it is known whether they are aircraft."""

from __future__ import annotations

from dataclasses import dataclass

from detect.arrays import Bools, Ints
from detect.verifier.sensors import Sensor
from imagery.grid import Floats


@dataclass(frozen=True)
class Examples:
    """What a verifier learns from: N candidates, scene by scene.

    Attributes:
        features: (N, COUNT) float64, see `detect.verifier.pose_features`.
        aircraft: (N,).
        scenes: (N,), the number of each one's scene.
        sensors: N, of their scenes.
    """

    features: Floats
    aircraft: Bools
    scenes: Ints
    sensors: tuple[Sensor, ...]
