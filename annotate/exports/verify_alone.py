"""Check the proofs beside an export of a hardstand log. Needs Python 3.9 or later, and nothing else.

    python verify.py EXPORT.proofs.jsonl [EXPORT.csv|EXPORT.geojson ...]

Each proof must lead to the root in the first line (RFC 9162, 2.1.3.2). Compare that root with the one that
you were told by other means, such as a publication: that, and nothing here, shows that the log had these
entries then. With exports, each line must say what its proof shows; numbers may be rounded there.
"""

from __future__ import annotations

import csv
import hashlib
import json
import sys
from base64 import b64decode
from pathlib import Path
from typing import Any


class Wrong(Exception):
    """What is checked is not what it says it is."""


def sha256(data: bytes) -> bytes:
    """Return a hash."""
    return hashlib.sha256(data).digest()


class Digits(str):
    """The digits of a number."""

    __slots__ = ()


def members_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the members of a JSON object, each of which may be there only once."""
    members = dict(pairs)
    if len(members) < len(pairs):
        raise Wrong("a JSON object says the same member twice")
    return members


def read_json(text: str) -> Any:
    """Parse JSON and keep the digits of numbers."""
    return json.loads(text, parse_float=Digits, parse_int=Digits, object_pairs_hook=members_once)


# ---- Merkle trees ----


def root_by(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    """Return the root that a path leads to from the data of a leaf, or None (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return None
    at, last, root = index, size - 1, sha256(b"\x00" + leaf)
    for sibling in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            root = sha256(b"\x01" + sibling + root)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            root = sha256(b"\x01" + root + sibling)
        at, last = at >> 1, last >> 1
    return root if last == 0 else None


def entry_hash(proof: dict[str, Any]) -> bytes:
    """Return the hash of an entry: of the one before it, a line feed, and its text."""
    return sha256((proof["previous_hash"] + "\n" + proof["payload"]).encode())


def leaf_data(proof: dict[str, Any]) -> bytes:
    """Return what the leaf of an entry hashes: its own hash, or the commitments to its parts in order."""
    if "payload" in proof:
        return entry_hash(proof)
    parts = {part: b64decode(commitment, validate=True) for part, commitment in proof["hidden"].items()}
    if any(len(commitment) != 32 for commitment in parts.values()) or not parts.keys().isdisjoint(
        proof["shown"]
    ):
        raise Wrong("what stands for its hidden parts is not a hash for each")
    for part, text in proof["shown"].items():
        parts[part] = sha256(b64decode(proof["salts"][part]) + f"{part}\n{text}".encode())
    return b"".join(commitment for _, commitment in sorted(parts.items()))


def shown_members(proof: dict[str, Any]) -> dict[str, Any]:
    """Return all that a proof shows of an entry."""
    texts = [proof["payload"]] if "payload" in proof else proof["shown"].values()
    return members_once([pair for text in texts for pair in read_json(text).items()])


def check_proof(proof: dict[str, Any], head: dict[str, Any]) -> dict[str, Any]:
    """Check that a proof leads to the root, and return what it shows."""
    path = b64decode(proof["path"], validate=True)
    steps = [path[start : start + 32] for start in range(0, len(path), 32)]
    root = head["root"] if "payload" in proof else head["parts_root"]
    reached = root_by(leaf_data(proof), int(proof["index"]), int(head["size"]), steps)
    if reached is None or reached.hex() != root:
        raise Wrong("its proof does not lead to the root")
    return shown_members(proof)


# ---- exports ----


def export_lines(path: Path) -> list[dict[str, Any]]:
    """Read the lines of an export."""
    if path.suffix == ".geojson":
        return [feature["properties"] for feature in read_json(path.read_text(encoding="utf-8"))["features"]]
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def agrees(written: Any, logged: Any) -> bool:
    """Check whether an export says what the log says, up to the rounding of a number."""
    if isinstance(logged, Digits):
        try:
            digits = len(str(written).partition(".")[2])
            return any(round(float(logged), places) == float(written) for places in range(digits, -4, -1))
        except ValueError:
            return False
    if written is None or isinstance(written, (bool, list, Digits)):
        return bool(written == logged)
    if logged is None or isinstance(logged, bool):
        return bool(written == {None: "", True: "true", False: "false"}[logged])
    if isinstance(logged, list):
        return bool(read_json(written) == logged)
    return bool(written == logged)


def check_exports(exports: list[str], shown: dict[str, dict[str, Any]]) -> tuple[list[str], int]:
    """Return what is wrong with exports, and how many of their lines have no proof."""
    wrong, without = [], 0
    for line in (line for export in exports for line in export_lines(Path(export))):
        members = shown.get(line["id"])
        if members is None:
            without += 1
            continue
        differing = [name for name in line if name in members and not agrees(line[name], members[name])]
        wrong += [f"{line['id']}: the export says of {name} what the log did not" for name in differing]
    return wrong, without


def main(proofs: str, *exports: str) -> int:
    """Check, and say what is wrong; return the exit code."""
    lines = Path(proofs).read_text(encoding="utf-8").splitlines()
    head = read_json(lines[0])
    wrong: list[str] = []
    shown: dict[str, dict[str, Any]] = {}
    for line in lines[1:]:
        proof = read_json(line)
        if "unproven" in proof:
            print(f"{proof['id']}: no proof: {proof['unproven']}")
            continue
        try:
            shown[proof["id"]] = check_proof(proof, head)
        except (Wrong, ValueError, KeyError, TypeError) as reason:
            wrong.append(f"{proof['id']}: {reason}")
    more, without = check_exports(list(exports), shown)
    for problem in wrong + more:
        print(f"WRONG {problem}")
    if exports:
        print(f"{without} lines of the exports have no proof")
    print(f"{len(shown)} entries, {len(wrong + more)} wrong; a tree of {head['size']} entries with the root")
    print(head["root"])
    return 1 if wrong or more else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
