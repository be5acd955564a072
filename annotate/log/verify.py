"""Checking that the log is what was written: recomputed from the first entry to the last, never remembered.

A chain shows every change within it. That its end was cut off, or written anew, shows only against a head
that was published before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, cast

from annotate.log.chain import EMPTY, Head, chained_hash, is_hash, origin_id, parse_canonical
from annotate.log.checkpoints import Checkpoint, wrong_root
from annotate.log.chips import NoChip, logged_chip
from annotate.log.database import Database
from annotate.log.entries import ENTRY_CLASSES, annotation_key, statement_key
from annotate.log.keys import KeyStatement
from annotate.log.leaves import Trees
from annotate.log.payload import UnreadableEntry
from annotate.log.reading import LoggedEntry
from annotate.log.signatures import Signatures
from annotate.log.stamps import Stamp, Stamps
from annotate.log.verify_database import check_database
from annotate.log.verify_references import KnownEntries
from imagery.errors import HardstandError, UsageError
from imagery.opening import archive_of, is_remote
from imagery.scene import open_scene


class Failure(NamedTuple):
    """The first entry that fails.

    Attributes:
        seq: Its number.
        id: Its identifier.
        why: What is wrong with it.
    """

    seq: int
    id: str
    why: str


class NamedScene(NamedTuple):
    """A scene that the log names.

    Attributes:
        path: As it was given when it was searched.
        sha256: What its files must hash to.
        covers: ``files``, or ``pixels read`` where it was read over a network.
        opened_with: See `imagery.record.SceneRecord`.
        seq: Number of the first entry that names it.
        id: The identifier of that entry.
    """

    path: str
    sha256: str
    covers: str
    opened_with: dict[str, str | float]
    seq: int
    id: str


@dataclass
class Verified:
    """The result of recomputing a log.

    Attributes:
        head: The last entry that is sound.
        failure: The first that is not; None where all are.
        database_problem: Why readers of the database may see something else than the chain; None where
            nothing says so, or it was not checked.
        warnings: What is strange and proves nothing: entries logged backwards in time, files beside a chip,
            tables of others.
        known: The entries up to the head.
        signatures: Who signed them.
        checkpoint: Number of the last checkpoint up to the head; 0 without one.
        stamps: When authorities say that checkpoints were there.
        scenes: The scenes that the log names, in the order of the first entries that do.
        chips_unchecked: Number of entries whose chips were not checked, as no folder of chips is known.
        published: The hash that the log was held against, or None.
        published_seq: Number of the entry that has it; None where none has.
    """

    head: Head = EMPTY
    failure: Failure | None = None
    database_problem: str | None = None
    warnings: list[str] = field(default_factory=list)
    known: KnownEntries = field(default_factory=KnownEntries)
    signatures: Signatures = field(default_factory=Signatures)
    checkpoint: int = 0
    stamps: Stamps = field(default_factory=Stamps)
    scenes: list[NamedScene] = field(default_factory=list)
    chips_unchecked: int = 0
    published: str | None = None
    published_seq: int | None = None

    @property
    def problem(self) -> str | None:
        """The reason why the log is not what was written, in words; None where it is."""
        if self.failure is not None:
            return f"entry {self.failure.seq} ({self.failure.id}): {self.failure.why}"
        if self.published is not None and self.published_seq is None:
            return (
                f"no entry has the published hash {self.published}: entries were removed from its end, or "
                "the end was rewritten, or this is another log"
            )
        return self.database_problem

    @property
    def local_scenes(self) -> list[NamedScene]:
        """The scenes whose files can be hashed anew; what was read over a network has none."""
        return [scene for scene in self.scenes if scene.covers == "files" and not is_remote(scene.path)]

    @property
    def missing_scenes(self) -> list[NamedScene]:
        """The local scenes that are not where they were; a relative path counts from the current folder."""
        return [scene for scene in self.local_scenes if not _exists(scene)]

    def check_database(self, database: Database) -> None:
        """Check that readers of the database see the entries up to the head, and that it is as it was made.

        Raises:
            LogError: The database fails.
        """
        findings = check_database(database, self.known, self.head.seq)
        self.database_problem = findings.problem
        self.warnings += findings.warnings

    def check_scenes(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Hash the files of every local scene anew, up to the first that is not what it was: a `failure`.

        Args:
            progress: Called with the number of scenes that were hashed and their total.
        """
        scenes = self.local_scenes
        for done, scene in enumerate(scenes, start=1):
            why = _change_of(scene)
            if why is not None:
                self.failure = Failure(scene.seq, scene.id, why)
                return
            if progress is not None:
                progress(done, len(scenes))


