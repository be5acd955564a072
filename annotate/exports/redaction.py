"""What is left out of a public export: analysts, local files, private notes, identifiers, exact positions."""

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
from annotate.log.payload import UnreadableEntry
from annotate.log.public_ids import PublicIds
from annotate.log.stops import stop_of, stop_text
from annotate.log.store import Log, LoggedEntry
from imagery.errors import UsageError
from imagery.grid import LonLat
from imagery.measures import DEGREE_M

STRUCK, FILE_STRUCK = "[analyst]", "[file]"
SHORTEST_NAME = 3  # of a part of an address; shorter ones are words, too
# Free text, which may hold a name or a path.
_TEXTS = ("because", "note", "type_reason", "reasoning", "source", "project")
_PATH = re.compile(
    r"""(?<![^\s("'\[<=])(?:file:/*|~|[A-Za-z]:)?[/\\][^\s"'<>]*[/\\][^\s"'<>]*[^\s"'<>,;:.)\]]"""
)
# Canonical JSON, in which a quotation mark within a text has a backslash before it.
_ANALYST = re.compile(r'"(?:analyst|by)":("(?:[^"\\]|\\.)*")')
_FILE = re.compile(r'"(?:path|scene_path|source_file)":("(?:[^"\\]|\\.)*")')
# Chunks of a PNG that its pixels need. Others may say who made it and with what, except the one that
# `annotate.log.chips` writes; so a chip of the log is not changed, and its hash is still the log's.
_PICTURE_CHUNKS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
_CRS_OF_CHIP = re.compile(rb"tEXtComment\0(CRS EPSG:\d+|no place on Earth)")


@dataclass(frozen=True)
class Redaction:
    """What is left out of entries. The default leaves out nothing.

    Attributes:
        public: Leave out the analysts' names, paths and names of local files, and notes marked private.
        round_m: Place positions on a grid with a spacing of so many metres; None leaves them as they are.
        analysts: Names that are struck from texts where ``public``, see `struck_names`.
        files: Names of files that are struck, too.
        ids: Identifiers as they are published; None where they stay.
    """

    public: bool = False
    round_m: float | None = None
    analysts: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()
    ids: PublicIds | None = None

    def sighting(self, sighting: Sighting) -> Sighting:
        """Return a sighting without what is left out.

        Rounding adds to its position error. Its place in the scene is left out too, as the scene's own
        position would give the exact one away.
        """
        changes: dict[str, Any] = {}
        if self.public:
            changes = {**self._people_and_files(sighting), "scene_path": None}
            for name in ("verdict_id", "chip", "surroundings"):
                changes[name] = self._id(getattr(sighting, name))
        if self.round_m is not None:
            changes |= {"center_px": None, "box_px": None}
            if sighting.lon is not None and sighting.lat is not None:
                lon, lat = rounded_position(sighting.lon, sighting.lat, self.round_m)
                error = (sighting.position_error_m or 0.0) + self.round_m / math.sqrt(2)
                changes |= {"lon": lon, "lat": lat, "position_error_m": round(error, 1)}
        return replace(sighting, **changes) if changes else sighting

    def movement(self, movement: Movement) -> Movement:
        """Return a movement without what is left out; its airfields are public knowledge, strips are not."""
        changes: dict[str, Any] = self._people_and_files(movement) if self.public else {}
        if self.public:
            changes["rests_on"] = tuple(map(self.published_id, movement.rests_on))
        if self.public or self.round_m is not None:
            changes["places"] = tuple(map(self._stop, movement.places))
        return replace(movement, **changes) if changes else movement

    def _stop(self, place: str) -> str:
        """Return a place of a movement, a strip without what is left out."""
        stop = stop_of(place)
        if stop.icao is not None:
            return place if self.round_m is None else stop.icao
        name = self.text(stop.name)
        if stop.lonlat is None:
            return name
        lonlat = stop.lonlat
        if self.round_m is not None:
            lonlat = LonLat(*rounded_position(*lonlat, self.round_m))
        return stop_text(None if stop.name == place else name, lonlat)

    def picture(self, png: bytes) -> bytes:
        """Return a PNG file without its metadata where ``public``; a chip that the log cut stays as it is."""
        return b"".join(_without_metadata(png)) if self.public else png

    def _people_and_files(self, entry: Sighting | Movement) -> dict[str, Any]:
        """Return the new values of the members that name people and local files."""
        texts = {name: text for name in _TEXTS if (text := getattr(entry, name, None)) is not None}
        if entry.private:
            texts.pop("note", None)
        changes: dict[str, Any] = {"note": None} | {name: self.text(text) for name, text in texts.items()}
        changes["source_url"], changes["archive_url"] = map(
            _public_address, (entry.source_url, entry.archive_url)
        )
        changes |= {name: self._id(getattr(entry, name)) for name in ("id", "supersedes")}
        signer = STRUCK if entry.signed_by else None
        return changes | {"analyst": "", "source_file": None, "signed_by": signer}

    def logged(self, text: str) -> str:
        """Return an identifier, or the name of a chip, as the log has it."""
        return text if self.ids is None else self.ids.logged(text)

    def published_id(self, text: str) -> str:
        """Return a text with the identifiers that are published; the text itself where they stay."""
        return text if self.ids is None else self.ids.published(text)

    def _id(self, text: str | None) -> str | None:
        return None if text is None else self.published_id(text)

    def text(self, text: str) -> str:
        """Return a text without names of people and files where ``public``."""
        if not self.public:
            return text
        text = self.published_id(_PATH.sub(FILE_STRUCK, text))
        for names, struck in ((self._files, FILE_STRUCK), (self._names, STRUCK)):
            text = text if names is None else names.sub(struck, text)
        return text

    @cached_property
    def _names(self) -> re.Pattern[str] | None:
        return _any_of(self.analysts)

    @cached_property
    def _files(self) -> re.Pattern[str] | None:
        return _any_of(self.files)


