"""What tests of exports share: a log with something of every kind in it, chips included."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo
from rasterio.crs import CRS

from annotate.exports.selection import Selection
from annotate.log.chips import Chips
from annotate.log.entries import Movement, Sighting, Verdict
from annotate.log.store import Log, open_log
from detect.box import OrientedBox, corners
from imagery.grid import Grid, PixelPoint
from imagery.record import SceneRecord, hash_files

CHIP_PX = 160
# Pixels that are not square on the ground and whose rows do not run east, far from any meridian of its zone.
ASKEW = Grid(
    1200,
    900,
    Affine.translation(600_000, 1_385_000) @ Affine.rotation(-30) @ Affine.scale(0.5, -0.4),
    CRS.from_epsg(32629),
)


@pytest.fixture(scope="session")
def reported(graded_report: Callable[..., Sighting]) -> Callable[..., Sighting]:
    """Makes what the log's report is; keyword arguments replace members."""
    return graded_report


@pytest.fixture(scope="session")
def movement(long_route: Callable[..., Movement]) -> Callable[..., Movement]:
    """Makes what the log's reported movement is; keyword arguments replace members."""
    return long_route


def box_of(verdict: Verdict | Sighting) -> OrientedBox:
    assert verdict.center_px
    assert verdict.box_px
    return OrientedBox(PixelPoint(*verdict.center_px), *verdict.box_px)


class Darkroom:
    """Cuts chips out of scenes in which each aircraft is a white box on black, as `Log.record` wants it.

    Attributes:
        folder: Where the chips lie.
        note: What a careless program wrote into their PNG metadata.
    """

    def __init__(self, folder: Path, verdicts: list[Verdict]) -> None:
        self.folder = folder
        self.note = "made by ana@example.org in /home/ana/vault"
        self._verdicts = verdicts

    def cut(self, sighting: Sighting, scene: SceneRecord) -> Chips:
        col, row = (int(place - CHIP_PX / 2) for place in sighting.center_px or (0, 0))
        painted = self._paint(scene)
        chip = painted.crop((col, row, col + CHIP_PX, row + CHIP_PX))
        transform = scene.grid.transform @ Affine.translation(col, row)
        names = (f"{sighting.id}.png", f"{sighting.id}-surroundings.png")
        hashes = [self._write(self.folder / name, chip, transform) for name in names]
        return Chips(names[0], hashes[0], names[1], hashes[1])

    def _paint(self, scene: SceneRecord) -> Image.Image:
        image = Image.new("L", (scene.width, scene.height))
        matrix = scene.grid.ground_matrix(scene.grid.center)
        for verdict in self._verdicts:
            if verdict.scene.sha256 == scene.sha256:
                ring = corners(box_of(verdict), matrix)
                ImageDraw.Draw(image).polygon([tuple(point) for point in ring.tolist()], fill=255)
        return image

    def _write(self, path: Path, chip: Image.Image, transform: Affine) -> str:
        path.parent.mkdir(exist_ok=True)
        about = PngInfo()
        about.add_text("Author", self.note)
        chip.save(path, pnginfo=about)
        a, b, c, d, e, f = tuple(transform @ Affine.translation(0.5, 0.5))[:6]
        world = path.with_suffix(".pgw")
        world.write_text("".join(f"{term!r}\n" for term in (a, d, b, e, c, f)), encoding="ascii")
        return hash_files([path, world])


@pytest.fixture(scope="session")
def darkroom() -> Callable[[Log, list[Verdict]], Darkroom]:
    """Makes what cuts the chips of a log, given its verdicts."""

    def make(log: Log, verdicts: list[Verdict]) -> Darkroom:
        assert log.chips
        return Darkroom(log.chips, verdicts)

    return make


@pytest.fixture(scope="session")
def seen(verdict: Callable[..., Verdict], scene_record: Callable[..., SceneRecord]) -> list[Verdict]:
    """What analysts said: in this order five aircraft that hold, and one that was rejected in the end.

    Two stand so near that each is in the other's chip; one is rendered; of one they disagree on the type; one
    is in an image without a place.
    """
    rendered = scene_record(sha256="cd" * 32, rendered=True, path="rendered/gabs.tif", licence=None)
    askew = scene_record(ASKEW, sha256="ef" * 32, acquired="2023-10-27T10:36Z", acquired_precision="minute")
    lost = scene_record(
        sha256="12" * 32, crs=None, acquired=None, acquired_precision="unknown", acquired_from=None
    )
    nowhere = {"lon": None, "lat": None, "airfield": None, "heading_deg": None}
    return [
        verdict(1, center_px=(400.0, 300.0), box_px=(60.0, 80.0, 60.0), note="by the hangar"),
        verdict(2, center_px=(470.0, 330.0), box_px=(60.0, 50.0, 200.0), type="B737", heading_sure=False),
        verdict(3, scene=rendered, center_px=(500.0, 500.0)),
        verdict(4, scene=askew, center_px=(600.0, 400.0), box_px=(70.0, 90.0, 100.0), lon=-7.9, lat=12.5),
        verdict(5, scene=lost, center_px=(300.0, 300.0), type=None, **nowhere),
        verdict(6),
        verdict(6, verdict="rejected", annotated="2026-02-03T04:05:06Z"),
        verdict(
            7,
            scene=askew,
            candidate=f"{4:016x}",
            center_px=(600.0, 400.0),
            box_px=(70.0, 90.0, 100.0),
            lon=-7.9,
            lat=12.5,
            analyst="bert@example.org",
            type="B737",
        ),
    ]


@pytest.fixture(scope="session")
def log(
    tmp_path_factory: pytest.TempPathFactory,
    seen: list[Verdict],
    add_statements: Callable[[Log], None],
    darkroom: Callable[[Log, list[Verdict]], Darkroom],
) -> Iterator[Log]:
    """Five sightings that were seen, with chips, one that was reported; two movements. Do not add to it."""
    with open_log(str(tmp_path_factory.mktemp("exports") / "log.db"), create=True) as opened:
        opened.record(seen, cut=darkroom(opened, seen).cut)
        add_statements(opened)
        yield opened


@pytest.fixture(scope="session")
def selection(log: Log) -> Selection:
    """All of that log."""
    return Selection(log)


@pytest.fixture(scope="session")
def white() -> Callable[[bytes, np.ndarray], float]:
    """The share of the pixels in a polygon that are white, of a PNG."""
    import io

    def share(png: bytes, ring: np.ndarray) -> float:
        with Image.open(io.BytesIO(png)) as image:
            pixels = np.asarray(image.convert("L"))
            mask = Image.new("L", image.size)
        ImageDraw.Draw(mask).polygon([tuple(point) for point in np.asarray(ring).tolist()], fill=255)
        return float((pixels[np.asarray(mask) > 0] > 0).mean())

    return share
