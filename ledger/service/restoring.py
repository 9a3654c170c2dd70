"""A ledger made again of a backup, in an empty place, after everything in it was checked and others were asked for more."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from ledger.core.note import open_checkpoint
from ledger.core.vkey import VerifierKey
from ledger.errors import ConflictError, CorruptError, OnRecordError, StoreError, UnverifiableError, VerificationError
from ledger.keys import KnownKeys
from ledger.net.guarded import Resolve, request
from ledger.service.backups import Backup
from ledger.service.fsck import fsck
from ledger.service.helpers import Helpers
from ledger.service.projecting import projections
from ledger.service.tree import root_at
from ledger.service.witnesses import guard_of
from ledger.store.protocol import Projection, Snapshot, Store

_MOST_NAMED = 3
Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Memory:
    """A checkpoint that somebody remembers: a witness, or the folder of keys."""

    who: str
    note: bytes


@dataclass(frozen=True)
class Loss:
    """Entries that were signed for and are not in the backup."""

    who: str
    seen: int
    had: int

    def __str__(self) -> str:
        return f"{self.who} has seen {self.seen} entries, the backup has {self.had}: {self.seen - self.had} are missing"


def restore(
    store: Store, backup: Backup, keys: KnownKeys, memories: Sequence[Memory], *, accept_loss: bool, tell: Tell
) -> list[Loss]:
    """The ledger is in the store as the backup has it, or nothing is. What is missing, where that was accepted.

    1. The place is empty.
    2. The entries are those of the manifest's checkpoint, which the log's keys signed.
    3. Nobody remembers a longer log (ConflictError, unless accepted), or another one.
    4. `onrecord log fsck` finds no fault.
    """
    losses: list[Loss] = []

    def check(snapshot: Snapshot) -> None:
        _check_manifest(snapshot, backup)  # 2
        losses.extend(missing(snapshot, keys, memories))  # 3
        if losses and not accept_loss:
            told = "; ".join(map(str, losses))
            hint = "find a newer backup; --accept-loss puts this one back all the same, and what is missing is lost"
            raise ConflictError(told, hint=hint)
        _check_all(snapshot, keys, tell)  # 4

    store.restore(backup.ledger, _derived, check)
    return losses


def missing(snapshot: Snapshot, keys: KnownKeys, memories: Sequence[Memory]) -> list[Loss]:
    """What is remembered beyond the snapshot. CorruptError where another history is, signed by the same keys."""
    origin, own = snapshot.identity.origin, snapshot.checkpoint
    found = []
    for memory in memories:
        seen = open_checkpoint(memory.note, keys.vkeys(origin), origin=origin).checkpoint
        if seen.size > own.size:
            found.append(Loss(memory.who, seen.size, own.size))
        elif root_at(snapshot, seen.size) != seen.root:
            found_there = f"{memory.who} remembers other first {seen.size} entries, signed by the keys of this log"
            raise CorruptError(found_there, hint="two histories were signed: find out which one others have seen")
    return found


def ask_witnesses(
    urls: Sequence[str],
    origin: str,
    keys: Sequence[VerifierKey],
    silent: Callable[[str, str], None],
    resolve: Resolve | None = None,
) -> list[Memory]:
    """The newest checkpoint of this log that each witness shows, signed by the log's own keys. `silent` hears who answered
    nothing of use, and why. UnverifiableError if nobody answered."""
    found, answered = [], 0
    for url in urls:
        try:
            note = _newest(url, origin, keys, resolve)
        except OnRecordError as error:
            silent(url, error.message)
            continue
        answered += 1
        if note is not None:
            found.append(Memory(f"the witness at {url}", note))
    if urls and not answered:
        raise UnverifiableError(
            "no witness could be asked whether the backup is complete",
            step="witnesses",
            hint="try again when one answers; --no-witnesses puts it back unasked",
        )
    return found


def _newest(url: str, origin: str, keys: Sequence[VerifierKey], resolve: Resolve | None) -> bytes | None:
    """None where it has signed nothing of this log."""
    address = f"{url}/{hashlib.sha256(origin.encode()).hexdigest()}/checkpoint"
    answer = request("GET", address, guard=guard_of(url), resolve=resolve)
    if answer.status == 404:
        return None
    if answer.status != 200:
        raise StoreError(f"it answers {answer.status}")
    open_checkpoint(answer.body, keys, origin=origin)
    return answer.body


def _check_manifest(snapshot: Snapshot, backup: Backup) -> None:
    said, own = backup.manifest, snapshot.checkpoint
    found = (snapshot.identity.origin, own.size, f"sha256:{own.root.hex()}", own.note)
    if found != (said.origin, said.size, said.root, said.checkpoint.encode("utf-8")):
        raise VerificationError("the backup's ledger is not the one of its manifest", step="checkpoint")


def _check_all(snapshot: Snapshot, keys: KnownKeys, tell: Tell) -> None:
    with Helpers(0) as alone:  # nobody else sees what is not committed yet
        result = fsck(snapshot, keys, target="", helpers=alone, tell=tell)
    if result.faults:
        shown = "; ".join(f"{one.where}: found {one.found}, wanted {one.wanted}" for one in result.faults[:_MOST_NAMED])
        raise CorruptError(
            f"{len(result.faults)} faults in the backup's ledger: {shown}",
            hint="are these the keys of this ledger? then take another backup; nothing was put back",
        )


def _derived(snapshot: Snapshot) -> Iterator[tuple[int, str, str, Projection]]:
    if snapshot.identity.test_log:
        return
    with suppress(OnRecordError):  # of an entry at fault: the check that follows says which one
        yield from projections(snapshot)
