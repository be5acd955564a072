"""What is known of the aircraft in scenes, whatever file said it, and which scene it is known of."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath, PureWindowsPath
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np

from detect.box import Extent, GroundBox, OrientedBox, compass_deg, from_ground
from detect.candidate import CandidatesFile
from imagery.errors import UsageError
from imagery.grid import Grid, LonLat, PixelPoint

NAMED_AT_MOST = 5  # scenes that a message names before it only counts them


class Marks(NamedTuple):
    """An aircraft marked by hand, in scene pixels; left and right as the pilot sees them."""

    nose: PixelPoint
    tail: PixelPoint
    left: PixelPoint
    right: PixelPoint


@dataclass(frozen=True)
class TruthBox:
    """An aircraft whose extent is known.

    Attributes:
        extent: Axis-aligned extent of the planform, in scene pixels.
        box: The oriented box, where its angle is known.
        type: ICAO designator, where it is known.
        ignored: Neither to be found nor wrong to be found, such as one that the scene's border cuts.
    """

    extent: Extent
    box: OrientedBox | None = None
    type: str | None = None
    ignored: bool = False


@dataclass(frozen=True)
class SceneTruth:
    """What is known of one scene.

    Attributes:
        scene: File name of the scene; with ``prefixed`` a name that begins with the scene's stem.
        site: The airfield or other group that it belongs to, where known.
        boxes: All its aircraft; None where only some are known, as ``marks`` or ``points``.
        marks: Some of its aircraft, marked by hand.
        points: Some of its aircraft, as places only.
        prefixed: The truth does not name its scene, but its own file is named after it.
    """

    scene: str
    site: str | None = None
    boxes: tuple[TruthBox, ...] | None = None
    marks: tuple[Marks, ...] = ()
    points: tuple[LonLat, ...] = ()
    prefixed: bool = False


class Truth(NamedTuple):
    """What is known of some scenes.

    Attributes:
        source: Where it is from, for messages.
        scenes: One each.
        left_out: How many marks of each category that is not aircraft were left out.
    """

    source: str
    scenes: tuple[SceneTruth, ...]
    left_out: Mapping[str, int] = MappingProxyType({})


class Pairing(NamedTuple):
    """Candidates beside the truth of the same scene.

    Attributes:
        pairs: In the order of the scenes' names.
        without_candidates: Scenes that only the truth has.
        without_truth: Scenes that only the candidates have.
    """

    pairs: tuple[tuple[CandidatesFile, SceneTruth], ...]
    without_candidates: tuple[str, ...]
    without_truth: tuple[str, ...]


def scene_name(file: CandidatesFile) -> str:
    """Return the file name of the scene that a candidates file is of."""
    return PurePath(file.scene.path).name


def pair_scenes(files: Sequence[CandidatesFile], truth: Truth) -> Pairing:
    """Find the truth of each candidates file by its scene's name, or by the stem of it.

    Raises:
        UsageError: No scene has both, or a scene has one of them twice.
    """
    names = [scene_name(file) for file in files]
    twice = _first_twice(names)
    if twice is not None:
        raise UsageError(f"two candidates files are of the scene {twice}; give one of them")
    named = [(scene_of_truth(scene, names), scene) for scene in truth.scenes]
    paired = [name for name, _ in named if name is not None]
    twice = _first_twice(paired)
    if twice is not None:
        raise UsageError(f"{truth.source}: names the scene {twice} twice; leave one of them out")
    if not paired:
        raise UsageError(
            f"{truth.source}: names no scene of the candidates; it is of "
            f"{names_in_brief([scene.scene for scene in truth.scenes])}, "
            f"the candidates are of {names_in_brief(names)}"
        )
    by_name = dict(zip(names, files, strict=True))
    pairs = sorted(((name, scene) for name, scene in named if name is not None), key=lambda pair: pair[0])
    return Pairing(
        tuple((by_name[name], scene) for name, scene in pairs),
        tuple(sorted(scene.scene for name, scene in named if name is None)),
        tuple(sorted(set(names) - set(paired))),
    )


def names_in_brief(scenes: Sequence[str]) -> str:
    """Return names for a message: the first few, and how many more there are."""
    more = len(scenes) - NAMED_AT_MOST
    names = ", ".join(sorted(scenes)[:NAMED_AT_MOST]) or "none"
    return f"{names} and {more} more" if more > 0 else names


def scene_of_truth(truth: SceneTruth, names: Sequence[str]) -> str | None:
    """Find the one scene that a truth is of; a stem that two scenes share decides nothing."""
    for written in () if truth.prefixed else _names_in(truth.scene):
        if written in names:
            return written
    stems = {name: PurePath(name).stem for name in names}
    if truth.prefixed:
        fit = [name for name in names if _begins_with(truth.scene, stems[name])]
        longest = max((len(stems[name]) for name in fit), default=0)
        fit = [name for name in fit if len(stems[name]) == longest]
    else:
        for written in _names_in(truth.scene):
            fit = [name for name in names if stems[name] == PurePath(written).stem]
            if fit:
                break
    return fit[0] if len(fit) == 1 else None


def _names_in(text: str) -> Iterator[str]:
    """Yield the file names that an annotation tool may have meant by what it wrote, the likeliest first.

    Label Studio writes Windows' paths, ``/data/local-files/?d=scenes/a.tif`` and, of an upload, eight digits
    before the name; Roboflow writes ``a_tif.rf.`` and a hash.
    """
    yield text
    parts = urlsplit(text) if "?" in text else None
    served = parse_qs(parts.query).get("d", [parts.path])[0] if parts else text
    for path in (text, unquote(served)):
        name = PureWindowsPath(path).name
        yield name
        yield re.sub(r"^[0-9a-f]{8}-(?=.)", "", name)
        yield re.sub(r"_(tif|tiff|png|jpg|jpeg|jp2)\.rf\.[0-9a-f]+\.\w+$", r".\1", name, flags=re.IGNORECASE)


def _begins_with(name: str, stem: str) -> bool:
    """Check for a whole word: ``gabs.truth.geojson`` and ``gabs_planes`` begin with it, not ``gabs2``."""
    return name.startswith(stem) and not name[len(stem) : len(stem) + 1].isalnum()


def _first_twice(names: Sequence[str]) -> str | None:
    return next((name for index, name in enumerate(names) if name in names[:index]), None)


def box_of_marks(marks: Marks, grid: Grid) -> TruthBox:
    """Return the oriented box that four marks span: its axis goes through nose and tail.

    Args:
        marks: In pixels of the grid.
        grid: The scene's.
    """
    middle = PixelPoint(
        (marks.nose.col + marks.tail.col) / 2,
        (marks.nose.row + marks.tail.row) / 2,
    )
    matrix = grid.ground_matrix(middle)
    ahead = matrix @ np.subtract(marks.nose, marks.tail)
    across = matrix @ np.subtract(marks.right, marks.left)
    heading = compass_deg(math.degrees(math.atan2(ahead[0], ahead[1])))
    ground = GroundBox(math.hypot(*ahead), math.hypot(*across), heading)
    points = np.array(marks)
    return TruthBox(Extent(*points.min(0), *points.max(0)), from_ground(middle, ground, matrix))
