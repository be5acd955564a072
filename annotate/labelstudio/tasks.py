"""Review tasks: one tile each, with all the candidates that belong to it.

A task carries everything that is needed to make evidence of an annotation, so what an analyst said can be
brought into a log on any machine, whether or not the scene is there.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely

from annotate.labelstudio.cores import Core, Cores, audited
from annotate.labelstudio.interface import BOXES, IMAGE, LABEL
from annotate.labelstudio.page import boxes_table, facts, place_link, region_note, surroundings_image, title
from annotate.labelstudio.picture import (
    TaskPictures,
    frame_of,
    surroundings_of,
    surroundings_picture,
    tile_picture,
)
from annotate.labelstudio.region import Frame, rectangle_of
from annotate.labelstudio.taxonomy import DEFAULT_TYPES, usual_choices
from detect.box import OrientedBox, box_to_tile, corners
from detect.candidate import Candidate, CandidatesFile, candidate_from_feature, feature_of
from detect.detector import DetectorInfo
from imagery.airfields import nearest_airfield
from imagery.grid import Grid, PixelPoint
from imagery.record import SceneRecord
from imagery.tiling import Tile, TileImage

MODEL_VERSION = "hardstand"  # one for all: the label stream draws only predictions of the project's version
SCHEMA_VERSION = 2


@dataclass(frozen=True)
class ReviewTask:
    """One tile to review, and the candidates that belong to it.

    Attributes:
        scene: The scene's record.
        detector: What found the candidates.
        airfield: ICAO code, or None.
        tile: The tile's place in the scene.
        candidates: Those whose middle is in the tile's core; none in a tile that was drawn for an audit.
        core: The part of the scene that this task answers for; what is around it belongs to other tasks too.
        frame: The picture that the tile is shown in.
        neighbours: Candidates of other tasks that are in sight; they are drawn into the picture.
        audit: Whether it is a tile without candidates that was drawn at random.
        audit_of: Of how many such tiles of its scene it was drawn; 0 where it was not.
    """

    scene: SceneRecord
    detector: DetectorInfo
    airfield: str | None
    tile: Tile
    candidates: tuple[Candidate, ...]
    core: Core
    frame: Frame
    neighbours: tuple[Candidate, ...] = ()
    audit: bool = False
    audit_of: int = 0

    @property
    def image_name(self) -> str:
        """A file name for the tile's picture, of letters, digits, dashes and a dot.

        What is drawn into the picture goes into the name: another detector's candidates are another picture.
        """
        drawn = " ".join(candidate.id for candidate in (*self.candidates, *self.neighbours))
        mark = hashlib.sha256(drawn.encode()).hexdigest()[:8]
        return f"{(self.scene.sha256 or '')[:12]}-{self.tile.col}-{self.tile.row}-{mark}.jpg"

    @property
    def surroundings_name(self) -> str:
        """A file name for the picture of the surroundings, of letters, digits, dashes and a dot."""
        return self.image_name.replace(".jpg", "-around.jpg")

    @property
    def title(self) -> str:
        """One line: what it shows, when, how finely."""
        return title(self.scene, self.airfield)

    def boxes(self, candidates: Sequence[Candidate]) -> list[OrientedBox]:
        """The boxes of candidates in pixels of the tile."""
        return [box_to_tile(self.tile, candidate.box) for candidate in candidates]

    @cached_property
    def surroundings(self) -> Tile:
        """The part of the scene that its second picture shows; tasks near each other share one."""
        return surroundings_of(self.scene.grid, self.tile)

    def pictures(self, read: Callable[[Tile], TileImage]) -> TaskPictures:
        """The pictures that the task's page shows.

        Args:
            read: Reads a tile of the scene, as `imagery.scene.Scene.read` does.

        Raises:
            SceneError: The scene is damaged there.
        """
        return TaskPictures(
            tile_picture(
                read(self.tile),
                self.frame,
                grid=self.scene.grid,
                rendered=self.scene.rendered,
                numbered=[
                    (box, candidate.heading_sure)
                    for box, candidate in zip(self.boxes(self.candidates), self.candidates, strict=True)
                ],
                neighbours=self.boxes(self.neighbours),
            ),
            surroundings_picture(
                read(self.surroundings), self.tile, grid=self.scene.grid, rendered=self.scene.rendered
            ),
        )

    def to_json(
        self, image: str, surroundings: str = "", *, usual_types: Sequence[str] = DEFAULT_TYPES
    ) -> dict[str, Any]:
        """The task as the server imports it, with all candidates as one prediction.

        Args:
            image: Address of the tile's picture.
            surroundings: Address of the picture of the surroundings; without one it is not offered.
            usual_types: ICAO designators that get a hot key, the first nine, see
                `annotate.labelstudio.taxonomy.usual_types`.
        """
        regions = [self._region(number, found) for number, found in enumerate(self.candidates, 1)]
        best = max((candidate.score for candidate in self.candidates), default=0.0)
        col, row, width, height = self.core
        middle = self.scene.grid.lonlat(PixelPoint(col + width / 2, row + height / 2))
        page = {
            "title": self.title,
            "facts": facts(self.scene, self.airfield, audit=self.audit),
            "place": place_link(middle, self.scene.grid.placed),
            "boxes": boxes_table(self.candidates, self.scene),
            "around": surroundings_image(surroundings),
            "usual": usual_choices(usual_types, self.scene.gsd_m),
        }
        return {
            "data": {"image": image, **page, "hardstand": self._ours()},
            "predictions": [{"model_version": MODEL_VERSION, "score": best, "result": regions}],
        }

    def _ours(self) -> dict[str, Any]:
        features = [
            [feature_of(candidate, self.scene.grid, self.detector) for candidate in candidates]
            for candidates in (self.candidates, self.neighbours)
        ]
        return {
            "schema_version": SCHEMA_VERSION,
            "scene": asdict(self.scene),
            "detector": self.detector._asdict(),
            "airfield": self.airfield,
            "tile": list(self.tile),
            "core": list(self.core),
            "frame": list(self.frame),
            "audit": self.audit,
            "audit_of": self.audit_of,
            "candidates": features[0],
            "neighbours": features[1],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ReviewTask:
        """The inverse of `to_json`, from a task's ``data``.

        Raises:
            ValueError: It is no task of ours.
        """
        try:
            ours = data["hardstand"]
            if ours["schema_version"] not in (1, SCHEMA_VERSION):
                raise ValueError(f"schema_version {ours['schema_version']}, this reads {SCHEMA_VERSION}")
            tile = Tile(*(int(value) for value in ours["tile"]))
            if ours["schema_version"] == 1:  # the picture was the tile, and there was nothing around it
                ours = {
                    "core": tile[:4],
                    "frame": (*tile[4:], 0, 0, 1),
                    "audit": False,
                    "audit_of": 0,
                    "neighbours": (),
                } | ours
            task = cls(
                scene=SceneRecord.from_json(ours["scene"]),
                detector=DetectorInfo(**ours["detector"]),
                airfield=ours["airfield"],
                tile=tile,
                candidates=tuple(map(candidate_from_feature, ours["candidates"])),
                core=Core(*(int(value) for value in ours["core"])),
                frame=Frame(*(int(value) for value in ours["frame"])),
                neighbours=tuple(map(candidate_from_feature, ours["neighbours"])),
                audit=bool(ours["audit"]),
                audit_of=int(ours["audit_of"]),
            )
            transform = task.scene.grid.transform
        except (KeyError, TypeError, IndexError, AttributeError, OverflowError) as reason:
            raise ValueError(f"a member is missing or of the wrong kind ({reason!r})") from None
        width, height, _, _, zoom = task.frame
        if transform.is_degenerate or min(*task.tile[2:], width, height, zoom) <= 0:
            raise ValueError("its picture has no place in the scene")
        return task

    def _region(self, number: int, candidate: Candidate) -> dict[str, Any]:
        return {
            "id": candidate.id,
            "type": "rectanglelabels",
            "from_name": BOXES,
            "to_name": IMAGE,
            "original_width": self.frame.width,
            "original_height": self.frame.height,
            "image_rotation": 0,
            "score": candidate.score,
            "value": {
                **rectangle_of(box_to_tile(self.tile, candidate.box), self.frame),
                "rectanglelabels": [LABEL],
            },
            "meta": {"text": [region_note(number, candidate, self.scene)]},
        }


def review_tasks(
    file: CandidatesFile, *, audit: float = 0.0, within: shapely.Geometry | None = None, seed: int = 0
) -> list[ReviewTask]:
    """One task for each core of about 250 m that holds the middle of a candidate, and the tiles of an audit.

    Args:
        file: A scene's candidates.
        audit: How many of the cores without candidates become tasks too, 0..1; drawn at random. A scene
            without candidates gets one such task at least, and so does any where this is above 0.
        within: The area of interest that the audit is of, Polygon or MultiPolygon in lon/lat; by default the
            whole scene.
        seed: Another one draws other tiles; the same draws the same.

    Returns:
        In the order of the cores, row by row.

    Raises:
        UsageError: ``within`` lies outside the scene.
    """
    grid = file.scene.grid
    cores = Cores(grid)
    by_core: dict[tuple[int, int], list[Candidate]] = defaultdict(list)
    for candidate in file.candidates:
        by_core[cores.of(candidate.box.center)].append(candidate)
    least = 1 if audit > 0 or not by_core else 0
    free = [place for place in cores if place not in by_core]
    chosen = audited(file.scene, free, fraction=audit, least=least, within=within, seed=seed)
    by_core |= {place: [] for place in chosen.drawn}
    airfield = _airfield(file)
    return [_task(file, cores, place, by_core, airfield, chosen.among) for place in sorted(by_core)]


def _task(
    file: CandidatesFile,
    cores: Cores,
    place: tuple[int, int],
    by_core: Mapping[tuple[int, int], Sequence[Candidate]],
    airfield: str | None,
    audit_of: int,
) -> ReviewTask:
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
        neighbours=tuple(candidate for candidate in near if _in_sight(candidate.box, tile, file.scene.grid)),
        audit=not candidates,
        audit_of=0 if candidates else audit_of,
    )


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
