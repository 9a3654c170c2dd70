"""Backups: a folder with one state of all that a ledger keeps, and a manifest by which every byte of it is checked.

It comes to be under another name and is renamed when it is whole and on the disk, so there is never half of one.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pydantic import ValidationError

from ledger.core.canonical import canonical_bytes, digest, parse_canonical
from ledger.errors import BusyError, ConflictError, FormatError, NotFoundError, OnRecordError, StoreError, VerificationError
from ledger.keys import HEAD, KnownKeys
from ledger.service.keeping import check_start
from ledger.service.tree import Edges
from ledger.store import open_store
from ledger.store.protocol import Store
from schemas.backup import BackupFile, BackupManifest
from schemas.dates import seconds_of, time_of

LEDGER, KEYS, MANIFEST = "ledger.db", "keys", "manifest.json"
_NAME = re.compile(r"\d{8}T\d{6}Z-\d{8,18}")
_KEY_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_UNFINISHED, _GOING = ".new-", ".old-"
_MAX_MANIFEST = 1 << 20
_PIECE = 1 << 20


@dataclass(frozen=True)
class Backup:
    """A whole one: its folder, and what that says of itself."""

    path: Path
    manifest: BackupManifest

    @property
    def ledger(self) -> Path:
        return self.path / LEDGER

    @property
    def keys(self) -> Path | None:
        """The folder of keys in it, where they were asked for."""
        found = any(file.name.startswith(f"{KEYS}/") for file in self.manifest.files)
        return self.path / KEYS if found else None

    @property
    def made_at(self) -> int:
        return seconds_of(self.manifest.made_at)


# Making one


def make_backup(store: Store, place: Path, now: int, *, known: KnownKeys | None, keys: Path | None = None) -> Backup:
    """A new folder in `place`, named by time and size, with the ledger's state of this moment; servers go on appending.

    `known` are the keys that its checkpoint is checked with, `keys` a folder of them that is copied too. BusyError if another
    backup is being made there.
    """
    with _turn(place), _unfinished(place) as scratch:
        copied = [*_copy_keys(keys, scratch), *_copy_ledger(store, scratch)]
        manifest = _describe(scratch, now, known, copied)
        (scratch / MANIFEST).write_bytes(canonical_bytes(manifest.model_dump(mode="json")))
        _settle(scratch, [*copied, MANIFEST])
        path = place / f"{datetime.fromtimestamp(now, UTC):%Y%m%dT%H%M%SZ}-{manifest.size:08d}"
        try:
            os.rename(scratch, path)
        except OSError as error:
            if path.exists():
                raise ConflictError(f"{path} is there already", hint="wait for a second") from None
            raise StoreError(f"{path} cannot be made: {error.strerror}") from None
        _sync(place)
    return Backup(path, manifest)


def list_backups(place: Path) -> list[Path]:
    """The folders of whole backups in `place`, oldest first."""
    try:
        return sorted(path for path in place.iterdir() if _NAME.fullmatch(path.name) and (path / MANIFEST).is_file())
    except OSError as error:
        raise NotFoundError(f"no folder of backups at {place}: {error.strerror}") from None


def drop_older(place: Path, keep: int) -> list[Path]:
    """All but the newest `keep` backups in `place` are gone; which ones."""
    with _turn(place):
        old = list_backups(place)[:-keep]
        for path in old:
            # Under another name first: what is half deleted is no backup.
            going = path.with_name(f"{_GOING}{path.name}")
            path.rename(going)
            shutil.rmtree(going)
        return old


def _copy_ledger(store: Store, scratch: Path) -> list[str]:
    path = scratch / LEDGER
    store.copy_to(path)
    path.chmod(0o600)
    return [LEDGER]


def _copy_keys(keys: Path | None, scratch: Path) -> list[str]:
    """All files of the folder but how far the keys have signed: that is for the disk on which they sign."""
    if keys is None:
        return []
    chosen = sorted(path for path in keys.iterdir() if path.name != HEAD and path.is_file() and _KEY_FILE.fullmatch(path.name))
    (scratch / KEYS).mkdir(mode=0o700)
    for path in chosen:
        copy = scratch / KEYS / path.name
        copy.touch(mode=0o600)
        copy.write_bytes(path.read_bytes())
    return [f"{KEYS}/{path.name}" for path in chosen]


def _describe(scratch: Path, now: int, known: KnownKeys | None, copied: Sequence[str]) -> BackupManifest:
    with closing(open_store(str(scratch / LEDGER))) as copy:
        with copy.reading() as snapshot:
            check_start(snapshot, Edges(), known)
            origin, checkpoint = snapshot.identity.origin, snapshot.checkpoint
        witnesses = [one.url for one in copy.witnesses()]
    said = {
        "form": "onrecord/backup/v1",
        "origin": origin,
        "made_at": time_of(now),
        "program": _program(),
        "size": checkpoint.size,
        "root": f"sha256:{checkpoint.root.hex()}",
        "checkpoint": (checkpoint.note or b"").decode("utf-8"),
        "log_keys": known.trusted(origin) if known else [],
        "witnesses": witnesses,
        "files": [
            {"name": name, "bytes": (scratch / name).stat().st_size, "sha256": f"sha256:{_hash(scratch / name)}"}
            for name in sorted(copied)
        ],
    }
    return BackupManifest.model_validate({**said, "digest": digest(canonical_bytes(said))})


# Reading one


def read_backup(path: Path, tell: Callable[[str], None] = lambda name: None) -> Backup:
    """The backup in this folder, every byte as it was written. FormatError for what is none, VerificationError for one that is
    not as it was: a byte, a length, a file too few or too many. `tell` hears each file that is about to be read.

    1. The manifest is one, in its one spelling, and has its own digest.
    2. There are the files that it lists, and no others.
    3. Each has the length and the hash that it lists.
    """
    manifest = read_manifest(path)  # 1
    wanted = {MANIFEST, *(file.name for file in manifest.files)}
    found = {str(one.relative_to(path)) for one in path.rglob("*") if one.is_symlink() or not one.is_dir()}
    if wanted != found:  # 2
        named = ", ".join(sorted(wanted ^ found)[:3])
        raise _changed(f"the files are not those of the manifest: {named[:200]}", "files")
    for file in manifest.files:  # 3
        tell(file.name)
        _check_file(path / file.name, file)
    return Backup(path, manifest)


def read_manifest(path: Path) -> BackupManifest:
    """What the backup says of itself; its files are not looked at."""
    if not path.is_dir():
        raise NotFoundError(f"there is no backup at {path}", hint="`onrecord backup FOLDER` makes one in a folder of backups")
    try:
        with (path / MANIFEST).open("rb") as file:
            content = file.read(_MAX_MANIFEST + 1)
    except OSError as error:
        hint = "name one of the folders in it" if path.is_dir() and list_backups(path) else None
        raise FormatError(f"{path} is no backup: {MANIFEST}: {error.strerror}", hint=hint) from None
    try:
        said = parse_canonical(content, max_bytes=_MAX_MANIFEST)
        manifest = BackupManifest.model_validate(said)
    except (OnRecordError, ValidationError):
        raise _changed(f"{MANIFEST} is no manifest of a backup", "manifest") from None
    if digest(canonical_bytes({name: said[name] for name in said if name != "digest"})) != manifest.digest:
        raise _changed(f"{MANIFEST} is not as it was written", "manifest")
    return manifest


def _check_file(path: Path, file: BackupFile) -> None:
    try:
        size = path.lstat().st_size
        if path.is_symlink() or size != file.bytes:
            raise _changed(f"{file.name} has {size} bytes, {file.bytes} were written", file.name)
        found = _hash(path)
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}") from None
    if f"sha256:{found}" != file.sha256:
        raise _changed(f"{file.name} is not as it was written", file.name)


def _changed(what: str, step: str) -> VerificationError:
    return VerificationError(f"the backup is damaged: {what}", step=step, hint="take another one; this one is not put back")


# Files


@contextmanager
def _turn(place: Path) -> Iterator[None]:
    """Held while the folder of backups changes."""
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise StoreError(f"no folder of backups at {place}: {error.strerror}") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise BusyError(f"another backup is being made in {place}", hint="try again when it is done") from None
    finally:
        os.close(handle)


@contextmanager
def _unfinished(place: Path) -> Iterator[Path]:
    """A folder that is not yet a backup; gone afterwards unless it was renamed. So are those of processes that died."""
    for old in [*place.glob(f"{_UNFINISHED}*"), *place.glob(f"{_GOING}*")]:
        shutil.rmtree(old, ignore_errors=True)
    try:
        scratch = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=place))
    except OSError as error:
        raise StoreError(f"nothing can be written in {place}: {error.strerror}") from None
    try:
        yield scratch
    except OSError as error:
        raise StoreError(f"the backup cannot be written: {error.strerror}", hint="is the disk full?") from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _settle(scratch: Path, names: Sequence[str]) -> None:
    """All of it is on the disk."""
    for name in names:
        path = scratch / name
        path.chmod(0o600)
        _sync(path)
    for folder in {(scratch / name).parent for name in names} | {scratch}:
        _sync(folder)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _hash(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            found.update(piece)
    return found.hexdigest()


def _program() -> str:
    try:
        return version("onrecord")
    except PackageNotFoundError:
        return "unknown"
