"""Candidates and the file they are kept in: the only thing that passes from detection to review."""

from __future__ import annotations

import hashlib
import json
import math
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import shapely

from detect.box import Extent, GroundBox, OrientedBox, corners, to_ground
from detect.detector import DetectorInfo
from detect.limits import SceneLimits, limits_from_json
from imagery.area import area_from_json, area_to_json
from imagery.errors import UsageError
from imagery.files import whole_file
from imagery.grid import Grid, PixelPoint, geojson_polygon
from imagery.json_text import parse_json
from imagery.record import SceneRecord
from imagery.words import counted

CANDIDATES_SCHEMA = 2
FARTHEST_PX = 2.0**31  # from a scene's first pixel; what is farther is not in an image
# Of a network, and of what was learned from verdicts: what every candidate carries too.
WEIGHTS_MEMBERS = ("weights_sha256", "weights_licence", "verifier_sha256")


class TypeSuggestion(NamedTuple):
    """A type whose known size fits: its ICAO designator, and how likely it is, 0..1."""

    type: str
    score: float


class SizeError(NamedTuple):
    """The stated 1-sigma error of a measured size, in metres: see `detect.measuring.accuracy.size_error`."""

    length_m: float
    wingspan_m: float


@dataclass(frozen=True)
class Candidate:
    """The machine's proposal that an aircraft stands in a place; GeoPandas takes it as a Feature.

    Attributes:
        id: The same for the same scene, settings and place.
        box: The oriented box in scene pixels.
        extent: Extent of the planform in scene pixels.
        ground: The box's measures on the ground.
        heading_sure: False where nose and tail could be swapped.
        score: 0..1, higher is surer.
        types: Suggestions from the measured size, best first.
        airfield: ICAO code, or None.
        size_error_m: How far length and wingspan may be off; None where the file does not say.
        grid: The scene's, which puts the box on Earth; None where the candidate was read without its scene.
    """

    id: str
    box: OrientedBox
    extent: Extent
    ground: GroundBox
    heading_sure: bool
    score: float
    types: tuple[TypeSuggestion, ...]
    airfield: str | None
    size_error_m: SizeError | None = None
    grid: Grid | None = field(default=None, compare=False, repr=False)

    @property
    def side_m(self) -> float:
        """The longer of its length and wingspan."""
        return max(self.ground.length_m, self.ground.wingspan_m)

    @property
    def __geo_interface__(self) -> dict[str, Any]:
        """The candidate as a GeoJSON Feature, with its box in longitude and latitude."""
        return feature_of(self, self.grid)


@dataclass(frozen=True, repr=False)
class CandidatesFile:
    """All candidates of one scene, with what the scene is and how they were found.

    ``geopandas.GeoDataFrame.from_features(file, crs=4326)`` makes a table of them.

    Attributes:
        scene: The scene's record.
        detector: Which detector found them, and with what settings.
        candidates: In the order of the scan.
        aoi: The area of interest, in lon/lat; None where that is the whole scene.
        searched: What of it holds data, to about 10 m; None where the scene has no place.
        limits: What the scene cannot show; None where nobody looked.
        doubts: Why place, values or the detector's figures may not hold for the scene, a line each.
    """

    scene: SceneRecord
    detector: DetectorInfo
    candidates: tuple[Candidate, ...]
    aoi: shapely.MultiPolygon | None = None
    searched: shapely.MultiPolygon | None = None
    limits: SceneLimits | None = None
    doubts: tuple[str, ...] = ()

    def __repr__(self) -> str:
        found, name = counted(len(self.candidates), "candidate"), Path(self.scene.path).name
        when = f", acquired {self.scene.acquired}" if self.scene.acquired else ""
        return f"<CandidatesFile: {found} in {name}{when}, by {self.detector.name} {self.detector.version}>"

    @property
    def __geo_interface__(self) -> dict[str, Any]:
        """The file as a GeoJSON FeatureCollection."""
        return to_geojson(self)


def candidate_id(scene: SceneRecord, detector: DetectorInfo, center: PixelPoint) -> str:
    """Return an identifier that depends on scene, settings and place, and on nothing else."""
    place = f"{scene.sha256} {detector.name} {detector.version} {detector.params_hash}"
    return hashlib.sha256(f"{place} {center.col:.1f} {center.row:.1f}".encode()).hexdigest()[:16]


