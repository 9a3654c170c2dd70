"""OpenTimestamps calendars asked: for a promise about a SHA-256, and later for the block of Bitcoin that keeps it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ledger import logs
from ledger.core.ots import (
    MAX_PROOF_BYTES,
    Told,
    blinded,
    check_proof,
    completed,
    joined,
    parse_answer,
    parse_calendars,
    parse_proof,
    print_proof,
)
from ledger.errors import FormatError, NotFoundError, OnRecordError, StoreError
from ledger.net.guarded import Answer, Resolve, check_url, request
from ledger.service.stamping import Stamped, Tokens, guard_for

_HEADERS = {"accept": "application/vnd.opentimestamps.v1"}
END = "ots"


@dataclass(frozen=True)
class Calendar:
    """A name of our own for it, and where it is asked: nowhere else, whatever address a proof names."""

    name: str
    url: str


def read_calendars(file: Path) -> list[Calendar]:
    """The calendars of a file of lines `calendar NAME URL`."""
    try:
        return [
            Calendar(name, check_url(url.rstrip("/"), guard_for(url))) for name, url in parse_calendars(file.read_text("utf-8"))
        ]
    except FileNotFoundError:
        raise NotFoundError(f"no file {file}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise FormatError(f"{file} cannot be read: {type(error).__name__}") from None


def promised(one: Calendar, digest: bytes, resolve: Resolve | None = None) -> tuple[bytes, Told]:
    """A new proof over a SHA-256, which the calendar does not get to see."""
    steps, message = blinded(digest, secrets.token_bytes(16))
    answer = _asked(one, "POST", "digest", message, resolve)
    if answer.status != 200:
        raise StoreError(f"{one.name} answers {answer.status}, and promises nothing")
    proof = print_proof(joined(digest, steps, parse_answer(answer.body, message)))
    return proof, check_proof(proof, digest, {})


def completed_by(one: Calendar, content: bytes, resolve: Resolve | None = None) -> bytes | None:
    """The proof with the block that keeps a promise of it; None as long as there is none."""
    proof = parse_proof(content)
    for promise in proof.attested:
        if promise.calendar is None:
            continue
        answer = _asked(one, "GET", f"timestamp/{promise.message.hex()}", b"", resolve)
        if answer.status == 404:
            continue
        if answer.status != 200:
            raise StoreError(f"{one.name} answers {answer.status} about what it promised")
        whole = completed(proof, promise, parse_answer(answer.body, promise.message))
        if whole is not None:
            return print_proof(whole)
    return None


def stamp(tokens: Tokens, text: bytes, calendars: Sequence[Calendar]) -> list[Stamped]:
    """What each calendar says of this checkpoint: asked where no good proof of it is kept, and asked again for a promise's
    block. One that fails stops no other."""
    return [_stamped(tokens, text, one) for one in calendars]


def complete_all(tokens: Tokens, calendars: Sequence[Calendar]) -> list[OnRecordError]:
    """Promises about earlier checkpoints that are kept meanwhile are kept with their blocks; what went wrong comes back."""
    by_name = {one.name: one for one in calendars}
    troubles: list[OnRecordError] = []
    for kept in tokens.all():
        if kept.path.suffix != f".{END}" or kept.authority not in by_name:
            continue
        try:
            if check_proof(kept.token, hashlib.sha256(kept.text.read_bytes()).digest(), {}).height is None:
                whole = completed_by(by_name[kept.authority], kept.token)
                if whole is not None:
                    tokens.keep(kept.text.read_bytes(), kept.authority, whole, END)
        except OnRecordError as error:
            troubles.append(error)
    return troubles


def _stamped(tokens: Tokens, text: bytes, one: Calendar) -> Stamped:
    digest = hashlib.sha256(text).digest()
    try:
        for kept in tokens.over(text):
            if kept.authority == one.name and kept.path.suffix == f".{END}":
                return Stamped(one.name, check_proof(kept.token, digest, {}), kept.path, None, new=False)
        proof, said = promised(one, digest)
        made = tokens.keep(text, one.name, proof, END)
    except OnRecordError as error:
        logs.trouble("not_stamped", authority=one.name, error=type(error).__name__)
        return Stamped(one.name, None, None, error, new=True)
    logs.fact("stamped", authority=one.name, time="promised")
    return Stamped(one.name, said, made.path, None, new=True)


def _asked(one: Calendar, method: str, path: str, content: bytes, resolve: Resolve | None) -> Answer:
    url = f"{one.url}/{path}"
    answer = request(method, url, guard=guard_for(one.url), headers=_HEADERS, content=content, resolve=resolve)
    if len(answer.body) > MAX_PROOF_BYTES:
        raise StoreError(f"{one.name} answers more than {MAX_PROOF_BYTES} bytes")
    return answer
