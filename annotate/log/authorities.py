"""Time-stamping authorities (RFC 3161): the table of those that may be asked, and asking one."""

from __future__ import annotations

import os
import time
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate, load_der_x509_crl, load_pem_x509_certificate, load_pem_x509_crl

from annotate.log.checkpoints import SUBJECT, Checkpoint
from annotate.log.stamps import Stamp, StampError, check_token
from annotate.log.writing import Writer
from imagery.errors import UsageError
from imagery.secrets import without_secrets
from imagery.toml_file import read_toml

TIMEOUT_S = 30.0
MOST_BYTES = 1 << 20


class Authority(NamedTuple):
    """An authority that may be asked.

    Attributes:
        name: What the table calls it.
        url: Where it answers.
        root: The certificate that is trusted.
        revoked: Serial numbers of certificates that the table's list says are revoked.
    """

    name: str
    url: str
    root: Certificate
    revoked: frozenset[int] = frozenset()


class Stamped(NamedTuple):
    """An authority's answer that was checked.

    Attributes:
        token: TimeStampResp, DER.
        time: ISO 8601 UTC.
    """

    token: bytes
    time: str


def read_authorities(path: str | os.PathLike[str]) -> dict[str, Authority]:
    """Read the table of authorities: a TOML of tables with ``url``, ``root`` and, at will, ``crl``.

    ``root`` is the file of a certificate in PEM, ``crl`` that of a list of revoked ones that this certificate
    signed; paths are relative to the table.

    Raises:
        UsageError: It cannot be read, or is not such a table.
    """
    name = os.fspath(path)
    tables = read_toml(name, "check `authorities`")
    return {key: _authority(f"{name}: {key}", key, table, Path(name).parent) for key, table in tables.items()}


def authorities_of(path: str | os.PathLike[str], names: Sequence[str]) -> list[Authority]:
    """Return those authorities of a table that are named; see `read_authorities`.

    Raises:
        UsageError: The table cannot be read, or has not all of them.
    """
    table = read_authorities(path)
    for name in names:
        if name not in table:
            raise UsageError(
                f"{os.fspath(path)}: has no authority '{name}'; it has {', '.join(table) or 'none'}"
            )
    return [table[name] for name in dict.fromkeys(names)]


def _authority(where: str, name: str, table: object, folder: Path) -> Authority:
    if not isinstance(table, dict) or not {"url", "root"} <= table.keys() <= {"url", "root", "crl"}:
        raise UsageError(f"{where}: needs `url` and `root`, and may have `crl`")
    if not all(isinstance(value, str) for value in table.values()):
        raise UsageError(f"{where}: its values are not texts")
    if urlsplit(table["url"]).scheme not in ("http", "https"):
        raise UsageError(f"{where}: {table['url']} is not an address of the web")
    try:
        root = load_pem_x509_certificate((folder / table["root"]).read_bytes())
        revoked = _revoked(folder / table["crl"], root) if "crl" in table else frozenset()
    except OSError as reason:
        raise UsageError(f"{where}: {reason.filename} cannot be read ({reason.strerror})") from None
    except (TypeError, ValueError) as reason:
        raise UsageError(f"{where}: {' '.join(str(reason).split())}") from None
    return Authority(name, table["url"], root, revoked)


def _revoked(path: Path, root: Certificate) -> frozenset[int]:
    data = path.read_bytes()
    revoked = load_pem_x509_crl(data) if data.startswith(b"-----") else load_der_x509_crl(data)
    if not revoked.is_signature_valid(
        cast(Any, root.public_key())
    ):  # a key that cannot sign raises TypeError
        raise ValueError(f"{path}: was not signed by the root certificate")
    return frozenset(entry.serial_number for entry in revoked)


def stamp_text(authority: Authority, text: str, *, timeout_s: float = TIMEOUT_S) -> Stamped:
    """Have a text stamped, and check the answer.

    Args:
        authority: Who is asked; only the text's hash is sent.
        text: What is stamped.
        timeout_s: How long the whole answer may take, in seconds.

    Raises:
        StampError: It cannot be reached, takes too long, refuses, or its answer is not a stamp of the text.
    """
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

    request = TimestampRequestBuilder().data(text.encode()).hash_algorithm(HashAlgorithm.SHA256).build()
    token = _answer(authority.url, request.as_bytes(), timeout_s)
    stated = check_token(token, authority.root, text, request.nonce)
    if stated.serial in authority.revoked:
        raise StampError(f"its certificate {stated.serial:x} was revoked")
    return Stamped(token, stated.time)


def add_stamp(writer: Writer, checkpoint: Checkpoint, authority: Authority, answer: Stamped) -> None:
    """Log what an authority answered."""
    root = authority.root.public_bytes(Encoding.DER)
    stamp = Stamp("", checkpoint.id, authority.name, answer.time, _text(answer.token), _text(root), "")
    # An authority stamps a checkpoint once.
    writer.append(writer.draft(SUBJECT, stamp.to_payload(), f"{checkpoint.id} {authority.name}"))


def _text(data: bytes) -> str:
    return b64encode(data).decode("ascii")


def _answer(address: str, question: bytes, timeout_s: float) -> bytes:
    import httpx

    answer, end = bytearray(), time.monotonic() + timeout_s
    kinds = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
    try:
        with httpx.stream("POST", address, content=question, headers=kinds, timeout=timeout_s) as response:
            if not response.is_success:
                raise StampError(f"the server says {response.status_code} {response.reason_phrase}".strip())
            for chunk in response.iter_bytes():
                answer += chunk
                if time.monotonic() > end:
                    raise StampError(f"its answer takes more than {timeout_s:g} seconds")
                if len(answer) > MOST_BYTES:
                    raise StampError("its answer is too large")
    except httpx.TimeoutException:
        raise StampError(f"no answer within {timeout_s:g} seconds") from None
    except (httpx.HTTPError, httpx.InvalidURL) as reason:
        detail = without_secrets(str(reason)) or type(reason).__name__
        raise StampError(f"cannot be reached ({detail})") from None
    return bytes(answer)
