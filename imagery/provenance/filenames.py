"""Time and sensor in a scene's file name, where it follows a provider's naming rule.

The rules, each from its provider's documentation:

- NAIP: ``m_4208701_ne_16_060_20200902[_20201203].tif``: quarter quadrangle, UTM zone, pixel size, the **day
  of flight** (local: flights are by daylight over the United States), and the version's date, which is none
  of ours (USDA; https://www.usgs.gov/centers/eros/science/naip).
- PlanetScope: ``20170613_180813_102e_3B_Visual.tif``, since 2021 with hundredths of a second before the
  satellite, UTC (Planet, PlanetScope Product Specifications). Cameras name files much like it, so it counts
  where the name begins so and goes on as Planet's do or has a satellite with a letter, or where it says
  planet.
- Sentinel-2: ``S2A_MSIL1C_20231027T105131_N0509_R051_T29PMK_...`` and in it ``T29PMK_20231027T105131_B04``
  (https://sentiwiki.copernicus.eu/web/s2-products). The time is UTC, **of the start of the datatake**; the
  scene itself is up to `DATATAKE` later. It is given as it is written, and the source says what it is.
- SkySat: ``20231027_103611_ssc4_u0001_analytic.tif``, UTC (Planet, SkySat Imagery Product Specification).
- Pléiades and SPOT: ``IMG_PHR1A_P_202310271036111_ORT_...``, UTC, to a tenth of a second (Airbus, Pléiades
  Imagery User Guide, "File Naming").
- Radar, all UTC, the start or start and end of the acquisition:
  Sentinel-1, ``S1A_IW_GRDH_1SDV_20231027T103611_20231027T103636_...`` and in it
  ``s1a-iw-grd-vv-20231027t103611-...`` (https://sentiwiki.copernicus.eu/web/s1-products);
  TerraSAR-X, ``TSX1_SAR__EEC_SE___SL_S_SRA_20231027T103611_...`` (DLR, TX-GS-DD-3302);
  ICEYE, ``ICEYE_X7_GRD_SLEA_12345_20231027T103611`` (ICEYE, Product Metadata);
  Capella, ``CAPELLA_C05_SP_GEO_HH_20231027103611_20231027103615`` (Capella, SAR Products Format);
  Umbra, ``2023-10-27-10-36-11_UMBRA-05_GEC.tif`` (Umbra, Product Guide);
  COSMO-SkyMed, ``CSKS1_GEC_B_HI_05_HH_RA_SF_20231027103611_20231027103618`` (ASI, Products Handbook).
- Maxar: ``23OCT27105131-P2AS-012345678901_01_P001.TIF``: YYMMMDDhhmmss, UTC (DigitalGlobe, QuickBird
  Imagery Products, Product Guide, "Product Naming").
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import PurePath

from imagery.acquisition import Span, acquisition_of_all, parse_acquired, recorded_time
from imagery.errors import UsageError
from imagery.provenance.statement import Statement, sensor_name

# A datatake is at most 15,000 km long (ESA, Sentinel-2 User Handbook); the point below the satellite
# moves at 6.6 km/s.
DATATAKE = timedelta(minutes=40)

# The local day of flight ends at midnight in Hawaii, UTC-10. Its span begins with the UTC day of that name
# all the same, because catalogues write it as midnight UTC.
LOCAL_MIDNIGHT = timedelta(hours=10)

REMEDY = "rename the file"

_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_FLAGS = re.ASCII | re.IGNORECASE
_START, _END = r"(?<![0-9a-z])", r"(?![0-9a-z])"

_NAIP = re.compile(rf"{_START}(m_\d{{7}}_(?:ne|nw|se|sw)_\d{{1,2}}_[0-9a-z]{{1,3}}_(\d{{8}})){_END}", _FLAGS)
_PLANET = re.compile(
    rf"{_START}(\d{{8}})_(\d{{6}})(?:_\d{{2}})?_([0-9a-f]{{3,4}}){_END}(_[13][ab]{_END})?", _FLAGS
)
_SAYS_PLANET = re.compile("(?<![a-z])planet", _FLAGS)
_SENTINEL = re.compile(
    rf"{_START}(?:(S2[A-D])_MSIL\d[A-C]_(\d{{8}}T\d{{6}}){_END}(?:_N\d{{4}}_R\d{{3}}_T\d{{2}}[A-Z]{{3}}_\d{{8}}T\d{{6}})?"
    rf"|T\d{{2}}[A-Z]{{3}}_(\d{{8}}T\d{{6}}){_END})",
    _FLAGS,
)
_MAXAR = re.compile(rf"{_START}(\d\d)({'|'.join(_MONTHS)})(\d\d)(\d{{6}})-[A-Z]\d[A-Z]{{2}}{_END}", _FLAGS)

_CLOCK = r"(?P<first>\d{8}t?\d{6}|\d{4}(?:-\d\d){5})"
_UNTIL = r"(?:[_-](?P<last>\d{8}t?\d{6}))?"
# The whole of a name up to its time, and the satellite in it.
_TIMED = [
    re.compile(_START + pattern, _FLAGS)
    for pattern in (
        rf"(?P<sensor>S1[A-D])[_-][0-9a-z]{{2}}[_-][0-9a-z_]{{3,4}}[_-][0-9a-z]{{2,4}}[_-]{_CLOCK}{_UNTIL}",
        rf"(?P<sensor>T[SD]X1|PAZ1)_SAR__[0-9a-z_]+?_{_CLOCK}{_UNTIL}{_END}",
        rf"(?P<sensor>ICEYE_X\d+)_[0-9a-z_-]+?_{_CLOCK}{_UNTIL}{_END}",
        rf"(?P<sensor>CAPELLA_C\d+)_[0-9a-z_]+?_{_CLOCK}{_UNTIL}{_END}",
        rf"(?P<sensor>CS[KG]S\d|CSG_SSAR\d)_[0-9a-z_]+?_{_CLOCK}{_UNTIL}{_END}",
        rf"{_CLOCK}_(?P<sensor>UMBRA-\d+){_END}",
        rf"(?:IMG|DS)_(?P<sensor>PHR1[AB]|PNEO[34]|SPOT[67])_(?:[0-9a-z-]+_)??{_CLOCK}\d(?:_[0-9a-z_-]+)?{_END}",
    )
]
_SKYSAT = re.compile(rf"{_START}((\d{{8}})_(\d{{6}})_ssc?\d{{1,2}}(?:d\d)?(?:_u\d{{4}})?){_END}", _FLAGS)


def filename_statement(path: str | PurePath) -> Statement | None:
    """Read what the name of a file says of the scene in it; None where it follows no known rule.

    Args:
        path: Only the last part of it counts.
    """
    stem = PurePath(path).stem
    for read in _READERS:
        try:
            statement = read(stem)
        except UsageError as reason:  # a 13th month, or a day to come
            why = str(reason).partition(": ")[2]
            return Statement("file name", damage=f"cannot be right ({why})", remedy=REMEDY)
        if statement:
            return statement._replace(remedy=REMEDY)
    return None


def _naip(stem: str) -> Statement | None:
    match = _NAIP.search(stem)
    if not match:
        return None
    acquired = parse_acquired(_day(match[2]), "file name (day of flight, local)")
    day = acquired.span
    span = day and Span(day.first, day.last + LOCAL_MIDNIGHT)
    return Statement("file name", acquired, "NAIP aerial", image_id=match[1], span=span)


def _planetscope(stem: str) -> Statement | None:
    for match in _PLANET.finditer(stem):
        letter = re.search("[a-f]", match[3], _FLAGS)
        if _SAYS_PLANET.search(stem) or (match.start() == 0 and (letter or match[4])):
            acquired = parse_acquired(_time(match[1] + match[2]), "file name")
            return Statement(
                "file name", acquired, "PlanetScope", image_id=stem[match.start() : match.end(3)]
            )
    return None


def _sentinel(stem: str) -> Statement | None:
    match = _SENTINEL.search(stem)
    if not match:
        return None
    text = (match[2] or match[3]).upper().replace("T", "")
    acquired = parse_acquired(_time(text), "file name (start of the Sentinel-2 datatake)")
    span = acquired.span
    return Statement(
        "file name",
        acquired,
        sensor_name(match[1] or "Sentinel-2"),
        image_id=match[0],
        span=span and Span(span.first, span.last + DATATAKE),
    )


def _maxar(stem: str) -> Statement | None:
    match = _MAXAR.search(stem)
    if not match:
        return None
    month = _MONTHS.index(match[2].upper()) + 1
    return Statement(
        "file name", parse_acquired(_time(f"20{match[1]}{month:02}{match[3]}{match[4]}"), "file name")
    )


def _skysat(stem: str) -> Statement | None:
    match = _SKYSAT.search(stem)
    if not match:
        return None
    acquired = parse_acquired(_time(match[2] + match[3]), "file name")
    return Statement("file name", acquired, "SkySat", image_id=match[1])


def _timed(stem: str) -> Statement | None:
    match = next((match for rule in _TIMED if (match := rule.search(stem))), None)
    if not match:
        return None
    members = match.groupdict()
    times = [
        parse_acquired(_time("".join(filter(str.isdigit, text))), "file name")
        for text in (members["first"], members.get("last"))
        if text
    ]
    acquired, span = acquisition_of_all(times)
    return Statement("file name", acquired, sensor_name(members["sensor"].replace("_", "-")), span=span)


_READERS: tuple[Callable[[str], Statement | None], ...] = (
    *(_naip, _planetscope, _skysat, _sentinel, _maxar, _timed),
)


def _day(digits: str) -> str:
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}"


def _time(digits: str) -> str:
    written = f"{_day(digits)}T{digits[8:10]}:{digits[10:12]}:{digits[12:14]}Z"
    return recorded_time(written) or written
