"""The settings of somebody's own ONNX model: a TOML file beside it that says how to run it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from imagery.errors import UsageError
from imagery.tiling import LARGEST_AIRCRAFT_M
from imagery.toml_file import read_toml

Layout = Literal["hardstand", "yolo-boxes", "yolo-obb"]
Channels = Literal["rgb", "bgr", "grey"]

LAYOUTS: tuple[Layout, ...] = ("hardstand", "yolo-boxes", "yolo-obb")
CHANNEL_ORDERS: tuple[Channels, ...] = ("rgb", "bgr", "grey")
INPUT_PX = 64, 4096  # beyond, a tile holds no airliner, or no machine its layers
GSD_M = 0.05, 10.0
MOST_CLASSES = 10_000
# Tiles overlap by the largest aircraft, so smaller ones would be searched many times over.
LEAST_TILE_M = 1.5 * LARGEST_AIRCRAFT_M


@dataclass(frozen=True)
class OwnModel:
    """How a model is run.

    Attributes:
        licence: Of the weights, an SPDX identifier; every candidate carries it.
        layout: How its output is to be read, see `detect.detectors.own_network`.
        input_px: Side of its square input in pixels.
        gsd_m: Metres per pixel that it is shown.
        channels: Order of its input's channels.
        mean: What is taken from a pixel of 0..255, per channel or for all.
        std: What the rest is divided by.
        classes: How many classes its output has; of the YOLO layouts.
        aircraft: Indices of those that are aircraft; empty where all are.
    """

    licence: str
    layout: Layout
    input_px: int
    gsd_m: float
    channels: Channels
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (255.0,)
    classes: int = 1
    aircraft: tuple[int, ...] = ()

    @property
    def params(self) -> dict[str, Any]:
        """The settings that decide what it finds, as JSON has them."""
        params = {
            name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()
        }
        del params["licence"]
        return params


class _Key(NamedTuple):
    """A key of the file: what its value has to be, and what makes a setting of it."""

    meaning: str
    parse: Callable[[Any], Any]
    required: bool = True


def read_own_model(path: Path) -> OwnModel:
    """Read the settings of a model.

    Args:
        path: The TOML file.

    Raises:
        UsageError: It cannot be read, lacks a key, or a value is not what it has to be.
    """
    table = read_toml(path, "it says how to run the model")
    unknown = sorted(table.keys() - _KEYS.keys())
    if unknown:
        raise UsageError(f"{path}: '{unknown[0]}' is not a key; the keys are {', '.join(_KEYS)}")
    values = {}
    for name, key in _KEYS.items():
        if name in table:
            try:
                values[name] = key.parse(table[name])
            except (TypeError, ValueError, OverflowError):
                shown = repr(table[name])[:60]
                raise UsageError(f"{path}: '{name}' is {shown}; give {key.meaning}") from None
        elif key.required:
            raise UsageError(f"{path}: '{name}' is missing; give {key.meaning}")
    model = OwnModel(**values)
    _check(path, model)
    return model


def _check(path: Path, model: OwnModel) -> None:
    """Check what one key says against another.

    Raises:
        UsageError: They do not go together.
    """
    for name, numbers in (("mean", model.mean), ("std", model.std)):
        if len(numbers) not in (1, 1 if model.channels == "grey" else 3):
            raise UsageError(f"{path}: '{name}' has {len(numbers)} numbers; give one, or one per channel")
    if any(index >= model.classes for index in model.aircraft):
        raise UsageError(
            f"{path}: 'aircraft' names class {max(model.aircraft)}; 'classes' is {model.classes}, and the "
            "first class is 0"
        )
    covered = model.input_px * model.gsd_m
    if covered < LEAST_TILE_M:
        raise UsageError(
            f"{path}: {model.input_px} pixels of {model.gsd_m} m cover {covered:.0f} m; the input has to "
            f"cover {LEAST_TILE_M:.0f} m, since tiles overlap by the largest aircraft"
        )


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError
    return value


def _one_of(choices: tuple[str, ...]) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if value not in choices:
            raise ValueError
        return str(value)

    return parse


def _whole(low: int, high: int) -> Callable[[Any], int]:
    def parse(value: Any) -> int:
        if type(value) is not int or not low <= value <= high:  # true is an int, too
            raise ValueError
        return value

    return parse


def _number(value: Any) -> float:
    if type(value) not in (int, float) or not math.isfinite(value):
        raise ValueError
    return float(value)


def _metres(value: Any) -> float:
    low, high = GSD_M
    if not low <= _number(value) <= high:
        raise ValueError
    return float(value)


def _numbers(value: Any) -> tuple[float, ...]:
    return tuple(map(_number, value if isinstance(value, list) else [value]))


def _divisors(value: Any) -> tuple[float, ...]:
    if min(_numbers(value)) <= 0:
        raise ValueError
    return _numbers(value)


def _indices(value: Any) -> tuple[int, ...]:
    if not isinstance(value, list) or not value:
        raise TypeError
    return tuple(map(_whole(0, MOST_CLASSES), value))


_KEYS = {
    "licence": _Key("the licence of the weights, an SPDX identifier such as Apache-2.0", _text),
    "layout": _Key("hardstand, yolo-boxes or yolo-obb", _one_of(LAYOUTS)),
    "input_px": _Key(
        f"the side of the square input in pixels, {INPUT_PX[0]} to {INPUT_PX[1]}", _whole(*INPUT_PX)
    ),
    "gsd_m": _Key(f"the metres per pixel of the images it was trained on, {GSD_M[0]} to {GSD_M[1]}", _metres),
    "channels": _Key("rgb, bgr or grey", _one_of(CHANNEL_ORDERS)),
    "mean": _Key(
        "what is subtracted from pixels of 0 to 255, one number or one per channel", _numbers, False
    ),
    "std": _Key("what they are then divided by, one positive number or one per channel", _divisors, False),
    "classes": _Key("the number of classes in the output", _whole(1, MOST_CLASSES), False),
    "aircraft": _Key("a list of the indices of the classes that are aircraft, from 0", _indices, False),
}
