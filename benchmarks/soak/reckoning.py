"""What was meant to be in the logs and on the server, held against what is there."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import rasterio
from rasterio.windows import Window

from annotate.intake.importing import origin_of
from annotate.labelstudio.connection import Connection
from annotate.log.store import open_log
from detect.archive import candidates_files
from detect.candidate import read_candidates

SIDE = 800


class Reckoning:
    """What was stated, and what is missing or there twice.

    Attributes:
        problems: In words; none where all is as it was meant.
        lost: How many entries or tasks.
        doubled: How many.
        entries: How many the logs have in all.
        heads: Of each log, one that it had once.
        slowest_end_s: The longest that a command took to end after it was told to.
    """

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.lost = self.doubled = self.entries = 0
        self.heads: dict[str, str] = {}
        self.slowest_end_s = 0.0
        self._stated: dict[str, list[str]] = {}
        self._succeeded: dict[str, set[str]] = {}

    def __str__(self) -> str:
        lines = [
            f"{self.entries} entries, {self.lost} lost, {self.doubled} doubled, {len(self.problems)} problems"
        ]
        lines.append(f"a stalled command ended {self.slowest_end_s:.1f} s after it was told to, at most")
        return "\n".join([*lines, *self.problems])

    def statement(self, log: str) -> list[str]:
        """Return the options of a statement that no other makes, to be added to a log."""
        stated = self._stated.setdefault(log, [])
        source = f"photograph {len(stated) + 1} in {Path(log).name}"
        stated.append(source)
        return _options(source)

    def statements(self, log: str) -> list[list[str]]:
        """Return the options of all statements that were to be added to a log."""
        return [_options(source) for source in self._stated.get(log, [])]

    def has_to_be_in(self, log: str) -> None:
        """Note that a log said of the last statement that it has it."""
        self._succeeded.setdefault(log, set()).add(self._stated[log][-1])

    def count_what_succeeded(self, log: str) -> None:
        """Count what a log said that it has, before anything is repeated."""
        with open_log(log) as opened:
            sightings = opened.sightings(withdrawn=True)
            sources = Counter(sighting.source for sighting in sightings if sighting.source)
        self._differ(
            f"{log}: sightings reported as added", sorted(self._succeeded[log]), sources, known_only=True
        )

    def count(self, log: str, undisturbed: str) -> None:
        """Count the entries of a log against what was stated, and against a log that nothing happened to."""
        with open_log(log) as opened, open_log(undisturbed) as other:
            sightings = list(opened.sightings(withdrawn=True))
            self.entries += opened.head().seq
            sources = Counter(sighting.source for sighting in sightings if sighting.source)
            self._differ(f"{log}: sightings added", self._stated.get(log, []), sources, known_only=True)
            imported = Counter(origin_of(s) for s in sightings if origin_of(s) != s.id)
            self.doubled += sum(count - 1 for count in imported.values())
            said = Counter(v.statement for v in opened.current_verdicts() if v.withdrawn is None)
            wanted = [v.statement for v in other.current_verdicts() if v.withdrawn is None]
            self._differ(f"{log}: verdicts", wanted, said)
            seen = Counter(s.candidate for s in opened.sightings() if s.candidate)
            self._differ(f"{log}: aircraft", [s.candidate for s in other.sightings() if s.candidate], seen)

    def count_proposals(self, there: list[str], candidates: Path) -> None:
        """Count the candidates on the server against those that were pushed."""
        wanted = [
            c.id for path in candidates_files([str(candidates)]) for c in read_candidates(path).candidates
        ]
        self._differ("candidates on the server", wanted, Counter(there))

    def look_for_parts(self, folder: Path) -> None:
        """Note temporary files that are left."""
        self.problems += [f"{path} is left" for path in folder.rglob("*.part*") if "review" not in path.parts]

    def _differ(self, what: str, wanted: list[Any], there: Counter[Any], *, known_only: bool = False) -> None:
        lost = [name for name in dict.fromkeys(wanted) if not there[name]]
        strange = [] if known_only else [name for name in there if name not in set(wanted)]
        doubled = [name for name in there if there[name] > 1]
        self.lost += len(lost)
        self.doubled += len(doubled)
        for words, names in (("lost", lost), ("doubled", doubled), ("not meant to be there", strange)):
            if names:
                self.problems.append(f"{what}: {len(names)} {words}, such as {names[0]}")


def _options(source: str) -> list[str]:
    return ["--airfield", "GABS", "--when", "2023-10-27", "--source", source]


def proposed(server: Connection, project: str) -> list[str]:
    """Return the identifiers of all candidates that a project proposes."""
    sdk: Any = server.sdk
    (number,) = (each.id for each in sdk.projects.list() if each.title == project)
    tasks = sdk.tasks.list(project=number, fields="all")
    return [region["id"] for task in tasks for region in task.predictions[0].result]


def copies_of(scene: Path, folder: Path, count: int) -> list[Path]:
    """Cut the middle out of a scene, each time another to its hash."""
    folder.mkdir()
    copies = [folder / f"scene{number}.tif" for number in range(count)]
    with rasterio.open(scene) as source:
        window = Window(source.width // 2 - SIDE // 2, source.height // 2 - SIDE // 2, SIDE, SIDE)
        profile = {
            **source.profile,
            "width": SIDE,
            "height": SIDE,
            "transform": source.window_transform(window),
        }
        for path in copies:
            with rasterio.open(path, "w", **profile) as file:
                file.write(source.read(window=window))
                file.update_tags(**source.tags(), NAME=path.stem)
    return copies
