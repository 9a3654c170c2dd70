"""The whole check of a ledger, and of a bundle offline, beside hash and signature of the same bytes on every core."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter

from benchmarks.figures import Figure, Samples
from benchmarks.filling import begin, bring, settle, world_file
from benchmarks.grounds import ONRECORD, SQLITE, Ground, Grounds, ran
from benchmarks.least import Noted, Signed, check, noted_in, on_all_cores, signed_in
from benchmarks.parts import Part, Plan, Tell
from benchmarks.starting import example
from ledger.core.canonical import canonical_bytes
from ledger.core.trust import Trust, parse_trust
from ledger.core.verify import verify
from ledger.core.verifying.signed_file import SignedFile
from ledger.keys import load_ledger_keys
from ledger.operations import NOW
from ledger.store import open_store
from schemas.bundle import BundleStatement

FLOOR = "SHA-256, signatures and notes, all cores"


def run(plan: Plan, grounds: Grounds, tell: Tell) -> Iterator[Figure]:
    for back_end in plan.back_ends:
        with grounds.fresh(back_end) as ground:
            tell(f"{back_end}, {plan.checked} records are written")
            begin(ground)
            bring(ground, world_file(grounds.folder, plan.checked))
            settle(ground)
            yield _fsck(ground, plan, tell)
    with grounds.fresh(SQLITE) as ground:
        claim, keys = example(ground)
        ledger = ground.open()
        content = ledger.export(claim, "bundle", NOW)
        ledger.close()
        tell("verify, in one process that has started")
        yield _verify("verify the example's bundle", content, parse_trust(keys, None), plan)


def _fsck(ground: Ground, plan: Plan, tell: Tell) -> Figure:
    items, records, size = _stored(ground)
    on_all_cores(check, items[: len(items) // 10])
    ours, floor = [], []
    for number in range(plan.rounds):
        tell(f"{ground.back_end}, fsck, round {number + 1} of {plan.rounds}")
        ours.append(records / ran(ONRECORD, "log", "fsck", "--ledger", ground.ledger, "--keys", str(ground.keys)))
        floor.append(records / on_all_cores(check, items))
    return Figure(
        part="check",
        name="log fsck",
        unit="records/s",
        better="more",
        back_end=ground.back_end,
        size=plan.checked,
        ours=Samples(name="onrecord log fsck, with its start", values=tuple(ours)),
        floor=Samples(name=FLOOR, values=tuple(floor)),
        beside={"entries": size, "signatures in stored notes": len(items) - records},
    )


def _stored(ground: Ground) -> tuple[list[Signed | Noted], int, int]:
    """What is in the store to be hashed and checked: entries, and the notes of checkpoints."""
    store = open_store(ground.ledger)
    with store.reading() as snapshot:
        size = snapshot.checkpoint.size
        signed = signed_in([one.envelope for one in snapshot.entry_range(0, size)])
        notes = [one.note for one in snapshot.checkpoints() if one.note is not None]
        noted = noted_in(notes, load_ledger_keys(ground.keys, None).vkeys(snapshot.identity.origin))
    store.close()
    return [*signed, *noted], len(signed), size


def _verify(name: str, content: bytes, trust: Trust, plan: Plan) -> Figure:
    shown = SignedFile(content).statement(BundleStatement, "bundle").predicate.entries
    items = signed_in([canonical_bytes(one.envelope.model_dump(mode="json")) for one in shown if one.envelope is not None])
    ours, floor = [], []
    for _ in range(plan.rounds):
        began = perf_counter()
        assert verify(content, trust).result == "ok"
        ours.append(len(items) / (perf_counter() - began))
        floor.append(len(items) / on_all_cores(check, items))
    return Figure(
        part="check",
        name=name,
        unit="records/s",
        better="more",
        size=len(items),
        ours=Samples(name=name, values=tuple(ours)),
        floor=Samples(name=FLOOR, values=tuple(floor)),
    )


def _seconds(plan: Plan) -> float:
    return 5 + len(plan.back_ends) * plan.checked * (1 / 1_200 + plan.rounds * (1 / 2_500 + 1 / 15_000))


PART = Part("check", "fsck and offline verify", _seconds, run)
