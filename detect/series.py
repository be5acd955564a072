"""Scenes of one place in the order they were taken, each with the one before it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import shapely

from detect.archive import candidates_files
from detect.candidate import CandidatesFile, read_candidates
from imagery.acquisition import Span, parse_acquired
from imagery.area import area_on_earth
from imagery.errors import UsageError
from imagery.opening import is_remote
from imagery.record import SceneRecord
from imagery.scene import Scene, open_scene
from imagery.scene_names import scene_names

CANDIDATES_SUFFIX = ".geojson"


def taken(scene: SceneRecord) -> Span | None:
    """Return the times at which a scene may have been taken; None where that is not known."""
    return None if scene.acquired is None else parse_acquired(scene.acquired, scene.path).span


def taken_before(scene: SceneRecord, other: SceneRecord) -> bool:
    """Check whether a scene is known to have been taken before another."""
    span, other_span = taken(scene), taken(other)
    return span is not None and other_span is not None and span.last <= other_span.first


def in_order_of_time(scenes: Iterable[SceneRecord]) -> list[SceneRecord]:
    """Return scenes in the order they were taken; those of unknown time last, in the order given."""
    spans = [(taken(scene), index, scene) for index, scene in enumerate(scenes)]
    dated = sorted((span, index, scene) for span, index, scene in spans if span is not None)
    return [scene for _, _, scene in dated] + [scene for span, _, scene in spans if span is None]


def scenes_before(scenes: Sequence[SceneRecord]) -> list[int | None]:
    """Return for each scene the index of the latest one before it that shows some of the same ground.

    Rendered scenes follow rendered ones only.

    Args:
        scenes: In the order they were taken, of any places.
    """
    areas = [_area(scene) for scene in scenes]
    return [
        next(
            (
                earlier
                for earlier in range(index - 1, -1, -1)
                if scenes[earlier].rendered is scene.rendered
                and shapely.intersection(areas[earlier], areas[index]).area > 0
            ),
            None,
        )
        for index, scene in enumerate(scenes)
    ]


def _area(scene: SceneRecord) -> shapely.Geometry:
    return area_on_earth(scene.grid, shapely.box(0, 0, scene.width, scene.height)) or shapely.MultiPolygon()


class SeriesScene(NamedTuple):
    """A scene's candidates, and where to look for the scene.

    Attributes:
        file: Its candidates.
        path: The candidates file; None where the scene was searched now.
    """

    file: CandidatesFile
    path: Path | None


def read_series(
    names: Iterable[str],
    search: Callable[[Scene], CandidatesFile],
) -> list[SeriesScene]:
    """Return the candidates of scenes, in the order they are named.

    Args:
        names: Candidates files (``.geojson``), folders of them, and scenes as `imagery.scene_names` takes
            them. The candidates file of a scene is that of its stem beside it, if it is of this very scene.
        search: Searches a scene that has none.

    Raises:
        UsageError: There is no such file, or a scene is named twice.
        SceneError: A scene cannot be opened, or not read to its end.
    """
    series: dict[str | None, SeriesScene] = {}
    for name in names:
        for each in _named(name, search):
            sha256 = each.file.scene.sha256
            if sha256 in series:
                raise UsageError(f"{each.file.scene.path}: named twice, or searched twice; name it once")
            series[sha256] = each
    return list(series.values())


def _named(name: str, search: Callable[[Scene], CandidatesFile]) -> Iterator[SeriesScene]:
    if not is_remote(name) and (name.lower().endswith(CANDIDATES_SUFFIX) or Path(name).is_dir()):
        for path in candidates_files([name]):
            yield SeriesScene(read_candidates(path), path)
        return
    for scene in scene_names([name]):
        with open_scene(scene) as opened:
            yield _beside(opened) or SeriesScene(search(opened), None)


def _beside(scene: Scene) -> SeriesScene | None:
    """Return the candidates that lie beside a scene; None where there are none, or they are of another."""
    path = Path(scene.path).with_suffix(CANDIDATES_SUFFIX)
    if scene.remote or not path.is_file():
        return None
    try:
        file = read_candidates(path)
    except UsageError:
        return None
    return SeriesScene(file, path) if file.scene.sha256 == scene.files_sha256 else None
