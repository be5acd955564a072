"""Outlines of clouds that providers deliver beside an image.

- DIMAP 2 (Pléiades, SPOT): the GML file that ``DIM_*.XML`` names as the mask of ``Cloud_Cotation (CLD)``,
  such as ``MASKS/CLD_PHR1A_..._MSK.GML`` (Airbus, Pléiades Imagery User Guide).
- Planet: bands ``cloud`` and ``haze_heavy`` of the usable data mask UDM2, ``<item>_3B_udm2.tif`` beside
  ``<item>_3B_Visual.tif`` (https://docs.planet.com/data/imagery/udm/). Heavy haze hides the ground, too.

The files are strangers': they are read up to a size, and only out of the image's own folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import defusedxml.ElementTree
import numpy as np
import shapely
from affine import Affine
from rasterio.crs import CRS
from rasterio.errors import CRSError, RasterioError
from rasterio.features import shapes

from imagery.area import area_on_earth, polygons_of
from imagery.crs import crs_from_text
from imagery.errors import HardstandError
from imagery.gdal import open_raster
from imagery.grid import Floats, Grid
from imagery.provenance.sidecars import PLANET_ITEM, content_of, plain_name, sidecars_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MOST_PIXELS = 2**28  # of a mask; Planet's have some tens of millions
_CLOUDS = "Cloud_Cotation (CLD)"
_MASK_SUFFIXES = (".tif", ".tiff")
_UDM2 = re.compile(r"(.+)_udm2(?:_clip)?", re.IGNORECASE)
_UDM2_BANDS = {"cloud": 6, "haze_heavy": 5}  # counted from 1, where the bands have no names
# A grid in which a map's own units are pixels; its size only says how finely curved edges are cut up.
_MAP_UNITS = Affine.identity()
_MAP_SIDE = 8000
WIDEST_M, WIDEST_DEG = 1e6, 20.0  # of the clouds over one image
MOST_TO_MEND = 1_000  # points of a polygon that crosses itself


class CloudOutlines(NamedTuple):
    """What a provider's file says of clouds.

    Attributes:
        source: The file, in words.
        area: Where clouds are, in lon/lat; empty where there are none. None where the file cannot be used.
        problem: Why it cannot; None where it can.
    """

    source: str
    area: shapely.MultiPolygon | None
    problem: str | None = None


def cloud_outlines(path: str | Path, files: Iterable[str | Path], grid: Grid) -> CloudOutlines | None:
    """Return the outlines of clouds that a provider delivers with an image; None where there are none.

    Args:
        path: The image.
        files: The other files that GDAL lists for it.
        grid: The image's, which has a place on Earth.
    """
    for mask, name in _masks_of(path, files):
        source = f"{name} {plain_name(mask)}"
        try:
            area = _of_gml(mask, grid) if mask.suffix.lower() == ".gml" else _of_udm2(mask)
        except (OSError, HardstandError, RasterioError) as reason:
            return CloudOutlines(source, None, f"cannot be read ({' '.join(str(reason).split())[:120]})")
        except (ValueError, LookupError, SyntaxError, RecursionError, shapely.errors.ShapelyError) as reason:
            return CloudOutlines(source, None, f"is damaged ({' '.join(str(reason).split())[:120]})")
        return CloudOutlines(source, area)
    return None


def _masks_of(path: str | Path, files: Iterable[str | Path]) -> Iterator[tuple[Path, str]]:
    """Yield the masks of an image with the words for their kind."""
    for sidecar, kind, _ in sidecars_of(path, files):
        if kind == "DIMAP":
            for mask in _dimap_masks(sidecar):
                yield mask, "DIMAP cloud mask"
    image = Path(path)
    try:
        beside = sorted(file for file in image.parent.iterdir() if file.suffix.lower() in _MASK_SUFFIXES)
    except OSError:  # inside an archive
        return
    for file in beside:
        match = _UDM2.fullmatch(file.stem)
        if (
            match
            and PLANET_ITEM.fullmatch(match[1])
            and image.stem.startswith(f"{match[1]}_")
            and file != image
        ):
            yield file, "Planet mask"


def _dimap_masks(sidecar: Path) -> Iterator[Path]:
    """Yield the cloud masks that a DIMAP file names and that lie in its folder or below."""
    try:
        root = defusedxml.ElementTree.fromstring(content_of(sidecar))
    except (OSError, ValueError, SyntaxError, RecursionError):
        return  # whoever reads the time out of it says so
    folder = sidecar.parent.resolve()
    for measure in root.iter("Imaging_Quality_Measurement"):
        if (measure.findtext("MEASURE_NAME") or "").strip() != _CLOUDS:
            continue
        for component in measure.iterfind("Quality_Mask/Component/COMPONENT_PATH"):
            mask = (folder / (component.get("href") or "")).resolve()
            if mask.is_relative_to(folder) and mask.suffix.lower() == ".gml" and mask.is_file():
                yield mask


def _of_gml(file: Path, grid: Grid) -> shapely.MultiPolygon:
    """Read polygons of GML 2 or 3.

    Raises:
        ValueError: It is not XML, or a polygon or its CRS makes no sense.
    """
    root = defusedxml.ElementTree.fromstring(content_of(file))
    polygons = [element for element in root.iter() if _local(element) == "Polygon"]
    stated = [name for element in root.iter() if (name := element.get("srsName"))]
    if not polygons:
        return shapely.MultiPolygon()
    found = shapely.union_all([_made_valid(_polygon_of(element)) for element in polygons])
    crs = _crs_of(stated[0]) if stated else _own_crs(found, grid)
    west, south, east, north = shapely.bounds(found)
    if max(east - west, north - south) > (WIDEST_DEG if crs.is_geographic else WIDEST_M):
        raise ValueError("its clouds are larger than any image")
    if crs.is_geographic and _latitude_first(found, stated[0] if stated else "", grid):
        found = shapely.transform(found, lambda points: points[:, ::-1])
    area = area_on_earth(Grid(_MAP_SIDE, _MAP_SIDE, _MAP_UNITS, crs), found)
    return shapely.MultiPolygon() if area is None else area


def _made_valid(polygon: shapely.Polygon) -> shapely.Geometry:
    # A few thousand lines can cross each other a million times.
    if shapely.get_num_coordinates(polygon) > MOST_TO_MEND and not shapely.is_valid(polygon):
        raise ValueError("a polygon crosses itself")
    return shapely.make_valid(polygon)


def _local(element: Element) -> str:
    """Return an element's name without its namespace, of which GML has one per version."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _own_crs(found: shapely.Geometry, grid: Grid) -> CRS:
    """Return the scene's CRS for a mask that names none, if it lies there: masks may also be in pixels."""
    (left, top), (right, bottom) = (grid.transform @ corner for corner in ((0, 0), (grid.width, grid.height)))
    if grid.crs is None or not shapely.intersects(found, shapely.box(left, bottom, right, top)):
        raise ValueError("does not say in which CRS it is")
    return grid.crs


