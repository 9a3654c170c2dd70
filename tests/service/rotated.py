"""A ledger whose own keys change: before, between and after."""

from __future__ import annotations

from dataclasses import replace

from ledger.core.didkey import did_key_of
from ledger.core.encoding import print_base64
from ledger.core.vkey import VerifierKey, print_vkey
from ledger.keys import Pair, Signer, sign_record, signers_of
from ledger.service.ledger import Ledger
from schemas.log import Receipt
from schemas.records import Record
from tests import factory
from tests.factory import ORIGIN, Ready, ready


def pair_named(name: str) -> Pair:
    made = factory.ledger_keys(name)
    return made.ed25519, made.mldsa44


OLD, NEW = pair_named("log"), pair_named("new log")


def owner(pair: Pair) -> Signer:
    return Signer(did_key_of(pair[0]), pair[0], bytes(32), "log")


def word(pair: Pair, action: str = "enroll", **members: object) -> Record:
    mldsa44 = print_base64(pair[1].public_key().public_bytes_raw())
    return factory.key(owner(pair), ["log"], **({"action": action, "mldsa44": mldsa44} | members))


def add(here: Ready, record: Record, *by: Signer) -> Receipt:
    return here.ledger.add([sign_record(record, by)])[0]


def vkeys(pair: Pair) -> tuple[VerifierKey, ...]:
    return tuple(one.verifier for one in signers_of(ORIGIN, pair))


def printed(pair: Pair) -> list[str]:
    return [print_vkey(key) for key in vkeys(pair)]


def ready_to_rotate(database: str) -> Ready:
    """A ledger whose side has a second pair of keys, of which the log does not know yet."""
    found = ready(database)
    found.ledger = Ledger(found.store, replace(found.keys, later=(NEW,)), found.clock)
    return found


def begin(here: Ready) -> None:
    add(here, word(OLD), here.admin, owner(OLD))
    add(here, word(NEW), here.admin, owner(OLD), owner(NEW))


def finish(here: Ready) -> None:
    add(here, word(OLD, "revoke", replaces=factory.id_of(word(OLD)), reason="rotated"), here.admin, owner(NEW))
