"""A review task: one tile, with all the candidates that belong to it.

A task carries everything that is needed to make evidence of an annotation, so what an analyst said can be
brought into a log on any machine, whether the scene is there or not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

import shapely
from shapely.errors import ShapelyError

from annotate.labelstudio.interface import BOXES, GHOST, IMAGE, LABEL, usual_choices
from annotate.labelstudio.known_types import KnownTypes
from annotate.labelstudio.region import Frame, rectangle_of
from annotate.labelstudio.review_tiles import Core
from annotate.labelstudio.scene_before import SceneBefore, scene_before_from_json
from annotate.labelstudio.task_columns import task_columns
from annotate.labelstudio.task_page import (
    boxes_table,
    facts,
    ghost_note,
    other_picture,
    place_link,
    region_note,
    title,
)
from annotate.labelstudio.task_picture import (
    TaskPictures,
    frame_of,
    surroundings_of,
    surroundings_picture,
    tile_picture,
)
from annotate.labelstudio.type_keys import type_keys
from detect.box import OrientedBox, box_to_tile
from detect.candidate import Candidate, candidate_from_feature, detector_from_json, feature_of
from detect.detector import DetectorInfo
from detect.limits import SceneLimits, limits_from_json
from imagery.area import area_from_json, area_to_json
from imagery.grid import PixelPoint
from imagery.record import SceneRecord
from imagery.tiling import Tile, TileImage

MODEL_VERSION = "hardstand"  # one for all: the label stream draws only predictions of the project's version
SCHEMA_VERSION = 2
NOTHING_KNOWN = KnownTypes()


class OtherView(NamedTuple):
    """The ground of a task in another scene.

    Attributes:
        key: Opens and closes it.
        title: Which scene that is.
        address: Of its picture on the server; empty until it is there.
    """

    key: str
    title: str
    address: str = ""


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
        searched: The part of the core that lies in the area of interest, in scene pixels; None for all of it.
        tiles: How many review tiles the area has in which the detector searched.
        searched_area: What the detector searched of the scene, in lon/lat; None where it has no place.
        limits: What the scene cannot show; None where nobody looked.
        around: Boxes of other tasks in the surroundings, in scene pixels; only their picture has them.
        numbers: Of the candidates in the picture of the whole scene, by their ids; only the page has them.
        before: How the candidates compare with those of the scene before; None without such a scene. Tasks
            that differ in it alone are the same.
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
    searched: shapely.Geometry | None = None
    tiles: int = 1
    searched_area: shapely.MultiPolygon | None = None
    limits: SceneLimits | None = None
    around: tuple[OrientedBox, ...] = field(default=(), compare=False)
    numbers: Mapping[str, int] = field(default_factory=dict, compare=False)
    before: SceneBefore | None = field(default=None, compare=False)

    @property
    def image_name(self) -> str:
        """File name for the tile's picture, of letters, digits, dashes and a dot.

        What is drawn into the picture goes into the name: another detector's candidates are another picture.
        """
        drawn = " ".join(candidate.id for candidate in (*self.candidates, *self.neighbours))
        mark = hashlib.sha256(drawn.encode()).hexdigest()[:8]
        return f"{(self.scene.sha256 or '')[:12]}-{self.tile.col}-{self.tile.row}-{mark}.jpg"

    @property
    def surroundings_name(self) -> str:
        """File name for the picture of the surroundings, of letters, digits, dashes and a dot."""
        return self.image_name.replace(".jpg", "-around.jpg")

    @property
    def title(self) -> str:
        """One line: what it shows, when, at which GSD."""
        return title(self.scene, self.airfield)

    def boxes(self, candidates: Sequence[Candidate]) -> list[OrientedBox]:
        """Return the boxes of candidates in pixels of the tile."""
        return [box_to_tile(self.tile, candidate.box) for candidate in candidates]

    @property
    def area(self) -> tuple[str | None, str | None]:
        """The scene's hash and that of its area of interest, which is None for all of the scene."""
        return self.scene.sha256, self.detector.params.get("aoi_sha256")

    def without_ghosts(self) -> ReviewTask:
        """Return the same, asking of no aircraft whether it is gone."""
        return self if self.before is None else replace(self, before=replace(self.before, ghosts=()))

    @property
    def ghosts(self) -> tuple[Candidate, ...]:
        """Candidates of the scene before that are gone, where they would be in this one."""
        return self.before.ghosts if self.before else ()

    def was_searched(self, point: PixelPoint) -> bool:
        """Check whether the detector searched a place of the core, in scene pixels."""
        return self.searched is None or bool(shapely.intersects_xy(self.searched, *point))

    @cached_property
    def surroundings(self) -> Tile:
        """The part of the scene that its second picture shows; tasks near each other share one."""
        return surroundings_of(self.scene.grid, self.tile)

    def pictures(self, read: Callable[[Tile], TileImage]) -> TaskPictures:
        """Draw the pictures that the task's page shows.

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
                own=self.boxes(self.candidates),
                neighbours=self.boxes(self.neighbours),
            ),
            surroundings_picture(
                read(self.surroundings),
                self.tile,
                grid=self.scene.grid,
                rendered=self.scene.rendered,
                boxes=[box_to_tile(self.surroundings, box) for box in self.around],
            ),
        )

    def to_json(
        self,
        image: str,
        surroundings: str = "",
        *,
        others: Sequence[OtherView] = (),
        known: KnownTypes = NOTHING_KNOWN,
    ) -> dict[str, Any]:
        """Return the task as the server imports it.

        Args:
            image: Address of the tile's picture.
            surroundings: Address of the picture of the surroundings; without one it is not offered.
            others: The same ground in the scene before and in the next.
            known: What is known of types at its airfield: which get a hot key, and which are suggested first.
        """
        col, row, width, height = self.core
        middle = self.scene.grid.lonlat(PixelPoint(col + width / 2, row + height / 2))
        page = {
            "title": self.title,
            "facts": facts(self.scene, self.airfield, audit=self.audit, limits=self.limits),
            "place": place_link(middle, self.scene.grid.placed),
            "boxes": boxes_table(self.candidates, self.scene, known, self.numbers, self.before),
            "around": other_picture("Surroundings", "s", surroundings),
            "others": "".join(other_picture(view.title, view.key, view.address) for view in others),
            "usual": usual_choices(known.usual, self.scene.gsd_m),
            "keys": type_keys(self.candidates, known, self.scene.gsd_m),
            "ground": self._ground(),
            "in_surroundings": self._in_surroundings(),
        }
        columns = task_columns(self.scene, self.candidates, audit=self.audit)
        return {
            "data": {"image": image, **page, **columns, "hardstand": self._ours()},
            "predictions": [self.prediction(known)],
        }

    def _ground(self) -> dict[str, Any]:
        """Return metres east and north per pixel of the picture, row by row, and whether that is known."""
        grid = self.scene.grid
        middle = self.tile.to_scene(PixelPoint(self.tile.out_width / 2, self.tile.out_height / 2))
        matrix = grid.ground_matrix(middle) * self.tile.scale / self.frame.zoom
        return {"matrix": matrix.round(6).tolist(), "placed": grid.placed}

    def _in_surroundings(self) -> dict[str, float]:
        """Return how the picture of the surroundings shows a pixel of the tile's picture: scale, then shift.

        Of its own, in pixels of its whole width.
        """
        around, frame = self.surroundings, frame_of(self.surroundings, rendered=self.scene.rendered)

        def place(col: float, row: float) -> PixelPoint:
            left, top, zoom = self.frame[2:]
            scene = self.tile.to_scene(PixelPoint((col - left) / zoom, (row - top) / zoom))
            shown = around.to_tile(scene)
            return PixelPoint(frame.left + frame.zoom * shown.col, frame.top + frame.zoom * shown.row)

        zero, one = place(0, 0), place(1000, 1000)
        return {
            "scale": round((one.col - zero.col) / 1000, 6),
            "left": round(zero.col, 2),
            "top": round(zero.row, 2),
            "width": frame.width,
            "height": frame.height,
        }

    def prediction(self, known: KnownTypes = NOTHING_KNOWN) -> dict[str, Any]:
        """Return all candidates as one prediction: of several the server shows but one."""
        regions = [
            self._region(candidate, LABEL, region_note(number, candidate, self.scene, known, self.before))
            for number, candidate in enumerate(self.candidates, 1)
        ]
        if self.before:
            regions += [self._region(ghost, GHOST, ghost_note(ghost, self.before)) for ghost in self.ghosts]
        best = max((candidate.score for candidate in self.candidates), default=0.0)
        return {"model_version": MODEL_VERSION, "score": best, "result": regions}

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
            "searched": shapely.to_wkt(self.searched, rounding_precision=1),
            "tiles": self.tiles,
            "searched_area": area_to_json(self.searched_area),
            "limits": self.limits and self.limits.to_json(),
            "candidates": features[0],
            "neighbours": features[1],
            "before": self.before and self.before.to_json(self.scene.grid),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ReviewTask:
        """Read a task from its ``data``; the inverse of `to_json`.

        Raises:
            ValueError: It is not a task of hardstand's.
        """
        try:
            ours = data["hardstand"]
            if ours["schema_version"] != SCHEMA_VERSION:
                raise ValueError(f"schema_version {ours['schema_version']}, this reads {SCHEMA_VERSION}")
            tile = Tile(*(int(value) for value in ours["tile"]))
            task = cls(
                scene=SceneRecord.from_json(ours["scene"]),
                detector=detector_from_json(ours["detector"]),
                airfield=ours["airfield"],
                tile=tile,
                candidates=tuple(map(candidate_from_feature, ours["candidates"])),
                core=Core(*(int(value) for value in ours["core"])),
                frame=Frame(*(int(value) for value in ours["frame"])),
                neighbours=tuple(map(candidate_from_feature, ours["neighbours"])),
                audit=bool(ours["audit"]),
                audit_of=int(ours["audit_of"]),
                searched=shapely.from_wkt(ours["searched"]),
                tiles=int(ours["tiles"]),
                searched_area=area_from_json(ours["searched_area"]),
                limits=None if ours["limits"] is None else limits_from_json(ours["limits"]),
                before=scene_before_from_json(ours.get("before")),
            )
        except (LookupError, TypeError, AttributeError, ArithmeticError, ShapelyError) as reason:
            raise ValueError(f"a member is missing or of the wrong kind ({reason!r})") from None
        width, height, _, _, zoom = task.frame
        if not isinstance(task.airfield, str | None):
            raise ValueError(f"airfield '{task.airfield}' is not a code")  # noqa: TRY004
        if min(*task.tile[2:], width, height, zoom) <= 0:
            raise ValueError("its picture has no place in the scene")
        return task

    def _region(self, candidate: Candidate, label: str, note: str) -> dict[str, Any]:
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
                "rectanglelabels": [label],
            },
            "meta": {"text": [note]},
        }
