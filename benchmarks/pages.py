"""`python -m benchmarks.pages`: how long the server takes for each page, and what goes over the wire.

On the running example, and on a ledger with a claim of 300 statements and a source of 1,500. Every page is asked for as a
browser does, of the application itself without a socket, beside a floor in the same run: a bare FastAPI `def` route that has
the same bytes already. Cold is the first time after an append, so that nothing worked out for an earlier state helps; warm is
every time after that. What the process has read of the records stays read in both: the very first answer stands apart.

Times are of the processor, all threads together, so that a busy machine counts less; the last two are by the clock on the wall.
"""

from __future__ import annotations

import asyncio
import gc
import os
import random
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import quantiles
from time import perf_counter, process_time, sleep
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from api.app import create_app
from benchmarks.standing import Desk
from ledger.cli.demonstrating import example_text
from ledger.cli.drafting import draft_dossier
from ledger.config import Settings
from ledger.keys import find_signer
from ledger.operations import EVERY, NOW
from ledger.service import Ledger
from ledger.wiring import create_ledger, open_ledger

STATEMENTS = 300
MANY = 1_500
WARM = 100
COLD = 20
_HEADERS = [(b"accept", b"text/html"), (b"accept-language", b"en"), (b"host", b"127.0.0.1")]
_WAIT = 60.0
WORDS = [f"word{number}" for number in range(2_000)]


@dataclass(frozen=True)
class Took:
    """Seconds of the processor and of the clock on the wall."""

    processor: float
    wall: float


@dataclass(frozen=True)
class Times:
    """What the answers took, and what one weighs."""

    first: Took
    cold: Sequence[Took]
    warm: Sequence[Took]
    floor: Sequence[Took]
    weight: int


class Place:
    """A fresh ledger, to be filled and then asked."""

    def __init__(self, folder: Path) -> None:
        target = str(folder / "ledger.db")
        create_ledger(target, origin="bench.example")
        ledger = open_ledger(target)
        assert isinstance(ledger, Ledger)
        self.ledger = ledger
        self.desk = Desk(ledger, find_signer(target))
        self._numbers = count()

    def append(self) -> None:
        """Something that has nothing to do with any page; what follows from it is worked out before anybody is timed."""
        self.desk.add("source", id=f"newcomer-{next(self._numbers)}", type="outlet", names={"en": "A newcomer"})
        self.desk.flush()
        size = self.ledger.health().size
        until = perf_counter() + _WAIT
        while self.ledger.facets(EVERY).complete_to < size and perf_counter() < until:
            sleep(0.005)


@contextmanager
def a_place() -> Iterator[Place]:
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder))
        try:
            yield place
        finally:
            place.ledger.close()


def example(place: Place) -> dict[str, str]:
    """Every type of page, of the running example."""
    draft = draft_dossier(place.ledger, place.desk.signer, example_text())
    place.ledger.add(draft.submissions)
    claim = draft.claims["troops-sent"]
    view = place.ledger.claim(claim, NOW)
    document = next(one.document for one in view.statements if one.document)
    source = view.statements[0].speaker
    return {
        "home": "/",
        "claim": f"/claims/{claim}",
        "claim, until a date": f"/claims/{claim}?until=2024-10-31",
        "search": "/search?query=troops",
        "source": f"/sources/{source}",
        "document": f"/documents/{document}",
        "record": f"/records/{claim}",
        "corrections": "/corrections",
        "log": "/log",
        "method": "/method",
        "about": "/about",
    }


def crowd(place: Place) -> dict[str, str]:
    """A claim with chains of up to six hops, and a source that spoke on very many claims."""
    desk, chance = place.desk, random.Random(7)
    origins = [_source(desk, f"origin-{number}", "government_body", chance) for number in range(40)]
    relays = [_source(desk, f"relay-{number}", "outlet", chance) for number in range(150)]
    for relay in relays[1::5]:
        desk.add("source_relation", subject=relay, relation="owned_by", object=relays[0])
    claim = desk.add("claim", type="event", text={"en": "a claim that very many speak about"})
    left = STATEMENTS
    while left > 0:
        left -= _chain(desk, claim, min(left, chance.randint(1, 6)), origins, relays, chance)
    voluble = _source(desk, "voluble", "outlet", chance)
    feed = desk.add("document", url="https://voluble.example/", publisher=voluble, published_at="2025-01-01")
    for number in range(MANY):
        other = desk.add("claim", type="event", text={"en": f"claim {number}"})
        _says(desk, other, voluble, "reports", document=feed)
    desk.flush()
    return {
        f"claim of {STATEMENTS} statements": f"/claims/{claim}",
        f"source of {MANY} statements": f"/sources/{voluble}",
        f"document of {MANY} statements": f"/documents/{feed}",
    }


def _source(desk: Desk, slug: str, kind: str, chance: random.Random) -> str:
    desk.add("source", id=slug, type=kind, names={"en": slug.replace("-", " ").title()})
    desk.add("assessment", target=slug, scheme="admiralty-reliability", value=chance.choice("ABC"))
    return slug


