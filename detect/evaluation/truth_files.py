"""Truth files, told apart by their content: CSV, COCO or GeoJSON."""

from __future__ import annotations

import ast
import csv
import io
import math
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PureWindowsPath
from typing import Any, TypeVar

import numpy as np

from detect.box import Extent, OrientedBox
from detect.evaluation.truth import Marks, SceneTruth, Truth, TruthBox
from detect.evaluation.truth_categories import aircraft_among
from imagery.errors import UsageError
from imagery.grid import LonLat, PixelPoint
from imagery.json_text import parse_json

SITES_FILE = "airports.csv"  # beside a CSV of boxes: image_id, airport
BOX_COLUMNS = {"image_id", "geometry", "class"}
MARK_COLUMNS = {"image_id", *(f"{mark}_{axis}" for mark in Marks._fields for axis in ("col", "row"))}
CUT_CLASS = "Truncated_airplane"

CsvRow = dict[str, str]
Parsed = TypeVar("Parsed")


def read_truth(paths: Iterable[str | os.PathLike[str]], *, category: Sequence[str] = ()) -> Truth:
    """Read which aircraft are known in some scenes.

    - CSV with ``image_id, geometry, class``: all aircraft of each scene it names, the extents of polygons of
      (col, row); ``Truncated_airplane`` is ignored. Sites come from an ``airports.csv`` beside it.
    - CSV with ``image_id``, ``site`` and ``nose_col, nose_row, tail_…, left_…, right_…``: marks on
      some aircraft.
    - COCO (https://cocodataset.org/#format-data): all aircraft of its ``images``; ``iscrowd`` is ignored.
    - GeoJSON of polygons with ``center_px, length_px, width_px, angle_deg, bbox_px``, as of a
      rendered scene, or of nothing: all aircraft of the scene that the file is named after.
    - GeoJSON of points: places of some aircraft of the scene that the file is named after.

    Args:
        paths: Files, each of other scenes.
        category: The categories of COCO and classes of CSV that are aircraft; by default those whose names
            say so, see `detect.evaluation.truth_categories`. The others are left out and counted.

    Raises:
        UsageError: A file cannot be read, or is none of these; the message says where it is wrong.
    """
    files = [Path(path) for path in paths]
    left_out: Counter[str] = Counter()
    scenes = tuple(scene for file in files for scene in _read(file, category, left_out))
    return Truth(", ".join(map(str, files)), scenes, dict(left_out))


def _read(path: Path, given: Sequence[str], left_out: Counter[str]) -> list[SceneTruth]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        if text.lstrip()[:1] == "{":
            return _from_json(path, parse_json(text), given, left_out)
        return _from_csv(path, text, given, left_out)
    except OSError as reason:
        raise UsageError(f"{path}: cannot be read ({reason.strerror})") from None
    except ValueError as reason:
        raise UsageError(f"{path}: not a file of known aircraft ({reason})") from None


def _from_csv(path: Path, text: str, given: Sequence[str], left_out: Counter[str]) -> list[SceneTruth]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        columns, rows = set(reader.fieldnames or ()), list(reader)
    except csv.Error as reason:
        raise ValueError(f"line {reader.line_num}: {reason}") from None
    if columns >= MARK_COLUMNS:
        marks = _by_scene(rows, _marks)
        sites = {row["image_id"]: row.get("site") or None for row in rows}
        return [SceneTruth(scene, sites[scene], marks=tuple(some)) for scene, some in marks.items()]
    if columns >= BOX_COLUMNS:
        classes = dict.fromkeys((row["class"] or "" for row in rows), "")
        aircraft = aircraft_among(classes, given)
        left_out.update(row["class"] for row in rows if (row["class"] or "") not in aircraft)
        boxes: dict[str, list[TruthBox]] = {row["image_id"]: [] for row in rows}
        boxes |= _by_scene(rows, _box, lambda row: (row["class"] or "") in aircraft)
        airports = _airports(path.with_name(SITES_FILE))
        return [SceneTruth(scene, airports.get(scene), boxes=tuple(every)) for scene, every in boxes.items()]
    raise ValueError(
        "as a CSV it needs the columns image_id, geometry and class, or image_id and nose_col to right_row"
    )


def _by_scene(
    rows: Iterable[CsvRow],
    parse: Callable[[CsvRow], Parsed],
    wanted: Callable[[CsvRow], bool] | None = None,
) -> dict[str, list[Parsed]]:
    parsed: dict[str, list[Parsed]] = defaultdict(list)
    for number, row in enumerate(rows, start=1):
        if wanted is not None and not wanted(row):
            continue
        try:
            parsed[row["image_id"]].append(parse(row))
        except (ValueError, TypeError, SyntaxError, RecursionError, OverflowError) as reason:
            raise ValueError(f"row {number} below the header: {reason}") from None
    return parsed


