"""What it takes to make a file that the ledger issued wrong in one way, and to sign it as if nothing were."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.core.canonical import canonical_bytes
from ledger.core.didkey import did_key_of
from ledger.core.dsse import RECORD_TYPE, sign_envelope
from schemas.bundle import BUNDLE_TYPE
from tests.service.written import KEYS, STRANGER

Statement = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """`change` edits the statement, which is signed again, or gives other bytes. `step` is where it has to be found."""

    step: int
    result: str
    change: Callable[[Statement], bytes | None]

    def of(self, good: bytes) -> bytes:
        """The good file with this fault, signed as if nothing were wrong."""
        statement = statement_of(good)
        other = self.change(statement)
        return signed(statement) if other is None else other


def statement_of(file: bytes) -> Statement:
    statement: Statement = json.loads(base64.b64decode(json.loads(file)["payload"]))
    return statement


def signed(statement: Statement, key: Ed25519PrivateKey = KEYS.issuer) -> bytes:
    return sign_envelope(canonical_bytes(statement), BUNDLE_TYPE, [key], max_bytes=1 << 24)


def entries_of(statement: Statement) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = statement["predicate"]["entries"]
    return entries


def record_in(entry: dict[str, Any]) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(base64.b64decode(entry["envelope"]["payload"]))
    return record


def without(statement: Statement, kind: str, **members: Any) -> None:
    """Leave out the entries of this kind that have these members."""

    def hit(entry: dict[str, Any]) -> bool:
        record = record_in(entry)
        return record["kind"] == kind and all(record.get(name) == value for name, value in members.items())

    kept = [entry for entry in entries_of(statement) if not hit(entry)]
    assert len(kept) < len(entries_of(statement)), "the fault has nothing to leave out"
    statement["predicate"]["entries"] = kept


def put(*path: str | int, value: Any) -> Callable[[Statement], None]:
    def change(statement: Statement) -> None:
        here: Any = statement
        for step in path[:-1]:
            here = here[step]
        assert here[path[-1]] != value
        here[path[-1]] = value

    return change


def at_entry(place: int, **members: Any) -> Callable[[Statement], None]:
    return lambda statement: entries_of(statement)[place].update(members)


def as_bytes(make: Callable[[bytes], bytes]) -> Callable[[Statement], bytes]:
    return lambda statement: make(signed(statement))


def envelope(**members: Any) -> Callable[[Statement], bytes]:
    return as_bytes(lambda data: canonical_bytes(json.loads(data) | members))


def two_signatures(statement: Statement) -> bytes:
    keys = [KEYS.issuer, STRANGER.private_key]
    return sign_envelope(canonical_bytes(statement), BUNDLE_TYPE, keys, max_bytes=1 << 24)


def loose_payload(statement: Statement) -> bytes:
    return sign_envelope(json.dumps(statement).encode(), BUNDLE_TYPE, [KEYS.issuer], max_bytes=1 << 24)


def other_payload(statement: Statement) -> bytes:
    kept = json.loads(signed(statement))["signatures"]
    statement["predicate"]["report"]["probability"] = 0.99
    return canonical_bytes(json.loads(signed(statement)) | {"signatures": kept})


def by_stranger(statement: Statement) -> bytes:
    return signed(statement, STRANGER.private_key)


def stranger_as_issuer(statement: Statement) -> bytes:
    statement["predicate"]["issuer"] = did_key_of(STRANGER.private_key)
    return signed(statement, STRANGER.private_key)


def broken_note(statement: Statement) -> None:
    head, _, last = statement["predicate"]["checkpoint"].rpartition(" ")
    raw = bytearray(base64.b64decode(last))
    raw[40] ^= 1
    statement["predicate"]["checkpoint"] = f"{head} {base64.b64encode(raw).decode()}\n"


def unsigned_size(statement: Statement) -> None:
    lines = statement["predicate"]["checkpoint"].split("\n")
    lines[1] = str(int(lines[1]) + 1)
    statement["predicate"]["checkpoint"] = "\n".join(lines)


def broken_signature(place: int) -> Callable[[Statement], None]:
    def change(statement: Statement) -> None:
        signature = entries_of(statement)[place]["envelope"]["signatures"][0]
        raw = bytearray(base64.b64decode(signature["sig"]))
        raw[0] ^= 1
        signature["sig"] = base64.b64encode(raw).decode()

    return change


def changed_record(place: int, **members: Any) -> Callable[[Statement], None]:
    """The record says something else under the signature that it has."""

    def change(statement: Statement) -> None:
        record = record_in(entries_of(statement)[place]) | members
        entries_of(statement)[place]["envelope"]["payload"] = base64.b64encode(canonical_bytes(record)).decode()

    return change


def forged_record(place: int, **members: Any) -> Callable[[Statement], None]:
    """A forged record under a key that anybody can make: only the tree gives it away."""

    def change(statement: Statement) -> None:
        record = record_in(entries_of(statement)[place]) | members
        data = sign_envelope(canonical_bytes(record), RECORD_TYPE, [STRANGER.private_key])
        entries_of(statement)[place]["envelope"] = json.loads(data)

    return change


def loose_record(place: int) -> Callable[[Statement], None]:
    def change(statement: Statement) -> None:
        payload = json.dumps(record_in(entries_of(statement)[place])).encode()
        data = sign_envelope(payload, RECORD_TYPE, [STRANGER.private_key])
        entries_of(statement)[place]["envelope"] = json.loads(data)

    return change


FORM = {
    "1-cut-short": Fault(1, "malformed", as_bytes(lambda data: data[:-20])),
    "1-empty": Fault(1, "malformed", as_bytes(lambda data: b"")),
    "1-line-feed-at-the-end": Fault(1, "malformed", as_bytes(lambda data: data + b"\n")),
    "1-another-payload-type": Fault(1, "malformed", envelope(payloadType="application/json")),
    "1-a-member-too-many": Fault(1, "malformed", envelope(note="hello")),
    "1-no-signature": Fault(1, "malformed", envelope(signatures=[])),
    "1-two-signatures": Fault(1, "malformed", two_signatures),
    "2-payload-with-blanks": Fault(2, "malformed", loose_payload),
    "2-unknown-member": Fault(2, "malformed", lambda statement: statement["predicate"].update(trust="me")),
    "2-no-report": Fault(2, "malformed", lambda statement: statement["predicate"].pop("report") and None),
    "2-one-for-true": Fault(2, "malformed", put("predicate", "report", "showable", value=2)),
}
ISSUER = {
    "3-signature-of-another-payload": Fault(3, "failed", other_payload),
    "3-signed-by-a-stranger": Fault(3, "unverifiable", by_stranger),
}
CHECKPOINT = {
    "4-checkpoint-of-another-log": Fault(4, "failed", put("predicate", "origin", value="another.example/log")),
    "4-checkpoint-signature-broken": Fault(4, "failed", broken_note),
    "4-checkpoint-size-changed": Fault(4, "failed", unsigned_size),
    "4-state-with-another-root": Fault(4, "failed", put("predicate", "report", "as_of", "root", value="00" * 32)),
    "4-state-past-the-checkpoint": Fault(4, "failed", put("predicate", "report", "as_of", "size", value=10**6)),
    "4-state-after-the-checkpoint": Fault(
        4, "failed", put("predicate", "report", "as_of", "time", value="2049-01-01T00:00:00Z")
    ),
    "4-state-before-the-checkpoint-of-its-size": Fault(
        4, "failed", put("predicate", "report", "as_of", "time", value="1999-01-01T00:00:00Z")
    ),
}
ENTRIES = {
    "5-no-entries": Fault(5, "failed", put("predicate", "entries", value=[])),
    "5-entries-out-of-order": Fault(5, "failed", lambda statement: entries_of(statement).reverse()),
    "5-entry-twice": Fault(5, "failed", lambda statement: entries_of(statement).insert(0, entries_of(statement)[0])),
    "5-entry-past-the-tree": Fault(5, "failed", lambda statement: entries_of(statement)[-1].update(index=10**6)),
    "5-shown-and-withheld": Fault(5, "failed", at_entry(3, withheld=base64.b64encode(bytes(32)).decode())),
    "5-neither-shown-nor-withheld": Fault(5, "failed", at_entry(3, envelope=None)),
    "5-record-signature-broken": Fault(5, "failed", broken_signature(3)),
    "5-record-not-canonical": Fault(5, "failed", loose_record(3)),
    "6-no-proof": Fault(6, "failed", at_entry(3, proof=[])),
    "6-proof-of-another-entry": Fault(6, "failed", lambda s: entries_of(s)[3].update(proof=entries_of(s)[2]["proof"])),
    "7-first-entry-left-out": Fault(7, "failed", lambda statement: entries_of(statement).pop(0) and None),
    "7-issuer-not-enrolled-here": Fault(7, "failed", lambda statement: entries_of(statement).pop(1) and None),
    "7-signed-by-a-stranger-as-issuer": Fault(7, "unverifiable", stranger_as_issuer),
}


def words(step: int) -> dict[str, Fault]:
    """What a file can say wrongly of itself, found at the step of that number."""
    return {
        f"{step}-proves-too-much": Fault(step, "failed", put("predicate", "proves", value=["the claim is true"])),
        f"{step}-no-word-of-what-it-does-not-prove": Fault(step, "failed", put("predicate", "does_not_prove", value=[])),
        f"{step}-subject-of-another-claim": Fault(step, "failed", put("subject", 0, "name", value="sha256:" + "0" * 64)),
        f"{step}-digest-of-another-claim": Fault(step, "failed", put("subject", 0, "digest", "sha256", value="0" * 64)),
    }


def reports(step: int) -> dict[str, Fault]:
    """What a report can say that the records do not, found at the step of that number."""
    return {
        f"{step}-probability-changed": Fault(step, "failed", put("predicate", "report", "probability", value=0.99)),
        f"{step}-headline-changed": Fault(step, "failed", put("predicate", "report", "headline", value="contradicted")),
        f"{step}-row-left-out": Fault(step, "failed", put("predicate", "report", "contributions", value=[])),
    }


def questions(step: int) -> dict[str, Fault]:
    """What a file can say was asked, though its report answers another question, found at the step of that number."""
    asked = {
        "up-to-another-date": ("until", "1999"),
        "on-another-clock": ("clock", "public"),
        "without-somebody-who-is-in-it": ("without", ["source:dprk"]),
        "from-another-base-rate": ("base_rate", 0.9),
        "from-a-base-rate-that-is-none": ("base_rate", 1.0),
    }
    return {
        f"{step}-question-{name}": Fault(step, "failed", put("predicate", "asked", member, value=value))
        for name, (member, value) in asked.items()
    }
