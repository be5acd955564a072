"""The record of a scene in candidates files, review tasks and the log: what identifies and describes it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from affine import Affine
from rasterio.crs import CRS

from imagery.acquisition import Precision
from imagery.grid import Grid


@dataclass(frozen=True)
class SceneRecord:
    """The identity and description of a scene; the ``scene`` member of a candidates file.

    Attributes are those of the file format, in its order; None where unknown. ``transform`` has six numbers
    in rasterio's order. Where a scene has ground control points or RPCs only, grid and CRS are those it was
    warped to, and ``warped_from`` says from what.

    ``sha256`` is the hash of the file, for a scene of several files see `hash_files`. ``sha256_covers`` says
    what went into it: ``files`` or, for a scene that was read over a network, ``pixels read`` (see
    `imagery.scene.Scene.read`), which is no hash of the whole file; ``etag`` then is the server's mark of
    its state. ``opened_with`` are the options that decided where it lies (``crs``, ``gsd_m``, ``height_m``,
    ``asset``). Without a CRS nothing in the scene has a place: its ``transform`` only gives sizes.
    ``stretch`` is the range of values that became 0 to 255.
    """

    path: str
    sha256: str | None
    sha256_covers: Literal["files", "pixels read"]
    etag: str | None
    size_bytes: int | None
    crs: str | None
    transform: tuple[float, ...]
    width: int
    height: int
    gsd_m: float
    gsd_xy_m: tuple[float, float]
    acquired: str | None
    acquired_precision: Precision
    acquired_from: str | None
    sensor: str | None
    off_nadir_deg: float | None
    image_id: str | None
    source_url: str | None
    licence: str | None
    position_error_m: float | None
    warped_from: str | None
    opened_with: dict[str, str | float]
    bands: tuple[str, ...]
    stretch: tuple[float, float] | None
    rendered: bool
    software_version: str

    @classmethod
    def from_json(cls, members: dict[str, Any]) -> SceneRecord:
        """Return the record from a candidates file's ``scene`` member.

        Raises:
            ValueError: A member is missing or unknown.
        """
        try:
            record = cls(**members)
            lists = {name: tuple(getattr(record, name)) for name in ("transform", "gsd_xy_m", "bands")}
            stretch = None if record.stretch is None else tuple(record.stretch)
            return cls(**{**members, **lists, "stretch": stretch})
        except TypeError as reason:
            raise ValueError(f"scene: {reason}") from None

    @property
    def grid(self) -> Grid:
        """The scene's grid, so that places can be computed without its pixels."""
        crs = None if self.crs is None else CRS.from_user_input(self.crs)
        return Grid(self.width, self.height, Affine(*self.transform), crs)


class FileState(NamedTuple):
    """Which file is at a path, and in which state: no two that differ in content have the same.

    Size and time of change of a file that takes another's place can be made equal; the time at which the
    system itself noted the last change (``ctime``) cannot be set by a program.
    """

    size_bytes: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    device: int

    @classmethod
    def of(cls, path: Path) -> FileState:
        """Return the state of the file at a path.

        Raises:
            OSError: There is none.
        """
        state = path.stat()
        return cls(state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino, state.st_dev)


def hash_files(paths: list[Path]) -> str:
    """Return the SHA-256 of a scene, streamed.

    One file: its own SHA-256, as ``sha256sum`` prints it. Several (a world file carries the position, so it
    counts): the SHA-256 of their hashes in hexadecimal, one per line, the image's first and the sidecars' in
    the order of their names: ``sha256sum a.jpg a.jgw a.jpg.aux.xml | cut -c-64 | sha256sum``.

    Args:
        paths: The image first.
    """
    digests = []
    for path in (paths[0], *sorted(paths[1:])):
        with path.open("rb") as file:
            digests.append(hashlib.file_digest(file, "sha256").hexdigest())
    return joined_hash(digests)


def joined_hash(digests: Sequence[str]) -> str:
    """Return the hash that stands for several files, by their own in hexadecimal; see `hash_files`."""
    if len(digests) == 1:
        return digests[0]
    return hashlib.sha256("".join(f"{digest}\n" for digest in digests).encode()).hexdigest()
