"""``hardstand render``: render a sample scene to try everything on."""

from __future__ import annotations

import click

from imagery.cli.messages import say
from imagery.cli.options import overwrite_option
from imagery.synthetic import render_airfield


@click.command()
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="FILE",
    help="GeoTIFF to write; a .truth.geojson beside it lists the aircraft.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Another seed gives other aircraft, headings and textures.",
)
@overwrite_option
def render(output: str, seed: int, overwrite: bool) -> None:
    """Render a sample scene of an airfield, with aircraft whose place, size and type are known.

    The file says that it is rendered, and so does everything made from it.
    """
    render_airfield(output, seed=seed, overwrite=overwrite)
    say(output)
