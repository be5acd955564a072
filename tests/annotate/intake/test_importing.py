"""What one log exports another takes: nothing lost that a statement can hold, nothing passed off as seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from annotate.exports.export import export
from annotate.exports.rounding import rounded_sighting
from annotate.exports.selection import Selection
from annotate.intake import importing
from annotate.intake.importing import Imported, check_export, import_export, origin_of
from annotate.log.entries import Movement, Sighting
from annotate.log.store import Log, open_log
from imagery.errors import UsageError

# How a sighting was reviewed in the other log, and what lies there: a statement here has none of it.
LEFT_BEHIND = {
    *("verdict", "verdict_id", "analysts", "candidate", "score", "project", "task_id", "annotation_id"),
    *("detector", "detector_version", "params_hash", "scene_path"),
    *("chip", "chip_sha256", "surroundings", "surroundings_sha256"),
}
FILLED_IN = {"id", "logged", "supersedes"}


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Log]:
    """A log that holds nothing yet."""
    with open_log(str(tmp_path / "other.db"), create=True) as opened:
        yield opened


@pytest.fixture(params=["csv", "excel", "geojson"])
def exported(request: pytest.FixtureRequest, selection: Selection, tmp_path: Path) -> list[Path]:
    """A log in each format that is taken back, in the order to import it."""
    path = tmp_path / ("a.geojson" if request.param == "geojson" else "a.csv")
    export(selection.log, path, format=request.param)
    return [one for one in (path, tmp_path / "a-movements.csv") if one.exists()]


def take(log: Log, paths: list[Path]) -> list[Imported]:
    return [import_file(log, path) for path in paths]


def import_file(log: Log, path: Path) -> Imported:
    return import_export(log, check_export(path))


def said(entry: Sighting | Movement, *but: str) -> dict[str, Any]:
    return {field.name: getattr(entry, field.name) for field in fields(entry) if field.name not in but}


def test_everything_that_a_statement_can_hold_comes_over(log: Log, other: Log, exported: list[Path]) -> None:
    take(other, exported)
    but = (*LEFT_BEHIND, *FILLED_IN, "evidence", "source")
    for here, there in zip(other.sightings(), log.sightings(), strict=True):
        assert said(here, *but) == said(rounded_sighting(there), *but)
    for here, there in zip(other.movements(), log.movements(), strict=True):
        assert said(here, *FILLED_IN, "rests_on", "source") == said(there, *FILLED_IN, "rests_on", "source")


def test_nothing_that_comes_over_passes_for_seen_or_reviewed_here(other: Log, exported: list[Path]) -> None:
    take(other, exported)
    for sighting in other.sightings():
        assert sighting.evidence == "reported"
        assert {getattr(sighting, name) for name in LEFT_BEHIND - {"analysts"}} == {None}
        assert sighting.analysts == 1
    assert [movement.evidence for movement in other.movements()] == ["reported", "inferred"]
    assert [one.rendered for one in other.sightings()] == [False, False, True, False, False, False]
    assert [one.status for one in other.sightings()].count("disputed") == 1
    assert list(other.verdicts()) == []


def test_each_names_the_entry_that_it_comes_from_and_how_it_was_known_there(
    log: Log, other: Log, exported: list[Path]
) -> None:
    take(other, exported)
    there = list(log.sightings())
    sources = [sighting.source for sighting in other.sightings()]
    assert sources[0] == f"entry {there[0].id} of another log (seen there)"
    assert sources[5] == (
        f"entry {there[5].id} of another log (reported there): a photograph in Le Monde, page 3"
    )
    assert [origin_of(one) for one in other.sightings()] == [one.id for one in there]


def test_an_inference_rests_on_what_came_over_with_it(other: Log, exported: list[Path]) -> None:
    take(other, exported)
    _, inferred = other.movements()
    assert inferred.rests_on == (next(other.sightings()).id,)


def test_an_inference_without_its_grounds_says_what_they_were(log: Log, other: Log, tmp_path: Path) -> None:
    export(log, tmp_path / "a.csv")
    import_file(other, tmp_path / "a-movements.csv")
    _, inferred = other.movements()
    assert inferred.rests_on == ()
    assert f"rests on {next(log.sightings()).id} there" in str(inferred.source)


def test_the_same_again_adds_nothing(other: Log, exported: list[Path]) -> None:
    added = [imported.added for imported in take(other, exported)]
    head = other.head()
    assert sum(added) == 8
    assert take(other, exported) == [Imported(present=count) for count in added]
    assert other.head() == head


def test_the_same_again_adds_nothing_also_where_it_was_changed_or_withdrawn_here(
    other: Log, exported: list[Path]
) -> None:
    take(other, exported)
    first, second, *_ = other.sightings()
    other.amend(first.id, {"operator": "Air Force"}, because="it says so on the fin", analyst="ana")
    other.withdraw(second.id, because="a mock-up", analyst="ana")
    head = other.head()
    take(other, exported)
    assert other.head() == head


def test_a_log_takes_nothing_back_that_is_its_own(selection: Selection, other: Log, tmp_path: Path) -> None:
    """Neither from its own export nor by way of another log."""
    export(selection.log, tmp_path / "a.geojson")
    import_file(other, tmp_path / "a.geojson")
    export(other, tmp_path / "b.geojson")
    head = selection.log.head()
    for name in ("a.geojson", "b.geojson"):
        assert import_file(selection.log, tmp_path / name) == Imported(present=8)
    assert selection.log.head() == head


def test_from_then_on_an_export_comes_over_unchanged(
    other: Log, exported: list[Path], tmp_path: Path
) -> None:
    """Export, import and export again lose nothing more."""
    take(other, exported)
    export(other, tmp_path / "again.geojson")
    with open_log(str(tmp_path / "third.db"), create=True) as third:
        import_file(third, tmp_path / "again.geojson")
        for one, before in zip(third.sightings(), other.sightings(), strict=True):
            assert said(one, *FILLED_IN) == said(before, *FILLED_IN)
        for one, before in zip(third.movements(), other.movements(), strict=True):
            assert said(one, *FILLED_IN, "rests_on") == said(before, *FILLED_IN, "rests_on")


def test_what_was_cut_short_is_taken_up_again(
    selection: Selection, other: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was added by then is whole, and comes to nothing when all of it is taken again."""
    export(selection.log, tmp_path / "a.geojson")
    monkeypatch.setattr(importing, "BATCH", 3)
    add_all, calls = other.add_all, iter(range(2))

    def killed(stated: list[Sighting | Movement]) -> list[Sighting | Movement]:
        if next(calls, None) is None:
            raise KeyboardInterrupt
        return add_all(stated)

    monkeypatch.setattr(other, "add_all", killed)
    with pytest.raises(KeyboardInterrupt):
        import_file(other, tmp_path / "a.geojson")
    assert len(list(other.sightings())) == 6
    assert list(other.movements()) == []
    monkeypatch.undo()
    assert import_file(other, tmp_path / "a.geojson") == Imported(added=2, present=6)
    assert len(list(other.sightings())) == 6


