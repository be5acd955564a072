"""The whole history of an aircraft, from any of its entries, with what each one changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from annotate.log.chips import chip_files
from annotate.log.entries import SceneReview, Verdict
from annotate.log.store import Log, open_log
from annotate.query.history import history_of, members_of
from imagery.errors import UsageError
from imagery.record import hash_files


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    with open_log(str(tmp_path / "log.db"), create=True) as opened:
        yield opened


def test_a_history_has_every_entry_about_an_aircraft_from_any_of_them(
    log: Log, verdict: Callable[..., Verdict]
) -> None:
    (first,) = log.record([verdict(1), verdict(2, verdict="rejected")]).sightings
    log.amend(first.id, {"type": "C30J"}, because="six-bladed propellers", analyst="anna")
    history = history_of(log, first.id[:8])
    assert [step.entry.kind for step in history.steps] == ["verdict", "sighting", "sighting"]
    assert history.now == history.steps[-1]
    assert history.now.changed["type"] == ("C130", "C30J")
    assert history_of(log, history.now.entry.id) == history == history_of(log, history.steps[0].entry.id)


def test_what_changed_leaves_out_what_differs_in_any_case(log: Log, verdict: Callable[..., Verdict]) -> None:
    (first,) = log.record([verdict(1)]).sightings
    log.withdraw(first.id, because="a shadow", analyst="analyst@hardstand.localhost")
    history = history_of(log, first.id)
    assert history.now.changed == {"status": ("confirmed", "withdrawn")}
    assert history.now.payload["because"] == "a shadow"


def test_another_analysts_verdict_changes_nothing_of_the_firsts(
    log: Log, verdict: Callable[..., Verdict]
) -> None:
    anna = verdict(1, analyst="anna", type="C130")
    bob = verdict(2, analyst="bob", type="C30J", candidate=anna.candidate)
    again = verdict(1, analyst="anna", type="AN12", annotated="2026-01-03T00:00:00Z")
    (first,) = log.record([anna]).sightings
    log.record([bob])
    log.record([again])
    verdicts = [step for step in history_of(log, first.id).steps if step.entry.kind == "verdict"]
    assert [step.changed.get("type") for step in verdicts] == [None, None, ("C130", "AN12")]


def test_a_rejected_candidate_has_a_history_too(log: Log, verdict: Callable[..., Verdict]) -> None:
    log.record([verdict(1, verdict="rejected")])
    (entry,) = log.entries()
    assert history_of(log, entry.id).now.payload["verdict"] == "rejected"


def test_a_scene_has_a_history(
    log: Log, record: Callable[..., object], review: Callable[..., SceneReview]
) -> None:
    log.review([review(record(), reviewed=1, seen=None)])
    log.review([review(record(), reviewed=4, seen=None)])
    history = history_of(log, next(log.scenes()).id)
    assert history.now.changed == {"reviewed": (1, 4)}


def test_members_are_in_the_order_of_the_exports(log: Log, verdict: Callable[..., Verdict]) -> None:
    (first,) = log.record([verdict(1)]).sightings
    names = list(members_of(history_of(log, first.id).now.payload))
    assert names[:4] == ["id", "status", "evidence", "supersedes"]
    assert set(names) == set(history_of(log, first.id).now.payload)


@pytest.mark.parametrize("identifier", ["ffff", "zz", "", "%"])
def test_what_names_no_entry_is_refused(identifier: str, log: Log, verdict: Callable[..., Verdict]) -> None:
    log.record([verdict(1)])
    with pytest.raises(UsageError):
        history_of(log, identifier)


@pytest.fixture
def chips(tmp_path: Path) -> dict[str, object]:
    """The chips of an entry as they were logged; of the surroundings only the hash."""
    for name in ("a.png", "a.pgw"):
        (tmp_path / name).write_text(f"content of {name}")
    logged = hash_files([tmp_path / "a.png", tmp_path / "a.pgw"])
    return {
        "chip": "a.png",
        "chip_sha256": logged,
        "surroundings": "a-surroundings.png",
        "surroundings_sha256": logged,
    }


def states(payload: dict[str, object], folder: Path | None) -> dict[str, str]:
    return {chip.member: chip.state for chip in chip_files(payload, folder)}


def test_chips_are_those_that_were_logged_or_said_not_to_be(tmp_path: Path, chips: dict[str, object]) -> None:
    assert states(chips, tmp_path) == {"chip": "as logged", "surroundings": "missing"}


@pytest.mark.parametrize("name", ["a.png", "a.pgw"])
def test_a_changed_chip_or_world_file_is_noticed(name: str, tmp_path: Path, chips: dict[str, object]) -> None:
    (tmp_path / name).write_text("another")
    assert states(chips, tmp_path)["chip"].startswith("CHANGED")


def test_a_chip_that_lost_its_world_file_is_noticed(tmp_path: Path, chips: dict[str, object]) -> None:
    (tmp_path / "a.pgw").unlink()
    assert states(chips, tmp_path)["chip"] == "missing"


def test_where_chips_are_may_not_be_known(tmp_path: Path, chips: dict[str, object]) -> None:
    assert states(chips, None) == {}
    assert states({"chip": None, "surroundings": None}, tmp_path) == {}
    assert set(states(chips, tmp_path / "gone").values()) == {"missing"}
