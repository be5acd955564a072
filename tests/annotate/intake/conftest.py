"""What tests of importing share: another log with something of every kind in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from annotate.exports.selection import Selection
from annotate.log.chips import Chips
from annotate.log.entries import Movement, Sighting, Verdict
from annotate.log.store import Log, open_log
from imagery.record import SceneRecord


@pytest.fixture(scope="session")
def reported(graded_report: Callable[..., Sighting]) -> Callable[..., Sighting]:
    """Makes what the log's report is; keyword arguments replace members."""
    return graded_report


@pytest.fixture(scope="session")
def movement(long_route: Callable[..., Movement]) -> Callable[..., Movement]:
    """Makes what the log's reported movement is; keyword arguments replace members."""
    return long_route


@pytest.fixture(scope="session")
def seen(verdict: Callable[..., Verdict], scene_record: Callable[..., SceneRecord]) -> list[Verdict]:
    """What analysts said: in this order five aircraft that hold, and one that was rejected in the end.

    One is rendered; of one they disagree on the type; one is in an image without a place.
    """
    rendered = scene_record(sha256="cd" * 32, rendered=True, path="rendered/gabs.tif", licence=None)
    minute = scene_record(sha256="ef" * 32, acquired="2023-10-27T10:36Z", acquired_precision="minute")
    lost = scene_record(
        sha256="12" * 32, crs=None, acquired=None, acquired_precision="unknown", acquired_from=None
    )
    nowhere = {"lon": None, "lat": None, "airfield": None, "heading_deg": None}
    return [
        verdict(1, note="by the hangar"),
        verdict(2, type="B737", heading_sure=False),
        verdict(3, scene=rendered),
        verdict(4, scene=minute),
        verdict(5, scene=lost, type=None, **nowhere),
        verdict(6),
        verdict(6, verdict="rejected", annotated="2026-02-03T04:05:06Z"),
        verdict(7, scene=minute, candidate=f"{4:016x}", analyst="bert@example.org", type="B737"),
    ]


@pytest.fixture(scope="session")
def log(
    tmp_path_factory: pytest.TempPathFactory,
    seen: list[Verdict],
    add_statements: Callable[[Log], None],
) -> Iterator[Log]:
    """Five sightings that were seen, with chips, one that was reported; two movements. Do not add to it."""

    def cut(sighting: Sighting, scene: SceneRecord) -> Chips:
        return Chips(f"{sighting.id}.png", "ab" * 32, f"{sighting.id}-surroundings.png", "cd" * 32)

    with open_log(str(tmp_path_factory.mktemp("intake") / "log.db"), create=True) as opened:
        opened.record(seen, cut=cut)
        add_statements(opened)
        yield opened


@pytest.fixture(scope="session")
def selection(log: Log) -> Selection:
    """All of that log."""
    return Selection(log)
