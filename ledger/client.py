"""The operations of a ledger elsewhere, over HTTP. What the log answers is checked here, not believed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import httpx
from pydantic import TypeAdapter, ValidationError

from ledger.core.canonical import canonical_bytes, digest
from ledger.core.checkpoint import Checkpoint
from ledger.core.encoding import parse_base64, parse_hash
from ledger.core.logkeys import LogTerms, check_not_retired, follow
from ledger.core.merkle import check_consistency, check_inclusion, leaf_hash
from ledger.core.note import OpenedCheckpoint, open_checkpoint
from ledger.core.proof import check_tlog_proof, parse_tlog_proof
from ledger.core.verifying.entries import read_signed
from ledger.core.vkey import VerifierKey, parse_vkey
from ledger.errors import (
    FormatError,
    OnRecordError,
    StoreError,
    UnverifiableError,
    UsageError,
    VerificationError,
)
from ledger.net.talking import Connection, Params, Shape
from ledger.operations import CLAIMS_AFFECTED, EVERY, MOST_SHOWN, NOW, ClaimQuery, Question
from schemas.affected import Affected
from schemas.bundle import Verification
from schemas.copies import Copies
from schemas.corroboration import ChainView, Report
from schemas.dates import time_of
from schemas.doubt import SignedList
from schemas.envelope import Envelope, Submission
from schemas.erasure import Erased, ErasureOrder
from schemas.estimate import CredibilityEstimate
from schemas.health import Health
from schemas.history import By, History
from schemas.log import CheckpointView, ConsistencyProof, Receipt
from schemas.lookups import (
    CheckResult,
    ClaimFacets,
    ClaimList,
    ClaimView,
    CorrectionList,
    DocumentView,
    InForce,
    PolicyView,
    RecordView,
    Seen,
    SourceList,
    SourceView,
    WellKnown,
)

_RECEIPTS: TypeAdapter[list[Receipt]] = TypeAdapter(list[Receipt])


class Client:
    """`trust` holds the log's verifier keys: nothing is asked of a ledger whose checkpoint they did not sign. Without any, the
    keys of the first answer are kept for this object's life."""

    def __init__(self, base_url: str, *, trust: Sequence[str] = (), token: str | None = None) -> None:
        self._connection = Connection(base_url, token=token)
        self.base_url = self._connection.base_url
        self._keys = [parse_vkey(text) for text in trust if not text.startswith("did:key:")]
        self._terms = LogTerms()
        if trust and not self._keys:
            raise UsageError(
                "none of the trusted keys is a log's key",
                hint="the first two lines of `onrecord log keys` there are; its third line is the issuer's, for bundles alone",
            )
        self._in_doubt = bool(self._keys)
        self._opened: dict[str, OpenedCheckpoint] = {}

    # Writing

    def add(self, submissions: Sequence[Submission]) -> list[Receipt]:
        response = self._send("POST", "/v1/records", json=_body(submissions))
        try:
            receipts = _RECEIPTS.validate_json(response.content)
        except ValidationError:
            raise StoreError(f"{self.base_url} answered something that is no list of receipts") from None
        if len(receipts) != len(submissions):
            raise VerificationError(f"{len(receipts)} receipts for {len(submissions)} records", step="receipt")
        for submission, receipt in zip(submissions, receipts, strict=True):
            self._check_receipt(submission.envelope, receipt)
        return receipts

    def check(self, submissions: Sequence[Submission]) -> CheckResult:
        return self._read(CheckResult, self._send("POST", "/v1/records:check", json=_body(submissions)))

    def erase_openings(self, order: ErasureOrder) -> Erased:
        return self._read(Erased, self._send("POST", "/v1/openings:erase", json=order.model_dump(mode="json")))

    # Asking

    def in_force(self, subjects: Sequence[str]) -> InForce:
        return self._read(InForce, self._send("POST", "/v1/records:in_force", json={"subjects": list(subjects)}))

    def record(self, name: str) -> RecordView:
        view = self._get(RecordView, f"/v1/records/{_segment(name)}")
        if view.id != digest(parse_base64(view.envelope.payload)):
            raise VerificationError("the record shown is not the one that its id names", step="record")
        _check_named(view.id, name)
        return view

    def receipt(self, name: str) -> Receipt:
        receipt = self._get(Receipt, f"/v1/records/{_segment(name)}/receipt")
        _check_named(receipt.record_id, name)
        self._check_receipt(self.record(receipt.record_id).envelope, receipt)
        return receipt

    def tlog_proof(self, name: str) -> str:
        text = self._send("GET", f"/v1/records/{_segment(name)}/receipt", {"format": "tlog-proof"}).text
        entry = entry_bytes(self.record(name).envelope)
        check_tlog_proof(parse_tlog_proof(text.encode()), entry, self._log_keys())
        return text

    def claims(self, query: ClaimQuery) -> ClaimList:
        return self._get(ClaimList, "/v1/claims", _listed(query))

    def seen(self, text: str, limit: int = 10) -> Seen:
        return self._read(Seen, self._send("POST", "/v1/claims:seen", json={"text": text, "limit": limit}))

    def facets(self, query: ClaimQuery = EVERY) -> ClaimFacets:
        return self._get(ClaimFacets, "/v1/claims/facets", _listed(query))

    def claim(self, name: str, question: Question) -> ClaimView:
        return self._get(ClaimView, f"/v1/claims/{_segment(name)}", _asked(question))

    def chain(self, name: str, question: Question) -> ChainView:
        return self._get(ChainView, f"/v1/claims/{_segment(name)}/chain", _asked(question))

    def corroboration(self, name: str, question: Question) -> Report:
        return self._get(Report, f"/v1/claims/{_segment(name)}/corroboration", _asked(question))

    def copies(self, name: str, question: Question) -> Copies:
        return self._get(Copies, f"/v1/claims/{_segment(name)}/copies", _asked(question))

    def history(self, name: str, question: Question, by: By = "both") -> History:
        asked = _asked(question) | ({} if by == "both" else {"by": by})
        return self._get(History, f"/v1/claims/{_segment(name)}/history", asked)

    def export(self, name: str, format: str, question: Question) -> bytes:
        return self._send("GET", f"/v1/claims/{_segment(name)}/export", _asked(question) | {"format": format}).content

    def sources(self, query: str | None = None, cursor: str | None = None, limit: int = 50) -> SourceList:
        return self._get(SourceList, "/v1/sources", {"query": query, "cursor": cursor, "limit": limit})

    def source(self, slug: str, question: Question = NOW) -> SourceView:
        return self._get(SourceView, f"/v1/sources/{_segment(slug)}", _dated(question))

    def estimate(self, question: Question = NOW, sources: Sequence[str] = ()) -> CredibilityEstimate:
        return self._get(
            CredibilityEstimate, "/v1/credibility", _dated(question) | ({"source": list(sources)} if sources else {})
        )

    def document(self, name: str, cursor: str | None = None, limit: int = MOST_SHOWN) -> DocumentView:
        return self._get(DocumentView, f"/v1/documents/{_segment(name)}", {"cursor": cursor, "limit": limit})

    def affected(self, name: str, cursor: str | None = None, limit: int = CLAIMS_AFFECTED) -> Affected:
        return self._get(Affected, f"/v1/affected/{_segment(name)}", {"cursor": cursor, "limit": limit})

    def corrections(self, limit: int = 50, before: int | None = None) -> CorrectionList:
        return self._get(CorrectionList, "/v1/corrections", {"limit": limit} | ({} if before is None else {"before": before}))

    def signed(self, key: str, start: int = 0, limit: int = 100, since: str | None = None) -> SignedList:
        return self._get(SignedList, f"/v1/keys/{_segment(key)}/signed", {"start": start, "limit": limit, "since": since})

    def policy(self, version: str) -> PolicyView:
        return self._get(PolicyView, f"/v1/policy/{_segment(version)}")

    def verify(self, file: bytes) -> Verification:
        response = self._send("POST", "/v1/verify", content=file, headers={"content-type": "application/json"})
        return self._read(Verification, response)

    # The log

    def checkpoint(self) -> CheckpointView:
        view = self._get(CheckpointView, "/v1/log/checkpoint")
        self._open(view)
        return view

    def tile(self, path: str) -> bytes:
        return self._send("GET", "/" + quote(path.removeprefix("/"))).content

    def consistency(self, old_size: int, new_size: int | None = None) -> ConsistencyProof:
        proof = self._get(ConsistencyProof, "/v1/log/consistency", {"old": old_size, "new": new_size})
        old, new = self._root_of(proof.old), self._root_of(proof.new)
        if old.size != old_size or new.size != proof.new_size or (new_size is not None and new.size != new_size):
            raise VerificationError(f"a proof from {old.size} to {new.size}, asked from {old_size}", step="consistency")
        if old.size:
            hashes = [parse_hash(text, what="a proof's hash") for text in proof.proof]
            check_consistency(old.size, new.size, old.root, new.root, hashes)
        if not proof.new.note:
            self._check_signed_since(new)
        return proof

    def _root_of(self, view: CheckpointView) -> Checkpoint:
        """A log keeps a note a minute: a root without signatures is proven by a newer tree, which has them."""
        if view.note:
            return self._open(view).checkpoint
        return Checkpoint(view.origin, view.size, parse_hash(view.root, what="root hash"))

    def _check_signed_since(self, unsigned: Checkpoint) -> None:
        """The newest checkpoint, which is signed, begins with this tree."""
        newest = self._get(ConsistencyProof, "/v1/log/consistency", {"old": unsigned.size})
        signed = self._open(newest.new).checkpoint
        hashes = [parse_hash(text, what="a proof's hash") for text in newest.proof]
        check_consistency(unsigned.size, signed.size, unsigned.root, signed.root, hashes)

    def well_known(self) -> WellKnown:
        return self._get(WellKnown, "/.well-known/onrecord")

    def health(self) -> Health:
        return self._get(Health, "/healthz")

    def close(self) -> None:
        self._connection.close()

    # Checking

    def _check_receipt(self, envelope: Envelope, receipt: Receipt) -> None:
        """The receipt proves this very envelope.

        1. Record id and leaf hash are those of the envelope that was sent.
        2. The checkpoint is signed by the log, and says what the note says.
        3. The proof leads from the leaf to the checkpoint's root.
        """
        leaf = leaf_hash(entry_bytes(envelope))
        if receipt.record_id != digest(parse_base64(envelope.payload)):
            raise VerificationError("the receipt is for another record", step="receipt")
        if parse_hash(receipt.leaf_hash, what="leaf hash") != leaf:  # 1
            raise VerificationError("the receipt is for another signature of this record", step="receipt")
        signed = self._open(receipt.checkpoint).checkpoint  # 2
        proof = [parse_hash(text, what="a proof's hash") for text in receipt.proof]
        check_inclusion(receipt.index, signed.size, leaf, proof, signed.root)  # 3

    def _open(self, view: CheckpointView) -> OpenedCheckpoint:
        """The note is signed by the log, and the view repeats what it says."""
        opened = self._opened.get(view.note)
        if opened is None:
            opened = self._open_following(view.note.encode())
            self._opened[view.note] = opened
        signed = opened.checkpoint
        if (view.origin, view.size, parse_hash(view.root, what="root")) != (signed.origin, signed.size, signed.root):
            raise VerificationError("a checkpoint whose note says something else", step="checkpoint")
        # Without the log's ML-DSA-44 key among the trusted ones there is no time to hold it against.
        if opened.time is not None and view.time != time_of(opened.time):
            raise VerificationError("a checkpoint whose note was signed at another time", step="checkpoint")
        return opened

    def _open_following(self, note: bytes) -> OpenedCheckpoint:
        """The checkpoint, signed by a key that is known, or by one that such a key has put in its place since."""
        try:
            opened = open_checkpoint(note, self._log_keys())
        except UnverifiableError:
            told = self.well_known().rotations
            words = (read_signed(number, entry_bytes(one)) for number, one in enumerate(told))
            terms = follow(self._log_keys(), words)
            new = [key for key in terms.keys if key not in self._keys]
            if not new:
                raise
            self._keys += new
            self._terms = terms
            opened = open_checkpoint(note, self._keys)
        check_not_retired(opened.log_keys, opened.checkpoint.size, self._terms)
        return opened

    def _settle_doubt(self) -> None:
        """Where the caller trusts certain keys, the newest checkpoint is signed by one of them; looked at once."""
        if not self._in_doubt:
            return
        self._in_doubt = False
        try:
            self.checkpoint()
        except OnRecordError:
            self._in_doubt = True
            raise

    def _log_keys(self) -> list[VerifierKey]:
        if not self._keys:
            self._keys = [parse_vkey(text) for text in self.well_known().log_keys]
        return self._keys

    # Talking

    def _get(self, shape: type[Shape], path: str, params: Params | None = None) -> Shape:
        return self._read(shape, self._send("GET", path, params))

    def _read(self, shape: type[Shape], response: httpx.Response) -> Shape:
        return self._connection.read(shape, response)

    def _send(self, method: str, path: str, params: Params | None = None, **content: Any) -> httpx.Response:
        self._settle_doubt()
        return self._connection.send(method, path, params, **content)


