"""Checkpoints: entries that name the root of the Merkle tree over all entries before them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from annotate.log.database import entries
from annotate.log.leaves import leaf_of
from annotate.log.merkle import Frontier
from annotate.log.payload import Loggable, payload_of
from annotate.log.reading import LOGGED, LoggedEntry
from annotate.log.writing import Writer
from imagery.errors import UsageError


@dataclass(frozen=True)
class Checkpoint(Loggable, kind="checkpoint"):
    """The root of the tree (RFC 9162) whose leaves are all entries before, see `annotate.log.leaves`.

    Attributes:
        id: This entry's.
        size: How many entries those are.
        root: 64 hexadecimal digits.
        logged: When it was written, ISO 8601 UTC.
    """

    id: str
    size: int
    root: str
    logged: str


SUBJECT = "tree"  # what all checkpoints are about


def add_checkpoint(writer: Writer) -> Checkpoint:
    """Log the root of the tree over all entries.

    Raises:
        UsageError: The log is empty.
    """
    if writer.identity is not None:
        writer.introduce()
    tree = Frontier()
    for row in writer.connection.execute(select(*LOGGED).order_by(entries.c.seq)).yield_per(500):
        entry = LoggedEntry(*row)
        tree.append(leaf_of(entry, payload_of(entry.payload)))
    if not tree.size:
        raise UsageError("the log holds no entries, so there is nothing to prove")
    checkpoint = Checkpoint("", tree.size, tree.root.hex(), "")
    draft = writer.draft(SUBJECT, checkpoint.to_payload(), f"{tree.size} {tree.root.hex()}")
    writer.append(draft)
    return Checkpoint.from_payload(draft.payload)


def wrong_root(payload: dict[str, object], tree: Frontier) -> str | None:
    """Return why a checkpoint does not fit the entries before it, or None."""
    if (payload["size"], payload["root"]) == (tree.size, tree.root.hex()):
        return None
    return f"its root is not that of the {tree.size:,} entries before it"
