"""A catalogue that the tests fill: items, a STAC API that holds them, and a static catalogue of them."""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pystac
import pytest
import shapely

from imagery.airfields import airfields
from imagery.area import square_around

RUSTAC = shutil.which("rustac", path=Path(sys.executable).parent)


def item(identifier, icao="GABS", *, time="2023-10-27T10:36:11Z", href=None, **properties):
    """An item of 10 km around an airfield."""
    footprint = square_around(airfields()[icao].lonlat, 10_000).geoms[0]
    return {
        "type": "Feature",
        "stac_version": "1.0.0",
        "id": identifier,
        "collection": "year",
        "geometry": json.loads(shapely.to_geojson(footprint)),
        "bbox": list(footprint.bounds),
        "properties": {"datetime": time, **properties},
        "links": [],
        "assets": {
            "visual": {"href": href or f"{identifier}.tif", "type": "image/tiff", "roles": ["visual"]},
        },
    }


@pytest.fixture(scope="session")
def made_item():
    """Makes an item."""
    return item


@pytest.fixture(scope="session")
def year():
    """Items of two airfields over a year, of different clouds and sensors."""
    items = [
        item(
            f"GABS-{month:02d}",
            time=f"2023-{month:02d}-10T10:30:00Z",
            gsd=0.5,
            **{"eo:cloud_cover": month * 8},
        )
        for month in range(1, 13)
    ]
    items += [item("GAKY-06", "GAKY", time="2023-06-01T10:00:00Z", platform="PHR1A", gsd=10)]
    return [*items, item("GAKY-07", "GAKY", time="2023-07-01T10:00:00Z")]


@pytest.fixture(scope="session")
def stac_api(tmp_path_factory, free_port, year):
    """The address of a STAC API that holds the items of the year."""
    path = tmp_path_factory.mktemp("api") / "items.json"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": year}))
    address = f"127.0.0.1:{free_port()}"
    command = [RUSTAC, "serve", "--create-collections", "--addr", address, str(path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(600):
                try:
                    httpx.get(f"http://{address}/")
                    break
                except httpx.TransportError:
                    assert process.poll() is None
                    time.sleep(0.05)
            yield f"http://{address}"
        finally:
            process.kill()


@pytest.fixture
def static_catalogue(tmp_path, year):
    """The root of a static catalogue in files: a collection of each airfield."""
    root = pystac.Catalog("root", "of two airfields")
    for icao in ("GABS", "GAKY"):
        items = [
            pystac.Item.from_dict({**each, "collection": None})
            for each in year
            if each["id"].startswith(icao)
        ]
        extent = pystac.Extent.from_items(items)
        collection = pystac.Collection(icao, f"scenes of {icao}", extent)
        collection.add_items(items)
        root.add_child(collection)
    root.normalize_and_save(str(tmp_path / "catalogue"), pystac.CatalogType.SELF_CONTAINED)
    return tmp_path / "catalogue" / "catalog.json"
