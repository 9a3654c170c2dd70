"""A good score alone, and every way in which one can be wrong, by name.

    python -m tests.core.score_faults

writes the wrong ones into tests/vectors/scores-bad/ again, with the keys to trust and the bundle to recompute them from.
"""

from __future__ import annotations

import base64
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from ledger.core.checkpoint import Checkpoint
from ledger.core.merkle import leaf_hash
from ledger.operations import Question
from ledger.service.ledger import Ledger
from tests.core.faults import (
    CHECKPOINT,
    ENTRIES,
    FORM,
    ISSUER,
    Fault,
    Statement,
    at_entry,
    by_stranger,
    changed_record,
    entries_of,
    forged_record,
    put,
    questions,
    reports,
    signed,
    statement_of,
    without,
    words,
)
from tests.service.written import KEYS, OTHER, STRANGER, VKEYS, Written

PLACE = Path(__file__).parent.parent / "vectors" / "scores-bad"
BUNDLE = PLACE / "records" / "bundle.json"


@dataclass(frozen=True)
class World:
    """A score and the bundle of its state, both of now and of before; and every entry of the log."""

    score: bytes
    bundle: bytes
    past_score: bytes
    past_bundle: bytes
    log: tuple[bytes, ...]

    def read(self, checkpoint: Checkpoint) -> list[bytes]:
        return list(self.log[: checkpoint.size])


@cache
def good() -> World:
    """One claim with two origins, one of them said first. A second admin enrolled the issuer anew: five words on keys."""
    with tempfile.TemporaryDirectory() as place:
        world = Written(Path(place))
        world.source("dprk", "D", type="government_body")
        world.says("dprk", "confirms", said_at="2025-04-28", interest="against", basis="own_act")
        before = Question(as_of=str(world.ledger.checkpoint().size))
        world.source("yonhap", "B", type="news_agency")
        world.says("yonhap", "asserts", said_at="2025-04-27", basis="witnessed")
        _enrol_anew(world)
        made = [world.ledger.export(world.claim_id, kind, asked) for asked in (Question(), before) for kind in KINDS]
        found = World(*made, log=_log(world))
        world.ledger.close()
        return found


KINDS = ("score", "bundle")


def _enrol_anew(world: Written) -> None:
    """A second admin, who enrols the issuer once more, and says why."""
    issuer, ben = (next(entry.id for entry in world.logged if entry.index == index) for index in (1, 2))
    world.enrol(OTHER.did, "ben", ["contributor", "admin"], replaces=ben)
    world.enrol(KEYS.issuer_did, "issuer", ["issuer"], key=OTHER.did, replaces=issuer, reason="its first admin has left")


def _log(world: Written) -> tuple[bytes, ...]:
    with world.snapshot() as snapshot:
        return tuple(entry.envelope for entry in snapshot.entry_range(0, snapshot.checkpoint.size))


@cache
def smallest_score() -> bytes:
    """A claim that nobody has spoken about: what every score holds, and no more."""
    with tempfile.TemporaryDirectory() as place:
        world = Written(Path(place))
        score = world.ledger.export(world.claim_id, "score", Question())
        world.ledger.close()
        return score


@cache
def revoked() -> tuple[Statement, Statement, tuple[bytes, ...]]:
    """What a revoked issuer would sign, with its revocation and without it; and the log in which that is."""
    with tempfile.TemporaryDirectory() as place:
        world = Written(Path(place))
        enrolled = next(entry.id for entry in world.logged if entry.index == 1)
        world.enrol(STRANGER.did, "next-issuer", ["issuer"])
        word = world.enrol(KEYS.issuer_did, "issuer", ["issuer"], action="revoke", replaces=enrolled)
        assert world.ledger is not None, "what waits is written"
        newer = Ledger(world.store, replace(KEYS, issuer=STRANGER.private_key), lambda: world.now)
        honest = statement_of(newer.export(world.claim_id, "score", Question()))
        honest["predicate"]["issuer"] = KEYS.issuer_did
        silent = json.loads(json.dumps(honest))
        receipt, record = world.ledger.receipt(word), world.ledger.record(word)
        shown = {"index": receipt.index, "proof": receipt.proof, "withheld": None}
        entries_of(honest).append(shown | {"envelope": record.envelope.model_dump(mode="json")})
        log = _log(world)
        world.ledger.close()
        return honest, silent, log


def bad_score(name: str) -> bytes:
    """The good score with that fault, signed as if nothing were wrong."""
    return FAULTS[name].of(good().score)


