"""Times are read as they are written, and what could be two of them is refused with what to write."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from annotate.intake.when import parse_when, parse_when_or_unknown, possible_days
from imagery.errors import UsageError

PAST = st.datetimes(datetime(1999, 1, 2), datetime(2026, 1, 1))
DAYS = st.dates(date(1999, 1, 1), date(2026, 1, 1))
SEPARATORS = st.sampled_from(["/", ".", "-", " "])


def refused(text: str) -> str:
    with pytest.raises(UsageError) as failure:
        parse_when(text, "`when`")
    assert str(failure.value).startswith("`when`: ")
    return str(failure.value)


@given(PAST, st.sampled_from([("month", 7), ("day", 10), ("minute", 16), ("second", 19)]))
def test_a_time_keeps_the_precision_it_is_written_with(time: datetime, precision: tuple[str, int]) -> None:
    name, length = precision
    text = time.isoformat(timespec="seconds")[:length] + ("Z" if length > 10 else "")
    when = parse_when(text, "`when`")
    assert (when.text, when.precision) == (text, name)


@given(PAST, st.integers(-12 * 60, 14 * 60))
def test_an_offset_is_taken_off(time: datetime, offset_minutes: int) -> None:
    sign, (hours, minutes) = "-" if offset_minutes < 0 else "+", divmod(abs(offset_minutes), 60)
    when = parse_when(f"{time:%Y-%m-%dT%H:%M}{sign}{hours:02}:{minutes:02}", "`when`")
    assert when.time == time.replace(second=0, microsecond=0, tzinfo=UTC) - timedelta(minutes=offset_minutes)


@given(DAYS, SEPARATORS, st.booleans())
def test_a_date_that_could_be_two_is_refused_and_one_of_the_ways_to_write_it_is_right(
    day: date, separator: str, american: bool
) -> None:
    assume(day.day <= 12 and day.day != day.month)
    order = "%m{0}%d{0}%Y" if american else "%d{0}%m{0}%Y"
    message = refused(day.strftime(order.format(separator)))
    assert "several days" in message
    other = day.replace(month=day.day, day=day.month)
    for meant in (day, other):
        assert f"{meant.isoformat()} for {meant.day} {meant:%B} {meant.year}" in message


@given(DAYS, SEPARATORS)
def test_a_date_that_can_only_be_one_is_refused_with_how_to_write_it(day: date, separator: str) -> None:
    assume(day.day > 12)
    message = refused(day.strftime("%d{0}%m{0}%Y".format(separator)))  # noqa: UP032  # strftime codes
    assert message.endswith(f"write {day.isoformat()}")


@given(DAYS)
def test_what_is_written_in_iso_order_is_one_day(day: date) -> None:
    assert possible_days(day.isoformat()) == []
    assert parse_when(day.isoformat(), "`when`").text == day.isoformat()


def test_two_figures_for_the_year_can_be_three_days() -> None:
    assert possible_days("03-04-23") == [date(2003, 4, 23), date(2023, 3, 4), date(2023, 4, 3)]


@pytest.mark.parametrize(
    ("text", "write"),
    [
        ("4/2023", "2023-04"),
        ("2023/04/03", "2023-04-03"),
        ("2023-4-3", "2023-04-03"),
        ("31.12.2022 8:30", "2022-12-31"),
    ],
)
def test_what_is_nearly_right_is_refused_with_how_to_write_it(text: str, write: str) -> None:
    assert refused(text).endswith(f"write {write}")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1998-12-31", "before 1999"),
        ("1999-01-01T00:30+02:00", "before 1999"),
        ("2999-01-01", "in the future"),
        ("2023-10-27T10:36", "time zone"),
        ("2023-02-30", "is not a date"),
        ("30/02/2023", "ISO 8601"),
        ("yesterday", "ISO 8601"),
        ("", "ISO 8601"),
    ],
)
def test_what_cannot_be_is_refused(text: str, why: str) -> None:
    assert why in refused(text)


@given(st.text(max_size=20))
def test_whatever_is_written_is_a_time_or_refused(text: str) -> None:
    with suppress(UsageError):
        assert parse_when(text, "`when`").text is not None


def test_an_unknown_time_is_said_outright() -> None:
    assert parse_when_or_unknown(" Unknown ", "`when`").text is None
    with pytest.raises(UsageError, match="ISO 8601"):
        parse_when_or_unknown("", "`when`")
