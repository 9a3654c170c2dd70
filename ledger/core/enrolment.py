"""What may be said about a key: enrolled for one purpose, and never so that nobody is left to enrol the next."""

from __future__ import annotations

from ledger.core.didkey import parse_did_key
from ledger.core.known import Known
from ledger.core.logkeys import is_log_word, pair_of, purpose_of
from ledger.core.note import open_checkpoint
from ledger.core.vkey import ED25519, VerifierKey
from ledger.errors import OnRecordError, RuleError
from schemas.dates import seconds_of
from schemas.records import Compromise, KeyRecord


def check_key(record: KeyRecord, known: Known) -> None:
    """The word on the key fits what is known of it and of the ledger's other keys (docs/format.md §8.5)."""
    if record.not_before and record.not_after and seconds_of(record.not_before) > seconds_of(record.not_after):
        raise RuleError("not_after is before not_before", pointer="/not_after")
    if record.action == "revoke":
        _check_revoked(record, known)
    else:
        _check_onepurpose_of(record, known)
    _check_admin_left(record, known)


def _check_revoked(record: KeyRecord, known: Known) -> None:
    current = known.key(record.public_key)
    if current is None:
        raise RuleError(f"the key {record.public_key} is not enrolled", pointer="/public_key")
    if current.action == "revoke" and current.compromise == record.compromise:
        hint = "it may be revoked again to say since when it was compromised, or that it was not"
        raise RuleError(f"the key {record.public_key} is not enrolled", pointer="/public_key", hint=hint)
    if current.subject != record.subject:
        raise RuleError(f"the key belongs to {current.subject}, not to {record.subject}", pointer="/subject")
    if record.compromise is not None:
        _check_since(record.compromise, known)


def _check_since(compromise: Compromise, known: Known) -> None:
    """The size is that of the largest tree that was published before the time: only what is in it was surely signed before."""
    since = seconds_of(compromise.since)
    if since > known.time:
        raise RuleError(f"{compromise.since} is still to come", pointer="/compromise/since")
    wanted = known.size_before(since) if known.size_before is not None else compromise.size
    if compromise.size != wanted:
        raise RuleError(f"{wanted} entries were published before {compromise.since}", pointer="/compromise/size")


def _check_onepurpose_of(record: KeyRecord, known: Known) -> None:
    """One key signs records, or bundles, or checkpoints: what was signed for one use is never taken for another."""
    current = known.key(record.public_key)
    if current is not None and current.subject != record.subject:
        raise RuleError(f"the key belongs to {current.subject}, not to {record.subject}", pointer="/subject")
    if "issuer" in record.roles and record.roles != ("issuer",):
        raise RuleError("an issuer's key has the role issuer alone", pointer="/roles", hint="enrol a key of its own for it")
    if any(purpose_of(earlier) != purpose_of(record) for earlier in known.enrolments(record.public_key)):
        raise RuleError("the key was enrolled for the other purpose before", pointer="/roles", hint="make a new key")
    if is_log_word(record):
        _check_first_of_log(record, known)
    elif _signed_log(known, VerifierKey(known.origin, ED25519, parse_did_key(record.public_key))):
        raise RuleError("the key is the log's own", pointer="/public_key", hint="make a new key")


def _check_first_of_log(word: KeyRecord, known: Known) -> None:
    """The first pair on record is the one that signs the log already: both of it."""
    # Whoever reads all of a log again holds each of its checkpoints against the pair instead.
    if known.log_note is None or known.log_terms().terms:
        return
    if not all(_signed_log(known, key) for key in pair_of(word)):
        raise RuleError("these are not the keys that sign the log", hint="`onrecord log rotate` says which ones are")


def _signed_log(known: Known, key: VerifierKey) -> bool:
    """Whether the newest checkpoint is signed by this very key. Its id would not do: others can be found that have the same."""
    if known.log_note is None:
        return False
    try:
        return key in open_checkpoint(known.log_note, [key], origin=known.origin).log_keys
    except OnRecordError:
        return False


def _check_admin_left(record: KeyRecord, known: Known) -> None:
    others = [known.key(did) for did in known.admins() - {record.public_key}]
    left = [word for word in [*others, record] if word is not None and known.is_lasting_admin(word)]
    stuck = all(word.never_alone for word in left) and len({word.subject for word in left}) < 2
    if known.admins() and stuck:
        hint = "enrol another admin first, one whose key has no end; two of different names where none signs alone"
        raise RuleError("nobody could enrol or revoke a key after that", hint=hint)
