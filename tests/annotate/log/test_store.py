"""The log only grows, holds each statement once, and is one chain whoever writes to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from annotate.log.entries import Sighting, Verdict
from annotate.log.store import Log, open_log

Make = Callable[..., Verdict]
LATER = "2026-02-03T04:05:06.000000Z"


@pytest.fixture
def log(location: str) -> Iterator[Log]:
    with open_log(location, create=True) as opened:
        yield opened


def test_a_confirmed_candidate_becomes_a_verdict_and_a_sighting_that_rests_on_it(
    log: Log, table: Any, verdict: Make
) -> None:
    recorded = log.record([verdict()])
    assert (len(recorded.verdicts), len(recorded.sightings)) == (1, 1)
    (sighting,) = log.sightings()
    stated, seen = (json.loads(row["payload"]) for row in table.rows())
    assert (stated["kind"], seen["kind"]) == ("verdict", "sighting")
    assert sighting.verdict_id == stated["id"]
    assert (sighting.lon, sighting.lat, sighting.type) == (-7.9512345, 12.5349876, "C130")
    assert (sighting.acquired, sighting.acquired_precision) == ("2023-10-27", "day")
    assert (sighting.status, sighting.supersedes) == ("confirmed", None)
    assert (sighting.scene_sha256, sighting.licence) == ("ab" * 32, "CC-BY-4.0")
    assert list(log.verdicts()) == [verdict()]


def test_each_entrys_hash_follows_from_the_one_before(log: Log, table: Any, verdict: Make) -> None:
    log.record([verdict(number) for number in range(1, 6)])
    log.record([verdict(3, verdict="rejected", annotated=LATER)])
    assert len(table.rows()) == 12
    assert table.broken_links() == []


def test_recording_the_same_again_adds_nothing(log: Log, table: Any, verdict: Make) -> None:
    verdicts = [verdict(1), verdict(2, verdict="rejected"), verdict(3, verdict="added", candidate=None)]
    log.record(verdicts)
    before = table.rows()
    assert log.record(verdicts) == ([], [])
    assert log.record([*verdicts, *verdicts]) == ([], [])
    assert table.rows() == before


def test_an_annotation_that_was_saved_again_unchanged_adds_nothing(
    log: Log, table: Any, verdict: Make
) -> None:
    """The server counts it as an update; the analyst said nothing new."""
    log.record([verdict()])
    assert log.record([verdict(annotated=LATER, lead_time_s=99.0)]).verdicts == []
    assert len(table.rows()) == 2


def test_an_edited_annotation_supersedes_what_it_said_before(log: Log, table: Any, verdict: Make) -> None:
    first = log.record([verdict()]).sightings[0]
    second = log.record([verdict(verdict="corrected", type="A400", annotated=LATER)]).sightings[0]
    assert second.supersedes == first.id
    assert list(log.sightings()) == [second]
    assert [said.verdict for said in log.verdicts()] == ["confirmed", "corrected"], "what was said stays said"
    assert len(table.rows()) == 4


def test_another_analysts_verdict_on_the_same_candidate_supersedes_too(log: Log, verdict: Make) -> None:
    """One aircraft is one sighting, however many looked at it."""
    (first,) = log.record([verdict(1)]).sightings
    (both,) = log.record([verdict(2, candidate=verdict(1).candidate, analyst="bea@example.org")]).sightings
    assert (both.analyst, both.analysts) == ("analyst@hardstand.localhost, bea@example.org", 2)
    assert both.supersedes == first.id
    assert list(log.sightings()) == [both]


def test_a_rejection_withdraws_a_sighting_and_a_later_word_brings_it_back(log: Log, verdict: Make) -> None:
    (first,) = log.record([verdict()]).sightings
    (withdrawn,) = log.record([verdict(verdict="rejected", annotated=LATER)]).sightings
    assert (withdrawn.status, withdrawn.supersedes) == ("withdrawn", first.id)
    assert list(log.sightings()) == []
    (back,) = log.record([verdict(annotated="2026-03-03T04:05:06.000000Z")]).sightings
    assert back.supersedes == withdrawn.id
    assert list(log.sightings()) == [back]


def test_a_rejection_of_what_the_log_does_not_hold_makes_no_sighting(log: Log, verdict: Make) -> None:
    recorded = log.record([verdict(verdict="rejected")])
    assert (len(recorded.verdicts), recorded.sightings) == (1, [])
    assert list(log.sightings()) == []


def test_two_boxes_added_by_one_annotation_are_two_sightings(log: Log, verdict: Make) -> None:
    added = [
        verdict(verdict="added", candidate=None, region_id=name, center_px=place)
        for name, place in (("r1", (100.0, 100.0)), ("r2", (200.0, 100.0)))
    ]
    log.record(added)
    assert len(list(log.sightings())) == 2


def test_a_rendered_scenes_sightings_say_that_it_is_rendered(log: Log, verdict: Make) -> None:
    log.record([verdict(scene=replace(verdict().scene, rendered=True))])
    assert [sighting.rendered for sighting in log.sightings()] == [True]


def test_the_same_statement_has_the_same_identifier_in_every_log(
    log: Log, tmp_path: Path, verdict: Make
) -> None:
    """So two logs that were pulled from one server can be compared."""
    log.record([verdict()])
    with open_log(str(tmp_path / "other.db"), create=True) as other:
        other.record([verdict(2), verdict()])
        assert {held.id for held in log.sightings()} < {held.id for held in other.sightings()}


def test_what_fails_midway_leaves_nothing_half_written(log: Log, table: Any, verdict: Make) -> None:
    """Of the verdicts before the failure none may stay, or a repeated pull would seem done."""

    def interrupted(sighting: Sighting, _scene: object) -> None:
        if sighting.candidate == verdict(2).candidate:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        log.record([verdict(1), verdict(2)], cut=interrupted)
    assert table.rows() == []
    log.record([verdict(1), verdict(2)])
    assert table.broken_links() == []
    assert len(list(log.sightings())) == 2


def test_what_cannot_be_canonical_json_leaves_nothing_half_written(
    log: Log, table: Any, verdict: Make
) -> None:
    with pytest.raises(ValueError, match=r"(?i)nan|float"):
        log.record([verdict(1), verdict(2, lon=float("nan"))])
    assert table.rows() == []


def test_entries_come_back_as_they_went_in(verdict: Make, log: Log) -> None:
    """Through canonical JSON, whose numbers have no type."""
    (sighting,) = log.record([verdict(lon=3.0, score=1.0)]).sightings
    assert Sighting.from_payload(json.loads(json.dumps(sighting.to_payload()))) == sighting
    assert list(log.sightings()) == [sighting]
