"""Every parser of bytes or text from outside, by name: what is called, which errors are its own, what good input is like.

`reads` are the public functions that a target stands for; tests/fuzzing/test_table.py holds the table complete.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api import bodies, params
from ledger import config
from ledger.core import (
    answering,
    base58,
    canonical,
    checkpoint,
    didkey,
    dsse,
    encoding,
    erasing,
    http1,
    links,
    note,
    ots,
    proof,
    queries,
    quorum,
    records,
    stamps,
    tiles,
    trust,
    verify,
    vkey,
    warcs,
    witnessing,
)
from ledger.core.quoting import anchoring
from ledger.errors import (
    ForbiddenError,
    FormatError,
    KeyMissingError,
    UnauthenticatedError,
    UnverifiableError,
    UsageError,
    VerificationError,
)
from ledger.imports import archiver, claimreview, dossier, jsonld, owners, reading, rows, tables, truths, ucdp, yaml
from ledger.imports.sheets import Sheet, parts
from ledger.imports.slugs import KnownSource, Namer
from ledger.keepsake import Keepsake
from ledger.keys import load_signer
from ledger.net import guarded, problems
from ledger.net.talking import check_address
from ledger.service import cursors, factchecks, lines, submitted
from ledger.store import postgresql
from schemas import dates
from schemas.envelope import RECORD_TYPE
from tests.fuzzing import seeds

Call = Callable[[bytes], object]
Errors = tuple[type[Exception], ...]


@dataclass(frozen=True)
class Target:
    """`refuses` are the errors with which it may refuse; `seeds` are inputs that it takes."""

    name: str
    call: Call
    seeds: Sequence[bytes]
    reads: tuple[Callable[..., Any], ...] = ()
    refuses: Errors = (FormatError,)


def _text(call: Callable[[str], object]) -> Call:
    """Of a parser of text; bytes that are no UTF-8 become lone surrogates, as they do in arguments of a command."""
    return lambda data: call(data.decode("utf-8", "surrogateescape"))


def _file(call: Callable[[Path], object], name: str) -> Call:
    """Of a reader of files."""

    def read(data: bytes) -> None:
        with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as folder:
            place = Path(folder) / name
            place.write_bytes(data)
            place.chmod(0o600)
            call(place)

    return read


def _envelope(data: bytes) -> None:
    dsse.check_signatures(dsse.parse_envelope(data, payload_type=RECORD_TYPE))


def _request(data: bytes) -> None:
    request = witnessing.parse_request(data)
    witnessing.judge_signature(request, seeds.LOGS)
    witnessing.judge_growth(request, None)


def _answer(data: bytes) -> None:
    """The first byte says which status; the rest is the body."""
    status = (200, 409, 422, 404, 500)[data[0] % 5] if data else 200
    answering.read_answer(seeds.REQUEST, status, witnessing.SIZE_TYPE, data[1:], seeds.WITNESSES)


def _opened_note(data: bytes) -> None:
    note.open_checkpoint(data, seeds.LOG_KEYS, witnesses=seeds.WITNESSES)


def _erasure(data: bytes) -> None:
    erasing.open_erasure(bodies.erasure(data))


def _namer() -> Namer:
    return Namer([KnownSource("yonhap", ["Yonhap", "연합뉴스"], "news_agency")])


def _sheet(read: Callable[[bytes], Sheet]) -> Call:
    """Of a table, as far as a dossier of its rows."""
    return lambda data: parts(read(data))


def _review(data: bytes) -> Sheet:
    linked = jsonld.read(data)
    claimreview.texts(linked)
    return claimreview.read(linked, _namer(), {"lang": "de"})


def _batch(data: bytes) -> None:
    for batch in lines.batches(data.splitlines(keepends=True)):
        lines.envelopes_of(batch.lines)
        lines.open_lines(batch.lines)
        for line in batch.lines[:3]:
            lines.open_line(line)


def _links(text: str) -> None:
    links.normal_link(text)
    for link in links.links_in(text):
        links.link_term(link)
    links.without_links(text)


def _keepsake(place: Path) -> None:
    Keepsake(place, bytes(32)).read()


def _verify(data: bytes) -> None:
    verify.verify(data, seeds.TRUST, signature_only=True)


_SIGNED: Errors = (FormatError, UnauthenticatedError)
_NOTED: Errors = (FormatError, VerificationError, UnverifiableError)


def _quotation(text: str) -> None:
    """The first line is quoted from the rest, and from the whole."""
    first, _, rest = text.partition("\n")
    for whole in (rest, text):
        anchoring.anchor(whole, anchoring.Quoted(first, rest[:20], rest[-20:]))


def _ots_proof(data: bytes) -> None:
    found = ots.parse_proof(data)
    printed = ots.print_proof(found)
    assert ots.print_proof(ots.parse_proof(printed)) == printed


def _token(data: bytes) -> None:
    stamps.check_token(data, seeds.STAMPED, seeds.AUTHORITIES)


def _core() -> list[Target]:
    return [
        Target("json", lambda data: canonical.parse_json(data, max_bytes=1 << 21), seeds.JSON, (canonical.parse_json,)),
        Target(
            "canonical",
            lambda data: canonical.parse_canonical(data, max_bytes=1 << 21),
            seeds.JSON,
            (canonical.parse_canonical,),
        ),
        Target("record", records.parse_record, seeds.RECORDS, (records.parse_record,)),
        Target("entry", lambda data: records.read_entry(0, data), seeds.ENVELOPES, (), _SIGNED),
        Target("envelope", _envelope, seeds.ENVELOPES, (dsse.parse_envelope,), _SIGNED),
        Target("foreign-envelope", lambda data: dsse.read_foreign_envelope(data, max_bytes=1 << 21), seeds.ENVELOPES),
        Target("note", note.parse_note, seeds.NOTES, (note.parse_note,)),
        Target("opened-checkpoint", _opened_note, seeds.NOTES, (), _NOTED),
        Target("signature-lines", _text(note.parse_signature_lines), seeds.SIGNATURES, (note.parse_signature_lines,)),
        Target("checkpoint", _text(checkpoint.parse_checkpoint), seeds.CHECKPOINTS, (checkpoint.parse_checkpoint,)),
        Target(
            "http-answer",
            lambda data: http1.content_of(http1.parse_answer(data), most=1 << 20),
            seeds.ANSWERS,
            (http1.parse_answer,),
        ),
        Target("warc", lambda data: warcs.read_warc(data, most=1 << 21), seeds.WARCS, (warcs.read_warc,)),
        Target("tlog-proof", proof.parse_tlog_proof, seeds.PROOFS, (proof.parse_tlog_proof,)),
        Target("policy", quorum.parse_policy, seeds.POLICIES, (quorum.parse_policy,)),
        Target(
            "logs",
            lambda data: witnessing.logs_of(witnessing.parse_logs(data)),
            [*seeds.POLICIES, *seeds.VKEYS],
            (witnessing.parse_logs,),
        ),
        Target("witness-request", _request, seeds.REQUESTS, (witnessing.parse_request,)),
        Target("witness-size", witnessing.parse_size, [b"0\n", b"1234\n"], (witnessing.parse_size,)),
        Target("witness-answer", _answer, seeds.ANSWERS, (), _NOTED),
        Target("vkey", _text(vkey.parse_vkey), seeds.VKEYS, (vkey.parse_vkey,)),
        Target("signer", _text(vkey.parse_signer), seeds.SIGNERS, (vkey.parse_signer,)),
        Target("trust", _text(lambda text: trust.parse_trust(text.split())), [*seeds.VKEYS, *seeds.DIDS], (trust.parse_trust,)),
        Target("did-key", _text(didkey.parse_did_key), seeds.DIDS, (didkey.parse_did_key,)),
        Target("base58", _text(lambda text: base58.parse_base58(text, what="it")), [b"1A2b", b"z"], (base58.parse_base58,)),
        Target("base64", _text(encoding.parse_base64), [b"", b"AAECAw==", b"AAEC"], (encoding.parse_base64,)),
        Target("base64-bytes", encoding.parse_base64_bytes, [b"AAECAw=="], (encoding.parse_base64_bytes,)),
        Target("hash", _text(lambda text: encoding.parse_hash(text, what="it")), [b"A" * 43 + b"="], (encoding.parse_hash,)),
        Target(
            "decimal", _text(lambda text: encoding.parse_decimal(text, what="it")), [b"0", b"17"], (encoding.parse_decimal,)
        ),
        Target("utf8", lambda data: encoding.parse_utf8(data, what="it"), ["ä".encode()], (encoding.parse_utf8,)),
        Target("tile-path", _text(tiles.parse_tile_path), seeds.TILE_PATHS, (tiles.parse_tile_path,)),
        Target("entries-path", _text(tiles.parse_entries_path), seeds.ENTRIES_PATHS, (tiles.parse_entries_path,)),
        Target("entries", tiles.parse_entries, [b"", tiles.pack_entries(seeds.ENVELOPES[:3])], (tiles.parse_entries,)),
        Target("ots-proof", _ots_proof, seeds.OTS_PROOFS, (ots.parse_proof,)),
        Target("ots-answer", lambda data: ots.parse_answer(data, seeds.STAMPED), seeds.OTS_ANSWERS, (ots.parse_answer,)),
        Target("block-headers", _text(ots.parse_headers), seeds.BLOCK_HEADERS, (ots.parse_headers,)),
        Target("calendars", _text(ots.parse_calendars), [b"calendar alice https://a.example\n"], (ots.parse_calendars,)),
        Target("authorities", _text(stamps.parse_authorities), seeds.AUTHORITY_LINES, (stamps.parse_authorities,)),
        Target("time-stamp", _token, seeds.TOKENS, (), (VerificationError,)),
        Target("quotation", _text(_quotation), seeds.QUOTATIONS),
        Target("words", _text(queries.parse_words), seeds.WORDS, (queries.parse_words,)),
        Target("links", _text(_links), seeds.URLS, (), ()),
        Target("verify", _verify, seeds.SIGNED_FILES, (verify.verify,), ()),
    ]


def _shapes() -> list[Target]:
    return [
        Target("edtf", _text(dates.bounds), seeds.DATES, (dates.bounds,), (ValueError,)),
        Target("time", _text(dates.seconds_of), [b"2025-04-28T06:00:00Z"], (dates.seconds_of,), (ValueError,)),
        Target("problem", lambda data: problems.error_of(422, "1", data), seeds.PROBLEMS, (), ()),
        Target(
            "url", _text(lambda text: guarded.check_url(text, guarded.Guard())), seeds.URLS, (), (FormatError, ForbiddenError)
        ),
        Target(
            "networks",
            _text(lambda text: guarded.parse_networks(text.split(","))),
            [b"10.0.0.0/8,::1"],
            (guarded.parse_networks,),
        ),
        Target("ledger-address", _text(check_address), seeds.URLS, (), (UsageError,)),
        Target("database-address", _text(postgresql.parse_url), seeds.DATABASES, (postgresql.parse_url,), (UsageError,)),
        Target(
            "contact",
            _text(config.check_contact),
            [b"mailto:desk@example.org", b"https://example.org/"],
            (),
            (FormatError, UsageError, ValueError),
        ),
        Target("private-key", _file(load_signer, "alice.pem"), seeds.PEMS, (load_signer,), (KeyMissingError, FormatError)),
        Target("openings-file", _file(_keepsake, "alice.openings"), seeds.KEEPSAKES, (), (KeyMissingError, FormatError)),
    ]


def _imports() -> list[Target]:
    return [
        Target("yaml", yaml.parse_yaml, seeds.DOSSIERS, (yaml.parse_yaml,)),
        Target("dossier", dossier.load, seeds.DOSSIERS, (dossier.load, reading.read)),
        Target("claimreview", _sheet(_review), seeds.REVIEWS, (jsonld.read, claimreview.read)),
        Target("rows", _sheet(lambda data: rows.read(data, _namer())), seeds.ROWS, (rows.read, tables.read_table)),
        Target("owners", _sheet(lambda data: owners.read(data, _namer())), seeds.OWNERS, (owners.read,)),
        Target("ucdp", _sheet(lambda data: ucdp.read(data, _namer())), seeds.UCDP, (ucdp.read,)),
        Target("archiver", _sheet(archiver.read), seeds.ARCHIVER, (archiver.read,)),
        Target(
            "claims-table", _file(truths.read_claims, "claims.tsv"), seeds.CLAIMS, (truths.read_claims, truths.read_claim_rows)
        ),
        Target("truths-table", _file(truths.read_truths, "truths.tsv"), seeds.TRUTHS, (truths.read_truths,)),
        Target("hierarchy", _file(truths.read_hierarchy, "hierarchy.tsv"), seeds.HIERARCHIES, (truths.read_hierarchy,)),
    ]


def _service() -> list[Target]:
    query = factchecks.FactCheckQuery(query="troops")
    return [
        Target("cursor", _text(cursors.parse_cursor), [cursors.print_cursor(7, 9).encode()], (cursors.parse_cursor,)),
        Target(
            "cursor-in-tiers",
            _text(lambda text: cursors.parse_cursor(text, ["same"])),
            [cursors.print_cursor(7, 9, "same").encode()],
        ),
        Target("page-token", _text(lambda text: factchecks._parse_token(text, query)), seeds.page_tokens(query)),
        Target("lines", _batch, seeds.LINES, (), _SIGNED),
        Target("raw-entry", submitted.check_raw, [b"x"]),
        Target("submissions", bodies.submissions, [*seeds.ENVELOPES, *seeds.SUBMISSIONS], (), _SIGNED),
        Target("subjects", bodies.subjects, [b'{"subjects":["source:kcna"]}']),
        Target("seen", bodies.seen, [b'{"text":"North Korea sent troops","limit":3}']),
        Target("form", bodies.form, [b"queries=%7B%7D&a=b"]),
        Target("query-batch", _text(bodies.query_batch), seeds.QUERY_BATCHES),
        Target("extension-query", _text(bodies.extension_query), seeds.EXTENSIONS),
        Target("erasure", _erasure, seeds.ERASURES, (), _SIGNED),
        Target("asked-tile", _text(params._parse), [*seeds.TILE_PATHS, *seeds.ENTRIES_PATHS]),
    ]


TARGETS: Mapping[str, Target] = {one.name: one for one in (*_core(), *_shapes(), *_imports(), *_service())}
