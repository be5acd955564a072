"""A file from a stranger makes no request: a listening port must get no connection."""

import json
import time
from contextlib import suppress
from pathlib import Path

import pytest

from imagery.aoi import read_aoi
from imagery.errors import SceneError, UsageError
from imagery.opening import is_remote
from imagery.scene import open_scene
from tests.imagery.strange_files import ers, mrf, raw_vrt, refusal, simple_vrt, warped_vrt

pytestmark = pytest.mark.filterwarnings("ignore:Dataset has no geotransform", "ignore:.*:RuntimeWarning")

WMS = (
    '<GDAL_WMS><Service name="TMS"><ServerUrl>{0}/${{z}}/${{x}}/${{y}}.png</ServerUrl></Service><DataWindow>'
    "<UpperLeftX>600000</UpperLeftX><UpperLeftY>1390000</UpperLeftY><LowerRightX>600100</LowerRightX>"
    "<LowerRightY>1389900</LowerRightY><SizeX>256</SizeX><SizeY>256</SizeY><TileLevel>0</TileLevel>"
    "</DataWindow><BandsCount>1</BandsCount><Projection>EPSG:32629</Projection></GDAL_WMS>"
)
REACHING_OUT = {
    "VRT": ("v.vrt", lambda url: simple_vrt(f"/vsicurl/{url}/a.tif")),
    "VRT with options": ("v.vrt", lambda url: simple_vrt(f"/vsicurl?url={url}/a.tif")),
    "VRT streaming": ("v.vrt", lambda url: simple_vrt(f"/vsicurl_streaming/{url}/a.tif")),
    "VRT by archive": ("v.vrt", lambda url: simple_vrt(f"/vsizip//vsicurl/{url}/a.zip/a.tif")),
    "VRT by name": ("v.vrt", lambda url: simple_vrt(f"{url}/a.tif")),
    "raw VRT": ("v.vrt", lambda url: raw_vrt(f"/vsicurl/{url}/a.dat")),
    "warped VRT": ("v.vrt", lambda url: warped_vrt(f"/vsicurl/{url}/a.tif")),
    "VRT in VRT": ("v.vrt", lambda url: simple_vrt(simple_vrt(f"/vsicurl/{url}/a.tif").replace("<", "&lt;"))),
    "CRS of a VRT": ("v.vrt", lambda url: simple_vrt("plain.tif", 1).replace("EPSG:32629", f"{url}/crs")),
    "WMS": ("w.xml", WMS.format),
    "WMS as TIFF": ("w.tif", WMS.format),
    "WMS in VRT": ("v.vrt", lambda url: simple_vrt(WMS.format(url).replace("<", "&lt;"))),
    "MRF": ("m.mrf", lambda url: mrf(f"/vsicurl/{url}/a.dat", f"/vsicurl/{url}/a.idx")),
    "ERS": ("e.ers", lambda url: ers(f"/vsicurl/{url}/a.dat")),
    "KML": (
        "k.kml",
        lambda url: (
            '<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Region><LatLonAltBox>'
            "<north>12.6</north><south>12.5</south><east>-7.9</east><west>-8.0</west></LatLonAltBox></Region>"
            f"<GroundOverlay><Icon><href>{url}/a.png</href></Icon><LatLonBox><north>12.6</north>"
            "<south>12.5</south><east>-7.9</east><west>-8.0</west></LatLonBox></GroundOverlay></Document></kml>"
        ),
    ),
    "DIMAP": (
        "DIM_x.XML",
        lambda url: (
            '<?xml version="1.0"?><Dimap_Document><Metadata_Id><METADATA_FORMAT version="1.1">DIMAP'
            "</METADATA_FORMAT></Metadata_Id><Raster_Dimensions><NCOLS>200</NCOLS><NROWS>200</NROWS>"
            "<NBANDS>1</NBANDS></Raster_Dimensions><Data_Access><Data_File>"
            f'<DATA_FILE_PATH href="/vsicurl/{url}/a.tif"/></Data_File></Data_Access></Dimap_Document>'
        ),
    ),
}
AREAS = {
    "GeoJSON whose CRS is an address": (
        "a.geojson",
        lambda url: json.dumps(
            {
                "type": "FeatureCollection",
                "crs": {"type": "link", "properties": {"href": f"{url}/crs", "type": "proj4"}},
                "features": [
                    {
                        "type": "Feature",
                        "properties": {},
                        "geometry": {
                            "type": "Polygon",
                            "coordinates": [[[-8, 12.5], [-7.9, 12.5], [-7.9, 12.6], [-8, 12.5]]],
                        },
                    }
                ],
            }
        ),
    ),
    "OGR VRT": (
        "a.vrt",
        lambda url: (
            '<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>/vsicurl/'
            f"{url}/a.geojson</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
        ),
    ),
    "WFS": ("a.xml", lambda url: f"<OGRWFSDataSource><URL>{url}/wfs?</URL></OGRWFSDataSource>"),
    "KML with a network link": (
        "a.kml",
        lambda url: (
            '<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><NetworkLink><Link>'
            f"<href>{url}/n.kml</href></Link></NetworkLink></Document></kml>"
        ),
    ),
}


