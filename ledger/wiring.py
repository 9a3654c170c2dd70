"""Where the parts meet: stores, keys, clock and chance are chosen here, and handed to those who work with them."""

from __future__ import annotations

import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ledger import passphrases
from ledger.core.checkpoint import Checkpoint
from ledger.core.merkle import EMPTY_ROOT
from ledger.core.note import sign_checkpoint
from ledger.errors import ConflictError, FormatError, KeyMissingError, NotFoundError, OnRecordError, UsageError
from ledger.keys import (
    HEAD,
    LEDGERS_OWN,
    LedgerKeys,
    Signer,
    begin_keys,
    keys_place,
    ledger_path,
    load_ledger_keys,
    load_replica_keys,
    load_signer,
    new_key,
    new_ledger_keys,
    sign_record,
)
from ledger.operations import Operations
from ledger.points import reached
from ledger.service.batches import Imported
from ledger.service.ledger import Ledger
from ledger.store import open_store
from ledger.store.protocol import Identity, NoLedgerError, StoredCheckpoint
from ledger.store.slotfile import SlotFile
from schemas.envelope import Submission
from schemas.records import KeyRecord, Role

if TYPE_CHECKING:
    from ledger.config import Settings
    from ledger.service.panel import Panel
    from ledger.store.answerfile import AnswerFile

TEST_PREFIX = "test."
UNFINISHED = "unfinished"
"""Lies beside the keys of a ledger that is not wholly made, and holds its admin's name."""
_ORIGIN = re.compile(r"[\x21-\x2a\x2c-\x7e]{1,200}")
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_ISSUER = "issuer"
_SETTLING_SECONDS = 1.0
_ADMIN_ROLES: tuple[Role, ...] = ("contributor", "editor", "admin")


@dataclass(frozen=True)
class Created:
    """What `init` made. A test log has no people, so no admin."""

    origin: str
    keys: Path
    admin: str | None
    issuer: str


def now() -> int:
    """The clock: POSIX seconds."""
    return int(time.time())


def create_ledger(
    target: str,
    *,
    origin: str | None = None,
    keys: Path | None = None,
    name: str = "admin",
    test_log: bool = False,
    passphrase: str | None = None,
) -> Created:
    """A fresh ledger and its keys: entry 0 enrols its first admin, entry 1 its issuer. Nothing is left behind if it fails; what
    is left where it was killed is not opened, and is finished, or made anew, by asking for it again.

    ConflictError if there is a ledger, or a key, in that place already.
    """
    chosen = _origin(origin, test_log)
    if not _NAME.fullmatch(name) or name == _ISSUER or name.startswith("log-"):
        raise FormatError(f"{name!r} is no name for a person here: 1 to 64 of a-z, 0-9 and inner hyphens")
    place = keys_place(target, keys)
    if place is None:
        raise UsageError("keys of a ledger in a database need a folder", hint="name one with --keys or ONRECORD_KEYS")
    passphrase = passphrase or passphrases.at_hand()
    if (place / UNFINISHED).exists():
        begun = _begun(target)
        if begun is not None:
            identity = Identity(chosen if origin else begun.origin, test_log)
            return _finish(target, place, begun, identity, name, passphrase)
        _refuse_signed(target, place)
        _clear(place)
    _refuse_second(target, place)
    with _undone_on_error(target, place):
        begin_keys(place, UNFINISHED, f"{name}\n{_place_named(target)}")
        reached("init begun")
        ledger_keys = new_ledger_keys(place, passphrase)
        admin = None if test_log else new_key(place / f"{name}.pem", passphrase)
        reached("keys made")
        _create_store(target, Identity(chosen, test_log), ledger_keys)
        reached("ledger created")
        if admin is not None:
            _write_first_entries(target, place, ledger_keys, founding_records(chosen, ledger_keys.issuer_did, admin, name))
        reached("ledger founded")
        (place / UNFINISHED).unlink()
    return Created(chosen, place, admin.did if admin else None, ledger_keys.issuer_did)


