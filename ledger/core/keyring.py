"""Which key was allowed what, at which index: authority over an entry comes from the entries below it alone."""

from __future__ import annotations

from ledger.core.evidence import Logged
from ledger.core.logkeys import LogTerms, people_among, purpose_of
from ledger.core.rules import MAY, check_not_alone
from ledger.errors import ForbiddenError, RuleError
from schemas.records import CorrectionRecord, KeyRecord, Record, Role, WithholdRecord


class KeyRing:
    """The keys of one ledger, read from its entries in index order (some may be left out)."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self._roles: dict[str, frozenset[Role]] = {}
        self._words: dict[str, KeyRecord] = {}
        self._purposes: dict[str, str] = {}
        self._terms = LogTerms()

    def take(self, entry: Logged) -> None:
        """The entry's signers were allowed to sign it; if it is about a key, that holds from now on."""
        if entry.index == 0:
            self._check_first(entry)
        elif entry.index == 1:
            self._check_issuer(entry)
        else:
            self._check(entry)
        if isinstance(entry.record, KeyRecord):
            if entry.record.action == "enroll":
                self._check_one_purpose(entry.record)
            enrolled = frozenset(entry.record.roles) if entry.record.action == "enroll" else frozenset[Role]()
            self._roles[entry.record.public_key] = enrolled
            self._words[entry.record.public_key] = entry.record
            self._terms = self._terms.after(entry.index, entry.record)

    def roles(self, key: str) -> frozenset[Role]:
        return self._roles.get(key, frozenset())

    @property
    def terms(self) -> LogTerms:
        """When each key of the log signs, as far as the entries say."""
        return self._terms

    def may_issue(self, key: str) -> bool:
        return "issuer" in self.roles(key)

    def _check_one_purpose(self, record: KeyRecord) -> None:
        before = self._purposes.setdefault(record.public_key, purpose_of(record))
        if before != purpose_of(record):
            raise RuleError(f"a key that was enrolled for {before} is enrolled for {purpose_of(record)}")

    def _check_first(self, entry: Logged) -> None:
        """Index 0 enrols the first admin, signed by that very key: the only self-signed enrolment there is."""
        record = entry.record
        if not (isinstance(record, KeyRecord) and record.action == "enroll" and "admin" in record.roles):
            raise RuleError("entry 0 does not enrol the first admin")
        if entry.keys != (record.public_key,):
            raise ForbiddenError("entry 0 is not signed by the key that it enrols")
        self._check_ledger(record)

    def _check_issuer(self, entry: Logged) -> None:
        record = entry.record
        if not (isinstance(record, KeyRecord) and record.action == "enroll" and record.roles == ("issuer",)):
            raise RuleError("entry 1 does not enrol the issuer")
        self._check(entry)

    def _check(self, entry: Logged) -> None:
        record = entry.record
        people = people_among(record, entry.keys, self._terms)
        for key in people:
            allowed = any(record.kind in MAY[role] for role in self.roles(key))
            if not allowed and not (self.roles(key) and _revokes(record, key)):
                raise ForbiddenError(f"{key} may not sign a {record.kind} at this index")
        if not any(_revokes(record, key) for key in people):
            check_not_alone([self._words[key] for key in people])
        if isinstance(record, KeyRecord | CorrectionRecord | WithholdRecord):
            self._check_ledger(record)

    def _check_ledger(self, record: KeyRecord | CorrectionRecord | WithholdRecord) -> None:
        if record.ledger != self.origin:
            raise RuleError(f"the record is meant for the ledger {record.ledger}, not {self.origin}")


def _revokes(record: Record, key: str) -> bool:
    return isinstance(record, KeyRecord) and record.action == "revoke" and record.public_key == key
