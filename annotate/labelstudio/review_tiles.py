"""Which part of a scene each review task answers for, and what is shown around it."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import shapely

from annotate.labelstudio.task_picture import frame_of
from annotate.labelstudio.tasks import ReviewTask
from detect.box import OrientedBox, corners
from detect.candidate import Candidate, CandidatesFile
from imagery.airfields import nearest_airfield
from imagery.aoi import area_in_pixels
from imagery.errors import UsageError
from imagery.grid import Grid, PixelPoint
from imagery.record import SceneRecord
from imagery.tiling import LARGEST_AIRCRAFT_M, Tile, tile_of

CORE_M = 250.0
MARGIN_M = LARGEST_AIRCRAFT_M / 2  # an aircraft whose middle is in the core is whole in the picture
ROOM_PX = 2  # between a box and the edge of the picture, so that its line is seen


class Core(NamedTuple):
    """A window of a scene, in scene pixels; the cores of a scene touch and do not overlap."""

    col: int
    row: int
    width: int
    height: int


class Cores:
    """A scene's raster of cores of about 250 m, as even as can be, so that none is a sliver.

    A core is known by its place in the raster, (row, column).
    """

    def __init__(self, grid: Grid) -> None:
        size = grid.gsd_xy_m()
        counts = max(1, round(grid.width * size.x / CORE_M)), max(1, round(grid.height * size.y / CORE_M))
        extents = zip((grid.width, grid.height), counts, strict=True)
        self._grid = grid
        self._cols, self._rows = ([round(all_ * i / n) for i in range(n + 1)] for all_, n in extents)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return ((row, col) for row in range(len(self._rows) - 1) for col in range(len(self._cols) - 1))

    def of(self, point: PixelPoint) -> tuple[int, int]:
        """The place of the core that a point lies in; of the nearest, where it lies outside the scene."""
        return _interval(point.row, self._rows), _interval(point.col, self._cols)

    def core(self, place: tuple[int, int]) -> Core:
        """The core at a place."""
        (top, bottom), (left, right) = (
            edges[at : at + 2] for edges, at in zip((self._rows, self._cols), place, strict=True)
        )
        return Core(left, top, right - left, bottom - top)

    def tile(self, place: tuple[int, int], boxes: Iterable[OrientedBox]) -> Tile:
        """The core with its margin, and with boxes whole where the scene does not cut them.

        Args:
            place: Which core.
            boxes: In scene pixels.
        """
        core, size = self.core(place), self._grid.gsd_xy_m()
        margin = np.round(MARGIN_M / np.array(size))
        low, high = (
            np.array(core[:2]) - margin,
            np.array(core[:2]) + core[2:] + margin,
        )
        for box in boxes:
            ring = corners(box, self._grid.ground_matrix(box.center))
            low = np.minimum(low, np.floor(ring.min(axis=0)) - ROOM_PX)
            high = np.maximum(high, np.ceil(ring.max(axis=0)) + ROOM_PX)
        left, top = (max(0, int(edge)) for edge in low)
        right, bottom = (
            min(extent, int(edge))
            for extent, edge in zip((self._grid.width, self._grid.height), high, strict=True)
        )
        return tile_of(self._grid, left, top, right - left, bottom - top)

    def part_in(self, area: shapely.Geometry, place: tuple[int, int]) -> shapely.Geometry | None:
        """The part of a core that lies in an area.

        Args:
            area: In scene pixels.
            place: Which core.

        Returns:
            In scene pixels, to a tenth of one, and empty where none of it does; None where all of it does.
        """
        left, top, width, height = self.core(place)
        window = shapely.box(left, top, left + width, top + height)
        if shapely.covers(area, window):
            return None
        part = shapely.intersection(area, window)
        return shapely.from_wkt(shapely.to_wkt(part, rounding_precision=1))

    def around(self, place: tuple[int, int]) -> Iterator[tuple[int, int]]:
        """The places of the cores that touch this one, whether or not the scene has them."""
        row, col = place
        return ((row + down, col + right) for down in (-1, 0, 1) for right in (-1, 0, 1) if down or right)


class Audit(NamedTuple):
    """Cores without candidates that were drawn at random.

    Attributes:
        drawn: Their places.
        among: Of how many they were drawn.
    """

    drawn: list[tuple[int, int]]
    among: int


def audited(
    scene: SceneRecord,
    free: Iterable[tuple[int, int]],
    *,
    fraction: float,
    least: int,
    seed: int,
) -> Audit:
    """The cores without candidates that are looked at all the same, drawn at random.

    A larger fraction of the same scene and seed adds cores to those of a smaller one.

    Args:
        scene: What they are cores of.
        free: The places without candidates.
        fraction: Of those, 0..1.
        least: How many at least, as far as there are so many.
        seed: Another one draws others.
    """
    drawn = sorted(
        free,
        key=lambda place: hashlib.sha256(f"{seed} {scene.sha256} {place}".encode()).hexdigest(),
    )
    return Audit(drawn[: max(least, round(fraction * len(drawn)))], len(drawn))


def _interval(position: float, edges: list[int]) -> int:
    return min(max(bisect_right(edges, position) - 1, 0), len(edges) - 2)


Place = tuple[int, int]


def review_tasks(file: CandidatesFile, *, audit: float = 0.0, seed: int = 0) -> list[ReviewTask]:
    """One task for each core of about 250 m that holds the middle of a candidate, and the tiles of an audit.

    Args:
        file: A scene's candidates.
        audit: How many of the cores without candidates become tasks too, 0..1; drawn at random, of those in
            the area of interest. A scene without candidates gets one such task at least, and so does any
            where this is above 0.
        seed: Another one draws other tiles; the same draws the same.

    Returns:
        In the order of the cores, row by row.

    Raises:
        UsageError: The area of interest is needed and not in the file, as an older release wrote it.
    """
    grid = file.scene.grid
    cores = Cores(grid)
    by_core: dict[Place, list[Candidate]] = defaultdict(list)
    for candidate in file.candidates:
        by_core[cores.of(candidate.box.center)].append(candidate)
    least = 1 if audit > 0 or not by_core else 0
    searched = _searched(file, cores, needed=least > 0)
    free = [place for place, part in searched.items() if place not in by_core and _has_some(part)]
    chosen = audited(file.scene, free, fraction=audit, least=least, seed=seed)
    by_core |= {place: [] for place in chosen.drawn}
    airfield = _airfield(file)

    def task(place: Place) -> ReviewTask:
        candidates = by_core[place]
        tile = cores.tile(place, [candidate.box for candidate in candidates])
        near = [candidate for other in cores.around(place) for candidate in by_core.get(other, ())]
        return ReviewTask(
            scene=file.scene,
            detector=file.detector,
            airfield=airfield,
            tile=tile,
            candidates=tuple(candidates),
            core=cores.core(place),
            frame=frame_of(tile, rendered=file.scene.rendered),
            neighbours=tuple(candidate for candidate in near if _in_sight(candidate.box, tile, grid)),
            audit=not candidates,
            audit_of=0 if candidates else chosen.among,
            searched=searched[place],
        )

    return [task(place) for place in sorted(by_core)]


def _searched(file: CandidatesFile, cores: Cores, *, needed: bool) -> dict[Place, shapely.Geometry | None]:
    """What part of each core lies in the area of interest; None where all of it does."""
    if file.aoi is not None:
        area = area_in_pixels(file.scene.grid, file.scene.path, file.aoi)
        return {place: cores.part_in(area, place) for place in cores}
    if needed and "aoi_sha256" in file.detector.params:
        raise UsageError(
            f"{file.scene.path}: in which area it was searched is not in its candidates file, as an older "
            "hardstand wrote it; run `hardstand detect` on it again with --overwrite"
        )
    return dict.fromkeys(cores)


def _has_some(part: shapely.Geometry | None) -> bool:
    """Whether there was anything to search: an area that only touches a core has a line of it."""
    return part is None or bool(shapely.area(part) > 0)


def _airfield(file: CandidatesFile) -> str | None:
    """What the scene shows, as the detector took it; of a scene without candidates the nearest airfield."""
    if file.candidates:
        return file.candidates[0].airfield
    grid = file.scene.grid
    nearest = nearest_airfield(grid.lonlat(grid.center)) if grid.placed else None
    return nearest.airfield.icao if nearest else None


def _in_sight(box: OrientedBox, tile: Tile, grid: Grid) -> bool:
    """Whether a tile shows some of a box."""
    low, high = np.array(tile[:2]), np.array(tile[:2]) + tile[2:4]
    reach = (box.length + box.width) / 2  # no corner is further from the middle
    if (np.array(box.center) < low - reach).any() or (np.array(box.center) > high + reach).any():
        return False
    ring = corners(box, grid.ground_matrix(box.center))
    return bool((ring.max(axis=0) > low).all() and (ring.min(axis=0) < high).all())
