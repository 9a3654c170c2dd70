"""A claim's bundle with what was seen of its documents: one zip file that a judge opens, and that `verify` checks by name."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ledger.core.canonical import canonical_bytes
from ledger.core.records import open_values, record_json, sealed_in
from ledger.core.verifying.entries import read_shown
from ledger.core.verifying.signed_file import SignedFile
from ledger.errors import NotFoundError
from ledger.evidence.page import FORMS, PICTURES, print_page
from ledger.evidence.stamped import of_checkpoint
from ledger.evidence.store import EvidenceStore, digest_of
from schemas.bundle import BundleStatement
from schemas.evidence import Manifest, Packed, ShownDocument
from schemas.records import DocumentRecord

BUNDLE, PAGE, MANIFEST = "claim.bundle.json", "index.html", "manifest.json"
# These words are in zips that were given out, and `verify` compares them: they stay as they are.
# decision 0040: what was seen would show what the record, or a quote from it, no longer shows.
SEALED = "sealed: a part of its record is sealed, so what was seen of it is left out"
CLOSED = "erased: words of its record, or of a quote from it, are no longer shown, so what was seen of it is left out"
NEVER_SEEN = "not captured: the evidence store has nothing of it"
NO_HASH = "recorded without a hash of what was seen"
# What a browser shows without running anything. A page is there as its text alone.
SHOWN = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp"}
_EARLIEST = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Inside:
    """What a bundle holds: its documents by their ids, its records with their texts opened, and how many are withheld."""

    statement: BundleStatement
    documents: Mapping[str, DocumentRecord]
    opened: Mapping[str, dict[str, Any]]
    withheld: int

    @property
    def claim(self) -> str:
        return self.statement.predicate.asked.claim

    def quotes(self, document: str) -> list[str]:
        quotes = (quote.get("exact") for quote in self._quoted(document))
        return list(dict.fromkeys(one for one in quotes if isinstance(one, str)))

    def named(self, document: str) -> dict[str, Any]:
        """The document's record with its publisher's name as it was recorded last, where it has one to show."""
        record = self.opened[document]
        sources = [one for one in self.opened.values() if one["kind"] == "source" and one["id"] == record.get("publisher")]
        names = {lang: name for one in sources[-1:] for lang, name in one["names"].items() if isinstance(name, str)}
        if not names:
            return record
        return record | {"publisher": f"{names.get('en') or next(iter(names.values()))} ({record['publisher']})"}

    def closed(self, document: str) -> bool:
        """Whether something of its record, or of a quote from it, is sealed and has no opening: what was seen would show it."""
        return any(map(_still_sealed, (self.opened[document], *self._quoted(document))))

    def _quoted(self, document: str) -> Iterator[dict[str, Any]]:
        for one in self.opened.values():
            if one["kind"] == "statement" and one.get("document") == document:
                yield one.get("quote") or {}


def _still_sealed(value: object) -> bool:
    if isinstance(value, Mapping):
        return value.keys() == {"sealed"} or any(map(_still_sealed, value.values()))
    return isinstance(value, list) and any(map(_still_sealed, value))


def inside(bundle: bytes) -> Inside:
    """Read, not verified."""
    statement = SignedFile(bundle).statement(BundleStatement, "bundle")
    entries = statement.predicate.entries
    shown = [logged for entry in entries if (logged := read_shown(entry)[1]) is not None]
    documents = {one.id: one.record for one in shown if isinstance(one.record, DocumentRecord)}
    words = {digest: opening.value for digest, opening in statement.predicate.openings.items()}
    opened = {one.id: open_values(record_json(one.record), words) for one in shown}
    return Inside(statement, documents, opened, len(entries) - len(shown))


def print_zip(bundle: bytes, store: EvidenceStore, stamps: Mapping[str, bytes] | None = None) -> bytes:
    """The zip file; `stamps` are time stamps of the bundle's checkpoint, by authority. The same bundle, evidence and stamps
    give the same bytes."""
    found = inside(bundle)
    stamped = of_checkpoint(found.statement.predicate.checkpoint, stamps or {})
    files: dict[str, bytes] = {BUNDLE: bundle, **stamped}
    documents = [_pack(store, id, record, files, why_nothing(found, id)) for id, record in sorted(found.documents.items())]
    files[PAGE] = page_of(found, documents, sorted(stamped), FORMS[-1])
    manifest = Manifest(
        onrecord_evidence=1,
        claim=found.claim,
        files={path: Packed(sha256=digest_of(content), bytes=len(content)) for path, content in sorted(files.items())},
        documents=documents,
        withheld=found.withheld,
        page=FORMS[-1],
    )
    files[MANIFEST] = canonical_bytes(manifest.model_dump(mode="json", exclude_none=True))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for path, content in sorted(files.items()):
            entry = zipfile.ZipInfo(path, _EARLIEST)
            packed = path.endswith((".gz", ".png", ".jpg", ".gif", ".webp"))
            entry.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            made.writestr(entry, content)
    return out.getvalue()


def page_of(found: Inside, documents: Sequence[ShownDocument], stamps: Sequence[str], form: int) -> bytes:
    """The page of these documents of a bundle; `stamps` are the files of its checkpoint's time stamps. UnverifiableError where
    this version does not write that form."""
    told = [(one, found.named(one.document), found.quotes(one.document)) for one in documents]
    place = (found.statement.predicate.origin, found.statement.predicate.report.as_of.size)
    return print_page(found.opened.get(found.claim, {}), place, told, found.withheld, stamps, form)


def left_out(content: bytes) -> list[str]:
    """What the zip says that it leaves out, a line each."""
    with zipfile.ZipFile(io.BytesIO(content)) as made:
        manifest = Manifest.model_validate_json(made.read(MANIFEST))
    told = [f"left out of {one.document[:19]}: {one.left_out}" for one in manifest.documents if one.left_out is not None]
    return [*told, withheld(manifest.withheld)] if manifest.withheld else told


def withheld(count: int) -> str:
    """That so many entries are not shown, at least one."""
    one, other = "1 entry is withheld: what was seen of it", f"{count} entries are withheld: what was seen of them"
    return f"{one if count == 1 else other} is left out"


def why_nothing(found: Inside, id: str) -> str | None:
    """Why nothing of the document may be in the zip, or can be, as the bundle has it."""
    record = found.documents[id]
    if found.closed(id):
        return CLOSED
    if any(sealed_in(record)):
        return SEALED
    return NO_HASH if record.sha256 is None else None


def print_text(text: str) -> bytes:
    """The text that was read out of something seen, as a file."""
    return b"\xef\xbb\xbf" + text.replace("\f", "\n\n").encode("utf-8", "replace")


def _pack(store: EvidenceStore, id: str, record: DocumentRecord, files: dict[str, bytes], why: str | None) -> ShownDocument:
    """The document with the paths of what is there of it; what is not there says why."""
    if why is not None or record.sha256 is None:
        return ShownDocument(document=id, left_out=why)
    kept = store.kept(record.sha256)
    if kept is None:
        return ShownDocument(document=id, sha256=record.sha256, left_out=NEVER_SEEN)
    paths = []
    for capture in kept.captures:
        path = f"warc/{capture.warc.removeprefix('sha256:')}.warc.gz"
        files[path] = store.warc(capture.warc)
        paths.append(path)
        for name, token in store.tokens(capture.warc):
            files[f"tokens/{name}"] = token
            paths.append(f"tokens/{name}")
        if capture.picture is not None:
            drawn = f"{PICTURES}{capture.picture.sha256.removeprefix('sha256:')}.png"
            files[drawn] = store.picture(capture.picture.sha256)
            paths.append(drawn)
    shown = dict(_shown(store, record.sha256, kept.media_type))
    files |= shown
    return ShownDocument(
        document=id, sha256=record.sha256, media_type=kept.media_type, files=[*dict.fromkeys([*paths, *shown])]
    )


def _shown(store: EvidenceStore, sha256: str, media_type: str) -> Iterator[tuple[str, bytes]]:
    digits = sha256.removeprefix("sha256:")
    text = store.text(sha256)
    if text:
        yield f"seen/{digits}.txt", print_text(text)
    if media_type in SHOWN:
        try:
            yield f"seen/{digits}.{SHOWN[media_type]}", store.content(sha256)
        except NotFoundError:
            return
