"""Which categories of a truth file are aircraft: files of annotations hold other objects, too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from imagery.aircraft.types import aircraft_types

_AIRCRAFT = frozenset(
    re.findall(
        r"\w+",
        """
        aircraft aircrafts airplane airplanes aeroplane aeroplanes plane planes airliner airliners
        jet jets jetliner helicopter helicopters rotorcraft fighter fighters bomber bombers glider
        gliders uav uavs drone drones avion avions flugzeug самолет самолёт вертолет вертолёт
        """,
    )
)
_OTHERS = frozenset(
    re.findall(
        r"\w+",
        """
        vehicle vehicles car cars truck trucks bus buses van vans ship ships boat boats vessel
        vessels carrier building buildings bridge bridges harbor harbour port tank tanks train
        trains court courts field fields stadium pool pools person persons people human container
        containers crane cranes tower towers road roads roundabout background hangar hangars helipad
        helipads airport airports runway runways apron aprons taxiway shelter shelters tree trees
        shadow shadows house houses wagon trailer trailers lorry equipment
        """,
    )
)


def is_aircraft(name: str, group: str = "") -> bool | None:
    """Check by its words whether a category is of aircraft; None where they do not tell.

    Args:
        name: Of the category: a word for aircraft, or an ICAO type designator.
        group: The category above it, which decides where the name does not.
    """
    for text in (name, group):
        words = set(re.findall(r"[^\W\d_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).casefold()))
        known = bool(words & _AIRCRAFT) or text.strip().upper() in aircraft_types()
        if known != bool(words & _OTHERS):
            return known
        if known:
            return None
    return None


def aircraft_among(categories: Mapping[str, str], given: Sequence[str]) -> set[str]:
    """Return which categories of a file are aircraft.

    Args:
        categories: The names of those that mark anything, each with that of the category above it, or "".
        given: Those that are aircraft, as the user says; empty where nobody says.

    Raises:
        ValueError: It is not clear, or one that is given is not there.
    """
    if given:
        return {name for name in categories if name.casefold() in {word.casefold() for word in given}}
    certain = {name: is_aircraft(name, group) for name, group in categories.items()}
    if len(certain) == 1 and False not in certain.values():
        return set(certain)  # a file of aircraft, whatever the name
    unclear = [name for name, known in certain.items() if known is None]
    if unclear or (certain and not any(certain.values())):
        raise ValueError(
            f"it is not clear which of its categories are aircraft ({_in_words(unclear or certain)}); give "
            "each that is as `category`"
        )
    return {name for name, known in certain.items() if known}


def _in_words(names: Iterable[str]) -> str:
    some = sorted(names)
    return ", ".join(some[:5]) + (f" and {len(some) - 5} more" if len(some) > 5 else "")
