"""`verify --log`: the whole log behind a file, read again. It gives a score's records, and shows what a bundle leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.client import Client
from ledger.core.canonical import parse_json
from ledger.core.checkpoint import parse_checkpoint
from ledger.core.encoding import parse_base64
from ledger.core.note import parse_note
from ledger.core.tiles import entries_path, parse_entries
from ledger.core.verifying.behind import Records, of_log, read_whole
from ledger.core.verifying.bundle import INCOMPLETE
from ledger.core.verifying.recomputing import check_report
from ledger.errors import OnRecordError, UnverifiableError, VerificationError
from schemas.bundle import BundleStatement, Predicate, Step, Verification

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ledger.core.checkpoint import Checkpoint
    from ledger.core.evidence import Logged

_TILE = 256


def log_at(url: str, trust: Sequence[str]) -> Records:
    """The records of the log there, up to whichever checkpoint they are wanted for."""
    return of_log(lambda checkpoint: _entries(url, checkpoint, trust))


def replay(bundle: bytes, found: Verification, url: str, trust: Sequence[str]) -> Verification:
    """The verification with two more steps: the log is the one that was signed; the bundle leaves out nothing that counts."""
    number = len(found.steps) + 1
    try:
        predicate = _predicate(bundle)
        checkpoint = parse_checkpoint(parse_note(predicate.checkpoint.encode()).text)
        logged = read_whole(_entries(url, checkpoint, trust), predicate, checkpoint)
        same = Step(number=number, name="log", result="ok", detail=f"{len(logged)} entries have the root of the checkpoint")
        complete = _completeness(number + 1, predicate, logged)
    except VerificationError as error:
        failed = Step(number=number, name="log", result="failed", detail=error.message)
        return found.model_copy(update={"steps": [*found.steps, failed], "result": "failed"})
    except OnRecordError as error:
        missing = Step(number=number, name="log", result="not_checked", detail=error.message)
        return found.model_copy(update={"steps": [*found.steps, missing], "result": "unverifiable"})
    steps, notes = [*found.steps, same, complete], [note for note in found.notes if note != INCOMPLETE]
    result = "ok" if complete.result == "ok" else "failed"
    return found.model_copy(update={"steps": steps, "notes": notes, "result": result})


def _predicate(bundle: bytes) -> Predicate:
    envelope = parse_json(bundle, max_bytes=len(bundle))
    return BundleStatement.model_validate_json(parse_base64(envelope["payload"], what="payload")).predicate


def _entries(url: str, checkpoint: Checkpoint, trust: Sequence[str]) -> list[bytes]:
    """Every entry of the log there up to the checkpoint."""
    client = Client(url, trust=[key for key in trust if not key.startswith("did:key:")])
    try:
        if client.checkpoint().origin != checkpoint.origin:
            raise UnverifiableError(f"{url} is another ledger than {checkpoint.origin}", step="log")
        return [entry for tile in _tiles(client, checkpoint.size) for entry in tile]
    finally:
        client.close()


def _tiles(client: Client, size: int) -> Iterator[list[bytes]]:
    for index in range((size + _TILE - 1) // _TILE):
        wanted = min(_TILE, size - index * _TILE)
        yield parse_entries(client.tile(entries_path(index, wanted)))


def _completeness(number: int, predicate: Predicate, logged: Sequence[Logged]) -> Step:
    """The report from the whole log is the report from the bundle: what is left out does not count."""
    try:
        check_report(predicate.asked, predicate.report, logged)
    except VerificationError as error:
        detail = f"with all that the log holds the report is another: {error.message}"
        return Step(number=number, name="completeness", result="failed", detail=detail)
    detail = f"{len(predicate.entries)} of {len(logged)} entries are in the bundle, and the rest does not change the report"
    return Step(number=number, name="completeness", result="ok", detail=detail)
