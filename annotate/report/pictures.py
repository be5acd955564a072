"""Chips of the log inside the page: as they were logged or not at all, and each only once."""

from __future__ import annotations

import base64
import io
import math
from pathlib import Path
from typing import NamedTuple

from PIL import Image, UnidentifiedImageError

from annotate.export.redaction import Redaction
from annotate.log.chips import hash_of_chip
from annotate.log.entry import Sighting

KEPT_BYTES = 24_000  # a picture no larger than this goes in as it is
# With so many sightings at most: the larger side of chips and of surroundings in pixels, and JPEG's quality.
# A page of 2,000 sightings stays below 60 MB.
DETAIL = ((100, 512, 768, 85), (500, 320, 512, 78))
LEAST_DETAIL = (224, 320, 68)


class Picture(NamedTuple):
    """A picture of the page.

    Attributes:
        number: Among the page's pictures.
        width: In pixels, as embedded.
        height: In pixels, as embedded.
        across_m: What its width is on the ground; None where unknown.
        reduced: Whether it was made smaller or coarser than the log's own.
        sha256: Of the log's own and its world file.
    """

    number: int
    width: int
    height: int
    across_m: float | None
    reduced: bool
    sha256: str


class Missing(NamedTuple):
    """Why there is no picture."""

    why: str


class Mark(NamedTuple):
    """Where the chip lies in the surroundings, in percent of their width and height."""

    x: float
    y: float
    width: float
    height: float


class Shown(NamedTuple):
    """The pictures of one sighting."""

    chip: Picture | Missing
    surroundings: Picture | Missing
    mark: Mark | None


class Pictures:
    """The page's pictures, collected while its text is made."""

    def __init__(self, folder: Path | None, sightings: int, redaction: Redaction) -> None:
        """Read chips from a folder.

        Args:
            folder: The log's chips; None where there are none.
            sightings: How many will be shown: the more, the smaller each picture.
            redaction: What is not told.
        """
        self.addresses: list[str] = []
        self._folder, self._redaction = folder, redaction
        self._known: dict[tuple[str, int], Picture] = {}
        chip_px, surroundings_px, self._quality = next(
            (detail for most, *detail in DETAIL if sightings <= most), LEAST_DETAIL
        )
        self._chip_px, self._surroundings_px = chip_px, surroundings_px

    def of(self, sighting: Sighting) -> Shown:
        """The chip and the surroundings of a sighting."""
        if sighting.evidence != "seen":
            none = Missing("not from an image of the log")
            return Shown(none, none, None)
        chip = self._picture(sighting.chip, sighting.chip_sha256, self._chip_px)
        around = self._picture(sighting.surroundings, sighting.surroundings_sha256, self._surroundings_px)
        near, far = self._world(sighting.chip, chip), self._world(sighting.surroundings, around)
        if isinstance(chip, Picture) and near and sighting.gsd_m:
            chip = chip._replace(across_m=near.width * sighting.gsd_m)
            if isinstance(around, Picture) and far:
                # Both are in the scene's CRS, so its unit cancels.
                around = around._replace(across_m=far.width * sighting.gsd_m * far.pixel / near.pixel)
        return Shown(chip, around, _mark(near, far) if near and far else None)

    def _picture(self, name: str | None, sha256: str | None, largest_px: int) -> Picture | Missing:
        if name is None or sha256 is None:
            return Missing("the log has none")
        known = self._known.get((sha256, largest_px))
        if known:
            return known
        read = self._as_logged(name, sha256)
        if isinstance(read, Missing):
            return read
        try:
            address, width, height, reduced = _embedded(read, largest_px, self._quality)
        except (UnidentifiedImageError, OSError) as reason:
            return Missing(f"cannot be read: {reason}")
        picture = Picture(len(self.addresses), width, height, None, reduced, sha256)
        self.addresses.append(address)
        self._known[sha256, largest_px] = picture
        return picture

    def _as_logged(self, name: str, sha256: str) -> bytes | Missing:
        """The file's bytes, if it and its world file are what was logged."""
        path = self._path(name)
        try:
            now = hash_of_chip(path.parent, path.name) if path else None
            if path is None or now is None:
                return Missing("the file is not at hand")
            if now != sha256:
                return Missing("the file is NOT the one that was logged: its hash differs")
            return self._redaction.picture(path.read_bytes())
        except OSError as reason:
            return Missing(f"cannot be read: {reason.strerror}")

    def _world(self, name: str | None, picture: Picture | Missing) -> _World | None:
        path = self._path(name) if name and isinstance(picture, Picture) else None
        return _world(path) if path else None

    def _path(self, name: str) -> Path | None:
        # A name in a log is no path: it may not lead out of the folder.
        return None if self._folder is None or Path(name).name != name else self._folder / name


class _World(NamedTuple):
    """Where a picture lies: its six numbers in the order of a world file, and its size in pixels."""

    numbers: tuple[float, ...]
    width: int
    height: int

    @property
    def pixel(self) -> float:
        """Length of a pixel's upper edge, in units of the CRS."""
        return math.hypot(self.numbers[0], self.numbers[1])

    def to_map(self, col: float, row: float) -> tuple[float, float]:
        a, d, b, e, x, y = self.numbers  # x, y is the middle of the first pixel
        col, row = col - 0.5, row - 0.5
        return a * col + b * row + x, d * col + e * row + y

    def to_pixel(self, x: float, y: float) -> tuple[float, float]:
        a, d, b, e, x_first, y_first = self.numbers
        x, y = x - x_first, y - y_first
        scale = a * e - b * d
        return (e * x - b * y) / scale + 0.5, (a * y - d * x) / scale + 0.5


def _world_file(path: Path) -> Path:
    return path.with_suffix(".pgw")


def _world(path: Path) -> _World | None:
    try:
        numbers = tuple(float(word) for word in _world_file(path).read_text(encoding="ascii").split())
        with Image.open(path) as image:
            return _World(numbers, *image.size) if len(numbers) == 6 else None
    except (OSError, ValueError):
        return None


def _mark(near: _World, far: _World) -> Mark:
    corners = [(0, 0), (near.width, 0), (near.width, near.height), (0, near.height)]
    cols, rows = zip(*(far.to_pixel(*near.to_map(*corner)) for corner in corners), strict=True)
    return Mark(
        round(100 * min(cols) / far.width, 2),
        round(100 * min(rows) / far.height, 2),
        round(100 * (max(cols) - min(cols)) / far.width, 2),
        round(100 * (max(rows) - min(rows)) / far.height, 2),
    )


def _embedded(data: bytes, largest_px: int, quality: int) -> tuple[str, int, int, bool]:
    """A ``data:`` address, its width and height, and whether it is less than ``data``."""
    with Image.open(io.BytesIO(data)) as image:
        if len(data) <= KEPT_BYTES and max(image.size) <= largest_px and image.format == "PNG":
            return _address("png", data), *image.size, False
        smaller = image.convert("RGB")
    smaller.thumbnail((largest_px, largest_px))
    buffer = io.BytesIO()
    smaller.save(buffer, "JPEG", quality=quality, optimize=True)
    return _address("jpeg", buffer.getvalue()), *smaller.size, True


def _address(kind: str, data: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"
