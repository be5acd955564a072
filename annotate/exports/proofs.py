"""Proofs beside an export: for each line, that the log had it when its latest checkpoint was made.

They are lines of JSON. The first has the root, the others what is shown of an entry and its way to the root.
`annotate/exports/check_proofs.py`, which needs nothing but Python, checks them; a copy of it is written
beside them.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

from annotate.exports.rounding import rounded_sighting
from annotate.exports.selection import Selection
from annotate.log.checkpoints import Checkpoint
from annotate.log.entries import Movement, Sighting
from annotate.log.leaves import INNER, groups_of, leaf_of
from annotate.log.merkle import MerkleTree
from annotate.log.payload import payload_of
from annotate.log.reading import LoggedEntry
from imagery.errors import UsageError
from imagery.files import whole_file

_VERSION = 1
CHECKER = "check_proofs.py"


def proofs_path(path: Path) -> Path:
    """Return the file for the proofs of an export: ``log.csv.proofs.jsonl`` for ``log.csv``."""
    return path.with_name(f"{path.name}.proofs.jsonl")


@contextmanager
def proofs_beside(selection: Selection, path: Path, *, overwrite: bool) -> Iterator[tuple[Path, ...]]:
    """Write the proofs of what an export or a report shows, and what checks them, if the block succeeds.

    Args:
        selection: What is exported.
        path: The export.
        overwrite: Replace proofs that are there.

    Yields:
        The two files.

    Raises:
        UsageError: There is no checkpoint, or an entry is later than the latest.
        OutputExists: The proofs are there and ``overwrite`` is false.
        OutputUnwritable: The folder does not exist or cannot be written.
    """
    proofs, checker = proofs_path(path), path.with_name(CHECKER)
    source = files(__package__).joinpath(CHECKER).read_bytes()
    same = checker.is_file() and checker.read_bytes() == source
    with (
        whole_file(proofs, overwrite=overwrite) as part,
        whole_file(checker, overwrite=overwrite or same) as program,
    ):
        with part.open("w", encoding="utf-8", newline="") as file:
            for line in _lines(selection):
                file.write(f"{json.dumps(line, ensure_ascii=False, separators=(',', ':'))}\n")
        program.write_bytes(source)
        yield proofs, checker


def _lines(selection: Selection) -> Iterator[dict[str, Any]]:
    log, matching = selection.log, selection.matching
    shown = {entry.id for entry in log.sightings(matching)} | {entry.id for entry in log.movements(matching)}
    leaves: list[bytes] = []
    checkpoint, latest = None, 0
    for entry in log.entries():
        if entry.kind == Checkpoint.kind:
            checkpoint = entry
        latest = entry.seq if entry.id in shown else latest
        leaves.append(leaf_of(entry, payload_of(entry.payload)))
    if checkpoint is None or latest > checkpoint.seq:
        raise UsageError(f"{log.name}: no checkpoint covers all of it; add one: `hardstand log checkpoint`")
    tree = MerkleTree(leaves[: checkpoint.seq - 1])
    yield _head(checkpoint, tree, whole=not selection.redaction.public)
    for entry in log.entries():
        if entry.id in shown:
            path = [_text(sibling) for sibling in tree.path(entry.seq - 1)]
            yield _proof(selection, entry) | {"index": entry.seq - 1, "path": path}


def _head(checkpoint: LoggedEntry, tree: MerkleTree, *, whole: bool) -> dict[str, Any]:
    """Return the first line: the root, and the entry that names it unless that names its signer."""
    head: dict[str, Any] = {"hardstand_proofs": _VERSION, "size": tree.size, "root": tree.root.hex()}
    if whole:
        head["checkpoint"] = {
            "seq": checkpoint.seq,
            "previous_hash": checkpoint.previous_hash,
            "payload": checkpoint.payload,
            "hash": checkpoint.hash,
        }
    return head


def _proof(selection: Selection, entry: LoggedEntry) -> dict[str, Any]:
    """Return what is shown of an entry, and what stands for the rest."""
    payload = payload_of(entry.payload)
    redaction = selection.redaction
    published: Sighting | Movement
    unredacted: Sighting | Movement
    if entry.kind == Sighting.kind:
        sighting = Sighting.from_payload(payload)
        published, unredacted = selection.published(sighting), rounded_sighting(sighting)
    else:
        unredacted = Movement.from_payload(payload)
        published = redaction.movement(unredacted)
    proof: dict[str, Any] = {"id": published.id}
    redacted = redaction.public or redaction.round_m is not None
    groups = groups_of(payload)
    if groups is None and not redacted:
        return proof | {"previous_hash": entry.previous_hash, "payload": entry.payload}
    if groups is None:
        return proof | {"unproven": "the entry is not signed, so no part of it can be shown without the rest"}
    differing = {name for name, value in vars(published).items() if value != getattr(unredacted, name)}
    hidden = {group for group, part in groups.items() if not differing.isdisjoint(part.members)}
    hidden |= {INNER} if redacted else set()
    shown = {group: part for group, part in groups.items() if group not in hidden}
    return proof | {
        "shown": {group: part.text for group, part in shown.items()},
        "salts": {group: _text(part.salt) for group, part in shown.items()},
        "hidden": {group: _text(groups[group].commitment) for group in sorted(hidden)},
    }


def _text(data: bytes) -> str:
    return b64encode(data).decode("ascii")
