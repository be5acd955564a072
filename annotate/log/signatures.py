"""Signing entries, and checking who signed them.

A signature is a member of the payload, so that the chain covers it. It covers in turn all of the payload but
its own digits, and the hash of the entry before: what is signed cannot be moved to another place or another
log, nor can anything before it be changed, left out or put in.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, select

from annotate.log.chain import GENESIS, canonical
from annotate.log.database import entries
from annotate.log.identity import Identity, Predecessor, signature_fits, succession_message
from annotate.log.keys import KeyStatement, short_key
from annotate.log.payload import payload_of
from annotate.log.reading import LoggedEntry
from imagery.errors import UsageError

# author: the signer is the analyst whom the entry names; recorder: the signer recorded what it says that
# another, such as an account of the review's server, stated.
Role = Literal["author", "recorder"]
MEMBERS = ("as", "by", "key", "log", "value")
_KEY, _VALUE = re.compile("[0-9a-f]{64}"), re.compile("[0-9a-f]{128}")


class Signed(NamedTuple):
    """The text of an entry that is signed, and its ``signature`` member."""

    text: str
    signature: dict[str, str]


def signed_text(
    payload: Mapping[str, Any], identity: Identity, *, previous: str, log: str, role: Role
) -> Signed:
    """Return the canonical text of a payload with the signature of an identity.

    Args:
        payload: All members but ``signature``.
        identity: Whose.
        previous: Hash of the entry before.
        log: Hash of the log's first entry; `GENESIS` for that entry itself.
        role: What the signer has to do with what the entry says.
    """
    signature = {"as": role, "by": identity.name, "key": identity.public_key, "log": log, "value": ""}
    unsigned = canonical({**payload, "signature": signature})
    signature["value"] = identity.sign(signed_message(previous, unsigned))
    return Signed(unsigned.replace(_end(signature | {"value": ""}), _end(signature), 1), signature)


def signed_message(previous: str, unsigned: str) -> bytes:
    """Return what is signed: the hash of the entry before, a line feed, the text without its own digits."""
    return f"{previous}\n{unsigned}".encode()


def _end(signature: Mapping[str, str]) -> str:
    """Return the end of a signature in canonical text, which cannot be part of a text in it.

    Quotation marks in texts have a backslash before them there.
    """
    return f'"key":"{signature["key"]}","log":"{signature["log"]}","value":"{signature["value"]}"}}'


@dataclass
class HeldKey:
    """A public key in a log.

    Attributes:
        name: Whose it is.
        since: Number of the entry that says so.
        end: ``rotated`` or ``lost``; None while it signs.
        ended: Number of the entry that says so; None while it signs.
    """

    name: str
    since: int
    end: Literal["rotated", "lost"] | None = None
    ended: int | None = None

    @property
    def end_words(self) -> str:
        """When and how it ended."""
        return f"was {'reported lost' if self.end == 'lost' else 'rotated'} in entry {self.ended}"


class KnownKeys:
    """The public keys that a log has, up to an entry.

    Attributes:
        held: Of each key what the log says.
        doubts: What is strange about them and proves nothing, in words.
    """

    def __init__(self) -> None:
        self.held: dict[str, HeldKey] = {}
        self.doubts: list[str] = []

    def problem_of(self, payload: Mapping[str, Any]) -> str | None:
        """Return why a statement about a key cannot follow what the log says of keys, or None."""
        key, name = payload["public_key"], payload["name"]
        held = self.held.get(key)
        if payload["state"] == "lost":
            if held is None or held.name != name:
                return (
                    f"it reports the key {short_key(key)} of {name} lost, which is not in the log before it"
                )
            return None
        if not _KEY.fullmatch(key):
            return "its key is not 64 hexadecimal digits"
        if held is not None:
            return f"the key {short_key(key)} is in the log already (entry {held.since})"
        return self._broken_succession(key, name, payload["succeeds"])

    def _broken_succession(self, key: str, name: str, steps: Sequence[Mapping[str, Any]]) -> str | None:
        """Return why a key cannot succeed the ones that it says it succeeds, or None."""
        if not all(step.keys() == set(Predecessor._fields) and _are_texts(step) for step in steps):
            return "what it succeeds is not what hardstand writes"
        for step, following in zip(steps, [*(step["key"] for step in steps[1:]), key], strict=False):
            message = succession_message(step["key"], following, name)
            if not signature_fits(step["key"], message, step["certificate"]):
                return f"the key {short_key(step['key'])}, which it says it succeeds, has not signed that"
        latest = next((step["key"] for step in reversed(steps) if step["key"] in self.held), None)
        if latest is None:
            return None
        before = self.held[latest]
        if before.name != name:
            return f"it is of {name}, and the key {short_key(latest)} before it of {before.name}"
        if before.end is not None:
            return f"the key {short_key(latest)}, which it succeeds, {before.end_words}"
        return None

    def add(self, seq: int, payload: Mapping[str, Any]) -> None:
        """Take up a statement about a key that has no problem."""
        key, name = payload["public_key"], payload["name"]
        if payload["state"] == "lost":
            self.held[key].end, self.held[key].ended = "lost", seq
            if "signature" not in payload:
                self.doubts.append(f"entry {seq} reports the key of {name} lost, and nobody has signed that")
            return
        before = {step["key"] for step in payload["succeeds"]}
        for other, held in self.held.items():
            if other in before and held.end is None:
                held.end, held.ended = "rotated", seq
        others = [held for other, held in self.held.items() if held.name == name and other not in before]
        if others and before.isdisjoint(self.held):
            self.doubts.append(
                f"entry {seq} has another key for {name}, whose earlier key (entry {others[-1].since}) does "
                "not vouch for it: ask them whether it is theirs"
            )
        self.held[key] = HeldKey(name, seq)

    @classmethod
    def of(cls, connection: Connection) -> KnownKeys:
        """Read what a log says of keys, without checking it."""
        known = cls()
        query = select(entries.c.seq, entries.c.payload).where(entries.c.kind == KeyStatement.kind)
        for seq, text in connection.execute(query.order_by(entries.c.seq)):
            payload = payload_of(text)
            KeyStatement.from_payload(payload)  # which a stranger may have written
            if known.problem_of(payload) is None:
                known.add(seq, payload)
        return known


def introduction(keys: KnownKeys, identity: Identity) -> KeyStatement | None:
    """Return the statement that puts an identity's key into a log; None where the log has it.

    Raises:
        UsageError: The log says that the key no longer signs, or that it cannot succeed the one before.
    """
    held = keys.held.get(identity.public_key)
    if held is not None and held.end is not None:
        way = "move its file away and make another with `hardstand identity new`"
        raise UsageError(f"your key {short_key(identity.public_key)} {held.end_words}; {way}")
    if held is not None:
        return None
    before = tuple(step._asdict() for step in identity.predecessors)
    statement = KeyStatement("", "valid", identity.name, identity.public_key, before, None, "")
    if (problem := keys.problem_of(vars(statement))) is not None:
        raise UsageError(
            f"your key cannot be added to this log: {problem}; make another with `hardstand identity new`"
        )
    return statement


class Signatures:
    """The signatures of a log, checked entry by entry.

    Attributes:
        keys: The public keys up to the entry that was checked last.
        counts: How many entries each signer signed, by name and key.
        unsigned: How many entries nobody signed.
    """

    def __init__(self) -> None:
        self.keys = KnownKeys()
        self.counts: Counter[tuple[str, str]] = Counter()
        self.unsigned = 0
        self._log = GENESIS

    def problem_of(self, entry: LoggedEntry, payload: Mapping[str, Any]) -> str | None:
        """Return what is wrong with an entry's signature, or with what it says of a key, or None.

        Args:
            entry: The one after those before; its text is canonical.
            payload: Its payload, whose members are of the right kinds.
        """
        signature: Any = payload.get("signature")
        if payload["kind"] == KeyStatement.kind:
            if (why := _forged(payload, signature)) or (why := self.keys.problem_of(payload)):
                return f"it is a forged statement about a key: {why}"
            if payload["state"] == "valid":
                self.keys.add(entry.seq, payload)
        if "signature" in payload:
            if (why := next(self._problems(signature, entry, payload), None)) is not None:
                return why
            self.counts[signature["by"], signature["key"]] += 1
        else:
            self.unsigned += 1
        if payload["kind"] == KeyStatement.kind and payload["state"] == "lost":
            self.keys.add(entry.seq, payload)  # which a key may say of itself
        return None

    def note_first(self, hash: str) -> None:
        """Take notice of the hash of the log's first entry, by which all others name the log."""
        self._log = hash

    def _problems(self, signature: Any, entry: LoggedEntry, payload: Mapping[str, Any]) -> Iterator[str]:
        if not _is_signature(signature):
            yield "its signature is not one that hardstand writes"
        if signature["log"] != self._log:
            yield f"its signature was made for another log, whose first entry has the hash {signature['log']}"
        short, key = short_key(signature["key"]), self.keys.held.get(signature["key"])
        if key is None:
            yield f"it is signed with the key {short}, which is not in the log before it"
            return
        if key.name != signature["by"]:
            yield f"it is signed as {signature['by']} with the key of {key.name}"
        end = _end(signature)
        unsigned = entry.payload.replace(end, _end(signature | {"value": ""}))
        message = signed_message(entry.previous_hash, unsigned)
        if entry.payload.count(end) != 1 or not signature_fits(signature["key"], message, signature["value"]):
            yield f"the signature of {key.name} does not fit: it was made for another text or another place"
        if key.end is not None:
            yield f"it is signed with the key {short} of {key.name}, which {key.end_words}"
        stated_by = payload.get("analyst", payload.get("name"))
        if signature["as"] == "author" and stated_by != key.name:
            yield f"{key.name} signed as its author, and it names {stated_by}"


def _is_signature(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and sorted(value) == list(MEMBERS)
        and _are_texts(value)
        and value["as"] in ("author", "recorder")
        and _KEY.fullmatch(value["key"]) is not None
        and _VALUE.fullmatch(value["value"]) is not None
    )


def _are_texts(members: Mapping[str, Any]) -> bool:
    return all(isinstance(value, str) for value in members.values())


def _forged(payload: Mapping[str, Any], signature: Any) -> str | None:
    """Return why a statement that a key is valid is not that of who has the key, or None."""
    if payload["state"] == "lost":
        return None
    if not isinstance(signature, dict) or signature.get("key") != payload["public_key"]:
        return "it is not signed with the key that it names"
    return None
