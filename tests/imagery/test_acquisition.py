"""An acquisition time keeps the precision it was given with, and what is no time is refused in words."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagery.acquisition import UNKNOWN, acquisition_from_tags, parse_acquired
from imagery.errors import UsageError

GIVEN = [
    ("2023-10", "month", "2023-10", datetime(2023, 10, 1, tzinfo=UTC)),
    ("2023-10-27", "day", "2023-10-27", datetime(2023, 10, 27, tzinfo=UTC)),
    ("2024-02-29", "day", "2024-02-29", datetime(2024, 2, 29, tzinfo=UTC)),
    ("2023-10-27T10:36Z", "minute", "2023-10-27T10:36Z", datetime(2023, 10, 27, 10, 36, tzinfo=UTC)),
    ("2023-10-27 10:36Z", "minute", "2023-10-27T10:36Z", datetime(2023, 10, 27, 10, 36, tzinfo=UTC)),
    (
        "2023-10-27T10:36:11Z",
        "second",
        "2023-10-27T10:36:11Z",
        datetime(2023, 10, 27, 10, 36, 11, tzinfo=UTC),
    ),
    (
        "2023-10-27T10:36:11.98Z",
        "second",
        "2023-10-27T10:36:11Z",
        datetime(2023, 10, 27, 10, 36, 11, tzinfo=UTC),
    ),
    ("2023-10-27T10:36+02:00", "minute", "2023-10-27T08:36Z", datetime(2023, 10, 27, 8, 36, tzinfo=UTC)),
    (
        "2023-10-27T10:36:11-0530",
        "second",
        "2023-10-27T16:06:11Z",
        datetime(2023, 10, 27, 16, 6, 11, tzinfo=UTC),
    ),
    ("2023-01-01T00:30+01:00", "minute", "2022-12-31T23:30Z", datetime(2022, 12, 31, 23, 30, tzinfo=UTC)),
    ("  2023-10-27\n", "day", "2023-10-27", datetime(2023, 10, 27, tzinfo=UTC)),
]


@pytest.mark.parametrize(("text", "precision", "written", "time"), GIVEN)
def test_a_time_is_read_as_utc_at_the_precision_it_was_written_with(text, precision, written, time):
    acquisition = parse_acquired(text, "option --acquired")
    assert acquisition == (time, precision, "option --acquired")
    assert acquisition.time.tzinfo is UTC
    assert acquisition.text == written


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2023-10-27T10:36", "no time zone; add Z"),
        ("2023-10-27T10:36:11", "no time zone; add Z"),
        ("2999-01-01", "still to come"),
        ("2999-01", "still to come"),
        ("2023-13-01", "no date that exists"),
        ("2023-13", "no date that exists"),
        ("2023-02-29", "no date that exists"),
        ("2023-10-27T25:00Z", "no date that exists"),
        ("2023-10-27T10:61Z", "no date that exists"),
        ("0000-01-01", "no date that exists"),
        ("0001-01-01T00:00+10:00", "no date that exists"),
        ("03/04/2023", "no ISO 8601 time"),
        ("27.10.2023", "no ISO 8601 time"),
        ("20231027", "no ISO 8601 time"),
        ("2023", "no ISO 8601 time"),
        ("2023-10T10:36Z", "no ISO 8601 time"),
        ("2023-10-27T10Z", "no ISO 8601 time"),
        ("2023-10-27Z", "no ISO 8601 time"),
        ("yesterday", "no ISO 8601 time"),
        ("", "no ISO 8601 time"),
        ("2023-10-27; DROP TABLE", "no ISO 8601 time"),
    ],
)
def test_what_is_no_time_is_refused_with_its_source_the_text_and_what_to_do(text, reason):
    with pytest.raises(UsageError) as error:
        parse_acquired(text, "--acquired")
    assert str(error.value).startswith(f"--acquired: '{text}' ")
    assert reason in str(error.value)
    assert error.value.exit_code == 2


def test_a_time_in_a_minute_is_still_to_come_and_one_a_minute_ago_is_not():
    now = datetime.now(UTC)
    with pytest.raises(UsageError, match="still to come"):
        parse_acquired(f"{now + timedelta(minutes=2):%Y-%m-%dT%H:%MZ}", "--acquired")
    past = now - timedelta(minutes=2)
    assert parse_acquired(f"{past:%Y-%m-%dT%H:%MZ}", "--acquired").time <= past


@given(
    time=st.datetimes(max_value=datetime(2020, 1, 1), timezones=st.just(UTC)),
    form=st.sampled_from(["month", "day", "minute", "second"]),
)
def test_text_at_a_precision_is_read_back_as_the_same_text_and_precision(time, form):
    end = {"month": 7, "day": 10, "minute": 16, "second": 19}[form]
    text = time.isoformat()[:end] + ("Z" if form in ("minute", "second") else "")
    first = parse_acquired(text, "a")
    assert (first.precision, first.text) == (form, text)
    assert parse_acquired(first.text, "a") == first
    assert timedelta() <= time - first.time < timedelta(days=31), "the beginning of the span left open"


@given(st.text(max_size=30))
def test_any_text_is_a_time_or_refused_as_one_and_never_anything_else(text):
    try:
        acquisition = parse_acquired(text, "--acquired")
    except UsageError as error:
        assert text in str(error)  # noqa: PT017
    else:
        assert acquisition.text.startswith(text.strip()[:4])


def test_an_unknown_time_is_carried_as_unknown_and_is_no_error():
    assert acquisition_from_tags({}) == acquisition_from_tags({"ACQUISITIONDATETIME": " "}) == UNKNOWN
    assert UNKNOWN == (None, "unknown", None)
    assert UNKNOWN.text is None


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("2017-06-15 17:48:51", "2017-06-15T17:48:51Z"),
        ("2017-06-15T17:48:51.123", "2017-06-15T17:48:51Z"),
        ("2017-06-15T17:48:51Z", "2017-06-15T17:48:51Z"),
        ("2017-06-15T17:48:51+02:00", "2017-06-15T15:48:51Z"),
        ("2017-06-15", "2017-06-15"),
        (" 2017-06-15T17:48Z ", "2017-06-15T17:48Z"),
    ],
)
def test_gdals_imagery_tag_is_utc_where_it_names_no_zone(tag, text):
    acquisition = acquisition_from_tags({"ACQUISITIONDATETIME": tag})
    assert (acquisition.text, acquisition.source) == (text, "IMAGERY tag ACQUISITIONDATETIME")


def test_an_imagery_tag_that_is_no_time_is_refused_rather_than_taken_for_unknown():
    with pytest.raises(UsageError, match="IMAGERY tag ACQUISITIONDATETIME: 'soon' is no ISO 8601 time"):
        acquisition_from_tags({"ACQUISITIONDATETIME": "soon"})
