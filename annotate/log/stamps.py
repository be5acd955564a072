"""Stamps: what time-stamping authorities (RFC 3161) say of when a checkpoint was there.

An authority signs the hash of a checkpoint's roots, and the time. What it sent lies in an entry of the log
with the authority's root certificate, so it can be checked at any later time, without a network.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from annotate.log.checkpoints import Checkpoint
from annotate.log.payload import Loggable
from imagery.errors import HardstandError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from rfc3161_client import TimeStampResponse

_SHA256 = "2.16.840.1.101.3.4.2.1"
# By so much the clocks of an authority and of who records may differ before that is strange.
_CLOCKS_DIFFER = timedelta(minutes=1)


class StampError(HardstandError):
    """An authority's answer is not a stamp of what it was asked for."""


@dataclass(frozen=True)
class Stamp(Loggable, kind="stamp"):
    """An authority's statement that a checkpoint was there at a time.

    Attributes:
        id: This entry's.
        checkpoint: Identifier of the checkpoint.
        authority: What the authority is called in the table of authorities.
        stamped: The time that it states, ISO 8601 UTC.
        token: Its answer (TimeStampResp of RFC 3161), base64 of DER.
        root: The certificate to which its own leads, base64 of DER.
        logged: When it was written, ISO 8601 UTC.
    """

    id: str
    checkpoint: str
    authority: str
    stamped: str
    token: str
    root: str
    logged: str

    def to_public(self) -> dict[str, str]:
        """Return what proofs have of it, which names nobody of the log."""
        return {name: getattr(self, name) for name in ("authority", "stamped", "token", "root")}


class StatedTime(NamedTuple):
    """What an authority states.

    Attributes:
        time: When, ISO 8601 UTC; a fraction of a second is left out.
        serial: The serial number of its certificate.
    """

    time: str
    serial: int


def stamped_text(checkpoint: Checkpoint) -> str:
    """Return what is stamped of a checkpoint: four lines with its size and roots, and with nobody's name."""
    return f"hardstand checkpoint\n{checkpoint.size}\n{checkpoint.root}\n{checkpoint.parts_root}\n"


def check_token(token: bytes, root: Certificate, text: str, nonce: int | None = None) -> StatedTime:
    """Check an authority's answer with its chain of certificates, as of the time that it states.

    Args:
        token: TimeStampResp, DER.
        root: The certificate that is trusted.
        text: What was stamped.
        nonce: The number that was sent to it; None where that is not known.

    Returns:
        What it states.

    Raises:
        StampError: It is not a stamp of that text by such an authority.
    """
    from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

    try:
        response = decode_timestamp_response(_in_order(token))
    except (IndexError, StopIteration, ValueError):
        raise StampError("its answer is not one of RFC 3161") from None
    _check_imprint(response, text, nonce)
    try:
        VerifierBuilder().add_root_certificate(root).build().verify_message(response, text.encode())
    except (VerificationError, ValueError) as reason:
        raise StampError(f"its stamp does not hold ({' '.join(str(reason).split())})") from None
    (signer,) = response.signed_data.signer_infos
    return StatedTime(_iso(response.tst_info.gen_time.astimezone(UTC)), signer.serial_number)


def _in_order(token: bytes) -> bytes:
    """Sort the certificates of an answer, as DER wants sets to be and not every authority sends them.

    They are not signed (RFC 5652, 5.1), so nothing that is checked changes. `rfc3161_client` takes them in no
    other order.

    Raises:
        IndexError, ValueError: It is not one.
    """
    parts = _inside(token, *next(_elements(token, 0, len(token))))  # TimeStampResp
    if len(parts) < 2:
        return token  # a refusal
    content = _inside(token, *parts[1])[1]  # ContentInfo: its type, and in [0] the content
    (signed,) = _inside(token, *content)
    for start, end in _inside(token, *signed):  # SignedData
        if token[start] == 0xA0:
            certificates = sorted(token[a:b] for a, b in _inside(token, start, end))
            return token[: end - sum(map(len, certificates))] + b"".join(certificates) + token[end:]
    return token


