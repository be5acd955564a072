"""What tests of review and log share: a small scene with candidates in it, and verdicts about them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import shapely
import sqlalchemy
from affine import Affine
from hypothesis import settings

from annotate.log.entries import Movement, SceneReview, Sighting, Verdict
from annotate.log.store import Log
from detect.box import Extent, OrientedBox
from detect.candidate import CandidatesFile, measured_candidate, write_candidates
from detect.detector import DetectorInfo
from imagery.area import area_on_earth, area_to_json
from imagery.grid import PixelPoint
from imagery.record import SceneRecord
from imagery.scene import open_scene

# A loaded machine is no bug: properties are not timed.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

FIELD = Affine.translation(600_000, 4_500_000)  # in UTM zone 29, with no airfield near
DETECTOR = DetectorInfo("bright", "1", {"threshold": 120, "min_score": 0.5})
BOXES = (
    OrientedBox(PixelPoint(200.25, 220.5), 80.5, 70.25, 33.125),
    OrientedBox(PixelPoint(380.0, 150.0), 60.0, 66.0, 359.5),
    OrientedBox(PixelPoint(900.0, 640.0), 90.0, 84.0, 181.0),
)


@pytest.fixture(scope="session")
def boxes() -> tuple[OrientedBox, ...]:
    """Three boxes of a scene of 1200 x 900 pixels of 0.5 m: two in one task's core, one in another's."""
    return BOXES


def _file(scene: SceneRecord, boxes: tuple[OrientedBox, ...], heading_sure: bool) -> CandidatesFile:
    candidates = tuple(
        measured_candidate(
            scene.grid,
            box,
            Extent(box.center.col - 30, box.center.row - 30, box.center.col + 30, box.center.row + 30),
            scene=scene,
            detector=DETECTOR,
            score=0.9 - 0.1 * (i % 5),
            heading_sure=heading_sure,
            airfield="GABS",
        )
        for i, box in enumerate(boxes)
    )
    return CandidatesFile(scene, DETECTOR, candidates)


@pytest.fixture(scope="session")
def candidates_of(scene_record: Callable[..., SceneRecord]) -> Callable[..., CandidatesFile]:
    """Makes candidates of boxes in a scene that need not exist."""

    def make(
        *boxes: OrientedBox, scene: SceneRecord | None = None, heading_sure: bool = True
    ) -> CandidatesFile:
        return _file(scene or scene_record(), boxes or BOXES, heading_sure)

    return make


@pytest.fixture
def searched_scene(tmp_path: Path) -> Callable[..., Path]:
    """Writes a scene and its candidates file to ``candidates/`` beside it; gives the candidates file."""

    def write(
        name: str = "apron.tif", boxes: tuple[OrientedBox, ...] = BOXES, *, seed: int = 0, **tags: str
    ) -> Path:
        path = tmp_path / name
        pixels = np.random.default_rng(seed).integers(80, 120, (3, 900, 1200), np.uint8)
        transform = FIELD @ Affine.scale(0.5, -0.5)
        profile = {"driver": "GTiff", "dtype": "uint8", "count": 3, "crs": "EPSG:32629", "photometric": "RGB"}
        with rasterio.open(path, "w", width=1200, height=900, transform=transform, **profile) as dataset:
            dataset.write(pixels)
            dataset.update_tags(**tags)
        with open_scene(path, acquired="2023-10-27", licence="CC-BY-4.0") as scene:
            file = _file(scene.record(), boxes, heading_sure=True)
        folder = tmp_path / "candidates"
        folder.mkdir(exist_ok=True)
        return write_candidates(file, folder / f"{path.stem}.geojson")

    return write


@pytest.fixture(scope="session")
def verdict(scene_record: Callable[..., SceneRecord]) -> Callable[..., Verdict]:
    """Makes verdicts; keyword arguments replace members."""

    def make(number: int = 1, **members: Any) -> Verdict:
        known: dict[str, Any] = {
            "verdict": "confirmed",
            "candidate": f"{number:016x}",
            "detector": "bright",
            "detector_version": "1",
            "params_hash": "0123456789abcdef",
            "score": 0.875,
            "type": "C130",
            "lon": -7.9512345,
            "lat": 12.5349876,
            "length_m": 29.8,
            "wingspan_m": 40.4,
            "heading_deg": 61.5,
            "heading_sure": True,
            "center_px": (812.25, 640.5),
            "box_px": (59.6, 80.8, 60.0),
            "airfield": "GABS",
            "scene": scene_record(),
            "analyst": "analyst@hardstand.localhost",
            "annotated": "2026-01-02T03:04:05.678901Z",
            "project": "Bamako",
            "task_id": 7,
            "annotation_id": number,
            "annotation_created": "2026-01-02T03:04:05.123456Z",
            "region_id": f"{number:016x}",
            "lead_time_s": 12.5,
        }
        return Verdict(**known | members)

    return make


def photographed(**members: Any) -> Sighting:
    """Return a sighting that a photograph shows; keyword arguments replace members."""
    known: dict[str, Any] = dict.fromkeys(Sighting.__dataclass_fields__)
    known |= {"id": "", "logged": "", "status": "confirmed", "evidence": "reported", "count": 1}
    known |= {"acquired": "2023-10-20", "acquired_precision": "day", "airfield": "GABS", "type": "C130"}
    known |= {"heading_sure": False, "analyst": "ana", "analysts": 1, "rendered": False, "private": False}
    return Sighting(**known | {"source": "photograph in Le Monde, page 3"} | members)


@pytest.fixture(scope="session")
def reported() -> Callable[..., Sighting]:
    """Makes sightings that a photograph shows; keyword arguments replace members."""
    return photographed


@pytest.fixture(scope="session")
def route() -> Callable[..., Movement]:
    """Makes movements that somebody reports; keyword arguments replace members."""

    def make(**members: Any) -> Movement:
        known: dict[str, Any] = dict.fromkeys(Movement.__dataclass_fields__)
        known |= {"id": "", "logged": "", "status": "confirmed", "evidence": "reported", "rests_on": ()}
        known |= {"places": ("GABS", "GAGO"), "since": "2023-08-20", "type": "C130", "analyst": "ana"}
        return Movement(**known | {"source": "a flight tracker", "private": False} | members)

    return make


@pytest.fixture(scope="session")
def graded_report() -> Callable[..., Sighting]:
    """Makes a sighting of two aircraft that a graded source reports; keyword arguments replace members."""
    return partial(
        photographed,
        acquired="2023-10",
        acquired_precision="month",
        airfield="GAGO",
        type="B737",
        count=2,
        analyst="ana@example.org",
        source="a photograph in Le Monde, page 3",
        source_url="https://example.org/photograph?a=1&b=2",
        admiralty="B2",
    )


@pytest.fixture(scope="session")
def long_route(route: Callable[..., Movement]) -> Callable[..., Movement]:
    """Makes a movement that a source reports; keyword arguments replace members."""
    places = ("GABS", "GAGO", "GATS", "DRRN", "GABS")
    return partial(route, places=places, operator="Niger Air Force", analyst="ana@example.org")


@pytest.fixture(scope="session")
def add_statements(
    graded_report: Callable[..., Sighting], long_route: Callable[..., Movement]
) -> Callable[[Log], None]:
    """Adds to a log with sightings one that is reported, a reported movement and one inferred."""

    def add(log: Log) -> None:
        log.add(graded_report())
        log.add_movement(long_route())
        ground = next(log.sightings()).id
        log.add_movement(
            long_route(
                evidence="inferred",
                places=("NZAA", "PHNL"),
                rests_on=(ground,),
                reasoning="It was gone a day later.",
                since=None,
            )
        )

    return add


def reviewed_whole(**members: Any) -> SceneReview:
    """Return a review in which all tiles became tasks; of what it shows all was seen if all is answered."""
    grid = members["scene"].grid
    whole = area_to_json(area_on_earth(grid, shapely.box(0, 0, grid.width, grid.height)))
    done = 0 < members["tasks"] <= members["reviewed"]
    known = {"tiles": members["tasks"], "searched": whole, "seen": whole if done else None, "hidden": None}
    return SceneReview(**{**known, **members})


@pytest.fixture(scope="session")
def whole_review() -> Callable[..., SceneReview]:
    """Makes reviews of all of a scene; keyword arguments replace members."""
    return reviewed_whole


@pytest.fixture(scope="session")
def review(scene_record: Callable[..., SceneRecord]) -> Callable[..., SceneReview]:
    """Makes reports of how far a scene's review has come; keyword arguments replace members."""

    def make(**members: Any) -> SceneReview:
        known: dict[str, Any] = {"id": "", "supersedes": None, "scene": scene_record(), "airfield": "GABS"}
        known |= {"footprint": None, "detector": "bright", "detector_version": "1", "params_hash": "01" * 8}
        known |= {"candidates": 3, "tasks": 2, "reviewed": 1, "project": "Bamako", "logged": ""}
        return reviewed_whole(**known | members)

    return make