def test_what_was_amended_there_is_not_taken_for_another_aircraft(
    other: Log, reported: Callable[..., Sighting], tmp_path: Path
) -> None:
    with open_log(str(tmp_path / "first.db"), create=True) as first:
        held = first.add(reported())
        export(first, tmp_path / "a.csv")
        first.amend(held.id, {"operator": "Air Force"}, because="the fin", analyst="ana")
        export(first, tmp_path / "b.csv")
    assert import_file(other, tmp_path / "a.csv") == Imported(added=1)
    assert import_file(other, tmp_path / "b.csv") == Imported(superseding=1)


def test_what_was_published_needs_a_name_and_comes_over_with_it(log: Log, other: Log, tmp_path: Path) -> None:
    export(log, tmp_path / "a.csv", public=True)
    with pytest.raises(UsageError, match="no analyst named"):
        import_file(other, tmp_path / "a.csv")
    import_export(other, check_export(tmp_path / "a.csv", "carl@example.org"))
    assert {sighting.analyst for sighting in other.sightings()} == {"carl@example.org"}


def test_nothing_is_taken_of_a_file_whose_last_line_cannot_be(
    selection: Selection, other: Log, tmp_path: Path
) -> None:
    export(selection.log, tmp_path / "a.csv")
    with (tmp_path / "a.csv").open("a") as text:
        text.write("half a line")
    with pytest.raises(UsageError, match=r"a\.csv: line 8"):
        import_file(other, tmp_path / "a.csv")
    assert list(other.sightings()) == []
