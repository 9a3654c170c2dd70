"""The small world of tests/core, written into a real ledger: every record signed, appended and proven."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from ledger.core.checkpoint import Checkpoint
from ledger.core.didkey import did_key_of
from ledger.core.evidence import Logged
from ledger.core.merkle import EMPTY_ROOT
from ledger.core.note import sign_checkpoint
from ledger.core.records import record_id
from ledger.core.vkey import print_vkey
from ledger.keys import LedgerKeys, Signer, seal, sign_record
from ledger.service.ledger import Ledger
from ledger.store import open_store
from ledger.store.protocol import Identity, Snapshot, StoredCheckpoint
from schemas.envelope import Submission
from schemas.ids import Opening, Sealed
from schemas.records import RECORD
from tests.core.world import World

ORIGIN = "ledger.example/written"
START = 1_750_000_000


def signer(number: int, subject: str) -> Signer:
    """The same key for the same number, so that a failing test fails again."""
    key = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
    return Signer(did_key_of(key), key, bytes([number]) * 32, subject)


ADMIN, OTHER, STRANGER = signer(1, "ada"), signer(2, "ben"), signer(9, "eve")
KEYS = LedgerKeys(
    Ed25519PrivateKey.from_private_bytes(b"\x0a" * 32),
    MLDSA44PrivateKey.from_seed_bytes(b"\x0b" * 32),
    Ed25519PrivateKey.from_private_bytes(b"\x0c" * 32),
)
VKEYS = [print_vkey(key) for key in KEYS.vkeys(ORIGIN)]


class Written(World):
    """Records wait until somebody asks; then they are appended at once, a second after what was there."""

    origin = ORIGIN

    def __init__(self, place: Path) -> None:
        self.now = START
        self.logged: list[Logged] = []
        self.last: dict[str, str] = {}
        self.topic = "ukraine-war"
        self.waiting: list[Submission] = []
        self.openings: dict[str, Opening] = {}
        self.signers = {one.did: one for one in (ADMIN, OTHER, STRANGER)}
        self.store = open_store(str(place / "ledger.db"))
        note = sign_checkpoint(Checkpoint(ORIGIN, 0, EMPTY_ROOT), KEYS.ed25519, KEYS.mldsa44, self.now)
        self.store.create(Identity(ORIGIN, test_log=False), StoredCheckpoint(0, 0, EMPTY_ROOT, self.now, note))
        self._ledger = Ledger(self.store, KEYS, lambda: self.now)
        self.enrol(ADMIN.did, "ada", ["contributor", "editor", "admin"])
        self.enrol(KEYS.issuer_did, "issuer", ["issuer"])
        self.enrol(OTHER.did, "ben", ["contributor"])
        self.claim_id = self.claim("something happened")

    def enrol(self, did: str, subject: str, roles: list[str], action: str = "enroll", **more: Any) -> str:
        return self.add(kind="key", subject=subject, public_key=did, roles=roles, action=action, ledger=ORIGIN, **more)

    def add(self, *, key: str = ADMIN.did, **members: Any) -> str:
        by = self.signers.get(key, ADMIN)
        record = RECORD.validate_python({name: value for name, value in members.items() if value is not None})
        name = record_id(record)
        if all(entry.id != name or entry.keys != (by.did,) for entry in self.logged):
            self.logged.append(Logged(len(self.logged), name, record, (by.did,)))
            self.waiting.append(sign_record(record, by, self.openings))
            self.openings = {}
        return name

    def sealed(self, member: str, value: str) -> Sealed:
        """A sealed value for the next record that is added."""
        sealed, opening = seal(ADMIN, member, value)
        self.openings[sealed.sealed] = opening
        return sealed

    def correct(self, target: str, **more: Any) -> str:
        return self.add(kind="correction", target=target, reason="a slip", ledger=ORIGIN, **more)

    def withhold(self, target: str) -> str:
        return self.add(kind="withhold", target=target, basis="court order 7", authority="court of X", ledger=ORIGIN)

    @property
    def ledger(self) -> Ledger:
        """The ledger with everything said so far in it."""
        if self.waiting:
            self.now += 1
            self._ledger.add(self.waiting)
            self.waiting = []
        return self._ledger

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        assert self.ledger is not None
        with self.store.reading() as snapshot:
            yield snapshot
