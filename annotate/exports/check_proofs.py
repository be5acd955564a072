"""Check the proofs beside an export of a hardstand log. Needs Python 3.9 or later, and nothing else.

    python check_proofs.py EXPORT.proofs.jsonl [EXPORT.csv|EXPORT.geojson ...]

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


def sha256(data: bytes) -> bytes:
    """Return a hash."""
    return hashlib.sha256(data).digest()


class Digits(str):
    """The digits of a number."""

    __slots__ = ()


def read_json(text: str) -> Any:
    """Parse JSON and keep the digits of numbers."""
    return json.loads(text, parse_float=Digits, parse_int=Digits)


def leaf_data(proof: dict[str, Any]) -> bytes:
    """Return what the leaf of an entry hashes."""
    if "payload" in proof:
        return sha256((proof["previous_hash"] + "\n" + proof["payload"]).encode())
    parts = {group: b64decode(commitment) for group, commitment in proof["hidden"].items()}
    for group, members in proof["shown"].items():
        text = f'{{"group":"{group}","members":{members}}}'
        parts[group] = sha256(b64decode(proof["salts"][group]) + text.encode())
    return b"".join(part for _, part in sorted(parts.items()))


def root_by(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    """Return the root that a path leads to, or None."""
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


def shown_members(proof: dict[str, Any]) -> dict[str, Any]:
    """Return all that a proof shows of an entry."""
    if "payload" in proof:
        return dict(read_json(proof["payload"]))
    return {name: value for text in proof["shown"].values() for name, value in read_json(text).items()}


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
        return written == {None: "", True: "true", False: "false"}[logged]
    if isinstance(logged, list):
        return bool(read_json(written) == logged)
    return bool(written == logged)


def main(proofs: str, *exports: str) -> int:
    """Check, and say what is wrong; return the exit code."""
    first, *others = (read_json(line) for line in Path(proofs).read_text(encoding="utf-8").splitlines())
    wrong, shown = [], {}
    for proof in others:
        if "unproven" in proof:
            print(f"{proof['id']}: no proof: {proof['unproven']}")
            continue
        path = [b64decode(sibling) for sibling in proof["path"]]
        root = root_by(leaf_data(proof), int(proof["index"]), int(first["size"]), path)
        if root is None or root.hex() != first["root"]:
            wrong.append(f"{proof['id']}: its proof does not lead to the root")
        shown[proof["id"]] = shown_members(proof)
    checkpoint = first.get("checkpoint")
    if checkpoint is not None:
        text = checkpoint["previous_hash"] + "\n" + checkpoint["payload"]
        said = read_json(checkpoint["payload"])
        if sha256(text.encode()).hex() != checkpoint["hash"] or said["root"] != first["root"]:
            wrong.append("the checkpoint is not the one that names the root")
    without = set()
    for line in (line for export in exports for line in export_lines(Path(export))):
        members = shown.get(line["id"])
        if members is None:
            without.add(line["id"])
            continue
        differing = [name for name in line.keys() & members.keys() if not agrees(line[name], members[name])]
        wrong += [f"{line['id']}: the export says of {name} what the log did not" for name in differing]
    for line in wrong:
        print(f"WRONG {line}")
    if exports:
        print(f"{len(without)} lines of the exports have no proof")
    print(f"{len(shown)} entries, {len(wrong)} wrong; tree of {first['size']} entries with the root")
    print(first["root"])
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
