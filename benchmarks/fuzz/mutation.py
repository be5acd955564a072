"""Mutation of files: of their bytes, of the numbers and words in a text, of the values in a JSON document."""

from __future__ import annotations

import copy
import json
import re
import struct
from collections.abc import Callable
from random import Random
from typing import Any

MOST_BYTES = 1 << 18  # of one file; what grows further only takes longer
MOST_ROUNDS = 4  # mutations one upon another

NUMBERS = (
    *("0", "-0", "1", "-1", "7", "255", "256", "65535", "65536", "2147483647", "2147483648", "-2147483649"),
    *("4294967296", "9007199254740993", "18446744073709551616", "1" + "0" * 400, "0.5", "1e-320", "1e308"),
    *("-1e308", "1e309", "NaN", "-nan", "Infinity", "-inf", "90", "180", "-180.0000001", "360", "1e6", "٣"),
)
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2**31, 2**53 + 1, 2**64, 10**400, 0.5, 1e-320, 1e308, -1e308),
    *(float("nan"), float("inf"), "", "x", "0", "-1", "NaN", "\0", "\ud800", "\x1b[2J", "a\nb", "x" * 5000),
    *("../canary", [], {}, [[]], [None], [1, 2, 3], {"type": "Point"}, [[0, 0], [1, 0], [1, 1], [0, 0]]),
    *("2023-02-30", "9999-12-31T23:59:60Z", "0000-00-00", [0] * 3000, {"a": {"a": {"a": {}}}}),
)
# Names of files and addresses that nothing may follow, and words that formats give a meaning. `worker` puts a
# folder beside the delivery's, and an address that counts who connects, in the place of the first two.
OUTSIDE, ADDRESS = "@OUTSIDE@", "@ADDRESS@"
WORDS = (
    *(f"{OUTSIDE}/canary", "../canary", "../outside/new", f"/vsicurl/{ADDRESS}/a.tif", f"{ADDRESS}/a.tif"),
    *(
        f"/vsizip//vsicurl/{ADDRESS}/a.zip/a",
        "/vsimem/a",
        "/dev/zero",
        "/dev/stdin",
        "EPSG:4326",
        "EPSG:32629",
    ),
    *("EPSG:0", f"<MRF_META><CachedSource><Source>{ADDRESS}/a</Source></CachedSource>", "<VRTDataset/>"),
    *(f'<!DOCTYPE a [<!ENTITY b SYSTEM "{ADDRESS}/b">]><a>&b;</a>', "OVERVIEW_FILE", "=1+1", '"', "'", "\\"),
    *(
        "%s",
        "{0}",
        "\u202e",
        "\ufeff",
        "ÿ",
        "\t",
        ",,,,",
        "unknown",
        "null",
        "true",
        "[" * 3000,
        "<a>" * 3000,
    ),
)
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_WORD = re.compile(r"[^\W\d][\w./:-]*")
_VALUE = re.compile(r'(?<=>)[^<>]+(?=<)|"[^"\n]*"|(?<=[=,:])[^,=\n]+')


def mutated(content: bytes, others: list[bytes], random: Random) -> bytes:
    """Return a file's content with some mutations.

    Args:
        content: The file.
        others: Files of the same kind, of which parts may be taken.
        random: Draws them.
    """
    for _ in range(random.randint(1, MOST_ROUNDS)):
        content = _mutation_of(content, random)(content, others, random)[:MOST_BYTES]
    return content


_Mutation = Callable[[bytes, list[bytes], Random], bytes]


def _mutation_of(content: bytes, random: Random) -> _Mutation:
    if content[:1] in b"{[" and random.random() < 0.8:
        return _json
    if b"\0" not in content[:2000]:
        return random.choice((_number, _number, _word, _value, _value, _lines, _bytes, _splice))
    if content[:4] in (b"II*\0", b"MM\0*") and random.random() < 0.5:
        return _tiff_entry
    return random.choice((_bytes, _bytes, _integer, _splice, _cut, _text_within))


def _bytes(content: bytes, _others: list[bytes], random: Random) -> bytes:
    changed = bytearray(content or b"\0")
    for _ in range(random.choice((1, 1, 2, 8))):
        changed[_place(changed, random)] = random.choice((0, 1, 0x7F, 0x80, 0xFF, random.randrange(256)))
    return bytes(changed)


def _place(content: bytes | bytearray, random: Random) -> int:
    """Return a place in a file, often near its beginning, where headers are."""
    length = max(1, len(content))
    return random.randrange(min(length, 256) if random.random() < 0.5 else length)


def _integer(content: bytes, _others: list[bytes], random: Random) -> bytes:
    kind = random.choice(["<B", "<H", ">H", "<I", ">I", "<Q", ">Q", "<d", ">d"])
    size = struct.calcsize(kind)
    bits = 8 * size
    wanted = random.choice(
        (0, 1, 2, 2 ** (bits - 1) - 1, 2 ** (bits - 1), 2**bits - 1, random.getrandbits(bits))
    )
    piece = struct.pack(kind, float(wanted) if kind[1] == "d" else wanted)
    place = _place(content, random)
    return content[:place] + piece + content[place + size :]