class TestNobodyIsAsked:
    @pytest.mark.parametrize("kind", REACHING_OUT)
    def test_by_a_raster(self, delivery, plain, listener, kind):
        url, asked = listener
        plain()
        name, content = REACHING_OUT[kind]
        path = delivery / name
        path.write_text(content(url))
        refusal(path)
        time.sleep(0.05)
        assert asked == []

    @pytest.mark.parametrize("where", ["tag", "aux.xml"])
    def test_by_overviews_that_are_said_to_be_on_a_server(self, plain, listener, where):
        url, asked = listener
        name = f"/vsicurl/{url}/overviews.tif"
        path = plain(OVERVIEWS={"OVERVIEW_FILE": name}) if where == "tag" else plain()
        if where == "aux.xml":
            Path(f"{path}.aux.xml").write_text(
                '<PAMDataset><Metadata domain="OVERVIEWS">'
                f'<MDI key="OVERVIEW_FILE">{name}</MDI></Metadata></PAMDataset>'
            )
        assert "OVERVIEW_FILE" in refusal(path)
        time.sleep(0.05)
        assert asked == []

    @pytest.mark.parametrize("kind", AREAS)
    def test_by_an_area_of_interest(self, delivery, listener, kind):
        url, asked = listener
        name, content = AREAS[kind]
        path = delivery / name
        path.write_text(content(url))
        with suppress(UsageError):  # GDAL takes lon/lat where it has no CRS, as RFC 7946 says
            read_aoi(path)
        time.sleep(0.05)
        assert asked == []

    def test_by_a_sidecar_that_is_a_raster_itself(self, plain, listener):
        url, asked = listener
        path = plain()
        Path(f"{path}.ovr").write_text(simple_vrt(f"/vsicurl/{url}/a.tif"))
        refusal(path)
        assert asked == []


@pytest.mark.parametrize(
    "name",
    [
        *(
            "/vsicurl?url=http://a/b.tif",
            "/vsicurl_streaming/http://a/b",
            "/vsizip//vsicurl/http://a/b.zip/c",
        ),
        *("/vsizip/{/vsicurl/http://a/b}/c", "/vsigzip//vsis3/a/b.gz", "/vsitar//vsigs_streaming/a/b.tar/c"),
        *("/vsicached?file=/vsicurl/http://a/b.tif", "/vsiadls/a/b", "/vsioss/a/b", "/vsiswift/a/b"),
    ],
)
def test_every_name_that_is_read_over_a_network_counts_as_such(name):
    assert is_remote(name)


def test_a_scene_in_an_archive_on_a_server_is_read(listener):
    """And it is no local file: its name is the server's."""
    url, asked = listener
    with pytest.raises(SceneError, match="check the address"):
        open_scene(f"/vsizip//vsicurl/{url}/a.zip/a.tif")
    assert asked
