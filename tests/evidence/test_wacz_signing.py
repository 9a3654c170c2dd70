"""A domain's signature under an archive: its certificate is traced, and its time stamp checked, by what the reader names."""

from __future__ import annotations

import base64
import datetime
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ledger.core.stamps import Authority, authority, digest_of, print_request
from ledger.errors import FormatError, VerificationError
from ledger.evidence.wacz import read_wacz
from ledger.evidence.wacz_signing import Trust, issuers_of
from tests.cli.conftest import run_here
from tests.evidence.test_wacz import KEY, hashed, wacz
from tests.stamps.authorities import DAY, NOW, make

DOMAIN = "archive.example"


@dataclass(frozen=True)
class Issuer:
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()


def issuer(name: str, by: Issuer | None = None) -> Issuer:
    """A root, or one that another issuer vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer = by or Issuer(key, None)  # type: ignore[arg-type]  # a root has no certificate before its own
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    made = (
        x509.CertificateBuilder(
            by.certificate.subject if by else subject, subject, key.public_key(), x509.random_serial_number()
        )
        .not_valid_before(NOW - 500 * DAY)
        .not_valid_after(NOW + 4_000 * DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.key.public_key()), critical=False)
        .sign(signer.key, hashes.SHA256())
    )
    return Issuer(key, made)


def certificate(by: Issuer, *, domain: str = DOMAIN, first: datetime.timedelta = -DAY, last: datetime.timedelta = DAY) -> str:
    """Of a domain, for the key that signs archives in these tests."""
    made = (
        x509.CertificateBuilder(by.certificate.subject, x509.Name([]), SIGNING.public_key(), x509.random_serial_number())
        .not_valid_before(NOW + first)
        .not_valid_after(NOW + last)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(domain)]), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key()), critical=False)
        .sign(by.key, hashes.SHA256())
    )
    return made.public_bytes(Encoding.PEM).decode()


SIGNING = ec.generate_private_key(ec.SECP256R1())
ROOT = issuer("root")
BETWEEN = issuer("between", ROOT)
CHAIN = certificate(BETWEEN) + BETWEEN.pem


@dataclass(frozen=True)
class Signed:
    """How an archive is signed."""

    chain: str = CHAIN
    domain: str = DOMAIN
    created: str | None = NOW.strftime("%Y-%m-%dT%H:%M:%SZ")
    stamp: Callable[[str], bytes] | None = None

    def archive(self) -> bytes:
        def change(files: dict[str, bytes]) -> None:
            digest: dict[str, Any] = json.loads(files["datapackage-digest.json"])
            own = hashed(files["datapackage.json"])
            signature = base64.b64encode(SIGNING.sign(own.encode(), ec.ECDSA(hashes.SHA256()))).decode()
            told = {"hash": own, "software": "test", "signature": signature, "domain": self.domain, "domainCert": self.chain}
            if self.created is not None:
                told["created"] = self.created
            if self.stamp is not None:
                told["timeSignature"] = base64.b64encode(self.stamp(signature)).decode()
            files["datapackage-digest.json"] = json.dumps(digest | {"signedData": told}).encode()

        return wacz(change, signed=False)


@pytest.fixture(scope="module")
def stamping(tmp_path_factory: pytest.TempPathFactory) -> tuple[Authority, Callable[[str], bytes]]:
    """An authority, and what it answers about a text."""
    made = make(tmp_path_factory.mktemp("stamping"), "one")
    known = authority("one", "http://one.invalid/", made.root.read_bytes())
    return known, lambda text: made.reply(print_request(digest_of(text.encode()), 1 << 60))


def test_a_certificate_is_traced_to_an_issuer_that_is_named() -> None:
    signer = read_wacz(Signed().archive(), Trust((ROOT.certificate,))).signer
    assert signer is not None
    assert (signer.name, signer.traced, signer.stamp) == (DOMAIN, True, None)
    assert "traced to CN=root, good at the time that it states itself; it has no time stamp" in signer.note


def test_a_time_stamp_over_the_signature_is_checked_by_named_authorities(
    stamping: tuple[Authority, Callable[[str], bytes]],
) -> None:
    known, stamp = stamping
    content = replace(Signed(), stamp=stamp, created="1999-01-01T00:00:00Z").archive()
    signer = read_wacz(content, Trust((ROOT.certificate,), [known])).signer
    assert signer is not None
    assert signer.stamp is not None
    assert "traced to CN=root, good then; signed by " in signer.note
    assert "as one stamped it" in signer.note
    assert "its time stamp was not checked" in str(read_wacz(content).signer)


STRANGER = issuer("stranger")
REFUSED: dict[str, tuple[Signed, str]] = {
    "another issuer": (Signed(chain=certificate(STRANGER) + STRANGER.pem), "is traced to no issuer that is named"),
    "the way to the issuer is missing": (Signed(chain=certificate(BETWEEN)), "is traced to no issuer that is named"),
    "expired at the time that it states": (Signed(created="2099-01-01T00:00:00Z"), "is traced to no issuer that is named"),
    "no time": (Signed(created=None), "does not say when it was signed"),
    "no time that is one": (Signed(created="yesterday"), "does not say when it was signed"),
    "another domain": (Signed(domain="other.example"), "the certificate is not one of other.example"),
    "a key that signed nothing": (Signed(chain=ROOT.pem), "does not hold"),
    "no certificate": (Signed(chain="x"), "the signature's key cannot be read"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_borne_out_is_refused(name: str) -> None:
    signed, said = REFUSED[name]
    with pytest.raises(VerificationError, match=said):
        read_wacz(signed.archive(), Trust((ROOT.certificate,)))


def test_a_time_stamp_over_something_else_is_refused(
    stamping: tuple[Authority, Callable[[str], bytes]], tmp_path: Path
) -> None:
    known, stamp = stamping
    for wrong in (lambda _: stamp("another signature"), lambda _: b"no token", lambda text: _stranger(tmp_path, text)):
        content = Signed(stamp=wrong).archive()
        assert read_wacz(content).signer is not None, "where nobody is named, it is only said that it was not checked"
        with pytest.raises(VerificationError, match="the time stamp of the archive: "):
            read_wacz(content, Trust((), [known]))


def _stranger(place: Path, text: str) -> bytes:
    return make(place, "stranger").reply(print_request(digest_of(text.encode()), 1 << 60))


def test_the_command_names_issuers_and_authorities(
    fresh: str, tmp_path: Path, stamping: tuple[Authority, Callable[[str], bytes]]
) -> None:
    known, stamp = stamping
    (tmp_path / "pages.wacz").write_bytes(Signed(stamp=stamp).archive())
    (tmp_path / "roots.pem").write_text(STRANGER.pem + ROOT.pem)
    (tmp_path / "one.pem").write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in known.certificates))
    (tmp_path / "known").write_text("authority one http://127.0.0.1:1/ one.pem\n")
    (tmp_path / "strangers.pem").write_text(STRANGER.pem)
    file = str(tmp_path / "pages.wacz")
    ran = run_here("import", file, "--trust-certificates", str(tmp_path / "strangers.pem"), "--ledger", fresh)
    assert (ran.code, "is traced to no issuer that is named" in ran.err) == (6, True)
    words = ("--trust-certificates", str(tmp_path / "roots.pem"), "--authorities", str(tmp_path / "known"))
    found = run_here("import", file, *words, "--ledger", fresh, "--json")
    assert found.code == 0, found.err
    assert (found.json["signer"], found.json["traced"], found.json["stamped"][:2]) == (DOMAIN, True, "20")
    ran = run_here("import", file, "--ledger", fresh)
    assert "by its certificate, not traced to an issuer (--trust-certificates)" in ran.err
    refused = run_here("import", str(tmp_path / "x.csv"), "--format", "csv", *words, "--ledger", fresh)
    assert "belong to wacz" in refused.err


def test_a_key_without_a_name_is_none_under_any_issuer() -> None:
    signer = read_wacz(wacz(), Trust((ROOT.certificate,))).signer
    assert signer is not None
    assert (signer.traced, "a key without a name" in signer.note) == (False, True)
    assert KEY is not SIGNING


def test_certificates_that_are_none_are_told() -> None:
    with pytest.raises(FormatError, match="no PEM"):
        issuers_of(b"x")
