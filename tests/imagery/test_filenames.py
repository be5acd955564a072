"""A file name speaks where it follows a provider's rule, and only there."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagery.provenance.filenames import filename_statement

S2 = "S2A_MSIL1C_20231027T105131_N0509_R051_T29PMK_20231027T125000"
NAMES = [
    ("m_4208701_ne_16_060_20200902.tif", "2020-09-02", "NAIP aerial", "m_4208701_ne_16_060_20200902"),
    ("m_3211605_ne_11_1_20120531_20120904.tif", "2012-05-31", "NAIP aerial", "m_3211605_ne_11_1_20120531"),
    ("wi_m_4208701_sw_16_h_20160712_cut.jp2", "2016-07-12", "NAIP aerial", "m_4208701_sw_16_h_20160712"),
    ("20170613_180813_102e_3B_Visual.tif", "2017-06-13T18:08:13Z", "PlanetScope", "20170613_180813_102e"),
    ("20170613_180813_1003_1B_AnalyticMS.tif", "2017-06-13T18:08:13Z", "PlanetScope", "20170613_180813_1003"),
    ("20170613_180813_0c19.tif", "2017-06-13T18:08:13Z", "PlanetScope", "20170613_180813_0c19"),
    (
        "sfo_planetscope_20170613_180813_102e_3m.tif",
        "2017-06-13T18:08:13Z",
        "PlanetScope",
        "20170613_180813_102e",
    ),
    (
        "20230612_101530_12_24ab_3B_Visual.tif",
        "2023-06-12T10:15:30Z",
        "PlanetScope",
        "20230612_101530_12_24ab",
    ),
    (f"{S2}.tif", "2023-10-27T10:51:31Z", "Sentinel-2A", S2),
    (
        "S2B_MSIL2A_20231027T105131_B04.tif",
        "2023-10-27T10:51:31Z",
        "Sentinel-2B",
        "S2B_MSIL2A_20231027T105131",
    ),
    ("T29PMK_20231027T105131_B04.jp2", "2023-10-27T10:51:31Z", "Sentinel-2", "T29PMK_20231027T105131"),
    ("23OCT27105131-P2AS-012345678901_01_P001.TIF", "2023-10-27T10:51:31Z", None, None),
    (
        "20231027_103611_ssc4_u0001_analytic.tif",
        "2023-10-27T10:36:11Z",
        "SkySat",
        "20231027_103611_ssc4_u0001",
    ),
    ("20231027_000000_102e_3B_Visual.tif", "2023-10-27", "PlanetScope", "20231027_000000_102e"),
    ("IMG_PHR1A_P_202310271036111_ORT_abc-001_R1C1.TIF", "2023-10-27T10:36:11Z", "Pléiades 1A", None),
    (
        "S1A_IW_GRDH_1SDV_20231027T103611_20231027T103636_050957_0624A2_1C2B.tif",
        "2023-10-27T10:36Z",
        "Sentinel-1A",
        None,
    ),
    (
        "s1a-iw-grd-vv-20231027t103611-20231027t103636-050957-0624a2-001.tiff",
        "2023-10-27T10:36Z",
        "Sentinel-1A",
        None,
    ),
    (
        "TSX1_SAR__EEC_SE___SL_S_SRA_20231027T103611_20231027T103613.tif",
        "2023-10-27T10:36Z",
        "TerraSAR-X",
        None,
    ),
    ("ICEYE_X7_GRD_SLEA_12345_20231027T103611.tif", "2023-10-27T10:36:11Z", "ICEYE-X7", None),
    ("CAPELLA_C05_SP_GEO_HH_20231027103611_20231027103615.tif", "2023-10-27T10:36Z", "CAPELLA-C05", None),
    ("CSKS1_GEC_B_HI_05_HH_RA_SF_20231027103611_20231027103618.tif", "2023-10-27T10:36Z", "CSKS1", None),
    ("2023-10-27-10-36-11_UMBRA-05_GEC.tif", "2023-10-27T10:36:11Z", "UMBRA-05", None),
    ("23oct27105131-m1bs_r1c2-012345678901_01_p001.tif", "2023-10-27T10:51:31Z", None, None),
]


@pytest.mark.parametrize(("name", "text", "sensor", "image_id"), NAMES)
def test_a_name_after_a_providers_rule_gives_time_sensor_and_image(name, text, sensor, image_id):
    statement = filename_statement(Path("folder_20010101_010101_ffff") / name)
    assert (statement.source, statement.remedy) == ("file name", "rename the file")
    assert (statement.acquired.text, statement.sensor, statement.image_id) == (text, sensor, image_id)
    assert statement.acquired.source.startswith("file name")


@pytest.mark.parametrize(
    "name",
    [
        "bamako.tif",
        "scene_2023-10-27.tif",
        "20231027.tif",
        "IMG_20231027_105131.jpg",
        "20231027_105131_0001.jpg",
        "scan_20231027_105131_102e.tif",
        "airplanes_20231027_105131_1021.tif",
        "120170613_180813_102e_3B.tif",
        "20170613_180813_102e5_3B.tif",
        "m_420870_ne_16_060_20200902.tif",
        "m_4208701_xx_16_060_20200902.tif",
        "am_4208701_ne_16_060_20200902.tif",
        "S3A_MSIL1C_20231027T105131.tif",
        "T29PM_20231027T105131_B04.jp2",
        "23OKT27105131-P2AS-1.TIF",
        "23OCT271051-P2AS-1.TIF",
        "2٣OCT27105131-P2AS-1.TIF",
        "",
    ],
)
def test_a_name_that_only_looks_like_a_date_says_nothing(name):
    assert filename_statement(name) is None


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("m_4208701_ne_16_060_29990902.tif", "'2999-09-02' is in the future"),
        ("m_4208701_ne_16_060_20201302.tif", "is not a date"),
        ("20170613_250813_102e_3B_Visual.tif", "is not a date"),
        ("S2A_MSIL1C_20230231T105131.tif", "is not a date"),
        ("23FEB30105131-P2AS-1.TIF", "is not a date"),
    ],
)
def test_a_name_after_a_rule_with_a_date_that_cannot_be_is_not_believed(name, reason):
    statement = filename_statement(name)
    assert statement.damage.startswith("cannot be right ('")
    assert reason in statement.damage
    assert statement.acquired is None


def test_a_naip_day_is_the_local_day_and_so_goes_on_into_the_next_utc_day():
    statement = filename_statement("m_4208701_ne_16_060_20200902.tif")
    assert "local" in statement.acquired.source
    assert statement.allowed == (datetime(2020, 9, 2, tzinfo=UTC), datetime(2020, 9, 3, 10, tzinfo=UTC))


def test_a_sentinel_name_has_the_start_of_the_datatake_which_the_scene_follows_by_up_to_40_minutes():
    statement = filename_statement(f"{S2}.tif")
    assert statement.acquired.source == "file name (start of the Sentinel-2 datatake)"
    assert statement.allowed.last - statement.allowed.first == timedelta(minutes=40, seconds=1)


@given(time=st.datetimes(datetime(2000, 1, 1), datetime(2025, 1, 1)))
def test_every_second_survives_in_every_rule_that_has_seconds(time):
    month = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()[time.month - 1]  # noqa: SIM905
    for name in (
        f"{time:%Y%m%d_%H%M%S}_102e_3B_Visual.tif",
        f"S2A_MSIL1C_{time:%Y%m%dT%H%M%S}_N0509.SAFE",
        f"{time:%y}{month}{time:%d%H%M%S}-P2AS-1.TIF",
    ):
        statement = filename_statement(name)
        assert statement.acquired.time == time.replace(microsecond=0, tzinfo=UTC)


@given(st.text(max_size=60) | st.from_regex(r"[mTS2_0-9A-F-]{10,60}"))
def test_any_name_speaks_or_is_silent_or_is_not_believed(name):
    statement = filename_statement(name)
    assert statement is None or (statement.acquired is None) == (statement.damage is not None)
