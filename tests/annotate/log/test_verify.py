"""`hardstand log verify` finds every way in which a log can be made to say something else."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from annotate.log.chain import canonical
from annotate.log.chips import Chips, cut_chips
from annotate.log.entries import Sighting, Verdict
from annotate.log.store import open_log
from annotate.log.verify import verify_entries
from hardstand import main
from imagery.record import SceneRecord
from imagery.scene import open_scene

Make = Callable[..., Verdict]
LATER = "2026-02-03T04:05:06.000000Z"


class Logged(NamedTuple):
    """A log of three aircraft in one scene with their chips: a verdict and a sighting each, 1 to 6.

    Attributes:
        location: Of the log.
        chips: Folder of the chips.
        scene: The scene's image, with a world file beside it.
        rows: The table's.
    """

    location: str
    chips: Path
    scene: Path
    rows: list[dict[str, Any]]


@pytest.fixture
def logged(
    location: str, table: Any, verdict: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Logged:
    monkeypatch.delenv("HARDSTAND_LOG", raising=False)
    path, chips = tmp_path / "apron.png", tmp_path / "log.db.chips"
    Image.fromarray(np.random.default_rng(0).integers(80, 120, (600, 800, 3), np.uint8)).save(path)
    path.with_suffix(".pgw").write_text("0.5\n0\n0\n-0.5\n600000.25\n4499999.75\n")
    where = {"crs": "EPSG:32629"}
    with open_scene(path, **where, acquired="2023-10-27") as scene:
        record = scene.record()

    def cut(sighting: Sighting, _record: SceneRecord) -> Chips:
        with open_scene(path, **where) as scene:
            return cut_chips(scene, sighting, chips)

    said = [verdict(n, scene=record, center_px=(100.0 * n, 100.0 * n), lon=0.1 * n) for n in (2, 3, 4)]
    with open_log(location, create=True) as log:
        for each in said:
            log.record([each], cut=cut)
    return Logged(location, chips, path, table.rows())


@pytest.fixture
def verify(cli: CliRunner, logged: Logged) -> Callable[..., Result]:
    """Runs `log verify` on the log."""
    return lambda *arguments: cli.invoke(main, ["log", "verify", "--log", logged.location, *arguments])


def failure(result: Result) -> str:
    """The one line about the first entry that fails."""
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    (line,) = (line for line in result.stderr.splitlines() if line.startswith("Error: "))
    return line


def sql(value: object) -> str:
    return "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"


def insert(row: dict[str, Any]) -> str:
    return f"INSERT INTO entries ({', '.join(row)}) VALUES ({', '.join(map(sql, row.values()))})"


def rechained(rows: list[dict[str, Any]]) -> list[str]:
    """Statements that write these rows in place of all, hashed anew: what a skilful forger does."""
    previous, statements = "0" * 64, ["DELETE FROM entries"]
    for seq, row in enumerate(rows, start=1):
        link = hashlib.sha256(f"{previous}\n{row['payload']}".encode()).hexdigest()
        statements.append(insert({**row, "seq": seq, "previous_hash": previous, "hash": link}))
        previous = link
    return statements


def test_a_log_that_is_what_was_written_verifies(verify: Callable[..., Result], logged: Logged) -> None:
    result = verify("--scenes", "--head", logged.rows[3]["hash"])
    assert result.exit_code == 0, result.output
    assert result.stdout == f"{logged.rows[-1]['hash']}\n"
    assert "6 entries, unchanged" in result.stderr
    assert "the published head is entry 4" in result.stderr


def test_how_far_it_has_come_is_told(
    verify: Callable[..., Result], logged: Logged, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chips of a large log take minutes to hash."""
    monkeypatch.setattr("annotate.log.store.REPORTED_EVERY", 2)
    monkeypatch.setattr("imagery.cli.progress.LINE_EVERY_S", 0)
    result = verify()
    assert result.stdout == f"{logged.rows[-1]['hash']}\n"
    assert f"{Path(logged.location).name}: 4 of 6 entries" in result.stderr


def test_an_empty_log_verifies(location: str, cli: CliRunner) -> None:
    with open_log(location, create=True):
        pass
    result = cli.invoke(main, ["log", "verify", "--log", location, "--head", "0" * 64])
    assert (result.exit_code, result.stdout) == (0, f"{'0' * 64}\n")


