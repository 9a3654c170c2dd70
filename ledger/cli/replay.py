"""`verify --log`: the whole log behind a bundle, read again. Inclusion is in the bundle; only this shows what it leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.client import Client
from ledger.core.bundles import difference
from ledger.core.canonical import parse_json
from ledger.core.corroboration import corroborate
from ledger.core.encoding import parse_base64
from ledger.core.merkle import leaf_hash, root_of
from ledger.core.note import parse_note
from ledger.core.records import read_entry
from ledger.core.tiles import entries_path, parse_entries
from ledger.errors import OnRecordError, VerificationError
from schemas.bundle import BundleStatement, Predicate, Step, Verification

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_TILE = 256


def replay(bundle: bytes, found: Verification, url: str, trust: Sequence[str]) -> Verification:
    """The verification with two more steps: the log is the one that was signed; the bundle leaves out nothing that counts."""
    number = len(found.steps) + 1
    try:
        predicate = _predicate(bundle)
        entries = _entries(url, predicate, trust)
        same = Step(number=number, name="log", result="ok", detail=f"{len(entries)} entries have the root of the checkpoint")
        complete = _completeness(number + 1, predicate, entries)
    except VerificationError as error:
        failed = Step(number=number, name="log", result="failed", detail=error.message)
        return found.model_copy(update={"steps": [*found.steps, failed], "result": "failed"})
    except OnRecordError as error:
        missing = Step(number=number, name="log", result="not_checked", detail=error.message)
        return found.model_copy(update={"steps": [*found.steps, missing], "result": "unverifiable"})
    result = "ok" if complete.result == "ok" else "failed"
    return found.model_copy(update={"steps": [*found.steps, same, complete], "result": result})


def _predicate(bundle: bytes) -> Predicate:
    envelope = parse_json(bundle, max_bytes=len(bundle))
    return BundleStatement.model_validate_json(parse_base64(envelope["payload"], what="payload")).predicate


def _entries(url: str, predicate: Predicate, trust: Sequence[str]) -> list[bytes]:
    """Every entry of the log up to the bundle's checkpoint, whose root they give."""
    from ledger.core.checkpoint import parse_checkpoint

    signed = parse_checkpoint(parse_note(predicate.checkpoint.encode()).text)
    client = Client(url, trust=[key for key in trust if not key.startswith("did:key:")])
    try:
        if client.checkpoint().origin != signed.origin:
            raise VerificationError(f"{url} is another ledger than {signed.origin}", step="log")
        entries = [entry for tile in _tiles(client, signed.size) for entry in tile]
    finally:
        client.close()
    if len(entries) != signed.size or root_of([leaf_hash(entry) for entry in entries]) != signed.root:
        raise VerificationError("the log's entries do not give the root of the bundle's checkpoint", step="log")
    return entries


def _tiles(client: Client, size: int) -> Iterator[list[bytes]]:
    for index in range((size + _TILE - 1) // _TILE):
        wanted = min(_TILE, size - index * _TILE)
        yield parse_entries(client.tile(entries_path(index, wanted)))


def _completeness(number: int, predicate: Predicate, entries: Sequence[bytes]) -> Step:
    """The report from the whole log is the report from the bundle: what is left out does not count."""
    logged = [read_entry(index, entry) for index, entry in enumerate(entries)]
    asked = predicate.asked
    whole = corroborate(
        asked.claim,
        logged,
        as_of=predicate.report.as_of,
        until=asked.until,
        clock=asked.clock,
        without=asked.without,
        policy=asked.policy,
        base_rate=asked.base_rate,
    )
    apart = difference(predicate.report.model_dump(mode="json"), whole.model_dump(mode="json"))
    if apart is None:
        held = len(predicate.entries)
        detail = f"{held} of {len(entries)} entries are in the bundle, and the rest does not change the report"
        return Step(number=number, name="completeness", result="ok", detail=detail)
    detail = f"with all that the log holds the report is another: {apart}"
    return Step(number=number, name="completeness", result="failed", detail=detail)