@pytest.fixture(
    params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)],
)
def location(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where a log is to be, in each kind of database; its chips are in ``log.db.chips``."""
    monkeypatch.setenv("HARDSTAND_CHIPS", str(tmp_path / "log.db.chips"))
    return str(tmp_path / "log.db") if request.param == "sqlite" else request.getfixturevalue("postgres_url")


class Table:
    """The log's table as its database has it, with nothing of hardstand between.

    Attributes:
        kind: ``sqlite`` or ``postgresql``.
    """

    def __init__(self, location: str) -> None:
        self._engine = sqlalchemy.create_engine(location if "://" in location else f"sqlite:///{location}")
        self.kind = self._engine.dialect.name

    def run(self, *statements: str) -> None:
        """Run SQL as anybody could who has the file or the password."""
        with self._engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def without_triggers(self, *statements: str) -> None:
        """The same past what refuses changes, which is there again afterwards, as a forger would see to."""
        listed = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        if self.kind == "postgresql":
            listed = "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
        on = " ON entries" if self.kind == "postgresql" else ""
        with self._engine.connect() as connection:
            triggers = {row[0]: row[1] for row in connection.exec_driver_sql(listed)}
        self.run(*(f"DROP TRIGGER {name}{on}" for name in triggers), *statements, *triggers.values())

    def rows(self) -> list[dict[str, Any]]:
        """Every entry, in order."""
        with self._engine.connect() as connection:
            found = connection.exec_driver_sql("SELECT * FROM entries ORDER BY seq")
            return [dict(row) for row in found.mappings()]

    def rows_of(self, view: str) -> list[dict[str, Any]]:
        """Every row of one of the views."""
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.exec_driver_sql(f"SELECT * FROM {view}").mappings()]

    def broken_links(self) -> list[int]:
        """Entries whose hash does not follow, by the documented formula and hashlib alone."""
        previous, broken = "0" * 64, []
        for place, row in enumerate(self.rows(), start=1):
            expected = hashlib.sha256(f"{previous}\n{row['payload']}".encode()).hexdigest()
            if (row["seq"], row["previous_hash"], row["hash"]) != (place, previous, expected):
                broken.append(place)
            previous = row["hash"]
        return broken

    def close(self) -> None:
        self._engine.dispose()


@pytest.fixture
def table(location: str) -> Iterator[Table]:
    """The table of the log at `location`."""
    opened = Table(location)
    yield opened
    opened.close()
