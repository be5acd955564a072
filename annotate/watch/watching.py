"""One round of watching: search, fetch, find candidates, push what is new to review, pull verdicts, report.

Each step takes up what was done before, so that a round can be interrupted and repeated; a step that fails
for one scene goes on with the others, and one that fails altogether leaves the later ones to do theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from annotate.labelstudio.client import connect
from annotate.labelstudio.connection import ServerUnreachable
from annotate.labelstudio.lock import locked
from annotate.labelstudio.pull import Pulled, pull
from annotate.labelstudio.push import push
from annotate.log.identity import Identity
from annotate.log.migrating import NoLog
from annotate.log.store import Log, open_log
from annotate.query.filters import Filter
from annotate.report.page import write_report
from annotate.watch.watch_file import WatchFile
from detect.archive import scan_archive
from detect.candidate import CandidatesFile, read_candidates
from detect.compared import SceneComparison
from detect.comparison import compare_candidates
from detect.detector import Detector
from detect.detectors import load_detector
from detect.series import in_order_of_time, scenes_before, taken_before
from imagery.aoi import read_aoi
from imagery.catalogue.fetch import fetch_scenes
from imagery.catalogue.places import watched_places
from imagery.catalogue.search import Wanted, search_catalogue, searched_period, write_items
from imagery.errors import HardstandError, OutputExists, OutputUnwritable, UsageError
from imagery.files import usable_folder
from imagery.recorded_scenes import RecordedScenes
from imagery.scene import Scene
from imagery.secrets import without_secrets

Work = Callable[[str, str], AbstractContextManager[Callable[[int, int], None] | None]]


class WatchedScene(NamedTuple):
    """A scene that was searched in a round.

    Attributes:
        airfield: Which it was fetched for.
        path: Its candidates file.
        file: What that holds.
        new: Whether it was searched in this round, not before.
    """

    airfield: str
    path: Path
    file: CandidatesFile
    new: bool


class AirfieldNews(NamedTuple):
    """The latest new scene of an airfield.

    Attributes:
        scene: The scene.
        before: The scene of the same ground that was taken before it; None where there is none.
        comparison: Of the candidates of both; None where they were not compared.
        refused: Why not, in a line; None where they were, or there is nothing to compare with.
    """

    scene: WatchedScene
    before: WatchedScene | None = None
    comparison: SceneComparison | None = None
    refused: str | None = None


@dataclass
class WatchRound:
    """What a round did.

    Attributes:
        found: Scenes that the catalogue lists for the airfields and the time; None where it failed.
        fetched: Scenes that were copied.
        left: Scenes that were not, as the budget is used up.
        received_bytes: What servers of images sent.
        copies: The item of each copy of these scenes, with the airfield it was fetched for.
        scenes: All scenes of the airfields and the time that are here.
        news: What is new, an airfield each.
        tasks: Review tasks that were added.
        page: Address of the review project.
        pulled: What was pulled; None without a review.
        report: The report's page; None where there is nothing to report.
        problems: What failed, a line each.
    """

    found: int | None = None
    fetched: int = 0
    left: int = 0
    received_bytes: int = 0
    copies: dict[Path, str] = field(default_factory=dict)
    scenes: list[WatchedScene] = field(default_factory=list)
    news: list[AirfieldNews] = field(default_factory=list)
    tasks: int = 0
    page: str | None = None
    pulled: Pulled | None = None
    report: Path | None = None
    problems: list[str] = field(default_factory=list)

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Note an error of the block as a problem, so that what follows it is done all the same."""
        try:
            yield
        except HardstandError as error:
            self.problems.append(str(error))


def watch(
    settings: WatchFile,
    *,
    analyst: str,
    identity: Identity | None = None,
    workers: int = 1,
    detector: Detector | None = None,
    progress: Work = lambda _what, _unit: nullcontext(),
) -> WatchRound:
    """Do one round.

    Args:
        settings: What is watched, and where everything goes.
        analyst: Who fetches the scenes, for their record.
        identity: Who signs what is pulled; None leaves it unsigned.
        workers: Processes that search scenes at once.
        detector: That of the settings if not given.
        progress: Gives, for what is worked on and what is counted, a function that is called with the number
            done and the total.

    Raises:
        UsageError: The folder cannot be used, or the settings name what is not there.
        HardstandError: Another round of the same folder is at work.
    """
    folder = usable_folder(settings.folder)
    busy = f"{folder}: another round is at work there; this one does nothing"
    with locked(folder / "watch.lock", busy=busy):
        detector = detector or load_detector(settings.detector, settings.model)
        done = WatchRound()
        with done.noting():
            _fetch(settings, done, analyst, progress)
        with done.noting():
            _search(settings, done, detector, workers, progress)
        with done.noting():
            done.news += _news(done.scenes)
        with done.noting(), _log(settings, identity) as log:
            if settings.project is not None and log is not None:
                with done.noting():
                    _review(settings.project, done, log, progress)
            if settings.report is not None and log is not None:
                _report(settings, log, done)
        done.problems = list(dict.fromkeys(map(without_secrets, done.problems)))
        return done


