"""A good bundle, and every way in which one can be wrong, by name.

    python -m tests.core.bundle_faults

writes the wrong ones into tests/vectors/bundles-bad/ again, with the keys to trust beside them.
"""

from __future__ import annotations

import base64
import tempfile
from functools import cache
from pathlib import Path

from ledger.core.canonical import canonical_bytes
from ledger.core.merkle import leaf_hash
from ledger.operations import Question
from tests.core.faults import (
    CHECKPOINT,
    ENTRIES,
    FORM,
    ISSUER,
    Fault,
    Statement,
    at_entry,
    changed_record,
    entries_of,
    forged_record,
    put,
    questions,
    record_in,
    reports,
    without,
    words,
)
from tests.service.written import OTHER, VKEYS, Written

PLACE = Path(__file__).parent.parent / "vectors" / "bundles-bad"


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


def bad_bundle(name: str) -> bytes:
    """The good bundle with that fault, signed as if nothing were wrong."""
    return FAULTS[name].of(good_bundle())


def _swapped_entries(statement: Statement) -> None:
    one, other = entries_of(statement)[-2:]
    one["envelope"], other["envelope"] = other["envelope"], one["envelope"]


def _other_opening(statement: Statement) -> None:
    for opening in statement["predicate"]["openings"].values():
        opening["value"] = "Nobody of ours was there."


def _opening_of_nothing(statement: Statement) -> None:
    statement["predicate"]["openings"]["sha256:" + "0" * 64] = {"salt": "00" * 16, "value": "out of thin air"}


def _no_relay(statement: Statement) -> None:
    """Leave out a statement with its hop and its document: all references hold, and the score is another."""
    without(statement, "attribution")
    without(statement, "statement", speaker="yonhap")
    without(statement, "document")


def _hidden_relay(statement: Statement) -> None:
    """What speaks for the relay is hidden as if somebody had withheld it."""
    for entry in entries_of(statement):
        if record_in(entry)["kind"] in ("attribution", "document") or record_in(entry).get("speaker") == "yonhap":
            entry["withheld"] = base64.b64encode(leaf_hash(canonical_bytes(entry["envelope"]))).decode()
    for entry in entries_of(statement):
        if entry["withheld"] is not None:
            entry["envelope"] = None


FAULTS: dict[str, Fault] = {
    **FORM,
    "2-another-predicate-type": Fault(2, "malformed", put("predicateType", value="urn:onrecord:claim-bundle:2")),
    **ISSUER,
    **CHECKPOINT,
    **ENTRIES,
    "5-record-changed": Fault(5, "failed", changed_record(3, type="position")),
    "6-entries-at-each-others-index": Fault(6, "failed", _swapped_entries),
    "6-record-forged": Fault(6, "failed", forged_record(3, text={"en": "something else happened"})),
    "6-withheld-leaf-of-nothing": Fault(6, "failed", at_entry(3, envelope=None, withheld=base64.b64encode(bytes(32)).decode())),
    "7-enrolment-left-out": Fault(7, "failed", lambda statement: without(statement, "key", public_key=OTHER.did)),
    "8-opening-of-another-value": Fault(8, "failed", _other_opening),
    "8-opening-of-nothing": Fault(8, "failed", _opening_of_nothing),
    "9-document-left-out": Fault(9, "failed", lambda statement: without(statement, "document")),
    "9-source-left-out": Fault(9, "failed", lambda statement: without(statement, "source", id="yonhap")),
    "9-claim-left-out": Fault(9, "failed", lambda statement: without(statement, "claim")),
    "9-withheld-by-no-record": Fault(9, "failed", _hidden_relay),
    **reports(10),
    **questions(10),
    "10-evidence-left-out": Fault(10, "failed", _no_relay),
    "10-rating-left-out": Fault(10, "failed", lambda statement: without(statement, "assessment", target="dprk")),
    "10-unknown-policy": Fault(10, "unverifiable", put("predicate", "asked", "policy", value="olo-999")),
    "11-counts-too-high": Fault(11, "failed", put("predicate", "counts", "statements", value=99)),
    **words(11),
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
