"""Read-only SQL views of what the log holds, for programs that know SQL and not hardstand.

They are what `Log.sightings`, `Log.movements` and `Log.scenes` read: superseded and withdrawn entries are
left out, one column is one field of the exports. A field that is a list is JSON. A migration that changes the
fields makes the views anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from annotate.log.columns import Kind, columns
from annotate.log.entries import Movement, Sighting


class _Field(NamedTuple):
    column: str
    path: tuple[str, ...]  # of the member in the payload
    kind: Kind


# What sightings have of their scenes has the same name here.
_SCENE = (
    _Field("id", ("id",), "text"),
    _Field("scene_path", ("scene", "path"), "text"),
    _Field("scene_sha256", ("scene", "sha256"), "text"),
    _Field("acquired", ("scene", "acquired"), "text"),
    _Field("acquired_precision", ("scene", "acquired_precision"), "text"),
    _Field("airfield", ("airfield",), "text"),
    _Field("footprint", ("footprint",), "json"),
    _Field("position_error_m", ("scene", "position_error_m"), "number"),
    _Field("image_id", ("scene", "image_id"), "text"),
    _Field("sensor", ("scene", "sensor"), "text"),
    _Field("off_nadir_deg", ("scene", "off_nadir_deg"), "number"),
    _Field("gsd_m", ("scene", "gsd_m"), "number"),
    _Field("licence", ("scene", "licence"), "text"),
    _Field("source_url", ("scene", "source_url"), "text"),
    _Field("rendered", ("scene", "rendered"), "flag"),
    _Field("detector", ("detector",), "text"),
    _Field("detector_version", ("detector_version",), "text"),
    _Field("params_hash", ("params_hash",), "text"),
    _Field("candidates", ("candidates",), "integer"),
    _Field("tiles", ("tiles",), "integer"),
    _Field("tasks", ("tasks",), "integer"),
    _Field("reviewed", ("reviewed",), "integer"),
    _Field("searched", ("searched",), "json"),
    _Field("seen", ("seen",), "json"),
    _Field("hidden", ("hidden",), "json"),
    _Field("shown_from_m", ("limits", "shown_from_m"), "number"),
    _Field("found_from_m", ("limits", "found_from_m"), "number"),
    _Field("cloud_share", ("limits", "cloud_share"), "number"),
    _Field("cloud_stated", ("limits", "cloud_stated"), "number"),
    _Field("project", ("project",), "text"),
    _Field("supersedes", ("supersedes",), "text"),
    _Field("logged", ("logged",), "text"),
)
_PATHS = {"signed_by": ("signature", "by")}  # of fields that are not members under their own names
VIEWS = {
    view: (
        entry.kind,
        tuple(_Field(name, _PATHS.get(name, (name,)), kind) for name, kind, _ in columns(entry)),
    )
    for view, entry in (("sightings", Sighting), ("movements", Movement))
} | {
    "scenes": ("scene", _SCENE),
}
# As both databases and DuckDB have them.
_TYPES: dict[Kind, str] = {
    "text": "TEXT",
    "number": "DOUBLE PRECISION",
    "integer": "BIGINT",
    "flag": "BOOLEAN",
}
_HOLDS = """
kind = '{kind}' AND seq = (
    SELECT max(seq) FROM entries AS later WHERE later.subject = entries.subject AND later.kind = entries.kind
)
"""
# OFFSET keeps PostgreSQL from parsing the text anew for each column; and its texts cannot hold U+0000.
_MEMBERS = r"""
FROM (
    SELECT (
        CASE WHEN strpos(payload, '\u0000') = 0 THEN payload
        ELSE regexp_replace(payload, '(?<!\\)((?:\\\\)*)\\u0000', '\1\\ufffd', 'g') END
    )::jsonb AS members
    FROM entries WHERE {holds} OFFSET 0
) AS held
"""


def view_statements(*, sqlite: bool) -> Iterator[str]:
    """Write the statements that make the views in a database that has the table of entries.

    Args:
        sqlite: For SQLite; otherwise for PostgreSQL.
    """
    for view, (kind, fields) in VIEWS.items():
        holds = _HOLDS.format(kind=kind)
        status = _Field("status", ("status",), "text")
        if sqlite:
            of_field, source = _sqlite, f"FROM entries WHERE {holds} AND "
        else:
            of_field, source = _postgresql, _MEMBERS.format(holds=holds) + " WHERE "
        listed = ",\n".join(f"{of_field(field)} AS {field.column}" for field in fields)
        stands = f"{of_field(status)} <> 'withdrawn'" if kind != "scene" else "true"
        yield f"CREATE VIEW {view} AS SELECT {listed} {source} {stands}"


def _sqlite(field: _Field) -> str:
    """Return SQL that DuckDB understands as SQLite does, since it runs a view's text by itself.

    There `json_extract` leaves texts in quotes, and REAL and INTEGER have 32 bits.
    SQLite itself has no booleans: they are 1 and 0.
    """
    member = f"payload ->> '$.{'.'.join(field.path)}'"
    return f"CAST({member} AS {_TYPES.get(field.kind, 'TEXT')})"


def _postgresql(field: _Field) -> str:
    path = f"'{{{','.join(field.path)}}}'"
    kind = _TYPES.get(field.kind)  # lists stay JSON
    return f"nullif(members #> {path}, 'null')" if kind is None else f"CAST(members #>> {path} AS {kind})"