@pytest.mark.parametrize(
    ("word", "forged"),
    [
        ('"lon":0.3', '"lon":0.4'),
        ('"analyst":"analyst@hardstand.localhost"', '"analyst":"somebody"'),
        ('"type":"C130"', '"type":"A400"'),
        ('"acquired":"2023-10-27"', '"acquired":"2023-10-28"'),
    ],
)
@pytest.mark.parametrize("seq", [3, 4])
def test_an_edited_entry_is_named(
    seq: int, word: str, forged: str, verify: Callable[..., Result], logged: Logged, table: Any
) -> None:
    assert word in logged.rows[seq - 1]["payload"]
    table.without_triggers(
        f"UPDATE entries SET payload = replace(payload, {sql(word)}, {sql(forged)}) WHERE seq = {seq}"
    )
    line = failure(verify())
    assert f"entry {seq} ({logged.rows[seq - 1]['id']}): its text or its hash was changed" in line


def test_an_edited_entry_whose_hash_was_made_to_fit_breaks_the_next(
    verify: Callable[..., Result], logged: Logged, table: Any
) -> None:
    row = logged.rows[2]
    text = row["payload"].replace("C130", "A400")
    link = hashlib.sha256(f"{row['previous_hash']}\n{text}".encode()).hexdigest()
    table.without_triggers(f"UPDATE entries SET payload = {sql(text)}, hash = '{link}' WHERE seq = 3")
    assert f"entry 4 ({logged.rows[3]['id']}): it does not follow entry 3" in failure(verify())


@pytest.mark.parametrize("column", ["hash", "previous_hash"])
def test_an_edited_hash_is_found(
    column: str, verify: Callable[..., Result], logged: Logged, table: Any
) -> None:
    table.without_triggers(f"UPDATE entries SET {column} = '{'f' * 64}' WHERE seq = 3")
    assert f"entry 3 ({logged.rows[2]['id']}): " in failure(verify())


@pytest.mark.parametrize(
    ("column", "value", "seq"),
    [
        ("id", "0123456789abcdef", 4),
        ("kind", "sighting", 3),
        ("origin", "sighting of mine", 4),
        ("subject", "another aircraft", 3),
        ("subject", "another aircraft", 4),
        ("statement", "1/2/3", 3),
        ("statement", None, 3),
        ("statement", "1/2/3", 4),
        ("scene", "f" * 64, 3),
        ("scene", None, 4),
    ],
)
def test_an_edited_column_beside_the_payload_is_found(
    column: str,
    value: str | None,
    seq: int,
    verify: Callable[..., Result],
    logged: Logged,
    table: Any,
) -> None:
    """The hash does not cover it, but by it an entry is found, or is not."""
    table.without_triggers(f"UPDATE entries SET {column} = {sql(value)} WHERE seq = {seq}")
    line = failure(verify())
    assert f"entry {seq} (" in line
    assert f"its {column} beside the payload was changed" in line


@pytest.mark.parametrize(("deleted", "told"), [(1, "entry 1"), (3, "entry 3")])
def test_a_deleted_entry_is_missed(
    deleted: int, told: str, verify: Callable[..., Result], logged: Logged, table: Any
) -> None:
    table.without_triggers(f"DELETE FROM entries WHERE seq = {deleted}")
    line = failure(verify())
    assert f"entry {deleted + 1} ({logged.rows[deleted]['id']}): {told} before it is missing" in line


def test_several_deleted_entries_are_missed(
    verify: Callable[..., Result], logged: Logged, table: Any
) -> None:
    table.without_triggers("DELETE FROM entries WHERE seq IN (2, 3, 4)")
    assert f"entry 5 ({logged.rows[4]['id']}): entries 2 to 4 before it are missing" in failure(verify())


def test_a_deleted_entry_whose_gap_was_closed_is_found(
    verify: Callable[..., Result], logged: Logged, table: Any
) -> None:
    table.without_triggers(
        "DELETE FROM entries WHERE seq = 3",
        *(f"UPDATE entries SET seq = {seq - 1} WHERE seq = {seq}" for seq in (4, 5, 6)),
    )
    assert f"entry 3 ({logged.rows[3]['id']}): it does not follow entry 2" in failure(verify())


def test_reordered_entries_are_found(verify: Callable[..., Result], logged: Logged, table: Any) -> None:
    table.without_triggers(
        "UPDATE entries SET seq = 99 WHERE seq = 3",
        "UPDATE entries SET seq = 3 WHERE seq = 5",
        "UPDATE entries SET seq = 5 WHERE seq = 99",
    )
    assert f"entry 3 ({logged.rows[4]['id']}): it does not follow entry 2" in failure(verify())


