"""Appends over HTTP, with receipt and proof, beside plain FastAPI and SQLModel inserts of the same row.

Both servers run with one process and send what they keep to the disk before they answer. They take turns, so that a busy
moment of the machine hits both. The clients keep their connections; they run on the same cores, so how much of what was
worked the clients worked stands beside each figure.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from statistics import median
from typing import Any

import httpx

from benchmarks.figures import Figure, Samples, percentiles
from benchmarks.grounds import Ground, Grounds, app_served, onrecord_served
from benchmarks.machine import spent
from benchmarks.parts import Part, Plan, Tell
from ledger.core.canonical import canonical_bytes
from ledger.core.encoding import parse_hash
from ledger.core.merkle import check_inclusion
from ledger.core.note import open_checkpoint
from ledger.core.records import read_record, record_id
from ledger.core.vkey import parse_vkey
from ledger.keys import Signer, find_signer, sign_record
from schemas.log import Receipt
from schemas.records import Record

OURS, PLAIN = "append with receipt and proof", "FastAPI and SQLModel insert of the same row"
_CLAIMS, _SOURCES = 200, 50


@dataclass(frozen=True)
class Turn:
    """One round against one server: appends a second, the seconds that each took, and the processor's work of both sides."""

    rate: float
    took: list[float]
    processor: float
    clients_share: float
    answers: list[Any]


@dataclass
class Server:
    """One of the two, and its turns by number of clients."""

    name: str
    port: int
    process: int
    turns: dict[int, list[Turn]] = field(default_factory=dict)

    def turn(self, clients: int, bodies: Sequence[bytes]) -> Turn:
        command = [sys.executable, "-m", "benchmarks.clients", str(self.port), str(clients)]
        before = spent(self.process)
        done = subprocess.run(command, input=b"\n".join(bodies), stdout=subprocess.PIPE, check=True)
        found, worked = json.loads(done.stdout), spent(self.process) - before
        share = found["processor"] / max(found["processor"] + worked, 1e-9)
        return Turn(len(bodies) / found["seconds"], found["took"], worked / len(bodies), share, found["answers"])

    def measure(self, clients: int, bodies: Sequence[bytes]) -> Turn:
        turn = self.turn(clients, bodies)
        self.turns.setdefault(clients, []).append(turn)
        return turn

    # Over the rounds

    def rates(self, clients: int) -> Samples:
        return Samples(name=self.name, values=tuple(one.rate for one in self.turns[clients]))

    def cuts(self, clients: int, place: int) -> Samples:
        """p50 or p99 in milliseconds, of each round and of all requests together."""
        each = tuple(percentiles(one.took)[place] * 1e3 for one in self.turns[clients])
        whole = percentiles([took for one in self.turns[clients] for took in one.took])[place] * 1e3
        return Samples(name=self.name, values=each, whole=whole)

    def processor(self, clients: int) -> Samples:
        return Samples(name=self.name, values=tuple(max(one.processor, 1e-6) * 1e3 for one in self.turns[clients]))

    def clients_share(self, clients: int) -> float:
        return round(median(one.clients_share for one in self.turns[clients]), 3)


class World:
    """Statements on claims that are on record, each made and signed once."""

    def __init__(self, signer: Signer) -> None:
        self.signer = signer
        self.ground: list[Record] = [
            read_record({"kind": "source", "id": f"source-{n}", "type": "outlet", "names": {"en": f"Source {n}"}})
            for n in range(_SOURCES)
        ]
        claims = [
            read_record({"kind": "claim", "type": "event", "text": {"en": f"Troops were seen in village {n}"}})
            for n in range(_CLAIMS)
        ]
        self.ground += claims
        self._claims = [record_id(one) for one in claims]
        self._bodies = self._statements()

    def bodies(self, count: int) -> list[bytes]:
        return list(islice(self._bodies, count))

    def _statements(self) -> Iterator[bytes]:
        number = 0
        while True:
            number += 1
            statement = read_record(
                {
                    "kind": "statement",
                    "claim": self._claims[number % _CLAIMS],
                    "speaker": f"source-{number % _SOURCES}",
                    "act": "reports",
                    "polarity": "+",
                    "certainty": "certain",
                    "basis": "witnessed",
                    "interest": "neutral",
                    "said_at": "2025-04-28",
                    "quote": {"exact": f"we saw them pass, it was the {number}th time, in the early morning", "lang": "en"},
                }
            )
            yield canonical_bytes(sign_record(statement, self.signer).envelope.model_dump(mode="json"))


