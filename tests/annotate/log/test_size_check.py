"""A measured size against that of the claimed type."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from annotate.log.entries import Sighting
from annotate.log.size_check import size_check, size_disagrees
from imagery.aircraft.types import aircraft_types

MEASURED = {"length_m": 29.2, "wingspan_m": 40.9, "gsd_m": 0.5, "evidence": "seen"}


def test_a_size_within_the_error_of_the_measurement_fits_the_claimed_type(
    reported: Callable[..., Sighting],
) -> None:
    check = size_check(reported(**MEASURED))
    assert check
    assert check.fits
    length, wingspan = check.dimensions
    assert (length.name, length.claimed_m, round(length.difference_m, 2)) == ("length", 29.79, -0.59)
    assert (wingspan.name, wingspan.claimed_m, round(wingspan.difference_m, 2)) == ("wingspan", 40.41, 0.49)


def test_a_size_that_is_too_large_does_not_fit_and_says_which_way(reported: Callable[..., Sighting]) -> None:
    check = size_check(reported(**MEASURED | {"length_m": 46.0}))
    assert check
    assert not check.fits
    length, wingspan = check.dimensions
    assert not length.fits
    assert length.difference_m > 16
    assert wingspan.fits


def test_the_other_types_that_fit_are_named_because_size_proves_no_type(
    reported: Callable[..., Sighting],
) -> None:
    airliner = aircraft_types()["B738"]
    size = {"length_m": airliner.length_m, "wingspan_m": airliner.wingspan_m}
    check = size_check(reported(**MEASURED | size | {"type": "B738"}))
    assert check
    assert "A320" in check.others
    assert "B738" not in check.others


def test_coarser_images_measure_less_exactly(reported: Callable[..., Sighting]) -> None:
    fine, coarse = (size_check(reported(**MEASURED | {"gsd_m": gsd_m})) for gsd_m in (0.5, 5.0))
    assert fine
    assert coarse
    assert (coarse.dimensions[0].error_m or 0) > (fine.dimensions[0].error_m or 0)


def test_without_a_size_or_a_type_there_is_nothing_to_compare(reported: Callable[..., Sighting]) -> None:
    assert size_check(reported()) is None
    assert size_check(reported(**MEASURED | {"type": None})) is None
    assert size_check(reported(**MEASURED | {"wingspan_m": None})) is None


@pytest.mark.parametrize(
    ("icao", "length_m", "wingspan_m"), [("A320", 84.0, 73.0), ("IL76", 66.0, 60.0), ("AT72", 71.0, 68.0)]
)
@pytest.mark.parametrize("share", [0.035, 0.2])
def test_a_size_that_nobody_can_overlook_disagrees_however_poor_the_fit_was(
    reported: Callable[..., Sighting], icao: str, length_m: float, wingspan_m: float, share: float
) -> None:
    """These were logged without a word."""
    errors = {"length_error_m": share * length_m, "wingspan_error_m": share * wingspan_m}
    sizes = {"length_m": length_m, "wingspan_m": wingspan_m}
    sighting = reported(**MEASURED | sizes | errors | {"type": icao})
    assert size_disagrees(sighting) is True
    check = size_check(sighting)
    assert check
    assert check.words.startswith(f"{icao} is ")
    assert f"measured {length_m:.0f}" in check.words


def test_the_stated_error_counts_and_not_the_least_there_can_be(reported: Callable[..., Sighting]) -> None:
    off = {"length_m": 35.0, "length_error_m": 2.5, "wingspan_error_m": 2.5}
    assert size_disagrees(reported(**MEASURED | {"length_m": 35.0})) is True
    assert size_disagrees(reported(**MEASURED | off)) is False


def test_across_a_helicopter_its_rotor_may_be_measured(reported: Callable[..., Sighting]) -> None:
    length_m = aircraft_types()["MI8"].length_m
    sighting = reported(**MEASURED | {"type": "MI8", "length_m": length_m, "wingspan_m": 21.0})
    assert size_disagrees(sighting) is False
    assert size_disagrees(reported(**vars(sighting) | {"length_m": 2 * length_m})) is True


def test_a_reported_size_of_unknown_error_is_compared_all_the_same(
    reported: Callable[..., Sighting],
) -> None:
    known = {"length_m": 29.0, "wingspan_m": 40.0}
    assert size_disagrees(reported(**known)) is False
    assert size_disagrees(reported(**known | {"length_m": 60.0})) is True
