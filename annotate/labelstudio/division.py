"""Dividing a scene into review tasks: which candidates are shown where, and which tiles are audited."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import shapely

from annotate.labelstudio.review_tiles import ReviewTiles, audited
from annotate.labelstudio.scene_before import SceneBefore
from annotate.labelstudio.task_picture import frame_of, surroundings_of
from annotate.labelstudio.tasks import ReviewTask
from detect.box import OrientedBox, box_to_tile, corners
from detect.candidate import Candidate, CandidatesFile
from imagery.airfields import nearest_airfield
from imagery.aoi import area_in_pixels
from imagery.errors import UsageError
from imagery.grid import Grid
from imagery.tiling import Tile

Place = tuple[int, int]
MOST_CORES = 1_000_000  # of about 250 m: 62,500 km²


def review_tasks(
    file: CandidatesFile, *, audit: float = 0.0, seed: int = 0, before: SceneBefore | None = None
) -> list[ReviewTask]:
    """Return a task for each core of about 250 m that holds the middle of a candidate, and those of an audit.

    So does the middle of a candidate of the scene before that is gone.

    Args:
        file: A scene's candidates.
        audit: How many of the cores without candidates become tasks too, 0..1; drawn at random, of those in
            the area of interest. A scene without candidates gets one such task at least, and so does any
            where this is above 0.
        seed: Another one draws other tiles; the same draws the same.
        before: How the candidates compare with those of the scene before; None without such a scene.

    Returns:
        In the order of the cores, row by row.

    Raises:
        UsageError: The area of interest is needed and not in the file, or the scene covers a country.
    """
    grid = file.scene.grid
    review_tiles = ReviewTiles(grid)
    if len(review_tiles) > MOST_CORES:
        raise UsageError(f"{file.scene.path}: is too large to review; cut the airfields out of it")
    by_core: dict[Place, list[Candidate]] = defaultdict(list)
    for candidate in file.candidates:
        by_core[review_tiles.of(candidate.box.center)].append(candidate)
    gone = {review_tiles.of(ghost.box.center) for ghost in before.ghosts} if before else set()
    by_core |= {place: [] for place in gone - by_core.keys()}
    least = 1 if audit > 0 or not by_core else 0
    searched = _searched(file, review_tiles, needed=least > 0)
    with_data = {place for place, part in searched.items() if _has_some(part)} & _with_data(
        file, review_tiles
    )
    free = [place for place in searched if place in with_data and place not in by_core]
    chosen = audited(file.scene, free, fraction=audit, least=least, seed=seed)
    by_core |= {place: [] for place in chosen.drawn}
    airfield = _airfield(file)

    numbers = {candidate.id: number for number, candidate in enumerate(file.candidates, 1)}
    centers = np.array([candidate.box.center for candidate in file.candidates]).reshape(-1, 2)

    def task(place: Place) -> ReviewTask:
        candidates = by_core[place]
        tile = review_tiles.tile(place, [candidate.box for candidate in candidates])
        around = surroundings_of(grid, tile)
        low, high = np.array(around[:2]), np.add(around[:2], around[2:4])
        inside = np.nonzero(((centers >= low) & (centers <= high)).all(axis=1))[0]
        near = [candidate for other in review_tiles.around(place) for candidate in by_core.get(other, ())]
        return ReviewTask(
            scene=file.scene,
            detector=file.detector,
            airfield=airfield,
            tile=tile,
            candidates=tuple(candidates),
            core=review_tiles.core(place),
            frame=frame_of(
                tile,
                rendered=file.scene.rendered,
                boxes=[box_to_tile(tile, candidate.box) for candidate in candidates],
            ),
            neighbours=tuple(candidate for candidate in near if _in_sight(candidate.box, tile, grid)),
            audit=place in chosen.drawn,
            audit_of=chosen.among if place in chosen.drawn else 0,
            searched=searched[place],
            tiles=len(by_core.keys() | with_data),
            searched_area=file.searched,
            limits=file.limits,
            numbers={candidate.id: numbers[candidate.id] for candidate in candidates},
            around=tuple(
                file.candidates[index].box for index in inside if file.candidates[index] not in candidates
            ),
            before=before
            and before.part(lambda ghost: review_tiles.of(ghost.box.center) == place, tuple(candidates)),
        )

    return [task(place) for place in sorted(by_core)]


def _searched(
    file: CandidatesFile, review_tiles: ReviewTiles, *, needed: bool
) -> dict[Place, shapely.Geometry | None]:
    """Return the part of each core that lies in the area of interest; None where all of it does."""
    if file.aoi is not None:
        area = area_in_pixels(file.scene.grid, file.scene.path, file.aoi)
        return {place: review_tiles.part_in(area, place) for place in review_tiles}
    if needed and "aoi_sha256" in file.detector.params:
        raise UsageError(
            f"{file.scene.path}: its candidates file lacks the area in which it was searched; search it again"
        )
    return dict.fromkeys(review_tiles)


def _with_data(file: CandidatesFile, review_tiles: ReviewTiles) -> set[Place]:
    """Return the cores in which the scene holds data, as far as that is known."""
    grid = file.scene.grid
    if file.searched is None or file.searched.is_empty:
        return set(review_tiles)
    shape = shapely.transform(file.searched, grid.pixels)
    shapely.prepare(shape)
    cores = [(place, review_tiles.core(place)) for place in review_tiles]
    boxes = shapely.box(
        *np.array(
            [
                (core.col + 1, core.row + 1, core.col + core.width - 1, core.row + core.height - 1)
                for _, core in cores
            ]
        ).T
    )
    return {place for (place, _), met in zip(cores, shapely.intersects(shape, boxes), strict=True) if met}


def _has_some(part: shapely.Geometry | None) -> bool:
    """Check whether there was anything to search: an area that only touches a core has a line of it."""
    return part is None or bool(shapely.area(part) > 0)


def _airfield(file: CandidatesFile) -> str | None:
    """Return the airfield of the candidates; of a scene without any the nearest one."""
    if file.candidates:
        return file.candidates[0].airfield
    grid = file.scene.grid
    nearest = nearest_airfield(grid.lonlat(grid.center)) if grid.placed else None
    return nearest.airfield.icao if nearest else None


def _in_sight(box: OrientedBox, tile: Tile, grid: Grid) -> bool:
    """Check whether a tile shows some of a box."""
    low, high = np.array(tile[:2]), np.array(tile[:2]) + tile[2:4]
    reach = (box.length + box.width) / 2  # no corner is further from the middle
    if (np.array(box.center) < low - reach).any() or (np.array(box.center) > high + reach).any():
        return False
    ring = corners(box, grid.ground_matrix(box.center))
    return bool((ring.max(axis=0) > low).all() and (ring.min(axis=0) < high).all())
