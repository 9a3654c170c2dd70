"""A good bundle, and every way in which one can be wrong, by name.

    python -m tests.core.bundle_faults

writes the wrong ones into tests/vectors/bundles-bad/ again, with the keys to trust beside them.
"""

from __future__ import annotations

import base64
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.core.canonical import canonical_bytes
from ledger.core.didkey import did_key_of
from ledger.core.dsse import sign_envelope
from ledger.core.merkle import leaf_hash
from ledger.operations import Question
from schemas.bundle import BUNDLE_TYPE
from tests.service.written import KEYS, OTHER, STRANGER, VKEYS, Written

PLACE = Path(__file__).parent.parent / "vectors" / "bundles-bad"
Statement = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """`change` edits the statement, which is signed again, or gives other bytes. `step` is where it has to be found."""

    step: int
    result: str
    change: Callable[[Statement], bytes | None]


@cache
def good_bundle() -> bytes:
    """One claim, confirmed by one state and relayed by an agency, its quote sealed; a second contributor rated the agency."""
    with tempfile.TemporaryDirectory() as place:
        world = Written(Path(place))
        world.source("dprk", "D", type="government_body")
        world.source("yonhap", type="news_agency")
        world.rate("yonhap", "B", key=OTHER.did)
        quote = {"exact": world.sealed("quote.exact", "Our sons fought there.")}
        said = world.says("dprk", "confirms", said_at="2025-04-28", interest="against", basis="own_act", quote=quote)
        world.through("yonhap", said, "2025-04-28")
        bundle = world.ledger.export(world.claim_id, "bundle", Question())
        world.ledger.close()
        return bundle


@cache
def smallest_bundle() -> bytes:
    """A claim that nobody has spoken about: what every bundle holds, and no more."""
    with tempfile.TemporaryDirectory() as place:
        world = Written(Path(place))
        bundle = world.ledger.export(world.claim_id, "bundle", Question())
        world.ledger.close()
        return bundle


def statement_of(bundle: bytes) -> Statement:
    statement: Statement = json.loads(base64.b64decode(json.loads(bundle)["payload"]))
    return statement


def signed(statement: Statement, key: Ed25519PrivateKey = KEYS.issuer) -> bytes:
    return sign_envelope(canonical_bytes(statement), BUNDLE_TYPE, [key], max_bytes=1 << 24)


def bad_bundle(name: str) -> bytes:
    """The good bundle with that fault, signed as if nothing were wrong."""
    statement = statement_of(good_bundle())
    other = FAULTS[name].change(statement)
    return signed(statement) if other is None else other


def _entries(statement: Statement) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = statement["predicate"]["entries"]
    return entries


def _record(entry: dict[str, Any]) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(base64.b64decode(entry["envelope"]["payload"]))
    return record


def _without(statement: Statement, kind: str, **members: Any) -> None:
    """Leave out the entries of this kind that have these members."""

    def hit(entry: dict[str, Any]) -> bool:
        record = _record(entry)
        return record["kind"] == kind and all(record.get(name) == value for name, value in members.items())

    kept = [entry for entry in _entries(statement) if not hit(entry)]
    assert len(kept) < len(_entries(statement)), "the fault has nothing to leave out"
    statement["predicate"]["entries"] = kept


def _put(*path: str | int, value: Any) -> Callable[[Statement], None]:
    def change(statement: Statement) -> None:
        here: Any = statement
        for step in path[:-1]:
            here = here[step]
        assert here[path[-1]] != value
        here[path[-1]] = value

    return change


def _bytes(make: Callable[[bytes], bytes]) -> Callable[[Statement], bytes]:
    return lambda statement: make(signed(statement))


def _envelope(**members: Any) -> Callable[[Statement], bytes]:
    return _bytes(lambda data: canonical_bytes(json.loads(data) | members))


def _two_signatures(statement: Statement) -> bytes:
    keys = [KEYS.issuer, STRANGER.private_key]
    return sign_envelope(canonical_bytes(statement), BUNDLE_TYPE, keys, max_bytes=1 << 24)


def _loose_payload(statement: Statement) -> bytes:
    return sign_envelope(json.dumps(statement).encode(), BUNDLE_TYPE, [KEYS.issuer], max_bytes=1 << 24)


def _other_payload(statement: Statement) -> bytes:
    kept = json.loads(signed(statement))["signatures"]
    statement["predicate"]["report"]["probability"] = 0.99
    return canonical_bytes(json.loads(signed(statement)) | {"signatures": kept})


def _by_stranger(statement: Statement) -> bytes:
    return signed(statement, STRANGER.private_key)


def _stranger_as_issuer(statement: Statement) -> bytes:
    statement["predicate"]["issuer"] = did_key_of(STRANGER.private_key)
    return signed(statement, STRANGER.private_key)