@contextmanager
def both(ground: Ground) -> Iterator[tuple[Server, Server, World]]:
    """OnRecord and the plain server, each with a database of its own."""
    ground.create()
    world = World(find_signer(ground.ledger, keys_dir=ground.keys))
    at_hand = ground.open()
    at_hand.add([sign_record(one, world.signer) for one in world.ground])
    at_hand.close()
    with (
        onrecord_served(ground) as (port, process),
        app_served("benchmarks.plain:create_app", PLAIN_DATABASE=ground.plain) as (other_port, other),
    ):
        yield Server(OURS, port, process), Server(PLAIN, other_port, other), world


def run(plan: Plan, grounds: Grounds, tell: Tell) -> Iterator[Figure]:
    for back_end in plan.back_ends:
        with grounds.fresh(back_end) as ground, both(ground) as (ours, plain, world):
            vkeys = [
                parse_vkey(one) for one in httpx.get(f"http://127.0.0.1:{ours.port}/.well-known/onrecord").json()["log_keys"]
            ]
            for server in (ours, plain):
                server.turn(8, world.bodies(max(plan.requests.values()) // 20))  # warms the caches
            for number in range(plan.rounds):
                for clients, count in plan.requests.items():
                    tell(f"{back_end}, round {number + 1} of {plan.rounds}, {_clients(clients)}")
                    bodies = world.bodies(count)
                    _check(ours.measure(clients, bodies).answers, vkeys)
                    plain.measure(clients, bodies)
        for clients in plan.requests:
            yield from _figures(back_end, clients, ours, plain)


def _check(answers: Sequence[Any], vkeys: Sequence[Any]) -> None:
    """What came back are receipts that prove something."""
    for answer in answers:
        receipt = Receipt.model_validate(answer[0])
        head = open_checkpoint(receipt.checkpoint.note.encode(), vkeys).checkpoint
        leaf, *proof = [parse_hash(one, what="a receipt") for one in (receipt.leaf_hash, *receipt.proof)]
        check_inclusion(receipt.index, head.size, leaf, proof, head.root)


def _figures(back_end: str, clients: int, ours: Server, plain: Server) -> Iterator[Figure]:
    name = _clients(clients)
    sides = {"ours": ours, "plain": plain}
    share = {f"clients' share of the work, {side}": one.clients_share(clients) for side, one in sides.items()}
    yield Figure(
        part="append",
        name=name,
        unit="/s",
        better="more",
        back_end=back_end,
        ours=ours.rates(clients),
        floor=plain.rates(clients),
        beside=share,
    )
    measured = [("p50", ours.cuts(clients, 0), plain.cuts(clients, 0)), ("p99", ours.cuts(clients, 1), plain.cuts(clients, 1))]
    measured += [("server's processor each", ours.processor(clients), plain.processor(clients))]
    for what, own, other in measured:
        yield Figure(part="append", name=f"{name}, {what}", unit="ms", better="less", back_end=back_end, ours=own, floor=other)


def _clients(count: int) -> str:
    return f"{count} client{'s' if count > 1 else ''}"


def _seconds(plan: Plan) -> float:
    one_round = sum(
        count * (1 / 120 + 1 / 300 if clients == 1 else 1 / 450 + 1 / 280) for clients, count in plan.requests.items()
    )
    return len(plan.back_ends) * (6 + plan.rounds * one_round)


PART = Part("append", "appends over HTTP, with receipt and proof", _seconds, run)
