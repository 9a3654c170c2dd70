"""Every operation on a ledger, local or remote: `ledger.service.Ledger` and `ledger.client.Client` both do them all.

Ids may be given as any unique prefix of at least 8 hex digits, with or without `sha256:`. `until` is a date in the
world (EDTF), `as_of` a published tree size or a UTC time on the ledger's clock, `without` a list of `source:SLUG`,
`owner:SLUG`, `country:CC`, `origin:SLUG` or `signer:NAME`. Every error is one of `ledger.errors`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from schemas.affected import Affected
from schemas.bundle import Verification
from schemas.copies import Copies
from schemas.corroboration import ChainView, Clock, Report
from schemas.doubt import SignedList
from schemas.envelope import Submission
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


@dataclass(frozen=True)
class ClaimQuery:
    """What to list. All parts must hold; no part means every claim, newest first.

    `exact`: no other name of a source and no slip of the hand is taken for the words of `query`. `url` is a document's in
    which somebody speaks of the claim, `quote` words that somebody is quoted with, `about` a topic or a source (slug or
    Wikidata item), `country` one whose sources speak of it; `event_since` and `event_until` say when it is said to have
    happened, `since` and `until` when somebody spoke.
    """

    query: str | None = None
    exact: bool = False
    lang: str | None = None
    source: str | None = None
    origin: str | None = None
    since: str | None = None
    until: str | None = None
    stance: str | None = None
    headline: str | None = None
    label: str | None = None
    changed_since: int | None = None
    url: str | None = None
    quote: str | None = None
    about: str | None = None
    country: str | None = None
    event_since: str | None = None
    event_until: str | None = None
    cursor: str | None = None
    limit: int = 50


EVERY = ClaimQuery()


@dataclass(frozen=True)
class Question:
    """How to ask for a score: which clocks, which policy, and what to leave out."""

    until: str | None = None
    clock: Clock = "said"
    as_of: str | None = None
    without: Sequence[str] = field(default_factory=tuple)
    policy: str = "olo-1"
    base_rate: float | None = None


NOW = Question()
MOST_SHOWN = 100
"""So many statements of a document, relations of a source or ratings are told at once, the newest; how many more, besides."""
CLAIMS_AFFECTED = 20
"""So many claims are looked at for what rests on something; each takes two scores or three."""


class Operations(Protocol):
    """One method each for what the API, the command line and the pages can ask for."""

    def add(self, submissions: Sequence[Submission]) -> list[Receipt]:
        """All of them are in the log, durably, under a published checkpoint, or none is."""

    def check(self, submissions: Sequence[Submission]) -> CheckResult:
        """What `add` would check, and how scores would move; nothing is stored."""

    def erase_openings(self, order: ErasureOrder) -> Erased:
        """What these sealed values of a record say is gone for good, by order of an admin or of whoever sealed them first.

        Nothing is logged and every proof still holds. Ordering it again changes nothing.
        """

    def in_force(self, subjects: Sequence[str]) -> InForce:
        """The record in force for each subject of `core.subjects.subject_of` (at most 1,000)."""

    def record(self, name: str) -> RecordView: ...

    def receipt(self, name: str) -> Receipt: ...

    def tlog_proof(self, name: str) -> str:
        """The C2SP tlog-proof file of the record's first entry."""

    def claims(self, query: ClaimQuery) -> ClaimList: ...

    def seen(self, text: str, limit: int = 10) -> Seen:
        """Claims that may say what this text says (10,000 characters at most, or a link), each with the reasons."""

    def facets(self, query: ClaimQuery = EVERY) -> ClaimFacets:
        """How many claims stand how: all of them, or the first 1,000 that fit the query."""

    def claim(self, name: str, question: Question) -> ClaimView: ...

    def chain(self, name: str, question: Question) -> ChainView: ...

    def corroboration(self, name: str, question: Question) -> Report: ...

    def copies(self, name: str, question: Question) -> Copies:
        """What looks copied without a hop on record, and what the score would be; none of it is applied."""

    def history(self, name: str, question: Question, by: By = "both") -> History:
        """How the score moved in the world up to `until`, and on the ledger up to `as_of`, and which records moved it."""

    def export(self, name: str, format: str, question: Question) -> bytes: ...

    def sources(self, query: str | None = None, cursor: str | None = None, limit: int = 50) -> SourceList: ...

    def source(self, slug: str, question: Question = NOW) -> SourceView:
        """Names, relations, ratings and track record; of the question only `until`, `clock` and `as_of` are read."""

    def estimate(self, question: Question = NOW, sources: Sequence[str] = ()) -> CredibilityEstimate:
        """What OriginEM makes of these sources, or of all; of the question only `until`, `clock` and `as_of` are read."""

    def document(self, name: str, cursor: str | None = None, limit: int = MOST_SHOWN) -> DocumentView:
        """The newest statements in it; with `next` as `cursor` the answer goes on from there."""

    def affected(self, name: str, cursor: str | None = None, limit: int = CLAIMS_AFFECTED) -> Affected:
        """What rests on a record (id or prefix) or a source (slug); with `next` as `cursor` the answer goes on from there."""

    def corrections(self, limit: int = 50, before: int | None = None) -> CorrectionList:
        """Corrections of our records and withholdings, newest first, of those logged before entry `before`."""

    def signed(self, key: str, start: int = 0, limit: int = 100, since: str | None = None) -> SignedList:
        """The entries from `start` on that a did:key signed, and which of them are in doubt. With `since`, a date or time, only
        what was in no published state of the log before it."""

    def policy(self, version: str) -> PolicyView: ...

    def verify(self, file: bytes) -> Verification:
        """A bundle, score or credential held against this ledger's own keys; the score is computed again from its own log."""

    def checkpoint(self) -> CheckpointView: ...

    def tile(self, path: str) -> bytes:
        """`tile/...` of C2SP tlog-tiles: hashes, or `tile/entries/...`. NotFoundError past the published checkpoint."""

    def consistency(self, old_size: int, new_size: int | None = None) -> ConsistencyProof: ...

    def well_known(self) -> WellKnown: ...

    def health(self) -> Health: ...

    def close(self) -> None: ...