@pytest.mark.parametrize("seq", [-5, 0, 4, 7])
def test_an_inserted_entry_is_found(
    seq: int, verify: Callable[..., Result], logged: Logged, table: Any
) -> None:
    """Also before the first, where nobody looks who begins at 1."""
    forged = {"id": "f" * 16, "origin": "sighting forged", "previous_hash": "e" * 64, "hash": "d" * 64}
    moved = [f"UPDATE entries SET seq = {n + 1} WHERE seq = {n}" for n in (6, 5, 4) if seq == 4]
    table.without_triggers(*moved, insert({**logged.rows[3], **forged, "seq": seq}))
    assert f"entry {seq} ({'f' * 16}): it " in failure(verify())


def test_an_entry_of_a_kind_that_is_not_known_is_not_passed_over(
    verify: Callable[..., Result], logged: Logged, table: Any
) -> None:
    payload = json.loads(logged.rows[5]["payload"]) | {"kind": "rumour"}
    text = json.dumps(payload, sort_keys=True, separators=(",", ":"))
    row = {**logged.rows[5], "kind": "rumour", "payload": text}
    table.without_triggers(*rechained([*logged.rows[:5], row]))
    assert "its kind 'rumour' is not known to this release" in failure(verify())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"count":1,', '"count":1.0,'),
        ('"count":1,', '"count": 1,'),
        ('"count":1,', '"count":1,"count":1,'),
        ('{"acquired"', '{ "acquired"'),
        ('"C130"', '"C\\u0031\\u0033\\u0030"'),
        ('"analysts":1,', '"analysts":1,"because":null,'),
    ],
    ids=["number", "blank", "twice", "blank at the beginning", "escape", "order"],
)
def test_a_text_that_is_not_canonical_is_found_though_it_is_hashed_as_it_is(
    old: str, new: str, verify: Callable[..., Result], logged: Logged, table: Any
) -> None:
    """Two texts that say the same must not have two hashes."""
    text = logged.rows[3]["payload"].replace(old, new, 1)
    assert text != logged.rows[3]["payload"]
    rows = [*logged.rows[:3], {**logged.rows[3], "payload": text}, *logged.rows[4:]]
    table.without_triggers(*rechained(rows))
    assert f"entry 4 ({logged.rows[3]['id']}): its payload is not what hardstand writes" in failure(verify())


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", "not JSON", '{"kind":"verdict"}'])
def test_a_payload_that_is_none_is_found(
    text: str, verify: Callable[..., Result], logged: Logged, table: Any
) -> None:
    table.without_triggers(*rechained([{**logged.rows[0], "payload": text}]))
    assert "entry 1 " in failure(verify())


@pytest.mark.parametrize(
    "members",
    [
        {"scene": "apron.tif"},
        {"scene": {"sha256": None}},
        {"scene": {"sha256": "ab", "path": ["apron.tif"]}},
        {"scene": {"sha256": "ab", "path": 7}},
        {"chip": 1, "chip_sha256": "", "surroundings": "", "surroundings_sha256": ""},
        {"chip": "\0.png", "chip_sha256": "", "surroundings": "", "surroundings_sha256": ""},
        {"chip": "x.png"},
    ],
    ids=repr,
)
def test_members_that_are_not_what_they_must_be_are_found(
    members: dict[str, Any], verify: Callable[..., Result], logged: Logged, table: Any
) -> None:
    """A log may come from a stranger: it is refused by its first such entry, and breaks nothing."""
    payload = json.loads(logged.rows[0]["payload"]) | members
    row = {**logged.rows[0], "payload": canonical(payload)}
    if isinstance(payload["scene"], dict):
        row["scene"] = payload["scene"]["sha256"]
    table.without_triggers(*rechained([row]))
    assert f"entry 1 ({row['id']}): its " in failure(verify())


def chip_of(row: dict[str, Any], member: str = "chip") -> str:
    return str(json.loads(row["payload"])[member])


@pytest.mark.parametrize("member", ["chip", "surroundings"])
@pytest.mark.parametrize("suffix", [".png", ".pgw"])
@pytest.mark.parametrize("how", ["changed", "gone"])
def test_a_chip_or_its_world_file_that_is_not_what_it_was_is_found(
    how: str, suffix: str, member: str, verify: Callable[..., Result], logged: Logged
) -> None:
    file = (logged.chips / chip_of(logged.rows[3], member)).with_suffix(suffix)
    if how == "gone":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:-1] + b"x")
    line = failure(verify())
    assert f"entry 4 ({logged.rows[3]['id']}): its chip " in line
    assert ("its hash differs" if how == "changed" else "not at hand") in line


