"""Proofs beside an export: for each line, that the log had it when its latest checkpoint was made.

They are lines of JSON. The first has the root, the others what is shown of an entry and its way to the root.
`annotate/exports/verify_alone.py`, which needs nothing but Python, checks them; a copy of it lies beside
them.
"""

from __future__ import annotations

import json
import tempfile
from binascii import b2a_base64
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

from annotate.exports.redaction import Redaction
from annotate.log.checkpoints import Checkpoint
from annotate.log.database import LogError
from annotate.log.entries import Movement, Sighting
from annotate.log.leaves import PART_OF, PRIVATE, LeafPart, leaf_in_parts, leaf_of, leaf_of_parts, parts_of
from annotate.log.merkle import MerkleTree
from annotate.log.payload import payload_of
from annotate.log.reading import HashedEntry, LoggedEntry, LoggedText
from annotate.log.store import Log
from imagery.errors import UsageError
from imagery.files import whole_file

_VERSION = 1
CHECKER = "verify.py"
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


def proofs_path(path: Path) -> Path:
    """Return the file for the proofs of an export: ``log.csv.proofs.jsonl`` for ``log.csv``."""
    return path.with_name(f"{path.name}.proofs.jsonl")


def checker() -> bytes:
    """Return the program that checks proofs."""
    return files(__package__).joinpath("verify_alone.py").read_bytes()


class Proofs:
    """The proofs of the entries that an export or a report shows, noted as it reads them.

    Attributes:
        files: Where they are, and what checks them.
    """

    def __init__(self, log: Log, redaction: Redaction, proofs: Path, program: Path) -> None:
        """Begin.

        Args:
            log: An open log.
            redaction: What is left out of the entries.
            proofs: The file for the proofs.
            program: The file for what checks them.

        Raises:
            UsageError: The log has no checkpoint.
        """
        self.files = (proofs, program)
        self._log, self._redaction = log, redaction
        self._redacted = redaction.public or redaction.round_m is not None
        checkpoint = log.checkpoint()
        if checkpoint is None:
            raise _uncovered(log)
        self._checkpoint = checkpoint
        # By the number of an entry its leaf in the tree of parts; None where that is not needed.
        self._noted: dict[int, bytes | None] = {}
        self._lines = tempfile.TemporaryFile("w+", encoding="utf-8", newline="")  # noqa: SIM115 -- see `close`

    def close(self) -> None:
        """Free what it holds."""
        self._lines.close()

    def note(self, text: LoggedText, logged: Sighting | Movement, redacted: Sighting | Movement) -> None:
        """Note an entry that is shown; one that was noted adds nothing.

        Args:
            text: What the log hashes of it.
            logged: The entry.
            redacted: The same without what is left out.

        Raises:
            UsageError: It is later than the latest checkpoint.
        """
        if text.seq in self._noted:
            return
        if text.seq > self._checkpoint.seq:
            raise _uncovered(self._log)
        shown: dict[str, Any] = {"id": redacted.id}
        parts = parts_of(logged.kind, text.payload) if self._redacted else None
        self._noted[text.seq] = None if parts is None else leaf_of_parts(parts)
        if not self._redacted:
            shown |= {"previous_hash": text.previous_hash, "payload": text.payload}
        elif parts is None:
            shown["unproven"] = "nobody signed the entry, so no part of it can be shown alone"
        else:
            shown |= _shown_parts(parts, logged, redacted)
        # Its way to the root follows, and then the closing brace, once all leaves are known.
        self._lines.write(f"{_ENCODE(shown)[:-1]}\n")

    def write(self, proofs: Path, program: Path) -> None:
        """Write the proofs of what was noted, and what checks them, to files.

        Raises:
            LogError: The checkpoint does not name the root of the entries before it.
        """
        named = Checkpoint.from_payload(payload_of(self._checkpoint.payload))
        hashed = self._log.hashed(named.size)
        if self._redacted:
            tree = _tree(self._log, map(self._leaf_of_parts, hashed), named.size, named.parts_root)
        else:
            tree = _tree(self._log, (leaf_of(entry.hash) for entry in hashed), named.size, named.root)
        self._lines.seek(0)
        with proofs.open("w", encoding="utf-8", newline="") as file:
            file.write(f"{_ENCODE(_head(self._log, named))}\n")
            for (seq, leaf), line in zip(self._noted.items(), self._lines, strict=True):
                path = ""
                if leaf is not None or not self._redacted:
                    path = f',"index":{seq - 1},"path":"{_text(b"".join(tree.path(seq - 1)))}"'
                file.write(f"{line[:-1]}{path}}}\n")
        program.write_bytes(checker())

    def _leaf_of_parts(self, entry: HashedEntry) -> bytes:
        return self._noted.get(entry.seq) or leaf_in_parts(entry)


