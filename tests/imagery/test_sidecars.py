"""Metadata beside an image says when, by what, how steeply and under which name; or that it is damaged."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagery.provenance.sidecars import MAX_BYTES, sidecar_statements
from imagery.provenance.statement import cloud_share

STRIP = """<Source_Identification><SOURCE_ID>{id}</SOURCE_ID><Strip_Source>
  <MISSION>{mission}</MISSION><MISSION_INDEX>{index}</MISSION_INDEX>
  <IMAGING_DATE>{date}</IMAGING_DATE><IMAGING_TIME>{time}</IMAGING_TIME>
</Strip_Source></Source_Identification>"""
PLEIADES = {
    "id": "DS_PHR1A_202310271051313_FR1_PX_W008N12_0514_02915",
    "mission": "PHR",
    "index": "1A",
    "date": "2023-10-27",
    "time": "10:51:31.3Z",
}
PLACES = """<Geometric_Data><Use_Area>
  <Located_Geometric_Values><LOCATION_TYPE>Top Center</LOCATION_TYPE><Acquisition_Angles>
    <VIEWING_ANGLE unit="deg">11</VIEWING_ANGLE></Acquisition_Angles></Located_Geometric_Values>
  <Located_Geometric_Values><LOCATION_TYPE>Center</LOCATION_TYPE><Acquisition_Angles>
    <VIEWING_ANGLE unit="deg">{angle}</VIEWING_ANGLE><INCIDENCE_ANGLE unit="deg">13.9</INCIDENCE_ANGLE>
  </Acquisition_Angles></Located_Geometric_Values>
