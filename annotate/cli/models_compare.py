"""``hardstand models compare``: models by verdicts that none of them has learned from."""

from __future__ import annotations

from pathlib import Path

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from annotate.cli.learning_options import learning_options
from annotate.cli.output import warn
from annotate.learning.comparing import Contestant, compare_models
from annotate.log.store import open_log
from annotate.query.filters import Filter
from detect.detector import Detector
from imagery.cli.messages import printable, say
from imagery.cli.progress import progress
from imagery.words import counted


@click.command()
@click.argument("models", nargs=-1, required=True, metavar="FILE...")
@learning_options
def compare(
    models: tuple[str, ...],
    location: str,
    base: Detector,
    matching: Filter,
    scenes: tuple[str, ...],
    adjudicators: tuple[str, ...],
) -> None:
    """Compare each model FILE with the detector alone.

    The verdicts are those on scenes that none of the models was learned from. Shown are average precision,
    what it gains over the detector alone by 95 % of the resampled scenes, the mean negative log-likelihood of
    the verdicts, and how far a score is off on average (ECE).
    """
    with open_log(location) as log:
        comparison = compare_models(
            log,
            models,
            base,
            matching=matching,
            adjudicators=adjudicators,
            scenes=scenes,
            progress=lambda path: progress(Path(path).name, "tiles"),
        )
    for reason in comparison.left_out:
        warn(f"left out: {reason}")
    say(
        f"judged by {counted(comparison.aircraft, 'aircraft', 'aircraft')} and "
        f"{counted(comparison.others, 'other candidate')} of {counted(comparison.scenes, 'scene')} that none "
        "of the models was learned from",
        err=True,
    )
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("scores", overflow="fold")
    for column in ("AP", "gain, 95 %", "log loss", "off by"):
        table.add_column(column, justify="right", no_wrap=True)
    for contestant in comparison.contestants:
        table.add_row(*(Text(printable(cell)) for cell in _cells(contestant, base)))
    Console().print(table)


def _cells(contestant: Contestant, base: Detector) -> list[str]:
    quality, gain = contestant.quality, contestant.gain
    return [
        contestant.name or f"{base.info.name} alone",
        f"{quality.average_precision:.3f}",
        "" if gain is None else f"{gain[0]:+.3f} to {gain[1]:+.3f}",
        f"{quality.log_loss:.3f}",
        f"{quality.calibration_error:.3f}",
    ]