def _inside(der: bytes, start: int, end: int) -> list[tuple[int, int]]:
    """Return where the elements within an element begin and end."""
    return list(_elements(der, _contents(der, start)[0], end))


def _elements(der: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end:
        _, following = _contents(der, start)
        if following > end:
            raise ValueError("an element is longer than what it is in")
        yield start, following
        start = following


def _contents(der: bytes, start: int) -> tuple[int, int]:
    """Return where the contents of an element begin and end (X.690, 8.1)."""
    length, begin = der[start + 1], start + 2
    if length == 0x80 or length > 0x84:
        raise ValueError("an element without a length of its own")
    if length > 0x80:
        begin += length - 0x80
        length = int.from_bytes(der[start + 2 : begin])
    return begin, begin + length


def _check_imprint(response: TimeStampResponse, text: str, nonce: int | None) -> None:
    """Check what was stamped, before by whom: its messages are clearer."""
    if response.status != 0:
        words = "; ".join(response.status_string) or f"status {response.status}"
        raise StampError(f"it refused ({' '.join(words.split())})")
    try:
        info = response.tst_info
        imprint, number = info.message_imprint, info.nonce
    except ValueError:
        raise StampError("its answer has no stamp") from None
    if (
        imprint.hash_algorithm.dotted_string != _SHA256
        or imprint.message != hashlib.sha256(text.encode()).digest()
    ):
        raise StampError("its stamp is of another hash")
    if nonce is not None and number != nonce:
        raise StampError("its stamp answers another request (the nonce differs)")


def _iso(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


class Stamps:
    """The stamps of a log, checked entry by entry.

    Attributes:
        latest: Of each authority the last stamp.
        doubts: What is strange about their times and proves nothing, in words.
    """

    def __init__(self) -> None:
        self.latest: dict[str, Stamp] = {}
        self.doubts: list[str] = []
        self._checkpoints: dict[str, Checkpoint] = {}
        self._time = ""

    def problem_of(self, seq: int, payload: Mapping[str, Any]) -> str | None:
        """Return what is wrong with a stamp, or None; take up what checkpoints and stamps say.

        Args:
            seq: The entry's number.
            payload: Its payload, whose members are of the right kinds.
        """
        if payload["kind"] == Checkpoint.kind:
            self._checkpoints[payload["id"]] = Checkpoint.from_payload(payload)
        if self._time and payload["logged"] < self._time:
            self.doubts.append(
                f"entry {seq} was logged at {payload['logged']}, after a stamp of {self._time}: "
                "a clock was wrong"
            )
            self._time = ""
        if payload["kind"] != Stamp.kind:
            return None
        stamp = Stamp.from_payload(payload)
        checkpoint = self._checkpoints.get(stamp.checkpoint)
        if checkpoint is None:
            return f"it stamps {stamp.checkpoint}, which is not a checkpoint before it"
        try:
            stated = check_token(
                b64decode(stamp.token, validate=True), root_of(stamp), stamped_text(checkpoint)
            )
        except (StampError, ValueError) as reason:
            return f"the stamp of {stamp.authority} is not one of its checkpoint: {reason}"
        if stated.time != stamp.stamped:
            return f"it says {stamp.stamped}, and its stamp says {stated.time}"
        time = datetime.fromisoformat(stated.time)
        if _iso(time + _CLOCKS_DIFFER) < checkpoint.logged:
            self.doubts.append(
                f"the stamp in entry {seq} is of {stamp.stamped}, and its checkpoint was logged at "
                f"{checkpoint.logged}: a clock was wrong"
            )
        self.latest[stamp.authority] = stamp
        self._time = _iso(time - _CLOCKS_DIFFER)
        return None


def root_of(stamp: Stamp) -> Certificate:
    """Return the certificate to which an authority's own leads.

    Raises:
        ValueError: It is not a certificate.
    """
    from cryptography.x509 import load_der_x509_certificate

    return load_der_x509_certificate(b64decode(stamp.root, validate=True))


def fingerprint(stamp: Stamp) -> str:
    """Return the SHA-256 of the root certificate, as authorities publish it: 64 hexadecimal digits."""
    return hashlib.sha256(b64decode(stamp.root)).hexdigest()
