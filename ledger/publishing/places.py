"""Where a log is published to: a folder, or a bucket of an object store."""

from __future__ import annotations

import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ledger.errors import StoreError, UsageError

if TYPE_CHECKING:
    from obstore.store import ObjectStore

CHECKPOINT = "checkpoint"
_FOREVER = "public, max-age=31536000, immutable"
_A_MINUTE = "max-age=60"
_BINARY, _TEXT = "application/octet-stream", "text/plain; charset=utf-8"


class Place(Protocol):
    """Files by their path. Threads may share one."""

    def read(self, path: str) -> bytes | None:
        """The file, or None where there is none."""

    def write(self, path: str, content: bytes) -> None:
        """The file is there, whole and durably, or it is as it was."""

    def remove(self, path: str) -> None:
        """The file is not there, and does not come back when the power fails."""

    def names(self, folder: str) -> Iterator[str]:
        """The paths of all files below a folder, sorted."""

    def sweep(self) -> None:
        """What earlier runs that were killed left half written is gone."""


def place_at(target: str) -> Place:
    """A folder, or an address such as `s3://bucket/path`, whose credentials come from the environment."""
    if "://" not in target:
        return Folder(Path(target))
    return Bucket(_store_at(target))


def _store_at(address: str) -> ObjectStore:
    try:
        from obstore.exceptions import BaseError
        from obstore.store import from_url
    except ImportError:
        raise UsageError(f"{address} needs the library obstore", hint="pip install 'onrecord[bucket]'") from None
    try:
        # S3's own variables: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL, AWS_REGION.
        return from_url(address, client_options={"allow_http": _is_loopback(os.environ.get("AWS_ENDPOINT_URL", ""))})
    except (BaseError, ValueError) as error:
        raise UsageError(f"{address} is no address of an object store: {_first_line(error)}") from None


def _is_loopback(endpoint: str) -> bool:
    return endpoint.startswith(("http://127.0.0.1", "http://localhost", "http://[::1]"))


_SCRATCH = re.compile(r"\..+\.[0-9a-f]{8}")
_ABANDONED = 60.0
"""Seconds after which nobody writes to a scratch file any more; another run may be at work on younger ones."""


class Folder:
    """Made when first written to. Every file replaces its forerunner whole."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, path: str) -> bytes | None:
        try:
            return (self.root / path).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _trouble(self.root / path, "read", error) from None

    def write(self, path: str, content: bytes) -> None:
        place = self.root / path
        scratch = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            try:
                with scratch.open("xb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                scratch.replace(place)
            except BaseException:
                scratch.unlink(missing_ok=True)
                raise
            _sync(place.parent)
        except OSError as error:
            raise _trouble(place, "written", error) from None

    def remove(self, path: str) -> None:
        place = self.root / path
        try:
            place.unlink()
            _sync(place.parent)
        except FileNotFoundError:
            return
        except OSError as error:
            raise _trouble(place, "removed", error) from None
        if place.parent.name.endswith(".p"):
            # The folder of a tile's narrower widths goes with the last of them.
            with suppress(OSError):
                place.parent.rmdir()

    def names(self, folder: str) -> Iterator[str]:
        found = (Path(place, name) for place, _, names in os.walk(self.root / folder) for name in names)
        return iter(sorted(str(one.relative_to(self.root)) for one in found if not _SCRATCH.fullmatch(one.name)))

    def sweep(self) -> None:
        before = time.time() - _ABANDONED
        for folder, _, names in os.walk(self.root):
            for name in names:
                if _SCRATCH.fullmatch(name):
                    # Gone by itself meanwhile, or not ours to remove: either way it is in nobody's way.
                    with suppress(OSError):
                        left = Path(folder, name)
                        if left.stat().st_mtime < before:
                            left.unlink()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _trouble(place: Path, what: str, error: OSError) -> StoreError:
    return StoreError(f"{place} cannot be {what}: {error.strerror}")


class Bucket:
    """Objects carry the headers that a reader's cache needs: full tiles never change, the checkpoint always may."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def read(self, path: str) -> bytes | None:
        import obstore

        try:
            return bytes(obstore.get(self._store, path).bytes())
        except FileNotFoundError as error:
            if "NoSuchBucket" in str(error):  # answered with the same 404 as a file that is not there
                raise StoreError("there is no such bucket") from None
            return None
        except _errors() as error:
            raise StoreError(f"{path} cannot be read from the bucket: {_first_line(error)}") from None

    def write(self, path: str, content: bytes) -> None:
        import obstore

        changing = path == CHECKPOINT
        headers: dict[Any, str] = {
            "Content-Type": _TEXT if changing else _BINARY,
            "Cache-Control": "no-cache" if changing else _A_MINUTE if ".p/" in path else _FOREVER,
        }
        try:
            obstore.put(self._store, path, content, attributes=headers)
        except _errors() as error:
            raise StoreError(f"{path} cannot be written to the bucket: {_first_line(error)}") from None

    def names(self, folder: str) -> Iterator[str]:
        import obstore

        try:
            found = [one["path"] for portion in obstore.list(self._store, prefix=folder) for one in portion]
        except _errors() as error:
            raise StoreError(f"the bucket cannot be listed: {_first_line(error)}") from None
        return iter(sorted(found))

    def sweep(self) -> None:
        """An object is there whole or not at all."""

    def remove(self, path: str) -> None:
        import obstore

        try:
            obstore.delete(self._store, path)
        except FileNotFoundError:
            return
        except _errors() as error:
            raise StoreError(f"{path} cannot be removed from the bucket: {_first_line(error)}") from None


def _errors() -> tuple[type[Exception], ...]:
    from obstore.exceptions import BaseError

    return (BaseError, OSError, ValueError)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:300]
