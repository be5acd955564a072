"""The record of a scene in candidates files, review tasks and the log: what identifies and describes it."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from affine import Affine
from rasterio.errors import CRSError

from imagery.acquisition import Precision
from imagery.crs import crs_from_text
from imagery.grid import Grid, implausible

LARGEST_INT = 2**53 - 1  # of JSON (RFC 8785)


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
            ValueError: A member is missing, unknown or of the wrong kind, or no image has such a grid.
        """
        try:
            if strange := members.keys() ^ _MEMBERS.keys():
                raise ValueError(f"scene: {min(strange)} is missing or unknown")
            for name, (fits, noun) in _MEMBERS.items():
                if not fits(members[name]):
                    raise ValueError(f"scene: {name} is not {noun}")
            lists = {name: tuple(members[name]) for name in ("transform", "gsd_xy_m", "bands")}
            stretch = None if members["stretch"] is None else tuple(members["stretch"])
            record = cls(**{**members, **lists, "stretch": stretch})
            reason = implausible(record.grid)
        except (AttributeError, TypeError, CRSError) as wrong:
            raise ValueError(f"scene: {wrong}") from None
        if reason is not None:
            raise ValueError(f"scene: {reason}")
        return record

    @property
    def grid(self) -> Grid:
        """The scene's grid, so that places can be computed without its pixels."""
        crs = None if self.crs is None else crs_from_text(self.crs)
        return Grid(self.width, self.height, Affine(*self.transform), crs)


def _is_text(value: Any) -> bool:
    # JSON can hold halves of characters, which no file or database can.
    return isinstance(value, str) and value == value.encode(errors="replace").decode()


def _is_number(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST_INT


def _is_size(value: Any) -> bool:
    return _is_number(value) and value > 0


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and _is_number(value) and value >= 0


def _are(count: int, fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    def fit(value: Any) -> bool:
        return isinstance(value, list | tuple) and len(value) == count and all(map(fits, value))

    return fit


def _are_options(value: Any) -> bool:
    return isinstance(value, dict) and all(_is_text(v) or _is_number(v) for v in (*value, *value.values()))


_Kind = tuple[Callable[[Any], bool], str]


def _or_null(kind: _Kind) -> _Kind:
    fits, noun = kind
    return (lambda value: value is None or fits(value)), f"{noun} or null"


_TEXT: _Kind = (_is_text, "text")
_NUMBER: _Kind = (_is_number, "a number")
_COUNT: _Kind = (_is_count, "a whole number")
# What each member of a record is in a file: a stranger may have written it.
_MEMBERS: dict[str, _Kind] = {
    "path": _TEXT,
    "sha256": _or_null(_TEXT),
    "sha256_covers": (lambda value: value in ("files", "pixels read"), "'files' or 'pixels read'"),
    "etag": _or_null(_TEXT),
    "size_bytes": _or_null(_COUNT),
    "crs": _or_null(_TEXT),
    "transform": (_are(6, _is_number), "six numbers"),
    "width": _COUNT,
    "height": _COUNT,
    "gsd_m": (_is_size, "a positive number"),
    "gsd_xy_m": (_are(2, _is_size), "two positive numbers"),
    "acquired": _or_null(_TEXT),
    "acquired_precision": (lambda value: value in get_args(Precision), "a precision"),
    "acquired_from": _or_null(_TEXT),
    "sensor": _or_null(_TEXT),
    "off_nadir_deg": _or_null(_NUMBER),
    "image_id": _or_null(_TEXT),
    "source_url": _or_null(_TEXT),
    "licence": _or_null(_TEXT),
    "position_error_m": _or_null(_NUMBER),
    "warped_from": _or_null(_TEXT),
    "opened_with": (_are_options, "options with their values"),
    "bands": (lambda value: isinstance(value, list | tuple) and all(map(_is_text, value)), "names"),
    "stretch": _or_null((_are(2, _is_number), "two numbers")),
    "rendered": (lambda value: isinstance(value, bool), "true or false"),
    "software_version": _TEXT,
}


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
