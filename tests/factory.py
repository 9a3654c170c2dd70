"""Builders for tests: records that are right unless told otherwise, people who sign them, a ledger that is ready.

`factory.statement(claim=c, speaker="kcna")`: where a record is named, the record itself or its id will do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from ledger.core.checkpoint import Checkpoint
from ledger.core.didkey import did_key_of
from ledger.core.erasing import sign_erasure
from ledger.core.evidence import Logged
from ledger.core.merkle import EMPTY_ROOT
from ledger.core.note import sign_checkpoint
from ledger.core.records import read_record, record_id, sealed_in
from ledger.keys import LedgerKeys, Signer, sign_record
from ledger.service.ledger import Ledger
from ledger.store import open_store
from ledger.store.protocol import Identity, Store, StoredCheckpoint
from ledger.wiring import founding_records
from schemas.envelope import Submission
from schemas.erasure import Erased, Erasure, ErasureOrder
from schemas.ids import Opening
from schemas.log import Receipt
from schemas.records import Record

ORIGIN = "onrecord.example/tests"
START = 1_745_800_000  # 2025-04-28
Named = Record | str
"""A record, or the id of one."""


def id_of(thing: Named) -> str:
    return thing if isinstance(thing, str) else record_id(thing)


# Records


def record(kind: str, /, **members: Any) -> Record:
    """A record of this kind; members that are None are left out, records stand for their ids."""
    given = {name.rstrip("_"): _plain(value) for name, value in members.items() if value is not None}
    return read_record({"kind": kind} | given)


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return record_id(value) if hasattr(value, "kind") else value


def source(slug: str = "kcna", **members: Any) -> Record:
    return record("source", **({"id": slug, "type": "news_agency", "names": {"en": slug.upper()}} | members))


def relation(subject: str, relation: str, object: str, **members: Any) -> Record:
    return record("source_relation", subject=subject, relation=relation, object=object, **members)


def claim(text: Any = "North Korea sent troops to fight for Russia", **members: Any) -> Record:
    return record("claim", **({"text": {"en": text} if isinstance(text, str) else text, "type": "event"} | members))


def claim_text(claim: Named, lang: str = "de", text: str = "Nordkorea schickte Truppen", **members: Any) -> Record:
    return record("claim_text", claim=claim, lang=lang, text=text, **members)


def claim_relation(subject: Named, relation: str, object: Named, **members: Any) -> Record:
    return record("claim_relation", subject=subject, relation=relation, object=object, **members)


def document(url: str = "https://news.example/1", **members: Any) -> Record:
    return record("document", **({"url": url} | members))


def statement(claim: Named, speaker: str = "kcna", **members: Any) -> Record:
    usual = {
        "act": "reports",
        "polarity": "+",
        "certainty": "certain",
        "basis": "not_stated",
        "interest": "unknown",
        "said_at": "2025-04-28" if not {"document", "reported_by"} & members.keys() else None,
    }
    return record("statement", claim=claim, speaker=speaker, **(usual | members))


def attribution(from_: Named, to: Named, **members: Any) -> Record:
    return record("attribution", **({"from": from_, "to": to, "mode": "cites", "standing": "explicit"} | members))


def assessment(target: Named, value: str = "B", **members: Any) -> Record:
    scheme = "verdict" if id_of(target).startswith("sha256:") else "admiralty-reliability"
    return record("assessment", **({"target": target, "scheme": scheme, "value": value} | members))


def correction(target: Named, reason: str = "entered twice", **members: Any) -> Record:
    return record("correction", **({"target": target, "reason": reason, "ledger": ORIGIN} | members))


def withhold(target: Named, **members: Any) -> Record:
    usual = {"basis": "GDPR art. 17", "authority": "a court", "ledger": ORIGIN}
    return record("withhold", target=target, **(usual | members))


def key(owner: Signer, roles: Sequence[str] = ("contributor",), **members: Any) -> Record:
    usual = {"subject": owner.subject, "public_key": owner.did, "roles": roles, "action": "enroll", "ledger": ORIGIN}
    return record("key", **(usual | members))


# People


def signer(name: str = "anna") -> Signer:
    """The same key for the same name, so that tests can be repeated."""
    private = Ed25519PrivateKey.from_private_bytes(_seed(f"key of {name}"))
    return Signer(did_key_of(private), private, _seed(f"seal of {name}"), name)


def ledger_keys(name: str = "log") -> LedgerKeys:
    return LedgerKeys(
        Ed25519PrivateKey.from_private_bytes(_seed(f"{name} ed25519")),
        MLDSA44PrivateKey.from_seed_bytes(_seed(f"{name} mldsa44")),
        Ed25519PrivateKey.from_private_bytes(_seed(f"{name} issuer")),
    )


def _seed(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def logged(*records: Record, by: Signer | None = None, start: int = 0) -> list[Logged]:
    """The records as a log would hold them, from that index on; nothing is checked."""
    author = by or signer()
    return [Logged(index, record_id(one), one, (author.did,)) for index, one in zip(count(start), records)]


# A ledger


@dataclass
class Clock:
    """A clock that stands still until it is told."""

    now: int = START

    def __call__(self) -> int:
        return self.now


@dataclass
class Ready:
    """A fresh ledger whose first two entries are there. `admin` may do everything that a person may."""

    ledger: Ledger
    store: Store
    keys: LedgerKeys
    clock: Clock
    admin: Signer = field(default_factory=lambda: signer("admin"))
    origin: str = ORIGIN

    def add(self, *records: Record, by: Signer | None = None, openings: Mapping[str, Opening] | None = None) -> list[Receipt]:
        return self.ledger.add([sign_record(one, by or self.admin, openings) for one in records])

    def erase(self, record: Record, by: Signer | None = None) -> Erased:
        return self.ledger.erase_openings(erasure(record, by or self.admin))

    def enroll(self, name: str, *roles: str) -> Signer:
        """Somebody with these roles, whose key the admin has enrolled."""
        person = signer(name)
        self.add(key(person, roles or ("contributor",)))
        return person


def erasure(record: Record, *by: Signer, values: Sequence[str] | None = None, ledger: str = ORIGIN) -> ErasureOrder:
    """An order to erase all that this record seals, or some of it."""
    names = tuple(sealed_in(record) if values is None else values)
    wanted = Erasure(ledger=ledger, record=record_id(record), values=names)
    return sign_erasure(wanted, [signer.private_key for signer in by])


def ready(database: str, *, clock: Clock | None = None) -> Ready:
    """A ledger in a fresh database (the `database` fixture gives one); close it with `ready.ledger.close()`."""
    keys, at, admin = ledger_keys(), clock or Clock(), signer("admin")
    store = new_store(database, Identity(ORIGIN, test_log=False), keys, at)
    ledger = Ledger(store, keys, at)
    ledger.add(founding_records(ORIGIN, keys.issuer_did, admin, "admin"))
    return Ready(ledger, store, keys, at, admin)


def ready_test_log(database: str, origin: str = "test.example/log") -> Ledger:
    keys, at = ledger_keys(), Clock()
    return Ledger(new_store(database, Identity(origin, test_log=True), keys, at), keys, at)


def new_store(database: str, identity: Identity, keys: LedgerKeys, clock: Callable[[], int]) -> Store:
    note = sign_checkpoint(Checkpoint(identity.origin, 0, EMPTY_ROOT), keys.ed25519, keys.mldsa44, clock())
    store = open_store(database)
    store.create(identity, StoredCheckpoint(0, 0, EMPTY_ROOT, clock(), note))
    return store


def submission(one: Record, by: Signer | None = None) -> Submission:
    return sign_record(one, by or signer("admin"))
