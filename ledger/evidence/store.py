"""Where evidence is kept: files under their own hashes, in a folder or a bucket.

`warc/<2 hex>/<64 hex>.warc.gz` are captures, named by the hash of the file; `of/<2 hex>/<64 hex>.json` says of a content, named
by its hash, in which captures it is; `pictures/<2 hex>/<64 hex>.png` were drawn from captures, and prove nothing. A file is
there whole or not at all, and is written before anything names it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pydantic import ValidationError

from ledger.core.warcs import WarcRecord, held, read_warc
from ledger.errors import CorruptError, NotFoundError, StoreError, TooLargeError, UsageError
from ledger.keys import ledger_path
from ledger.publishing.places import Folder, Place, place_at
from schemas.evidence import MAX_CAPTURES, Capture, Kept, Picture

WARC_END = ".warc.gz"
_OF = re.compile(r"of/[0-9a-f]{2}/([0-9a-f]{64})\.json")


def evidence_place(ledger: str, named: str | None) -> str:
    """Where the evidence of a ledger is: as told, else ONRECORD_EVIDENCE, else `<ledger>.evidence` beside the file."""
    given = named or os.environ.get("ONRECORD_EVIDENCE")
    if given:
        return given
    path = ledger_path(ledger)
    if path is None:
        raise UsageError(
            "evidence of a ledger that is no file needs a place", hint="name a folder or s3://BUCKET/PATH with --evidence"
        )
    return str(path.with_name(path.name + ".evidence"))


class EvidenceStore:
    """Threads and processes may share one in a folder. In a bucket, one process at a time writes."""

    def __init__(self, place: Place) -> None:
        self._place = place

    @classmethod
    def at(cls, target: str) -> EvidenceStore:
        return cls(place_at(target))

    def kept(self, sha256: str) -> Kept | None:
        """What is known of a content, or None where it was never seen."""
        found = self._place.read(_of(sha256))
        if found is None:
            return None
        try:
            return Kept.model_validate_json(found)
        except ValidationError:
            raise CorruptError(f"{_of(sha256)} in the evidence store is not what was written there") from None

    def everything(self) -> Iterator[Kept]:
        """All that was ever seen, in the order of the hashes."""
        for name in self._place.names("of"):
            found = _OF.fullmatch(name)
            kept = self.kept("sha256:" + found[1]) if found else None
            if kept is not None:
                yield kept

    def warc(self, digest: str) -> bytes:
        """The WARC file of that hash. CorruptError where its bytes have another."""
        content = self._place.read(warc_path(digest))
        if content is None:
            raise NotFoundError(f"no capture {digest} in the evidence store")
        if digest_of(content) != digest:
            raise CorruptError(f"{warc_path(digest)} in the evidence store has changed: its bytes are not those of its name")
        return content

    def records(self, digest: str) -> list[WarcRecord]:
        return read_warc(self.warc(digest))

    def content(self, sha256: str) -> bytes:
        """The content of that hash, out of the capture that holds it."""
        for record in self._holding(sha256):
            if record.type in ("response", "resource"):
                content = held(record)
                if digest_of(content) == sha256:
                    return content
        raise NotFoundError(f"no content {sha256} in the evidence store")

    def text(self, sha256: str) -> str | None:
        """The words of the content as they were found when it was captured, pages parted by form feeds; None if none were."""
        for record in self._holding(sha256):
            if record.type == "conversion" and record.headers.get("onrecord-content") == sha256:
                return record.block.decode("utf-8", "replace")
        return None

    def tokens(self, warc: str) -> Iterator[tuple[str, bytes]]:
        """What attests the time of a capture: the files that `onrecord timestamp file` puts beside it."""
        path = warc_path(warc)
        for name in self._place.names(path.rpartition("/")[0]):
            if (
                name.startswith(f"{path}.")
                and name.endswith((".tsr", ".ots"))
                and (content := self._place.read(name)) is not None
            ):
                yield name.rpartition("/")[2], content

    def keep(self, sha256: str, media_type: str, size: int, warc: bytes, capture: Capture) -> Kept:
        """The capture is kept, and known by its content."""
        with self._alone():
            known = self.kept(sha256)
            if known is not None and capture in known.captures:
                return known
            if known is not None and len(known.captures) >= MAX_CAPTURES:
                raise TooLargeError(f"{sha256} was captured {MAX_CAPTURES} times already")
            self._place.write(warc_path(capture.warc), warc)
            whole = (
                Kept(sha256=sha256, media_type=media_type, bytes=size, captures=(capture,))
                if known is None
                else known.model_copy(update={"captures": (*known.captures, capture)})
            )
            try:
                self._write(whole)
            except StoreError:
                # What nothing names is no evidence: half of it is none of it.
                with suppress(StoreError):
                    self._place.remove(warc_path(capture.warc))
                raise
            return whole

    def add_picture(self, sha256: str, warc: str, picture: Picture, content: bytes) -> Kept:
        """The picture is kept, and named at the capture that it was drawn from."""
        with self._alone():
            known = self.kept(sha256)
            if known is None or not any(one.warc == warc for one in known.captures):
                raise NotFoundError(f"no capture {warc} in the evidence store")
            self._place.write(_picture_path(picture.sha256), content)
            with_it = (one.model_copy(update={"picture": picture}) if one.warc == warc else one for one in known.captures)
            whole = known.model_copy(update={"captures": tuple(with_it)})
            self._write(whole)
            return whole

    def picture(self, digest: str) -> bytes:
        """The PNG file of that hash. CorruptError where its bytes have another."""
        content = self._place.read(_picture_path(digest))
        if content is None:
            raise NotFoundError(f"no picture {digest} in the evidence store")
        if digest_of(content) != digest:
            raise CorruptError(
                f"{_picture_path(digest)} in the evidence store has changed: its bytes are not those of its name"
            )
        return content

    def attach(self, sha256: str, document: str) -> None:
        """The content is known as that of this document on record."""
        with self._alone():
            known = self.kept(sha256)
            if known is not None and document not in known.documents:
                self._write(known.model_copy(update={"documents": (*known.documents, document)}))

    def _holding(self, sha256: str) -> Iterator[WarcRecord]:
        known = self.kept(sha256)
        for capture in known.captures if known else ():
            if capture.kind != "revisit":
                yield from self.records(capture.warc)

    def _write(self, kept: Kept) -> None:
        self._place.write(_of(kept.sha256), kept.model_dump_json(exclude_none=True).encode())

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """No other process changes what is known meanwhile; nobody but its owner reads the folder."""
        if not isinstance(self._place, Folder):
            yield
            return
        root: Path = self._place.root
        try:
            root.mkdir(parents=True, mode=0o700, exist_ok=True)
            handle = os.open(root / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreError(f"{root} cannot be written: {error.strerror}") from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            with suppress(OSError):
                os.close(handle)


def digest_of(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def warc_path(digest: str) -> str:
    digits = digest.removeprefix("sha256:")
    return f"warc/{digits[:2]}/{digits}{WARC_END}"


def _picture_path(digest: str) -> str:
    digits = digest.removeprefix("sha256:")
    return f"pictures/{digits[:2]}/{digits}.png"


def _of(sha256: str) -> str:
    digits = sha256.removeprefix("sha256:")
    return f"of/{digits[:2]}/{digits}.json"