def _chain(desk: Desk, claim: str, length: int, origins: Sequence[str], relays: Sequence[str], chance: random.Random) -> int:
    """An origin and the relays of its word, each with its document and what it wrote."""
    act = chance.choice(["asserts", "confirms", "denies", "claims", "estimates"])
    day = f"2025-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
    polarity = "-" if act == "denies" else "+"
    above = _says(desk, claim, chance.choice(origins), act, polarity=polarity, said_at=day)
    for _ in range(length - 1):
        relay = chance.choice(relays)
        words = " ".join(chance.choice(WORDS) for _ in range(25))
        url = f"https://{relay}.example/{chance.getrandbits(32)}"
        document = desk.add("document", url=url, publisher=relay, published_at=day)
        below = _says(desk, claim, relay, "reports", polarity=polarity, document=document, quote={"exact": words})
        desk.add("attribution", mode="cites", standing="explicit", **{"from": below, "to": above})
        above = below
    return length


def _says(desk: Desk, claim: str, speaker: str, act: str, **more: Any) -> str:
    plain = {"polarity": "+", "certainty": "certain", "basis": "not_stated", "interest": "neutral"}
    return desk.add("statement", claim=claim, speaker=speaker, act=act, **{**plain, **more})


# Asking


async def answer(app: FastAPI, address: str) -> tuple[Took, bytes]:
    """What it took until the whole answer was handed over, and its bytes."""
    path, _, query = address.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": list(_HEADERS),
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    pieces: list[bytes] = []
    status = 0

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
            pieces.append(b"".join(name + b": " + value + b"\r\n" for name, value in message["headers"]) + b"\r\n")
        else:
            pieces.append(message.get("body", b""))

    began, worked = perf_counter(), process_time()
    await app(scope, receive, send)
    took = Took(process_time() - worked, perf_counter() - began)
    assert status == 200, f"{address} answered {status}"
    return took, b"".join(pieces)


def bare(content: bytes) -> FastAPI:
    """What nobody gets below: a plain route that has the page already."""
    app = FastAPI(openapi_url=None)

    @app.get("/{path:path}")
    def same(path: str) -> HTMLResponse:
        return HTMLResponse(content)

    return app


async def timed(place: Place, app: FastAPI, address: str, most: float) -> Times:
    """In turns with the floor, so that a busy moment of the machine hits both; for `most` seconds or so of each kind."""
    first, content = await answer(app, address)
    floor_app = bare(content.partition(b"\r\n\r\n")[2])
    cold: list[Took] = []
    warm: list[Took] = []
    floor: list[Took] = []
    until = perf_counter() + most
    while len(cold) < COLD and (len(cold) < 3 or perf_counter() < until):
        await asyncio.to_thread(place.append)
        cold.append((await answer(app, address))[0])
    until = perf_counter() + most
    while len(warm) < WARM and (len(warm) < 10 or perf_counter() < until):
        warm.append((await answer(app, address))[0])
        floor.append((await answer(floor_app, "/"))[0])
    return Times(first, cold, warm, floor, len(content))


def _cuts(seconds: Sequence[float]) -> list[float]:
    """p50, p95 and p99, in milliseconds."""
    found = quantiles(seconds, n=100, method="inclusive")
    return [found[place] * 1e3 for place in (49, 94, 98)]


def _print(name: str, times: Times) -> None:
    worked = [cut for some in (times.cold, times.warm, times.floor) for cut in _cuts([one.processor for one in some])]
    waited = [_cuts([one.wall for one in some])[1] for some in (times.cold, times.warm)]
    shown = " ".join(f"{one:>7.1f}" for one in [times.first.processor * 1e3, *worked, *waited])
    print(f"{name:<28} {times.weight:>8} {shown}", flush=True)


async def ask(place: Place, pages: Mapping[str, str], most: float) -> None:
    app = create_app(place.ledger, settings=Settings())
    async with app.router.lifespan_context(app):
        await asyncio.to_thread(place.append)
        gc.freeze()  # what is loaded by now is not a page's to clean up
        for name, address in pages.items():
            _print(name, await timed(place, app, address, most))


def main(arguments: list[str]) -> int:
    most = float(arguments[0]) if arguments else 5.0
    print(f"load average before: {' '.join(f'{one:.2f}' for one in os.getloadavg())}, {os.cpu_count()} processors")
    print("milliseconds of the processor: the first answer, then p50 p95 p99 cold, warm and of the floor;")
    print("at the end p95 cold and warm by the clock on the wall; bytes are with the headers")
    print(f"{'page':<28} {'bytes':>8} {'first':>7} {'cold':>23} {'warm':>23} {'floor':>23} {'wall':>15}")
    for fill in (example, crowd):
        with a_place() as place:
            asyncio.run(ask(place, fill(place), most))
    print(f"load average after:  {' '.join(f'{one:.2f}' for one in os.getloadavg())}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
