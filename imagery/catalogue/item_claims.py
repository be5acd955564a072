"""What an item says of its image, against the image itself: what is wrong in one thing is not believed."""

from __future__ import annotations

import json
from collections.abc import Iterator

import shapely
from rasterio.crs import CRS
from rasterio.errors import CRSError
from shapely.errors import ShapelyError

from imagery.crs import crs_from_text
from imagery.errors import SceneError
from imagery.placing import Opened
from imagery.remote import RemoteState
from imagery.stac import StacAsset


def check_claims(name: str, item: StacAsset, opened: Opened, state: RemoteState) -> None:
    """Check that an item and its image agree in size, CRS and place, where the item says anything of them.

    When it was taken is for `imagery.scene.provenance_of`.

    Args:
        name: What messages call the item.
        item: The item and its asset.
        opened: Its image.
        state: What the server says of the image's file.

    Raises:
        SceneError: They do not.
    """
    for stated, actual in _contradictions(item, opened, state):
        raise SceneError(
            f"{name}: says that its image {stated}, but that {actual}; one of them is of another scene"
        )


def _contradictions(item: StacAsset, opened: Opened, state: RemoteState) -> Iterator[tuple[str, str]]:
    grid, asset = opened.grid, item.contents["assets"][item.key]
    size = asset.get("file:size")
    if isinstance(size, int) and state.size_bytes is not None and size != state.size_bytes:
        yield f"has {size:,} bytes", f"has {state.size_bytes:,}"
    shape = asset.get("proj:shape")
    if isinstance(shape, list) and opened.warped_from is None and shape != [grid.height, grid.width]:
        yield f"has {shape} rows and columns", f"has {[grid.height, grid.width]}"
    crs = _crs(item)
    if crs is not None and grid.crs is not None and opened.warped_from is None and crs != grid.crs:
        yield f"is in {crs}", f"is in {grid.crs_name}"
    stated = _footprint(item)
    if stated is not None and grid.placed:
        outline = shapely.from_geojson(json.dumps(grid.footprint()))
        if not shapely.intersects(stated, outline):
            yield f"lies at {_middle(stated)}", f"lies at {_middle(outline)}"


def _crs(item: StacAsset) -> CRS | None:
    """Return the CRS that an asset or its item states; None where that is none, or cannot be read."""
    properties = item.contents.get("properties")
    members = {**(properties if isinstance(properties, dict) else {}), **item.contents["assets"][item.key]}
    stated = members.get("proj:code") or members.get("proj:epsg")
    if not isinstance(stated, str | int):
        return None
    try:
        return crs_from_text(f"EPSG:{stated}" if isinstance(stated, int) else stated)
    except CRSError:
        return None


def _footprint(item: StacAsset) -> shapely.Geometry | None:
    try:
        footprint = shapely.make_valid(shapely.from_geojson(json.dumps(item.contents.get("geometry"))))
    except (ShapelyError, TypeError, ValueError, RecursionError):
        return None
    return None if footprint is None or shapely.is_empty(footprint) else footprint


def _middle(shape: shapely.Geometry) -> str:
    middle = shapely.centroid(shape)
    return f"lon {middle.x:.3f}, lat {middle.y:.3f}"
