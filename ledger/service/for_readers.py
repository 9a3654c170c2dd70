"""What is asked of a ledger by those who read: records, claims, sources, scores, exports, and the log itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ledger.core.checkpoint import Checkpoint
from ledger.core.policies import POLICIES
from ledger.core.rulebook import policy_view
from ledger.core.tiles import TileCoord
from ledger.core.trust import parse_trust
from ledger.core.verifying.behind import Behind, Said
from ledger.core.vkey import print_vkey
from ledger.operations import CLAIMS_AFFECTED, EVERY, MOST_SHOWN, NOW, ClaimQuery, Question
from ledger.service import (
    affected,
    copies,
    corrections,
    feeding,
    kept,
    listing,
    log,
    lookups,
    packing,
    seeing,
    sheet,
    shelf,
    signed,
)
from ledger.service.at_hand import AtHand
from ledger.service.gathering import resolve
from ledger.service.logkeys import known_vkeys, rotations_in, terms_in, trusted_vkeys
from ledger.service.replica import health_of
from ledger.service.resting import MOST as MOST_FOLLOWED
from ledger.service.witness_health import witness_health
from ledger.store.protocol import State
from schemas.affected import Affected
from schemas.bundle import Verification
from schemas.copies import Copies
from schemas.corroboration import ChainView, Report
from schemas.dates import time_of
from schemas.doubt import SignedList
from schemas.estimate import CredibilityEstimate
from schemas.feeds import Feed
from schemas.health import Health
from schemas.history import By, History
from schemas.log import CheckpointView, ConsistencyProof, Receipt
from schemas.lookups import (
    ClaimFacets,
    ClaimList,
    ClaimSummary,
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
from schemas.pack import Pack
from schemas.sheet import ClaimSheet

if TYPE_CHECKING:
    from ledger.core.prepared import Locked
    from ledger.store.answerfile import What

MOST_KEYS = 10_000


class ForReaders(AtHand):
    """The part of `Ledger` that answers from one snapshot."""

    def state(self) -> State:
        """All that an answer can depend on: while it is the same, so is every answer that does not tell where lists are."""
        before = self._heads.seen
        state = self._store.state()
        self._heads.see(state.checkpoint, before)
        return state

    def prepared(self, state: State, claim: str, what: What) -> bytes | Locked | None:
        """The answer to the plain question about that claim, under its full id, in that state: in JSON, if it was prepared, or
        locked where it rests on sealed values."""
        if self._prepared is None or (self._panel is not None and self._panel.closed):
            return None
        return self._prepared.given(state, claim, what)

    def unlocked(self, found: Locked, state: State, claim: str, what: What) -> bytes | None:
        """The answer that was locked; None where other openings are there by now than when it was prepared."""
        return self._prepared.unlocked(found, state, claim, what) if self._prepared is not None else None

    def in_force(self, subjects: Sequence[str]) -> InForce:
        with self._records() as snapshot:
            return lookups.in_force(snapshot, subjects)

    def record(self, name: str) -> RecordView:
        with self._records() as snapshot:
            return lookups.record(snapshot, name)

    def receipt(self, name: str) -> Receipt:
        with self._records() as snapshot:
            return log.receipt(snapshot, self._edges, resolve(snapshot, name), self._panel)

    def tlog_proof(self, name: str) -> str:
        with self._records() as snapshot:
            return log.tlog_proof(snapshot, self._edges, resolve(snapshot, name), self._panel)

    def claims(self, query: ClaimQuery) -> ClaimList:
        with self._records() as snapshot:
            return lookups.claims(snapshot, query)

    def seen(self, text: str, limit: int = 10) -> Seen:
        with self._records() as snapshot:
            return seeing.seen_before(snapshot, text, limit)

    def facets(self, query: ClaimQuery = EVERY) -> ClaimFacets:
        with self._records() as snapshot:
            return kept.facets(snapshot) if query == EVERY else listing.facets(snapshot, query)

    def claim(self, name: str, question: Question) -> ClaimView:
        with self._records() as snapshot:
            return lookups.claim(snapshot, name, question, self._ties)

    def chain(self, name: str, question: Question) -> ChainView:
        with self._records() as snapshot:
            return lookups.chain(snapshot, name, question, self._ties)

    def corroboration(self, name: str, question: Question) -> Report:
        with self._records() as snapshot:
            return lookups.corroboration(snapshot, name, question, self._ties)

    def claim_sheet(self, name: str, question: Question, turn: sheet.Turn = sheet.always) -> ClaimSheet:
        """Claim, report, chain and history at once; without the history where `turn` has no room for telling it."""
        with self._records() as snapshot:
            return sheet.claim_sheet(snapshot, self._histories, name, question, turn, self._ties)

    def copies(self, name: str, question: Question) -> Copies:
        with self._records() as snapshot:
            return copies.copies(snapshot, name, question)

    def history(self, name: str, question: Question, by: By = "both") -> History:
        with self._records() as snapshot:
            return self._histories.of(snapshot, name, question, by)

    def sources(self, query: str | None = None, cursor: str | None = None, limit: int = 50) -> SourceList:
        with self._records() as snapshot:
            return lookups.sources(snapshot, query, cursor, limit)

    def source(self, slug: str, question: Question = NOW) -> SourceView:
        with self._records() as snapshot:
            return lookups.source(snapshot, slug, question)

    def estimate(self, question: Question = NOW, sources: Sequence[str] = ()) -> CredibilityEstimate:
        with self._records() as snapshot:
            return self._estimates.of(snapshot, question, sources)

    def document(self, name: str, cursor: str | None = None, limit: int = MOST_SHOWN) -> DocumentView:
        with self._records() as snapshot:
            return lookups.document(snapshot, name, cursor, limit)

    def affected(
        self, name: str, cursor: str | None = None, limit: int = CLAIMS_AFFECTED, most: int = MOST_FOLLOWED
    ) -> Affected:
        with self._records() as snapshot:
            return affected.affected(snapshot, name, cursor, limit, self._ties, most)

    def corrections(self, limit: int = 50, before: int | None = None) -> CorrectionList:
        with self._records() as snapshot:
            return corrections.corrections(snapshot, limit, before)

    def signed(self, key: str, start: int = 0, limit: int = 100, since: str | None = None) -> SignedList:
        with self._records() as snapshot:
            return signed.signed(snapshot, key, start, limit, since)

    def keys_on_record(self) -> list[RecordView]:
        """The word in force on each key that was ever enrolled, in the order of the log."""
        with self._records() as snapshot:
            known = snapshot.subjects_beginning("key:", MOST_KEYS)
            views = lookups.in_force(snapshot, known).records.values()
        return sorted((one for one in views if one is not None), key=lambda one: one.index)

    def feed(self, query: ClaimQuery) -> Feed:
        """What changed of late, of the claims that are asked for."""
        with self._records() as snapshot:
            return feeding.of_claims(snapshot, query)

    def claim_feed(self, name: str) -> Feed:
        with self._records() as snapshot:
            return feeding.of_claim(snapshot, name, self._histories.of(snapshot, name, Question(), "ledger"))

    def source_feed(self, slug: str) -> Feed:
        with self._records() as snapshot:
            return feeding.of_source(snapshot, slug)

    def pack(self, name: str, question: Question) -> Pack:
        """What a claim's printable page is made from."""
        with self._records() as snapshot:
            return packing.pack(snapshot, name, question)

    def policy(self, version: str) -> PolicyView:
        return policy_view(version)

    def export(self, name: str, format: str, question: Question) -> bytes:
        """A file of one of `schemas.exports.EXPORT_FORMATS`; of a signed one the issuer's key is needed."""
        from ledger.service import exporting  # takes a while: every format that there is

        with self._records() as snapshot:
            log = known_vkeys(snapshot, self._keys) if self._keys else ()
            return exporting.export(snapshot, name, format, question, self._issuer, self._edges, log)

    def verify(self, file: bytes) -> Verification:
        from ledger.core.verify import verify

        keys = self._own_keys()
        with self._reading() as snapshot:
            trust = parse_trust(keys.trusted(snapshot.identity.origin))
            # Those of earlier files too, each for its time.
            trust = replace(trust, log_keys=known_vkeys(snapshot, keys), terms=terms_in(snapshot, keys))
        return verify(file, trust, records=self._records_behind)

    def _records_behind(self, said: Said, _: Checkpoint) -> Behind:
        from ledger.service import exporting

        with self._records() as snapshot:
            return exporting.records_behind(snapshot, said)

    def claims_named(self, ids: Sequence[str]) -> list[ClaimSummary]:
        """These claims in this order, each as it stands; those that do not stand are left out."""
        with self._records() as snapshot:
            return listing.named(snapshot, ids)

    # The log

    def receipts_under(self, state: State, record_ids: Sequence[str]) -> dict[str, Receipt]:
        """What `receipt` answers in that state, told for a fraction of what a snapshot costs; none where it is not the newest
        any more, and none of records that it has not."""
        if self._panel is not None:
            return {}  # which checkpoint it is under depends on who has signed which
        trunk = self._trunk(state)
        if trunk is None or trunk.test_log:
            return {}
        found = {}
        for record_id, (index, leaf) in self._store.leaves_of(record_ids, state.checkpoint.size).items():
            receipt = shelf.receipt_in(self._shelf, trunk, record_id, index, leaf)
            if receipt is None:
                self._take_down(shelf.missing(self._shelf, trunk, index))
                receipt = shelf.receipt_in(self._shelf, trunk, record_id, index, leaf)
            if receipt is not None:
                found[record_id] = receipt
        return found

    def tile_under(self, state: State, wanted: TileCoord) -> bytes | None:
        """What `tile` answers in that state of a tile of hashes; None where it is not the newest any more, or has no such
        tile."""
        trunk = None if self.is_closed else self._trunk(state)
        if trunk is None:
            return None
        tile = shelf.tile_in(self._shelf, trunk, wanted)
        if tile is None:
            self._take_down([wanted.place] if shelf.is_full(trunk, wanted) else [])
            tile = shelf.tile_in(self._shelf, trunk, wanted)
        return tile

    def tile_at_hand(self, state: State, wanted: TileCoord) -> bytes | None:
        """The same, where the store need not be asked."""
        trunk = None if self.is_closed else self._shelf.trunk(state.checkpoint)
        return None if trunk is None else shelf.tile_in(self._shelf, trunk, wanted)

    def _take_down(self, places: Sequence[tuple[int, int]]) -> None:
        """Full tiles of a tree that was published are put on the shelf."""
        for place in places:
            if (hashes := self._store.full_tile(*place)) is not None:
                self._shelf.put_tile(place, hashes)

    def _trunk(self, state: State) -> shelf.Trunk | None:
        found = self._shelf.trunk(state.checkpoint)
        if found is None:
            with self._reading() as snapshot:
                found = self._shelf.put_trunk(snapshot, self._edges)
        return found if found.is_of(state.checkpoint) else None

    def growth(self, most: int = 40) -> list[tuple[int, int]]:
        """Time (POSIX seconds) and size of some published states, the first and the newest among them."""
        with self._log() as snapshot:
            return log.growth(snapshot, most)

    @property
    def is_closed(self) -> bool:
        """Whether what was added is shown, and its receipts given out, only once enough witnesses have signed it."""
        return self._panel is not None and self._panel.closed

    def witnessed(self, index: int, receipts: Sequence[Receipt]) -> list[Receipt] | None:
        """These receipts under the newest checkpoint that enough witnesses signed; None while none covers them and `index`."""
        with self._reading() as snapshot:
            return log.under_witnessed(snapshot, self._edges, index, receipts, self._panel)

    def checkpoint(self) -> CheckpointView:
        with self._log() as snapshot:
            return log.newest(snapshot)

    def tile(self, path: str) -> bytes:
        with self._log() as snapshot:
            return log.tile(snapshot, path)

    def consistency(self, old_size: int, new_size: int | None = None) -> ConsistencyProof:
        with self._log() as snapshot:
            return log.consistency(snapshot, self._edges, old_size, new_size)

    def well_known(self) -> WellKnown:
        """What to trust, as far as this side knows: without the log's keys it names none."""
        keys = self._keys
        with self._reading() as snapshot:
            identity = snapshot.identity
            signing = trusted_vkeys(snapshot, keys) if keys else []
            rotations = rotations_in(snapshot, keys) if keys else []
        return WellKnown(
            origin=identity.origin,
            log_keys=[print_vkey(key) for key in signing],
            rotations=rotations,
            issuer=keys.issuer_did if keys else "",
            witnesses=[print_vkey(key) for key in self._panel.policy.witness_keys] if self._panel else [],
            policy=self._panel.text if self._panel else None,
            api=self._api,
            policies=list(POLICIES),
            test_log=identity.test_log,
        )

    def health(self) -> Health:
        replica = None if self._primary is None else health_of(self._store.following(), self._primary)
        with self._reading() as snapshot:
            checkpoint = snapshot.checkpoint
            standing, to_scrub = snapshot.standing.progress().size, snapshot.to_scrub()
            witnesses = witness_health(snapshot, self._store.witnesses(), self._panel)
        time = time_of(checkpoint.time)
        return Health(
            status="alarm" if witnesses is not None and witnesses.state == "alarm" else "ok",
            age=max(0, self._now() - checkpoint.time),
            size=checkpoint.size,
            checkpoint_time=time,
            standing_size=standing,
            to_scrub=to_scrub,
            replica=replica,
            witnesses=witnesses,
        )
