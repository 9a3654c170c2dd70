"""Where the parts of a restore meet: the backup, the keys, who remembers more, and the place that it goes to."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ledger import passphrases
from ledger.errors import ConflictError, KeyMissingError, OnRecordError, StoreError, UsageError
from ledger.keys import HEAD, KnownKeys, keys_place, ledger_path, load_ledger_keys, load_replica_keys
from ledger.service.backups import Backup
from ledger.service.heads import Heads
from ledger.service.panel import Panel
from ledger.service.restoring import Loss, Memory, ask_witnesses, restore
from ledger.store import open_store
from ledger.store.protocol import NoLedgerError, Store
from ledger.store.slotfile import SlotFile

_LEFT_ALONE = (
    "{place}/head is left as it is, and no loss is accepted: these keys may be in use. Do not append to what is put back here "
    "unless it takes the old ledger's place. For a drill: --keys EMPTY_FOLDER. To begin anew with these keys: move the old "
    "ledger away, and name them with --keys"
)
Prose = Callable[[str], None]
Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Restoring:
    """How one backup is put back. `ask` is whether witnesses are; `say` hears what the operator should know."""

    backup: Backup
    panel: Panel | None
    ask: bool
    say: Prose
    tell: Tell

    def into(self, target: str, keys_dir: Path | None, *, accept_loss: bool) -> list[Loss]:
        """The ledger is at `target`, its keys too where the backup holds them, or nothing is.

        Where nobody said --keys, the folder that ONRECORD_KEYS names may be that of a ledger in use, and this a drill: then
        how far its keys have signed is not touched."""
        place = keys_place(target, keys_dir)
        in_use = place is not None and _may_be_in_use(place, target, keys_dir)
        with _keys_put_back(self.backup, place):
            keys = self._keys(place)
            head = SlotFile(place / HEAD) if place is not None and place.is_dir() else None
            memories = self._witnesses(keys)
            own = head.read() if head else None
            if in_use:
                self.say(_LEFT_ALONE.format(place=place))
            if own is not None and head is not None:
                memories.append(Memory(str(head.path), own))
            with closing(open_store(target)) as store:
                losses = restore(store, self.backup, keys, memories, accept_loss=accept_loss and not in_use, tell=self.tell)
                if head is not None and not in_use:
                    _begin_anew(head, own, keys, store)
        return losses

    def check(self, target: str, keys_dir: Path | None) -> list[Loss]:
        """It could be put back; it was, for as long as that took. What others have seen since is told."""
        keys = self._keys(keys_place(target, keys_dir), needed=False)
        memories = self._witnesses(keys)
        with (
            tempfile.TemporaryDirectory(prefix="onrecord-restore-") as folder,
            closing(open_store(str(Path(folder) / "ledger.db"))) as store,
        ):
            return restore(store, self.backup, keys, memories, accept_loss=True, tell=self.tell)

    def _keys(self, place: Path | None, needed: bool = True) -> KnownKeys:
        """What its checkpoint is held against: the keys here, else those that it names itself."""
        if place is not None and place.is_dir() and any(place.glob("*.pem")):
            try:
                return load_ledger_keys(place, passphrases.at_hand())
            except KeyMissingError:
                if needed:
                    raise
        said = self.backup.manifest.log_keys
        if not said:
            raise KeyMissingError("no keys to hold the backup against", hint="--keys names the folder of the ledger's keys")
        self.say("no key of this ledger could be used: its checkpoint is held against the keys that the backup itself names")
        return load_replica_keys(said, None)

    def _witnesses(self, keys: KnownKeys) -> list[Memory]:
        if not self.ask:
            return []
        named = self.backup.manifest.witnesses
        if self.panel is None:
            if not named:
                return []
            told = f"this ledger had asked witnesses: {', '.join(named)[:200]}"
            raise UsageError(told, hint="--witnesses POLICY names whom to ask what is missing; --no-witnesses asks nobody")
        vkeys = keys.vkeys(self.backup.manifest.origin)
        return ask_witnesses(
            self.panel,
            self.backup.manifest,
            vkeys,
            lambda url, why: self.say(f"the witness at {url} was asked in vain: {why}"),
        )


def _may_be_in_use(place: Path, target: str, keys_dir: Path | None) -> bool:
    """Whether these keys may be another ledger's that is served: they come from ONRECORD_KEYS alone, or are those, and the
    ledger that ONRECORD_LEDGER names is still there."""
    inherited = os.environ.get("ONRECORD_KEYS")
    if not inherited or place.resolve() != Path(inherited).resolve():
        return False
    own = os.environ.get("ONRECORD_LEDGER")
    return keys_dir is None or (own is not None and own != target and _stands(own))


def _stands(target: str) -> bool:
    """Whether a ledger is there; a database that does not answer may hold one."""
    path = ledger_path(target)
    if path is not None:
        return path.exists()
    try:
        with closing(open_store(target)) as store, store.reading():
            return True
    except NoLedgerError:
        return False
    except OnRecordError:
        return True


def _begin_anew(head: SlotFile, before: bytes | None, keys: KnownKeys, store: Store) -> None:
    """The keys have signed as far as the backup goes. What they had signed beyond is kept beside it, for whoever asks."""
    with store.reading() as snapshot, head.turn():
        if before is not None and before != snapshot.checkpoint.note:
            os.replace(head.path, head.path.with_name(f"{head.path.name}.before-restore"))
        origin, checkpoint = snapshot.identity.origin, snapshot.checkpoint
    Heads(head, keys).keep(origin, checkpoint)


def _holds_same(place: Path, keys: Path) -> bool:
    """Whether every file of these keys lies there already, byte for byte."""
    return all(
        (place / path.name).is_file() and (place / path.name).read_bytes() == path.read_bytes() for path in keys.iterdir()
    )


@contextmanager
def _keys_put_back(backup: Backup, place: Path | None) -> Iterator[None]:
    """The folder of keys as the backup has it, if it has one; gone again if what comes next fails.

    The very same keys may lie there already.
    """
    if backup.keys is None:
        yield
        return
    if place is None:
        raise UsageError("the backup holds keys, which need a folder", hint="name one with --keys or ONRECORD_KEYS")
    if _holds_same(place, backup.keys):
        yield
        return
    if place.exists() and any(place.iterdir()):
        raise ConflictError(f"{place} holds files already", hint="name another folder with --keys; keys are never written over")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
        for path in backup.keys.iterdir():
            copy = scratch / path.name
            copy.touch(mode=0o600)
            copy.write_bytes(path.read_bytes())
        os.replace(scratch, place)
    except OSError as error:
        raise StoreError(f"the keys cannot be put into {place}: {error.strerror}") from None
    try:
        yield
    except BaseException:  # an interrupt, too, leaves the place as it was
        shutil.rmtree(place, ignore_errors=True)
        raise