def open_ledger(
    target: str,
    *,
    keys: Path | None = None,
    read_token: str | None = None,
    trust: Sequence[str] = (),
    passphrase: str | None = None,
    unchecked: bool = False,
    reading: bool = False,
) -> Operations:
    """The ledger in a file, in a database, or elsewhere: the same operations on each.

    `trust` are the log keys that a ledger elsewhere must sign with. A store whose newest checkpoint contradicts its entries,
    its keys or what they have signed since is not opened. Where no keys of the ledger are found it can be read, not written.
    `unchecked` opens it all the same, to look for what is wrong. `reading` opens it without its keys where these want a
    passphrase that is not at hand: then nothing is signed, and signatures of the log are not held against its keys.
    """
    if target.startswith(("http://", "https://")):
        from ledger.client import Client

        return Client(target, trust=trust, token=read_token)
    path = ledger_path(target)
    if path is not None and not path.exists():
        raise NotFoundError(f"there is no ledger at {path}", hint="`onrecord init` makes one")
    try:
        place, own = _keys_of(target, keys, passphrase)
    except KeyMissingError as error:
        if error.locked is None or not reading:
            raise
        place, own = keys_place(target, keys), None
    if place is not None and (place / UNFINISHED).exists() and not unchecked:
        raise ConflictError("this ledger is half made: `onrecord init` was broken off", hint="run it again, as it was run then")

    def reload() -> LedgerKeys:
        assert place is not None, "there were keys before"
        return load_ledger_keys(place, passphrase or passphrases.at_hand())

    ledger = Ledger(open_store(target), own, now, head=SlotFile(place / HEAD) if place else None, reload=reload)
    if unchecked:
        return ledger
    try:
        ledger.check_start()
    except OnRecordError:
        ledger.close()
        raise
    return ledger


def open_replica(target: str, primary: str, *, trust: Sequence[str] = (), keys: Path | None = None) -> Ledger:
    """The ledger in a PostgreSQL standby, to be read only; the server at `primary` takes what is to be written.

    `trust` are the log's keys and its issuer's: without them nobody is told whom to trust, and nothing is verified here. The
    folder of keys may hold an issuer's key, for signed files; no other key is looked at. UsageError where there is no standby.
    """
    from ledger.net.talking import check_address

    primary = check_address(primary)
    if not target.startswith(("postgres://", "postgresql://")):
        raise UsageError("only a ledger in PostgreSQL has replicas", hint="--ledger takes the standby's postgresql:// address")
    known = load_replica_keys(trust, keys_place(target, keys), passphrases.at_hand()) if trust else None
    ledger = Ledger(open_store(target), known, now, primary=primary)
    try:
        ledger.check_role()
        ledger.check_start()
    except OnRecordError:
        ledger.close()
        raise
    return ledger


def read_panel(settings: Settings) -> Panel:
    """The witnesses of the tlog-policy file that the settings name."""
    from ledger.core.quorum import parse_policy
    from ledger.service.panel import Panel

    file = settings.witnesses
    assert file is not None, "only asked where one is named"
    try:
        data = file.read_bytes()
    except OSError as error:
        raise NotFoundError(f"the policy of witnesses {file} cannot be read: {error.strerror}") from None
    return Panel(parse_policy(data), data.decode("utf-8"), settings.witness_interval, settings.fail_closed)


def prepared_file(settings: Settings, target: str | None = None) -> AnswerFile | None:
    """Where answers of the ledger, by default the settings' own, are prepared: what the settings name, or else beside its file;
    None where there is to be none."""
    from ledger.store.answerfile import AnswerFile

    target = target or settings.ledger
    path = ledger_path(target) if target else None
    place = settings.prepared or (path.with_name(path.name + ".prepared") if path else None)
    return AnswerFile(place, settings.prepared_most << 20) if place and settings.prepared_most else None


def named_panel() -> Panel | None:
    """The witnesses that the environment names, for a command beside the server."""
    from ledger.config import read_settings

    settings = read_settings()
    return read_panel(settings) if settings.witnesses else None


def settle(operations: Operations) -> None:
    """Where claims stand is worked out on a ledger at hand that was written to, as far as a moment is enough for it."""
    if isinstance(operations, Ledger):
        operations.catch_up_after_writing(_SETTLING_SECONDS)


def import_lines(operations: Operations, lines: Iterable[bytes], tell: Callable[[Imported], None]) -> Imported | None:
    """Signed records, one to a line, into a ledger at hand; None for one that is elsewhere, which takes lists of them."""
    return operations.add_lines(lines, tell) if isinstance(operations, Ledger) else None


def _keys_of(target: str, keys: Path | None, passphrase: str | None) -> tuple[Path | None, LedgerKeys | None]:
    place = keys_place(target, keys)
    if place is None or not place.is_dir():
        return None, None
    return place, load_ledger_keys(place, passphrase or passphrases.at_hand())


# Creating


def _origin(given: str | None, test_log: bool) -> str:
    origin = given or f"onrecord.invalid/{secrets.token_hex(4)}"
    if test_log and not origin.startswith(TEST_PREFIX):
        origin = TEST_PREFIX + origin
    if not test_log and origin.startswith(TEST_PREFIX):
        raise FormatError(f"{origin!r} is the name of a test log", hint="names that begin with test. are for --test-log")
    if not _ORIGIN.fullmatch(origin):
        raise FormatError(f"{origin[:80]!r} is no name of a ledger: 1 to 200 printable characters, no blank and no +")
    return origin


