"""The aircraft of a rendered scene in the image, and its truth: one oriented box each, as GeoJSON."""

import json
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import shapely
from pyproj import Geod, Proj, Transformer
from rasterio.transform import Affine

from imagery.synthetic.aircraft_drawing import Pose
from imagery.synthetic.canvas import AirfieldFrame, Points
from imagery.synthetic.layout import ParkedAircraft, park_aircraft

AIRFIELD_LON, AIRFIELD_LAT = -7.9499, 12.5335  # GABS, Modibo Keita International, Bamako
CRS = "EPSG:32629"
PIXEL_M = 0.5  # in the projection; on the ground 0.2 per thousand more
SIZE_PX = 3000
_RUNWAY_AZIMUTH_DEG = 60.0

_GEOD = Geod(ellps="WGS84")


class PlacedAircraft(NamedTuple):
    """An aircraft of the rendered scene and where it stands in the image."""

    parked: ParkedAircraft
    pose: Pose


def scene_transform() -> Affine:
    """Return the affine transform of every rendered scene, from pixels to metres in EPSG:32629."""
    x, y = Transformer.from_crs("EPSG:4326", CRS, always_xy=True).transform(AIRFIELD_LON, AIRFIELD_LAT)
    half = SIZE_PX * PIXEL_M / 2
    # The grid starts at whole pixels, as products do.
    left, top = round((x - half) / PIXEL_M) * PIXEL_M, round((y + half) / PIXEL_M) * PIXEL_M
    return Affine(PIXEL_M, 0.0, left, 0.0, -PIXEL_M, top)


def scene_frame() -> AirfieldFrame:
    """Return the airfield's axes in the image, with the projection's scale in its pixels per metre."""
    scale = Proj(CRS).get_factors(AIRFIELD_LON, AIRFIELD_LAT).meridional_scale
    return AirfieldFrame(SIZE_PX, scale / PIXEL_M, _RUNWAY_AZIMUTH_DEG)


def place_aircraft(seed: int, only: Collection[str] | None = None) -> tuple[PlacedAircraft, ...]:
    """Return the aircraft of the scene of a seed, or only those of some types, without rendering it."""
    frame = scene_frame()
    return tuple(place(parked, frame) for parked in park_aircraft(np.random.default_rng([seed, 0]), only))


def place(parked: ParkedAircraft, frame: AirfieldFrame) -> PlacedAircraft:
    """Return where a parked aircraft stands in the image of a frame."""
    col, row = frame.to_px([(parked.u, parked.v)])[0]
    angle_deg = (frame.azimuth_deg + parked.turn_deg) % 360
    return PlacedAircraft(parked, Pose((float(col), float(row)), angle_deg, frame.px_per_m))


def write_truth(path: Path, placed: Iterable[PlacedAircraft]) -> None:
    """Write the truth of a scene as an RFC 7946 feature collection."""
    features = [_feature(aircraft) for aircraft in placed]
    collection = {"type": "FeatureCollection", "rendered": True, "features": features}
    path.write_text(json.dumps(collection, indent=1) + "\n", encoding="utf-8")


def _feature(placed: PlacedAircraft) -> dict[str, Any]:
    aircraft, pose = placed.parked.aircraft, placed.pose
    half_width, half_length = aircraft.wingspan_m / 2, aircraft.length_m / 2
    # Counter-clockwise on the map: right rear, right front, left front, left rear.
    corners = np.array([(1, -1), (1, 1), (-1, 1), (-1, -1), (1, -1)]) * [half_width, half_length]
    silhouette = shapely.get_coordinates(placed.parked.planform.silhouette().exterior)
    extent_px = pose.to_px(silhouette)
    tail, nose = _lon_lat(pose.to_px(np.array([(0, -half_length), (0, half_length)])))
    heading_deg = _GEOD.inv(*tail, *nose)[0] % 360
    properties = {
        "type": aircraft.icao,
        "center_px": list(pose.center_px),
        "length_px": aircraft.length_m * pose.px_per_m,
        "width_px": aircraft.wingspan_m * pose.px_per_m,
        "angle_deg": pose.angle_deg,
        "bbox_px": [*extent_px.min(0).tolist(), *extent_px.max(0).tolist()],
        "length_m": aircraft.length_m,
        "wingspan_m": aircraft.wingspan_m,
        "heading_deg": heading_deg,
        "rendered": True,
    }
    geometry = {"type": "Polygon", "coordinates": [_lon_lat(pose.to_px(corners)).tolist()]}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _lon_lat(px: Points) -> Points:
    """Return longitude and latitude (N, 2) of pixel coordinates (N, 2)."""
    transform = scene_transform()
    x, y = transform.c + px[:, 0] * PIXEL_M, transform.f - px[:, 1] * PIXEL_M
    return np.stack(Transformer.from_crs(CRS, "EPSG:4326", always_xy=True).transform(x, y), axis=1)
