"""How measures are written: places, lengths and headings to what is known of them, on every surface.

A number has as many digits as its error leaves it: of an error two digits are written where the first is a 1,
else one (Particle Data Group, Review of Particle Physics, section 5.3), and what it belongs to ends at the
same place. Errors are standard errors.
"""

from __future__ import annotations

import math

from imagery.grid import LonLat

# Radial error that is assumed where a scene states none: Airbus gives 8.5 m CE90 for Pléiades without ground
# control, and CE90 is 1.5175 times the radial RMSE (FGDC-STD-007.3-1998).
UNSTATED_ERROR_M = 5.6
CE99 = 2.146  # radius that holds 99 % over the radial RMSE, of a circular normal error
DEGREE_M = 111_195.0  # of latitude, on a sphere of 6,371 km
FINEST_PLACE = 7  # decimals of a degree: a centimetre
FINEST_LENGTH = 1  # decimals of a metre
HEADING_DIGITS = 1
TIMES, PLUS_MINUS = "\u00d7", "\u00b1"


def place_digits(error_m: float | None) -> int:
    """Return the decimals of a degree that a place has: a step is at most half of its error.

    Args:
        error_m: Radial, in metres; None where it is not stated, see `UNSTATED_ERROR_M`.
    """
    step_deg = max(UNSTATED_ERROR_M if error_m is None else error_m, 1e-9) / 2 / DEGREE_M
    return min(max(math.ceil(-math.log10(step_deg)), 0), FINEST_PLACE)


def rounded_place(place: LonLat, error_m: float | None) -> LonLat:
    """Return a place with the digits that its error leaves it."""
    digits = place_digits(error_m)
    return LonLat(round(place.lon, digits), round(place.lat, digits))


def place_words(place: LonLat, error_m: float | None = None) -> str:
    """Return longitude and latitude: ``-7.94990, 12.53350``."""
    digits = place_digits(error_m)
    return f"{place.lon:.{digits}f}, {place.lat:.{digits}f}"


def length_digits(error_m: float | None) -> int:
    """Return the decimals of a metre that a length with an error has, and the error itself."""
    if error_m is None or not error_m > 0:
        return FINEST_LENGTH
    power = math.floor(math.log10(error_m))
    leading = error_m / 10**power
    # 0.096 is written 0.10, and 1.96 is written 2.
    digits = 1 - power if leading < 1.95 else -power
    return min(max(digits, 0), FINEST_LENGTH)


def rounded_length(length_m: float, error_m: float | None) -> float:
    """Return a length with the digits that its error leaves it."""
    return round(length_m, length_digits(error_m))


def length_words(length_m: float, error_m: float | None) -> str:
    """Return a length with its error: ``38.2 ± 1.4``, ``66 ± 13``, or ``38.2 ± ?`` where none is known."""
    digits = length_digits(error_m)
    error = "?" if error_m is None else f"{max(error_m, 10.0**-digits):.{digits}f}"
    return f"{length_m:.{digits}f} {PLUS_MINUS} {error}"


def size_words(length_m: float, span_m: float, errors_m: tuple[float | None, float | None]) -> str:
    """Return length and wingspan with their errors: ``38.2 ± 1.4 x 34.1 ± 1.3 m``.

    Args:
        length_m: From tail to nose.
        span_m: From wing tip to wing tip.
        errors_m: Of the two; None where one is not known.
    """
    length, span = length_words(length_m, errors_m[0]), length_words(span_m, errors_m[1])
    return f"{length} {TIMES} {span} m"


def rounded_heading(heading_deg: float) -> float:
    """Return a heading, 0 <= heading < 360, with the digits that it has in files."""
    return round(heading_deg, HEADING_DIGITS) % 360
