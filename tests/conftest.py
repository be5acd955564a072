"""What tests share: parts a machine may lack, real images, and one real server for all."""

from __future__ import annotations

import hashlib
import json
import os
import pwd
import shutil
import socket
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from click.testing import CliRunner
from platformdirs import user_cache_path
from rasterio.crs import CRS

from detect.box import Extent, OrientedBox
from detect.candidate import Candidate, CandidatesFile, SizeError, measured_candidate, write_candidates
from detect.detector import DetectorInfo, Hit
from detect.limits import SceneLimits
from imagery.area import area_on_earth
from imagery.grid import Grid, PixelPoint
from imagery.record import SceneRecord
from imagery.scene import open_scene
from imagery.tiling import TileImage

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
POSTGRES = max(
    Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]), default=None
)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

# marker: (whether it is here, how to get it)
PARTS = {
    "browser": (CHROMIUM is not None, "Chromium is missing: apt-get install chromium"),
    "postgres": (POSTGRES is not None, "PostgreSQL is missing: apt-get install postgresql"),
    "train": (
        all(map(find_spec, ("torch", "onnx"))),
        "PyTorch is missing: .venv/bin/pip install -e '.[train]'",
    ),
    "realdata": (SHARED_DATA.is_dir(), f"the real images are missing: put them into {SHARED_DATA}"),
}
BUSY_MS = 60_000  # what a browser may take on a busy machine, which is no failure
SLOW_LAST = ("slow", "labelstudio", "browser")
_skipped: dict[str, int] = {}


def pytest_configure() -> None:
    """Sign nothing with the identity of who runs the tests."""
    os.environ["HARDSTAND_IDENTITY"] = ""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run what is fast first."""
    items.sort(
        key=lambda item: max(
            (SLOW_LAST.index(m.name) + 1 for m in item.iter_markers() if m.name in SLOW_LAST), default=0
        )
    )


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs a part that is not here."""
    for marker, (present, how) in PARTS.items():
        if item.get_closest_marker(marker) and not present:
            _skipped[marker] = _skipped.get(marker, 0) + 1
            pytest.skip(how)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a test that was skipped for want of a part which can be installed is a failure."""
    if _skipped.keys() - {"realdata"} and os.environ.get("HARDSTAND_ALL_PARTS"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say last which tests did not run, and how to get what they need."""
    for marker, count in _skipped.items():
        terminalreporter.write_line(
            f"{count} tests marked '{marker}' did not run: {PARTS[marker][1]}", yellow=True
        )


