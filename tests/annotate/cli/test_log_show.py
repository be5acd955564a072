"""One aircraft with all that is set, its history, its hashes, and its chips."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from annotate.log.entries import SceneReview, Sighting, Verdict
from annotate.log.store import open_log
from imagery.measures import TIMES
from imagery.record import hash_files

Done = Callable[..., str]


@pytest.fixture
def amended(path: Path, verdict: Callable[..., Verdict]) -> Sighting:
    """A sighting whose type was amended."""
    with open_log(str(path), create=True) as log:
        (first,) = log.record([verdict(1)]).sightings
        return log.amend(first.id, {"type": "C30J"}, because="six blades", analyst="bob")


def test_the_entry_is_shown_in_words(done: Done, amended: Sighting) -> None:
    shown = done("show", amended.id[:8])
    assert max(map(len, shown.splitlines())) <= 80
    text = " ".join(shown.split())
    for words in (
        "what Lockheed Martin C-130J-30 Super Hercules (C30J)",
        f"length, wingspan 29.8 ± 1.2 {TIMES} 40.4 ± 1.4 m (!): not the size of the type "
        f"(C30J is 34 {TIMES} 40 m; measured 29.8 ± 1.2 {TIMES} 40.4 ± 1.4 m)",
        "nose to 62° ",
        "when 27 October 2023, known to the day",
        "where Modibo Keita International Airport / Senou Airport (GABS)",
        "lon, lat -7.95123, 12.53499",
        "who says so bob",
        "verdict confirmed: A detector proposed this place, and a person agreed.",
        "because six blades",
        "detector bright 1, score 0.88",
        "review project 'Bamako', task 7, annotation 1",
        "no chips: its scene was not at hand when it was logged",
    ):
        assert words in text, words


def test_names_of_fields_and_raw_values_are_left_to_json(done: Done, amended: Sighting) -> None:
    shown = done("show", amended.id)
    coded = [name for name in Sighting.__dataclass_fields__ if "_" in name]
    assert [name for name in coded if name in shown] == []
    assert not {"null", "true", "false", "None", "True", "False"} & set(shown.split())
    record = json.loads(done("show", amended.id, "--json"))["now"]
    assert {"acquired_precision", "box_px", "params_hash", "verdict_id"} <= set(record)


def test_a_scene_says_in_words_where_people_have_looked(
    done: Done, path: Path, review: Callable[..., SceneReview]
) -> None:
    with open_log(str(path), create=True) as log:
        log.review([review(tiles=36, tasks=4, reviewed=4)])
        (entry,) = log.entries()
    text = " ".join(done("show", entry.id).split())
    assert "seen 4 of 36 tiles seen by a person, the rest searched by the machine only" in text
    assert "project 'Bamako': 4 tiles put before analysts, 4 of them seen" in text
    assert "MultiPolygon" not in text


def test_a_route_is_told_by_the_names_of_its_airfields(done: Done) -> None:
    route = done("movement", "add", "GABS", "GAGO", "--since", "2023-08-20", "--source", "a tracker").strip()
    text = " ".join(done("show", route).split())
    assert "route Modibo Keita International Airport / Senou Airport (GABS) - Gao Airport (GAGO)" in text
    assert "when since 20 August 2023, no end stated" in text


def test_the_history_says_who_changed_what_and_why_with_every_hash(
    done: Done, amended: Sighting, path: Path
) -> None:
    shown = done("show", amended.id)
    assert "type: C130 -> C30J" in shown
    assert "confirmed by bob: six blades" in shown
    with open_log(str(path)) as log:
        hashes = [entry.hash for entry in log.entries()]
    assert [line.split()[-1] for line in shown.splitlines() if line.split()[:1] == ["hash"]] == hashes


def test_json_has_each_entry_as_it_was_logged(done: Done, amended: Sighting, path: Path) -> None:
    shown = json.loads(done("show", amended.id, "--json"))
    assert shown["now"]["id"] == amended.id
    with open_log(str(path)) as log:
        assert [(one["seq"], one["hash"], one["payload"]) for one in shown["history"]] == [
            (entry.seq, entry.hash, json.loads(entry.payload)) for entry in log.entries()
        ]


def test_what_codes_mean_is_said(done: Done) -> None:
    report = done("add", "--airfield", "GABS", "--when", "2023-10", "--source", "a post",
                  "--grade", "B2", "--likelihood", "very likely").strip()  # fmt: skip
    shown = done("show", report)
    assert "B2: usually reliable source, probably true" in shown
    assert "very likely (80 to 95 %)" in shown
    assert f"sighting {report}: reported, confirmed" in shown


def test_text_from_elsewhere_does_not_rewrite_the_terminal(
    done: Done, path: Path, verdict: Callable[..., Verdict]
) -> None:
    with open_log(str(path), create=True) as log:
        (one,) = log.record([verdict(1, note="\x1b[2Jgone [bold]x[/] \u202e")]).sightings
    shown = done("show", one.id)
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "[bold]x[/]" in shown


def test_chips_are_named_and_said_to_be_what_was_logged(
    done: Done, path: Path, verdict: Callable[..., Verdict], tmp_path: Path
) -> None:
    from annotate.log.chips import Chips

    folder = tmp_path / "log.db.chips"
    folder.mkdir()
    for name in ("a.png", "a.pgw", "b.png", "b.pgw"):
        (folder / name).write_text(name)
    logged = [hash_files([folder / f"{stem}.png", folder / f"{stem}.pgw"]) for stem in "ab"]
    with open_log(str(path), create=True) as log:
        (one,) = log.record(
            [verdict(1)], cut=lambda *_: Chips("a.png", logged[0], "b.png", logged[1])
        ).sightings
    (folder / "b.pgw").write_text("moved")
    shown = done("show", one.id)
    assert f"{folder / 'a.png'} (as logged)" in shown
    assert f"{folder / 'b.png'} (CHANGED since it was logged)" in shown
    chips = json.loads(done("show", one.id, "--json"))["chips"]
    assert chips["chip"] == {"path": str(folder / "a.png"), "state": "as logged"}


def test_a_rejected_candidate_can_be_shown(done: Done, path: Path, verdict: Callable[..., Verdict]) -> None:
    with open_log(str(path), create=True) as log:
        log.record([verdict(1, verdict="rejected")])
        (entry,) = log.entries()
    shown = done("show", entry.id)
    assert f"verdict {entry.id}: rejected" in shown
    assert "a person said that no aircraft is there." in " ".join(shown.split())


def test_what_is_not_there_is_refused(refused: Callable[..., str], amended: Sighting) -> None:
    assert "holds no entry" in refused("show", "0" * 16)
    assert "first 4 digits" in refused("show", "zz")
