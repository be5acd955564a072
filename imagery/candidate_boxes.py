"""The boxes of a candidates file, to be drawn: all that `imagery` knows of candidates is where they are."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import numpy as np

from imagery.errors import UsageError
from imagery.grid import Floats
from imagery.json_text import parse_json
from imagery.scene import Scene

FARTHEST_PX = 2.0**23  # twice as far as the longest side of an image
SIZES = ("length_px", "width_px", "angle_deg")


def candidate_boxes(path: str | os.PathLike[str], scene: Scene) -> list[Floats]:
    """Return the corners of a file's candidates, each (4, 2) in scene pixels, in the order of the file.

    Args:
        path: As `hardstand detect` writes it.
        scene: Whose candidates they have to be.

    Raises:
        UsageError: It cannot be read, is not a candidates file, or is of another scene.
    """
    name = os.fspath(path)
    try:
        document = parse_json(Path(path).read_bytes())
        size = document["scene"]["width"], document["scene"]["height"]
        boxes = [_corners(feature["properties"]) for feature in document["features"]]
    except OSError as reason:
        raise UsageError(f"{name}: cannot be read ({reason.strerror})") from None
    except (ValueError, LookupError, TypeError):
        raise UsageError(f"{name}: is not a candidates file; `hardstand detect` writes them") from None
    if size != (scene.grid.width, scene.grid.height):
        raise UsageError(f"{name}: is of another scene than {scene.path}, which has another size")
    return boxes


def _corners(properties: dict[str, Any]) -> Floats:
    """Return a box's corners.

    Raises:
        ValueError: A number is not one.
        LookupError: A member is missing.
        TypeError: A member is of the wrong kind.
    """
    center = np.array(properties["center_px"], float)
    length, width, angle = (float(properties[name]) for name in SIZES)
    numbers = np.array([*center.ravel(), length, width, angle])
    if center.shape != (2,) or not (np.abs(numbers) < FARTHEST_PX).all():
        raise ValueError("a box has no place in an image")
    sine, cosine = math.sin(math.radians(angle)), math.cos(math.radians(angle))
    nose, wing = np.array([sine, -cosine]) * length / 2, np.array([cosine, sine]) * width / 2
    ring: Floats = np.array([nose - wing, nose + wing, wing - nose, -nose - wing]) + center
    return ring
