"""Many scenes, one candidates file each: existing files are kept, and a failing scene stops no other."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from detect import Progress
from detect.candidate import read_candidates, write_candidates
from detect.detector import Detector, DetectorInfo
from detect.processes import Ended, in_processes
from detect.scan import scan, scan_info
from imagery.errors import HardstandError, OutputExists, SceneError, UsageError
from imagery.opening import is_remote
from imagery.references import file_of, part_of
from imagery.remote import received_bytes
from imagery.scene import Scene, open_scene
from imagery.scene_options import SceneOptions
from imagery.stac import item_id

LONGEST_STEM = 100  # characters of an item's identifier; a file name may have 255 bytes


class ScanResult(NamedTuple):
    """The outcome of one scene.

    Attributes:
        scene: Its path as given.
        path: The candidates file; None where the scene failed.
        candidates: How many candidates are in it.
        kept: Whether the file existed already, from the same scene and settings.
        doubts: Why place, values or the detector's figures may not hold for the scene, a line each.
        error: Why the scene failed; None where it did not.
        seconds: How long it took.
        bytes_read: The size of its files, which hashing reads whole; over a network, what the server sent.
            None where the scene failed.
    """

    scene: str
    path: Path | None = None
    candidates: int = 0
    kept: bool = False
    doubts: tuple[str, ...] = ()
    error: HardstandError | None = None
    seconds: float = 0.0
    bytes_read: int | None = None


class _Search(NamedTuple):
    """What is the same for all scenes of a run; it goes to other processes."""

    folder: Path
    detector: Detector
    min_score: float | None
    budget: float | None
    overwrite: bool
    options: SceneOptions


class _Named(NamedTuple):
    """A scene, and whether it is the only one of its stem in the whole run."""

    path: str
    alone: bool


def scan_archive(
    scenes: Sequence[str],
    folder: Path,
    detector: Detector,
    *,
    min_score: float | None = None,
    budget: float | None = None,
    overwrite: bool = False,
    options: SceneOptions | None = None,
    workers: int = 1,
    shard: tuple[int, int] = (1, 1),
    scheduler: str | None = None,
    progress: Callable[[str], AbstractContextManager[Progress | None]] = lambda _scene: nullcontext(),
) -> Iterator[ScanResult]:
    """Find candidates in each scene and write one file per scene.

    A file that already exists from the same scene, detector and settings is kept as it is: repeating a run
    that was interrupted completes it. The files are the same to the byte with any number of workers and
    however the scenes are divided into shards.

    Args:
        scenes: Paths, addresses and items, as for `imagery.open_scene`.
        folder: Where the candidates files go.
        detector: Searches the tiles.
        min_score: As for `detect.detect`.
        budget: As for `detect.detect`.
        overwrite: Replace files from other scenes or settings.
        options: What is known of all the scenes, as for `imagery.open_scene`.
        workers: Processes that search scenes at once; they share the cores. A detector of your own must be
            one that `pickle` can copy, and of a module that can be imported.
        shard: ``(i, n)``: take the i-th of n parts of the scenes, counted from 1, so that n runs do all.
        scheduler: Address of a Dask cluster's scheduler, on whose workers scenes are searched, instead of
            processes of this machine.
        progress: Called with each scene's path, but for several workers; gives the progress function for
            `detect.detect`.

    Yields:
        One result per scene, in order. Errors are in the result, not raised.

    Raises:
        UsageError: There is no such part, or the detector cannot be copied to other processes.
    """
    number, parts = shard
    if not 1 <= number <= parts:
        raise UsageError(f"`shard` is {number}/{parts}; count from 1/{parts} to {parts}/{parts}")
    paths = list(dict.fromkeys(scenes))
    stems = Counter(map(_stem, paths))
    part = [_Named(path, stems[_stem(path)] == 1) for path in paths[number - 1 :: parts]]
    search = _Search(folder, detector, min_score, budget, overwrite, options or {})
    if scheduler is not None:
        from detect.dask_cluster import on_cluster

        results = _in_order(part, on_cluster(partial(_searched, search), part, scheduler))
    elif workers > 1 and len(part) > 1:
        done_by_workers = in_processes(partial(_searched, search), part, min(workers, len(part)))
        results = _in_order(part, done_by_workers)
    else:
        results = (_searched(search, scene, progress) for scene in part)
    done: dict[Path | None, str] = {}
    for result in results:
        first = done.setdefault(result.path, result.scene)
        if result.path is not None and first != result.scene:
            twice = UsageError(f"{result.scene}: the same image as {first}, named twice; name it once")
            yield ScanResult(result.scene, error=twice, seconds=result.seconds)
        else:
            yield result


def _in_order(
    scenes: list[_Named], results: Iterator[tuple[int, ScanResult | Ended]]
) -> Iterator[ScanResult]:
    """Yield the results of workers in the order of the scenes."""
    waiting: dict[int, ScanResult] = {}
    following = 0
    for index, result in results:
        if isinstance(result, Ended):
            path = scenes[index].path
            reason = f"{path}: two workers ended while they searched it ({result.how}); search it alone"
            waiting[index] = ScanResult(path, error=SceneError(reason))
        else:
            waiting[index] = result
        while following in waiting:
            yield waiting.pop(following)
            following += 1


def _searched(
    search: _Search,
    scene: _Named,
    progress: Callable[[str], AbstractContextManager[Progress | None]] = lambda _scene: nullcontext(),
) -> ScanResult:
    """Search a scene and write its file, or keep the one that is there."""
    start, before = time.perf_counter(), received_bytes()
    try:
        with open_scene(scene.path, **search.options) as opened:
            result = _result(search, opened, alone=scene.alone, progress=progress)
            if opened.remote:
                result = result._replace(bytes_read=received_bytes() - before)
    except HardstandError as error:
        return ScanResult(scene.path, error=error, seconds=time.perf_counter() - start)
    return result._replace(seconds=time.perf_counter() - start)


def _result(
    search: _Search,
    scene: Scene,
    *,
    alone: bool,
    progress: Callable[[str], AbstractContextManager[Progress | None]],
) -> ScanResult:
    folder, detector, min_score, budget, overwrite, _ = search
    target = folder / _file_name(scene, alone=alone)
    if target.exists() and not overwrite:
        return _kept(scene, target, scan_info(detector, scene, min_score, budget))
    with progress(scene.path) as report:
        candidates = scan(scene, detector, min_score=min_score, budget=budget, progress=report)
    try:
        write_candidates(candidates, target, overwrite=overwrite)
    except OutputExists:  # another run has written it meanwhile
        return _kept(scene, target, candidates.detector)
    size = candidates.scene.size_bytes
    return ScanResult(
        scene.path, target, len(candidates.candidates), doubts=candidates.doubts, bytes_read=size
    )


def _file_name(scene: Scene, *, alone: bool) -> str:
    if alone:
        return f"{_stem(scene.path)}.geojson"
    # Of what lies on a server nothing has been read yet, so its address must do.
    identity = hashlib.sha256(scene.path.encode()).hexdigest() if scene.remote else scene.record().sha256
    return f"{_stem(scene.path)}-{(identity or '')[:8]}.geojson"


def _stem(name: str) -> str:
    """Return a scene's stem: of a path or address, a file and an image's number, or an item's identifier."""
    part = part_of(name)
    if part is not None:
        return f"{Path(part.file).stem}-{part.number}"
    identifier = item_id(name)
    if identifier is not None:
        return re.sub(r"[^\w.-]", "-", identifier).strip(".")[:LONGEST_STEM] or "item"
    return Path(unquote(urlsplit(name).path) if is_remote(name) else name).stem


