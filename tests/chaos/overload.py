"""Far more clients than a server can serve: it gets no larger than it may, refuses with 429 or 503 and says when to come
back, and serves again as soon as they are gone.

All of it on this machine, in so many seconds and connections. The server takes the clients for those of a proxy, so that each
counts as an address of its own. Some do as they are told when they are refused; the others ask again at once.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from ledger.core.records import record_id
from ledger.keys import Signer, find_signer, sign_record
from ledger.wiring import create_ledger
from tests import factory
from tests.api.test_workers import serving

MOST_MB = 1_024
WRITERS, READERS, HEAVY, SLOW = 330, 330, 6, 30
"""Together more than the 512 connections that are served."""
_ADDRESSES = 60
_SETTINGS = {
    "ONRECORD_PROXIES": "127.0.0.1",
    "ONRECORD_READS_PER_ADDRESS": "5",
    "ONRECORD_WRITES_PER_ADDRESS": "10",
    "ONRECORD_LOG_LEVEL": "error",
}
_OBEY = 3
"""One of so many waits as it is told."""
_RECOVERS = 2.0
_TRIES = 30.0
_EVERY = 0.25


@dataclass
class Load:
    """What came of it. Times in seconds, sizes in MB."""

    seconds: float
    answers: Counter[str] = field(default_factory=Counter)
    cut: int = 0
    wrong: list[str] = field(default_factory=list)
    taken: int = 0
    before: float = 0
    peak: float = 0
    after: float = 0
    recovered: float = 0
    processor: float = 0
    """Seconds of the processor that the server took until then."""
    size: int = 0

    def __str__(self) -> str:
        told = ", ".join(f"{number:,} {what}" for what, number in sorted(self.answers.items()))
        return (
            f"{WRITERS + READERS + HEAVY + SLOW} connections for {self.seconds:.0f} s: {told}; {self.cut:,} cut; "
            f"{self.taken:,} records taken; {self.before:.0f} MB before, {self.peak:.0f} at most, {self.after:.0f} after; "
            f"a write and a read answered {self.recovered:.2f} s after the end, of which it had the processor for "
            f"{self.processor:.2f} s; {len(self.wrong)} wrong"
        )


def overload(target: str, place: Path, seconds: float, *, listed: int = 2_000) -> Load:
    """What a server of a new ledger there answers, while it is asked far too much for so long."""
    keys = place / "keys"
    create_ledger(target, keys=keys, origin=factory.ORIGIN)
    admin = find_signer(target, keys)
    load = Load(seconds)
    with serving(target, keys, 1, _SETTINGS) as (process, url):
        load.before = _megabytes(process.pid)
        asyncio.run(_Clients(url, admin, load, process.pid).all(seconds, listed))
        ended, taken = time.monotonic(), _processor(process.pid)
        while not _is_served(url, admin, f"after the load {time.monotonic_ns()}"):
            if time.monotonic() - ended > _TRIES:
                load.wrong.append(f"nothing was answered for {_TRIES:.0f} s after the end")
                break
            time.sleep(0.02)
        load.recovered, load.processor = time.monotonic() - ended, _processor(process.pid) - taken
        load.after = _megabytes(process.pid)
        load.size = httpx.get(url + "/v1/log/checkpoint", trust_env=False, timeout=_TRIES).json()["size"]
    if load.size < load.taken:
        load.wrong.append(f"{load.taken} records were acknowledged, the log has {load.size}")
    if load.peak > MOST_MB:
        load.wrong.append(f"{load.peak:.0f} MB, wanted at most {MOST_MB}")
    if not any(answer.endswith("429") for answer in load.answers):
        load.wrong.append("nobody was answered 429")
    return load


def recovered_in_time(load: Load) -> bool:
    return load.recovered <= _RECOVERS


class _Clients:
    def __init__(self, url: str, admin: Signer, load: Load, server: int) -> None:
        parts = urlsplit(url)
        self._host, self._port = str(parts.hostname), int(parts.port or 80)
        self._admin, self._load, self._server = admin, load, server
        self._number = 0
        self._claim = factory.claim("it is asked about")
        told = [factory.source(), self._claim, factory.statement(self._claim)]
        body = json.dumps([json.loads(sign_record(one, admin).model_dump_json(exclude_none=True)) for one in told])
        httpx.post(url + "/v1/records", content=body, trust_env=False, timeout=_TRIES).raise_for_status()

    async def all(self, seconds: float, listed: int) -> None:
        whole = json.dumps([json.loads(self._signed()) for _ in range(listed)]).encode()
        tasks = [self._again(number, seconds, lambda: _posted("/v1/records", self._signed())) for number in range(WRITERS)]
        tasks += [self._again(number, seconds, self._question) for number in range(READERS)]
        tasks += [self._again(number, seconds, lambda: _posted("/v1/records", whole)) for number in range(HEAVY)]
        tasks += [self._slowly(seconds) for _ in range(SLOW)]
        random.Random(len(tasks)).shuffle(tasks)  # whoever is late finds the server full
        await asyncio.gather(self._watch(seconds), *tasks)

    async def _again(self, number: int, seconds: float, make: Callable[[], tuple[str, bytes]]) -> None:
        """One client that asks, is answered, and asks again, on one connection for as long as it has it."""
        end = time.monotonic() + seconds
        caller = f"X-Forwarded-For: 203.0.113.{number % _ADDRESSES}\r\n"
        while time.monotonic() < end:
            with suppress(OSError, asyncio.IncompleteReadError):
                reader, writer = await asyncio.open_connection(self._host, self._port)
                try:
                    async with asyncio.timeout_at(asyncio.get_running_loop().time() + end - time.monotonic()):
                        while await self._ask(reader, writer, caller, make, obeys=number % _OBEY == 0):
                            pass
                    self._load.cut += 1
                except TimeoutError:
                    return
                finally:
                    writer.close()
            await asyncio.sleep(0.05)

    async def _ask(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        caller: str,
        make: Callable[[], tuple[str, bytes]],
        *,
        obeys: bool,
    ) -> bool:
        """Whether the connection may be used again."""
        line, body = make()
        writer.write(f"{line} HTTP/1.1\r\nHost: localhost\r\n{caller}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        status, headers, answer = await _answer(reader)
        kind = "writes" if line.startswith("POST") else "reads"
        self._load.answers[f"{kind} {status}"] += 1
        if status == 200:
            if kind == "writes":
                self._load.taken += sum(not one["already_on_record"] for one in json.loads(answer))
        elif status in (429, 503):
            if not headers.get("retry-after", "").isdecimal() or "problem+json" not in headers.get("content-type", ""):
                self._load.wrong.append(f"{status} without a time or a problem: {headers}")
            if obeys:
                await asyncio.sleep(int(headers.get("retry-after", "1")))
        else:
            self._load.wrong.append(f"{line} answered {status}: {answer[:200]!r}")
        return headers.get("connection") != "close"

    async def _slowly(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with suppress(OSError):
                _, writer = await asyncio.open_connection(self._host, self._port)
                writer.write(b"POST /v1/records HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n")
                for _ in range(60):
                    if time.monotonic() > end or writer.is_closing():
                        break
                    writer.write(b"[")
                    await asyncio.sleep(0.5)
                writer.close()
            await asyncio.sleep(0.1)

    async def _watch(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._load.peak = max(self._load.peak, _megabytes(self._server))
            await asyncio.sleep(_EVERY)

    def _signed(self) -> bytes:
        self._number += 1
        return (
            sign_record(factory.claim(f"it happened for time {self._number}"), self._admin).envelope.model_dump_json().encode()
        )

    def _question(self) -> tuple[str, bytes]:
        self._number += 1
        claim = record_id(self._claim)
        asked = (
            f"/v1/claims/{claim}",
            f"/v1/claims/{claim}/corroboration?base_rate=0.{self._number % 90 + 10}",
            "/v1/claims?query=happened",
            "/checkpoint",
            f"/claims/{claim}",
        )
        return f"GET {asked[self._number % len(asked)]}", b""


async def _answer(reader: asyncio.StreamReader) -> tuple[int, Mapping[str, str], bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:]) if name}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return int(head[0].split(" ")[1]), headers, body


def _posted(path: str, body: bytes) -> tuple[str, bytes]:
    return f"POST {path}", body


def _is_served(url: str, admin: Signer, text: str) -> bool:
    """A write and a read of somebody who comes for the first time."""
    headers = {"X-Forwarded-For": "198.51.100.1"}
    with httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=_TRIES) as http, suppress(httpx.TransportError):
        body = sign_record(factory.claim(text), admin).envelope.model_dump_json()
        written = http.post("/v1/records", content=body)
        return written.status_code == 200 and http.get("/checkpoint").status_code == 200
    return False


def _processor(process: int) -> float:
    """Seconds that it had the processor for."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _megabytes(process: int) -> float:
    """What it holds in memory now."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1_024
