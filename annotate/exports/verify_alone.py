"""Check a bundle of a hardstand log, or the proofs beside an export; needs Python 3.9 and nothing else.

    python verify.py [FOLDER]                                         a bundle, unpacked; or the one it is in
    python verify.py EXPORT.proofs.jsonl [EXPORT.csv|EXPORT.geojson]  proofs, and what an export says

Compare the root, the keys and the root certificates that it prints with those that you know from elsewhere:
that, and nothing here, shows whose they are. The standards: RFC 8493 (bag), 9162 (2.1, proofs), 8032
(signatures), 3161, 5652 and 5280 (stamps that are signed with RSA; others are left to OpenSSL).
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import sys
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def sha256(data: bytes) -> bytes:
    """Return a hash."""
    return hashlib.sha256(data).digest()


Members = dict[str, Any]
PROBLEMS = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)


class Digits(str):
    """The digits of a number."""


def once(pairs: list[tuple[str, Any]]) -> Members:
    """Return members of JSON, each of which may be there only once."""
    if len(dict(pairs)) < len(pairs):
        raise ValueError("it says a member twice")
    return dict(pairs)


def read_json(text: str) -> Any:
    """Parse JSON and keep the digits of numbers."""
    return json.loads(text, parse_float=Digits, parse_int=Digits, object_pairs_hook=once)


def root_by(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    """Return the root of a tree by the data of a leaf and the path from there (RFC 9162, 2.1), or None."""
    if size == 1 or not path:
        return sha256(b"\x00" + leaf) if (size, index, path) == (1, 0, []) else None
    half = 1 << (size - 1).bit_length() - 1
    left = index < half
    below = root_by(leaf, index if left else index - half, half if left else size - half, path[:-1])
    return below and sha256(b"\x01" + (below + path[-1] if left else path[-1] + below))


def leaf_data(proof: Members) -> bytes:
    """Return what the leaf of an entry hashes: its own hash, or commitments to its parts in order."""
    if "payload" in proof:
        return sha256(f"{proof['previous_hash']}\n{proof['payload']}".encode())
    parts = {part: b64decode(commitment, validate=True) for part, commitment in proof["hidden"].items()}
    if any(len(commitment) != 32 for commitment in parts.values()) or parts.keys() & proof["shown"].keys():
        raise ValueError("what stands for its hidden parts is not a hash for each")
    for part, text in proof["shown"].items():
        parts[part] = sha256(b64decode(proof["salts"][part]) + f"{part}\n{text}".encode())
    return b"".join(commitment for _, commitment in sorted(parts.items()))


def check_proof(proof: Members, head: Members) -> Members:
    """Check that a proof leads to the root, and return what it shows."""
    path = b64decode(proof["path"], validate=True)
    steps = [path[start : start + 32] for start in range(0, len(path), 32)]
    reached = root_by(leaf_data(proof), int(proof["index"]), int(head["size"]), steps)
    if reached is None or reached.hex() != head["root" if "payload" in proof else "parts_root"]:
        raise ValueError("its proof does not lead to the root")
    texts = [proof["payload"]] if "payload" in proof else proof["shown"].values()
    return once([pair for text in texts for pair in read_json(text).items()])


# Ed25519 (RFC 8032, 5.1). Points are X, Y, Z, T with x = X/Z, y = Y/Z, xy = T/Z.
P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ZERO: tuple[int, ...] = (0, 1, 1, 0)


def sum_of(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    """Add two points (5.1.4)."""
    m, n = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = n - m, d - c, d + c, n + m
    return e * f % P, g * h % P, f * g % P, e * h % P


def decoded_point(data: bytes) -> tuple[int, ...]:
    """Decode a point (5.1.3)."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        raise ValueError("its key is not a key")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def multiples(point: tuple[int, ...]) -> list[list[tuple[int, ...]]]:
    """Return 0 to 255 times 256**i times a point, for each i: whatever times it is then a sum of 32."""
    table: list[list[tuple[int, ...]]] = []
    for _ in range(32):
        table.append([ZERO])
        while len(table[-1]) < 256:
            table[-1].append(sum_of(table[-1][-1], point))
        point = sum_of(table[-1][-1], point)
    return table