def measured_candidate(
    grid: Grid,
    box: OrientedBox,
    extent: Extent,
    *,
    scene: SceneRecord,
    detector: DetectorInfo,
    score: float,
    heading_sure: bool,
    airfield: str | None,
    size_error_m: SizeError | None = None,
    types: tuple[TypeSuggestion, ...] = (),
) -> Candidate:
    """Measure a box on the ground and make a candidate of it."""
    return Candidate(
        id=candidate_id(scene, detector, box.center),
        box=box,
        extent=extent,
        ground=to_ground(box, grid.ground_matrix(box.center)),
        heading_sure=heading_sure,
        score=score,
        types=types,
        airfield=airfield,
        size_error_m=size_error_m,
        grid=grid,
    )


def to_geojson(file: CandidatesFile) -> dict[str, Any]:
    """Return the file as an RFC 7946 FeatureCollection, lengths rounded to what can matter."""
    grid = file.scene.grid
    return {
        "type": "FeatureCollection",
        "schema_version": CANDIDATES_SCHEMA,
        "scene": asdict(file.scene),
        "detector": {**file.detector._asdict(), "params_hash": file.detector.params_hash},
        "aoi": area_to_json(file.aoi),
        "searched": area_to_json(file.searched),
        "limits": file.limits and file.limits.to_json(),
        "doubts": list(file.doubts),
        "features": [feature_of(candidate, grid, file.detector) for candidate in file.candidates],
    }


def feature_of(
    candidate: Candidate, grid: Grid | None, detector: DetectorInfo | None = None
) -> dict[str, Any]:
    """Return a candidate as a GeoJSON Feature.

    Args:
        candidate: The candidate.
        grid: The scene's; without one, or where the scene has no place on Earth, there is no geometry.
        detector: What found it; left out of the properties where it is None.
    """
    box, ground, error = candidate.box, candidate.ground, candidate.size_error_m
    return {
        "type": "Feature",
        "id": candidate.id,
        "geometry": _outline(box, grid) if grid and grid.placed else None,
        "properties": {
            "score": round(candidate.score, 4),
            "center_px": [round(box.center.col, 3), round(box.center.row, 3)],
            "length_px": round(box.length, 3),
            "width_px": round(box.width, 3),
            "angle_deg": round(box.angle_deg, 3) % 360,
            "bbox_px": [round(edge, 3) for edge in candidate.extent],
            "length_m": round(ground.length_m, 2),
            "wingspan_m": round(ground.wingspan_m, 2),
            "size_error_m": error and [round(error.length_m, 2), round(error.wingspan_m, 2)],
            # Without a place there is no north.
            "heading_deg": round(ground.heading_deg, 2) % 360 if grid and grid.placed else None,
            "heading_sure": candidate.heading_sure,
            "types": [suggestion._asdict() for suggestion in candidate.types],
            **(_detector_members(detector) if detector else {}),
            "airfield": candidate.airfield,
            **(_weights_members(detector) if detector else {}),
        },
    }


def _outline(box: OrientedBox, grid: Grid) -> dict[str, Any] | None:
    ring = grid.lonlats(corners(box, grid.ground_matrix(box.center))).round(9)
    # A box in a stranger's file may be so far from its scene that it lies nowhere.
    return geojson_polygon(ring) if np.isfinite(ring).all() else None


def _detector_members(detector: DetectorInfo) -> dict[str, Any]:
    name, version = detector.name, detector.version
    return {"detector": name, "detector_version": version, "params_hash": detector.params_hash}


def _weights_members(detector: DetectorInfo) -> dict[str, Any]:
    return {name: detector.params[name] for name in WEIGHTS_MEMBERS if name in detector.params}


