"""Entries as leaves of the log's two Merkle trees: one proves whole entries, the other parts of them.

In the first tree an entry is its hash. In the second a signed sighting or movement is made of commitments,
one to each part of it: SHA-256 of a salt, the part's name, a line feed and its members. What is shown is
checked by its salt; for what is hidden stands its commitment. The salts come from the entry's signature,
which nobody can calculate without the private key; so no list of names leads from a commitment to the name.
Any other entry is its hash there, too.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import NamedTuple

from annotate.log.merkle import Frontier, leaf_hash
from annotate.log.reading import WITH_PARTS, HashedEntry, LoggedEntry

# Members that redaction may leave out or change, by the part with which they are shown or hidden.
PRIVATE, REST = "private", "rest"  # what only a whole entry shows; what every export has
_TOGETHER = {
    "links": ("archive_url", "source_url"),
    "note": ("note",),
    "place": ("box_px", "center_px", "lat", "lon", "places", "position_error_m"),
    PRIVATE: (
        *("amended", "analyst", "candidate", "chip", "id", "rests_on", "scene_path", "settled", "signature"),
        *("source_file", "subject", "supersedes", "surroundings", "verdict_id"),
    ),
    "reasons": ("because", "reasoning", "type_reason"),
    REST: (),
    "source": ("project", "source"),
}
PARTS = tuple(_TOGETHER)
PART_OF = {member: part for part, members in _TOGETHER.items() for member in members}
_SALT_BYTES = 16
_SALT = re.compile(rb"(?s:.{%d})" % _SALT_BYTES)

# A member of canonical JSON and its name; its value has objects and lists in it two deep at most.
_TEXT = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_PLAIN = rf'[^"{{}}\[\]]++|{_TEXT}'
_LIST = rf"\[(?:{_PLAIN})*+\]"
_OBJECT = rf"\{{(?:{_PLAIN}|{_LIST}|\{{(?:{_PLAIN}|{_LIST})*+\}})*+\}}"
_MEMBER = re.compile(rf'("(\w++)":(?:[^"{{}}\[\],]++|{_TEXT}|{_LIST}|{_OBJECT}))')
_SIGNATURE = re.compile(r'"signature":\{[^{}]*?"value":"([0-9a-f]{128})"\}')


class LeafPart(NamedTuple):
    """Members of an entry that are shown or hidden together.

    Attributes:
        text: Their canonical text.
        salt: 16 bytes.
        commitment: 32 bytes.
    """

    text: str
    salt: bytes
    commitment: bytes


def parts_of(kind: str, payload: str) -> dict[str, LeafPart] | None:
    """Return the parts of an entry, by name in the order of `PARTS`.

    Args:
        kind: The entry's.
        payload: Its canonical text.

    Returns:
        None where it can only be shown as a whole: it is neither a sighting nor a movement, or nobody signed
        it.
    """
    if kind not in WITH_PARTS:
        return None
    members: dict[str, list[str]] = {REST: []}
    rest = members[REST]
    signature = None
    for text, name in _MEMBER.findall(payload):
        part = PART_OF.get(name)
        if part is None:
            rest.append(text)
        else:
            members.setdefault(part, []).append(text)
            if name == "signature":
                signature = _SIGNATURE.fullmatch(text)
    if signature is None:
        return None
    salts = hashlib.shake_256(f"hardstand salts\n{signature[1]}".encode()).digest(_SALT_BYTES * len(PARTS))
    parts = {}
    for name, salt in zip(PARTS, _SALT.findall(salts), strict=True):
        if name in members:
            text = f"{{{','.join(members[name])}}}"
            parts[name] = LeafPart(text, salt, hashlib.sha256(salt + f"{name}\n{text}".encode()).digest())
    return parts


def leaf_of_parts(parts: Mapping[str, LeafPart]) -> bytes:
    """Return the hash of the leaf of an entry that has parts, 32 bytes."""
    return leaf_hash(b"".join(part.commitment for part in parts.values()))


def leaf_in_parts(entry: LoggedEntry | HashedEntry) -> bytes:
    """Return the hash of an entry's leaf in the tree of parts, 32 bytes."""
    parts = parts_of(entry.kind, entry.payload)
    return leaf_of(entry.hash) if parts is None else leaf_of_parts(parts)


def leaf_of(hash: str) -> bytes:
    """Return the hash of the leaf of an entry, by its own, in the tree of whole entries: 32 bytes."""
    return leaf_hash(bytes.fromhex(hash))


class Trees:
    """The two trees over the entries of a log, which grow entry by entry."""

    def __init__(self) -> None:
        self._whole, self._parts = Frontier(), Frontier()

    def append(self, entry: LoggedEntry | HashedEntry) -> None:
        """Add an entry."""
        self._whole.append(leaf_of(entry.hash))
        self._parts.append(leaf_in_parts(entry))

    @property
    def roots(self) -> tuple[int, str, str]:
        """The number of entries and the two roots, 64 hexadecimal digits each."""
        return self._whole.size, self._whole.root.hex(), self._parts.root.hex()