def verify_entries(
    entries: Iterable[LoggedEntry],
    chips: Path | None,
    published: str | None = None,
    *,
    last_checkpoint: int | None = None,
) -> Verified:
    """Recompute the chain, hold each entry against its text and its chips, and stop at the first that fails.

    Args:
        entries: All of the log's, in order.
        chips: The folder of chips; None where it is not known.
        published: A hash that was the head once.
        last_checkpoint: Number of the last checkpoint, 0 without one: later entries need no leaf in its
            trees. None where it is not known.

    Raises:
        UsageError: ``published`` is not a hash.
    """
    if published is not None and not is_hash(published):
        raise UsageError(f"`published`: '{published}' is not a hash; give all of its 64 digits")
    verified = Verified(published=published, published_seq=0 if published == EMPTY.hash else None)
    chip_files = _ChipFiles(chips)
    scenes: dict[tuple[str, str], NamedScene] = {}
    trees = Trees()
    for entry in entries:
        why = _broken_link(entry, verified.head)
        if why is None:
            try:
                payload = parse_canonical(entry.payload)
                why = _wrong_column(entry, payload) or verified.known.problem_of(entry, payload)
                why = why or chip_files.problem_of(payload)
                if why is None:
                    ENTRY_CLASSES[entry.kind].members_of(payload)  # as readers do
                    why = verified.signatures.problem_of(entry, payload)
                if why is None and entry.kind == Checkpoint.kind:
                    why, verified.checkpoint = wrong_root(payload, trees), entry.seq
                why = why or verified.stamps.problem_of(entry.seq, payload)
                if last_checkpoint is None or entry.seq < last_checkpoint:
                    trees.append(entry)
                _note_scene(scenes, payload, entry)
                verified.known.add(entry, payload)
            except UnreadableEntry as reason:
                why = f"its payload is not what hardstand writes ({reason.reason})"
            except (ValueError, KeyError, TypeError, AttributeError) as reason:
                why = f"its payload is not what hardstand writes ({reason})"
        if why is not None:
            verified.failure = Failure(entry.seq, entry.id, why)
            break
        if entry.seq == 1:
            verified.signatures.note_first(entry.hash)
        verified.head = Head(entry.seq, entry.hash)
        if published is not None and entry.hash == published.lower():
            verified.published_seq = entry.seq
    verified.scenes, verified.chips_unchecked = list(scenes.values()), chip_files.unchecked
    verified.warnings = [
        *verified.known.backwards,
        *verified.signatures.keys.doubts,
        *verified.stamps.doubts,
        *chip_files.files_beside(),
    ]
    return verified


def _broken_link(entry: LoggedEntry, head: Head) -> str | None:
    """Return why an entry does not follow from the one before, or None."""
    if entry.seq > head.seq + 1:
        missing = "entry" if entry.seq == head.seq + 2 else f"entries {head.seq + 1} to"
        return f"{missing} {entry.seq - 1} before it {'is' if missing == 'entry' else 'are'} missing"
    if entry.seq != head.seq + 1:
        return "it stands before the first entry"
    if entry.previous_hash != head.hash:
        return f"it does not follow entry {head.seq}" if head.seq else "it is not the log's first"
    if entry.hash != chained_hash(entry.previous_hash, entry.payload):
        return "its text or its hash was changed"
    return None


