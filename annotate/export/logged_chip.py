"""A sighting's chip: a picture and where its pixels lie, as they were logged, or not at all."""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path
from typing import NamedTuple

from affine import Affine

from imagery.record import joined_hash


class LoggedChip(NamedTuple):
    """A chip that is what was logged.

    Attributes:
        picture: The PNG file.
        world_file: The file that says where its pixels lie.
    """

    picture: bytes
    world_file: bytes

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, from the PNG's first chunk."""
        width, height = struct.unpack(">II", self.picture[16:24])
        return width, height

    @property
    def to_map(self) -> Affine:
        """From its pixels, (0, 0) being the outer corner, to map coordinates.

        Raises:
            ValueError: The world file has not six numbers.
        """
        a, d, b, e, c, f = map(float, self.world_file.split())  # c and f are the middle of the first pixel
        return Affine(a, b, c - (a + b) / 2, d, e, f - (d + e) / 2)


class NoChip(NamedTuple):
    """Why there is no chip, in words."""

    why: str


def logged_chip(folder: Path | None, name: str | None, sha256: str | None) -> LoggedChip | NoChip:
    """Read a chip. Each of its files is opened once: what is given is what was hashed.

    Args:
        folder: The log's chips; None where that is not known.
        name: The chip's, as the log has it; None where it has none.
        sha256: Its hash there, as `annotate.log.chips.hash_of_chip` takes it.
    """
    if name is None or sha256 is None:
        return NoChip("the log has none")
    path = chip_path(folder, name)
    if path is None:
        return NoChip("the file is not at hand")
    try:
        chip = LoggedChip(path.read_bytes(), path.with_suffix(".pgw").read_bytes())
    except FileNotFoundError:
        return NoChip("the file is not at hand")
    except OSError as reason:
        return NoChip(f"cannot be read: {reason.strerror}")
    if joined_hash([hashlib.sha256(file).hexdigest() for file in chip]) != sha256:
        return NoChip("the file is NOT the one that was logged: its hash differs")
    return chip


def chip_path(folder: Path | None, name: str) -> Path | None:
    """Where a chip should be; None where that cannot be told. A name may not lead out of the folder."""
    return None if folder is None or Path(name).name != name else folder / name
