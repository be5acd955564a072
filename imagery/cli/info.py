"""``hardstand info``: show what a scene is, where it lies and when it was taken."""

from __future__ import annotations

import json
from typing import Any

import click

from imagery.airfields import airfields
from imagery.candidate_boxes import candidate_boxes
from imagery.cli.messages import say
from imagery.cli.options import overwrite_option, scene_options
from imagery.errors import UsageError
from imagery.preview import write_preview
from imagery.scene import open_scene

PREVIEW_TILE_M = 1024.0  # the tiles that the network works on


@click.command()
@click.argument("scene")
@scene_options
@click.option(
    "--sha256", "with_hash", is_flag=True, help="Hash the scene's files too, which reads them whole."
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object, with the names of a candidates file."
)
@click.option(
    "--preview",
    metavar="PNG",
    help="Draw the scene with its area of interest, tiles, north, scale and airfield.",
)
@click.option(
    "--candidates",
    metavar="FILE",
    help="Draw the candidates of this file into the preview too, numbered in the order of the file.",
)
@overwrite_option
def info(
    scene: str,
    with_hash: bool,
    as_json: bool,
    preview: str | None,
    candidates: str | None,
    overwrite: bool,
    **options: Any,
) -> None:
    """Show what SCENE is: size, CRS, GSD, footprint, acquisition time and airfield."""
    if candidates is not None and preview is None:
        raise UsageError("--candidates: is drawn into the preview; give --preview, too")
    with open_scene(scene, **options) as opened:
        facts = opened.info(with_hash=with_hash)
        if preview is not None:
            tiles = opened.tiles(opened.grid.gsd_m(), PREVIEW_TILE_M)
            write_preview(
                opened,
                preview,
                tiles=tiles,
                aoi=opened.aoi,
                nearest=opened.nearest,
                boxes=[] if candidates is None else candidate_boxes(candidates, opened),
                overwrite=overwrite,
            )
    if as_json:
        say(json.dumps(facts, ensure_ascii=False))
    else:
        for name, value in _lines(facts):
            say(f"{name:<10} {value}")


def _lines(facts: dict[str, Any]) -> list[tuple[str, str]]:
    bands = ", ".join(facts["bands"])
    size = "" if facts["size_bytes"] is None else f", {facts['size_bytes'] / 1e6:.1f} MB"
    gsd = "{:.3f} x {:.3f} m".format(*facts["gsd_xy_m"])
    lines = [
        ("scene", facts["path"]),
        ("size", f"{facts['width']} x {facts['height']} px{size}, {bands}"),
        ("CRS", facts["crs"] or "none: its pixels have no place on Earth"),
        ("GSD", f"{facts['gsd_m']:.3f} m ({gsd})"),
        *_place_lines(facts),
        ("acquired", _acquired(facts)),
        ("sensor", facts["sensor"] or "unknown"),
    ]
    optional = {
        "off-nadir": facts["off_nadir_deg"] is not None and f"{facts['off_nadir_deg']:.1f}°",
        "image id": facts["image_id"],
        "position": facts["position_error_m"] is not None
        and f"within {facts['position_error_m']:.1f} m (1 sigma)",
        "warped": facts["warped_from"]
        and f"from {facts['warped_from']}; size, CRS and GSD are those of the warp",
        "SHA-256": facts["sha256"],
        "rendered": facts["rendered"] and "yes: a rendered scene, not a photograph",
    }
    lines += [(name, text) for name, text in optional.items() if text]
    return lines + [("note", note) for note in facts["notes"]]


def _acquired(facts: dict[str, Any]) -> str:
    if not facts["acquired"]:
        return "unknown; give --acquired if you know it"
    return f"{facts['acquired']} (to the {facts['acquired_precision']}, from {facts['acquired_from']})"


def _place_lines(facts: dict[str, Any]) -> list[tuple[str, str]]:
    center = facts["center"]
    where = "none with an ICAO code within 5 km" if center else "unknown; give --airfield if you know it"
    if facts["airfield"]:
        where = f"{facts['airfield']} {airfields()[facts['airfield']].words}"
        if facts["airfield_distance_m"] is not None:
            where += f", {facts['airfield_distance_m'] / 1000:.1f} km from the middle"
    if center is None:
        return [("airfield", where)]
    return [
        ("middle", f"lon {center.lon:.6f}, lat {center.lat:.6f}"),
        ("footprint", _bounds(facts["footprint"])),
        ("airfield", where),
    ]


def _bounds(footprint: dict[str, Any]) -> str:
    """Write a footprint's bounds, west to east: one across the antimeridian reads from 179 to -179."""
    polygons = footprint["coordinates"] if footprint["type"] == "MultiPolygon" else [footprint["coordinates"]]
    rings = [polygon[0] for polygon in polygons]
    west = max(rings, key=lambda ring: min(lon for lon, _ in ring)) if len(rings) == 2 else rings[0]
    east = min(rings, key=lambda ring: min(lon for lon, _ in ring)) if len(rings) == 2 else rings[0]
    lats = [lat for ring in rings for _, lat in ring]
    return (
        f"lon {min(lon for lon, _ in west):.6f} to {max(lon for lon, _ in east):.6f}, "
        f"lat {min(lats):.6f} to {max(lats):.6f}"
    )
