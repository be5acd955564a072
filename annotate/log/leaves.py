"""An entry as a leaf of the log's Merkle tree: parts of it can be shown, and nobody can guess the others.

The leaf of a signed sighting or movement is made of commitments, one to each group of its members: SHA-256 of
a salt and of the group. What is shown is checked by its salt, what is hidden is represented by its
commitment. The salts come from the entry's signature, which nobody can calculate without the private key; so
no list of names leads from a commitment to the name. The leaf of any other entry is its hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from annotate.log.chain import canonical_part
from annotate.log.merkle import leaf_hash
from annotate.log.reading import LoggedEntry

# What redaction may leave out or change is shown or hidden together.
INNER, REST = "inner", "rest"  # what no export has; what every export has
_ALONE = ("because", "note", "project", "reasoning", "source", "type_reason")
_TOGETHER = {
    "files": ("scene_path", "source_file"),
    "ids": ("candidate", "chip", "id", "rests_on", "supersedes", "surroundings", "verdict_id"),
    INNER: ("amended", "settled", "signature", "subject"),
    "links": ("archive_url", "source_url"),
    "people": ("analyst",),
    "pixels": ("box_px", "center_px"),
    "place": ("lat", "lon", "position_error_m"),
    "route": ("places",),
}
_GROUPS = {name: name for name in _ALONE} | {
    member: group for group, members in _TOGETHER.items() for member in members
}


class Group(NamedTuple):
    """Members of an entry that are shown or hidden together.

    Attributes:
        members: Their names.
        text: Their canonical text.
        salt: 32 bytes.
        commitment: 32 bytes.
    """

    members: frozenset[str]
    text: str
    salt: bytes
    commitment: bytes


def groups_of(payload: Mapping[str, Any]) -> dict[str, Group] | None:
    """Return the members of an entry by group, in the order of the groups' names.

    None where the entry can only be shown as a whole: it is not signed, or neither a sighting nor a movement.
    """
    if payload["kind"] not in ("sighting", "movement") or "signature" not in payload:
        return None
    members: dict[str, dict[str, Any]] = {}
    for member, value in payload.items():
        members.setdefault(_GROUPS.get(member, REST), {})[member] = value
    return {group: _group(payload, group, members[group]) for group in sorted(members)}


def _group(payload: Mapping[str, Any], group: str, members: dict[str, Any]) -> Group:
    text, salt = canonical_part(members), _salt(payload, group)
    return Group(frozenset(members), text, salt, _commitment(salt, group, text))


def _salt(payload: Mapping[str, Any], group: str) -> bytes:
    return hashlib.sha256(f"hardstand salt\n{payload['signature']['value']}\n{group}".encode()).digest()


def _commitment(salt: bytes, group: str, members: str) -> bytes:
    return hashlib.sha256(salt + f'{{"group":"{group}","members":{members}}}'.encode()).digest()


def leaf_of(entry: LoggedEntry, payload: Mapping[str, Any]) -> bytes:
    """Return the hash of an entry's leaf, 32 bytes.

    Args:
        entry: The entry.
        payload: Its payload, parsed.
    """
    groups = groups_of(payload)
    if groups is None:
        return leaf_hash(bytes.fromhex(entry.hash))
    return leaf_hash(b"".join(group.commitment for group in groups.values()))
