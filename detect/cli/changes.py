"""``hardstand changes``: what appeared, went and stayed from scene to scene, by candidates."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby, pairwise
from pathlib import PurePath
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from detect.candidate import Candidate, CandidatesFile
from detect.compared import ComparedPlace, SceneComparison, pair_to_json
from detect.comparison import compare_candidates
from detect.comparison_picture import numbered, write_comparisons
from detect.detectors import load_detector
from detect.scan import scan
from detect.series import SeriesScene, in_order_of_time, read_series, scenes_before, taken_before
from imagery.cli.messages import printable, say
from imagery.cli.options import overwrite_option
from imagery.cli.progress import progress
from imagery.errors import NoRegistration, UsageError
from imagery.measures import PLUS_MINUS, place_words, size_words
from imagery.recorded_scenes import RecordedScenes
from imagery.scene import Scene
from imagery.words import counted

MARKS = {"appeared": "+ appeared", "went": "- went", "stayed": "= stayed", "not comparable": "? not compared"}


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="SCENE|CANDIDATES...")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array, one object per pair of scenes.")
@click.option(
    "-o",
    "--output",
    "picture",
    metavar="FILE.png",
    help="Draw each pair of scenes side by side, the same ground at the same place, candidates marked.",
)
@overwrite_option
def changes(names: tuple[str, ...], as_json: bool, picture: str | None, overwrite: bool) -> None:
    """Compare the candidates of each scene of a place with those of the scene before it.

    Name two scenes or more, or candidates files of `hardstand detect`, or folders of them. Of a scene, the
    candidates file of the same name beside it is taken; where there is none the scene is searched by the
    default detector, and nothing is kept. The scenes are laid over each other by what they show; where that
    is refused, by their georeference if its stated error is small enough.

    A candidate appeared, went or stayed. This is what the machine proposes and no person has seen. It is
    withheld where the other scene cannot show it (outside, no data, cloud, too coarse), or looks the same
    there. Candidates of a score under 0.5 that are in one scene only are counted, not listed.
    """
    series = _ordered(read_series(names, _search))
    pairs = [
        (series[before], series[after])
        for after, before in enumerate(scenes_before([each.file.scene for each in series]))
        if before is not None
    ]
    if not pairs:
        raise UsageError(f"{' '.join(names)}: no two scenes of one place; name two that overlap")
    with RecordedScenes() as at_hand:
        compared: list[tuple[SceneComparison, Scene, Scene]] = []
        results: list[dict[str, Any]] = []
        for earlier, later in pairs:
            scene, other = (_opened(each, at_hand) for each in (earlier, later))
            try:
                comparison = compare_candidates(earlier.file, later.file, scene, other)
            except NoRegistration as refused:
                results.append({**pair_to_json(earlier.file, later.file), "refused": str(refused)})
                _print_refused(earlier.file, later.file, refused, as_json=as_json)
                continue
            compared.append((comparison, scene, other))
            results.append({**comparison.to_json(), "refused": None})
            if not as_json:
                print_comparison(comparison)
        if picture is not None and compared:
            write_comparisons(compared, picture, overwrite=overwrite)
    if as_json:
        say(json.dumps(results, ensure_ascii=False, allow_nan=False))
    if not compared:
        raise SystemExit(1)


def _search(scene: Scene) -> CandidatesFile:
    say(f"{scene.path}: no candidates file beside it; searched now, and nothing is kept", err=True)
    with progress(PurePath(scene.path).name, "tiles") as report:
        return scan(scene, load_detector(), progress=report)


def _ordered(series: list[SeriesScene]) -> list[SeriesScene]:
    scenes = in_order_of_time(each.file.scene for each in series)
    if not all(taken_before(*pair) for pair in pairwise(scenes)):
        say("Note: not known which scene was taken first; compared in the order they are named", err=True)
        return series
    return sorted(series, key=lambda each: scenes.index(each.file.scene))


def _opened(each: SeriesScene, at_hand: RecordedScenes) -> Scene:
    """Return a scene, open.

    Raises:
        UsageError: It is not there, or is not what was searched.
    """
    scene = at_hand.scene(each.file.scene, each.path)
    if isinstance(scene, str):
        raise UsageError(f"{scene}; search it again")
    return scene


def _print_refused(
    earlier: CandidatesFile, later: CandidatesFile, refused: NoRegistration, *, as_json: bool
) -> None:
    if as_json:
        say(f"Error: {refused}", err=True)
        return
    console = Console()
    _print_heading(console, earlier, later)
    console.print(Text(printable(f"not compared: {refused}")))
    console.print()


def print_comparison(comparison: SceneComparison) -> None:
    """Print the two scenes, how one was laid over the other, the counts, and each place that changed."""
    console = Console()
    _print_heading(console, comparison.earlier, comparison.later)
    console.print(Text(printable(_laid_words(comparison))))
    console.print(Text(printable(_counts_words(comparison))))
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for cells in _rows(comparison):
        table.add_row(*(Text(printable(cell)) for cell in cells))
    console.print(table)
    console.print()


def _print_heading(console: Console, earlier: CandidatesFile, later: CandidatesFile) -> None:
    for arrow, file in (("", earlier), ("-> ", later)):
        scene = file.scene
        when = (scene.acquired or "time unknown").replace("T", " ")
        rendered = " (RENDERED)" if scene.rendered else ""
        console.print(Text(printable(f"{arrow}{when} {PurePath(scene.path).name}{rendered}"), style="bold"))


def _laid_words(comparison: SceneComparison) -> str:
    laid = comparison.laid
    error = f"{PLUS_MINUS} {laid.error_m:.1f} m"
    if laid.registration is None:
        return f"laid over each other by their georeference, {error}: {laid.refused}"
    east, north = laid.registration.shift_m
    return f"laid over each other by what both show, {error}; moved {east:+.1f} m east, {north:+.1f} m north"


def _counts_words(comparison: SceneComparison) -> str:
    words = [f"{count} {state}" for state, count in comparison.counts.items()]
    unsure = comparison.unsure
    if unsure:
        words.append(f"{counted(unsure, 'candidate')} of a score under 0.5 in one scene only left out")
    return f"candidates, seen by no person: {', '.join(words)}"


def _rows(comparison: SceneComparison) -> Iterator[tuple[str, str, str]]:
    """Yield number, state and words of what changed, and of what cannot be compared, by the reason."""
    for because, group in groupby(numbered(comparison), key=lambda each: each[1].because):
        places = list(group)
        if because is not None:
            first, last = places[0][0], places[-1][0]
            numbers = str(first) if first == last else f"{first}-{last}"
            yield numbers, MARKS["not comparable"], because
            continue
        for number, place in places:
            sizes = [_size(each) for each in (place.before, place.after) if each is not None]
            yield (
                str(number),
                MARKS[place.state],
                f"{_where(place, comparison)}: {' -> '.join(sizes)}, score {place.candidate.score:.2f}",
            )


def _where(place: ComparedPlace, comparison: SceneComparison) -> str:
    file = comparison.earlier if place.candidate is place.before else comparison.later
    there = file.scene.grid.lonlat(place.candidate.box.center)
    return place_words(there, file.scene.position_error_m)


def _size(candidate: Candidate) -> str:
    length_m, span_m, _ = candidate.ground
    return size_words(length_m, span_m, candidate.size_error_m or (None, None))