def entry_bytes(envelope: Envelope) -> bytes:
    """The bytes of the log's entry: the envelope in canonical JSON."""
    return canonical_bytes(envelope.model_dump(mode="json"))


def _body(submissions: Sequence[Submission]) -> list[Any]:
    if not submissions:
        raise FormatError("nothing to add")
    return [one.model_dump(mode="json", by_alias=True, exclude_none=True) for one in submissions]


def _check_named(record_id: str, name: str) -> None:
    """The record is the one that was asked for, by its id or by its first digits."""
    if not record_id.removeprefix("sha256:").startswith(name.removeprefix("sha256:")):
        raise VerificationError(f"asked for {name}, answered with {record_id}", step="record")


def _segment(name: str) -> str:
    """A name as one segment of a path: nothing in it can climb out."""
    if name in ("", ".", ".."):
        raise FormatError(f"{name!r} names nothing")
    return quote(name, safe=":")


def _dated(question: Question) -> dict[str, Any]:
    """The two clocks of the question alone."""
    return _asked(Question(until=question.until, clock=question.clock, as_of=question.as_of))


def _listed(query: ClaimQuery) -> Params:
    return vars(query) | {"exact": query.exact or None}


def _asked(question: Question) -> dict[str, Any]:
    """What differs from the defaults, so that the same question has the same URL."""
    asked = {
        "until": question.until,
        "clock": question.clock,
        "as_of": question.as_of,
        "without": list(question.without),
        "policy": question.policy,
        "base_rate": question.base_rate,
    }
    plain = vars(Question()) | {"without": []}
    return {name: value for name, value in asked.items() if value != plain[name]}
