"""The commands of hardstand, in the order of the loop."""

from __future__ import annotations

import click

from imagery.cli.group import HardstandGroup

COMMANDS = {
    "info": ("imagery.cli.info:info", "Show what a scene is, where it lies and when it was taken."),
    "georeference": (
        "imagery.cli.georeference:georeference",
        "Georeference an image by points that you know.",
    ),
    "render": ("imagery.cli.render:render", "Render a sample scene to practise on."),
    "scenes": ("imagery.cli.scenes:scenes", "Search catalogues of scenes, and fetch scenes from them."),
    "detect": ("detect.cli.detect:detect", "Propose aircraft in scenes and write candidates files."),
    "changes": ("detect.cli.changes:changes", "Compare the candidates of scenes of one place."),
    "evaluate": ("detect.cli.evaluate:evaluate", "Compare candidates with known aircraft."),
    "train": ("detect.cli.train:train", "Train a network on known and rendered aircraft."),
    "review": ("annotate.cli.review:review", "Have people decide on candidates, in Label Studio."),
    "log": ("annotate.cli.log:log", "Read the sighting log, add to it, check it, export it."),
    "learn": ("annotate.cli.learn:learn", "Learn from verdicts which candidates are aircraft."),
    "models": ("annotate.cli.models:models", "List what was learned, and compare it by verdicts."),
    "identity": (
        "annotate.cli.identity:identity",
        "Sign what you record: make, show, rotate, revoke your key.",
    ),
    "watch": ("annotate.cli.watch:watch", "Do what is new over the airfields of a file: search to report."),
    "report": ("annotate.cli.report:report", "Write the log as one HTML page."),
}


@click.group(cls=HardstandGroup, table=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(
    package_name="hardstand",
    message="%(prog)s %(version)s\n"
    "code Apache-2.0; network weights: open Apache-2.0, pleiades CC-BY-NC-SA-4.0",
)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def main(debug: bool) -> None:
    """Find aircraft in airport images, have a person decide on each, and keep the evidence."""
    del debug
