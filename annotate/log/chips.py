"""Chips: the image around a sighting, and one of its surroundings, kept beside the log and hashed into it.

Each is a PNG with a world file, which holds its place in the coordinates of the scene's grid, so any GIS
shows it where it lies.
"""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from affine import Affine
from PIL import Image, ImageDraw, ImageFont, PngImagePlugin

from annotate.log.entries import Sighting
from detect.box import OrientedBox, to_ground
from imagery.files import whole_file
from imagery.grid import Grid, PixelPoint
from imagery.record import hash_files, joined_hash
from imagery.scene import Scene
from imagery.tiling import Tile, TileImage, tile_of

CHIP_SIDES = 1.6  # of the box's larger side: a square box's corners are 1.41 of them apart; and some ground
CHIP_LEAST_M = 60.0  # a fighter alone says little about where it stands
SURROUNDINGS_M = 500.0  # an apron and what leads to it
SURROUNDINGS_PX = 768
RENDERED = "RENDERED"
SMALLEST_LETTERS_PX = 8
_FILE_NAME = re.compile(r"[^/\\:\0]+")  # on every system, whichever the log is read on


class Chips(NamedTuple):
    """The two images of a sighting; the names are those of `annotate.log.entries.Sighting`.

    Attributes:
        chip: File name of the image around it.
        chip_sha256: Hash of it and its world file, as `imagery.record.hash_files` takes it.
        surroundings: File name of the image of the surroundings.
        surroundings_sha256: Hash of it and its world file.
    """

    chip: str
    chip_sha256: str
    surroundings: str
    surroundings_sha256: str


def cut_chips(scene: Scene, sighting: Sighting, folder: Path) -> Chips:
    """Cut the chips of a sighting out of the scene that it was seen in.

    The image around it has the scene's native resolution; the surroundings are thinned out to 768 pixels. In
    those of a rendered scene it is written that they are rendered.

    Args:
        scene: Open, and unchanged since.
        sighting: Seen in it: with ``center_px`` and ``box_px``.
        folder: Where to; made if it is not there. Files of the same names are replaced.

    Raises:
        SceneError: The scene is damaged.
        OutputUnwritable: The folder cannot be written.
        ValueError: The sighting has no place in the scene.
    """
    if sighting.center_px is None or sighting.box_px is None:
        raise ValueError(f"{sighting.id}: was not seen in a scene")
    box = OrientedBox(PixelPoint(*sighting.center_px), *sighting.box_px)
    ground = to_ground(box, scene.grid.ground_matrix(box.center))
    side_m = max(CHIP_LEAST_M, CHIP_SIDES * max(ground.length_m, ground.wingspan_m))
    folder.mkdir(parents=True, exist_ok=True)
    near = _tile_around(scene.grid, box.center, side_m)
    far = _tile_around(scene.grid, box.center, SURROUNDINGS_M, most_px=SURROUNDINGS_PX)
    names = f"{sighting.id}.png", f"{sighting.id}-surroundings.png"
    hashes = [_write(scene, tile, folder / name) for tile, name in zip((near, far), names, strict=True)]
    return Chips(names[0], hashes[0], names[1], hashes[1])


def _tile_around(grid: Grid, center: PixelPoint, side_m: float, most_px: int | None = None) -> Tile:
    """Return a square on the ground around a place in the scene, as far as the scene goes."""
    size = grid.gsd_xy_m()
    col, last_col = _span(center.col, side_m / size.x, grid.width)
    row, last_row = _span(center.row, side_m / size.y, grid.height)
    width, height = last_col - col, last_row - row
    coarse_m = 0.0 if most_px is None else max(width * size.x, height * size.y) / most_px
    return tile_of(grid, col, row, width, height, max(min(size), coarse_m))


def _span(middle: float, length: float, extent: int) -> tuple[int, int]:
    """Return the first and the end of the pixels around a place that the scene has; at least one."""
    first = int(np.clip(np.floor(middle - length / 2), 0, extent - 1))
    return first, int(np.clip(np.ceil(middle + length / 2), first + 1, extent))


def _write(scene: Scene, tile: Tile, path: Path) -> str:
    with whole_file(path, overwrite=True) as temporary:
        picture = _picture(scene.read(tile), scene.rendered)
        facts = PngImagePlugin.PngInfo()
        facts.add_text("Comment", f"CRS {scene.grid.crs_name}" if scene.grid.placed else "no place on Earth")
        picture.save(temporary, format="PNG", pnginfo=facts)
    world = path.with_suffix(".pgw")
    with whole_file(world, overwrite=True) as temporary:
        temporary.write_bytes(world_file(scene.grid, tile).encode("ascii"))  # the same on every system
    return hash_files([path, world])


