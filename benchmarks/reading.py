"""Reads over HTTP of small ledgers and large ones, beside a bare FastAPI `def` route that has the same bytes already.

The same number of workers on both sides (WORKERS, one unless said), 16 connections that are kept. Whatever is asked for is
spread over the whole ledger, and the server's memory of answers is off: no answer is given twice. All answers about claims are
prepared, as those of a server that has run for a while; a second server, which prepares none, shows what it takes to work
one out. The answers of the bare route are a sample of the same ones.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import httpx

from benchmarks.bars import GROWTH
from benchmarks.figures import Figure, Samples, percentiles
from benchmarks.filling import begin, bring, prepare, settle, world_file
from benchmarks.grounds import Ground, Grounds, app_served, onrecord_served
from benchmarks.machine import spent
from benchmarks.parts import Part, Plan, Tell
from ledger.core.tiles import tile_path
from ledger.store import open_store

CLIENTS = 16
_SPREAD, _SAMPLE = 5_000, 150
BARE = "bare route, the same bytes"


@dataclass(frozen=True)
class Question:
    """A kind of read: its paths, how many of them make one answer, and whether the server that prepares nothing is asked."""

    name: str
    paths: tuple[str, ...]
    requests: int = 1
    unprepared: bool = False


@dataclass
class Asked:
    """One side's rounds of one question."""

    rates: list[float] = field(default_factory=list)
    took: list[list[float]] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)


@dataclass
class Place:
    """A ledger of some size, served with prepared answers and without, and the bare server beside it; each by its port and its
    first process. `bytes_prepared` are those of a claim."""

    size: int
    ours: tuple[int, int]
    unprepared: tuple[int, int]
    bare: tuple[int, int]
    questions: list[Question]
    bytes_prepared: float
    asked: dict[tuple[str, str], Asked] = field(default_factory=dict)

    def ask(self, side: str, question: Question, seconds: float) -> None:
        port, process = self.bare if side == "bare" else self.unprepared if question.unprepared else self.ours
        paths = question.paths if side == "ours" else question.paths[: _SAMPLE * question.requests]
        command = [sys.executable, "-m", "benchmarks.clients", str(port), str(CLIENTS), str(seconds)]
        before = spent(process)
        done = subprocess.run(command, input="\n".join(paths).encode(), stdout=subprocess.PIPE, check=True)
        found, worked = json.loads(done.stdout), spent(process) - before
        one = self.asked.setdefault((side, question.name), Asked())
        one.rates.append(len(found["took"]) / question.requests / found["seconds"])
        one.took.append(found["took"])
        one.shares.append(found["processor"] / max(found["processor"] + worked, 1e-9))


def run(plan: Plan, grounds: Grounds, tell: Tell) -> Iterator[Figure]:
    for back_end in plan.back_ends:
        with ExitStack() as stack:
            places = []
            for size in plan.sizes:
                tell(f"{back_end}, a ledger of {size} records is written")
                places.append(stack.enter_context(_place(stack, grounds, back_end, size, plan.workers)))
            for place in places:
                for question in place.questions:
                    place.ask("ours", question, plan.seconds / 4)
                    place.ask("bare", question, plan.seconds / 4)
                place.asked.clear()  # that was to warm up
            for number in range(plan.rounds):
                for place in places:
                    tell(f"{back_end}, {place.size} records, round {number + 1} of {plan.rounds}")
                    for question in place.questions:
                        place.ask("ours", question, plan.seconds)
                        place.ask("bare", question, plan.seconds)
        for place in places:
            for question in place.questions:
                yield from _figures(back_end, place, question)
        for place in places[1:]:
            for question in place.questions:
                yield _growth(back_end, places[0], place, question)


@contextmanager
def _place(stack: ExitStack, grounds: Grounds, back_end: str, size: int, workers: int) -> Iterator[Place]:
    def fill(ground: Ground) -> None:
        begin(ground)
        bring(ground, world_file(grounds.folder, size))
        settle(ground)

    ground = stack.enter_context(grounds.filled(back_end, str(size), fill))
    prepare(ground)  # of a ledger that was kept too: another program prepared what there is
    questions, claims = _questions(ground)
    ours = stack.enter_context(onrecord_served(ground, workers, ONRECORD_ANSWERS="0"))
    unprepared = stack.enter_context(onrecord_served(ground, workers, ONRECORD_ANSWERS="0", ONRECORD_PREPARED_MOST="0"))
    answers = ground.folder / "answers.json"
    _keep_answers(ours[0], questions, answers)
    bare = stack.enter_context(app_served("benchmarks.bare:create_app", workers, BARE_ANSWERS=str(answers)))
    yield Place(size, ours, unprepared, bare, questions, ground.prepared.stat().st_size / claims)


