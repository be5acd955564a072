"""Each line of an export proves itself, to who has nothing but Python, and hides what is left out."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from annotate.exports.export import export
from annotate.log.checkpoints import add_checkpoint
from annotate.log.entries import Movement, Sighting, Verdict
from annotate.log.identity import make_identity
from annotate.log.store import Log, open_log
from imagery.errors import UsageError

Check = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def log(
    tmp_path: Path,
    verdict: Callable[..., Verdict],
    reported: Callable[..., Sighting],
    route: Callable[..., Movement],
) -> Log:
    """Signed sightings and a signed movement, and one of each that nobody signed, under a checkpoint."""
    path = tmp_path / "log.db"
    with open_log(path, create=True) as unsigned:
        unsigned.add(reported(type="A400"))
    ana = make_identity(tmp_path / "ana.json", "analyst@hardstand.localhost", None)
    log = open_log(path, identity=ana)
    log.record([verdict(1, lon=1e-7), verdict(2, lat=12.0, note="beside the Ил-76 \U0001f6e9")])
    log.add(reported(note="asked ana", private=True))
    log.add_movement(route())
    with log.writing_by_hand() as writer:
        add_checkpoint(writer)
    return log


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Runs the program beside an export in a Python without any package."""

    def run(*names: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "-S", "verify.py", *names]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    return run


@pytest.mark.parametrize("public", [False, True])
@pytest.mark.parametrize("round_m", [None, 1000.0])
@pytest.mark.parametrize("name", ["out.geojson", "out.csv"])
def test_every_line_proves_itself(
    name: str, round_m: float | None, public: bool, log: Log, check: Check, tmp_path: Path
) -> None:
    written = export(log, tmp_path / name, public=public, round_m=round_m, with_proofs=True).files
    tables = [file.name for file in written if file.suffix in (".geojson", ".csv")]
    result = check(f"{name}.proofs.jsonl", *tables)
    assert result.returncode == 0, result.stdout + result.stderr
    hidden = public or round_m is not None
    assert f"{4 if hidden else 5} entries, 0 wrong" in result.stdout
    assert result.stdout.count("has no proof") == (1 if hidden else 0)
    checkpoint = log.checkpoint()
    assert checkpoint
    assert json.loads(checkpoint.payload)["root"] in result.stdout.splitlines()[-2]


def test_what_is_left_out_is_not_in_a_public_proof(log: Log, tmp_path: Path) -> None:
    export(log, tmp_path / "out.geojson", public=True, round_m=5000, with_proofs=True)
    text = (tmp_path / "out.geojson.proofs.jsonl").read_text()
    for secret in ("analyst@hardstand", "asked ana", "images/apron.tif", "12.53", "812.25", "signature"):
        assert secret not in text
    # Who knows all names still cannot tell which it is: the salt is from a signature that nobody is shown.
    signatures = [json.loads(entry.payload).get("signature", {}).get("value") for entry in log.entries()]
    assert all(value is None or value not in text for value in signatures)


@pytest.mark.parametrize(
    ("pattern", "forged", "told"),
    [
        (r'\\"type\\":\\"C130', r'\\"type\\":\\"A400', "does not lead to the root"),
        (r'"parts_root":"..', '"parts_root":"00', "does not lead to the root"),
        (r'"index":(\d+)', r'"index":1', "does not lead to the root"),
        (r'"path":"....', '"path":"AAAA', "does not lead to the root"),
        (r'"reasons":"[^"{]{4}', '"reasons":"AAAA', "does not lead to the root"),
        (r'"private":"[^"]{4}', '"private":"', "is not a hash"),
        (r'"reasons":"\{', r'"reasons":"{\\"type\\":\\"A400\\",', "does not lead to the root"),
    ],
)
def test_a_proof_that_was_changed_is_named(
    pattern: str, forged: str, told: str, log: Log, check: Check, tmp_path: Path
) -> None:
    export(log, tmp_path / "out.csv", public=True, with_proofs=True)
    proofs = tmp_path / "out.csv.proofs.jsonl"
    text, count = re.subn(pattern, forged, proofs.read_text(), count=1)
    assert count
    proofs.write_text(text)
    result = check(proofs.name)
    assert result.returncode == 1
    assert told in result.stdout


def test_an_export_that_was_changed_is_named(log: Log, check: Check, tmp_path: Path) -> None:
    export(log, tmp_path / "out.geojson", public=True, with_proofs=True)
    path = tmp_path / "out.geojson"
    path.write_text(path.read_text().replace('"length_m": 29.8', '"length_m": 39.8', 1))
    result = check("out.geojson.proofs.jsonl", "out.geojson")
    assert result.returncode == 1
    assert "the export says of length_m what the log did not" in result.stdout


def test_a_proof_costs_less_than_two_kilobytes_beside_what_it_shows(log: Log, tmp_path: Path) -> None:
    export(log, tmp_path / "out.csv", public=True, with_proofs=True)
    for line in (tmp_path / "out.csv.proofs.jsonl").read_text().splitlines()[1:]:
        proof = json.loads(line)
        proof.pop("shown", None)
        # The way to the root of a tree of 200,000 has 18 steps of 47 characters.
        proof["path"] = []
        assert len(json.dumps(proof, separators=(",", ":"))) + 18 * 47 < 2000


def test_what_no_checkpoint_covers_cannot_be_proved(
    log: Log, tmp_path: Path, reported: Callable[..., Sighting]
) -> None:
    log.add(reported(type="B737"))
    with pytest.raises(UsageError, match="hardstand log checkpoint"):
        export(log, tmp_path / "out.csv", with_proofs=True)
    assert not list(tmp_path.glob("out*"))
    assert not (tmp_path / "verify.py").exists()