def _broken_note(statement: Statement) -> None:
    head, _, last = statement["predicate"]["checkpoint"].rpartition(" ")
    raw = bytearray(base64.b64decode(last))
    raw[40] ^= 1
    statement["predicate"]["checkpoint"] = f"{head} {base64.b64encode(raw).decode()}\n"


def _unsigned_size(statement: Statement) -> None:
    lines = statement["predicate"]["checkpoint"].split("\n")
    lines[1] = str(int(lines[1]) + 1)
    statement["predicate"]["checkpoint"] = "\n".join(lines)


def _broken_record_signature(statement: Statement) -> None:
    signature = _entries(statement)[3]["envelope"]["signatures"][0]
    raw = bytearray(base64.b64decode(signature["sig"]))
    raw[0] ^= 1
    signature["sig"] = base64.b64encode(raw).decode()


def _changed_record(statement: Statement) -> None:
    record = _record(_entries(statement)[3]) | {"type": "position"}
    _entries(statement)[3]["envelope"]["payload"] = base64.b64encode(canonical_bytes(record)).decode()


def _record_signed_anew(statement: Statement) -> None:
    """A forged record under a key that anybody can make: only the tree gives it away."""
    record = _record(_entries(statement)[3]) | {"text": {"en": "something else happened"}}
    data = sign_envelope(canonical_bytes(record), "application/vnd.onrecord.record+json; version=1", [STRANGER.private_key])
    _entries(statement)[3]["envelope"] = json.loads(data)


def _loose_record(statement: Statement) -> None:
    entry = _entries(statement)[3]
    payload = json.dumps(_record(entry)).encode()
    data = sign_envelope(payload, "application/vnd.onrecord.record+json; version=1", [STRANGER.private_key])
    entry["envelope"] = json.loads(data)


def _swapped_entries(statement: Statement) -> None:
    one, other = _entries(statement)[-2:]
    one["envelope"], other["envelope"] = other["envelope"], one["envelope"]


def _other_opening(statement: Statement) -> None:
    for opening in statement["predicate"]["openings"].values():
        opening["value"] = "Nobody of ours was there."


def _opening_of_nothing(statement: Statement) -> None:
    statement["predicate"]["openings"]["sha256:" + "0" * 64] = {"salt": "00" * 16, "value": "out of thin air"}


def _no_relay(statement: Statement) -> None:
    """Leave out a statement with its hop and its document: all references hold, and the score is another."""
    _without(statement, "attribution")
    _without(statement, "statement", speaker="yonhap")
    _without(statement, "document")


def _hidden_relay(statement: Statement) -> None:
    """What speaks for the relay is hidden as if somebody had withheld it."""
    for entry in _entries(statement):
        if _record(entry)["kind"] in ("attribution", "document") or _record(entry).get("speaker") == "yonhap":
            entry["withheld"] = base64.b64encode(leaf_hash(canonical_bytes(entry["envelope"]))).decode()
    for entry in _entries(statement):
        if entry["withheld"] is not None:
            entry["envelope"] = None


def _first(place: int, **members: Any) -> Callable[[Statement], None]:
    return lambda statement: _entries(statement)[place].update(members)


