"""Time-stamp authorities of our own: made and run with openssl, on loopback."""

from __future__ import annotations

import datetime
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from tempfile import NamedTemporaryFile

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.listening import listening

NOW = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Made:
    """An authority's folder: `root.pem` is what others know it by."""

    name: str
    folder: Path

    @property
    def root(self) -> Path:
        return self.folder / "root.pem"

    def reply(self, query: bytes) -> bytes:
        """What openssl answers to a TimeStampReq."""
        with NamedTemporaryFile(dir=self.folder) as asked, NamedTemporaryFile(dir=self.folder) as told:
            asked.write(query)
            asked.flush()
            words = ["openssl", "ts", "-reply", "-config", str(self.folder / "tsa.cnf"), "-queryfile", asked.name]
            subprocess.run([*words, "-out", told.name], check=True, capture_output=True)
            return Path(told.name).read_bytes()


def make(place: Path, name: str, *, shown_for: x509.ObjectIdentifier | None = None, expired: bool = False) -> Made:
    """An authority with a root and a certificate for time stamping. `expired`: that one was good last year. `shown_for`:
    `shown.pem` is a certificate of the same key, name and number for another purpose."""
    folder = place / name
    folder.mkdir()
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name, own_name = _name(f"{name} root"), _name(f"{name} stamps")
    root = (
        x509.CertificateBuilder(root_name, root_name, root_key.public_key(), x509.random_serial_number())
        .not_valid_before(NOW - 500 * DAY)
        .not_valid_after(NOW + 4_000 * DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    number = x509.random_serial_number()

    def own(usage: x509.ObjectIdentifier) -> bytes:
        first, last = (NOW - 400 * DAY, NOW - 30 * DAY) if expired else (NOW - DAY, NOW + 400 * DAY)
        made = x509.CertificateBuilder(root_name, own_name, key.public_key(), number).not_valid_before(first)
        made = made.not_valid_after(last).add_extension(x509.ExtendedKeyUsage([usage]), critical=True)
        made = made.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        return made.sign(root_key, hashes.SHA256()).public_bytes(Encoding.PEM)

    (folder / "root.pem").write_bytes(root.public_bytes(Encoding.PEM))
    (folder / "own.pem").write_bytes(own(ExtendedKeyUsageOID.TIME_STAMPING))
    if shown_for is not None:
        (folder / "shown.pem").write_bytes(own(shown_for))
    (folder / "own.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "serial").write_text("01\n")
    (folder / "tsa.cnf").write_text(
        f"[tsa]\ndefault_tsa = one\n[one]\nserial = {folder}/serial\nsigner_cert = {folder}/own.pem\n"
        f"signer_key = {folder}/own.key\nsigner_digest = sha256\ndefault_policy = 1.2.3.4.1\ndigests = sha256\n"
        "ess_cert_id_alg = sha256\n"
    )
    return Made(name, folder)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@contextmanager
def served(*authorities: Made) -> Iterator[str]:
    """They answer on loopback at `/NAME`; the address comes back."""
    by_path = {f"/{one.name}": one for one in authorities}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = by_path[self.path].reply(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.send_header("content-type", "application/timestamp-reply")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            """Nothing: the test's output is its own."""

    with listening(Handler) as address:
        yield address
