"""What a reader needs to check one sealed value, and every way in which such a file can be wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ledger.core.canonical import canonical_bytes, digest
from ledger.core.records import record_id
from ledger.core.revealing import REVEAL_STEPS, print_reveal
from ledger.core.sealing import sealed_hash
from ledger.core.trust import Trust, parse_trust
from ledger.core.verify import verify
from ledger.core.vkey import print_vkey
from ledger.keys import seal, sign_record
from schemas.bundle import Verification
from tests import factory
from tests.factory import Ready

SECRET = "I saw it burn"


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ready]:
    made = factory.ready(str(tmp_path_factory.mktemp("reveal") / "l.db"))
    yield made
    made.ledger.close()


@pytest.fixture(scope="module")
def file(ready: Ready) -> bytes:
    sealed, opening = seal(ready.admin, "text", SECRET)
    claim = factory.claim({"en": {"sealed": sealed.sealed}})
    ready.add(claim, factory.claim("another"), openings=None)
    name = record_id(claim)
    return print_reveal(ready.ledger.record(name).envelope, {sealed.sealed: opening}, ready.ledger.tlog_proof(name))


def trust_of(ready: Ready) -> Trust:
    return parse_trust([print_vkey(key) for key in ready.keys.vkeys(ready.origin)])


def found(ready: Ready, data: bytes) -> Verification:
    return verify(data, trust_of(ready))


def test_it_says_what_was_sealed(ready: Ready, file: bytes) -> None:
    result = found(ready, file)
    assert (result.result, result.kind, result.notes[0]) == ("ok", "reveal", f"text.en says: {SECRET}")
    assert tuple(step.name for step in result.steps) == REVEAL_STEPS


def test_the_ledger_itself_verifies_it_too(ready: Ready, file: bytes) -> None:
    assert ready.ledger.verify(file).result == "ok"


def test_without_the_logs_key_it_is_not_ok_and_says_nothing(file: bytes) -> None:
    result = verify(file, Trust())
    assert (result.result, SECRET in str(result)) == ("unverifiable", False)


Change = Callable[[dict[str, Any], Ready], None]


def _another_value(value: dict[str, Any], _: Ready) -> None:
    next(iter(value["openings"].values()))["value"] = "I saw nothing"


def _another_salt(value: dict[str, Any], _: Ready) -> None:
    next(iter(value["openings"].values()))["salt"] = "00" * 16


def _a_seal_of_its_own(value: dict[str, Any], _: Ready) -> None:
    digest = sealed_hash(b"\0" * 16, "I saw nothing")
    value["openings"] = {digest: {"salt": "00" * 16, "value": "I saw nothing"}}


def _another_record(value: dict[str, Any], ready: Ready) -> None:
    digest = next(iter(value["openings"]))
    other = factory.claim({"en": {"sealed": digest}}, type="position")
    value["envelope"] = sign_record(other, ready.admin).envelope.model_dump(mode="json")


def _another_signature(value: dict[str, Any], ready: Ready) -> None:
    other = sign_record(factory.claim("another"), ready.admin).envelope
    value["envelope"]["signatures"] = other.model_dump(mode="json")["signatures"]


def _another_place(value: dict[str, Any], _: Ready) -> None:
    value["proof"] = value["proof"].replace("index 2", "index 3")


def _another_size(value: dict[str, Any], _: Ready) -> None:
    value["proof"] = value["proof"].replace("\n4\n", "\n5\n")


def _no_opening(value: dict[str, Any], _: Ready) -> None:
    value["openings"] = {}


def _one_member_more(value: dict[str, Any], _: Ready) -> None:
    value["trust"] = "me"


WRONG: dict[Change, tuple[str, str]] = {
    _another_value: ("failed", "openings"),
    _another_salt: ("failed", "openings"),
    _a_seal_of_its_own: ("failed", "openings"),
    _another_record: ("failed", "inclusion"),
    _another_signature: ("failed", "record"),
    _another_place: ("failed", "inclusion"),
    _another_size: ("failed", "checkpoint"),
    _no_opening: ("malformed", "form"),
    _one_member_more: ("malformed", "form"),
}


@pytest.mark.parametrize("change", WRONG, ids=lambda change: change.__name__.strip("_"))
def test_what_is_wrong_is_found_at_its_step(ready: Ready, file: bytes, change: Change) -> None:
    value = json.loads(file)
    change(value, ready)
    del value["sha256"]
    result = found(ready, canonical_bytes(value | {"sha256": digest(canonical_bytes(value))}))
    ended = next(step.name for step in result.steps if step.result != "ok")
    wanted, step = WRONG[change]
    assert (result.result in (wanted, "malformed" if step == "record" else wanted), ended) == (True, step)
    assert SECRET not in str(result)


def test_a_flipped_byte_is_never_ok(ready: Ready, file: bytes) -> None:
    for place in range(0, len(file), 7):
        changed = file[:place] + bytes([file[place] ^ 1]) + file[place + 1 :]
        assert found(ready, changed).result != "ok", place


def test_another_ledgers_key_is_no_trust(tmp_path_factory: pytest.TempPathFactory, file: bytes) -> None:
    key = print_vkey(factory.ledger_keys().vkeys("other.example/log")[0])
    assert verify(file, parse_trust([key])).result != "ok"
