"""Clouds are where the provider's own masks say, in whichever form it delivers them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine

from imagery.grid import Grid
from imagery.provenance.cloud_outlines import CloudOutlines, cloud_outlines

SIDE = 400
CORNER = Affine(0.5, 0, 600_000, 0, -0.5, 1_400_000)
GRID = Grid(SIDE, SIDE, CORNER, rasterio.CRS.from_epsg(32629))
DIM = """<?xml version="1.0" encoding="UTF-8"?>
<Dimap_Document><Quality_Assessment><Imaging_Quality_Measurement>
  <MEASURE_NAME>Area_Of_Interest (ROI)</MEASURE_NAME>
  <Quality_Mask><Component><COMPONENT_PATH href="MASKS/ROI_PHR1A_P_001_MSK.GML"/></Component></Quality_Mask>
</Imaging_Quality_Measurement><Imaging_Quality_Measurement>
  <MEASURE_NAME>Cloud_Cotation (CLD)</MEASURE_NAME>
  <Quality_Mask><Component><COMPONENT_PATH href="{href}"/></Component></Quality_Mask>
</Imaging_Quality_Measurement></Quality_Assessment></Dimap_Document>"""
GML = """<?xml version="1.0" encoding="UTF-8"?>
<eop:Mask xmlns:eop="http://www.opengis.net/eop/2.0" xmlns:gml="http://www.opengis.net/gml/3.2"><eop:maskMembers>
{members}</eop:maskMembers></eop:Mask>"""
MEMBER = """<eop:MaskFeature><eop:maskType>CLOUD</eop:maskType><eop:extentOf>
<gml:Polygon{srs}><gml:exterior><gml:LinearRing><gml:posList>{places}</gml:posList></gml:LinearRing></gml:exterior>
</gml:Polygon></eop:extentOf></eop:MaskFeature>"""
UTM = ' srsName="urn:ogc:def:crs:EPSG::32629"'
DEGREES = ' srsName="urn:ogc:def:crs:EPSG::4326"'
IN_PIXELS = [(100, 100), (200, 100), (200, 200), (100, 200), (100, 100)]


def member(srs: str, points: list[tuple[float, float]]) -> str:
    return MEMBER.format(srs=srs, places=" ".join(f"{x!r} {y!r}" for x, y in points))


def on_map() -> list[tuple[float, float]]:
    return [CORNER @ point for point in IN_PIXELS]


def crossing() -> list[tuple[float, float]]:
    points = np.random.default_rng(0).uniform(0, 100, (20_000, 2)) + on_map()[0]
    return [(float(x), float(y)) for x, y in (*points, points[0])]


def in_degrees(latitude_first: bool) -> list[tuple[float, float]]:
    lonlats = GRID.lonlats(IN_PIXELS).tolist()
    return [(lat, lon) if latitude_first else (lon, lat) for lon, lat in lonlats]


@pytest.fixture
def delivered(tmp_path: Path) -> Callable[..., CloudOutlines | None]:
    """What is read of a Pléiades product with a mask."""

    def read(gml: str, href: str = "MASKS/CLD_PHR1A_P_001_MSK.GML") -> CloudOutlines | None:
        (tmp_path / "DIM_PHR1A_P_001.XML").write_text(DIM.format(href=href))
        (tmp_path / "MASKS").mkdir(exist_ok=True)
        (tmp_path / "MASKS/CLD_PHR1A_P_001_MSK.GML").write_text(gml)
        return cloud_outlines(tmp_path / "IMG_PHR1A_P_001_R1C1.TIF", [], GRID)

    return read


def covers(outlines: CloudOutlines | None) -> None:
    """The cloud is where it was drawn, to a metre."""
    assert outlines
    assert outlines.area is not None, outlines.problem
    expected = shapely.Polygon(IN_PIXELS)
    pixels = shapely.transform(outlines.area, GRID.pixels)
    assert shapely.hausdorff_distance(pixels, expected) < 2


@pytest.mark.parametrize(
    ("srs", "points"),
    [
        (UTM, on_map()),
        ("", on_map()),
        (DEGREES, in_degrees(latitude_first=True)),
        (DEGREES, in_degrees(latitude_first=False)),
    ],
    ids=["projected", "the scene's own CRS", "latitude first", "longitude first"],
)
def test_a_dimap_mask_says_where_clouds_are(
    srs: str, points: list[tuple[float, float]], delivered: Callable[..., CloudOutlines | None]
) -> None:
    outlines = delivered(GML.format(members=member(srs, points)))
    covers(outlines)
    assert outlines is not None
    assert outlines.source == "DIMAP cloud mask CLD_PHR1A_P_001_MSK.GML"


def test_a_mask_without_polygons_says_that_there_are_no_clouds(
    delivered: Callable[..., CloudOutlines | None],
) -> None:
    outlines = delivered(GML.format(members=""))
    assert outlines
    assert outlines.area is not None
    assert (outlines.area.is_empty, outlines.problem) == (True, None)


@pytest.mark.parametrize(
    ("gml", "why"),
    [
        (GML.format(members=member("", [(float(x), float(y)) for x, y in IN_PIXELS])), "in which CRS it is"),
        (GML.format(members=member(' srsName="nowhere"', on_map())), "is not a CRS"),
        (GML.format(members=member(UTM, on_map()))[:-30], "is damaged"),
        (GML.format(members=member(UTM, on_map()).replace("600050.0", "nan")), "is damaged"),
        (
            GML.format(members=member(UTM, [*on_map()[:2], (600_050.0, 2.0**31), on_map()[0]])),
            "larger than any image",
        ),
        (GML.format(members=member(UTM, crossing())), "crosses itself"),
        ('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "is damaged"),
    ],
    ids=["in pixels", "unknown CRS", "cut short", "no number", "too large", "crossing lines", "entities"],
)
def test_a_mask_that_cannot_be_used_says_why_and_is_not_taken_for_a_clear_sky(
    gml: str, why: str, delivered: Callable[..., CloudOutlines | None]
) -> None:
    outlines = delivered(gml)
    assert outlines
    assert outlines.area is None
    assert why in (outlines.problem or "")


def test_no_file_outside_the_product_is_read(
    delivered: Callable[..., CloudOutlines | None], tmp_path: Path
) -> None:
    outside = tmp_path.parent / "secret.GML"
    outside.write_text(GML.format(members=member(UTM, on_map())))
    assert delivered(GML.format(members=""), href="../secret.GML") is None
    assert delivered(GML.format(members=""), href=str(outside)) is None


@pytest.mark.parametrize("named", [True, False], ids=["bands with names", "bands by number"])
def test_planets_usable_data_mask_says_where_cloud_and_heavy_haze_are(named: bool, tmp_path: Path) -> None:
    bands = np.zeros((8, SIDE, SIDE), np.uint8)
    bands[0] = 1
    bands[5, 100:200, 100:150] = 1  # cloud
    bands[4, 100:200, 150:200] = 1  # heavy haze
    bands[2, 300:, 300:] = 1  # shadow, in which something shows
    write_mask(tmp_path / "20230613_180813_10_2461_3B_udm2.tif", bands, named=named)
    covers(cloud_outlines(tmp_path / "20230613_180813_10_2461_3B_Visual.tif", [], GRID))
    assert cloud_outlines(tmp_path / "20230614_180813_10_2461_3B_Visual.tif", [], GRID) is None, (
        "another image"
    )


def test_a_mask_with_too_few_bands_is_none(tmp_path: Path) -> None:
    write_mask(tmp_path / "20230613_180813_10_2461_3B_udm2.tif", np.ones((1, 10, 10), np.uint8), named=False)
    outlines = cloud_outlines(tmp_path / "20230613_180813_10_2461_3B_Visual.tif", [], GRID)
    assert outlines
    assert outlines.area is None
    assert "not a usable data mask" in (outlines.problem or "")


def write_mask(path: Path, bands: np.ndarray, *, named: bool) -> None:
    count, height, width = bands.shape
    profile = {"driver": "GTiff", "dtype": "uint8", "crs": "EPSG:32629", "transform": CORNER}
    with rasterio.open(path, "w", count=count, height=height, width=width, **profile) as mask:
        mask.write(bands)
        if named:
            names = ("clear", "snow", "shadow", "haze_light", "haze_heavy", "cloud", "confidence", "udm1")
            mask.descriptions = names
