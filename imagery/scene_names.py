"""Names of scenes as people give them: patterns, a file of names, a file of STAC items.

A STAC item in a file of several is named by the file and the item's identifier: ``items.geojson#IDENTIFIER``.
"""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from imagery.errors import UsageError
from imagery.json_text import parse_json
from imagery.opening import is_remote
from imagery.stac import ITEMS_BYTES, is_stac, item_id

LIST_SUFFIX = ".txt"


def scene_names(names: Iterable[str]) -> list[str]:
    """Return the scenes that some names stand for, each once, in the order of the names.

    Args:
        names: Of scenes; patterns (``*``, ``?``, ``[...]``, and ``**`` for any folders), which stand for the
            files that match, in order; text files (``.txt``) with a name or pattern per line, relative to
            the working directory; and files of STAC items (a FeatureCollection), which stand for the items.

    Raises:
        UsageError: A pattern matches nothing, or a file of names or items cannot be read or is empty.
    """
    return list(dict.fromkeys(scene for name in names for scene in _named(name)))


def _named(name: str) -> Iterator[str]:
    if not is_remote(name) and name.lower().endswith(LIST_SUFFIX):
        for line in names_in(name, "scene"):
            yield from _matching(line)
    else:
        yield from _matching(name)


def names_in(name: str, noun: str) -> list[str]:
    """Read a text file of names, one per line; empty lines and those that begin with # do not count.

    Args:
        name: Its path.
        noun: What is named, for messages.

    Raises:
        UsageError: It cannot be read, or names nothing.
    """
    try:
        text = Path(name).read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as reason:
        detail = reason.strerror if isinstance(reason, OSError) else "it is not text in UTF-8"
        raise UsageError(f"{name}: cannot be read as a file of names ({detail})") from None
    lines = [line.strip() for line in text.splitlines()]
    names = [line for line in lines if line and not line.startswith("#")]
    if not names:
        raise UsageError(f"{name}: names no {noun}; write one per line")
    return names


def _matching(name: str) -> Iterator[str]:
    """Yield what a name or pattern stands for. A file may have a name that looks like a pattern."""
    if is_remote(name) or name.startswith("/vsi") or not glob.has_magic(name) or Path(name).exists():
        yield from _items(name)
        return
    matches = sorted(glob.glob(name, recursive=True))  # noqa: PTH207 - of pathlib's, none takes any pattern
    if not matches:
        raise UsageError(f"{name}: matches no file; check the pattern")
    for match in matches:
        yield from _items(match)


def _items(name: str) -> Iterator[str]:
    """Yield the items of a file of several; any other name as it is."""
    path = Path(name)
    if is_remote(name) or not is_stac(name) or item_id(name) is not None or not path.is_file():
        yield name
        return
    collection = _collection(path)
    if collection is None:
        yield name
        return
    features = collection.get("features")
    if not isinstance(features, list) or not features:
        raise UsageError(f"{name}: has no STAC items in it")
    for feature in features:
        identifier = feature.get("id") if isinstance(feature, dict) else None
        if not isinstance(identifier, str) or "stac_version" not in feature:
            raise UsageError(f"{name}: not a file of STAC items; give images, or the items of a catalogue")
        yield f"{name}#{identifier}"


def _collection(path: Path) -> dict[str, Any] | None:
    """Read a FeatureCollection; None of what is another file, of which opening says what is wrong."""
    try:
        if path.stat().st_size > ITEMS_BYTES:
            return None
        document = parse_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    several = isinstance(document, dict) and document.get("type") == "FeatureCollection"
    return document if several else None
