"""Pictures of whole scenes with their candidates numbered, for those who look at more than one tile."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from annotate.labelstudio.images import Images
from detect.box import corners
from detect.candidate import CandidatesFile
from imagery.preview import write_preview
from imagery.record import SceneRecord
from imagery.recorded_scenes import open_recorded

JPEG_QUALITY = 90


def scene_overviews(
    files: Iterable[CandidatesFile], images: Images, at_hand: Mapping[str | None, SceneRecord]
) -> dict[str, str]:
    """Draw each scene with its candidates, numbered in the order of their file, and put that on the server.

    Args:
        files: Of one scene each.
        images: Where the pictures go.
        at_hand: By their hashes, the scenes to draw, with the paths at which they are now.

    Returns:
        The pictures' addresses by the path of their scene.

    Raises:
        HardstandError: A scene is damaged, or the server fails.
    """
    addresses = {}
    for file in files:
        record, grid = at_hand.get(file.scene.sha256), file.scene.grid
        if record is None:
            continue
        boxes = [corners(c.box, grid.ground_matrix(c.box.center)) for c in file.candidates]
        with TemporaryDirectory() as folder, open_recorded(record) as scene:
            path = Path(folder) / "scene.png"
            write_preview(scene, path, tiles=[], aoi=file.aoi, nearest=scene.nearest, boxes=boxes)
            content = _jpeg(path)
        name = f"scene-{hashlib.sha256(content).hexdigest()[:16]}.jpg"
        addresses[record.path] = images.place({name: content})[name]
    return addresses


def _jpeg(path: Path) -> bytes:
    content = BytesIO()
    with Image.open(path) as picture:
        picture.save(content, "JPEG", quality=JPEG_QUALITY)
    return content.getvalue()