TABLES = {
    "": multiples(decoded_point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little")))
}  # of the base point


def fits_key(key: str, message: str, signature: str) -> bool:
    """Check a signature (5.1.7); key and signature are hexadecimal."""
    public, given = bytes.fromhex(key), bytes.fromhex(signature)
    number = int.from_bytes(given[32:], "little")
    if len(public) != 32 or len(given) != 64 or number >= ORDER:
        return False
    if key not in TABLES:
        x, y, z, t = decoded_point(public)
        TABLES[key] = multiples((P - x, y, z, P - t))
    hashed = hashlib.sha512(given[:32] + public + message.encode()).digest()
    challenge, total = int.from_bytes(hashed, "little") % ORDER, ZERO
    for left, table in ((number, TABLES[""]), (challenge, TABLES[key])):
        for place, row in enumerate(table):
            total = sum_of(total, row[left >> 8 * place & 255])
    inverse = pow(total[2], P - 2, P)
    x, y = total[0] * inverse % P, total[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little") == given[:32]


class Keys:
    """The keys of a log up to an entry: whose each is, which were rotated or lost; who signed how often."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.ended: dict[str, str] = {}
        self.signed: Counter[str] = Counter()
        self.log = ""

    def check(self, proof: Members, members: Members) -> None:
        """Check who signed an entry, and take up what it says of a key."""
        signature = members.get("signature")
        state = members["state"] if members["kind"] == "key" else None
        if state == "valid":
            self._check_new(members, (signature or {}).get("key"))
        signer = "nobody" if signature is None else self._signer(signature, proof, members)
        self.signed[signer] += 1
        if state == "lost":
            self.ended[members["public_key"]] = "reported lost"

    def _check_new(self, members: Members, signer: str | None) -> None:
        name, key, steps = members["name"], members["public_key"], members["succeeds"]
        for step, follower in zip(steps, [*(step["key"] for step in steps[1:]), key]):  # noqa: B905 -- 3.9
            message = f"hardstand key succession\n{step['key']}\n{follower}\n{name}"
            if not fits_key(step["key"], message, step["certificate"]):
                raise ValueError(f"it is a forged statement about a key: {step['key'][:16]} did not sign it")
            self.ended.setdefault(step["key"], "rotated")
        if signer != key or key in self.names:
            raise ValueError(
                "it is a forged statement about a key: that did not sign it, or is there already"
            )
        self.names[key] = name

    def _signer(self, signature: Members, proof: Members, members: Members) -> str:
        key, name, value = signature["key"], signature["by"], signature["value"]
        if self.names.get(key) != name or key in self.ended:
            raise ValueError(
                f"it is signed with a key that is {self.ended.get(key, f'not known as {name}s')}"
            )
        if int(proof["index"]) and self.log not in ("", signature["log"]):
            raise ValueError("its signature was made for another log")
        self.log = signature["log"] if int(proof["index"]) else ""
        end = f'"key":"{key}","log":"{signature["log"]}","value":"{value}"}}'
        message = f"{proof['previous_hash']}\n{proof['payload'].replace(end, end.replace(value, ''))}"
        if proof["payload"].count(end) != 1 or not fits_key(key, message, value):
            raise ValueError(f"the signature of {name} does not fit: it was made for another text or place")
        if signature["as"] == "author" and name != members.get("analyst", members.get("name")):
            raise ValueError(f"{name} signed as its author, and it names another")
        return f"{name}, key {key}"


SHA = {f"60864801650304020{n}": name for n, name in enumerate(("sha256", "sha384", "sha512"), 1)}
RSA, DIGEST, STAMPS = map(bytes.fromhex, ("2a864886f70d010101", "2a864886f70d010904", "06082b06010505070308"))
AUTHORITY = re.compile(rb"\x06\x03\x55\x1d\x13(\x01\x01\xff)?\x04.\x30.\x01\x01\xff", re.DOTALL)


def elements(der: bytes) -> list[tuple[int, bytes, bytes]]:
    """Split DER: of each element its tag, its contents, and all of it."""
    parts = []
    while der:
        begin = 2 + max(0, der[1] - 0x80)
        end = begin + (der[1] if der[1] < 0x80 else int.from_bytes(der[2:begin], "big"))
        if der[1] == 0x80 or end > len(der):
            raise ValueError("it is not DER")
        parts.append((der[0], der[begin:end], der[:end]))
        der = der[end:]
    return parts


def inside(der: bytes, *path: int) -> bytes:
    """Return the contents of an element in an element and so on."""
    for index in path:
        der = elements(der)[index][1]
    return der


def time_of(element: tuple[int, bytes, bytes]) -> str:
    """Return a time as ISO 8601 UTC, to the second."""
    text = element[1].decode("ascii").rstrip("Z").partition(".")[0]
    text = text if element[0] == 0x18 else ("20" if text < "50" else "19") + text
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}T{text[8:10]}:{text[10:12]}:{text[12:]}Z"


def check_rsa(key: bytes, message: bytes, signature: bytes) -> None:
    """Check a signature by a key as a certificate has it (RFC 8017, 8.2.2)."""
    if inside(key, 0, 0) != RSA:
        raise NotImplementedError
    modulus, exponent = (int.from_bytes(part[1], "big") for part in elements(inside(inside(key, 1)[1:], 0)))
    size = (modulus.bit_length() + 7) // 8
    number = int.from_bytes(signature, "big")
    block = pow(number, exponent, modulus).to_bytes(size, "big") if size <= 1024 else b""
    for algorithm, name in SHA.items():
        digest = hashlib.new(name, message).digest()
        info = bytes.fromhex(f"30{len(digest) + 17:x}300d0609{algorithm}050004{len(digest):x}") + digest
        if block == b"\x00\x01" + b"\xff" * (size - len(info) - 3) + b"\x00" + info:
            return
    raise ValueError("a signature in it does not fit")


def check_stamp(stamp: dict[str, str], text: bytes) -> None:
    """Check that an authority's answer stamps a text, up to the root certificate beside it."""
    signed = inside(b64decode(stamp["token"], validate=True), 0, 1, 1, 0)
    content = inside(signed, 2, 1, 0)
    info = elements(inside(content, 0))
    time, stamped = time_of(info[4]), (SHA.get(inside(info[2][1], 0, 0).hex()), inside(info[2][1], 1))
    if (time, *stamped) != (stamp["stamped"], "sha256", sha256(text)):
        raise ValueError(f"it is of another hash, or states another time ({time})")
    signer = elements(inside(elements(signed)[-1][1], 0))
    attributes = {inside(attribute[1], 0): inside(attribute[1], 1, 0) for attribute in elements(signer[3][1])}
    if attributes[DIGEST] != hashlib.new(SHA[inside(signer[2][1], 0).hex()], content).digest():
        raise ValueError("its contents were changed")
    root, held = b64decode(stamp["root"], validate=True), elements(signed)[3]
    # Of each certificate: itself, and serial number, algorithm, issuer, validity, subject, key.
    known = []
    for der in [root, *(part[2] for part in elements(held[1]) if held[0] == 0xA0)]:
        fields = elements(inside(der, 0, 0))
        known.append((der, fields[1:] if fields[0][0] == 0xA0 else fields))
    issuer, serial = elements(signer[1][1])
    chain = [(der, f) for der, f in known if (f[2][2], f[0][1]) == (issuer[2], serial[1]) and STAMPS in der]
    message, signature = b"\x31" + signer[3][2][1:], signer[5][1]
    while chain:
        der, fields = chain[0]
        check_rsa(fields[5][1], message, signature)
        if not time_of(elements(fields[3][1])[0]) <= time <= time_of(elements(fields[3][1])[1]):
            raise ValueError("a certificate was not valid then")
        if der == root:
            return
        known = [one for one in known if one[0] != der]
        chain = [(der, f) for der, f in known if f[4][2] == fields[2][2] and AUTHORITY.search(der)]
        message, signature = elements(inside(der, 0))[0][2], inside(der, 0, 2)[1:]
    raise ValueError("its certificates do not lead to the root beside it")


def check_bag(bag: Path) -> Iterator[str]:
    """Yield what is wrong with the files of a bag."""
    files = {path.relative_to(bag).as_posix() for path in bag.rglob("*") if not path.is_dir()}
    lists = [(bag / f"{kind}manifest-sha256.txt").read_text(encoding="utf-8") for kind in ("", "tag")]
    listed = [line.partition("  ")[::2] for line in "".join(lists).splitlines()]
    for digest, name in listed:
        if name not in files:
            yield f"{name}: is missing"
        elif sha256((bag / name).read_bytes()).hex() != digest:
            yield f"{name}: was changed"
    for name in sorted(files - {name for _, name in listed} - {"tagmanifest-sha256.txt"}):
        yield f"{name}: is not in the bag's lists"


def check_pictures(folder: Path, members: Members) -> None:
    """Check that those pictures of a sighting that are in a bundle are the ones that were logged."""
    for member in ("chip", "surroundings"):
        picture = folder / Path(members.get(member) or "none").name
        files = [picture, picture.with_suffix(".pgw")]
        if members.get(member) and not all(file.is_file() for file in files):
            print(f"{members['id']}: its picture {picture.name} is not in the bundle")
        elif members.get(member):
            hashes = "".join(f"{sha256(file.read_bytes()).hex()}\n" for file in files)
            if sha256(hashes.encode()).hex() != members[f"{member}_sha256"]:
                raise ValueError(f"its picture {picture.name} is not the one that was logged")


def agrees(written: Any, logged: Any) -> bool:
    """Check whether an export says what the log says, up to the rounding of a number."""
    if isinstance(logged, Digits) and re.fullmatch(r"-?\d+(\.\d+)?(e[-+]?\d+)?", str(written)):
        places = range(len(written.partition(".")[2]), -4, -1)
        return any(round(float(logged), each) == float(written) for each in places)
    if type(written) is str and isinstance(logged, list):  # a cell of CSV
        written = read_json(written)
    elif type(written) is str and not isinstance(logged, str):
        written = {"": None, "true": True, "false": False}.get(written, written)
    return bool(written == logged)


def differences_of(path: Path, shown: dict[str, Members]) -> Iterator[str]:
    """Yield what an export says that its proofs do not."""
    lines: Any = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))
    if path.suffix == ".geojson":
        lines = [each["properties"] for each in read_json(path.read_text(encoding="utf-8"))["features"]]
    for line in lines:
        members = shown.get(line["id"], {})
        if not members:
            print(f"{line['id']} of {path.name} has no proof")
        for name in [name for name in line if name in members and not agrees(line[name], members[name])]:
            yield f"{line['id']}: the export says of {name} what the log did not"


