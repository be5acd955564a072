"""The bundle: entries with their proofs, pictures, stamps and keys, a report, and what checks all of it."""

from __future__ import annotations

import os
from base64 import b64decode
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from annotate.bundle.bag import PAYLOAD, Bag
from annotate.exports.proofs import CHECKER, WholeProofs, checker
from annotate.exports.redaction import Redaction
from annotate.exports.selection import Selection
from annotate.log.chips import NoChip, chip_files
from annotate.log.entries import Movement, SceneReview, Sighting
from annotate.log.keys import KeyStatement
from annotate.log.payload import payload_of
from annotate.log.reading import LoggedEntry
from annotate.log.stamps import root_of, stamped_text
from annotate.log.store import Log
from annotate.query.filters import Filter
from annotate.report.contents import report_contents
from annotate.report.page import report_html
from imagery.files import whole_file

README = "README.txt"


class BundleResult(NamedTuple):
    """What a bundle has.

    Attributes:
        path: The file.
        entries: How many.
        sightings: How many of these hold now and match.
        movements: The same of movements.
        pictures: How many chips and surroundings.
        left_out: How many more are missing, or are not the ones that were logged.
        stamps: How many the checkpoint has.
    """

    path: Path
    entries: int
    sightings: int
    movements: int
    pictures: int
    left_out: int
    stamps: int


def write_bundle(
    log: Log,
    path: str | os.PathLike[str],
    matching: Filter = Filter(),  # noqa: B008 -- which nothing can change
    *,
    overwrite: bool = False,
) -> BundleResult:
    """Write a part of a log for somebody who has nothing else, whole or not at all.

    It has the sightings and movements that match, all other entries about the same and about what they rest
    on, what the log says of their scenes and of all keys, and the latest checkpoint. Nothing is left out of
    an entry.

    Args:
        log: An open log.
        path: The file, a ZIP archive.
        matching: Which sightings and movements. By default all but withdrawn ones.
        overwrite: Replace a file that is there.

    Raises:
        UsageError: Nothing matches, or no checkpoint of the log covers what does.
        OutputExists: The file is there and ``overwrite`` is false.
        OutputUnwritable: The folder does not exist or cannot be written.
        LogError: The log cannot be read, or its latest checkpoint does not fit it.
    """
    target = Path(path)
    contents = report_contents(Selection(log, matching, Redaction()))
    page = report_html(contents, written=datetime.now(UTC))
    proofs = WholeProofs(log)
    stamps = [stamp for stamp in log.stamps() if stamp.checkpoint == proofs.checkpoint.id]
    about = {
        "Bagging-Date": f"{datetime.now(UTC):%Y-%m-%d}",
        "Bag-Software-Agent": f"hardstand {version('hardstand')}",
        "External-Description": "A part of a log of aircraft sightings, with what proves it; see README.txt",
    }
    lines, pictures, left_out = [proofs.head], set[str](), set[str]()
    with whole_file(target, overwrite=overwrite) as part, Bag(part, target.stem, about) as bag:
        for entry in _entries(log, [*contents.sightings, *contents.movements]):
            lines.append(proofs.line(entry))
            if entry.kind == KeyStatement.kind:
                _add_key(bag, entry)
            elif entry.kind == Sighting.kind:
                _add_pictures(bag, entry, log.chips, pictures, left_out)
        bag.add(f"{PAYLOAD}entries.jsonl", "".join(f"{line}\n" for line in lines).encode())
        bag.add(f"{PAYLOAD}report.html", page.encode())
        bag.add(f"{PAYLOAD}checkpoint.txt", stamped_text(proofs.checkpoint).encode())
        for stamp in stamps:
            name = f"{PAYLOAD}stamps/{stamp.id}"
            bag.add(f"{name}.tsr", b64decode(stamp.token))
            bag.add(f"{name}-root.pem", root_of(stamp).public_bytes(Encoding.PEM))
        bag.add(README, files(__package__).joinpath("readme.txt").read_bytes())
        bag.add(CHECKER, checker())
    counts = len(lines) - 1, len(contents.sightings), len(contents.movements)
    return BundleResult(target, *counts, len(pictures), len(left_out), len(stamps))


def _entries(log: Log, shown: Sequence[Sighting | Movement]) -> Iterator[LoggedEntry]:
    """Yield the entries of a bundle, in the order logged."""
    subjects, scenes, named = set[str](), set[str](), {entry.id for entry in shown}
    while named:
        entry = log.find(named.pop())
        if entry.subject not in subjects:
            subjects.add(entry.subject)
            scenes |= {entry.scene} if entry.scene else set()
            named.update(payload_of(entry.payload).get("rests_on", ()))
    for entry in log.entries():
        of_scene = entry.kind == SceneReview.kind and entry.scene in scenes
        if entry.subject in subjects or of_scene or entry.kind == KeyStatement.kind:
            yield entry


def _add_key(bag: Bag, entry: LoggedEntry) -> None:
    statement = KeyStatement.from_payload(payload_of(entry.payload))
    if statement.state == "valid":
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(statement.public_key))
        pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        bag.add(f"{PAYLOAD}keys/{statement.public_key}.pem", pem)


def _add_pictures(
    bag: Bag, entry: LoggedEntry, folder: Path | None, added: set[str], left_out: set[str]
) -> None:
    """Add the pictures of a sighting that are what was logged."""
    for file in chip_files(payload_of(entry.payload), folder):
        name = file.path.name
        if isinstance(file.chip, NoChip):
            left_out.add(name)
        elif name not in added:
            added.add(name)
            bag.add(f"{PAYLOAD}chips/{name}", file.chip.picture)
            bag.add(f"{PAYLOAD}chips/{file.path.with_suffix('.pgw').name}", file.chip.world_file)
