"""Whatever happens to a process while many wait for the log: who was told that a record is in it finds it there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ledger.errors import OnRecordError, StoreError
from ledger.keys import find_signer, sign_record
from ledger.service import Ledger, adding
from ledger.service.submitted import open_all
from ledger.store.slotfile import SlotFile
from ledger.wiring import create_ledger, open_ledger
from tests import factory
from tests.conftest import REPOSITORY

WRITE_UNTIL_KILLED = """
import os, sys, threading
from pathlib import Path
from ledger.keys import find_signer, sign_record
from ledger.wiring import open_ledger
from tests import factory

target, keys = sys.argv[1], Path(sys.argv[2])
ledger, signer = open_ledger(target, keys=keys), find_signer(target, keys)

def write(writer):
    number = 0
    while True:
        number += 1
        (receipt,) = ledger.add([sign_record(factory.claim(f"writer {writer} says {number}"), signer)])
        os.write(1, f"{receipt.record_id} {receipt.index}\\n".encode())  # whole lines, whoever else writes

threads = [threading.Thread(target=write, args=(writer,)) for writer in range(12)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def opened(target: str, keys: Path) -> Ledger:
    ledger = open_ledger(target, keys=keys)
    assert isinstance(ledger, Ledger)
    return ledger


def test_a_killed_process_has_lost_nothing_that_it_acknowledged(database: str, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    create_ledger(database, keys=keys)
    command = [sys.executable, "-c", WRITE_UNTIL_KILLED, database, str(keys)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(40)]
        process.kill()
        # What it had still printed by then was acknowledged too; only the last line may be half a line.
        told += [line for line in process.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    ledger = opened(database, keys)  # so it starts
    with ledger._store.reading() as snapshot:
        for name, index in (line.split() for line in told):
            assert snapshot.find([name]) == {name: [int(index)]}
    assert ledger.fsck().faults == []
    ledger.close()


def test_nobody_of_a_group_has_a_receipt_before_it_is_kept_how_far_the_keys_signed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, keys = str(tmp_path / "l.db"), tmp_path / "keys"
    create_ledger(target, keys=keys)
    ledger, signer = opened(target, keys), find_signer(target, keys)
    group = [[sign_record(factory.claim(f"claim {number}"), signer)] for number in range(3)]

    def fail(*_: object) -> None:
        raise StoreError("the disk of the keys is full")

    with monkeypatch.context() as patched:
        patched.setattr(SlotFile, "replace", fail)
        answers = [ledger.hand_in(one) for one in group]
        assert [type(one.exception(30)) for one in answers] == [StoreError] * 3
    # They are in the log, and whoever asks again has the receipt.
    again = ledger._settle([open_all(one) for one in group])
    assert not any(isinstance(one, OnRecordError) for one in again)
    assert {one.index: one.receipts[0].already_on_record for one in again if isinstance(one, adding.Added)} == {
        2: True,
        3: True,
        4: True,
    }
    ledger.close()
