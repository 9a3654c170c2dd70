"""`python -m benchmarks.appending [ROUNDS]`: appends over HTTP, with receipt and proof, beside plain inserts of the same row.

Both servers run with one process and send what they keep to the disk before they answer. They take turns, so that a busy
moment of the machine hits both. The clients are on the same machine.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import httpx

from ledger.core.canonical import canonical_bytes
from ledger.core.encoding import parse_hash
from ledger.core.merkle import check_inclusion
from ledger.core.note import open_checkpoint
from ledger.core.records import read_record, record_id
from ledger.core.vkey import parse_vkey
from ledger.keys import Signer, find_signer, sign_record
from ledger.wiring import create_ledger, open_ledger
from schemas.log import Receipt
from schemas.records import Record
from tests.backends import find_programs, fresh_database, throwaway_cluster

ROUNDS = 3
REQUESTS = {1: 300, 32: 3_000, 256: 4_000}
"""How many appends a round has, for so many clients."""
_CLAIMS, _SOURCES = 200, 50
_STARTING = 120.0


@dataclass
class Server:
    """One of the two, and what was measured of it, by number of clients: appends a second, the seconds that each took, and the
    seconds of a processor that the server spent on one, which a busy machine changes least."""

    name: str
    port: int
    process: int
    rates: dict[int, list[float]] = field(default_factory=dict)
    took: dict[int, list[list[float]]] = field(default_factory=dict)
    spent: dict[int, list[float]] = field(default_factory=dict)

    def measure(self, clients: int, bodies: Sequence[bytes]) -> list[Any]:
        command = [sys.executable, "-m", "benchmarks.clients", str(self.port), str(clients)]
        before = _spent(self.process)
        done = subprocess.run(command, input=b"\n".join(bodies), stdout=subprocess.PIPE, check=True)
        found = json.loads(done.stdout)
        self.spent.setdefault(clients, []).append((_spent(self.process) - before) / len(bodies))
        self.rates.setdefault(clients, []).append(len(bodies) / found["seconds"])
        self.took.setdefault(clients, []).append(found["took"])
        return list(found["answers"])


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
def served(command: Sequence[str], port: int, **variables: str) -> Iterator[int]:
    """The server's process, which answers already."""
    process = subprocess.Popen(command, env={**os.environ, **variables}, stdout=subprocess.DEVNULL)
    try:
        end = time.monotonic() + _STARTING
        while not _answers(port):
            if time.monotonic() > end or process.poll() is not None:
                raise RuntimeError(f"{command[0]} does not answer")
            time.sleep(0.1)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _spent(process: int) -> float:
    """Seconds of a processor, of all its threads."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz").is_success
    except httpx.TransportError:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def both(ledger: str, plain: str, keys: Path) -> Iterator[tuple[Server, Server, World]]:
    """OnRecord and the plain server, each with a database of its own."""
    create_ledger(ledger, keys=keys)
    world = World(find_signer(ledger, keys_dir=keys))
    at_hand = open_ledger(ledger, keys=keys)
    at_hand.add([sign_record(one, world.signer) for one in world.ground])
    at_hand.close()
    onrecord = str(Path(sys.executable).with_name("onrecord"))
    uvicorn = [sys.executable, "-m", "uvicorn", "benchmarks.plain:create_app", "--factory", "--log-level", "warning"]
    ours, theirs = free_port(), free_port()
    with (
        served([onrecord, "serve", "--ledger", ledger, "--port", str(ours)], ours, ONRECORD_KEYS=str(keys)) as own,
        served([*uvicorn, "--no-access-log", "--port", str(theirs)], theirs, PLAIN_DATABASE=plain) as other,
    ):
        yield Server("OnRecord", ours, own), Server("plain insert", theirs, other), world


def run(name: str, ledger: str, plain: str, keys: Path, rounds: int) -> dict[str, Any]:
    with both(ledger, plain, keys) as (ours, theirs, world):
        vkeys = [parse_vkey(one) for one in httpx.get(f"http://127.0.0.1:{ours.port}/.well-known/onrecord").json()["log_keys"]]
        for server in (ours, theirs):
            Server(server.name, server.port, server.process).measure(8, world.bodies(200))  # warms the caches
        for _ in range(rounds):
            for clients, count in REQUESTS.items():
                bodies = world.bodies(count)
                _check(ours.measure(clients, bodies), vkeys)
                theirs.measure(clients, bodies)
        print(f"\n{name}, {rounds} rounds in turns, load average {os.getloadavg()[0]:.1f}", flush=True)
        return {"back end": name, "rows": [_row(clients, ours, theirs) for clients in REQUESTS]}


def _check(answers: Sequence[Any], vkeys: Sequence[Any]) -> None:
    """What came back are receipts that prove something."""
    for answer in answers:
        receipt = Receipt.model_validate(answer[0])
        head = open_checkpoint(receipt.checkpoint.note.encode(), vkeys).checkpoint
        leaf, *proof = [parse_hash(one, what="a receipt") for one in (receipt.leaf_hash, *receipt.proof)]
        check_inclusion(receipt.index, head.size, leaf, proof, head.root)


def _row(clients: int, ours: Server, theirs: Server) -> dict[str, Any]:
    row: dict[str, Any] = {"clients": clients}
    for server in (ours, theirs):
        rates = server.rates[clients]
        spent = median(server.spent[clients])
        p50s, p99s = zip(*(_percentiles(took) for took in server.took[clients]), strict=True)
        row[server.name] = {
            "rate": median(rates),
            "rates": rates,
            "p50": median(p50s),
            "p99": median(p99s),
            "p99s": p99s,
            "processor": spent,
        }
        print(
            f"{clients:>4} clients  {server.name:<13} {median(rates):>6.0f}/s ({min(rates):.0f} to {max(rates):.0f})"
            f"   p50 {median(p50s) * 1e3:>6.1f} ms   p99 {median(p99s) * 1e3:>6.1f} ms"
            f" ({min(p99s) * 1e3:.1f} to {max(p99s) * 1e3:.1f})   processor {spent * 1e3:.2f} ms",
            flush=True,
        )
    ratios = [one / other for one, other in zip(ours.rates[clients], theirs.rates[clients], strict=True)]
    row["ratio"] = median(ratios)
    print(f"{'':>13} {'ratio':<13} {median(ratios):>6.2f}x ({min(ratios):.2f} to {max(ratios):.2f})", flush=True)
    return row


def _percentiles(took: Sequence[float]) -> tuple[float, float]:
    cuts = quantiles(took, n=100)
    return cuts[49], cuts[98]


def main(rounds: int) -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        run("SQLite", str(folder / "ledger.db"), f"sqlite:///{folder / 'plain.db'}", folder / "keys", rounds)
        programs = find_programs()
        if programs is None:
            print("\nPostgreSQL: not installed here")
            return
        cluster = stack.enter_context(throwaway_cluster(programs, durable=True))
        ledger, plain = (stack.enter_context(fresh_database(cluster)) for _ in range(2))
        run("PostgreSQL", ledger, plain.replace("postgresql:", "postgresql+psycopg:", 1), folder / "keys-pg", rounds)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
