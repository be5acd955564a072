"""STAC items (https://stacspec.org): which asset holds the image, and what the item says of it.

An item is read with pystac, which knows the older versions of the specification. What reaches out stays here:
the item is fetched by `_text`, bounded in time and size, its links are dropped, and its assets are resolved
by `_resolved`, since an item from a server may not name this machine's files.
"""

from __future__ import annotations

import re
import warnings
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from imagery.acquisition import Acquisition, Span, acquisition_of_all, parse_acquired, recorded_time
from imagery.errors import HardstandError, SceneError, UsageError
from imagery.json_text import parse_json
from imagery.opening import is_remote, open_dataset
from imagery.placing import Opened
from imagery.provenance.statement import Statement, cloud_share, off_nadir, plain_text, sensor_name
from imagery.record import FileState
from imagery.remote import text_at

if TYPE_CHECKING:
    from pystac import Asset, Item

ITEM_BYTES = 16 * 2**20  # an item is a page of text; more is something else
ITEMS_BYTES = 512 * 2**20  # of a file of items
SOURCE = "STAC item"
WEB = ("http://", "https://", "s3://")
TIMES = ("start_datetime", "end_datetime", "datetime")
DAY = timedelta(days=1)
MOMENT = timedelta(minutes=1)  # a scene is scanned in less; a longer range is of several
RASTER_TYPES = ("image/tiff", "image/jp2", "image/vnd.stac.geotiff", "image/png", "image/jpeg")
RASTER_SUFFIXES = (".tif", ".tiff", ".jp2", ".vrt")
NOT_THE_IMAGE = {"thumbnail", "overview", "metadata"}

FETCHED = "hardstand:fetched"  # the property that says where a copy comes from
_ITEM_NAME = re.compile(r"(.+?\.(?:geo)?json)#(.+)", re.IGNORECASE | re.DOTALL)


class StacAsset(NamedTuple):
    """The asset of an item to open, and the item.

    Attributes:
        href: Path or address of the asset, resolved against the item's.
        statement: What the item says of the scene.
        key: Of the asset.
        contents: The item as it is written.
    """

    href: str
    statement: Statement
    key: str
    contents: dict[str, Any]

    @property
    def origin(self) -> str | None:
        """The address from which `hardstand scenes fetch` has copied the image; None of any other."""
        try:
            origin = self.contents["properties"][FETCHED]["from"]
        except (TypeError, LookupError):
            return None
        return origin if isinstance(origin, str) and origin.startswith(WEB) else None


def is_stac(name: str) -> bool:
    """Check whether a name could be that of a STAC item: a local or remote JSON file."""
    if item_id(name) is not None:
        return True
    try:
        path = urlsplit(name).path
    except ValueError:  # such as http://[
        return False
    return path.lower().endswith((".json", ".geojson")) and not name.startswith("/vsi")


def item_id(name: str) -> str | None:
    """Return the identifier in the name of an item in a file of several, ``items.geojson#IDENTIFIER``."""
    return _file_and_id(name)[1]


def _file_and_id(name: str) -> tuple[str, str | None]:
    match = _ITEM_NAME.fullmatch(name)
    return (match[1], match[2]) if match else (name, None)


def stac_asset(name: str, asset: str | None = None) -> StacAsset:
    """Read an item and choose the asset to open.

    The one that is chosen is a raster by its media type (or suffix) and not a thumbnail, overview or
    metadata; one with the role ``visual`` before one with the role ``data`` before the others.

    Args:
        name: Path or http(s) address of the item; of one in a file of several with ``#`` and its identifier.
        asset: Key of the asset; by default it is chosen.

    Raises:
        UsageError: There is no such file or asset, or several are alike and none was named.
        SceneError: It is not a STAC item, or none of its assets is an image.
    """
    contents = item_contents(name)
    keys = ", ".join(contents["assets"]) or "none"
    if asset is not None and asset not in contents["assets"]:
        raise UsageError(f"{name}: has no asset '{asset}'; it has: {keys}")
    item = _item(name, contents)
    key = asset or _chosen(name, item.assets, keys)
    if key not in item.assets:
        raise SceneError(f"{name}: its asset '{key}' has no href; give another as `asset`")
    file = _file_and_id(name)[0]
    href = resolved_href(file, key, item.assets[key].href)
    return StacAsset(href, _statement(item, contents, contents["assets"][key]), key, contents)


def opened_asset(item: StacAsset, **place: Any) -> tuple[StacAsset, Opened]:
    """Open the image of an item; where that fails, by the address that its catalogue gives now.

    What signs an address runs out. The item is read again only where it says where its catalogue has it.

    Args:
        item: As `stac_asset` returns it.
        **place: As for `imagery.opening.open_dataset`.

    Returns:
        The item, maybe as the catalogue has it now, and its image.

    Raises:
        SceneError: It cannot be opened.
    """
    try:
        return item, open_dataset(item.href, **place)
    except SceneError:
        renewed = _renewed(item) if is_remote(item.href) else None
        if renewed is None:
            raise
    return renewed, open_dataset(renewed.href, **place)


