"""A coordinate reference system by what a person or a file says of it."""

from __future__ import annotations

import re

from rasterio.crs import CRS
from rasterio.errors import CRSError

_CODE = re.compile(r"[A-Za-z]{2,10}:\w{1,20}|urn:ogc:def:crs:\w{2,10}:[\w.]*:\w{1,20}")


def crs_from_text(text: str) -> CRS:
    """Read a code (EPSG:32629), WKT or a PROJ string.

    GDAL takes names of files and addresses for a CRS as well, and reads them; a stranger's file may not.

    Raises:
        CRSError: It is none of these, or PROJ makes no sense of it.
    """
    text = text.strip()
    if _CODE.fullmatch(text) or (text.startswith("+proj=") and "/" not in text):
        crs = CRS.from_user_input(text)
    elif "[" in text:
        crs = CRS.from_wkt(text)
    else:
        raise CRSError("not a code such as EPSG:32629, and not WKT")
    crs.to_wkt()  # which fails for some that could be read
    return crs