def _fetch(settings: WatchFile, done: WatchRound, analyst: str, progress: Work) -> None:
    aoi = None if settings.areas is None else read_aoi(settings.areas)
    wanted = Wanted(
        watched_places(settings.airfields, aoi), _period(settings), settings.max_cloud, settings.max_gsd
    )
    with progress("search", "questions") as report:
        found = search_catalogue(settings.catalogue, wanted, report or (lambda _done, _all: None))
    done.found = len(found.items)
    done.problems += found.problems
    items = settings.folder / "items.geojson"
    write_items(found.items, items, overwrite=True)
    results = fetch_scenes(
        [f"{items}#{item.identifier}" for item in found.items],
        usable_folder(settings.folder / "copies"),
        analyst=analyst,
        aoi=aoi,
        most_bytes=None if settings.budget is None else round(settings.budget * 1e6),
        asset=settings.asset,
        progress=lambda name: progress(name, "parts"),
    )
    for result in results:
        done.received_bytes += result.bytes_read
        done.left += result.left
        if result.error is not None:
            done.problems.append(str(result.error))
        elif result.path is not None:
            done.fetched += not result.kept
            done.copies[result.path] = result.airfield or ""


def _period(settings: WatchFile) -> tuple[datetime | None, datetime | None]:
    if settings.days is None:
        return searched_period(settings.since, None)
    return datetime.now(UTC) - timedelta(days=settings.days), None


def _search(settings: WatchFile, done: WatchRound, detector: Detector, workers: int, progress: Work) -> None:
    airfields = {str(path): icao for path, icao in done.copies.items()}
    results = scan_archive(
        list(airfields),
        usable_folder(settings.folder / "candidates"),
        detector,
        workers=workers,
        progress=lambda name: progress(Path(name).name, "tiles"),
    )
    for result in results:
        if result.error is not None:
            done.problems.append(str(result.error))
        elif result.path is not None:
            file = read_candidates(result.path)
            done.scenes.append(WatchedScene(airfields[result.scene], result.path, file, not result.kept))
    done.scenes.sort(key=lambda scene: (scene.airfield, scene.file.scene.acquired or "", scene.path.name))


def _news(scenes: list[WatchedScene]) -> Iterator[AirfieldNews]:
    """Yield the latest new scene of each airfield, compared with the one before it.

    Args:
        scenes: By airfield.
    """
    for _, group in groupby(scenes, key=lambda scene: scene.airfield):
        watched = {scene.file.scene.path: scene for scene in group}
        order = in_order_of_time(scene.file.scene for scene in watched.values())
        befores = scenes_before(order)
        for at in reversed(range(len(order))):
            scene = watched[order[at].path]
            if not scene.new:
                continue
            before = befores[at]
            if before is None or not taken_before(order[before], scene.file.scene):
                yield AirfieldNews(scene)
            else:
                yield _compared(scene, watched[order[before].path])
            break


def _compared(scene: WatchedScene, before: WatchedScene) -> AirfieldNews:
    with RecordedScenes() as at_hand:
        opened = [at_hand.scene(each.file.scene, each.path) for each in (before, scene)]
        match opened:
            case [Scene() as earlier, Scene() as later]:
                try:
                    comparison = compare_candidates(before.file, scene.file, earlier, later)
                except HardstandError as refused:
                    return AirfieldNews(scene, before, refused=without_secrets(str(refused)))
                return AirfieldNews(scene, before, comparison)
        return AirfieldNews(scene, before, refused=next(each for each in opened if isinstance(each, str)))


@contextmanager
def _log(settings: WatchFile, identity: Identity | None) -> Iterator[Log | None]:
    """Open the log; None where there is none, and no review that would fill it."""
    try:
        log = open_log(settings.log, create=settings.project is not None, identity=identity)
    except NoLog:
        yield None
        return
    with log:
        yield log


def _review(project: str, done: WatchRound, log: Log, progress: Work) -> None:
    """Push the candidates of all scenes, which adds those that are new, and pull the verdicts."""
    once: dict[str | None, Path] = {}
    for scene in done.scenes:
        first = once.setdefault(scene.file.scene.sha256, scene.path)
        if first != scene.path:
            done.problems.append(f"{scene.path}: of the same image as {first}, which is pushed alone")
    paths = list(once.values())
    with (
        connect(done.problems.append) as server,
        progress("compare", "scenes") as comparing,
        progress("push", "tiles") as report,
    ):
        options: dict[str, Any] = {"order": "changed", "log": log, "server": server}
        try:
            pushed = [push(paths, project, comparing=comparing, progress=report, **options)]
        except ServerUnreachable:
            raise
        except HardstandError:  # because of one of them, which then is named
            pushed = []
            for path in paths:
                with done.noting():
                    pushed.append(push(path, project, **options))
        done.tasks = sum(each.tasks for each in pushed)
        done.page = pushed[0].project.page if pushed else None
        done.pulled = pull(project, log, server=server)


def _report(settings: WatchFile, log: Log, done: WatchRound) -> None:
    if settings.report is None:
        return
    usable_folder(settings.report.parent)
    matching = Filter(airfields=frozenset(settings.airfields))
    try:
        done.report = write_report(log, settings.report, matching, overwrite=True).path
    except (OutputExists, OutputUnwritable):
        raise
    except UsageError:  # nothing is logged of these airfields yet
        return