@pytest.fixture
def cli() -> CliRunner:
    """Runs commands as a user would, in this process."""
    return CliRunner()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real images; use it in tests marked `realdata`."""
    return SHARED_DATA


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; use it in tests marked `browser`."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=BUSY_MS)
    arguments = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield running
        running.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A real PostgreSQL of our own, on a socket in a folder of its own: the URL of its server.

    Use `postgres_url`, in tests marked `postgres`.
    """
    assert POSTGRES
    # It refuses to run as root; and its socket's path may have 107 characters, which pytest's folders exceed.
    user = pwd.getpwnam("postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name)
    with tempfile.TemporaryDirectory(prefix="hardstand-") as name:
        os.chown(name, user.pw_uid, user.pw_gid)
        data = f"{name}/data"

        def run(program: str, *arguments: str) -> None:
            command = [str(POSTGRES.with_name(program)), "-D", data, *arguments]
            asks = {"user": user.pw_uid, "group": user.pw_gid} if os.geteuid() == 0 else {}
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=name, **asks)

        run("initdb", "-U", "hardstand", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        # What tests kill is processes, not the machine: nothing need reach the disk.
        options = f"-k {name} -c listen_addresses= -c fsync=off"
        run("pg_ctl", "start", "-w", "-l", f"{name}/server.log", "-o", options)
        try:
            yield f"postgresql+psycopg://hardstand@/postgres?host={name}"
        finally:
            run("pg_ctl", "stop", "-w", "-m", "immediate")


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    """The URL of an empty database, which is gone afterwards."""
    import sqlalchemy

    server = sqlalchemy.create_engine(postgres, isolation_level="AUTOCOMMIT")
    name = f"log_{os.urandom(6).hex()}"
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield server.url.set(database=name).render_as_string()
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    server.dispose()


@pytest.fixture(scope="session")
def rendered_scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rendered airfield, made once."""
    from imagery.synthetic import render_airfield

    path = tmp_path_factory.mktemp("rendered") / "gabs.tif"
    render_airfield(path)
    return path


@pytest.fixture(scope="session")
def scene_record() -> Callable[..., SceneRecord]:
    """Makes the record of a scene that need not exist; keyword arguments replace its members."""

    def make(grid: Grid | None = None, **members: Any) -> SceneRecord:
        grid = grid or Grid(1200, 900, Affine(0.5, 0, 600_000, 0, -0.5, 4_500_000), CRS.from_epsg(32629))
        known: dict[str, Any] = {
            "path": "images/apron.tif",
            "sha256": "ab" * 32,
            "sha256_covers": "files",
            "etag": None,
            "size_bytes": 9_000_000,
            "crs": grid.crs_name,
            "transform": tuple(grid.transform)[:6],
            "width": grid.width,
            "height": grid.height,
            "gsd_m": grid.gsd_m(),
            "gsd_xy_m": tuple(grid.gsd_xy_m()),
            "acquired": "2023-10-27",
            "acquired_precision": "day",
            "acquired_from": "--acquired",
            "sensor": "PHR1A",
            "off_nadir_deg": None,
            "image_id": None,
            "source_url": None,
            "licence": "CC-BY-4.0",
            "position_error_m": None,
            "warped_from": None,
            "opened_with": {},
            "bands": ("red", "green", "blue"),
            "stretch": (0.0, 255.0),
            "rendered": False,
            "software_version": "0.1.0",
        }
        return SceneRecord(**known | members)

    return make


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """Gives ports that nobody listens on now."""

    def find() -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return int(probe.getsockname()[1])

    return find


@pytest.fixture(scope="session")
def copy_server() -> Callable[[Path, Path], None]:
    """Copies a server's database and its secrets into another folder, also while it runs."""

    def copy(there: Path, here: Path) -> None:
        here.mkdir(mode=0o700, parents=True)
        (here / "label-studio").mkdir(mode=0o700)
        for name in ("token", "password", "label-studio/.env"):
            shutil.copy(there / name, here / name)
        database = "label-studio/label_studio.sqlite3"
        with (
            closing(sqlite3.connect(there / database)) as original,
            closing(sqlite3.connect(here / database)) as copied,
        ):
            original.backup(copied)

    return copy


@pytest.fixture(scope="session")
def label_studio(
    tmp_path_factory: pytest.TempPathFactory,
    free_port: Callable[[], int],
    copy_server: Callable[[Path, Path], None],
) -> Iterator[object]:
    """A real Label Studio with a fresh database, found by the commands as a user's own would be."""
    from annotate.labelstudio import server as tested
    from annotate.labelstudio.installation import LABEL_STUDIO_VERSION
    from annotate.labelstudio.lock import locked

    home = tmp_path_factory.mktemp("home")
    # To set a database up takes a minute, so an empty one is kept, for as long as what made it is the same.
    made_by = hashlib.sha256(Path(tested.__file__).read_bytes()).hexdigest()[:8]
    prepared = user_cache_path("hardstand") / "tests" / f"label-studio-{LABEL_STUDIO_VERSION}-{made_by}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(home))
        patch.setenv("XDG_STATE_HOME", str(home / "state"))
        for name in ("LABEL_STUDIO_URL", "LABEL_STUDIO_API_KEY", "HARDSTAND_LOG"):
            patch.delenv(name, raising=False)
        if prepared.exists():
            copy_server(prepared, tested.default_data())
        server = tested.start_server(port=free_port())
        try:
            with locked(prepared.parent.with_suffix(".lock")):
                if not prepared.exists():
                    shutil.rmtree(prepared.parent, ignore_errors=True)
                    part = prepared.with_suffix(".part")
                    copy_server(Path(server.data), part)
                    part.rename(prepared)
            yield server
        finally:
            tested.stop_server()


class BrightDetector:
    """Calls every bright rectangle an aircraft with its nose up; the brighter the surer.

    So simple that its answers are known, whatever is tested around it.
    """

    def __init__(self, gsd_m: float | None = None, threshold: int = 120) -> None:
        self.min_score, self.response_weight = 0.5, 0.0
        self.seen: list[TileImage] = []
        self._gsd_m = gsd_m
        self.info = DetectorInfo("bright", "1", {"threshold": threshold})
        self._threshold = threshold

    def working_gsd_m(self, scene_gsd_m: float) -> float:
        return self._gsd_m or scene_gsd_m

    def hits(self, image: TileImage) -> list[Hit]:
        self.seen.append(image)
        grey = image.pixels[..., 0]
        count, labels, stats, _ = cv2.connectedComponentsWithStats((grey > self._threshold).astype(np.uint8))
        found = []
        for label in range(1, count):
            col, row, width, height = (int(value) for value in stats[label, :4])
            box = OrientedBox(PixelPoint(col + width / 2, row + height / 2), height, width, 0.0)
            extent = Extent(col, row, col + width, row + height)
            found.append(Hit(box, extent, float(grey[labels == label].max()) / 255, heading_sure=False))
        return found


@pytest.fixture
def bright_detector() -> Callable[..., BrightDetector]:
    """Makes detectors of bright rectangles."""
    return BrightDetector


APRON_LEFT, APRON_TOP, APRON_PX = 800, 700, 1500  # part of the rendered airfield
KNOWN = DetectorInfo("known", "1", {"min_score": 0.1})


@pytest.fixture(scope="session")
def apron(rendered_scene: Path) -> tuple[np.ndarray, list[OrientedBox]]:
    """Part of the rendered airfield, and the boxes of the aircraft in it, the largest first."""
    left, top, side = APRON_LEFT, APRON_TOP, APRON_PX
    with rasterio.open(rendered_scene) as file:
        pixels = np.moveaxis(file.read(), 0, -1)[top : top + side, left : left + side]
    truth = json.loads(rendered_scene.with_name("gabs.truth.geojson").read_text())
    boxes = []
    for feature in truth["features"]:
        members = feature["properties"]
        col, row = members["center_px"][0] - left, members["center_px"][1] - top
        if min(col, row) > 60 and max(col, row) < side - 60:
            size = members["length_px"], members["width_px"]
            boxes.append(OrientedBox(PixelPoint(col, row), *size, members["angle_deg"]))
    return pixels, sorted(boxes, key=lambda box: -box.length)


@pytest.fixture
def day(apron: tuple[np.ndarray, list[OrientedBox]], tmp_path: Path) -> Callable[..., CandidatesFile]:
    """Writes the airfield on a day, some aircraft taken off the ground, and the candidates of that day."""

    def write(
        acquired: str,
        gone: tuple[int, ...] = (),
        *,
        unfound: tuple[int, ...] = (),
        offset_m: tuple[float, float] = (0.0, 0.0),
        score: float = 0.9,
        **limits: Any,
    ) -> CandidatesFile:
        pixels, boxes = apron
        image = pixels.copy()
        for index in gone:
            (col, row), reach = boxes[index].center, round(0.75 * max(boxes[index][1:3]))
            window = np.s_[round(row) - reach : round(row) + reach, round(col) - reach : round(col) + reach]
            noise = np.random.default_rng(index).normal(0, 3, image[window].shape)
            image[window] = (np.median(image[window], axis=(0, 1)) + noise).clip(0, 255)
        path = tmp_path / f"{acquired}.tif"
        transform = Affine(0.5, 0, 600_000 + offset_m[0], 0, -0.5, 1_390_000 + offset_m[1])
        size = {"width": APRON_PX, "height": APRON_PX, "count": 3, "dtype": "uint8"}
        with rasterio.open(path, "w", "GTiff", crs="EPSG:32629", transform=transform, **size) as file:
            file.write(np.moveaxis(image, -1, 0))
            file.update_tags(ns="IMAGERY", ACQUISITIONDATETIME=acquired)
        with open_scene(path) as scene:
            record = scene.record()
        candidates = tuple(
            _known_candidate(record, box, score)
            for index, box in enumerate(boxes)
            if index not in (*gone, *unfound)
        )
        whole = area_on_earth(record.grid, shapely.box(0, 0, APRON_PX, APRON_PX))
        known = SceneLimits(**{"resolution_m": 0.5, "shown_from_m": 5.0, "found_from_m": 10.0, **limits})
        file = CandidatesFile(record, KNOWN, candidates, None, whole, known)
        write_candidates(file, path.with_suffix(".geojson"))
        return file

    return write


def _known_candidate(record: SceneRecord, box: OrientedBox, score: float) -> Candidate:
    (col, row), reach = box.center, max(box.length, box.width) / 2
    return measured_candidate(
        record.grid,
        box,
        Extent(col - reach, row - reach, col + reach, row + reach),
        scene=record,
        detector=KNOWN,
        score=score,
        heading_sure=True,
        airfield="GABS",
        size_error_m=SizeError(1.0, 1.0),
    )