FAULTS: dict[str, Fault] = {
    "1-cut-short": Fault(1, "malformed", _bytes(lambda data: data[:-20])),
    "1-empty": Fault(1, "malformed", _bytes(lambda data: b"")),
    "1-line-feed-at-the-end": Fault(1, "malformed", _bytes(lambda data: data + b"\n")),
    "1-another-payload-type": Fault(1, "malformed", _envelope(payloadType="application/json")),
    "1-a-member-too-many": Fault(1, "malformed", _envelope(note="hello")),
    "1-no-signature": Fault(1, "malformed", _envelope(signatures=[])),
    "1-two-signatures": Fault(1, "malformed", _two_signatures),
    "2-payload-with-blanks": Fault(2, "malformed", _loose_payload),
    "2-another-predicate-type": Fault(2, "malformed", _put("predicateType", value="urn:onrecord:claim-bundle:2")),
    "2-unknown-member": Fault(2, "malformed", lambda statement: statement["predicate"].update(trust="me")),
    "2-no-report": Fault(2, "malformed", lambda statement: statement["predicate"].pop("report") and None),
    "2-one-for-true": Fault(2, "malformed", _put("predicate", "report", "showable", value=2)),
    "3-signature-of-another-payload": Fault(3, "failed", _other_payload),
    "3-signed-by-a-stranger": Fault(3, "unverifiable", _by_stranger),
    "4-checkpoint-of-another-log": Fault(4, "failed", _put("predicate", "origin", value="another.example/log")),
    "4-checkpoint-signature-broken": Fault(4, "failed", _broken_note),
    "4-checkpoint-size-changed": Fault(4, "failed", _unsigned_size),
    "4-state-with-another-root": Fault(4, "failed", _put("predicate", "report", "as_of", "root", value="00" * 32)),
    "4-state-past-the-checkpoint": Fault(4, "failed", _put("predicate", "report", "as_of", "size", value=10**6)),
    "4-state-after-the-checkpoint": Fault(
        4, "failed", _put("predicate", "report", "as_of", "time", value="2049-01-01T00:00:00Z")
    ),
    "4-state-before-the-checkpoint-of-its-size": Fault(
        4, "failed", _put("predicate", "report", "as_of", "time", value="1999-01-01T00:00:00Z")
    ),
    "5-no-entries": Fault(5, "failed", _put("predicate", "entries", value=[])),
    "5-entries-out-of-order": Fault(5, "failed", lambda statement: _entries(statement).reverse()),
    "5-entry-twice": Fault(5, "failed", lambda statement: _entries(statement).insert(0, _entries(statement)[0])),
    "5-entry-past-the-tree": Fault(5, "failed", lambda statement: _entries(statement)[-1].update(index=10**6)),
    "5-shown-and-withheld": Fault(5, "failed", _first(3, withheld=base64.b64encode(bytes(32)).decode())),
    "5-neither-shown-nor-withheld": Fault(5, "failed", _first(3, envelope=None)),
    "5-record-signature-broken": Fault(5, "failed", _broken_record_signature),
    "5-record-changed": Fault(5, "failed", _changed_record),
    "5-record-not-canonical": Fault(5, "failed", _loose_record),
    "6-no-proof": Fault(6, "failed", _first(3, proof=[])),
    "6-proof-of-another-entry": Fault(6, "failed", lambda s: _entries(s)[3].update(proof=_entries(s)[4]["proof"])),
    "6-entries-at-each-others-index": Fault(6, "failed", _swapped_entries),
    "6-record-forged": Fault(6, "failed", _record_signed_anew),
    "6-withheld-leaf-of-nothing": Fault(6, "failed", _first(3, envelope=None, withheld=base64.b64encode(bytes(32)).decode())),
    "7-first-entry-left-out": Fault(7, "failed", lambda statement: _entries(statement).pop(0) and None),
    "7-issuer-not-enrolled-here": Fault(7, "failed", lambda statement: _entries(statement).pop(1) and None),
    "7-enrolment-left-out": Fault(7, "failed", lambda statement: _without(statement, "key", public_key=OTHER.did)),
    "7-signed-by-a-stranger-as-issuer": Fault(7, "unverifiable", _stranger_as_issuer),
    "8-opening-of-another-value": Fault(8, "failed", _other_opening),
    "8-opening-of-nothing": Fault(8, "failed", _opening_of_nothing),
    "9-document-left-out": Fault(9, "failed", lambda statement: _without(statement, "document")),
    "9-source-left-out": Fault(9, "failed", lambda statement: _without(statement, "source", id="yonhap")),
    "9-claim-left-out": Fault(9, "failed", lambda statement: _without(statement, "claim")),
    "9-withheld-by-no-record": Fault(9, "failed", _hidden_relay),
    "10-probability-changed": Fault(10, "failed", _put("predicate", "report", "probability", value=0.99)),
    "10-headline-changed": Fault(10, "failed", _put("predicate", "report", "headline", value="corroborated")),
    "10-row-left-out": Fault(10, "failed", _put("predicate", "report", "contributions", value=[])),
    "10-evidence-left-out": Fault(10, "failed", _no_relay),
    "10-rating-left-out": Fault(10, "failed", lambda statement: _without(statement, "assessment", target="dprk")),
    "10-another-question": Fault(10, "failed", _put("predicate", "asked", "until", value="1999")),
    "10-a-base-rate-not-asked-for": Fault(10, "failed", _put("predicate", "asked", "base_rate", value=0.9)),
    "10-unknown-policy": Fault(10, "unverifiable", _put("predicate", "asked", "policy", value="olo-999")),
    "11-counts-too-high": Fault(11, "failed", _put("predicate", "counts", "statements", value=99)),
    "11-proves-too-much": Fault(11, "failed", _put("predicate", "proves", value=["the claim is true"])),
    "11-no-word-of-what-it-does-not-prove": Fault(11, "failed", _put("predicate", "does_not_prove", value=[])),
    "11-subject-of-another-claim": Fault(11, "failed", _put("subject", 0, "name", value="sha256:" + "0" * 64)),
    "11-digest-of-another-claim": Fault(11, "failed", _put("subject", 0, "digest", "sha256", value="0" * 64)),
}


def write_all() -> None:
    PLACE.mkdir(parents=True, exist_ok=True)
    for old in PLACE.glob("*.json"):
        old.unlink()
    for name in FAULTS:
        (PLACE / f"{name}.json").write_bytes(bad_bundle(name))
    (PLACE / "trust.txt").write_text("".join(f"{key}\n" for key in VKEYS))


if __name__ == "__main__":
    write_all()