def _of_past(change: Callable[[Statement], Any]) -> Callable[[Statement], bytes]:
    """The fault is in the score of the earlier state."""

    def make(_: Statement) -> bytes:
        statement = statement_of(good().past_score)
        assert statement["predicate"]["consistency"], "it leads to the checkpoint"
        change(statement)
        return signed(statement)

    return make


def _altered_by_stranger(statement: Statement) -> bytes:
    statement["predicate"]["report"]["probability"] = 0.99
    return by_stranger(statement)


def _report_of_the_past(statement: Statement) -> None:
    statement["predicate"]["report"] = statement_of(good().past_score)["predicate"]["report"]


def _evidence_among_the_keys(statement: Statement) -> None:
    """An entry of the log, rightly proven, that has nothing to do with who may issue."""
    held = entries_of(statement_of(good().bundle))
    shown = {entry["index"] for entry in entries_of(statement)}
    statement["predicate"]["entries"] += [next(one for one in held if one["index"] not in shown)]
    entries_of(statement).sort(key=lambda entry: int(entry["index"]))


def _withheld_word(statement: Statement) -> None:
    """The issuer's last word on record, hidden as a record can be that a court told us to hide."""
    word = entries_of(statement)[-1]
    leaf = leaf_hash(good().log[word["index"]])
    word.update(envelope=None, withheld=base64.b64encode(leaf).decode())


def _unknown_policy(statement: Statement) -> None:
    statement["predicate"]["asked"]["policy"] = statement["predicate"]["report"]["policy"] = "olo-999"


FAULTS: dict[str, Fault] = {
    **FORM,
    "2-another-predicate-type": Fault(2, "malformed", put("predicateType", value="urn:onrecord:score:2")),
    "2-a-bundles-type": Fault(2, "malformed", put("predicateType", value="urn:onrecord:claim-bundle:1")),
    "2-a-bundles-member": Fault(2, "malformed", lambda statement: statement["predicate"].update(openings={})),
    **ISSUER,
    "3-altered-and-signed-by-a-stranger": Fault(3, "unverifiable", _altered_by_stranger),
    **CHECKPOINT,
    "4-report-of-another-state": Fault(4, "failed", _report_of_the_past),
    "4-no-consistency": Fault(4, "failed", _of_past(put("predicate", "consistency", value=[]))),
    "4-consistency-of-another-size": Fault(4, "failed", _of_past(put("predicate", "report", "as_of", "size", value=5))),
    "4-earlier-state-with-another-root": Fault(
        4, "failed", _of_past(put("predicate", "report", "as_of", "root", value="00" * 32))
    ),
    "4-earlier-state-after-the-checkpoint": Fault(
        4, "failed", _of_past(put("predicate", "report", "as_of", "time", value="2049-01-01T00:00:00Z"))
    ),
    **ENTRIES,
    "5-record-changed": Fault(5, "failed", changed_record(3, roles=["admin", "issuer"])),
    "5-word-on-a-key-withheld": Fault(5, "failed", _withheld_word),
    "5-evidence-among-the-keys": Fault(5, "failed", _evidence_among_the_keys),
    "6-record-forged": Fault(6, "failed", forged_record(3, public_key=STRANGER.did, roles=["issuer"])),
    "6-at-another-index": Fault(6, "failed", at_entry(3, index=5)),
    "7-admins-enrolment-left-out": Fault(7, "failed", lambda statement: without(statement, "key", public_key=OTHER.did)),
    "7-issuer-revoked": Fault(7, "unverifiable", lambda _: signed(revoked()[0])),
    **words(8),
    "8-question-about-another-claim": Fault(8, "failed", put("predicate", "asked", "claim", value="sha256:" + "0" * 64)),
    "8-question-under-another-policy": Fault(8, "failed", put("predicate", "asked", "policy", value="olo-999")),
    **questions(8),
    "8-report-up-to-another-date": Fault(8, "failed", put("predicate", "report", "until", value="2025-04-27")),
    **reports(9),
    "9-unknown-policy": Fault(9, "unverifiable", _unknown_policy),
}


def write_all() -> None:
    BUNDLE.parent.mkdir(parents=True, exist_ok=True)
    for old in PLACE.glob("*.json"):
        old.unlink()
    for name in FAULTS:
        (PLACE / f"{name}.json").write_bytes(bad_score(name))
    BUNDLE.write_bytes(good().bundle)
    (PLACE / "trust.txt").write_text("".join(f"{key}\n" for key in VKEYS))


if __name__ == "__main__":
    write_all()