def _questions(ground: Ground) -> tuple[list[Question], int]:
    """Paths in an order by chance, the same for the same ledger; and how many claims there are."""
    chance = random.Random(7)
    store = open_store(ground.ledger)
    with store.reading() as snapshot:
        size = snapshot.checkpoint.size
        places = snapshot.of_kinds(["claim"])
        claims = [one.record_id for one in snapshot.entries(chance.sample(places, min(_SPREAD, len(places))))]
        records = [one.record_id for one in snapshot.entries(chance.sample(range(size), min(_SPREAD, size)))]
    store.close()
    assert claims, "the world begins with its sources: a ledger this small has no claim to ask for"
    chance.shuffle(claims)
    tiles = [tile_path(0, number, min(256, size - number * 256)) for number in range(min(_SPREAD, (size + 255) // 256))]
    both = [f"/v1/claims/{one}/{what}" for one in claims for what in ("chain", "corroboration")]
    views = tuple(f"/v1/claims/{one}" for one in claims)
    found = [
        Question("claim lookup", views),
        Question("claim lookup, worked out when asked", views, unprepared=True),
        Question("chain and score", tuple(both), requests=2),
        Question("chain and score, worked out when asked", tuple(both), requests=2, unprepared=True),
        Question("inclusion proof", tuple(f"/v1/records/{one}/receipt" for one in records)),
        Question("tile", tuple(f"/{one}" for one in chance.sample(tiles, len(tiles)))),
    ]
    return found, len(places)


def _keep_answers(port: int, questions: list[Question], file: Path) -> None:
    answers: dict[str, tuple[str, str]] = {}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as http:
        for question in questions:
            for path in question.paths[: _SAMPLE * question.requests]:
                found = http.get(path).raise_for_status()
                answers[path] = (found.headers["content-type"], b64encode(found.content).decode())
    file.write_text(json.dumps(answers))


def _figures(back_end: str, place: Place, question: Question) -> Iterator[Figure]:
    ours, bare = place.asked["ours", question.name], place.asked["bare", question.name]
    sides = {"ours": ours, "bare": bare}
    beside = {f"clients' share of the work, {side}": round(median(one.shares), 3) for side, one in sides.items()}
    yield Figure(
        part="read",
        name=question.name,
        unit="/s",
        better="more",
        back_end=back_end,
        size=place.size,
        ours=Samples(name=question.name, values=tuple(ours.rates)),
        floor=Samples(name=BARE, values=tuple(bare.rates)),
        beside=beside | {"bytes of prepared answers for a claim": round(place.bytes_prepared)},
    )
    yield Figure(
        part="read",
        name=f"{question.name}, p99",
        unit="ms",
        better="less",
        back_end=back_end,
        size=place.size,
        ours=_p99(question.name, ours),
        floor=_p99(BARE, bare),
    )


def _p99(name: str, asked: Asked) -> Samples:
    each = tuple(percentiles(took)[1] * 1e3 for took in asked.took)
    return Samples(name=name, values=each, whole=percentiles([one for took in asked.took for one in took])[1] * 1e3)


def _growth(back_end: str, smallest: Place, place: Place, question: Question) -> Figure:
    return Figure(
        part="read",
        name=f"{question.name}, {GROWTH}",
        unit="/s",
        better="more",
        back_end=back_end,
        size=place.size,
        ours=Samples(name=question.name, values=tuple(place.asked["ours", question.name].rates)),
        floor=Samples(name=f"the same, {smallest.size:,} records", values=tuple(smallest.asked["ours", question.name].rates)),
    )


def _seconds(plan: Plan) -> float:
    asking = 12 * (plan.rounds + 0.25) * (plan.seconds + 0.3) * len(plan.sizes)
    return len(plan.back_ends) * (asking + sum(plan.sizes) * (1 / 3_000 + 1 / 2_500)) + max(plan.sizes) / 12_000


PART = Part("read", "reads of ledgers of growing size", _seconds, run)