def _cut(content: bytes, _others: list[bytes], random: Random) -> bytes:
    first, last = sorted((_place(content, random), _place(content, random)))
    return random.choice((content[:last], content[:first] + content[last:], content[:last] + content[first:]))


def _splice(content: bytes, others: list[bytes], random: Random) -> bytes:
    other = random.choice(others or [content])
    first, last = sorted((_place(other, random), _place(other, random)))
    place = _place(content, random)
    return content[:place] + other[first:last] + content[place + random.choice((0, last - first)) :]


def _text_within(content: bytes, _others: list[bytes], random: Random) -> bytes:
    """Put a word in the place of a text among other bytes, as names in headers and tags are."""
    texts = list(re.finditer(rb"[ -~]{6,}", content))
    if not texts:
        return content
    text = random.choice(texts)
    word = _any_word(random)
    if random.random() < 0.5:  # whatever follows stays where it was
        word = word[: len(text[0])].ljust(len(text[0]))
    return content[: text.start()] + word + content[text.end() :]


def _any_word(random: Random) -> bytes:
    return random.choice((*WORDS, *NUMBERS)).encode("utf-8", "surrogatepass")


def _number(content: bytes, _others: list[bytes], random: Random) -> bytes:
    return _replaced(content, _NUMBER, NUMBERS, random)


def _word(content: bytes, _others: list[bytes], random: Random) -> bytes:
    return _replaced(content, _WORD, WORDS, random)


def _value(content: bytes, _others: list[bytes], random: Random) -> bytes:
    return _replaced(content, _VALUE, (*WORDS, *NUMBERS, ""), random)


def _replaced(content: bytes, pattern: re.Pattern[str], by: tuple[str, ...], random: Random) -> bytes:
    """Put one of some words, or another match of the same text, in the place of a match."""
    text = content.decode("utf-8", "surrogateescape")
    matches = list(pattern.finditer(text))
    if not matches:
        return content
    match = random.choice(matches)
    word = random.choice(by) if random.random() < 0.8 else random.choice(matches)[0]
    if match[0][:1] == match[0][-1:] == '"' and word[:1] != '"':
        word = f'"{word}"'
    return (text[: match.start()] + word + text[match.end() :]).encode("utf-8", "surrogateescape")


def _lines(content: bytes, _others: list[bytes], random: Random) -> bytes:
    lines = content.splitlines(keepends=True) or [b""]
    place = random.randrange(len(lines))
    match random.randrange(4):
        case 0:
            lines[place] = b""
        case 1:
            lines.insert(place, random.choice(lines))
        case 2:
            lines[place] *= random.choice((2, 50, 2000))
        case _:
            random.shuffle(lines)
    return b"".join(lines)


def _tiff_entry(content: bytes, _others: list[bytes], random: Random) -> bytes:
    """Change an entry of a TIFF's first directory (TIFF 6.0, section 2): its tag, type, count or value."""
    order = "<" if content[:2] == b"II" else ">"
    try:
        (directory,) = struct.unpack_from(f"{order}I", content, 4)
        (count,) = struct.unpack_from(f"{order}H", content, directory)
        place = directory + 2 + 12 * random.randrange(max(count, 1))
        tag, kind, length, value = struct.unpack_from(f"{order}HHII", content, place)
    except struct.error:
        return content
    match random.randrange(5):
        case 0:
            tag = random.choice(
                (254, 256, 258, 259, 262, 270, 273, 277, 279, 320, 322, 330, 33550, 33922, 34264)
            )
        case 1:
            kind = random.randrange(20)
        case 2:
            length = random.choice((0, 1, 2, 1 << 16, 1 << 31, 2**32 - 1))
        case _:
            value = random.choice(
                (0, 1, 2, 3, 5, 7, 8, 255, 1 << 16, 1 << 24, 2**32 - 1, random.getrandbits(32))
            )
    entry = struct.pack(f"{order}HHII", tag, kind, length, value)
    return content[:place] + entry + content[place + 12 :]


def _json(content: bytes, others: list[bytes], random: Random) -> bytes:
    """Change a value, a name or a member somewhere in a document."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return _value(content, others, random)
    # Each level is as likely as the next, or the many numbers at the bottom would be nearly all.
    root: list[Any] = [document]
    parent: Any = root
    key: Any = 0
    while random.random() < 0.85 and isinstance(parent[key], dict | list) and parent[key]:
        parent = parent[key]
        key = random.choice(list(parent)) if isinstance(parent, dict) else random.randrange(len(parent))
    match random.randrange(6):
        case 0 if isinstance(parent, dict):
            del parent[key]
        case 1 if isinstance(parent, dict):
            parent[random.choice(WORDS)] = parent.pop(key)
        case 2 if isinstance(parent, list):
            parent[key:key] = [copy.deepcopy(random.choice(parent)) for _ in range(random.choice((1, 2, 40)))]
        case 3:
            parent[key] = [parent[key]] if random.random() < 0.5 else {"type": parent[key]}
        case 4 if isinstance(parent, dict):
            parent[key] = copy.deepcopy(parent[random.choice(list(parent))])
        case _:
            parent[key] = copy.deepcopy(random.choice((*VALUES, *WORDS)))
    try:
        return json.dumps(root[0]).encode() if root else b""
    except (ValueError, RecursionError):
        return content
