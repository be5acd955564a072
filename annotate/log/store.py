"""The sighting log: entries are only ever added, one chain for all."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self, cast

from sqlalchemy import select

from annotate.log import by_hand
from annotate.log.chain import Head, is_hash
from annotate.log.checkpoints import Checkpoint, add_checkpoint
from annotate.log.database import Database, LogError, database_at, entries, publishing
from annotate.log.entries import Movement, SceneReview, Sighting, Verdict
from annotate.log.held import Stated, what_holds
from annotate.log.keys import KeyStatement
from annotate.log.migrating import NoLog, bring_up_to_date
from annotate.log.payload import payload_of
from annotate.log.public_ids import PublicIds
from annotate.log.reading import (
    HASHED,
    LOGGED,
    HashedEntry,
    LoggedEntry,
    LoggedText,
    find,
    head,
    in_pages,
    payloads,
    rows_of,
)
from annotate.log.recording import (
    WITHOUT_CHIPS,
    CutChips,
    SettlingRules,
    add_chips,
    awaits_chips,
    log_review,
    record_verdicts,
    scene_of,
    settle,
)
from annotate.log.stamps import Stamp
from annotate.log.writing import Writer
from imagery.record import SceneRecord
from imagery.words import counted

if TYPE_CHECKING:
    from annotate.log.identity import Identity
    from annotate.log.verify import Verified

REPORTED_EVERY = 500  # entries

__all__ = ["Log", "LogError", "LoggedEntry", "Recorded", "open_log"]


class Matching(Protocol):
    """A condition on entries of a log; `annotate.query.filters.Filter` is one."""

    def matches(self, entry: Sighting | Movement | SceneReview, /) -> bool:
        """Check whether an entry matches."""


class Recorded(NamedTuple):
    """The entries that `Log.record` added.

    Attributes:
        verdicts: Those that were new.
        sightings: Those that they made.
    """

    verdicts: list[Verdict]
    sightings: list[Sighting]


class Log:
    """An open sighting log. Use it as a context manager.

    What is read is streamed, page by page, as the log was when the reading began. What is written is written
    in one transaction per call, or not at all, unless it says otherwise.
    """

    def __init__(self, database: Database, identity: Identity | None = None) -> None:
        """Wrap a database that holds a log; `open_log` is the way to get here."""
        self._database, self._identity = database, identity

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def __repr__(self) -> str:
        try:
            entries = counted(self.head().seq, "entry", "entries")
        except LogError:
            entries = "cannot be read"
        return f"<Log {self.name}: {entries}>"

    @property
    def name(self) -> str:
        """The location of the log for messages, without a password."""
        return self._database.name

    @property
    def chips(self) -> Path | None:
        """The folder of its chips, which need not exist: beside a file, else as HARDSTAND_CHIPS says.

        None for a database of a server where that variable is not set.
        """
        return self._database.chips

    def record(
        self,
        verdicts: Iterable[Verdict],
        *,
        min_verdicts: int = 1,
        adjudicators: Collection[str] = (),
        cut: CutChips | None = None,
    ) -> Recorded:
        """Log those verdicts that are new, and the resulting sightings of their aircraft.

        A verdict that is there already, or that repeats what the same annotation last said, adds nothing; so
        recording the same again is harmless. The aircraft it is about is looked at all the same, so that
        other rules of agreement take effect on verdicts that are known.

        Args:
            verdicts: In any number; each call is one transaction, so a batch is whole or not there.
            min_verdicts: How many analysts must have said something before there is a sighting.
            adjudicators: Analysts whose word settles, see `annotate.log.consensus`.
            cut: Cuts the chips of a new sighting, given its scene's record; called while the log is locked.

        Raises:
            LogError: The database cannot be written.
        """
        rules = SettlingRules(min_verdicts, adjudicators)
        given = list(verdicts)  # which may come from a server: the log is not locked meanwhile
        with self._database.writing() as connection:
            writer = Writer(connection, self._identity)
            new, subjects = record_verdicts(writer, given)
            settled = [settle(writer, subject, rules, cut) for subject in subjects]
        return Recorded(new, [sighting for sighting in settled if sighting])

    def add_chips(self, cut: CutChips, at_hand: Callable[[SceneRecord], bool]) -> list[Sighting]:
        """Add the chips of sightings whose scenes were not at hand when they were logged.

        Each is an entry that supersedes the one without, and differs in nothing else; each is a transaction.

        Args:
            cut: As `record` takes it; asked of every sighting that rests on a verdict and has no chips.
            at_hand: Whether there is any use in that; asked once of each scene.

        Returns:
            The new entries.

        Raises:
            LogError: The database cannot be written.
        """
        added = []
        scenes: dict[str | None, bool] = {}
        for sighting in payloads(self._database, "sighting", latest_by="subject", saying=WITHOUT_CHIPS):
            scene = sighting["scene_sha256"]
            if not awaits_chips(sighting):
                continue
            if scene not in scenes:
                with self._database.reading() as connection:
                    scenes[scene] = at_hand(scene_of(connection, sighting))
            if scenes[scene]:
                with self._database.writing() as connection:
                    added.append(add_chips(Writer(connection, self._identity), sighting["subject"], cut))
        return [entry for entry in added if entry]

    def review(self, reviews: Iterable[SceneReview]) -> int:
        """Log the progress of the review of scenes.

        Args:
            reviews: Their ``id``, ``supersedes`` and ``logged`` are filled in by the log.

        Returns:
            How many said something that the log did not hold.

        Raises:
            LogError: The database cannot be written.
        """
        with self._database.writing() as connection:
            writer = Writer(connection, self._identity)
            return sum([log_review(writer, review) for review in reviews])

    def add(self, sighting: Sighting) -> Sighting:
        """Log a sighting that rests on no verdict: one that another source reports, or that was exported.

        See `add_all`, which takes several.
        """
        return self.add_all([sighting])[0]

    def add_movement(self, movement: Movement) -> Movement:
        """Log a route; see `add_all`, which takes several."""
        return self.add_all([movement])[0]

    def add_all(self, stated: Iterable[Stated]) -> list[Stated]:
        """Log sightings and movements that rest on no verdict, in one transaction: all of them or none.

        Args:
            stated: Their ``id``, ``supersedes`` and ``logged`` are filled in by the log, except that one
                with the ``id`` of an entry that the log holds is that entry. Many are best given some
                hundreds at a time: another writer waits until a call has ended.

        Returns:
            What the log holds of each now. The same again adds nothing, even if it was amended or withdrawn;
            so what was interrupted can be done again.

        Raises:
            UsageError: One cannot be: a sighting is inferred, or ``seen`` in no image; a movement is
                ``seen``, inferred without a reason, or rests on what is not there.
            LogError: The database cannot be written.
        """
        given = list(stated)  # which may be read from a file: the log is not locked meanwhile
        with self.writing_by_hand() as writer:
            return [by_hand.add(writer, entry) for entry in given]

    def amend(
        self, id: str, changes: Mapping[str, Any], *, because: str, analyst: str
    ) -> Sighting | Movement:
        """Amend a sighting or movement by a new entry.

        What is changed stays when analysts say something new of the rest; what was disputed or withdrawn is
        confirmed by it.

        Args:
            id: Any entry about it, or the beginning of its identifier.
            changes: The new values by member, see `annotate.log.held`.
            because: Why.
            analyst: Who says so.

        Raises:
            UsageError: There is no such entry, or it cannot be changed so.
            LogError: The database cannot be written.
        """
        with self.writing_by_hand() as writer:
            return by_hand.amend(writer, id, changes, because=because, analyst=analyst)

    def withdraw(self, id: str, *, because: str, analyst: str) -> Sighting | Movement:
        """Withdraw a sighting or movement by a new entry; only `amend` restores it.

        Args:
            id: Any entry about it, or the beginning of its identifier.
            because: Why.
            analyst: Who says so.

        Raises:
            UsageError: There is no such entry, or it was withdrawn already.
            LogError: The database cannot be written.
        """
        with self.writing_by_hand() as writer:
            return by_hand.withdraw(writer, id, because=because, analyst=analyst)

    @contextmanager
    def writing_by_hand(self) -> Iterator[Writer]:
        """Begin a transaction that adds what people state themselves, or nothing."""
        with self._database.writing() as connection:
            yield Writer(connection, self._identity, authors=True)

    def sightings(self, matching: Matching | None = None, *, withdrawn: bool = False) -> Iterator[Sighting]:
        """Read the current sightings, without superseded ones, in the order logged.

        Args:
            matching: Which of them, such as a `annotate.query.filters.Filter`; it decides on those that were
                withdrawn, too. By default all but these, disputed or not.
            withdrawn: Without ``matching``: those that were withdrawn, too.
        """
        return self._holding(Sighting, matching, withdrawn)

    def movements(self, matching: Matching | None = None, *, withdrawn: bool = False) -> Iterator[Movement]:
        """Read the current routes; see `sightings`."""
        return self._holding(Movement, matching, withdrawn)

    def scenes(self, matching: Matching | None = None) -> Iterator[SceneReview]:
        """Read the progress of the review of each scene in each project.

        Args:
            matching: Which of them; by default all.
        """
        reviews = map(SceneReview.from_payload, payloads(self._database, "scene", latest_by="subject"))
        return (review for review in reviews if matching is None or matching.matches(review))

    def _holding(self, kind: type[Stated], matching: Matching | None, withdrawn: bool) -> Iterator[Stated]:
        if matching is not None:
            return (entry for _, entry in self.with_texts(kind, matching))
        read = cast(Callable[[dict[str, Any]], Stated], kind.from_payload)
        entries = map(read, payloads(self._database, kind.kind, latest_by="subject"))
        return (entry for entry in entries if withdrawn or entry.status != "withdrawn")

    def with_texts(self, kind: type[Stated], matching: Matching) -> Iterator[tuple[LoggedText, Stated]]:
        """Read the current sightings, or movements, that match, each with what the log hashes of it."""
        read = cast(Callable[[dict[str, Any]], Stated], kind.from_payload)
        for row in rows_of(self._database, kind.kind, self.head().seq, latest_by="subject"):
            entry = read(payload_of(row.payload))
            if matching.matches(entry):
                yield LoggedText(row.seq, row.payload, row.previous_hash), entry

    def keys(self) -> Iterator[KeyStatement]:
        """Read what the log says of public keys, in the order logged; `verify` checks it."""
        return map(KeyStatement.from_payload, payloads(self._database, KeyStatement.kind))

    def verdicts(self) -> Iterator[Verdict]:
        """Read every verdict ever given, in the order logged."""
        return map(Verdict.from_payload, payloads(self._database, "verdict"))

    def current_verdicts(self) -> Iterator[Verdict]:
        """Read the latest verdict of each statement, withdrawn ones too, in the order logged."""
        return map(Verdict.from_payload, payloads(self._database, "verdict", latest_by="statement"))

    def entries(self) -> Iterator[LoggedEntry]:
        """Read every entry, in the order logged."""
        return map(LoggedEntry._make, in_pages(self._database, select(*LOGGED), self.head().seq))

    def hashed(self, until: int) -> Iterator[HashedEntry]:
        """Read what the Merkle trees hash of the entries up to a number, in the order logged."""
        return map(HashedEntry._make, in_pages(self._database, HASHED, until))

    def covered(self) -> Checkpoint:
        """Return the latest checkpoint; one is added where it does not cover all entries but stamps.

        Raises:
            UsageError: The log is empty.
            LogError: The database cannot be written.
        """
        with self.writing_by_hand() as writer:
            kinds = select(entries.c.kind, entries.c.payload).where(entries.c.kind != Stamp.kind)
            latest = writer.connection.execute(kinds.order_by(entries.c.seq.desc()).limit(1)).first()
            if latest is None or latest.kind != Checkpoint.kind:
                return add_checkpoint(writer)
            return Checkpoint.from_payload(payload_of(latest.payload))

    def checkpoint(self) -> LoggedEntry | None:
        """Return the latest checkpoint; None where there is none."""
        query = select(*LOGGED).where(entries.c.kind == Checkpoint.kind).order_by(entries.c.seq.desc())
        with self._database.reading() as connection:
            row = connection.execute(query.limit(1)).first()
        return None if row is None else LoggedEntry._make(row)

    def stamps(self) -> Iterator[Stamp]:
        """Read the stamps of its checkpoints, in the order logged; `verify` checks them."""
        return map(Stamp.from_payload, payloads(self._database, Stamp.kind))

    def public_ids(self) -> PublicIds:
        """Return the identifiers of its entries as they are published.

        Raises:
            LogError: Their secret is not there, or this role may not read it.
        """
        with self._database.reading() as connection:
            secrets = connection.scalars(select(publishing.c.secret)).all()
        if len(secrets) != 1 or not is_hash(secrets[0]):
            raise LogError(f"{self.name}: has no secret to publish identifiers by; restore a backup")
        return PublicIds(bytes.fromhex(secrets[0]))

    def find(self, id: str) -> LoggedEntry:
        """Return the entry that an identifier, or the beginning of one, names.

        Raises:
            UsageError: It names none, or several.
        """
        with self._database.reading() as connection:
            return find(connection, id)

    def current(self, id: str) -> Sighting | Movement:
        """Return the current entry, even if withdrawn, for the subject of an entry.

        Args:
            id: Any entry about it, or the beginning of its identifier.

        Raises:
            UsageError: There is no such entry, or it is about neither an aircraft nor a route.
        """
        with self._database.reading() as connection:
            return what_holds(connection, id).entry

    def history(self, id: str) -> list[LoggedEntry]:
        """Read every entry about the same aircraft, route or scene as a given entry, the oldest first.

        Args:
            id: The identifier of one, or its beginning.

        Raises:
            UsageError: It names none, or several.
        """
        with self._database.reading() as connection:
            subject = find(connection, id).subject
            query = select(*LOGGED).where(entries.c.subject == subject).order_by(entries.c.seq)
            return [LoggedEntry(*row) for row in connection.execute(query)]

    def verify(
        self, published: str | None = None, *, progress: Callable[[int, int], None] | None = None
    ) -> Verified:
        """Recompute the chain, check each entry against its text and its chips, and the database as a whole.

        Args:
            published: A hash that was the head once, which must be in the log: that its end was cut off or
                rewritten shows against that alone.
            progress: Called now and then with the number of entries read and their total.

        Returns:
            What was found; its ``problem`` is None where the log is what was written.

        Raises:
            UsageError: ``published`` is not a hash.
        """
        from annotate.log.verify import verify_entries  # which opens scenes, and that is slow to import

        total, checkpoint = self.head().seq, self.checkpoint()
        verified = verify_entries(
            _reported(self.entries(), total, progress),
            self.chips,
            published,
            last_checkpoint=0 if checkpoint is None else checkpoint.seq,
        )
        if verified.failure is None:
            verified.check_database(self._database)
        return verified

    def head(self) -> Head:
        """Return the end of the chain. Once published, it shows whether anything before it was changed."""
        with self._database.reading() as connection:
            return head(connection)


def _reported(
    entries: Iterator[LoggedEntry], total: int, progress: Callable[[int, int], None] | None
) -> Iterator[LoggedEntry]:
    """Report entries as they are read: their chips take long to hash."""
    for entry in entries:
        if progress is not None and entry.seq % REPORTED_EVERY == 0:
            progress(entry.seq, total)
        yield entry


def open_log(
    location: str | os.PathLike[str], *, create: bool = False, identity: Identity | None = None
) -> Log:
    """Open a log; the schema of an older one is upgraded, its entries stay unchanged.

    Args:
        location: A file of SQLite, or a database URL of SQLAlchemy.
        create: Make a log that is not there. By default that is an error: an empty log would be a lie.
        identity: Who signs what is recorded, see `annotate.log.identity`; None leaves it unsigned.

    Raises:
        NoLog: The log does not exist, and ``create`` is false.
        UsageError: The location cannot be that of a log.
        LogError: It exists but cannot be opened, is not a log, or is that of a newer hardstand.
    """
    database = database_at(os.fspath(location))
    if not create and database.file is not None and not database.file.exists():
        raise NoLog(f"{database.file}: no such log; name another with `location`")
    try:
        bring_up_to_date(database, create=create)
    except BaseException:
        database.close()
        raise
    return Log(database, identity)