</Use_Area></Geometric_Data>"""


def dimap(*strips, angle="-12.25", head='<?xml version="1.0" encoding="UTF-8"?>'):
    sources = "".join(STRIP.format(**{**PLEIADES, **strip}) for strip in strips or ({},))
    return (
        f"{head}<Dimap_Document><Dataset_Identification><DATASET_NAME>PHR1A_P_1</DATASET_NAME>"
        f"</Dataset_Identification><Dataset_Sources>{sources}</Dataset_Sources>"
        f"{PLACES.format(angle=angle)}</Dimap_Document>"
    )


IMD = """version = "AA";
BEGIN_GROUP = BAND_P
\tULLon =   -7.95;
END_GROUP = BAND_P
BEGIN_GROUP = IMAGE_1
\tsatId = "WV02";
\tCatId = "10300100A1B2C300";
\tTLCList = (
\t(0, 0.000000),
\t(33656, -1.695800) );
\tfirstLineTime = 2023-10-27T10:51:31.358375Z;
\tmeanOffNadirViewAngle =  14.4;
END_GROUP = IMAGE_1
END;
"""
ISD = """<?xml version="1.0" encoding="UTF-8"?><isd><IMD><VERSION>28.4</VERSION><IMAGE>
<SATID>QB02</SATID><CATID>1010010000A1B200</CATID><FIRSTLINETIME>2005-03-04T10:51:31.000000Z</FIRSTLINETIME>
<MEANOFFNADIRVIEWANGLE>9.1</MEANOFFNADIRVIEWANGLE></IMAGE></IMD></isd>"""
PLANET = {
    "id": "20170613_180813_102e",
    "type": "Feature",
    "properties": {
        "acquired": "2017-06-13T18:08:13.123456Z",
        "item_type": "PSScene",
        "satellite_id": "102e",
        "view_angle": -0.4,
    },
}


@pytest.fixture
def says(tmp_path):
    """The statements about an image of that name, with those files beside it."""

    def write(image, files, listed=()):
        (tmp_path / image).touch()
        for name, content in files.items():
            (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return list(sidecar_statements(tmp_path / image, [tmp_path / name for name in listed]))

    return write


def test_dimap_gives_time_satellite_viewing_angle_at_the_centre_and_the_strips_name(says):
    (statement,) = says("IMG_PHR1A_P_001_R1C1.TIF", {"DIM_PHR1A_P_001.XML": dimap()})
    assert statement.source == "DIMAP file DIM_PHR1A_P_001.XML"
    assert statement.acquired.text == "2023-10-27T10:51:31Z"
    assert statement.acquired.source == statement.source
    assert (statement.sensor, statement.off_nadir_deg) == ("Pléiades 1A", 12.25)
    assert statement.image_id == PLEIADES["id"]


@pytest.mark.parametrize(
    ("image", "sidecar", "belongs"),
    [
        ("IMG_A_1_R1C1.TIF", "DIM_A_1.XML", True),
        ("IMG_A_1_R12C3.JP2", "dim_a_1.xml", True),
        ("IMG_A_1.TIF", "DIM_A_1.XML", True),
        ("IMG_A_1_R1C1.TIF", "DIM_A_1_R1C1.XML", True),
        ("IMG_PNEO3_1_PMS-FS_RGB_R1C1.TIF", "DIM_PNEO3_1_PMS-FS.XML", True),
        ("IMG_A_2_R1C1.TIF", "DIM_A_1.XML", False),
        ("IMG_A_11_R1C1.TIF", "DIM_A_1.XML", False),
        ("A_1.TIF", "DIM_A_1.XML", False),
        ("bamako.tif", "DIM_A_1.XML", False),
        ("IMG_A_1_R1C1.TIF", "RPC_A_1.XML", False),
    ],
)
def test_a_dimap_file_belongs_to_the_images_that_share_its_name(says, image, sidecar, belongs):
    assert len(says(image, {sidecar: dimap()})) == belongs


def test_a_dimap_file_that_was_opened_or_that_gdal_lists_counts_once(says):
    assert len(says("DIM_A.XML", {"DIM_A.XML": dimap(), "IMG_A_R1C1.TIF": ""}, ["DIM_A.XML"])) == 1
    assert len(says("other.tif", {"DIM_A.XML": dimap()}, ["DIM_A.XML"])) == 1


@pytest.mark.parametrize(
    ("strip", "text", "sensor"),
    [
        ({"time": "10:51:31"}, "2023-10-27T10:51:31Z", "Pléiades 1A"),
        ({"time": ""}, "2023-10-27", "Pléiades 1A"),
        ({"mission": "SPOT", "index": "6"}, "2023-10-27T10:51:31Z", "SPOT 6"),
        ({"mission": "PNEO", "index": "3"}, "2023-10-27T10:51:31Z", "Pléiades Neo 3"),
        ({"mission": "NEWSAT", "index": ""}, "2023-10-27T10:51:31Z", "NEWSAT"),
        ({"mission": ""}, "2023-10-27T10:51:31Z", None),
    ],
)
def test_dimap_times_are_utc_and_what_is_missing_is_not_made_up(says, strip, text, sensor):
    (statement,) = says("IMG_A_R1C1.TIF", {"DIM_A.XML": dimap(strip)})
    assert (statement.acquired.text, statement.sensor) == (text, sensor)


def test_a_mosaic_of_two_satellites_has_the_time_they_share_no_one_sensor_and_the_products_name(says):
    other = {"index": "1B", "id": "DS_PHR1B", "date": "2023-10-29"}
    (statement,) = says("IMG_A_R1C1.TIF", {"DIM_A.XML": dimap({}, other)})
    assert (statement.acquired.text, statement.acquired.precision) == ("2023-10", "month")
    assert (statement.sensor, statement.image_id) == (None, "PHR1A_P_1")
    assert (statement.span.first.day, statement.span.last.day) == (27, 29)


def test_a_mosaic_over_months_has_no_one_time_and_says_why(says):
    (statement,) = says("IMG_A_R1C1.TIF", {"DIM_A.XML": dimap({}, {"date": "2022-01-05"})})
    assert statement.acquired.time is None
    assert statement.acquired.source == "DIMAP file DIM_A.XML (images of several months)"
    assert statement.span.first.year == 2022


def test_maxars_imd_gives_time_satellite_angle_and_catalogue_number(says):
    (statement,) = says("23OCT27105131-P2AS-1_P001.TIF", {"23OCT27105131-P2AS-1_P001.IMD": IMD})
    assert statement.source == "Maxar file 23OCT27105131-P2AS-1_P001.IMD"
    assert statement.acquired.text == "2023-10-27T10:51:31Z"
    assert (statement.sensor, statement.off_nadir_deg) == ("WorldView-2", 14.4)
    assert statement.image_id == "10300100A1B2C300"


def test_maxars_imd_reads_the_same_with_windows_line_ends_and_in_other_letter_case(says):
    first = says("a.tif", {"a.imd": IMD})
    assert says("a.tif", {"a.imd": IMD.replace("\n", "\r\n")}) == first
    assert says("a.tif", {"a.imd": IMD.replace("satId", "SATID").replace("CatId", "catId")}) == first


def test_a_maxar_tile_has_the_metadata_of_its_product(says):
    (statement,) = says("23OCT27-P2AS_R1C2-05_P001.TIF", {"23OCT27-P2AS-05_P001.IMD": IMD})
    assert statement.sensor == "WorldView-2"


def test_an_ortho_product_gives_the_time_that_its_first_and_last_line_share(says):
    imd = (
        "BEGIN_GROUP = MAP_PROJECTED_PRODUCT\n\tearliestAcqTime = 2023-10-27T10:51:31.9Z;\n"
        "\tlatestAcqTime = 2023-10-27T10:51:40.1Z;\nEND_GROUP = MAP_PROJECTED_PRODUCT\nEND;\n"
    )
    (statement,) = says("a.tif", {"a.IMD": imd})
    assert statement.acquired.text == "2023-10-27T10:51Z"


def test_maxars_xml_says_the_same_in_its_own_words(says):
    (statement,) = says("a.tif", {"a.XML": ISD})
    assert (statement.source, statement.acquired.text) == ("Maxar file a.XML", "2005-03-04T10:51:31Z")
    assert (statement.sensor, statement.off_nadir_deg, statement.image_id) == (
        "QuickBird",
        9.1,
        "1010010000A1B200",
    )


@pytest.mark.parametrize("content", ["<metadata><idinfo/></metadata>", "<cut", "", b"\xff\xfe\x00"], ids=repr)
def test_an_xml_file_that_is_no_maxar_document_is_none_of_ours_even_if_damaged(says, content):
    assert says("a.tif", {"a.xml": content, "b.IMD": IMD}) == []


def test_planets_metadata_gives_time_sensor_angle_and_item(says):
    files = {"20170613_180813_102e_metadata.json": json.dumps(PLANET)}
    (statement,) = says("20170613_180813_102e_3B_Visual_clip.tif", files)
    assert statement.source == "Planet file 20170613_180813_102e_metadata.json"
    assert statement.acquired.text == "2017-06-13T18:08:13Z"
    assert (statement.sensor, statement.off_nadir_deg) == ("PlanetScope", 0.4)
    assert statement.image_id == "20170613_180813_102e"


@pytest.mark.parametrize(
    ("image", "item", "belongs"),
    [
        ("20170613_180813_102e.tif", "20170613_180813_102e", True),
        ("sfo_planetscope_20170613_180813_102e_3m.tif", "20170613_180813_102e", True),
        ("20230612_101530_12_24ab_3B_Visual.tif", "20230612_101530_12_24ab", True),
        ("20170613_180813_102e_3B.tif", "20170613_180813_102", False),
        ("20170613_180814_102e_3B.tif", "20170613_180813_102e", False),
        ("scene.tif", "scene", False),
        ("scene.tif", "20170613_180813_102e", False),
    ],
)
def test_planets_metadata_belongs_to_the_files_of_its_item(says, image, item, belongs):
    assert len(says(image, {f"{item}_metadata.json": json.dumps(PLANET)})) == belongs


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
DAMAGED = {
    "cut short": ("DIM_A.XML", dimap()[:300], "no element found|unclosed|mismatched"),
    "empty": ("DIM_A.XML", "", "no element found"),
    "entities": ("DIM_A.XML", dimap({"id": "&b;"}, head=BOMB), "EntitiesForbidden"),
    "another document": ("DIM_A.XML", "<html/>", "not a Dimap_Document"),
    "unknown encoding": ("DIM_A.XML", dimap(head='<?xml version="1.0" encoding="klingon"?>'), "encoding"),
    "wrong encoding": ("DIM_A.XML", dimap({"id": "Pléiades"}).encode("latin-1"), "not well-formed"),
    "no date": ("DIM_A.XML", dimap({"date": ""}), "does not say when"),
    "no such date": ("DIM_A.XML", dimap({"date": "2023-02-30"}), "is not a date"),
    "a date to come": ("DIM_A.XML", dimap({"date": "2999-01-01"}), "in the future"),
    "absurd angle": ("DIM_A.XML", dimap(angle="400"), "'400' is not an off-nadir angle"),
    "no angle": ("DIM_A.XML", dimap(angle="nan"), "'nan' is not an off-nadir angle"),
    "endless name": ("DIM_A.XML", dimap({"id": "x" * 5000}), "where a name or a time belongs"),
    "too large": ("DIM_A.XML", b" " * (MAX_BYTES + 1), "more than 8 MB"),
    "IMD cut short": ("IMG_A_R1C1.IMD", IMD[:270], "cut short"),
    "IMD of nothing": ("IMG_A_R1C1.IMD", "", "does not say when"),
    "IMD in no encoding": ("IMG_A_R1C1.IMD", IMD.encode() + b"\xff", "can't decode"),
    "IMD without time": ("IMG_A_R1C1.IMD", IMD.replace("firstLineTime", "x"), "does not say when"),
    "ISD cut short": ("IMG_A_R1C1.XML", ISD[:200], "no element found|unclosed|mismatched"),
    "ISD without IMD": ("IMG_A_R1C1.XML", "<isd></isd>", "no IMD element"),
}


@pytest.mark.parametrize(("name", "content", "reason"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_sidecar_says_in_one_line_which_it_is_and_why_and_nothing_else(says, name, content, reason):
    (statement,) = says("IMG_A_R1C1.TIF", {name: content})
    assert statement.source.endswith(f" file {name}")
    assert statement.remedy == f"move {name} away"
    assert_damaged(statement, reason)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "Expecting"),
        ("[]", "not an item with properties"),
        ('{"properties": 3}', "not an item with properties"),
        ('{"properties": {}}', "does not say when"),
        ('{"properties": {"acquired": 20170613}}', "int where a text belongs"),
        ('{"properties": {"acquired": "soon"}}', "'soon' is not a month, date or time in ISO 8601"),
        ('{"properties": {"acquired": "2017-06-13\\n"}, "id": "\\ud800"}', "where a name"),
        (
            '{"properties": {"acquired": "2017-06-13", "view_angle": 1e999}}',
            "it holds the number 1e999",
        ),
        (
            '{"properties": {"acquired": "2017-06-13", "view_angle": true}}',
            "'True' is not an off-nadir angle",
        ),
        ('{"properties": {"acquired": "2017-06-13", "view_angle": [1]}}', "is not an off-nadir angle"),
        ("[" * 200_000, "nested too deeply"),
        (b"\xff\xff\xff", "can't decode"),
    ],
)
def test_damaged_planet_metadata_says_in_one_line_what_is_wrong(says, content, reason):
    files = {"20170613_180813_102e_metadata.json": content}
    (statement,) = says("20170613_180813_102e_3B.tif", files)
    assert_damaged(statement, reason)


def assert_damaged(statement, reason):
    assert re.search(reason, statement.damage)
    assert statement.damage.startswith("is damaged (")
    assert statement.damage.isprintable()
    assert len(statement.damage) < 250
    assert (statement.acquired, statement.sensor, statement.off_nadir_deg, statement.image_id) == (None,) * 4


def test_a_sidecar_that_may_not_be_read_says_so(says, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("imagery.provenance.sidecars.content_of", refuse)
    (statement,) = says("a.tif", {"a.IMD": IMD})
    assert statement.damage == "cannot be read (Permission denied)"


def test_deeply_nested_xml_does_no_harm(says):
    (statement,) = says("IMG_A_R1C1.TIF", {"DIM_A.XML": "<a>" * 300_000 + "</a>" * 300_000})
    assert_damaged(statement, "")


def test_an_image_inside_an_archive_or_alone_has_no_sidecar(says, tmp_path):
    assert says("a.tif", {}) == []
    assert list(sidecar_statements("/vsizip/nowhere.zip/a.tif", ["/vsizip/nowhere.zip/DIM_A.XML"])) == []
    (tmp_path / "b.IMD").mkdir()
    assert says("b.tif", {}) == []


@given(
    content=st.binary(max_size=200)
    | st.builds(lambda start, cut: IMD.encode()[start:cut], st.integers(0, 400), st.integers(0, 400))
    | st.builds(lambda cut, junk: dimap().encode()[:cut] + junk, st.integers(0, 1500), st.binary(max_size=9))
)
def test_whatever_bytes_a_sidecar_holds_it_speaks_or_is_damaged(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("any")
    for name in ("DIM_A.XML", "IMG_A_R1C1.IMD"):
        (folder / name).write_bytes(content)
    for statement in sidecar_statements(folder / "IMG_A_R1C1.TIF"):
        assert (statement.damage is None) == (statement.acquired is not None)
        assert statement.damage is None or statement.damage.isprintable()


def test_the_bands_of_a_product_are_those_that_its_metadata_name_in_their_order(says):
    bands = "".join(f"BEGIN_GROUP = BAND_{letter}\nEND_GROUP = BAND_{letter}\n" for letter in "BGRN")
    imd = bands + IMD.replace("BEGIN_GROUP = BAND_P\n\tULLon =   -7.95;\nEND_GROUP = BAND_P\n", "")
    (statement,) = says("a.tif", {"a.IMD": imd})
    assert statement.bands == ("blue", "green", "red", "nir")


def test_the_bands_of_dimap_are_in_the_order_of_their_indexes(says):
    index = "".join(
        f"<Raster_Index><BAND_ID>{name}</BAND_ID><BAND_INDEX>{number}</BAND_INDEX></Raster_Index>"
        for name, number in (("B0", 3), ("B1", 2), ("B2", 1), ("B3", 4))
    )
    document = dimap().replace(
        "</Dimap_Document>",
        f"<Raster_Data><Raster_Index_List>{index}</Raster_Index_List></Raster_Data></Dimap_Document>",
    )
    (statement,) = says("IMG_A_R1C1.TIF", {"DIM_A.XML": document})
    assert statement.bands == ("red", "green", "blue", "nir")


@pytest.mark.parametrize(
    ("value", "whole", "share"),
    [
        (12.5, 100, 0.125),
        ("0.02", 1, 0.02),
        (None, 1, None),
        ("", 100, None),
        (-999, 1, None),
        (True, 1, None),
    ],
)
def test_a_share_of_clouds_is_between_none_and_all(value: object, whole: float, share: float | None) -> None:
    assert cloud_share(value, whole) == share


def test_clouds_that_are_no_number_are_damage() -> None:
    with pytest.raises(ValueError, match="not a share of clouds"):
        cloud_share("many")
