"""The first source that speaks of a scene is believed, and two that contradict each other are refused."""

from datetime import date
from itertools import permutations

import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st

from imagery.acquisition import UNKNOWN, parse_acquired
from imagery.errors import ContradictingSources, SceneError
from imagery.provenance import Provenance, reconcile, statements_of
from imagery.provenance.statement import Statement, off_nadir, plain_text, sensor_name, sensors_differ

NAIP = "m_4208701_ne_16_060_20200902.tif"
IMD = """BEGIN_GROUP = IMAGE_1
 satId = "WV03";
 firstLineTime = 2023-10-27T10:51:31.3Z;
END_GROUP = IMAGE_1
END;
"""


def says(source, text=None, **members):
    return Statement(source, text and parse_acquired(text, source), **members)


def of(path, tags=(), imagery=(), *, before=()):
    return reconcile(path, [*before, *statements_of(path, [path], dict(tags), dict(imagery))])


def refusal(statements):
    with pytest.raises(ContradictingSources) as error:
        reconcile("scene.tif", statements)
    assert isinstance(error.value, SceneError)
    assert str(error.value).isprintable()
    return str(error.value)


def test_each_member_is_from_the_first_source_that_says_it():
    found = reconcile(
        "scene.tif",
        [
            says("option --sensor", sensor="my camera"),
            says("STAC item", "2023-10-27", off_nadir_deg=0.0),
            says(
                "DIMAP file", "2023-10-27T10:51:31Z", sensor="Pléiades 1A", off_nadir_deg=12.0, image_id="DS"
            ),
        ],
    )
    assert found == Provenance(parse_acquired("2023-10-27", "STAC item"), "my camera", 0.0, "DS")


def test_where_nobody_speaks_everything_is_unknown_and_that_is_no_error():
    assert reconcile("scene.tif", []) == Provenance(UNKNOWN, None, None, None)
    assert of("bamako.tif") == Provenance(UNKNOWN, None, None, None)


AGREEING = [
    ("2023-10-27", "2023-10-27T10:51:31Z"),
    ("2023-10", "2023-10-27"),
    ("2023-10-27T10:51Z", "2023-10-27T10:51:59Z"),
    ("2023-10-27T10:51:31Z", "2023-10-27T12:51:31+02:00"),
    ("2023-10-27T10:51:31Z", "2023-10-27T10:52:10Z"),
]


@pytest.mark.parametrize(("one", "other"), AGREEING)
def test_times_that_agree_within_their_precision_are_no_contradiction_and_the_first_is_taken(one, other):
    for texts in ((one, other), (other, one)):
        found = reconcile("scene.tif", [says("STAC item", texts[0]), says("file name", texts[1])])
        assert found.acquired == parse_acquired(texts[0], "STAC item")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2023-10-27", "2023-10-28"),
        ("2023-10-27", "2023-10-26T23:50:00Z"),
        ("2023-10", "2023-11-01"),
        ("2023-10-27T10:51:31Z", "2023-10-27T10:52:32Z"),
        ("2023-10-27T10:51Z", "2023-10-27T10:53Z"),
        ("2021-05", "2023-10-27T10:51:31Z"),
    ],
)
def test_times_that_cannot_both_be_true_are_refused_with_both_sources_and_ways_out(one, other):
    message = refusal(
        [
            says("option --acquired", one),
            says("DIMAP file DIM_X.XML", other, remedy="move DIM_X.XML away"),
        ]
    )
    assert message == (
        f"scene.tif: option --acquired says {one} and DIMAP file DIM_X.XML says {other}, "
        "so one of them is of another image; find out which, then correct the option --acquired "
        "or move DIM_X.XML away"
    )


def test_a_contradiction_is_found_between_any_two_sources_in_any_order():
    sources = [says("a", "2023-10"), says("b", "2023-10-27"), says("c", "2023-10-28T10:00Z")]
    for order in permutations(sources):
        assert "2023-10-27" in (message := refusal(order))
        assert "2023-10-28T10:00Z" in message


