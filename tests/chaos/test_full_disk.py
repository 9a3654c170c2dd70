"""A disk that is full in the middle of a step: a clear error, nothing half written, and reading goes on."""

from __future__ import annotations

from pathlib import Path

from ledger.keys import find_signer, sign_record
from ledger.wiring import create_ledger
from tests import factory
from tests.chaos import works
from tests.chaos.dying import done
from tests.chaos.promises import broken

_ROOM = 256 << 10
_LISTS, _LONG = 20, 20


def test_a_full_disk_is_told_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    target, keys = str(tmp_path / "l.db"), tmp_path / "keys"
    create_ledger(target, keys=keys)
    admin = find_signer(target, keys)
    lists = [
        [sign_record(factory.claim(f"claim {number} of list {one}"), admin) for number in range(_LONG)] for one in range(_LISTS)
    ]
    *told, refused, size = done(works.add_until_full, target, keys, lists, _ROOM)
    receipts = [receipt for one in told for receipt in one]
    assert 0 < len(told) < _LISTS
    assert size == 2 + len(receipts)
    # So SQLite calls a file that may not grow; of a disk without room it says that it is full.
    assert refused == ("StoreError", f"{target}: disk I/O error")
    ledger = works.opened(target, keys)
    assert ledger.checkpoint().size == size
    assert (broken(ledger, receipts), ledger.fsck(helpers=0).faults) == ([], [])
    late = ledger.add(lists[len(told)])  # there is room again
    assert [one.index for one in late] == list(range(size, size + _LONG))
    assert not any(one.already_on_record for one in late)
    ledger.close()
