"""Options that several commands share, and the types of their values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import click

from imagery.acquisition import parse_acquired
from imagery.aoi import read_aoi
from imagery.scene import SceneOptions

POSITIVE = click.FloatRange(min=0, min_open=True)
Command = TypeVar("Command", bound=Callable[..., Any])


def scene_options(command: Command) -> Command:
    """What the user knows of a scene that its file may not say; the names are those of `SceneOptions`."""
    for option in reversed(
        (
            click.option(
                "--acquired",
                metavar="ISO8601",
                help="When the image was taken: 2023-10, 2023-10-27 or 2023-10-27T10:36:11Z.",
            ),
            click.option("--sensor", metavar="NAME", help="Satellite or camera that took it."),
            click.option("--image-id", metavar="ID", help="The provider's identifier of the image."),
            click.option("--source-url", metavar="URL", help="Where the image came from."),
            click.option("--licence", metavar="TEXT", help="Terms of the image; carried into every export."),
            click.option(
                "--airfield",
                metavar="ICAO",
                help="The airfield it shows, such as GABS. [default: the nearest]",
            ),
            click.option(
                "--aoi", metavar="FILE", help="Polygons (GeoJSON, GPKG, KML) to which all work is limited."
            ),
            click.option("--asset", metavar="KEY", help="Which asset of a STAC item to open."),
            click.option(
                "--crs", metavar="CRS", help="CRS of an image whose world file does not say: EPSG:32629."
            ),
            click.option(
                "--height",
                "height_m",
                type=float,
                metavar="METRES",
                help="Ground's height above the ellipsoid, for RPCs.",
            ),
            click.option(
                "--gsd",
                "gsd_m",
                type=POSITIVE,
                metavar="METRES",
                help="A pixel's size in an image without georeference.",
            ),
        )
    ):
        command = option(command)
    return command


def scene_options_of(said: dict[str, Any]) -> SceneOptions:
    """The options as `imagery.scene.open_scene` takes them: the AOI read, the time checked.

    Raises:
        UsageError: The AOI's file is none, or the time is none; wrong once is wrong for all scenes.
    """
    if said["acquired"] is not None:
        parse_acquired(said["acquired"], "--acquired")
    aoi = None
    if said["aoi"] is not None:
        aoi = read_aoi(said["aoi"])
    return cast("SceneOptions", {**said, "aoi": aoi})


overwrite_option = click.option("--overwrite", is_flag=True, help="Replace a file that is there already.")
