"""A measured size against that of the claimed type."""

from __future__ import annotations

from collections.abc import Callable

from annotate.log.entries import Sighting
from annotate.report.size_check import size_check
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
    assert check.types == len(aircraft_types())


def test_coarser_images_measure_less_exactly(reported: Callable[..., Sighting]) -> None:
    fine, coarse = (size_check(reported(**MEASURED | {"gsd_m": gsd_m})) for gsd_m in (0.5, 5.0))
    assert fine
    assert coarse
    assert coarse.dimensions[0].error_m > fine.dimensions[0].error_m


def test_without_a_size_or_a_type_there_is_nothing_to_compare(reported: Callable[..., Sighting]) -> None:
    assert size_check(reported()) is None
    assert size_check(reported(**MEASURED | {"type": None})) is None
    assert size_check(reported(**MEASURED | {"wingspan_m": None})) is None