def check_entries(lines: list[str], head: Members, bag: Path | None) -> Iterator[str]:
    """Yield what is wrong with entries, and fill ``shown`` of the head with what they show."""
    keys, last = Keys(), -1
    for number, line in enumerate(lines, start=2):
        name = f"line {number}"
        try:
            proof = read_json(line)
            name = proof["id"]
            if "unproven" in proof:
                print(f"{name}: no proof: {proof['unproven']}")
                continue
            members = check_proof(proof, head)
            again = name in head["shown"] or (bag and int(proof["index"]) <= last)
            if again or members.get("id", name) != name:
                raise ValueError("it is there twice, out of order, or another entry")
            head["shown"][name], last = members, int(proof["index"])
            if bag:
                keys.check(proof, members)
                check_pictures(bag / "data/chips", members)
        except PROBLEMS as reason:
            yield f"{name}: {reason}"
    if bag:
        try:
            members = read_json(head["checkpoint"]["payload"])
            if any(members[root] != head[root] for root in ("size", "root", "parts_root")):
                raise ValueError("it names other roots")
            keys.check({**head["checkpoint"], "index": head["size"]}, members)
        except PROBLEMS as reason:
            yield f"the checkpoint: {reason}"
    for signer, count in keys.signed.items():
        print(f"{count} entries signed by {signer}")


