"""Options that several commands share, and the types of their values."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    import shapely

POSITIVE = click.FloatRange(min=0, min_open=True)
Command = TypeVar("Command", bound=Callable[..., Any])


class _Shard(click.ParamType):  # type: ignore[type-arg]  # generic only from click 8.5 on
    """A part of the scenes: ``2/8`` is the second of eight."""

    name = "shard"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """Read ``i/n``."""
        match = re.fullmatch(r"(\d{1,9})/(\d{1,9})", str(value))
        if match and 1 <= int(match[1]) <= int(match[2]):
            return int(match[1]), int(match[2])
        return self.fail(f"'{value}' is not a part of the scenes; count from 1/8 to 8/8", param, ctx)


SHARD = _Shard()


def scene_options(command: Command) -> Command:
    """Add the options for what a user knows of a scene; their names are those of `SceneOptions`."""
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
            click.option(
                "--licence", metavar="TEXT", help="Terms of use of the image, repeated in every export."
            ),
            click.option(
                "--airfield",
                metavar="ICAO",
                help="The airfield it shows, such as GABS. [default: the nearest]",
            ),
            click.option(
                "--aoi", metavar="FILE", help="Limit all work to the polygons in a GeoJSON, GPKG or KML file."
            ),
            click.option("--asset", metavar="KEY", help="Asset of a STAC item to open."),
            click.option(
                "--crs",
                metavar="CRS",
                help="CRS of an image that has only a world file: EPSG:32629.",
            ),
            click.option(
                "--height",
                "height_m",
                type=float,
                metavar="METRES",
                help="Height of the ground above the ellipsoid, for an image with RPCs.",
            ),
            click.option(
                "--gsd",
                "gsd_m",
                type=POSITIVE,
                metavar="METRES",
                help="Ground size of a pixel in an image without georeference.",
            ),
        )
    ):
        command = option(command)
    return command


def place_options(command: Command) -> Command:
    """Add the options that name places; `named_airfields` reads them."""
    for option in reversed(
        (
            click.option(
                "--airfield",
                "airfields",
                multiple=True,
                metavar="ICAO",
                help="An airfield, with 5 km by 5 km around it; may be given several times.",
            ),
            click.option(
                "--airfields",
                "airfields_file",
                metavar="FILE",
                help="A text file with an airfield per line.",
            ),
            click.option(
                "--aoi",
                metavar="FILE",
                help="The polygons in a GeoJSON, GPKG or KML file. Beside airfields: their runways and "
                "aprons, in place of 5 km by 5 km.",
            ),
        )
    ):
        command = option(command)
    return command


def named_airfields(
    airfields: Sequence[str] = (), airfields_file: str | None = None, aoi: str | None = None
) -> tuple[list[str], shapely.MultiPolygon | None]:
    """Return the airfields, and the area, that the options of `place_options` name.

    Raises:
        UsageError: A file of them cannot be read.
    """
    from imagery.aoi import read_aoi
    from imagery.catalogue.places import airfields_in

    listed = [] if airfields_file is None else airfields_in(airfields_file)
    return [*airfields, *listed], None if aoi is None else read_aoi(aoi)


overwrite_option = click.option("--overwrite", is_flag=True, help="Replace existing files.")
