"""Real aircraft put into pictures under another paint, beside other things that are pasted the same way.

Photographs of airports show white airliners, and a network trained on them takes brightness for a sign. Here
shape is all that stays: the same aircraft comes in any paint down to the tone of the ground, of another size,
in another light, on another ground. Pieces of ground are pasted too, so that pasting itself is no sign.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from detect.arrays import Singles
from detect.training.cutouts import Cutout
from detect.training.free_ground import QUIET, GroundPatch
from detect.training.paint import repainted
from detect.training.pasted_decoys import paste_decoy
from detect.training.pasting import Collage, Layer, Thing, rotation
from detect.training.training_picture import Aircraft, TrainingPicture
from imagery.grid import Floats

SCALES = (0.5, 1.6)  # as if of another type
SIZES_M = (7.5, 75.0)  # of length and span the larger: smaller and larger aircraft hardly exist
IN_ROWS, LONGEST_ROW, ROW_SPACING = 0.3, 6, (1.05, 1.6)  # spacing in wingspans
UNEVEN, UNEVEN_SHARE = 28.0, 0.2  # some stand on ground that is less even
TURN_DEG = 1.5  # deviation of headings in a row
# Of the wingspan, above the ground: wing, fuselage and fin (airliners, light aircraft and fighters alike).
WING_HEIGHTS, BODY_HEIGHTS, FIN_HEIGHTS = (0.05, 0.09), (0.03, 0.16), (0.1, 0.3)
BODY_HALF, FIN_HALF, FIN_LENGTH = 0.07, 0.025, 0.17  # of span, span and length
DECOYS = 0.6  # things pasted that are no aircraft, for each aircraft
TRIES = 20  # places looked at for each aircraft
LEAST_SEEN, SEEN_SPREAD = 8.0, 0.5  # grey values, and share of the ground's spread, that paint must be off it


def with_repainted(
    picture: TrainingPicture, cutouts: Sequence[Cutout], count: int, rng: np.random.Generator
) -> TrainingPicture:
    """Paste cut-outs and decoys where the picture's ground is free.

    Args:
        picture: What they are put into; it stays as it was.
        cutouts: Aircraft to choose from.
        count: About how many are wanted; fewer where there is no room.
        rng: Source of all that is random.
    """
    collage, added = Collage(picture, rng), Aircraft.none()
    for _ in range(int(rng.integers(0, round(2 * DECOYS * count) + 1))):
        paste_decoy(collage, rng)
    for _ in range(TRIES * count):
        if len(added.extents) >= count:
            break
        added = added.joined(_paste_row(collage, cutouts[int(rng.integers(len(cutouts)))], rng))
    return collage.picture(added)


def _paste_row(collage: Collage, cutout: Cutout, rng: np.random.Generator) -> Aircraft:
    """Paste one aircraft, or several of a type and paint wing tip by wing tip, as far as there is room."""
    ground, gsd_m = collage.ground, collage.original.gsd_m
    own_m = float(cutout.size.max()) * cutout.gsd_m
    factors = np.clip(SCALES, SIZES_M[0] / own_m, SIZES_M[1] / own_m)
    scale = float(np.exp(rng.uniform(*np.log(factors))) * cutout.gsd_m / gsd_m)
    flip, angle_deg, size = rng.choice([-1.0, 1.0]), rng.uniform(0, 360), cutout.size * scale
    start = rng.uniform(0, 1, 2) * collage.original.pixels.shape[1::-1]
    step = rotation(angle_deg)[:, 0] * size[1] * rng.uniform(*ROW_SPACING)
    quiet = UNEVEN if rng.random() < UNEVEN_SHARE else QUIET
    row, thing = Aircraft.none(), None
    for number in range(int(rng.integers(2, LONGEST_ROW + 1)) if rng.random() < IN_ROWS else 1):
        center, turn_deg = start + number * step, angle_deg + rng.normal(0, TURN_DEG)
        box = _box(center, size, turn_deg)
        if not ground.is_free(box, quiet):
            break
        if thing is None:
            thing = Thing(repainted(cutout, ground.at(box), rng), cutout.alpha, _layers(cutout, scale))
        # Nose up, maybe the other way round, then as it is to stand.
        linear = scale * rotation(turn_deg) @ np.diag([flip, 1.0]) @ rotation(-cutout.axis_deg)
        if not _is_seen(thing, ground.at(box)):
            break
        extent = collage.paste(thing, center, linear, cutout.center)
        if extent is not None:
            # Where the nose is in doubt, length and span may be swapped.
            known = 1.0 if cutout.nose_sure else np.nan
            row = row.joined(Aircraft(extent[None], np.array([turn_deg % 360 * known]), size[None] * known))
            ground.taken.append(box)
    return row


def _box(center: Floats, size: Floats, angle_deg: float) -> shapely.Polygon:
    """Return an oriented box; size is length and width, the angle clockwise from up."""
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * size[::-1] / 2
    return shapely.Polygon(corners @ rotation(angle_deg).T + center)


def _is_seen(thing: Thing, ground: GroundPatch) -> bool:
    """Check whether paint differs from the ground enough for a person to see the aircraft."""
    apart = np.abs(thing.colours - ground.colour.astype(np.float32)).max(axis=2)
    mean = float((apart * thing.alpha).sum() / thing.alpha.sum())
    return mean >= max(LEAST_SEEN, SEEN_SPREAD * ground.spread)


def _layers(cutout: Cutout, scale: float) -> tuple[Layer, ...]:
    """Return what of an aircraft throws a shadow, from what height."""
    aside, behind = cutout.from_axes()
    length, span = cutout.size
    body = np.abs(aside) < BODY_HALF * span
    fin = (np.abs(aside) < FIN_HALF * span + 0.7) & (behind > (0.5 - FIN_LENGTH) * length)
    parts: tuple[tuple[Singles, tuple[float, float]], ...] = (
        (cutout.alpha, WING_HEIGHTS),
        (cutout.alpha * body, BODY_HEIGHTS),
        (cutout.alpha * fin, FIN_HEIGHTS),
    )
    return tuple(Layer(alpha, low * span * scale, high * span * scale) for alpha, (low, high) in parts)