def _kept(scene: Scene, target: Path, info: DetectorInfo) -> ScanResult:
    """Return the result for a file that exists, if it is what this run would write.

    Where the scene was moved, the file then says where it is.

    Raises:
        OutputExists: It is something else.
    """
    try:
        existing = read_candidates(target)
    except UsageError:
        raise OutputExists(target) from None
    # The same image under another path, or an older release with the same detector, would be the same.
    now, before = scene.record(), existing.scene
    same = replace(now, path=before.path, software_version=before.software_version)
    if scene.remote:  # nothing has been read yet, so the server's word must do
        same = replace(same, sha256=before.sha256)
    unknown = scene.remote and now.etag is None
    if unknown or before != same or existing.detector != info:
        raise OutputExists(target)
    if not scene.remote and not Path(file_of(before.path)).exists():
        moved = replace(existing, scene=replace(before, path=now.path))
        write_candidates(moved, target, overwrite=True)
    return ScanResult(
        scene.path,
        target,
        len(existing.candidates),
        kept=True,
        doubts=existing.doubts,
        bytes_read=now.size_bytes,
    )


def candidates_files(places: Iterable[str | os.PathLike[str]]) -> list[Path]:
    """List the candidates files that some paths of files and folders name.

    Raises:
        UsageError: A path does not exist, or a folder has no candidates files in it.
    """
    files: dict[Path, None] = {}
    for place in map(Path, places):
        if place.is_dir():
            inside = sorted(place.glob("*.geojson"))
            if not inside:
                raise UsageError(f"{place}: no candidates files in it; find candidates first")
            files |= dict.fromkeys(inside)
        elif place.exists():
            files[place] = None
        else:
            raise UsageError(f"{place}: no such file or folder; check the path")
    return list(files)
