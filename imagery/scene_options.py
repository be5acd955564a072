"""The options of a scene: what a user knows of it that its file does not say."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from typing import Any, TypedDict, cast

import shapely

from imagery.acquisition import Acquisition, parse_acquired
from imagery.aoi import aoi_of

# How files and logs have named the user as a source since the first ones; messages name the parameter.
GIVEN = "option --acquired"


class SceneOptions(TypedDict, total=False):
    """What a user knows about a scene; None or absent where the file is right.

    Attributes:
        acquired: ISO 8601 acquisition time, or a date or an aware datetime.
        sensor: Satellite or camera.
        image_id: The provider's identifier of the image.
        source_url: Where the image came from.
        licence: Terms of use of the image.
        crs: The CRS of an image that has a transform but does not say in which.
        gsd_m: Metres per pixel of an image without any georeference.
        height_m: Height of the ground above the ellipsoid in metres, for an image with RPCs.
        asset: Key of the STAC item's asset to open.
        airfield: ICAO code of the airfield it shows.
        aoi: Area of interest to which all work is limited: a vector file, or polygons in lon/lat.
    """

    acquired: str | date | None
    sensor: str | None
    image_id: str | None
    source_url: str | None
    licence: str | None
    crs: str | None
    gsd_m: float | None
    height_m: float | None
    asset: str | None
    airfield: str | None
    aoi: str | os.PathLike[str] | shapely.Geometry | None


def checked_options(options: Mapping[str, Any]) -> SceneOptions:
    """Check the options that do not depend on a scene, so that they fail once for all; read the area's file.

    Args:
        options: Members of `SceneOptions`; what was checked already is taken as it is.

    Raises:
        UsageError: ``acquired`` is not a time, or ``aoi`` holds no polygon.
    """
    if options.get("acquired") is not None:
        acquired_of(options["acquired"])
    aoi = options.get("aoi")
    return cast(SceneOptions, {**options, "aoi": None if aoi is None else aoi_of(aoi)})


def acquired_of(value: str | date) -> Acquisition:
    """Return the acquisition time that a user gave.

    Raises:
        UsageError: It is not a time, has no time zone, or is in the future.
    """
    text = value.isoformat() if isinstance(value, date) else value  # a datetime is a date
    return parse_acquired(text, "`acquired`")._replace(source=GIVEN)


def opened_with(options: SceneOptions) -> dict[str, str | float]:
    """Return the options that decided where a scene lies."""
    given = cast(dict[str, Any], options)
    return {
        name: given[name] for name in ("crs", "gsd_m", "height_m", "asset") if given.get(name) is not None
    }