def world_file(grid: Grid, tile: Tile) -> str:
    """Write the six lines of a world file, which places a tile's pixels in the coordinates of the grid.

    As ESRI has it: x and y of a step right, those of a step down (in the order A, D, B, E), then the middle
    of the first pixel.
    """
    step = grid.transform @ Affine.translation(tile.col, tile.row) @ Affine.scale(*tile.scale)
    x, y = step @ (0.5, 0.5)
    return "".join(f"{value!r}\n" for value in map(float, (step.a, step.d, step.b, step.e, x, y)))


def _picture(image: TileImage, rendered: bool) -> Image.Image:
    picture = Image.fromarray(np.ascontiguousarray(image.pixels.squeeze()))
    if rendered:
        draw = ImageDraw.Draw(picture)
        font = ImageFont.load_default(size=max(SMALLEST_LETTERS_PX, picture.width / 16))
        white, black = (255, 0) if picture.mode == "L" else ((255,) * 3, (0,) * 3)
        draw.text((2, 2), RENDERED, white, font, "la", stroke_width=1, stroke_fill=black)
    return picture


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
        """The transform from its pixels, (0, 0) being the outer corner, to map coordinates.

        Raises:
            ValueError: The world file has not six numbers.
        """
        a, d, b, e, c, f = map(float, self.world_file.split())  # c and f are the middle of the first pixel
        return Affine(a, b, c - (a + b) / 2, d, e, f - (d + e) / 2)


class NoChip(NamedTuple):
    """The reason why there is no chip, in words."""

    why: str


NOT_LOGGED = NoChip("the log has none")
MISSING = NoChip("the file is not at hand")
CHANGED = NoChip("the file is NOT the one that was logged: its hash differs")
OUTSIDE = NoChip("its name leads out of the folder of chips")


def logged_chip(folder: Path | None, name: str | None, sha256: str | None) -> LoggedChip | NoChip:
    """Read a chip if it is the one that was logged; this is the one place that reads chips.

    Each of its files is opened once: what is returned is what was hashed. A log may be a stranger's, so
    a name that leads out of the folder is not followed.

    Args:
        folder: The log's chips; None where that is not known.
        name: The chip's, as the log has it; None where it has none.
        sha256: Hash of the picture and its world file there, as `imagery.record.hash_files` takes it.
    """
    if name is None or sha256 is None:
        return NOT_LOGGED
    if folder is None:
        return MISSING
    path = chip_path(folder, name)
    if path is None:
        return OUTSIDE
    try:
        chip = LoggedChip(path.read_bytes(), path.with_suffix(".pgw").read_bytes())
    except FileNotFoundError:
        return MISSING
    except OSError as reason:
        return NoChip(f"cannot be read: {reason.strerror}")
    hashes = [hashlib.sha256(file).hexdigest() for file in chip]
    return chip if joined_hash(hashes) == sha256 else CHANGED


def chip_path(folder: Path, name: str) -> Path | None:
    """Return where a chip is to be; None where its name, or a link of that name, leads out of the folder.

    Args:
        folder: The log's chips.
        name: As a log has it, which may be a stranger's: ``../../secret.png``, ``C:secret.png`` on Windows.
    """
    if name in (".", "..") or not _FILE_NAME.fullmatch(name):
        return None
    path = folder / name
    inside = (_is_inside(file, folder) for file in (path, path.with_suffix(".pgw")))
    return path if all(inside) else None


def _is_inside(file: Path, folder: Path) -> bool:
    return not file.is_symlink() or file.resolve().is_relative_to(folder.resolve())


class ChipFile(NamedTuple):
    """An image of a sighting, as its log says and as it is now.

    Attributes:
        member: ``chip`` or ``surroundings``.
        path: Where it is to be.
        chip: Its contents, if they are what was logged.
    """

    member: str
    path: Path
    chip: LoggedChip | NoChip

    @property
    def state(self) -> str:
        """How it is now, in words."""
        states = {
            MISSING: "missing",
            CHANGED: "CHANGED since it was logged",
            OUTSIDE: "NOT READ: its name leads elsewhere",
        }
        return states.get(self.chip, self.chip.why) if isinstance(self.chip, NoChip) else "as logged"


def chip_files(members: Mapping[str, Any], folder: Path | None) -> list[ChipFile]:
    """Return the images of a sighting; none where it has none, or where the folder of chips is not known.

    Args:
        members: The entry's.
        folder: The log's folder of chips.
    """
    if folder is None:
        return []
    return [
        ChipFile(member, folder / name, logged_chip(folder, name, members[f"{member}_sha256"]))
        for member in ("chip", "surroundings")
        if (name := members.get(member))
    ]
