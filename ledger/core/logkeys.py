"""The log's own keys over time: which of them sign a checkpoint of which size, as the log's entries say.

A word on a key of the log is a `key` record with the role `log` (docs/format.md §8.9). While the log has none, it has one pair
of keys for ever, which its reader knows from elsewhere; the first that is enrolled is that one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeGuard

from ledger.core.didkey import parse_did_key, print_did_key
from ledger.core.encoding import parse_base64
from ledger.core.evidence import Logged
from ledger.core.vkey import ED25519, MLDSA44, VerifierKey
from ledger.errors import ForbiddenError, RuleError, VerificationError
from schemas.records import LOG_ROLES, KeyRecord, Record


@dataclass(frozen=True)
class Term:
    """A pair of keys signs checkpoints of more than `begin` entries, up to the one that first covers entry `end`."""

    did: str
    pair: tuple[VerifierKey, VerifierKey]
    begin: int = -1
    end: int | None = None

    def covers(self, size: int) -> bool:
        """Whether a checkpoint of that size wants its signatures."""
        return self.begin < size and (self.end is None or size <= self.end)


@dataclass(frozen=True)
class LogTerms:
    """Every pair that the log has on record, oldest first."""

    terms: tuple[Term, ...] = ()

    def after(self, index: int, record: KeyRecord) -> LogTerms:
        """With this record, which is entry `index`, if it is about a key of the log."""
        if not is_log_word(record):
            return self
        if record.action == "revoke":
            ended = (replace(one, end=index) if one.did == record.public_key else one for one in self.terms)
            return LogTerms(tuple(ended))
        # The first that is put on record is the one that has signed from the beginning.
        begun = Term(record.public_key, pair_of(record), index if self.terms else -1)
        return LogTerms((*self.terms, begun))

    def of(self, did: str) -> Term | None:
        return next((one for one in self.terms if one.did == did), None)

    def signs_now(self, did: str) -> bool:
        """Whether it signs the next checkpoint, by the entries so far."""
        found = self.of(did)
        return found is not None and found.end is None

    def at(self, size: int) -> list[Term]:
        """Those whose signatures a checkpoint of that size wants."""
        return [one for one in self.terms if one.covers(size)]

    @property
    def keys(self) -> tuple[VerifierKey, ...]:
        """All of them, of any time."""
        return tuple(key for one in self.terms for key in one.pair)


def terms_of(words: Iterable[Logged]) -> LogTerms:
    """What these entries, in index order, say of the log's keys."""
    terms = LogTerms()
    for entry in words:
        if isinstance(entry.record, KeyRecord):
            terms = terms.after(entry.index, entry.record)
    return terms


def is_log_word(record: Record) -> TypeGuard[KeyRecord]:
    return isinstance(record, KeyRecord) and record.roles == LOG_ROLES


def purpose_of(word: KeyRecord) -> str:
    """What a key is for: bundles, checkpoints, or records; never two of them."""
    return next((role for role in word.roles if role in ("issuer", "log")), "records")


def pair_of(word: KeyRecord) -> tuple[VerifierKey, VerifierKey]:
    """The verifier keys that a word on a key of the log names: Ed25519, then ML-DSA-44."""
    assert word.mldsa44 is not None, "its shape says so"
    return (
        VerifierKey(word.ledger, ED25519, parse_did_key(word.public_key)),
        VerifierKey(word.ledger, MLDSA44, parse_base64(word.mldsa44, what="an ML-DSA-44 key")),
    )


def people_among(record: Record, signers: Sequence[str], terms: LogTerms) -> list[str]:
    """The signers that are people's keys: all, but for a word on a key of the log, which has to be signed as `check_log_word`
    says, and by a person too. Who of these may sign it is not asked here."""
    if not is_log_word(record):
        return list(signers)
    check_log_word(record, signers, terms)
    people = [did for did in signers if did != record.public_key and not terms.signs_now(did)]
    if not people:
        raise ForbiddenError("a word on a key of the log is signed by an admin too")
    return people


def check_log_word(word: KeyRecord, signers: Sequence[str], terms: LogTerms) -> None:
    """The log's own keys say it too, whoever else signs: an admin alone hands the log to nobody.

    1. A new key signs its own enrolment, and so does one that signs checkpoints now; the first on record has none before it.
    2. A key that was retired does not come back.
    3. One that is retired signs checkpoints now, another that stays signs its retirement, and the pair is the one enrolled.
    """
    before = terms.of(word.public_key)
    others = [did for did in signers if did != word.public_key and terms.signs_now(did)]
    if word.action == "enroll":
        if word.public_key not in signers or (terms.terms and not others):  # 1
            raise ForbiddenError("a key of the log is enrolled by itself and by one that signs the log's checkpoints now")
        if before is not None:  # 2
            raise RuleError("the log has this key on record already", pointer="/public_key", hint="make a new key")
        return
    if before is None or before.end is not None:  # 3
        raise RuleError("this key does not sign the log's checkpoints", pointer="/public_key")
    if not others:
        raise ForbiddenError("a key of the log is retired by another that signs its checkpoints and stays")
    if pair_of(word) != before.pair:
        raise RuleError("another pair of keys than the one that was enrolled", pointer="/mldsa44")


def follow(keys: Iterable[VerifierKey], words: Iterable[Logged]) -> LogTerms:
    """What the words say of the log's keys, as far as somebody who trusts these keys of it may believe them.

    Every word is signed, and the signatures hold: that is checked before. What a trusted Ed25519 key of the log signed, or one
    that it enrolled, is the log's word, wherever it was found. A key that a trusted one has retired is trusted no more, whether
    or not its enrolment was believed, and nothing brings it back. Whoever trusts an ML-DSA-44 key alone follows nobody: it
    signs no record.
    """
    trusted = {(key.name, print_did_key(key.public_key)) for key in keys if key.kind == ED25519}
    terms, ended = LogTerms(), set[tuple[str, str]]()
    for entry in words:
        if not is_log_word(entry.record):
            continue
        origin, named = entry.record.ledger, (entry.record.ledger, entry.record.public_key)
        if all((origin, did) not in trusted for did in entry.keys):
            continue
        terms = terms.after(entry.index, entry.record)
        if entry.record.action == "revoke":
            ended.add(named)
            trusted.discard(named)
        elif named not in ended:
            trusted.add(named)
    return terms


def check_not_retired(signed: Iterable[VerifierKey], size: int, terms: LogTerms) -> None:
    """VerificationError where all that signed a checkpoint of that size are keys which the log had retired by then."""
    now = {key for term in terms.at(size) for key in term.pair}
    known = set(terms.keys)
    if all(key in known and key not in now for key in signed):
        raise VerificationError("only keys that the log had retired signed the checkpoint", step="checkpoint")