def _box(row: CsvRow) -> TruthBox:
    ring = np.asarray(ast.literal_eval(row["geometry"]), dtype=np.float64)
    if ring.ndim != 2 or ring.shape[1] != 2 or len(ring) < 3:
        raise ValueError(f"its geometry is not a polygon of (col, row): {row['geometry'][:60]}")
    return TruthBox(_extent([*ring.min(0), *ring.max(0)]), ignored=row["class"] == CUT_CLASS)


def _marks(row: CsvRow) -> Marks:
    at = {name: PixelPoint(float(row[f"{name}_col"]), float(row[f"{name}_row"])) for name in Marks._fields}
    marks = Marks(**at)
    if not np.isfinite(marks).all() or marks.nose == marks.tail or marks.left == marks.right:
        raise ValueError("its marks do not give length, span and heading")
    return marks


def _airports(path: Path) -> dict[str, str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return {row["image_id"]: row["airport"] for row in csv.DictReader(file)}
    except FileNotFoundError:
        return {}
    except KeyError as column:
        raise ValueError(f"{path.name} beside it has no column {column}") from None


def _from_json(
    path: Path, document: dict[str, Any], given: Sequence[str], left_out: Counter[str]
) -> list[SceneTruth]:
    try:
        if {"images", "annotations"} <= document.keys():
            return _from_coco(document, given, left_out)
        if document.get("type") == "FeatureCollection":
            return [_from_geojson(path, document)]
    except (KeyError, TypeError, IndexError, AttributeError) as reason:
        raise ValueError(f"a member is missing or of the wrong kind ({reason!r})") from None
    raise ValueError("as JSON it needs COCO's images and annotations, or to be a GeoJSON FeatureCollection")


def _from_coco(document: dict[str, Any], given: Sequence[str], left_out: Counter[str]) -> list[SceneTruth]:
    boxes: dict[Any, list[TruthBox]] = {image["id"]: [] for image in document["images"]}
    categories = {each["id"]: each for each in document.get("categories") or ()}
    names = {key: str(each["name"]) for key, each in categories.items()}
    used = {annotation["category_id"] for annotation in document["annotations"]} if categories else set()
    groups = {names[key]: str(categories[key].get("supercategory") or "") for key in used}
    aircraft = aircraft_among(groups, given)
    for annotation in document["annotations"]:
        if categories and (name := names[annotation["category_id"]]) not in aircraft:
            left_out[name] += 1
            continue
        col, row, width, height = annotation["bbox"]
        extent = _extent([col, row, col + width, row + height])
        boxes[annotation["image_id"]].append(TruthBox(extent, ignored=bool(annotation.get("iscrowd"))))
    return [
        SceneTruth(_scene_named(str(image["file_name"])), boxes=tuple(boxes[image["id"]]))
        for image in document["images"]
    ]


def _scene_named(text: str) -> str:
    """Return the name of an image by a path of any system; what a server serves it as stays whole."""
    return text if "?" in text else PureWindowsPath(text).name


def _from_geojson(path: Path, document: dict[str, Any]) -> SceneTruth:
    if "detector" in document:
        raise ValueError("it is a candidates file, written by a detector; give what a person knows")
    features = document["features"]
    kinds = {feature["geometry"]["type"] for feature in features}
    if kinds == {"Point"}:
        points = tuple(LonLat(*map(float, f["geometry"]["coordinates"][:2])) for f in features)
        return SceneTruth(path.name, points=points, prefixed=True)
    if "Point" in kinds:
        raise ValueError("it mixes points with polygons; make two files of it")
    boxes = tuple(_oriented(feature["properties"]) for feature in features)
    return SceneTruth(path.name, boxes=boxes, prefixed=True)


def _oriented(members: dict[str, Any]) -> TruthBox:
    center = PixelPoint(*map(float, members["center_px"]))
    length, width, angle = (float(members[name]) for name in ("length_px", "width_px", "angle_deg"))
    if not all(map(math.isfinite, (*center, length, width, angle))) or min(length, width) <= 0:
        raise ValueError(f"the box at {members['center_px']} is not a box")
    return TruthBox(
        _extent(members["bbox_px"]), OrientedBox(center, length, width, angle), members.get("type")
    )


def _extent(edges: Sequence[float]) -> Extent:
    extent = Extent(*map(float, edges))
    finite = all(map(math.isfinite, extent))
    if not finite or extent.col_min >= extent.col_max or extent.row_min >= extent.row_max:
        raise ValueError(f"{list(extent)} is not an extent")
    return extent
