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