def _crs_of(name: str) -> CRS:
    try:
        return crs_from_text(name)
    except CRSError:
        raise ValueError(f"'{name[:60]}' is not a CRS") from None


def _polygon_of(element: Element) -> shapely.Polygon:
    """Read a Polygon: its first ring is the outer one (GML: exterior or outerBoundaryIs)."""
    rings = [_ring_of(ring) for ring in element.iter() if _local(ring) == "LinearRing"]
    return shapely.Polygon(rings[0], rings[1:])


def _ring_of(element: Element) -> Floats:
    text = " ".join(
        part.text or "" for part in element.iter() if _local(part) in {"posList", "pos", "coordinates"}
    )
    numbers = np.array([float(number) for number in text.replace(",", " ").split()], np.float64)
    if not np.isfinite(numbers).all():
        raise ValueError("a coordinate is not a number")
    return numbers.reshape(-1, 2)


def _latitude_first(found: shapely.Geometry, name: str, grid: Grid) -> bool:
    """Check whether degrees are latitude first: by the scene's place, or where that does not tell, by GML."""
    corners = [(0, 0), (grid.width, 0), (0, grid.height), (grid.width, grid.height)]
    place = shapely.box(*shapely.total_bounds(shapely.points(grid.lonlats(corners))))
    turned = shapely.transform(found, lambda points: points[:, ::-1])
    as_written, swapped = (bool(shapely.intersects(shape, place)) for shape in (found, turned))
    return swapped if as_written != swapped else name.startswith("urn:")


def _of_udm2(file: Path) -> shapely.MultiPolygon:
    """Read where a usable data mask says cloud or heavy haze.

    Raises:
        ValueError: It is no such mask.
    """
    with open_raster(str(file), ["GTiff"]) as mask:
        named = {name: index for index, name in enumerate(mask.descriptions, start=1) if name in _UDM2_BANDS}
        bands = named if "cloud" in named else _UDM2_BANDS
        if mask.crs is None or mask.count < max(bands.values()) or mask.width * mask.height > MOST_PIXELS:
            raise ValueError("not a usable data mask with a place on Earth")
        hidden = np.any([mask.read(index) == 1 for index in bands.values()], axis=0)
        grid = Grid(mask.width, mask.height, mask.transform, mask.crs)
    if not hidden.any():
        return shapely.MultiPolygon()
    outlines = [
        shapely.Polygon(rings[0], rings[1:])
        for rings in (shape["coordinates"] for shape, _ in shapes(hidden.astype(np.uint8), mask=hidden))
    ]
    area = area_on_earth(grid, shapely.union_all(outlines))
    return polygons_of(shapely.MultiPolygon()) if area is None else area
