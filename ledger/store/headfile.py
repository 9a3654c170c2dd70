"""The file beside the ledger's keys that says how far they have signed, where no copy of the database can change it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.errors import StoreError
from ledger.points import reached

_MAX_BYTES = 65_536


class HeadFile:
    """One small file, 0600, replaced whole. Processes on one machine take turns at it, and so do threads.

    `lost` says what becomes of whatever was to be kept when it cannot be written.
    """

    def __init__(
        self,
        path: Path,
        lost: str = "the records are in the log; add them again for their receipts once it can be",
    ) -> None:
        self.path = path
        self._lost = lost

    def read(self) -> bytes | None:
        try:
            with self.path.open("rb") as file:
                return file.read(_MAX_BYTES)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"{self.path} cannot be read: {error.strerror}") from None

    def refuse_unwritable(self) -> None:
        """Asked before anything is signed, so that no receipt is lost to a folder that can only be read."""
        if not os.access(self.path.parent, os.W_OK | os.X_OK):
            raise StoreError(
                f"nothing can be written in {self.path.parent}",
                hint="whoever appends keeps there how far the keys have signed: let the folder of keys be written to",
            )

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Held around reading and replacing. The lock is the folder's, so there is no second file to leave behind."""
        try:
            handle = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise StoreError(f"{self.path.parent} cannot be opened: {error.strerror}") from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def replace(self, content: bytes) -> None:
        """The file holds this after a crash at any later moment, and before it either this or what it held. In a turn only."""
        scratch = self.path.with_name(f".{self.path.name}.new")
        try:
            _write(scratch, content)
            reached("file written beside")
            os.replace(scratch, self.path)
            reached("file replaced")
            _sync_folder(self.path.parent)
        except OSError as error:
            raise StoreError(f"{self.path} cannot be written: {error.strerror}", hint=self._lost) from None


def _write(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:
        os.fchmod(handle, 0o600)
        file.write(content)
        file.flush()
        os.fsync(handle)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
