"""Check a zip of evidence: nothing is trusted because it is inside. After the steps of its bundle (docs/format.md §14):

1. files: the zip holds what its manifest lists and nothing else, each with its bytes and its hash
2. documents: the manifest speaks of every document that the verified bundle shows, and of no other, with the reason that the
   bundle gives where nothing is there; every file is one of a document's, or one of the zip's own
3. captures: each document's captures are whole (their records have their digests), and what they hold has the signed hash
4. page: index.html, in the form that the list names, and the texts are what this program makes of the bundle and the captures.
   Nobody signed them: where they are others, a forger's or a later version's, they are not proven
5. pictures: nothing but their names and the words beside them on the page is checked; they were drawn by whoever captured
6. time stamps: each token is over the capture or the checkpoint that it is named after, by an authority that the reader named

The manifest is signed by nobody: what it says counts only where it follows from the bundle.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal

from pydantic import ValidationError

from ledger.core.stamps import Authority
from ledger.errors import FormatError, OnRecordError, TooLargeError, UnverifiableError, UsageError, VerificationError
from ledger.evidence.page import PICTURES
from ledger.evidence.seen import Seen, is_of, seen_in, text_of
from ledger.evidence.stamped import check_stamps, stamps_in
from ledger.evidence.store import digest_of
from ledger.evidence.zipping import (
    BUNDLE,
    CLOSED,
    MANIFEST,
    NEVER_SEEN,
    PAGE,
    SEALED,
    Inside,
    inside,
    page_of,
    print_text,
    why_nothing,
    withheld,
)
from schemas.bundle import Step, Verification
from schemas.evidence import Manifest, ShownDocument

MAX_ZIP_BYTES = 1 << 30
_MOST_FILES = 100_000
_MOST_TIMES_LARGER = 200
_SMALL = 1 << 20
"""A file up to so many bytes may be packed as well as it likes."""
_Result = Literal["ok", "failed", "not_checked"]
_WORD = (
    "where and when something was seen is the word of whoever captured it; "
    "a time stamp shows no more than that the capture was there by then"
)
_REST = "rest on the bundle and the captures; claim.bundle.json is also verified by itself"
NAMES = ("files", "documents", "captures", "page", "pictures", "time stamps")


def is_zip(content: bytes) -> bool:
    return content.startswith(b"PK\x03\x04")


def verify_zip(
    content: bytes,
    verify_bundle: Callable[[bytes], Verification],
    authorities: Sequence[Authority] = (),
    headers: Mapping[int, bytes] | None = None,
) -> Verification:
    """The bundle's steps, then those of the evidence; the result is the worst of them. Without authorities time stamps are not
    checked, which is said."""
    try:
        files = read_zip(content)
        bundle = files[BUNDLE]
    except FormatError as error:
        return _malformed(error.message)
    except KeyError:
        return _malformed(f"the zip holds no {BUNDLE}")
    found = verify_bundle(bundle)
    if found.result == "malformed":
        return found
    steps, checks = list(found.steps), _Checks(files, list(found.notes), authorities, headers or {})
    for name, outcome in _check(checks):
        number = steps[-1].number + 1 if steps else 1
        steps.append(Step(number=number, name=name, result=outcome[0], detail=outcome[1]))
    result = found.result
    if any(step.result == "failed" for step in steps):
        result = "failed"
    elif result == "ok" and checks.unverifiable:
        result = "unverifiable"
    return found.model_copy(update={"steps": steps, "notes": [*checks.notes, _WORD], "result": result})


def _check(checks: _Checks) -> Iterator[tuple[str, tuple[_Result, str]]]:
    """Each step with its result and detail; those after a failed one are not made."""
    made = (checks.files, checks.documents, checks.captures, checks.page, checks.pictures, checks.time_stamps)
    broken = False
    for name, step in zip(NAMES, made, strict=True):
        if broken:
            yield name, ("not_checked", "an earlier step failed")
            continue
        try:
            yield name, step()
        except UnverifiableError as error:
            checks.unverifiable = True
            yield name, ("not_checked", f"{error.message} ({error.hint})" if error.hint else error.message)
        except OnRecordError as error:
            broken = True
            yield name, ("failed", error.message)


class _Checks:
    def __init__(
        self, files: Mapping[str, bytes], notes: list[str], authorities: Sequence[Authority], headers: Mapping[int, bytes]
    ) -> None:
        self._files, self._authorities, self._headers = files, authorities, headers
        self.notes, self.unverifiable = notes, False
        self._manifest: Manifest
        self._inside: Inside
        self._seen: dict[str, Seen] = {}

    def files(self) -> tuple[_Result, str]:
        try:
            self._manifest = Manifest.model_validate_json(self._files.get(MANIFEST, b""))
        except ValidationError:
            raise FormatError(f"{MANIFEST} is not what lists the files of such a zip") from None
        listed, there = self._manifest.files, self._files.keys() - {MANIFEST}
        for path in sorted(listed.keys() - there):
            raise VerificationError(f"{path} is missing", step="files")
        for path in sorted(there - listed.keys()):
            raise VerificationError(f"{path} is in no list", step="files")
        for path in sorted(there):
            stated = listed[path]
            if len(self._files[path]) != stated.bytes or digest_of(self._files[path]) != stated.sha256:
                raise VerificationError(f"{path} is not what was packed: its bytes have another hash", step="files")
        return "ok", f"{len(listed)} files have the hashes of the list"

    def documents(self) -> tuple[_Result, str]:
        self._inside = inside(self._files[BUNDLE])
        shown = [one.document for one in self._manifest.documents]
        if shown != sorted(self._inside.documents):
            raise VerificationError("the list is not that of the bundle's documents", step="documents")
        if self._manifest.claim != self._inside.claim or self._manifest.withheld != self._inside.withheld:
            raise VerificationError("the list is of another claim, or of another number of withheld entries", step="documents")
        for one in self._manifest.documents:
            if one.left_out not in (SEALED, CLOSED) and one.sha256 != self._inside.documents[one.document].sha256:
                raise VerificationError(f"the list has another hash for {one.document}", step="documents")
            self._check_left_out(one)
        self._check_places()
        if self._inside.withheld:
            self.notes.append(withheld(self._inside.withheld))
        left = sum(one.left_out is not None for one in self._manifest.documents)
        return "ok", f"{len(shown)} documents, evidence of {len(shown) - left}"

    def _check_left_out(self, one: ShownDocument) -> None:
        """The bundle says of which documents nothing can be there. That one was never captured is the packer's word alone."""
        why, name = why_nothing(self._inside, one.document), one.document[:19]
        if one.left_out != why and (why is not None or one.left_out not in (None, NEVER_SEEN)):
            said = "that its captures are here" if one.left_out is None else f'"{one.left_out}"'
            raise VerificationError(f"of {name} the packer says: {said}; nothing in the bundle says so", step="documents")
        if one.left_out is not None and one.files:
            raise VerificationError(f"the list has files of {name}, of which it says that nothing is there", step="documents")
        if why is not None:
            self.notes.append(f"nothing was packed of {name}: {why}")
        elif one.left_out is not None:
            self.notes.append(
                f"captures are missing of {name}, whose record names what was seen by its hash; "
                f'the packer says: "{one.left_out}", which nothing proves'
            )

    def _check_places(self) -> None:
        own = {
            BUNDLE,
            PAGE,
            *(path for path in stamps_in(self._files) if self._manifest.page >= 2 or not path.endswith(".ots")),
        }
        for one in self._manifest.documents:
            for path in one.files:
                if path not in self._files or not is_of(path, one.sha256, one.files, self._manifest.page):
                    raise VerificationError(f"{path} is no file of {one.document[:19]}", step="documents")
            own |= set(one.files)
        for path in sorted(self._manifest.files.keys() - own):
            raise VerificationError(f"{path} is of no document of the bundle", step="documents")

    def captures(self) -> tuple[_Result, str]:
        paths: set[str] = set()
        for one in self._manifest.documents:
            if one.left_out is None:
                paths |= self._check_captures(one)
        count = len(paths)
        told = "1 capture is whole and holds" if count == 1 else f"{count} captures are whole and hold"
        return "ok", f"{told} what the signed records name"

    def page(self) -> tuple[_Result, str]:
        texts, unread = self._texts()
        form = self._manifest.page
        try:
            made = {PAGE: page_of(self._inside, self._manifest.documents, stamps_in(self._files), form)}
        except UnverifiableError as error:
            raise UnverifiableError(
                f"{PAGE} was not made again: {error.message}; so it is not proven", step="page", hint=_REST
            ) from None
        made |= texts
        there = {PAGE, *(path for path in self._files if path.startswith("seen/") and path.endswith(".txt"))} - unread
        other = [path for path in sorted(made.keys() | there) if self._files.get(path) != made.get(path)]
        if other:  # decision 0040: another version's are not the same either, so that it is no failure; ok it is not
            more = f" and {len(other) - 1} more" if len(other) > 1 else ""
            raise UnverifiableError(
                f"not proven: {other[0]}{more}: not as this version writes it, so made by whoever packed it, and it may say "
                "what the signed records and the captures do not",
                step="page",
                hint=_REST,
            )
        if unread:
            count = f"{len(unread)} text{'s' if len(unread) > 1 else ''}"
            return "not_checked", f"not proven: {count} in seen/: made by whoever packed it (onrecord[evidence] reads captures)"
        return "ok", f"{PAGE} says what the signed records say, texts: {len(texts)}, as the captures have them"

    def _texts(self) -> tuple[dict[str, bytes], set[str]]:
        """The texts as the captures have them, and those of the zip that cannot be read here."""
        made: dict[str, bytes] = {}
        unread: set[str] = set()
        for sha256, seen in self._seen.items():
            path = f"seen/{sha256.removeprefix('sha256:')}.txt"
            try:
                text = text_of(seen)
            except UsageError:  # what reads such files is not installed
                unread.add(path)
                continue
            if text:
                made[path] = print_text(text)
        return made, unread & self._files.keys()

    def pictures(self) -> tuple[_Result, str]:
        """decision 0041: they are told apart from what is proven, on the page and here, and make no zip unverifiable."""
        found = sorted(path for path in self._files if path.startswith(PICTURES))
        if not found:
            return "ok", "none are in it"
        for path in found:
            if not self._files[path].startswith(b"\x89PNG\r\n\x1a\n"):
                raise VerificationError(f"{path} is no picture", step="pictures")
        told = f"{len(found)} picture{'s' if len(found) > 1 else ''} of pages"
        return "not_checked", f"not proven: {told}, which prove nothing: drawn by whoever packed them, the page says so"

    def time_stamps(self) -> tuple[_Result, str]:
        found = check_stamps(self._files, self._inside.statement.predicate.checkpoint, self._authorities, self._headers)
        self.notes += [f"time stamp: {line}" for line in found.proofs]
        if found.unchecked:
            return "not_checked", f"{found.unchecked} time stamps are in it; no authorities are named (--authorities FILE)"
        self.notes += [f"time stamp: {line}" for line in found.said]
        if not found.said:
            return "ok", f"OpenTimestamps proofs: {len(found.proofs)}, as noted" if found.proofs else "none are in it"
        return "ok", f"{len(found.said)} by known authorities" + (
            f", OpenTimestamps proofs: {len(found.proofs)}" if found.proofs else ""
        )

    def _check_captures(self, one: ShownDocument) -> set[str]:
        assert one.sha256 is not None, "what has no hash is left out"
        paths = [path for path in one.files if path.startswith("warc/")]
        for path in paths:
            if digest_of(self._files[path]) != f"sha256:{path[5:69]}":
                raise VerificationError(f"{path} is not the file of its name", step="captures")
        found = seen_in({path: self._files[path] for path in paths}, one.sha256)
        if found is None:
            raise VerificationError(f"no capture of {one.document[:19]} holds what its record names", step="captures")
        if one.media_type not in found.media_types:
            raise VerificationError(f"{one.document[:19]} is not of the kind that the list says", step="captures")
        self._seen[one.sha256] = found.of(one.media_type)
        for path in one.files:
            own = path.startswith("seen/") and not path.endswith(".txt")
            if own and digest_of(self._files[path]) != one.sha256:
                raise VerificationError(f"{path} is not what the record names", step="captures")
            if path.startswith(PICTURES) and digest_of(self._files[path]) != f"sha256:{path[len(PICTURES) : -4]}":
                raise VerificationError(f"{path} is not the file of its name", step="captures")
        return set(paths)