class WholeProofs:
    """The proofs of whole entries by a log's latest checkpoint, for who may see all of them.

    Attributes:
        entry: The checkpoint.
        checkpoint: What it names.
        head: The line before the proofs.
    """

    def __init__(self, log: Log) -> None:
        """Read the hashes of the log.

        Raises:
            UsageError: The log has no checkpoint.
            LogError: Its latest checkpoint does not name the root of the entries before it.
        """
        entry = log.checkpoint()
        if entry is None:
            raise _uncovered(log)
        self.entry, self.checkpoint = entry, Checkpoint.from_payload(payload_of(entry.payload))
        self._log, size = log, self.checkpoint.size
        leaves = (leaf_of(hashed.hash) for hashed in log.hashed(size))
        self._tree = _tree(log, leaves, size, self.checkpoint.root)
        hashed = {"previous_hash": entry.previous_hash, "payload": entry.payload}
        self.head = _ENCODE(_head(log, self.checkpoint) | {"checkpoint": hashed})

    def line(self, entry: LoggedEntry) -> str:
        """Return the proof of an entry.

        Raises:
            UsageError: It is later than the checkpoint.
        """
        if entry.seq > self._tree.size:
            raise _uncovered(self._log)
        path = _text(b"".join(self._tree.path(entry.seq - 1)))
        hashed = {"previous_hash": entry.previous_hash, "payload": entry.payload}
        return _ENCODE({"id": entry.id, **hashed, "index": entry.seq - 1, "path": path})


def _tree(log: Log, leaves: Iterable[bytes], size: int, root: str) -> MerkleTree:
    """Return a tree whose root a checkpoint names."""
    tree = MerkleTree(leaves)
    if (tree.size, tree.root.hex()) != (size, root):
        raise LogError(
            f"{log.name}: its latest checkpoint does not fit the entries before it; "
            "`hardstand log verify` says what is wrong"
        )
    return tree


def _head(log: Log, checkpoint: Checkpoint) -> dict[str, Any]:
    """Return the first line: the roots, and who says when they were there."""
    return {
        "hardstand_proofs": _VERSION,
        "size": checkpoint.size,
        "root": checkpoint.root,
        "parts_root": checkpoint.parts_root,
        "stamps": [stamp.to_public() for stamp in log.stamps() if stamp.checkpoint == checkpoint.id],
    }


@contextmanager
def proofs_beside(log: Log, redaction: Redaction, path: Path, *, overwrite: bool) -> Iterator[Proofs]:
    """Give what notes the proofs of an export, and write them if the block succeeds.

    Args:
        log: An open log.
        redaction: What is left out of its entries.
        path: The export.
        overwrite: Replace proofs that are there.

    Raises:
        UsageError: The log has no checkpoint, or what is noted is later than the latest.
        OutputExists: The proofs are there and ``overwrite`` is false.
        OutputUnwritable: The folder does not exist or cannot be written.
    """
    target, program = proofs_path(path), path.with_name(CHECKER)
    same = program.is_file() and program.read_bytes() == checker()
    with (
        whole_file(target, overwrite=overwrite) as part,
        whole_file(program, overwrite=overwrite or same) as program_part,
        closing(Proofs(log, redaction, target, program)) as proofs,
    ):
        yield proofs
        proofs.write(part, program_part)


def _shown_parts(
    parts: Mapping[str, LeafPart], logged: Sighting | Movement, redacted: Sighting | Movement
) -> dict[str, Any]:
    """Return the parts of an entry that are shown, and what stands for the others."""
    hidden = {PRIVATE}
    was, now = vars(logged), vars(redacted)
    for member in PART_OF.keys() & was.keys():
        if was[member] != now[member]:
            hidden.add(PART_OF[member])
    shown = [(name, part) for name, part in parts.items() if name not in hidden]
    return {
        "shown": {name: part.text for name, part in shown},
        "salts": {name: _text(part.salt) for name, part in shown},
        "hidden": {name: _text(part.commitment) for name, part in parts.items() if name in hidden},
    }


def _uncovered(log: Log) -> UsageError:
    return UsageError(f"{log.name}: no checkpoint covers all of it; add one: `hardstand log checkpoint`")


def _text(data: bytes) -> str:
    return b2a_base64(data, newline=False).decode("ascii")