def _begun(target: str) -> Identity | None:
    """Of the ledger that is there, if there is one."""
    path = ledger_path(target)
    if path is not None and not path.exists():
        return None
    store = open_store(target)
    try:
        with store.reading() as snapshot:
            return snapshot.identity
    except NoLedgerError:
        return None
    finally:
        store.close()


def _finish(target: str, place: Path, begun: Identity, wanted: Identity, name: str, passphrase: str | None) -> Created:
    """What was begun under these keys, with its first entries."""
    if begun != wanted:
        kind = "a test log" if begun.test_log else "a ledger"
        raise ConflictError(
            f"{kind} of the name {begun.origin} is half made here", hint="finish that one, or name another place"
        )
    keys = load_ledger_keys(place, passphrase)
    admin = None if begun.test_log else load_signer(place / f"{name}.pem", passphrase)
    ledger = Ledger(open_store(target), keys, now, head=SlotFile(place / HEAD))
    try:
        ledger.check_start()
        if admin is not None:
            ledger.add(founding_records(begun.origin, keys.issuer_did, admin, name))
    finally:
        ledger.close()
    (place / UNFINISHED).unlink()
    return Created(begun.origin, place, admin.did if admin else None, keys.issuer_did)


def _place_named(target: str) -> str:
    """What the mark says of where the ledger is to be; of a database its name alone, without what lets one in."""
    path = ledger_path(target)
    return f"{path.resolve()}" if path is not None else target.partition("?")[0].rpartition("@")[2].rpartition("/")[2]


def _refuse_signed(target: str, place: Path) -> None:
    """ConflictError if these keys belong to a ledger that was begun elsewhere, or have signed: they cannot be made again."""
    named = (place / UNFINISHED).read_text("utf-8", "replace").partition("\n")[2].strip()
    there = f" in {named}" if named else ""
    if (place / HEAD).exists():
        raise ConflictError(
            f"{place} holds keys that have signed a ledger{there}",
            hint="finish that one: `init` with its --ledger",
        )
    if named and named != _place_named(target) and Path(named).exists():
        raise ConflictError(f"{place} holds the keys of the ledger{there}", hint="finish that one, or name another folder")


def _clear(place: Path) -> None:
    """Keys that were made for a ledger that is not there are removed: they have signed nothing."""
    name = (place / UNFINISHED).read_text("utf-8", "replace").partition("\n")[0].strip()
    made = [place / f"{one}.pem" for one in LEDGERS_OWN]
    if _NAME.fullmatch(name):
        made += [place / f"{name}.pem", place / f"{name}.seal"]
    for path in (*made, place / HEAD, place / UNFINISHED):
        path.unlink(missing_ok=True)


def _refuse_second(target: str, place: Path) -> None:
    path = ledger_path(target)
    if path is not None and path.exists():
        raise ConflictError(f"{path} is there already", hint="name another file; a ledger is never written over")
    if place.exists() and any(place.iterdir()):
        raise ConflictError(f"{place} holds files already", hint="name another folder with --keys")


@contextmanager
def _undone_on_error(target: str, place: Path) -> Iterator[None]:
    """Files that came to be within are removed again if it fails. What was there before stays."""
    had_place = place.exists()
    try:
        yield
    except BaseException:  # an interrupt, too, must not leave half a ledger
        path = ledger_path(target)
        for leftover in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal"))) if path else ():
            leftover.unlink(missing_ok=True)
        for key in place.glob("*") if place.is_dir() else ():
            key.unlink()
        if not had_place:
            shutil.rmtree(place, ignore_errors=True)
        raise


def _create_store(target: str, identity: Identity, keys: LedgerKeys) -> None:
    moment = now()
    note = sign_checkpoint(Checkpoint(identity.origin, 0, EMPTY_ROOT), keys.ed25519, keys.mldsa44, moment)
    store = open_store(target)
    try:
        store.create(identity, StoredCheckpoint(0, 0, EMPTY_ROOT, moment, note))
    finally:
        store.close()


def _write_first_entries(target: str, place: Path, keys: LedgerKeys, first: Sequence[Submission]) -> None:
    ledger = Ledger(open_store(target), keys, now, head=SlotFile(place / HEAD))
    try:
        ledger.add(first)
    finally:
        ledger.close()


def founding_records(origin: str, issuer: str, admin: Signer, name: str) -> list[Submission]:
    """Entries 0 and 1: the first admin enrols its own key, then the issuer's."""
    own = KeyRecord(kind="key", subject=name, public_key=admin.did, roles=_ADMIN_ROLES, action="enroll", ledger=origin)
    issuers = KeyRecord(kind="key", subject=_ISSUER, public_key=issuer, roles=("issuer",), action="enroll", ledger=origin)
    return [sign_record(record, admin) for record in (own, issuers)]