def redaction_for(log: Log, *, public: bool, round_m: float | None = None) -> Redaction:
    """Return the redaction of a log's entries.

    Args:
        log: An open log.
        public: See `Redaction`.
        round_m: See `Redaction`.

    Raises:
        UsageError: ``round_m`` is not above 0.
    """
    if round_m is not None and not round_m > 0:
        raise UsageError(f"`round_m`: {round_m} is not a distance above 0")
    if not public:
        return Redaction(round_m=round_m)
    return Redaction(public, round_m, *struck_names(log), log.public_ids())


def struck_names(log: Log) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names in a log: those of analysts, and those of files.

    Of analysts they are whole, and the parts of the local part of an address. Of files only those with a
    suffix are returned, as others are words that mean something else elsewhere.

    Raises:
        UnreadableEntry: An entry has no payload.
    """
    analysts: dict[str, str] = {}
    files: dict[str, str] = {}
    for entry in log.entries():
        if not isinstance(entry.payload, str):  # a database that a stranger made may hold anything
            raise UnreadableEntry(entry.seq, "its payload is not text")
        _read_texts(_ANALYST, entry, analysts)
        _read_texts(_FILE, entry, files)
    names = {name for text in analysts.values() for name in text.split(", ") if name}
    local_parts = {name.partition("@")[0] for name in names}
    parts = {part for name in local_parts for part in (name, *re.split(r"[\W_]+", name))}
    names |= {part for part in parts if len(part) >= SHORTEST_NAME and not part.isdigit()}
    # What follows the last slash of either kind.
    return frozenset(names), frozenset(
        path.name for path in map(PureWindowsPath, files.values()) if PureWindowsPath(path.name).suffix
    )


def _read_texts(pattern: re.Pattern[str], entry: LoggedEntry, known: dict[str, str]) -> None:
    """Add the texts of a payload that a pattern finds to those known, by how JSON writes them.

    Raises:
        UnreadableEntry: One is not a text, so the payload is not JSON.
    """
    for text in set(pattern.findall(entry.payload)) - known.keys():
        try:
            known[text] = json.loads(text)
        except ValueError as reason:
            raise UnreadableEntry(entry.seq, f"its payload is not JSON ({reason})") from None


def rounded_position(lon: float, lat: float, metres: float) -> tuple[float, float]:
    """Return the nearest point of a grid on Earth whose points lie so many metres apart.

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


def _any_of(names: frozenset[str]) -> re.Pattern[str] | None:
    """Return a pattern of whole names, the longest first; None without any."""
    alternatives = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    return re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)", re.IGNORECASE) if names else None


def _public_address(address: str | None) -> str | None:
    """Return an address that names a server; None for a local file."""
    return address if address and urlsplit(address).scheme not in {"", "file"} else None


def _without_metadata(png: bytes) -> Iterator[bytes]:
    """Yield the signature and the chunks that a picture needs (https://www.w3.org/TR/png-3/#5Chunk-layout)."""
    yield png[:8]
    start = 8
    while start < len(png):
        end = start + 12 + int.from_bytes(png[start : start + 4])
        name_and_data = png[start + 4 : end - 4]
        if name_and_data[:4] in _PICTURE_CHUNKS or _CRS_OF_CHIP.fullmatch(name_and_data):
            yield png[start:end]
        start = end
