"""Review tasks: one tile each, with all the candidates that belong to it.

A task carries everything that is needed to make evidence of an annotation, so what an analyst said can be
brought into a log on any machine, whether or not the scene is there.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np

from annotate.labelstudio.interface import BOXES, IMAGE, LABEL
from annotate.labelstudio.region import rectangle_of
from detect.box import box_to_tile
from detect.candidate import Candidate, CandidatesFile, candidate_from_feature, feature_of
from detect.detector import DetectorInfo
from imagery.grid import Grid
from imagery.record import SceneRecord
from imagery.scene import Scene
from imagery.tiling import LARGEST_AIRCRAFT_M, Tile, tile_of

CORE_M = 250.0
MARGIN_M = LARGEST_AIRCRAFT_M / 2  # an aircraft whose middle is in the core is whole in the picture
MODEL_VERSION = "hardstand"  # one for all: the label stream draws only predictions of the project's version
SCHEMA_VERSION = 1
JPEG_QUALITY = 95


@dataclass(frozen=True)
class ReviewTask:
    """One tile to review, and the candidates that belong to it.

    Attributes:
        scene: The scene's record.
        detector: What found the candidates.
        airfield: ICAO code, or None.
        tile: The picture's place in the scene.
        candidates: Those whose middle is in the tile's core.
    """

    scene: SceneRecord
    detector: DetectorInfo
    airfield: str | None
    tile: Tile
    candidates: tuple[Candidate, ...]

    @property
    def image_name(self) -> str:
        """A file name for the picture, of letters, digits, dashes and a dot."""
        return f"{(self.scene.sha256 or '')[:12]}-{self.tile.col}-{self.tile.row}.jpg"

    @property
    def title(self) -> str:
        """The line above the picture: what it shows, when, how finely."""
        scene = self.scene
        when = f"{scene.acquired} ({scene.acquired_precision})" if scene.acquired else "time unknown"
        source = "RENDERED, not a photograph" if scene.rendered else scene.sensor
        facts = [self.airfield or "no airfield known", when, f"GSD {scene.gsd_m:.2f} m", source]
        return " · ".join(fact for fact in facts if fact)

    def to_json(self, image: str) -> dict[str, Any]:
        """The task as the server imports it, with all candidates as one prediction.

        Args:
            image: The picture's address.
        """
        regions = [self._region(candidate) for candidate in self.candidates]
        best = max((candidate.score for candidate in self.candidates), default=0.0)
        grid = self.scene.grid
        ours = {
            "schema_version": SCHEMA_VERSION,
            "scene": asdict(self.scene),
            "detector": self.detector._asdict(),
            "airfield": self.airfield,
            "tile": list(self.tile),
            "candidates": [feature_of(candidate, grid, self.detector) for candidate in self.candidates],
        }
        return {
            "data": {"image": image, "title": self.title, "hardstand": ours},
            "predictions": [{"model_version": MODEL_VERSION, "score": best, "result": regions}],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ReviewTask:
        """The inverse of `to_json`, from a task's ``data``.

        Raises:
            ValueError: It is no task of ours.
        """
        try:
            ours = data["hardstand"]
            if ours["schema_version"] != SCHEMA_VERSION:
                raise ValueError(f"schema_version {ours['schema_version']}, this reads {SCHEMA_VERSION}")
            task = cls(
                scene=SceneRecord.from_json(ours["scene"]),
                detector=DetectorInfo(**ours["detector"]),
                airfield=ours["airfield"],
                tile=Tile(*(int(value) for value in ours["tile"])),
                candidates=tuple(candidate_from_feature(feature) for feature in ours["candidates"]),
            )
            transform = task.scene.grid.transform
        except (KeyError, TypeError, IndexError, AttributeError, OverflowError) as reason:
            raise ValueError(f"a member is missing or of the wrong kind ({reason!r})") from None
        if transform.is_degenerate or min(task.tile[2:]) <= 0:
            raise ValueError("its picture has no place in the scene")
        return task

    def _region(self, candidate: Candidate) -> dict[str, Any]:
        width, height = self.tile.out_width, self.tile.out_height
        rectangle = rectangle_of(box_to_tile(self.tile, candidate.box), width, height)
        length, span, heading = candidate.ground
        note = f"{length:.1f} m long, {span:.1f} m span"
        if self.scene.grid.placed:
            note += f", heading {heading:.0f}°"
        return {
            "id": candidate.id,
            "type": "rectanglelabels",
            "from_name": BOXES,
            "to_name": IMAGE,
            "original_width": width,
            "original_height": height,
            "image_rotation": 0,
            "score": candidate.score,
            "value": {**rectangle, "rectanglelabels": [LABEL]},
            "meta": {"text": [note if candidate.heading_sure else f"{note} or opposite"]},
        }


def review_tasks(file: CandidatesFile) -> list[ReviewTask]:
    """One task for each core, out of a fixed raster of about 250 m, that holds the middle of a candidate."""
    grid = file.scene.grid
    by_core: dict[tuple[int, int], list[Candidate]] = defaultdict(list)
    cols, rows = _cores(grid)
    for candidate in file.candidates:
        col, row = candidate.box.center
        by_core[_place(row, rows), _place(col, cols)].append(candidate)
    return [
        ReviewTask(
            scene=file.scene,
            detector=file.detector,
            airfield=candidates[0].airfield,
            tile=_tile_around(grid, cols[col : col + 2], rows[row : row + 2]),
            candidates=tuple(candidates),
        )
        for (row, col), candidates in sorted(by_core.items())
    ]


def _cores(grid: Grid) -> tuple[list[int], list[int]]:
    """Edges of the cores' columns and rows; they are as even as can be, so that none is a sliver."""
    size = grid.gsd_xy_m()
    counts = max(1, round(grid.width * size.x / CORE_M)), max(1, round(grid.height * size.y / CORE_M))
    extents = zip((grid.width, grid.height), counts, strict=True)
    cols, rows = ([round(extent * i / count) for i in range(count + 1)] for extent, count in extents)
    return cols, rows


def _place(position: float, edges: list[int]) -> int:
    return min(max(bisect_right(edges, position) - 1, 0), len(edges) - 2)


def _tile_around(grid: Grid, cols: list[int], rows: list[int]) -> Tile:
    """The core between two edges each way, with its margin, as far as the scene goes."""
    size = grid.gsd_xy_m()
    margin_cols, margin_rows = round(MARGIN_M / size.x), round(MARGIN_M / size.y)
    left, right = max(0, cols[0] - margin_cols), min(grid.width, cols[1] + margin_cols)
    top, bottom = max(0, rows[0] - margin_rows), min(grid.height, rows[1] + margin_rows)
    return tile_of(grid, left, top, right - left, bottom - top)


def tile_jpeg(scene: Scene, tile: Tile) -> bytes:
    """The picture of a tile as a JPEG file."""
    pixels = scene.read(tile).pixels
    if pixels.shape[-1] == 3:
        pixels = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR).astype(np.uint8)
    _, encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return encoded.tobytes()
