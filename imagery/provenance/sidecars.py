"""Reading the metadata files beside an image: DIMAP (Pléiades, SPOT), Maxar's support data, Planet's JSON.

Where they lie, by their providers' rules (letter case does not matter):

- DIMAP 2: ``DIM_<X>.XML`` in the folder of ``IMG_<X>[_<bands>]_R1C1.TIF`` or ``.JP2`` (Airbus, Pléiades
  Imagery User Guide; GDAL's ``reader_pleiades.cpp`` looks by the same rule), or the file opened: GDAL opens
  these too.
- Maxar: ``<X>.IMD`` and ``<X>.XML`` for ``<X>.TIF``; a tile ``..._R1C2-...`` has its product's, without
  that part (DigitalGlobe, Imagery Support Data Documentation; GDAL's ``reader_digital_globe.cpp``). An XML
  file of that name counts where it is an ``<isd>`` document; other programs put theirs there too.
- Planet: ``<item>_metadata.json`` for ``<item>_3B_Visual.tif`` and so on, where ``<item>`` is built as
  Planet builds them (Planet, Imagery Product Specifications).

All their times are UTC by definition: DIMAP's IMAGING_TIME "is expressed in U.T."
(https://www.intelligence-airbusds.com/dimap/spec/dictionary/spotview/IMAGING_TIME.htm), the others write
``Z``. The files are strangers', so they are read up to a size, without XML entities, and what they say is
checked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import defusedxml.ElementTree

from imagery.acquisition import Acquisition, parse_utc, recorded_time
from imagery.acquisition import acquisition_of_all as all_of
from imagery.errors import UsageError
from imagery.json_text import parse_json
from imagery.provenance.statement import Statement, cloud_share, off_nadir, plain_text, sensor_name

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_BYTES = 8 * 2**20  # a DIMAP file has tens of kilobytes, with long outlines of clouds some hundred

_TILE = re.compile(r"_R\d+C\d+", re.ASCII | re.IGNORECASE)
_BANDS = re.compile(r"_[A-Z]{1,4}$", re.ASCII | re.IGNORECASE)  # Pléiades Neo: _RGB, _NED, _P
PLANET_ITEM = re.compile(r"\d{8}_\d{6}_[\w-]+|\d+_\d+_\d{4}-\d\d-\d\d_\w+", re.ASCII)
_PLANET_SENSORS = {"PS": "PlanetScope", "SkySat": "SkySat", "RE": "RapidEye"}  # by the beginning of item_type

# Bands as Maxar's support data (BAND_R) and Airbus' DIMAP 2 (BAND_ID) abbreviate them, by their common names.
_MAXAR_BANDS = {
    "C": "coastal",
    "B": "blue",
    "G": "green",
    "Y": "yellow",
    "R": "red",
    "RE": "rededge",
    "N": "nir",
}
_DIMAP_BANDS = {"B0": "blue", "B1": "green", "B2": "red", "B3": "nir", "R": "red", "G": "green", "B": "blue"}

_Read = Callable[[bytes, str], Statement | None]


def sidecar_statements(path: str | Path, files: Iterable[str | Path] = ()) -> Iterator[Statement]:
    """Read the metadata files of an image, in the order DIMAP, Maxar's IMD and XML, Planet.

    Args:
        path: The image.
        files: The other files that GDAL lists for it; the DIMAP files among them count too.

    Yields:
        One statement per file; for a file that cannot be read, one that says why.
    """
    for file, kind, read in sidecars_of(path, files):
        source = f"{kind} file {plain_name(file)}"
        remedy = f"move {plain_name(file)} away"
        try:
            statement = read(content_of(file), source)
        except OSError as reason:
            damage = f"cannot be read ({reason.strerror or reason})"
        except UsageError as reason:
            damage = f"is damaged ({str(reason).removeprefix(f'{source}: ')})"
        except RecursionError:
            damage = "is damaged (nested too deeply)"
        except (ValueError, LookupError, SyntaxError) as reason:
            # No text in its encoding, no JSON, no XML or one with entities, or an absurd value.
            damage = f"is damaged ({' '.join(str(reason).split())[:120]})"
        else:
            if statement:
                yield statement._replace(remedy=remedy)
            continue
        yield Statement(source, damage=damage, remedy=remedy)


def sidecars_of(path: str | Path, files: Iterable[str | Path] = ()) -> Iterator[tuple[Path, str, _Read]]:
    """Find the metadata files of an image, each with the words for its kind and its reader."""
    image, stem = Path(path), Path(path).stem
    try:
        beside = sorted(file for file in image.parent.iterdir() if _may_be_sidecar(file))
    except OSError:  # inside an archive or on the web
        beside = []
    listed = {Path(file) for file in (path, *files) if _may_be_sidecar(Path(file))}
    product = _TILE.sub("", stem).lower()
    dimap = {f"dim_{name.removeprefix('img_')}" for name in (stem.lower(), product, _BANDS.sub("", product))}
    for file in sorted({*beside, *listed}):
        belongs = file in listed or (file.stem.lower() in dimap and stem.lower().startswith("img_"))
        if belongs and file.suffix.lower() == ".xml" and file.stem.lower().startswith("dim_"):
            yield file, "DIMAP", _dimap
    for suffix, read in ((".imd", _maxar_imd), (".xml", _maxar_xml)):
        for file in beside:
            if file.suffix.lower() == suffix and file.stem.lower() in (stem.lower(), product):
                yield file, "Maxar", read
    names = [stem, *(match[0] for match in PLANET_ITEM.finditer(stem))]
    for file in beside:
        item = file.stem.removesuffix("_metadata")
        is_planet = item != file.stem and file.suffix.lower() == ".json" and PLANET_ITEM.fullmatch(item)
        if is_planet and any(f"{name}_".startswith(f"{item}_") for name in names):
            yield file, "Planet", _planet


def _may_be_sidecar(file: Path) -> bool:
    return file.suffix.lower() in (".xml", ".imd", ".json") and file.is_file()


def plain_name(file: Path) -> str:
    """Return the file's name, on one line whatever is in it."""
    return file.name if file.name.isprintable() else ascii(file.name)


