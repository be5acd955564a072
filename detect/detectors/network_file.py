"""What an ONNX file may hold before anything runs it: weights of its own, and work that ends.

OpenVINO reads weights from other files that an ONNX file names, and from addresses in memory; neither is
covered by the file's hash. It also runs loops, for as long as the file says. So the file's structure
(protocol buffers, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto) is walked first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

ENDLESS = b"Loop", b"Scan"
DEEPEST = 32  # graphs within graphs
# By message, the fields that lead to others; the field that says that a tensor's data are elsewhere, and the
# one of a node's operator.
INSIDE = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}
GRAPH, OPERATOR, EXTERNAL_DATA, DATA_LOCATION = 7, 4, 13, 14
VARINT, FIXED_64, BYTES, FIXED_32 = 0, 1, 2, 5


class NetworkFileError(Exception):
    """An ONNX file that is not run; the message says why, and goes on from the file's name."""


class _Field(NamedTuple):
    number: int
    value: memoryview | int


def check_network_file(content: bytes) -> None:
    """Check that a file is an ONNX file that holds its weights itself and whose work ends.

    Raises:
        NetworkFileError: It is not.
    """
    try:
        fields = list(_fields(memoryview(content)))
        if GRAPH not in {field.number for field in fields}:
            raise NetworkFileError("is not an ONNX file")
        _check(fields, "model", 0)
    except (IndexError, ValueError):
        raise NetworkFileError("is not an ONNX file, or not all of one") from None


def _check(fields: list[_Field], message: str, depth: int) -> None:
    if depth > DEEPEST:
        raise ValueError
    for field in fields:
        if message == "tensor" and field.number in {EXTERNAL_DATA, DATA_LOCATION} and field.value:
            raise NetworkFileError("keeps its weights in another file; export it as one file")
        if message == "node" and field.number == OPERATOR and _text(field) in ENDLESS:
            raise NetworkFileError("has a loop, which may have no end; export it without")
        inside = INSIDE[message].get(field.number)
        if inside is not None and isinstance(field.value, memoryview):
            _check(list(_fields(field.value)), inside, depth + 1)


def _text(field: _Field) -> bytes:
    return bytes(field.value) if isinstance(field.value, memoryview) else b""


def _fields(message: memoryview) -> Iterator[_Field]:
    """Yield the fields of a message.

    Raises:
        IndexError: It ends too soon.
        ValueError: It is not a message.
    """
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        kind, number = key & 7, key >> 3
        if kind == VARINT:
            value, place = _varint(message, place)
            yield _Field(number, value)
            continue
        size = {FIXED_64: 8, FIXED_32: 4}.get(kind, 0)
        if kind == BYTES:
            size, place = _varint(message, place)
        elif not size:
            raise ValueError
        if place + size > len(message):
            raise IndexError
        yield _Field(number, message[place : place + size])
        place += size


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    """Return the number at a place, and where it ends."""
    number = shift = 0
    while True:
        byte = message[place]
        number |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return number, place
        if shift > 63:
            raise ValueError
