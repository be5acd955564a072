"""An acquisition time keeps the precision it was given with, and what is no time is refused in words."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagery.acquisition import (
    UNKNOWN,
    Span,
    acquisition_from_tags,
    acquisition_of_all,
    parse_acquired,
    parse_utc,
)
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
        ("2999-01-01", "in the future"),
        ("2999-01", "in the future"),
        ("2023-13-01", "is not a date"),
        ("2023-13", "is not a date"),
        ("2023-02-29", "is not a date"),
        ("2023-10-27T25:00Z", "is not a date"),
        ("2023-10-27T10:61Z", "is not a date"),
        ("0000-01-01", "is not a date"),
        ("0001-01-01T00:00+10:00", "is not a date"),
        ("03/04/2023", "not a month, date or time in ISO 8601"),
        ("27.10.2023", "not a month, date or time in ISO 8601"),
        ("20231027", "not a month, date or time in ISO 8601"),
        ("2023", "not a month, date or time in ISO 8601"),
        ("2023-10T10:36Z", "not a month, date or time in ISO 8601"),
        ("2023-10-27T10Z", "not a month, date or time in ISO 8601"),
        ("2023-10-27Z", "not a month, date or time in ISO 8601"),
        ("yesterday", "not a month, date or time in ISO 8601"),
        ("", "not a month, date or time in ISO 8601"),
        ("2023-10-27; DROP TABLE", "not a month, date or time in ISO 8601"),
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
    with pytest.raises(UsageError, match="in the future"):
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
    with pytest.raises(
        UsageError, match="IMAGERY tag ACQUISITIONDATETIME: 'soon' is not a month, date or time in ISO 8601"
    ):
        acquisition_from_tags({"ACQUISITIONDATETIME": "soon"})


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2023-10-27T10:36:11Z", (2023, 10, 27, 10, 36, 11), (2023, 10, 27, 10, 36, 12)),
        ("2023-10-27T10:36Z", (2023, 10, 27, 10, 36), (2023, 10, 27, 10, 37)),
        ("2023-12-31", (2023, 12, 31), (2024, 1, 1)),
        ("2024-02", (2024, 2, 1), (2024, 3, 1)),
        ("2023-12", (2023, 12, 1), (2024, 1, 1)),
    ],
)
def test_a_precision_leaves_a_span_open_that_ends_where_the_next_begins(text, first, last):
    assert parse_acquired(text, "a").span == (datetime(*first, tzinfo=UTC), datetime(*last, tzinfo=UTC))


def test_an_unknown_time_has_no_span():
    assert UNKNOWN.span is None


def test_spans_that_only_touch_do_not_overlap_unless_a_tolerance_says_so():
    one, other = parse_acquired("2023-10-27", "a").span, parse_acquired("2023-10-28T00:00:00Z", "b").span
    assert not one.overlaps(other)
    assert not other.overlaps(one)
    assert one.overlaps(other, timedelta(seconds=1))
    assert other.overlaps(one, timedelta(seconds=1))
    assert one.overlaps(one)


def test_a_span_since_the_beginning_of_time_can_be_compared():
    always = Span(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
    assert always.overlaps(parse_acquired("2023-10", "a").span, timedelta(days=1))
    assert always.overlaps(always, timedelta(days=1))


@pytest.mark.parametrize(
    ("texts", "text", "precision"),
    [
        (["2023-10-27T10:36:11Z"], "2023-10-27T10:36:11Z", "second"),
        (["2023-10-27T10:36:11Z", "2023-10-27T10:36:11.9Z"], "2023-10-27T10:36:11Z", "second"),
        (["2023-10-27T10:36:40Z", "2023-10-27T10:36:11Z"], "2023-10-27T10:36Z", "minute"),
        (["2023-10-27T10:36:11Z", "2023-10-27T11:00Z"], "2023-10-27", "day"),
        (["2023-10-27T10:36:11Z", "2023-10-27"], "2023-10-27", "day"),
        (["2023-10-27T10:36:11Z", "2023-10-01"], "2023-10", "month"),
        (["2023-10-27", "2023-11-27"], None, "unknown"),
    ],
)
def test_an_image_of_several_has_the_finest_time_that_all_of_them_share(texts, text, precision):
    acquisition, span = acquisition_of_all([parse_acquired(each, "a") for each in texts])
    assert (acquisition.text, acquisition.precision) == (text, precision)
    assert text is None or parse_acquired(text, "a") == acquisition
    spans = [parse_acquired(each, "a").span for each in texts]
    assert span == (min(each.first for each in spans), max(each.last for each in spans))


@given(st.lists(st.datetimes(datetime(2000, 1, 1), datetime(2020, 1, 1), timezones=st.just(UTC)), min_size=1))
def test_the_time_of_an_image_of_several_covers_every_one_of_them(times):
    acquisition, whole = acquisition_of_all(
        [parse_acquired(f"{time:%Y-%m-%dT%H:%M:%SZ}", "a") for time in times]
    )
    assert all(whole.first <= time < whole.last for time in times)
    if acquisition.time:
        assert all(acquisition.span.first <= time < acquisition.span.last for time in times)
    else:
        assert len({(time.year, time.month) for time in times}) > 1


def test_a_source_that_defines_its_times_as_utc_needs_no_zone_and_keeps_the_one_it_names():
    assert parse_utc("2023-10-27T10:36:11", "a").text == "2023-10-27T10:36:11Z"
    assert parse_utc("2023-10-27T10:36:11+02:00", "a").text == "2023-10-27T08:36:11Z"
    assert parse_utc(" 2023-10-27 ", "a").text == "2023-10-27"
    with pytest.raises(UsageError, match="a: 'soon' is not a month, date or time in ISO 8601"):
        parse_utc("soon", "a")
