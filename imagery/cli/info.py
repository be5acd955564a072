"""``hardstand info``: what a scene is, where it lies and when it was taken."""

from __future__ import annotations

import json
from typing import Any

import click

from imagery.cli.options import overwrite_option, scene_options, scene_options_of
from imagery.preview import write_preview
from imagery.scene import SceneInfo, open_scene

PREVIEW_TILE_M = 1024.0  # the tiles that the network works on


@click.command()
@click.argument("scene")
@scene_options
@click.option(
    "--sha256", "with_hash", is_flag=True, help="Hash the scene's files too, which reads all of them."
)
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON object, its names those of a candidates file."
)
@click.option(
    "--preview",
    metavar="PNG",
    help="Draw the scene with area of interest, tiles, north, scale and airfield, to check them by eye.",
)
@overwrite_option
def info(
    scene: str, with_hash: bool, as_json: bool, preview: str | None, overwrite: bool, **said: Any
) -> None:
    """Say what SCENE is: size, CRS, GSD, footprint, acquisition time and airfield."""
    with open_scene(scene, **scene_options_of(said)) as opened:
        facts = opened.info(with_hash=with_hash)
        if preview is not None:
            tiles = opened.tiles(opened.grid.gsd_m(), PREVIEW_TILE_M)
            write_preview(
                opened, preview, tiles=tiles, aoi=opened.aoi, nearest=opened.nearest, overwrite=overwrite
            )
    if as_json:
        click.echo(json.dumps(facts.to_json(), ensure_ascii=False))
    else:
        for name, value in _lines(facts):
            click.echo(f"{name:<10} {value}")


def _lines(facts: SceneInfo) -> list[tuple[str, str]]:
    record = facts.record
    bands = ", ".join(record.bands)
    size = "" if record.size_bytes is None else f", {record.size_bytes / 1e6:.1f} MB"
    when = f"{record.acquired} (to the {record.acquired_precision}, from {record.acquired_from})"
    lines = [
        ("scene", record.path),
        ("size", f"{record.width} x {record.height} px{size}, {bands}"),
        ("CRS", record.crs or "none: nothing in it has a place"),
        ("GSD", f"{record.gsd_m:.3f} m ({record.gsd_xy_m[0]:.3f} x {record.gsd_xy_m[1]:.3f} m)"),
        *_place_lines(facts),
        ("acquired", when if record.acquired else "unknown; say --acquired where you know it"),
        ("sensor", record.sensor or "unknown"),
    ]
    optional = {
        "off-nadir": record.off_nadir_deg is not None and f"{record.off_nadir_deg:.1f}°",
        "image id": record.image_id,
        "position": record.position_error_m is not None
        and f"within {record.position_error_m:.1f} m (1 sigma)",
        "warped": record.warped_from
        and f"from {record.warped_from}; size, CRS and GSD are those of the warp",
        "SHA-256": record.sha256,
        "rendered": record.rendered and "yes: a rendered scene, not a photograph",
    }
    return lines + [(name, text) for name, text in optional.items() if text]


def _place_lines(facts: SceneInfo) -> list[tuple[str, str]]:
    where = (
        "none of an ICAO code within 5 km" if facts.center else "unknown; say --airfield where you know it"
    )
    if facts.nearest:
        airfield, distance = facts.nearest
        where = f"{airfield.icao} {airfield.name}"
        if distance is not None:
            where += f", {distance / 1000:.1f} km from the middle"
    if facts.center is None or facts.footprint is None:
        return [("airfield", where)]
    return [
        ("middle", f"lon {facts.center.lon:.6f}, lat {facts.center.lat:.6f}"),
        ("footprint", _bounds(facts.footprint)),
        ("airfield", where),
    ]


def _bounds(footprint: dict[str, Any]) -> str:
    """West to east, so that one which crosses the antimeridian reads from 179 to -179."""
    polygons = footprint["coordinates"] if footprint["type"] == "MultiPolygon" else [footprint["coordinates"]]
    rings = [polygon[0] for polygon in polygons]
    west = max(rings, key=lambda ring: min(lon for lon, _ in ring)) if len(rings) == 2 else rings[0]
    east = min(rings, key=lambda ring: min(lon for lon, _ in ring)) if len(rings) == 2 else rings[0]
    lats = [lat for ring in rings for _, lat in ring]
    return (
        f"lon {min(lon for lon, _ in west):.6f} to {max(lon for lon, _ in east):.6f}, "
        f"lat {min(lats):.6f} to {max(lats):.6f}"
    )