def test_two_known_sensors_that_differ_are_refused():
    message = refusal([says("STAC item", sensor="WV03"), says("Maxar file a.IMD", sensor="WorldView-2")])
    assert "STAC item says WV03 and Maxar file a.IMD says WorldView-2" in message


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ("PHR1A", "Pléiades 1A", False),
        ("pleiades-1a", "PHR 1A", False),
        ("PHR1A", "PHR1B", True),
        ("sentinel-2a", "Sentinel-2", False),
        ("S2A", "S2B", True),
        ("WV03", "my drone", False),
        ("PSScene", "PlanetScope", False),
        ("NAIP aerial", "PlanetScope", True),
    ],
)
def test_sensors_differ_where_both_are_known_and_free_text_never_contradicts(one, other, differ):
    assert sensors_differ(one, other) is sensors_differ(other, one) is differ


def test_a_satellites_abbreviation_gets_its_proper_name_and_another_text_stays():
    assert sensor_name("PHR 1A") == sensor_name("phr1a") == "Pléiades 1A"
    assert [sensor_name(name) for name in ("QB02", "GE01", "WV02", "WV03", "LG01")] == [
        "QuickBird",
        "GeoEye-1",
        "WorldView-2",
        "WorldView-3",
        "WorldView Legion 1",
    ]
    assert sensor_name("my drone") == "my drone"


def test_a_damaged_source_is_refused_in_one_line_that_names_it_and_the_ways_out(tmp_path):
    (tmp_path / "a.IMD").write_text("BEGIN_GROUP = IMAGE_1")
    with pytest.raises(SceneError) as error:
        of(tmp_path / "a.tif")
    assert str(error.value) == (
        f"{tmp_path / 'a.tif'}: Maxar file a.IMD is damaged (cut short: a group does not end); "
        "move a.IMD away, or give `acquired`, which takes precedence"
    )


def test_a_damaged_source_is_not_needed_where_one_before_it_gives_the_time(tmp_path):
    (tmp_path / "a.IMD").write_text("BEGIN_GROUP = IMAGE_1")
    given_time = says("option --acquired", "2023-10-27")
    assert of(tmp_path / "a.tif", before=[given_time]).acquired == given_time.acquired


def test_a_damaged_source_is_refused_where_only_one_after_it_gives_the_time(tmp_path):
    (tmp_path / "23OCT27105131-P2AS-1.IMD").write_text("")
    with pytest.raises(SceneError, match=r"Maxar file .* is damaged"):
        of(tmp_path / "23OCT27105131-P2AS-1.tif")


def test_the_sidecar_goes_before_the_tag_and_the_tag_before_the_file_name(tmp_path):
    image = tmp_path / "23OCT27105131-P2AS-1.tif"
    tags = {"ACQUISITIONDATETIME": "2023-10-27 10:51:31", "SATELLITEID": "WV03"}
    assert of(image).acquired.source == "file name"
    assert of(image, imagery=tags).acquired.source == "IMAGERY tag ACQUISITIONDATETIME"
    image.with_suffix(".IMD").write_text(IMD)
    found = of(image, imagery=tags)
    assert found.acquired == parse_acquired("2023-10-27T10:51:31Z", f"Maxar file {image.stem}.IMD")
    assert found.sensor == "WorldView-3"


def test_a_mosaic_of_several_months_stays_without_a_time_though_its_name_has_that_of_one_image(tmp_path):
    image = tmp_path / "23OCT27105131-P2AS-1.tif"
    image.with_suffix(".IMD").write_text(
        IMD + IMD.replace("IMAGE_1", "IMAGE_2").replace("2023-10", "2022-01")
    )
    acquired = of(image, imagery={"ACQUISITIONDATETIME": "2023-10-27 10:51:31"}).acquired
    assert (acquired.time, acquired.precision) == (None, "unknown")
    assert acquired.source == f"Maxar file {image.stem}.IMD (images of several months)"
    with pytest.raises(ContradictingSources, match="says 2022-01-27 to 2023-10-27, so"):
        of(image, before=[says("option --acquired", "2023-12-01")])


def test_a_file_named_for_another_day_than_its_tag_is_refused():
    with pytest.raises(ContradictingSources) as error:
        of(NAIP, imagery={"ACQUISITIONDATETIME": "2020-09-07 18:00:00"})
    assert "IMAGERY tag ACQUISITIONDATETIME says 2020-09-07T18:00:00Z" in str(error.value)
    assert "file name says 2020-09-02" in str(error.value)
    assert str(error.value).endswith("correct that tag or rename the file")


def test_a_naip_flight_in_the_evening_of_its_local_day_is_no_contradiction():
    found = of(NAIP, imagery={"ACQUISITIONDATETIME": "2020-09-03 00:30:00"})
    assert found.acquired.text == "2020-09-03T00:30:00Z"


