"""A bundle that was tampered with is named by hardstand and by its verify.py alike, for the same reason."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from annotate.bundle.checking import check_bundle
from annotate.log.chain import chained_hash
from annotate.log.merkle import MerkleTree, leaf_hash
from tests.annotate.time_authority import TimeAuthority

Files = dict[str, bytes]
Lines = list[dict[str, Any]]
ENTRIES = "data/entries.jsonl"


def lines_of(files: Files) -> Lines:
    """Return the lines of a bundle, parsed."""
    return [json.loads(line) for line in files[ENTRIES].decode().strip("\n").split("\n")]


def put(files: Files, lines: Lines) -> None:
    """Replace the lines of a bundle."""
    files[ENTRIES] = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines).encode()


def relist(files: Files) -> None:
    """List the files anew, as who tampers with them would."""
    for manifest, of_data in (("manifest-sha256.txt", True), ("tagmanifest-sha256.txt", False)):
        names = [name for name in files if name.startswith("data/") is of_data and "tagm" not in name]
        listed = (f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in names)
        files[manifest] = "".join(listed).encode()


def reroot(files: Files, lines: Lines) -> None:
    """Make a tree of the lines alone, and all proofs anew: nothing but signatures and stamps can tell."""
    head, *entries = lines
    hashes = [chained_hash(line["previous_hash"], line["payload"]) for line in entries]
    tree = MerkleTree(leaf_hash(bytes.fromhex(hash)) for hash in hashes)
    for index, line in enumerate(entries):
        line["index"], line["path"] = index, b64encode(b"".join(tree.path(index))).decode()
    payload = json.loads(head["checkpoint"]["payload"])
    for members in (head, payload):
        members |= {"size": tree.size, "root": tree.root.hex()}
    text = json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    head["checkpoint"]["payload"] = text
    put(files, lines)


def line_of(lines: Lines, kind: str, number: int = 0) -> dict[str, Any]:
    """Return a line of a kind that somebody signed."""
    texts = (f'"kind":"{kind}"', '"signature":')
    return [line for line in lines[1:] if all(text in line["payload"] for text in texts)][number]


def with_line(
    change: Callable[[dict[str, Any]], None], kind: str = "sighting", *, forged: bool = False
) -> Any:
    """Return what changes a line, and makes a whole tree of that where the root is forged, too."""

    return with_lines(lambda lines: change(line_of(lines, kind)), forged=forged)


def replacing(pattern: str, text: str) -> Callable[[dict[str, Any]], None]:
    """Return what replaces something in a payload."""

    def change(line: dict[str, Any]) -> None:
        line["payload"], count = re.subn(pattern, text, line["payload"], count=1)
        assert count

    return change


def with_lines(change: Callable[[Lines], object], *, forged: bool = False) -> Any:
    """Return what changes the lines."""

    def tamper(files: Files) -> None:
        lines = lines_of(files)
        change(lines)
        if forged:
            reroot(files, lines)
        else:
            put(files, lines)
        relist(files)

    return tamper


def chip_of(files: Files) -> str:
    """Return the name of a picture."""
    return next(name for name in files if name.endswith(".png"))


def listed_anew(change: Callable[[Files], object]) -> Any:
    """Return what changes files and lists them anew."""

    def tamper(files: Files) -> None:
        change(files)
        relist(files)

    return tamper


def flip(data: bytes, place: int) -> bytes:
    """Change a bit."""
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def swapped(lines: Lines) -> None:
    lines[2], lines[3] = lines[3], lines[2]


def other_log(line: dict[str, Any]) -> None:
    replacing(r'"log":"[0-9a-f]{64}"', f'"log":"{"ab" * 32}"')(line)


def other_stamp(files: Files) -> None:
    """Put the stamp of another text in the place of the true one."""
    lines = lines_of(files)
    authority = TimeAuthority(Path(files["folder"].decode()) / "other")
    stamp = lines[0]["stamps"][0]
    stamp["token"] = b64encode(authority.reply(authority.query(b"another text"))).decode()
    root = x509.load_pem_x509_certificate(authority.root.read_bytes())
    stamp["root"] = b64encode(root.public_bytes(Encoding.DER)).decode()
    put(files, lines)


def other_root(files: Files) -> None:
    """Put a root certificate of the same name beside a stamp."""
    lines = lines_of(files)
    authority = TimeAuthority(Path(files["folder"].decode()) / "other")
    root = x509.load_pem_x509_certificate(authority.root.read_bytes())
    lines[0]["stamps"][0]["root"] = b64encode(root.public_bytes(Encoding.DER)).decode()
    put(files, lines)


def stamp_flipped(lines: Lines) -> None:
    stamp = lines[0]["stamps"][0]
    stamp["token"] = b64encode(flip(b64decode(stamp["token"]), -20)).decode()


def shortened(line: dict[str, Any]) -> None:
    line["path"] = b64encode(b64decode(line["path"])[:-32]).decode()


ROOT, FIT = "does not lead to the root", "does not fit"
WAYS: dict[str, tuple[Callable[[Files], object], str]] = {
    "a picture has another bit": (
        lambda files: files.update({chip_of(files): flip(files[chip_of(files)], 60)}),
        "was changed",
    ),
    "a picture has another bit, and is listed so": (
        listed_anew(lambda files: files.update({chip_of(files): flip(files[chip_of(files)], 60)})),
        "not the one that was logged",
    ),
    "a file is missing": (lambda files: files.pop("data/report.html"), "is missing"),
    "a file was added": (
        lambda files: files.update({"data/extra.txt": b"extra"}),
        "is not in the bag's lists",
    ),
    "the README was changed": (lambda files: files.update({"README.txt": b"trust me"}), "was changed"),
    "an entry says another type": (with_line(replacing('"type":"C130"', '"type":"A124"')), ROOT),
    "an entry has another predecessor": (with_line(lambda line: line.update(previous_hash="0" * 64)), ROOT),
    "an entry is at another place": (with_line(lambda line: line.update(index=int(line["index"]) + 1)), ROOT),
    "a proof lacks a step": (with_line(shortened), ROOT),
    "the root is another": (with_lines(lambda lines: lines[0].update(root="00" * 32)), ROOT),
    "the tree is larger": (with_lines(lambda lines: lines[0].update(size=lines[0]["size"] + 9)), ROOT),
    "two entries changed places": (with_lines(swapped), "out of order"),
    "an entry is there twice": (with_lines(lambda lines: lines.insert(3, lines[2])), "twice"),
    "an entry goes by another name": (with_line(lambda line: line.update(id="0" * 16)), "entry"),
    "a line is not JSON": (
        listed_anew(lambda files: files.update({ENTRIES: files[ENTRIES] + b"{\n"})),
        "line ",
    ),
    "an entry is signed by nobody's key": (
        with_line(replacing(r'"value":"[0-9a-f]{8}', '"value":"00000000'), forged=True),
        FIT,
    ),
    "an entry says another type, in a tree of its own": (
        with_line(replacing('"type":"C130"', '"type":"A124"'), forged=True),
        FIT,
    ),
    "an entry names another signer": (
        with_line(replacing('"by":"analyst@', '"by":"somebody@'), forged=True),
        "is signed",
    ),
    "the key is missing": (
        with_lines(lambda lines: lines.remove(line_of(lines, "key")), forged=True),
        "is signed with",
    ),
    "a key entry has another key": (
        with_line(replacing(r'"public_key":"[0-9a-f]{8}', '"public_key":"00000000'), "key", forged=True),
        "forged statement about a key",
    ),
    "an entry was signed for another log": (with_line(other_log, forged=True), "another log"),
    "a line comes from another tree": (
        with_lines(lambda lines: lines[2].update(payload=lines[0]["checkpoint"]["payload"])),
        ROOT,
    ),
    "the checkpoint names other roots": (
        with_lines(lambda lines: lines[0].update(parts_root="00" * 32)),
        "the checkpoint: it names other roots",
    ),
    "the stamp is of another text": (listed_anew(other_stamp), "of another hash"),
    "the stamp's root is another": (listed_anew(other_root), "the stamp of own"),
    "the stamp has another bit": (with_lines(stamp_flipped), "the stamp of own"),
    "the stamp says another time": (
        with_lines(lambda lines: lines[0]["stamps"][0].update(stamped="2001-01-01T00:00:00Z")),
        "another time|it states",
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_it_is_named(
    way: str, bundle: Path, tmp_path: Path, verify_alone: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    tamper, told = WAYS[way]
    with ZipFile(bundle) as archive:
        files = {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}
    files["folder"] = str(tmp_path).encode()
    tamper(files)
    del files["folder"]
    relisted = way not in (
        "a picture has another bit",
        "a file is missing",
        "a file was added",
        "the README was changed",
    )
    if relisted:
        relist(files)
    with ZipFile(tmp_path / "forged.zip", "w") as archive:
        for name, content in files.items():
            archive.writestr(f"forged/{name}", content)
    with ZipFile(tmp_path / "forged.zip") as archive:
        archive.extractall(tmp_path)
    problems = check_bundle(tmp_path / "forged.zip").problems
    result = verify_alone(tmp_path / "forged")
    wrong = [line.removeprefix("WRONG ") for line in result.stdout.splitlines() if line.startswith("WRONG ")]
    assert result.returncode == 1, result.stdout + result.stderr
    assert result.stderr == ""
    assert {problem.partition(": ")[0] for problem in problems} == {each.partition(": ")[0] for each in wrong}
    assert any(re.search(told, problem) for problem in problems), problems
    assert any(re.search(told, each) for each in wrong), wrong


def test_what_was_not_tampered_with_is_not_named(bundle: Path) -> None:
    checked = check_bundle(bundle)
    assert checked.problems == []
    assert checked.entries > 10
    assert sum(checked.signatures.counts.values()) == checked.entries
    assert [stamp.authority for stamp in checked.stamps] == ["own"]
