"""``hardstand log verify`` and ``head``: check that the log is what was written."""

from __future__ import annotations

from collections.abc import Iterator

import click

from annotate.cli.options import log_option
from annotate.cli.output import warn
from annotate.log.database import LogError
from annotate.log.stamps import fingerprint
from annotate.log.store import open_log
from annotate.log.verify import Verified
from imagery.cli.messages import say
from imagery.cli.progress import progress
from imagery.words import counted

WARNED_AT_MOST = 10
MISSING_NAMED = 5  # a log may name thousands


@click.command()
@click.option(
    "--head",
    "published",
    metavar="HASH",
    help="A hash that `log head` printed earlier; it must be in the log.",
)
@click.option(
    "--scenes",
    "with_scenes",
    is_flag=True,
    help="Hash the files of every scene in the log again, which reads them completely.",
)
@log_option
def verify(published: str | None, with_scenes: bool, location: str) -> None:
    """Recompute the chain, and name the first entry that fails.

    Every entry's text, hash, columns and signature are checked, the chips of every sighting, and that the
    database shows every entry and still refuses changes. Only --head, with a hash that was
    published earlier, detects an end that was cut off or rewritten. Whose a key is, the log cannot
    show: compare the keys that are printed with those of the people you know.
    """
    with open_log(location) as log:
        name = log.name
        with progress(name, "entries") as report:
            verified = log.verify(published, progress=report)
    for strange in verified.warnings[:WARNED_AT_MOST]:
        warn(strange)
    if more := len(verified.warnings[WARNED_AT_MOST:]):
        warn(f"{counted(more, 'more warning')} of these kinds")
    _refuse(name, verified)
    if with_scenes:
        _check_scenes(name, verified)
    else:
        _warn_of_missing(verified)
    if verified.chips_unchecked:
        chips = counted(verified.chips_unchecked, "sighting")
        warn(f"chips of {chips} were not checked; name their folder: HARDSTAND_CHIPS")
    if verified.published_seq is not None:
        say(f"the published head is entry {verified.published_seq}; nothing up to it has changed", err=True)
    for line in _signers(verified):
        say(line, err=True)
    say(_covered(verified), err=True)
    for authority, stamp in verified.stamps.latest.items():
        root = fingerprint(stamp)
        say(f"{authority} stamped a checkpoint at {stamp.stamped}, root certificate {root}", err=True)
    entries = counted(verified.head.seq, "entry", "entries")
    say(f"{name}: {entries}, unchanged", err=True)
    say(verified.head.hash)


def _signers(verified: Verified) -> Iterator[str]:
    """Tell how many entries each key signed, and how many nobody did."""
    signatures = verified.signatures
    for (name, key), count in signatures.counts.items():
        yield f"{counted(count, 'entry', 'entries')} signed by {name}, key {key}"
    if signatures.counts and signatures.unsigned:
        yield f"{counted(signatures.unsigned, 'entry', 'entries')} not signed"
    elif signatures.unsigned:
        yield "no entry is signed: nothing but its words says who recorded it"


def _covered(verified: Verified) -> str:
    """Tell how many entries can be proved one by one."""
    after = verified.head.seq - verified.checkpoint
    if not verified.checkpoint:
        return "no checkpoint: single entries cannot be proved to others, see `hardstand log checkpoint`"
    if not after:
        return f"the checkpoint in entry {verified.checkpoint} covers all entries before it"
    return (
        f"the checkpoint in entry {verified.checkpoint} covers all entries before it, and "
        f"{counted(after, 'entry', 'entries')} after it {'has' if after == 1 else 'have'} none"
    )


def _refuse(name: str, verified: Verified) -> None:
    if verified.problem is not None:
        raise LogError(f"{name}: {verified.problem}")


def _check_scenes(name: str, verified: Verified) -> None:
    with progress(name, "scenes") as report:
        verified.check_scenes(report)
    _refuse(name, verified)
    local = len(verified.local_scenes)
    if remote := len(verified.scenes) - local:
        scenes = counted(remote, "scene was", "scenes were")
        warn(f"{scenes} read over a network and cannot be hashed again")
    say(f"{counted(local, 'scene')}, unchanged" if local else "no scene files to check", err=True)


def _warn_of_missing(verified: Verified) -> None:
    missing = verified.missing_scenes
    for scene in missing[:MISSING_NAMED]:
        warn(f"scene {scene.path} was not found; entry {scene.seq} is the first that names it")
    if len(missing) > MISSING_NAMED:
        others = counted(len(missing) - MISSING_NAMED, "more scene was", "more scenes were")
        warn(f"{others} not found; relative paths count from the current folder")


@click.command()
@click.argument("path", metavar="FILE.zip")
def check(path: str) -> None:
    """Check a bundle of this or another log.

    Its list of files, the proof and the signature of each entry, its pictures and its stamps are checked.
    Whose keys and root these are, it cannot show: compare what is printed with what you know from elsewhere.
    """
    from annotate.bundle.checking import check_bundle

    checked = check_bundle(path)
    for problem in checked.problems:
        say(f"{path}: {problem}", err=True)
    if checked.problems:
        raise LogError(f"{path}: {counted(len(checked.problems), 'problem')}; do not rely on it")
    for (name, key), count in checked.signatures.counts.items():
        say(f"{counted(count, 'entry', 'entries')} signed by {name}, key {key}", err=True)
    for stamp in checked.stamps:
        say(
            f"{stamp.authority} stamped it at {stamp.stamped}, root certificate {fingerprint(stamp)}",
            err=True,
        )
    say(f"{path}: {counted(checked.entries, 'entry', 'entries')}, unchanged", err=True)
    say(checked.root)


@click.command()
@log_option
def head(location: str) -> None:
    """Print the hash of the latest entry.

    Publish it where you cannot change it later. Anyone who has it can check with `log verify --head HASH`
    that nothing up to it has changed. Nothing else shows that the end of a log was cut off or
    rewritten.
    """
    with open_log(location) as log:
        latest, name = log.head(), log.name
    say(f"{name}: entry {latest.seq}" if latest.seq else f"{name}: no entries", err=True)
    say(latest.hash)