def content_of(file: Path) -> bytes:
    """Return what a file holds.

    Raises:
        OSError: It cannot be read.
        ValueError: It is larger than such files are.
    """
    with file.open("rb") as opened:
        content = opened.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ValueError(f"more than {MAX_BYTES >> 20} MB")
    return content


def _acquired(texts: Iterable[str | None], source: str) -> list[Acquisition]:
    times = [parse_utc(text, source) for text in map(recorded_time, texts) if text]
    if not times:
        raise ValueError("does not say when the image was taken")
    return times


def _same(values: Iterable[Any]) -> Any:
    """Return the value that all images of a product share; None where they differ or do not say."""
    distinct = {value for value in values if value is not None}
    return distinct.pop() if len(distinct) == 1 else None


def _mean(values: Iterable[float | None]) -> float | None:
    given = [value for value in values if value is not None]
    return sum(given) / len(given) if given else None


def _texts(element: Element, path: str) -> list[str | None]:
    return [plain_text(member.text) for member in element.iterfind(path)]


def _dimap(content: bytes, source: str) -> Statement | None:
    root = defusedxml.ElementTree.fromstring(content)
    if root.tag != "Dimap_Document":
        raise ValueError("not a Dimap_Document")
    strips = root.findall("Dataset_Sources/Source_Identification")
    times: list[str | None] = []
    sensors: list[str | None] = []
    for strip in strips:
        member = {
            name.tag: plain_text(name.text) for name in strip.iterfind("Strip_Source/*") if not len(name)
        }
        date, clock = member.get("IMAGING_DATE"), member.get("IMAGING_TIME")
        times.append(f"{date}T{clock}" if date and clock else date)
        mission, index = member.get("MISSION"), member.get("MISSION_INDEX")
        sensors.append(sensor_name(" ".join(filter(None, (mission, index)))) if mission else None)
    acquired, span = all_of(_acquired(times, source))
    # VIEWING_ANGLE is measured at the satellite, INCIDENCE_ANGLE on the ground, where it is larger.
    angles = [
        off_nadir(place.findtext("Acquisition_Angles/VIEWING_ANGLE"))
        for place in root.iterfind("Geometric_Data/Use_Area/Located_Geometric_Values")
        if (place.findtext("LOCATION_TYPE") or "").strip() == "Center"
    ]
    ids = [name for strip in strips for name in _texts(strip, "SOURCE_ID")]
    dataset = _same(_texts(root, "Dataset_Identification/DATASET_NAME"))
    return Statement(
        source,
        acquired,
        _same(sensors),
        _mean(angles),
        _same(ids) or dataset,
        span,
        bands=_dimap_bands(root),
        cloud_share=cloud_share(_same(_texts(root, "Dataset_Content/CLOUD_COVERAGE")), 100),
    )


