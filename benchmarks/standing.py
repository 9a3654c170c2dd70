"""How fast it is worked out where claims stand, beside bare `corroborate` of the same ones."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import Any

from benchmarks.figures import Figure, Samples
from benchmarks.grounds import SQLITE, Grounds
from benchmarks.parts import Part, Plan, Tell
from ledger.core.corroboration import corroborate
from ledger.core.records import read_record, record_id
from ledger.keys import Signer, find_signer, sign_record
from ledger.service import Ledger
from ledger.service.gathering import as_of, gather
from ledger.service.reading import Reading
from ledger.service.standing import CatchUp
from ledger.store import open_store
from schemas.records import Record

STATEMENTS = 20
SOURCES = 200
_BATCH = 5_000


class Desk:
    """Enters records; they are in the log once `flush` was called."""

    def __init__(self, ledger: Ledger, signer: Signer) -> None:
        self.ledger = ledger
        self.signer = signer
        self.waiting: list[Record] = []

    def add(self, kind: str, **members: Any) -> str:
        record = read_record({"kind": kind, **members})
        self.waiting.append(record)
        return record_id(record)

    def flush(self) -> None:
        for start in range(0, len(self.waiting), _BATCH):
            self.ledger.add([sign_record(one, self.signer) for one in self.waiting[start : start + _BATCH]])
        self.waiting = []


def fill(desk: Desk, count: int, chance: random.Random) -> list[str]:
    """Rated sources, owned in fives, and claims with statements of which a third only repeats another."""
    slugs = [f"source-{number}" for number in range(SOURCES)]
    for number, slug in enumerate(slugs):
        kind = chance.choice(("outlet", "outlet", "news_agency", "government_body"))
        desk.add("source", id=slug, type=kind, names={"en": slug})
        desk.add("assessment", target=slug, scheme="admiralty-reliability", value=chance.choice("ABC"))
        if number % 5:
            desk.add("source_relation", subject=slug, relation="owned_by", object=slugs[number - number % 5])
    claims = [desk.add("claim", type="event", text={"en": f"claim {number}"}) for number in range(count)]
    for claim in claims:
        said: list[str] = []
        for _ in range(STATEMENTS):
            said.append(say(desk, claim, chance.choice(slugs), chance))
            if len(said) > 1 and chance.random() < 0.33:
                below, above = said[-1], chance.choice(said[:-1])
                desk.add("attribution", mode="cites", standing="explicit", **{"from": below, "to": above})
    desk.flush()
    return claims


def say(desk: Desk, claim: str, speaker: str, chance: random.Random) -> str:
    plain = {"act": "asserts", "certainty": "certain", "basis": "witnessed", "interest": "neutral"}
    day = f"2024-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
    return desk.add("statement", claim=claim, speaker=speaker, polarity=chance.choice("+++-"), said_at=day, **plain)


def caught_up(place: str) -> tuple[int, float]:
    """How many claims were worked out, and the seconds that it took."""
    work = CatchUp(open_store(place))
    start = perf_counter()
    work.run()
    seconds = perf_counter() - start
    work.store.close()
    return work.claims, seconds


def bare(place: str, claims: list[str]) -> float:
    """Seconds for one report of each claim whose records are in memory already."""
    store = open_store(place)
    with store.reading() as snapshot:
        reading, state = Reading(snapshot), as_of(snapshot, None)
        gathered = [(claim, gather(reading, [claim], state.size)) for claim in claims]
    store.close()
    start = perf_counter()
    for claim, logged in gathered:
        corroborate(claim, logged, as_of=state)
    return perf_counter() - start


def run(plan: Plan, grounds: Grounds, tell: Tell) -> Iterator[Figure]:
    with grounds.fresh(SQLITE) as ground:
        tell(f"{plan.claims} claims of {STATEMENTS} statements are written")
        ground.create()
        ledger = ground.open()
        desk, chance = Desk(ledger, find_signer(ground.ledger, ground.keys)), random.Random(7)
        claims = fill(desk, plan.claims, chance)
        bare(ground.ledger, claims)
        least, most = [], []
        for number in range(plan.rounds):
            # What was worked out is thrown away with the copy, so that every round begins with nothing.
            copy = str(ground.folder / f"copy-{number}.db")
            with sqlite3.connect(ground.ledger) as source, sqlite3.connect(copy) as target:
                source.backup(target)
            least.append(len(claims) / bare(ground.ledger, claims))
            counted, seconds = caught_up(copy)
            most.append(counted / seconds)
        yield _figure("worked out from nothing", most, least)
        caught_up(ground.ledger)
        for name, change in {"after one statement": _one_statement, "after one relation": _one_relation}.items():
            least, most = [], []
            for number in range(plan.rounds):
                change(desk, claims, number, chance)
                desk.flush()
                counted, seconds = caught_up(ground.ledger)
                most.append(counted / seconds)
                least.append(len(claims) / bare(ground.ledger, claims))
            yield _figure(name, most, least)
        ledger.close()


def _one_statement(desk: Desk, claims: Sequence[str], number: int, chance: random.Random) -> None:
    say(desk, claims[number], "source-1", chance)


def _one_relation(desk: Desk, claims: Sequence[str], number: int, chance: random.Random) -> None:
    desk.add("source_relation", subject=f"source-{4 + number}", relation="controlled_by", object=f"source-{90 + number}")


def _figure(name: str, ours: Sequence[float], floor: Sequence[float]) -> Figure:
    return Figure(
        part="standing",
        name=name,
        unit="claims/s",
        better="more",
        back_end=SQLITE,
        ours=Samples(name="where claims stand, read, worked out and kept", values=tuple(ours)),
        floor=Samples(name="bare corroborate, records in memory", values=tuple(floor)),
    )


PART = Part(
    "standing", "where claims stand, worked out anew", lambda plan: plan.claims / 30 + plan.claims / 50 * plan.rounds, run
)
