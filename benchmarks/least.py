"""What checking records cannot get below: hash and signature of the same bytes, on every core, with nothing around them."""

from __future__ import annotations

import hashlib
import multiprocessing
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from benchmarks.machine import cores
from ledger.core.didkey import public_key_of
from ledger.core.dsse import pae, parse_envelope
from ledger.core.note import parse_note
from ledger.core.vkey import VerifierKey, check_text
from schemas.envelope import RECORD_TYPE

_PATIENCE = 600.0

Item = TypeVar("Item")


@dataclass(frozen=True)
class Signed:
    """A record's bare bytes: the entry that is hashed, and a signature with what it is of."""

    entry: bytes
    key: Ed25519PublicKey
    signature: bytes
    message: bytes


@dataclass(frozen=True)
class Noted:
    """One signature of a checkpoint's note."""

    key: VerifierKey
    text: str
    signature: bytes


def signed_in(entries: Sequence[bytes]) -> list[Signed]:
    keys: dict[str, Ed25519PublicKey] = {}
    found = []
    for entry in entries:
        envelope = parse_envelope(entry, payload_type=RECORD_TYPE)
        message = pae(envelope.payload_type, envelope.payload)
        for name, signature in envelope.signatures:
            if name not in keys:
                keys[name] = public_key_of(name)
            found.append(Signed(entry, keys[name], signature, message))
    return found


def noted_in(notes: Sequence[bytes], vkeys: Sequence[VerifierKey]) -> list[Noted]:
    found = []
    for data in notes:
        note = parse_note(data)
        for one in note.signatures:
            found += [Noted(key, note.text, one.signature) for key in vkeys if (key.name, key.key_id) == (one.name, one.key_id)]
    return found


def check(items: Sequence[Signed | Noted]) -> None:
    """Hashes each entry and checks each signature, and that is all."""
    for one in items:
        if isinstance(one, Noted):
            check_text(one.key, one.text, one.signature)
            continue
        hashlib.sha256(one.entry).digest()
        one.key.verify(one.signature, one.message)


def verify_alone(items: Sequence[Signed]) -> None:
    """Checks each signature, and not even hashes."""
    for one in items:
        one.key.verify(one.signature, one.message)


def on_all_cores(work: Callable[[Sequence[Item]], None], items: Sequence[Item]) -> float:
    """Seconds until the last core has done its share. The processes have the items before the clock starts."""
    context = multiprocessing.get_context("fork")
    start, end = context.Barrier(cores() + 1), context.Barrier(cores() + 1)

    def share(place: int) -> None:
        own = items[place :: cores()]
        start.wait(_PATIENCE)
        work(own)
        end.wait(_PATIENCE)

    processes = [context.Process(target=share, args=(place,)) for place in range(cores())]
    for process in processes:
        process.start()
    start.wait(_PATIENCE)
    began = time.perf_counter()
    end.wait(_PATIENCE)
    seconds = time.perf_counter() - began
    for process in processes:
        process.join()
    return seconds
