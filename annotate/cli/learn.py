"""``hardstand learn``: a verifier from the verdicts of a log."""

from __future__ import annotations

from pathlib import Path

import click

from annotate.cli.output import warn
from annotate.intake.filter_parsing import parse_filter
from annotate.learning.learn import Learned
from annotate.learning.learn import learn as learn_from
from annotate.log.store import open_log
from detect import DETECTORS, MODELS, RUNTIMES
from detect.detectors import load_detector
from detect.verifier.held_out import HeldOutFigures
from imagery.cli.messages import say
from imagery.cli.options import overwrite_option
from imagery.cli.progress import progress
from imagery.words import counted


@click.command()
@click.option(
    "--from",
    "location",
    envvar="HARDSTAND_LOG",
    default="hardstand.db",
    show_default=True,
    show_envvar=True,
    metavar="FILE|URL",
    help="The sighting log with the verdicts.",
)
@click.option("-o", "--output", "target", required=True, metavar="FILE", help="The model to write (JSON).")
@click.option(
    "--detector",
    type=click.Choice(DETECTORS),
    default=DETECTORS[0],
    show_default=True,
    help="The detector whose candidates are to be scored anew; the verdicts may be on another's.",
)
@click.option(
    "--model",
    metavar=f"{'|'.join(MODELS)}|DIR|FILE.onnx",
    help=f"The network's weights, as for `hardstand detect`.  [default: {MODELS[0]}]",
)
@click.option(
    "--runtime",
    type=click.Choice(RUNTIMES),
    help="What runs the network, as for `hardstand detect`.  [default: openvino, where it is]",
)
@click.option(
    "--scenes",
    type=click.Path(exists=True, file_okay=False),
    multiple=True,
    metavar="DIR",
    help="A folder that scenes were moved to; they are found there by their hash, whatever their names.",
)
@click.option("--airfield", "airfields", multiple=True, metavar="ICAO", help="Verdicts at this airfield.")
@click.option("--since", metavar="ISO8601", help="Verdicts on scenes not before this time.")
@click.option("--until", metavar="ISO8601", help="Verdicts on scenes not after this time.")
@click.option("--bbox", metavar="W,S,E,N", help="Verdicts in this box, in degrees.")
@click.option("--analyst", "analysts", multiple=True, metavar="NAME", help="Verdicts of this analyst.")
@click.option(
    "--adjudicator",
    "adjudicators",
    multiple=True,
    metavar="EMAIL",
    help="An analyst whose verdict settles disputes; can be repeated.",
)
@overwrite_option
def learn(
    location: str,
    target: str,
    detector: str,
    model: str | None,
    runtime: str | None,
    scenes: tuple[str, ...],
    airfields: tuple[str, ...],
    since: str | None,
    until: str | None,
    bbox: str | None,
    analysts: tuple[str, ...],
    adjudicators: tuple[str, ...],
    overwrite: bool,
) -> None:
    """Learn from verdicts which candidates of a detector are aircraft.

    The scenes of the log are searched again with a low bound, which takes as long as `hardstand detect`; what
    is found is kept in the user's cache. A candidate is an aircraft where analysts confirmed, corrected or
    added one, and none where they rejected one or looked and left it. The model is judged on scenes that it
    was not shown, and written only if it is no worse there than the detector alone. Prints its path, to be
    used as `hardstand detect --verifier FILE`.
    """
    matching = parse_filter(airfields=airfields, analysts=analysts, since=since, until=until, bbox=bbox)
    base = load_detector(detector, model, runtime)
    with open_log(location) as log:
        learned = learn_from(
            log,
            target,
            base,
            matching=matching,
            adjudicators=adjudicators,
            scenes=scenes,
            overwrite=overwrite,
            progress=lambda path: progress(Path(path).name, "tiles"),
        )
    for reason in learned.left_out:
        warn(f"left out: {reason}")
    if learned.contradicted:
        left = counted(learned.contradicted, "aircraft", "aircraft")
        warn(f"left out: {left} that analysts disagree about; see `hardstand review disputes`")
    for line in learned_words(learned):
        say(line, err=True)
    say(learned.path)


def learned_words(learned: Learned) -> list[str]:
    """Return the lines that say what was learned, from what, and how good it is."""
    held_out, source = learned.verifier.held_out, learned.verifier.learned_from
    licences = ", ".join(source.licences) or "none stated"
    if source.unlicensed and source.licences:
        licences += f"; {counted(source.unlicensed, 'scene')} without one"
    rendered = f", {source.rendered} of them rendered" if source.rendered else ""
    return [
        f"learned from {counted(held_out.aircraft, 'aircraft', 'aircraft')} and "
        f"{counted(held_out.others, 'other candidate')} of {counted(len(source.scenes), 'scene')}{rendered}, "
        f"by verdicts of {', '.join(learned.analysts)}",
        held_out_words(held_out),
        f"licences of the scenes: {licences}",
    ]


def held_out_words(held_out: HeldOutFigures) -> str:
    """Return in one line how good a model is on scenes that it was not shown."""
    before, after, (low, high) = held_out.before, held_out.after, held_out.gain
    return (
        f"on scenes held out: average precision {before.average_precision:.3f} before, "
        f"{after.average_precision:.3f} after (gain {low:+.3f} to {high:+.3f}, 95 %); calibration error "
        f"{before.calibration_error:.3f} before, {after.calibration_error:.3f} after"
    )
