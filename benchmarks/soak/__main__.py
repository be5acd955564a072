"""Hours of work in minutes, with everything going wrong: nothing may be lost, nothing doubled.

    make soak
    .venv/bin/python -m benchmarks.soak --minutes 30 --seed 1

Scenes are searched, pushed, reviewed and pulled; sightings are added, imported, exported and verified, in a
log of SQLite and one of PostgreSQL. Most commands are killed at a moment that is drawn (SIGKILL, SIGTERM,
SIGINT), some meet a full disk; PostgreSQL is killed and started again, Label Studio too; a server of images
stalls; the clock jumps by days (where libfaketime is installed). Push is killed at least as often as is asked
for. Whatever was interrupted is repeated, as a user would. At the end everything is repeated once without
faults, and counted against what was meant to be there.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import Any

import cv2

from annotate.labelstudio.client import connect
from annotate.log.store import open_log
from benchmarks.soak.commands import SIGNALS, UNDISTURBED, Fault, Run, Runner, drawn_fault, name_of
from benchmarks.soak.reckoning import Reckoning, copies_of, proposed
from benchmarks.soak.servers import LabelStudio, PostgreSQL, stalling_server
from imagery.synthetic import render_airfield

PROJECT, ANALYST = "Soak", "ana"
ENDS_WITHIN_S = 60.0  # of being told to, on a machine that does much else; a test holds the two seconds
FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)


class Soak:
    """The work, the faults, and what was meant to be in the logs."""

    def __init__(self, folder: Path, random: Random, postgres: PostgreSQL, review: LabelStudio) -> None:
        self.folder, self._random = folder, random
        self._postgres, self._review = postgres, review
        self.runner = Runner(folder)
        self.logs = (str(folder / "log.db"), postgres.url)
        self.reckoning = Reckoning()
        self.done: Counter[str] = Counter()
        os.environ["HARDSTAND_ANALYST"] = ANALYST
        os.environ["HARDSTAND_CHIPS"] = str(folder / "postgres.chips")
        self._candidates = folder / "candidates"
        self._candidates.mkdir()
        self._scenes = copies_of(self._rendered(), folder / "scenes", 3)
        self._exported = self._other_log()
        self._detect(UNDISTURBED)
        for log in self.logs:
            self._run("log", "add", *self.reckoning.statement(log), "--log", log)
            self.reckoning.has_to_be_in(log)

    def _rendered(self) -> Path:
        path = self.folder / "rendered.tif"
        render_airfield(path)
        return path

    def _other_log(self) -> Path:
        """Return an export of another log, to be imported."""
        other, exported = self.folder / "other.db", self.folder / "other.csv"
        for _ in range(8):
            self._run("log", "add", *self.reckoning.statement("elsewhere"), "--log", other)
        self._run("log", "export", "--log", other, "-o", exported)
        return exported

    def _run(self, *arguments: object, fault: Fault = UNDISTURBED) -> Run:
        """Run a command; without a fault it has to succeed.

        Raises:
            SystemExit: It does not.
        """
        run = self.runner.run(*arguments, fault=fault)
        self.done[name_of(list(map(str, arguments)))] += 1
        words = " ".join(map(str, arguments))
        if fault == UNDISTURBED and run.code != 0:
            raise SystemExit(f"{words}: exit code {run.code}: {run.message}")
        if "unexpected" in run.message or "Traceback" in run.message:
            self.reckoning.problems.append(f"{words} ({fault}): {run.message}")
        return run

    def step(self) -> None:
        """Do one piece of work, with what happens to it."""
        work = (
            *(self._push,) * 14,
            *(self._pull,) * 4,
            *(self._add,) * 4,
            *(self._import, self._export, self._verify, self._detect, self._answer, self._clock),
            *((self._restart,) if self._random.random() < 0.3 else ()),
            *((self._stall,) if self._random.random() < 0.3 else ()),
        )
        self._random.choice(work)(drawn_fault(self._random))

    def _log(self) -> str:
        return self._random.choice(self.logs)

    def _detect(self, fault: Fault) -> None:
        overwrite = ("--overwrite",) if fault != UNDISTURBED else ()
        options = ("--detector", "contour", "--airfield", "GABS", "--acquired", "2023-10-27")
        scenes = self._scenes if fault == UNDISTURBED else [self._random.choice(self._scenes)]
        self._run("detect", *scenes, "-o", self._candidates, *options, *overwrite, fault=fault)

    def _push(self, fault: Fault) -> None:
        if fault.signal is None and self._random.random() < 0.7:
            fault = Fault(signal=self._random.choice(SIGNALS), share=self._random.random())
        self._run("review", "push", self._candidates, "--project", PROJECT, "--log", self._log(), fault=fault)

    def _answer(self, _fault: Fault) -> None:
        """Accept, change or delete what an analyst could, in the tasks that are there."""
        with connect() as server:
            sdk: Any = server.sdk
            projects = [project for project in sdk.projects.list() if project.title == PROJECT]
            if not projects:
                return
            tasks = list(sdk.tasks.list(project=projects[0].id, fields="all"))
            for task in self._random.sample(tasks, min(4, len(tasks))):
                regions = task.predictions[0].result
                if task.annotations and self._random.random() < 0.3:
                    sdk.annotations.delete(id=task.annotations[0]["id"])
                elif task.annotations:
                    sdk.annotations.update(id=task.annotations[0]["id"], result=regions[1:] or regions)
                else:
                    sdk.annotations.create(
                        id=task.id, result=regions, parent_prediction=task.predictions[0].id, lead_time=3.0
                    )
        self.done["answer"] += 1

    def _pull(self, fault: Fault) -> None:
        self._run("review", "pull", "--project", PROJECT, "--log", self._log(), fault=fault)

    def _add(self, fault: Fault) -> None:
        log = self._log()
        statement = self.reckoning.statement(log)
        run = self._run("log", "add", *statement, "--log", log, fault=fault)
        if run.code == 0:
            self.reckoning.has_to_be_in(log)

    def _import(self, fault: Fault) -> None:
        self._run("log", "import", self._exported, "--log", self._log(), fault=fault)

    def _export(self, fault: Fault) -> None:
        target = self.folder / "exports.geojson"
        self._run("log", "export", "--log", self._log(), "-o", target, "--overwrite", fault=fault)
        if target.exists():
            json.loads(target.read_text())

    def _verify(self, fault: Fault) -> None:
        log = self._log()
        run = self._run("log", "verify", "--log", log, fault=fault)
        if not run.struck and fault.most_bytes is None and run.code != 0:
            self.reckoning.problems.append(f"verify {log}: {run.message}")
        with open_log(log) as opened:
            self.reckoning.heads[log] = opened.head().hash

    def _restart(self, _fault: Fault) -> None:
        """Kill a server while a command works with it."""
        if self._random.random() < 0.5:
            self._postgres.kill()
            self._run("log", "list", "--log", self.logs[1], fault=Fault(share=1.0))
            self._postgres.start()
            self.done["PostgreSQL killed"] += 1
        else:
            self._review.stop()
            self._run("review", "pull", "--project", PROJECT, "--log", self._log(), fault=Fault(share=1.0))
            self._review.start()
            self.done["Label Studio restarted"] += 1

    def _stall(self, fault: Fault) -> None:
        """Search an image on a server that stops in its middle, until it is told to end."""
        content = self._scenes[0].read_bytes()
        with stalling_server(content, self._random.randrange(len(content))) as address:
            command = [sys.executable, "-c", "from hardstand import main; main()", "info", address]
            process = subprocess.Popen(  # noqa: S603 -- hardstand itself
                command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            time.sleep(self._random.uniform(1, 20))
            process.send_signal(fault.signal or SIGNALS[-1])
            start = time.monotonic()
            try:
                process.wait(ENDS_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                self.reckoning.problems.append(f"info {address}: did not end when it was told to")
            self.done["stalled"] += 1
            self.reckoning.slowest_end_s = max(self.reckoning.slowest_end_s, time.monotonic() - start)

    def _clock(self, _fault: Fault) -> None:
        """Pull and add while the clock is days off."""
        if FAKETIME is None:
            return
        log = self._log()
        jump = self._random.choice(("-40d", "-3h", "+1d", "+400d"))
        environment = {
            **os.environ,
            "LD_PRELOAD": str(FAKETIME),
            "FAKETIME": jump,
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        main = [sys.executable, "-c", "from hardstand import main; main()"]
        statement = self.reckoning.statement(log)
        for command in (["review", "pull", "--project", PROJECT], ["log", "add", *statement]):
            result = subprocess.run(  # noqa: S603 -- hardstand itself
                [*main, *command, "--log", log], env=environment, capture_output=True, text=True, check=False
            )
            if result.returncode == 0 and command[0] == "log":
                self.reckoning.has_to_be_in(log)
            elif result.returncode and "unexpected" in result.stderr:
                self.reckoning.problems.append(f"{' '.join(command)} at {jump}: {result.stderr.strip()}")
        self.done["clock jumped"] += 1

    def end(self) -> None:
        """Do everything once more without faults, and count."""
        for log in self.logs:
            self.reckoning.count_what_succeeded(log)
        self._detect(UNDISTURBED)
        self._run("review", "push", self._candidates, "--project", PROJECT, "--log", self.logs[0])
        undisturbed = str(self.folder / "undisturbed.db")
        with open_log(undisturbed, create=True):
            pass
        for log in (*self.logs, undisturbed):
            self._run("review", "pull", "--project", PROJECT, "--log", log)
        for log in self.logs:
            for statement in self.reckoning.statements(log):
                self._run("log", "add", *statement, "--log", log)
            self._run("log", "import", self._exported, "--log", log)
            head = self.reckoning.heads.get(log)
            self._run("log", "verify", *(("--head", head) if head else ()), "--log", log)
            self.reckoning.count(log, undisturbed)
        self._export(UNDISTURBED)  # which removes what killed ones left
        with connect() as server:
            self.reckoning.count_proposals(proposed(server, PROJECT), self._candidates)
        self.reckoning.look_for_parts(self.folder)


def main() -> None:
    """Soak, and say what came of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=100, help="how often push is killed, at least")
    parser.add_argument("--prepared", type=Path, help="folder of a Label Studio to copy")
    options = parser.parse_args()
    cv2.setNumThreads(1)  # a process that is copied has no threads
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))  # so that the servers are stopped
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background, by commands too
    random = Random(options.seed)  # noqa: S311 -- which is to be repeated
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hardstand-soak-")))
        sockets = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hs-")))
        os.environ |= {"XDG_STATE_HOME": f"{home}/state", "XDG_DATA_HOME": f"{home}/data"}
        postgres = PostgreSQL(sockets)
        stack.callback(postgres.kill)
        review = LabelStudio(home / "review", options.prepared)
        stack.callback(review.stop)
        soak = Soak(home, random, postgres, review)
        end = time.monotonic() + 60 * options.minutes
        while time.monotonic() < end or sum(soak.runner.kills.get("review push", [])) < options.kills:
            soak.step()
        soak.end()
    for name, tenths in sorted(soak.runner.kills.items()):
        print(f"{name}: killed {sum(tenths)} times; by tenths of its way {' '.join(map(str, tenths))}")
    print(", ".join(f"{name} {count}" for name, count in sorted(soak.done.items())))
    print(soak.reckoning)
    sys.exit(1 if soak.reckoning.problems else 0)


if __name__ == "__main__":
    main()
