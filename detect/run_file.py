"""The account of a run over many scenes: a file for programs, a table for people."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from detect.archive import ScanResult
from imagery.files import whole_file
from imagery.opening import without_key
from imagery.secrets import without_secrets

RUN_SCHEMA = 1
State = Literal["done", "kept", "failed"]
STATES: tuple[State, ...] = ("done", "kept", "failed")


def state_of(result: ScanResult) -> State:
    """Return what became of a scene: searched now, searched before by the same detector, or failed."""
    if result.error:
        return "failed"
    return "kept" if result.kept else "done"


def write_run(
    results: Sequence[ScanResult],
    folder: Path,
    *,
    shard: tuple[int, int] = (1, 1),
    seconds: float,
    scenes: int,
) -> Path:
    """Write ``run.json``, or ``run-2-of-8.json`` for a part of the scenes, in place of that of a run before.

    Args:
        results: One per scene that was looked at.
        folder: Where the candidates files are.
        shard: Which part of the scenes this run did, as for `detect.archive.scan_archive`.
        seconds: How long it took.
        scenes: How many scenes it was given; more than the results where it was interrupted.

    Raises:
        OutputUnwritable: It cannot be written.
    """
    number, parts = shard
    target = folder / ("run.json" if parts == 1 else f"run-{number}-of-{parts}.json")
    account = {
        "schema_version": RUN_SCHEMA,
        "software_version": version("hardstand"),
        "shard": None if parts == 1 else [number, parts],
        "complete": len(results) == scenes,
        "seconds": round(seconds, 3),
        "scenes": [_members(result) for result in results],
    }
    text = json.dumps(account, indent=1, ensure_ascii=False) + "\n"
    with whole_file(target, overwrite=True) as part:
        part.write_text(text, encoding="utf-8", errors="backslashreplace")
    return target


def _members(result: ScanResult) -> dict[str, Any]:
    return {
        "scene": without_secrets(without_key(result.scene)),
        "state": state_of(result),
        "seconds": round(result.seconds, 3),
        "candidates": None if result.error else result.candidates,
        "file": result.path and result.path.name,
        "error": result.error and without_secrets(str(result.error)),
        "bytes_read": result.bytes_read,
    }


def run_table(results: Sequence[ScanResult]) -> list[str]:
    """Return the lines of a table: how many scenes were done, kept and failed, and what that took."""
    lines = [f"{'':<8} {'scenes':>8} {'candidates':>12} {'seconds':>10} {'read':>12}"]
    for state in STATES:
        rows = [result for result in results if state_of(result) == state]
        candidates = sum(row.candidates for row in rows)
        read = sum(row.bytes_read or 0 for row in rows) / 1e6
        seconds = sum(row.seconds for row in rows)
        lines.append(f"{state:<8} {len(rows):>8,} {candidates:>12,} {seconds:>10,.1f} {read:>9,.1f} MB")
    return lines
