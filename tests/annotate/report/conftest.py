"""What tests of the report share: statements of other sources, and a log with something of every kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import Transformer

from annotate.exports.selection import Selection
from annotate.log.chips import Chips, cut_chips
from annotate.log.entries import Movement, SceneReview, Sighting, Verdict
from annotate.log.store import Log, open_log
from annotate.report.contents import ReportContents, report_contents
from imagery.airfields import airfields
from imagery.grid import PixelPoint
from imagery.record import SceneRecord
from imagery.scene import open_scene

CLAIM = {
    "type": "C130",
    "operator": "Niger Air Force",
    "tail_number": "5U-MBX",
    "likelihood": "likely",
    "analyst": "ana@example.org",
    "source": "a photograph",
    "source_url": "https://example.org/photo?a=1&b=2",
    "admiralty": "C3",
}
SIZE_PX = 600
STANDS = (PixelPoint(150.0, 200.0), PixelPoint(420.0, 380.0))


@pytest.fixture(scope="session")
def reported(reported: Callable[..., Sighting]) -> Callable[..., Sighting]:
    """Makes a sighting that a source reports from Gao; keyword arguments replace members."""
    return partial(reported, acquired="2023-09-02", airfield="GAGO", **CLAIM)


@pytest.fixture(scope="session")
def route(route: Callable[..., Movement]) -> Callable[..., Movement]:
    """Makes a route that a source reports; keyword arguments replace members."""
    return partial(route, places=("GABS", "GAGO", "GATS", "DRRN", "GABS"), **CLAIM)


@pytest.fixture(scope="session")
def reviewed(whole_review: Callable[..., SceneReview]) -> Callable[..., SceneReview]:
    """Makes how far the review of a scene has come; keyword arguments replace members."""

    def make(scene: SceneRecord, **members: Any) -> SceneReview:
        known: dict[str, Any] = {
            "id": "",
            "supersedes": None,
            "airfield": "GABS",
            "footprint": scene.grid.footprint(),
            "detector": "network",
            "detector_version": "3",
            "params_hash": "0123456789abcdef",
            "candidates": 4,
            "tasks": 2,
            "reviewed": 2,
            "project": "Bamako",
            "logged": "",
        }
        return whole_review(scene=scene, **known | members)

    return make


class Apron(NamedTuple):
    """A small image of Bamako's airport.

    Attributes:
        path: The file.
        record: What identifies it.
    """

    path: Path
    record: SceneRecord


def write_apron(path: Path, acquired: str, *, rendered: bool) -> Apron:
    """A picture of noise with two bright aircraft-sized boxes."""
    east, north = Transformer.from_crs(4326, 32629, always_xy=True).transform(*airfields()["GABS"].lonlat)
    pixels = np.random.default_rng(len(path.stem)).integers(90, 130, (3, SIZE_PX, SIZE_PX), np.uint8)
    for col, row in STANDS:
        pixels[:, int(row) - 30 : int(row) + 30, int(col) - 40 : int(col) + 40] = 230
    transform = Affine(0.5, 0, east - SIZE_PX / 4, 0, -0.5, north + SIZE_PX / 4)
    profile = {"driver": "GTiff", "dtype": "uint8", "count": 3, "crs": "EPSG:32629", "transform": transform}
    with rasterio.open(path, "w", width=SIZE_PX, height=SIZE_PX, photometric="RGB", **profile) as dataset:
        dataset.write(pixels)
        dataset.update_tags(**({"RENDERED": "true"} if rendered else {}))
    with open_scene(path, acquired=acquired, licence="CC-BY-4.0", sensor="PHR1A") as scene:
        return Apron(path, scene.record())


@pytest.fixture(scope="session")
def aprons(tmp_path_factory: pytest.TempPathFactory) -> list[Apron]:
    """An empty one of August, one of September, and a rendered one of October."""
    folder = tmp_path_factory.mktemp("scenes")
    return [
        write_apron(folder / "august.tif", "2023-08-05", rendered=False),
        write_apron(folder / "september.tif", "2023-09-14", rendered=False),
        write_apron(folder / "october.tif", "2023-10-27", rendered=True),
    ]


@pytest.fixture(scope="session")
def seen(verdict: Callable[..., Verdict]) -> Callable[..., Verdict]:
    """Makes a verdict on one of the two aircraft of an apron; keyword arguments replace members."""

    def make(apron: Apron, stand: int = 0, **members: Any) -> Verdict:
        lon, lat = apron.record.grid.lonlat(STANDS[stand])
        number = int(str(apron.record.sha256)[:8], 16) + stand
        place = {"center_px": STANDS[stand], "box_px": (60.0, 80.0, 30.0), "lon": lon, "lat": lat}
        known = {"analyst": "ana@example.org", "note": "by the hangar", **place}
        return verdict(number, **{"scene": apron.record, "likelihood": "very likely", **known, **members})

    return make


class Example(NamedTuple):
    """A log and what it was made from.

    Attributes:
        log: Open.
        aprons: Its images.
    """

    log: Log
    aprons: list[Apron]

    def contents(self, **contents: Any) -> ReportContents:
        """What a report of it shows."""
        return report_contents(Selection(self.log, **contents))


@pytest.fixture(scope="session")
def example(
    tmp_path_factory: pytest.TempPathFactory,
    aprons: list[Apron],
    seen: Callable[..., Verdict],
    reviewed: Callable[..., SceneReview],
    reported: Callable[..., Sighting],
    route: Callable[..., Movement],
) -> Iterator[Example]:
    """Three images, the first without aircraft, the second reviewed in part; a report, and two movements.

    The note on the second image's aircraft is private. Do not add to the log.
    """
    paths = {apron.record.sha256: apron.path for apron in aprons}
    empty, september, october = aprons
    with open_log(str(tmp_path_factory.mktemp("report") / "log.db"), create=True) as log:

        def cut(sighting: Sighting, record: SceneRecord) -> Chips:
            assert log.chips
            with open_scene(paths[record.sha256], acquired=record.acquired) as scene:
                return cut_chips(scene, sighting, log.chips)

        log.record(
            [
                seen(september, 1, type=None, size_class="large", note="told in confidence by SOURCE-X"),
                seen(october),
                seen(october, 1, analyst="ana@example.org", annotation_id=901),
                seen(october, 1, analyst="bert@example.org", annotation_id=902, type="AN12"),
            ],
            cut=cut,
        )
        private = next(log.sightings())
        log.amend(private.id, {"private": True}, because="it names a source", analyst="ana@example.org")
        log.review([reviewed(empty.record), reviewed(september.record, reviewed=1), reviewed(october.record)])
        ground = log.add(reported())
        log.add_movement(route())
        log.add_movement(
            route(
                evidence="inferred",
                places=("GABS", "GAGO"),
                until="2023-09-02",
                reasoning="the same type was at Gao on the day after",
                rests_on=(ground.id,),
            )
        )
        yield Example(log, aprons)
