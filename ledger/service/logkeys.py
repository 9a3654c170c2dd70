"""The log's own keys: which ones sign next, and with which ones what was signed is checked, by what the log says of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ledger.core.canonical import parse_json
from ledger.core.didkey import print_did_key
from ledger.core.evidence import Logged
from ledger.core.logkeys import LogTerms, follow, is_log_word, pair_of, terms_of
from ledger.core.note import parse_note
from ledger.core.vkey import ED25519, Signer, VerifierKey
from ledger.errors import FormatError, KeyMissingError
from ledger.keys import KnownKeys, LedgerKeys
from ledger.service.reading import Reading
from ledger.store.protocol import Snapshot, StoredCheckpoint
from schemas.envelope import Envelope

_PAIR = 2


def words_on(snapshot: Snapshot, own: Sequence[VerifierKey]) -> list[Logged]:
    """Every word on the log's keys, in index order, found from those at hand: each was enrolled by the one before it."""
    reading = Reading(snapshot)
    asked: set[str] = set()
    found: dict[int, Logged] = {}
    frontier = {print_did_key(key.public_key) for key in own if key.kind == ED25519}
    while frontier:
        asked |= frontier
        words = reading.at(index for some in reading.of_subjects({f"key:{did}" for did in frontier}).values() for index in some)
        new = [word for word in words if is_log_word(word.record)]
        found |= {word.index: word for word in new}
        frontier = {did for word in new for did in word.keys} - asked
    return [found[index] for index in sorted(found)]


def rotations_in(snapshot: Snapshot, keys: KnownKeys) -> list[Envelope]:
    """Those words as they were signed."""
    if snapshot.identity.test_log:
        return []
    words = words_on(snapshot, known_vkeys(snapshot, keys))
    entries = snapshot.entries([word.index for word in words])
    return [Envelope.model_validate(parse_json(entry.envelope, max_bytes=len(entry.envelope))) for entry in entries]


def terms_in(snapshot: Snapshot, keys: KnownKeys) -> LogTerms:
    """When each pair of keys signs; nothing where the log was never rotated."""
    return _terms(snapshot, keys.vkeys(snapshot.identity.origin))


def known_vkeys(snapshot: Snapshot, keys: KnownKeys) -> tuple[VerifierKey, ...]:
    """Every key that ever signed this log's checkpoints, as far as it is known here."""
    return known_among(snapshot, keys.vkeys(snapshot.identity.origin))


def known_among(snapshot: Snapshot, own: Sequence[VerifierKey]) -> tuple[VerifierKey, ...]:
    """The same for somebody who started from these."""
    return tuple(dict.fromkeys([*_terms(snapshot, own).keys, *own]))


def _terms(snapshot: Snapshot, own: Sequence[VerifierKey]) -> LogTerms:
    if snapshot.identity.test_log:
        return LogTerms()
    terms = terms_of(words_on(snapshot, own))
    if key_ids(snapshot.checkpoint) <= {key.key_id for key in (*own, *terms.keys)}:
        return terms
    # Somebody who has only earlier keys, as a server or a replica that was started before: all words on keys are read.
    return follow(own, Reading(snapshot).at(snapshot.of_kinds(["key"])))


def trusted_vkeys(snapshot: Snapshot, keys: KnownKeys) -> list[VerifierKey]:
    """The keys that sign now, those that stay first: what a reader starts from."""
    terms = terms_in(snapshot, keys)
    if terms.terms:
        return [key for term in reversed(terms.at(snapshot.checkpoint.size)) for key in term.pair]
    own = keys.vkeys(snapshot.identity.origin)
    ids = key_ids(snapshot.checkpoint)
    return [key for key in own if key.key_id in ids] or list(own[:_PAIR])


def next_signers(keys: LedgerKeys, snapshot: Snapshot, words: Iterable[Logged]) -> list[Signer]:
    """Those that sign the next checkpoint, which covers these new words too.

    Whoever signed the newest one signs the next, but for keys that the log has retired by then; one that is retired by these
    very words signs the checkpoint that says so, for those who know no other, if it is not lost. KeyMissingError if another
    private half is not here.
    """
    origin, own = snapshot.identity.origin, keys.signers(snapshot.identity.origin)
    wanted = key_ids(snapshot.checkpoint)
    if len(wanted) > _PAIR:
        terms = terms_in(snapshot, keys)
        wanted -= {key.key_id for term in terms.terms if term.end is not None for key in term.pair}
    new = [word.record for word in words if is_log_word(word.record)]
    wanted |= {key.key_id for word in new if word.action == "enroll" for key in pair_of(word)}
    ending = {key.key_id for word in new if word.action == "revoke" for key in pair_of(word)}
    found = [one for one in own if one.verifier.key_id in wanted]
    if not wanted - ending <= {one.verifier.key_id for one in found} or not found:
        raise KeyMissingError(
            f"a key that signs {origin} is not here",
            hint="the log's keys were rotated: the folder of keys has to hold the new ones, and the server to be started again",
        )
    return found


def is_signed_by(keys: LedgerKeys, snapshot: Snapshot) -> bool:
    """Whether the keys that signed the newest checkpoint are all among these."""
    return key_ids(snapshot.checkpoint) <= {one.verifier.key_id for one in keys.signers(snapshot.identity.origin)}


def key_ids(checkpoint: StoredCheckpoint) -> set[bytes]:
    """Of the keys that signed this checkpoint for the log; none where its note is damaged, which whoever checks it says."""
    try:
        return {one.key_id for one in parse_note(checkpoint.note).signatures} if checkpoint.note else set()
    except FormatError:
        return set()
