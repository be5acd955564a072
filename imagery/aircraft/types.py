"""Dimensions of the aircraft types that matter on an airfield image.

The table is ``types.csv`` beside this module, grouped by category. Designators are those of ICAO Doc 8643,
which gives one to the variants of a type (``SU27`` is every aircraft from the Su-27 to the Su-35); the
dimensions are the commonest variant's. Each row names where they come from; most are facts taken from the
AllPlanes table (Apache-2.0), corrected where it was wrong. "General reference, unchecked" is general
knowledge for which no publication was at hand. The wings of aircraft that can sweep them are spread.
"""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal, NamedTuple, cast, get_args

Wing = Literal["straight", "swept", "delta", "rotor"]
Engine = Literal["jet", "turboprop", "piston", "turboshaft"]


class AircraftType(NamedTuple):
    """One aircraft type.

    Attributes:
        icao: ICAO type designator, for instance ``C130``.
        name: manufacturer and model.
        category: what kind of aircraft it is, in words: ``Military transport``, ``Helicopter``...
        length_m: nose to tail, in metres. Helicopters: without rotors, whose blades
            stop at any angle.
        wingspan_m: wing tip to wing tip, in metres. Helicopters: the widest rigid part (stub wings,
            stabiliser, sponsons or wheels), without rotors.
        wing: shape of the wing; ``rotor`` is a helicopter.
        engine: kind of engine.
        engines: how many engines.
        source: where the dimensions come from.
    """

    icao: str
    name: str
    category: str
    length_m: float
    wingspan_m: float
    wing: Wing
    engine: Engine
    engines: int
    source: str


@cache
def aircraft_types() -> Mapping[str, AircraftType]:
    """Return the aircraft types by ICAO designator, in the order of the table (read-only, read once).

    Raises:
        ValueError: a row of the table has an unknown wing or engine.
    """
    with files(__package__).joinpath("types.csv").open(encoding="utf-8") as table:
        types = [_type_of_row(row) for row in csv.DictReader(table)]
    return MappingProxyType({aircraft.icao: aircraft for aircraft in types})


def _type_of_row(row: dict[str, str]) -> AircraftType:
    if row["wing"] not in get_args(Wing) or row["engine"] not in get_args(Engine):
        raise ValueError(
            f"types.csv: {row['icao']}: unknown wing {row['wing']!r} or engine {row['engine']!r}"
        )
    return AircraftType(
        icao=row["icao"],
        name=row["name"],
        category=row["category"],
        length_m=float(row["length_m"]),
        wingspan_m=float(row["wingspan_m"]),
        wing=cast(Wing, row["wing"]),
        engine=cast(Engine, row["engine"]),
        engines=int(row["engines"]),
        source=row["source"],
    )
