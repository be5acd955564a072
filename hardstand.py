"""The command group: which commands there are, in the order of the loop."""

from __future__ import annotations

import click

from annotate.cli.log import log
from annotate.cli.report import report
from annotate.cli.review import review
from detect.cli.detect import detect
from detect.cli.evaluate import evaluate
from detect.cli.train import train
from imagery.cli.georeference import georeference
from imagery.cli.group import HardstandGroup
from imagery.cli.info import info
from imagery.cli.render import render


@click.group(cls=HardstandGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(
    package_name="hardstand",
    message="%(prog)s %(version)s\n"
    "code Apache-2.0; network weights: pleiades CC-BY-NC-SA-4.0, rendered Apache-2.0",
)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def main(debug: bool) -> None:
    """Find aircraft in airport images, have a person decide on each, and keep the evidence."""
    del debug


for command in (info, georeference, render, detect, evaluate, train, review, log, report):
    main.add_command(command)
