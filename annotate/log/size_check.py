"""The measured size of a sighting with its error, and whether it agrees with that of the claimed type.

Two sizes disagree where length or wingspan differs by more than three standard errors: of correct claims, one
in two hundred does. However poor the fit that measured it, a quarter of the type's own size is as much as a
person who has the box before them overlooks, unless that is less than three errors of its edges.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from detect.box import GroundBox
from detect.measuring.accuracy import ERROR_PX, least_size_error
from imagery.aircraft.types import AircraftType, aircraft_types
from imagery.measures import FINEST_LENGTH, TIMES, length_words, size_words

DISAGREES_SIGMA = 3.0
OVERLOOKED = 0.25  # of a type's length or wingspan, chosen


class Sized(Protocol):
    """What has a size and may claim a type, as a sighting does."""

    @property
    def type(self) -> str | None:
        """ICAO designator."""

    @property
    def length_m(self) -> float | None:
        """From tail to nose."""

    @property
    def wingspan_m(self) -> float | None:
        """From wing tip to wing tip."""

    @property
    def length_error_m(self) -> float | None:
        """Standard error of the length."""

    @property
    def wingspan_error_m(self) -> float | None:
        """Standard error of the wingspan."""

    @property
    def gsd_m(self) -> float | None:
        """Metres per pixel of what it was measured in."""


class MeasuredSize(NamedTuple):
    """A size in metres, with its standard errors and the GSD of its image; None where one is not known."""

    length_m: float
    wingspan_m: float
    length_error_m: float | None
    wingspan_error_m: float | None
    gsd_m: float | None

    @property
    def words(self) -> str:
        """The size in words: ``38.2 ± 1.4 x 34.1 ± 1.3 m``."""
        return size_words(self.length_m, self.wingspan_m, (self.length_error_m, self.wingspan_error_m))


class Dimension(NamedTuple):
    """One dimension of a sighting, in metres.

    Attributes:
        name: ``length`` or ``wingspan``.
        measured_m: As logged.
        error_m: Its standard error; None where not known.
        claimed_m: Of the claimed type.
        tolerance_m: How far the two may differ; None where the dimension says nothing of the type.
    """

    name: str
    measured_m: float
    error_m: float | None
    claimed_m: float
    tolerance_m: float | None

    @property
    def difference_m(self) -> float:
        """Measured minus claimed."""
        return self.measured_m - self.claimed_m

    @property
    def difference_words(self) -> str:
        """The difference to the claimed dimension, with its sign: ``+16.2``."""
        return f"{round(self.difference_m, FINEST_LENGTH) + 0.0:+.{FINEST_LENGTH}f}"

    @property
    def fits(self) -> bool:
        """True unless the difference is more than the tolerance."""
        return self.tolerance_m is None or abs(self.difference_m) <= self.tolerance_m

    @property
    def measured_words(self) -> str:
        """The measured value with its error: ``38.2 ± 1.4``."""
        return length_words(self.measured_m, self.error_m)


class SizeCheck(NamedTuple):
    """A measured size compared with that of the claimed type.

    Attributes:
        claimed: The type.
        measured: The size.
        dimensions: Length and wingspan.
    """

    claimed: AircraftType
    measured: MeasuredSize
    dimensions: tuple[Dimension, Dimension]

    @property
    def fits(self) -> bool:
        """True if both dimensions fit."""
        return all(dimension.fits for dimension in self.dimensions)

    @property
    def others(self) -> tuple[str, ...]:
        """Designators of the other types that the size fits, the nearest first."""
        checks = {icao: _dimensions(aircraft, self.measured) for icao, aircraft in aircraft_types().items()}
        near = {
            icao: sum(abs(dimension.difference_m) for dimension in dimensions)
            for icao, dimensions in checks.items()
            if icao != self.claimed.icao and all(dimension.fits for dimension in dimensions)
        }
        return tuple(sorted(near, key=near.__getitem__))

    @property
    def words(self) -> str:
        """The two sizes: ``A320 is 38 x 34 m; measured 84 ± 3 x 73 ± 3 m``."""
        claimed = f"{self.claimed.length_m:.0f} {TIMES} {self.claimed.wingspan_m:.0f} m"
        return f"{self.claimed.icao} is {claimed}; measured {self.measured.words}"


def measured_size(entry: Sized) -> MeasuredSize | None:
    """Return the size of an entry; None where it has none.

    Where the log states no error of a size from an image, as of entries of hardstand 0.1, it is the least
    that there can be at that GSD, see `detect.measuring.accuracy.least_size_error`.
    """
    length_m, wingspan_m = entry.length_m, entry.wingspan_m
    if length_m is None or wingspan_m is None:
        return None
    errors: tuple[float | None, float | None] = entry.length_error_m, entry.wingspan_error_m
    if entry.gsd_m is not None and None in errors:
        least = least_size_error(GroundBox(length_m, wingspan_m, 0.0), entry.gsd_m)
        errors = (errors[0] or least.length_m, errors[1] or least.wingspan_m)
    return MeasuredSize(length_m, wingspan_m, *errors, entry.gsd_m)


def size_check(entry: Sized) -> SizeCheck | None:
    """Compare an entry's size with that of the type it claims; None where one of the two is not known."""
    measured = measured_size(entry)
    return None if measured is None else compare_size(entry.type, measured)


def compare_size(icao: str | None, measured: MeasuredSize) -> SizeCheck | None:
    """Compare a size with that of a type; None where the type is not in the table.

    Args:
        icao: Designator.
        measured: The size.
    """
    claimed = aircraft_types().get(icao or "")
    if claimed is None:
        return None
    return SizeCheck(claimed, measured, _dimensions(claimed, measured))


def size_disagrees(entry: Sized) -> bool | None:
    """Check whether the size of an entry disagrees with its type; None where there is nothing to compare."""
    check = size_check(entry)
    return None if check is None else not check.fits


def _dimensions(aircraft: AircraftType, measured: MeasuredSize) -> tuple[Dimension, Dimension]:
    length_m, wingspan_m, length_error_m, wingspan_error_m, gsd_m = measured
    along_m = _tolerance_m(length_error_m, aircraft.length_m, gsd_m)
    # What is measured across a helicopter is anything between its body and its rotor.
    rotor = aircraft.wing == "rotor"
    across_m = None if rotor else _tolerance_m(wingspan_error_m, aircraft.wingspan_m, gsd_m)
    return (
        Dimension("length", length_m, length_error_m, aircraft.length_m, along_m),
        Dimension("wingspan", wingspan_m, wingspan_error_m, aircraft.wingspan_m, across_m),
    )


def _tolerance_m(error_m: float | None, claimed_m: float, gsd_m: float | None) -> float:
    overlooked_m = max(OVERLOOKED * claimed_m, DISAGREES_SIGMA * ERROR_PX * (gsd_m or 0.0))
    return overlooked_m if error_m is None else min(DISAGREES_SIGMA * error_m, overlooked_m)
