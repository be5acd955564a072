"""``hardstand learn``: a verifier from the verdicts of a log."""

from __future__ import annotations

from pathlib import Path

import click

from annotate.cli.learning_options import learning_options
from annotate.cli.output import warn
from annotate.learning.learn import Learned
from annotate.learning.learn import learn as learn_from
from annotate.log.store import open_log
from annotate.query.filters import Filter
from detect.detector import Detector
from detect.verifier.held_out import HeldOutFigures
from imagery.cli.messages import say
from imagery.cli.options import overwrite_option
from imagery.cli.progress import progress
from imagery.words import counted


@click.command()
@click.option("-o", "--output", "target", required=True, metavar="FILE", help="The model to write (JSON).")
@learning_options
@overwrite_option
def learn(
    location: str,
    target: str,
    base: Detector,
    matching: Filter,
    scenes: tuple[str, ...],
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
    """Return in one line how good a model was on scenes that were held out."""
    before, after, (low, high) = held_out.before, held_out.after, held_out.gain
    return (
        f"on scenes held out: average precision {before.average_precision:.3f} before, "
        f"{after.average_precision:.3f} after (gain {low:+.3f} to {high:+.3f}, 95 %); calibration error "
        f"{before.calibration_error:.3f} before, {after.calibration_error:.3f} after"
    )