def read_zip(content: bytes) -> dict[str, bytes]:
    """The files by their paths. FormatError for what is no such zip, TooLargeError for what unpacks to far more than it is."""
    if len(content) > MAX_ZIP_BYTES:
        raise TooLargeError(f"a zip of more than {MAX_ZIP_BYTES} bytes")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as made:
            entries = made.infolist()
            _check_entries(entries, len(content))
            return {entry.filename: _read(made, entry) for entry in entries}
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        NotImplementedError,
        EOFError,
        ValueError,
        RuntimeError,
        OSError,
    ) as error:
        raise FormatError(f"the zip cannot be read: {str(error)[:200]}") from None


def _check_entries(entries: list[zipfile.ZipInfo], size: int) -> None:
    if len(entries) > _MOST_FILES:
        raise TooLargeError(f"a zip of more than {_MOST_FILES} files")
    names = [entry.filename for entry in entries]
    if len(set(names)) != len(names):
        raise FormatError("the zip holds two files of one name")
    for entry in entries:
        parts = entry.filename.split("/")
        if entry.is_dir() or entry.flag_bits & 1 or entry.filename.startswith("/") or ".." in parts or "\\" in entry.filename:
            raise FormatError(f"the zip holds {entry.filename[:80]!r}, which no such zip does")
        if entry.file_size > max(_SMALL, entry.compress_size * _MOST_TIMES_LARGER):
            raise TooLargeError(f"{entry.filename[:80]!r} unpacks to more than {_MOST_TIMES_LARGER} times its size")
    if sum(entry.file_size for entry in entries) > MAX_ZIP_BYTES or sum(entry.compress_size for entry in entries) > size:
        raise TooLargeError(f"the zip unpacks to more than {MAX_ZIP_BYTES} bytes, or its files lie one over the other")


def _read(made: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """No more than it says of itself, whatever it is."""
    try:
        with made.open(entry) as file:
            found = file.read(entry.file_size + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise FormatError(f"{entry.filename[:200]} is damaged: {str(error)[:100]}") from None
    if len(found) != entry.file_size:
        raise FormatError(f"{entry.filename[:200]} is not of the size that it says")
    return found


def _malformed(why: str) -> Verification:
    return Verification(
        result="malformed", kind=None, claim=None, origin=None, size=None, time=None, headline=None, probability=None, notes=[],
        steps=[Step(number=1, name="form", result="failed", detail=why)],
    )  # fmt: skip
