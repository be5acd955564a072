"""Whether the measured size of a sighting fits the claimed type."""

from __future__ import annotations

from typing import NamedTuple

from annotate.log.entries import Sighting
from detect.box import GroundBox
from detect.candidate import SizeError
from detect.measuring.accuracy import least_size_error
from imagery.aircraft.types import AircraftType, aircraft_types

FITS_SIGMA = 2.0  # 95 of 100 correct sizes lie within two standard errors


class Dimension(NamedTuple):
    """One dimension of a sighting, in metres.

    Attributes:
        name: ``length`` or ``wingspan``.
        measured_m: In the image.
        claimed_m: Of the claimed type.
        error_m: 95 of 100 correct measurements are off by no more.
    """

    name: str
    measured_m: float
    claimed_m: float
    error_m: float

    @property
    def difference_m(self) -> float:
        """Measured minus claimed."""
        return self.measured_m - self.claimed_m

    @property
    def fits(self) -> bool:
        """True if the difference is within the error."""
        return abs(self.difference_m) <= self.error_m


class SizeCheck(NamedTuple):
    """A measured size compared with that of the claimed type.

    Attributes:
        claimed: The type.
        dimensions: Length and wingspan.
        others: Designators of the other types that the size fits, the best first.
        types: How many types were compared.
    """

    claimed: AircraftType
    dimensions: tuple[Dimension, Dimension]
    others: tuple[str, ...]
    types: int

    @property
    def fits(self) -> bool:
        """True if both dimensions fit."""
        return all(dimension.fits for dimension in self.dimensions)


def size_check(sighting: Sighting) -> SizeCheck | None:
    """Compare a sighting's size with that of its type; None where one of the two is missing.

    The error is the least there can be, see `detect.measuring.accuracy.least_size_error`.
    """
    claimed = aircraft_types().get(sighting.type or "")
    length_m, wingspan_m, gsd_m = sighting.length_m, sighting.wingspan_m, sighting.gsd_m
    if claimed is None or length_m is None or wingspan_m is None or gsd_m is None:
        return None
    ground = GroundBox(length_m, wingspan_m, sighting.heading_deg or 0.0)
    error = least_size_error(ground, gsd_m)
    sigmas = {icao: _difference(aircraft, ground, error) for icao, aircraft in aircraft_types().items()}
    others = sorted(
        (icao for icao, sigma in sigmas.items() if sigma <= FITS_SIGMA and icao != claimed.icao),
        key=sigmas.__getitem__,
    )
    dimensions = (
        Dimension("length", length_m, claimed.length_m, FITS_SIGMA * error.length_m),
        Dimension("wingspan", wingspan_m, claimed.wingspan_m, FITS_SIGMA * error.wingspan_m),
    )
    return SizeCheck(claimed, dimensions, tuple(others), len(sigmas))


def _difference(aircraft: AircraftType, ground: GroundBox, error: SizeError) -> float:
    """Return the larger of the differences in length and wingspan, in standard errors."""
    return max(
        abs(ground.length_m - aircraft.length_m) / error.length_m,
        abs(ground.wingspan_m - aircraft.wingspan_m) / error.wingspan_m,
    )
