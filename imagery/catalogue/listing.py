"""The items of a catalogue: of an API asked page by page, of a static one by following its links."""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any, NamedTuple

import pystac
import shapely
from pystac.utils import make_absolute_href
from pystac_client import Client
from pystac_client.conformance import ConformanceClasses
from pystac_client.exceptions import APIError

from imagery.catalogue.asking import CatalogueReader, CatalogueSpent
from imagery.errors import CatalogueError

PAGE = 100  # items
MOST_PAGES = 500  # of one question
MOST_FAILURES = 3  # of one question after the other
Json = dict[str, Any]
Progress = Callable[[int, int], None]
# What strangers' documents make pystac and pystac_client raise.
_NONSENSE = (
    *(APIError, pystac.STACError, pystac.STACTypeError, LookupError, TypeError, ValueError, AttributeError),
    RecursionError,
)


class ListedItem(NamedTuple):
    """An item as a catalogue lists it.

    Attributes:
        contents: What is listed; may be anything.
        address: Of its own document, or else of the one that lists it; what it links to is relative to that.
        name: What messages call it.
    """

    contents: Any
    address: str
    name: str


class Asked(NamedTuple):
    """What a catalogue is asked for.

    Attributes:
        boxes: West, south, east and north in degrees, west of which is less than east.
        during: When scenes were taken; None for an end that is open.
    """

    boxes: Sequence[tuple[float, float, float, float]]
    during: tuple[datetime | None, datetime | None]


def listed_items(
    reader: CatalogueReader, asked: Asked, problems: list[str], progress: Progress = lambda _done, _all: None
) -> Iterator[ListedItem]:
    """List the items of a catalogue that may lie in some boxes and be of some time.

    Args:
        reader: Of the catalogue: a STAC API, one of its collections, a static catalogue or collection, an
            item or a file of items.
        asked: For what. A catalogue may list more than that, and the same item several times.
        problems: What could not be listed is added to it, a line each.
        progress: Called with how many questions were asked, or documents read, and how many there are so far.

    Yields:
        The items as they come.

    Raises:
        CatalogueError: The catalogue itself cannot be read.
    """
    root = reader.document(reader.root)
    if root.get("type") not in ("Catalog", "Collection", "Feature", "FeatureCollection"):
        raise CatalogueError(f"{reader.root}: not a STAC catalogue (its type is {root.get('type')!r})")
    pages = _questions(reader, root, asked)
    if pages is None:
        yield from _walked(reader, root, asked, problems, progress)
        return
    failures = 0
    for number, of_box in enumerate(pages):
        progress(number, len(pages))
        try:
            yield from _paged(reader.root, of_box, problems)
            failures = 0
        except CatalogueError as reason:
            problems.append(str(reason))
            failures += 1
            if failures == MOST_FAILURES or isinstance(reason, CatalogueSpent):
                return


def _questions(reader: CatalogueReader, root: Json, asked: Asked) -> list[Iterator[Json]] | None:
    """Return the pages for each box, of an API or a collection of one; None of a static catalogue."""
    with _no_nonsense(reader.root):
        if _is_api(root):
            client = Client.open(reader.root, stac_io=reader)
            return [
                client.search(bbox=box, datetime=_period(asked), limit=PAGE).pages_as_dicts()
                for box in asked.boxes
            ]
        address = _items_link(root, reader.root)
    if address is None:
        return None
    period = {"datetime": when} if (when := _period(asked)) else {}
    return [
        reader.get_pages(address, parameters={"bbox": ",".join(map(str, box)), "limit": PAGE, **period})
        for box in asked.boxes
    ]


