"""How far a measured size may be off, and what that leaves of a comparison of two."""

from __future__ import annotations

import math
from typing import Literal

from detect.box import GroundBox
from detect.candidate import SizeError

# Set on development scenes, see `detect.measuring.pose`. Error relative to the size: of 68 % of the fits with
# a response from 0.85 on, and how it grows below.
BEST_ERROR, ERROR_GROWTH, GOOD_RESPONSE = 0.035, 0.25, 0.85
WORST_ERROR = 0.2
ERROR_PX = 0.5  # that an edge is off, chosen: 0.4 to 0.7 on rendered scenes averaged to 3 m
# Standard errors by which two sizes differ. Of one aircraft in two scenes every eighth pair differs by more
# than two, one in a hundred by more than four; between these nobody can say. See `benchmarks/sizes.py`.
SAME_SIGMA, OTHER_SIGMA = 2.0, 4.0

SizeLikeness = Literal["same", "other", "unknown"]


def size_error(ground: GroundBox, response: float, gsd_m: float, off_nadir_deg: float | None) -> SizeError:
    """Return the 1-sigma error of a measured size.

    Args:
        ground: What was measured.
        response: Of the planform that fits best, see `detect.measuring.pose`.
        gsd_m: Metres per pixel of the scene.
        off_nadir_deg: How obliquely the scene was seen; None where unknown. A length along the view is then
            shortened to as little as its cosine; how much is unknown, so all of it counts.
    """
    share = min(max(BEST_ERROR + ERROR_GROWTH * (GOOD_RESPONSE - response), BEST_ERROR), WORST_ERROR)
    shortened = 1 - math.cos(math.radians(off_nadir_deg or 0.0))
    sizes = (ground.length_m, ground.wingspan_m)
    # A planform is fitted as a whole, so a narrow one, a helicopter's, is not measured better across.
    whole = math.sqrt(math.prod(sizes))
    return SizeError(
        *(math.hypot(share * max(size, whole), shortened * size, ERROR_PX * gsd_m) for size in sizes)
    )


def compare_sizes(
    size: tuple[float, float],
    error: tuple[float, float],
    other: tuple[float, float],
    other_error: tuple[float, float],
) -> SizeLikeness:
    """Return whether two sizes are the same, as far as their errors tell.

    Args:
        size: Length and wingspan in metres.
        error: Their standard errors.
        other: Those of the other one.
        other_error: Their standard errors.
    """
    sides = list(zip(size, error, other, other_error, strict=True))
    differences = [(abs(a - b), math.hypot(a_error, b_error)) for a, a_error, b, b_error in sides]
    if all(metres <= SAME_SIGMA * error_m for metres, error_m in differences):
        return "same"
    return "other" if any(metres > OTHER_SIGMA * error_m for metres, error_m in differences) else "unknown"


def least_size_error(ground: GroundBox, gsd_m: float) -> SizeError:
    """Return the 1-sigma error of a size measured in a clear image taken from straight above.

    No image of that resolution gives a smaller one. It is what can be said of a sighting, as the log keeps
    neither the response nor the view.
    """
    return size_error(ground, GOOD_RESPONSE, gsd_m, None)
