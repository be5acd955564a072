"""``hardstand georeference``: give a screenshot its place by points that a person knows."""

from __future__ import annotations

import json
from typing import Any

import click

import imagery
from imagery.cli.messages import say
from imagery.cli.options import overwrite_option
from imagery.georeferencing import CE90, GroundFit
from imagery.georeferencing.gcp import GroundControlPoint, parse_gcp, read_gcp_file
from imagery.georeferencing.plane_transforms import METHODS, Method


class ControlPoint(click.ParamType):  # type: ignore[type-arg]  # generic only from click 8.5 on
    """``COL,ROW,LON,LAT`` on a command line."""

    name = "COL,ROW,LON,LAT"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> GroundControlPoint:
        """Return the point; fail with what is wrong with it."""
        if isinstance(value, GroundControlPoint):
            return value
        try:
            return parse_gcp(value)
        except ValueError as reason:
            self.fail(str(reason), param, ctx)


@click.command()
@click.argument("image")
@click.option(
    "--gcp",
    "points",
    type=ControlPoint(),
    multiple=True,
    help="A control point: column and row in pixels from the upper left corner, WGS 84 longitude and "
    "latitude in degrees. Repeat the option for each point.",
)
@click.option(
    "--gcp-file",
    metavar="FILE",
    help="Read points from a CSV with the columns col,row,lon,lat, or from QGIS's georeferencer (.points).",
)
@click.option(
    "--method",
    type=click.Choice(METHODS),
    help="Kind of transform: it needs at least 2, 3 or 4 points. [default: the simplest that fits about as "
    "well as the best]",
)
@click.option("-o", "--output", required=True, metavar="FILE", help="GeoTIFF to write.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object with the points and their errors."
)
@overwrite_option
def georeference(
    image: str,
    points: tuple[GroundControlPoint, ...],
    gcp_file: str | None,
    method: Method | None,
    output: str,
    as_json: bool,
    overwrite: bool,
) -> None:
    """Give IMAGE, such as a screenshot, its place on Earth.

    The result is a GeoTIFF that records how it was made and its position error: how far each point lies
    from where the others put it. With the minimum number of points for a method the error is unknown.
    """
    all_points = [*points, *(read_gcp_file(gcp_file) if gcp_file is not None else [])]
    fitted = imagery.georeference(image, all_points, output, method=method, overwrite=overwrite)
    if as_json:
        record = {"path": output, **fitted.to_json(), "notes": fitted.notes}
        say(json.dumps(record, ensure_ascii=False))
        return
    for line in _table(fitted):
        say(line, err=True)
    say(output)


def _table(fitted: GroundFit) -> list[str]:

    lines = [f"{'point':>5} {'col':>9} {'row':>9} {'lon':>12} {'lat':>11} {'residual':>10} {'left out':>10}"]
    for number, ((pixel, lonlat), residual, left_out) in enumerate(fitted.points, 1):
        lines.append(
            f"{number:>5} {pixel.col:>9.1f} {pixel.row:>9.1f} {lonlat.lon:>12.6f} {lonlat.lat:>11.6f} "
            f"{residual:>8.2f} m {'unknown' if left_out is None else f'{left_out:.2f} m':>10}"
            + ("  <- check it" if number == fitted.bad_point else "")
        )
    error = "unknown"
    if fitted.error_m is not None:
        error = f"{fitted.error_m:.2f} m (90 % of places within {CE90 * fitted.error_m:.1f} m)"
    lines.append(f"{fitted.method} transform of {len(fitted.points)} points; position error {error}")
    return lines + [f"Note: {note}." for note in fitted.notes]
