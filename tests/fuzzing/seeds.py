"""Input that each parser takes: from the vectors, the examples, the documentation, and ledgers made here."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import tempfile
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from ledger.core.canonical import canonical_bytes
from ledger.core.erasing import sign_erasure
from ledger.core.note import cosign, parse_note, print_signature_lines
from ledger.core.records import record_bytes, record_id
from ledger.core.revealing import print_reveal
from ledger.core.stamps import authority
from ledger.core.trust import Trust, parse_trust
from ledger.core.vkey import ED25519_COSIGNATURE, MLDSA44, Signer, print_signer, print_vkey
from ledger.core.witnessing import parse_request, print_request
from ledger.keepsake import Keepsake
from ledger.keys import seal, sign_record
from ledger.operations import Question
from ledger.service.factchecks import FactCheckQuery, _Place, _print_token
from schemas.envelope import Submission
from schemas.erasure import Erasure
from schemas.ids import Opening
from tests import factory
from tests.core.bundle_faults import good_bundle, smallest_bundle
from tests.core.vectors import LOG_ED25519, LOG_MLDSA, OWN, VECTORS, WITNESS_ED25519, WITNESS_MLDSA, own_key
from tests.imports.ledgers import dossier_text, drafted
from tests.service.written import ADMIN, Written
from tests.service.written import VKEYS as WRITTEN_VKEYS

_DOCS = Path(__file__).parents[2] / "docs"


def _read(folder: str, pattern: str = "*") -> list[bytes]:
    return [place.read_bytes() for place in sorted((VECTORS / folder).glob(pattern)) if place.is_file()]


def _documented(page: str, language: str) -> list[bytes]:
    """The examples of a page in that language."""
    text = (_DOCS / page).read_text("utf-8")
    return [found.encode() for found in re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)]


# Dossiers, and the records in them

DOSSIERS = [
    dossier_text("north-korea-troops.yaml").encode(),
    dossier_text("five-outlets.yaml").encode(),
    b"dossier: 1\n" + b"claims:\n- id: a\n  text: {en: North Korea sent troops}\n  type: event\n",
    b"dossier: 1\nsources: &a\n- {id: x, name: X, type: outlet}\nrelations: []\nclaims: ~\n",
]
_DRAFTS = drafted(DOSSIERS[0].decode()).records
RECORDS = list({item.record.kind: record_bytes(item.record) for item in _DRAFTS}.values())
_SIGNED = [sign_record(item.record, ADMIN) for item in {item.record.kind: item for item in _DRAFTS}.values()]
ENVELOPES = [canonical_bytes(one.envelope.model_dump(mode="json")) for one in _SIGNED]
_SEAL = seal(ADMIN, "text", "I saw it burn")
_SEALED = sign_record(factory.claim({"en": {"sealed": _SEAL[0].sealed}}), ADMIN, {_SEAL[0].sealed: _SEAL[1]})


def _submission(one: Submission) -> bytes:
    return json.dumps(one.model_dump(mode="json", exclude_none=True)).encode()


SUBMISSIONS = [_submission(_SEALED), b"[" + b",".join(ENVELOPES[:3]) + b"]", b"[" + _submission(_SEALED) + b"]"]
LINES = [b"\n".join(ENVELOPES[:4]) + b"\n", _submission(_SEALED) + b"\r\n", *ENVELOPES[:2]]
ERASURES = [
    canonical_bytes(
        sign_erasure(
            Erasure(ledger="ledger.example/1", record="sha256:" + "a" * 64, values=("sha256:" + "b" * 64,)), [ADMIN.private_key]
        ).model_dump(mode="json")
    )
]
JSON = [b'{"a":[1,2.5,null,true,"\\u00e9"],"b":{}}', b"[0.1,1e21,-3]", *RECORDS[:2]]

# The log

_NOTE = (OWN / "checkpoint").read_bytes()
LOG_KEYS = (own_key("log"), own_key("log-mldsa"))
_ORIGIN = LOG_KEYS[0].name
_WITNESSES = (
    Signer("witness.example/w1", ED25519_COSIGNATURE, WITNESS_ED25519),
    Signer("witness.example/w2", MLDSA44, WITNESS_MLDSA),
)
WITNESSES = tuple(one.verifier for one in _WITNESSES)
LOGS = {_ORIGIN: LOG_KEYS}
NOTES = [_NOTE, *_read("tessera-log", "checkpoint.*")[:4], b"any text\n\n\xe2\x80\x94 a AAAAAAA=\n"]
CHECKPOINTS = [parse_note(one).text.encode() for one in NOTES[:3]]
SIGNATURES = [print_signature_lines(parse_note(one).signatures).encode() for one in NOTES]
PROOFS = _read("tlog-own", "*.tlog-proof")
REQUESTS = [print_request(0, [], _NOTE), print_request(2, [bytes(32), b"\1" * 32], _NOTE)]
REQUEST = parse_request(REQUESTS[1])
_COSIGNED = print_signature_lines(cosign(_NOTE, one, 1_750_000_000) for one in _WITNESSES).encode()
ANSWERS = [b"\0" + _COSIGNED, b"\x012\n", b"\x013\n", b"\x02no", b"\0" + SIGNATURES[0]]
VKEYS = [print_vkey(one).encode() for one in (*LOG_KEYS, *WITNESSES)]
SIGNERS = [print_signer(one).encode() for one in _WITNESSES]
DIDS = [b"did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", ADMIN.did.encode()]
POLICIES = [
    b"log %s https://log.example/\n# two\nwitness w1 %s https://w1.example/\nwitness w2 %s\ngroup g any w1 w2\nquorum g\n"
    % (VKEYS[0], VKEYS[2], VKEYS[3]),
    b"log %s\nquorum none\n" % VKEYS[1],
]
TILE_PATHS = [b"tile/0/000", b"tile/1/x001/x234/067.p/8", b"tile/0/000.p/120"]
ENTRIES_PATHS = [b"tile/entries/000", b"tile/entries/x001/067.p/255"]

# Signed files


@cache
def _others() -> tuple[bytes, ...]:
    """A score alone, a credential and a revealed record."""
    with tempfile.TemporaryDirectory() as place:
        world = Written(Path(place))
        world.source("dprk", "D", type="government_body")
        world.says("dprk", "confirms", said_at="2025-04-28")
        files = [world.ledger.export(world.claim_id, name, Question()) for name in ("score", "vc")]
        world.ledger.close()
    with tempfile.TemporaryDirectory() as place:
        ready = factory.ready(str(Path(place) / "l.db"))
        sealed, opening = seal(ready.admin, "text", "I saw it burn")
        claim = factory.claim({"en": {"sealed": sealed.sealed}})
        ready.add(claim, factory.claim("another"), openings=None)
        name = record_id(claim)
        files.append(print_reveal(ready.ledger.record(name).envelope, {sealed.sealed: opening}, ready.ledger.tlog_proof(name)))
        trusted = [print_vkey(key) for key in ready.keys.vkeys(ready.origin)]
        ready.ledger.close()
    _TRUSTED.extend(trusted)
    return tuple(files)


_TRUSTED: list[str] = list(WRITTEN_VKEYS)
SIGNED_FILES = [smallest_bundle(), good_bundle(), *_others()]
TRUST: Trust = parse_trust(list(dict.fromkeys(_TRUSTED)))

# Tables and pages of others

REVIEWS = _read("claimreview", "*[!d].json") + _read("claimreview", "*.html")
ROWS = [one for one in _documented("imports.md", "csv") if one.startswith(b"claim,chain")]
OWNERS = [one for one in _documented("imports.md", "csv") if one.startswith(b"owner,owned")]
ARCHIVER = _read("", "auto-archiver.csv")
UCDP = [
    (
        b"id,type_of_violence,conflict_name,side_a,side_b,source_article,source_office,source_date,source_headline,source_original,"
        b"where_description,country,date_start,date_end,best,high,low\n"
        b'1,1,A: B,State of A,Rebels,"""Reuters,2024-01-02,Five dead""",Reuters,2024-01-02,Five dead,army spokesman,Town,A,'
        b"2024-01-01 00:00:00.000,2024-01-01 00:00:00.000,5,7,3\n"
        b"2,3,C,Police,Civilians,AFP;BBC,AFP;BBC,2024-02-01;,Says UN;x,UN and others,,A,2024-02-01,2024-02-02,0,0,0\n"
    )
]
CLAIMS = [b"source\tobject\tattribute\tvalue\na\tx\tcolour\tred\nb\tx\tcolour\tblue\n"]
CLAIMS.append(gzip.compress(CLAIMS[0], mtime=0))
TRUTHS = [b"object\tattribute\tvalue\tpath\nx\tcolour\tred\tred,warm\n", b"object\tattribute\tvalue\nx\tcolour\tred\n"]
TRUTHS.append(gzip.compress(TRUTHS[0], mtime=0))
HIERARCHIES = [b"id\tname\tparent\n1\tall\t-1\n2\twarm\t1\n"]
HIERARCHIES.append(gzip.compress(HIERARCHIES[0], mtime=0))

# Small texts

DATES = [
    one.encode() for one in "2024 2024-10 2024-10-30~ 2024-10/2025-04 ../2024 2024?/.. 9999-12 2025-04-28T06:00:00Z".split()
]
WORDS = [b"north korea", b'"korea sent*" troop* 10,000', "파병 \u201cкорея\u201d".encode()]
URLS = [
    b"https://www.a.example:443/b/?utm_source=x&c=d#e",
    b"http://127.0.0.1:80/",
    b"https://[2606:2800::1]/x",
    b"see www.b.example, and http://c.example/a.",
]
DATABASES = [b"postgresql://user:word@host:5432/name?sslmode=require", b"postgresql:///name"]
PROBLEMS = [
    b'{"type":"urn:onrecord:problem:format","title":"t","status":422,"detail":"d","hint":"h","pointer":"/a","errors":[{"loc":"x","msg":"y"}]}',
    b'{"type":"urn:onrecord:problem:ambiguous","title":"t","status":422,"detail":"d","matches":["a","b"],"suggestions":["c"]}',
]
QUERY_BATCHES = [b'{"q0":{"query":"Yonhap","type":"Source","limit":3,"properties":[{"pid":"country","v":"KR"}]}}']
EXTENSIONS = [b'{"ids":["yonhap"],"properties":[{"id":"country","settings":{}}]}']


def page_tokens(query: FactCheckQuery) -> list[bytes]:
    return [_print_token(place, query).encode() for place in (_Place(), _Place("yonhap", "WzcsOV0", 3))]


# Files of a contributor

PEMS = [key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) for key in (LOG_ED25519, LOG_MLDSA)]


def _keepsakes() -> list[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "alice.openings"
        Keepsake(place, bytes(32)).add({"sha256:" + "a" * 64: Opening(salt="b" * 32, value="c")})
        return [
            place.read_bytes(),
            b'{"form":"onrecord/openings/v1","key":"passphrase","n":131072,"p":1,"r":8,"salt":"%s"}\nAAAA\n' % (b"0" * 32),
        ]


KEEPSAKES = _keepsakes()


# Time stamps and quotations

_STAMPS = Path(__file__).parents[1] / "vectors" / "timestamps"
AUTHORITY_LINES = [b"# ours\nauthority one https://one.example/tsr one.pem\n"]
AUTHORITIES = [authority("one", "https://one.example/tsr", (_STAMPS / "root.pem").read_bytes())]
TOKENS = [(_STAMPS / "hello.tsr").read_bytes()]
_PROOFS = Path(__file__).parents[1] / "vectors" / "opentimestamps"
OTS_PROOFS = [(_PROOFS / name).read_bytes() for name in ("pending.ots", "complete.ots")]
OTS_ANSWERS = [one[65:] for one in OTS_PROOFS]
BLOCK_HEADERS = [b"# ours\n840000 " + b"00" * 80 + b"\n"]
STAMPED = hashlib.sha256(b"hello").digest()
QUOTATIONS = ["it was not us\nHe said: „it was not us“, and: it was not us-\nage.".encode(), "e\u0301\n é 한국 קול".encode()]


ANSWERS = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
    b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"abc", mtime=0),
]
WARCS = [
    plain := b"WARC/1.1\r\nWARC-Type: resource\r\nContent-Length: 3\r\n\r\nabc\r\n\r\n",
    gzip.compress(plain, mtime=0),
]
