"""The log's chips inside the page: each once, and only if it is the one that was logged."""

from __future__ import annotations

import base64
import io
import math
from pathlib import Path
from typing import NamedTuple

from PIL import Image, UnidentifiedImageError

from annotate.exports.redaction import Redaction
from annotate.log.chips import LoggedChip, NoChip, logged_chip
from annotate.log.entries import Sighting


class Detail(NamedTuple):
    """In what detail the log's pictures go into a page.

    Attributes:
        chip_px: Greatest side of a chip.
        surroundings_px: Greatest side of the surroundings.
        quality: JPEG quality.
        kept_bytes: A picture within these sides and no larger than this goes in unchanged.
    """

    chip_px: int
    surroundings_px: int
    quality: int
    kept_bytes: int


# By the greatest number of sightings. A page of 2,000 is measured in benchmarks/README.md.
DETAIL = ((100, Detail(512, 768, 85, 24_000)), (500, Detail(320, 512, 78, 24_000)))
GROUND_QUALITY = 72  # of whole scenes and stands
LEAST_DETAIL = Detail(224, 256, 65, 0)


class EmbeddedPicture(NamedTuple):
    """A picture of the page.

    Attributes:
        number: Its index among the page's pictures.
        width: In pixels, as embedded.
        height: In pixels, as embedded.
        across_m: Its width on the ground; None where unknown.
        reduced: Whether it is smaller or coarser than the log's own.
    """

    number: int
    width: int
    height: int
    across_m: float | None
    reduced: bool


class ChipOutline(NamedTuple):
    """Where the chip lies in the surroundings, in percent of their width and height."""

    x: float
    y: float
    width: float
    height: float


class SightingPictures(NamedTuple):
    """The pictures of one sighting."""

    chip: EmbeddedPicture | NoChip
    surroundings: EmbeddedPicture | NoChip
    outline: ChipOutline | None


class PagePictures:
    """The page's pictures, collected while its text is made."""

    def __init__(self, folder: Path | None, sightings: int, redaction: Redaction) -> None:
        """Embed no picture yet.

        Args:
            folder: The log's chips; None for a log without.
            sightings: How many will be shown: the more, the smaller each picture.
            redaction: What is left out of the pictures.
        """
        self.addresses: list[str] = []
        self.folder = folder
        self.redaction = redaction
        self._embedded: dict[tuple[str | None, int], EmbeddedPicture] = {}
        self._detail = next((detail for most, detail in DETAIL if sightings <= most), LEAST_DETAIL)

    def of(self, sighting: Sighting) -> SightingPictures:
        """Return the chip and the surroundings of a sighting."""
        if sighting.evidence != "seen":
            missing = NoChip("not from an image of the log")
            return SightingPictures(missing, missing, None)
        near = self._logged(sighting.chip, sighting.chip_sha256)
        far = self._logged(sighting.surroundings, sighting.surroundings_sha256)
        chip = self._picture(near, sighting.chip_sha256, self._detail.chip_px)
        around = self._picture(far, sighting.surroundings_sha256, self._detail.surroundings_px)
        if sighting.gsd_m and isinstance(near, LoggedChip) and isinstance(chip, EmbeddedPicture):
            chip = chip._replace(across_m=near.size[0] * sighting.gsd_m)
            if isinstance(far, LoggedChip) and isinstance(around, EmbeddedPicture):
                # Both are in the scene's CRS, so its unit cancels.
                across = far.size[0] * sighting.gsd_m * _pixel(far) / _pixel(near)
                return SightingPictures(chip, around._replace(across_m=across), _outline(near, far))
        return SightingPictures(chip, around, None)

    def _logged(self, name: str | None, sha256: str | None) -> LoggedChip | NoChip:
        logged_name = None if name is None else self.redaction.logged(name)
        return logged_chip(self.folder, logged_name, sha256)

    def embed(self, image: Image.Image) -> EmbeddedPicture:
        """Take up a picture of the ground, which is no chip of the log."""
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=GROUND_QUALITY, optimize=True)
        self.addresses.append(_address("jpeg", buffer.getvalue()))
        return EmbeddedPicture(len(self.addresses) - 1, *image.size, None, True)

    def _picture(
        self, chip: LoggedChip | NoChip, sha256: str | None, largest_px: int
    ) -> EmbeddedPicture | NoChip:
        if isinstance(chip, NoChip):
            return chip
        embedded = self._embedded.get((sha256, largest_px))
        if embedded:
            return embedded
        try:
            png = self.redaction.picture(chip.picture)
            address, width, height, reduced = _embedded(png, largest_px, self._detail)
        except (UnidentifiedImageError, OSError) as reason:
            return NoChip(f"cannot be read: {reason}")
        picture = EmbeddedPicture(len(self.addresses), width, height, None, reduced)
        self.addresses.append(address)
        self._embedded[sha256, largest_px] = picture
        return picture


def _pixel(chip: LoggedChip) -> float:
    """Return the length of a pixel's upper edge, in units of the CRS."""
    return math.hypot(chip.to_map.a, chip.to_map.d)


def _outline(near: LoggedChip, far: LoggedChip) -> ChipOutline:
    width, height = near.size
    to_far = ~far.to_map @ near.to_map
    corners = (to_far @ corner for corner in ((0, 0), (width, 0), (width, height), (0, height)))
    cols, rows = zip(*corners, strict=True)
    shares = [100 * col / far.size[0] for col in cols], [100 * row / far.size[1] for row in rows]
    (left, right), (top, bottom) = [(min(each), max(each)) for each in shares]
    return ChipOutline(round(left, 2), round(top, 2), round(right - left, 2), round(bottom - top, 2))


def _embedded(data: bytes, largest_px: int, detail: Detail) -> tuple[str, int, int, bool]:
    """Return a ``data:`` address, its width and height, and whether it is reduced."""
    with Image.open(io.BytesIO(data)) as image:
        if len(data) <= detail.kept_bytes and max(image.size) <= largest_px and image.format == "PNG":
            return _address("png", data), *image.size, False
        smaller = image.convert("RGB")
    smaller.thumbnail((largest_px, largest_px))
    buffer = io.BytesIO()
    smaller.save(buffer, "JPEG", quality=detail.quality, optimize=True)
    return _address("jpeg", buffer.getvalue()), *smaller.size, True


def _address(kind: str, data: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"
