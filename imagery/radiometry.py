"""Stretching what a sensor recorded to the 8 bits that detectors and people look at.

One stretch serves a whole scene, so that neighbouring tiles match.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

PERCENTILES = (0.5, 99.5)


class Stretch(NamedTuple):
    """A linear stretch, the same for all bands so that colours stay as they are.

    Attributes:
        low: Value that becomes 0.
        high: Value that becomes 255.
    """

    low: float
    high: float

    def __call__(self, values: NDArray[Any]) -> NDArray[np.uint8]:
        """Return the values as uint8, same shape; those outside the range are clipped, NaN becomes 0."""
        if values.dtype == np.uint8 and self == IDENTITY:
            return values
        with np.errstate(over="ignore"):  # what becomes infinite is clipped like the rest
            scaled = (values.astype(np.float32) - self.low) * (255.0 / (self.high - self.low))
        return np.nan_to_num(scaled, nan=0.0, posinf=255.0, neginf=0.0).clip(0, 255).round().astype(np.uint8)


IDENTITY = Stretch(0.0, 255.0)


def robust_stretch(sample: NDArray[Any], valid: NDArray[np.bool_]) -> Stretch:
    """Return the stretch from the 0.5th to the 99.5th percentile of a scene; none for 8-bit values.

    Args:
        sample: (bands, rows, cols) values, a thinned-out view of the whole scene.
        valid: (rows, cols) which of them are data.
    """
    if sample.dtype == np.uint8:
        return IDENTITY
    values = sample[:, valid].astype(np.float64)
    values = values[np.isfinite(values)]
    if values.size == 0:
        return IDENTITY
    low, high = (float(v) for v in np.percentile(values, PERCENTILES))
    return Stretch(low, high if high > low else low + 1.0)


# What programs fill places without data with: the usual numbers, and the ends of a type's range.
_FILLS = (0, -999, -9999, -32767, -32768, -99999, -999999, 1e20, -1e34, 1.70141e38, -3.4e38, 9.96921e36)


class DataRange(NamedTuple):
    """The values that are data.

    Attributes:
        least: Below it nothing is data.
        greatest: Above it nothing is.
        fills: The values out there that stand for no data although the file does not say so.
    """

    least: float
    greatest: float
    fills: tuple[float, ...] = ()

    def holds(self, values: NDArray[Any]) -> NDArray[np.bool_]:
        """Return which pixels, (rows, cols), are data in every band of the values (bands, rows, cols)."""
        return np.asarray(((values >= self.least) & (values <= self.greatest)).all(axis=0))


EVERYTHING = DataRange(-np.inf, np.inf)


def data_range(sample: NDArray[Any], valid: NDArray[np.bool_]) -> DataRange:
    """Find values that fill places without data although the file does not declare them.

    Such a value is one that programs use for that, the least or greatest there is, frequent enough to decide
    the stretch, and further from all others than these are from each other: the scene would be one grey.

    Args:
        sample: (bands, rows, cols) values, a thinned-out view of the whole scene.
        valid: (rows, cols) which of them are data as far as the file says.
    """
    if sample.dtype == np.uint8:
        return EVERYTHING
    values = sample[:, valid].astype(np.float64).ravel()
    values = values[np.isfinite(values)]
    limits = np.iinfo(sample.dtype) if sample.dtype.kind in "iu" else np.finfo(sample.dtype)
    known = np.array([*_FILLS, float(limits.min), float(limits.max)])
    bounds, fills = [-np.inf, np.inf], list[float]()
    for end, extreme in ((0, np.min), (1, np.max)):
        for _ in known:
            if values.size == 0:
                break
            fill = float(extreme(values))
            rest = values[values != fill]
            if rest.size == 0 or not np.isclose(fill, known, rtol=1e-3, atol=0).any():
                break
            low, high = (float(value) for value in np.percentile(rest, PERCENTILES))
            gap = abs(fill - (low, high)[end])
            if 1 - rest.size / values.size < PERCENTILES[0] / 100 or gap <= high - low:
                break
            fills.append(fill)
            # Where pixels are averaged, a little of the fill is in those at its edge.
            margin = min(gap / 2, 3 * (high - low))
            bounds[end] = (low - margin, high + margin)[end]
            values = rest
    return DataRange(bounds[0], bounds[1], tuple(fills))
