"""What hardstand does with a stranger's file, for each kind of file: as its commands do it."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from email.utils import formatdate
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import shapely
from rasterio.windows import Window

from annotate.bundle.bag import PAYLOAD, Bag
from annotate.bundle.checking import check_bundle
from annotate.exports.export import export
from annotate.intake.importing import check_export, import_export
from annotate.labelstudio.connection import Connection
from annotate.labelstudio.division import review_tasks
from annotate.labelstudio.interface import labelling_interface
from annotate.labelstudio.projects import MADE_AS
from annotate.labelstudio.pull import pull
from annotate.labelstudio.pull_state import held_state
from annotate.log.chain import GENESIS, chained_hash, origin_id
from annotate.log.store import Log, open_log
from annotate.report.page import write_report
from benchmarks.fuzz import deliveries
from benchmarks.fuzz.deliveries import NOW, Delivery
from detect.candidate import read_candidates, to_geojson
from detect.detectors.own_network import OwnNetworkDetector
from detect.evaluation.truth_files import read_truth
from detect.scan import TILE_PX
from detect.verifier.verifier_file import read_verifier
from imagery.area_file import polygons_in_file
from imagery.candidate_boxes import candidate_boxes
from imagery.catalogue.fetch import fetch_scenes
from imagery.catalogue.places import watched_places
from imagery.catalogue.search import Wanted, search_catalogue, write_items
from imagery.errors import HardstandError, NoGeoreference
from imagery.georeferencing.gcp import read_gcp_file
from imagery.georeferencing.ground_fit import fit_points
from imagery.georeferencing.plain_image import open_plain
from imagery.preview import write_preview
from imagery.scene import Scene, open_scene
from imagery.stac import stac_asset

OUTPUTS = "outputs"  # a folder beside the delivery's, for what commands are to write
LARGEST_TILE_PX = 512
TITLE = "Fuzz"


class Reader(NamedTuple):
    """What reads deliveries of one kind.

    Attributes:
        seeds: Makes valid ones.
        read: Reads the first file of a delivery, the others beside it.
        weight: How many of the inputs it gets, in relation to the others.
        mutates: Which files of a delivery are changed, by the ends of their names; all if not given.
    """

    seeds: Callable[[], Iterator[Delivery]]
    read: Callable[[Path], None]
    weight: int = 2
    mutates: tuple[str, ...] = ()


def _read_scene(path: Path) -> None:
    name = f"/vsizip/{path}/a.tif" if path.suffix == ".zip" else str(path)
    try:
        with open_scene(name) as scene:
            _look_at(scene)
    except NoGeoreference:
        with open_scene(name, gsd_m=0.5) as scene:
            _look_at(scene)


def _look_at(scene: Scene) -> None:
    """Describe a scene as `info` does; read its clouds and the tile in its middle as `detect` does."""
    scene.record()
    if scene.cloud_outlines is not None and scene.cloud_outlines.area is not None:
        shapely.transform(scene.cloud_outlines.area, scene.grid.pixels)
    gsd_m = max(scene.grid.gsd_m(), 0.3)
    tiles = scene.tiles(gsd_m, gsd_m * TILE_PX)
    if tiles:
        scene.read(tiles[len(tiles) // 2])


def _read_plain(path: Path) -> None:
    with open_plain(path) as image:
        side = min(LARGEST_TILE_PX, image.width), min(LARGEST_TILE_PX, image.height)
        image.read(Window(0, 0, *side))


def _read_stac(path: Path) -> None:
    asset = stac_asset(str(path))
    if "://" not in asset.href:
        with open_scene(path) as scene:
            _look_at(scene)


def _read_catalogue(path: Path) -> None:
    """Search a catalogue and fetch what it lists in files, as `scenes search` and `scenes fetch` do."""
    outputs = path.parent.parent / OUTPUTS
    everywhere = shapely.MultiPolygon([shapely.box(-179, -80, 179, 80)])
    found = search_catalogue(path, Wanted(watched_places([], everywhere)))
    write_items(found.items, outputs / "items.geojson", overwrite=True)
    names = [f"{outputs / 'items.geojson'}#{item.identifier}" for item in found.items]
    in_files = [name for name in names if "://" not in stac_asset(name).href]
    for _ in fetch_scenes(in_files, outputs, analyst="ana", aoi=everywhere, overwrite=True):
        continue


def _read_candidates(path: Path) -> None:
    file = read_candidates(path)
    json.dumps(to_geojson(file), allow_nan=False)
    for task in review_tasks(file, audit=0.01)[:3]:
        task.to_json("a.jpg")


def _read_verifier(path: Path) -> None:
    read_verifier(path)


def _preview_candidates(path: Path) -> None:
    with open_scene(path.with_name("a.tif")) as scene:
        boxes = candidate_boxes(path, scene)
        target = path.parent.parent / OUTPUTS / "preview.png"
        write_preview(scene, target, tiles=[], boxes=boxes, overwrite=True)


def _read_control_points(path: Path) -> None:
    points = read_gcp_file(path)
    with open_plain(path.with_name("shot.tif")) as image:
        fit_points(points, image.width, image.height, None)


def _read_area(path: Path) -> None:
    polygons_in_file(str(path))


def _read_truth(path: Path) -> None:
    read_truth([path])


def _read_network(path: Path) -> None:
    OwnNetworkDetector(str(path))


def _import(path: Path) -> None:
    checked = check_export(path, "ana")
    with _empty_log(path) as log:
        import_export(log, checked)
        _use(log, path)


def _empty_log(path: Path) -> Log:
    target = path.parent.parent / OUTPUTS / "log.db"
    shutil.copyfile(_made_log(), target)
    return open_log(target)


@cache
def _made_log() -> Path:
    path = Path(tempfile.mkdtemp(prefix="hardstand-fuzz-log-"), "log.db")
    open_log(path, create=True).__exit__(None, None, None)
    return path


def _use(log: Log, path: Path) -> None:
    """Ask a log for all that commands ask of one."""
    outputs = path.parent.parent / OUTPUTS
    verified = log.verify()
    with suppress(HardstandError):  # one step that refuses says nothing of the others
        export(log, outputs / "a.geojson", overwrite=True)
    with suppress(HardstandError):
        export(log, outputs / "a.csv", overwrite=True, public=True)
    with suppress(HardstandError):
        write_report(log, outputs / "a.html", overwrite=True)
    for sighting in log.sightings(withdrawn=True):
        log.history(sighting.id)
    list(log.scenes())
    list(log.current_verdicts())
    str(verified.failure)


def _read_log(path: Path) -> None:
    if path.suffix == ".json":
        target = path.parent.parent / OUTPUTS / "log.db"
        shutil.copyfile(_made_log(), target)
        _forge(target, path.read_bytes())
    else:
        target = path.parent.parent / OUTPUTS / path.name
        shutil.copyfile(path, target)
    with open_log(target) as log:
        _use(log, path)


def _check_bundle(path: Path) -> None:
    if path.suffix != ".zip":  # the entries alone, in a bundle whose lists are right
        target = path.parent.parent / OUTPUTS / "a.zip"
        with Bag(target, "a", {}) as bag:
            bag.add(f"{PAYLOAD}entries.jsonl", path.read_bytes())
        path = target
    check_bundle(path)


def _forge(log: Path, content: bytes) -> None:
    """Write entries with an unbroken chain into a log, as whoever has the file could."""
    try:
        entries = json.loads(content)
    except (ValueError, RecursionError):
        return
    previous = GENESIS
    with closing(sqlite3.connect(log)) as database, suppress(UnicodeEncodeError, sqlite3.Error):
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        for seq, entry in enumerate(entries if isinstance(entries, list) else [entries], start=1):
            members = entry if isinstance(entry, dict) else {}
            text = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            row = {
                "seq": seq,
                "id": str(members.get("id", origin_id(text))),
                "kind": str(members.get("kind")),
                "origin": f"{members.get('kind')} {seq}",
                "subject": str(members.get("subject")),
                "statement": None,
                "scene": None,
                "payload": text,
                "previous_hash": previous,
                "hash": (previous := chained_hash(previous, text)),
            }
            names, places = ",".join(row), ",".join(f":{name}" for name in row)
            database.execute(f"INSERT INTO entries ({names}) VALUES ({places})", row)  # noqa: S608
        database.commit()


def _pull(path: Path) -> None:
    """Pull what a server lists, with what an earlier pull left."""
    with suppress(ValueError, RecursionError):
        server = _server(json.loads(path.read_bytes()))
        with _empty_log(path) as log:
            with held_state(1, NOW.replace("Z", "+00:00"), log.name) as file:
                state = path.with_name("state.json")
                if state.exists():
                    file._path.write_bytes(state.read_bytes())
            pull(TITLE, log, server=server)
            pull(TITLE, log, server=server)
            _use(log, path)


@cache
def _connection() -> Connection:
    return Connection("http://label-studio.invalid", "0" * 40, wait=lambda _s: None)


def _server(tasks: Any) -> Connection:
    """Return a connection to a server that lists some tasks, all of which are ours."""
    project = {
        "id": 1,
        "title": TITLE,
        "description": MADE_AS.format(TITLE),
        "label_config": labelling_interface(),
        "created_at": NOW,
        "maximum_annotations": 1,
    }
    listed = tasks if isinstance(tasks, list) else [tasks]
    answers: dict[str, Any] = {
        "/api/version": {"release": "1"},
        "/api/users/": [{"id": 1, "email": "ana@example.org"}],
        "/api/projects/": {"count": 1, "next": None, "previous": None, "results": [project]},
    }

    def answer(request: httpx.Request) -> httpx.Response:
        body = answers.get(request.url.path)
        if body is None:
            after = "greater" in request.url.params.get("query", "") and '"value": 0' not in str(
                request.url.params
            )
            body = {"tasks": [] if after else listed, "total": len(listed)}
        return httpx.Response(200, json=body, headers={"Date": formatdate(usegmt=True)})

    connection = _connection()
    connection.http._mounts = {}
    connection.http._transport = httpx.MockTransport(answer)
    return connection


READERS = {
    "scene": Reader(deliveries.scenes, _read_scene, 48),
    "plain image": Reader(deliveries.plain_images, _read_plain, 8),
    "STAC item": Reader(deliveries.stac_items, _read_stac, 8, (".json",)),
    "catalogue": Reader(deliveries.catalogues, _read_catalogue, 8, (".json", ".geojson")),
    "candidates": Reader(deliveries.candidates_files, _read_candidates, 20),
    "learned model": Reader(deliveries.verifier_files, _read_verifier, 5),
    "candidates in a preview": Reader(deliveries.previewed_candidates, _preview_candidates, 4, (".geojson",)),
    "control points": Reader(deliveries.control_points, _read_control_points, 8, (".csv", ".points")),
    "area of interest": Reader(deliveries.areas, _read_area, 16),
    "known aircraft": Reader(deliveries.known_aircraft, _read_truth, 12),
    "export": Reader(deliveries.exports, _import, 16),
    "log": Reader(deliveries.logs, _read_log, 16),
    "bundle": Reader(deliveries.bundles, _check_bundle, 16),
    "server": Reader(deliveries.server_answers, _pull, 20),
    "network": Reader(deliveries.networks, _read_network, 1),
}