def test_an_imagery_tag_that_is_no_time_is_refused_unless_the_user_gives_one():
    tags = {"ACQUISITIONDATETIME": "so\non"}
    with pytest.raises(
        SceneError, match=r"^a\.tif: IMAGERY tag ACQUISITIONDATETIME cannot be used .*`acquired`"
    ):
        of("a.tif", imagery=tags)
    given_time = says("option --acquired", "2021-05-03")
    assert of("a.tif", imagery=tags, before=[given_time]).acquired == given_time.acquired


def test_an_unshowable_satellite_tag_is_left_out():
    assert of("a.tif", imagery={"SATELLITEID": "\x1b[31m"}).sensor is None


class TestTiffDateTime:
    """It has no zone and is mostly the time of processing, so it only bounds the acquisition from above."""

    TAGS = {"TIFFTAG_DATETIME": "2023:10:27 10:51:31"}  # noqa: RUF012

    def test_alone_it_gives_no_time_and_says_why(self):
        acquired = of("a.tif", self.TAGS).acquired
        assert (acquired.time, acquired.text, acquired.precision) == (None, None, "unknown")
        assert acquired.source == (
            "TIFF tag TIFFTAG_DATETIME (2023-10-27 10:51:31, no time zone, perhaps when the file was made: "
            "not used)"
        )

    def test_it_leaves_the_word_to_the_file_name(self):
        assert of(NAIP, self.TAGS).acquired.text == "2020-09-02"

    @pytest.mark.parametrize("text", ["2020-01-01", "2023-10-27", "2023-10-27T22:00:00Z", "2023-10"])
    def test_a_file_made_after_the_acquisition_or_in_a_zone_behind_utc_is_no_contradiction(self, text):
        found = of("a.tif", self.TAGS, before=[says("option --acquired", text)])
        assert found.acquired.text == text

    @pytest.mark.parametrize("text", ["2023-10-28", "2023-10-27T23:00:00Z", "2023-11", "2026-01-01"])
    def test_an_image_that_is_said_to_be_younger_than_its_file_is_refused(self, text):
        with pytest.raises(ContradictingSources) as error:
            of("a.tif", self.TAGS, before=[says("option --acquired", text)])
        assert (
            f"option --acquired says {text} and TIFF tag TIFFTAG_DATETIME says that the file was there on "
            "2023-10-27 10:51:31 (no time zone)"
        ) in str(error.value)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "    :  :     :  :  ",
            "0000:00:00 00:00:00",
            "1970:01:01 00:00:00",
            "2023:13:01 00:00:00",
            "soon",
        ],
    )
    def test_a_clock_that_was_never_set_says_nothing(self, text):
        assert of("a.tif", {"TIFFTAG_DATETIME": text}).acquired == UNKNOWN

    @given(
        st.text(max_size=25)
        | st.from_regex(r"[0-9]{4}:[01][0-9]:[0-3][0-9] [0-2][0-9]:[0-5][0-9]:[0-6][0-9]")
    )
    def test_whatever_it_holds_it_never_gives_a_time(self, text):
        assert of("a.tif", {"TIFFTAG_DATETIME": text}).acquired.time is None