def check_stamps(head: Members) -> Iterator[str]:
    """Yield what is wrong with the stamps of the roots."""
    text = f"hardstand checkpoint\n{head['size']}\n{head['root']}\n{head['parts_root']}\n".encode()
    for stamp in head["stamps"]:
        try:
            check_stamp(stamp, text)
            root = sha256(b64decode(stamp["root"])).hex()
            print(f"stamped at {stamp['stamped']} by {stamp['authority']}, root certificate {root}")
        except NotImplementedError:
            print(f"NOT CHECKED: the stamp of {stamp['authority']} is not signed with RSA; OpenSSL can")
        except PROBLEMS as reason:
            yield f"the stamp of {stamp['authority']}: {reason}"


def main(first: str, *exports: str) -> int:
    """Check, and say what is wrong; return the exit code."""
    bag = Path(first) if Path(first).is_dir() else None
    proofs = bag / "data/entries.jsonl" if bag else Path(first)
    wrong = list(check_bag(bag)) if bag else []
    first, *lines = proofs.read_text(encoding="utf-8").strip("\n").split("\n")
    head = {**read_json(first), "shown": {}}
    wrong += [*check_entries(lines, head, bag), *check_stamps(head)]
    wrong += [each for export in exports for each in differences_of(Path(export), head["shown"])]
    for problem in wrong:
        print(f"WRONG {problem}")
    print(f"a tree of {head['size']} entries with the root {head['root']}")
    print(f"{len(head['shown'])} entries, {len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main(*(sys.argv[1:] or [str(Path(__file__).resolve().parent)])))
    except (OSError, *PROBLEMS) as fault:
        sys.exit(f"WRONG it cannot be read: {fault!r}")
