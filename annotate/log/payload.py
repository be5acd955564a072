"""The conversion of all kinds of entries to JSON members that are logged, and back.

What is read may have been written by a stranger, with an unbroken chain: each member is checked to be of its
field's kind, so that nothing behind it meets a text where a number has to be.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field
from types import NoneType
from typing import (
    Annotated,
    Any,
    ClassVar,
    Literal,
    NamedTuple,
    Never,
    Self,
    get_args,
    get_origin,
    get_type_hints,
)

from annotate.log.database import LogError
from imagery.record import SceneRecord

SCHEMA_VERSION = 1
# Members that came after 0.1. Where they say nothing they are left out, so that a statement that was logged
# before is recognised as the same.
SINCE_0_2 = frozenset({"length_error_m", "wingspan_error_m", "size_disagrees"})
SCENES_KEPT = 256
_scenes: dict[str, SceneRecord] = {}
SIGNER = "signed_by"  # a field that the payload has as part of its signature
_LISTS = ("center_px", "box_px", "places", "rests_on", "audits", "succeeds")  # JSON has no tuples


class UnreadableEntry(LogError):
    """An entry whose payload is not what hardstand writes.

    Attributes:
        reason: Why, in words.
    """

    def __init__(self, which: object, reason: object) -> None:
        self.reason = str(reason)
        super().__init__(
            f"entry {which}: {reason}, so it was not written by hardstand; `hardstand log verify` checks all"
        )


def payload_of(text: str) -> dict[str, Any]:
    """Parse the payload of an entry.

    Raises:
        UnreadableEntry: It is not a JSON object.
    """
    try:
        payload = json.loads(text, parse_constant=_refuse)
    except (TypeError, ValueError, RecursionError) as reason:
        raise UnreadableEntry(repr(text)[:20], f"its payload is not JSON ({reason})") from None
    if not isinstance(payload, dict):
        raise UnreadableEntry(repr(text)[:20], "its payload is not a JSON object")
    return payload


def _refuse(constant: str) -> Never:
    raise ValueError(f"{constant} is not JSON")


class _Kind(NamedTuple):
    """What the values of a field have to be.

    Attributes:
        types: As JSON has them.
        fits: What else has to hold of one that is not None, or None.
        noun: What messages call it.
    """

    types: tuple[type, ...]
    fits: Callable[[Any], bool] | None
    noun: str


class Loggable:
    """The base of all entries.

    Their fields are members of the payload under their own names. They are converted by hand: cattrs takes a
    third longer to read sightings, and makes 2.0 of a 2, which exports would then show.
    """

    kind: ClassVar[str]
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    _kinds: ClassVar[tuple[tuple[str, _Kind], ...]]

    def __init_subclass__(cls, kind: str) -> None:
        cls.kind = kind

    def to_payload(self) -> dict[str, Any]:
        """Return it as JSON members, to be logged."""
        stated = {
            name: value
            for name, value in vars(self).items()
            if name != SIGNER and (value is not None or name not in SINCE_0_2)
        }
        payload = {"kind": self.kind, "schema_version": SCHEMA_VERSION, **stated}
        if "scene" in payload:
            payload["scene"] = vars(payload["scene"])
        return payload

    @classmethod
    def _member_kinds(cls) -> tuple[tuple[str, _Kind], ...]:
        """Return what the members have to be, derived from the fields once."""
        if "_kinds" not in vars(cls):
            hints = get_type_hints(cls, include_extras=True)
            cls._kinds = tuple((name, _kind(hints[name])) for name in cls.__dataclass_fields__)
        return cls._kinds

    @classmethod
    def members_of(cls, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Check what `to_payload` returns, and return the members of the entry.

        Raises:
            UnreadableEntry: A member is missing or of the wrong kind.
        """
        members: dict[str, Any] = {}
        for name, (types, fits, noun) in cls._member_kinds():
            value = payload.get(name, MISSING)
            kind = type(value)
            if kind in types:
                if value is not None and fits is not None and not fits(value):
                    raise UnreadableEntry(payload.get("id"), f"its {name} is not {noun}")
            elif value is MISSING:
                if cls.__dataclass_fields__[name].default is MISSING:
                    raise UnreadableEntry(payload.get("id"), f"its {name} is missing")
                continue  # of a release that did not have it
            elif kind is bool or not isinstance(value, types):  # numpy's are, before they are logged
                raise UnreadableEntry(payload.get("id"), f"its {name} is not {noun}")
            members[name] = value
        if SIGNER in cls.__dataclass_fields__:
            members[SIGNER] = signer_of(payload)
        for name in _LISTS:
            if members.get(name) is not None:
                members[name] = tuple(members[name])
        if "scene" in members:
            try:
                members["scene"] = _scene_of(members["scene"])
            except ValueError as reason:
                raise UnreadableEntry(payload.get("id"), reason) from None
        return members

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Self:
        """Read what `to_payload` returns.

        Raises:
            UnreadableEntry: A member is missing or of the wrong kind.
        """
        return cls(**cls.members_of(payload))


def _scene_of(members: dict[str, Any]) -> SceneRecord:
    """Return the record of a scene, checked once: all verdicts on it repeat it to the letter."""
    written = repr(members)
    record = _scenes.get(written)
    if record is None:
        record = SceneRecord.from_json(members)
        if len(_scenes) >= SCENES_KEPT:
            _scenes.clear()
        _scenes[written] = record
    return record


def signer_of(payload: Mapping[str, Any]) -> str | None:
    """Return the name under which a payload is signed, which `log verify` checks; None where nobody signed.

    Raises:
        UnreadableEntry: It has a signature without a name.
    """
    signature = payload.get("signature")
    if signature is None:
        return None
    name = signature.get("by") if isinstance(signature, dict) else None
    if not isinstance(name, str):
        raise UnreadableEntry(payload.get("id"), "its signature names nobody")
    return name


def _kind(hint: Any) -> _Kind:
    if NoneType in get_args(hint):
        (value_hint,) = (part for part in get_args(hint) if part is not NoneType)
        types, fits, noun = _kind(value_hint)
        return _Kind((*types, NoneType), fits, f"{noun} or null")
    if get_origin(hint) is Literal:
        words = get_args(hint)
        return _Kind((str,), words.__contains__, f"one of {', '.join(words)}")
    if get_origin(hint) is tuple:
        inside, *more = get_args(hint)
        count = None if Ellipsis in more else 1 + len(more)
        noun = "texts" if inside is str else "objects" if get_origin(inside) is dict else "numbers"
        return _Kind(
            (list, tuple),
            _list_of(_kind(inside), count),
            f"a list of {count or ''} {noun}".replace("  ", " "),
        )
    if get_origin(hint) is Annotated:
        _, fits, noun = get_args(hint)
        return _Kind((dict,), fits, noun)
    if get_origin(hint) is dict or hint is SceneRecord:
        return _Kind((dict,), None, "an object")
    return {
        str: _Kind((str,), None, "text"),
        float: _Kind((float, int), _is_finite, "a number"),
        int: _Kind((int,), _is_finite, "a whole number"),
        bool: _Kind((bool,), None, "true or false"),
    }[hint]


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _list_of(kind: _Kind, count: int | None) -> Callable[[Any], bool]:
    types, fits_inside = kind.types, kind.fits

    def fits(values: Any) -> bool:
        if count is not None and len(values) != count:
            return False
        for value in values:
            if not isinstance(value, types) or isinstance(value, bool):
                return False
            if fits_inside is not None and not fits_inside(value):
                return False
        return True

    return fits
