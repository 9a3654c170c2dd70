"""Authority over an entry comes from the entries below it, and from nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.core.evidence import Logged
from ledger.core.keyring import KeyRing
from ledger.core.records import record_id
from ledger.errors import ForbiddenError, OnRecordError, RuleError
from schemas.records import RECORD
from tests.service.written import ADMIN, KEYS, OTHER, STRANGER

LEDGER = "ledger.example/keys"


def entry(index: int, by: str, **members: Any) -> Logged:
    record = RECORD.validate_python(members)
    return Logged(index, record_id(record), record, (by,))


def key(index: int, by: str, did: str, roles: list[str], action: str = "enroll", ledger: str = LEDGER) -> Logged:
    return entry(index, by, kind="key", subject="x", public_key=did, roles=roles, action=action, ledger=ledger)


def claim(index: int, by: str) -> Logged:
    return entry(index, by, kind="claim", text={"en": f"number {index}"}, type="event")


def withhold(index: int, by: str) -> Logged:
    target = "sha256:" + "0" * 64
    return entry(index, by, kind="withhold", target=target, basis="b", authority="a", ledger=LEDGER)


FIRST = [key(0, ADMIN.did, ADMIN.did, ["contributor", "admin"]), key(1, ADMIN.did, KEYS.issuer_did, ["issuer"])]
BEN = key(2, ADMIN.did, OTHER.did, ["contributor"])

GOOD: dict[str, list[Logged]] = {
    "an admin enrols and a contributor records": [*FIRST, BEN, claim(3, OTHER.did)],
    "entries may be left out between": [*FIRST, key(70, ADMIN.did, OTHER.did, ["contributor"]), claim(900, OTHER.did)],
    "an admin withholds": [*FIRST, withhold(5, ADMIN.did)],
    "a key revokes itself": [*FIRST, BEN, key(3, OTHER.did, OTHER.did, ["contributor"], "revoke")],
    "a revoked key is enrolled again": [
        *FIRST,
        BEN,
        key(3, ADMIN.did, OTHER.did, ["contributor"], "revoke"),
        key(4, ADMIN.did, OTHER.did, ["contributor"]),
        claim(5, OTHER.did),
    ],
}
BAD: dict[str, list[Logged]] = {
    "the first admin is enrolled by another": [key(0, OTHER.did, ADMIN.did, ["admin"])],
    "the first key is no admin": [key(0, ADMIN.did, ADMIN.did, ["contributor"])],
    "the first entry is no key": [claim(0, ADMIN.did)],
    "the issuer is enrolled by a stranger": [FIRST[0], key(1, STRANGER.did, KEYS.issuer_did, ["issuer"])],
    "the second entry enrols no issuer": [FIRST[0], key(1, ADMIN.did, OTHER.did, ["contributor"])],
    "a key that nobody enrolled": [*FIRST, claim(2, STRANGER.did)],
    "a key that is enrolled later": [*FIRST, claim(2, OTHER.did), key(3, ADMIN.did, OTHER.did, ["contributor"])],
    "a key that enrols itself": [*FIRST, key(2, STRANGER.did, STRANGER.did, ["admin"])],
    "a contributor that enrols another": [*FIRST, BEN, key(3, OTHER.did, STRANGER.did, ["contributor"])],
    "a contributor that withholds": [*FIRST, BEN, withhold(3, OTHER.did)],
    "an issuer that records": [*FIRST, claim(2, KEYS.issuer_did)],
    "a revoked key": [*FIRST, BEN, key(3, ADMIN.did, OTHER.did, ["contributor"], "revoke"), claim(4, OTHER.did)],
    "a key of another ledger": [*FIRST, key(2, ADMIN.did, OTHER.did, ["contributor"], ledger="other.example/x")],
}


def read(entries: list[Logged]) -> KeyRing:
    ring = KeyRing(LEDGER)
    for one in entries:
        ring.take(one)
    return ring


@pytest.mark.parametrize("entries", GOOD.values(), ids=GOOD)
def test_this_is_allowed(entries: list[Logged]) -> None:
    assert read(entries).may_issue(KEYS.issuer_did)


@pytest.mark.parametrize("entries", BAD.values(), ids=BAD)
def test_this_is_not_allowed(entries: list[Logged]) -> None:
    with pytest.raises(OnRecordError) as caught:
        read(entries)
    assert isinstance(caught.value, ForbiddenError | RuleError)


def test_an_issuer_that_was_revoked_may_issue_no_more() -> None:
    assert not read([*FIRST, key(9, ADMIN.did, KEYS.issuer_did, ["issuer"], "revoke")]).may_issue(KEYS.issuer_did)
