"""What tests of importing share: another log with something of every kind in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from annotate.exports.selection import Selection
from annotate.log.chips import Chips
from annotate.log.entries import Movement, Sighting, Verdict
from annotate.log.store import Log, open_log
from imagery.record import SceneRecord


@pytest.fixture(scope="session")
def reported(reported: Callable[..., Sighting]) -> Callable[..., Sighting]:
    """Makes a sighting of two aircraft that a graded source reports; keyword arguments replace members."""
    return partial(
        reported,
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
def movement(route: Callable[..., Movement]) -> Callable[..., Movement]:
    """Makes a movement that a source reports; keyword arguments replace members."""
    places = ("GABS", "GAGO", "GATS", "DRRN", "GABS")
    return partial(route, places=places, operator="Niger Air Force", analyst="ana@example.org")


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
    reported: Callable[..., Sighting],
    movement: Callable[..., Movement],
) -> Iterator[Log]:
    """Five sightings that were seen, with chips, one that was reported; two movements. Do not add to it."""

    def cut(sighting: Sighting, scene: SceneRecord) -> Chips:
        return Chips(f"{sighting.id}.png", "ab" * 32, f"{sighting.id}-surroundings.png", "cd" * 32)

    with open_log(str(tmp_path_factory.mktemp("intake") / "log.db"), create=True) as opened:
        opened.record(seen, cut=cut)
        opened.add(reported())
        opened.add_movement(movement())
        ground = next(opened.sightings()).id
        opened.add_movement(
            movement(
                evidence="inferred",
                places=("NZAA", "PHNL"),
                rests_on=(ground,),
                reasoning="It was gone a day later.",
                since=None,
            )
        )
        yield opened


@pytest.fixture(scope="session")
def selection(log: Log) -> Selection:
    """All of that log."""
    return Selection(log)
