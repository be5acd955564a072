"""What one source says of a scene: when it was taken, by what, at what angle, and under which name.

A source is an option, a STAC item, a sidecar, a tag or the file's name. What it says comes from strangers, so
the texts go through `plain_text` and the angle through `off_nadir` before they are believed.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import Any, NamedTuple

from imagery.acquisition import Acquisition, Span

BEGINNING = datetime.min.replace(tzinfo=UTC)  # of a span that says only "not later than"

_TEXT_LENGTH = 200

# Satellites as their providers abbreviate them, without spaces and punctuation, and their proper names.
# PHR, PNEO and SPOT: MISSION and MISSION_INDEX of Airbus' DIMAP (Pléiades Imagery User Guide). QB02 to LG06:
# satId of Maxar's support data (DigitalGlobe, Imagery Support Data Documentation 1.1.2; Legion is younger).
# S1A to S2C: ESA's product names (https://sentiwiki.copernicus.eu). TSX1 to PAZ1: DLR's and Hisdesat's.
_SATELLITES = {
    "PHR1A": "Pléiades 1A",
    "PHR1B": "Pléiades 1B",
    "PNEO3": "Pléiades Neo 3",
    "PNEO4": "Pléiades Neo 4",
    "SPOT5": "SPOT 5",
    "SPOT6": "SPOT 6",
    "SPOT7": "SPOT 7",
    "QB02": "QuickBird",
    "GE01": "GeoEye-1",
    "IK01": "Ikonos",
    "WV01": "WorldView-1",
    "WV02": "WorldView-2",
    "WV03": "WorldView-3",
    "WV04": "WorldView-4",
    **{f"LG0{number}": f"WorldView Legion {number}" for number in range(1, 7)},
    "S2A": "Sentinel-2A",
    "S2B": "Sentinel-2B",
    "S2C": "Sentinel-2C",
    "SENTINEL2": "Sentinel-2",
    **{f"S1{letter}": f"Sentinel-1{letter}" for letter in "ABCD"},
    "SENTINEL1": "Sentinel-1",
    "TSX1": "TerraSAR-X",
    "TDX1": "TanDEM-X",
    "PAZ1": "PAZ",
    "PLANETSCOPE": "PlanetScope",
    "SKYSAT": "SkySat",
    "RAPIDEYE": "RapidEye",
    "NAIPAERIAL": "NAIP aerial",
}


def _key(text: str) -> str:
    return re.sub(r"[\W_]", "", text.upper().replace("É", "E"))


_SATELLITES |= {_key(name): name for name in _SATELLITES.values()}


class Statement(NamedTuple):
    """What one source says of a scene. A member is None where the source says nothing of it.

    Attributes:
        source: The source in words that a person understands, such as ``DIMAP file DIM_X.XML``.
        acquired: When it was taken. Its ``time`` is None where the source names a time that cannot be used;
            then the source of the acquisition says why.
        sensor: Satellite or camera.
        off_nadir_deg: Angle at the sensor between straight down and the scene's middle, 0 to 90 degrees.
        image_id: The provider's name of the image.
        span: The times that the source allows where those are others than ``acquired`` covers.
        damage: Why the source cannot be read, if so; then it says nothing else.
        remedy: What a person does about this source where it is wrong.
        bands: What each band of the file shows, by the common names of STAC (``blue``, ``nir``).
        cloud_share: Of the product under cloud, 0..1.
    """

    source: str
    acquired: Acquisition | None = None
    sensor: str | None = None
    off_nadir_deg: float | None = None
    image_id: str | None = None
    span: Span | None = None
    damage: str | None = None
    remedy: str | None = None
    bands: tuple[str, ...] | None = None
    cloud_share: float | None = None

    @property
    def allowed(self) -> Span | None:
        """The times that this source allows; None where it says nothing about them."""
        return self.span or (self.acquired and self.acquired.span)

    @property
    def dates(self) -> bool:
        """True if the source settles when: by a time, or by a span that no one time can stand for.

        A mosaic of several months is the latter; sources after it that know one of its images may not speak.
        """
        return bool(self.acquired and self.allowed and self.allowed.first > BEGINNING)


def sensor_name(text: str) -> str:
    """Return the proper name of a satellite (``PHR 1A``: Pléiades 1A); other text as it is."""
    return _SATELLITES.get(_key(text), text)


def sensors_differ(first: str, second: str) -> bool:
    """Check whether two names stand for different sensors.

    Free text never contradicts anything; ``Sentinel-2`` says less than ``Sentinel-2A`` and agrees with it.
    """
    names = sensor_name(first), sensor_name(second)
    known = all(_key(name) in _SATELLITES for name in names)
    return known and not (names[0].startswith(names[1]) or names[1].startswith(names[0]))


def plain_text(value: Any) -> str | None:
    """Return a member's value as one line of text; None where it is missing or empty.

    Raises:
        ValueError: It is not text, is longer than any name, or has characters that cannot be shown.
    """
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError(f"{type(value).__name__} where a text belongs")  # noqa: TRY004
    text = value.strip().strip('"').strip()
    if len(text) > _TEXT_LENGTH or not text.isprintable():
        raise ValueError(f"{text[:20]!a}... where a name or a time belongs")
    return text or None


def cloud_share(value: Any, whole: float = 1.0) -> float | None:
    """Return the share of a product under cloud, 0..1; None where it is missing, or a number that means so.

    Args:
        value: As the provider writes it.
        whole: What stands for all of it: 1 or 100.

    Raises:
        ValueError: It is not a number.
    """
    if value is None or isinstance(value, bool) or (isinstance(value, str) and not value.strip()):
        return None
    try:
        share = float(value) / whole
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{str(value)[:20]!a} is not a share of clouds") from None
    return share if 0 <= share <= 1 else None  # -999: not assessed


def off_nadir(value: Any) -> float | None:
    """Return an off-nadir angle in degrees without its sign, which tells the side; None where it is missing.

    Raises:
        ValueError: It is not an angle between -90 and 90 degrees.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        angle = math.nan if isinstance(value, bool) else abs(float(value))
    except (TypeError, ValueError, OverflowError):
        angle = math.nan
    if not angle <= 90:
        raise ValueError(f"{str(value)[:20]!a} is not an off-nadir angle")
    return angle