def from_geojson(document: Any) -> CandidatesFile:
    """Read what `to_geojson` returns.

    Raises:
        ValueError: A member is missing or makes no sense; the message says which.
    """
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        raise ValueError("not a GeoJSON FeatureCollection")
    if document.get("schema_version") != CANDIDATES_SCHEMA:
        version = document.get("schema_version")
        raise ValueError(f"schema_version is {version}, this release reads {CANDIDATES_SCHEMA}")
    try:
        scene = SceneRecord.from_json(document["scene"])
        grid = scene.grid
        detector = detector_from_json(document["detector"])
        candidates = tuple(candidate_from_feature(feature, grid) for feature in document["features"])
        aoi, searched = (area_from_json(document[name]) for name in ("aoi", "searched"))
        limits = None if document["limits"] is None else limits_from_json(document["limits"])
        doubts = tuple(document.get("doubts", ()))
    except (LookupError, TypeError, AttributeError, ArithmeticError) as reason:
        raise ValueError(f"a member is missing or of the wrong kind ({reason!r})") from None
    if len({candidate.id for candidate in candidates}) < len(candidates):
        raise ValueError("two candidates have the same id")
    if not all(map(_is_text, doubts)):
        raise ValueError("'doubts' is not a list of text")
    return CandidatesFile(scene, detector, candidates, aoi, searched, limits, doubts)


def detector_from_json(members: dict[str, Any]) -> DetectorInfo:
    """Read a detector's name, version and settings from a file or a task; other members are left out.

    Raises:
        ValueError: One is of the wrong kind.
        KeyError: One is missing.
    """
    name, version, params = (members[name] for name in DetectorInfo._fields)
    if not (isinstance(params, dict) and all(map(_is_text, (name, version, *params)))):
        raise ValueError("detector: its name, version or settings are of the wrong kind")
    return DetectorInfo(name, version, params)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value == value.encode(errors="replace").decode()


def candidate_from_feature(feature: dict[str, Any], grid: Grid | None = None) -> Candidate:
    """Read what `feature_of` returns.

    Args:
        feature: The Feature.
        grid: The scene's, where it is known.

    Raises:
        ValueError: Its numbers do not make a box.
        KeyError: A member is missing.
        TypeError: A member is of the wrong kind.
    """
    members = feature["properties"]
    error = members.get("size_error_m")
    sizes = [float(members[name]) for name in ("length_px", "width_px", "angle_deg", "score")]
    center = PixelPoint(*(float(value) for value in members["center_px"]))
    heading_deg = math.nan if members["heading_deg"] is None else float(members["heading_deg"])
    ground = GroundBox(float(members["length_m"]), float(members["wingspan_m"]), heading_deg)
    extent = Extent(*(float(edge) for edge in members["bbox_px"]))
    if min(sizes[:2]) <= 0 or not all(abs(value) < FARTHEST_PX for value in (*sizes, *center, *extent)):
        raise ValueError(f"candidate {feature['id']}: its box is not a box")
    error_m = None if error is None else SizeError(*(float(metres) for metres in error))
    if not all(map(math.isfinite, (*ground[:2], *(error_m or ())))) or math.isinf(heading_deg):
        raise ValueError(f"candidate {feature['id']}: its measures are not measures")
    types = tuple(TypeSuggestion(t["type"], float(t["score"])) for t in members["types"])
    names = [feature["id"], *(suggestion.type for suggestion in types)]
    if members["airfield"] is not None:
        names.append(members["airfield"])
    if not all(map(_is_text, names)):
        raise ValueError("a candidate whose id, airfield or types are not text")
    return Candidate(
        id=feature["id"],
        box=OrientedBox(center, *sizes[:3]),
        extent=extent,
        ground=ground,
        heading_sure=bool(members["heading_sure"]),
        score=sizes[3],
        types=types,
        airfield=members["airfield"],
        size_error_m=error_m,
        grid=grid,
    )


def write_candidates(file: CandidatesFile, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Write a candidates file, whole or not at all.

    Raises:
        OutputExists: The file exists and ``overwrite`` is false.
        OutputUnwritable: The folder cannot be written.
    """
    text = json.dumps(to_geojson(file), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    with whole_file(path, overwrite=overwrite) as part:
        part.write_text(text, encoding="utf-8")
    return Path(path)


def read_candidates(path: str | os.PathLike[str]) -> CandidatesFile:
    """Read a candidates file.

    Raises:
        UsageError: The file cannot be read, or is not a candidates file.
    """
    name = os.fspath(path)
    try:
        return from_geojson(parse_json(Path(name).read_text(encoding="utf-8")))
    except OSError as reason:
        raise UsageError(f"{name}: cannot be read ({reason.strerror})") from None
    except ValueError as reason:
        raise UsageError(f"{name}: not a candidates file ({reason})") from None
