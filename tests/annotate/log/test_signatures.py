"""Who recorded an entry shows, and nobody can put, move or change one in another's name."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from annotate.exports.export import export
from annotate.log.chain import canonical
from annotate.log.entries import Sighting, Verdict
from annotate.log.identity import Identity, load_identity, make_identity
from annotate.log.store import Log, open_log
from annotate.log.verify import Verified
from annotate.log.writing import Writer
from imagery.errors import UsageError


def nobody_asks() -> str:
    raise AssertionError


@pytest.fixture
def ana(tmp_path: Path) -> Identity:
    return make_identity(tmp_path / "ana.json", "ana", None)


@pytest.fixture
def log_of(tmp_path: Path) -> Callable[..., Log]:
    """Opens the log at a place; it is signed by who is named."""
    return lambda identity=None, name="log.db": open_log(tmp_path / name, create=True, identity=identity)


def verified(log: Log) -> Verified:
    with log:
        return log.verify()


def payloads(log: Log) -> list[dict[str, Any]]:
    return [json.loads(entry.payload) for entry in log.entries()]


def rewrite(log: Log, seq: int, change: Callable[[str], str]) -> None:
    """Write the log anew with one text changed and all hashes made to fit: what a skilful forger does."""
    rows = [list(entry) for entry in log.entries()]
    columns = type(next(log.entries()))._fields
    path = Path(log.name)
    log.__exit__(None, None, None)
    path.unlink()
    previous = "0" * 64
    with open_log(path, create=True) as new, new._database.writing() as connection:
        for row in rows:
            members = dict(zip(columns, row, strict=True))
            if members["seq"] == seq:
                members["payload"] = change(members["payload"])
            link = hashlib.sha256(f"{previous}\n{members['payload']}".encode()).hexdigest()
            members |= {"previous_hash": previous, "hash": link}
            marks = ", ".join("?" * len(members))
            connection.exec_driver_sql(
                f"INSERT INTO entries ({', '.join(members)}) VALUES ({marks})", tuple(members.values())
            )
            previous = link


def test_a_log_in_every_database_says_who_signed(
    location: str, ana: Identity, verdict: Callable[..., Verdict], reported: Callable[..., Sighting]
) -> None:
    with open_log(location, create=True, identity=ana) as log:
        log.record([verdict(1), verdict(2)])
        log.add(reported())
        log.amend(next(log.sightings()).id, {"type": "A400"}, because="the engines", analyst="ana")
        found = log.verify()
        assert found.problem is None
        assert found.signatures.counts == {("ana", ana.public_key): 7}
        assert found.signatures.unsigned == 0
        assert {sighting.signed_by for sighting in log.sightings()} == {"ana"}
        assert next(entry.kind for entry in log.entries()) == "key"


def test_the_views_say_who_signed(
    location: str, ana: Identity, reported: Callable[..., Sighting], table: Any
) -> None:
    with open_log(location, create=True) as log:
        log.add(reported())
    with open_log(location, identity=ana) as log:
        log.add(reported(type="A400"))
    assert [row["signed_by"] for row in table.rows_of("sightings")] == [None, "ana"]


def test_what_was_pulled_is_not_signed_as_the_signers_own_words(
    log_of: Callable[..., Log],
    ana: Identity,
    verdict: Callable[..., Verdict],
    reported: Callable[..., Sighting],
) -> None:
    """Whoever runs the server can name an account as they like: even `ana`."""
    with log_of(ana) as log:
        log.record([verdict(1, analyst="ana")])
        log.add(reported(analyst="ana"))
        log.add(reported(analyst="ben"))
        roles = [(one["kind"], one["signature"]["as"]) for one in payloads(log)]
    assert roles == [
        ("key", "author"),
        ("verdict", "recorder"),
        ("sighting", "recorder"),
        ("sighting", "author"),
        ("sighting", "recorder"),
    ]


def test_what_is_recorded_again_adds_nothing_whoever_signs(
    log_of: Callable[..., Log],
    ana: Identity,
    verdict: Callable[..., Verdict],
    reported: Callable[..., Sighting],
    review: Callable[..., Any],
) -> None:
    with log_of() as log:
        log.record([verdict(1)])
        log.add(reported())
        log.review([review()])
        before = log.head()
    with log_of(ana) as log:
        log.record([verdict(1)])
        log.add(reported())
        log.review([review()])
        assert log.head() == before
        log.record([verdict(2)])
        log.review([review(reviewed=2)])
    with log_of() as log:
        log.record([verdict(2)])
        log.review([review(reviewed=2)])
        assert log.head().seq == before.seq + 4  # the key, the verdict, its sighting, the review
        assert log.verify().signatures.unsigned == before.seq


def test_an_entry_that_follows_a_signed_one_is_not_signed_by_it(
    log_of: Callable[..., Log], ana: Identity, reported: Callable[..., Sighting]
) -> None:
    with log_of(ana) as log:
        id = log.add(reported()).id
    with log_of() as log:
        log.withdraw(id, because="a mock-up", analyst="ana")
        assert [step.get("signature") is None for step in payloads(log)] == [False, False, True]
    assert verified(log_of()).problem is None


@pytest.mark.parametrize("seq", [2, 3])
def test_a_signed_text_that_was_changed_is_named_though_all_hashes_fit(
    seq: int, log_of: Callable[..., Log], ana: Identity, verdict: Callable[..., Verdict]
) -> None:
    with log_of(ana) as log:
        log.record([verdict(1)])
        rewrite(log, seq, lambda text: text.replace('"type":"C130"', '"type":"A400"'))
    problem = verified(log_of()).problem
    assert problem
    assert f"entry {seq} " in problem
    assert "the signature of ana does not fit" in problem


def test_an_unsigned_entry_that_was_changed_breaks_the_signatures_after_it(
    log_of: Callable[..., Log], ana: Identity, reported: Callable[..., Sighting]
) -> None:
    """A signature covers all that was there when it was made."""
    with log_of() as log:
        log.add(reported())
        log.add(reported(type="B737"))
    with log_of(ana) as log:
        log.add(reported(type="A400"))
        rewrite(log, 2, lambda text: text.replace("B737", "A320"))
    problem = verified(log_of()).problem
    assert problem
    assert "entry 3 " in problem


def test_a_signature_of_another_log_is_named(
    log_of: Callable[..., Log], ana: Identity, reported: Callable[..., Sighting]
) -> None:
    with log_of(name="other.db") as other:
        other.add(reported(type="B737"))
    with log_of(ana, name="other.db") as other:
        other.add(reported())
        theirs, first = payloads(other)[-1], next(other.entries()).hash
    with log_of() as log:
        log.add(reported(type="A320"))
    with log_of(ana) as log:
        log.add(reported())
        rewrite(log, 3, lambda _: canonical(theirs))
    problem = verified(log_of()).problem
    assert problem
    assert f"its signature was made for another log, whose first entry has the hash {first}" in problem


def test_a_forged_key_is_named(
    log_of: Callable[..., Log], ana: Identity, tmp_path: Path, reported: Callable[..., Sighting]
) -> None:
    """Nobody can put another's key into a log, or another's name on a key that is there."""
    ben = make_identity(tmp_path / "ben.json", "ben", None)
    with log_of(ben) as log:
        log.add(reported())
        rewrite(log, 1, lambda text: text.replace(ben.public_key, ana.public_key, 1))
    problem = verified(log_of()).problem
    assert problem
    assert "entry 1 " in problem
    assert any(words in problem for words in ("forged", "beside the payload was changed"))


def test_a_key_that_claims_anothers_succession_is_refused_and_named(
    log_of: Callable[..., Log], ana: Identity, tmp_path: Path, reported: Callable[..., Sighting]
) -> None:
    mallory = make_identity(tmp_path / "mallory.json", "ana", None).succeeded()
    (own,) = mallory.predecessors
    forged = Identity("ana", (own._replace(key=ana.public_key),), mallory.created, mallory._private)
    with log_of(ana) as log:
        log.add(reported())
    with log_of(forged) as log, pytest.raises(UsageError, match="has not signed that"):
        log.add(reported(type="A400"))


def test_a_second_key_under_a_name_is_mentioned_unless_the_first_vouches_for_it(
    log_of: Callable[..., Log], ana: Identity, tmp_path: Path, reported: Callable[..., Sighting]
) -> None:
    with log_of(ana) as log:
        log.add(reported())
    with log_of(ana.succeeded().succeeded()) as log:
        log.add(reported(type="A400"))
    assert verified(log_of()).warnings == []
    with log_of(make_identity(tmp_path / "other.json", "ana", None)) as log:
        log.add(reported(type="B737"))
    (warning,) = verified(log_of()).warnings
    assert "entry 5 has another key for ana" in warning


@pytest.mark.parametrize("end", ["rotated", "lost"])
def test_what_a_key_signed_after_its_end_is_refused_and_named(
    end: str,
    log_of: Callable[..., Log],
    ana: Identity,
    reported: Callable[..., Sighting],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from annotate.log.by_hand import report_lost

    new = ana.succeeded()
    with log_of(ana) as log:
        log.add(reported())
        if end == "lost":
            with log.writing_by_hand() as writer:
                report_lost(writer, ana.public_key[:8], "left in a taxi")
    if end == "rotated":
        with log_of(new) as log, log.writing_by_hand() as writer:
            writer.introduce()
    with log_of(ana) as log, pytest.raises(UsageError, match=f"was .*{end} in entry 3"):
        log.add(reported(type="A400"))
    assert verified(log_of()).problem is None
    with log_of(ana) as log, monkeypatch.context() as patch:
        patch.setattr(Writer, "introduce", lambda _: False)
        log.add(reported(type="A400"))
    problem = verified(log_of()).problem
    assert problem
    assert "entry 4 " in problem
    assert f"{end} in entry 3" in problem


def test_a_lost_key_can_be_reported_by_who_no_longer_has_it(
    log_of: Callable[..., Log], ana: Identity, tmp_path: Path, reported: Callable[..., Sighting]
) -> None:
    from annotate.log.by_hand import report_lost

    with log_of(ana) as log:
        log.add(reported())
    with log_of() as log, log.writing_by_hand() as writer:
        report_lost(writer, ana.public_key, "the disk broke")
    found = verified(log_of())
    assert found.problem is None
    assert found.warnings == ["entry 3 reports the key of ana lost, and nobody has signed that"]
    with log_of() as log, log.writing_by_hand() as writer:
        with pytest.raises(UsageError, match="was reported lost in entry 3"):
            report_lost(writer, ana.public_key, "again")
        with pytest.raises(UsageError, match="no key of the log"):
            report_lost(writer, "ff" * 32, "never there")


def test_an_author_is_the_analyst_that_the_entry_names(
    log_of: Callable[..., Log],
    ana: Identity,
    reported: Callable[..., Sighting],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("annotate.log.writing.Writer._text_of", _always_author)
    with log_of(ana) as log:
        log.add(reported(analyst="ben"))
    problem = verified(log_of()).problem
    assert problem
    assert "ana signed as its author, and it names ben" in problem


def _always_author(writer: Writer, payload: dict[str, Any]) -> str:
    from annotate.log.signatures import signed_text

    assert writer.identity
    text, payload["signature"] = signed_text(
        payload, writer.identity, previous=writer._head.hash, log=writer._log(), role="author"
    )
    return text


@pytest.mark.parametrize(
    "signature", ["null", "[]", "{}", '{"by":"ana"}', '{"as":1,"by":"ana","key":2,"log":3,"value":4}']
)
def test_a_damaged_signature_is_named(
    signature: str, log_of: Callable[..., Log], reported: Callable[..., Sighting]
) -> None:
    with log_of() as log:
        log.add(reported())
        rewrite(log, 1, lambda text: text.replace(',"size_class"', f',"signature":{signature},"size_class"'))
    problem = verified(log_of()).problem
    assert problem
    assert "entry 1 " in problem
    assert "signature" in problem


@pytest.mark.skipif(shutil.which("openssl") is None, reason="OpenSSL is missing")
def test_openssl_agrees(
    log_of: Callable[..., Log], ana: Identity, reported: Callable[..., Sighting], tmp_path: Path
) -> None:
    """As docs/evidence.md says how to check a signature without hardstand."""
    with log_of(ana) as log:
        log.add(reported(note='a "quoted" note with ü and \u2028'))
        entry = list(log.entries())[-1]
    value = json.loads(entry.payload)["signature"]["value"]
    (tmp_path / "key.pem").write_text(ana.public_pem)
    (tmp_path / "signature").write_bytes(bytes.fromhex(value))
    message = f"{entry.previous_hash}\n{entry.payload.replace(value, '')}"
    (tmp_path / "message").write_text(message, encoding="utf-8", newline="")
    command = "openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in message -sigfile signature"
    result = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Signature Verified Successfully" in result.stdout + result.stderr


def test_exports_say_who_signed_and_public_ones_only_that_somebody_did(
    log_of: Callable[..., Log], ana: Identity, reported: Callable[..., Sighting], tmp_path: Path
) -> None:
    with log_of() as log:
        log.add(reported(type="A400"))
    with log_of(ana) as log:
        log.add(reported(note="ana saw it"))
        export(log, tmp_path / "full.geojson")
        export(log, tmp_path / "public.geojson", public=True)
    signers = [
        [feature["properties"]["signed_by"] for feature in json.loads(path.read_text())["features"]]
        for path in (tmp_path / "full.geojson", tmp_path / "public.geojson")
    ]
    assert signers == [[None, "ana"], [None, "[analyst]"]]
    assert '"note": "[analyst] saw it"' in (tmp_path / "public.geojson").read_text()


def test_a_name_that_only_a_key_has_is_struck_from_public_texts(
    log_of: Callable[..., Log], tmp_path: Path, reported: Callable[..., Sighting]
) -> None:
    puller = make_identity(tmp_path / "p.json", "petra.puller@example.org", None)
    with log_of(puller) as log:
        log.add(reported(note="see petra.puller@example.org"))
        export(log, tmp_path / "public.csv", public=True)
    assert "petra" not in (tmp_path / "public.csv").read_text()


def test_an_identity_that_was_encrypted_is_read_back(tmp_path: Path) -> None:
    made = make_identity(tmp_path / "own.json", "ana", "correct horse")
    assert load_identity(tmp_path / "own.json", lambda: "correct horse").public_key == made.public_key
    with pytest.raises(UsageError, match="the passphrase does not open it"):
        load_identity(tmp_path / "own.json", lambda: "wrong horse")
    assert "correct horse" not in (tmp_path / "own.json").read_text()
    assert "_private" not in repr(made)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"hardstand_identity": 1}', '{"hardstand_identity": 2}'])
def test_a_damaged_identity_is_named(text: str, tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(UsageError, match=r"own\.json: not an identity, or damaged"):
        load_identity(path, nobody_asks)
