"""Fetching scenes of a catalogue: what the image of each shows of an airfield, as a copy that is evidence.

A copy is a COG of the image's own pixels, and a STAC item beside it: that of the catalogue, with the copy as
its only asset, and in ``hardstand:fetched`` who fetched it, when, from where, which part of the image, and
the copy's hash. The item is written last, so what has one is complete.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import rasterio
import shapely
from rasterio.windows import Window

from imagery.catalogue.image_part import Cut, CutReader, cut_for
from imagery.catalogue.item_claims import check_claims
from imagery.catalogue.places import WatchedPlace, watched_places
from imagery.catalogue.search import AIRFIELDS
from imagery.cog import PixelPart, write_cog
from imagery.errors import HardstandError, OutputExists, SceneError, UsageError
from imagery.files import whole_file
from imagery.json_text import parse_json
from imagery.opening import REMOTE_OPTIONS, is_remote, without_key
from imagery.placing import Opened
from imagery.record import hash_files
from imagery.remote import RemoteState, received_bytes, remote_state
from imagery.scene import provenance_of
from imagery.secrets import without_secrets
from imagery.stac import FETCHED, StacAsset, is_stac, opened_asset, stac_asset

COG_TYPE = "image/tiff; application=geotiff; profile=cloud-optimized"
FILE_EXTENSION = "https://stac-extensions.github.io/file/v2.1.0/schema.json"
SHA256 = "1220"  # how a multihash of SHA-256 begins: its code, and its length in bytes
LONGEST_STEM = 100  # characters; a file name may have 255 bytes
Json = dict[str, Any]
Progress = Callable[[int, int], None]


class FetchedScene(NamedTuple):
    """The outcome of one item over one airfield.

    Attributes:
        name: The item's, as given.
        airfield: ICAO code; None of an area without one, or an item that failed.
        path: The copy's item; None where there is no copy.
        kept: Whether the copy was there already.
        left: Whether it was left for another time, as the budget is used up.
        error: Why there is no copy; None where there is one, or it was left.
        bytes_read: What servers sent for it.
    """

    name: str
    airfield: str | None = None
    path: Path | None = None
    kept: bool = False
    left: bool = False
    error: HardstandError | None = None
    bytes_read: int = 0


class _Job(NamedTuple):
    """What is the same for all items of a run."""

    folder: Path
    airfields: Sequence[str]
    aoi: shapely.MultiPolygon | None
    analyst: str
    asset: str | None
    overwrite: bool


class BudgetUsedUp(HardstandError):
    """A copy that would take more than is left of what servers may send."""


def fetch_scenes(
    names: Sequence[str],
    folder: Path,
    *,
    analyst: str,
    airfields: Sequence[str] = (),
    aoi: shapely.MultiPolygon | None = None,
    most_bytes: int | None = None,
    asset: str | None = None,
    overwrite: bool = False,
    progress: Callable[[str], AbstractContextManager[Progress | None]] = lambda _name: nullcontext(),
) -> Iterator[FetchedScene]:
    """Fetch what the images of items show of airfields; one that fails stops no other.

    A copy that is there, of the same image and area, is kept, so that a run can be interrupted and repeated.

    Args:
        names: STAC items: paths, addresses, and items in a file of several.
        folder: Where the copies go.
        analyst: Who fetches them, for the record.
        airfields: Over which; without any, over those for which the item was found.
        aoi: As for `imagery.catalogue.places.watched_places`.
        most_bytes: What servers may send, as far as it can be foretold; None without a limit.
        asset: Key of the items' asset; chosen if not given.
        overwrite: Fetch again what is there.
        progress: Gives a function that is called with the number of runs of blocks read and of all.

    Yields:
        For each item, and each of its airfields, what came of it.
    """
    job = _Job(folder, airfields, aoi, analyst, asset, overwrite)
    received, spent = 0, False
    for name in names:
        if spent:
            yield FetchedScene(name, left=True)
            continue
        try:
            item, places = _item_and_places(name, job)
        except HardstandError as error:
            yield FetchedScene(name, error=error)
            continue
        for place in places:
            before = received_bytes()
            left = None if most_bytes is None else most_bytes - received
            try:
                with progress(name) as report:
                    path, kept = _fetched(name, item, place, job, left, report)
                result = FetchedScene(name, place.icao, path, kept)
            except BudgetUsedUp:
                result, spent = FetchedScene(name, place.icao, left=True), True
            except HardstandError as error:
                result = FetchedScene(name, place.icao, error=error)
            sent = received_bytes() - before
            received += sent
            yield result._replace(bytes_read=sent)


def _item_and_places(name: str, job: _Job) -> tuple[StacAsset, list[WatchedPlace]]:
    """Read an item and find out what of it is wanted.

    Raises:
        UsageError: It is not named as an item, or nobody says over which airfield.
        SceneError: It is not an item, or shows none of the airfields.
    """
    if not is_stac(name):
        raise UsageError(f"{name}: not a STAC item; give the items of a catalogue")
    item = stac_asset(name, job.asset)
    properties = item.contents.get("properties")
    listed = properties.get(AIRFIELDS) if isinstance(properties, dict) else None
    found_for = [code for code in listed if isinstance(code, str)] if isinstance(listed, list) else []
    try:
        places = watched_places(job.airfields or found_for, job.aoi)
    except UsageError as reason:
        if job.airfields or job.aoi is not None:
            raise
        raise UsageError(f"{name}: {reason}") from None
    return item, places


def _fetched(
    name: str, item: StacAsset, place: WatchedPlace, job: _Job, left: int | None, report: Progress | None
) -> tuple[Path, bool]:
    """Copy what an image shows of a place, unless that is done.

    Returns:
        The copy's item, and whether it was there.

    Raises:
        BudgetUsedUp: It would take too much.
        HardstandError: It cannot be copied.
    """
    stem = re.sub(r"[^\w.-]", "-", str(item.contents.get("id"))).strip(".")[:LONGEST_STEM] or "item"
    target = job.folder / f"{stem}{'-' + place.icao if place.icao else ''}.tif"
    record = target.with_suffix(".json")
    whose = {
        "item": item.contents.get("id"),
        "collection": item.contents.get("collection"),
        "asset": item.key,
        "area_sha256": hashlib.sha256(shapely.to_wkb(place.area)).hexdigest(),
    }
    if not job.overwrite:
        if _is_copied(record, target, whose):
            return record, True
        if record.exists():
            raise OutputExists(record)
    with rasterio.Env(**(REMOTE_OPTIONS if is_remote(item.href) else {})):
        try:
            item, opened = opened_asset(item)
        except SceneError as reason:
            raise SceneError(f"{name}: {reason}") from None
        try:
            state = remote_state(opened.source.name) if is_remote(item.href) else RemoteState(None, None)
            check_claims(name, item, opened, state)
            provenance_of(opened.source, name, {}, item)
            cut = cut_for(opened, name, place.area)
            if left is not None and is_remote(item.href) and left < (state.size_bytes or 0) * cut.share:
                raise BudgetUsedUp(name)
            _write_copy(target, name, opened, cut, report)
            fetched = {
                "by": job.analyst,
                "at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "from": without_secrets(without_key(item.href)),
                **whose,
                "etag": state.etag,
                "source_bytes": state.size_bytes,
                "window": [cut.col, cut.row, cut.width, cut.height],
                "sha256": hash_files([target]),
                "software": f"hardstand {version('hardstand')}",
            }
            copy = _item_of_copy(item, place, cut, opened, target, fetched)
        finally:
            opened.pixels.close()
            opened.source.close()
    with whole_file(record, overwrite=True) as part:
        part.write_text(json.dumps(copy, indent=1) + "\n", encoding="utf-8")
    return record, False


def _is_copied(record: Path, target: Path, whose: Json) -> bool:
    """Check whether there is a complete copy of the same image and area."""
    try:
        contents = parse_json(record.read_text(encoding="utf-8"))
        fetched = contents["properties"][FETCHED]
        (asset,) = contents["assets"].values()
        same = all(fetched[key] == value for key, value in whose.items())
        return same and bool(target.stat().st_size == asset["file:size"])
    except (OSError, ValueError, TypeError, LookupError, AttributeError):
        return False


def _write_copy(target: Path, name: str, opened: Opened, cut: Cut, report: Progress | None) -> None:
    reader = CutReader(opened, name, cut)

    def parts() -> Iterator[tuple[Window, PixelPart]]:
        for number, part in enumerate(reader.parts(), 1):
            yield part
            if report:
                report(number, len(cut.runs))

    # What is there without an item was not finished.
    write_cog(
        target,
        parts(),
        reader.profile,
        masked=reader.masked,
        describe=reader.describe,
        overviews=False,
        overwrite=True,
    )


def _item_of_copy(
    item: StacAsset, place: WatchedPlace, cut: Cut, opened: Opened, target: Path, fetched: Json
) -> Json:
    """Return the item of a copy: what the catalogue's says of the scene, and where the copy comes from."""
    contents = item.contents
    footprint = cut.grid(opened.grid).footprint()
    listed = contents.get("stac_extensions")
    extensions = [text for text in listed if isinstance(text, str)] if isinstance(listed, list) else []
    properties = {
        key: value
        for key, value in (contents.get("properties") or {}).items()
        if not key.startswith("proj:") and key not in (AIRFIELDS, FETCHED)
    }
    properties |= {AIRFIELDS: [place.icao] if place.icao else [], FETCHED: fetched}
    asset = {
        key: value
        for key, value in contents["assets"][item.key].items()
        if not key.startswith(("proj:", "file:", "alternate"))
    }
    asset |= {
        "href": f"./{target.name}",
        "type": COG_TYPE,
        "file:size": target.stat().st_size,
        "file:checksum": SHA256 + fetched["sha256"],
    }
    links = contents.get("links")
    own = [
        without_secrets(link["href"])
        for link in (links if isinstance(links, list) else ())
        if isinstance(link, dict) and link.get("rel") == "self" and isinstance(link.get("href"), str)
    ]
    return {
        "type": "Feature",
        "stac_version": contents["stac_version"],
        "stac_extensions": list(dict.fromkeys([*extensions, FILE_EXTENSION])),
        "id": contents.get("id"),
        "geometry": footprint,
        "bbox": list(shapely.from_geojson(json.dumps(footprint)).bounds),
        "properties": properties,
        "links": [{"rel": "via", "href": href} for href in own[:1]],
        "assets": {item.key: asset},
    }
