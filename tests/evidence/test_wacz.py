"""Pages of a WACZ file are documents with their hashes; its hashes and its signature are verified, and nothing is fetched."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from ledger.errors import FormatError, TooLargeError, VerificationError
from ledger.evidence.store import EvidenceStore
from ledger.evidence.wacz import pages_in, read_wacz
from tests.cli.conftest import run_here
from tests.evidence import site as sites

PAGE = sites.page("ko", "북한, 파병 공식 확인", sites.KOREAN, site="연합뉴스")
URL = "https://yna.example/view/1"
KEY = ec.derive_private_key(7, ec.SECP384R1())


def warc() -> bytes:
    """What other crawlers write: by warcio alone, with its own digests."""
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version="1.1")
    for url, status, body in ((URL, "200 OK", PAGE), ("https://yna.example/gone", "404 Not Found", b"no")):
        headers = StatusAndHeaders(status, [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1")
        stated = {"WARC-Date": "2025-04-28T08:00:00Z"}
        writer.write_record(
            writer.create_warc_record(url, "response", payload=io.BytesIO(body), http_headers=headers, warc_headers_dict=stated)
        )
    return out.getvalue()


def hashed(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def raw_signature(signed: bytes) -> bytes:
    """As browsers write it."""
    numbers = decode_dss_signature(KEY.sign(signed, ec.ECDSA(hashes.SHA256())))
    return b"".join(one.to_bytes(48) for one in numbers)


def wacz(change: Callable[[dict[str, bytes]], None] | None = None, *, signed: bool = True, der: bool = False) -> bytes:
    lines = [
        {"format": "json-pages-1.0", "id": "pages", "title": "All Pages"},
        {"id": "1", "url": URL, "ts": "2025-04-28T08:00:00Z", "title": "확인"},
        {"id": "2", "url": "https://yna.example/gone", "ts": "2025-04-28T08:00:00Z"},
    ]
    files = {
        "archive/data.warc.gz": warc(),
        "pages/pages.jsonl": "\n".join(map(json.dumps, lines)).encode(),
        "indexes/index.cdx.gz": gzip.compress(b"", mtime=0),
    }
    resources = [{"name": path, "path": path, "hash": hashed(one), "bytes": len(one)} for path, one in files.items()]
    package = json.dumps({"profile": "data-package", "wacz_version": "1.1.1", "resources": resources}).encode()
    own = hashed(package)
    digest: dict[str, object] = {"path": "datapackage.json", "hash": own}
    if signed:
        public = KEY.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        signature = KEY.sign(own.encode(), ec.ECDSA(hashes.SHA256())) if der else raw_signature(own.encode())
        digest["signedData"] = {
            "hash": own, "created": "2025-04-28T08:01:00Z", "software": "test",
            "signature": base64.b64encode(signature).decode(), "publicKey": base64.b64encode(public).decode(),
        }  # fmt: skip
    files |= {"datapackage.json": package, "datapackage-digest.json": json.dumps(digest).encode()}
    if change is not None:
        change(files)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for path, content in files.items():
            made.writestr(path, content)
    return out.getvalue()


@pytest.mark.parametrize("der", [False, True])
def test_an_archive_whose_hashes_and_signature_hold_is_read(der: bool) -> None:
    archive = read_wacz(wacz(der=der))
    assert archive.signer is not None
    assert archive.signer.name.startswith("key ")
    (page,) = pages_in(archive)
    assert (page.url, page.at, page.found.lang, page.content) == (URL, "2025-04-28T08:00:00Z", "ko", PAGE)


def test_an_archive_that_nobody_signed_says_so() -> None:
    assert read_wacz(wacz(signed=False)).signer is None


def test_a_signature_by_a_domain_names_it_and_its_certificate() -> None:
    import datetime

    now = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)
    name = x509.Name([])
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(KEY.public_key()).serial_number(1)
        .not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("archive.example")]), critical=False)
        .sign(KEY, hashes.SHA256())
    )  # fmt: skip

    def by(domain: str) -> Callable[[dict[str, bytes]], None]:
        def change(files: dict[str, bytes]) -> None:
            digest = json.loads(files["datapackage-digest.json"])
            del digest["signedData"]["publicKey"]
            digest["signedData"] |= {
                "domain": domain, "domainCert": certificate.public_bytes(serialization.Encoding.PEM).decode(),
            }  # fmt: skip
            files["datapackage-digest.json"] = json.dumps(digest).encode()

        return change

    signer = read_wacz(wacz(by("archive.example"))).signer
    assert signer is not None
    assert (signer.name, "not traced to an issuer" in signer.note, signer.traced) == ("archive.example", True, False)
    with pytest.raises(VerificationError, match="not one of other"):
        read_wacz(wacz(by("other.example")))


def flip(name: str) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        content = bytearray(files[name])
        content[len(content) // 2] ^= 1
        files[name] = bytes(content)

    return change


def sign_otherwise(files: dict[str, bytes]) -> None:
    digest = json.loads(files["datapackage-digest.json"])
    digest["signedData"]["signature"] = base64.b64encode(raw_signature(b"sha256:other")).decode()
    files["datapackage-digest.json"] = json.dumps(digest).encode()


def repack(files: dict[str, bytes]) -> None:
    """A forger changes a file and its hash, and keeps the signature."""
    flip("pages/pages.jsonl")(files)
    package = json.loads(files["datapackage.json"])
    for one in package["resources"]:
        one["hash"] = hashed(files[one["path"]])
    files["datapackage.json"] = json.dumps(package).encode()


def repack_all(files: dict[str, bytes]) -> None:
    repack(files)
    digest = json.loads(files["datapackage-digest.json"])
    digest["hash"] = hashed(files["datapackage.json"])
    files["datapackage-digest.json"] = json.dumps(digest).encode()


BAD: dict[str, tuple[Callable[[dict[str, bytes]], None], type[Exception], str]] = {
    "a changed capture": (flip("archive/data.warc.gz"), VerificationError, "archive/data.warc.gz is not what was packed"),
    "a changed list of pages": (flip("pages/pages.jsonl"), VerificationError, "pages/pages.jsonl is not what was packed"),
    "a capture missing": (
        lambda files: files.pop("archive/data.warc.gz") and None,
        VerificationError,
        "is listed and not there",
    ),
    "another signature": (sign_otherwise, VerificationError, "does not hold"),
    "packed again": (repack, VerificationError, "datapackage.json is not what was packed"),
    "packed again with its digest": (repack_all, VerificationError, "what was signed is another list"),
    "no list": (lambda files: files.pop("datapackage.json") and None, FormatError, "holds no datapackage.json"),
    "a bomb": (lambda files: None, TooLargeError, "unpacks to more than"),
}


@pytest.mark.parametrize("name", BAD)
def test_an_archive_that_was_changed_is_refused_by_name(name: str) -> None:
    change, error, said = BAD[name]
    content = wacz(change)
    if name == "a bomb":
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
            made.writestr("datapackage.json", bytes(64 << 20))
        content = out.getvalue()
    with pytest.raises(error, match=said):
        read_wacz(content)


def test_an_archive_is_imported_and_its_pages_kept_without_fetching(fresh: str, tmp_path: Path) -> None:
    file = tmp_path / "pages.wacz"
    file.write_bytes(wacz())
    ran = run_here("import", str(file), "--ledger", fresh)
    assert ran.code == 0, ran.err
    assert ran.out.strip() == "1 page, 1 new on record, 1 new in the evidence store"
    assert "signed by key " in ran.err
    assert "left out: https://yna.example/gone" in ran.err
    again = run_here("import", str(file), "--ledger", fresh, "--json").json
    assert (again["pages"], again["new"], again["kept"]) == (1, 0, 0)
    record = run_here("show", again["ids"]["page-1"], "--ledger", fresh, "--json").json["record"]
    assert (record["url"], record["title"], record["sha256"]) == (URL, "북한, 파병 공식 확인", hashed(PAGE))
    store = EvidenceStore.at(f"{fresh}.evidence")
    assert store.content(record["sha256"]) == PAGE
    assert sites.KOREAN[0] in str(store.text(record["sha256"]))


def test_a_changed_archive_is_not_imported(fresh: str, tmp_path: Path) -> None:
    file = tmp_path / "pages.wacz"
    file.write_bytes(wacz(flip("archive/data.warc.gz")))
    ran = run_here("import", str(file), "--ledger", fresh)
    assert (ran.code, ran.out) == (6, "")
    assert "archive/data.warc.gz is not what was packed" in ran.err
    assert not Path(f"{fresh}.evidence").exists()
