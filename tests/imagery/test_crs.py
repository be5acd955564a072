"""A CRS is read from a code or a text, and from nothing else: no file and no address."""

from __future__ import annotations

import socket
from pathlib import Path

import pyproj
import pytest
from rasterio.errors import CRSError

from imagery.crs import crs_from_text

UTM29 = pyproj.CRS.from_epsg(32629)


@pytest.mark.parametrize(
    "text",
    [
        "EPSG:32629",
        " epsg:32629\n",
        "urn:ogc:def:crs:EPSG::32629",
        UTM29.to_wkt("WKT1_GDAL"),
        UTM29.to_wkt("WKT1_ESRI"),
        UTM29.to_wkt("WKT2_2019"),
        "+proj=utm +zone=29 +datum=WGS84",
    ],
)
def test_codes_and_texts_are_read(text: str) -> None:
    assert pyproj.CRS(crs_from_text(text).to_wkt()).equals(UTM29, ignore_axis_order=True) or (
        crs_from_text(text).to_epsg() == 32629
    )


def test_names_of_files_and_addresses_are_not_opened(tmp_path: Path) -> None:
    """GDAL's own reading of a CRS opens both."""
    file = tmp_path / "utm.prj"
    file.write_text(UTM29.to_wkt())
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.0)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/utm.prj"
        for text in (
            str(file),
            file.name,
            address,
            f"/vsicurl/{address}",
            f"/vsizip//vsicurl/{address}.zip/a",
        ):
            with pytest.raises(CRSError, match="not a code such as EPSG:32629"):
                crs_from_text(text)
        with pytest.raises(BlockingIOError):
            server.accept()
    for text in (f"+proj=utm +zone=29 +nadgrids={file}", f"+init={file}:1", ""):
        with pytest.raises(CRSError):
            crs_from_text(text)
