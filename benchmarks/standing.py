"""`python -m benchmarks.standing`: how fast it is worked out where claims stand, beside bare `corroborate` of the same ones."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

from ledger.core.corroboration import corroborate
from ledger.core.records import read_record, record_id
from ledger.keys import Signer, find_signer, sign_record
from ledger.service import Ledger
from ledger.service.gathering import as_of, gather
from ledger.service.reading import Reading
from ledger.service.standing import CatchUp
from ledger.store import open_store
from ledger.wiring import create_ledger, open_ledger
from schemas.records import Record

CLAIMS = 300
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


def fill(desk: Desk, chance: random.Random) -> list[str]:
    """Rated sources, owned in fives, and claims with statements of which a third only repeats another."""
    slugs = [f"source-{number}" for number in range(SOURCES)]
    for number, slug in enumerate(slugs):
        kind = chance.choice(("outlet", "outlet", "news_agency", "government_body"))
        desk.add("source", id=slug, type=kind, names={"en": slug})
        desk.add("assessment", target=slug, scheme="admiralty-reliability", value=chance.choice("ABC"))
        if number % 5:
            desk.add("source_relation", subject=slug, relation="owned_by", object=slugs[number - number % 5])
    claims = [desk.add("claim", type="event", text={"en": f"claim {number}"}) for number in range(CLAIMS)]
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


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = str(Path(folder) / "ledger.db")
        create_ledger(place)
        ledger = open_ledger(place)
        assert isinstance(ledger, Ledger)
        desk, chance = Desk(ledger, find_signer(place)), random.Random(7)
        claims = fill(desk, chance)
        print(f"{CLAIMS} claims of {STATEMENTS} statements, {SOURCES} sources, {ledger.health().size} entries")
        floor = bare(place, claims)
        counted, seconds = caught_up(place)
        # In turns, so that a busy moment of the machine hits both.
        floor = (floor + bare(place, claims)) / 2
        _line("bare corroborate", len(claims), floor)
        _line("worked out from nothing", counted, seconds)
        print(f"{'ratio for one claim':<28} {(seconds / counted) / (floor / len(claims)):.2f}x")
        say(desk, claims[0], "source-1", chance)
        desk.flush()
        _line("after one statement", *caught_up(place))
        desk.add("source_relation", subject="source-4", relation="controlled_by", object="source-9")
        desk.flush()
        _line("after one relation", *caught_up(place))
        ledger.close()


def _line(what: str, claims: int, seconds: float) -> None:
    print(f"{what:<28} {claims:>5} claims {seconds:>8.3f} s {claims / seconds:>8.0f} claims/s", flush=True)


if __name__ == "__main__":
    main()
