"""Adding entries at the end of the chain."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert

from annotate.log.chain import Head, canonical, chained_hash, origin_id
from annotate.log.database import LogError, entries
from annotate.log.reading import head

# What the log fills in, or what is cut for the entry once its identifier is known: no part of what it says.
NOT_STATED = frozenset(
    {"id", "logged", "supersedes", "chip", "chip_sha256", "surroundings", "surroundings_sha256"}
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
    """The log's end, to which entries are added in one transaction, which holds the writers' lock."""

    def __init__(self, connection: Connection) -> None:
        """Take up the chain where it ends."""
        self.connection = connection
        self.logged = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._head = head(connection)

    def draft(self, subject: str, payload: Mapping[str, Any], origin: str | None = None) -> Draft:
        """Return an entry with all that the log fills in.

        Args:
            subject: What it is about.
            payload: Its members.
            origin: What makes it the same as another, in every log; by default, what it says of which
                subject and in place of which entry.
        """
        kind = payload["kind"]
        if origin is None:
            origin = f"{subject} after {payload['supersedes']}: {digest(payload)}"
        origin = f"{kind} {origin}"
        filled = {**payload, "id": origin_id(origin), "subject": subject, "logged": self.logged}
        return Draft(origin, subject, filled)

    def append(self, draft: Draft, *, statement: str | None = None, scene: str | None = None) -> str:
        """Add an entry.

        Args:
            draft: The entry.
            statement: Of a verdict, see `annotate.log.database`.
            scene: SHA-256 of the scene that it was seen in.

        Returns:
            Its identifier.

        Raises:
            LogError: The database left it out without an error.
        """
        text = canonical(draft.payload)
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


def digest(payload: Mapping[str, Any]) -> str:
    """Return a hash of what an entry says."""
    statement = {name: value for name, value in payload.items() if name not in NOT_STATED}
    return hashlib.sha256(canonical(statement).encode()).hexdigest()[:32]
