"""The file of a verifier: JSON with numbers and no code, so that a stranger's can be read."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from detect.candidate import detector_from_json
from detect.verifier.held_out import HeldOutFigures, Quality
from detect.verifier.pose_features import COUNT, FEATURES_VERSION
from detect.verifier.regression import Regression
from detect.verifier.sensors import Line, Lines, Sensor, SensorLine
from detect.verifier.verifier import LearnedFrom, Verifier
from imagery.errors import UsageError
from imagery.files import whole_file
from imagery.grid import Floats
from imagery.json_text import parse_json

VERIFIER_SCHEMA = 1
KIND = "hardstand verifier"
DIGITS = 7  # of a number: more than single precision has
MOST_BYTES = 10_000_000
LARGEST = 1e9  # of a number; what is larger could make a score that is not one


class StoredVerifier(NamedTuple):
    """A verifier and the SHA-256 of its file, in hexadecimal."""

    verifier: Verifier
    sha256: str


def write_verifier(
    verifier: Verifier, path: str | os.PathLike[str], *, overwrite: bool = False
) -> StoredVerifier:
    """Write a verifier, whole or not at all.

    Returns:
        The verifier as it is read again.

    Raises:
        OutputExists: The file exists and ``overwrite`` is false.
        OutputUnwritable: The folder cannot be written.
    """
    text = json.dumps(_to_json(verifier), ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"
    with whole_file(path, overwrite=overwrite) as part:
        part.write_text(text, encoding="utf-8")
    return read_verifier(path)


def read_verifier(path: str | os.PathLike[str]) -> StoredVerifier:
    """Read a verifier.

    Raises:
        UsageError: The file cannot be read, is not a verifier, or one of another version.
    """
    name = os.fspath(path)
    try:
        with Path(name).open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as reason:
        raise UsageError(f"{name}: cannot be read ({reason.strerror})") from None
    try:
        members = _parsed(content)
    except ValueError as reason:
        raise UsageError(f"{name}: not a model of `hardstand learn`, or cut off ({reason})") from None
    versions = members.get("schema_version"), members.get("features_version")
    if versions != (VERIFIER_SCHEMA, FEATURES_VERSION):
        raise UsageError(
            f"{name}: a model of another version ({versions[0]}.{versions[1]}; this release reads "
            f"{VERIFIER_SCHEMA}.{FEATURES_VERSION}); learn it again from the log"
        )
    try:
        return StoredVerifier(_from_json(members), hashlib.sha256(content).hexdigest())
    except (LookupError, TypeError, ValueError, OverflowError) as reason:
        raise UsageError(f"{name}: a model of which a member is missing or wrong ({reason!r})") from None


def _parsed(content: bytes) -> dict[str, Any]:
    if len(content) > MOST_BYTES:
        raise ValueError(f"more than {MOST_BYTES} bytes")
    members = parse_json(content)
    if not isinstance(members, dict) or members.get("kind") != KIND:
        raise ValueError("it does not say that it is one")
    return members


def _to_json(verifier: Verifier) -> dict[str, Any]:
    regression, lines = verifier.regression, verifier.lines
    return {
        "kind": KIND,
        "schema_version": VERIFIER_SCHEMA,
        "features_version": FEATURES_VERSION,
        "software_version": version("hardstand"),
        "detector": verifier.detector._asdict(),
        "faintest": verifier.faintest,
        "learned_from": verifier.learned_from._asdict(),
        "held_out": {
            **verifier.held_out._asdict(),
            "before": verifier.held_out.before._asdict(),
            "after": verifier.held_out.after._asdict(),
        },
        "calibration": {
            "general": _rounded(lines.general),
            "sensors": [
                {**each.sensor._asdict(), "line": _rounded(each.line), "candidates": each.candidates}
                for each in lines.sensors
            ],
        },
        "regression": {
            "means": _rounded(regression.means),
            "spreads": _rounded(regression.spreads),
            "weights": _rounded(regression.weights),
            "shift": _rounded([regression.shift])[0],
        },
    }


def _from_json(members: dict[str, Any]) -> Verifier:
    calibration, fitted, faintest = members["calibration"], members["regression"], members["faintest"]
    means, spreads, weights = (_floats(fitted[name], COUNT) for name in ("means", "spreads", "weights"))
    (shift,) = _floats([fitted["shift"]], 1).tolist()
    (faintest,) = _floats([members["faintest"]], 1).tolist()
    if not (spreads > 0).all() or not 0 <= faintest <= 1:
        raise ValueError("a spread or the faintest score")
    learned, held_out = members["learned_from"], members["held_out"]
    return Verifier(
        detector=detector_from_json(members["detector"]),
        faintest=faintest,
        regression=Regression(means, spreads, weights, shift),
        lines=Lines(
            _line(calibration["general"]),
            tuple(
                SensorLine(
                    Sensor(_text_or_none(each["name"]), *_floats([each["gsd_m"]], 1).tolist()),
                    _line(each["line"]),
                    int(each["candidates"]),
                )
                for each in calibration["sensors"]
            ),
        ),
        learned_from=LearnedFrom(
            tuple(map(str, learned["scenes"])),
            int(learned["rendered"]),
            tuple(map(str, learned["licences"])),
            int(learned["unlicensed"]),
        ),
        held_out=HeldOutFigures(
            scenes=int(held_out["scenes"]),
            aircraft=int(held_out["aircraft"]),
            others=int(held_out["others"]),
            before=_quality(held_out["before"]),
            after=_quality(held_out["after"]),
            gain=_pair(held_out["gain"]),
            contradicted=_pair([held_out["contradicted"], 1])[0],
        ),
    )


def _quality(members: dict[str, Any]) -> Quality:
    return Quality(*_floats([members[name] for name in Quality._fields], 3).tolist())


def _line(values: Any) -> Line:
    line = Line(*_floats(values, 2).tolist())
    if line.slope <= 0:
        raise ValueError("a slope")
    return line


def _pair(values: Any) -> tuple[float, float]:
    first, second = _floats(values, 2).tolist()
    return first, second


def _floats(values: Any, count: int) -> Floats:
    if not (isinstance(values, list) and len(values) == count):
        raise ValueError(f"{count} numbers are expected")
    if not all(type(value) in (int, float) and abs(value) <= LARGEST for value in values):
        raise ValueError("a number is not one")
    return np.array(values, np.float64)


def _text_or_none(value: Any) -> str | None:
    if not (value is None or isinstance(value, str)):
        raise ValueError("a sensor's name")
    return value


def _rounded(values: Sequence[float] | Floats) -> list[float]:
    return [float(f"{value:.{DIGITS}g}") for value in values]
