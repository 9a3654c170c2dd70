"""What a witness's answer means to the log that asked it (C2SP tlog-witness)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ledger.core.encoding import parse_utf8
from ledger.core.note import parse_note, parse_signature_lines
from ledger.core.quorum import Policy, quorum_met
from ledger.core.vkey import NoteSignature, VerifierKey, check_text
from ledger.core.witnessing import SIZE_TYPE, Verdict, WitnessRequest, parse_size
from ledger.errors import UnverifiableError


@dataclass(frozen=True)
class CosignedBy:
    """A witness's signature that holds, and the time it names."""

    key: VerifierKey
    time: int
    signature: NoteSignature


@dataclass(frozen=True)
class Told:
    """One of three: it signed; it signed another size last, so that it is to be asked from there; or it objects, since it
    remembers another history than ours. The last is no trouble on the way: it is what witnesses are for."""

    signed: tuple[CosignedBy, ...] = ()
    size: int | None = None
    objection: str | None = None


def read_answer(request: WitnessRequest, status: int, media_type: str, body: bytes, keys: Sequence[VerifierKey]) -> Told:
    """FormatError, VerificationError or UnverifiableError for an answer that says nothing that could be used."""
    ours = request.checkpoint.size
    if status == Verdict.COSIGNED:
        return Told(signed=_signatures(request, body, keys))
    if status == Verdict.OTHER_SIZE and media_type == SIZE_TYPE:
        size = parse_size(body)
        if size > ours:
            return Told(size=size, objection=f"it signed a tree of {size} entries, ours has {ours}")
        if size == request.old:
            raise UnverifiableError(f"it was asked from its own size {size}, and says that this is another", step="witness")
        return Told(size=size)
    if status == Verdict.OTHER_SIZE:
        # Without the type it is no size: so an older draft says that the same size has another root.
        return Told(objection=f"it signed another tree of {request.old} entries")
    if status == Verdict.CONTRADICTS:
        return Told(objection=f"the tree of {request.old} entries that it signed is not how our {ours} entries begin")
    raise UnverifiableError(f"answered {status}", step="witness")


def _signatures(request: WitnessRequest, body: bytes, keys: Sequence[VerifierKey]) -> tuple[CosignedBy, ...]:
    """Those by the keys that are expected there; one of these that does not hold spoils the answer."""
    text = parse_note(request.note).text
    known = {(key.name, key.key_id): key for key in keys}
    signed = []
    for line in parse_signature_lines(parse_utf8(body, what="a witness's answer")):
        key = known.get((line.name, line.key_id))
        if key is not None:
            time = check_text(key, text, line.signature)
            assert time is not None, "keys of witnesses are of the timed kinds"
            signed.append(CosignedBy(key, time, line))
    if not signed:
        raise UnverifiableError("it signed with other keys than the policy names", step="witness")
    return tuple(signed)


def key_of(key: VerifierKey | NoteSignature) -> str:
    """How a key is told from others under which signatures are kept."""
    return f"{key.name}+{key.key_id.hex()}"


def is_witnessed(policy: Policy, lines: Iterable[str]) -> bool:
    """Whether these signature lines, each of which was checked before it was kept, are enough for the policy. A policy that
    asks for nobody is met by nobody: what nobody signed is not witnessed."""
    signed = {key_of(parse_signature_lines(line)[0]) for line in lines}
    names = {witness.name for witness in policy.witnesses if key_of(witness.key) in signed}
    return bool(names) and quorum_met(policy, names)