def test_chips_that_were_swapped_are_found(verify: Callable[..., Result], logged: Logged) -> None:
    """Both are images of this log, only of each other's aircraft."""
    one, other = (logged.chips / chip_of(row) for row in (logged.rows[1], logged.rows[3]))
    for suffix in (".png", ".pgw"):
        shutil.move(one.with_suffix(suffix), logged.chips / "x")
        shutil.move(other.with_suffix(suffix), one.with_suffix(suffix))
        shutil.move(logged.chips / "x", other.with_suffix(suffix))
    assert f"entry 2 ({logged.rows[1]['id']}): its chip " in failure(verify())


def test_a_chip_outside_the_folder_is_not_taken(
    verify: Callable[..., Result], logged: Logged, table: Any, tmp_path: Path
) -> None:
    """A log from a stranger must not have files hashed that are none of its own."""
    name = chip_of(logged.rows[1])
    for suffix in (".png", ".pgw"):
        shutil.move(logged.chips / Path(name).with_suffix(suffix), tmp_path / Path(name).with_suffix(suffix))
    text = logged.rows[1]["payload"].replace(f'"{name}"', f'"../{name}"')
    table.without_triggers(*rechained([logged.rows[0], {**logged.rows[1], "payload": text}]))
    assert f"its chip ../{name}: its name leads out of the folder of chips" in failure(verify())


@pytest.mark.postgres
@pytest.mark.parametrize("location", ["postgres"], indirect=True)
def test_chips_whose_folder_nobody_named_are_said_to_be_unchecked(
    verify: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of a file are beside it; a server's log has none but what HARDSTAND_CHIPS names."""
    monkeypatch.delenv("HARDSTAND_CHIPS")
    result = verify()
    assert result.exit_code == 0
    assert "chips of 3 sightings were not checked; name their folder: HARDSTAND_CHIPS" in result.stderr


@pytest.mark.parametrize("suffix", [".png", ".pgw"])
def test_a_changed_scene_or_world_file_is_found_by_hashing_it_anew(
    suffix: str, verify: Callable[..., Result], logged: Logged
) -> None:
    """Time and size are as before: only the bytes tell."""
    assert verify("--scenes").exit_code == 0
    file = logged.scene.with_suffix(suffix)
    content = bytearray(file.read_bytes())
    content[-2] ^= 1
    state = file.stat()
    file.write_bytes(content)
    os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))
    line = failure(verify("--scenes"))
    assert f"entry 1 ({logged.rows[0]['id']}): its scene {logged.scene}" in line
    assert "was changed" in line
    assert verify().exit_code == 0, "without --scenes nothing is read of them"


def test_a_world_file_that_is_gone_is_found(verify: Callable[..., Result], logged: Logged) -> None:
    logged.scene.with_suffix(".pgw").unlink()
    assert "entry 1 " in failure(verify("--scenes"))


def test_a_scene_that_is_not_there_is_told_and_with_scenes_is_a_failure(
    verify: Callable[..., Result], logged: Logged
) -> None:
    logged.scene.unlink()
    result = verify()
    assert result.exit_code == 0
    assert f"scene {logged.scene} was not found; entry 1 is the first that names it" in result.stderr
    assert "is not there" in failure(verify("--scenes"))


def test_of_many_scenes_that_are_not_there_some_are_named_and_the_rest_counted(
    verify: Callable[..., Result], logged: Logged, verdict: Make
) -> None:
    scene = verdict().scene
    with open_log(logged.location) as log:
        log.record(
            verdict(number, scene=replace(scene, path=f"gone-{number}.tif", sha256=f"{number:064x}"))
            for number in range(10, 17)
        )
    said = verify().stderr
    assert said.count("was not found") == 5
    assert "2 more scenes were not found" in said


def test_a_scene_that_is_no_image_any_more_is_one_line(verify: Callable[..., Result], logged: Logged) -> None:
    logged.scene.write_text("something else")
    assert "entry 1 " in failure(verify("--scenes"))


def test_a_scene_that_was_opened_as_nothing_can_be_is_one_line(
    verify: Callable[..., Result], logged: Logged, table: Any
) -> None:
    payload = json.loads(logged.rows[0]["payload"])
    payload["scene"]["opened_with"] = {"magic": "wand"}
    table.without_triggers(*rechained([{**logged.rows[0], "payload": canonical(payload)}]))
    assert "its scene cannot be opened" in failure(verify("--scenes"))


def test_a_cut_off_end_shows_against_a_published_head_and_only_so(
    verify: Callable[..., Result], logged: Logged, table: Any
) -> None:
    table.without_triggers("DELETE FROM entries WHERE seq > 4")
    assert verify().exit_code == 0
    assert verify("--head", logged.rows[3]["hash"]).exit_code == 0, "what was published before stands"
    line = failure(verify("--head", logged.rows[5]["hash"]))
    assert f"no entry has the published hash {logged.rows[5]['hash']}" in line
    assert "removed from its end" in line


