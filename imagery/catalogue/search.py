"""Searching a catalogue: the items that show a place, by time, cloud cover and GSD."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import shapely
from shapely.errors import ShapelyError

from imagery.acquisition import Acquisition, Span, parse_acquired
from imagery.catalogue.asking import CatalogueReader, is_web
from imagery.catalogue.listing import Asked, ListedItem, Progress, listed_items
from imagery.catalogue.places import WatchedPlace
from imagery.errors import HardstandError, SceneError, UsageError
from imagery.files import whole_file
from imagery.stac import checked_contents, item_statement, resolved_href

AIRFIELDS = "hardstand:airfields"  # the property that says for which airfields an item was found
WORLD = (-180.0, -90.0, 180.0, 90.0)
Json = dict[str, Any]


class Wanted(NamedTuple):
    """What is searched for.

    Attributes:
        places: An item must show a part of one of them.
        during: When its scene may have been taken; None for an end that is open.
        max_cloud: Percent of cloud cover; an item that states none is kept.
        max_gsd_m: Metres per pixel; an item that states none is kept.
    """

    places: Sequence[WatchedPlace]
    during: tuple[datetime | None, datetime | None] = (None, None)
    max_cloud: float | None = None
    max_gsd_m: float | None = None


class CatalogueItem(NamedTuple):
    """An item that was found.

    Attributes:
        identifier: Its own.
        acquired: When its scene was taken.
        sensor: Satellite or camera; None where it does not say.
        gsd_m: Metres per pixel, the finest of its assets; None where it does not say.
        cloud_percent: Of its scene; None where it does not say.
        airfields: ICAO codes of those of the places that it shows.
        contents: The item itself, with whole addresses and the airfields as ``hardstand:airfields``.
    """

    identifier: str
    acquired: Acquisition
    sensor: str | None
    gsd_m: float | None
    cloud_percent: float | None
    airfields: tuple[str, ...]
    contents: Json


class SearchResult(NamedTuple):
    """The outcome of a search.

    Attributes:
        items: In the order of their times.
        problems: What of the catalogue could not be read or used, a line each.
    """

    items: list[CatalogueItem]
    problems: list[str]


def searched_period(since: str | None, until: str | None) -> tuple[datetime | None, datetime | None]:
    """Read the period that is searched, from the beginning of one time to the end of another.

    Args:
        since: ISO 8601: a month, day or time; None leaves it open.
        until: The same; the day or month that is named is part of the period.

    Raises:
        UsageError: One is not such a time, or they are in the wrong order.
    """
    first = None if since is None else parse_acquired(since, "`since`").span
    last = None if until is None else parse_acquired(until, "`until`").span
    if first and last and first.first >= last.last:
        raise UsageError(f"`until`: {until} is before `since` {since}")
    return first and first.first, last and last.last - timedelta(seconds=1)


def search_catalogue(
    catalogue: str | os.PathLike[str], wanted: Wanted, progress: Progress = lambda _done, _all: None
) -> SearchResult:
    """Search a STAC API, a collection of one, a static catalogue or a file of items.

    Nothing but the server of that address, or the files of that path and what they link to, is asked: what
    an item says is taken as it is, and none of its assets is opened.

    Args:
        catalogue: Its address, or a path.
        wanted: What for.
        progress: Called with how many questions were asked, or documents read, and how many there are so far.

    Raises:
        UsageError: It is not an address or path.
        CatalogueError: The catalogue itself cannot be read.
    """
    root = os.fspath(catalogue)
    if not is_web(root) and not Path(root).is_file():
        raise UsageError(f"{root}: no such file; give `catalogue` as an address (https://...) or a file")
    problems: list[str] = []
    boxes = [box for place in wanted.places for box in _boxes(place.area)]
    tree = shapely.STRtree([place.area for place in wanted.places])
    items: dict[str, CatalogueItem] = {}
    asked = Asked(boxes, wanted.during)
    for listed in listed_items(CatalogueReader(root), asked, problems, progress):
        try:
            item = _item(listed, wanted, tree)
        except HardstandError as reason:
            problems.append(str(reason))
            continue
        if item is None:
            continue
        first = items.setdefault(item.identifier, item)
        ours, theirs = (each.contents.get("collection") for each in (item, first))
        if ours != theirs:
            problems.append(
                f"{root}: lists {item.identifier} in {theirs} and in {ours}; that of {theirs} is taken"
            )
    problems = list(dict.fromkeys(problems))
    return SearchResult(sorted(items.values(), key=_order), problems)


def write_items(items: Sequence[CatalogueItem], path: str | os.PathLike[str], *, overwrite: bool) -> None:
    """Write items as GeoJSON: a file of STAC items, which all commands take.

    Raises:
        OutputExists: The file is there and ``overwrite`` was not given.
        OutputUnwritable: The folder does not exist or cannot be written.
    """
    document = {"type": "FeatureCollection", "features": [item.contents for item in items]}
    with whole_file(path, overwrite=overwrite) as part:
        part.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def _order(item: CatalogueItem) -> tuple[datetime, str]:
    return item.acquired.time or datetime.min.replace(tzinfo=UTC), item.identifier


def _boxes(area: shapely.MultiPolygon) -> list[tuple[float, float, float, float]]:
    """Return the bounds of an area, on both sides of the antimeridian where it lies on both."""
    west, south, east, north = area.bounds
    if east - west <= 180:
        return [(west, south, east, north)]
    sides = [[part for part in area.geoms if (part.bounds[0] < 0) == side] for side in (True, False)]
    return [shapely.MultiPolygon(side).bounds for side in sides if side]


def _item(listed: ListedItem, wanted: Wanted, tree: shapely.STRtree) -> CatalogueItem | None:
    """Return an item as it goes into the result; None if it is not wanted.

    Raises:
        SceneError: It cannot be used, or does not say where or when.
    """
    name = listed.name
    contents = checked_contents(name, listed.contents)
    identifier = contents.get("id")
    if not isinstance(identifier, str) or not identifier:
        raise SceneError(f"{name}: not a STAC item (it has no id)")
    shown = sorted(tree.query(_footprint(name, contents), predicate="intersects").tolist())
    if not shown:
        return None
    statement = item_statement(name, contents)
    if statement.damage:
        raise SceneError(f"{name}: {statement.damage}; it is left out")
    acquired = statement.acquired or Acquisition(None, "unknown", None)
    span = statement.span or acquired.span
    if span is None:
        raise SceneError(f"{name}: does not say when it was taken; it is left out")
    cloud = None if statement.cloud_share is None else 100 * statement.cloud_share
    gsd_m = _gsd_m(contents)
    if (
        not _is_during(span, wanted.during)
        or (cloud is not None and wanted.max_cloud is not None and cloud > wanted.max_cloud)
        or (gsd_m is not None and wanted.max_gsd_m is not None and gsd_m > wanted.max_gsd_m)
    ):
        return None
    airfields = tuple(icao for index in shown if (icao := wanted.places[index].icao) is not None)
    whole = _with_whole_addresses(listed, contents, airfields)
    return CatalogueItem(identifier, acquired, statement.sensor, gsd_m, cloud, airfields, whole)


def _footprint(name: str, contents: Json) -> shapely.Geometry:
    try:
        footprint = shapely.make_valid(shapely.from_geojson(json.dumps(contents.get("geometry"))))
        west, south, east, north = shapely.bounds(footprint)
        on_earth = -360 <= west <= east <= 360 and -90 <= south <= north <= 90  # false of NaN, where empty
    except (ShapelyError, ValueError, TypeError, RecursionError):
        on_earth = False
    if not on_earth:
        raise SceneError(f"{name}: its geometry is not a footprint on Earth; it is left out")
    return footprint


def _is_during(span: Span, during: tuple[datetime | None, datetime | None]) -> bool:
    first, last = during
    return (first is None or span.last > first) and (last is None or span.first <= last)


def _gsd_m(contents: Json) -> float | None:
    """Return the finest GSD that an item or its assets state."""
    stated = [asset.get("gsd") for asset in contents["assets"].values()]
    stated.append((contents.get("properties") or {}).get("gsd"))
    sizes = [value for value in stated if isinstance(value, int | float) and not isinstance(value, bool)]
    return min((float(value) for value in sizes if 0 < value < float("inf")), default=None)


def _with_whole_addresses(listed: ListedItem, contents: Json, airfields: Sequence[str]) -> Json:
    """Return an item that can be read anywhere, with its airfields; assets that lie nowhere are left out.

    Raises:
        SceneError: None of them is left.
    """
    assets, reason = {}, SceneError(f"{listed.name}: has no assets; it is left out")
    for key, asset in contents["assets"].items():
        href = asset.get("href")
        if isinstance(href, str) and href:
            try:
                assets[key] = {**asset, "href": _whole(resolved_href(listed.address, key, href))}
            except SceneError as wrong:
                reason = wrong
    if not assets:
        raise reason
    properties = {**(contents.get("properties") or {}), AIRFIELDS: list(airfields)}
    links = [{"rel": "self", "href": _whole(listed.address), "type": "application/geo+json"}]
    whole = {**contents, "properties": properties, "links": links, "assets": assets}
    try:
        json.dumps(whole, allow_nan=False)
    except ValueError:
        raise SceneError(f"{listed.name}: holds a number that is none in JSON; it is left out") from None
    return whole


def _whole(href: str) -> str:
    return href if "://" in href else str(Path(href).absolute())