def _wrong_column(entry: LoggedEntry, payload: dict[str, Any]) -> str | None:
    """Return which columns beside the payload do not say what the payload says, or None."""
    kind = payload["kind"]
    statement, scene = None, None
    if kind == "verdict":
        annotation = annotation_key(payload["annotation_id"], payload["annotation_created"])
        statement = statement_key(annotation, payload["region_id"])
        scene = payload["scene"]["sha256"]
    elif kind == "sighting":
        scene = payload["scene_sha256"]
    elif kind == "scene":
        scene = payload["scene"]["sha256"]
    elif kind not in ("movement", KeyStatement.kind, Checkpoint.kind, Stamp.kind):
        return f"its kind '{kind}' is not known to this release"
    expected = (payload["id"], kind, payload["id"], payload["subject"], statement, scene)
    columns = (entry.id, entry.kind, origin_id(entry.origin), entry.subject, entry.statement, entry.scene)
    if expected == columns:
        return None
    names = ("id", "kind", "origin", "subject", "statement", "scene")
    wrong = [name for name, *values in zip(names, expected, columns, strict=True) if values[0] != values[1]]
    return f"its {' and '.join(wrong)} beside the payload was changed"


class _ChipFiles:
    """The chips beside a log.

    Attributes:
        unchecked: Entries whose chips could not be looked at.
    """

    def __init__(self, folder: Path | None) -> None:
        """Take the folder they are in; None where it is not known."""
        self.unchecked = 0
        self._folder = folder
        self._sound: set[tuple[str, str]] = set()  # an amended sighting keeps its chips

    def problem_of(self, payload: dict[str, Any]) -> str | None:
        """Return which of an entry's chips is not what it was, and how; None where they are sound."""
        if payload.get("chip") is None:
            return None
        if self._folder is None:
            self.unchecked += 1
            return None
        for member in ("chip", "surroundings"):
            name, sha256 = payload[member], payload[f"{member}_sha256"]
            if (name, sha256) in self._sound:
                continue
            chip = logged_chip(self._folder, name, sha256)
            if isinstance(chip, NoChip):
                return f"its chip {name}: {chip.why}"
            self._sound.add((name, sha256))
        return None

    def files_beside(self) -> list[str]:
        """Tell which files a GIS would take for part of a chip; the chip's hash does not cover them."""
        if self._folder is None or not self._folder.is_dir():
            return []
        chips = {Path(name).stem: name for name, _ in self._sound}
        told = []
        for file in sorted(entry.name for entry in self._folder.iterdir()):
            chip = chips.get(file.partition(".")[0])
            if chip is not None and file not in (chip, Path(chip).with_suffix(".pgw").name):
                told.append(
                    f"{file} beside the chip {chip} is not hardstand's: a GIS may take it into account"
                )
        return told


def _note_scene(
    scenes: dict[tuple[str, str], NamedScene], payload: dict[str, Any], entry: LoggedEntry
) -> None:
    """Add the scene that an entry rests on by itself, if it is the first; a sighting's verdict names its."""
    if "scene" in payload:
        scene = payload["scene"]
        path, sha256, how = scene["path"], scene["sha256"], scene
    elif payload.get("verdict_id") is None:
        path, sha256, how = payload.get("scene_path"), payload.get("scene_sha256"), {}
    else:
        return
    if path is not None and sha256 is not None and (path, sha256) not in scenes:
        covers, opened_with = how.get("sha256_covers", "files"), how.get("opened_with", {})
        if not isinstance(path, str):
            raise TypeError("the path of its scene is not a text")
        scenes[path, sha256] = NamedScene(path, sha256, covers, opened_with, entry.seq, entry.id)


def _exists(scene: NamedScene) -> bool:
    return Path(archive_of(scene.path)).exists()


def _change_of(scene: NamedScene) -> str | None:
    """Return why a scene is not what the log says, its files hashed anew; None where it is."""
    if not _exists(scene):
        return f"its scene {scene.path} is not there; run this where it is, or put it back"
    try:
        with open_scene(scene.path, **cast(Any, scene.opened_with)) as opened:
            sha256 = opened.files_sha256
    except (HardstandError, TypeError) as reason:  # a stranger's log may name options that there are not
        return f"its scene cannot be opened: {reason}"
    if sha256 != scene.sha256:
        return (
            f"its scene {scene.path}, or a file beside it that says where it lies, was changed: its SHA-256 "
            f"is {sha256} and was {scene.sha256}"
        )
    return None