def test_a_rewritten_end_shows_against_a_published_head_and_only_so(
    verify: Callable[..., Result], logged: Logged, table: Any
) -> None:
    forged = [{**row, "payload": row["payload"].replace("C130", "A400")} for row in logged.rows[4:]]
    table.without_triggers(*rechained([*logged.rows[:4], *forged]))
    assert verify().exit_code == 0
    assert verify("--head", logged.rows[3]["hash"]).exit_code == 0
    assert "the end was rewritten" in failure(verify("--head", logged.rows[5]["hash"]))


@pytest.mark.parametrize(
    ("seq", "word", "wrong", "field"),
    [
        (2, '"count":1', '"count":"1"', "count is not a whole number"),
        (2, '"status":"confirmed"', '"status":"sure"', "status is not one of confirmed, disputed, withdrawn"),
        (2, '"heading_sure":true', '"heading_sure":1', "heading_sure is not true or false"),
        (2, '"center_px":[200,200]', '"center_px":[200]', "center_px is not a list of 2 numbers or null"),
        (2, '"lon":0.2', '"lon":[]', "lon is not a number or null"),
        (1, '"project":"', '"projects":"', "project is missing"),
        (1, '"gsd_m":0.', '"gsd_m":"x","gsd_n":0.', "gsd_"),
    ],
)
def test_a_value_of_the_wrong_kind_with_an_unbroken_chain_is_named_by_all_that_read_it(
    seq: int,
    word: str,
    wrong: str,
    field: str,
    verify: Callable[..., Result],
    logged: Logged,
    table: Any,
    cli: Any,
) -> None:
    """A stranger's log can have anything in it; a text for a number once ended a report in a traceback."""
    rows = [dict(row) for row in logged.rows]
    assert word in rows[seq - 1]["payload"]
    rows[seq - 1]["payload"] = rows[seq - 1]["payload"].replace(word, wrong)
    table.without_triggers(*rechained(rows))
    assert f"entry {seq} (" in failure(verify())
    if seq == 2:
        for command in (["log", "list"], ["report", "-o", str(logged.chips.parent / "a.html")]):
            result = cli.invoke(main, [*command, "--log", logged.location])
            assert result.exit_code == 1
            assert field in result.stderr
            assert result.stderr.count("\n") == 1


def test_a_payload_that_is_not_json_is_named_by_all_that_read_it(
    verify: Callable[..., Result], logged: Logged, table: Any, cli: Any
) -> None:
    rows = [dict(row) for row in logged.rows]
    rows[1]["payload"] = rows[1]["payload"][:-1]
    table.without_triggers(*rechained(rows))
    assert "entry 2 (" in failure(verify())
    result = cli.invoke(main, ["log", "list", "--log", logged.location])
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "its payload is not JSON" in result.stderr


@pytest.mark.parametrize("words", ["abc", "g" * 64, "1" * 63])
def test_a_head_that_is_no_hash_is_refused(words: str, verify: Callable[..., Result]) -> None:
    result = verify("--head", words)
    assert result.exit_code == 2
    assert f"--head: '{words}' is not a hash" in result.stderr


def test_what_is_added_meanwhile_is_not_taken_for_a_change(
    location: str, logged: Logged, verdict: Make
) -> None:
    with open_log(location) as log, open_log(location) as other:
        entries = log.entries()
        first = next(entries)
        other.record([verdict(9)])
        found = verify_entries([first, *entries], log.chips)
        assert (found.failure, found.head.seq) == (None, 6)
        assert verify_entries(log.entries(), log.chips).head.seq == 8


def test_a_log_of_every_kind_of_entry_verifies(
    location: str, verdict: Make, logged: Logged, reported: Any, route: Any, review: Any
) -> None:
    with open_log(location) as log:
        (held, *_) = log.sightings()
        log.amend(held.id, {"operator": "Air Force", "note": "a, b: {c}"}, because="markings", analyst="ana")
        log.record([verdict(2, scene=verdict().scene, verdict="rejected", annotated=LATER)])
        told = log.add(reported(note='he said: "über 9000"\n\U0001f6e9', lon=1e-6, lat=1.5e-7))
        log.add_movement(route(rests_on=(told.id,)))
        log.review([review()])
        log.withdraw(told.id, because="a hoax", analyst="ana")
        found = verify_entries(log.entries(), log.chips)
        assert found.failure is None
        assert {entry.kind for entry in log.entries()} == {"verdict", "sighting", "movement", "scene"}