class TestTimesThatAFileStatesByAStandard:
    @pytest.mark.parametrize(
        ("tags", "text"),
        [
            ({"NITF_IDATIM": "20231027103611"}, "2023-10-27T10:36:11Z"),
            ({"NITF_IDATIM": "27103611ZOCT23"}, "2023-10-27T10:36:11Z"),  # NITF 2.0
            ({"NITF_IDATIM": "202310271036--"}, "2023-10-27T10:36Z"),
            ({"NITF_IDATIM": "20231027------"}, "2023-10-27"),
            ({"NITF_IDATIM": "20231027000000"}, "2023-10-27"),
            ({"NITF_IDATIM": "202310--------"}, "2023-10"),
            ({"NITF_IDATIM": "--------------"}, None),
            ({"NITF_IDATIM": "00000000000000"}, None),
            ({"NITF_STDIDC_ACQUISITION_DATE": "20231027103611"}, "2023-10-27T10:36:11Z"),
            (
                {"EXIF_GPSDateStamp": "2023:10:27", "EXIF_GPSTimeStamp": "(10) (36) (11)"},
                "2023-10-27T10:36:11Z",
            ),
            ({"EXIF_GPSDateStamp": "2023:10:27"}, None),
            (
                {"EXIF_DateTimeOriginal": "2023:10:27 12:36:11", "EXIF_OffsetTimeOriginal": "+02:00"},
                "2023-10-27T10:36:11Z",
            ),
        ],
    )
    def test_it_is_read_as_precisely_as_it_is_known(self, tags, text):
        assert of("a.tif", tags).acquired.text == text

    @pytest.mark.parametrize(
        "tags",
        [
            {"NITF_IDATIM": "20231027103611"},
            {"EXIF_DateTimeOriginal": "2023:10:27 12:36:11"},  # of some zone
            {"EXIF_GPSDateStamp": "2023:10:27", "EXIF_GPSTimeStamp": "(10) (36) (11)"},
        ],
    )
    def test_another_time_contradicts_it(self, tags):
        with pytest.raises(ContradictingSources, match="option --acquired says 2019-05-05 and"):
            of("a.tif", tags, before=[says("option --acquired", "2019-05-05")])

    def test_a_time_without_a_zone_dates_nothing_and_silences_nobody(self):
        tags = {"EXIF_DateTimeOriginal": "2020:09:02 12:36:11"}
        assert of("a.tif", tags).acquired.text is None
        assert "no time zone: not used" in of("a.tif", tags).acquired.source
        assert of(NAIP, tags).acquired.text == "2020-09-02"

    def test_clocks_of_one_file_that_differ_by_hours_are_refused(self):
        with pytest.raises(ContradictingSources):
            of(
                "a.tif",
                {
                    "EXIF_DateTimeOriginal": "2023:10:27 12:36:11",
                    "EXIF_OffsetTimeOriginal": "+00:00",
                    "EXIF_GPSDateStamp": "2023:10:27",
                    "EXIF_GPSTimeStamp": "(10) (36) (11)",
                },
            )

    @given(st.text(max_size=20), st.text(max_size=20))
    def test_whatever_a_tag_holds_nothing_foreign_is_raised(self, text, other):
        names = ("NITF_IDATIM", "EXIF_GPSTimeStamp", "EXIF_DateTimeOriginal", "EXIF_OffsetTimeOriginal")
        try:
            of("a.tif", {"EXIF_GPSDateStamp": other, **dict.fromkeys(names, text)})
        except SceneError as error:  # either is right
            assert str(error).isprintable()  # noqa: PT017


@given(st.lists(st.dates(date(2000, 1, 1), date(2000, 1, 3)).map(str), min_size=1, max_size=4))
def test_days_are_accepted_where_they_are_the_same_and_refused_otherwise(days):
    statements = [says(f"source {number}", day) for number, day in enumerate(days)]
    if len(set(days)) == 1:
        assert reconcile("a.tif", statements).acquired.source == "source 0"
    else:
        refusal(statements)


@pytest.mark.parametrize(
    ("value", "angle"), [(12, 12.0), ("-12.5", 12.5), (0, 0.0), (None, None), (" ", None)]
)
def test_an_off_nadir_angle_has_no_sign(value, angle):
    assert off_nadir(value) == angle


@pytest.mark.parametrize("value", [400, "nan", "steep", [], True, 10**400])
def test_an_absurd_off_nadir_angle_is_refused(value):
    with pytest.raises(ValueError, match="off-nadir angle"):
        off_nadir(value)


@pytest.mark.parametrize("value", [3, "x" * 201, "a\nb", "\x1b[31m"])
def test_a_name_is_one_short_line_that_can_be_shown(value):
    with pytest.raises(ValueError, match="where a"):
        plain_text(value)


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("naip-geotiff/m_4208701_ne_16_060_20200902.tif", "2020-09-02"),
        ("planetscope-3m/sfo_planetscope_20170613_180813_102e_3m.tif", "2017-06-13T18:08:13Z"),
        ("planetscope-3m/san_planetscope_20170615_173819_0c19_3m.tif", "2017-06-15T17:38:19Z"),
    ],
)
def test_the_real_scenes_tell_their_times_by_their_names(shared_data, name, text):
    path = shared_data / name
    with rasterio.open(path) as file:
        found = reconcile(path, statements_of(path, file.files, file.tags(), file.tags(ns="IMAGERY")))
    assert found.acquired.text == text
