"""Types of the arrays that detection works on, by what their elements are; `imagery.grid` has `Floats`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Ints = NDArray[np.int_]
Singles = NDArray[np.float32]
Complexes = NDArray[np.complex64]
Pixels = NDArray[np.uint8]  # grey values, colours, or a mask
