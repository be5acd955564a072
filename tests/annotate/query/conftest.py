"""An airfield of scenes and aircraft, without a log: places are metres east and north of Bamako's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import shapely
from affine import Affine
from pyproj import Geod, Transformer
from rasterio.crs import CRS

from annotate.log.entries import Movement, SceneReview, Sighting
from annotate.query.searched_scenes import SearchedScene
from imagery.airfields import airfields
from imagery.area import area_on_earth
from imagery.grid import Grid, LonLat
from imagery.record import SceneRecord

GEOD = Geod(ellps="WGS84")
UTM = CRS.from_epsg(32629)
CENTER = airfields()["GABS"].lonlat
EAST, NORTH = Transformer.from_crs(4326, 32629, always_xy=True).transform(*CENTER)


def place(east_m: float, north_m: float) -> LonLat:
    """A place at the airfield."""
    lon, lat, _ = GEOD.fwd(*CENTER, 90, east_m)
    return LonLat(*GEOD.fwd(lon, lat, 0, north_m)[:2])


@pytest.fixture(scope="session")
def sighting(reported: Callable[..., Sighting]) -> Callable[..., Sighting]:
    """Makes a sighting of a C-130 in a scene of half a metre; keyword arguments replace members."""

    def make(number: int = 1, east_m: float = 0, north_m: float = 0, **members: Any) -> Sighting:
        lon, lat = place(east_m, north_m)
        known = {
            "id": f"{number:016x}",
            "evidence": "seen",
            "acquired": "2023-10-27",
            "lon": lon,
            "lat": lat,
            "heading_deg": 60.0,
            "heading_sure": True,
            "length_m": 29.8,
            "wingspan_m": 40.4,
            "verdict": "confirmed",
            "analyst": "anna@example.org",
            "scene_path": "images/apron.tif",
            "scene_sha256": "ab" * 32,
            "gsd_m": 0.5,
            "source": None,
            "logged": "2026-01-01T00:00:00Z",
        }
        return reported(**known | members)

    return make


@pytest.fixture(scope="session")
def movement(route: Callable[..., Movement]) -> Callable[..., Movement]:
    """Makes a reported route that is logged; keyword arguments replace members."""
    told = {"type": None, "analyst": "anna@example.org", "source": None}
    return partial(route, id="cd" * 8, logged="2026-01-01T00:00:00Z", **told)


@pytest.fixture(scope="session")
def record(scene_record: Callable[..., SceneRecord]) -> Callable[..., SceneRecord]:
    """Makes the record of a scene of 1.2 km a side around the airfield, moved east by some metres."""

    def make(acquired: str | None = "2023-10-27", east_m: float = 0, **members: Any) -> SceneRecord:
        corner = Affine(0.5, 0, EAST - 600 + east_m, 0, -0.5, NORTH + 600)
        known = {
            "acquired": acquired,
            "path": f"images/{acquired}.tif",
            "sha256": f"{acquired}".encode().hex().ljust(64, "0"),
        }
        return scene_record(Grid(2400, 2400, corner, UTM), **known | members)

    return make


@pytest.fixture(scope="session")
def review(review: Callable[..., SceneReview]) -> Callable[..., SceneReview]:
    """Makes the word that a scene was reviewed, whole unless told otherwise."""

    def make(scene: SceneRecord, **members: Any) -> SceneReview:
        whole = {"footprint": scene.grid.footprint(), "candidates": 4, "tasks": 4, "reviewed": 4}
        return review(scene=scene, **whole | members)

    return make


@pytest.fixture(scope="session")
def searched(record: Callable[..., SceneRecord]) -> Callable[..., SearchedScene]:
    """Makes a scene of a day, with aircraft, reviewed whole unless told otherwise."""

    def make(
        acquired: str | None, *sightings: Sighting, east_m: float = 0, scene: Any = None, **members: Any
    ) -> SearchedScene:
        taken = record(acquired, east_m, **(scene or {}))
        facts = (
            "path",
            "sha256",
            "acquired",
            "sensor",
            "gsd_m",
            "image_id",
            "licence",
            "source_url",
            "rendered",
        )
        known = {
            **{name: getattr(taken, name) for name in facts},
            "airfield": "GABS",
            "record": taken,
            "footprint": taken.grid.footprint(),
            "tiles": 4,
            "reviewed": 4,
            "searched": area_on_earth(taken.grid, shapely.box(0, 0, taken.width, taken.height)),
            "seen": area_on_earth(taken.grid, shapely.box(0, 0, taken.width, taken.height)),
            "projects": ("Bamako",),
            "sightings": tuple(
                replace(one, acquired=acquired, scene_path=taken.path, scene_sha256=taken.sha256)
                for one in sightings
            ),
        }
        return SearchedScene(**known | members)

    return make
