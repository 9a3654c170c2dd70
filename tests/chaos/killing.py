"""A server under load that is killed at random moments: whoever was told that a record is on record finds it there.

Clients add lists of records, some of them again, and others read the checkpoint. Some time after the server answers, or before
it does, it is killed; then it is started again on the same ledger. What was under way is sent again, as its client would.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path

import httpx
from pydantic import TypeAdapter

from ledger.keys import Signer, find_signer, sign_record
from ledger.wiring import create_ledger
from schemas.envelope import Submission
from schemas.log import Receipt
from tests import factory
from tests.chaos.dying import processes
from tests.chaos.promises import broken
from tests.chaos.works import opened, serve
from tests.standby import Cluster

_RECEIPTS = TypeAdapter(list[Receipt])
_LISTS = TypeAdapter(list[Submission])
_WRITERS = 4
_STARTS = 60.0
_LIVES = 1.0
_AGAIN = 0.2
"""The part of what is sent that was sent, and answered, before."""


@dataclass
class Told:
    """What clients were told, from whichever server. Threads share it."""

    receipts: list[Receipt] = field(default_factory=list)
    notes: set[str] = field(default_factory=set)
    answered: list[list[Submission]] = field(default_factory=list)
    under_way: list[list[Submission]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    sent_again: int = 0
    refused: int = 0


class Chaos:
    """A ledger at `target`, in a fresh database, and a server that does not live long."""

    def __init__(self, target: str, place: Path, seed: int) -> None:
        self.target, self.keys = target, place / "keys"
        create_ledger(target, keys=self.keys, origin=factory.ORIGIN)
        self.admin: Signer = find_signer(target, self.keys)
        self.choose = random.Random(seed)
        self.told = Told()
        self.kills = self.database_kills = 0
        self._number = 0
        self._lock = threading.Lock()
        self._checked = 0
        self._checked_notes: set[str] = set()

    def kill_once(self, database: Cluster | None = None) -> None:
        """A server is started, killed, and what was told so far is looked for in what it leaves. `database` is killed too."""
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(64)
            server = processes.Process(target=serve, args=(listener, self.target, self.keys), daemon=True)
            server.start()
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        stopping = threading.Event()
        clients = [threading.Thread(target=self._write, args=(url, stopping)) for _ in range(_WRITERS)]
        clients.append(threading.Thread(target=self._read, args=(url, stopping)))
        early = self.choose.random() < 0.1
        if not early:
            self._await(url, server)
        for one in clients:
            one.start()
        time.sleep(self.choose.uniform(0, _LIVES))
        assert server.pid is not None
        if not server.is_alive():
            self.told.wrong.append(f"the server ended by itself, with {server.exitcode}")
        else:
            os.kill(server.pid, signal.SIGKILL)
        if database is not None:
            database.stop()
            self.database_kills += 1
        stopping.set()
        for one in clients:
            one.join()
        server.join()
        if database is not None:
            database.start()
        self.kills += 1
        self.look()

    def look(self, *, whole: bool = False) -> None:
        """Opens the ledger as a server does, sends again what was under way, and says what is wrong: with what was told since
        the last time, or ever, and then with all that is stored."""
        ledger = opened(self.target, self.keys)
        try:
            self.told.sent_again += len(self.told.under_way)
            for one in self.told.under_way:
                receipts = ledger.add(one)
                if len({receipt.already_on_record for receipt in receipts}) > 1:
                    self.told.wrong.append(f"half of a list was there: {receipts[0].record_id}")
                self.told.receipts += receipts
            self.told.under_way.clear()
            # Not all of them each time: there are more after each kill.
            notes = self.told.notes if whole else self.told.notes - self._checked_notes
            self.told.wrong += broken(ledger, self.told.receipts[0 if whole else self._checked :], notes)
            self._checked, self._checked_notes = len(self.told.receipts), set(self.told.notes)
            if whole:
                places = {one.record_id: one.index for one in self.told.receipts}
                for sent in self.told.answered[:: max(1, len(self.told.answered) // 200)]:
                    for receipt in ledger.add(sent):
                        if (receipt.index, receipt.already_on_record) != (places[receipt.record_id], True):
                            self.told.wrong.append(f"another receipt for {receipt.record_id}")
                self.told.wrong += [f"{one.where}: {one.found}" for one in ledger.fsck(helpers=0).faults]
        finally:
            ledger.close()

    # Clients

    def _await(self, url: str, server: BaseProcess) -> None:
        end = time.monotonic() + _STARTS
        while time.monotonic() < end and server.is_alive():
            with suppress(httpx.TransportError):
                if httpx.get(f"{url}/checkpoint", trust_env=False, timeout=_STARTS).status_code == 200:
                    return
        self.told.wrong.append("the server did not start")

    def _write(self, url: str, stopping: threading.Event) -> None:
        with httpx.Client(base_url=url, trust_env=False, timeout=_STARTS) as http:
            while not stopping.is_set():
                with self._lock:
                    again = bool(self.told.answered) and self.choose.random() < _AGAIN
                    sent = self.choose.choice(self.told.answered) if again else self._new()
                try:
                    answer = http.post("/v1/records", content=_LISTS.dump_json(sent))
                except httpx.TransportError:
                    with self._lock:
                        self.told.under_way.append(sent)
                    return
                with self._lock:
                    self._keep(sent, answer)

    def _keep(self, sent: list[Submission], answer: httpx.Response) -> None:
        if answer.status_code == 200:
            self.told.receipts += _RECEIPTS.validate_json(answer.content)
            self.told.answered.append(sent)
        elif answer.status_code in {429, 503}:
            self.told.refused += 1
        else:
            self.told.wrong.append(f"answered {answer.status_code}: {answer.text[:200]}")

    def _read(self, url: str, stopping: threading.Event) -> None:
        with httpx.Client(base_url=url, trust_env=False, timeout=_STARTS) as http, suppress(httpx.TransportError):
            while not stopping.wait(0.02):
                answer = http.get("/checkpoint")
                if answer.status_code == 200:
                    self.told.notes.add(answer.text)

    def _new(self) -> list[Submission]:
        """A claim, or a list of records that refer to each other."""
        self._number += 1
        claim = factory.claim(f"it happened for time {self._number}")
        if self._number % 3:
            return self._signed([claim])
        slug = f"source-{self._number}"
        return self._signed([factory.source(slug), claim, factory.statement(claim, slug)])

    def _signed(self, records: Sequence[factory.Record]) -> list[Submission]:
        return [sign_record(one, self.admin) for one in records]