@contextmanager
def _no_nonsense(name: str) -> Iterator[None]:
    """Turn what a document that is not as it should be makes pystac raise into one kind of error."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as that a version is old
            yield
    except CatalogueError:
        raise
    except _NONSENSE as reason:
        detail = " ".join(str(reason).split())[:120] or type(reason).__name__
        raise CatalogueError(f"{name}: answers what is not STAC ({detail})") from None


def _is_api(root: Json) -> bool:
    classes = root.get("conformsTo")
    listed = [text for text in classes if isinstance(text, str)] if isinstance(classes, list) else []
    return any(ConformanceClasses.ITEM_SEARCH.pattern.match(text) for text in listed)


def _items_link(root: Json, address: str) -> str | None:
    """Return where a collection of an API lists its items; None where it is a static one."""
    links = root.get("links") if root.get("type") == "Collection" else None
    for link in links if isinstance(links, list) else ():
        if isinstance(link, dict) and link.get("rel") == "items" and isinstance(link.get("href"), str):
            return make_absolute_href(link["href"], address, start_is_dir=False)
    return None


def _period(asked: Asked) -> str | None:
    if asked.during == (None, None):
        return None
    return "/".join(time.strftime("%Y-%m-%dT%H:%M:%SZ") if time else ".." for time in asked.during)


def _paged(name: str, pages: Iterator[Json], problems: list[str]) -> Iterator[ListedItem]:
    """Yield the items of pages, as long as there are new ones in them."""
    seen = set[str]()
    for number in count(1):
        with _no_nonsense(name):
            page = next(pages, None)
        if page is None:
            return
        features = page.get("features")
        if not isinstance(features, list):
            raise CatalogueError(f"{name}: answers what is not STAC (a page without items)")
        yield from (_member(feature, name) for feature in features)
        known = len(seen)
        seen |= {f"{f.get('collection')} {f.get('id')}" for f in features if isinstance(f, dict)}
        if len(seen) == known:
            problems.append(f"{name}: lists the same items again and again; page {number} is the last read")
            return
        if number == MOST_PAGES:
            problems.append(f"{name}: has more than {number} pages; ask for a shorter time or a smaller area")
            return


def _member(feature: Any, address: str) -> ListedItem:
    """Return an item of a page or file of items, which may say where its own document is."""
    contents = feature if isinstance(feature, dict) else {}
    links = contents.get("links")
    for link in links if isinstance(links, list) else ():
        if isinstance(link, dict) and link.get("rel") == "self" and isinstance(link.get("href"), str):
            own = make_absolute_href(link["href"], address, start_is_dir=False)
            return ListedItem(feature, own, own)
    return ListedItem(feature, address, f"{address}#{contents.get('id')}")


def _walked(
    reader: CatalogueReader, root: Json, asked: Asked, problems: list[str], progress: Progress
) -> Iterator[ListedItem]:
    """Follow the links of a static catalogue; what cannot be read is passed over."""
    waiting: deque[tuple[str, Json | None]] = deque([(reader.root, root)])
    seen = {reader.root}
    while waiting:
        href, document = waiting.popleft()
        progress(len(seen) - len(waiting) - 1, len(seen))
        try:
            contents = reader.document(href) if document is None else document
            if contents.get("type") == "Feature":
                yield ListedItem(contents, href, href)
            elif contents.get("type") == "FeatureCollection":
                features = contents.get("features")
                yield from (_member(each, href) for each in (features if isinstance(features, list) else ()))
            else:
                with _no_nonsense(href):
                    new = [link for link in _links(contents, href, asked) if link not in seen]
                seen.update(new)
                waiting.extend((link, None) for link in new)
        except CatalogueSpent:
            raise
        except CatalogueError as reason:
            problems.append(str(reason))


def _links(document: Json, href: str, asked: Asked) -> list[str]:
    """Return where the children and items of a catalogue are; of a collection that can have none, nothing."""
    node: pystac.Catalog
    if document.get("type") == "Collection":
        node = pystac.Collection.from_dict(document, href=href)
        if not _may_hold(node.extent, asked):
            return []
    else:
        node = pystac.Catalog.from_dict(document, href=href)
    links = (link for link in node.links if link.rel in (pystac.RelType.CHILD, pystac.RelType.ITEM))
    # A catalogue is seldom of one folder alone, and lists its parent too.
    return list(dict.fromkeys(make_absolute_href(link.href, href, start_is_dir=False) for link in links))


def _may_hold(extent: pystac.Extent, asked: Asked) -> bool:
    """Check whether a collection can have an item in one of the boxes and of the time."""
    first, last = asked.during
    spans = [tuple(time and time.astimezone(UTC) for time in span) for span in extent.temporal.intervals]
    if spans and not any(
        (begin is None or last is None or begin <= last) and (end is None or first is None or end >= first)
        for begin, end in spans
    ):
        return False
    wanted = shapely.union_all([shapely.box(*box) for box in asked.boxes])
    bounds = [_flat(box) for box in extent.spatial.bboxes]
    return not bounds or any(
        west > east or shapely.intersects(shapely.box(west, south, east, north), wanted)
        for west, south, east, north in bounds
    )


def _flat(bounds: Sequence[float]) -> tuple[float, float, float, float]:
    """Return west, south, east, north of bounds that may have heights."""
    values = list(map(float, bounds))
    west, south, east, north = values if len(values) == 4 else (*values[:2], *values[3:5])
    return west, south, east, north
