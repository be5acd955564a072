"""A time-stamping authority of the tests' own: certificates, and `openssl ts` behind a server on loopback."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime.now(UTC)
_CONFIG = """\
[tsa]
default_tsa = authority
[authority]
serial = {folder}/serial
signer_cert = {folder}/signer.pem
certs = {folder}/chain.pem
signer_key = {folder}/signer.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


class TimeAuthority:
    """An authority with a root, an intermediate and its own certificate, whose keys lie in a folder."""

    def __init__(self, folder: Path, *, until: datetime = NOW + timedelta(days=365)) -> None:
        """Make keys and certificates.

        Args:
            folder: Where.
            until: How long its own certificate is valid.
        """
        folder.mkdir()
        self.folder, self.root = folder, folder / "root.pem"
        self._root_key = generate_private_key(65537, 2048)
        between_key, key = generate_private_key(65537, 2048), generate_private_key(65537, 2048)
        names = [_name(text) for text in ("Test Root", "Test Intermediate", "Test Authority")]
        far = NOW + timedelta(days=3650)
        self._root_certificate = _certificate(
            names[0], names[0], self._root_key, self._root_key, far, ca=True
        )
        between = _certificate(names[1], names[0], between_key, self._root_key, far, ca=True)
        self._certificate = _certificate(names[2], names[1], key, between_key, until, ca=False)
        self.root.write_bytes(self._root_certificate.public_bytes(Encoding.PEM))
        (folder / "signer.pem").write_bytes(self._certificate.public_bytes(Encoding.PEM))
        # The chain in the wrong order, as some authorities send it.
        chain = (self._root_certificate, between)
        (folder / "chain.pem").write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in chain))
        (folder / "signer.key").write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        (folder / "serial").write_text("01\n")
        (folder / "ts.cnf").write_text(_CONFIG.format(folder=folder))

    def reply(self, query: bytes) -> bytes:
        """Answer a query."""
        (self.folder / "query").write_bytes(query)
        self._ts("-reply", "-queryfile", "query", "-out", "reply", "-config", "ts.cnf")
        return (self.folder / "reply").read_bytes()

    def query(self, data: bytes) -> bytes:
        """Ask for a stamp of some other data, with a nonce of its own."""
        (self.folder / "data").write_bytes(data)
        self._ts("-query", "-data", "data", "-sha256", "-cert", "-out", "other")
        return (self.folder / "other").read_bytes()

    def revoke(self) -> Path:
        """Write a list of revoked certificates that names its own."""
        revoked = x509.RevokedCertificateBuilder(
            serial_number=self._certificate.serial_number, revocation_date=NOW
        ).build()
        crl = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self._root_certificate.subject)
            .last_update(NOW)
            .next_update(NOW + timedelta(days=1))
            .add_revoked_certificate(revoked)
            .sign(self._root_key, SHA256())
        )
        path = self.folder / "revoked.crl"
        path.write_bytes(crl.public_bytes(Encoding.PEM))
        return path

    def _ts(self, *arguments: str) -> None:
        command = ["openssl", "ts", *arguments]
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True)


@contextmanager
def serving(answer: Any) -> Iterator[str]:
    """Answer queries at an address on loopback.

    Args:
        answer: Takes a query and returns the answer; None waits until the end of the block, and an exception
            is a server that fails.
    """
    over = Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            if answer is None:
                over.wait()
                return
            try:
                body = answer(query)
            except OSError:
                self.send_error(503)
                return
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            over.set()
            server.shutdown()
            thread.join()


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: RSAPrivateKey,
    issuer_key: RSAPrivateKey,
    until: datetime,
    *,
    ca: bool,
) -> x509.Certificate:
    usage = x509.KeyUsage(not ca, not ca, False, False, False, ca, ca, False, False)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=3650))
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca, None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
    )
    if not ca:
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(purpose, critical=True)
    return builder.sign(issuer_key, SHA256())