def _dimap_bands(root: Element) -> tuple[str, ...] | None:
    """Return what each band shows, in the order of BAND_INDEX; None where the file does not say."""
    indexes = {
        (place.findtext("BAND_INDEX") or "").strip(): (place.findtext("BAND_ID") or "").strip()
        for place in root.iter("Raster_Index")
    }
    names = [indexes.get(str(number)) for number in range(1, len(indexes) + 1)]
    return tuple(_DIMAP_BANDS.get(name, name) for name in names if name) if all(names) and names else None


def _maxar(
    product: dict[str, str], images: list[dict[str, str]], groups: Iterable[str], source: str
) -> Statement:
    """Return a statement from the members of a product and of its images, their names in upper case.

    Args:
        product: Of its one group.
        images: One group for each.
        groups: The names of all groups, those of the bands in their order.
        source: The file, in words.
    """
    times = [image.get("FIRSTLINETIME") for image in images]
    if not any(times):
        times = [product.get("EARLIESTACQTIME"), product.get("LATESTACQTIME")]
    acquired, span = all_of(_acquired(map(plain_text, times), source))
    sensors = [sensor_name(name) for image in images if (name := plain_text(image.get("SATID")))]
    angles = [
        off_nadir(image.get("MEANOFFNADIRVIEWANGLE", image.get("OFFNADIRVIEWANGLE"))) for image in images
    ]
    ids = [plain_text(image.get("CATID")) for image in images]
    letters = [name.removeprefix("BAND_") for name in groups if name.startswith("BAND_")]
    bands = tuple(_MAXAR_BANDS.get(letter, letter) for letter in letters) or None
    clouds = _mean(cloud_share(image.get("CLOUDCOVER")) for image in images)
    facts = (source, acquired, _same(sensors), _mean(angles), _same(ids), span)
    return Statement(*facts, bands=bands, cloud_share=clouds)


def _maxar_imd(content: bytes, source: str) -> Statement | None:
    root: dict[str, str] = {}
    groups: dict[str, dict[str, str]] = {}
    members = root
    for line in content.decode("utf-8-sig").splitlines():
        left, _, right = line.partition("=")
        name, value = left.strip().upper(), right.strip().removesuffix(";").strip()
        if name == "BEGIN_GROUP":
            members = groups.setdefault(value.upper(), {})
        elif name == "END_GROUP":
            members = root
        else:
            members[name] = value.strip('"')
    if members is not root:
        raise ValueError("cut short: a group does not end")
    images = [group for name, group in groups.items() if name.startswith("IMAGE")]
    return _maxar(groups.get("MAP_PROJECTED_PRODUCT", {}), images, groups, source)


def _maxar_xml(content: bytes, source: str) -> Statement | None:
    if b"<isd" not in content[:4096].replace(b"\0", b"").lower():  # UTF-16 has zeros in between
        return None
    root = defusedxml.ElementTree.fromstring(content)
    imd = root.find("IMD")
    if imd is None:
        raise ValueError("it has no IMD element")
    groups = [(group.tag, {name.tag: name.text or "" for name in group if not len(name)}) for group in imd]
    images = [members for tag, members in groups if tag == "IMAGE"]
    product = next((members for tag, members in groups if tag == "MAP_PROJECTED_PRODUCT"), {})
    return _maxar(product, images, [tag for tag, _ in groups], source)


def _planet(content: bytes, source: str) -> Statement | None:
    item = parse_json(content)
    properties = item.get("properties") if isinstance(item, dict) else None
    if not isinstance(properties, dict):
        raise ValueError("not an item with properties")  # noqa: TRY004
    (acquired,) = _acquired([plain_text(properties.get("acquired"))], source)
    kind = plain_text(properties.get("item_type")) or ""
    sensor = next((name for start, name in _PLANET_SENSORS.items() if kind.startswith(start)), None)
    provider = plain_text(properties.get("provider"))
    angle = off_nadir(properties.get("view_angle"))
    image_id = plain_text(item.get("id"))
    sensor = sensor or (provider and sensor_name(provider))
    clouds = cloud_share(properties.get("cloud_cover"))
    return Statement(source, acquired, sensor, angle, image_id, cloud_share=clouds)
