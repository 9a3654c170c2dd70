"""A ledger made again of a backup, in an empty place, after everything in it was checked and others were asked for more."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass

from ledger.core.note import open_checkpoint
from ledger.core.quorum import NO_QUORUM, quorum_met
from ledger.core.vkey import VerifierKey
from ledger.errors import ConflictError, CorruptError, OnRecordError, StoreError, UnverifiableError, VerificationError
from ledger.keys import KnownKeys
from ledger.net.guarded import Resolve, request
from ledger.service.backups import Backup
from ledger.service.fsck import fsck
from ledger.service.helpers import Helpers
from ledger.service.logkeys import known_vkeys
from ledger.service.panel import Panel
from ledger.service.projecting import projections
from ledger.service.tree import root_at
from ledger.service.witnesses import guard_of
from ledger.store.protocol import Projection, Snapshot, Store
from schemas.backup import BackupManifest

_MOST_NAMED = 3
_LONGEST_LIST = 300
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
        seen = open_checkpoint(memory.note, known_vkeys(snapshot, keys), origin=origin).checkpoint
        if seen.size > own.size:
            found.append(Loss(memory.who, seen.size, own.size))
        elif root_at(snapshot, seen.size) != seen.root:
            found_there = f"{memory.who} remembers other first {seen.size} entries, signed by the keys of this log"
            raise CorruptError(found_there, hint="two histories were signed: find out which one others have seen")
    return found


def ask_witnesses(
    panel: Panel,
    said: BackupManifest,
    keys: Sequence[VerifierKey],
    silent: Callable[[str, str], None],
    resolve: Resolve | None = None,
) -> list[Memory]:
    """The newest checkpoint of this log that each witness shows, signed by the log's own keys. `silent` hears who answered
    nothing of use, and why.

    UnverifiableError unless all answered that the backup names, or as many as the policy's quorum takes. That a witness has
    seen nothing of this log is an answer only where the backup knows of no witness: else the address is another's, or somebody
    keeps from us what it has seen.
    """
    asked_before = set(said.witnesses)
    found, answered = [], set()
    for url in sorted(panel.by_url):
        try:
            note = _newest(url, said.origin, keys, resolve)
            if note is None and asked_before and said.size:
                raise StoreError("it knows nothing of this log")
        except OnRecordError as error:
            silent(url, error.message)
            continue
        answered.add(url)
        if note is not None:
            found.append(Memory(f"the witness at {url}", note))
    if not _enough(panel, asked_before, answered):
        missed = ", ".join(sorted((asked_before or set(panel.by_url)) - answered))[:_LONGEST_LIST]
        raise UnverifiableError(
            f"too few witnesses could be asked whether the backup is complete; no answer from {missed}",
            step="witnesses",
            hint="try again when they answer, or name where they are now in the policy; --no-witnesses puts it back unasked",
        )
    return found


def _enough(panel: Panel, asked_before: Set[str], answered: Set[str]) -> bool:
    if not panel.by_url:
        return not asked_before
    if asked_before and asked_before <= answered:
        return True
    if panel.policy.quorum == NO_QUORUM:
        return bool(answered) and not asked_before
    names = {one.name for one in panel.policy.witnesses if one.url is not None and one.url.rstrip("/") in answered}
    return quorum_met(panel.policy, names)


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
