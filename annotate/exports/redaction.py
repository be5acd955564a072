"""What stays out of what is published: who said it, where files lie, private notes, exact places."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PureWindowsPath
from typing import Any
from urllib.parse import urlsplit

from annotate.log.entries import Movement, Sighting
from annotate.log.store import Log

DEGREE_M = 111_195.0  # of latitude, on a sphere of 6,371 km
STRUCK = "[analyst]"
SHORTEST_NAME = 3  # of a part of an address; shorter ones are words, too
# Fields in which somebody writes, so that they may hold a name or a path.
_WORDS = ("because", "note", "type_reason", "reasoning", "source", "project")
_PATH = re.compile(r"""(?<![^\s("'\[<=])(?:file:/*|~|[A-Za-z]:)?[/\\][^\s"'<>]*[/\\][^\s"'<>]+""")
_ANALYST = re.compile(r'"analyst":("(?:[^"\\]|\\.)*")')
# Chunks of a PNG that its pixels need. Others may say who made it and with what, except the one that
# `annotate.log.chips` writes; so a chip as the log has it stays as it is, and its hash is still the log's.
_PICTURE_CHUNKS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
_CRS_OF_CHIP = re.compile(rb"tEXtComment\0(CRS EPSG:\d+|no place on Earth)")


@dataclass(frozen=True)
class Redaction:
    """What is not told. The default tells all.

    Attributes:
        public: Leave out who said it, where files lie on a disk, and notes marked private.
        round_m: Place positions on a grid of so many metres; None leaves them as they are.
        analysts: Names that are struck out of texts where ``public``, see `analysts_of`.
    """

    public: bool = False
    round_m: float | None = None
    analysts: frozenset[str] = frozenset()

    def sighting(self, sighting: Sighting) -> Sighting:
        """A sighting without what is not told of it.

        Rounding adds to its position error. Its place in the scene goes, too: with the scene's own position
        it would say where it was.
        """
        told: dict[str, Any] = {}
        if self.public:
            path = sighting.scene_path
            told = self._people_and_paths(sighting)
            told["scene_path"] = None if path is None else _file_name(path)
        if self.round_m is not None:
            told |= {"center_px": None, "box_px": None}
            if sighting.lon is not None and sighting.lat is not None:
                lon, lat = rounded(sighting.lon, sighting.lat, self.round_m)
                error = (sighting.position_error_m or 0.0) + self.round_m / math.sqrt(2)
                told |= {"lon": lon, "lat": lat, "position_error_m": round(error, 1)}
        return replace(sighting, **told) if told else sighting

    def movement(self, movement: Movement) -> Movement:
        """A movement without what is not told of it; its airfields are known to all."""
        return replace(movement, **self._people_and_paths(movement)) if self.public else movement

    def picture(self, png: bytes) -> bytes:
        """A PNG file without what is not told of it; a chip that the log cut stays as it is."""
        return b"".join(_without_metadata(png)) if self.public else png

    def _people_and_paths(self, entry: Sighting | Movement) -> dict[str, Any]:
        """What becomes of the members that say who said it and where files lie."""
        words = {name: text for name in _WORDS if (text := getattr(entry, name, None)) is not None}
        if entry.private:
            words.pop("note", None)
        told: dict[str, Any] = {"note": None} | {name: self._struck(text) for name, text in words.items()}
        told["source_url"], told["archive_url"] = map(_public_address, (entry.source_url, entry.archive_url))
        return told | {"analyst": "", "source_file": None}

    def _struck(self, text: str) -> str:
        text = _PATH.sub(lambda path: _file_name(path[0]), text)
        return text if self._names is None else self._names.sub(STRUCK, text)

    @cached_property
    def _names(self) -> re.Pattern[str] | None:
        if not self.analysts:
            return None
        names = "|".join(map(re.escape, sorted(self.analysts, key=len, reverse=True)))
        return re.compile(rf"(?<!\w)(?:{names})(?!\w)", re.IGNORECASE)


def analysts_of(log: Log) -> frozenset[str]:
    """Everybody who ever said something in the log: whole names, and what of an address is a name."""
    # Canonical JSON, in which a quotation mark within a text has a backslash before it.
    said = {found for entry in log.entries() for found in _ANALYST.findall(entry.payload)}
    names = {name for text in said for name in json.loads(text).split(", ") if name}
    before = {name.partition("@")[0] for name in names}
    parts = {part for name in before for part in (name, *re.split(r"[\W_]+", name))}
    return frozenset(names | {part for part in parts if len(part) >= SHORTEST_NAME and not part.isdigit()})


def rounded(lon: float, lat: float, metres: float) -> tuple[float, float]:
    """The nearest point of a grid on Earth whose points lie so many metres apart.

    Args:
        lon: Degrees.
        lat: Degrees.
        metres: Between two points of the grid, along a meridian and along a parallel.
    """
    step = metres / DEGREE_M
    row = min(90.0, max(-90.0, round(lat / step) * step))
    # All rows but the poles', which are points, have their own step; it never is wider than the globe.
    across = min(360.0, step / max(math.cos(math.radians(row)), 1e-9))
    column = min(180.0, max(-180.0, round(lon / across) * across))
    return round(column, 7), round(row, 7)


def _file_name(path: str) -> str:
    """What follows the last slash of either kind."""
    return PureWindowsPath(path).name


def _public_address(address: str | None) -> str | None:
    """An address that names a server; None for a file on a disk."""
    return address if address and urlsplit(address).scheme not in {"", "file"} else None


def _without_metadata(png: bytes) -> Iterator[bytes]:
    """The signature and the chunks (https://www.w3.org/TR/png-3/#5Chunk-layout) that a picture needs."""
    yield png[:8]
    start = 8
    while start < len(png):
        end = start + 12 + int.from_bytes(png[start : start + 4])
        name_and_data = png[start + 4 : end - 4]
        if name_and_data[:4] in _PICTURE_CHUNKS or _CRS_OF_CHIP.fullmatch(name_and_data):
            yield png[start:end]
        start = end
