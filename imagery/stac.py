"""STAC items (https://stacspec.org): which asset holds the image, and what the item says of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

from imagery.acquisition import parse_acquired
from imagery.errors import SceneError, UsageError
from imagery.provenance.statement import Statement, off_nadir, plain_text, sensor_name

ITEM_BYTES = 16 * 2**20  # an item is a page of text; more is no item
TIMEOUT_S = 60.0
RASTER_TYPES = ("image/tiff", "image/jp2", "image/vnd.stac.geotiff", "image/png", "image/jpeg")
RASTER_SUFFIXES = (".tif", ".tiff", ".jp2", ".vrt")
NOT_THE_IMAGE = {"thumbnail", "overview", "metadata"}


class StacAsset(NamedTuple):
    """The asset of an item to open, and the item.

    Attributes:
        href: Path or address of the asset, resolved against the item's.
        statement: What the item says of the scene.
    """

    href: str
    statement: Statement


def is_stac(name: str) -> bool:
    """Whether a name could be that of a STAC item: a local or remote JSON file."""
    try:
        path = urlsplit(name).path
    except ValueError:  # such as http://[
        return False
    return path.lower().endswith((".json", ".geojson")) and not name.startswith("/vsi")


def stac_asset(name: str, asset: str | None = None) -> StacAsset:
    """Read an item and choose the asset to open.

    The one that is chosen is a raster by its media type (or suffix) and not a thumbnail, overview or
    metadata; one with the role ``visual`` before one with the role ``data`` before the others.

    Args:
        name: Path or http(s) address of the item.
        asset: Key of the asset; by default it is chosen.

    Raises:
        UsageError: There is no such file or asset, or several are alike and none was named.
        SceneError: It is no STAC item, or none of its assets is an image.
    """
    item = _read(name)
    assets = item["assets"]
    if asset is not None and asset not in assets:
        raise UsageError(f"{name}: has no asset '{asset}'; it has: {', '.join(assets) or 'none'}")
    key = asset or _chosen(name, assets)
    return StacAsset(_resolved(name, key, assets[key].get("href")), _statement(item))


def _resolved(name: str, key: str, href: Any) -> str:
    """An asset's path or address; an item from a server may not name this machine's files."""
    if not isinstance(href, str) or not href:
        raise SceneError(f"{name}: its asset '{key}' has no href; say --asset with another")
    try:
        if name.startswith(("http://", "https://")):
            address = urljoin(name, href)
            if not address.startswith(("http://", "https://", "s3://")):
                raise SceneError(f"{name}: its asset '{key}' is at {address}, which is no address on the web")
            return address
        parts = urlsplit(href)
    except ValueError:
        raise SceneError(f"{name}: its asset '{key}' has a href that is no address: {href}") from None
    if parts.scheme == "file":
        return unquote(parts.path)
    return href if parts.scheme else str(Path(name).parent / href)


def _statement(item: dict[str, Any]) -> Statement:
    """Time, sensor, angle and name: the members ``datetime``, ``platform``, ``view:off_nadir`` and ``id``.

    Where ``datetime`` is null, the item covers a span (``start_datetime``, ``end_datetime``), and that is no
    acquisition time of one image.
    """
    said = item.get("properties") or {}
    try:
        time = plain_text(said.get("datetime"))
        platform = plain_text(said.get("platform"))
        return Statement(
            "STAC item",
            acquired=None if time is None else parse_acquired(time, "STAC item"),
            sensor=None if platform is None else sensor_name(platform),
            off_nadir_deg=off_nadir(said.get("view:off_nadir")),
            image_id=plain_text(item.get("id")),
        )
    except (ValueError, AttributeError, UsageError) as reason:
        return Statement("STAC item", damage=f"is damaged ({reason})", remedy="correct the item")


def _chosen(name: str, assets: dict[str, dict[str, Any]]) -> str:
    ranked = sorted((_rank(key, value), key) for key, value in assets.items() if _is_raster(value))
    if not ranked:
        raise SceneError(f"{name}: none of its assets is an image; it has: {', '.join(assets) or 'none'}")
    best = [key for rank, key in ranked if rank == ranked[0][0]]
    if len(best) > 1:
        raise UsageError(f"{name}: has several images; say --asset with one of {', '.join(best)}")
    return best[0]


def _is_raster(asset: dict[str, Any]) -> bool:
    if NOT_THE_IMAGE & _roles(asset):
        return False
    media = str(asset.get("type") or "").split(";")[0].strip().lower()
    return media in RASTER_TYPES or (
        not media and str(asset.get("href", "")).lower().endswith(RASTER_SUFFIXES)
    )


def _rank(key: str, asset: dict[str, Any]) -> int:
    roles = _roles(asset)
    if "visual" in roles or key == "visual":
        return 0
    return 1 if "data" in roles else 2


def _roles(asset: dict[str, Any]) -> set[str]:
    roles = asset.get("roles")
    return {str(role) for role in roles} if isinstance(roles, list) else set()


def _read(name: str) -> dict[str, Any]:
    try:
        item = json.loads(_text(name))
    except (ValueError, RecursionError) as reason:
        raise SceneError(f"{name}: not a STAC item ({reason})") from None
    if not isinstance(item, dict) or "stac_version" not in item or not isinstance(item.get("assets"), dict):
        raise SceneError(f"{name}: not a STAC item (it has no stac_version or no assets)")
    if not all(isinstance(asset, dict) for asset in item["assets"].values()):
        raise SceneError(f"{name}: not a STAC item (an asset is no object)")
    return item


def _text(name: str) -> str:
    if not name.startswith(("http://", "https://")):
        path = Path(name)
        try:
            if path.stat().st_size > ITEM_BYTES:
                raise SceneError(f"{name}: too large for a STAC item")
            return path.read_text(encoding="utf-8")
        except OSError as reason:
            raise UsageError(f"{name}: cannot be read ({reason.strerror}); check the path") from None
    import httpx  # a tenth of a second that no file on a disk need wait for

    try:
        with httpx.stream("GET", name, timeout=TIMEOUT_S, follow_redirects=True) as answer:
            answer.raise_for_status()
            body = b""
            for chunk in answer.iter_bytes():
                body += chunk
                if len(body) > ITEM_BYTES:
                    raise SceneError(f"{name}: too large for a STAC item")
    except (httpx.HTTPError, httpx.InvalidURL) as reason:
        raise SceneError(f"{name}: cannot be fetched ({reason}); check the address") from None
    return body.decode("utf-8")
