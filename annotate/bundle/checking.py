"""Checking a bundle with hardstand's own means: what its ``verify.py`` checks, by other code.

A bundle may be a stranger's: nothing is unpacked, and what it says of sizes is not believed.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from base64 import b64decode
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, NamedTuple
from zipfile import BadZipFile, ZipFile

from annotate.bundle.bag import PAYLOAD
from annotate.log.chain import chained_hash, parse_canonical
from annotate.log.checkpoints import Checkpoint
from annotate.log.entries import ENTRY_CLASSES
from annotate.log.merkle import leaf_hash, root_by_path
from annotate.log.payload import UnreadableEntry
from annotate.log.reading import LoggedEntry
from annotate.log.signatures import Signatures
from annotate.log.stamps import Stamp, StampError, check_token, root_of, stamped_text
from imagery.errors import UsageError
from imagery.json_text import parse_json
from imagery.record import joined_hash

ENTRIES = f"{PAYLOAD}entries.jsonl"
_LISTS = ("manifest-sha256.txt", "tagmanifest-sha256.txt")
_MOST_BYTES = 4 << 30  # of all that is in it
_PROBLEMS = (AttributeError, LookupError, RecursionError, StampError, TypeError, UnreadableEntry, ValueError)


class CheckedBundle(NamedTuple):
    """What was found in a bundle.

    Attributes:
        problems: What is wrong with it, in words; empty where nothing is.
        entries: How many entries are sound.
        signatures: Who signed them.
        stamps: The stamps that hold.
        root: The root that it names, which only comparison shows to be the log's.
    """

    problems: list[str]
    entries: int
    signatures: Signatures
    stamps: list[Stamp]
    root: str


def check_bundle(path: str | os.PathLike[str]) -> CheckedBundle:
    """Check the list of files, proofs, signatures, pictures and stamps of a bundle.

    Raises:
        UsageError: It cannot be read, or is not a bundle.
    """
    name = os.fspath(path)
    try:
        with ZipFile(path) as archive:
            files = _files(archive)
            if ENTRIES not in files or any(each not in files for each in _LISTS):
                raise UsageError(f"{name}: not a bundle of hardstand")
            return _checked(files)
    except (BadZipFile, EOFError, RuntimeError, zlib.error) as reason:
        raise UsageError(f"{name}: not a ZIP archive ({reason})") from None
    except OSError as reason:
        raise UsageError(f"{name}: cannot be read ({reason.strerror or reason})") from None


def _files(archive: ZipFile) -> dict[str, bytes]:
    """Read the files of a bag, by their names in it."""
    members = [member for member in archive.infolist() if not member.is_dir()]
    if sum(member.file_size for member in members) > _MOST_BYTES:
        raise UsageError(
            f"{archive.filename}: has more than {_MOST_BYTES >> 30} GB; unpack it and run verify.py"
        )
    return {member.filename.partition("/")[2]: archive.read(member) for member in members}


def _checked(files: Mapping[str, bytes]) -> CheckedBundle:
    problems = list(_wrong_files(files))
    entries = _Entries(files)
    stamps: list[Stamp] = []
    try:
        first, *lines = files[ENTRIES].decode("utf-8").strip("\n").split("\n")
        head = parse_json(first)
        checkpoint = Checkpoint("", int(head["size"]), head["root"], head["parts_root"], "")
        problems += entries.check_all(lines, checkpoint)
        problems += entries.check_checkpoint(head["checkpoint"], checkpoint)
        for each in head["stamps"]:
            stamp = Stamp("", "", each["authority"], each["stamped"], each["token"], each["root"], "")
            if (why := _wrong_stamp(stamp, checkpoint)) is None:
                stamps.append(stamp)
            else:
                problems.append(f"the stamp of {stamp.authority}: {why}")
    except _PROBLEMS as reason:
        return CheckedBundle([*problems, f"{ENTRIES}: {reason}"], 0, entries.signatures, stamps, "")
    return CheckedBundle(problems, entries.count, entries.signatures, stamps, checkpoint.root)


def _wrong_files(files: Mapping[str, bytes]) -> Iterator[str]:
    """Yield which files are not those that the bag lists."""
    listed = {_LISTS[1]}
    for manifest in _LISTS:
        for line in files[manifest].decode("utf-8", "replace").splitlines():
            digest, _, name = line.partition("  ")
            listed.add(name)
            if name not in files:
                yield f"{name}: is missing"
            elif hashlib.sha256(files[name]).hexdigest() != digest:
                yield f"{name}: was changed"
    for name in sorted(files.keys() - listed):
        yield f"{name}: is not in the bag's lists"


def _wrong_stamp(stamp: Stamp, checkpoint: Checkpoint) -> str | None:
    try:
        stated = check_token(b64decode(stamp.token, validate=True), root_of(stamp), stamped_text(checkpoint))
    except _PROBLEMS as reason:
        return str(reason)
    return None if stated.time == stamp.stamped else f"it states {stated.time}, not {stamp.stamped}"


class _Entries:
    """The entries of a bundle, checked one after another.

    Attributes:
        count: How many are sound.
        signatures: Who signed them.
    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.count, self.signatures = 0, Signatures()
        self._files = files
        self._last, self._log_known = -1, False

    def check_all(self, lines: list[str], checkpoint: Checkpoint) -> Iterator[str]:
        """Yield what is wrong with the lines of a bundle."""
        for number, line in enumerate(lines, start=2):
            name = f"line {number}"
            try:
                proof = json.loads(line)
                name = str(proof["id"])
                why = self._problem(proof, checkpoint)
            except _PROBLEMS as reason:
                why = str(reason)
            if why is None:
                self.count += 1
            else:
                yield f"{name}: {why}"

    def _problem(self, proof: Mapping[str, Any], checkpoint: Checkpoint) -> str | None:
        index, path = int(proof["index"]), b64decode(proof["path"], validate=True)
        if index <= self._last:
            return "it is there twice, or out of order"
        hash = chained_hash(proof["previous_hash"], proof["payload"])
        steps = [path[start : start + 32] for start in range(0, len(path), 32)]
        root = root_by_path(leaf_hash(bytes.fromhex(hash)), index, checkpoint.size, steps)
        if root is None or root.hex() != checkpoint.root:
            return "its proof does not lead to the root"
        self._last = index
        payload = parse_canonical(proof["payload"])
        if payload["id"] != proof["id"]:
            return f"it is the entry {payload['id']}"
        return self._wrong_signature(index, hash, proof, payload) or self._wrong_picture(payload)

    def check_checkpoint(self, proof: Mapping[str, Any], named: Checkpoint) -> Iterator[str]:
        """Yield what is wrong with the entry that names the roots."""
        payload = parse_canonical(proof["payload"])
        said = Checkpoint.from_payload(payload)
        if (said.size, said.root, said.parts_root) != (named.size, named.root, named.parts_root):
            yield "the checkpoint: it names other roots"
        hash = chained_hash(proof["previous_hash"], proof["payload"])
        if (why := self._wrong_signature(named.size, hash, proof, payload)) is not None:
            yield f"the checkpoint: {why}"

    def _wrong_signature(
        self, index: int, hash: str, proof: Mapping[str, Any], payload: dict[str, Any]
    ) -> str | None:
        ENTRY_CLASSES[payload["kind"]].members_of(payload)
        text, kind, id = proof["payload"], payload["kind"], payload["id"]
        entry = LoggedEntry(index + 1, id, kind, "", text, proof["previous_hash"], hash, "", None, None)
        if index and not self._log_known and "signature" in payload:
            # Whichever log that is: all signatures have to be of the same.
            self.signatures.note_first(str(payload["signature"]["log"]))
            self._log_known = True
        why = self.signatures.problem_of(entry, payload)
        if index == 0:
            self.signatures.note_first(hash)
            self._log_known = True
        return why

    def _wrong_picture(self, payload: Mapping[str, Any]) -> str | None:
        for member in ("chip", "surroundings"):
            name = payload.get(member)
            files = [
                f"{PAYLOAD}chips/{each}" for each in (name, PurePosixPath(name or "-").with_suffix(".pgw"))
            ]
            if name is not None and all(file in self._files for file in files):
                hashes = [hashlib.sha256(self._files[file]).hexdigest() for file in files]
                if joined_hash(hashes) != payload[f"{member}_sha256"]:
                    return f"its picture {name} is not the one that was logged"
        return None
