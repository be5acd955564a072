"""Adding entries at the end of the chain."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Connection, insert, select

from annotate.log.chain import GENESIS, Head, canonical, chained_hash, origin_id
from annotate.log.database import LogError, entries
from annotate.log.keys import KeyStatement
from annotate.log.reading import head

if TYPE_CHECKING:
    from annotate.log.identity import Identity

# What the log fills in, or what is cut for the entry once its identifier is known: no part of what it says.
NOT_STATED = frozenset(
    {"id", "logged", "supersedes", "chip", "chip_sha256", "surroundings", "surroundings_sha256", "signature"}
)


class Draft(NamedTuple):
    """An entry that has an identifier and is not in the log yet.

    Attributes:
        origin: What makes it the same as another.
        subject: What it is about.
        payload: Its members, with ``id``, ``subject`` and ``logged``.
    """

    origin: str
    subject: str
    payload: dict[str, Any]


class Writer:
    """The log's end, to which entries are added in one transaction, which holds the writers' lock.

    Attributes:
        connection: In that transaction.
        identity: Who signs what is added; None where nobody does.
        logged: When that is, ISO 8601 UTC.
    """

    def __init__(
        self, connection: Connection, identity: Identity | None = None, *, authors: bool = False
    ) -> None:
        """Take up the chain where it ends.

        Args:
            connection: In a transaction that writes.
            identity: Who signs.
            authors: Whether who signs may be the analyst whom an entry names. False for what a server's
                accounts state.
        """
        self.connection = connection
        self.identity = identity
        self.logged = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._authors = authors
        self._head = head(connection)
        self._introduced = False

    def draft(self, subject: str, payload: Mapping[str, Any], origin: str | None = None) -> Draft:
        """Return an entry with all that the log fills in.

        Args:
            subject: What it is about.
            payload: Its members.
            origin: What makes it the same as another, in every log; by default, what it says of which
                subject and in place of which entry.
        """
        payload = {name: value for name, value in payload.items() if name != "signature"}
        kind = payload["kind"]
        if origin is None:
            origin = f"{subject} after {payload['supersedes']}: {digest(payload)}"
        origin = f"{kind} {origin}"
        filled = {**payload, "id": origin_id(origin), "subject": subject, "logged": self.logged}
        return Draft(origin, subject, filled)

    def append(self, draft: Draft, *, statement: str | None = None, scene: str | None = None) -> str:
        """Add an entry, signed where there is an identity.

        Args:
            draft: The entry; its payload gets its signature.
            statement: Of a verdict, see `annotate.log.database`.
            scene: SHA-256 of the scene that it was seen in.

        Returns:
            Its identifier.

        Raises:
            LogError: The database left it out without an error.
            UsageError: The log says that the identity's key was lost or has been rotated.
        """
        if self.identity is not None and not self._introduced:
            self.introduce()
        text = self._text_of(draft.payload)
        following = Head(self._head.seq + 1, chained_hash(self._head.hash, text))
        added = self.connection.execute(
            insert(entries).values(
                seq=following.seq,
                id=draft.payload["id"],
                kind=draft.payload["kind"],
                origin=draft.origin,
                subject=draft.subject,
                payload=text,
                previous_hash=self._head.hash,
                hash=following.hash,
                statement=statement,
                scene=scene,
            ),
            execution_options={"preserve_rowcount": True},
        )
        if added.rowcount != 1:  # a trigger or a rule can drop it without an error
            raise LogError(
                f"the database did not take entry {following.seq}; `hardstand log verify` says what is wrong"
            )
        self._head = following
        return str(draft.payload["id"])

    def introduce(self) -> bool:
        """Add the statement that the identity's key is valid, if the log does not have it.

        Returns:
            Whether it was added.

        Raises:
            UsageError: The log says that the key was lost or has been rotated.
        """
        from annotate.log.signatures import KnownKeys, introduction

        if self.identity is None:
            return False
        statement = introduction(KnownKeys.of(self.connection), self.identity)
        self._introduced = True
        if statement is not None:
            self.append(self.draft(statement.subject, statement.to_payload(), statement.origin))
        return statement is not None

    def _text_of(self, payload: dict[str, Any]) -> str:
        """Return the canonical text of a payload, which gets its signature."""
        if self.identity is None:
            return canonical(payload)
        from annotate.log.signatures import signed_text

        stated_by = payload.get("analyst", payload.get("name"))
        own = stated_by == self.identity.name and (self._authors or payload["kind"] == KeyStatement.kind)
        text, payload["signature"] = signed_text(
            payload,
            self.identity,
            previous=self._head.hash,
            log=self._log(),
            role="author" if own else "recorder",
        )
        return text

    def _log(self) -> str:
        """Return the hash of the log's first entry; `GENESIS` where that is still to come."""
        first = select(entries.c.hash).where(entries.c.seq == 1)
        return GENESIS if self._head.seq == 0 else str(self.connection.scalar(first))


def digest(payload: Mapping[str, Any]) -> str:
    """Return a hash of what an entry says."""
    statement = {name: value for name, value in payload.items() if name not in NOT_STATED}
    return hashlib.sha256(canonical(statement).encode()).hexdigest()[:32]
