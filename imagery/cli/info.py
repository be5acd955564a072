"""``hardstand info``: what a scene is, where it lies and when it was taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from imagery.cli.options import provenance_options

if TYPE_CHECKING:
    from imagery.scene import SceneInfo


@click.command()
@click.argument("scene")
@provenance_options
@click.option(
    "--sha256", "with_hash", is_flag=True, help="Hash the scene's files too, which reads all of them."
)
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON object, its names those of a candidates file."
)
def info(scene: str, with_hash: bool, as_json: bool, **provenance: str | None) -> None:
    """Say what SCENE is: size, CRS, GSD, footprint, acquisition time and airfield."""
    import json

    from imagery.scene import open_scene

    with open_scene(scene, **provenance) as opened:
        facts = opened.info(with_hash=with_hash)
    if as_json:
        click.echo(json.dumps(facts.to_json(), ensure_ascii=False))
    else:
        for name, value in _lines(facts):
            click.echo(f"{name:<10} {value}")


def _lines(facts: SceneInfo) -> list[tuple[str, str]]:
    record, place = facts.record, facts.center
    bands = ", ".join(record.bands)
    when = f"{record.acquired} (to the {record.acquired_precision}, from {record.acquired_from})"
    nearest = facts.nearest
    where = "none of an ICAO code within 5 km"
    if nearest:
        airfield, distance = nearest
        where = f"{airfield.icao} {airfield.name}, {distance / 1000:.1f} km from the middle"
    lines = [
        ("scene", record.path),
        (
            "size",
            f"{record.width} x {record.height} px, {record.size_bytes / 1e6:.1f} MB, {bands}",
        ),
        ("CRS", record.crs),
        ("GSD", f"{record.gsd_m:.3f} m ({record.gsd_xy_m[0]:.3f} x {record.gsd_xy_m[1]:.3f} m)"),
        ("middle", f"lon {place.lon:.6f}, lat {place.lat:.6f}"),
        ("footprint", _bounds(facts)),
        ("acquired", when if record.acquired else "unknown; say --acquired where you know it"),
        ("sensor", record.sensor or "unknown"),
        ("airfield", where),
    ]
    if record.sha256:
        lines.append(("SHA-256", record.sha256))
    if record.rendered:
        lines.append(("rendered", "yes: a rendered scene, not a photograph"))
    return lines


def _bounds(facts: SceneInfo) -> str:
    ring = facts.footprint["coordinates"][0]
    lons, lats = [point[0] for point in ring], [point[1] for point in ring]
    return f"lon {min(lons):.6f} to {max(lons):.6f}, lat {min(lats):.6f} to {max(lats):.6f}"
