"""The identity of who records: a name and an Ed25519 key, in a file of their own outside every log."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from platformdirs import user_data_path

from imagery.errors import UsageError
from imagery.files import whole_file
from imagery.json_text import parse_json

IDENTITY_VARIABLE = "HARDSTAND_IDENTITY"
_VERSION = 1
Ask = Callable[[], str]


class Predecessor(NamedTuple):
    """A key that was rotated.

    Attributes:
        key: The public key, 64 hexadecimal digits.
        certificate: Its signature of `succession_message` of itself and the next one, 128 digits.
    """

    key: str
    certificate: str


@dataclass(frozen=True)
class Identity:
    """A name and the key with which its owner signs what they record.

    Attributes:
        name: The name under which they make statements.
        predecessors: The keys before this one, the oldest first.
        created: When this key was made, ISO 8601 UTC.
    """

    name: str
    predecessors: tuple[Predecessor, ...]
    created: str
    _private: Ed25519PrivateKey = field(repr=False)

    @property
    def public_key(self) -> str:
        """The public key, 64 hexadecimal digits."""
        return self._private.public_key().public_bytes_raw().hex()

    @property
    def public_pem(self) -> str:
        """The public key as programs such as OpenSSL read it."""
        spki = serialization.PublicFormat.SubjectPublicKeyInfo
        return self._private.public_key().public_bytes(serialization.Encoding.PEM, spki).decode("ascii")

    def sign(self, message: bytes) -> str:
        """Return the Ed25519 signature of a message, 128 hexadecimal digits."""
        return self._private.sign(message).hex()

    def succeeded(self) -> Self:
        """Return the same person with a new key, which this one vouches for."""
        new = Ed25519PrivateKey.generate()
        to = new.public_key().public_bytes_raw().hex()
        certificate = self.sign(succession_message(self.public_key, to, self.name))
        before = (*self.predecessors, Predecessor(self.public_key, certificate))
        return type(self)(self.name, before, _now(), new)


def succession_message(key: str, successor: str, name: str) -> bytes:
    """Return what a key signs when another takes its place.

    It begins otherwise than any entry, which begins with a hash, so that none can be taken for the other.
    """
    return f"hardstand key succession\n{key}\n{successor}\n{name}".encode()


def signature_fits(public_key: str, message: bytes, signature: str) -> bool:
    """Check an Ed25519 signature; what is no key or no signature fits nothing."""
    try:
        _public(public_key).verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=64)
def _public(key: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))


def identity_path() -> Path:
    """Return where the user's identity is: where HARDSTAND_IDENTITY says, else in the user's data folder."""
    named = os.environ.get(IDENTITY_VARIABLE)
    return Path(named) if named else user_data_path("hardstand") / "identity.json"


def make_identity(path: Path, name: str, passphrase: str | None) -> Identity:
    """Make a key and the file that holds it, which only its owner can read.

    Args:
        path: The file.
        name: The name under which its owner makes statements.
        passphrase: With which the key is encrypted, or None.

    Raises:
        UsageError: The file is there, or cannot be written.
    """
    identity = Identity(name, (), _now(), Ed25519PrivateKey.generate())
    _write(path, identity, passphrase, overwrite=False)
    return identity


def rotate_identity(path: Path, ask: Ask) -> Identity:
    """Put a new key in the place of the one in a file; the old one vouches for it and is gone.

    A passphrase stays what it was.

    Raises:
        UsageError: See `load_identity`.
    """
    passphrase: list[str] = []

    def ask_once() -> str:
        passphrase.append(ask())
        return passphrase[0]

    new = load_identity(path, ask_once).succeeded()
    _write(path, new, passphrase[0] if passphrase else None, overwrite=True)
    return new


def set_aside(path: Path) -> Path:
    """Rename the file of an identity whose key is lost, so that nothing more is signed with it."""
    aside = path.with_name(f"{path.name}.lost-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    return path.rename(aside)


def load_identity(path: Path, ask: Ask) -> Identity:
    """Read an identity.

    Args:
        path: Its file.
        ask: Asks for the passphrase; called only where the key is encrypted.

    Raises:
        UsageError: The file is not there, others may read it, it is damaged, or the passphrase is wrong.
    """
    members, encrypted = _members(path), False
    try:
        pem = members["private_key"].encode("ascii")
        encrypted = b"BEGIN ENCRYPTED PRIVATE KEY" in pem
        password = ask().encode() if encrypted else None
        private = serialization.load_pem_private_key(pem, password)
        predecessors = tuple(Predecessor(**before) for before in members["predecessors"])
        name, created = str(members["name"]), str(members["created"])
    except (AttributeError, KeyError, TypeError, ValueError) as reason:
        if encrypted and isinstance(reason, ValueError):
            raise UsageError(f"{path}: the passphrase does not open it") from None
        raise UsageError(f"{path}: not an identity, or damaged; restore a backup") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise UsageError(f"{path}: its key is not an Ed25519 key; make one with `hardstand identity new`")
    return Identity(name, predecessors, created, private)


def _members(path: Path) -> dict[str, Any]:
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError(f"{path}: no identity; make one with `hardstand identity new`") from None
    except (OSError, UnicodeDecodeError) as reason:
        raise UsageError(f"{path}: cannot be read ({reason})") from None
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise UsageError(f"{path}: others may read or change it; keep it to yourself with chmod 600")
    try:
        members = parse_json(text)
    except ValueError:
        members = None
    if not isinstance(members, dict) or members.get("hardstand_identity") != _VERSION:
        raise UsageError(f"{path}: not an identity, or damaged; restore a backup")
    return members


def _write(path: Path, identity: Identity, passphrase: str | None, *, overwrite: bool) -> None:
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase is not None:
        encryption = serialization.BestAvailableEncryption(passphrase.encode())
    pem = identity._private.private_bytes(  # the one place where it leaves memory
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    )
    members = {
        "hardstand_identity": _VERSION,
        "name": identity.name,
        "created": identity.created,
        "public_key": identity.public_key,
        "predecessors": [before._asdict() for before in identity.predecessors],
        "private_key": pem.decode("ascii"),
    }
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with whole_file(path, overwrite=overwrite, private=True) as part:
        part.write_text(json.dumps(members, indent=1, ensure_ascii=False), encoding="utf-8")


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
