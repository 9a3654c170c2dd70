"""Bytes on disk for one record, beside the bytes of its own envelope: nothing that is kept can be smaller than what was signed.

Everything counts that the back end keeps for a ledger: entries, tiles, checkpoints, openings, what is derived, where claims
stand, and every index. What an empty ledger takes does not. The samples are taken as the ledger grows, by thirds; the figure is
of the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from benchmarks.figures import Figure, Samples
from benchmarks.filling import add_one_by_one, begin, bring, envelopes, lines_in, settle, world_file
from benchmarks.grounds import Ground, Grounds
from benchmarks.parts import Part, Plan, Tell

_STEPS = 3


def run(plan: Plan, grounds: Grounds, tell: Tell) -> Iterator[Figure]:
    for back_end in plan.back_ends:
        for name, count, put in (
            ("after a batch import", plan.checked, _import),
            ("after lone appends", plan.lone, add_one_by_one),
        ):
            tell(f"{back_end}, {name} of {count} records")
            with grounds.fresh(back_end) as ground:
                yield _measured(ground, name, count, put, grounds)


def _measured(
    ground: Ground, name: str, count: int, put: Callable[[Ground, Sequence[bytes]], None], grounds: Grounds
) -> Figure:
    begin(ground)
    file = world_file(grounds.folder, count)
    empty, (before, own_before) = ground.bytes_on_disk(), envelopes(ground)
    ours, floor = [], []
    for step in range(_STEPS):
        put(ground, lines_in(file, count * step // _STEPS, count * (step + 1) // _STEPS))
        settle(ground)
        entries, own = envelopes(ground)
        ours.append((ground.bytes_on_disk() - empty) / (entries - before))
        floor.append((own - own_before) / (entries - before))
    return Figure(
        part="disk",
        name=name,
        unit="bytes a record",
        better="less",
        back_end=ground.back_end,
        size=count,
        ours=Samples(name="on disk", values=tuple(ours), whole=ours[-1]),
        floor=Samples(name="its own envelope", values=tuple(floor), whole=floor[-1]),
    )


def _import(ground: Ground, lines: Sequence[bytes]) -> None:
    file = ground.folder / "third.jsonl"
    file.write_bytes(b"".join(line + b"\n" for line in lines))
    bring(ground, file)
    file.unlink()


def _seconds(plan: Plan) -> float:
    return len(plan.back_ends) * (plan.checked / 1_200 + plan.lone / 160)


PART = Part("disk", "bytes on disk for one record", _seconds, run)
