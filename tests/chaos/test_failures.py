"""What a ledger stands on fails while it is used: it says so, goes on reading where it can, and goes on by itself after."""

from __future__ import annotations

import os
import pwd
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from ledger.config import Settings
from ledger.keys import Signer, find_signer, sign_record
from ledger.service import Ledger
from ledger.wiring import create_ledger, open_ledger
from schemas.log import Receipt
from tests import factory
from tests.api.serving import served
from tests.backends import UNPRIVILEGED, find_programs, fresh_database, throwaway_cluster
from tests.chaos import works
from tests.chaos.dying import done
from tests.chaos.promises import broken
from tests.conftest import _missing
from tests.standby import cluster_at

_PATIENCE = 20.0


def post(url: str, admin: Signer, text: str) -> httpx.Response:
    return httpx.post(
        f"{url}/v1/records", content=sign_record(factory.claim(text), admin).envelope.model_dump_json(), timeout=60
    )


def receipt_of(answer: httpx.Response) -> Receipt:
    return Receipt.model_validate(answer.raise_for_status().json()[0])


@pytest.fixture
def cluster() -> Iterator[str]:
    """A server of its own, that may be stopped."""
    programs = find_programs()
    if programs is None:
        _missing("no PostgreSQL server programs")
    with throwaway_cluster(programs, durable=True) as url:
        yield url


def test_a_database_that_goes_and_comes_back_is_used_again_without_anybodys_help(cluster: str, tmp_path: Path) -> None:
    programs = find_programs()
    assert programs is not None
    with fresh_database(cluster) as target:
        create_ledger(target, keys=tmp_path / "keys", origin=factory.ORIGIN)
        admin = find_signer(target, tmp_path / "keys")
        ledger = open_ledger(target, keys=tmp_path / "keys")
        assert isinstance(ledger, Ledger)
        with served(create_app(ledger, settings=Settings())) as url:
            receipts = [receipt_of(post(url, admin, "before"))]
            server = cluster_at(cluster, programs)
            server.stop()
            try:
                for answer in (httpx.get(f"{url}/v1/log/checkpoint", timeout=60), post(url, admin, "meanwhile")):
                    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
                    assert int(answer.headers["retry-after"]) >= 1
                    assert "postgres" not in answer.text.lower()
            finally:
                server.start()
            until = time.monotonic() + _PATIENCE
            while (answer := post(url, admin, "after")).status_code != 200 and time.monotonic() < until:
                time.sleep(0.1)
            receipts.append(receipt_of(answer))
            assert httpx.get(f"{url}/v1/log/checkpoint", timeout=60).json()["size"] == receipts[-1].index + 1
            receipts.append(receipt_of(post(url, admin, "meanwhile")))
        assert (broken(ledger, receipts), ledger.fsck(helpers=0).faults) == ([], [])
        ledger.close()


def test_a_clock_that_steps_back_stops_the_signing_and_nothing_else(database: str, tmp_path: Path) -> None:
    ready = factory.ready(database)
    with served(create_app(ready.ledger, settings=Settings())) as url:
        before = receipt_of(post(url, ready.admin, "before"))
        ready.clock.now -= 100
        refused = post(url, ready.admin, "meanwhile")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "100")
        assert receipt_of(post(url, ready.admin, "before")).index == before.index  # what is on record needs no clock
        checkpoint = httpx.get(f"{url}/v1/log/checkpoint").raise_for_status().json()
        assert (checkpoint["size"], checkpoint["time"]) == (before.checkpoint.size, before.checkpoint.time)
        ready.clock.now += 101
        after = receipt_of(post(url, ready.admin, "meanwhile"))
        assert after.index == before.index + 1
    assert (broken(ready.ledger, [before, after]), ready.ledger.fsck(helpers=0).faults) == ([], [])
    ready.ledger.close()


@pytest.fixture
def open_to_all() -> Iterator[Path]:
    """A folder that others may go into, as pytest's own is not."""
    with tempfile.TemporaryDirectory(dir="/tmp") as place:
        Path(place).chmod(0o755)
        yield Path(place)


def test_a_file_that_may_only_be_read_is_read_and_not_written(open_to_all: Path) -> None:
    target, keys = str(open_to_all / "l.db"), open_to_all / "keys"
    create_ledger(target, keys=keys, origin=factory.ORIGIN)
    admin = find_signer(target, keys)
    late = [sign_record(factory.claim("after"), admin)]
    ledger = works.opened(target, keys)
    receipts = ledger.add([sign_record(factory.claim("before"), admin)])
    ledger.close()
    somebody = unprivileged()
    if somebody is not None:
        for one in [open_to_all, *open_to_all.rglob("*")]:
            os.chown(one, somebody, -1)
    Path(target).chmod(0o400)
    told = done(works.add_unable, target, keys, late, somebody)
    assert told == [3, ("StoreError", f"{target}: attempt to write a readonly database"), 3]
    Path(target).chmod(0o600)
    ledger = works.opened(target, keys)
    receipts += ledger.add(late)
    assert not receipts[-1].already_on_record
    assert (broken(ledger, receipts), ledger.fsck(helpers=0).faults) == ([], [])
    ledger.close()


def unprivileged() -> int | None:
    """Somebody whom permissions bind, if this is root."""
    if os.geteuid() != 0:
        return None
    return next(pwd.getpwnam(name).pw_uid for name in reversed(UNPRIVILEGED))