def _renewed(item: StacAsset) -> StacAsset | None:
    """Read an item from its catalogue again; None if that changes nothing."""
    links = item.contents.get("links")
    for link in links if isinstance(links, list) else ():
        if isinstance(link, dict) and link.get("rel") == "self":
            address = link.get("href")
            if not isinstance(address, str) or not address.startswith(("http://", "https://")):
                return None
            try:
                renewed = stac_asset(address, item.key)
            except HardstandError:
                return None
            same = renewed.contents.get("id") == item.contents.get("id")
            return renewed if same and renewed.href != item.href else None
    return None


def item_statement(name: str, contents: dict[str, Any]) -> Statement:
    """Return what an item says of its scene, whichever of its assets is opened.

    Args:
        name: What messages call it.
        contents: The item as it is written.

    Raises:
        SceneError: It is not a STAC item.
    """
    return _statement(_item(name, checked_contents(name, contents)), contents, {})


def _item(name: str, contents: dict[str, Any]) -> Item:
    """Return the item with those of its members that are asked for here, so that the others may be wrong."""
    import pystac  # a quarter of a second that only STAC items wait for

    properties, extensions = contents.get("properties"), contents.get("stac_extensions")
    members: dict[str, Any] = {
        key: contents[key] for key in ("type", "stac_version", "id") if key in contents
    }
    members |= {"geometry": None, "links": []}
    members["stac_extensions"] = (
        [text for text in extensions if isinstance(text, str)] if isinstance(extensions, list) else []
    )
    members["assets"] = {key: asset for key, asset in contents["assets"].items() if _has_href(asset)}
    # pystac refuses an item for a time that it cannot read; `_statement` reads it, at its precision.
    times: dict[str, Any] = dict.fromkeys(TIMES)
    members["properties"] = {**properties, **times} if isinstance(properties, dict) else times
    errors = (pystac.STACError, pystac.STACTypeError, LookupError, TypeError, ValueError, AttributeError)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as that an item is deprecated
            return pystac.Item.from_dict(members, preserve_dict=False)
    except (*errors, RecursionError) as reason:
        detail = " ".join(str(reason).split())[:120]
        raise SceneError(f"{name}: not a STAC item ({detail})") from None


def _has_href(asset: dict[str, Any]) -> bool:
    return isinstance(asset.get("href"), str) and bool(asset["href"])


def resolved_href(name: str, key: str, href: str) -> str:
    """Return an asset's path or address; an item from a server may not name this machine's files.

    Args:
        name: Path or address of the item.
        key: Of the asset, for messages.
        href: Its own, which may be relative to the item's.

    Raises:
        SceneError: It is not an address, or one that such an item may not name.
    """
    try:
        if name.startswith(("http://", "https://")):
            address = urljoin(name, href)
            if not address.startswith(WEB):
                raise SceneError(
                    f"{name}: its asset '{key}' is at {address}, which is not an address on the web"
                )
            return address
        parts = urlsplit(href)
    except ValueError:
        raise SceneError(f"{name}: its asset '{key}' has an href that is not an address: {href}") from None
    if parts.scheme == "file":
        from urllib.request import url2pathname  # with all of http behind it

        return url2pathname(parts.path)
    return href if parts.scheme else str(Path(name).parent / href)


def _statement(item: Item, contents: dict[str, Any], asset: dict[str, Any]) -> Statement:
    """Return time, sensor, angle, bands and name; what the asset says goes before what the item says."""
    try:
        written = contents.get("properties") or {}
        times = {name: written.get(name) for name in TIMES}
        properties = {**item.properties, **times, **asset}
        acquired, span = _acquired(properties)
        platform = plain_text(properties.get("platform"))
        return Statement(
            SOURCE,
            acquired=acquired,
            sensor=None if platform is None else sensor_name(platform),
            off_nadir_deg=off_nadir(properties.get("view:off_nadir")),
            image_id=plain_text(item.id),
            span=span,
            bands=_bands(asset),
            cloud_share=cloud_share(properties.get("eo:cloud_cover"), 100),
        )
    except (ValueError, AttributeError, TypeError, UsageError) as reason:
        return Statement(SOURCE, damage=f"is damaged ({reason})", remedy="correct the item")


def _acquired(properties: dict[str, Any]) -> tuple[Acquisition | None, Span | None]:
    """Return the time of ``datetime``, ``start_datetime`` and ``end_datetime``, and the times they allow.

    Where the three speak of more than a moment and ``datetime`` only names the first, middle or last of it,
    the range is what is known.

    Raises:
        ValueError: They contradict each other.
        UsageError: One is not a time.
    """
    first, last, time = (
        parse_acquired(text, SOURCE) if (text := recorded_time(plain_text(properties.get(name)))) else None
        for name in TIMES
    )
    if first is None or last is None or first.time is None or last.time is None:
        return time, None
    if first.time > last.time:
        raise ValueError("its start_datetime is after its end_datetime")
    ends_before = last.time - first.time == DAY or (
        first.time < last.time and first.time.day == last.time.day == 1
    )
    if first.precision == last.precision == "day" and ends_before:  # a day or months, to the midnight after
        last = last._replace(time=last.time - DAY)
    whole, span = acquisition_of_all([first, last])
    if time is None or time.time is None or time.span is None:
        return whole, span
    if not time.span.overlaps(span, MOMENT):
        raise ValueError("its datetime is not between its start_datetime and its end_datetime")
    length = span.last - span.first
    marks = (span.first, span.first + length / 2, span.last)
    nominal = any(abs(time.time - mark) <= timedelta(seconds=1) for mark in marks)
    if time.precision == "day" or (nominal and length > MOMENT):
        return whole, span
    return time, None


