"""``hardstand watch``: one round over the watched airfields, for every morning."""

from __future__ import annotations

import getpass
from pathlib import Path, PurePath

import click
import cv2

from annotate.cli.options import analyst_option
from annotate.cli.review_pull import pull_words
from annotate.cli.signing import own_identity
from annotate.watch.watch_file import WatchFile, read_watch_file, write_example
from annotate.watch.watching import AirfieldNews, WatchedScene, WatchRound
from annotate.watch.watching import watch as watch_once
from detect.scan import SURE_SCORE
from imagery.cli.messages import say
from imagery.cli.progress import progress
from imagery.errors import UsageError
from imagery.words import counted

MOST_NAMED = 3  # airfields in the line of what is new


@click.command()
@click.argument("file", metavar="FILE")
@click.option("--init", is_flag=True, help="Write FILE as an example to begin with, and do nothing else.")
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="N",
    help="Search so many scenes at once, each in a process of its own. [default: one per core]",
)
@analyst_option
def watch(file: str, init: bool, workers: int | None, analyst: str | None) -> None:
    """Do what is new over the airfields of FILE, and say so in five lines.

    The catalogue is searched; what its scenes show of the airfields is fetched and searched for aircraft;
    candidates go to the review project, verdicts into the log, and the log into the report. What was done
    before is kept, so the command can be repeated at any time, such as by cron. What fails is named and
    stops nothing else; the exit code is then 1.
    """
    if init:
        write_example(file)
        say(file)
        return
    if not Path(file).exists():
        raise UsageError(f"{file}: no such file; write one with `hardstand watch --init {file}`")
    settings = read_watch_file(file)
    done = watch_once(
        settings,
        analyst=(analyst or "").strip() or getpass.getuser(),
        identity=None if settings.project is None else own_identity(),
        workers=workers or cv2.getNumThreads(),
        progress=progress,
    )
    for problem in done.problems:
        say(f"Error: {problem}", err=True)
    for news in done.news:
        if news.refused is not None and news.before is not None:
            scene = PurePath(news.before.file.scene.path).name
            say(f"Note: not compared with {scene}: {news.refused}", err=True)
    for line in _lines(settings, done):
        say(line)
    if done.problems:
        raise SystemExit(1)


def _lines(settings: WatchFile, done: WatchRound) -> list[str]:
    listed = "the catalogue could not be searched"
    if done.found is not None:
        left = f", {done.left:,} left for the next round" if done.left else ""
        size = f" ({done.received_bytes / 1e6:,.1f} MB)" if done.fetched else ""
        listed = f"{done.found:,} listed, {done.fetched:,} fetched{size}{left}"
    review, verdicts = "no project named", "no project named"
    if settings.project is not None:
        review = verdicts = "not reached"
        if done.page is not None:
            review = f"{counted(done.tasks, 'new task') if done.tasks else 'no new tasks'}: {done.page}"
        if done.pulled is not None:
            verdicts = pull_words(done.pulled.verdicts)
    return [
        f"scenes      {listed}",
        f"candidates  {_news(done)}",
        f"review      {review}",
        f"verdicts    {verdicts}",
        f"report      {done.report or 'nothing to report'}",
    ]


def _news(done: WatchRound) -> str:
    """Return what is new, airfield by airfield: the latest new scene of each against the one before it."""
    count, airfields = sum(scene.new for scene in done.scenes), len(done.news)
    if not count:
        return "no new scenes"
    more = f"; and {counted(airfields - MOST_NAMED, 'more airfield')}" if airfields > MOST_NAMED else ""
    named = "; ".join(map(_news_words, done.news[:MOST_NAMED]))
    return f"{counted(count, 'new scene')}; of score {SURE_SCORE:g} or more: {named}{more}"


def _news_words(news: AirfieldNews) -> str:
    """Return one airfield's: ``GABS 2023-12-27 14 (3 appeared, 1 went since 2023-11-27)``."""
    words = f"{news.scene.airfield} {_day(news.scene)} {_sure(news.scene)}"
    if news.before is None:
        return words
    if news.comparison is None:
        return f"{words}, {_sure(news.before)} on {_day(news.before)}"
    counts = news.comparison.counts
    changed = f"{counts['appeared']} appeared, {counts['went']} went since {_day(news.before)}"
    unknown = counts["not comparable"]
    return f"{words} ({changed}{f', {unknown} not comparable' if unknown else ''})"


def _day(scene: WatchedScene) -> str:
    return (scene.file.scene.acquired or "at an unknown time")[:10]


def _sure(scene: WatchedScene) -> int:
    return sum(candidate.score >= SURE_SCORE for candidate in scene.file.candidates)
