"""Checking that what entries name of each other is there, each identifier once, and their times in order."""

from __future__ import annotations

from typing import Any

from annotate.log.reading import SHORTEST_PREFIX, LoggedEntry

NAMED_AT_MOST = 5  # warnings of one kind


class KnownEntries:
    """The entries up to one, as later entries and the readers of the log must find them.

    Attributes:
        latest_about: Number of the latest entry by kind and subject.
        latest_stating: Number of the latest verdict by statement.
        verdicts: Numbers of all verdicts.
        backwards: Where an entry was logged before the one before it, in words; the first few.
    """

    def __init__(self) -> None:
        self.latest_about: dict[tuple[str, str], int] = {}
        self.latest_stating: dict[str, int] = {}
        self.verdicts: list[int] = []
        self.backwards: list[str] = []
        self._kinds: dict[str, str] = {}
        self._logged = ""

    def problem_of(self, entry: LoggedEntry, payload: dict[str, Any]) -> str | None:
        """Return what is wrong with what an entry says of others, or None."""
        if entry.id in self._kinds:
            return "another entry before it has its id"
        if (verdict := payload.get("verdict_id")) is not None and self._kinds.get(verdict) != "verdict":
            return f"it rests on the verdict {verdict}, which is not in the log before it"
        settled = (payload.get("settled") or {}).get("verdicts", [])
        for named in (payload.get("supersedes"), *settled, *payload.get("rests_on", ())):
            if named is not None and not self._is_there(named):
                return f"it names the entry {named}, which is not in the log before it"
        return None

    def add(self, entry: LoggedEntry, payload: dict[str, Any]) -> None:
        """Take up an entry that is sound."""
        self._kinds[entry.id] = entry.kind
        self.latest_about[entry.kind, entry.subject] = entry.seq
        if entry.kind == "verdict":
            self.verdicts.append(entry.seq)
            if entry.statement is not None:
                self.latest_stating[entry.statement] = entry.seq
        logged = payload["logged"]
        if logged < self._logged and len(self.backwards) < NAMED_AT_MOST:
            self.backwards.append(
                f"entry {entry.seq} was logged at {logged}, and the one before it at {self._logged}: a clock "
                "was wrong"
            )
        self._logged = logged

    def _is_there(self, named: str) -> bool:
        if named in self._kinds:
            return True
        # What a movement rests on may be named by the beginning of an identifier.
        return len(named) >= SHORTEST_PREFIX and any(id.startswith(named) for id in self._kinds)
