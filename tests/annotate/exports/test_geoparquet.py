"""GeoParquet is as its specification 1.1 has it."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas
import pyarrow.parquet as pq
import pytest

from annotate.exports.export import export
from annotate.exports.selection import Selection
from imagery.airfields import airfields


@pytest.mark.parametrize(
    ("name", "kind"), [("a.parquet", "Point"), ("a-movements.parquet", "MultiLineString")]
)
def test_its_metadata_name_the_geometry_and_how_it_is_written(
    name: str, kind: str, selection: Selection, tmp_path: Path
) -> None:
    """What GeoParquet 1.1 demands: version, primary column, and encoding and types of each geometry."""
    export(selection.log, tmp_path / "a.parquet")
    geo = json.loads(pq.read_schema(tmp_path / name).metadata[b"geo"])
    assert geo["version"] == "1.1.0"
    assert geo["columns"][geo["primary_column"]] == {"encoding": "WKB", "geometry_types": [kind]}


def test_geopandas_reads_points_and_lines_where_they_are(selection: Selection, tmp_path: Path) -> None:
    export(selection.log, tmp_path / "a.geoparquet")
    points = geopandas.read_parquet(tmp_path / "a.geoparquet")
    assert points.crs.equals("OGC:CRS84")
    assert points.geometry.iloc[0].coords[0] == (-7.95123, 12.53499)
    assert points.geometry.isna().tolist() == [False] * 4 + [True, False]
    assert points["point_is"].fillna("").tolist() == ["position"] * 4 + ["", "reference point of GAGO"]
    assert points.geometry.iloc[5].coords[0] == airfields()["GAGO"].lonlat
    lines = geopandas.read_parquet(tmp_path / "a-movements.geoparquet")
    assert lines["evidence"].tolist() == ["reported", "inferred"]
    assert list(lines["rests_on"].iloc[1]) == [points["id"].iloc[0]]
    assert (lines.total_bounds[0], lines.total_bounds[2]) == (-180, 180)


def test_numbers_flags_and_lists_have_their_own_types(selection: Selection, tmp_path: Path) -> None:
    """A column of all unknowns too, so that the files of two logs can be read as one."""
    export(selection.log, tmp_path / "a.parquet")
    schema = pq.read_schema(tmp_path / "a.parquet")
    types = {name: str(schema.field(name).type) for name in schema.names}
    assert (types["count"], types["rendered"], types["position_error_m"]) == ("int64", "bool", "double")
    assert types["source_file"] == "string"
    assert types["box_px"].startswith("list<")
