"""The ground of a task in the scene before and in the next one, at the same place and size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image

from annotate.labelstudio.region import Frame
from annotate.labelstudio.scenes_compared import OtherScene
from annotate.labelstudio.task_picture import draw_outline, enlarged, framed, jpeg
from annotate.labelstudio.tasks import OtherView, ReviewTask
from annotate.log.entries import Sighting
from detect.box import OrientedBox, corners
from imagery.grid import Floats, PixelPoint
from imagery.overlay import Overlay
from imagery.registration.laid_image import laid_image
from imagery.scene import Scene
from imagery.words import counted

EM_PX = 14.0
LOGGED = (255, 235, 59)  # red, green, blue
BEFORE_KEY, NEXT_KEY = "b", "n"

Logged = Callable[[str | None], Sequence[Sighting]]  # of a scene, by its hash


class OpenedScene(NamedTuple):
    """A scene before or after, open, with the aircraft that were logged there."""

    other: OtherScene
    scene: Scene
    sightings: Sequence[Sighting]


def other_views(task: ReviewTask, opened: Sequence[OpenedScene]) -> list[tuple[OtherView, bytes]]:
    """Return what the page calls the task's ground in other scenes, and the JPEG files.

    Args:
        task: Whose ground.
        opened: The scene before and the next one, as far as there are; what shows nothing of it is left out.

    Raises:
        SceneError: One is damaged there.
    """
    views: dict[str, tuple[OtherView, bytes]] = {}
    for other, scene, sightings in opened:
        key = BEFORE_KEY if other.earlier else NEXT_KEY
        image = laid_image(task.scene.grid, task.tile, scene, other.in_other)
        if key in views or not image.valid.any():
            continue
        when = (other.scene.acquired or "").replace("T", " ")
        title = f"{'Scene before' if other.earlier else 'Next scene'}: {when}"
        pixels = enlarged(image, task.frame.zoom)
        rings = [(sighting, _ring(sighting, task, other)) for sighting in sightings if sighting.box_px]
        inside = [(sighting, ring) for sighting, ring in rings if _meets(ring, pixels.shape)]
        for _, ring in inside:
            draw_outline(pixels, ring, LOGGED)
        words = Overlay(pixels.shape[1], pixels.shape[0], EM_PX, np.zeros(2))
        for sighting, ring in inside:
            at = np.array([ring[:, 0].mean(), ring[:, 1].min() - 0.7 * EM_PX])
            words.draw_text(at, ascii(sighting.type or "unknown type")[1:-1], "mm")
        logged = f"{counted(len(inside), 'aircraft', 'aircraft')} logged" if inside else "nothing logged"
        words.draw_text(np.array([0.6 * EM_PX, EM_PX]), f"{title}; {logged} here", "lm")
        picture = np.asarray(words.over(Image.fromarray(pixels)))
        rendered = other.scene.rendered or task.scene.rendered
        page = framed(picture, task.frame, task.tile, task.scene.grid, rendered)
        views[key] = OtherView(key, title), jpeg(page)
    return list(views.values())


def _ring(sighting: Sighting, task: ReviewTask, other: OtherScene) -> Floats:
    """Return the corners of a logged aircraft's box in pixels of the tile's enlarged picture."""
    grid, own = other.scene.grid, task.scene.grid
    box = OrientedBox(PixelPoint(*(sighting.center_px or (0, 0))), *(sighting.box_px or (0, 0, 0)))
    places = (
        other.in_scene(grid.lonlat(PixelPoint(*corner)))
        for corner in corners(box, grid.ground_matrix(box.center)).tolist()
    )
    inside: Frame = task.frame._replace(left=0, top=0)
    return np.array([np.multiply(task.tile.to_tile(own.pixel(place)), inside.zoom) for place in places])


def _meets(ring: Floats, shape: tuple[int, ...]) -> bool:
    return bool((ring.max(axis=0) > 0).all() and (ring.min(axis=0) < (shape[1], shape[0])).all())
