"""By how many standard errors the sizes of one aircraft differ in two scenes, and those of two aircraft.

    .venv/bin/python benchmarks/sizes.py --work benchmarks/data

The scenes are rendered days of `benchmarks/changes.py` on seeds of their own: another season, haze, tone,
noise, offset and GSD (0.5 to 1.5 m) each day. Every aircraft that has a candidate of score 0.5 or more in a
day and in one of the next two makes a pair of one aircraft; every two aircraft of these two days whose types
differ in length or wingspan by 20 to 50 % make a pair of two. The bounds of `detect.measuring.accuracy` rest
on these figures.
"""

from __future__ import annotations

import argparse
import math
from itertools import product
from pathlib import Path

import numpy as np

from benchmarks.changes import KnownScene, rendered
from detect.candidate import Candidate
from detect.detectors import load_detector
from detect.scan import SURE_SCORE
from imagery.aircraft.types import aircraft_types

SEEDS = (150_000, 151_000, 152_000)
BOUNDS = (1.0, 2.0, 3.0, 4.0)
LEAST, MOST = 0.2, 0.5  # types that differ by less are seldom told apart, by more nearly always


def measured(scene: KnownScene) -> dict[tuple[float, float], tuple[Candidate, str]]:
    """Return the candidate and the type of each aircraft that has a sure one, by its place."""
    found: dict[tuple[float, float], tuple[Candidate, str]] = {}
    for candidate in scene.file.candidates:
        at = scene.at(scene.middle(candidate))
        if candidate.score >= SURE_SCORE and candidate.size_error_m and len(at) == 1:
            found[at[0].middle] = candidate, at[0].icao
    return found


def sigmas(one: Candidate, other: Candidate) -> float:
    """Return the larger difference of length and wingspan in standard errors."""
    if one.size_error_m is None or other.size_error_m is None:
        return math.nan
    differences = np.abs(np.subtract(one.ground[:2], other.ground[:2]))
    return float(np.max(differences / np.hypot(one.size_error_m, other.size_error_m)))


def differ_by(one: str, other: str) -> float:
    """Return by which share of the smaller one two types differ, in length or in wingspan."""
    table = aircraft_types()
    sides = [(table[icao].length_m, table[icao].wingspan_m) for icao in (one, other)]
    shares = [abs(first - second) / min(first, second) for first, second in zip(*sides, strict=True)]
    return float(max(shares))


def main() -> None:
    """Print the shares of both kinds of pairs that differ by more than each bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("benchmarks/data"))
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    arguments = parser.parse_args()
    work, detector = arguments.work / "changes", load_detector()
    work.mkdir(parents=True, exist_ok=True)
    same: list[float] = []
    other: list[float] = []
    for seed in arguments.seeds:
        for before, after in rendered(work, seed, detector):
            first, second = measured(before), measured(after)
            same += [sigmas(first[place][0], second[place][0]) for place in first.keys() & second.keys()]
            other += [
                sigmas(one, another)
                for (one, icao), (another, another_icao) in product(first.values(), second.values())
                if LEAST <= differ_by(icao, another_icao) <= MOST
            ]
        print(f"seed {seed}: {len(same)} pairs of one aircraft, {len(other)} of two", flush=True)
    print(f"| differ by more than | one aircraft ({len(same)}) | two aircraft ({len(other)}) |")
    print("| --- | --- | --- |")
    for bound in BOUNDS:
        shares = (np.mean(np.array(pairs) > bound) for pairs in (same, other))
        print(f"| {bound} standard errors | {' | '.join(f'{share:.1%}' for share in shares)} |")
    print(f"one aircraft: median {np.median(same):.2f}, largest {max(same):.2f}")


if __name__ == "__main__":
    main()
