"""The candidates files that a user names, one by one or by their folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from imagery.errors import UsageError


def candidates_files(places: Iterable[str]) -> list[Path]:
    """The candidates files that some files and folders name.

    Raises:
        UsageError: A place is not there, or a folder holds none.
    """
    found: dict[Path, None] = {}
    for place in map(Path, places):
        if place.is_dir():
            inside = sorted(place.glob("*.geojson"))
            if not inside:
                raise UsageError(
                    f"{place}: no candidates files in it; make some with `hardstand detect -o {place}`"
                )
            found |= dict.fromkeys(inside)
        elif place.exists():
            found[place] = None
        else:
            raise UsageError(f"{place}: no such file or folder; check the path")
    return list(found)