def _bands(asset: dict[str, Any]) -> tuple[str, ...] | None:
    """Return what each band of the asset shows, by its common name; None where one does not say.

    STAC 1.1 has ``bands`` with ``eo:common_name``, older versions ``eo:bands`` with ``common_name``.
    """
    for member in ("bands", "eo:bands"):
        bands = asset.get(member)
        if isinstance(bands, list) and bands and all(isinstance(band, dict) for band in bands):
            names = [band.get("eo:common_name", band.get("common_name")) for band in bands]
            if all(isinstance(name, str) for name in names):
                return tuple(map(str, names))
    return None


def _chosen(name: str, assets: dict[str, Asset], keys: str) -> str:
    ranked = sorted((_rank(key, asset), key) for key, asset in assets.items() if _is_raster(asset))
    if not ranked:
        raise SceneError(f"{name}: none of its assets is an image; it has: {keys}")
    best = [key for rank, key in ranked if rank == ranked[0][0]]
    if len(best) > 1:
        raise UsageError(f"{name}: has several images; give one of them as `asset`: {', '.join(best)}")
    return best[0]


def _is_raster(asset: Asset) -> bool:
    if NOT_THE_IMAGE & _roles(asset):
        return False
    media = str(asset.media_type or "").split(";")[0].strip().lower()
    return media in RASTER_TYPES or (not media and asset.href.lower().endswith(RASTER_SUFFIXES))


def _rank(key: str, asset: Asset) -> int:
    roles = _roles(asset)
    if "visual" in roles or key == "visual":
        return 0
    return 1 if "data" in roles else 2


def _roles(asset: Asset) -> set[str]:
    return {str(role) for role in asset.roles} if isinstance(asset.roles, list) else set()


def item_contents(name: str) -> dict[str, Any]:
    """Read an item.

    Args:
        name: As for `stac_asset`.

    Returns:
        The item as it is written; its assets are objects.

    Raises:
        UsageError: There is no such file.
        SceneError: It is not a STAC item.
    """
    file, identifier = _file_and_id(name)
    try:
        contents = parse_json(_text(name)) if identifier is None else _one_of_several(file, identifier)
    except ValueError as reason:
        raise SceneError(f"{name}: not a STAC item ({reason})") from None
    return checked_contents(name, contents)


def checked_contents(name: str, contents: Any) -> dict[str, Any]:
    """Return what was read as an item, if it is one.

    Raises:
        SceneError: It is not a STAC item.
    """
    if not isinstance(contents, dict) or not isinstance(contents.get("stac_version"), str):
        raise SceneError(f"{name}: not a STAC item (it has no stac_version)")
    if contents.get("type") != "Feature":
        raise SceneError(f"{name}: not a STAC item (its type is not Feature)")
    assets = contents.get("assets")
    if not isinstance(assets, dict) or not all(isinstance(asset, dict) for asset in assets.values()):
        raise SceneError(f"{name}: not a STAC item (its assets are not objects)")
    return contents


def _one_of_several(file: str, identifier: str) -> Any:
    try:
        state = FileState.of(Path(file))
    except OSError as reason:
        raise UsageError(f"{file}: cannot be read ({reason.strerror}); check the path") from None
    if state.size_bytes > ITEMS_BYTES:
        raise SceneError(f"{file}: too large for a file of STAC items")
    item = _items_by_id(file, state).get(identifier)
    if item is None:
        raise UsageError(f"{file}: has no item '{identifier}'")
    return item


@lru_cache(maxsize=1)  # the scenes of a run come from one file
def _items_by_id(file: str, state: FileState) -> dict[str, Any]:
    del state  # a file that has changed is read anew
    document = parse_json(Path(file).read_text(encoding="utf-8"))
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise SceneError(f"{file}: not a file of STAC items")
    items = (item for item in features if isinstance(item, dict))
    return {item["id"]: item for item in items if isinstance(item.get("id"), str)}


def _text(name: str) -> str:
    if name.startswith(("http://", "https://")):
        return text_at(name, most_bytes=ITEM_BYTES)
    path = Path(name)
    try:
        if path.stat().st_size > ITEM_BYTES:
            raise SceneError(f"{name}: too large for a STAC item")
        return path.read_text(encoding="utf-8")
    except OSError as reason:
        raise UsageError(f"{name}: cannot be read ({reason.strerror}); check the path") from None
