"""What is kept of witnesses' signatures is what they signed, as far as their keys are known."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.core.answering import key_of
from ledger.core.checkpoint import Checkpoint, print_checkpoint
from ledger.core.encoding import parse_utf8
from ledger.core.note import parse_signature_lines
from ledger.core.vkey import NoteSignature, check_text
from ledger.errors import FormatError, OnRecordError
from ledger.service.panel import Panel
from ledger.store.protocol import KeptCosignature, Snapshot
from schemas.health import Fault

_PAGE = 1_000
MOST_FAULTS = 100


def cosignature_faults(snapshot: Snapshot, panel: Panel | None) -> list[Fault]:
    """Each kept line is one signature by the key and of the time that stand beside it, and it holds, where the policy names
    the key. Without a policy only the form can be looked at."""
    keys = {key_of(key): key for key in panel.policy.witness_keys} if panel else {}
    faults: list[Fault] = []
    for kept in _all(snapshot):
        where = f"cosignature of checkpoint {kept.seq} by {kept.signed.key[:80]}"
        try:
            line = _one_line(kept)
            key = keys.get(kept.signed.key)
            if key is not None:
                check_text(key, print_checkpoint(Checkpoint(snapshot.identity.origin, kept.size, kept.root)), line.signature)
        except OnRecordError as error:
            faults.append(Fault(where=where, found=error.message, wanted="what that witness signed"))
        if len(faults) == MOST_FAULTS:
            break
    return faults


def _one_line(kept: KeptCosignature) -> NoteSignature:
    (line,) = parse_signature_lines(parse_utf8(kept.signed.line, what="a signature line"))[:1]
    if kept.signed.line.count(b"\n") != 1 or key_of(line) != kept.signed.key:
        raise FormatError(f"a line by {key_of(line)[:80]}")
    if int.from_bytes(line.signature[:8], "big") != kept.signed.time:
        raise FormatError(f"a signature of another time than {kept.signed.time}")
    return line


def _all(snapshot: Snapshot) -> Iterator[KeptCosignature]:
    after: tuple[int, str] = (-1, "")
    while page := snapshot.kept_cosignatures(after, _PAGE):
        yield from page
        after = (page[-1].seq, page[-1].signed.key)
