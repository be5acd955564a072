"""Pictures of whole scenes with their candidates numbered, for those who look at more than one tile."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from annotate.labelstudio.images import Images
from annotate.labelstudio.scenes_at_hand import open_recorded
from detect.box import corners
from detect.candidate import CandidatesFile
from imagery.preview import write_preview

JPEG_QUALITY = 90


def scene_overviews(
    files: Iterable[CandidatesFile], images: Images, folders: dict[str | None, Path]
) -> dict[str, str]:
    """Draw each scene with its candidates, numbered in the order of their file, and put that on the server.

    Args:
        files: Of one scene each.
        images: Where the pictures go.
        folders: By the scenes' hashes, where to look for a scene that is not where it was.

    Returns:
        The pictures' addresses by the path of their scene.

    Raises:
        HardstandError: A scene is damaged, or the server fails.
    """
    addresses = {}
    for file in files:
        record, grid = file.scene, file.scene.grid
        boxes = [corners(c.box, grid.ground_matrix(c.box.center)) for c in file.candidates]
        with TemporaryDirectory() as folder, open_recorded(record, folders[record.sha256]) as scene:
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
