"""Options of the commands that read verdicts to learn or to judge by."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from annotate.cli.options import log_named_by, scenes_option
from annotate.intake.filter_parsing import parse_filter
from detect import DETECTORS, MODELS, RUNTIMES
from detect.detectors import load_detector

_FILTERS = ("airfields", "analysts", "since", "until", "bbox")
_DETECTOR = ("detector", "model", "runtime")
_OPTIONS = (
    log_named_by("--from", "The sighting log with the verdicts."),
    click.option(
        "--detector",
        type=click.Choice(DETECTORS),
        default=DETECTORS[0],
        show_default=True,
        help="The detector whose candidates are to be scored anew; the verdicts may be on another's.",
    ),
    click.option(
        "--model",
        metavar=f"{'|'.join(MODELS)}|DIR|FILE.onnx",
        help=f"The network's weights, as for `hardstand detect`.  [default: {MODELS[0]}]",
    ),
    click.option(
        "--runtime",
        type=click.Choice(RUNTIMES),
        help="What runs the network, as for `hardstand detect`.  [default: openvino, where it is]",
    ),
    scenes_option,
    click.option("--airfield", "airfields", multiple=True, metavar="ICAO", help="Verdicts at this airfield."),
    click.option("--since", metavar="ISO8601", help="Verdicts on scenes not before this time."),
    click.option("--until", metavar="ISO8601", help="Verdicts on scenes not after this time."),
    click.option("--bbox", metavar="W,S,E,N", help="Verdicts in this box, in degrees."),
    click.option("--analyst", "analysts", multiple=True, metavar="NAME", help="Verdicts of this analyst."),
    click.option(
        "--adjudicator",
        "adjudicators",
        multiple=True,
        metavar="EMAIL",
        help="An analyst whose verdict settles disputes; can be repeated.",
    ),
)


def learning_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options to a command, which gets ``location``, ``scenes`` and ``adjudicators``.

    It also gets ``matching``, a filter, and ``base``, the loaded detector.
    """

    @functools.wraps(command)
    def with_options(
        *args: Any, detector: str, model: str | None, runtime: str | None, **options: Any
    ) -> Any:
        matching = parse_filter(**{name: options.pop(name) for name in _FILTERS})
        base = load_detector(detector, model, runtime)
        return command(*args, matching=matching, base=base, **options)

    # wraps() shares the command's list of options, so these stay in it.
    for option in reversed(_OPTIONS):
        with_options = option(with_options)
    return with_options
