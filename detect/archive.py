"""Many scenes, one candidates file each: existing files are kept, and a failing scene stops no other."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from detect import Progress
from detect.candidate import read_candidates, write_candidates
from detect.detector import Detector, DetectorInfo
from detect.scan import scan, scan_info
from imagery.errors import HardstandError, OutputExists, OutputUnwritable, UsageError
from imagery.opening import is_remote
from imagery.references import part_of
from imagery.scene import Scene, open_scene
from imagery.scene_options import SceneOptions


class ScanResult(NamedTuple):
    """The outcome of one scene.

    Attributes:
        scene: Its path as given.
        path: The candidates file; None where the scene failed.
        candidates: How many candidates are in it.
        kept: Whether the file existed already, from the same scene and settings.
        doubts: Why place, values or the detector's figures may not hold for the scene, a line each.
        error: Why the scene failed; None where it did not.
    """

    scene: str
    path: Path | None = None
    candidates: int = 0
    kept: bool = False
    doubts: tuple[str, ...] = ()
    error: HardstandError | None = None


def usable_folder(path: str | os.PathLike[str]) -> Path:
    """Make a folder if need be and try to write to it, so that no work is done in vain.

    Raises:
        OutputUnwritable: The folder cannot be made or written.
    """
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as reason:
        raise OutputUnwritable(folder, reason) from None
    return folder


def scan_archive(
    scenes: Sequence[str],
    folder: Path,
    detector: Detector,
    *,
    min_score: float | None = None,
    budget: float | None = None,
    overwrite: bool = False,
    options: SceneOptions | None = None,
    progress: Callable[[str], AbstractContextManager[Progress | None]] = lambda _scene: nullcontext(),
) -> Iterator[ScanResult]:
    """Find candidates in each scene and write one file per scene.

    A file that already exists from the same scene, detector and settings is kept as it is: repeating a run
    that was interrupted completes it.

    Args:
        scenes: Paths.
        folder: Where the candidates files go.
        detector: Searches the tiles.
        min_score: As for `detect.detect`.
        budget: As for `detect.detect`.
        overwrite: Replace files from other scenes or settings.
        options: What is known of all the scenes, as for `imagery.open_scene`.
        progress: Called with each scene's path; gives the progress function for `detect.detect`.

    Yields:
        One result per scene, in order. Errors are in the result, not raised.
    """
    stems = Counter(_stem(scene) for scene in dict.fromkeys(scenes))
    done: dict[Path, str] = {}
    for path in dict.fromkeys(scenes):
        try:
            with open_scene(path, **(options or {})) as scene:
                target = folder / _file_name(scene, alone=stems[_stem(path)] == 1)
                if target in done:
                    raise UsageError(f"{path}: the same image as {done[target]}, named twice; name it once")
                done[target] = path
                if target.exists() and not overwrite:
                    yield _kept(scene, target, scan_info(detector, scene, min_score, budget))
                    continue
                with progress(path) as report:
                    candidates = scan(scene, detector, min_score=min_score, budget=budget, progress=report)
                try:
                    write_candidates(candidates, target, overwrite=overwrite)
                except OutputExists:  # another run has written it meanwhile
                    yield _kept(scene, target, candidates.detector)
                    continue
                yield ScanResult(path, target, len(candidates.candidates), doubts=candidates.doubts)
        except HardstandError as error:
            yield ScanResult(path, error=error)


def _file_name(scene: Scene, *, alone: bool) -> str:
    if alone:
        return f"{_stem(scene.path)}.geojson"
    # Of what lies on a server nothing has been read yet, so its address must do.
    identity = hashlib.sha256(scene.path.encode()).hexdigest() if scene.remote else scene.record().sha256
    return f"{_stem(scene.path)}-{(identity or '')[:8]}.geojson"


def _stem(name: str) -> str:
    """Return a scene's stem: of a path, of the path in an address, or of a file and the image's number."""
    part = part_of(name)
    if part is not None:
        return f"{Path(part.file).stem}-{part.number}"
    return Path(unquote(urlsplit(name).path) if is_remote(name) else name).stem


def _kept(scene: Scene, target: Path, info: DetectorInfo) -> ScanResult:
    """Return the result for a file that exists, if it is what this run would write.

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
    return ScanResult(scene.path, target, len(existing.candidates), kept=True, doubts=existing.doubts)


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
