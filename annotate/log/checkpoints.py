"""Checkpoints: entries that name the roots of the two Merkle trees over all entries before them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from annotate.log.database import entries
from annotate.log.leaves import Trees
from annotate.log.payload import Loggable
from annotate.log.reading import HASHED, PAGE, HashedEntry
from annotate.log.writing import Writer
from imagery.errors import UsageError

SUBJECT = "trees"  # what all checkpoints are about


@dataclass(frozen=True)
class Checkpoint(Loggable, kind="checkpoint"):
    """The roots of the trees (RFC 9162) whose leaves are all entries before, see `annotate.log.leaves`.

    Attributes:
        id: This entry's.
        size: How many entries those are.
        root: Of the tree of whole entries, 64 hexadecimal digits.
        parts_root: Of the tree of their parts, 64 hexadecimal digits.
        logged: When it was written, ISO 8601 UTC.
    """

    id: str
    size: int
    root: str
    parts_root: str
    logged: str


def add_checkpoint(writer: Writer) -> Checkpoint:
    """Log the roots of the trees over all entries.

    Raises:
        UsageError: The log is empty.
    """
    writer.introduce()
    trees = Trees()
    for row in writer.connection.execute(HASHED.order_by(entries.c.seq)).yield_per(PAGE):
        trees.append(HashedEntry(*row))
    size, root, parts_root = trees.roots
    if not size:
        raise UsageError("the log holds no entries, so there is nothing to prove")
    checkpoint = Checkpoint("", size, root, parts_root, "")
    draft = writer.draft(SUBJECT, checkpoint.to_payload(), f"{size} {root}")
    writer.append(draft)
    return Checkpoint.from_payload(draft.payload)


def wrong_root(payload: Mapping[str, Any], trees: Trees) -> str | None:
    """Return why a checkpoint does not fit the entries before it, or None."""
    size, root, parts_root = trees.roots
    if payload["size"] != size:
        return f"it is of {payload['size']:,} entries, and {size:,} are before it"
    if payload["root"] != root:
        return f"its root is not that of the {size:,} entries before it"
    if payload["parts_root"] != parts_root:
        return f"its root of parts is not that of the {size:,} entries before it"
    return None
